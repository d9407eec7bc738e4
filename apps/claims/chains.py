"""Versions of claims among the stored rows: which is current, and the history of one.

Only the claims of the chains concerned are opened: they find each other through `ClaimName`.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from apps.claims import freeing, versions
from apps.claims.models import Claim, ClaimName
from apps.claims.records import ClaimRecord
from apps.claims.rows import opened
from apps.claims.wording.history import History, Sent, history
from apps.connections.models import Connection
from apps.vault import upserting
from apps.vault.boxes import Box

log = logging.getLogger(__name__)
Relation = Literal["own", "older", "newer", "bond"]
LARGEST = 500
"""Claims looked at, beyond those saved, for one page at most."""
CROWD = 100
"""Forms of one claim at most: what more claims share tells of none of them, and each stands for itself."""

_FINDS: dict[str, tuple[Relation, ...]] = {
    "own": ("older", "newer"),
    "older": ("own",),
    "newer": ("own",),
    "bond": ("bond",),
}

_OF_A_VERSION = [
    "member_id",
    *(
        f"claim__{name}"
        for name in ("member_id", "connection_id", "source_key", "is_current", "gone_at", "sealed_brief")
    ),
]


class Link(NamedTuple):
    """One name of a claim as it is stored."""

    relation: str
    fingerprint: str


class Related(NamedTuple):
    """Claims that may be versions of each other, and a crowd that only shares what too many share."""

    claims: set[UUID]
    crowd: set[UUID]


def relink(
    *,
    connection: Connection,
    box: Box,
    saved: Iterable[tuple[Claim, ClaimRecord]],
    new: Collection[UUID],
    leaving: Collection[UUID],
) -> frozenset[UUID]:
    """Mark which claims are current after *saved* were written, *new* ones for the first time.

    The rows of *saved* carry `source_key`, `is_current` and `gone_at` as they are stored. Deletes those
    *leaving*, which are claims no more. Returns the claims whose mark changed. Inside the transaction that
    wrote them.
    """
    mine = {row.pk: (row, record) for row, record in saved}
    if not mine and not leaving:
        return frozenset()
    names = ClaimName.objects.filter(member_id=connection.member_id)
    known = {*mine, *leaving}.difference(new)
    before = _links_of(names, known) if known else {}
    if leaving:
        freeing.set_free(Claim.objects.filter(pk__in=leaving), member_id=connection.member_id)
        Claim.objects.filter(pk__in=leaving).delete()
    after = {pk: _links(box, connection.pk, record) for pk, (_, record) in mine.items()}
    seeds = set[Link]().union(*before.values(), *after.values())
    together, crowd = _closure(names, set(mine), seeds, beside=after)  # what was just made is not asked for
    _write(connection, names, before, after)
    found = _brought(together, box, mine)
    current = versions.current((record for _, record in found), gone=_gone(found))
    shown = {found[position][0].pk for position in current}
    if crowd:
        # Of those stored before only what was a version while they were few.
        closed = Claim.objects.filter(pk__in=crowd - mine.keys(), is_current=False).values_list(
            "pk", flat=True
        )
        opened_alone = _brought({*closed[: 2 * CROWD], *(crowd & mine.keys())}, box, mine)
        shown |= {row.pk for row, record in opened_alone if record.status != "entered-in-error"}
        found += opened_alone
    changed = {row.pk for row, _ in found if row.is_current != (row.pk in shown)}
    for is_current, which in ((True, changed & shown), (False, changed - shown)):
        if which:
            Claim.objects.filter(pk__in=which).update(is_current=is_current)
    return frozenset(changed)


class Successor(NamedTuple):
    """The current version that stands for an older one, and how new it is: what is newer is greater."""

    claim: UUID
    age: tuple[object, ...]


def successors(claims: Iterable[UUID], *, names: QuerySet[ClaimName], box: Box) -> dict[UUID, Successor]:
    """Return for those of *claims* that their plan has replaced what stands for them at their connection.

    Not where it is the older one that stands, because the plan withdrew the newer.
    """
    found = {}
    for pk in claims:
        together = _closure(names, {pk}, _links_of(names, {pk}).get(pk, ())).claims
        rows = Claim.objects.filter(pk__in=together).defer("sealed_record")
        opened_rows = _opened(rows, box)
        for chain in versions.chains((record for _, record in opened_rows), gone=_gone(opened_rows)):
            ids = [opened_rows[position][0].pk for position in chain.versions]
            if pk not in ids or chain.current is None:
                continue
            row, record = opened_rows[chain.current]
            if row.gone_at is None and ids.index(row.pk) < ids.index(pk):
                found[pk] = Successor(row.pk, versions.age(record))
    return found


def past_of(claim: Claim, *, names: QuerySet[ClaimName], box: Box) -> History:
    """Return the history of *claim* in words, found by *names*; no rows where it is the only version."""
    together = _closure(names, {claim.pk}, _links_of(names, {claim.pk}).get(claim.pk, ())).claims
    # Through the names: asked for by member and id, SQLite would read every claim of the member.
    carried = names.filter(claim__in=together).select_related("claim").only(*_OF_A_VERSION)
    rows = {one.claim_id: one.claim for one in carried if one.claim.connection_id == claim.connection_id}
    found = _opened(rows.values(), box)
    base = reverse("claims:list")
    for chain in versions.chains((record for _, record in found), gone=_gone(found)):
        sent = [
            Sent(record, f"{base}{row.pk}/", position == chain.current, row.pk == claim.pk)
            for position in chain.versions
            for row, record in (found[position],)
        ]
        if any(one.is_this for one in sent):
            return history(sent)
    return history(())


def _gone(found: Sequence[tuple[Claim, ClaimRecord]]) -> set[int]:
    return {place for place, (row, _record) in enumerate(found) if row.gone_at is not None}


def _links(box: Box, connection_id: UUID, record: ClaimRecord) -> set[Link]:
    """Return the names of *record*; those of another connection never have the same fingerprint."""
    names = versions.names_of(record)._asdict()
    return {
        Link(relation, box.fingerprint(f"claim name of {connection_id}", text))
        for relation, texts in (("own", names["own"]), ("older", names["older"]), ("newer", names["newer"]))
        for text in texts
    } | {Link("bond", box.fingerprint(f"claim bond of {connection_id}", text)) for text in names["bonds"]}


def _links_of(names: QuerySet[ClaimName], claims: Collection[UUID]) -> dict[UUID, set[Link]]:
    found: dict[UUID, set[Link]] = {}
    rows = names.filter(claim__in=claims).values_list("claim_id", "relation", "fingerprint")
    for pk, relation, fingerprint in rows:
        found.setdefault(pk, set()).add(Link(relation, fingerprint))
    return found


def _write(
    connection: Connection,
    names: QuerySet[ClaimName],
    before: Mapping[UUID, set[Link]],
    after: Mapping[UUID, set[Link]],
) -> None:
    stale = [pk for pk, links in after.items() if before.get(pk, links) != links]
    if stale:
        names.filter(claim__in=stale).delete()
    upserting.insert(
        [
            ClaimName(
                member_id=connection.member_id,
                claim_id=pk,
                relation=one.relation,
                fingerprint=one.fingerprint,
            )
            for pk, links in after.items()
            if before.get(pk) != links
            for one in sorted(links)
        ]
    )


def _closure(
    names: QuerySet[ClaimName],
    start: set[UUID],
    links: Iterable[Link],
    *,
    beside: Mapping[UUID, set[Link]] | None = None,
) -> Related:
    """Return *start* and all claims reached from *links*, name by name.

    *beside* are links that count instead of what is stored of the same claims.
    """
    beside = beside or {}
    carried: dict[str, list[tuple[UUID, Link]]] = {}
    for pk, some in beside.items():
        for link in some:
            carried.setdefault(link.fingerprint, []).append((pk, link))
    found, crowd, asked, frontier = set(start), set[UUID](), set[Link](), set(links)
    most = len(start) + LARGEST
    while frontier and len(found) < most:
        asked |= frontier
        fingerprints = {link.fingerprint for link in frontier}
        # One index look-up for all; who merely carries a common name too is left out here.
        finds = {Link(relation, link.fingerprint) for link in frontier for relation in _FINDS[link.relation]}
        rows = names.filter(fingerprint__in=fingerprints).values_list("claim_id", "relation", "fingerprint")
        stored = ((pk, Link(*link)) for pk, *link in rows if pk not in beside)
        carriers: dict[Link, set[UUID]] = {}
        for pk, link in (*stored, *(one for each in fingerprints for one in carried.get(each, ()))):
            if link in finds:
                carriers.setdefault(link, set()).add(pk)
        new = set[UUID]()
        for link, those in carriers.items():
            if len(those) <= CROWD:
                new |= those - found
            elif link.relation == "bond":
                crowd |= those
        found |= new
        frontier = set[Link]().union(*_links_of(names, new).values()) - asked if new else set()
    if len(found) >= most or crowd:
        log.warning("claims of one member name each other without end; %d looked at", len(found))
    return Related(found - crowd, crowd)


def _brought(
    claims: Collection[UUID], box: Box, mine: Mapping[UUID, tuple[Claim, ClaimRecord]]
) -> list[tuple[Claim, ClaimRecord]]:
    """Return these claims with their records; only those that are not *mine* are loaded and opened."""
    others = [pk for pk in claims if pk not in mine]
    fields = ("member_id", "source_key", "sealed_brief", "is_current", "gone_at")
    stored = _opened(Claim.objects.filter(pk__in=others).only(*fields), box) if others else []
    return sorted([*(mine[pk] for pk in claims if pk in mine), *stored], key=_by_source)


def _opened(rows: Iterable[Claim], box: Box) -> list[tuple[Claim, ClaimRecord]]:
    """Return rows with their records in an order that does not depend on when they came."""
    read = ((row, opened(row, box, column="sealed_brief")) for row in rows)
    return sorted(((row, record) for row, record in read if record is not None), key=_by_source)


def _by_source(pair: tuple[Claim, ClaimRecord]) -> str:
    return pair[0].source_key
