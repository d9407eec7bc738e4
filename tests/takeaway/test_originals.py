"""The plan's own records: byte for byte what came, in a Bundle that others can read."""

import base64
import json
from decimal import Decimal

import pytest
from django.test import Client
from fhirclient.models.bundle import Bundle
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records.models import Record
from apps.takeaway import originals
from apps.vault import boxes
from apps.vault.boxes import box_for
from tests.claims.given import a_connection, an_eob, claims_of
from tests.takeaway.given import (
    CLINIC,
    COVERAGE,
    EVERYTHING,
    ODD,
    ORGANIZATION,
    PATIENT,
    PRACTITIONER,
    PREAUTH,
    ROLE,
    UNUSED,
    an_approval,
    bring,
    content,
    get,
    names,
    raw_resources,
)


def test_every_original_is_there_byte_for_byte(browser: Client, connection: Connection) -> None:
    """1e2, 1.10, 100.00, 1E400, escapes, blanks, a key given twice: the text is what the plan sent."""
    bundle = content(get(browser, "originals"))
    assert sorted(raw_resources(bundle)) == sorted(EVERYTHING)
    assert connection.records.count() == len(EVERYTHING)


def test_the_file_is_one_collection_bundle_with_addresses_of_the_plan(
    browser: Client, connection: Connection
) -> None:
    response = get(browser, "originals")
    assert response["Content-Type"] == "application/fhir+json"
    made = json.loads(content(response), parse_float=Decimal)
    assert (made["resourceType"], made["type"]) == ("Bundle", "collection")
    urls = [entry["fullUrl"] for entry in made["entry"]]
    assert len(set(urls)) == len(urls)
    assert "https://harborlight-health.example/fhir/ExplanationOfBenefit/odd" in urls


def test_fhirclient_reads_the_bundle(browser: Client, alice: Member) -> None:
    bring(a_connection(alice), PATIENT, ORGANIZATION, PRACTITIONER, CLINIC, ROLE)
    made = Bundle(json.loads(content(get(browser, "originals"))), strict=True)
    assert made.type == "collection"
    assert sorted(entry.resource.resource_type for entry in made.entry) == [
        "Organization", "Organization", "Patient", "Practitioner", "PractitionerRole",
    ]  # fmt: skip


def test_a_bundle_without_records_has_no_empty_array(browser: Client, alice: Member) -> None:
    """FHIR R4 json: arrays are never empty."""
    a_connection(alice)
    made = json.loads(content(get(browser, "originals")))
    assert sorted(made) == ["resourceType", "timestamp", "type"]
    assert Bundle(made, strict=True).type == "collection"


def test_one_claim_takes_along_what_it_refers_to_and_nothing_else(
    alice_client: Client, connection: Connection
) -> None:
    """Coverage by absolute versioned reference, the payer through it, the clinic through the role."""
    (claim,) = claims_of(connection)
    bring(connection, an_eob(2, related=[{"claim": {"reference": "ExplanationOfBenefit/odd"}}]))
    bundle = content(get(alice_client, "originals", claim.id))
    assert sorted(raw_resources(bundle)) == sorted(
        [ODD, PATIENT, COVERAGE, ORGANIZATION, ROLE, PRACTITIONER, CLINIC]
    )


def test_a_year_holds_its_claims_with_what_they_refer_to(browser: Client, connection: Connection) -> None:
    bring(connection, an_eob(26, on="2026-02-01"))
    of_2025 = raw_resources(content(get(browser, "originals", 2025)))
    assert ODD in of_2025
    assert COVERAGE in of_2025
    assert UNUSED not in of_2025
    assert not any(b"eob-26" in resource for resource in of_2025)
    of_2026 = [json.loads(resource) for resource in raw_resources(content(get(browser, "originals", 2026)))]
    assert names(of_2026) == ["ExplanationOfBenefit/eob-26", "Patient/1"]


def test_two_connections_to_one_plan_keep_their_addresses_apart(browser: Client, alice: Member) -> None:
    """bdl-7: the same text is there once; another text under the same name gets an address of its own."""
    bring(a_connection(alice), PATIENT, ORGANIZATION)
    other = PATIENT.replace(b"Alice", b"Ann")
    bring(a_connection(alice), other, ORGANIZATION)
    bundle = content(get(browser, "originals"))
    assert sorted(raw_resources(bundle)) == sorted([PATIENT, other, ORGANIZATION])
    urls = [entry["fullUrl"] for entry in json.loads(bundle)["entry"]]
    assert len(set(urls)) == 3


@pytest.mark.parametrize(
    "body",
    [
        b'{"resourceType":"Patient","id":"1","x":"\xff"}',
        b'{"resourceType":"Patient","id":"1","x":NaN}',
        b'{"resourceType":"Patient","id":"1","x":' + b"[" * 100_000,
        b"",
    ],
    ids=["bytes that are no UTF-8", "NaN", "too deep", "empty"],
)
def test_what_is_no_json_travels_as_its_bytes(body: bytes) -> None:
    made = json.loads(originals.entry(body, base_url="https://plan.example/fhir", row_id="7"))
    assert made["fullUrl"] == "urn:uuid:7"
    assert made["resource"]["resourceType"] == "Binary"
    assert base64.b64decode(made["resource"]["data"]) == body


@given(st.recursive(st.none() | st.booleans() | st.text() | st.integers(), st.lists, max_leaves=8), st.text())
def test_any_json_comes_out_as_the_same_text(extra: object, key: str) -> None:
    body = json.dumps({"resourceType": "Patient", "id": "1", key: extra}, ensure_ascii=False)
    raw = body.encode("utf-8", "surrogatepass")
    entry = originals.entry(raw, base_url="https://plan.example/fhir", row_id="7")
    (resource,) = raw_resources(entry)
    made = json.loads(entry)["resource"]
    if made.get("resourceType") == "Binary" and key != "resourceType":
        assert base64.b64decode(made["data"]) == raw
    else:
        assert resource == raw


def test_records_without_id_have_addresses_of_their_own(browser: Client, alice: Member) -> None:
    """bdl-7; facts claims 1.1 and 1.25: unchanged, and none takes the other's place."""
    nameless = [an_eob(1), an_eob(2), an_eob(3, id="IGNORED_FIELD"), an_eob(4, id="IGNORED_FIELD")]
    bodies = [
        json.dumps({key: value for key, value in record.items() if key != "id" or value == "IGNORED_FIELD"})
        for record in nameless
    ]
    bring(a_connection(alice), *(body.encode() for body in bodies))
    bundle = content(get(browser, "originals"))
    assert sorted(raw_resources(bundle)) == sorted(body.encode() for body in bodies)
    urls = [entry["fullUrl"] for entry in json.loads(bundle)["entry"]]
    assert len(set(urls)) == 4
    assert all(url.startswith("urn:uuid:") for url in urls)


def test_a_record_that_does_not_open_is_named_as_missing(browser: Client, connection: Connection) -> None:
    row = connection.records.get(source_key=boxes.source_key(box_for(connection.member), "Patient/1"))
    Record.objects.filter(pk=row.pk).update(sealed_body=b"broken")
    made = [json.loads(resource) for resource in raw_resources(content(get(browser, "originals")))]
    assert len(made) == len(EVERYTHING)
    assert [resource["resourceType"] for resource in made].count("OperationOutcome") == 1


def test_a_year_holds_the_original_of_an_approval(browser: Client, connection: Connection) -> None:
    an_approval(connection)
    assert PREAUTH in raw_resources(content(get(browser, "originals", 2025)))
