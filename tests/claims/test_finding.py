"""Finding claims: every choice, order and page, against a plain model of the same."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from apps.kinds.claim import choices, tallies
from apps.kinds.claim.choices import Sort, Wanted
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.query import Term
from apps.records import volumes
from apps.records.entries import in_order, to_bytes
from apps.records.volumes import Held, Page

PLAN = uuid.UUID(int=1)
WORDS = ("riverside clinic", "metformin 500 mg", "e119 diabetes", "straße", "clinic of nino")
shares = st.one_of(
    st.none(),
    st.integers(-3, 6).map(lambda tens: Decimal(tens * 10)),
    st.decimals(-500, 500, places=2),
    st.sampled_from([Decimal("0.00001"), Decimal("12.345678"), Decimal("999999999999.99"), Decimal("1e15")]),
)
entries = st.builds(
    ClaimEntry,
    id=st.uuids(),
    on=st.one_of(st.dates(dt.date(2024, 1, 1), dt.date(2024, 1, 4)), st.just(dt.date(2024, 6, 1))),
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
unique = st.lists(entries, max_size=24, unique_by=lambda one: one.id)
wanted = st.builds(
    Wanted,
    kind=st.sampled_from(["", "", "pharmacy", "vision"]),
    group=st.sampled_from(["", "", "paid", "closed", "other"]),
    provider=st.sampled_from(["", "", "p1", "nobody"]),
    lowest=st.sampled_from([None, None, Decimal(-5), Decimal("0.00001"), Decimal(20)]),
    highest=st.sampled_from([None, None, Decimal(20), Decimal("12.345678"), Decimal(10) ** 9]),
    terms=st.sampled_from([(), (), ("clinic",), ("clinic", "nino"), ("strasse",)]).map(
        lambda words: tuple(map(Term, words))
    ),
    with_replaced=st.booleans(),
)
SORTS: tuple[Sort, ...] = get_args(Sort)


def listed(some: list[ClaimEntry], one: Wanted, sort: Sort = "newest") -> list[Held[ClaimEntry]]:
    """Return what a list shows of *some*, in the order asked for, as `claims.listing` asks for it."""
    claims = [Held(entry, PLAN) for entry in in_order(some)]
    found = list(choices.matches(claims[::-1] if sort == "oldest" else claims, one))
    return list(choices.current(choices.by_share(found) if sort == "share" else found, one))


def model(every: list[ClaimEntry], one: Wanted, sort: Sort) -> list[ClaimEntry]:
    """Return what matches, in order, in the plainest way."""

    def fits(entry: ClaimEntry) -> bool:
        share = entry.your_share
        ranged = one.lowest is not None or one.highest is not None
        return (
            (not one.kind or entry.kind == one.kind)
            and (not one.group or entry.group == one.group)
            and (not one.provider or entry.provider_key == one.provider)
            and (one.with_replaced or entry.is_current)
            and not (ranged and share is None)
            and not (share is not None and one.lowest is not None and share < one.lowest)
            and not (share is not None and one.highest is not None and share > one.highest)
            and all(term.text in entry.words for term in one.terms)
        )

    def newest(entry: ClaimEntry) -> tuple[Any, ...]:
        return (-entry.on.toordinal(), -entry.id.int)

    def by_share(entry: ClaimEntry) -> tuple[Any, ...]:
        if entry.your_share is None:
            return (2, "", 0, newest(entry))
        return (entry.currency != "USD", entry.currency, -entry.your_share, newest(entry))

    found = [entry for entry in every if fits(entry)]
    found.sort(key=by_share if sort == "share" else newest, reverse=sort == "oldest")
    return found


def forward(claims: list[Held[ClaimEntry]], size: int) -> list[Page[ClaimEntry]]:
    pages, after = list[Page[ClaimEntry]](), ""
    while True:
        page = volumes.page(claims, size=size, after=after)
        pages.append(page)
        if page.after is None:
            return pages
        after = str(page.after)


def ids(claims: list[Held[ClaimEntry]]) -> list[uuid.UUID]:
    return [one.id for one in claims]


@given(unique, wanted, st.sampled_from(SORTS), st.integers(1, 7))
def test_the_pages_hold_every_claim_that_matches_exactly_once_and_in_order(
    some: list[ClaimEntry], one: Wanted, sort: Sort, size: int
) -> None:
    pages = forward(listed(some, one, sort), size)
    assert [pk for page in pages for pk in ids(page.held)] == [entry.id for entry in model(some, one, sort)]
    assert [page.is_first for page in pages] == [place == 0 for place in range(len(pages))]
    assert not any(page.lost_its_place for page in pages)


@given(unique, wanted, st.sampled_from(SORTS), st.integers(1, 5))
def test_the_way_back_shows_the_same_claims(
    some: list[ClaimEntry], one: Wanted, sort: Sort, size: int
) -> None:
    claims = listed(some, one, sort)
    page = forward(claims, size)[-1]
    seen = ids(page.held)
    while page.before is not None:
        first = seen[0]
        page = volumes.page(claims, size=size, before=str(page.before))
        shown = ids(page.held)
        # The first page is shown in full: it may repeat what stood on the second.
        seen = shown[: shown.index(first) if first in shown else size] + seen
    assert seen == ids(claims)


@given(unique, st.lists(entries, max_size=6, unique_by=lambda one: one.id), st.integers(1, 5))
def test_claims_that_come_while_a_member_reads_on_shift_nothing(
    some: list[ClaimEntry], more: list[ClaimEntry], size: int
) -> None:
    known = {entry.id for entry in some}
    more = [entry for entry in more if entry.id not in known]
    wanted = Wanted(with_replaced=True)
    seen, after, claims = list[uuid.UUID](), "", listed(some, wanted)
    while True:
        page = volumes.page(claims, size=size, after=after)
        seen += ids(page.held)
        if page.after is None:
            break
        after, claims = str(page.after), listed([*some, *more], wanted)
    assert len(seen) == len(set(seen))
    assert [pk for pk in seen if pk in known] == ids(listed(some, wanted))


@given(unique)
def test_a_summary_counts_what_its_claims_are(some: list[ClaimEntry]) -> None:
    summed = tallies.summary_of(in_order(some))
    found = CLAIM.summaries.read(to_bytes(summed))
    assert sum(tally.claims + tally.replaced for tally in found.kinds.values()) == len(some)
    assert sum(found.groups.values()) == sum(entry.is_current for entry in some)
    for key, one in found.providers.items():
        counted = [entry for entry in some if entry.provider_key == key and entry.is_current]
        assert one.tally.claims == len(counted)
        assert sum(one.kinds.values()) == len(counted)
    assert tallies.total(found.kinds.values()) == choices.tally_of(Held(entry, PLAN) for entry in some)


@given(unique, st.sampled_from(SORTS), st.one_of(st.text(max_size=40), st.uuids().map(str)))
def test_a_place_that_does_not_exist_starts_again_and_says_so(
    some: list[ClaimEntry], sort: Sort, place: str
) -> None:
    claims = listed(some, Wanted(), sort)
    found = volumes.page(claims, size=3, after=place)
    assert found.held == volumes.page(claims, size=3).held
    assert found.lost_its_place == bool(place)


def test_after_the_last_claim_the_list_starts_again_and_is_not_called_lost() -> None:
    claims = listed([ClaimEntry(id=uuid.UUID(int=n)) for n in range(40)], Wanted())
    page = volumes.page(claims, after=str(claims[-1].id))
    assert (page.is_first, page.lost_its_place) == (True, False)
    assert page.held == claims[: volumes.PAGE_SIZE]


def test_a_page_goes_through_no_more_claims_than_it_shows() -> None:
    """Books of older years stay closed."""
    claims = listed([ClaimEntry(id=uuid.UUID(int=n)) for n in range(100)], Wanted())
    rest = iter(claims)
    volumes.page(rest, size=5)
    assert next(rest) is claims[6]
