"""The brief says in lists and sums what the whole record says."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from apps.kinds.claim import reading, standing, whose, wording, year
from apps.kinds.claim.brief import brief, folded
from apps.kinds.claim.entry import entry_of
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.records import (
    CareMember,
    ClaimRecord,
    Coded,
    Disagreement,
    Figure,
    Line,
    Money,
    Reason,
    Source,
)
from apps.kinds.claim.wording.sources import finer_label
from apps.kinds.claim.wording.titles import title
from apps.records.entries import raw, to_bytes
from tests.claims.made import counted


def eobs(tree: object) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if tree.get("resourceType") == "ExplanationOfBenefit":
            yield tree
        for value in tree.values():
            yield from eobs(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from eobs(value)


@pytest.fixture(scope="module")
def folders(shared: Path) -> dict[str, list[ClaimRecord]]:
    """Return the records of every published claim, by folder."""
    found: dict[str, list[ClaimRecord]] = {}
    for file in sorted((shared / "fhir").glob("*/*.json")):
        for eob in eobs(json.loads(file.read_bytes())):
            found.setdefault(file.parent.name, []).append(reading.read(json.dumps(eob).encode(), {}))
    return found


def test_rows_of_published_claims_are_the_same(folders: dict[str, list[ClaimRecord]]) -> None:
    every = [record for some in folders.values() for record in some]
    assert len(every) > 200
    for record in every:
        assert wording.row(brief(record)) == wording.row(record), record.resource_id


def test_sums_of_published_claims_are_the_same(folders: dict[str, list[ClaimRecord]]) -> None:
    for some in folders.values():
        dated = [(record, record.service_on) for record in some if record.service_on]
        of_briefs = year.count(
            counted(record, UUID(int=0), on, UUID(int=0), kept=brief(record)) for record, on in dated
        )
        of_records = year.count(counted(record, UUID(int=0), on, UUID(int=0)) for record, on in dated)
        assert of_briefs.sums == of_records.sums
        assert of_briefs.notes == of_records.notes


def test_an_entry_says_where_published_claims_stand_as_their_brief_does_folded_or_not(
    folders: dict[str, list[ClaimRecord]],
) -> None:
    for record in (record for some in folders.values() for record in some):
        entry = entry_of(record, person_key="", provider_key="", brief=raw(brief(record)))
        for told in (entry, folded(entry)):
            assert told.state == standing.state(CLAIM.brief_of(told)), record.resource_id
            assert told.counts == standing.counts(CLAIM.brief_of(told)), record.resource_id


def test_a_brief_is_small_and_survives_storage(folders: dict[str, list[ClaimRecord]]) -> None:
    for record in (record for some in folders.values() for record in some):
        stored = to_bytes(brief(record))
        assert CLAIM.open_brief(stored) == brief(record)
        assert len(stored) < 2_500, record.resource_id


def test_a_brief_of_a_brief_is_itself(folders: dict[str, list[ClaimRecord]]) -> None:
    for record in (record for some in folders.values() for record in some):
        assert brief(brief(record)) == brief(record)


def test_m_01_a_brief_keeps_which_figures_contradict_each_other_and_not_where_they_stand() -> None:
    def told(place: str) -> Disagreement:
        source = Source("Paid by your plan", place) if place else None
        return Disagreement("plan_paid", "places", Figure(Decimal(1), None, source), (Figure(Decimal(2)),))

    assert brief(ClaimRecord(disagreements=(told("total[1]"),))).disagreements == (told(""),)


def test_a_brief_keeps_whose_discount_it_is_where_it_is_not_the_plans() -> None:
    def discount(amount: int, code: str, summed: int = 0) -> ClaimRecord:
        source = Source("Extra Help (low-income subsidy)", "item[0].adjudication[3]", code, summed)
        return ClaimRecord(money=Money(discount=Figure(Decimal(amount), source=source)))

    for record in (
        discount(9, "clm_line_lis_amt"),
        discount(9, "clm_line_lis_amt", 2),
        discount(0, "lics_amt"),
    ):
        small = CLAIM.open_brief(to_bytes(brief(record)))
        assert finer_label(small.money.discount) == "Extra Help (low-income subsidy)"
    assert brief(discount(9, "discount")).money.discount.source is None


@pytest.mark.parametrize(
    ("network", "of_line", "reasons"),
    [
        (None, None, (Reason("45", "adjustment", "PR"),)),
        ("out", None, (Reason("45", "adjustment", "CO", amount=Figure(Decimal(200))),)),
        (None, "out", ()),
    ],
)
def test_a_brief_keeps_who_bears_what_is_billed_above_the_price(
    network: Any, of_line: Any, reasons: tuple[Reason, ...]
) -> None:
    """The year took $200.00 off the bill that the claim's own page says may be asked for, and the reverse."""
    record = ClaimRecord(
        network=network,
        money=Money(Figure(Decimal(500)), Figure(Decimal(300)), reduction=Figure(Decimal(200))),
        lines=(Line(network=of_line, reasons=reasons),),
    )
    entry = entry_of(record, person_key="", provider_key="", brief=raw(brief(record)))
    for told in (entry, folded(entry)):
        assert whose.above_price_of(CLAIM.brief_of(told)).amount == whose.above_price_of(record).amount


@pytest.mark.parametrize(
    "decisions", [("denied", "denied"), ("denied", "paid"), (None, "denied"), ("paid",), ()]
)
def test_decisions_of_lines_count_as_before(decisions: tuple[Any, ...]) -> None:
    lines = tuple(
        Line(number=n, decision=each, place=Coded(code="11")) for n, each in enumerate(decisions * 9)
    )
    record = ClaimRecord(kind="professional", lines=lines)
    assert wording.row(brief(record)) == wording.row(record)
    assert len(brief(record).lines) <= len(decisions)


def test_a_folded_brief_holds_no_name() -> None:
    """Whom the brief names where nobody billed stood in the titles of folded claims."""
    treated = CareMember(role="rendering", name="Ana Lopez, Recovery Center")
    record = ClaimRecord(provider="NPI 1234567893", care_team=(treated,))
    entry = entry_of(record, person_key="", provider_key="", brief=raw(brief(record)))
    assert "Recovery" in title(CLAIM.brief_of(entry))
    assert b"Recovery" not in to_bytes(CLAIM.brief_of(folded(entry)))
