"""Which claims of a year other connections of the member show instead: noted on the claims (`twin_of`)."""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final
from uuid import UUID

from django.db import models

from apps.claims import chains, freeing, index, people, twins
from apps.claims.entries import YearOfEntries, of_year
from apps.claims.models import Claim, ClaimIndex, ClaimName
from apps.claims.twins import Candidate, Pairs
from apps.connections.models import Connection
from apps.vault.errors import SealBroken

log = logging.getLogger(__name__)
IN_ORDER: Final = ("connection__connected_at", "connection_id")
"""Indexes of one year, the connection made first first."""
AT_ONCE: Final = 500


def state_of(rows: Iterable[ClaimIndex]) -> str:
    """Return a digest of which index rows there are, and as of when; empty for none."""
    parts = [f"{row.connection_id} {row.written_at.isoformat()}" for row in rows]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest() if parts else ""


def made_earlier(connection: Connection) -> models.Q:
    """Return the condition that an index is of a connection made before *connection*."""
    same_moment = models.Q(connection__connected_at=connection.connected_at, connection_id__lt=connection.pk)
    return models.Q(connection__connected_at__lt=connection.connected_at) | same_moment


def others_of(mine: YearOfEntries) -> list[ClaimIndex]:
    """Return the indexes of the year of connections that the member made earlier."""
    rows = ClaimIndex.objects.filter(made_earlier(mine.connection), year=mine.year)
    rows = rows.filter(member_id=mine.connection.member_id).order_by(*IN_ORDER)
    return list(rows.only("id", "member_id", "connection_id", "written_at"))


def settle(mine: YearOfEntries, others: Sequence[ClaimIndex], *, trusts_stored: bool) -> frozenset[UUID]:
    """Note on the claims, for the database to leave out, which are twins; return those of *mine*.

    Of a year that has no *others* nothing is opened.
    """
    return _Settling(mine, others).settle(trusts_stored=trusts_stored)


@dataclass
class _Settling:
    mine: YearOfEntries
    others: Sequence[ClaimIndex]

    def settle(self, *, trusts_stored: bool) -> frozenset[UUID]:
        marked: dict[UUID, Any] = dict(
            self.mine.claims.filter(twin_of__isnull=False).values_list("pk", "twin_of")
        )
        left, theirs = dict[UUID, UUID](), dict[UUID, UUID]()
        if self.others:
            pairs = twins.found(
                self._candidates(self.mine, self.mine.slices(trusts_stored=trusts_stored)), self._earlier()
            )
            left, theirs = self._shown_otherwise(pairs)
        left = {**self._replaced_elsewhere(marked), **left}
        moved = [
            Claim(pk=pk, twin_of=left.get(pk))
            for pk in marked.keys() | left.keys()
            if marked.get(pk) != left.get(pk)
        ]
        Claim.objects.bulk_update(moved, ["twin_of"], batch_size=AT_ONCE)
        self._note(theirs)
        return frozenset(left)

    @staticmethod
    def _candidates(year: YearOfEntries, slices: Iterable[Iterable[index.Entry]]) -> Iterator[Candidate]:
        owner = people.owner_of(year.connection, year.box)
        return (twins.candidate(entry, owner.name) for entries in slices for entry in entries)

    def _earlier(self) -> Iterator[Candidate]:
        """Yield what earlier connections have, each claim with the name of whom it is about.

        But the twins among themselves. Where the entries do not open, or are of another release, they are
        made of the claims.
        """
        connections = Connection.objects.in_bulk([row.connection_id for row in self.others])
        claims = Claim.objects.filter(
            of_year(self.mine.year), connection__in=connections, twin_of__isnull=False
        )
        pairs: dict[UUID, Any] = dict(claims.values_list("pk", "twin_of"))
        earlier = Claim.objects.filter(pk__in=[*pairs.values()], connection__in=connections)
        known = set(earlier.values_list("pk", flat=True))
        twins_there = {twin for twin, other in pairs.items() if other in known}
        for row in self.others:
            there = YearOfEntries(connections[row.connection_id], self.mine.box, self.mine.year)
            try:
                found = list(self._candidates(there, there.stored()))
            except (SealBroken, index.OtherLayout):
                log.exception("%s does not open: its claims are compared themselves", row)
                found = list(self._candidates(there, there.slices()))
            yield from (one for one in found if one.claim_id not in twins_there)

    def _shown_otherwise(self, pairs: Pairs) -> tuple[dict[UUID, UUID], dict[UUID, UUID]]:
        """Return which claims are left out here, and which at earlier connections, each with the other one.

        A claim that is an old version elsewhere is left out only where what replaced that version is shown:
        plans correct a claim back to what it was, and connections may lack any of the versions.
        """
        left, theirs = dict(pairs.same), dict[UUID, UUID]()
        if not (pairs.outdated or pairs.theirs):
            return left, theirs
        names = ClaimName.objects.filter(member_id=self.mine.connection.member_id)
        old = {*pairs.outdated.values(), *pairs.theirs.values()}
        after = chains.successors(old, names=names, box=self.mine.box)
        outdated = {one: after[version] for one, version in pairs.outdated.items() if version in after}
        there = {one: after[version] for one, version in pairs.theirs.items() if version in after}
        # Each an old version of the other: the plan corrected the claim back, and one connection is behind.
        for claim, successor in list(outdated.items()):
            other = there.get(successor.claim)
            if other is not None and other.claim == claim:
                if other.age > successor.age:
                    del outdated[claim]
                else:
                    del there[successor.claim]
        left |= {claim: pairs.outdated[claim] for claim in outdated}
        for claim, successor in there.items():
            if successor.claim not in left or pairs.same.get(successor.claim) not in (None, claim):
                theirs[claim] = pairs.theirs[claim]
        return left, theirs

    def _replaced_elsewhere(self, marked: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
        """Return which claims a connection made later has noted to be replaced there."""
        if not marked:
            return {}
        replaced = Claim.objects.filter(pk__in=marked.values(), is_current=False)
        known = {self.mine.connection.pk, *(row.connection_id for row in self.others)}
        there = set(replaced.exclude(connection__in=known).values_list("pk", flat=True))
        return {mine: other for mine, other in marked.items() if other in there}

    def _note(self, theirs: Mapping[UUID, UUID]) -> None:
        """Leave out those of earlier connections that are replaced here, and no others.

        Permission given anew makes a connection the later one, and of two claims one is always shown.
        """
        twins_there = Claim.objects.filter(
            twin_of__in=self.mine.claims.order_by().values("pk"), member_id=self.mine.connection.member_id
        )
        twins_there = twins_there.filter(made_earlier(self.mine.connection))
        noted: dict[UUID, Any] = dict(twins_there.values_list("pk", "twin_of"))
        changed = {other for other in noted.keys() | theirs.keys() if noted.get(other) != theirs.get(other)}
        for some in batched(changed, AT_ONCE):
            freeing.mark_stale(Claim.objects.filter(pk__in=some))
            Claim.objects.filter(pk__in=some).update(twin_of=None)
        for other in changed & theirs.keys():
            Claim.objects.filter(pk=other).update(twin_of=theirs[other])
