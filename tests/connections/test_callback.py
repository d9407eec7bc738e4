"""Coming back from the plan with a good answer."""

import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.access import Access
from apps.connections.models import Connection
from apps.connections.people import person_of
from apps.plans.models import Plan
from apps.vault.boxes import box_for
from tests.connections.conftest import come_back, connect, forget_tries, later, leave
from tests.connections.stub_plan import CLIENT_ID, CLIENT_SECRET, Asked, StubPlan, as_json
from tests.connections.test_begin import sent
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


@pytest.mark.parametrize(
    "token_auth", ["client_secret_basic", "client_secret_post", "none", "private_key_jwt"]
)
def test_o_06_each_kind_of_client_asks_for_tokens_and_renews_them_in_its_way(
    alice_client: Client, plan: Plan, stub: StubPlan, token_auth: str
) -> None:
    """O-06, O-07: as a form and by POST, with what was promised at leaving and the client's own proof alone.

    A public client is never authenticated, also where a secret is left over; one that proves itself does not
    name itself besides, but where its secret is in the form (the only style 1upHealth documents).
    """
    set_quirks(plan, token_auth=token_auth)
    url = leave(alice_client, plan)
    answer = stub.sign_in(url)
    assert come_back(alice_client, answer).status_code == 303
    (known,) = stub.refresh_tokens
    assert Access(Connection.objects.get(), clock=later(3600)).ask("Patient/p-1").status == 200
    first, second = stub.requests_to("/token")
    for asked in (first, second):
        assert asked.method == "POST"
        assert asked.headers["Content-Type"].partition(";")[0] == "application/x-www-form-urlencoded"
        assert asked.query == {}
        ways = {
            "client_secret_basic": basic(asked) == "plain%3Aclaim:s3cr%25t%2B%3A%26+x",
            "client_secret_post": asked.form.get("client_secret") == CLIENT_SECRET,
            "none": asked.form.get("client_id") == CLIENT_ID and "client_secret" not in asked.form,
            "private_key_jwt": "client_assertion" in asked.form,
        }
        assert [way for way, is_used in ways.items() if is_used] == [token_auth]
        assert ("client_id" in asked.form) is (token_auth in ("none", "client_secret_post"))
        assert ("Authorization" in asked.headers) is (token_auth == "client_secret_basic")
        assert "state" not in asked.form
    left = sent(url)
    digest = hashlib.sha256(first.form["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == left["code_challenge"]
    assert (first.form["grant_type"], first.form["code"]) == ("authorization_code", answer["code"])
    assert first.form["redirect_uri"] == left["redirect_uri"]
    assert (second.form["grant_type"], second.form["refresh_token"]) == ("refresh_token", known)


def basic(asked: Asked) -> str:
    """Return what HTTP Basic says, still encoded as RFC 6749 section 2.3.1 wants it."""
    return base64.b64decode(asked.headers.get("Authorization", "").removeprefix("Basic ")).decode()


ODD_ANSWERS: list[tuple[dict[str, Any], int | None]] = [
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
    ({"intent": "reconcile-medications"}, 3600),
    ({"intent": 7}, 3600),
]


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


def test_o_33_odd_but_usable_token_answers_are_used(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-33: everything but the access token may be missing or odd; of intents we know none."""
    for stub.answer, seconds in ODD_ANSWERS:
        made = connect(alice_client, plan, stub)
        ends = made.access_expires_at
        if seconds is None:
            assert ends is None, stub.answer
        else:
            assert ends is not None, stub.answer
            assert abs((ends - made.connected_at).total_seconds() - seconds) < 1, stub.answer
        forget_tries()
