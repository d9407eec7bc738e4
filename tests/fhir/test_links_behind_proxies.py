"""Links of servers that do not know they are reached by https, or that write links in another form."""

import json
from typing import Any

import pytest

from apps.fhir.bundles import read_page, same_origin
from apps.fhir.errors import NextRefused
from tests.fhir.stub import bundle

BASE = "https://fhir.example.com/r4"
CLAIM = {"resourceType": "ExplanationOfBenefit", "id": "c1"}


def next_of(link: str, *, base: str = BASE, relation: str = "next") -> str | None:
    body = json.dumps({"resourceType": "Bundle", "link": [{"relation": relation, "url": link}]}).encode()
    page = read_page(body, url=f"{base}/Coverage", base_url=base)
    if page.refusal:
        raise page.refusal
    return page.next_url


@pytest.mark.parametrize(
    "link", ["http://fhir.example.com/r4?page=2", "http://fhir.example.com:80/r4?page=2"]
)
def test_a_next_page_at_the_same_host_is_asked_for_by_https(link: str) -> None:
    """A server behind a proxy writes http: everything after its first page was lost."""
    assert next_of(link) == "https://fhir.example.com/r4?page=2"
    assert next_of(link, relation="Next") == "https://fhir.example.com/r4?page=2"


@pytest.mark.parametrize(
    "link",
    [
        "http://other.example.com/r4?page=2",
        "http://fhir.example.com:8080/r4?page=2",
        "http://me@fhir.example.com/r4?page=2",
    ],
)
def test_another_host_port_or_user_stays_refused(link: str) -> None:
    with pytest.raises(NextRefused):
        next_of(link)


def test_a_base_at_another_port_is_not_guessed() -> None:
    with pytest.raises(NextRefused):
        next_of("http://fhir.example.com/r4?page=2", base="https://fhir.example.com:8443/r4")


def test_what_is_no_address_is_of_no_origin() -> None:
    """A link that was kept is looked at again before it is asked for."""
    assert not same_origin("http://[broken/", base_url=BASE)


@pytest.mark.parametrize(
    "odd",
    [
        {"entry": [{"resource": CLAIM}, CLAIM | {"id": "c2"}]},
        {"link": [{"rel": "next", "href": "ExplanationOfBenefit?page=2"}]},
        {"link": [{"relation": ["next"], "url": "ExplanationOfBenefit?page=2"}]},
        {"link": [{"relation": "next", "url": {"value": "ExplanationOfBenefit?page=2"}}]},
    ],
)
def test_what_stands_at_its_place_in_another_form_is_a_gap(odd: dict[str, Any]) -> None:
    """R-16: a bare record and a next page's link without their names were passed over in silence."""
    sent = json.dumps(bundle(CLAIM) | odd).encode()
    page = read_page(sent, url=f"{BASE}/ExplanationOfBenefit", base_url=BASE)
    assert [resource.id for resource in page.resources] == ["c1"]
    assert page.has_gaps
    ended = json.dumps(bundle(CLAIM) | {"link": [{"relation": "next", "url": None}]}).encode()
    assert not read_page(ended, url=BASE, base_url=BASE).has_gaps
