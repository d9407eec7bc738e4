"""Our own signing keys: proofs, the published set, rotation, and what operators see."""

import base64
import json
import logging
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection as database
from django.test import Client
from django.utils import timezone
from joserfc import jwk, jwt
from joserfc.jwk import KeySet

from apps.accounts.models import Member
from apps.connections import client_keys, endings
from apps.connections.access import Access
from apps.connections.models import ClientKey
from apps.connections.tokens import open_tokens
from apps.plans.models import Plan
from apps.plans.origins import may_come_along
from apps.vault.boxes import box_for
from tests.at_once import at_once
from tests.conftest import by_passkey
from tests.connections.conftest import connect, later
from tests.connections.stub_plan import CLIENT_ID, Asked, StubPlan, running
from tests.quirks import set_quirks
from tests.registered import give_secret

HOUR = timedelta(hours=1)


@pytest.fixture
def signing_plan(plan: Plan) -> Plan:
    """Return the plan as one that wants signed assertions; it needs no secret."""
    plan.own_quirks["token_auth"] = "private_key_jwt"
    give_secret(plan, "")
    plan.save()
    return plan


def published(client: Client) -> list[dict[str, Any]]:
    """Return the keys anybody may fetch."""
    keys: list[dict[str, Any]] = json.loads(client.get("/app/jwks.json").content)["keys"]
    return keys


def proof_in(asked: Asked, client: Client, alg: str) -> jwt.Token:
    """Return the assertion of a request, checked with the published keys as the plan would."""
    assert asked.form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    keys = KeySet.import_key_set({"keys": published(client)})  # type: ignore[typeddict-item]
    return jwt.decode(asked.form["client_assertion"], keys, algorithms=[alg])


@pytest.mark.parametrize("alg", ["RS384", "ES384"])
def test_o_07_a_signed_assertion_proves_who_asks(
    *,
    alice_client: Client,
    client: Client,
    signing_plan: Plan,
    stub: StubPlan,
    caplog: pytest.LogCaptureFixture,
    alg: str,
) -> None:
    """O-07: typ, kid, iss, sub, aud, at most five minutes, another jti each time, no secret beside it.

    O-36: and in no log line: whoever had one could be us for four minutes.
    """
    caplog.set_level(logging.DEBUG)
    set_quirks(assertion_alg=alg)
    connect(alice_client, signing_plan, stub)
    made = connect(alice_client, signing_plan, stub)
    Access(made, clock=later(3600)).ask("Patient/p-1")  # refreshes
    requests = stub.requests_to("/token")
    assert [asked.form["grant_type"] for asked in requests] == ["authorization_code"] * 2 + ["refresh_token"]
    seen = set()
    for asked in requests:
        proof = proof_in(asked, client, alg)
        (key,) = ClientKey.objects.filter(alg=alg)
        assert proof.header == {"typ": "JWT", "alg": alg, "kid": key.kid}
        assert proof.claims["iss"] == proof.claims["sub"] == CLIENT_ID
        assert proof.claims["aud"] == f"{stub.origin}/token"
        assert 0 < proof.claims["exp"] - proof.claims["iat"] <= 300
        # Servers refuse one dated a second ahead of their clock (Keycloak, login.gov: "in the future"), and
        # two refusals pause the plan for all.
        assert 50 < timezone.now().timestamp() - proof.claims["iat"] < 120
        assert {"client_secret", "client_id"}.isdisjoint(asked.form)
        assert "Authorization" not in asked.headers
        seen.add(proof.claims["jti"])
        logged = "\n".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
        assert asked.form["client_assertion"] not in logged
    assert len(seen) == 3


def test_o_07_the_revocation_is_proved_the_same_way(
    alice_client: Client, client: Client, alice: Member, signing_plan: Plan, stub: StubPlan
) -> None:
    """O-07: and the proof is for the authorization server, whose name is its token URL (RFC 7523)."""
    made = connect(alice_client, signing_plan, stub)
    tokens = open_tokens(made, box_for(alice))
    signing_plan.refresh_from_db()
    endings.forget(signing_plan, tokens, now=timezone.now())
    requests = stub.requests_to("/revoke")
    assert requests
    for asked in requests:
        assert proof_in(asked, client, "RS384").claims["aud"] == f"{stub.origin}/token"
    assert not stub.refresh_tokens


def test_o_07_a_revocation_address_elsewhere_gets_no_proof_for_the_token_endpoint(
    alice_client: Client, client: Client, alice: Member, signing_plan: Plan, stub: StubPlan
) -> None:
    """O-07: who runs it gets a token to forget and nothing to spend it with (RFC 7523 section 3)."""
    made = connect(alice_client, signing_plan, stub)
    with running() as elsewhere:
        # Where records are, tokens go anyhow (S-01): it is another address than that of the token endpoint.
        signing_plan.refresh_from_db()
        signing_plan.fhir_base_url = f"{elsewhere.origin}/fhir"
        signing_plan.revoke_url = f"{elsewhere.origin}/revoke"
        signing_plan.moved_from = may_come_along(signing_plan, [made.bound_to])
        signing_plan.save()
        endings.forget(signing_plan, open_tokens(made, box_for(alice)), now=timezone.now())
        requests = elsewhere.requests_to("/revoke")
    assert requests
    for asked in requests:
        assert proof_in(asked, client, "RS384").claims["aud"] == f"{elsewhere.origin}/revoke"


def test_whoever_makes_keys_at_the_same_moment_makes_one_of_each(
    shared_database: None, now: datetime
) -> None:
    """Two processes that start, two timers: what one publishes is what the other signs with."""
    one, other = at_once(lambda _process: client_keys.jwks(now=now), range(2))
    assert one == other
    assert ClientKey.objects.count() == len(client_keys.ALGS)
    old = client_keys.signing_key(alg="ES384", now=now)
    one, other = at_once(lambda _process: client_keys.rotate(alg="ES384", now=now).kid, range(2))
    assert one == other != old.kid
    assert client_keys.signing_key(alg="ES384", now=now).kid == old.kid
    assert ClientKey.objects.count() == len(client_keys.ALGS) + 1


def test_the_published_set_is_public_cacheable_and_holds_no_private_part(
    db: None, client: Client, settings: Any
) -> None:
    """RFC 7517, SMART client-confidential-asymmetric: P-384, RSA of at least 2048 bits, bare values.

    There from the first start: a payer may take our keys before any member connects, and finds them after.
    """
    settings.SITE_URL = "https://plainclaim.example"
    page = client.get("/app/jwks.json")
    assert page.status_code == 200
    assert page["Content-Type"] == "application/jwk-set+json"
    assert "public" in page["Cache-Control"] and "max-age=3600" in page["Cache-Control"]
    keys = {key["alg"]: key for key in json.loads(page.content)["keys"]}
    assert keys["RS384"].keys() == {"kty", "kid", "alg", "use", "n", "e"}
    assert keys["ES384"].keys() == {"kty", "kid", "alg", "use", "crv", "x", "y"}
    assert (keys["RS384"]["kty"], keys["ES384"]["kty"], keys["ES384"]["crv"]) == ("RSA", "EC", "P-384")
    assert {key["use"] for key in keys.values()} == {"sig"}
    assert len(_decoded(keys["RS384"]["n"])) * 8 >= 2048
    told = client.get("/app/client-metadata.json").json()
    assert (told["jwks_uri"], "jwks" in told) == ("https://plainclaim.example/app/jwks.json", False)
    for alg in client_keys.ALGS:
        key = client_keys.signing_key(alg=alg, now=timezone.now())
        assert key.kid == keys[alg]["kid"]
        assert len(key.kid) >= 20
        assert jwk.import_key(keys[alg]).thumbprint() == jwk.import_key(key.private_jwk).thumbprint()
    assert {key["alg"]: key for key in published(Client())} == keys
    assert ClientKey.objects.count() == len(client_keys.ALGS)


def test_a_new_key_is_known_a_day_before_it_signs_and_the_old_one_a_day_after(
    db: None, now: datetime
) -> None:
    """Plans keep key sets in caches: at no moment is something signed with a key they may not know."""
    other = client_keys.signing_key(alg="RS384", now=now)
    old = client_keys.signing_key(alg="ES384", now=now)
    new = client_keys.rotate(alg="ES384", now=now)
    assert client_keys.rotate(alg="ES384", now=now + HOUR) == new, "a timer that runs too often"

    def known(at: datetime) -> set[str]:
        return {key["kid"] for key in client_keys.jwks(now=at)["keys"] if key["alg"] == "ES384"}

    def signs(at: datetime) -> str:
        return client_keys.signing_key(alg="ES384", now=at).kid

    assert known(now) == {old.kid, new.kid}
    assert signs(now) == signs(now + 23 * HOUR) == old.kid
    assert signs(now + 24 * HOUR) == new.kid
    assert known(now + 48 * HOUR) == {old.kid, new.kid}
    assert known(now + 73 * HOUR) == {new.kid}
    assert signs(now + 400 * 24 * HOUR) == new.kid
    assert client_keys.signing_key(alg="RS384", now=now + 30 * HOUR).kid == other.kid
    assert client_keys.rotate(alg="ES384", now=now + 25 * HOUR) != new


def test_an_algorithm_we_do_not_know_makes_no_key(db: None, now: datetime) -> None:
    """A row edited past the form's choices fails loudly."""
    with pytest.raises(ValueError, match="algorithm"):
        client_keys.signing_key(alg="none", now=now)
    assert not ClientKey.objects.exists()


def test_the_private_half_is_sealed_and_printed_nowhere(db: None, now: datetime) -> None:
    """D-01, W-32."""
    key = client_keys.signing_key(alg="RS384", now=now)
    with database.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {ClientKey._meta.db_table}")  # noqa: S608 - a constant
        everything = b"|".join(
            bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
            for row in cursor.fetchall()
            for value in row
        )
    for part in ("d", "p", "q"):
        assert key.private_jwk[part].encode() not in everything
        assert key.private_jwk[part] not in repr(key)


def test_operators_see_names_and_dates_and_can_rotate(admin_client: Client, now: datetime) -> None:
    """Never either half of a key."""
    key = client_keys.signing_key(alg="ES384", now=timezone.now())
    row = ClientKey.objects.get()
    pages = [
        admin_client.get("/admin/connections/clientkey/").content.decode(),
        admin_client.get(f"/admin/connections/clientkey/{row.pk}/change/").content.decode(),
    ]
    for page in pages:
        assert key.kid in page
        for part in ("d", "x", "y"):
            assert key.private_jwk[part] not in page
    page = admin_client.post(
        "/admin/connections/clientkey/", {"action": "rotate", "_selected_action": [row.pk]}, follow=True
    )
    assert b"signs from" in page.content
    assert ClientKey.objects.count() == 2
    assert admin_client.get("/admin/connections/clientkey/add/").status_code == 403
    assert admin_client.post(f"/admin/connections/clientkey/{row.pk}/delete/").status_code == 403


def test_an_operator_who_may_only_look_cannot_rotate(client: Client, bob: Member) -> None:
    """W-04."""
    key = client_keys.signing_key(alg="ES384", now=timezone.now())
    bob.is_staff = True
    bob.save()
    bob.user_permissions.add(Permission.objects.get(codename="view_clientkey"))
    by_passkey(bob, client)
    row = ClientKey.objects.get()
    assert key.kid in client.get("/admin/connections/clientkey/").content.decode()
    client.post("/admin/connections/clientkey/", {"action": "rotate", "_selected_action": [row.pk]})
    assert ClientKey.objects.count() == 1


def test_the_command_rotates_what_is_in_use(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    """For a timer; it says from when each new key signs, and nothing secret."""
    call_command("rotate_client_keys")
    assert "no signing key yet" in capsys.readouterr().out
    key = client_keys.signing_key(alg="ES384", now=timezone.now())
    call_command("rotate_client_keys")
    said = capsys.readouterr().out
    new = ClientKey.objects.exclude(kid=key.kid).get()
    assert re.fullmatch(rf"ES384: {re.escape(new.kid)} signs from [\d-]+ [\d:]+ UTC on\.\n", said)
    assert not ClientKey.objects.filter(alg="RS384").exists()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
