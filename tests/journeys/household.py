"""The people of the list of pages, and how they come to what they have: once for all visits."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, StorageState

from tests.journeys import member
from tests.journeys.pages import Place, Who
from tests.journeys.screenshots import behind
from tests.journeys.stack import Stack

HALF = "Harborlight Half (grants less than is asked)"
HOUSEHOLD = "Harborlight Household (shows several people's records)"
EMAIL = "reader@example.com"


@dataclass
class Household:
    """Who is signed in where, and the addresses that only these people have."""

    demo: Stack
    sessions: dict[Who, StorageState]
    addresses: dict[str, str]
    _ways: dict[str, str] = field(default_factory=dict)

    def come_to(self, page: Page, place: Place) -> str:
        """Open a page of the list in a window of whoever it is for; return the path that answered.

        The way there is looked for once only.
        """
        if place.name not in self._ways:
            way = place.path.format(**self.addresses)
            for link in place.links:
                page.goto(self.demo.site + way)
                way = page.locator(link).first.get_attribute("href", timeout=2_000) or ""
            self._ways[place.name] = way
        answer = page.goto(self.demo.site + self._ways[place.name])
        if place.press:
            with page.expect_navigation() as pressed:
                page.locator(place.press).first.evaluate(
                    "button => { button.form.noValidate = true; button.click(); }"
                )
            answer = pressed.value
        assert answer is not None
        return urlsplit(answer.url).path


def gather(browser: Browser, demo: Stack) -> Household:
    """Let everybody come, connect and end what the pages show; *demo* is at a host with a name."""
    home = Household(demo, {"visitor": {"cookies": [], "origins": []}}, {})
    with _window(browser, home, "newcomer") as page:
        member.sign_up(page, demo, "newcomer@example.com")
    with _window(browser, home, "joining") as page:
        page.goto(f"{demo.site}/account/signup/")
        page.get_by_label("E-mail").fill("joining@example.com")
        page.get_by_label("Password").fill(member.PASSWORD)
        page.get_by_role("button", name="Create my account").click()
        page.get_by_label("Code from the e-mail").wait_for()
    with _window(browser, home, "member") as page:
        _a_member(page, home)
    with _window(browser, home, "by_plan") as page:
        _a_member_by_plan(page, demo)
    with _window(browser, home, "halfway") as page:
        member.come_in_with_plan(page, demo, "leona")
        page.get_by_role("heading", name="One more step").wait_for()
    return home


@contextmanager
def _window(browser: Browser, home: Household, who: Who) -> Iterator[Page]:
    """Yield a window and keep its session."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(15_000)
    yield context.new_page()
    home.sessions[who] = context.storage_state()
    context.close()


def _a_member(page: Page, home: Household) -> None:
    """Sign up by e-mail; connect a plan, end another, and be asked whose records a third means."""
    demo, addresses = home.demo, home.addresses
    member.sign_up(page, demo, EMAIL)
    member.connect(page, demo, "gideon")
    addresses["run"] = urlsplit(page.url).path
    member.find_plan(page, demo, "half", HALF)
    member.go_to_plan(page, demo)
    member.sign_in_at_plan(page, "leona")
    member.allow(page, demo)
    page.get_by_role("link", name="About this connection").click()
    page.wait_for_url("**/connections/*-*/")
    addresses["kept"] = urlsplit(page.url).path
    page.goto(f"{page.url}disconnect/")
    page.get_by_test_id("disconnect-keep").click()
    page.get_by_test_id("kept").wait_for()
    member.find_plan(page, demo, "household", HOUSEHOLD)
    member.go_to_plan(page, demo)
    member.sign_in_at_plan(page, "dana")
    page.get_by_role("button", name="Allow").click()
    page.get_by_role("heading", name="Whose records?").wait_for()
    addresses["choose"] = urlsplit(page.url).path
    page.goto(f"{demo.site}/account/close/")
    member.prove(page)
    addresses["export"] = behind.run(demo, behind.A_FILE.format(email=EMAIL)).strip()


def _a_member_by_plan(page: Page, demo: Stack) -> None:
    """Come in with the plan, make a passkey, and add an e-mail address but no password."""
    member.device(page)
    member.come_in_with_plan(page, demo, "leona")
    page.wait_for_url(f"{demo.site}/sync/**")
    member.wait_for_records(page)
    page.goto(f"{demo.site}/account/email/")
    page.get_by_label(re.compile("e-mail", re.IGNORECASE)).fill("leona@example.com")
    page.get_by_role("main").locator("form button.button").first.click()
    page.get_by_label("Code from the e-mail").fill(demo.code_mailed_to("leona@example.com"))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(lambda url: "/confirm-email/" not in url)
    member.add_passkey(page, demo)
