"""The look, checked as text: contrasts, class names, error pages, print."""

import re
from itertools import product

import pytest
from django.template.loader import get_template
from django.test import Client

from tests.conftest import ROOT

CSS = ROOT / "static" / "css"
TOKENS = (CSS / "tokens.css").read_text()
GROUNDS = ("desk", "paper", "shade")


def theme(dark: bool) -> dict[str, str]:
    """Return colour by token for the light or the dark theme."""
    light_text, _, dark_text = TOKENS.partition("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light_text))
    return found | dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", dark_text)) if dark else found


def luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2.2)."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio (WCAG 2.2), 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


VOCABULARY = [
    "page", "page--wide", "page--narrow", "lede", "card", "card__title", "stack", "cluster", "button",
    "button--quiet", "button--danger", "field", "field__help", "field__error", "rows", "row",
    "row__main", "row__title", "row__meta", "row__amount", "receipt", "receipt__total", "money",
    "money--unknown", "table", "scroll", "badge", "badge--ok", "badge--attention", "badge--denied",
    "badge--needs", "badge--quiet", "note", "note--attention", "note--problem", "note--needs", "note--ok",
    "facts", "meta", "empty", "steps", "step", "search", "pager", "split", "visually-hidden",
]  # fmt: skip

TEXTS = [
    *product(("ink", "ink-soft", "accent"), GROUNDS),
    *product(("brick",), ("desk", "paper")),
    ("ink", "accent-tint"),
    ("accent-strong", "accent-tint"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("paper", "ink"),
    *((tone, f"{tone}-tint") for tone in ("ok", "amber", "brick")),
    *(("ink", f"{tone}-tint") for tone in ("ok", "amber", "brick")),
]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_stands_out_seven_to_one_and_edges_of_controls_three(dark: bool) -> None:
    colours = theme(dark)
    for least, pairs in ((7, TEXTS), (3, product(("edge", "accent"), ("desk", "paper")))):
        for front, ground in pairs:
            assert contrast(colours[front], colours[ground]) >= least, (front, ground)


def test_every_name_of_the_vocabulary_has_a_style() -> None:
    text = "".join(file.read_text() for file in CSS.glob("*.css"))
    missing = [name for name in VOCABULARY if not re.search(rf"\.{name}(?![\w-])", text)]
    assert missing == []


def test_every_icon_used_is_drawn() -> None:
    sprite = (ROOT / "templates" / "components" / "sprite.html").read_text()
    drawn = set(re.findall(r'id="icon-([a-z]+)"', sprite))
    used = {
        name
        for file in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r'components/icon\.html" with name="([a-z]+)"', file.read_text())
    }
    assert used <= drawn


def test_no_template_or_style_sheet_breaks_the_content_security_policy() -> None:
    """But that of a file in packets, which is read from a disk and brings its own style."""
    for file in {*(ROOT / "templates").rglob("*.html")} - {ROOT / "templates/listing/standalone.html"}:
        text = file.read_text()
        assert not re.search(
            r'\sstyle="|<style|\son(click|load|error|submit)=|<script(?![^>]*src)|hx-on|javascript:', text
        ), file
    for file in CSS.glob("*.css"):
        assert not re.search(r"@import|url\((?!['\"]?data:)", file.read_text()), file


def test_motion_colour_and_paper_have_their_own_rules() -> None:
    assert "prefers-reduced-motion" in (CSS / "base.css").read_text()
    assert "forced-colors" in (CSS / "components.css").read_text()
    assert ".nav, .footer" in (CSS / "print.css").read_text()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("500.html", "Something broke on our side"),
        ("503.html", "Your records cannot be opened just now"),
        ("503_database.html", "We cannot answer just now"),
    ],
)
def test_the_page_for_our_own_failure_needs_nothing_that_may_be_broken(name: str, words: str) -> None:
    html = get_template(name).render()
    assert words in html
    for path in re.findall(r'(?:href|src)="/static/([^"]+)"', html):
        assert (ROOT / "static" / path).is_file(), path


def test_the_page_for_a_bad_request_needs_no_request() -> None:
    assert "We could not read that request" in get_template("400.html").render()


def test_dots_between_words_stand_in_rows_that_cut_those_at_ends_of_lines() -> None:
    rows = r"<title>.*?</title>|join:\" · \"\|dotted"
    short = r"|badge--.*?</span>|Office visit · March"
    for file in (ROOT / "templates").rglob("*.html"):
        text = re.sub(rows + short, "", file.read_text(), flags=re.DOTALL)
        assert " · " not in text or "admin" in file.parts, file
        assert not re.search(r"{{ [\w.]*(meta|where_and_what|about)(\|as_written)? }}</span>", text), file


@pytest.mark.django_db
def test_a_missing_page_is_ours_and_carries_its_headers(client: Client, settings: object) -> None:
    answer = client.get("/no-such-page/")
    assert answer.status_code == 404
    assert "We cannot find that page" in answer.content.decode()
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.django_db
def test_every_page_has_a_skip_link_and_no_link_that_leads_nowhere(client: Client) -> None:
    html = client.get("/").content.decode()
    assert '<a class="skip" href="#main">' in html
    for link in re.findall(r'<a [^>]*href="([^"]*)"', html):
        assert link, "a link leads nowhere"


@pytest.mark.django_db
def test_only_a_page_that_asks_by_itself_loads_htmx_and_without_inline_code(client: Client) -> None:
    """It weighs more than a page: whoever reads one does not wait for it."""
    html = client.get("/plans/").content.decode()
    assert re.search(r'<script src="/static/django_htmx/htmx[^"]+" defer></script>', html)
    assert '"allowEval":false' in html
    assert "htmx" not in client.get("/").content.decode()


def test_amber_is_only_for_what_needs_the_member_and_brick_for_what_was_denied_to_them() -> None:
    """Mistyped fields and buttons that erase were brick, and every second note was amber."""
    rules = "".join(file.read_text() for file in CSS.glob("*.css"))
    painted: dict[str, set[str]] = {"amber": set(), "brick": set()}
    for chosen, colour in re.findall(r"([^{}]+)\{[^{}]*?var\(--(amber|brick)", rules):
        painted[colour].add(re.sub(r"/\*.*?\*/", "", chosen, flags=re.DOTALL).strip())
    assert painted == {
        "amber": {".badge--needs", ".note--needs", ".needs__card", ".needs__card .icon"},
        "brick": {".badge--denied", ".needs__card--denied", ".needs__card--denied .icon"},
    }
