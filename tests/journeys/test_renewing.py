"""Coming in with a plan's sign-in, and renewing a permission that ended."""

import json
import re
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import member
from tests.journeys.screenshots import behind
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey-renewing")]

PLAN = "Harborlight Health (demo)"
LEONA = "patient-70440001"


def end_at_plan(demo: Stack, patient: str) -> None:
    """End what this person allowed at the demo payer, as a member may in a plan's own settings."""
    order = urllib.request.Request(  # noqa: S310 - loopback
        f"{demo.payer}/control",
        data=json.dumps({"expire": patient}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(order, timeout=10) as answer:  # noqa: S310
        assert answer.status == 200


def come_in_with_plan(page: Page, demo: Stack, username: str) -> None:
    """Sign in with the plan as a visitor, in a browser in which nobody is signed in."""
    member.find_plan(page, demo)
    member.read_what_comes(page)
    expect(page.get_by_test_id("with-plan")).to_contain_text("No account needed")
    page.get_by_role("button", name=f"Sign in with {PLAN}").click()
    page.wait_for_url(member.at_payer(demo))
    member.sign_in_at_plan(page, username)
    page.get_by_role("button", name="Allow").click()


def test_the_first_visitor_comes_in_with_her_plan_and_again_to_the_same_records(
    page: Page, demo: Stack
) -> None:
    """From the moment the demo is ready, with no account, no e-mail and no password."""
    come_in_with_plan(page, demo, "leona")
    page.wait_for_url(f"{demo.site}/sync/**")
    member.wait_for_records(page)
    claims = member.every_claim(page, demo)
    assert claims
    page.goto(f"{demo.site}/account/")
    expect(page.locator(".lede")).to_have_text(f"You are signed in with {PLAN}.")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.goto(f"{demo.site}/claims/")
    page.wait_for_url(f"{demo.site}/account/login/**")

    come_in_with_plan(page, demo, "leona")
    page.wait_for_url(re.compile(rf"^{demo.site}/(sync|home|connections)/"))
    assert member.every_claim(page, demo) == claims
    page.goto(f"{demo.site}/connections/")
    expect(page.get_by_test_id("connection-row")).to_have_count(1)
    page.goto(f"{demo.site}/account/")
    expect(page.locator(".lede")).to_have_text(f"You are signed in with {PLAN}.")


def test_a_permission_that_ended_is_renewed_in_place_and_never_for_somebody_else(
    hers: Page, demo: Stack
) -> None:
    member.connect(hers, demo, "leona")
    hers.get_by_role("link", name="About this connection").click()
    hers.wait_for_url("**/connections/*-*/")
    address = hers.url
    claims = member.every_claim(hers, demo)
    assert claims

    # The plan ends it: the next update says so, and everything stays readable.
    end_at_plan(demo, LEONA)
    behind.run(demo, behind.AN_HOUR_SINCE_EVERY_UPDATE)
    hers.goto(address)
    hers.get_by_role("button", name="Update now").click()
    hers.wait_for_url(f"{demo.site}/sync/**")
    expect(hers.get_by_test_id("sync-progress")).to_have_attribute("data-state", "ended", timeout=30_000)
    assert member.every_claim(hers, demo) == claims

    # Her husband's sign-in is still filled in: the plan answers for another person, and she is asked.
    sign_in_again(hers, demo, address, "otis")
    hers.get_by_role("heading", name="These are the records of Otis Fairweather").wait_for()
    hers.get_by_test_id("refuse").click()
    assert member.every_claim(hers, demo) == claims

    # With her own sign-in it goes on where it stopped.
    sign_in_again(hers, demo, address, "leona")
    hers.wait_for_url(f"{demo.site}/sync/**")
    member.wait_for_records(hers)
    hers.get_by_role("link", name="About this connection").click()
    hers.wait_for_url(address)
    expect(hers.get_by_text("Connected", exact=True)).to_be_visible()
    assert member.every_claim(hers, demo) == claims

    # The other person's records can have a place of their own, beside hers.
    sign_in_again(hers, demo, address, "otis")
    hers.get_by_test_id("connect-separately").click()
    hers.wait_for_url(f"{demo.site}/sync/**")
    member.wait_for_records(hers)
    hers.goto(f"{demo.site}/connections/")
    expect(hers.get_by_test_id("connection-row")).to_have_count(2)
    assert set(claims) < set(member.every_claim(hers, demo))


def sign_in_again(page: Page, demo: Stack, address: str, username: str) -> None:
    """Renew the connection at *address* with this sign-in, to the moment the plan answers."""
    page.goto(address)
    page.get_by_test_id("reconnect").first.click()
    page.get_by_test_id("go").or_(page.get_by_label("Username", exact=True)).first.wait_for()
    if page.url.startswith(demo.site):
        page.get_by_test_id("go").click()
    page.wait_for_url(member.at_payer(demo))
    member.sign_in_at_plan(page, username)
    page.get_by_role("button", name="Allow").click()
