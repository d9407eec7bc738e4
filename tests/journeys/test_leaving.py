"""Ways out: keep the records, erase them, close the account."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import member
from tests.journeys.stack import Stack
from tests.journeys.test_member import live_permissions

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey-leaving")]


def test_a_member_keeps_the_records_comes_back_erases_and_closes_the_account(page: Page, demo: Stack) -> None:
    member.sign_up(page, demo, "leaver@example.com")
    member.connect(page, demo, "dana")
    claims = len(member.every_claim(page, demo))
    assert claims

    # She takes the permission back and keeps what is here.
    page.goto(f"{demo.site}/connections/")
    page.get_by_role("link", name="Details").click()
    address = page.url
    page.get_by_role("link", name=re.compile("Disconnect")).click()
    expect(page.get_by_test_id("will-stay")).to_contain_text("claim")
    page.get_by_test_id("disconnect-keep").click()
    expect(page.get_by_test_id("kept")).to_contain_text("claim")
    expect(page.get_by_test_id("revoked")).to_be_visible()
    assert live_permissions(demo) == (1, 0)
    page.goto(f"{demo.site}/home/")
    expect(page.get_by_test_id("sync-status")).to_contain_text("nothing new comes")
    assert len(member.every_claim(page, demo)) == claims

    # She changes her mind: the same connection goes on, with its history.
    page.goto(address)
    page.get_by_test_id("reconnect").first.click()
    page.get_by_test_id("go").click()
    page.wait_for_url(f"{demo.payer}/**")
    member.sign_in_at_plan(page, "dana")
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{demo.site}/sync/**")
    member.wait_for_records(page)
    assert len(member.every_claim(page, demo)) == claims

    # She erases everything, with an impatient double click, and has both receipts.
    page.goto(f"{address}disconnect/")
    page.get_by_test_id("disconnect").dblclick()
    expect(page.get_by_test_id("gone")).to_contain_text("claim")
    assert member.every_claim(page, demo) == []
    page.goto(f"{demo.site}/connections/receipts/")
    expect(page.get_by_test_id("receipt-row")).to_have_count(2)

    # With another connection open she closes the account: nobody is signed in, and the plan ends it too.
    member.connect(page, demo, "dana")
    page.goto(f"{demo.site}/account/")
    page.get_by_role("link", name=re.compile("Close my account")).click()
    member.prove(page)
    expect(page.get_by_test_id("close-gone")).to_contain_text("2 receipts")
    page.get_by_label(re.compile("To go on")).fill("close my account")
    page.get_by_test_id("close-account").dblclick()
    expect(page.get_by_test_id("account-closed")).to_be_visible()
    page.goto(f"{demo.site}/home/")
    page.wait_for_url(f"{demo.site}/account/login/**")
    for _ in range(60):  # the worker asks the plan within moments
        if live_permissions(demo)[1] == 0:
            break
        page.wait_for_timeout(500)
    assert live_permissions(demo)[1] == 0
