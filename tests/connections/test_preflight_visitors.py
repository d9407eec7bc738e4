"""The page before leaving, for people who are not signed in."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Consent
from apps.connections import limits
from apps.connections.models import Handshake
from apps.plans.discovery import discover
from apps.plans.models import Plan
from apps.plans.plan_sign_in import can_sign_in, look_up_new
from tests.connections.conftest import YES, leave
from tests.connections.stub_plan import StubPlan, running
from tests.connections.test_preflight import HERE, change, words
from tests.registered import registered


@pytest.fixture
def signing(plan: Plan, stub: StubPlan) -> Plan:
    """Return the plan once it is known to sign people in."""
    discover(plan, now=timezone.now())
    return plan


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ({}, True),
        ({"scopes": ["patient/*.read"]}, False),
        ({"discovery": None}, False),
        ({"issuer": "https://elsewhere.example.com"}, False),
    ],
)
def test_a_plan_signs_people_in_when_its_word_can_be_checked(
    signing: Plan, values: dict[str, Any], answer: bool
) -> None:
    """`openid` asked for, issuer and keys known; a snapshot of other addresses does not count."""
    change(signing, **values)
    assert can_sign_in(signing) is answer


@pytest.mark.parametrize("missing", ["issuer", "jwks_uri"])
def test_a_plan_without_issuer_or_keys_signs_nobody_in(plan: Plan, stub: StubPlan, missing: str) -> None:
    """1upHealth may send no id_token."""
    stub.configuration[missing] = None
    discover(plan, now=timezone.now())
    assert not can_sign_in(plan)


def test_where_the_plan_cannot_vouch_a_visitor_learns_why_an_account_comes_first(
    client: Client, plan: Plan
) -> None:
    """With links that come back here, and no form."""
    page = client.get(HERE)
    content = page.content.decode()
    assert page.status_code == 200
    assert "First, a Plainclaim account" in words(page)
    assert "/account/login/?next=/connections/begin/harborlight/" in content
    assert "/account/signup/?next=/connections/begin/harborlight/" in content
    assert "<form" not in content.split("<main")[1]


def test_where_the_plan_vouches_a_visitor_may_choose(client: Client, signing: Plan) -> None:
    """Sign in with the plan, or with an account."""
    page = client.get(HERE)
    assert "Sign in with Harborlight Health" in words(page)
    assert "No account needed" in words(page)
    assert b"/account/login/?next=/connections/begin/harborlight/" in page.content
    assert b"First, a Plainclaim account" not in page.content


def test_a_visitor_leaves_only_with_a_yes_which_travels_along(client: Client, signing: Plan) -> None:
    """G-08: there is no member yet to whom it could belong."""
    assert b"Nothing was started" in client.post(HERE).content
    assert not Handshake.objects.exists()
    leave(client, signing)
    handshake = Handshake.objects.get()
    assert handshake.member is None
    assert handshake.purpose == "sign_in"
    assert handshake.consent_version == YES["agree"]
    assert not Consent.objects.exists()


def test_visitors_are_counted_by_address_and_told_to_wait(
    client: Client, alice_client: Client, signing: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W-18: a page that says so, and no further trip; members go on: a clinic may sit behind an address.

    W-19: without trusted proxies X-Forwarded-For is the visitor's own word.
    """
    monkeypatch.setattr(limits, "MOST_IN_A_WINDOW", 3)
    for number in range(3):
        client.post(HERE, YES, headers={"X-Forwarded-For": f"198.51.100.{number}"})
    kept = Session.objects.count()
    page = Client().post(HERE, YES, headers={"X-Forwarded-For": "203.0.113.9"})
    assert page.status_code == 429
    assert Session.objects.count() == kept, "nor is a session kept for each"
    assert page["Retry-After"] == "600"
    assert "from the network you are using" in words(page)
    assert Handshake.objects.count() == 3
    leave(alice_client, signing)
    assert client.post(HERE, YES, REMOTE_ADDR="198.51.100.7").status_code == 200


def test_plans_nobody_asked_yet_are_looked_up_so_that_visitors_hear_the_truth(
    plan: Plan, stub: StubPlan
) -> None:
    """Once; one that is down, or not ours to ask, does no harm, and is asked again later."""
    down = Plan.objects.create(
        slug="down",
        name="The one that is down",
        fhir_base_url="http://127.0.0.1:9/f",
        registration=registered("x"),
        own_quirks={"token_auth": "none"},
    )
    Plan.objects.create(slug="not-ours", name="Not Ours", fhir_base_url=f"{stub.origin}/other")
    look_up_new(now=timezone.now())
    plan.refresh_from_db()
    down.refresh_from_db()
    assert can_sign_in(plan)
    assert not can_sign_in(down)
    asked = len(stub.asked)
    assert not [request for request in stub.asked if request.path.startswith("/other")]
    tried = down.discovery_tried_at
    look_up_new(now=timezone.now())
    assert len(stub.asked) == asked
    down.refresh_from_db()
    assert down.discovery_tried_at == tried
    look_up_new(now=timezone.now() + timedelta(minutes=11))
    down.refresh_from_db()
    assert down.discovery_tried_at != tried


def test_a_plan_without_documents_does_not_keep_the_next_ones_waiting(plan: Plan) -> None:
    """1upHealth publishes nothing to strangers; the plans after it are asked all the same."""
    with running() as gated:
        for path in ("/fhir/.well-known/smart-configuration", "/.well-known/openid-configuration"):
            gated.override[path] = (401, "text/html", b"sign in")
        closed = Plan.objects.create(
            slug="a-closed",
            name="Closed",
            fhir_base_url=f"{gated.origin}/fhir",
            registration=registered("x"),
            own_quirks={"token_auth": "none"},
        )
        look_up_new(now=timezone.now())
    closed.refresh_from_db()
    assert closed.discovery_tried_at is not None
    assert closed.discovered_at is None
    plan.refresh_from_db()
    assert can_sign_in(plan)
