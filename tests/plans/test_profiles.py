"""Profiles: named quirks, overridden by the row one by one, and the redirect URI that follows from them."""

from dataclasses import asdict

from apps.plans.clients import redirect_uri_to_register
from apps.plans.models import Plan
from apps.plans.profiles import PROFILES
from apps.plans.quirks import Quirks, problems_of, stated
from apps.plans.wording import profile_lines, quirk_lines, registration_lines


def test_every_profile_says_only_what_a_row_could_say_too() -> None:
    for name, profile in PROFILES.items():
        assert not problems_of(stated(asdict(profile.quirks))), name
        assert profile.source.startswith("https://")
        assert len(set(profile.quirks.scopes)) == len(profile.quirks.scopes), name
        assert profile.quirks.refresh != "none" or "offline_access" not in profile.quirks.scopes, name


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


SIGN_IN = {"authorize_url": "https://Login.plan.example/a", "token_url": "https://login.plan.example/t"}


def test_the_redirect_uri_to_register_follows_what_the_plan_announced() -> None:
    announced = {"announces_iss": True, "issuer": "https://login.plan.example"}
    plan = Plan(slug="p", discovery={"for": ["", ""], "values": announced}, **SIGN_IN)
    shared = "/connections/callback"
    assert redirect_uri_to_register(plan).endswith(shared)
    del announced["issuer"]
    assert not redirect_uri_to_register(plan).endswith(shared)
    plan.issuer = plan.discovery["for"][1] = "https://login.plan.example"
    assert redirect_uri_to_register(plan).endswith(shared)
    assert "for the day the server announces iss" in registration_lines(Plan(slug="p", **SIGN_IN))[0]


def test_c_10_where_nobody_knows_the_sign_in_no_redirect_uri_is_made_up() -> None:
    """C-10: a payer would register the wrong one."""
    assert redirect_uri_to_register(Plan(slug="p")) == ""
    assert "not known before its sign-in address is" in registration_lines(Plan(slug="p"))[0]
