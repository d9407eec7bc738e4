"""check_plan: what an operator reads before members are let in."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.plans.models import Plan
from apps.plans.secrets import seal_client_secret
from tests.plans.conftest import Payer

SMART = "/fhir/r4/.well-known/smart-configuration"


def checked(slug: str, **options: object) -> tuple[str, str]:
    """Return what was printed and the error that ended it, or ""."""
    out = StringIO()
    try:
        call_command("check_plan", slug, stdout=out, **options)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


def test_a_plan_that_works_ends_well_and_says_what_a_member_meets(served_plan: Plan, payer: Payer) -> None:
    payer.serves(
        SMART,
        json.dumps(
            {
                "authorization_endpoint": "https://login.example.com/authorize",
                "token_endpoint": "https://login.example.com/token",
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "code_challenge_methods_supported": ["plain", "S256"],
                "scopes_supported": ["openid"],
            }
        ),
    )
    payer.serves(
        "/fhir/r4/metadata",
        json.dumps(
            {
                "resourceType": "CapabilityStatement",
                "fhirVersion": "3.0.2",
                "software": {"name": "Some Server", "version": "1"},
                "rest": [{"resource": [{"type": "Patient"}]}],
            }
        ),
    )
    printed, problem = checked("served")
    assert problem == ""
    assert "authorize_url: https://login.example.com/authorize (smart-configuration)" in printed
    assert "software: Some Server 1" in printed
    assert "token_auth is none; the server names client_secret_basic" in printed
    assert "scopes the server does not name: fhirUser" in printed
    assert "FHIR version is 3.0.2" in printed
    assert "types it does not name: Coverage, ExplanationOfBenefit" in printed
    assert "signs in at login.example.com" in printed
    assert printed.endswith("Members can connect this plan.\n")


def test_a_plan_without_discovery_is_no_plan_to_connect(served_plan: Plan) -> None:
    printed, problem = checked("served")
    assert "its sign-in and token addresses are not known" in problem
    assert "smart-configuration at /fhir/r4 answered 404" in printed
    assert "the capability statement answered 404" in printed
    assert "Not open in Plainclaim yet" in printed


def test_each_obstacle_is_named(db: None, payer: Payer) -> None:
    Plan.objects.create(slug="raw", name="Raw", fhir_base_url=payer.origin, status="unconfirmed")
    _, problem = checked("raw")
    assert "there is no client_id" in problem
    assert "it is unconfirmed" in problem


def test_a_missing_secret_is_named_and_a_stored_one_is_never_printed(served_plan: Plan) -> None:
    served_plan.token_auth = "client_secret_post"
    served_plan.save()
    _, problem = checked("served")
    assert "token_auth client_secret_post needs a client secret" in problem
    seal_client_secret(served_plan, "made-up-secret-value")
    served_plan.save()
    printed, problem = checked("served")
    assert "client secret: stored" in printed
    assert "made-up-secret-value" not in printed + problem


def test_an_unknown_slug_is_said_to_be_unknown(db: None) -> None:
    with pytest.raises(CommandError, match="no plan with the slug 'nobody'"):
        call_command("check_plan", "nobody")
