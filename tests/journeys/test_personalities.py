"""Personalities of the demo payer that differ in a browser, from the search to a claim, by one member."""

import json
import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from apps.demo_payer.plan import describe
from tests.journeys import member
from tests.journeys.conftest import window
from tests.journeys.screenshots import behind
from tests.journeys.stack import Stack
from tests.length import is_on_postgresql

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(is_on_postgresql(), reason="how a plan asks and answers is no matter of the database"),
    pytest.mark.xdist_group("journey-personalities"),
]

WHO = "leona"


@dataclass(frozen=True)
class Plan:
    """A plan of the demo: what to search for, its name, and what a member is told about it.

    `host` is where she signs in, `is_lasting` whether its permission can be renewed without her.
    """

    search: str
    name: str
    is_lasting: bool = True
    host: str = "127.0.0.1"


GOOD = {
    "1uphealth": Plan("basic", "Harborlight Basic (asks like 1upHealth)", is_lasting=False),
    "blue-button": Plan("seniors", "Harborlight Seniors (asks like Medicare's Blue Button)"),
    "elevance": Plan(
        "totalcare", "Harborlight TotalCare (asks like Elevance)", is_lasting=False, host="localhost"
    ),
    "uhc": Plan("united", "Harborlight United (asks like UnitedHealthcare)"),
}


def leave_for(page: Page, demo: Stack, plan: Plan) -> None:
    """Find the plan, read what is said before leaving, and go."""
    member.find_plan(page, demo, plan.search, plan.name)
    member.read_what_comes(page)
    expect(page.get_by_test_id("sign-in-host")).to_have_text(re.compile(f"^{plan.host}"))
    expect(page.get_by_test_id("not-lasting")).to_have_count(0 if plan.is_lasting else 1)
    page.get_by_test_id("go").click()
    page.wait_for_url(re.compile(rf"^http://{re.escape(plan.host)}:"))


def open_connection(page: Page) -> str:
    """Go from the progress of the first update to the connection; return its id."""
    page.get_by_role("link", name="About this connection").click()
    page.wait_for_url("**/connections/*-*/")
    return page.url.rstrip("/").rpartition("/")[2]


def read_a_claim(page: Page, demo: Stack, connection: str, plan: str) -> None:
    """Open a claim as this connection brought it.

    All these plans know the same person: what an earlier connection brought stands in the list as that one
    has it, and its page leads to this one's.
    """
    page.goto(f"{demo.site}/claims/?plan={connection}")
    rows, twins = page.get_by_test_id("claim-row"), page.get_by_test_id("twins")
    expect(rows.or_(twins).first).to_be_visible()
    if not rows.count():
        expect(twins).to_contain_text("of this connection also came through another one and are listed there")
        page.goto(f"{demo.site}/claims/")
        rows.first.click()
        page.get_by_test_id("twin").filter(has_text=plan).get_by_role("link").click()
        expect(page.get_by_test_id("twin").first).to_be_visible()
    else:
        rows.first.click()
    expect(page.get_by_test_id("answer")).to_contain_text("$")


@pytest.mark.parametrize("name", GOOD)
def test_a_member_connects_and_reads_a_claim(name: str, hers: Page, demo: Stack) -> None:
    """Its way of discovery, its parameters, its way to name her; tests/demo_payer connects at all others."""
    plan = GOOD[name]
    leave_for(hers, demo, plan)
    expect(hers.get_by_test_id("plays")).to_contain_text(f"plays {name}.")
    member.sign_in_at_plan(hers, WHO)
    member.allow(hers, demo)
    expect(hers.get_by_test_id("sync-progress")).to_have_attribute("data-state", "finished")
    connection = open_connection(hers)
    expect(hers.get_by_role("heading", name=re.compile(f"^{re.escape(plan.name)}"))).to_be_visible()
    expect(hers.get_by_text("Leona Pruitt").first).to_be_visible()
    expect(hers.get_by_test_id("withheld")).to_have_count(0)
    read_a_claim(hers, demo, connection, plan.name)
    if name == "blue-button":
        end_provably(hers, demo, connection)


def end_provably(page: Page, demo: Stack, connection: str) -> None:
    """C-01, C-02: by the shipped profile; the plan leads on by a slash, and turns the old token away."""
    page.goto(f"{demo.site}/connections/{connection}/")
    page.get_by_role("link", name=re.compile("Disconnect")).click()
    page.get_by_test_id("disconnect").click()
    expect(page.get_by_test_id("revoked")).to_have_attribute("data-proof", "proved")


def test_a_plan_whose_statement_alone_says_where_to_sign_in_is_connected(hers: Page, demo: Stack) -> None:
    """O-12: no discovery document anywhere near it; the demo does not show it, so an operator adds it."""
    described, file = describe(demo.payer, "statement-only"), demo.var / "statement-only.json"
    assert not {"authorize_url", "token_url", "issuer"} & set(described)
    file.write_text(json.dumps([described]))
    said = behind.run(demo, behind.A_NEW_PLAN.format(file=str(file), slug=described["slug"]))
    assert "/oauth2/token (capability statement)" in said
    assert said.endswith("Members can connect this plan.\n")
    plan = Plan("statement", "Harborlight Statement (names its addresses in the CapabilityStatement only)")
    leave_for(hers, demo, plan)
    expect(hers.get_by_test_id("plays")).to_contain_text("plays statement-only.")
    member.sign_in_at_plan(hers, WHO)
    member.allow(hers, demo)
    expect(hers.get_by_test_id("sync-progress")).to_have_attribute("data-state", "finished")
    connection = open_connection(hers)
    expect(hers.get_by_text("Leona Pruitt").first).to_be_visible()
    read_a_claim(hers, demo, connection, plan.name)


def connect_with_clinical(page: Page, demo: Stack, plan: Plan, who: str) -> Locator:
    """Tick clinical records before leaving, connect as this person, and return how they stand afterwards."""
    member.find_plan(page, demo, plan.search, plan.name)
    member.read_what_comes(page)
    expect(page.get_by_label("Also clinical records")).not_to_be_checked()
    page.get_by_label("Also clinical records").check()
    page.get_by_test_id("go").click()
    member.sign_in_at_plan(page, who)
    member.allow(page, demo)
    expect(page.get_by_test_id("sync-progress")).to_have_attribute("data-state", "finished")
    open_connection(page)
    return page.get_by_test_id("clinical-state")


def test_clinical_records_are_chosen_apart_and_it_is_told_how_each_stands(
    page: Page, demo: Stack, browser: Browser
) -> None:
    member.sign_up(page, demo, "marisol@example.com")  # of other adults nothing shows unasked
    shares, ledger = (
        Plan("harborlight health", "Harborlight Health (demo)"),
        Plan("ledger", "Harborlight Ledger (shares no clinical records)"),
    )
    states = connect_with_clinical(page, demo, shares, "marisol")
    expect(states.filter(has_text="Your plan sent these")).to_contain_text("Visits and stays")
    expect(states.filter(has_text="Your plan answered and sent none")).to_contain_text("Allergies")
    states = connect_with_clinical(page, demo, ledger, "marisol")
    expect(states).to_have_count(1)
    expect(states).to_contain_text("Your plan does not offer these")
    member.find_plan(page, demo, ledger.search, ledger.name)
    member.read_what_comes(page)
    expect(page.get_by_test_id("clinical-agreed")).to_contain_text("as you said on")
    # Who comes after her is told nothing of what she met.
    with window(browser) as visitor:
        member.find_plan(visitor, demo, ledger.search, ledger.name)
        member.read_what_comes(visitor)
        expect(visitor.locator("main")).to_contain_text("clinical records besides claims, its answer tells")
