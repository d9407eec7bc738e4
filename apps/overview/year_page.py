"""The page of one year in money: everything it shows, from the claims of that year alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.urls import reverse

from apps.claims.entry import ClaimEntry
from apps.claims.kind import CLAIM
from apps.claims.year import Counted, Year, YearSum, count, grouped
from apps.connections.models import Connection
from apps.coverage.kind import COVERAGE
from apps.coverage.records import CoverageRecord
from apps.overview import ledger_words, tables, wording
from apps.overview.asked import Asked
from apps.overview.ledger import in_two, ledgers, with_twins
from apps.overview.ledger_words import Block, blocks
from apps.overview.opening import opened
from apps.overview.people import People
from apps.overview.plan_years import Span, calendar, limits, plan_years
from apps.overview.tables import Table
from apps.plain_language.language import _
from apps.records.entries import UNDATED
from apps.records.shelf import Held, Library

YEARS = 4
"""Years named at once; older ones are one tap away."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to see the page."""

    label: str
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Part:
    """The year in one currency; `currency` is "" for US dollars."""

    currency: str
    receipt: tuple[wording.Line, ...]
    remainder: str
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class PlanLedger:
    """What counted in one plan year of one plan for one person; `elsewhere` says where to look instead."""

    heading: str
    period: str
    blocks: tuple[Block, ...]
    elsewhere: tuple[Choice, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class YearPage:
    """Everything the page of a year shows."""

    number: int
    title: str
    lede: str
    notes: tuple[str, ...]
    years: tuple[Choice, ...]
    more_years: tuple[Choice, ...]
    spans: tuple[Choice, ...]
    narrowed: str
    all_url: str
    claims_url: str
    claims_base: str
    """What the address of a claim begins with."""
    is_by_plan_year: bool
    has_claims: bool
    parts: tuple[Part, ...]
    ledgers: tuple[PlanLedger, ...]
    plans: str
    person: str
    """The name of whom everything here is about; empty where several are, or none is shared."""


@dataclass(frozen=True, slots=True)
class _Plans:
    """The connections looked at: names, coverages, and the spans of the year asked for."""

    names: dict[UUID, str]
    coverages: dict[UUID, list[CoverageRecord]]
    spans: dict[UUID, list[Span]]
    today: date
    crossing: dict[UUID, list[Span]]
    """Plan years of a plan that reach into another calendar year and touch the year asked for."""


def page_of(library: Library, *, asked: Asked, connections: list[Connection], today: date) -> YearPage:
    """Return what the page shows; only books of the year (or of plan years starting in it) are opened."""
    people = People.of(connections, library.box)
    plans = _plans(people.plans, _coverages(library), asked, today)
    found = opened(one for one in _near(library, plans) if _is_within(one, plans, asked))
    entries = found.claims
    if asked.person:
        entries = tuple(one for one in entries if people.who(one).key == asked.person)
    year = count(entries, replaced=0 if asked.person else found.replaced)
    closed = wording.closed(library.unreadable(CLAIM))
    here = [plans.names[one] for one in plans.names if any(entry.plan == one for entry in year.entries)]
    years = _years(library, asked)
    period = wording.period_words(
        asked.year, is_current=asked.year == today.year, by_plan_year=asked.by_plan_year
    )
    return YearPage(
        number=asked.year,
        title=_("{year} in money").format(year=asked.year),
        lede=wording.answer(year, period=period, plans=len(here)),
        notes=(*_period_notes(plans, asked), *year.notes, *((closed,) if closed else ())),
        years=tuple(years[:YEARS]),
        more_years=tuple(years[YEARS:]),
        spans=tuple(_spans(plans, asked)),
        narrowed=_narrowed(plans, people, asked, entries),
        all_url=asked.url(plan=None, person=""),
        claims_url=asked.claims_url(),
        claims_base=reverse("claims:list"),
        is_by_plan_year=asked.by_plan_year,
        has_claims=bool(entries),
        parts=tuple(
            _part(year, total, first=place == 0, people=people, plans=plans, asked=asked)
            for place, total in enumerate(year.shown)
        ),
        ledgers=tuple(_ledgers(with_twins(year.entries, entries), plans, people, asked)),
        plans=", ".join(here),
        person=people.alone(entries),
    )


def _coverages(library: Library) -> dict[UUID, list[CoverageRecord]]:
    found: dict[UUID, list[CoverageRecord]] = {}
    for one in library.held(COVERAGE):
        if not one.entry.is_unreadable:
            found.setdefault(one.plan, []).append(COVERAGE.open_brief(one.entry.brief))
    return found


def _plans(
    names: dict[UUID, str],
    coverages: dict[UUID, list[CoverageRecord]],
    asked: Asked,
    today: date,
) -> _Plans:
    year = calendar(asked.year)
    spans: dict[UUID, list[Span]] = {}
    crossing: dict[UUID, list[Span]] = {}
    for pk in names:
        stated = plan_years(coverages.get(pk, []))
        touching = [one for one in stated if one.starts <= year.ends and year.starts <= one.ends]
        crossing[pk] = [one for one in touching if one.crosses_years]
        starting = [one for one in crossing[pk] if one.starts.year == asked.year]
        spans[pk] = starting if asked.by_plan_year and starting else [year]
    return _Plans(names, coverages, spans, today, crossing)


def _near(library: Library, plans: _Plans) -> Iterator[Held[ClaimEntry]]:
    """Yield the claims of the calendar years that the spans touch."""
    spans = [span for some in plans.spans.values() for span in some]
    for year in sorted({year for span in spans for year in (span.starts.year, span.ends.year)}):
        yield from library.held(CLAIM, year=year)


def _is_within(one: Held[ClaimEntry], plans: _Plans, asked: Asked) -> bool:
    """Whether a claim belongs to the year asked for, and came through the plan asked for."""
    if asked.plan not in (None, one.plan):
        return False
    return any(span.holds(one.entry.on) for span in plans.spans.get(one.plan, ()))


def years_of(library: Library) -> list[int]:
    """Return the years with current claims that have a date, newest first.

    The year 1 is no date: some systems write its first day, or a day near it, for none.
    """
    volumes = (volume for volume in library.volumes(CLAIM) if volume.year != UNDATED.year)
    shown = {
        volume.year
        for volume in volumes
        if volume.twins or any(tally.claims for tally in volume.summary.kinds.values())
    }
    return sorted(shown, reverse=True)


def _years(library: Library, asked: Asked) -> list[Choice]:
    """Every year with claims, newest first; the one shown among the first where it has any."""
    numbers = years_of(library)
    if asked.year in numbers[YEARS:]:
        numbers.remove(asked.year)
        numbers.insert(YEARS - 1, asked.year)
    return [Choice(str(number), asked.url(year=number), number == asked.year) for number in numbers]


def _spans(plans: _Plans, asked: Asked) -> Iterable[Choice]:
    """Calendar year and plan year, where a plan says that the two differ."""
    if any(plans.crossing.values()) or asked.by_plan_year:
        yield Choice(_("Calendar year"), asked.url(by_plan_year=False), not asked.by_plan_year)
        yield Choice(_("Plan year"), asked.url(by_plan_year=True), asked.by_plan_year)


def _period_notes(plans: _Plans, asked: Asked) -> Iterable[str]:
    if not asked.by_plan_year:
        return
    for pk, spans in plans.spans.items():
        if asked.plan not in (None, pk):
            continue
        for span in spans:
            if span == calendar(asked.year):
                yield _("{plan}: counted from January to December {year}.").format(
                    plan=plans.names[pk], year=asked.year
                )
            else:
                yield _("{plan}: its plan year runs from {span}.").format(
                    plan=plans.names[pk], span=wording.span_in_words(span)
                )
    yield _("Links to claims lead to those of every year.")


def _narrowed(plans: _Plans, people: People, asked: Asked, entries: Sequence[Counted]) -> str:
    plan = plans.names.get(asked.plan, "") if asked.plan else ""
    person = next((people.who(one).name for one in entries), "") if asked.person else ""
    if plan and person:
        return _("Only {person}, and only {plan}.").format(person=person, plan=plan)
    if asked.person and not person:
        return _("Only one person, who has no claims here.")
    shown = plan or person
    return _("Only {what}.").format(what=shown) if shown else ""


def _part(year: Year, total: YearSum, *, first: bool, people: People, plans: _Plans, asked: Asked) -> Part:
    # What came without any amount is said where the first currency stands.
    entries = [one for one in year.entries if total.currency in one.units or (first and not one.units)]
    currency = total.currency
    spans = [span for some in plans.spans.values() for span in some] or [calendar(asked.year)]
    whole = Span(min(span.starts for span in spans), max(span.ends for span in spans))
    found = (
        tables.by_month(entries, currency, whole, until=plans.today),
        tables.by_kind(entries, currency, lambda kind: asked.claims_url(kind=kind)),
        tables.by_provider(entries, currency, people.provider, lambda key: asked.claims_url(provider=key)),
        tables.by_person(entries, currency, people.who, lambda key: asked.url(person=key)),
        tables.by_plan(entries, currency, plans.names, lambda pk: asked.url(plan=pk)),
    )
    return Part(
        "" if currency == "USD" else currency,
        wording.receipt(total),
        wording.remainder(total),
        tuple(table for table in found if table.rows),
    )


def _ledgers(entries: Sequence[Counted], plans: _Plans, people: People, asked: Asked) -> Iterable[PlanLedger]:
    twice = in_two(entries)
    by_plan = grouped(entries, lambda entry: entry.plan)
    for place, (pk, of_plan) in enumerate(by_plan.items()):
        name = plans.names[pk]
        if plans.crossing[pk] and not asked.by_plan_year:
            yield PlanLedger(name, "", (), tuple(_elsewhere(plans.crossing[pk], asked)))
            continue
        by_person = grouped(of_plan, lambda entry: people.who(entry).key)
        for number, own in enumerate(by_person.values()):
            heading = f"{name}, {people.who(own[0]).name}" if len(by_person) > 1 else name
            for span in plans.spans[pk]:
                key = f"ledger-{place}-{number}-{span.starts.isoformat()}"
                of_span = [one for one in own if span.holds(one.on)]
                if blocks := _blocks(of_span, plans, pk, span, key):
                    notes = ledger_words.in_two(sum(one.id in twice for one in of_span))
                    yield PlanLedger(heading, wording.span_in_words(span), blocks, notes=notes)


def _elsewhere(spans: Iterable[Span], asked: Asked) -> Iterable[Choice]:
    for span in spans:
        yield Choice(
            wording.span_in_words(span), asked.url(year=span.starts.year, by_plan_year=True), is_here=False
        )


def _blocks(entries: Sequence[Counted], plans: _Plans, pk: UUID, span: Span, key: str) -> tuple[Block, ...]:
    coverages = plans.coverages.get(pk, [])
    return blocks(ledgers(entries), lambda care: limits(coverages, span, care, today=plans.today), name=key)
