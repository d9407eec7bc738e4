"""Members connect to real servers: oidc-provider before Medplum's FHIR router, and Canaille."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import member
from tests.journeys.screenshots import behind
from tests.journeys.stack import Stack
from tests.journeys.test_personalities import open_connection
from tests.length import is_on_postgresql
from tests.peers.records import CLAIMS, Insured
from tests.peers.registered import CANAILLE, OIDC, REGISTRATIONS, Registration
from tests.peers.running import Peers

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(is_on_postgresql(), reason="how a plan asks and answers is no matter of the database"),
    pytest.mark.xdist_group("journey-peers"),
]

PASSWORD = "a password at the plan"
LATER = 117
"""Seconds after which a token of oidc-provider has run out, and clocks are not yet too far apart for us."""
RENEWED = {OIDC: "POST /token 200 refresh_token", CANAILLE: "POST /oauth/token 200"}
A_TOKEN_ABOUT_TO_END = """
from datetime import timedelta
from django.utils import timezone
from apps.connections.models import Connection
Connection.objects.filter(pk={connection!r}).update(access_expires_at=timezone.now() + timedelta(seconds=5))
"""


def read_what_comes(page: Page, demo: Stack, plan: str) -> None:
    """Find the plan of this name and read the page before leaving for it."""
    member.find_plan(page, demo, plan, plan)
    member.read_what_comes(page)


def sign_in_at(page: Page, peer: str, who: Insured) -> None:
    """Sign in at the peer, on its own pages."""
    if peer == OIDC:
        page.get_by_placeholder("Enter any login").fill(who.login)
        page.get_by_placeholder("and password").fill(PASSWORD)
        page.get_by_role("button", name="Sign-in").click()
        return
    page.get_by_label("Login").fill(who.login)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def consent(page: Page, peer: str) -> None:
    """Say yes at the peer."""
    page.get_by_role("button", name="Continue" if peer == OIDC else "Accept").click()


def consent_if_asked(page: Page, demo: Stack, peer: str) -> None:
    """Say yes at the peer. Canaille, in memory, asks nobody once a member of the plan has said yes."""
    if peer == CANAILLE:
        page.wait_for_url(re.compile(rf"^({demo.site}/(sync|home|connections)/|.*/oauth/authorize\?)"))
        if page.url.startswith(demo.site):
            return
    consent(page, peer)


def decline(page: Page, peer: str) -> None:
    """Say no at the peer, where consent is asked for."""
    page.get_by_role("button", name="Continue" if peer == OIDC else "Accept").wait_for()
    no = page.get_by_role("link", name="Cancel") if peer == OIDC else page.get_by_role("button", name="Deny")
    no.click()


def asked(peers: Peers, plan: Registration) -> list[str]:
    """Return what the peer's authorization server was asked."""
    return peers.seen(peers.oidc if plan.peer == OIDC else peers.canaille)


def come_back(page: Page, demo: Stack) -> None:
    """Land on the site and wait until all records are here."""
    page.wait_for_url(f"{demo.site}/sync/**")
    member.wait_for_records(page)
    expect(page.get_by_test_id("sync-progress")).to_have_attribute("data-state", "finished")


@contextmanager
def a_token_that_ran_out(demo: Stack, peers: Peers, plan: Registration, connection: str) -> Iterator[None]:
    """Let an hour pass since the last update, and the access token end: there, or as good as (Canaille).

    Canaille's refresh tokens end with the access token, so one can be renewed shortly before only.
    """
    script = behind.AN_HOUR_SINCE_EVERY_UPDATE
    if plan.peer == CANAILLE:
        script += A_TOKEN_ABOUT_TO_END.format(connection=connection)
    behind.run(demo, script)
    try:
        peers.put_clock_forward(LATER)
        yield
    finally:
        peers.put_clock_forward(0)


@pytest.mark.parametrize("slug", REGISTRATIONS)
def test_a_member_has_second_thoughts_reads_is_renewed_and_provably_cut_off(
    slug: str, hers: Page, demo: Stack, peers: Peers
) -> None:
    plan = REGISTRATIONS[slug]
    read_what_comes(hers, demo, plan.name)
    hers.get_by_test_id("go").click()
    sign_in_at(hers, plan.peer, plan.member)
    decline(hers, plan.peer)
    expect(hers.get_by_test_id("whose-side")).to_contain_text("On your side")
    expect(hers.get_by_test_id("what-is-lost")).to_contain_text("Nothing")

    hers.get_by_role("link", name=f"Start again with {plan.name}").click()
    member.read_what_comes(hers)
    hers.get_by_test_id("go").click()
    consent(hers, plan.peer)
    come_back(hers, demo)
    connection = open_connection(hers)
    expect(hers.get_by_text(" ".join(plan.member.names)).first).to_be_visible()

    hers.goto(f"{demo.site}/claims/?plan={connection}")
    expect(hers.get_by_test_id("claim-row")).to_have_count(CLAIMS)
    hers.get_by_test_id("claim-row").first.click()
    expect(hers.get_by_test_id("billed").first).to_contain_text(f"${plan.member.amounts(CLAIMS)['billed']}")
    expect(hers.get_by_test_id("your-share").first).to_contain_text("$20.50")
    hers.goto(f"{demo.site}/coverage/")
    expect(hers.get_by_text("Wrenhaven Open").first).to_be_visible()

    before = asked(peers, plan)
    with a_token_that_ran_out(demo, peers, plan, connection):
        hers.goto(f"{demo.site}/connections/{connection}/")
        hers.get_by_role("button", name="Update now").click()
        come_back(hers, demo)
    assert RENEWED[plan.peer] in asked(peers, plan)[len(before) :]

    hers.goto(f"{demo.site}/connections/{connection}/")
    hers.get_by_role("link", name=re.compile("Disconnect")).click()
    hers.get_by_test_id("disconnect").click()
    if plan.can_be_revoked:
        expect(hers.get_by_test_id("revoked")).to_have_attribute("data-proof", "proved")
        assert peers.seen(peers.records_of(plan.peer))[-1] == "GET /fhir/R4/Patient 401"
    else:
        expect(hers.get_by_test_id("not-revoked")).to_have_attribute("data-state", "not_offered")
        expect(hers.get_by_test_id("not-revoked")).to_contain_text("ends there by itself by")


@pytest.mark.parametrize("slug", [slug for slug in REGISTRATIONS if not slug.endswith("post")])
def test_a_visitor_comes_in_with_the_plan_and_again_to_the_same_records(
    slug: str, visitors: Page, demo: Stack
) -> None:
    plan = REGISTRATIONS[slug]
    read_what_comes(visitors, demo, plan.name)
    visitors.get_by_role("button", name=f"Sign in with {plan.name}").click()
    sign_in_at(visitors, plan.peer, plan.visitor)
    consent_if_asked(visitors, demo, plan.peer)
    come_back(visitors, demo)
    assert len(member.every_claim(visitors, demo)) == CLAIMS
    member.sign_out(visitors, demo)

    read_what_comes(visitors, demo, plan.name)
    visitors.get_by_role("button", name=f"Sign in with {plan.name}").click()
    if plan.peer == OIDC:  # it is told to ask each time
        consent(visitors, plan.peer)
    visitors.wait_for_url(re.compile(rf"^{demo.site}/(sync/|home/|connections/[0-9a-f]{{8}}-)"))
    assert len(member.every_claim(visitors, demo)) == CLAIMS
    visitors.goto(f"{demo.site}/connections/")
    expect(visitors.get_by_test_id("connection-row")).to_have_count(1)


def test_what_lasts_only_with_consent_asked_for_is_not_called_normal(hers: Page, demo: Stack) -> None:
    """C-03: oidc-provider leaves `offline_access` out where the request has no `prompt=consent`."""
    plan = REGISTRATIONS[f"{OIDC}-none"]
    read_what_comes(hers, demo, "Wrenhaven unprompted")
    hers.get_by_test_id("go").click()
    sign_in_at(hers, OIDC, plan.visitor)
    consent(hers, OIDC)
    come_back(hers, demo)
    open_connection(hers)
    expect(hers.get_by_test_id("permission")).to_contain_text(
        "We asked Wrenhaven unprompted for a permission that"
    )
    expect(hers.get_by_test_id("permission")).not_to_contain_text("normal")
