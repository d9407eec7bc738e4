"""`check_plan` as a dry run (C-09): what is asked beyond the documents, and where a member would fail."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.plans.clients import redirect_uri_to_register
from apps.plans.models import Plan
from apps.plans.registrations import Registration
from tests.plans.conftest import Payer
from tests.plans.test_check_plan import GOOD, SMART, checked, sign_in_page
from tests.quirks import set_quirks
from tests.registered import give_secret

__all__ = ["sign_in_page"]  # a fixture of every test here

CLIENT = {**GOOD, "revocation_endpoint": "/login/revoke"}


def test_c_09_a_fhir_server_that_does_not_answer_is_an_obstacle(served_plan: Plan, payer: Payer) -> None:
    """C-09: also where the sign-in is all on the row, so that a member would get as far as to say yes."""
    Plan.objects.update(
        fhir_base_url="http://127.0.0.1:9/fhir",  # the discard port: nobody listens
        authorize_url=f"{payer.origin}/login/a",
        token_url=f"{payer.origin}/login/t",
    )
    printed, problem = checked("served")
    assert "its FHIR server does not answer" in problem
    assert "marked as not open yet" in printed


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "one search without a token: 401, as it should be"),
        (403, "one search without a token: 403, as it should be"),
        (429, "one search without a token: 429, where 401 or 403 was expected"),
        (405, "one search without a token: 405, where 401 or 403 was expected"),
        (501, "one search without a token: 501, where 401 or 403 was expected"),
        (200, "one search without a token: 200, where 401 or 403 was expected"),
    ],
)
def test_c_09_one_search_is_tried_as_an_update_would_ask_it(
    served_plan: Plan, payer: Payer, status: int, words: str
) -> None:
    """C-09: with the number of records that the profile says."""
    payer.serves(SMART, json.dumps(GOOD))
    set_quirks(page_size=50)
    payer.serves("/fhir/r4/ExplanationOfBenefit?_count=50", "{}", status=status)
    printed, problem = checked("served")
    assert (words in printed, problem) == (True, "")


@pytest.mark.parametrize("status", [404, 410, 500, 503])
def test_c_09_a_fhir_server_that_answers_no_search_at_all_is_an_obstacle(
    served_plan: Plan, payer: Payer, status: int
) -> None:
    """C-09: whoever runs the check because members fail does not read that they can connect."""
    payer.serves(SMART, json.dumps(GOOD))
    payer.serves("/fhir/r4/ExplanationOfBenefit?_count=100", "", status=status)
    printed, problem = checked("served")
    assert f"its FHIR server answers a search with {status}" in problem
    assert "marked as not open yet" in printed


@pytest.mark.parametrize(
    ("status", "page", "obstacle"),
    [
        (
            400,
            "Error: redirect_uri is missing or not registered",
            "refuses our redirect URI (400): register http",
        ),
        (200, "<p>Invalid redirect URL</p>", "refuses our redirect URI (200)"),
        (403, '{"error": "redirect_uri_mismatch"}', "refuses our redirect URI (403)"),
        (401, '{"error": "invalid_client"}', "does not know our client id (401)"),
        (400, "Bad request", "refuses our request (400): is http"),
        (400, '{"error_description": "consent in prompt"}', "authorize_parameters: prompt=consent"),
        (404, "<html>no</html>", "refuses our request (404)"),
        (503, "", "its sign-in page is in trouble (503)"),
        (200, '<form><input name="redirect_uri" value="http://x"></form>', ""),
        (403, "<html>Are you human?</html>", ""),
        (429, "", ""),
    ],
)
def test_c_09_the_sign_in_page_is_asked_with_our_redirect_uri(
    served_plan: Plan, payer: Payer, status: int, page: str, obstacle: str
) -> None:
    """C-09: where a member would fail, the command does; what guards show to programs says nothing."""
    payer.serves(SMART, json.dumps(GOOD))
    payer.serves("/login/a", page, status=status)
    _, problem = checked("served")
    assert obstacle in problem
    assert bool(obstacle) is bool(problem)
    asked = next(path for path in payer.asked if path.startswith("/login/a?"))
    sent = parse_qs(urlsplit(asked).query)
    assert {"client_id", "redirect_uri", "state", "scope", "code_challenge"} <= sent.keys()
    assert sent["redirect_uri"] == [redirect_uri_to_register(Plan.objects.get())]


@pytest.mark.parametrize(
    ("back", "obstacle"),
    [
        ("/login/form?next=1", ""),
        ("{ours}?error=login_required&state=x", ""),
        ("{ours}?error=invalid_scope&state=x", "refuses how we ask: invalid_scope"),
        ("{ours}?error=invalid_request&state=x", "authorize_parameters: prompt=consent"),
        ("/oops?error=Rosa+Quill", "refuses how we ask: an error of its own"),
    ],
)
def test_c_09_where_the_sign_in_page_leads_is_looked_at_and_not_followed(
    served_plan: Plan, payer: Payer, back: str, obstacle: str
) -> None:
    """C-09: an error may come back to us, or be shown on a page of theirs."""
    payer.serves(SMART, json.dumps(GOOD))
    checked("served")
    ours = redirect_uri_to_register(Plan.objects.get())
    payer.redirects["/login/a"] = (302, back.format(ours=ours))
    _, problem = checked("served")
    assert obstacle in problem and bool(obstacle) is bool(problem)
    assert not [path for path in payer.asked if path.startswith(("/login/form", "/oops"))]


@pytest.mark.parametrize(
    ("status", "answer", "words", "is_obstacle"),
    [
        (200, "", "it answers 200 to a token that never was, and takes our registration", False),
        (
            401,
            '{"error": "invalid_client"}',
            "does not accept our client registration (invalid_client)",
            True,
        ),
        (400, '{"error": "unsupported_token_type"}', "it answers 400 unsupported_token_type", False),
        (404, "<html>", "it answers 404", False),
    ],
)
def test_c_09_revocation_is_tried_with_a_token_that_never_was(
    served_plan: Plan, payer: Payer, status: int, answer: str, words: str, *, is_obstacle: bool
) -> None:
    """C-09: it is the one question of ours that shows whether the server takes our registration."""
    payer.serves(SMART, json.dumps(CLIENT))
    payer.serves("/login/revoke", answer, status=status)
    printed, problem = checked("served")
    assert words in printed
    assert bool(problem) is is_obstacle


def test_c_09_a_secret_that_does_not_open_is_an_obstacle_and_no_fault(
    served_plan: Plan, plan: Plan, payer: Payer
) -> None:
    """The row of another database, or a lost key: the report says what to do."""
    payer.serves(SMART, json.dumps(CLIENT))
    set_quirks(token_auth="client_secret_basic")
    give_secret(served_plan, "typed before")
    Registration.objects.filter(plans=served_plan).update(sealed_client_secret=b"of another row")
    problem = checked("served")[1]
    assert "our stored client secret does not open: write it into the registration anew" in problem


def test_c_09_who_announces_that_it_takes_nothing_back_from_clients_like_us_is_no_obstacle(
    served_plan: Plan, payer: Payer
) -> None:
    """A public client at Canaille: the permission ends by itself, which members read."""
    known = {**CLIENT, "revocation_endpoint_auth_methods_supported": ["client_secret_basic"]}
    payer.serves(SMART, json.dumps(known))
    payer.serves("/login/revoke", json.dumps({"error": "invalid_client"}), status=401)
    printed, problem = checked("served")
    assert "it takes nothing back from clients like us" in printed
    assert "registration" not in problem


def test_c_09_it_says_whether_members_can_sign_in_here_with_the_plan_and_why_not(
    served_plan: Plan, payer: Payer
) -> None:
    """C-09: the first of the reasons an operator can do something about."""
    payer.serves(SMART, json.dumps({**GOOD, "jwks_uri": "/login/keys"}))
    set_quirks(scopes=["patient/*.read"])
    assert "off, because openid is not among its scopes" in checked("served")[0]
    set_quirks(scopes=["openid", "patient/*.read"])
    assert "off, because its issuer is not written on the row" in checked("served")[0]
    Plan.objects.update(issuer=payer.origin)
    assert "off, because its signing keys are not" in checked("served")[0]
    keys = {**GOOD, "issuer": payer.origin, "jwks_uri": "/login/keys"}
    payer.serves("/.well-known/openid-configuration", json.dumps(keys))
    assert "on: its members may open an account here with it" in checked("served")[0]


def test_c_09_the_report_is_there_for_programs(served_plan: Plan, plan: Plan, payer: Payer) -> None:
    """C-09: the same exit codes, and nothing but JSON in the output."""
    payer.serves(SMART, json.dumps(GOOD))
    printed, problem = checked("served", json=True)
    (told,) = json.loads(printed)
    assert (told["slug"], told["can_connect"], problem) == ("served", True, "")
    assert {name: probe["ok"] for name, probe in told["probes"].items()} == {
        "search": True, "authorize": True, "revocation": True, "sign_in": True,
    }  # fmt: skip
    payer.serves("/login/a", "redirect_uri is not registered", status=400)
    printed, problem = checked(json=True, all=True)
    by_slug = {told["slug"]: told for told in json.loads(printed)}
    assert problem.startswith("Look at these plans: ")
    assert by_slug["served"]["probes"]["authorize"]["ok"] is False
    assert "refuses our redirect URI" in by_slug["served"]["obstacles"][0]
    assert by_slug[plan.slug]["probes"]["search"]["ok"] is False


def test_s_01_a_third_server_is_shown_neither_token_nor_secret_and_the_report_says_so(
    served_plan: Plan, payer: Payer, another_payer: Payer
) -> None:
    """Revocation at a server that has neither the records nor the tokens: members end it at the plan."""
    away = f"{another_payer.origin}/revoke"
    payer.serves(SMART, json.dumps({**CLIENT, "revocation_endpoint": away}))
    Plan.objects.update(confirmed_origins=[*served_plan.confirmed_origins, another_payer.origin])
    set_quirks(token_auth="client_secret_basic")
    give_secret(served_plan, "ours")
    printed, problem = checked("served")
    host = another_payer.origin.removeprefix("http://")
    assert f"not asked: {host} has neither the records nor the tokens" in printed
    assert (problem, another_payer.asked) == ("", [])
