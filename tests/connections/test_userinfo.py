"""Userinfo: who signed in, told over the plan's own endpoint, and about nobody else."""

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from joserfc import jwt
from joserfc.jwk import RSAKey

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.connections.people import person_of
from apps.plans.models import Plan
from apps.vault.boxes import box_for
from tests.connections.conftest import come_back, connect, leave
from tests.connections.stub_plan import CLIENT_ID, KEY, StubPlan, as_json, running
from tests.quirks import set_quirks

OTHER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


@pytest.fixture
def blue(plan: Plan, stub: StubPlan) -> Plan:
    """A plan like Blue Button: no `patient` in the first answer, a userinfo endpoint that has it."""
    cache.clear()
    plan.own_quirks["patient_lookup"] = "userinfo"
    plan.save()
    stub.answer = {"patient": None}
    stub.configuration = {"userinfo_endpoint": f"{stub.origin}/userinfo"}
    stub.patients["p-7"] = "Seven Quill"
    tell(stub, {"sub": "member-1", "patient": "p-7"})
    return plan


def tell(stub: StubPlan, told: object) -> None:
    """Let userinfo answer this JSON."""
    stub.override["/userinfo"] = as_json(told)


def signed(stub: StubPlan, key: Any = KEY, **changed: Any) -> None:
    """Let userinfo answer a JWT."""
    claims = {"iss": stub.origin, "aud": CLIENT_ID, "sub": "member-1", "patient": "p-7", **changed}
    text = jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)
    stub.override["/userinfo"] = (200, "application/jwt; charset=utf-8", text.encode())


def whose(member: Member) -> str:
    """The id of the person connected."""
    return person_of(member.connections.get(), box_for(member)).id


def refused(client: Client, plan: Plan, stub: StubPlan) -> bool:
    """Whether the trip ends without a connection and without living tokens."""
    page = come_back(client, stub.sign_in(leave(client, plan)))
    assert b"could not be sure who answered" in page.content
    return page.status_code == 502 and not Connection.objects.exists() and not stub.access_tokens


def test_userinfo_names_the_patient(alice_client: Client, alice: Member, blue: Plan, stub: StubPlan) -> None:
    """facts: payers.md 4.1 no. 3."""
    connect(alice_client, blue, stub)
    assert whose(alice) == "p-7"
    assert not stub.requests_to("/fhir/Patient")


def test_the_token_answer_comes_before_userinfo(
    alice_client: Client, alice: Member, blue: Plan, stub: StubPlan
) -> None:
    """The order: token, fhirUser, userinfo, search."""
    stub.answer = {"patient": "p-1"}
    connect(alice_client, blue, stub)
    assert whose(alice) == "p-1"
    assert not stub.requests_to("/userinfo")


def test_other_plans_are_not_asked_for_userinfo(alice_client: Client, blue: Plan, stub: StubPlan) -> None:
    set_quirks(patient_lookup="token")
    stub.patients = {"p-1": "Rosa Quill"}
    connect(alice_client, blue, stub)
    assert not stub.requests_to("/userinfo")
    assert stub.requests_to("/fhir/Patient")


def test_o_23_the_token_goes_into_the_header_and_never_into_the_address(
    alice_client: Client, blue: Plan, stub: StubPlan
) -> None:
    connect(alice_client, blue, stub)
    (asked,) = stub.requests_to("/userinfo")
    assert asked.method == "GET"
    assert asked.headers["Authorization"].removeprefix("Bearer ") in stub.access_tokens
    assert asked.query == {}
    assert asked.form == {}


def test_o_23_userinfo_of_somebody_else_is_dropped_and_the_trip_refused(
    alice_client: Client, blue: Plan, stub: StubPlan
) -> None:
    """O-23: `sub` has to be the id_token's."""
    for told in ({"sub": "member-2", "patient": "p-7"}, {"patient": "p-7"}, {"sub": 1, "patient": "p-7"}):
        tell(stub, told)
        assert refused(alice_client, blue, stub)


def test_a_signed_userinfo_is_verified(
    alice_client: Client, alice: Member, blue: Plan, stub: StubPlan
) -> None:
    signed(stub)
    connect(alice_client, blue, stub)
    assert whose(alice) == "p-7"


def test_o_23_a_signed_userinfo_for_others_is_refused(
    alice_client: Client, blue: Plan, stub: StubPlan
) -> None:
    """O-23, O-19."""
    for changed in ({"iss": "https://evil.example.com"}, {"aud": "another"}, {"sub": "member-2"}):
        signed(stub, **changed)
        assert refused(alice_client, blue, stub)


def test_o_19_a_userinfo_signed_by_others_is_refused(
    alice_client: Client, blue: Plan, stub: StubPlan
) -> None:
    signed(stub, OTHER)
    assert refused(alice_client, blue, stub)


UNREADABLE: list[Any] = [
    (503, "text/html", b"<html>"),
    (200, "text/html", b"<html>"),
    (200, "application/json", b"[]"),
    (200, "application/json", b"[" * 60_000),
    (200, "application/json", json.dumps({"sub": "member-1", "x": "y" * 70_000}).encode()),
    (200, "application/json", b'{"sub": "member-1", "patient": "no id/at all"}'),
    (200, "application/json", b'{"sub": "member-1", "patient": {"reference": "Patient/p-7"}}'),
    (302, "text/html", b"http://127.0.0.1:1/elsewhere"),
]


def test_without_a_readable_userinfo_the_plan_is_searched(
    alice_client: Client, alice: Member, blue: Plan, stub: StubPlan
) -> None:
    """A nice-to-have that fails must not cost the member the connection."""
    stub.patients = {"p-1": "Rosa Quill"}
    for stub.override["/userinfo"] in UNREADABLE:
        connect(alice_client, blue, stub)
        assert whose(alice) == "p-1"


def test_o_26_a_fhir_user_elsewhere_is_neither_asked_nor_believed(
    alice_client: Client, alice: Member, blue: Plan, stub: StubPlan
) -> None:
    """O-26: not one request leaves for the other server, from the id_token or from userinfo."""
    with running() as evil:
        elsewhere = f"{evil.origin}/fhir/Patient/p-7"
        stub.claims = {"fhirUser": elsewhere}
        tell(stub, {"sub": "member-1", "fhirUser": elsewhere})
        stub.patients = {"p-1": "Rosa Quill"}
        connect(alice_client, blue, stub)
        assert evil.asked == []
    assert whose(alice) == "p-1"


NO_PATIENTS: list[Any] = [
    "//evil.example.com/fhir/Patient/p-7",
    "https://evil.example.com/Patient/p-7",
    "Practitioner/p-7",
    "Patient/../p-7",
    7,
    ["Patient/p-7"],
]


def test_o_26_only_a_patient_of_this_plan_counts(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    stub.answer = {"patient": None}
    for value in NO_PATIENTS:
        stub.claims = {"fhirUser": value}
        connect(alice_client, plan, stub)
        assert whose(alice) == "p-1"
    assert len(stub.requests_to("/fhir/Patient")) == len(NO_PATIENTS)
