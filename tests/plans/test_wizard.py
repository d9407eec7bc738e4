"""Beginning with a plan by its address: what it announces, the nearest profile, the form filled in."""

import json
import re
import time
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import Member
from apps.audit.models import AuditEntry
from apps.plans.admin.wizard import base_of
from apps.plans.models import Plan
from apps.plans.profiles import PROFILES
from tests import published
from tests.conftest import by_passkey
from tests.plans.conftest import Payer

PLACE = "/admin/plans/plan/begin/"
OURS = PROFILES["standard"].quirks.scopes


def announce(payer: Payer, **more: object) -> None:
    document = {"authorization_endpoint": f"{payer.origin}/a", "token_endpoint": f"{payer.origin}/t", **more}
    payer.serves("/fhir/r4/.well-known/smart-configuration", json.dumps(document))


def read(operator: Client, document: bytes, **more: str) -> str:
    sent = SimpleUploadedFile("metadata.json", document)
    return operator.post(PLACE, {"document": sent, **more}).content.decode()


def form_of(operator: Client, html: str) -> Any:
    """The form of a new row to which the page leads on."""
    (way,) = re.findall(r'href="(/admin/plans/plan/add/[^"]+)"', html)
    return operator.get(unescape(way)).context["adminform"].form


@pytest.mark.parametrize("pasted", ["/fhir/r4", "/fhir/r4/.well-known/smart-configuration"])
def test_a_pasted_address_is_asked_and_the_form_filled_in(
    operator: Client, payer: Payer, pasted: str
) -> None:
    announce(
        payer,
        token_endpoint_auth_methods_supported=["private_key_jwt"],
        scopes_supported=list(PROFILES["blue-button-v3"].quirks.scopes),
        jwks_uri=f"{payer.origin}/keys",
        revocation_endpoint=f"{payer.origin}/r",
    )
    html = operator.post(PLACE, {"address": payer.origin + pasted}).content.decode()
    assert f"token_url: {payer.origin}/t" in html
    assert "Medicare Blue Button, version 3 (what is announced disagrees with it least" in html
    assert not Plan.objects.exists()
    form = form_of(operator, html)
    assert (form.initial["fhir_base_url"], form.initial["status"]) == (
        f"{payer.origin}/fhir/r4",
        "unconfirmed",
    )


def test_a_neighbour_at_the_same_server_says_which_profile(operator: Client, payer: Payer) -> None:
    Plan.objects.create(slug="one", name="One", fhir_base_url=f"{payer.origin}/fhir/one", profile="humana")
    announce(payer)
    assert (
        "plans at the same server have it"
        in operator.post(PLACE, {"address": f"{payer.origin}/fhir/r4"}).content.decode()
    )


@pytest.mark.parametrize(
    "address",
    [
        "http://plan.example/fhir",
        "https://10.0.0.7/fhir",
        "https://a:b@plan.example/",
        "https://plan.example:22/",
    ],
)
def test_what_must_not_be_called_is_not(operator: Client, address: str) -> None:
    html = operator.post(PLACE, {"address": address}).content.decode()
    assert "errorlist" in html
    assert "first-look" not in html


def test_s_01_an_address_is_asked_with_a_passkey_used_lately_and_the_audit_has_it(
    operator: Client, payer: Payer
) -> None:
    operator.post(PLACE, {"address": f"{payer.origin}/fhir/r4"})
    entry = AuditEntry.objects.get(action="asked a new address")
    assert payer.origin in entry.changes
    assert entry.actor.startswith("member ")
    payer.asked.clear()
    session = operator.session
    session["account_authentication_methods"] = [
        {"method": "mfa", "type": "webauthn", "at": time.time() - 600}
    ]
    session.save()
    answer = operator.post(PLACE, {"address": f"{payer.origin}/fhir/r4"})
    assert (answer.status_code, payer.asked) == (302, [])


def test_the_address_of_a_sign_in_server_is_no_base_without_a_word(operator: Client, payer: Payer) -> None:
    """Its row would look complete, and no search would ever be answered."""
    document = {"issuer": payer.origin, "authorization_endpoint": f"{payer.origin}/a"}
    document |= {"token_endpoint": f"{payer.origin}/t"}
    payer.serves("/.well-known/openid-configuration", json.dumps(document))
    doubt = "nothing that a FHIR base publishes was found at this address"
    assert doubt in operator.post(PLACE, {"address": f"{payer.origin}/"}).content.decode()
    announce(payer)
    assert doubt not in operator.post(PLACE, {"address": f"{payer.origin}/fhir/r4"}).content.decode()


@pytest.mark.parametrize(
    ("address", "helps"),
    [
        ("http://plan.example/fhir", True), ("https://10.0.0.7/fhir", True),
        ("https://plan.example:22/", True), ("https://a:b@plan.example/", False),
    ],
)  # fmt: skip
def test_what_is_refused_on_a_desk_says_how_it_can_be_tried(
    operator: Client, address: str, *, helps: bool
) -> None:
    """Where that helps: no setting mends an address with a password in it."""
    html = operator.post(PLACE, {"address": address}).content.decode()
    assert ("OUTBOUND_TRUSTED_HOSTS" in html) is helps


def test_the_page_says_what_it_does_and_in_which_order_one_goes_on(operator: Client, payer: Payer) -> None:
    """The redirect URI is not known before the check was run: it comes before the registration."""
    html = operator.get(PLACE).content.decode()
    assert "Nothing is kept" in html
    assert "errorlist" not in html
    announce(payer)
    html = operator.post(PLACE, {"address": f"{payer.origin}/fhir/r4"}).content.decode()
    steps = ["Fill in the row", "Check with the plan", "Register with the plan"]
    steps += ["as its first member", "Set it to confirmed"]
    assert [html.index(step) for step in steps] == sorted(html.index(step) for step in steps)


def test_a_server_that_says_nothing_is_told_so(operator: Client, payer: Payer) -> None:
    html = operator.post(PLACE, {"address": f"{payer.origin}/fhir/r4"}).content.decode()
    assert "It announces nothing that could be read." in html


@published.needs_published
@pytest.mark.parametrize(
    ("name", "profile", "base", "told"),
    [
        ("elevance-anthem/elevance-health-totalview-smart-configuration", "elevance", "", "token_url: https://"),
        ("aetna/aetna-smart-configuration", "aetna", "", "token_url: https://"),
        ("cms-blue-button/SmartConfigurationExample", "blue-button", "", "token_url: https://"),
        (
            "devoted-health/devoted-health-patient-access-capabilitystatement", "devoted",
            "https://api.prod.devoted.com/fhir", "authorize_url: https://",
        ),
        (
            "1uphealth/1uphealth-fhir-r4-capabilitystatement", "1uphealth",
            "https://api.1up.health/r4/", "authorize_url: https://",
        ),
    ],
)  # fmt: skip
def test_a_document_is_read_and_nobody_is_asked(
    operator: Client, name: str, profile: str, base: str, told: str
) -> None:
    """Where a server does not hand it out to everybody, its people mail it. That of 1upHealth has 507 KB."""
    html = read(operator, (published.SHARED / f"wellknown/{name}.json").read_bytes())
    assert told in html
    assert not AuditEntry.objects.filter(action="asked a new address").exists()
    initial = form_of(operator, html).initial
    assert (initial["fhir_base_url"], initial["profile"]) == (base, profile)


@pytest.mark.parametrize(
    ("announced", "profile", "why"),
    [
        ({}, "standard", "none fits: nothing is announced that tells profiles apart"),
        ({"issuer": "https://login.devoted.com/"}, "devoted", "its address names that payer"),
        ({"code_challenge_methods_supported": ["S256"]}, "standard", "what is announced agrees with it"),
        ({"scopes_supported": OURS}, "standard", "what is announced agrees with it"),
        ({"scopes_supported": OURS[2:]}, "standard", "none fits in all"),
        ({"token_endpoint_auth_methods_supported": ["tls_client_auth"]}, "standard", "none fits in all"),
    ],
)  # fmt: skip
def test_what_is_not_announced_speaks_for_no_payers_profile(
    operator: Client, announced: dict[str, Any], profile: str, why: str
) -> None:
    """Else the one that asks for least would be nearest to whoever says nothing."""
    html = read(operator, json.dumps({"issuer": "https://id.acme.example", **announced}).encode())
    assert f"{PROFILES[profile].label} ({why}" in unescape(html)
    assert "does not say where the FHIR base is" in html


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"", "The submitted file is empty."),
        (b"<html>", "This is a web page, not JSON."),
        (b'{"resourceType": "Patient"}', "This is not a CapabilityStatement."),
    ],
)
def test_what_is_no_document_is_said(operator: Client, document: bytes, said: str) -> None:
    assert said in read(operator, document)
    assert "Give an address, or a document." in operator.post(PLACE).content.decode()


@pytest.mark.parametrize("home", ["Patient Access", "javascript:alert(1)", "https://a:b@plan.example/fhir"])
def test_where_a_document_says_that_it_is_at_home_is_no_base_unless_it_could_be_called(
    operator: Client, home: str
) -> None:
    statement = {"resourceType": "CapabilityStatement", "implementation": {"url": home}}
    html = read(operator, json.dumps(statement).encode())
    assert form_of(operator, html).initial["fhir_base_url"] == ""
    assert "user info in URL" in read(operator, b'{"issuer": "x"}', address="https://a:b@plan.example/")


def test_a_host_that_is_called_as_our_standard_is_names_no_payer(operator: Client) -> None:
    document = b'{"token_endpoint": "https://api.standard.example/token"}'
    assert "its address names that payer" not in read(operator, document)


def test_only_who_may_add_plans_asks(db: None) -> None:
    who = Member.objects.create_user("look@example.com", "a long password of a role", is_staff=True)
    who.groups.set([Group.objects.get(name="auditor")])
    assert by_passkey(who).post(PLACE, {"address": "https://plan.example"}).status_code == 403


def test_documents_lead_to_their_base() -> None:
    assert base_of(" https://x.example/fhir/metadata?_format=json") == "https://x.example/fhir"
    assert base_of("https://x.example/fhir/") == "https://x.example/fhir/"
