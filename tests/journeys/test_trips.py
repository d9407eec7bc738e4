"""The way to a plan and back when something comes between: second thoughts, time, haste, tabs, Back."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import member
from tests.journeys.screenshots import behind
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey-trips")]

QUIET = "Harborlight Quiet (does not say who signed in)"
NOTARY = "Harborlight Notary (takes signed assertions only)"


def connected(page: Page, demo: Stack) -> list[str]:
    """Return the plans of the list of connections, as often as each is there."""
    page.goto(f"{demo.site}/connections/")
    page.get_by_role("heading", name="Your connected plans").wait_for()
    return [row.inner_text() for row in page.get_by_test_id("connection-row").get_by_role("heading").all()]


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
    hers.wait_for_url(member.at_payer(demo))
    member.sign_in_at_plan(hers, "leona")
    hers.get_by_role("button", name="Allow").dblclick()
    hers.wait_for_url(f"{demo.site}/sync/**")
    member.wait_for_records(hers)
    assert connected(hers, demo) == ["Harborlight Health (demo)"]


def test_an_answer_after_ten_minutes_is_too_late_and_says_so(hers: Page, demo: Stack) -> None:
    before = connected(hers, demo)
    member.find_plan(hers, demo, "quiet", QUIET)
    member.go_to_plan(hers, demo)
    member.sign_in_at_plan(hers, "leona")
    behind.run(demo, behind.TEN_MINUTES_PASSED)
    hers.get_by_role("button", name="Allow").click()
    hers.get_by_role("heading", name="That took too long").wait_for()
    expect(hers.get_by_test_id("what-happened")).to_contain_text("ten minutes")
    expect(hers.get_by_test_id("reference")).not_to_be_empty()
    hers.get_by_role("link", name=f"Start again with {QUIET}").click()
    hers.get_by_role("link", name="Connect this plan").wait_for()
    assert connected(hers, demo) == before


def test_two_trips_in_two_tabs_end_each_at_its_own_plan(hers: Page, demo: Stack) -> None:
    """Both are under way before the first one answers."""
    other = hers.context.new_page()
    for tab, search, name in ((hers, "quiet", QUIET), (other, "notary", NOTARY)):
        member.find_plan(tab, demo, search, name)
        member.go_to_plan(tab, demo)
    member.sign_in_at_plan(hers, "otis")
    hers.get_by_role("button", name="Allow").click()
    hers.wait_for_url(f"{demo.site}/sync/**")
    member.sign_in_at_plan(other, "leona")
    other.get_by_role("button", name="Allow").click()
    other.wait_for_url(f"{demo.site}/sync/**")
    member.wait_for_records(hers)
    member.wait_for_records(other)
    for tab, name, person in ((hers, QUIET, "Otis Fairweather"), (other, NOTARY, "Leona Pruitt")):
        tab.get_by_role("link", name="About this connection").click()
        tab.get_by_role("heading", name=name).wait_for()
        expect(tab.get_by_text(person).first).to_be_visible()


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
