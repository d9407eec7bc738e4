"""R-28, bundles of broken claims: no exception, no invented zero, no lost amount, the raw record unchanged.

The claims changed are ours, so that this runs anywhere, and the published ones where they are at hand.
"""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from apps.fhir.bundles import read_page
from apps.kinds.claim import wording
from apps.kinds.claim.brief import brief
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.reading import Unreadable, read, references
from apps.kinds.claim.records import Figure, Money, Source
from apps.kinds.claim.wording import also_sent
from apps.records.entries import to_bytes
from tests.claims import ledger, made, mutations
from tests.claims.made_stories import STORIES
from tests.claims.never_together import together
from tests.claims.payer_data import FOLDERS, claims
from tests.length import in_full

OWN: tuple[Any, ...] = tuple(
    json.loads(made.body(story), parse_float=Decimal) | {"id": f"own-{place}"}
    for place, story in enumerate(STORIES.values())
)


@cache
def published(shared: Path) -> tuple[Any, ...]:
    """Return published claims of a size that lets thousands be tried."""
    found = [body for folder in FOLDERS for _, body in claims(shared, folder) if len(body) < 20_000]
    return tuple(json.loads(body, parse_float=Decimal) for body in found)


def tried(body: bytes) -> None:
    """Read one claim, hold it against its JSON, store it and put it into words."""
    references(body)
    try:
        record = read(body, {"Organization/1": "Clinic"})
    except Unreadable:
        return
    ledger.check(body, record)
    assert CLAIM.open_brief(to_bytes(record)) == record
    assert together(record) == []
    also_sent.rows(record)
    assert wording.row(brief(record)) == wording.row(record)


def bundle_tried(bodies: list[bytes]) -> None:
    """Take a bundle apart as the sync does: each claim comes out as it was put in, byte for byte."""
    entries = b",".join(b'{"resource": %s}' % body for body in bodies)
    page = read_page(
        b'{"resourceType":"Bundle","entry":[%s]}' % entries,
        url="https://p.example/",
        base_url="https://p.example",
    )
    kept = [each.body for each in page.resources]
    assert [body for body in bodies if body in kept] == kept
    assert len(kept) + page.unreadable + len(page.outcomes) >= len([body for body in bodies if body != b"{}"])
    for body in bodies:
        tried(body)


@pytest.mark.parametrize("place", range(len(OWN)))
def test_our_own_claims_are_told_to_the_last_amount(place: int) -> None:
    tried(mutations.written(OWN[place]))


def test_bundles_of_our_own_claims_survive_any_change() -> None:
    mutations.played(OWN, bundle_tried, times=in_full(800, otherwise=150, meets_database=False), most=2)


def test_bundles_of_published_claims_survive_any_change(shared: Path) -> None:
    times = in_full(800, otherwise=100, meets_database=False)
    mutations.played(published(shared), bundle_tried, times=times, most=2)


def test_every_published_claim_is_told_to_the_last_amount(shared: Path) -> None:
    seen = 0
    for folder in FOLDERS:
        for _, body in claims(shared, folder):
            seen += 1
            record = read(body, {})
            ledger.check(body, record)
            assert together(record) == []
    assert seen == 226


def test_the_ledger_notices_what_is_lost_invented_or_changed() -> None:
    """Otherwise thousands of examples would prove nothing."""
    body = made.body(made.claim(made.priced("submitted", "480.00"), made.priced("mystery", "7.00")))
    record = read(body, {})
    ledger.check(body, record)
    zero = Figure(Decimal(0), "USD", Source("Copay", "total[0]"))
    broken = [
        structs.replace(record, also_sent=()),
        structs.replace(record, money=Money()),
        structs.replace(record, money=structs.replace(record.money, copay=zero)),
        structs.replace(record, money=structs.replace(record.money, copay=Figure(Decimal(0), "USD"))),
        structs.replace(record, money=Money(copay=record.money.billed)),
    ]
    for one in broken:
        with pytest.raises(AssertionError):
            ledger.check(body, one)
