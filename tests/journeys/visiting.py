"""A visit to a page with the eyes of the accessibility rules: axe-core, and what it does not ask."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from django.urls import resolve
from playwright.sync_api import Browser, BrowserContext, Error, Page, ViewportSize

from tests.journeys.household import Household
from tests.journeys.pages import PAGES, Place, Who

MEASURE = (Path(__file__).parent / "measure.js").read_text()
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"], "preload": False}
# Contrast of 7:1 is a rule of level AAA, and our own. By itself it leaves what has not even 4.5:1 to the rule
# of AA; without that limit one rule asks for both, and colours, which take longest, are worked out once.
ENHANCED = {"contrastRatio": {size: {"minThreshold": 0} for size in ("normal", "large")}}
OURS = AXE | {
    "runOnly": {"type": "tag", "values": [*WCAG, "best-practice"]},
    "rules": {"color-contrast": {"enabled": False}, "color-contrast-enhanced": {"enabled": True}},
    "checks": {"color-contrast-enhanced": {"options": ENHANCED}},
}
COLOURS = OURS | {"runOnly": {"type": "rule", "values": ["color-contrast-enhanced", "link-in-text-block"]}}
"""What can differ between light and dark: a page has the same elements in both."""
ZOOMED = {"width": 320, "height": 256}  # a window of 1280 x 1024 at 400 %

SHEET: ViewportSize = {"width": 680, "height": 960}  # the text of a Letter sheet

type Findings = dict[str, list[str]]


class Visits:
    """Visits to the pages of the list in one language; each page is visited once and asked everything."""

    def __init__(self, browser: Browser, household: Household, language: str) -> None:
        self.browser, self.household, self.language = browser, household, language
        self._windows: dict[Who, Page] = {}
        self._findings: dict[str, Findings] = {}

    def window(self, who: Who) -> Page:
        """Return the one window of a person: signed in already, in the language, with less motion wanted."""
        if who not in self._windows:
            context = new_context(self.browser, self.household, who, self.language)
            self._windows[who] = context.new_page()
        return self._windows[who]

    def complaints(self, question: str) -> dict[str, list[str]]:
        """Return what one question has to complain about, by page; every page is visited the first time."""
        for place in PAGES:
            if place.name not in self._findings:
                self._findings[place.name] = self._try(place)
        by_place = {name: answers.get(question, []) for name, answers in self._findings.items()}
        return {name: complaints for name, complaints in by_place.items() if complaints}

    def _try(self, place: Place) -> Findings:
        try:
            return self._visit(place)
        except Error as error:  # a page that is not there must not hide what is wrong with the others
            return {"where": [str(error)]}

    def _visit(self, place: Place) -> Findings:
        page = self.window(place.who)
        page.set_viewport_size({"width": 390, "height": 844})
        path = self.household.come_to(page, place)
        findings: Findings = {"where": where(page, place, path, self.language)}
        look = axe if self.language == "en" else axe_unfolded
        findings["axe"] = look(page)
        page.emulate_media(color_scheme="dark")
        findings["axe"] += look(page, COLOURS)
        findings["targets"] = page.evaluate("measure.targets()")
        findings["motion"] = page.evaluate("measure.moving()")
        page.evaluate("measure.space()")
        findings["spacing"] = page.evaluate("measure.clipped()")
        page.evaluate("measure.unspace()")
        page.set_viewport_size(ZOOMED)
        findings["zoom"] = page.evaluate("[...measure.clipped(), ...measure.covered()]")
        if place.is_core and self.language == "en":
            page.set_viewport_size({"width": 1280, "height": 900})
            findings["axe"] += axe_unfolded(page)
            page.emulate_media(forced_colors="active", color_scheme="dark")
            findings["forced"] = page.evaluate("measure.forced()")
            page.emulate_media(forced_colors="none", color_scheme="light", media="print")
            page.set_viewport_size(SHEET)
            findings["print"] = page.evaluate("measure.clipped()") + printed(page)
        page.emulate_media(color_scheme="light", media="screen")
        return findings


def new_context(browser: Browser, household: Household, who: Who, language: str) -> BrowserContext:
    """Return a context in which *who* is signed in and reads in the language."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        storage_state=household.sessions[who],
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    # Each page has them from its beginning: a browser compiles once what it is told once.
    for script in (AXE_SCRIPT, MEASURE):
        context.add_init_script(script)
    # A stranger's answer of a plan is sent on to the machine's number, where browsers keep other cookies.
    sites = (household.demo.site, household.demo.site.replace("localhost", "127.0.0.1"))
    context.add_cookies([{"name": "django_language", "value": language, "url": site} for site in sites])
    return context


def where(page: Page, place: Place, path: str, language: str) -> list[str]:
    """Complain when another page answered than the list says, or in another language."""
    complaints = []
    if place.route and not place.press and resolve(path).view_name != place.route:
        complaints.append(f"{place.path} leads to {path}, which is not {place.route}")
    language = "en" if place.is_english else language
    if page.evaluate("document.documentElement.lang") != language:
        complaints.append(f"{path} is not in {language}: {page.title()}")
    return complaints


def printed(page: Page) -> list[str]:
    """Complain about what can be pressed and is printed, and about a sheet without its title."""
    complaints = [
        f"{name} is printed"
        for name in (".nav", ".masthead__search", ".footer", "main form button", "main a.button")
        if any(shown.is_visible() for shown in page.locator(name).all())
    ]
    ends = page.locator(".print-line").evaluate_all(
        "lines => lines.map((line) => line.getBoundingClientRect().bottom)"
    )
    is_members = page.locator("body.is-member").count() > 0
    if is_members and not (ends and max(ends) <= SHEET["height"]):
        complaints.append("the first sheet does not say when it was printed, and from which plan")
    titles = [shown.is_visible() for shown in page.locator("h1").all()]
    return complaints if titles == [True] else [*complaints, f"{len(titles)} titles, {sum(titles)} printed"]


def axe_unfolded(page: Page, asked: Mapping[str, Any] = OURS) -> list[str]:
    """Return the violations on a page whose folds are all open meanwhile."""
    page.evaluate("measure.unfold()")
    found = axe(page, asked)
    page.evaluate("measure.fold()")
    return found


def axe(page: Page, asked: Mapping[str, Any] = OURS) -> list[str]:
    """Return the violations axe-core finds, each with where and why."""
    answer = page.evaluate(f"axe.run({json.dumps(asked)})")
    return [
        f"{rule['id']}: {node['target'][0]}: {_why(node)}"
        for rule in answer["violations"]
        for node in rule["nodes"]
    ]


def _why(node: dict[str, list[dict[str, str]]]) -> str:
    return next((check["message"] for kind in ("any", "all", "none") for check in node[kind]), "")


def focus_marks(page: Page) -> list[str]:
    """Complain when the focus is nowhere, out of the window, behind something, or not marked."""
    focus = page.evaluate("measure.focus()")
    if focus is None:
        return []  # the browser's own bar, between the end of the page and its start
    wanted = {
        "isInWindow": "is not in the window",
        "isUncovered": "lies behind something",
        "isMarked": "has no mark of the focus",
    }
    return [f"{focus['name']} {words}" for key, words in wanted.items() if not focus[key]]
