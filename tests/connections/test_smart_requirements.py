"""Requirements of SMART App Launch 2.2 that no suite tests, by their numbers (facts: conformance.md 3)."""

import pytest
from django.test import Client
from django.urls import get_resolver

from apps.accounts.models import Member
from apps.connections.people import person_of
from apps.plans.models import Plan
from apps.plans.profiles import PROFILES
from apps.plans.quirks import Quirks
from apps.vault.boxes import box_for
from tests.connections.conftest import connect, leave
from tests.connections.stub_plan import StubPlan, as_json

CONFIDENTIAL = ["client_secret_basic", "private_key_jwt"]


def test_smart_11_we_are_confidential_where_a_plan_gives_us_the_means() -> None:
    """@11: without a word to the contrary on its row; the public client is one plan's own rule."""
    assert Quirks().token_auth in CONFIDENTIAL
    public = [name for name, profile in PROFILES.items() if profile.quirks.token_auth == "none"]
    assert public == ["cigna"]


def test_smart_20_the_launch_url_is_one_fixed_path() -> None:
    """@20: what is registered with a plan for launching us has no part that varies."""
    paths = [
        str(pattern.pattern) for pattern in get_resolver().url_patterns if "launch" in str(pattern.pattern)
    ]
    nested = [
        f"{outer.pattern}{inner.pattern}"
        for outer in get_resolver().url_patterns
        for inner in getattr(outer, "url_patterns", ())
        if "launch" in str(inner.pattern)
    ]
    assert [*paths, *nested] == ["launch"]


def test_smart_29_the_configuration_is_asked_for_as_json(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """@29: below the FHIR base, by GET, with an Accept that allows JSON; its two addresses are used."""
    assert leave(alice_client, plan).startswith(f"{stub.origin}/authorize?")
    (asked,) = stub.requests_to("/fhir/.well-known/smart-configuration")
    assert (asked.method, asked.headers["Accept"]) == ("GET", "application/json")
    assert "Authorization" not in asked.headers


@pytest.mark.parametrize("is_on_the_row", [True, False])
def test_smart_218_keys_are_those_that_the_issuers_own_document_names(
    alice_client: Client, plan: Plan, stub: StubPlan, is_on_the_row: bool
) -> None:
    """@218: {issuer}/.well-known/openid-configuration, its jwks_uri, the signature; only then `fhirUser`."""
    if not is_on_the_row:
        Plan.objects.update(issuer="")
    stub.configuration = {"jwks_uri": f"{stub.origin}/keys-of-the-fhir-server"}
    stub.override["/keys-of-the-fhir-server"] = as_json({"keys": []})
    own = {"issuer": stub.origin, "jwks_uri": f"{stub.origin}/jwks", "token_endpoint": f"{stub.origin}/token"}
    stub.override["/.well-known/openid-configuration"] = as_json(own)
    stub.answer, stub.claims = {"patient": None}, {"fhirUser": "Patient/p-1"}
    connect(alice_client, Plan.objects.get(), stub)
    asked = [request.path for request in stub.asked]
    for earlier, later_ in (
        ("/.well-known/openid-configuration", "/jwks"),
        ("/token", "/jwks"),
        ("/jwks", "/fhir/Patient/p-1"),
    ):
        assert asked.index(earlier) < asked.index(later_)
    assert "/keys-of-the-fhir-server" not in asked


@pytest.mark.parametrize("reference", ["{origin}/fhir/Patient/p-9", "Patient/p-9"])
def test_smart_202_fhir_user_is_read_as_the_address_of_a_record(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan, reference: str
) -> None:
    """@202, O-26: whole or relative to the FHIR base; of the same server only."""
    stub.patients = {"p-9": "Nine Quill", "p-1": "Rosa Quill"}
    stub.answer, stub.claims = {"patient": None}, {"fhirUser": reference.format(origin=stub.origin)}
    made = connect(alice_client, plan, stub)
    (asked,) = stub.requests_to("/fhir/Patient/p-9")
    assert asked.headers["Authorization"].removeprefix("Bearer ") in stub.access_tokens
    assert person_of(made, box_for(alice)).name == "Nine Quill"
