"""The index of claims as rows: a save marks years as stale, a page opens parts and has stale ones written."""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final
from uuid import UUID

from django.utils import timezone

from apps.accounts.models import Member
from apps.claims import index
from apps.claims.entries import Maker
from apps.claims.keys import key_of
from apps.claims.models import Claim, ClaimIndex, FreshEntries, IndexPiece
from apps.claims.records import ClaimRecord
from apps.claims.reindexing import GROWING, PARTS, write_year
from apps.claims.settling import IN_ORDER, state_of
from apps.connections.models import Connection
from apps.vault.boxes import Box
from apps.vault.errors import SealBroken

__all__ = [
    "complete",
    "freshen",
    "key_of",
    "mark",
    "opened",
    "read",
    "rebuild",
    "settle",
    "stale_years",
    "words_from",
    "write_year",
]
log = logging.getLogger(__name__)
PLAIN: Final = ("written_at", "claims", "twins", "beside", "is_divided", "stale_at")
"""What `read` asks of a row besides whose it is, its year and the parts wanted."""
MANY: Final = 2000
"""From so many claims a year on, its index is not written again for every page that is looked at."""
MOST_LOOKS: Final = 4
"""Times that one page has what is due written: a worker may bring more meanwhile."""
REST: Final = dt.timedelta(seconds=15)
"""How old such an index may be while claims are coming; what a page shows of it says so."""


def mark(
    *,
    connection: Connection,
    box: Box,
    saved: Iterable[tuple[Claim, ClaimRecord]],
    years: Collection[int],
    now: dt.datetime,
) -> None:
    """Note that *years*, and those of the claims *saved*, have to be written again; keep the entries for it.

    Inside the transaction of the change, with the connection locked. What it costs depends on what was saved
    alone, however many claims there are.
    """
    making = Maker.of(connection, box)
    entries: dict[int, list[index.Entry]] = defaultdict(list)
    for claim, record in saved:
        entries[claim.ordered_on.year].append(making.entry(claim, record))
    stale = {*years, *entries}
    if not stale:
        return
    owner = {"member_id": connection.member_id, "connection": connection}
    rows = ClaimIndex.objects.filter(connection=connection)
    if not rows.exists():  # claims of an earlier release may be there without an index
        stale |= _years_of(connection.pk)
    ClaimIndex.objects.bulk_create(
        [
            ClaimIndex(**owner, year=year, written_at=now, stale_at=now, **dict.fromkeys(PARTS, b""))
            for year in sorted(stale)
        ],
        update_conflicts=True,
        unique_fields=["connection", "year"],
        update_fields=["stale_at"],
    )
    fresh = [FreshEntries(**owner, year=year) for year in entries]
    for row in fresh:
        row.sealed_entries = box.seal(row, "sealed_entries", index.to_bytes(entries[row.year]))
    FreshEntries.objects.bulk_create(fresh)


def stale_years(connection_id: UUID) -> list[int]:
    """Return the years of a connection whose index lacks claims, newest first."""
    rows = ClaimIndex.objects.filter(connection_id=connection_id, stale_at__isnull=False)
    return list(rows.order_by("-year").values_list("year", flat=True))


def freshen(*, connection_id: UUID, box: Box, now: dt.datetime) -> None:
    """Write the index of every year that lacks claims, each in a transaction of its own."""
    for year in stale_years(connection_id):
        write_year(connection_id=connection_id, year=year, box=box, now=now)


def rebuild(*, connection_id: UUID, box: Box, now: dt.datetime) -> None:
    """Write the index of every year of a connection from the claims alone."""
    for year in _years_of(connection_id):
        write_year(connection_id=connection_id, year=year, box=box, now=now, trusts_stored=False)


def opened[T](
    member: Member,
    box: Box,
    parts: Sequence[str],
    read: Callable[..., T],
    *,
    year: int | None = None,
    plan: UUID | None = None,
    rest: dt.timedelta = REST,
) -> list[tuple[ClaimIndex, T]]:
    """Return the member's index, newest year first: each row with what *read* makes of these parts.

    *year* and *plan* (a connection) narrow it where given; what is due is written first, as by `read`.
    """
    wanted = member.claim_indexes.order_by("-year", *IN_ORDER)
    wanted = wanted.filter(year=year) if year is not None else wanted
    wanted = wanted.filter(connection_id=plan) if plan else wanted
    wanted = wanted.only("id", "member_id", "connection_id", "year", *PLAIN, *parts)
    found = _up_to_date(member, box, wanted, wanted.all, is_whole=plan is None, rest=rest)
    return _read(member, box, found, parts, read)


def read[T](
    member: Member, box: Box, rows: Iterable[ClaimIndex], parts: Sequence[str], read: Callable[..., T]
) -> list[tuple[ClaimIndex, T]]:
    """Return *rows*, which are all of the member's, each with what *read* makes of these parts.

    They come newest year first, and of one year in the order of the connections. A row that lacks claims is
    written first, except one of many claims that was written a moment ago: its `stale_at` then says that more
    is there. So is one written beside other rows than there are now: which claims are twins depends on them.
    A row that does not open is built again from its claims, which is logged.
    """
    wanted = member.claim_indexes.order_by("-year", *IN_ORDER)
    found = _up_to_date(member, box, rows, wanted.all, is_whole=True, rest=REST)
    return _read(member, box, found, parts, read)


def _read[T](
    member: Member, box: Box, rows: Iterable[ClaimIndex], parts: Sequence[str], read: Callable[..., T]
) -> list[tuple[ClaimIndex, T]]:
    rows, found = list(rows), list[tuple[ClaimIndex, T]]()
    pieces = _pieces(rows, parts)
    for row in rows:
        try:
            found += [(row, _opened(box, one, parts, read)) for one in pieces.get(row.pk, [row])]
        except (SealBroken, index.OtherLayout):
            log.exception("claim index %s does not open and is built again", row.pk)
            for again in _written_again(member, row, box, now=timezone.now(), trusts_stored=False):
                those = _pieces([again], parts).get(again.pk, [again])
                found += [(again, _opened(box, one, parts, read)) for one in those]
    return found


def _opened[T](box: Box, row: ClaimIndex | IndexPiece, parts: Sequence[str], read: Callable[..., T]) -> T:
    return read(*(box.open(row, part) for part in parts))


def _pieces(rows: Iterable[ClaimIndex], parts: Sequence[str]) -> dict[UUID, list[ClaimIndex | IndexPiece]]:
    """Return where these parts are of years that are divided, newest first; a summary is never in pieces.

    A year that is written meanwhile is read as it is then.
    """
    divided = {row.pk: row for row in rows if row.is_divided} if not set(GROWING).isdisjoint(parts) else {}
    if not divided:
        return {}
    wanted = IndexPiece.objects.filter(index__in=divided).order_by("position")
    found: dict[UUID, list[ClaimIndex | IndexPiece]] = {pk: [] for pk in divided}
    for piece in wanted.only("id", "member_id", "index_id", *parts):
        found[piece.index_id].append(piece)
    whole = ClaimIndex.objects.filter(pk__in=[pk for pk, those in found.items() if not those])
    return found | {row.pk: [row] for row in whole}


def _up_to_date(
    member: Member,
    box: Box,
    rows: Iterable[ClaimIndex],
    ask_again: Callable[[], Iterable[ClaimIndex]],
    *,
    is_whole: bool,
    rest: dt.timedelta,
) -> Iterable[ClaimIndex]:
    """Write what is due of *rows*; not *is_whole* where rows of other connections are not among them.

    Writing one may show that another connection's claims are outdated: then all are looked at once more.
    """
    for _ in range(MOST_LOOKS):
        now, earlier, is_written = timezone.now(), list[ClaimIndex](), False
        rows = list(rows)
        for row in rows:
            earlier = earlier if earlier and earlier[0].year == row.year else []
            pieces = [row]
            if _is_due(row, beside=state_of(earlier) if is_whole else row.beside, now=now, rest=rest):
                pieces, is_written = _written_again(member, row, box, now=now), True
            earlier += pieces
        if not is_written:
            break
        rows = ask_again()
    return rows


def settle(member: Member, box: Box, connections: Iterable[Connection] = ()) -> None:
    """Have `twin_of` of the member's claims say what it says when every index is up to date.

    For pages that ask the claims themselves. Costs one query where nothing came since it was last so. Of
    *connections* that have no index at all it is made.
    """
    found = opened(member, box, (), lambda: None, rest=dt.timedelta())
    indexed = {row.connection_id for row, _ in found}
    if complete(member, box, [one.pk for one in connections], indexed):
        opened(member, box, (), lambda: None, rest=dt.timedelta())


def complete(member: Member, box: Box, connections: Iterable[UUID], indexed: Collection[UUID]) -> bool:
    """Build the index of connections whose claims have none yet; return whether there were any."""
    without = [pk for pk in connections if pk not in indexed]
    if not without:
        return False
    claims = member.claims.filter(connection_id__in=without).order_by()
    found = set(claims.values_list("connection_id", flat=True).distinct())
    for connection in member.connections.filter(pk__in=found):
        log.warning("claims of connection %s had no index: it is built", connection.pk)
        rebuild(connection_id=connection.pk, box=box, now=timezone.now())
    return bool(found)


def words_from(stored: bytes) -> list[str]:
    """Return the line of folded words of each claim, in the order of the columns."""
    try:
        return index.body_of(stored).decode().split("\n")
    except UnicodeDecodeError as error:
        raise index.OtherLayout("the words do not decode") from error


def _years_of(connection_id: UUID) -> set[int]:
    days = Claim.objects.filter(connection_id=connection_id).order_by().values_list("ordered_on", flat=True)
    return {day.year for day in days.distinct()}


def _is_due(row: ClaimIndex, *, beside: str, now: dt.datetime, rest: dt.timedelta) -> bool:
    """Whether a page has *row* written again before it shows anything of it."""
    if row.beside != beside:  # which of its claims are twins may be another question now
        return True
    return row.stale_at is not None and (row.claims < MANY or row.written_at <= now - rest)


def _written_again(
    member: Member, row: ClaimIndex, box: Box, *, now: dt.datetime, trusts_stored: bool = True
) -> list[ClaimIndex]:
    write_year(connection_id=row.connection_id, year=row.year, box=box, now=now, trusts_stored=trusts_stored)
    return list(member.claim_indexes.filter(connection_id=row.connection_id, year=row.year))
