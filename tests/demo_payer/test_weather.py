"""Payers that fail, and the orders that make any payer fail, count or forget."""

import json
import socket
from collections.abc import Callable

import pytest
import requests

from apps.demo_payer import plan
from apps.demo_payer.personalities import ALL
from apps.demo_payer.running import Running
from apps.fhir.complaints import complaint
from tests.demo_payer.member import SECRET, Member, parameters

At = Callable[[str], Member]


TOKEN_ANSWERS = {  # status, Retry-After, and how the body begins
    "down": (503, "120", '{"error": "temporarily_unavailable"'),
    "busy": (429, "30", '{"error": "temporarily_unavailable"'),
    "unknown-client": (401, None, '{"error": "invalid_client"'),
    "html-errors": (502, None, "<!doctype html>"),
    "html-answer": (200, None, "<!doctype html>"),
    "empty-answer": (200, None, ""),
}


@pytest.mark.parametrize("name", TOKEN_ANSWERS)
def test_the_token_endpoint_is_out_of_order(at: At, name: str) -> None:
    """A member can sign in, the app gets nothing, or something that is no JSON."""
    ana = at(name)
    answer = ana.exchange(ana.code())
    status, retry_after, start = TOKEN_ANSWERS[name]
    assert (answer.status_code, answer.headers.get("Retry-After")) == (status, retry_after)
    assert answer.text.startswith(start) and bool(answer.text) is bool(start)


def test_records_or_renewals_may_be_down_while_signing_in_works(at: At) -> None:
    """503, of records as an OperationOutcome; the refresh token is as good as before."""
    ana = at("down-records")
    answer = ana.get("Patient", ana.tokens()["access_token"])
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "120")
    assert answer.json()["resourceType"] == "OperationOutcome"
    ana = at("down-refresh")
    assert ana.refresh(ana.tokens()["refresh_token"]).status_code == 503


@pytest.mark.parametrize(("name", "status"), [("down-revoke", 503), ("unsupported-revoke", 400)])
def test_revocation_may_fail(at: At, name: str, status: int) -> None:
    """RFC 7009 section 2.2.1."""
    ana = at(name)
    token = ana.tokens()["access_token"]
    answer = requests.post(ana.address("oauth2/revoke"), data={"token": token}, auth=SECRET, timeout=10)
    assert answer.status_code == status
    assert ana.get("Patient", token).status_code == 200
    if status == 503:
        assert answer.headers["Retry-After"] == "60"
    else:
        assert answer.json()["error"] == "unsupported_token_type"


def test_an_access_token_may_outlive_its_revocation(at: At) -> None:
    """C-02: the refresh token is dead, the access token runs out by itself."""
    ana = at("lasting-access")
    tokens = ana.tokens()
    sent = {"token": tokens["refresh_token"]}
    answer = requests.post(ana.address("oauth2/revoke"), data=sent, auth=SECRET, timeout=10)
    assert answer.status_code == 200
    assert ana.get("Patient", tokens["access_token"]).status_code == 200
    assert ana.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_refusal_may_say_too_much(at: At) -> None:
    """C-05: what operators read of it is what is wrong."""
    ana = at("talkative")
    answer = ana.get("Coverage", ana.tokens()["access_token"])
    assert answer.status_code == 400
    assert "Rosa Quill" in answer.text
    assert complaint(answer.content) == "Unknown parameter _count for member *"


def test_a_code_may_expire_at_once(at: At) -> None:
    """invalid_grant."""
    ana = at("expired-code")
    assert ana.exchange(ana.code()).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("denies-after-sign-in", "access_denied"),
        ("server-error", "server_error"),
        ("unavailable", "temporarily_unavailable"),
    ],
)
def test_an_error_may_come_after_signing_in(at: At, name: str, error: str) -> None:
    """With state and iss, without a consent page; the member is signed out."""
    ana = at(name)
    back = ana.consent()
    assert back.status_code == 302
    said = parameters(back)
    assert (said["error"], said["state"], said["iss"]) == (error, "the-state", ana.root)
    assert "/sign-in" in ana.authorize().headers["Location"]


@pytest.mark.parametrize("name", ["hangs", "refresh-hangs"])
def test_an_answer_may_never_come(at: At, name: str) -> None:
    """The connection stays open; the client has to give up."""
    ana = at(name)
    place = {"hangs": "token", "refresh-hangs": "refresh"}[name]
    assert ana.plays.delays[place] > 60
    host, port = ana.payer.origin.removeprefix("http://").split(":")
    body = b"grant_type=refresh_token&refresh_token=x"
    with socket.create_connection((host, int(port)), timeout=0.3) as line:
        path = f"/p/{name}/oauth2/token"
        head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {len(body)}\r\n"
        line.sendall(head.encode() + b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" + body)
        with pytest.raises(TimeoutError):
            line.recv(1)


def test_faults_come_as_often_as_they_are_ordered(payer: Running, ana: Member) -> None:
    """Then the payer is well again."""
    payer.control(faults={"fhir": {"status": 500, "times": 2}, "refresh": {"status": 503, "form": "html"}})
    tokens = ana.tokens()
    statuses = [ana.get("Patient", tokens["access_token"]).status_code for _ in range(3)]
    assert statuses == [500, 500, 200]
    assert ana.refresh(tokens["refresh_token"]).status_code == 503
    assert ana.refresh(tokens["refresh_token"]).status_code == 200


def test_requests_are_counted_by_part(payer: Running, at: At) -> None:
    """A test can say that nothing was asked."""
    payer.control("rotating", reset=True)
    ana = at("rotating")
    ana.refresh(ana.tokens()["refresh_token"])
    ana.get("Patient", "no token")
    seen = payer.seen("rotating")
    assert (seen["code"], seen["refresh"], seen["token"], seen["fhir"], seen["revoke"]) == (1, 1, 2, 1, 0)


def test_permissions_end_on_request(payer: Running, at: At) -> None:
    """The access token alone, or everything, as Blue Button's sandbox offers."""
    ana = at("no-iss")
    tokens = ana.tokens()
    payer.control("no-iss", expire="ana", only="access")
    assert ana.get("Patient", tokens["access_token"]).status_code == 401
    again = ana.refresh(tokens["refresh_token"]).json()
    assert ana.get("Patient", again["access_token"]).status_code == 200
    payer.control("no-iss", expire="ana")
    assert ana.get("Patient", again["access_token"]).status_code == 401
    assert ana.refresh(again["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"faults": {"token": {}}}', '{"faults": {"token": {"x": 1}}}']
)
def test_an_order_that_makes_no_sense_is_refused(payer: Running, body: str) -> None:
    """400 with the reason."""
    answer = requests.post(
        f"{payer.origin}/control", data=body, headers={"Content-Type": "application/json"}, timeout=10
    )
    assert answer.status_code == 400
    assert answer.json()["problem"]


def test_another_sites_form_cannot_give_orders(payer: Running) -> None:
    """A form cannot send application/json without asking first (CORS)."""
    answer = requests.post(f"{payer.origin}/control", data={"reset": "true"}, timeout=10)
    assert answer.status_code == 415


def test_every_personality_has_a_plan_a_page_and_a_sentence(payer: Running) -> None:
    """The front door lists them all; each has its own with a note."""
    home = requests.get(payer.origin, timeout=10).text
    for personality in ALL.values():
        assert f">{personality.name}</a>" in home
        assert personality.sentence.replace("'", "&#x27;") in home
        assert personality.sentence.endswith(".")
        page = requests.get(f"{payer.root_of(personality.name)}/", timeout=10)
        assert page.status_code == 200
        assert f"plays <strong>{personality.name}</strong>" in page.text
        described = payer.plan_of(personality.name)
        assert json.dumps(described)
        assert described["slug"] == plan.slug_of(personality)


def test_an_unknown_personality_has_no_address(payer: Running) -> None:
    """404, a page."""
    assert requests.get(f"{payer.origin}/p/nobody/", timeout=10).status_code == 404
