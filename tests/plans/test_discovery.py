"""Finding a plan's servers: over real HTTP on loopback, with real published documents."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from apps.plans.discovery import DiscoveryFailed, Endpoints, discover, endpoints_for, sign_in_host
from apps.plans.models import Plan
from apps.plans.reading import OAUTH_URIS
from tests.plans.conftest import Payer

SMART = "/fhir/r4/.well-known/smart-configuration"
METADATA = "/fhir/r4/metadata"


def smart(host: str = "login.example.com", **more: object) -> str:
    return json.dumps(
        {
            "authorization_endpoint": f"https://{host}/authorize",
            "token_endpoint": f"https://{host}/token",
            **more,
        }
    )


def test_servers_without_addresses_are_none() -> None:
    """Whoever makes them has to say both: what one document does not name is None elsewhere."""
    with pytest.raises(TypeError, match=r"authorize_url.*token_url"):
        Endpoints()  # type: ignore[call-arg]


def test_addresses_on_the_row_win_and_nothing_is_asked(plan: Plan, now: datetime) -> None:
    endpoints = endpoints_for(plan, now=now)
    assert endpoints.authorize_url == "https://login.riverside.example.com/authorize"
    assert endpoints.sources["token_url"] == "the plan's row"
    assert plan.discovered_at is None


def test_smart_configuration_is_asked_once_a_day(served_plan: Plan, payer: Payer, now: datetime) -> None:
    payer.serves(SMART, smart())
    assert endpoints_for(served_plan, now=now).token_url == "https://login.example.com/token"
    again = Plan.objects.get(pk=served_plan.pk)
    assert (
        endpoints_for(again, now=now + timedelta(hours=23)).authorize_url
        == "https://login.example.com/authorize"
    )
    assert payer.asked == [SMART]
    endpoints_for(again, now=now + timedelta(hours=25))
    assert payer.asked == [SMART, SMART]


def test_an_address_on_the_row_wins_over_a_discovered_one(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    payer.serves(SMART, smart(revocation_endpoint="https://login.example.com/revoke"))
    served_plan.token_url = "https://other.example.com/token"
    served_plan.save()
    endpoints = endpoints_for(served_plan, now=now)
    assert endpoints.token_url == "https://other.example.com/token"
    assert endpoints.revoke_url == "https://login.example.com/revoke"


def test_a_configuration_above_the_base_is_found(
    served_plan: Plan, payer: Payer, now: datetime, shared: Path
) -> None:
    served_plan.confirmed_origins = ["https://apif1.aetna.com"]
    payer.serves(
        "/fhir/.well-known/smart-configuration",
        (shared / "wellknown/aetna/aetna-smart-configuration.json").read_bytes(),
    )
    assert endpoints_for(served_plan, now=now).token_auth_methods == ("client_secret_basic",)
    assert payer.asked == [SMART, "/fhir/.well-known/smart-configuration"]


@pytest.mark.parametrize("refusal", [(401, "{}"), (200, "<!doctype html>"), (302, "")])
def test_without_a_configuration_the_statement_serves(
    served_plan: Plan, payer: Payer, now: datetime, shared: Path, refusal: tuple[int, str]
) -> None:
    status, body = refusal
    payer.serves(SMART, body, status=status)
    payer.serves(METADATA, (shared / "wellknown/cms-blue-button/V2FhirMetadataExample.json").read_bytes())
    served_plan.confirmed_origins = ["https://sandbox.bluebutton.cms.gov"]
    endpoints = endpoints_for(served_plan, now=now)
    assert endpoints.revoke_url == "https://sandbox.bluebutton.cms.gov/v2/o/revoke/"
    assert endpoints.sources["token_url"] == "capability statement"
    assert "/elsewhere" not in payer.asked


def test_1uphealths_placeholder_is_no_sign_in_page(
    served_plan: Plan, payer: Payer, now: datetime, shared: Path
) -> None:
    """1upHealth answers 401 to smart-configuration, and its statement's address ends in a placeholder."""
    payer.serves(SMART, "{}", status=401)
    payer.serves(
        METADATA, (shared / "wellknown/1uphealth/1uphealth-fhir-r4-capabilitystatement.json").read_bytes()
    )
    served_plan.confirmed_origins = ["https://auth.1up.health"]
    served_plan.save()
    with pytest.raises(DiscoveryFailed, match="no usable authorize_url"):
        endpoints_for(served_plan, now=now)
    assert "system id" in Plan.objects.get(pk=served_plan.pk).discovery_problem
    served_plan.system_id = "demoplan"
    served_plan.save()
    endpoints = discover(served_plan, now=now)
    assert endpoints.authorize_url == "https://auth.1up.health/oauth2/authorize/demoplan"


def test_a_system_id_and_an_api_host_are_enough_for_a_1uphealth_plan(now: datetime) -> None:
    plan = Plan(slug="ak", name="AK", fhir_base_url="https://api.alaskafhir.com/r4", system_id="akmed")
    endpoints = endpoints_for(plan, now=now)
    assert endpoints.authorize_url == "https://auth.alaskafhir.com/oauth2/authorize/akmed"
    assert endpoints.token_url == "https://auth.alaskafhir.com/oauth2/token"
    assert sign_in_host(plan) == "auth.alaskafhir.com"


def test_nothing_usable_is_a_sentence_and_is_written_down(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    with pytest.raises(DiscoveryFailed) as failure:
        endpoints_for(served_plan, now=now)
    assert "nothing was lost" in failure.value.sentence
    assert failure.value.retry
    row = Plan.objects.get(pk=served_plan.pk)
    assert row.discovery_tried_at == now
    assert "answered 404" in row.discovery_problem


def test_an_old_answer_serves_while_the_plan_is_down(served_plan: Plan, payer: Payer, now: datetime) -> None:
    payer.serves(SMART, smart())
    endpoints_for(served_plan, now=now)
    payer.serves(SMART, "<h1>Maintenance</h1>", status=503)
    later = now + timedelta(days=40)
    assert endpoints_for(served_plan, now=later).token_url == "https://login.example.com/token"
    asked = len(payer.asked)
    assert endpoints_for(served_plan, now=later + timedelta(minutes=4)).token_url
    assert len(payer.asked) == asked


def test_a_server_that_does_not_answer_is_asked_once(db: None, now: datetime) -> None:
    plan = Plan.objects.create(slug="dead", name="Dead", fhir_base_url="http://127.0.0.1:9/a/b/c/r4")
    with pytest.raises(DiscoveryFailed):
        endpoints_for(plan, now=now)
    assert plan.discovery_problem.count("Unreachable") == 1


def test_an_answer_given_for_another_base_is_forgotten(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    payer.serves(SMART, smart())
    endpoints_for(served_plan, now=now)
    served_plan.fhir_base_url = f"{payer.origin}/other"
    served_plan.save()
    body = smart().replace("/token", "/other-token")
    payer.serves("/other/.well-known/smart-configuration", body)
    assert endpoints_for(served_plan, now=now).token_url == "https://login.example.com/other-token"


def test_keys_come_from_the_issuers_openid_configuration(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    issuer = f"{payer.origin}/issuer"
    payer.serves(SMART, smart())
    payer.serves(
        "/issuer/.well-known/openid-configuration",
        json.dumps(
            {
                "issuer": issuer,
                "jwks_uri": f"{payer.origin}/jwks",
                "token_endpoint": "https://login.example.com/t",
                "authorization_response_iss_parameter_supported": True,
            }
        ),
    )
    served_plan.issuer = issuer
    served_plan.save()
    endpoints = endpoints_for(served_plan, now=now)
    assert endpoints.jwks_uri == f"{payer.origin}/jwks"
    assert endpoints.issuer == issuer
    assert endpoints.announces_iss
    assert endpoints.token_url == "https://login.example.com/token"


def test_a_plan_with_all_addresses_on_its_row_still_gets_its_keys(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    served_plan.authorize_url = "https://login.example.com/a"
    served_plan.token_url = "https://login.example.com/t"
    served_plan.issuer = payer.origin
    served_plan.save()
    assert endpoints_for(served_plan, now=now).jwks_uri is None
    payer.serves(
        "/.well-known/openid-configuration",
        json.dumps({"issuer": payer.origin, "jwks_uri": f"{payer.origin}/k"}),
    )
    assert endpoints_for(served_plan, now=now + timedelta(minutes=6)).jwks_uri == f"{payer.origin}/k"
    assert payer.asked == [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
    ]


def test_asking_for_keys_alone_keeps_what_the_other_documents_said(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    served_plan.authorize_url = "https://login.example.com/a"
    served_plan.token_url = "https://login.example.com/t"
    served_plan.issuer = payer.origin
    served_plan.save()
    keys = {"issuer": payer.origin, "jwks_uri": f"{payer.origin}/k"}
    announced = {"authorization_response_iss_parameter_supported": True}
    payer.serves(SMART, smart(revocation_endpoint="https://login.example.com/revoke"))
    payer.serves("/.well-known/openid-configuration", json.dumps({**keys, **announced}))
    assert discover(served_plan, now=now).announces_iss
    payer.serves("/.well-known/openid-configuration", json.dumps(keys))
    later = endpoints_for(served_plan, now=now + timedelta(days=2))
    assert payer.asked.count(SMART) == 1
    assert (later.revoke_url, later.jwks_uri) == ("https://login.example.com/revoke", f"{payer.origin}/k")
    assert not later.announces_iss


def test_keys_are_kept_when_only_the_openid_configuration_is_away(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    payer.serves(SMART, smart(issuer=payer.origin))
    payer.serves(
        "/.well-known/openid-configuration",
        json.dumps({"issuer": payer.origin, "jwks_uri": f"{payer.origin}/k"}),
    )
    endpoints_for(served_plan, now=now)
    payer.serves("/.well-known/openid-configuration", "", status=500)
    assert endpoints_for(served_plan, now=now + timedelta(days=2)).jwks_uri == f"{payer.origin}/k"


def test_discovery_changes_nothing_an_operator_wrote_meanwhile(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    payer.serves(SMART, smart())
    stale = Plan.objects.get(pk=served_plan.pk)
    Plan.objects.filter(pk=served_plan.pk).update(name="Renamed meanwhile")
    discover(stale, now=now)
    assert Plan.objects.get(pk=served_plan.pk).name == "Renamed meanwhile"


def of_the_host(origin: str) -> str:
    """What another server at the top of the same host publishes about itself."""
    return json.dumps(
        {
            "issuer": origin,
            "authorization_endpoint": f"{origin}/authorize",
            "token_endpoint": f"{origin}/token",
            "jwks_uri": f"{origin}/keys",
        }
    )


def statement(token_url: str) -> str:
    """A CapabilityStatement that names its addresses."""
    uris = {"authorize": token_url.replace("token", "authorize"), "token": token_url}
    security = {
        "extension": [{"url": OAUTH_URIS, "extension": [{"url": k, "valueUri": v} for k, v in uris.items()]}]
    }
    return json.dumps({"resourceType": "CapabilityStatement", "rest": [{"security": security}]})


def test_the_base_s_own_statement_is_believed_over_a_neighbour_at_the_top_of_its_host(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    """Several payers share a host: nothing of the neighbour's is taken, least of all its keys."""
    payer.serves("/.well-known/openid-configuration", of_the_host(payer.origin))
    payer.serves(METADATA, statement(f"{payer.origin}/fhir/oauth2/token"))
    endpoints = endpoints_for(served_plan, now=now)
    assert endpoints.token_url == f"{payer.origin}/fhir/oauth2/token"
    assert (endpoints.issuer, endpoints.jwks_uri) == (None, None)
    assert "is another's" in served_plan.discovery_problem


@pytest.mark.parametrize("is_silent", [True, False])
def test_the_top_of_the_host_serves_where_the_statement_does_not_contradict_it(
    served_plan: Plan, payer: Payer, now: datetime, *, is_silent: bool
) -> None:
    payer.serves("/.well-known/openid-configuration", of_the_host(payer.origin))
    if not is_silent:
        payer.serves(METADATA, statement(f"{payer.origin}/token"))
    endpoints = endpoints_for(served_plan, now=now)
    assert endpoints.token_url == f"{payer.origin}/token"
    assert endpoints.jwks_uri == f"{payer.origin}/keys"


def test_what_a_newer_version_kept_of_an_answer_is_left_aside(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    """After an upgrade that was taken back, or beside a worker that runs the next version already."""
    payer.serves(SMART, smart())
    before = endpoints_for(served_plan, now=now)
    served_plan.discovery["values"]["a_name_of_tomorrow"] = "https://login.example.com/x"
    served_plan.save()
    assert endpoints_for(Plan.objects.get(pk=served_plan.pk), now=now) == before
