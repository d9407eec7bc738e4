"""The insurance card: what is on it, who may see it, and that no data breaks it."""

import datetime as dt
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from apps.connections.models import Connection
from apps.fhir.names import Named
from apps.kinds.coverage import cards, plan_groups, wording
from apps.kinds.coverage.kind import COVERAGE
from apps.kinds.coverage.records import Cost, CoverageClass, CoverageRecord
from apps.records import activity
from apps.records.entries import raw
from apps.records.models import Activity
from tests.claims.given import an_eob, row_of, save, spoil
from tests.coverage.test_grouping import held
from tests.coverage.test_pages import NUMBER, a_coverage, connection, only, page
from tests.coverage.test_reading import coverages

__all__ = ["connection"]  # the fixture, shared with the page's tests
TODAY = dt.date(2026, 11, 25)
RX = "99887766554"
PAYER = {
    "resourceType": "Organization",
    "id": "in",
    "name": "Harborlight Insurance",
    "telecom": [{"system": "fax", "value": "no"}, {"system": "phone", "value": "555-555-0100"}],
    "address": [{"line": ["1 Harborlight Plaza"], "city": "Gullhaven", "state": "OR", "postalCode": "97001"}],
}


def made(*parts: CoverageRecord, with_number: bool = False) -> cards.InsuranceCard:
    card = wording.card(*parts, on=TODAY, shared_by="My plan", with_number=with_number)
    return cards.insurance_card(card, *parts, with_number=with_number)


def test_the_front_has_what_a_counter_asks_for_and_says_nothing_twice() -> None:
    shown = made(
        CoverageRecord(
            classes=(CoverageClass("group", "021890", "Acme"), CoverageClass("plan", "G5", "Gold")),
            member_number=NUMBER,
            starts="2026-01-01",
            network="Gold",
            costs=(
                Cost(kind="gpvisit", amount=Decimal(20)),
                Cost(kind="maxoutofpocket", amount=Decimal(9000)),
            ),
        )
    )
    assert shown.card.title == "Gold"
    assert shown.front == (("Group", "Acme (021890)"), ("Plan", "G5"), ("Coverage starts", "January 1, 2026"))
    assert [(cost.label, cost.value) for cost in shown.costs] == [("Primary care visit", "$20.00")]
    assert (shown.card.member_number, shown.hides) == ("ending in 3501", True)


def test_a_card_of_hl7s_own_guide_has_its_network_and_what_drugs_cost() -> None:
    """C4DIC, which Blue Button sends too: its classes were "division" and "network", its costs missing."""
    classes = (
        CoverageClass("plan", "G5", "Gold"),
        CoverageClass("division", "11"),
        CoverageClass("network", "561490", "Gold South"),
    )
    costs = (Cost(kind="rx", unread="$10/$40"),)
    shown = made(CoverageRecord(classes=classes, network="South", costs=costs))
    assert shown.front == (("Plan", "G5"), ("Network", "Gold South (561490)"))
    assert [(cost.label, cost.value) for cost in shown.costs] == [("Prescription", "$10/$40")]
    assert ("Division", "11") in shown.card.facts


def test_a_card_is_not_headed_by_a_payer_that_was_not_shared(
    connection: Connection, alice_client: Client
) -> None:
    save(connection, a_coverage(payor=[{"reference": "Organization/9"}]))
    html = page(alice_client, f"/coverage/{only(connection)}/card/")
    assert "idcard__payer" not in html


def test_the_back_has_the_pharmacys_numbers_with_the_members_own_masked() -> None:
    """Facts 10: rxbin, rxpcn, rxgroup, rxid."""
    classes = tuple(CoverageClass(kind, value) for kind, value in
                    (("rxid", RX), ("rxgroup", "RXG"), ("rxpcn", "PCN1"), ("rxbin", "610014")))  # fmt: skip
    assert made(CoverageRecord(classes=classes)).pharmacy == (
        ("Pharmacy BIN", "610014"), ("Pharmacy PCN", "PCN1"), ("Pharmacy group", "RXG"),
        ("Pharmacy ID", "ending in 6554"),
    )  # fmt: skip
    assert made(CoverageRecord(classes=classes)).hides
    shown = made(CoverageRecord(classes=classes), with_number=True)
    assert (shown.pharmacy[-1], shown.hides) == (("Pharmacy ID", RX), False)


def test_medicares_card_lists_its_parts_with_their_dates() -> None:
    parts = [
        CoverageRecord(
            classes=(CoverageClass("group", "Medicare"), CoverageClass("plan", f"Part {letter}")),
            starts=starts,
        )
        for letter, starts in (("A", "1983-05"), ("B", "1984"))
    ]
    shown = made(*parts)
    assert (shown.card.title, shown.front) == (
        "Medicare",
        (("Part A", "since May 1983"), ("Part B", "since 1984")),
    )


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("555-555-0100", ("555-555-0100", "tel:5555550100", "")),
        ("1-844-220-4785 TTY: 711", ("1-844-220-4785", "tel:18442204785", " TTY: 711")),
        ("555-555-0100 ext. 7", ("555-555-0100 ext. 7", "", "")),
        ("TTY 711", ("TTY 711", "", "")),
        ("1-800-555-0100 (711 TTY)", ("1-800-555-0100 (711 TTY)", "", "")),
        ("555-0100 / 555-0101 (TTY 711)", ("555-0100 / 555-0101 (TTY 711)", "", "")),
    ],
)
def test_a_telephone_is_dialed_as_far_as_it_is_a_number(written: str, phone: tuple[str, str, str]) -> None:
    assert made(CoverageRecord(payer_phone=written)).phone == phone


def test_the_page_hides_the_number_until_asked_and_forgets_it_again(
    connection: Connection, alice_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    save(connection, a_coverage(payor=[{"reference": "#in"}], contained=[PAYER]))
    address = f"/coverage/{only(connection)}/card/"
    html = page(alice_client, address)
    assert NUMBER not in html
    assert "ending in 3501" in html
    for words in ("This is not your official card.", "Harborlight Insurance", "555-555-0100",
                  "1 Harborlight Plaza, Gullhaven, OR 97001", "Your plan shared no pharmacy numbers.",
                  ):  # fmt: skip
        assert words in html
    assert '<a href="tel:5555550100">555-555-0100</a>' in html, "a telephone dials it"
    asked = alice_client.post(address)
    assert NUMBER in asked.content.decode()
    assert "no-store" in asked["Cache-Control"]
    assert NUMBER not in page(alice_client, address)
    assert NUMBER not in caplog.text
    lines = activity.happened(connection.member, most=9)
    assert "A member number was shown in full" in [line.words for line in lines]


def test_the_page_of_coverage_leads_to_the_card_of_each_and_a_claim_has_none(
    connection: Connection, alice_client: Client
) -> None:
    save(connection, a_coverage(1), a_coverage(2, identifier=[{"value": "77700011122"}]), an_eob(1))
    cards_of = {path: page(alice_client, path) for path in
                re.findall(r'href="(/coverage/[^"]+/card/)"', page(alice_client))}  # fmt: skip
    assert sorted(("Gold 1" in card, "Gold 2" in card) for card in cards_of.values()) == [
        (False, True), (True, False),
    ]  # fmt: skip
    assert alice_client.get(f"/coverage/{row_of(connection, 1).pk}/card/").status_code == 404


def test_another_members_card_does_not_exist_w03(connection: Connection, bob_client: Client) -> None:
    save(connection, a_coverage())
    address = f"/coverage/{only(connection)}/card/"
    assert bob_client.get(address).status_code == 404
    assert bob_client.post(address).status_code == 404
    assert not Activity.objects.exists(), "nor does he read that he saw it"


def test_a_card_whose_seal_is_broken_says_so(connection: Connection, alice_client: Client) -> None:
    save(connection, a_coverage())
    spoil(only(connection))
    assert "This coverage could not be opened" in page(alice_client, f"/coverage/{only(connection)}/card/")


def test_every_published_coverage_is_shown_with_its_card(
    connection: Connection, alice_client: Client, shared: Path
) -> None:
    """Facts 10: none is refused, and each has both sides."""
    found = [
        coverage | {"id": f"c{file.parent.name}-{file.stem}-{position}"}
        for file in sorted((shared / "fhir").glob("*/*.json"))
        for position, coverage in enumerate(coverages(json.loads(file.read_bytes())))
    ]
    some = {json.dumps({**each, "id": ""}, sort_keys=True): each for each in found}
    save(connection, *some.values())
    assert len(found) > 100
    html = page(alice_client)
    addresses = {
        part.partition('"')[0] for part in html.split('href="')[1:] if "/card/" in part.partition('"')[0]
    }
    assert len(addresses) > 15
    for address in addresses:
        shown = page(alice_client, address)
        assert 'data-testid="card-front"' in shown
        assert 'data-testid="card-back"' in shown


PIECES = st.sampled_from(
    ["", "0", "2026", "2026-02-30", "Medicare", "Part A", "self", "rxid", "group", "plan", "gpvisit",
     "copaypct", "#in", "Organization/1", "Patient/1", "\ud800", "\u202e{x}%s", "1e999", "%", "USD", "phone"]
)  # fmt: skip
NAMES = st.sampled_from(
    ["type", "coding", "code", "text", "value", "name", "class", "payor", "reference", "display", "contained",
     "id", "telecom", "system", "address", "line", "costToBeneficiary", "valueQuantity", "valueMoney", "unit",
     "period", "start", "end", "exception", "order", "beneficiary", "identifier", "subscriberId", "status",
     "relationship", "resourceType", "network", "dependent"]
)  # fmt: skip
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | PIECES | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)


@given(st.dictionaries(NAMES, ANYTHING, max_size=10), st.booleans())
def test_no_json_makes_the_reader_or_the_card_fail(tree: dict[str, Any], with_number: bool) -> None:
    record = COVERAGE.read(json.dumps({**tree, "resourceType": "Coverage"}).encode(), {})
    assert COVERAGE.open_brief(raw(record)) == record
    organization = json.dumps({**tree, "resourceType": "Organization"}).encode()
    assert all(Named(organization).contacts("Organization/1").values())
    [plan] = plan_groups.plans([held(record)])
    shown = made(*plan.records, with_number=with_number)
    twice = made(record, record, with_number=with_number)
    for words in (shown.card.title, shown.card.sentence, shown.card.member_number, twice.card.sentence):
        assert words
    assert all(label and value for label, value in (*shown.front, *shown.pharmacy, *shown.card.facts))
