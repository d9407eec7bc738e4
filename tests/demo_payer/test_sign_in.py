"""The pages a member meets at the payer."""

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
import requests

from tests.demo_payer.member import Member


def test_a_wrong_password_is_said_and_nothing_else_happens(ana: Member) -> None:
    """The form stays, the way onward too."""
    answer = ana.sign_in(ana.authorize(), password="guess")
    assert answer.status_code == 400
    assert "do not go together" in answer.text
    assert "/oauth2/authorize" in answer.text


def test_one_press_on_a_person_signs_in(ana: Member) -> None:
    """A visitor picks a story instead of typing."""
    form = ana.browser.get(ana.payer.origin + ana.authorize().headers["Location"])
    assert "45 claims, 1 coverage" in form.text
    fields = {
        "choose": "ben",
        "csrfmiddlewaretoken": _token(form),
        "next": "/oauth2/authorize?" + "&".join(f"{k}={quote(v, safe='')}" for k, v in ana.request().items()),
    }
    answer = ana.browser.post(f"{ana.payer.origin}/sign-in", data=fields)
    assert "Signed in as <strong>Ben Moss</strong>" in answer.text


def test_the_consent_page_says_in_plain_words_what_is_asked(ana: Member) -> None:
    """Scopes are for machines."""
    page = ana.consent().text
    assert "Share your records with Plainclaim?" in page
    assert "Read all your plan keeps about you" in page
    assert "Keep this access until you take it back" in page
    assert "patient/*.read" not in page


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("standard", "keeps this access until you take it back"),
        ("blue-button", "keeps this access until you take it back"),
        ("1uphealth", "ends after 2 hours"),
        ("no-refresh", "ends after one hour"),
    ],
)
def test_the_consent_page_says_how_long(at: Callable[[str], Member], name: str, words: str) -> None:
    """As it will be: with a refresh token until taken back, else the life of the access token."""
    assert words in at(name).consent().text


def test_every_authorization_signs_in_anew(ana: Member) -> None:
    """So that the next person at this computer can be somebody else."""
    ana.answer(ana.consent())
    assert "/sign-in" in ana.authorize().headers["Location"]


def test_somebody_else_can_sign_in_from_the_consent_page(ana: Member) -> None:
    """Sign-out keeps the way onward."""
    page = ana.consent()
    fields = {"csrfmiddlewaretoken": _token(page), "next": page.url.removeprefix(ana.payer.origin)}
    form = ana.browser.post(f"{ana.payer.origin}/sign-out", data=fields)
    assert "Member sign-in" in form.text
    assert "/oauth2/authorize" in form.text


def test_signing_in_never_leads_to_another_site(ana: Member) -> None:
    """No open redirect."""
    form = ana.browser.get(f"{ana.payer.origin}/sign-in?next=https://evil.example/")
    fields = {
        "username": "ana",
        "password": "demo",
        "next": "//evil.example/",
        "csrfmiddlewaretoken": _token(form),
    }
    answer = ana.browser.post(f"{ana.payer.origin}/sign-in", data=fields, allow_redirects=False)
    assert answer.headers["Location"] == "/"


def test_forms_without_a_csrf_token_are_refused(ana: Member) -> None:
    """Neither sign-in nor Allow can be pressed from another site."""
    refused = ana.browser.post(f"{ana.payer.origin}/sign-in", data={"username": "ana", "password": "demo"})
    assert refused.status_code == 403
    page = ana.consent()
    assert ana.browser.post(page.url, data={"answer": "allow"}, allow_redirects=False).status_code == 403


def test_its_cookies_cannot_collide_with_the_sites(ana: Member) -> None:
    """Browsers share cookies across the ports of one host."""
    ana.consent()
    assert {cookie.name for cookie in ana.browser.cookies} == {"harborlight_session", "harborlight_csrf"}


def test_its_pages_carry_their_own_look_and_strict_headers(ana: Member) -> None:
    """The style sheet is its own, scripts and frames are forbidden."""
    home = requests.get(ana.payer.origin, timeout=10)
    assert "Harborlight" in home.text
    assert "default-src 'none'" in home.headers["Content-Security-Policy"]
    assert home.headers["X-Frame-Options"] == "DENY"
    css = requests.get(f"{ana.payer.origin}/static/harborlight.css", timeout=10)
    assert css.headers["Content-Type"].startswith("text/css")
    assert requests.get(f"{ana.payer.origin}/static/../settings.py", timeout=10).status_code == 404


def test_it_answers_for_loopback_names_only(ana: Member) -> None:
    """A name that was rebound to 127.0.0.1 gets nothing."""
    assert requests.get(ana.payer.origin, headers={"Host": "evil.example"}, timeout=10).status_code == 400


def _token(page: requests.Response) -> str:
    match = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert match
    return match[1]
