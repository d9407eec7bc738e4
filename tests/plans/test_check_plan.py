"""check_plan: what an operator reads before members are let in."""

import json
import socket
from io import StringIO
from pathlib import Path
from typing import NoReturn

import pytest
from django.contrib import admin
from django.core.management import CommandError, call_command

from apps.plans.admin import PlanAdmin
from apps.plans.models import Plan
from tests.plans.conftest import Payer
from tests.quirks import set_quirks
from tests.registered import give_secret

SMART = "/fhir/r4/.well-known/smart-configuration"
# As some servers write them: below the FHIR base's own origin.
GOOD = {"authorization_endpoint": "/login/a", "token_endpoint": "/login/t"}


MOVED = {
    "authorization_endpoint": "https://new.example.net/a",
    "token_endpoint": "https://new.example.net/t",
}


@pytest.fixture(autouse=True)
def sign_in_page(payer: Payer) -> None:
    """Show a page to whoever is sent to sign in."""
    payer.serves("/login/a", "<html><h1>Sign in</h1></html>")


def checked(*slugs: str, **options: object) -> tuple[str, str]:
    """Return what was printed and the error that ended it, or ""."""
    out = StringIO()
    try:
        call_command("check_plan", *slugs, stdout=out, **options)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


def test_a_plan_that_works_ends_well_and_says_what_a_member_meets(served_plan: Plan, payer: Payer) -> None:
    payer.serves(
        SMART,
        json.dumps(
            {
                "authorization_endpoint": "/login/a",
                "token_endpoint": "/login/t",
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
    assert f"authorize_url: {payer.origin}/login/a (smart-configuration)" in printed
    assert "software: Some Server 1" in printed
    assert "token_auth is none; the server names client_secret_basic" in printed
    assert "scopes the server does not name" not in printed, "C-09: servers seldom name wildcards"
    assert "FHIR version is 3.0.2" in printed
    assert "types it does not name: ExplanationOfBenefit, Coverage" in printed
    assert f"signs in at {payer.origin.removeprefix('http://')}" in printed
    assert printed.endswith("Members can connect this plan.\n")


def test_a_plan_without_discovery_is_no_plan_to_connect(served_plan: Plan) -> None:
    printed, problem = checked("served")
    assert "its sign-in and token addresses are not known" in problem
    assert "smart-configuration at /fhir/r4 answered 404" in printed
    assert "the capability statement answered 404" in printed
    assert "marked as not open yet" in printed


def test_each_obstacle_is_named(db: None, payer: Payer) -> None:
    Plan.objects.create(slug="raw", name="Raw", fhir_base_url=payer.origin, status="unconfirmed")
    _, problem = checked("raw")
    assert "there is no client_id" in problem
    assert "it is unconfirmed" in problem


def test_a_missing_secret_is_named_and_a_stored_one_is_never_printed(served_plan: Plan) -> None:
    served_plan.own_quirks["token_auth"] = "client_secret_post"
    served_plan.save()
    _, problem = checked("served")
    assert "token_auth client_secret_post needs a client secret" in problem
    give_secret(served_plan, "made-up-secret-value")
    served_plan.save()
    printed, problem = checked("served")
    assert "client secret: stored" in printed
    assert "made-up-secret-value" not in printed + problem


def test_an_unknown_slug_is_said_to_be_unknown(db: None) -> None:
    with pytest.raises(CommandError, match="no plan with the slug 'nobody'"):
        call_command("check_plan", "nobody")


def test_profile_quirks_redirect_uri_and_scopes_are_printed(served_plan: Plan, payer: Payer) -> None:
    served_plan.profile, served_plan.own_quirks["page_size"] = "1uphealth", 50
    served_plan.save()
    payer.serves(SMART, json.dumps({**GOOD, "revocation_endpoint": "/login/revoke"}))
    printed, _ = checked("served")
    assert "1uphealth: 1upHealth" in printed
    assert "overridden here: token_auth, page_size" in printed
    assert "  back_link: prior\n" in printed
    assert "  page_size: 50 (here)\n" in printed
    assert "redirect URI to register: http://127.0.0.1:8000/connections/callback/127-0-0-1-" in printed
    assert "scopes asked: openid launch/patient patient/*.read\n" in printed
    assert "has ready: Your birth date" in printed
    assert "revocation is none, yet the server names where to revoke" in printed


def test_settings_that_contradict_each_other_or_the_server_are_pointed_out(
    served_plan: Plan, payer: Payer
) -> None:
    payer.serves(SMART, json.dumps({**GOOD, "code_challenge_methods_supported": ["S256"]}))
    set_quirks(refresh="none", pkce="never")
    printed, _ = checked("served")
    assert "refresh is none, yet offline_access is asked for" in printed
    assert "pkce is never, yet the server offers S256" in printed
    assert "revocation is rfc7009, yet nobody says where to revoke" in printed
    set_quirks(pkce="")
    assert "pkce is never" not in checked("served")[0]
    payer.serves(SMART, json.dumps({**GOOD, "code_challenge_methods_supported": ["plain"]}))
    set_quirks(pkce="never")
    assert "pkce is never" not in checked("served")[0], "nor does it offer what is safe"


def test_o_13_plain_pkce_is_an_obstacle_for_the_operator(served_plan: Plan, payer: Payer) -> None:
    """O-13: said before any member is sent there."""
    payer.serves(SMART, json.dumps({**GOOD, "code_challenge_methods_supported": ["plain"]}))
    printed, problem = checked("served")
    assert "the server offers PKCE (1 methods), not S256; set pkce to go without" in problem
    assert "marked as not open yet" in printed


def test_o_09_an_announced_iss_without_an_issuer_is_an_obstacle_for_the_operator(
    served_plan: Plan, payer: Payer
) -> None:
    """O-09: nothing could be compared; said before any member is sent there, and mended on the row."""
    announced = {**GOOD, "authorization_response_iss_parameter_supported": True}
    announced.pop("issuer", None)
    payer.serves(SMART, json.dumps(announced))
    _, problem = checked("served")
    assert "the server announces iss, but its issuer is not known; write or confirm it" in problem
    Plan.objects.update(issuer=served_plan.fhir_base_url)
    _, problem = checked("served")
    assert "announces iss" not in problem


def test_new_addresses_are_shown_and_taken_only_when_accepted(served_plan: Plan, payer: Payer) -> None:
    payer.serves(SMART, json.dumps(MOVED))
    printed, problem = checked("served")
    assert "its new addresses wait to be confirmed" in problem
    assert "token_url: https://new.example.net/t\n" in printed
    assert "check_plan served --accept-move" in printed
    printed, problem = checked("served", accept_move=True)
    assert "its sign-in page does not answer" in problem
    assert "confirmed now: https://new.example.net" in printed
    assert "token_url: https://new.example.net/t (smart-configuration)" in printed
    assert Plan.objects.get().drift is None


def test_every_plan_of_the_cms_directory_gets_a_verdict_while_the_network_is_closed(
    db: None, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_name_has_an_address(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror("the network is closed")

    monkeypatch.setattr(socket, "getaddrinfo", no_name_has_an_address)
    call_command("load_plans", str(shared / "directories/CMS-SMAEndpointDirectory.csv"), stdout=StringIO())
    slugs = list(Plan.objects.order_by("slug").values_list("slug", flat=True))
    assert len(slugs) > 30
    out = StringIO()
    call_command("check_plan", all=True, stdout=out)
    *verdicts, last = out.getvalue().splitlines()
    assert [line.partition(":")[0] for line in verdicts] == slugs
    for verdict in verdicts:
        assert "cannot be connected: there is no client_id" in verdict
        assert "it is unconfirmed" in verdict
        assert "its sign-in and token addresses are not known" in verdict
    assert last == f"0 of {len(slugs)} plans can be connected."
    for slug in slugs:
        printed, problem = checked(slug)
        assert problem.startswith(f"Members cannot connect {slug}: ")
        assert "could not be had (Unreachable)" in printed
        assert "not asked for: the server does not answer" in printed


def test_all_fails_where_a_confirmed_plan_cannot_be_connected_or_has_moved(
    served_plan: Plan, payer: Payer
) -> None:
    _, problem = checked(all=True)
    assert problem == "Look at these plans: served."
    payer.serves(SMART, json.dumps(GOOD))
    printed, problem = checked(all=True)
    assert (printed.splitlines()[0], problem) == ("served: can be connected", "")
    payer.serves(SMART, json.dumps({**GOOD, "jwks_uri": "https://new.example.net/keys"}))
    printed, problem = checked(all=True)
    assert printed.startswith("served: can be connected; PUBLISHES NEW ADDRESSES\n")
    assert problem == "Look at these plans: served."


@pytest.mark.parametrize("options", [{}, {"all": True, "slug": "x"}, {"all": True, "accept_move": True}])
def test_one_plan_or_all_has_to_be_said(db: None, options: dict[str, object]) -> None:
    arguments = [str(options.pop("slug"))] if "slug" in options else []
    with pytest.raises(CommandError, match="Give the slugs of plans, or --all"):
        call_command("check_plan", *arguments, **options)


def test_several_plans_get_a_line_each_and_an_unknown_one_is_named(
    served_plan: Plan, plan: Plan, payer: Payer
) -> None:
    """What the demo asks before it says that it is ready."""
    payer.serves(SMART, json.dumps(GOOD))
    printed, _ = checked("served", plan.slug)
    assert "served: can be connected" in printed
    assert f"{plan.slug}: " in printed
    assert printed.rstrip().endswith("2 plans can be connected.")
    assert checked("served", "nowhere")[1] == "There is no plan with the slug 'nowhere'."
    assert "one plan only" in checked("served", plan.slug, accept_move=True)[1]


OFFERS = {**GOOD, "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"]}
STRONGER = "the server also takes private_key_jwt, which is stronger than client_secret_basic"


def test_smart_65_the_operator_is_told_where_a_server_takes_signed_assertions(
    served_plan: Plan, payer: Payer
) -> None:
    """@65: with what to do about it; nothing is said where that is done, or where there is no secret."""
    payer.serves(SMART, json.dumps(OFFERS))
    for method, told in (("client_secret_basic", True), ("private_key_jwt", False), ("none", False)):
        set_quirks(served_plan, token_auth=method)
        assert (STRONGER in checked("served")[0]) is told, method
    payer.serves(
        SMART, json.dumps({**GOOD, "token_endpoint_auth_methods_supported": ["client_secret_basic"]})
    )
    set_quirks(served_plan, token_auth="client_secret_basic")
    assert STRONGER not in checked("served")[0]


def test_smart_65_the_plans_page_for_operators_says_the_same(served_plan: Plan, payer: Payer) -> None:
    payer.serves(SMART, json.dumps(OFFERS))
    checked("served")
    set_quirks(served_plan, token_auth="client_secret_basic")
    said = PlanAdmin(Plan, admin.site).to_register(Plan.objects.get(pk=served_plan.pk))
    assert STRONGER in said
    assert "/app/jwks.json" in said
