"""Which claims of the index match what a member chose, in which order, page by page; pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from apps.claims.columns import COUNTED, CURRENT, UNIT, UNKNOWN, Columns
from apps.claims.tallies import Tally

Sort = Literal["newest", "oldest", "share"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was chosen; empty is all. Year and plan are chosen by which pieces are opened."""

    kind: str = ""
    group: str = ""
    person: str = ""
    provider: str = ""
    lowest: Decimal | None = None
    highest: Decimal | None = None
    words: tuple[str, ...] = ()
    """Folded; every one of them has to be found."""
    with_replaced: bool = False

    @property
    def is_by_share(self) -> bool:
        """Whether a range of shares was chosen: an unknown share lies in none."""
        return self.lowest is not None or self.highest is not None


@dataclass(frozen=True, slots=True)
class Piece:
    """The columns of one connection and year, and the lines of words where they are searched."""

    columns: Columns
    words: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One page: the claims in order, whether some stand before and after it, and what all matches come to."""

    claims: list[UUID]
    days: list[date]
    """Of each claim, by which the database finds it faster than by id alone."""
    has_before: bool
    has_after: bool
    lost_its_place: bool
    tally: Tally


def page(
    pieces: Sequence[Piece], wanted: Wanted, *, sort: Sort, size: int, after: str = "", before: str = ""
) -> Found:
    """Return the page that follows the claim *after*, or precedes *before*; the first when both are empty.

    A place that is in no piece starts again at the first page.
    """
    place = _place(pieces, after or before)
    anchor = _key(place[0].columns, sort)(place[1]) if place else None
    tally, near = Tally(), list[tuple[tuple[object, ...], UUID, int]]()
    is_back, has_other_side = bool(before) and not after and anchor is not None, False
    for piece in pieces:
        matches = _matches(piece, wanted, sort)
        _count(piece.columns, matches, tally)
        if not wanted.with_replaced:
            flags = piece.columns.flags
            matches = [each for each in matches if flags[each] & CURRENT]
        key = _key(piece.columns, sort)
        start, end = 0, len(matches)
        if anchor is not None and is_back:
            end = bisect_left(matches, anchor, key=key)
            has_other_side = has_other_side or end < len(matches)
            start = max(0, end - size - 1)
        elif anchor is not None:
            start = bisect_right(matches, anchor, key=key)
            has_other_side = has_other_side or start > 0
        near += [
            (key(one), piece.columns.claim_id(one), piece.columns.days[one])
            for one in matches[start : min(end, start + size + 1)]
        ]
    near.sort()
    if (is_back and len(near) <= size) or (anchor is not None and not near):
        # The start is near, or nothing follows any more: the first page, in full.
        return page(pieces, wanted, sort=sort, size=size)
    shown = near[-size:] if is_back else near[:size]
    more = len(near) > size
    return Found(
        claims=[claim for _, claim, _day in shown],
        days=[date.fromordinal(day) for _, _claim, day in shown],
        has_before=more if is_back else has_other_side,
        has_after=has_other_side if is_back else more,
        lost_its_place=bool(after or before) and anchor is None,
        tally=tally,
    )


def _place(pieces: Sequence[Piece], text: str) -> tuple[Piece, int] | None:
    try:
        claim = UUID(text) if text else None
    except ValueError:
        return None
    if claim is None:
        return None
    found = ((piece, piece.columns.position_of(claim)) for piece in pieces)
    return next(((piece, position) for piece, position in found if position is not None), None)


def _key(columns: Columns, sort: Sort) -> Callable[[int], tuple[object, ...]]:
    if sort == "share":
        return columns.share_key
    if sort == "newest":
        return columns.date_key
    return lambda position: tuple(-part for part in columns.date_key(position))  # type: ignore[operator]


def _matches(piece: Piece, wanted: Wanted, sort: Sort) -> list[int]:
    """Return what matches, older versions too, in order: one pass over one column for each choice."""
    one = piece.columns
    found: Sequence[int] = one.by_share if sort == "share" else range(len(one))
    for choice, names, column in (
        (wanted.kind, one.kind_names, one.kinds),
        (wanted.group, one.group_names, one.groups),
        (wanted.person, one.people_keys, one.people),
        (wanted.provider, one.provider_keys, one.providers),
    ):
        if choice and choice not in names:
            return []
        if choice and len(names) > 1:
            places = {place for place, name in enumerate(names) if name == choice}
            found = [each for each in found if column[each] in places]
    if wanted.is_by_share:
        found = list(_in_range(found, one.shares, wanted))
    for word in wanted.words:
        lines = piece.words
        found = [each for each in found if word in lines[each]]
    return list(reversed(found)) if sort == "oldest" else list(found)


def _in_range(found: Sequence[int], shares: Sequence[int | Decimal], wanted: Wanted) -> Iterator[int]:
    lowest = UNKNOWN + 1 if wanted.lowest is None else wanted.lowest * UNIT
    highest = None if wanted.highest is None else wanted.highest * UNIT
    for each in found:
        share = shares[each]
        if share != UNKNOWN and share >= lowest and (highest is None or share <= highest):
            yield each


def _count(one: Columns, matches: Sequence[int], tally: Tally) -> None:
    """Add what *matches* come to."""
    flags, shares, currencies = one.flags, one.shares, one.currencies
    current = sum(1 for each in matches if flags[each] & CURRENT)
    counted = [each for each in matches if flags[each] & COUNTED]
    known = [each for each in counted if shares[each] != UNKNOWN]
    tally.claims += current
    tally.replaced += len(matches) - current
    tally.left_out += current - len(counted)
    tally.unknown += len(counted) - len(known)
    for place, code in enumerate(one.currency_codes):
        of_code = [shares[each] for each in known if currencies[each] == place]
        if of_code:
            tally.shares[code] = tally.shares.get(code, Decimal(0)) + Decimal(sum(of_code)) / UNIT
