"""Everything a plan sent, read on a telephone (CARIN BB @4, @90)."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import member
from tests.journeys.stack import Stack
from tests.journeys.test_versions import page_is_calm
from tests.length import is_on_postgresql

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journey-what-was-sent"),
    pytest.mark.skipif(is_on_postgresql(), reason="walked on SQLite; others walk on both"),
]


def test_a_claim_leads_to_all_of_its_record_and_a_connection_to_its_people(page: Page, demo: Stack) -> None:
    member.sign_up(page, demo, "sent@example.com")
    member.connect(page, demo, "gideon")

    page.goto(f"{demo.site}{member.every_claim(page, demo)[0]}")
    expect(page.get_by_test_id("days-of-names")).to_be_visible()
    page.get_by_test_id("claim-record").click()
    expect(page.get_by_test_id("record")).to_contain_text("Amount or decision")
    page_is_calm(page)

    page.goto(f"{demo.site}/connections/")
    page.locator("main a[href^='/connections/']").first.click()
    page.get_by_test_id("people").click()
    first = page.get_by_test_id("record").first
    expect(first).to_contain_text("Person these records are about")
    expect(first.get_by_text("Born on")).to_be_visible()
    page_is_calm(page)
