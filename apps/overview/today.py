"""Today: what of all that plans sent needs the member now, from the books and what the member said."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import permission_duration
from apps.connections.models import Connection
from apps.kinds.claim import shares as shares_of
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.people import Whose
from apps.kinds.claim.rows import NO_NEWS, rows
from apps.kinds.claim.shares import Share, Shares
from apps.kinds.claim.tallies import current
from apps.kinds.claim.together import marks
from apps.kinds.claim.wording import Row
from apps.kinds.coverage.kind import COVERAGE
from apps.overview import today_words, wording
from apps.overview.today_words import Card, Gap, Source
from apps.plain_language.language import _
from apps.plain_language.money import money
from apps.records import remarks
from apps.records.entries import UNDATED
from apps.records.remarks import Said, Topic
from apps.records.shelf import Library
from apps.records.switch import is_of_several
from apps.records.volumes import Count, Held
from apps.sync.models import SyncMark, SyncStep

STALE: Final = timedelta(days=7)
SHOWN: Final = 5
MOST_SHOWN: Final = 200
"""Older shares that stand on the page where every row is asked for."""
NEWEST: Final = 5
"""Claims that Today lists, whatever is to be done."""
ENOUGH: Final = SHOWN + NEWEST
"""So many claims are opened however old they are: the newest of the older shares, and the newest ones."""
UNDO_FOR: Final = timedelta(days=1)
"""So long what was noted as paid stands on Today, to be taken back."""
SAID_OF_CLAIMS: Final = (Topic.PAID, Topic.SETTLED, Topic.CHECKED, Topic.LETTER, Topic.APPEAL)
"""What members say of a claim that brings it to Today, or takes it from there, however old it is."""
type Claims = list[Held[ClaimEntry]]


@dataclass(frozen=True, slots=True)
class Due:
    """One claim that is not noted as paid: its row, what is left, and the id by which to note it."""

    row: Row
    amount: str
    id: UUID
    seen: str = ""
    """Which share stands on the page: what one press may settle."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What the member noted as paid lately; `said_at` names it for an undo."""

    row: Row
    amount: str
    id: UUID
    said_at: str


@dataclass(frozen=True, slots=True)
class Today:
    """Everything the page places; `sentences` is the answer first, then what keeps it from being all."""

    sentences: Sequence[str]
    is_whole: bool
    """Whether each due one has a row, and the older ones, too."""
    is_arriving: bool
    """Whether some plan's records have never been complete: no sum is said before."""
    cards: Sequence[Card]
    ended: Mapping[Connection, str]
    """What each plan is called, and with whom where there are several people."""
    due: Sequence[Due] = field(repr=False)
    more_due: int
    """How many more are not noted as paid: listed where every row is asked for."""
    left_out: Sequence[str]
    older: str
    older_rows: Sequence[Due] = field(repr=False)
    older_apart: Sequence[str]
    more_older: int
    """As of the due ones, up to `MOST_SHOWN`."""
    settled: str
    settled_at: str
    noted: Sequence[Noted] = field(repr=False)


class Desk:
    """The claims of a member beside what they said of them. Made once for a page.

    Books of long ago stay closed where nothing was said of any claim: their heads tell the shares in them.
    `held` are the claims of those that are open, newest first; *is_whole*: of all, each due one with a row.
    """

    def __init__(self, library: Library, *, now: datetime, today: date, is_whole: bool = False) -> None:
        self.library, self.now, self.today, self.is_whole = library, now, today, is_whole
        said = library.said(*SAID_OF_CLAIMS, Topic.LIMITS)  # limits are for `how_far`: one query for all
        library.fetch_newest((CLAIM, COVERAGE))
        is_spoken_of = any(said[topic] for topic in SAID_OF_CLAIMS)
        from_year = UNDATED.year if is_whole or is_spoken_of else _first_year(library, today)
        self.held: Claims = library.held(CLAIM, from_year=from_year)
        self.paid, self.checked = said[Topic.PAID], said[Topic.CHECKED]
        self.settled = {plan: about for plan, about in said[Topic.SETTLED].items() if about.value}
        guarded = protected(library)
        self.shares: Shares = shares_of.shares(
            self.held,
            paid={subject: about.value for subject, about in self.paid.items() if about.value},
            settled={claim: left for about in self.settled.values() for claim, left in about.value.items()},
            protected=guarded,
            today=today,
        )
        for volume in library.volumes(CLAIM):
            if volume.year < from_year and volume.plan not in guarded:
                self.shares.add_unopened(volume.summary)

    @cached_property
    def names(self) -> dict[UUID, frozenset[str]]:
        """Under which subjects each claim may have been spoken of; opens every book."""
        return shares_of.subjects(self.library.held(CLAIM))

    def names_of(self, claim_id: UUID) -> frozenset[str]:
        """Under which subjects one claim may have been spoken of."""
        return self.names.get(claim_id, frozenset())

    def settle(self, seen: Collection[str]) -> None:
        """Note the older shares that were *seen* as settled: none that the page did not show as it is now."""
        older: dict[UUID, dict[str, str]] = {}
        for share in self.shares.older:
            if share.seen not in seen:
                continue
            amounts = older.setdefault(share.claim.plan, {})
            amounts[remarks.subject_of(share.claim.entry)] = str(share.claim.entry.left)
        for plan, amounts in older.items():
            settled_before = self.settled.get(str(plan))
            remarks.say(
                member=self.library.member,
                box=self.library.box,
                topic=Topic.SETTLED,
                subject=str(plan),
                value={**(settled_before.value if settled_before else {}), **amounts},
                now=self.now,
                connection_id=plan,
            )

    def unsettle(self, said_at: datetime) -> None:
        """Take back what one press settled."""
        for subject in self.settled:
            remarks.undo(
                member=self.library.member,
                box=self.library.box,
                topic=Topic.SETTLED,
                subject=subject,
                said_at=said_at,
                now=self.now,
            )

    def settled_here(self) -> tuple[int, datetime | None]:
        """Return how many shares of claims that show are settled, and when the last of them were."""
        names = frozenset[str]().union(*self.names.values()) if self.settled else frozenset[str]()
        here = [(len(names.intersection(said.value)), said.said_at) for said in self.settled.values()]
        return sum(number for number, _at in here), max((at for number, at in here if number), default=None)

    def said_of(self, claim: Held[ClaimEntry], topic: Mapping[str, Said]) -> Said | None:
        """Return what is said of a claim, of any version of it."""
        names = self.names_of(claim.id) if topic else ()
        return next((topic[name] for name in names if name in topic), None)

    @cached_property
    def listed(self) -> Claims:
        """Return what lists show, newest first."""
        return [
            claim
            for claim in self.held
            if claim.entry.is_current and claim.twin_of is None and not claim.is_left_out
        ]

    def due(self) -> list[Share]:
        """Return the recent shares that are not noted as paid and may be listed."""
        return [share for share in self.shares.recent if not share.claim.is_left_out]

    @cached_property
    def together(self) -> Mapping[UUID, str]:
        """What is said of due and of newest claims that belong with others, each episode once."""
        due = self.due()[: None if self.is_whole else SHOWN]
        return marks(self.library, [*(share.claim for share in due), *self.listed[:NEWEST]])

    def newest_rows(self, whose: Whose, *, above: Collection[UUID]) -> list[Row]:
        """Return the rows of the newest claims; what stands *above* has its mark there."""
        said = {claim: words for claim, words in self.together.items() if claim not in above}
        return rows(self.listed[:NEWEST], whose, together=said)

    def shown(self) -> Claims:
        """Return the recent claims of these that stand."""
        return [
            claim
            for claim in self.listed
            if claim.entry.stands and shares_of.is_of_late(claim.entry, self.today)
        ]


def _first_year(library: Library, today: date) -> int:
    """Return the year before which no claim is recent, and which holds enough of them to show."""
    volumes, seen = library.volumes(CLAIM), 0
    years = [volume.year for volume in volumes if not shares_of.is_past(volume.summary, today)]
    for volume in volumes:
        if seen >= ENOUGH:
            break
        seen += current(volume.summary)
        years.append(volume.year)
    return min(years, default=UNDATED.year)


def today_of(desk: Desk, whose: Whose, cards: Sequence[Card]) -> Today:
    """Return what Today shows; *cards* are what needs the member besides an access that ended."""
    library, shares = desk.library, desk.shares
    ended = {
        connection: _name(library, connection)
        for connection in library.connections
        if _is_urgent(connection, library, desk.now)
    }
    sources = sources_of(library.member, library, now=desk.now)
    is_arriving = any(source.gap == "arriving" for source in sources)
    due = [] if is_arriving else desk.due()
    shown = due if desk.is_whole else due[:SHOWN]
    older = [] if is_arriving else shares.older[: MOST_SHOWN if desk.is_whole else SHOWN]
    left = {} if is_arriving else shares.older_left
    older_apart = [] if is_arriving else today_words.older_apart(shares.older_apart)
    settled, settled_at = desk.settled_here()
    return Today(
        sentences=today_words.first_line(
            shares.recent,
            cards=len(cards) + len(ended),
            sources=sources,
            unknown=shares.apart.get("open", 0),
            is_behind=library.is_behind,
            closed=wording.closed(library.unreadable(CLAIM)),
            has_older=bool(older_apart),
            is_of_several=is_of_several(library),
        ),
        is_whole=desk.is_whole,
        is_arriving=is_arriving,
        cards=cards,
        ended=ended,
        due=_due(shown, whose, desk.together) if shown else (),
        more_due=len(due) - len(shown),
        left_out=[] if is_arriving else today_words.left_out(shares.apart),
        older=today_words.older(left, undated=shares.undated, is_of_several=is_of_several(library)),
        older_rows=_due(older, whose),
        older_apart=older_apart,
        more_older=sum(sum_left.claims for sum_left in left.values()) - len(older),
        settled=today_words.settled(settled) if settled_at else "",
        settled_at=settled_at.isoformat() if settled_at else "",
        noted=_noted(desk, whose),
    )


def _is_urgent(connection: Connection, library: Library, now: datetime) -> bool:
    """Whether a permission has ended, or ends soon, and only the member can renew it."""
    notice = permission_duration.of(connection, library.box, now=now)
    return notice is not None and notice.is_urgent


def protected(library: Library) -> frozenset[UUID]:
    """Return the connections whose members may mostly not be charged a share: all they cover is Medicaid."""
    lines = {connection.pk: set(connection.plan.lines_of_business) for connection in library.connections}
    by_plan = {plan for plan, kinds in lines.items() if kinds and kinds <= {"medicaid", "chip"}}
    covered = [(held.plan, COVERAGE.brief_of(held.entry)) for held in library.held(COVERAGE)]
    return frozenset(by_plan | {plan for plan, record in covered if record and _is_medicaid(record)})


def _is_medicaid(coverage: Any) -> bool:
    names = (
        coverage.type_words,
        *(coverage_class.name for coverage_class in coverage.classes),
        *coverage.payers,
    )
    texts = [name.casefold() for name in names if name]
    return coverage.type_code == "SUBSIDIZ" and any("medicaid" in text for text in texts)


def _marks(member: Member) -> dict[UUID, SyncMark]:
    return {mark.connection_id: mark for mark in member.sync_marks.filter(resource_type=CLAIM.fhir_types[0])}


def arriving(library: Library) -> frozenset[UUID]:
    """Return the connections whose first pass is not complete: no sum stands before (CLAIMS_ARRIVING)."""
    gaps = _gaps_of(library.member, library, _marks(library.member), timezone.now())
    return frozenset(pk for pk, gap in gaps.items() if gap == "arriving")


def sources_of(member: Member, library: Library, *, now: datetime) -> list[Source]:
    """Return how far each connection is read. Two queries."""
    marks = _marks(member)
    counts, gaps = library.counts(CLAIM), _gaps_of(member, library, marks, now)
    sources = []
    for connection in library.connections:
        mark, gap = marks.get(connection.pk), gaps[connection.pk]
        # What a plan announces counts claims of people who did not agree too.
        is_told = not library.household.names_closed(connection.pk)
        total = _announced(connection) if gap == "arriving" and is_told else 0
        number = _came(counts, connection.pk)
        at = (mark.updated_at or mark.complete_at) if mark else None
        sources.append(Source(_name(library, connection), gap, at, number, total, is_told))
    return sources


def _came(counts: Mapping[UUID, Count], pk: UUID) -> int:
    """Return how many claims a connection has; where its plan marked all as mistakes, how many that are."""
    count = counts.get(pk, Count())
    return count.current or count.older


def _name(library: Library, connection: Connection) -> str:
    """Return what a plan is called, with whom it is about where there are several people."""
    name, person = connection.plan.name, library.household.person(connection.pk)
    if len(library.connections) < 2 or not library.people or not person.shown or person.is_closed:
        return name
    return _("{plan} for {person}").format(plan=name, person=person.shown)


def _gaps_of(
    member: Member, library: Library, marks: Mapping[UUID, SyncMark], now: datetime
) -> dict[UUID, Gap]:
    """Return why the claims of each connection are not all. One more query where nothing came of some.

    A plan that never shared any and is not being asked holds no other plan's sums up.
    """
    counts = library.counts(CLAIM)
    gaps = {
        connection.pk: _gap(connection, marks.get(connection.pk), now) for connection in library.connections
    }
    empty = {
        pk
        for pk, gap in gaps.items()
        if gap == "arriving"
        and not _came(counts, pk)
        and not library.household.names_closed(pk)  # of who did not agree nothing is counted, whatever came
    }
    if empty:
        empty -= set(member.sync_runs.active().values_list("connection_id", flat=True))
    return {pk: "none" if pk in empty else gap for pk, gap in gaps.items()}


def _gap(connection: Connection, mark: SyncMark | None, now: datetime) -> Gap:
    if connection.needs_sign_in:
        return "ended"
    if not connection.is_active:
        return "kept"
    if mark is None or mark.known_since is None:
        return "arriving"
    if mark.complete_at is None or mark.is_doubtful or mark.empty_at:
        return "partial"
    return "stale" if (mark.updated_at or mark.complete_at) < now - STALE else ""


def _announced(connection: Connection) -> int:
    steps = SyncStep.objects.filter(run__connection=connection, resource_type=CLAIM.fhir_types[0])
    return steps.order_by("-run__created_at").values_list("total", flat=True).first() or 0


def _due(shares: Sequence[Share], whose: Whose, together: Mapping[UUID, str] = NO_NEWS) -> list[Due]:
    listed = [share for share in shares if not share.claim.is_left_out]
    claim_rows = rows([share.claim for share in listed], whose, together=together)
    return [
        Due(row, money(share.amount, share.currency), share.claim.id, share.seen)
        for row, share in zip(claim_rows, listed, strict=True)
    ]


def _noted(desk: Desk, whose: Whose) -> list[Noted]:
    since = desk.now - UNDO_FOR
    lately = {subject for subject, said in desk.paid.items() if said.value and said.said_at >= since}
    if not lately:
        return []
    claims = [
        claim
        for claim in desk.held
        if claim.entry.is_current and not claim.is_left_out and lately & desk.names_of(claim.id)
    ]
    noted = []
    for row, claim in zip(rows(claims, whose), claims, strict=True):
        said = desk.said_of(claim, desk.paid)
        amount = shares_of.noted_of(said.value, claim.entry.currency) if said else None
        if said and amount:
            words = money(amount.amount, claim.entry.currency)
            noted.append(Noted(row, words, claim.id, said.said_at.isoformat()))
    return noted
