"""Search and read as a FHIR client meets them, over HTTP."""

import json
from decimal import Decimal
from typing import Any

import pytest
import requests

from tests.demo_payer.member import Member
from tests.demo_payer.sample import ANAS_CLAIMS, claim


def ids(bundle: dict[str, Any], mode: str = "match") -> list[str]:
    """Return the ids of a page's matches, or of what it includes."""
    return [entry["resource"]["id"] for entry in bundle.get("entry", []) if entry["search"]["mode"] == mode]


def link(bundle: dict[str, Any], relation: str) -> str | None:
    """Return one of a page's links."""
    return next((named["url"] for named in bundle["link"] if named["relation"] == relation), None)


def all_pages(ana: Member, token: str, path: str) -> list[dict[str, Any]]:
    """Follow `next` to the end."""
    pages = [ana.get(path, token).json()]
    while following := link(pages[-1], "next"):
        pages.append(ana.get(following, token).json())
    return pages


@pytest.mark.parametrize("count", ["7", "45", None])
def test_paging_covers_everything_exactly_once(ana: Member, token: str, count: str | None) -> None:
    """Whatever the page size, the pages together are the whole."""
    path = "ExplanationOfBenefit?patient=ana" + (f"&_count={count}" if count else "")
    pages = all_pages(ana, token, path)
    fhir_ids = [fhir_id for page in pages for fhir_id in ids(page)]
    assert sorted(fhir_ids) == [f"ana-{number:03}" for number in range(1, ANAS_CLAIMS + 1)]
    assert {page["total"] for page in pages} == {ANAS_CLAIMS}
    assert len(pages[0]["entry"]) == min(int(count or 20), ANAS_CLAIMS)


def test_a_page_is_a_searchset_with_full_urls_and_links(ana: Member, token: str) -> None:
    """https://hl7.org/fhir/R4/bundle.html#searchset."""
    answer = ana.get("ExplanationOfBenefit?patient=ana&_count=2", token)
    bundle = answer.json()
    assert answer.headers["Content-Type"] == "application/fhir+json"
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "searchset")
    assert link(bundle, "self") == f"{ana.payer.fhir_base_url}/ExplanationOfBenefit?patient=ana&_count=2"
    first = bundle["entry"][0]
    assert first["fullUrl"] == f"{ana.payer.fhir_base_url}/ExplanationOfBenefit/{first['resource']['id']}"


def test_addresses_use_the_host_that_was_asked(ana: Member, token: str) -> None:
    """A client at localhost must not be sent to another origin."""
    url = ana.payer.fhir_base_url.replace("127.0.0.1", "localhost") + "/ExplanationOfBenefit?_count=1"
    bundle = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10).json()
    assert all(named["url"].startswith("http://localhost:") for named in bundle["link"])


def test_a_count_above_the_limit_is_capped_and_zero_only_counts(ana: Member, token: str) -> None:
    """https://hl7.org/fhir/R4/search.html#count."""
    assert len(ana.get("ExplanationOfBenefit?_count=5000", token).json()["entry"]) == ANAS_CLAIMS
    nothing = ana.get("ExplanationOfBenefit?_count=0", token).json()
    assert nothing["total"] == ANAS_CLAIMS
    assert "entry" not in nothing


def test_money_is_served_to_the_last_digit(ana: Member, token: str) -> None:
    """100.00 must not become 100.0."""
    text = ana.get("ExplanationOfBenefit/ana-001", token).text
    assert text == claim(1, "ana")
    page = ana.get("ExplanationOfBenefit?_id=ana-001", token).text
    assert '"value": 101.00' in page
    assert json.loads(page, parse_float=Decimal)["entry"][0]["resource"] == json.loads(
        text, parse_float=Decimal
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("_lastUpdated=ge2025-03-20", 2),
        ("_lastUpdated=gt2025-03-20", 0),
        ("_lastUpdated=gt2025-03-20T07:59:59Z", 2),
        ("_lastUpdated=2025-03-20T08:00:00Z", 2),
        ("_lastUpdated=lt2025-03-02", 2),
        ("_lastUpdated=le2025-03-02", 5),
        ("_lastUpdated=ge2025-03-02&_lastUpdated=lt2025-03-03", 3),
        ("_lastUpdated=2025-03-02T10:00:00%2B02:00", 3),
        ("_lastUpdated=2025-03-02T10:00:00+02:00", 3),
        ("_lastUpdated=ge2026", 0),
        ("service-date=2025-02", 17),
        ("service-date=ge2025-02-01", 17),
        ("service-date=gt2025-02-01", 16),
        ("service-date=lt2025-01-03", 2),
        ("service-date=le2025-01-03", 3),
        ("service-date=ge2025-01-03&service-date=lt2025-02-01", 26),
        ("service-date=ne2025-01", 17),
        ("service-date=2025-01-03,2025-01-05", 2),
        ("type=pharmacy", 9),
        ("type=http://terminology.hl7.org/CodeSystem/claim-type|pharmacy", 9),
        ("type=http://terminology.hl7.org/CodeSystem/claim-type|", 45),
        ("type=pharmacy,professional", 45),
        ("type=http://other.example|pharmacy", 0),
        ("type=|pharmacy", 0),
        ("_id=ana-001,ana-002,ben-001", 2),
        ("identifier=ana-3", 1),
        ("identifier=https://payer.example/claims|ana-3,ana-4", 2),
        ("identifier=|ana-3", 0),
        ("service-start-date=2025-01-03", 1),
        ("billable-period-start=lt2025-01-03", 2),
        ("patient=Patient/ana&type=pharmacy&service-date=ge2025-02", 4),
        ("patient=http://elsewhere.example/fhir/Patient/ana", 45),
    ],
)
def test_each_parameter_narrows_as_fhir_says(ana: Member, token: str, query: str, expected: int) -> None:
    """https://hl7.org/fhir/R4/search.html#prefix."""
    assert ana.get(f"ExplanationOfBenefit?{query}", token).json()["total"] == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Patient?_id=ana", ["ana"]),
        ("Patient?_id=ben", []),
        ("Patient?family=mos", ["ana"]),
        ("Patient?family=oss", []),
        ("Patient?given=jose", ["ana"]),
        ("Patient?name=Moss&birthdate=1980-02-29", ["ana"]),
        ("Patient?name=Ana&gender=female", ["ana"]),
        ("Patient?family=Moss&gender=male", []),
        ("Patient?birthdate=lt1980&family=Moss", []),
        ("Patient?birthdate=1980", ["ana"]),
        (r"Patient?identifier=https://payer.example/members|M\,ana\|1", ["ana"]),
        ("Patient?identifier=M", []),
        ("Practitioner?name=moss&identifier=7", ["doctor"]),
        ("Organization?name=moss%20cl", ["clinic"]),
        ("Organization?address=1%20elm", ["clinic"]),
        ("Organization?address=Low,High", ["clinic"]),
    ],
)
def test_people_and_places_are_found_by_what_carin_lists(
    ana: Member, token: str, query: str, expected: list[str]
) -> None:
    """Strings by their beginning, without case and accents; tokens whole; never another's Patient."""
    assert ids(ana.get(query, token).json()) == expected


def test_a_modifier_it_does_not_know_is_an_error_and_not_ignored(ana: Member, token: str) -> None:
    """https://hl7.org/fhir/R4/search.html#modifiers."""
    assert_outcome(ana.get("Patient?name:exact=Moss", token), 400, "invalid")


def test_iterated_includes_are_followed_from_what_was_included(ana: Member, token: str) -> None:
    """CARIN BB: `_include:iterate=Coverage:payor` brings the payer with the claims' coverages."""
    query = "ExplanationOfBenefit?_id=ana-001&_include=ExplanationOfBenefit:coverage"
    assert ids(ana.get(query, token).json(), "include") == ["ana-coverage"]
    more = ana.get(f"{query}&_include:iterate=Coverage:payor", token).json()
    assert set(ids(more, "include")) == {"ana-coverage", "payer"}


def test_pages_keep_the_conditions(ana: Member, token: str) -> None:
    """`next` repeats the search, not only the place."""
    pages = all_pages(ana, token, "ExplanationOfBenefit?type=pharmacy&_count=4")
    assert [len(page["entry"]) for page in pages] == [4, 4, 1]


def test_coverage_is_found_by_patient_and_by_beneficiary(ana: Member, token: str) -> None:
    """CARIN clients use both."""
    for query in ("patient=ana", "beneficiary=Patient/ana", ""):
        assert ids(ana.get(f"Coverage?{query}", token).json()) == ["ana-coverage"]


@pytest.mark.parametrize(
    ("includes", "expected"),
    [
        (["ExplanationOfBenefit:provider"], {"clinic"}),
        (["ExplanationOfBenefit:care-team"], {"doctor"}),
        (["ExplanationOfBenefit:coverage", "ExplanationOfBenefit:insurer"], {"ana-coverage", "payer"}),
        (["ExplanationOfBenefit:patient"], {"ana"}),
        (["ExplanationOfBenefit:*"], {"clinic", "doctor", "ana-coverage", "payer", "ana"}),
        (["*"], {"clinic", "doctor", "ana-coverage", "payer", "ana"}),
        (["ExplanationOfBenefit:provider:Organization"], {"clinic"}),
        (["Coverage:payor"], set()),
    ],
)
def test_include_brings_what_the_matches_refer_to_once(
    ana: Member, token: str, includes: list[str], expected: set[str]
) -> None:
    """https://hl7.org/fhir/R4/search.html#include; included resources do not count."""
    query = "&".join(f"_include={value}" for value in includes)
    bundle = ana.get(f"ExplanationOfBenefit?_count=10&{query}", token).json()
    included = ids(bundle, "include")
    assert set(included) == expected
    assert len(included) == len(expected)
    assert bundle["total"] == ANAS_CLAIMS


def test_unknown_parameters_are_ignored_and_the_self_link_shows_it(ana: Member, token: str) -> None:
    """https://hl7.org/fhir/R4/search.html#errors."""
    bundle = ana.get("ExplanationOfBenefit?patient=ana&colour=blue&_sort=-date&_count=1", token).json()
    assert bundle["total"] == ANAS_CLAIMS
    assert "colour" not in (link(bundle, "self") or "")
    assert "_sort" not in (link(bundle, "next") or "")


@pytest.mark.parametrize(
    "query",
    [
        "_lastUpdated=yesterday",
        "_lastUpdated=ge2025-13-40",
        "_lastUpdated=9999",
        "service-date=ge0000",
        "_count=-1",
        "_count=many",
        "_cursor=guess",
        "type=" + ",".join("x" * 101),
    ],
)
def test_a_malformed_value_is_a_400_that_says_which(ana: Member, token: str, query: str) -> None:
    """OperationOutcome, not an empty page."""
    assert_outcome(ana.get(f"ExplanationOfBenefit?{query}", token), 400, "invalid")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("Spaceship", 404, "not-supported"),
        ("Patient/ana/_history/1/2", 404, "not-found"),
        ("lowercase/x", 404, "not-found"),
    ],
)
def test_what_it_does_not_do_is_said_as_an_outcome(
    ana: Member, token: str, path: str, status: int, code: str
) -> None:
    """Unknown types and addresses."""
    assert_outcome(ana.get(path, token), status, code)


def test_it_cannot_be_written_to(ana: Member, token: str) -> None:
    """Reads only."""
    answer = requests.post(
        f"{ana.payer.fhir_base_url}/Patient",
        json={},
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    assert_outcome(answer, 405, "not-supported")


def test_connections_are_kept_alive(ana: Member, token: str) -> None:
    """HTTP/1.1: a sync of 100 pages opens one connection."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        for _ in range(3):
            answer = session.get(f"{ana.payer.fhir_base_url}/Patient", timeout=10)
            assert "close" not in answer.headers.get("Connection", "")
        pools = session.get_adapter("http://").poolmanager.pools  # type: ignore[attr-defined]
        assert [pools[key].num_connections for key in pools.keys()] == [1]  # noqa: SIM118 - not a mapping


def assert_outcome(answer: requests.Response, status: int, code: str) -> None:
    """Check an error answer: status, type and issue code."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/fhir+json"
    body = answer.json()
    assert body["resourceType"] == "OperationOutcome"
    assert body["issue"][0]["code"] == code
    assert body["issue"][0]["diagnostics"]
