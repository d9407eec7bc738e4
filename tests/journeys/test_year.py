"""A member looks at a year in money: what it came to, where from, and how far the limits are."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.journeys import member
from tests.journeys.conftest import window
from tests.journeys.stack import Stack
from tests.length import is_on_postgresql

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journey-year"),
    pytest.mark.skipif(is_on_postgresql(), reason="walked on SQLite; others walk on both"),
]

WIDEST = "[document.documentElement.scrollWidth, window.innerWidth]"


def amount(text: str) -> Decimal:
    """Return the amount in "$1,204.50"."""
    return Decimal(re.sub(r"[$,]", "", text))


def amounts(page: Page, table: str) -> Decimal:
    """Return what the shares of a table come to."""
    cells = page.get_by_test_id(table).get_by_test_id("sum-share").all_inner_texts()
    return sum((amount(text) for text in cells), Decimal(0))


@pytest.fixture(scope="module")
def harold(browser: Browser, demo: Stack) -> StorageState:
    """Return the cookies of a member who connected the plan of Harold's."""
    with window(browser) as page:
        member.sign_up(page, demo, "harold@example.com")
        member.connect(page, demo, "harold")
        return page.context.storage_state()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_year_adds_up_and_leads_to_its_claims(
    browser: Browser, demo: Stack, harold: StorageState, width: int
) -> None:
    with window(browser, width=width, signed_in=harold) as page:
        page.goto(f"{demo.site}/home/")
        page.get_by_role("navigation", name="Main").get_by_role("link", name="Money").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("in money")
        year_before = page.get_by_role("navigation", name="Years").get_by_role("link").nth(1)
        address = year_before.get_attribute("href")
        year_before.click()
        expect(page).to_have_url(f"{demo.site}{address}")  # else the folds of the page before are opened

        # The tables are there on demand.
        for fold in page.locator("details.fold > summary").all():
            if fold.is_visible():
                fold.click()
        # The sentence, the receipt and every table say the same.
        share = amount(page.get_by_test_id("year-your-share").inner_text())
        expect(page.get_by_test_id("answer")).to_contain_text(f"${share:,.2f}")
        lines = [amount(page.get_by_test_id(f"year-{name}").inner_text())
                 for name in ("billed", "discount", "not-covered", "plan-paid")]  # fmt: skip
        assert lines[0] - sum(lines[1:]) == share
        assert amounts(page, "by-month") == amounts(page, "by-kind") == amounts(page, "by-provider") == share
        assert page.evaluate(WIDEST)[0] <= width

        # The pictures are called by their captions, and say their numbers to who does not see them.
        picture = page.get_by_role("figure", name="Share by month").get_by_role("img")
        expect(picture).to_be_visible()
        expect(picture).to_have_accessible_name(re.compile(r"\$"))

        # How much of the deductible is counted, and by which claims.
        ledger = page.get_by_test_id("ledger").first
        expect(ledger).to_contain_text(re.compile(r"Deductible: \$[\d,.]+ of \$[\d,.]+ is counted"))
        expect(ledger.get_by_test_id("left").first).to_contain_text("your plan's own count decides")
        rows = ledger.locator("details").first
        reached = rows.get_by_test_id("ledger-row").last.locator(".ledger__total").first
        counted = amount(reached.inner_text().split()[-1])
        assert f"${counted:,.2f} of" in ledger.inner_text()
        assert page.evaluate(WIDEST)[0] <= width

        # One kind of care leads to its claims.
        page.get_by_test_id("by-kind").get_by_role("link", name="Prescriptions").click()
        expect(page).to_have_url(re.compile(r"/claims/\?year=\d{4}&kind=pharmacy$"))
        expect(page.get_by_test_id("claim-row").first).to_be_visible()


def test_a_year_prints_as_a_clean_summary(browser: Browser, demo: Stack, harold: StorageState) -> None:
    with window(browser, width=1280, signed_in=harold) as page:
        page.goto(f"{demo.site}/money/")
        page.emulate_media(media="print")
        expect(page.get_by_role("navigation", name="Years")).to_be_hidden()
        expect(page.get_by_role("link", name="The claims of this year")).to_be_hidden()
        printed = page.get_by_text("Printed")
        expect(printed).to_be_visible()
        expect(printed).to_contain_text("Harold Benning")
        expect(printed).to_contain_text("Harborlight Health")
        expect(page.get_by_test_id("ledger-row").first).to_be_visible()


def test_the_pictures_stay_readable_in_the_dark_and_in_forced_colours(
    browser: Browser, demo: Stack, harold: StorageState
) -> None:
    fills = set()
    for scheme, forced in (("light", "none"), ("dark", "none"), ("light", "active")):
        with window(browser, signed_in=harold) as page:
            page.emulate_media(color_scheme=scheme, forced_colors=forced)  # type: ignore[arg-type]
            page.goto(f"{demo.site}/money/")
            bar, label = page.locator("rect.chart__bar").first, page.locator(".chart__month").first
            fill = [mark.evaluate("mark => getComputedStyle(mark).fill") for mark in (bar, label)]
            paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert paper not in fill
            fills.add(tuple(fill))
    assert len(fills) == 3
