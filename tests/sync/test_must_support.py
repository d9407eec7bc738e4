"""Everything a plan sends can be read by a person, and of which day it is (facts: conformance.md 2.1)."""

import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records.models import Record
from apps.sync import as_sent
from config.fhir_types import fhir_types
from tests.care import test_pages as care_pages
from tests.claims.given import a_connection, save
from tests.joined.made import a_visit
from tests.sync import must_support as made
from tests.sync import must_support_shown

PEOPLE = (made.PATIENT, made.PAYER, made.CLINIC, made.DOCTOR, made.RELATED, made.PLACE)


def the_claim(connection: Connection) -> Record:
    """Return the one claim there is."""
    return connection.records.get(fhir_type="ExplanationOfBenefit")


@pytest.fixture
def claim(alice: Member) -> Record:
    """Return Alice's claim that holds every element."""
    connection = a_connection(alice)
    save(connection, *PEOPLE, made.COVERAGE, made.CLAIM)
    return the_claim(connection)


def words(client: Client, address: str) -> str:
    """Return what a person reads of a page, labels as "label: value"."""
    answer = client.get(address)
    assert answer.status_code == 200
    text = re.sub(r"</dt>\s*<dd[^>]*>", ": ", answer.content.decode())
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def missing(table: dict[str, str], shown: str) -> dict[str, str]:
    return {element: text for element, text in table.items() if text not in shown}


def test_carin_4_every_element_is_shown_on_the_page_where_it_belongs(
    alice_client: Client, claim: Record
) -> None:
    """What matters on the page of the claim, the rarities on one of its own, in words a member understands.

    People, places and coverages are linked from the connection, each coverage headed by its plan and period.
    Of a social security number only the end is shown.
    """
    own = reverse("claims:claim", args=[claim.pk])
    assert missing(must_support_shown.ON_THE_CLAIM, words(alice_client, own)) == {}
    record = reverse("sync:claim_record", args=[claim.pk])
    assert record in alice_client.get(own).content.decode()
    in_the_record = words(alice_client, record)
    assert missing(must_support_shown.IN_THE_RECORD, in_the_record) == {}
    assert "Amount or decision" in in_the_record
    people = reverse("sync:people", args=[claim.connection_id])
    assert people in alice_client.get(claim.connection.get_absolute_url()).content.decode()
    shown = words(alice_client, people)
    assert missing(must_support_shown.AMONG_THE_PEOPLE, shown) == {}
    assert "•••-••-6789" in shown
    assert "123-45" not in shown
    headings = re.findall(r'<h2 class="card__title">([^<]*)</h2>', alice_client.get(people).content.decode())
    assert "Person these records are about" in shown
    assert "Coverage" not in headings
    assert "Gold Plan, January 1 to December 31, 2026" in headings


def test_every_record_says_from_which_plan_it_is_and_on_which_day_it_came(
    alice: Member, alice_client: Client, claim: Record
) -> None:
    """CARIN, provenance: two clicks from each figure; a new version has a new day."""
    care_pages.keep(claim.connection, a_visit())
    visit = alice.records.get(fhir_type="Encounter")
    for day, name, row in ((2, "sync:claim_record", claim), (3, "sync:record", visit)):
        Record.objects.filter(pk=row.pk).update(stored_at=datetime(2026, 9, day, 15, tzinfo=UTC))
        told = words(alice_client, reverse(name, args=[row.pk]))
        assert f"record of {claim.connection.plan.name} as it came here on September {day}, 2026" in told


def leaves(value: Any) -> Iterator[str]:
    """Yield every text of a record that is meant for people."""
    if isinstance(value, dict):
        for name, element in value.items():
            if name not in ("resourceType", "system", "url", "reference", "profile", "currency", "use"):
                yield from leaves(element)
    elif isinstance(value, list):
        for element in value:
            yield from leaves(element)
    elif isinstance(value, str):
        yield value


def test_carin_4_no_text_of_a_record_is_left_out() -> None:
    """Whatever a table forgets: every text is there; dates in words and coded words aside."""
    dates = re.compile(r"\d{4}-\d\d-\d\d")
    for record in (*PEOPLE, made.COVERAGE, made.CLAIM):
        rows = [row for part in as_sent.parts(json.dumps(record).encode(), {}) for row in part.rows]
        shown = " ".join(f"{row.label} {row.value}" for row in rows)
        absent = [text for text in leaves(record) if text not in shown and not dates.match(text)]
        assert set(absent) <= {"F", "123-45-6789"}, record["id"]


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ({"reference": "Encounter/e-1"}, "Visit (Encounter/e-1)"),
        (
            {"reference": "https://x.example/r4/Observation/o-1"},
            "Result (https://x.example/r4/Observation/o-1)",
        ),
        ({"reference": "Practitioner/p-1"}, "Doctor or other provider (Practitioner/p-1)"),
        ({"reference": "ExplanationOfBenefit/1"}, "Claim (ExplanationOfBenefit/1)"),
        ({"reference": "Encounter/e-1", "display": "Check-up"}, "Check-up"),
        ({"reference": "#a"}, "Inside this record (#a)"),
        ({"reference": "urn:uuid:9"}, "urn:uuid:9"),
    ],
)
def test_what_is_referred_to_is_told_in_words_with_its_number(reference: made.Json, told: str) -> None:
    """Pages of care had "Observation/o-1" alone: names are known of people and places, not of care."""
    body = json.dumps({"resourceType": "Observation", "id": "1", "focus": [reference]}).encode()
    assert [row.value for part in as_sent.parts(body, {}) for row in part.rows][-1] == told


def test_carin_4_two_equal_amounts_are_both_shown() -> None:
    body = json.dumps(
        {"resourceType": "ExplanationOfBenefit", "total": [made.amount("x", 5), made.amount("x", 5)]}
    )
    assert [part.heading for part in as_sent.parts(body.encode(), {})] == ["", "Total 1", "Total 2"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[1]",
        b'{"a":' * 150 + b"1" + b"}" * 150,
        b'{"x":"\\ud800","identifier":7,"name":[[["deep"]]],"meta":"no","extension":{"url":5},"_a":[null,3]}',
        b'{"item":[' + b'{"a":1},' * 9000 + b"{}]}",
        b'{"total":{"category":"x","amount":"y"},"n":1e400,"address":{"line":5},"period":{"start":[]}}',
    ],
)
def test_no_record_breaks_its_page_or_makes_it_endless(body: bytes) -> None:
    assert sum(len(part.rows) for part in as_sent.parts(body, {})) <= as_sent.MOST
    as_sent.last_updated(body)
    as_sent.references(body)


def test_every_published_record_is_shown_in_words(shared: Path) -> None:
    """Of the kinds that are kept: no JSON is left in a value, and no label is empty."""
    count = 0
    for path in sorted((shared / "fhir").rglob("*.json")):
        body = path.read_bytes()
        if any(b'"%s"' % name.encode() in body[:300] for name in fhir_types()):
            rows = [row for part in as_sent.parts(body, {}) for row in part.rows]
            assert rows, path
            assert all(row.label and row.value and "{'" not in row.value for row in rows), path
            count += 1
    assert count > 50


def test_what_a_plan_says_it_does_not_have_is_said_to_be_not_shared() -> None:
    absent = {
        "extension": [
            {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
        ]
    }
    body = json.dumps(
        {
            "provider": absent,
            "_created": absent,
            "type": made.coded("x", system="http://terminology.hl7.org/CodeSystem/data-absent-reason"),
        }
    )
    (part, *others) = as_sent.parts(body.encode(), {})
    assert not others
    assert {(row.label, row.value) for row in part.rows} == {
        ("Provider", "not shared by your plan"),
        ("Made on", "not shared by your plan"),
        ("Kind", "not shared by your plan"),
    }


def test_markup_in_a_record_is_shown_as_text(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, made.CLINIC | {"name": "<script>alert(1)</script>"})
    page = alice_client.get(reverse("sync:people", args=[connection.pk])).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_record_that_does_not_open_says_so_and_the_others_stay(alice_client: Client, claim: Record) -> None:
    Record.objects.filter(connection=claim.connection, fhir_type="Patient").update(sealed_body=b"x")
    Record.objects.filter(connection=claim.connection, fhir_type="ExplanationOfBenefit").update(
        sealed_body=b"x"
    )
    assert "could not be opened" in words(alice_client, reverse("sync:people", args=[claim.connection_id]))
    assert "could not be opened" in words(alice_client, reverse("sync:claim_record", args=[claim.pk]))
    answer = alice_client.get(reverse("claims:claim", args=[claim.pk]))
    assert answer.status_code == 500
    assert "could not be opened" in answer.content.decode()
    assert alice_client.get("/claims/").content.count(b'data-testid="claim-row"') == 1


def test_many_people_are_shown_twenty_at_a_time(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, *(made.DOCTOR | {"id": f"d{number}"} for number in range(25)))
    address = reverse("sync:people", args=[connection.pk])
    html = alice_client.get(address).content.decode()
    assert html.count('data-testid="record"') == 20
    assert len(re.findall(r'<summary>Details<span class="visually-hidden">: [^<]', html)) == 20
    assert alice_client.get(f"{address}?page=2").content.count(b'data-testid="record"') == 5
    assert alice_client.get(f"{address}?page=%00x").status_code == 200


LATER = {"lastUpdated": "2026-08-15T01:00:00-04:00"}


def days_of(client: Client, claim: Record) -> str:
    shown = words(client, reverse("claims:claim", args=[claim.pk]))
    return shown.partition("Everything your plan sent for this claim")[0][-900:]


@pytest.mark.parametrize("number", [90, 94])
def test_carin_90_names_of_one_day_are_told_in_one_sentence(
    alice: Member, alice_client: Client, number: int
) -> None:
    """@90, @94: as of the day of service where they were last changed before it, else as of the later day."""
    on = {90: "2026-03-01T08:00:00Z", 94: "2026-08-15T01:00:00-04:00"}[number]
    connection = a_connection(alice)
    save(
        connection, *(person | {"meta": {"lastUpdated": on}} for person in PEOPLE), made.COVERAGE, made.CLAIM
    )
    told = {
        90: "Names and addresses are as your plan had them when this care began; it last changed them on"
        " March 1, 2026.",
        94: "Names and addresses are as your plan had them on August 15, 2026. That is after this care began,"
        " so they may have been different then.",
    }
    assert told[number] in days_of(alice_client, the_claim(connection))


def test_carin_94_where_no_day_is_told_that_is_said(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, *(person | {"meta": {"lastUpdated": "soon"}} for person in PEOPLE), made.CLAIM)
    told = "Your plan did not say of which day the names and addresses are."
    assert told in days_of(alice_client, the_claim(connection))


def test_a_claim_whose_names_came_with_it_says_nothing_of_other_days(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    save(connection, made.CLAIM)
    assert (
        b'data-testid="days-of-names"'
        not in alice_client.get(reverse("claims:claim", args=[the_claim(connection).pk])).content
    )


def test_two_records_of_one_name_may_differ_in_their_day(alice: Member, alice_client: Client) -> None:
    """One told, one not: both are said, in calm letters, and the page does not break."""
    connection = a_connection(alice)
    save(connection, made.PAYER | {"name": "HARBORLIGHT"}, made.CLINIC | {"name": "Harborlight", "meta": {}})
    save(connection, made.CLAIM)
    told = days_of(alice_client, the_claim(connection))
    assert "Harborlight: your plan did not say of which day this is." in told
    assert "Harborlight: as your plan had it on March 3, 2026, after this care began." in told


@pytest.mark.parametrize(
    ("record", "name"),
    [
        (made.CLINIC, "Riverside Clinic"),
        (made.PATIENT, "Alice Jo Adams III"),
        (made.DOCTOR, "Dr. Ruth Okafor"),
    ],
    ids=["organization", "patient", "practitioner"],
)
def test_carin_180_one_of_another_day_than_the_others_is_told_by_name(
    alice: Member, alice_client: Client, record: made.Json, name: str
) -> None:
    """@180, @184, @188."""
    connection = a_connection(alice)
    others = [person | {"meta": {"lastUpdated": "2026-03-01"}} for person in PEOPLE if person is not record]
    save(connection, *others, record | {"meta": LATER}, made.CLAIM)
    told = days_of(alice_client, the_claim(connection))
    assert f"{name}: as your plan had it on August 15, 2026, after this care began." in told
    payer = "Harborlight Health: as your plan had it when this care began; last changed on March 1, 2026."
    assert payer in told
