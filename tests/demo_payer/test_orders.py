"""The orders that make any payer fail, count, move or forget, and its pages."""

import json
from collections.abc import Callable

import pytest
import requests

from apps.demo_payer import plan
from apps.demo_payer.demo_process import Running
from apps.demo_payer.personalities import ALL
from tests.demo_payer.member import Member

At = Callable[[str], Member]


def test_faults_come_as_often_as_they_are_ordered(payer: Running, ana: Member) -> None:
    """Then the payer is well again."""
    tokens = ana.tokens()
    payer.control(faults={"fhir": {"status": 500, "times": 2}, "token": {"status": 503, "retry_after": 5}})
    statuses = [ana.get("Patient", tokens["access_token"]).status_code for _ in range(3)]
    assert statuses == [500, 500, 200]
    busy = ana.refresh(tokens["refresh_token"])
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")
    assert ana.refresh(tokens["refresh_token"]).status_code == 200


def test_requests_are_counted_by_part(payer: Running, at: At) -> None:
    """A test can say that nothing was asked."""
    payer.control("needs-category", reset=True)
    ana = at("needs-category")
    ana.refresh(ana.tokens()["refresh_token"])
    ana.get("Patient", "no token")
    seen = payer.seen("needs-category")
    assert (seen["token"], seen["fhir"], seen["revoke"]) == (2, 1, 0)


def test_permissions_end_on_request(payer: Running, at: At) -> None:
    """As Blue Button's sandbox offers."""
    ana = at("needs-category")
    tokens = ana.tokens()
    payer.control("needs-category", expire="ana")
    assert ana.get("Patient", tokens["access_token"]).status_code == 401
    assert ana.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_payer_moves_when_told(at: At, payer: Running) -> None:
    """The new origin is the same machine by another name."""
    address = f"{at('aetna').root}/fhir/.well-known/smart-configuration"
    before = requests.get(address, timeout=10).json()
    payer.control("aetna", drift=True)
    moved = requests.get(address, timeout=10).json()
    assert moved["token_endpoint"] == before["token_endpoint"].replace("127.0.0.1", "localhost")
    payer.control("aetna", reset=True)
    assert requests.get(address, timeout=10).json() == before


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
