"""What answers without records mean, and links that a server wants followed by form."""

from typing import Any

import pytest

from apps.fhir import errors
from apps.fhir.client import Client
from tests.fhir.stub import Reply, Stub, bundle, reply
from tests.fhir.test_client import claim, ids


def outcome(code: str, severity: str = "error", theirs: str = "") -> dict[str, Any]:
    details = {"details": {"coding": [{"code": theirs}]}} if theirs else {}
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code} | details]}


@pytest.mark.parametrize(
    ("answer", "status", "kind"),
    [
        ("", 204, errors.NoneFound),  # "no content": it was no record at all, and asked for again and again
        ("", 404, errors.NoneFound),
        (outcome("not-found"), 404, errors.NoneFound),
        (outcome("processing"), 404, errors.NoneFound),  # HAPI calls every refusal so
        (outcome("not-supported"), 404, errors.NotOffered),
        ({"error": "no route"}, 404, errors.NotOffered),
        ("<html>Not found</html>", 404, errors.NotOffered),
        ("", 410, errors.NotOffered),
        (outcome("forbidden"), 403, errors.NotAllowed),
        (outcome("not-found"), 200, errors.NoneFound),
        (outcome("informational", "information"), 200, errors.NoneFound),
        (outcome("processing", "information"), 200, errors.NoneFound),
        (outcome("processing", "warning", "4101"), 200, errors.NoneFound),  # Epic: "returns no results"
        (outcome("processing", "warning", "4119"), 200, errors.Rejected),  # the same of what is left out
        (outcome("processing", "warning"), 200, errors.Rejected),
        (outcome("processing"), 200, errors.Rejected),
        ({"resourceType": "OperationOutcome"}, 200, errors.Rejected),
    ],
)
def test_what_may_mean_that_there_is_none_is_told_apart_from_other_refusals(
    fhir: Client, stub: Stub, answer: Any, status: int, kind: type[errors.FhirError]
) -> None:
    stub.on("Coverage", reply(answer, status))
    with pytest.raises(errors.FhirError) as caught:
        ids(fhir, "Coverage")
    assert type(caught.value) is kind


@pytest.mark.parametrize("status", [403, 429])
def test_a_refusal_that_says_when_to_come_back_is_a_busy_plan(fhir: Client, stub: Stub, status: int) -> None:
    """So Azure's gateway refuses who is over a quota; members read that we may not read it."""
    stub.on("Coverage", reply({"statusCode": status}, status, Retry_After="600"))
    with pytest.raises(errors.PlanBusy) as caught:
        ids(fhir, "Coverage")
    assert caught.value.retry_after == 600


def test_a_refusal_that_asks_for_no_wait_is_one(fhir: Client, stub: Stub) -> None:
    stub.on("Coverage", reply({}, 403, Retry_After="0"))
    with pytest.raises(errors.NotAllowed):
        ids(fhir, "Coverage")


@pytest.mark.parametrize("root", ["Bundle", "Patient"])
def test_xml_is_told_as_that_and_not_asked_for_again(fhir: Client, stub: Stub, root: str) -> None:
    """A server that speaks XML alone: every update ended as a passing fault, tried again six times."""
    sent = f'<?xml version="1.0"?>\n<{root} xmlns="http://hl7.org/fhir"><id value="1"/></{root}>'
    for place in ("Coverage", "Patient/alice"):
        stub.on(place, reply(sent, Content_Type="application/fhir+xml"))
    for ask in (lambda: ids(fhir, "Coverage"), lambda: fhir.read("Patient/alice")):
        with pytest.raises(errors.OtherFormat) as caught:
            ask()
        assert not caught.value.retry and "XML" in str(caught.value)


def test_a_page_of_the_web_that_links_to_fhir_is_no_xml_of_it(fhir: Client, stub: Stub) -> None:
    """A gateway's page of an outage was told as a plan that speaks XML alone, and not tried again."""
    stub.on("Patient/alice", reply('<html><a href="http://hl7.org/fhir">FHIR</a></html>'))
    with pytest.raises(errors.NotFhir) as caught:
        fhir.read("Patient/alice")
    assert caught.value.retry


@pytest.mark.parametrize(
    ("link", "form"),
    [
        ("{}/Coverage/_search?ct=abc", {"patient": "alice", "_count": "2", "ct": "abc"}),  # Azure
        ("{}/Coverage/_search?_skip=2", {"patient": "alice", "_count": "2", "_skip": "2"}),  # Firely Server
        ("{}/Coverage/_search?_count=1&_page=2", {"patient": "alice", "_count": "1", "_page": "2"}),  # IBM
        ("{}/Coverage?page=2", {"page": "2"}),
    ],
)
@pytest.mark.parametrize("refusal", [reply("", 404), reply("", 403), reply(outcome("invalid"))])
def test_a_link_of_a_search_by_form_is_followed_by_form(
    fhir: Client, stub: Stub, link: str, form: dict[str, str], refusal: Reply
) -> None:
    """Where GET is refused to it: so it names a record of the id "_search", without what was asked. All
    but the first page was lost."""
    asked: list[dict[str, str]] = []

    def answer(query: dict[str, str]) -> Reply:
        if not query.keys() & {"patient", "page"}:
            return refusal  # of the id "_search", or for its method by a gateway
        asked.append(dict(query))
        is_first = len(asked) == 1
        return reply(bundle(claim(len(asked)), next=link.format(stub.base_url) if is_first else None))

    stub.on("Coverage", reply("", 405))
    stub.on("Coverage/_search", answer)
    assert ids(fhir, "Coverage") == ["c1", "c2"]
    assert asked == [{"patient": "alice", "_count": "2"}, form]


def test_a_link_too_long_for_its_own_server_is_followed_by_form(fhir: Client, stub: Stub) -> None:
    """IIS answers 404 to a query over 2,048 signs; Azure's FHIR server writes longer ones."""
    first = bundle(claim(1), next=f"{stub.base_url}/Coverage?ct={'7' * 2100}")
    stub.on("Coverage", lambda query: reply("<html>", 404) if "ct" in query else reply(first))
    stub.on("Coverage/_search", bundle(claim(2)))
    assert ids(fhir, "Coverage") == ["c1", "c2"]


def test_a_link_of_a_search_that_get_is_taken_for_is_followed_as_given(fhir: Client, stub: Stub) -> None:
    """With what was asked before put into it, a server may begin again at its first page."""
    link = f"{stub.base_url}/Coverage/_search?ct=abc"
    stub.on("Coverage", bundle(claim(1), next=link))
    stub.on("Coverage/_search", bundle(claim(2)))
    assert ids(fhir, "Coverage") == ["c1", "c2"]
    assert stub.asked[-1] == "Coverage/_search?ct=abc"


def test_a_link_is_not_asked_for_by_the_refused_method_again(fhir: Client, stub: Stub) -> None:
    pages = iter(range(2, 5))

    def answer(query: dict[str, str]) -> Reply:
        if "patient" not in query:
            return reply("", 404)
        page = next(pages)
        link = f"{stub.base_url}/Coverage/_search?ct={page}"
        return reply(bundle(claim(page), next=link if page < 4 else None))

    stub.on("Coverage", bundle(claim(1), next=f"{stub.base_url}/Coverage/_search?ct=1"))
    stub.on("Coverage/_search", answer)
    assert ids(fhir, "Coverage") == ["c1", "c2", "c3", "c4"]
    assert sum("patient" not in url for url in stub.asked) == 1
