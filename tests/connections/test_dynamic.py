"""Registering by program (RFC 7591, RFC 7592): at the demo payer, and at servers that answer anything."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from django.core.cache import cache
from django.core.management import CommandError
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.audit.models import AuditEntry
from apps.connections.access import Access
from apps.plans import dynamic
from apps.plans.clients import sheet_of
from apps.plans.discovery import discover
from apps.plans.models import Plan
from apps.plans.registrations import Registration
from apps.plans.secrets import client_secret
from apps.vault.boxes import house_box
from apps.vault.errors import SealBroken
from tests.connections.conftest import come_back, leave
from tests.connections.test_acts import operate, press
from tests.connections.test_demo_payer import sign_in, someone
from tests.plans.conftest import Payer, payer
from tests.plans.test_admin import SMART

__all__ = ["payer"]
WHY = "the sandbox takes registrations by program"
TOKEN = "the-token-that-changes-our-client"
SECRET = "a-secret-of-the-server"


def unregistered(plan: Plan) -> Plan:
    """Give the plan a registration without a client, and ask what it publishes."""
    row = Registration.objects.create(name="A server", origins=[])
    plan.registration = row
    plan.own_quirks = {**plan.own_quirks, "token_auth": "client_secret_basic"}
    plan.save()
    discover(plan, now=timezone.now())
    return Plan.objects.get(pk=plan.pk)


def row_of(plan: Plan) -> Registration:
    assert plan.registration_id
    return Registration.objects.get(pk=plan.registration_id)


def test_at_the_demo_payer_we_are_registered_used_changed_and_ended(
    alice_client: Client, alice: Member, demo_plan: Plan
) -> None:
    """The whole way: the member's trip goes with the client that the server just gave."""
    plan = unregistered(demo_plan)
    looked = operate("register_client", plan.slug, dry_run=True)
    assert "redirect_uris: " in looked and "No contacts: write yours into the listing first." in looked
    assert "A client secret that comes back is kept. It may go to http://127.0.0.1:" in looked
    assert not row_of(plan).client_id
    printed = operate("register_client", plan.slug, reason=WHY)
    row = row_of(plan)
    assert row.client_id.startswith("dyn-") and f"Registered as {row.client_id}." in printed
    secret, token = client_secret(row), house_box().open(row, "sealed_management_token").decode()
    assert secret and secret not in printed and token not in printed
    kept = json.dumps(list(AuditEntry.objects.values("action", "changes")), default=str)
    assert row.client_id in kept and secret not in kept and token not in kept

    page = come_back(alice_client, sign_in(leave(alice_client, plan), someone(), "Allow"))
    assert page.status_code == 303, page.content.decode()
    made = alice.connections.get()
    access = Access(made, clock=timezone.now)
    assert access.ask(f"Patient/{access.patient_id}").status == 200

    Registration.objects.update(
        origins=[*row.origins, "https://thief.example:443"], sealed_client_secret=None
    )
    assert "https://thief.example:443" in operate("update_client", plan.slug, dry_run=True)
    Registration.objects.update(origins=row.origins, sealed_client_secret=row.sealed_client_secret)
    assert "registered as it is now" in operate("update_client", plan.slug, reason=WHY)
    assert (client_secret(row_of(plan)), row_of(plan).client_id) == (secret, row.client_id)
    with pytest.raises(CommandError, match="end those first"):
        operate("end_client", plan.slug, reason=WHY)
    alice_client.post(f"/connections/{made.pk}/disconnect/", {"records": "erase"})
    operate("end_client", plan.slug, reason=WHY)
    gone = row_of(plan)
    assert (gone.client_id, gone.management_uri) == ("", "")
    assert not (gone.sealed_client_secret or gone.sealed_management_token)
    headers = {"Authorization": f"Bearer {token}"}
    assert requests.get(row.management_uri, headers=headers, timeout=10).status_code == 401


@pytest.fixture
def at_server(db: None, payer: Payer) -> Callable[..., Plan]:
    """Return who makes a plan whose server publishes where to register, and answers so."""

    def make(answer: Any, *, status: int = 201, published: str | None = None) -> Plan:
        endpoint = published or f"{payer.origin}/register"
        said = {"authorization_endpoint": f"{payer.origin}/a", "token_endpoint": f"{payer.origin}/t"}
        payer.serves(SMART, json.dumps(said | {"registration_endpoint": endpoint}))
        body = answer if isinstance(answer, bytes) else json.dumps(answer)
        payer.serves("/register", body, status=status)
        plan = Plan(slug="served", name="Served", fhir_base_url=f"{payer.origin}/fhir/r4")
        return unregistered(plan)

    return make


def good(payer: Payer, **changes: Any) -> dict[str, Any]:
    """Return what a server answers that does as the rules say."""
    return {
        "client_id": "given", "client_secret": SECRET, "client_secret_expires_at": 0,
        "registration_access_token": TOKEN, "registration_client_uri": f"{payer.origin}/register/given",
        **changes,
    }  # fmt: skip


def test_what_is_sent_is_the_listings_metadata_and_nothing_of_ours_alone(
    at_server: Callable[..., Plan], payer: Payer, client: Client
) -> None:
    plan = at_server(good(payer))
    dynamic.register(row_of(plan), initial_token="from their desk")
    method, _path, proof, body = payer.sent[-1]
    told = json.loads(body)
    listed = json.loads(client.get("/app/client-metadata.json").content)
    assert (method, proof) == ("POST", "Bearer from their desk")
    for name in ("client_name", "logo_uri", "policy_uri", "tos_uri", "software_id"):
        assert told[name] == listed[name]
    assert told["token_endpoint_auth_method"] == "client_secret_basic"
    assert told["redirect_uris"] == list(sheet_of(row_of(plan)).redirect_uris)
    assert "extras" not in told and "jwks_uri" not in told


HOSTILE: dict[str, tuple[Any, int, str]] = {
    "a page": (b"<html>no</html>", 201, "is a web page"),
    "a list": ([], 201, "not a JSON object"),
    "nothing": (b"", 201, "is not JSON"),
    "deep": (b"[" * 100_000, 201, "nested too deeply"),
    "too much": (b'{"client_id": "' + b"x" * 300_000 + b'"}', 201, "did not answer"),
    "no client": ({}, 201, "no client id"),
    "a client that is a list": ({"client_id": ["x"]}, 201, "no client id"),
    "a client of two lines": ({"client_id": "a\nb"}, 201, "no client id"),
    "a client without end": ({"client_id": "x" * 256}, 201, "no client id"),
    "not our address": ({"error": "invalid_redirect_uri"}, 400, "one of our redirect addresses"),
    "something else": ({"error": "invalid_client_metadata"}, 400, "something of what we sent"),
    "a statement": ({"error": "invalid_software_statement"}, 400, "wants a software statement"),
    "words of its own": (
        {"error": "<script>", "error_description": "call me"},
        400,
        "without a reason we know",
    ),
    "an error that is a list": ({"error": []}, 400, "without a reason we know"),
    "not ours to ask": (b"", 401, "wants an initial access token"),
    "forbidden": (b"", 403, "wants an initial access token"),
    "gone": (b"", 404, "no such address"),
    "later": (b"", 429, "wants us to wait"),
    "broken": (b"", 500, "without a reason we know"),
    "elsewhere": (b"", 302, "without a reason we know"),
}


def test_what_is_no_registration_is_told_in_our_words_and_keeps_nothing(
    at_server: Callable[..., Plan], payer: Payer
) -> None:
    plan = at_server({})
    for answer, status, words in HOSTILE.values():
        body = answer if isinstance(answer, bytes) else json.dumps(answer)
        payer.serves("/register", body, status=status)
        with pytest.raises(CommandError, match=words) as told:
            operate("register_client", plan.slug, reason=WHY)
        assert "script" not in str(told.value) and "call me" not in str(told.value)
        row = row_of(plan)
        assert (row.client_id, row.management_uri, row.sealed_client_secret) == ("", "", None)


ODD: dict[str, tuple[dict[str, Any], str, bool]] = {
    "a token elsewhere": ({"registration_client_uri": "https://else.example/x"}, "nobody confirmed", False),
    "a token for a file": ({"registration_client_uri": "file:///etc/passwd"}, "nobody confirmed", False),
    "a token for nowhere": ({"registration_client_uri": None}, "nobody confirmed", False),
    "no token": ({"registration_access_token": None}, "no way to change the client", False),
    "no secret": ({"client_secret": None}, "its plans need one", True),
    "a secret that ends": ({"client_secret_expires_at": 1893456000}, "it ends on 2030-01-01", True),
    "an end that is no moment": ({"client_secret_expires_at": 10**30}, "The client secret is kept.", True),
    "another method": ({"token_endpoint_auth_method": "none"}, "another token_endpoint_auth_method", True),
    "another address": ({"redirect_uris": ["https://elsewhere.example/"]}, "another redirect_uris", True),
}  # fmt: skip


def test_what_is_odd_is_said_and_nothing_is_kept_of_an_address_nobody_confirmed(
    at_server: Callable[..., Plan], payer: Payer
) -> None:
    plan = at_server({})
    empty = {
        "client_id": "",
        "management_uri": "",
        "sealed_client_secret": None,
        "sealed_management_token": None,
    }
    for name, (changes, words, is_managed) in ODD.items():
        payer.serves("/register", json.dumps(good(payer, **changes)), status=201)
        Registration.objects.update(**empty)
        assert words in operate("register_client", plan.slug, reason=WHY), name
        row = row_of(plan)
        assert row.client_id == "given"
        assert bool(row.sealed_management_token) is bool(row.management_uri) is is_managed, name


def test_an_endpoint_elsewhere_is_neither_used_nor_an_alarm(
    at_server: Callable[..., Plan], payer: Payer
) -> None:
    plan = at_server(good(payer), published="https://elsewhere.example/register")
    with pytest.raises(CommandError, match="None of its plans publishes"):
        operate("register_client", plan.slug, reason=WHY)
    assert plan.drift is None


def test_an_endpoint_is_used_no_more_once_its_origin_is_taken_back(
    at_server: Callable[..., Plan], payer: Payer
) -> None:
    plan = at_server(good(payer))
    elsewhere = "https://login.example.com/register"
    plan.confirmed_origins = ["https://login.example.com"]
    plan.discovery["values"]["registration_url"] = elsewhere
    plan.save()
    assert dynamic.place_of(row_of(plan)).url == elsewhere
    Plan.objects.update(confirmed_origins=[])
    with pytest.raises(dynamic.NotRegistered, match="None of its plans publishes"):
        dynamic.place_of(row_of(plan))


def test_the_token_is_bound_to_its_address_and_goes_to_no_other(
    at_server: Callable[..., Plan], payer: Payer
) -> None:
    """Whoever writes another address into the row has a token that does not open."""
    plan = at_server(good(payer))
    dynamic.register(row_of(plan))
    before = len(payer.sent)
    Registration.objects.update(management_uri=f"{payer.origin}/register/thief")
    with pytest.raises(SealBroken):
        dynamic.update(row_of(plan))
    Registration.objects.update(management_uri="https://elsewhere.example/register/given")
    with pytest.raises(dynamic.NotRegistered, match="none that an operator confirmed"):
        dynamic.update(row_of(plan))
    assert len(payer.sent) == before


def test_a_change_sends_secret_and_token_and_keeps_those_that_come_anew(
    at_server: Callable[..., Plan], payer: Payer
) -> None:
    plan = at_server(good(payer))
    dynamic.register(row_of(plan))
    payer.serves(
        "/register/given", json.dumps(good(payer, client_secret="next", registration_access_token="other"))
    )
    dynamic.update(row_of(plan))
    method, path, proof, body = payer.sent[-1]
    assert (method, path, proof) == ("PUT", "/register/given", f"Bearer {TOKEN}")
    assert (json.loads(body)["client_id"], json.loads(body)["client_secret"]) == ("given", SECRET)
    assert client_secret(row_of(plan)) == "next"
    payer.serves("/register/given", json.dumps(good(payer, client_id="another")))
    with pytest.raises(dynamic.NotRegistered, match="another client"):
        dynamic.update(row_of(plan))
    assert payer.sent[-1][2] == "Bearer other"
    payer.serves("/register/given", b"", status=401)
    with pytest.raises(dynamic.NotRegistered, match="does not take the token"):
        dynamic.end(row_of(plan))
    assert row_of(plan).client_id == "given"


def test_a_client_that_is_there_is_not_registered_again(at_server: Callable[..., Plan], payer: Payer) -> None:
    plan = at_server(good(payer))
    row = row_of(plan)
    dynamic.register(row)
    with pytest.raises(dynamic.NotRegistered, match="Somebody wrote another client id meanwhile"):
        dynamic.register(row)  # the row as it was before, as a second operator has it
    with pytest.raises(CommandError, match="a client id already"):
        operate("register_client", plan.slug, reason=WHY)
    assert client_secret(row_of(plan)) == SECRET


def test_s_01_the_button_asks_for_the_passkey_once_more(
    operator: Client, at_server: Callable[..., Plan], payer: Payer
) -> None:
    """S-01: with one used lately it registers; without one nothing is sent."""
    plan = at_server(good(payer))
    cache.clear()
    row = row_of(plan)
    session = operator.session
    records = session["account_authentication_methods"]
    stale = [{**record, "at": record["at"] - 3600} for record in records]
    session["account_authentication_methods"] = stale
    session.save()
    form = {"action": "register_client", "_selected_action": [str(row.pk)], "decision": "do", "reason": WHY}
    answer = operator.post("/admin/plans/registration/", form)
    assert "reauthenticate" in answer.headers["Location"]
    assert not [sent for sent in payer.sent if sent[0] == "POST"]
    session["account_authentication_methods"] = records
    session.save()
    looked = operator.post("/admin/plans/registration/", {**form, "decision": ""}).content.decode()
    assert "redirect_uris: " in looked and 'value="do"' in looked
    assert "Registered as given." in press(operator, "register_client", row, decision="do", reason=WHY)
    assert row_of(plan).client_id == "given"
