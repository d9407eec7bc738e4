"""Profiles: named quirks, overridden by the row one by one, and the redirect URI that follows from them."""

from dataclasses import asdict
from typing import Any

import pytest

from apps.plans.models import Plan
from apps.plans.profiles import PROFILES
from apps.plans.quirks import Quirks, problems_of, stated
from apps.plans.redirects import redirect_uri, redirect_uri_to_register
from apps.plans.wording import profile_lines, quirk_lines, registration_lines


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_says_only_what_a_row_could_say_too(name: str) -> None:
    profile = PROFILES[name]
    assert not problems_of(stated(asdict(profile.quirks)))
    assert profile.source.startswith("https://")
    assert len(set(profile.quirks.scopes)) == len(profile.quirks.scopes)
    assert profile.quirks.refresh != "none" or "offline_access" not in profile.quirks.scopes


def test_1uphealth_is_spoken_to_as_it_documents() -> None:
    quirks = PROFILES["1uphealth"].quirks
    assert (quirks.token_auth, quirks.patient_lookup) == ("client_secret_post", "search")
    assert (quirks.page_size, quirks.back_link) == (100, "prior")
    assert (quirks.revocation, quirks.redirect) == ("none", "own")
    assert "e-mail address" in quirks.have_ready[-1]


def test_the_row_overrides_one_quirk_and_leaves_the_others_to_the_profile() -> None:
    plan = Plan(slug="p", profile="1uphealth")
    plan.own_quirks = {"page_size": 50, "send_aud": False, "have_ready": ["Your card"]}
    quirks = plan.quirks
    assert (quirks.page_size, quirks.send_aud, quirks.have_ready) == (50, False, ("Your card",))
    assert (quirks.token_auth, quirks.back_link) == ("client_secret_post", "prior")
    assert Plan(profile="standard").quirks == Quirks()


def test_a_profile_nobody_knows_any_more_is_the_standard_one() -> None:
    assert Plan(slug="p", profile="gone").quirks == Quirks()


def test_an_operator_reads_what_holds_and_what_the_row_changed() -> None:
    plan = Plan(slug="p", profile="humana", fhir_base_url="https://h.example.com/r4")
    plan.own_quirks = {"pkce": "never"}
    assert "overridden here: pkce" in profile_lines(plan)
    assert any("second-hand: test it first" in line for line in profile_lines(plan))
    lines = quirk_lines(plan)
    assert "pkce: never (here)" in lines
    assert "scope_style: types_v1" in lines
    assert "page_size: ours" in lines
    assert "send_aud: yes" in lines
    assert any("patient/Coverage.read" in line for line in registration_lines(plan))


@pytest.mark.parametrize(
    ("redirect", "names_itself", "path"),
    [
        ("", False, "/connections/callback/p"),
        ("auto", False, "/connections/callback/p"),
        ("auto", True, "/connections/callback"),
        ("own", True, "/connections/callback/p"),
        ("shared", False, "/connections/callback"),
    ],
)
def test_a_plan_that_does_not_announce_iss_gets_a_redirect_uri_of_its_own(
    settings: Any, redirect: str, names_itself: bool, path: str
) -> None:
    """RFC 9207 and RFC 9700 section 4.4; the rule behind O-10."""
    settings.SITE_URL = "https://plainclaim.example"
    plan = Plan(slug="p", own_quirks={"redirect": redirect} if redirect else {})
    assert redirect_uri(plan, names_itself=names_itself) == f"https://plainclaim.example{path}"


def test_the_redirect_uri_to_register_follows_what_the_plan_announced() -> None:
    announced = {"announces_iss": True, "issuer": "https://plan.example"}
    plan = Plan(slug="p", discovery={"values": announced})
    assert redirect_uri_to_register(plan).endswith("/connections/callback")
    del announced["issuer"]
    assert redirect_uri_to_register(plan).endswith("/connections/callback/p")
    plan.issuer = "https://plan.example"
    assert redirect_uri_to_register(plan).endswith("/connections/callback")
    assert redirect_uri_to_register(Plan(slug="p")).endswith("/connections/callback/p")
    assert "for the day the server announces iss" in registration_lines(Plan(slug="p"))[0]
