"""Synthea's claims and the visits they name: each is joined, once."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from django.test import Client
from msgspec import structs

from apps.connections.models import Connection
from apps.fhir.names import Named
from apps.kinds.care.entry import entry_of as care_entry
from apps.kinds.claim.entry import entry_of as claim_entry
from apps.kinds.claim.reading import read
from apps.kinds.joined.medicines import groups
from apps.kinds.joined.rules import joins
from apps.records import kinds
from apps.records.volumes import Held
from tests.care.test_pages import keep, path_of
from tests.joined.made import told
from tests.published import SHARED, needs_published

PLAN = UUID(int=99)
NO_NAMES: Mapping[str, str] = {}
pytestmark = needs_published


def resources(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a bundle with references as a server gives them: ``Type/id``."""
    text = path.read_text()
    for entry in json.loads(text)["entry"]:
        resource = entry["resource"]
        text = text.replace(f"urn:uuid:{resource['id']}", f"{resource['resourceType']}/{resource['id']}")
    yield from (entry["resource"] for entry in json.loads(text)["entry"])


def claim(number: int, resource: dict[str, Any]) -> Held[Any]:
    record = read(json.dumps(resource).encode(), {})
    entry = claim_entry(record, person_key="", provider_key="", brief=msgspec.Raw(b"\xc0"))
    return Held(structs.replace(entry, id=UUID(int=number)), PLAN)


def care(number: int, resource: dict[str, Any], names: Mapping[str, str] = NO_NAMES) -> Held[Any]:
    opened = kinds.opened(resource["resourceType"], json.dumps(resource).encode())
    return Held(
        structs.replace(care_entry(opened.kind.record(opened.content, names)), id=UUID(int=number)), PLAN
    )


PEOPLE = sorted((SHARED / "fhir/synthea-smart-sample").glob("*.json"))
each_person = pytest.mark.parametrize("path", PEOPLE, ids=lambda path: path.name[:8])


@each_person
def test_every_claim_is_joined_with_the_visit_that_it_names_and_with_no_other(path: Path) -> None:
    every = list(enumerate(resources(path), 1))
    claims = [claim(*one) for one in every if one[1]["resourceType"] == "ExplanationOfBenefit"]
    visits = [care(*one) for one in every if one[1]["resourceType"] == "Encounter"]
    told = [join for visit in visits for join in joins(visit, {}, claims)]
    assert {join.rule.name for join in told} == {"named"}
    assert (
        len(told)
        == len(claims)
        == len({join.claim.id for join in told})
        == len({join.care.id for join in told})
    )


@each_person
def test_every_visit_says_what_its_claim_says_and_stands_once_in_the_timeline(
    alice_client: Client, connection: Connection, path: Path
) -> None:
    """The lines of these claims are dated 22 months before the visits that they name."""
    keep(connection, *resources(path))
    every = list(resources(path))
    visits = [f"Encounter/{each['id']}" for each in every if each["resourceType"] == "Encounter"]
    claims = [each["id"] for each in every if each["resourceType"] == "ExplanationOfBenefit"]
    for claim_id in claims[-3:]:
        of_claim = path_of(connection, f"ExplanationOfBenefit/{claim_id}").replace("/care/", "/claims/")
        assert told(alice_client, of_claim, "joined-care"), "the claim leads to its visit"
    for own in visits[-3:]:
        (cost,) = told(alice_client, path_of(connection, own), "joined-claim")
        assert "Its claim says: billed $" in cost
        assert "Your plan's own records name them together." in cost.replace("&#x27;", "'")
    rows, query = 0, "?"
    while query:
        html = alice_client.get(f"/care/{query}").content.decode()
        rows += html.count('data-testid="care-row"')
        assert "/claims/0" not in html, "a visit stands there, and again as its claim"
        following = re.search(r'rel="next" href="([^"]*)"', html)
        query = following[1].replace("&amp;", "&") if following else ""
    assert rows > len(visits)


def test_a_medicine_coded_contained_and_referenced_is_one() -> None:
    folder = SHARED / "fhir/us-core-7.0.0"
    drug = (folder / "Medication-uscore-med2.json").read_bytes()
    names = {"Medication/uscore-med2": Named(drug).name({}) or ""}
    orders = []
    for number, route in enumerate(("coded", "contained", "referenced"), 1):
        text = (folder / f"MedicationRequest-medicationrequest-{route}-oral-axid.json").read_text()
        orders.append(care(number, json.loads(text), names))
    (group,) = groups(orders, [])
    assert len(group.cares) == len(orders)
