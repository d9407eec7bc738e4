"""What became new, changed, gone or came back: noted while records arrive, told until members have looked."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils import timezone

from apps.accounts.models import Member
from apps.accounts.requests import MemberRequest
from apps.connections.models import Connection
from apps.kinds.approval.kind import APPROVAL
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.people import ONE_PERSON, Whose
from apps.kinds.claim.rows import rows
from apps.kinds.claim.wording import Row
from apps.kinds.coverage.kind import COVERAGE
from apps.plain_language.language import _
from apps.plain_language.theirs import filled, listed
from apps.records import kinds
from apps.records.shelf import Library
from apps.records.volumes import Held
from apps.sync import wording
from apps.sync.models import LastVisit, SyncChange, SyncMark, SyncRun, SyncStep

KEPT_FOR: Final = timedelta(days=180)
PER_QUERY: Final = 1000
VISIT_ENDS: Final = timedelta(minutes=30)
NOTED_EVERY: Final = timedelta(minutes=5)
"""A page more in the same visit is written down this often only."""
A_MOMENT: Final = timedelta(minutes=1)
"""A change may be noted a moment before others can see it: better told twice than never."""
MOST: Final = 5000
"""Notes looked at: after years away the newest are news enough."""
SHOWN: Final = 5
What = SyncChange.What


def note(
    step: SyncStep,
    *,
    connection: Connection,
    now: datetime,
    what: Mapping[SyncChange.What, Collection[UUID]],
    is_unasked: bool = False,
) -> None:
    """Note what happened to the records with these ids, in the transaction that stores them.

    What the first update brings is no news. What *is_unasked* came along with others: that one of these is
    gone is never noted, since no answer holds all of them.
    """
    if not any(what.values()):
        return
    if not (_had_update if is_unasked else _was_known)(step, connection):
        return
    rows = (
        SyncChange(
            member_id=connection.member_id,
            connection=connection,
            run_id=step.run_id,
            record_id=record_id,
            what=happened,
            at=now,
        )
        for happened, ids in what.items()
        for record_id in sorted(ids)
    )
    SyncChange.objects.bulk_create(rows, batch_size=PER_QUERY)
    tell(connection.member_id, now=now)


def _was_known(step: SyncStep, connection: Connection) -> bool:
    mark = SyncMark.objects.filter(connection=connection, resource_type=step.resource_type).first()
    return mark is not None and mark.was_known_before(step.run)


def _had_update(step: SyncStep, connection: Connection) -> bool:
    """Whether an earlier update under the same consent to clinical records came to its end."""
    if connection.clinical_since is None:
        return False
    ended = (SyncRun.State.FINISHED, SyncRun.State.PARTIAL)
    before = connection.runs.filter(state__in=ended, created_at__lt=step.run.created_at)
    return before.filter(created_at__gte=connection.clinical_since).exists()


def forget_old(*, now: datetime) -> int:
    """Delete notes older than half a year; return how many (a chore of the worker)."""
    old = SyncChange.objects.filter(at__lt=now - KEPT_FOR)
    # Looking before writing: a chore with nothing to do never takes SQLite's write lock.
    return old.delete()[0] if old.exists() else 0


@dataclass(frozen=True, slots=True)
class Unseen:
    """That something may be new: what came after `since`, as far as it was noted until `news_at`."""

    since: datetime
    news_at: datetime


def unseen_by(member: Member, *, now: datetime) -> Unseen | None:
    """Return when the visit before this one ended, None where nothing was noted since; note the visit.

    So what is new stays new for the whole visit, however many pages it has. For a first visit everything
    since the account was made is new: what the first import brought is no news anyway.
    """
    visits = list(LastVisit.objects.filter(pk=member.pk).values_list("since", "seen_at", "news_at"))
    if not visits:
        LastVisit.objects.bulk_create(
            [LastVisit(member=member, since=member.date_joined, seen_at=now, news_at=now)],
            ignore_conflicts=True,
        )
        return Unseen(member.date_joined, now)
    ((since, was, news_at),) = visits
    away = now - was
    if away >= NOTED_EVERY:
        since = was - A_MOMENT if away >= VISIT_ENDS else since
        # Of two pages at once one notes it; the other has the same answer.
        LastVisit.objects.filter(member=member, seen_at=was).update(since=since, seen_at=now)
    return Unseen(since, news_at) if news_at is not None and news_at > since else None


def nothing_came(member: Member, unseen: Unseen, *, now: datetime) -> None:
    """Note that a look at what came found nothing, so that further pages of the visit need not look.

    What was noted a moment ago may not be there to see yet: then they look again. So they do where something
    was noted since.
    """
    if unseen.news_at < now - A_MOMENT:
        LastVisit.objects.filter(pk=member.pk, news_at=unseen.news_at).update(news_at=None)


def tell(member_id: uuid.UUID, *, now: datetime) -> None:
    """Note that there is news for a member, in the transaction that notes the changes."""
    LastVisit.objects.filter(member_id=member_id).update(news_at=now)


@dataclass(frozen=True, slots=True)
class News:
    """What happened to which claim; to approvals and coverages, one for each."""

    claims: Mapping[uuid.UUID, What]
    approvals: Sequence[What]
    coverages: Sequence[What]
    care: Mapping[str, int] = field(default_factory=dict)
    """Of every other kind how many, by its name."""

    @property
    def numbers(self) -> dict[str, int]:
        """To how many what happened, by the keys of `wording.NEWS`."""
        counts = Counter[str](self.claims.values())
        for name, changed in (("approvals", self.approvals), ("coverages", self.coverages)):
            counts.update(f"{name}_gone" if what == What.GONE else name for what in changed)
        return counts

    def __bool__(self) -> bool:
        return bool(self.claims or self.approvals or self.coverages or self.care)


NOTHING: Final = News({}, (), ())


@dataclass(frozen=True, slots=True)
class Shown:
    """What is new in a sentence, the newest of these claims, and how many more there are."""

    words: str
    rows: list[Row]
    more: int
    has_approvals: bool
    has_coverages: bool
    has_care: bool = False
    corrected: Sequence[Held[ClaimEntry]] = ()
    """Claims of which a newer version came, newest first."""


def since(library: Library, moment: datetime, *, until: datetime | None = None) -> News:
    """Return what became new, changed, gone or came back after *moment*; `NOTHING` where nothing did."""
    changes = library.member.changes.filter(at__gt=moment)
    rows = (changes.filter(at__lte=until) if until else changes).order_by("-at", "-id")[:MOST]
    happened = defaultdict[uuid.UUID, list[What]](list)
    for record_id, what in list(rows.values_list("record_id", "what"))[::-1]:
        happened[record_id].append(What(what))
    if not happened:
        return NOTHING
    claims = [held for held in library.held(CLAIM) if held.id in happened and not held.is_left_out]
    listed = [held.id for held in claims if held.entry.is_current and held.twin_of is None]
    approvals = [
        held.id
        for held in library.held(APPROVAL)
        if held.id in happened and held.entry.is_current and held.twin_of is None and not held.is_left_out
    ]
    coverages = [held.id for held in library.held(COVERAGE) if held.id in happened]
    return News(
        care=_others(library, happened),
        claims={pk: _together(happened[pk]) for pk in listed},
        approvals=[_together(happened[pk]) for pk in approvals],
        coverages=[_together(happened[pk]) for pk in coverages],
    )


def _others(library: Library, happened: Mapping[uuid.UUID, Sequence[What]]) -> dict[str, int]:
    """Count what became new or changed of the kinds that have no words of their own, by kind."""
    kinds_told = (CLAIM, APPROVAL, COVERAGE)
    others = [kind for kind in kinds.kinds() if kind.is_shelved and kind.is_news and kind not in kinds_told]
    came = {pk for pk, what in happened.items() if _together(what) != What.GONE}
    numbers = {
        kind.name: sum(held.id in came and not held.is_left_out for held in library.held(kind))
        for kind in others
        if library.has(kind)
    }
    return {name: number for name, number in numbers.items() if number}


def of_claims(request: MemberRequest, library: Library) -> Mapping[uuid.UUID, str]:
    """Return what a row of the claim list says about being new, for the claims there is something to say of.

    The list does not know us (the setting CLAIMS_NEWS).
    """
    news = _found(request, library)
    return {pk: _(wording.BADGES[what]) for pk, what in news.claims.items() if what in wording.BADGES}


def shown(request: MemberRequest, library: Library, whose: Whose = ONE_PERSON) -> Shown | None:
    """Return what the first page says is new; None where nothing is."""
    news = _found(request, library)
    if not news:
        return None
    listed = [held for held in library.newest(CLAIM) if held.id in news.claims]
    claims = listed[:SHOWN]
    badges = {pk: _(wording.BADGES[what]) for pk, what in news.claims.items() if what in wording.BADGES}
    claim_rows = rows(claims, whose, badges)
    return Shown(
        words=" ".join(filter(None, (wording.news(news.numbers), _care_words(news.care)))),
        has_care=bool(news.care),
        rows=claim_rows,
        more=len(news.claims) - len(claim_rows),
        has_approvals=bool(news.approvals),
        has_coverages=bool(news.coverages),
        corrected=[held for held in listed if is_corrected(held.entry, news.claims[held.id])],
    )


def _care_words(numbers: Mapping[str, int]) -> str:
    """Return ``New or changed in your care: 3 test results.``; "" where nothing is."""
    words = ((number, kinds.named(name).words) for name, number in numbers.items())
    counts = [f"{number} {_(single if number == 1 else several)}" for number, (single, several) in words]
    return filled(_("New or changed in your care: {what}."), what=listed(counts)) if counts else ""


def is_corrected(entry: ClaimEntry, what: What) -> bool:
    """Whether what happened to a claim that stands is that a newer version of it came."""
    return entry.stands and (what == What.CHANGED or (what == What.NEW and entry.chain is not None))


def _found(request: MemberRequest, library: Library) -> News:
    member, now = request.user, timezone.now()
    unseen = unseen_by(member, now=now)
    if unseen is None:
        return NOTHING
    news = since(library, unseen.since)
    if news is NOTHING and not library.sight.person:  # of one person says nothing of others
        nothing_came(member, unseen, now=now)
    return news


def _together(happened: Sequence[What]) -> What:
    """Return what the things that happened to one record, in this order, come to: what is new and changed is
    new, also where it was gone for a while."""
    if happened[-1] == What.GONE:
        return What.GONE
    return next((what for what in (What.NEW, What.CHANGED) if what in happened), What.BACK)
