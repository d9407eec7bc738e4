"""Versions of claims among the stored rows: which is current, and the history of one.

Only the claims of the chains concerned are opened: they find each other through `ClaimName`.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from apps.claims import versions
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
    saved: Mapping[UUID, ClaimRecord],
    new: Collection[UUID],
    leaving: Collection[UUID],
) -> frozenset[UUID]:
    """Mark which claims are current after *saved* were written, *new* ones for the first time.

    Deletes those *leaving*, which are claims no more. Returns the claims whose mark changed. Inside the
    transaction that wrote them.
    """
    if not saved and not leaving:
        return frozenset()
    names = ClaimName.objects.filter(member_id=connection.member_id)
    known = {*saved, *leaving}.difference(new)
    before = _links_of(names, known) if known else {}
    if leaving:
        Claim.objects.filter(pk__in=leaving).delete()
    after = {pk: _links(box, connection.pk, record) for pk, record in saved.items()}
    _write(connection, names, before, after)
    seeds = set[Link]().union(*before.values(), *after.values())
    together, crowd = _closure(names, set(saved), seeds)
    fields = ("member_id", "source_key", "sealed_brief", "is_current", "gone_at")
    found = _opened(Claim.objects.filter(pk__in=together).only(*fields), box, saved)
    current = versions.current((record for _, record in found), gone=_gone(found))
    shown = {found[position][0].pk for position in current}
    if crowd:
        # Of those stored before only what was a version while they were few.
        closed = Claim.objects.filter(pk__in=crowd - set(saved), is_current=False).values_list(
            "pk", flat=True
        )
        alone = {*closed[: 2 * CROWD], *(crowd & set(saved))}
        opened_alone = _opened(Claim.objects.filter(pk__in=alone).only(*fields), box, saved)
        shown |= {row.pk for row, record in opened_alone if record.status != "entered-in-error"}
        found += opened_alone
    changed = {row.pk for row, _ in found if row.is_current != (row.pk in shown)}
    for is_current, which in ((True, changed & shown), (False, changed - shown)):
        if which:
            Claim.objects.filter(pk__in=which).update(is_current=is_current)
    return frozenset(changed)


def past_of(claim: Claim, *, names: QuerySet[ClaimName], box: Box) -> History:
    """Return the history of *claim* in words, found by *names*; no rows where it is the only version."""
    together = _closure(names, {claim.pk}, _links_of(names, {claim.pk}).get(claim.pk, ())).claims
    # Through the names: asked for by member and id, SQLite would read every claim of the member.
    carried = names.filter(claim__in=together).select_related("claim").only(*_OF_A_VERSION)
    rows = {one.claim_id: one.claim for one in carried if one.claim.connection_id == claim.connection_id}
    found = _opened(rows.values(), box, {})
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


def _closure(names: QuerySet[ClaimName], start: set[UUID], links: Iterable[Link]) -> Related:
    """Return *start* and all claims reached from *links*, name by name."""
    found, crowd, asked, frontier = set(start), set[UUID](), set[Link](), set(links)
    most = len(start) + LARGEST
    while frontier and len(found) < most:
        asked |= frontier
        rows = names.filter(fingerprint__in={link.fingerprint for link in frontier})
        # One index look-up for all; who merely carries a common name too is left out here.
        finds = {Link(relation, link.fingerprint) for link in frontier for relation in _FINDS[link.relation]}
        carriers: dict[Link, set[UUID]] = {}
        for pk, *link in rows.values_list("claim_id", "relation", "fingerprint"):
            if Link(*link) in finds:
                carriers.setdefault(Link(*link), set()).add(pk)
        new = set[UUID]()
        for carried, some in carriers.items():
            if len(some) <= CROWD:
                new |= some - found
            elif carried.relation == "bond":
                crowd |= some
        found |= new
        frontier = set[Link]().union(*_links_of(names, new).values()) - asked if new else set()
    if len(found) >= most or crowd:
        log.warning("claims of one member name each other without end; %d looked at", len(found))
    return Related(found - crowd, crowd)


def _opened(
    rows: Iterable[Claim], box: Box, known: Mapping[UUID, ClaimRecord]
) -> list[tuple[Claim, ClaimRecord]]:
    """Return rows with their records in an order that does not depend on when they came."""
    found = []
    for row in rows:
        record = known.get(row.pk)
        if record is None:
            record = opened(row, box, column="sealed_brief")
        if record is not None:
            found.append((row, record))
    return sorted(found, key=lambda pair: pair[0].source_key)
