"""Finding claims in the index: every choice, order and page, against a plain model of the same."""

import datetime as dt
import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Any, get_args

import pytest
from apps.claims.index import Entry
from hypothesis import given
from hypothesis import strategies as st

from apps.claims import columns, finding, index, tallies
from apps.claims.finding import Found, Piece, Sort, Wanted

WORDS = ("riverside clinic", "metformin 500 mg", "e119 diabetes", "straße", "clinic of nino")
shares = st.one_of(
    st.none(),
    st.integers(-3, 6).map(lambda tens: Decimal(tens * 10)),
    st.decimals(-500, 500, places=2),
    st.sampled_from([Decimal("0.00001"), Decimal("12.345678"), Decimal("999999999999.99"), Decimal("1e15")]),
)
entries = st.builds(
    Entry,
    claim_id=st.uuids(),
    ordered_on=st.one_of(st.dates(dt.date(2024, 1, 1), dt.date(2024, 1, 4)), st.just(dt.date(2024, 6, 1))),
    kind=st.sampled_from(["pharmacy", "professional", "oral"]),
    state=st.sampled_from(["paid", "denied", "undecided", "void", "plain"]),
    is_current=st.sampled_from([True, True, True, False]),
    counts=st.booleans(),
    person_key=st.sampled_from(["", "ana"]),
    provider_key=st.sampled_from(["", "p1", "p2"]),
    currency=st.sampled_from(["USD", "USD", "USD", "CAD", "AUD"]),
    your_share=shares,
    words=st.sampled_from(WORDS),
)
unique = st.lists(entries, max_size=24, unique_by=lambda one: one.claim_id)
wanted = st.builds(
    Wanted,
    kind=st.sampled_from(["", "", "pharmacy", "vision"]),
    group=st.sampled_from(["", "", "paid", "closed", "other"]),
    person=st.sampled_from(["", "", "ana", "owner"]),
    provider=st.sampled_from(["", "", "p1", "nobody"]),
    lowest=st.sampled_from([None, None, Decimal(-5), Decimal("0.00001"), Decimal(20)]),
    highest=st.sampled_from([None, None, Decimal(20), Decimal("12.345678"), Decimal(10) ** 9]),
    words=st.sampled_from([(), (), ("clinic",), ("clinic", "nino"), ("strasse",)]),
    with_replaced=st.booleans(),
)
SORTS: tuple[Sort, ...] = get_args(Sort)


def piece(some: list[Entry]) -> Piece:
    """Return a piece as it comes out of the database, its owner named."""
    ordered = columns.in_order(some)
    found = columns.columns_from(columns.packed(ordered))
    found.people_keys = [key or "owner" for key in found.people_keys]
    return Piece(found, [entry.words for entry in ordered])


def model(every: list[Entry], one: Wanted, sort: Sort) -> list[Entry]:
    """Return what matches, in order, in the plainest way."""

    def fits(entry: Entry) -> bool:
        share = entry.your_share
        ranged = one.lowest is not None or one.highest is not None
        return (
            (not one.kind or entry.kind == one.kind)
            and (not one.group or entry.group == one.group)
            and (not one.person or (entry.person_key or "owner") == one.person)
            and (not one.provider or entry.provider_key == one.provider)
            and (one.with_replaced or entry.is_current)
            and not (ranged and share is None)
            and not (share is not None and one.lowest is not None and share < one.lowest)
            and not (share is not None and one.highest is not None and share > one.highest)
            and all(word in entry.words for word in one.words)
        )

    def newest(entry: Entry) -> tuple[Any, ...]:
        return (-entry.ordered_on.toordinal(), -entry.claim_id.int)

    def by_share(entry: Entry) -> tuple[Any, ...]:
        if entry.your_share is None:
            return (2, "", 0, newest(entry))
        return (entry.currency != "USD", entry.currency, -entry.your_share, newest(entry))

    found = [entry for entry in every if fits(entry)]
    found.sort(key=by_share if sort == "share" else newest, reverse=sort == "oldest")
    return found


def forward(pieces: list[Piece], one: Wanted, sort: Sort, size: int) -> list[Found]:
    pages, after = list[Found](), ""
    while True:
        page = finding.page(pieces, one, sort=sort, size=size, after=after)
        pages.append(page)
        if not page.has_after:
            return pages
        after = str(page.claims[-1])


@given(unique, unique, wanted, st.sampled_from(SORTS), st.integers(1, 7))
def test_the_pages_hold_every_claim_that_matches_exactly_once_and_in_order(
    first: list[Entry], second: list[Entry], one: Wanted, sort: Sort, size: int
) -> None:
    second = [entry for entry in second if entry.claim_id not in {each.claim_id for each in first}]
    pieces = [piece(first), piece(second)]
    expected = [entry.claim_id for entry in model(first + second, one, sort)]
    pages = forward(pieces, one, sort, size)
    assert [claim for page in pages for claim in page.claims] == expected
    assert [page.has_before for page in pages] == [place > 0 for place in range(len(pages))]
    assert all(page.tally == pages[0].tally for page in pages)


@given(unique, wanted, st.sampled_from(SORTS), st.integers(1, 5))
def test_the_way_back_shows_the_same_claims(some: list[Entry], one: Wanted, sort: Sort, size: int) -> None:
    pieces = [piece(some)]
    expected = [entry.claim_id for entry in model(some, one, sort)]
    page = forward(pieces, one, sort, size)[-1]
    seen = page.claims
    while page.has_before:
        first = page.claims[0]
        page = finding.page(pieces, one, sort=sort, size=size, before=str(first))
        # The first page is shown in full: it may repeat what stood on the second.
        seen = page.claims[: page.claims.index(first) if first in page.claims else size] + seen
    assert seen == expected


@given(unique, wanted)
def test_the_tally_is_the_sum_of_what_matches(some: list[Entry], one: Wanted) -> None:
    plain = tallies.Tally()
    for entry in model(some, replace(one, with_replaced=True), "newest"):
        plain.add(entry)
    plain.billed, plain.paid = {}, {}
    found = finding.page([piece(some)], one, sort="newest", size=3).tally
    assert found == plain


@given(unique)
def test_a_summary_counts_what_its_claims_are(some: list[Entry]) -> None:
    summed = tallies.Summary()
    summed.add(some)
    found = tallies.summary_from(index.to_bytes(summed))
    assert sum(tally.claims + tally.replaced for tally in found.kinds.values()) == len(some)
    assert sum(found.groups.values()) == sum(entry.is_current for entry in some)
    for key, one in found.providers.items():
        counted = [entry for entry in some if entry.provider_key == key and entry.is_current]
        assert one.tally.claims == len(counted)
        assert sum(one.kinds.values()) == len(counted)
    whole, plain = tallies.total(found.kinds.values()), tallies.Tally()
    for entry in some:
        plain.add(entry)
    assert whole == plain


@given(unique, wanted, st.sampled_from(SORTS), st.one_of(st.text(max_size=40), st.uuids().map(str)))
def test_a_place_that_does_not_exist_starts_again_and_says_so(
    some: list[Entry], one: Wanted, sort: Sort, place: str
) -> None:
    pieces = [piece(some)]
    found = finding.page(pieces, one, sort=sort, size=3, after=place)
    assert found.claims == finding.page(pieces, one, sort=sort, size=3).claims
    assert found.lost_its_place == bool(place)


def test_a_place_that_no_longer_matches_is_still_a_place() -> None:
    days = [dt.date(2024, 1, day) for day in (1, 2, 3, 4)]
    some = [
        Entry(claim_id=uuid.UUID(int=n), ordered_on=day, kind="oral" if n % 2 else "pharmacy")
        for n, day in enumerate(days)
    ]
    found = finding.page(
        [piece(some)], Wanted(kind="oral"), sort="newest", size=3, after=str(some[2].claim_id)
    )
    assert found.claims == [some[1].claim_id]
    assert not found.lost_its_place


@pytest.mark.parametrize("stored", [b"", b"\x00", b"\x01", b"\x01\xc1", b"\xff" * 40])
def test_bytes_that_are_no_index_are_refused(stored: bytes) -> None:
    for reader in (columns.columns_from, tallies.summary_from, index.entries_from):
        with pytest.raises(index.OtherLayout):
            reader(stored)
