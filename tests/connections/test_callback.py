"""Coming back from the plan with a good answer."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.connections.people import person_of
from apps.plans.models import Plan
from apps.plans.registrations import Registration
from apps.vault.boxes import box_for
from tests.connections.conftest import come_back, connect, leave
from tests.connections.stub_plan import CLIENT_ID, StubPlan, as_json
from tests.quirks import set_quirks


def test_a_member_who_says_yes_has_a_connection(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """The whole trip; the code leaves the address bar (O-38)."""
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    made = alice.connections.get()
    assert page.status_code == 303
    assert page["Location"].startswith(f"/connections/{made.pk}/")
    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "no-referrer"
    assert made.is_active
    assert made.plan == plan
    assert made.scopes_granted == "openid fhirUser launch/patient patient/*.read offline_access"
    assert timedelta(minutes=59) < (made.access_expires_at or timezone.now()) - timezone.now()
    assert person_of(made, box_for(alice)).name == "Rosa Quill"


def test_o_06_the_token_request_repeats_what_was_promised(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-06: identical redirect_uri, the verifier of this trip, Basic with encoded id and secret, no state."""
    connect(alice_client, plan, stub)
    (asked,) = stub.requests_to("/token")
    assert asked.form["redirect_uri"] == "http://127.0.0.1:8000/connections/callback"
    assert 43 <= len(asked.form["code_verifier"]) <= 128
    assert {"state", "client_secret", "client_id"}.isdisjoint(asked.form)
    pair = base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")).decode()
    assert pair == "plain%3Aclaim:s3cr%25t%2B%3A%26+x"


def test_o_06_a_secret_can_go_into_the_body(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-06: client_secret_post, the only documented style at 1upHealth."""
    set_quirks(plan, token_auth="client_secret_post")
    connect(alice_client, plan, stub)
    (asked,) = stub.requests_to("/token")
    assert asked.form["client_id"] == CLIENT_ID
    assert asked.form["client_secret"] == "s3cr%t+:& x"
    assert "Authorization" not in asked.headers


def test_o_06_a_public_client_names_itself_only(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-06."""
    set_quirks(plan, token_auth="none")
    Registration.objects.update(sealed_client_secret=None)
    connect(alice_client, plan, stub)
    (asked,) = stub.requests_to("/token")
    assert asked.form["client_id"] == CLIENT_ID
    assert "client_secret" not in asked.form
    assert "Authorization" not in asked.headers


def test_a_plan_without_pkce_gets_no_verifier(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """A quirk an operator can set."""
    set_quirks(plan, pkce="never")
    connect(alice_client, plan, stub)
    assert "code_verifier" not in stub.requests_to("/token")[0].form


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        ({"expires_in": 16768.523842}, 16768),
        ({"expires_in": "3600"}, 3600),
        ({"expires_in": None}, None),
        ({"expires_in": 0}, None),
        ({"expires_in": -5}, None),
        ({"expires_in": "soon"}, None),
        ({"expires_in": True}, None),
        ({"expires_in": 1e12}, 366 * 86400),
        ({"token_type": "bEARER"}, 3600),
        ({"token_type": None}, 3600),
        ({"refresh_token": None}, 3600),
        ({"refresh_token": ""}, 3600),
        ({"scope": None}, 3600),
        ({"id_token": None}, 3600),
        ({"access_grant_expiration": "2027-09-05 19:17:53Z"}, 3600),
    ],
)
def test_o_33_odd_but_usable_token_answers_are_used(
    alice_client: Client, plan: Plan, stub: StubPlan, answer: dict[str, Any], seconds: int | None
) -> None:
    """O-33: everything but the access token may be missing or odd."""
    stub.answer = answer
    made = connect(alice_client, plan, stub)
    if seconds is None:
        assert made.access_expires_at is None
    else:
        assert made.access_expires_at is not None
        assert abs((made.access_expires_at - made.connected_at).total_seconds() - seconds) < 1


def test_o_27_the_granted_scope_is_kept_and_what_is_missing_is_shown(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-27: v2 spelling, fewer types, an unknown word."""
    stub.answer = {"scope": "openid patient/Coverage.rs offline_access fancy/thing"}
    made = connect(alice_client, plan, stub)
    page = alice_client.get(f"/connections/{made.pk}/").content.decode()
    assert made.scopes_granted == "openid patient/Coverage.rs offline_access fancy/thing"
    assert "What your plan covers" in page
    assert 'data-testid="withheld"' in page


def test_connecting_again_for_the_same_person_updates_the_row(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """Data read through it stays with it."""
    first = connect(alice_client, plan, stub)
    Connection.objects.update(status="needs_sign_in")
    second = connect(alice_client, plan, stub)
    assert second.pk == first.pk
    assert second.is_active
    assert second.tokens_version == first.tokens_version + 1
    assert alice.connections.count() == 1


def test_connecting_as_another_person_makes_another_connection(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-29: two people's records never mix."""
    connect(alice_client, plan, stub)
    stub.patients["p-2"] = "Ivo Quill"
    stub.answer = {"patient": "p-2"}
    connect(alice_client, plan, stub)
    box = box_for(alice)
    assert {person_of(row, box).id for row in alice.connections.all()} == {"p-1", "p-2"}


@pytest.mark.parametrize("is_refused", [False, True], ids=["state unknown", "code refused"])
def test_nobody_is_blamed_for_an_answer_that_says_nothing_of_its_cause(
    alice_client: Client, plan: Plan, stub: StubPlan, *, is_refused: bool
) -> None:
    """ "On your side, it seems" stood there of a state nobody sent, and of a code that the plan refused."""
    answer = stub.sign_in(leave(alice_client, plan))
    if is_refused:
        stub.override["/token"] = as_json({"error": "invalid_grant"}, 400)
    page = come_back(alice_client, answer if is_refused else {"state": "none", "code": "c"})
    said = " ".join(page.content.decode().split())
    assert "We cannot tell." in said
    assert "does not say whose side it was" in said
    assert "On your side" not in said
