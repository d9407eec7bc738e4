"""What answers without records mean, and links that a server wants followed by form."""

from typing import Any

import pytest

from apps.fhir import errors
from apps.fhir.client import Client
from tests.fhir.stub import Reply, Stub, bundle, reply
from tests.fhir.test_client import claim, ids


def outcome(code: str, severity: str = "error") -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code}]}


@pytest.mark.parametrize(
    ("answer", "status", "kind"),
    [
        ("", 404, errors.NoneFound),
        (outcome("not-found"), 404, errors.NoneFound),
        (outcome("processing"), 404, errors.NoneFound),  # HAPI calls every refusal so
        (outcome("not-supported"), 404, errors.NotOffered),
        ({"error": "no route"}, 404, errors.NotOffered),
        ("<html>Not found</html>", 404, errors.NotOffered),
        ("", 410, errors.NotOffered),
        (outcome("not-found"), 200, errors.NoneFound),
        (outcome("informational", "information"), 200, errors.NoneFound),
        (outcome("processing", "warning"), 200, errors.NoneFound),  # Epic: "returns no results"
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


@pytest.mark.parametrize(
    ("link", "form"),
    [
        ("{}/Coverage/_search?ct=abc", {"patient": "alice", "_count": "2", "ct": "abc"}),  # Azure
        ("{}/Coverage/_search?_skip=2", {"patient": "alice", "_count": "2", "_skip": "2"}),  # Firely Server
        ("{}/Coverage/_search?_count=1&_page=2", {"patient": "alice", "_count": "1", "_page": "2"}),  # IBM
        ("{}/Coverage?page=2", {"page": "2"}),
    ],
)
def test_a_link_of_a_search_by_form_is_followed_by_form(
    fhir: Client, stub: Stub, link: str, form: dict[str, str]
) -> None:
    """By GET it names a record of the id "_search", and what was asked is not in it: all but the first page
    was lost. Where GET is refused to links too, they go by form as well."""
    asked: list[dict[str, str]] = []

    def answer(query: dict[str, str]) -> Reply:
        asked.append(dict(query))
        is_first = len(asked) == 1
        return reply(bundle(claim(len(asked)), next=link.format(stub.base_url) if is_first else None))

    stub.on("Coverage", reply("", 405))
    stub.on("Coverage/_search", answer)
    assert ids(fhir, "Coverage") == ["c1", "c2"]
    assert asked == [{"patient": "alice", "_count": "2"}, form]
