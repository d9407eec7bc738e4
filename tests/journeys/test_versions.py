"""A corrected claim and what was approved in advance, read on a telephone (facts claims 5.2, 6)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import member
from tests.journeys.stack import Stack
from tests.length import is_on_postgresql

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journey-versions"),
    pytest.mark.skipif(is_on_postgresql(), reason="walked on SQLite; others walk on both"),
]


def test_a_replaced_claim_leads_to_the_newest_and_an_approval_says_what_is_left(
    page: Page, demo: Stack
) -> None:
    member.sign_up(page, demo, "versions@example.com")
    member.connect(page, demo, "gideon")

    # The list shows the decision after the appeal alone; its page has the history.
    page.goto(f"{demo.site}/claims/?kind=professional")
    expect(page.get_by_text("Earlier version", exact=True)).to_have_count(0)
    paths = member.every_claim(page, demo)
    current = next(path for path in paths if has_history(page, demo, path))
    versions = page.get_by_test_id("version")
    expect(versions).to_have_count(2)
    expect(versions.first).to_contain_text("this version counts")
    expect(versions.first).to_contain_text(re.compile(r"Your share went from \$[\d,.]+ to \$[\d,.]+\."))
    page_is_calm(page)

    # The first decision says before anything else that it is not the last word.
    versions.last.get_by_role("link").click()
    page.get_by_test_id("newer").wait_for()
    expect(page.get_by_test_id("answer")).not_to_contain_text("$")
    expect(page.get_by_test_id("standing")).to_contain_text("Earlier version")
    page_is_calm(page)
    page.get_by_role("link", name="A newer version replaces this claim").click()
    page.wait_for_url(f"{demo.site}{current}")
    expect(page.get_by_test_id("newer")).to_have_count(0)

    # What was approved in advance is no claim and has a page of its own.
    page.goto(f"{demo.site}/claims/")
    page.get_by_test_id("approvals-link").get_by_role("link").click()
    rows = page.get_by_test_id("approval-row")
    expect(rows.last).to_contain_text("Not approved")
    page_is_calm(page)
    rows.last.click()
    expect(page.get_by_test_id("approval")).to_contain_text("First try six weeks of physical therapy")
    page_is_calm(page)


def has_history(page: Page, demo: Stack, path: str) -> bool:
    """Open a claim; return whether an appeal or a correction stands in its history."""
    page.goto(f"{demo.site}{path}")
    states = page.get_by_test_id("version").all_inner_texts()
    return bool(states) and not any("Entered in error" in state for state in states)


def page_is_calm(page: Page) -> None:
    """Assert that nothing sticks out to the right on a narrow screen."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
