"""To a plan and back: as a visitor, with second thoughts, in haste, again."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import member
from tests.journeys.screenshots import behind
from tests.journeys.stack import Stack
from tests.length import is_on_postgresql

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journey-trips"),
    pytest.mark.skipif(is_on_postgresql(), reason="walked on SQLite; others walk on both"),
]

THEO = "patient-70410002"
VISITOR = "otis"
"""Who comes in here only: other journeys of the same demo have visitors of their own."""


def connected(page: Page, demo: Stack) -> list[str]:
    """Return the plans of the list of connections, as often as each is there; whose they are left out."""
    page.goto(f"{demo.site}/connections/")
    page.get_by_role("heading", name="Your connected plans").wait_for()
    rows = page.get_by_test_id("connection-row").get_by_role("heading").all()
    return [row.inner_text().partition(", ")[0] for row in rows]


def test_the_first_visitor_comes_in_with_her_plan_and_again_to_the_same_records(
    page: Page, demo: Stack
) -> None:
    """From the moment the demo is ready, with no account, no e-mail and no password."""
    member.come_in_with_plan(page, demo, VISITOR)
    page.wait_for_url(f"{demo.site}/sync/**")
    member.wait_for_records(page)
    claims = member.every_claim(page, demo)
    assert claims
    page.goto(f"{demo.site}/account/")
    expect(page.locator(".lede")).to_have_text(f"You are signed in with {member.PLAN}.")
    member.sign_out(page, demo)

    member.come_in_with_plan(page, demo, VISITOR)
    page.wait_for_url(re.compile(rf"^{demo.site}/(sync|home|connections)/"))
    assert member.every_claim(page, demo) == claims
    page.goto(f"{demo.site}/connections/")
    expect(page.get_by_test_id("connection-row")).to_have_count(1)
    page.goto(f"{demo.site}/account/")
    expect(page.locator(".lede")).to_have_text(f"You are signed in with {member.PLAN}.")


def test_second_thoughts_at_the_plan_cost_nothing_and_haste_connects_once(hers: Page, demo: Stack) -> None:
    """Back from the plan's page and starting again; then every button is pressed twice."""
    member.find_plan(hers, demo)
    member.go_to_plan(hers, demo)
    hers.get_by_label("Username", exact=True).wait_for()
    hers.go_back()
    hers.get_by_role("heading", name=re.compile("^Before you go to")).wait_for()
    hers.get_by_role("link", name="Not now").click()
    hers.get_by_role("link", name="Connect this plan").wait_for()
    assert connected(hers, demo) == []

    member.find_plan(hers, demo)
    member.read_what_comes(hers)
    hers.get_by_test_id("go").dblclick()
    # The second press cuts the first trip short, which waiting for one navigation would call an error.
    expect(hers).to_have_url(member.at_payer(demo))
    hers.wait_for_load_state("networkidle")
    member.sign_in_at_plan(hers, "leona")
    hers.get_by_role("button", name="Allow").dblclick()
    expect(hers).to_have_url(re.compile(rf"^{demo.site}/sync/"))
    member.wait_for_records(hers)
    assert connected(hers, demo) == ["Harborlight Health (demo)"]


def test_back_after_coming_back_repeats_nothing(hers: Page, demo: Stack) -> None:
    """Neither Back nor the answer's own address, pasted again, connects a second time or harms the first."""
    name = "Harborlight Day Pass (gives no lasting access)"
    member.find_plan(hers, demo, "day pass", name)
    member.go_to_plan(hers, demo)
    member.sign_in_at_plan(hers, "leona")
    with hers.expect_request(re.compile("/connections/callback")) as answer:
        hers.get_by_role("button", name="Allow").click()
    hers.wait_for_url(f"{demo.site}/sync/**")
    member.wait_for_records(hers)
    progress = hers.url
    hers.go_back()
    hers.wait_for_url(member.at_payer(demo))
    assert "code=" not in hers.url
    hers.goto(answer.value.url)
    hers.get_by_role("heading", name="This answer was used already").wait_for()
    hers.wait_for_url(f"{demo.site}/connections/")
    assert connected(hers, demo).count(name) == 1
    hers.goto(progress)
    hers.get_by_role("link", name="See your claims").click()
    hers.get_by_test_id("claim-row").first.wait_for()


def test_a_permission_that_ended_is_renewed_in_place_and_never_for_somebody_else(
    hers: Page, demo: Stack
) -> None:
    member.connect(hers, demo, "theo")
    hers.get_by_role("link", name="About this connection").click()
    hers.wait_for_url("**/connections/*-*/")
    address = hers.url
    claims = member.every_claim(hers, demo)
    assert claims

    # The plan ends it: the next update says so, and everything stays readable.
    member.end_at_plan(demo, THEO)
    behind.run(demo, behind.AN_HOUR_SINCE_EVERY_UPDATE)
    hers.goto(address)
    hers.get_by_role("button", name="Update now").click()
    hers.wait_for_url(f"{demo.site}/sync/**")
    expect(hers.get_by_test_id("sync-progress")).to_have_attribute("data-state", "ended", timeout=30_000)
    assert member.every_claim(hers, demo) == claims

    # Another sign-in is still filled in: the plan answers for another person, and she is asked.
    sign_in_again(hers, demo, address, "otis")
    hers.get_by_role("heading", name="These are the records of Otis Fairweather").wait_for()
    hers.get_by_test_id("refuse").click()
    assert member.every_claim(hers, demo) == claims

    # With her own sign-in it goes on where it stopped.
    sign_in_again(hers, demo, address, "theo")
    hers.wait_for_url(f"{demo.site}/sync/**")
    member.wait_for_records(hers)
    hers.get_by_role("link", name="About this connection").click()
    hers.wait_for_url(address)
    expect(hers.get_by_text("Connected", exact=True)).to_be_visible()
    assert member.every_claim(hers, demo) == claims

    plans = connected(hers, demo)
    # Another person's records can have a place of their own, beside hers.
    sign_in_again(hers, demo, address, "gideon")
    hers.get_by_test_id("connect-separately").click()
    hers.wait_for_url(f"{demo.site}/sync/**")
    member.wait_for_records(hers)
    assert sorted(connected(hers, demo)) == sorted([*plans, member.PLAN])
    assert member.every_claim(hers, demo) == claims
    member.all_agreed(hers, demo)
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
