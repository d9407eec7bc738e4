"""A member with a passkey: the plan's word alone opens nothing, and what it brought waits for the device."""

import re

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.journeys import member, stack
from tests.journeys.conftest import window
from tests.journeys.test_member import live_permissions
from tests.length import is_on_postgresql

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journey-passkey"),
    pytest.mark.skipif(is_on_postgresql(), reason="walked on SQLite; others walk on both"),
]

WHO = "dana"
"""Who comes in by this plan here only: other journeys of the same demo have members of their own."""
GO_ON = re.compile(r"/connections/go-on/[0-9a-f-]+/$")


def end_permission(page: Page, demo: stack.Stack) -> str:
    """Disconnect and keep the records; return the connection's address."""
    page.goto(f"{demo.site}/connections/")
    page.locator("[data-testid=connection-row] h2 a").click()
    page.get_by_role("link", name=re.compile("Disconnect")).click()
    address = page.url.removesuffix("disconnect/")
    page.get_by_test_id("disconnect-keep").click()
    page.get_by_test_id("kept").wait_for()
    return address


def lift_the_curtain(page: Page, demo: stack.Stack, wire: CDPSession, made: str) -> None:
    """Cover everything, and see that her device alone shows it again, and only when it has checked her."""
    page.goto(f"{demo.site}/claims/")
    page.get_by_test_id("cover").click()
    for is_she in (False, True):
        wire.send("WebAuthn.setUserVerified", {"authenticatorId": made, "isUserVerified": is_she})
        page.goto(f"{demo.site}/claims/")
        page.get_by_test_id("lift").get_by_role("link", name=re.compile("passkey")).click()
        page.get_by_role("button", name="Use my passkey").click()
        if not is_she:
            page.get_by_text("That did not work, or it was cancelled").wait_for()
    page.wait_for_url(f"{demo.site}/claims/")
    expect(page.get_by_test_id("claim-row").first).to_be_visible()


def test_the_plans_answer_waits_for_the_passkey_and_then_goes_on(
    page: Page, demo: stack.Stack, browser: Browser
) -> None:
    """W-17, O-40: until the device has said who it is nobody is signed in and nothing has begun again."""
    _given, honoured = live_permissions(demo)
    wire, made = member.device(page)
    member.come_in_with_plan(page, demo, WHO)
    page.wait_for_url(f"{demo.site}/sync/**")
    member.wait_for_records(page)
    claims = member.every_claim(page, demo)
    member.add_passkey(page, demo)
    lift_the_curtain(page, demo, wire, made)
    address = end_permission(page, demo)
    member.sign_out(page, demo)

    # Somebody knows her plan's password, and has not got her device.
    wire.send("WebAuthn.setUserVerified", {"authenticatorId": made, "isUserVerified": False})
    member.come_in_with_plan(page, demo, WHO)
    page.get_by_role("heading", name="One more step").wait_for()
    page.get_by_role("button", name="Use my passkey").click()
    page.get_by_text("That did not work, or it was cancelled").wait_for()
    answer = page.context.request.get(f"{demo.site}/claims/", max_redirects=0)
    assert (answer.status, "/account/login/" in answer.headers["location"]) == (302, True)
    assert live_permissions(demo)[1] == honoured + 1, "the new one, which waits"

    # She has it: the answer that waited is used, and the connection she ended goes on with its history.
    wire.send("WebAuthn.setUserVerified", {"authenticatorId": made, "isUserVerified": True})
    with page.expect_request(GO_ON) as gone_on:
        page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url(f"{demo.site}/sync/**")
    member.wait_for_records(page)
    assert member.every_claim(page, demo) == claims
    page.goto(address)
    expect(page.get_by_text("Connected", exact=True)).to_be_visible()
    assert live_permissions(demo)[1] == honoured + 1

    # It worked once, and in this browser only.
    page.goto(gone_on.value.url)
    page.get_by_role("heading", name="This answer was used already").wait_for()
    with window(browser) as elsewhere:
        elsewhere.goto(gone_on.value.url)
        elsewhere.wait_for_url(f"{demo.site}/account/login/**")

    # The passkey alone opens the same account.
    member.sign_out(page, demo)
    page.goto(f"{demo.site}/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{demo.site}/home/")
    assert member.every_claim(page, demo) == claims
    page.goto(f"{demo.site}/connections/")
    expect(page.get_by_test_id("connection-row")).to_have_count(1)
