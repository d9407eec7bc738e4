"""The timeline: clinical records of all kinds or of one, newest first, page by page."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from heapq import merge
from itertools import chain, groupby
from typing import Any, Final, Protocol
from uuid import UUID

from django.urls import reverse

from apps.kinds.care import repeats, wording
from apps.kinds.care.entry import NOT_SO, CareEntry, is_of_approval
from apps.kinds.care.kind import (
    ANOTHER,
    ANSWER,
    APART,
    CANCELLED,
    CARE_PLAN,
    LISTED,
    MEASUREMENT,
    MEDICINE,
    MISTAKE,
    PAPER,
    TEST,
)
from apps.kinds.care.questionnaires import ANSWERED, told_by_others
from apps.kinds.care.records import Brief, CareRecord
from apps.plain_language.dates import at_the_start, month_words
from apps.plain_language.language import _, said
from apps.plain_language.theirs import joined
from apps.records import volumes
from apps.records.entries import UNDATED
from apps.records.kinds import Kind
from apps.records.shelf import Library
from apps.records.volumes import Held, Page

_NOT_OPENED: Final = said("This record could not be opened")
_SUCH_TEAMS: Final = said("{number} such teams")
_SENT_TWICE: Final = said("sent more than once")
MOST_PAPERS: Final = 200
_NOT_SAID_FIRST: Final = NOT_SO | {"planned", "draft", "suggested", "noted", "of_another"}
"""Standings of what did not come about, or is not the member's, or not for sure: no first line names it."""
_HEADINGS: Final = {
    "visit": said("Visits"),
    "problem": said("Health problems"),
    "diagnosis": said("Diagnoses of visits"),
    "allergy": said("Allergies"),
    "medicine": said("Medicines"),
    "test": said("Tests"),
    "measurement": said("Measurements"),
    "vaccine": said("Vaccines"),
    "procedure": said("Procedures"),
    "answer": said("Answers"),
    "paper": said("Papers"),
    "care-plan": said("Plans of care"),
    "implant": said("Devices"),
    "else": said("Anything else"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One record in a list; `first` is what is not so or not sure, which is said before its name."""

    url: str
    icon: str
    title: str
    meta: str
    value: str = ""
    first: str = ""
    badge: str = ""
    badge_kind: str = "quiet"
    doubt: str = ""
    when: str = ""
    """Its date as the plan sent it, and whom it is about where several people are shown."""


@dataclass(frozen=True, slots=True)
class Month:
    """The rows of one month, newest first."""

    heading: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind that there is something of, or that was asked for: its name in the address, words, how many, and
    whether it is shown."""

    name: str
    words: str
    number: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything the page places."""

    months: list[Month] = field(repr=False)
    page: Page[CareEntry]
    choices: list[Choice]
    lede: str
    count: str
    """What all of them come to, where the first line says something else."""
    not_so: str
    apart: list[str]
    mistakes: list[Row] = field(repr=False)
    query: str
    is_behind: bool
    has_folded: bool
    has_plans: bool
    is_of_medicines: bool
    """It is the first page of medicines alone, on which each medicine stands once."""
    has_others: bool
    """Claims stand among the records."""


class Others(Protocol):
    """What stands among clinical records and is none."""

    def held(self) -> Iterator[Held[Any]]:
        """Yield it, newest first."""

    def rows(self, held: Iterable[Held[Any]]) -> list[Row]:
        """Return its rows."""


def timeline(
    library: Library,
    *,
    today: date,
    kind: str = "",
    after: str = "",
    before: str = "",
    others: Others | None = None,
) -> Timeline:
    """Return the page that an address asks for; a kind that is not known is all of them, and *others*."""
    counts = {offered: _count(library, offered) for offered in (*LISTED, *APART)}
    chosen = next((offered for offered in LISTED if offered.name == kind), None)
    shown = (
        [chosen] if chosen else [offered for offered in LISTED if counts[offered][0] or counts[offered][1]]
    )
    others = None if chosen else others
    page = volumes.page(_newest(library, shown, others), after=after, before=before)
    months = _months(page.held, library, others)
    latest = "" if page.before else _latest(page, [row for month in months for row in month.rows], today)
    count = wording.summary([(counts[offered][0], offered.words) for offered in LISTED])
    return Timeline(
        months=months,
        has_others=any(not isinstance(held.entry, CareEntry) for held in page.held),
        page=page,
        choices=_choices(counts, chosen),
        lede=latest or count,
        count=count if latest else "",
        not_so=wording.not_so([(counts[offered][1], offered.older_words) for offered in LISTED]),
        apart=wording.apart(*(counts[offered][0] for offered in (MISTAKE, CANCELLED, ANOTHER))),
        mistakes=[_withdrawn(held, MISTAKE) for held in _listed(library, MISTAKE, library.held(MISTAKE))],
        query=f"kind={chosen.name}&" if chosen else "",
        is_behind=library.is_behind,
        has_folded=any(library.has_folded(offered) for offered in LISTED),
        has_plans=bool(library.connections),
        is_of_medicines=chosen is MEDICINE and not page.before,
    )


def _latest(page: Page[CareEntry], shown: list[Row], today: date) -> str:
    """Return the newest of rows in a sentence, with those of the same date and person; "" where none has a
    date that is past. What is not so, not sure or folded is left to the list, where that is said."""
    past = [
        (of, row)
        for of, row in zip(page.held, shown, strict=True)
        if UNDATED < of.entry.on <= today and row.when and not row.first and not _is_left_to_list(of)
    ]
    if not past:
        return ""
    newest = past[0][1].when
    names = dict.fromkeys(row.title for _of, row in past if row.when == newest)
    goes_on = page.after is not None and page.held[-1].entry.on == past[0][0].entry.on
    return wording.latest(newest, list(names), has_more=goes_on)


def _is_left_to_list(of: Held[Any]) -> bool:
    return of.is_folded or (isinstance(of.entry, CareEntry) and of.entry.standing in _NOT_SAID_FIRST)


def _count(library: Library, kind: Kind) -> tuple[int, int]:
    """Return how many there are, and how many more are not so."""
    counts = library.counts(kind).values()
    return sum(count.current for count in counts), sum(count.older for count in counts)


def _choices(counts: dict[Kind, tuple[int, int]], chosen: Kind | None) -> list[Choice]:
    return [
        Choice(kind.name, _(_HEADINGS[kind.name]), f"{counts[kind][0]:,}", kind is chosen)
        for kind in LISTED
        if sum(counts[kind]) or kind is chosen
    ]


def _newest(library: Library, kinds: Iterable[Kind], others: Others | None) -> Iterator[Held[Any]]:
    """Yield the entries of several kinds in one order; books are opened as they are come to."""
    kinds = list(kinds)
    library.fetch_newest(kinds)
    lists = [_listed(library, kind, library.newest(kind)) for kind in kinds]
    lists += [others.held()] if others else []
    return merge(*lists, key=lambda held: held.entry.sort_key, reverse=True)


def _listed(library: Library, kind: Kind, held: Iterable[Held[CareEntry]]) -> Iterator[Held[CareEntry]]:
    """Yield what lists show: nothing that the member left out, and of a questionnaire not each answer."""
    shown = (record for record in held if not record.is_left_out)
    if kind is ANSWER:
        return _each_questionnaire_once(shown)
    if kind in (TEST, MEASUREMENT):  # their books say whether any was sent twice: nearly always none
        has_repeats = any(count.older for count in library.counts(kind).values())
        return repeats.each_once(shown) if has_repeats else shown
    return repeats.each_once(shown) if kind is CARE_PLAN else shown


def _each_questionnaire_once(held: Iterator[Held[CareEntry]]) -> Iterator[Held[CareEntry]]:
    for _year, of_a_year in groupby(held, key=lambda shown: shown.entry.on.year):
        by_plan = defaultdict[UUID, list[CareEntry]](list)
        for shown in (answers := list(of_a_year)):
            by_plan[shown.plan].append(shown.entry)
        elsewhere = {plan: told_by_others(entries) for plan, entries in by_plan.items()}
        yield from (shown for shown in answers if shown.entry.own not in elsewhere[shown.plan])


def _months(shown: list[Held[Any]], library: Library, others: Others | None) -> list[Month]:
    grouped = groupby(shown, key=lambda held: (held.entry.on.year, held.entry.on.month))
    return [
        Month(_heading(year, month), _mixed(list(held), library, others)) for (year, month), held in grouped
    ]


def _mixed(held: list[Held[Any]], library: Library, others: Others | None) -> list[Row]:
    """Return the rows of records and of what else stands among them."""
    cares = [record for record in held if isinstance(record.entry, CareEntry)]
    row_by_id = dict(zip((care.id for care in cares), rows(cares, library), strict=True))
    if others:
        left = [record for record in held if record.id not in row_by_id]
        row_by_id |= zip((other.id for other in left), others.rows(left), strict=True)
    return [row_by_id[record.id] for record in held]


def _heading(year: int, month: int) -> str:
    return _("Date not shared") if year == UNDATED.year else at_the_start(month_words(year, month))


def rows(held: Iterable[Held[CareEntry]], library: Library | None = None) -> list[Row]:
    """Return the rows of entries in the same order, each with its person where *library* shows several."""
    base = reverse("care:list")
    return [_row(f"{base}{shown.id}/", shown.entry, person_words(library, shown)) for shown in held]


def person_words(library: Library | None, shown: Held[Any]) -> str:
    """Return whom an entry is about; "" where one person is shown."""
    if library is None or not library.people or library.sight.person:
        return ""
    return library.people.get(library.household.key_of(shown.plan, shown.entry.person_key), "")


def _row(url: str, entry: CareEntry, person: str) -> Row:
    brief = brief_of(entry)
    if brief is None:
        return Row(url, "alert", _(_NOT_OPENED), _("Nothing was deleted"))
    is_not_so = brief.standing in wording.SAID_FIRST
    when = wording.when_words(brief)
    standing = wording.standing_of(brief) if is_not_so else wording.standing_beside(brief)
    meta = [wording.kind_beside(brief), when, person]
    if entry.times_sent > 1:
        meta.append(_(_SUCH_TEAMS if repeats.is_team(entry) else _SENT_TWICE).format(number=entry.times_sent))
    badge = (standing.words, standing.badge) if standing and not is_not_so else ("", "quiet")
    if entry.is_gone:
        badge = _("No longer sent"), "attention"
    return Row(
        url=url,
        icon=wording.ICONS.get(brief.type, "stethoscope"),
        title=wording.name_words(brief),
        meta=joined(" · ", [text for text in meta if text]),
        value=wording.shortened(wording.value_words(brief)),
        first=standing.words if standing and is_not_so else "",
        badge=badge[0],
        badge_kind=badge[1],
        when=joined(", ", [when, person] if person else [when]),
    )


def _withdrawn(held: Held[CareEntry], kind: Kind) -> Row:
    """Return the row of a mistake: what it was and of which day, nothing of what it says."""
    brief: Brief | None = kind.brief_of(held.entry)
    words = wording.kind_words(brief) if brief else _(_NOT_OPENED)
    return Row(f"{reverse('care:list')}{held.id}/", "x", words, wording.when_words(brief) if brief else "")


def flag_words(entry: CareEntry) -> str:
    """Return the flag that came with a result, in words; "" where none did."""
    brief = brief_of(entry)
    return wording.told(brief.flag) if brief else ""


def brief_of(entry: CareEntry) -> Brief | None:
    """Return what an entry says in brief; None where its record could not be read."""
    brief: Brief | None = LISTED[0].brief_of(entry)
    return brief


def lists(library: Library, plan: UUID | None = None) -> Iterator[Iterator[Held[CareEntry]]]:
    """Yield what lists show of one connection, or of all: for each kind a list, newest first."""
    return (_listed(library, kind, library.held(kind, plan=plan)) for kind in LISTED if library.has(kind))


def papers_of_approvals(library: Library) -> list[Row]:
    """Return the rows of papers that are about approvals in advance (the setting APPROVAL_PAPERS)."""
    shown = [held for held in _listed(library, PAPER, library.held(PAPER)) if is_of_approval(held.entry)]
    return rows(shown[:MOST_PAPERS], library)


def of_plan(library: Library, plan: UUID) -> Iterator[Held[CareEntry]]:
    """Yield what lists show of one connection."""
    return chain.from_iterable(lists(library, plan))


def of_visit(library: Library, visit: str, plan: UUID, *, but: UUID) -> list[Held[CareEntry]]:
    """Return what belongs to one visit, newest first."""
    return [held for held in of_plan(library, plan) if visit and visit == held.entry.visit and held.id != but]


def by_reference(library: Library, references: set[str], plan: UUID) -> dict[str, Held[CareEntry]]:
    """Return the records that these references name, as far as the member left them in."""
    if not references:
        return {}
    every = (held for kind in LISTED if library.has(kind) for held in library.held(kind, plan=plan))
    return {held.entry.own: held for held in every if held.entry.own in references and not held.is_left_out}


def of_questionnaire(
    library: Library, record: CareRecord, plan: UUID, *, but: UUID
) -> tuple[list[Held[CareEntry]], list[Held[CareEntry]]]:
    """Return the panels that were made from a questionnaire, and the same questions at other times."""
    answers = [held for held in library.held(ANSWER, plan=plan) if not held.is_left_out and held.id != but]
    results = [held for held in answers if record.own in held.entry.ties.names]
    elsewhere = told_by_others(held.entry for held in results)
    questions = {name for name in record.ties.names if record.own.startswith(ANSWERED)}
    again = [
        held
        for held in answers
        if held.entry.own.startswith(ANSWERED) and not questions.isdisjoint(held.entry.ties.names)
    ]
    return [held for held in results if held.entry.own not in elsewhere], again
