"""The public page on paper: a reviewer's five minutes are one sheet, and annexes behind it."""

import pytest
from playwright.sync_api import Browser
from pypdfium2 import PdfDocument

from tests.journeys.conftest import window
from tests.journeys.stack import Stack


@pytest.mark.parametrize("paper", ["Letter", "A4"])
def test_on_paper_the_facts_are_one_sheet_and_the_annexes_follow(
    browser: Browser, demo: Stack, paper: str
) -> None:
    with window(browser) as page:
        page.goto(f"{demo.site}/app/")
        printed = PdfDocument(page.pdf(format=paper))
    first, second = (printed[number].get_textpage().get_text_range() for number in (0, 1))
    assert "This product uses the Blue Button APIs" in first, "the last line of the facts"
    assert second.startswith("What is read, and why")


def test_an_annex_on_paper_counts_its_tests_and_names_none(browser: Browser, demo: Stack) -> None:
    """With a line for each name a packet was 96 sheets, and its cover four; the notice was eight."""
    with window(browser) as page:
        page.goto(f"{demo.site}/app/annex/notice/")
        printed = PdfDocument(page.pdf(format="Letter"))
    told = "".join(sheet.get_textpage().get_text_range() for sheet in printed)
    assert len(printed) <= 2 and "Contact us" in told
    assert "3 tests" in told and "::test_" not in told
