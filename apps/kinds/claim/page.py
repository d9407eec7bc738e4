"""Everything the page of one claim shows, read from the mirror when it is asked for."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.accounts.models import Member
from apps.kinds.claim import providers, shares, standing, wording
from apps.kinds.claim.entry import ClaimEntry, day_of, facts_of
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.people import about
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.spoken import Speaker, Spoken, to_pass_on
from apps.kinds.claim.together import alike_rows, billed_alike, numbered_alike, together
from apps.kinds.claim.wording import also_sent
from apps.kinds.claim.wording.history import History, Sent, alone, history, networks_apart
from apps.kinds.claim.wording.list_words import still_reading
from apps.records import gate
from apps.records.entries import NOTHING, UNDATED
from apps.records.models import Record
from apps.records.original import original
from apps.records.remarks import Topic
from apps.records.reversals import are_alike
from apps.records.shelf import Library
from apps.records.volumes import Held


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The same claim through another connection, and where lists show it: `here`, `there`, `replaced`, ""."""

    claim: Record
    shown: str
    network: str = ""
    """That the two differ on the network."""


@dataclass(frozen=True, slots=True)
class Found:
    """One claim: its row of the mirror, what it says, and what is around it.

    `record` is None where it does not open or cannot be read; `is_early`: it is in no book yet, so nothing is
    known of what is around it.
    """

    row: Record
    record: ClaimRecord | None = field(repr=False)
    is_current: bool
    history: History
    elsewhere: list[Elsewhere]
    is_early: bool = False
    held: Held[ClaimEntry] | None = field(default=None, repr=False)
    """Its entry; None where it is in no book."""


def found(library: Library, row: Record) -> Found | None:
    """Return the claim that *row* is; None where it is of another kind. Raises `gate.NotShown`."""
    record: ClaimRecord | None = original(row, library.box, CLAIM)
    plan, household = row.connection_id, library.household
    if household.closes(plan, record) if record else household.is_closed(plan):
        return None
    gate.pass_by(library, row)
    held = _held(library, row, record)
    if held is None:
        is_early = library.is_waiting_for(row) and record is not None and record.use == "claim"
        return Found(row, record, True, history(()), [], is_early=True) if is_early else None
    if held.entry.called != NOTHING:
        record = original(row, library.box, CLAIM, called=held.entry.called)
    readable = None if held.entry.is_unreadable else record
    history_of, twins = _history(library, held), _elsewhere(library, held)
    return Found(row, readable, held.entry.is_current, history_of, twins, held=held)


def _held(library: Library, row: Record, record: ClaimRecord | None) -> Held[ClaimEntry] | None:
    """Return the entry: from the books of its year, else from whatever book has it."""
    years = (day_of(record).year if record is not None else UNDATED.year, None)
    near = (held for year in years for held in library.held(CLAIM, year=year, plan=row.connection_id))
    return next((held for held in near if held.id == row.pk), None)


def _history(library: Library, held: Held[ClaimEntry]) -> History:
    if held.entry.chain is None:
        return history(())
    base = reverse("claims:list")
    every = library.held(CLAIM, plan=held.plan)
    chain = [version for version in every if version.entry.chain == held.entry.chain]
    chain.sort(key=lambda version: version.entry.place)
    sent = [
        Sent(
            record,
            f"{base}{version.id}/",
            version.entry.is_current,
            version.id == held.id,
            version.entry.is_known_older,
            version.entry.disagrees,
        )
        for version in chain
        if (record := CLAIM.brief_of(version.entry)) is not None
    ]
    return history(sent)


def _elsewhere(library: Library, held: Held[ClaimEntry]) -> list[Elsewhere]:
    if len(library.connections) < 2:
        return []
    first = held.twin_of or held.id
    others = [
        candidate
        for candidate in library.held(CLAIM)
        if first in (candidate.id, candidate.twin_of) and candidate.id != held.id
    ]
    rows = _rows(library.member, [twin.id for twin in others])
    return [
        Elsewhere(rows[other.id], _shown(held, other), _network(held, other))
        for other in others
        if other.id in rows
    ]


def _network(*both: Held[ClaimEntry]) -> str:
    return networks_apart(brief for held in both if (brief := CLAIM.brief_of(held.entry)) is not None)


def _rows(member: Member, ids: list[UUID]) -> dict[UUID, Any]:
    if not ids:
        return {}
    rows = member.records.filter(pk__in=ids).select_related("connection__plan").without_bodies()
    return {row.pk: row for row in rows}


def _shown(claim: Held[ClaimEntry], other: Held[ClaimEntry]) -> str:
    if not claim.entry.is_current:
        return ""  # its history says what replaced it
    if claim.twin_of is None:
        return "here"
    if claim.twin_of != other.id:
        return ""
    return "there" if other.entry.is_current else "replaced"


def _is_folded(library: Library, opened_claim: Found) -> bool:
    """Whether lists fold it: then its provider stands in none."""
    held = opened_claim.held
    return held is not None and library.on_screen.screen_of(held.plan, CLAIM, held.entry) != "show"


def is_old(library: Library, held: Held[ClaimEntry] | None) -> bool:
    """Whether the decision is of long ago, and no letter that the member noted leaves time to ask."""
    today = timezone.localdate()
    if held is None or held.entry.decided_on is None or shares.is_of_late(held.entry, today):
        return False
    return not (held.entry.refuses_you and import_string(settings.CLAIMS_TIME)(library, held, today))


def _taken_back_elsewhere(library: Library, page: Found) -> str:
    """Return the address of the claim of another connection that this one names, states the same amounts as
    and takes back; "" for none."""
    if len(library.connections) < 2 or page.record is None or page.history.rows:
        return ""
    facts = facts_of(page.record, standing.state(page.record))
    if not (facts.takes_back and facts.older):
        return ""
    pairs = (
        other.id
        for other in library.held(CLAIM)
        if other.plan != page.row.connection_id
        and not other.is_left_out
        and (other_facts := other.entry.facts)
        and not other_facts.takes_back
        and not frozenset(facts.older).isdisjoint(other_facts.own)
        and are_alike(facts.amounts, other_facts.amounts)
    )
    pair = next(pairs, None)
    return f"{reverse('claims:list')}{pair}/" if pair else ""


def context(library: Library, opened_claim: Found, asked_lines: str) -> dict[str, Any]:
    """Return what the page of a claim that can be read places; *asked_lines* are those of many lines."""
    row, record, held = opened_claim.row, opened_claim.record, opened_claim.held
    assert record is not None
    speaker = Speaker(library, held, (Topic.PAID, Topic.CHECKED, Topic.APPEAL)) if held else None
    reached = import_string(settings.CLAIMS_LIMITS)(library, held, record) if held else ()
    entry = held.entry if held else None
    pair_url = _taken_back_elsewhere(library, opened_claim)
    alike = billed_alike(library, held, record)
    is_alone = not (opened_claim.history.rows or opened_claim.is_early)
    return {
        "claim": row,
        "record": record,
        "person": about(library, row.connection_id, record),
        "story": wording.story(
            record,
            is_current=opened_claim.is_current,
            is_known_older=entry is None or entry.is_known_older,
            is_taken_back=opened_claim.history.is_taken_back,
            asked_lines=asked_lines,
            reached=reached,
            is_old=is_old(library, held),
        ),
        "spoken": speaker.spoken() if speaker else Spoken(),
        "provider_url": "" if _is_folded(library, opened_claim) else providers.url_of(record, library.box),
        "still_reading": still_reading(is_behind=opened_claim.is_early),
        "history": opened_claim.history,
        "takes_back": alone(record, is_elsewhere=bool(pair_url)) if is_alone else "",
        "pair_url": pair_url,
        "twins": opened_claim.elsewhere,
        "also_sent": also_sent.rows(record),
        "together": together(library, held, alike=alike),
        "numbered_alike": numbered_alike(library, held, record),
        "billed_alike": alike_rows(library, held, alike),
        "done": import_string(settings.CLAIMS_CARE)(library, held),
        "appeal": speaker.said[Topic.APPEAL] if speaker else None,
        "plan_phone": import_string(settings.CLAIMS_PHONE)(library, row.connection_id, record.payer),
        "refuses_you": entry is not None and entry.refuses_you,
        "is_asked_back": entry is not None and entry.stands and bool(entry.back),
        "to_pass_on": to_pass_on(entry) if entry is not None and entry.stands else "",
    }
