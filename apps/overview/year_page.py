"""The page of one year in money: everything it shows, from the claims of that year alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.urls import reverse

from apps.kinds.claim import wording as claim_words
from apps.kinds.claim.counted import Counted
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.records import NOT_SHARED
from apps.kinds.claim.year import Year, YearSum, count
from apps.kinds.coverage.kind import COVERAGE
from apps.overview import tables, today_words, wording
from apps.overview.asked import Asked, Choice
from apps.overview.ledger import with_twins
from apps.overview.ledger_words import FIRST_SHOWN, MOST_SHOWN
from apps.overview.people import People, opened, within
from apps.overview.plan_ledgers import PlanLedger, Plans, plan_ledgers, plans_of, said_once
from apps.overview.plan_years import Span, calendar
from apps.overview.tables import Table
from apps.overview.today import sources_of
from apps.overview.today_words import Source
from apps.plain_language.dates import date_words
from apps.plain_language.language import _, said
from apps.plain_language.money import priced
from apps.records.entries import UNDATED
from apps.records.shelf import Library

_COUNTED: Final = {
    (True, True): said("{amount} of the share counted toward the deductible, by the claims here."),
    (True, False): said("{amount} of the share may count toward the deductible, by the claims here."),
    (False, True): said("{amount} counted toward the deductible, by the claims here."),
    (False, False): said("{amount} may count toward the deductible, by the claims here."),
}
"""Whether it is no more than the share, and surely counted -> what counted toward the deductible."""
YEARS = 4
"""Years named at once; older ones are one tap away."""


@dataclass(frozen=True, slots=True)
class Part:
    """The year in one currency; `currency` is "" for US dollars."""

    currency: str
    receipt: tuple[wording.Line, ...]
    months: Table
    tables: tuple[Table, ...]


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
    is_whole: bool
    """Whether tables stand with all their rows."""
    whole_url: str
    has_claims: bool
    so_far: str
    """How much came of all plans whose records still come, where these are several; then `gaps` are many."""
    gaps: tuple[str, ...]
    """Why its claims are not all, where a plan was not wholly read."""
    parts: tuple[Part, ...]
    ledgers: tuple[PlanLedger, ...]
    apart: tuple[Choice, ...]
    """Claims whose figures disagree: in no sum here."""

    @property
    def has_strip(self) -> bool:
        """Whether any currency has months to draw; their tables stand among the others where none has."""
        return any(part.months.plot for part in self.parts)


def page_of(library: Library, *, asked: Asked, now: datetime, today: date) -> YearPage:
    """Return what the page shows; only books of the year (or of plan years starting in it) are opened."""
    of_year = [volume for volume in library.volumes(CLAIM) if volume.year == asked.year]
    library.fetch([*library.volumes(COVERAGE), *of_year])
    people = People.of(library)
    plans = plans_of(library, people.plans, asked, today)
    in_spans = opened(within(library, plans.spans, plan=asked.plan))
    entries = in_spans.claims
    year = count(entries, replaced=in_spans.replaced)
    left_out = wording.closed(library.unreadable(CLAIM)), wording.undated(_undated(library, asked))
    here = [plans.names[name] for name in plans.names if any(entry.plan == name for entry in year.entries)]
    counted = with_twins((*year.entries, *year.disagreeing), entries)
    most = MOST_SHOWN if asked.is_whole else FIRST_SHOWN
    ledgers = said_once(list(plan_ledgers(counted, plans, people, asked, most=most)))
    years, gaps = _years(library, asked), _gaps(library, asked, now=now, today=today)
    is_of_several = people.is_of_several
    period = wording.period_words(
        asked.year, is_current=asked.year == today.year, by_plan_year=asked.by_plan_year
    )
    return YearPage(
        number=asked.year,
        title=_("{year} in money").format(year=asked.year),
        lede=_lede(year, ledgers, period=period, plans=len(here), is_of_several=is_of_several),
        notes=(*_period_notes(plans, asked), *year.notes, *filter(None, left_out)),
        years=tuple(years[:YEARS]),
        more_years=tuple(years[YEARS:]),
        spans=tuple(_spans(plans, asked)),
        narrowed=_narrowed(plans, people, asked, entries),
        all_url=asked.url(plan=None, person=""),
        claims_url=asked.claims_url(),
        claims_base=reverse("claims:list"),
        is_by_plan_year=asked.by_plan_year,
        is_whole=asked.is_whole,
        whole_url=asked.url(is_whole=True),
        has_claims=bool(entries),
        so_far=today_words.so_far(gaps),
        gaps=tuple(today_words.gaps(gaps, are_of_all_years=True)),
        parts=tuple(
            _part(year, total, first=place == 0, people=people, plans=plans, asked=asked)
            for place, total in enumerate(year.shown)
        ),
        ledgers=ledgers,
        apart=tuple(_apart(year)),
    )


def _gaps(library: Library, asked: Asked, *, now: datetime, today: date) -> list[Source]:
    """Return which plans asked for may lack claims; of a year that is over newer ones are not missed."""
    sources = sources_of(library.member, library, now=now)
    here = [
        source
        for plan, source in zip(library.connections, sources, strict=True)
        if asked.plan in (None, plan.pk)
    ]
    is_over = asked.year < today.year
    return [
        source
        for source in here
        if not is_over
        or source.gap in ("arriving", "none", "partial")
        or source.at is None
        or source.at.year <= asked.year
    ]


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


def _undated(library: Library, asked: Asked) -> int:
    """Return how many claims would count if their date were known; 0 of one person, whose they may not be."""
    return sum(
        tally.counted
        for volume in library.volumes(CLAIM)
        if volume.year == UNDATED.year and asked.plan in (None, volume.plan) and not asked.person
        for tally in volume.summary.kinds.values()
    )


def _years(library: Library, asked: Asked) -> list[Choice]:
    """Every year with claims, newest first; the one shown among the first where it has any."""
    numbers = years_of(library)
    if asked.year in numbers[YEARS:]:
        numbers.remove(asked.year)
        numbers.insert(YEARS - 1, asked.year)
    return [Choice(str(number), asked.url(year=number), number == asked.year) for number in numbers]


def _spans(plans: Plans, asked: Asked) -> Iterable[Choice]:
    """Calendar year and plan year, where a plan says that the two differ."""
    if any(plans.crossing.values()) or asked.by_plan_year:
        yield Choice(_("Calendar year"), asked.url(by_plan_year=False), not asked.by_plan_year)
        yield Choice(_("Plan year"), asked.url(by_plan_year=True), asked.by_plan_year)


def _period_notes(plans: Plans, asked: Asked) -> Iterable[str]:
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


def _narrowed(plans: Plans, people: People, asked: Asked, entries: Sequence[Counted]) -> str:
    plan = plans.names.get(asked.plan, "") if asked.plan else ""
    person = next((people.who(entry).name for entry in entries), "") if asked.person else ""
    if plan and person:
        return _("Only {person}, and only {plan}.").format(person=person, plan=plan)
    if asked.person and not person:
        return _("Only one person, who has no claims here.")
    shown = plan or person
    return _("Only {what}.").format(what=shown) if shown else ""


def _part(year: Year, total: YearSum, *, first: bool, people: People, plans: Plans, asked: Asked) -> Part:
    # What came without any amount is said where the first currency stands.
    entries = [
        entry for entry in year.entries if total.currency in entry.units or (first and not entry.units)
    ]
    currency = total.currency
    spans = [span for spans_there in plans.spans.values() for span in spans_there] or [calendar(asked.year)]
    whole = Span(min(span.starts for span in spans), max(span.ends for span in spans))
    tables_of_part = (
        tables.by_kind(entries, currency, lambda kind: asked.claims_url(kind=kind)),
        tables.by_provider(entries, currency, people.provider, lambda key: asked.claims_url(provider=key)),
        tables.by_person(people.in_order(entries), currency, people.who, lambda key: asked.url(person=key)),
        tables.by_plan(entries, currency, plans.names, lambda pk: asked.url(plan=pk)),
    )
    return Part(
        "" if currency == "USD" else currency,
        wording.receipt(total, is_of_several=people.is_of_several),
        tables.by_month(entries, currency, whole),
        tuple(table for table in tables_of_part if table.rows),
    )


def _lede(year: Year, ledgers: Sequence[PlanLedger], *, period: str, plans: int, is_of_several: bool) -> str:
    """Return the answer, with what of the share counted to the deductible where there is only one."""
    sentence = wording.answer(year, period=period, plans=plans, is_of_several=is_of_several)
    counted = ledgers[0].deductible if len(ledgers) == 1 else NOT_SHARED
    if counted.amount is None or len(year.sums) != 1:
        return sentence
    share = year.sums[0].your_share.amount
    is_within = share is not None and counted.amount <= share  # else others may have paid a part of it
    return f"{sentence} {_(_COUNTED[is_within, ledgers[0].is_certain]).format(amount=priced(counted))}"


def _apart(year: Year) -> Iterator[Choice]:
    base = reverse("claims:list")
    for entry in (entry for entry in year.disagreeing if not entry.is_left_out):
        label = f"{claim_words.title(entry.record)}, {date_words(entry.on)}"
        yield Choice(label, f"{base}{entry.id}/", is_here=False)
