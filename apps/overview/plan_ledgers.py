"""What counted toward the limits of each plan: person by person, and for a family together."""

from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, partial
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from apps.connections.models import Connection
from apps.kinds.claim.counted import Counted
from apps.kinds.claim.records import NOT_SHARED, Figure
from apps.kinds.claim.year import grouped
from apps.kinds.coverage.kind import COVERAGE
from apps.kinds.coverage.records import CoverageRecord
from apps.overview import ledger_words, wording
from apps.overview.asked import Asked, Choice
from apps.overview.ledger import Care, Ledger, in_two, ledgers
from apps.overview.ledger_words import CARES, FIRST_SHOWN, Block, blocks
from apps.overview.limit_words import Period
from apps.overview.people import People
from apps.overview.plan_counts import plan_counts
from apps.overview.plan_years import Limits, Span, calendar, has_no_maximum, limits, plan_years, said_how
from apps.overview.typed_limits import FAMILY, Place, Typing, filled, typing
from apps.records.remarks import Topic
from apps.records.shelf import Library


@dataclass(frozen=True, slots=True)
class PlanLedger:
    """What counted in one plan year of one plan for a person or a family.

    `elsewhere` says where to look instead.
    """

    heading: str
    """Whose limits they are, where there are several people; else the plan."""
    period: str
    blocks: tuple[Block, ...]
    elsewhere: tuple[Choice, ...] = ()
    notes: tuple[str, ...] = ()
    typing: Typing | None = None
    """The form for limits that the plan did not state."""
    url: str = ""
    """The address of the page of its year."""
    deductible: Figure = NOT_SHARED
    """What counted toward the deductible of medical care; `NOT_SHARED` where no claim states it."""
    is_certain: bool = True
    """Whether nothing of that may not count."""
    plan: str = ""
    """The plan, where `heading` says whose."""
    how_of_family: str = ""
    """How a person's limit goes with the family's, where there is a family and either is told of."""
    contract: int = 0
    """Which policy of the page it is of: see `said_once`."""


class Policy(NamedTuple):
    """What the claims of one contract have in common: the plan and its subscriber's numbers.

    Without a number the connection stands for itself, and where it has several, whom the claim is about.
    """

    of: Hashable
    numbers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plans:
    """The connections looked at: names, coverages, and the spans of the year asked for."""

    names: dict[UUID, str]
    coverages: dict[UUID, list[CoverageRecord]]
    spans: dict[UUID, list[Span]]
    today: date
    connections: dict[UUID, Connection]
    typed: Mapping[str, Any] = field(repr=False)
    """What the member typed, by `Place.subject`."""
    crossing: dict[UUID, list[Span]]
    """Plan years of a plan that reach into another calendar year and touch the year asked for."""

    def policy(self, pk: UUID, person: str, *, people: People) -> Policy:
        """Return the policy of the claims about *person*, a key, that came through a connection.

        Several numbers there are several families: whose each is, its coverage names. No family is inferred.
        """
        coverages = self.coverages.get(pk, [])
        numbers = _numbers(coverages)
        if len(numbers) > 1:
            numbers = _numbers(coverage for coverage in coverages if people.key(pk, coverage) == person)
            if not numbers:
                return Policy((pk, person))
        return Policy(self.connections[pk].plan_id, numbers) if numbers else Policy(pk)

    def within(self, policy: Policy) -> "Plans":
        """Return them with the coverages of *policy* alone, where a connection has those of several."""
        coverages = {
            pk: [
                coverage for coverage in connection_coverages if coverage.subscriber_number in policy.numbers
            ]
            if len(_numbers(connection_coverages)) > 1
            else connection_coverages
            for pk, connection_coverages in self.coverages.items()
        }
        return replace(self, coverages=coverages)

    def limits(
        self, here: Iterable[UUID], span: Span, care: Care, *, person: str = "", of_family: bool = False
    ) -> Limits:
        """Return the limits that the coverages of these connections state for a person, or a family."""
        return limits(self._stated(here), span, care, today=self.today, person=person, of_family=of_family)

    def said_how(self, here: Iterable[UUID], span: Span) -> str:
        """Return what the coverages of these connections call the limit of a family: see `said_how`."""
        return said_how(self._stated(here), span, today=self.today)

    def beside(self, pk: UUID, person: str) -> str:
        """Return the name of a plan beside *person*: where it is told apart by that name, without it."""
        plan, _person, number = self.names[pk].rpartition(person)
        return f"{self.connections[pk].plan.name}{number}" if plan else self.names[pk]

    def has_no_maximum(self, here: Iterable[UUID], span: Span, person: str) -> bool:
        """Return whether the coverage there has no most that a person can have to pay."""
        return has_no_maximum(self._stated(here), span, person=person)

    def _stated(self, here: Iterable[UUID]) -> list[CoverageRecord]:
        return [coverage for pk in here for coverage in self.coverages.get(pk, [])]


def _numbers(coverages: Iterable[CoverageRecord]) -> frozenset[str]:
    return frozenset(coverage.subscriber_number for coverage in coverages if coverage.subscriber_number)


def _coverages(library: Library) -> dict[UUID, list[CoverageRecord]]:
    by_connection: dict[UUID, list[CoverageRecord]] = {}
    for held in library.held(COVERAGE):
        if not held.entry.is_unreadable:
            by_connection.setdefault(held.plan, []).append(COVERAGE.open_brief(held.entry.brief))
    return by_connection


def plans_of(library: Library, names: dict[UUID, str], asked: Asked, today: date) -> Plans:
    """Return the plans of a member with the coverages that their books hold, and the limits they typed."""
    typed = library.said(Topic.LIMITS)[Topic.LIMITS]
    coverages = _coverages(library)
    year = calendar(asked.year)
    spans: dict[UUID, list[Span]] = {}
    crossing: dict[UUID, list[Span]] = {}
    for pk in names:
        stated = plan_years(coverages.get(pk, []))
        touching = [limit for limit in stated if limit.starts <= year.ends and year.starts <= limit.ends]
        crossing[pk] = [span for span in touching if span.crosses_years]
        starting = [span for span in crossing[pk] if span.starts.year == asked.year]
        spans[pk] = starting if asked.by_plan_year and starting else [year]
    by_subject = {subject: remark.value for subject, remark in typed.items()}
    return Plans(names, coverages, spans, today, library.by_id, by_subject, crossing)


def plan_ledgers(
    entries: Sequence[Counted], plans: Plans, people: People, asked: Asked, *, most: int = FIRST_SHOWN
) -> Iterator[PlanLedger]:
    """Yield the ledgers of every plan, each person's, and after those of a policy that of its family.

    Each tells *most* of its claims row by row. What goes for a whole policy each says: see `said_once`.
    """
    twice = in_two(entries)
    policy = cache(partial(plans.policy, people=people))
    policies = grouped(people.in_order(entries), lambda entry: policy(entry.plan, people.who(entry).key))
    for number, (contract, of_policy) in enumerate(policies.items()):
        name = f"ledger-{number}"
        within = plans.within(contract)
        beside = partial(_beside_left, of_policy, within, people)
        ledgers_of_policy = _of_persons(
            of_policy, plans, people, asked, twice=twice, beside=beside, name=name, most=most
        )
        if not asked.person:
            family = _family_key(of_policy, contract, plans, people)
            of_family = _of_family(
                of_policy, within, people, asked, key=family, name=f"family-{number}", most=most
            )
            ledgers_of_policy = chain(ledgers_of_policy, of_family)
        yield from (replace(ledger, contract=number) for ledger in ledgers_of_policy)


def said_once(shown: Sequence[PlanLedger]) -> tuple[PlanLedger, ...]:
    """Return the ledgers that a page shows; what goes for a whole policy the last of a year of it says."""
    last = {(ledger.contract, ledger.period): ledger for ledger in shown if ledger.how_of_family}
    return tuple(
        ledger if ledger is last.get((ledger.contract, ledger.period)) else replace(ledger, how_of_family="")
        for ledger in shown
    )


def _family_key(entries: Iterable[Counted], contract: Policy, plans: Plans, people: People) -> str:
    """Return under which key the limits of a family are typed: one of its own beside other families."""
    is_alone = all(len(_numbers(plans.coverages.get(entry.plan, []))) < 2 for entry in entries)
    return FAMILY if is_alone else people.keys.of("policy", " ".join(sorted(contract.numbers)))


def _of_persons(
    entries: Sequence[Counted],
    plans: Plans,
    people: People,
    asked: Asked,
    *,
    twice: Container[UUID],
    beside: Callable[[Span], str],
    name: str,
    most: int,
) -> Iterator[PlanLedger]:
    for place, (pk, of_plan) in enumerate(grouped(entries, lambda entry: entry.plan).items()):
        if plans.crossing[pk] and not asked.by_plan_year:
            yield PlanLedger(plans.names[pk], "", (), tuple(_elsewhere(plans.crossing[pk], asked)))
            continue
        by_person = grouped(of_plan, lambda entry: people.who(entry).key)
        for number, own in enumerate(by_person.values()):
            for span in plans.spans[pk]:
                of_span = [entry for entry in own if span.holds(entry.on)]
                key = f"{name}-{place}-{number}-{span.starts.isoformat()}"
                ledger_of_span = _of_person(own[0], of_span, plans, people, span, key=key, most=most)
                if ledger_of_span.blocks:
                    yield replace(
                        ledger_of_span,
                        notes=ledger_words.in_two(sum(entry.id in twice for entry in of_span)),
                        url=asked.at(span),
                        how_of_family=beside(span)
                        if any(block.tells_left for block in ledger_of_span.blocks)
                        else "",
                    )


def _of_person(
    first: Counted,
    of_span: Sequence[Counted],
    plans: Plans,
    people: People,
    span: Span,
    *,
    key: str,
    most: int,
) -> PlanLedger:
    """Return what the claims of a plan year come to for the person and plan that *first* is of."""
    pk, who, every = first.plan, people.who(first), ledgers(of_span)
    whose = _Whose(Place(pk, span.starts, who.key), [pk], people.named(first))
    shown, form = _blocks(of_span, every, plans, span, key=key, whose=whose, most=most)
    deductible, is_certain = _deductible(every)
    is_named = people.is_of_several
    return PlanLedger(
        who.name if is_named else plans.names[pk],
        wording.span_in_words(span),
        shown,
        typing=form,
        deductible=deductible,
        is_certain=is_certain,
        plan=plans.beside(pk, who.name) if is_named else "",
    )


def _of_family(
    entries: Sequence[Counted], plans: Plans, people: People, asked: Asked, *, key: str, name: str, most: int
) -> Iterator[PlanLedger]:
    """Yield what a family's claims come to, where several people are here or a family's limit is stated."""
    here = list(dict.fromkeys(entry.plan for entry in entries))
    if any(plans.crossing[pk] for pk in here) and not asked.by_plan_year:
        return
    ids = {entry.id for entry in entries}
    once = [entry for entry in entries if entry.twin_of not in ids]
    for span in plans.spans[here[0]]:
        of_span = [entry for entry in once if span.holds(entry.on)]
        if not _is_family(of_span, plans, people, span, here=here):
            continue
        names = list({someone.key: someone.name for someone in map(people.who, of_span)}.values())
        whose = _Whose(Place(min(here), span.starts, key), here, of_family=True)
        place = f"{name}-{span.starts.isoformat()}"
        shown, form = _blocks(of_span, ledgers(of_span), plans, span, key=place, whose=whose, most=most)
        heading = ledger_words.family_heading(plans.connections[here[0]].plan.name)
        yield PlanLedger(
            heading,
            wording.span_in_words(span),
            shown,
            notes=(ledger_words.whose_of_family(names),),
            typing=form,
            url=asked.at(span),
            how_of_family=ledger_words.how_of_family(plans.said_how(here, span)),
        )


def _is_family(
    of_span: Sequence[Counted], plans: Plans, people: People, span: Span, *, here: Iterable[UUID]
) -> bool:
    """Whether these claims of one policy are of several people, or its plan states a limit for a family."""
    is_limited = plans.limits(here, span, "medical", of_family=True).can_be_reached
    return bool(of_span) and (is_limited or len({people.who(entry).key for entry in of_span}) > 1)


def _beside_left(entries: Sequence[Counted], plans: Plans, people: People, span: Span) -> str:
    """Return how what is left to one person goes with the family's limit; "" where nothing tells of one."""
    here = list(dict.fromkeys(entry.plan for entry in entries))
    of_span = [entry for entry in entries if span.holds(entry.on)]
    if not _is_family(of_span, plans, people, span, here=here):
        return ""
    return ledger_words.how_of_family(plans.said_how(here, span))


@dataclass(frozen=True, slots=True)
class _Whose:
    """Of whom limits are: where what they typed stands, of which connections, and a person's name."""

    place: Place
    here: Sequence[UUID]
    person: str = ""
    of_family: bool = False


def _elsewhere(spans: Iterable[Span], asked: Asked) -> Iterator[Choice]:
    for span in spans:
        url = asked.url(year=span.starts.year, by_plan_year=True)
        yield Choice(wording.span_in_words(span), url, is_here=False)


def _blocks(
    entries: Sequence[Counted],
    every: Sequence[Ledger],
    plans: Plans,
    span: Span,
    *,
    key: str,
    whose: _Whose,
    most: int,
) -> tuple[tuple[Block, ...], Typing | None]:
    """Return the words of *every* ledger of *entries*, and the form for what the plan did not state.

    What a plan paid toward a yearly limit is each person's, and a family's only where such a limit is known.
    """
    of_family = whose.of_family
    typed = plans.typed.get(whose.place.subject) or {}
    stated: dict[Care, Limits] = {
        care: plans.limits(whose.here, span, care, person=whose.person, of_family=of_family) for care in CARES
    }

    def limits_of(care: Care) -> Limits:
        return filled(stated[care], typed, care)

    blocks_of_span = blocks(
        [
            ledger if not of_family or limits_of(ledger.care).benefit else replace(ledger, plan_paid=None)
            for ledger in every
        ],
        limits_of,
        name=key,
        period=Period(span, plans.today, has_no_maximum=plans.has_no_maximum(whose.here, span, whose.person)),
        sentences_of=lambda ledger: plan_counts(entries, ledger, limits_of(ledger.care), of_family=of_family),
        most=most,
    )
    return blocks_of_span, typing(whose.place, every, stated, typed)


def _deductible(every: Sequence[Ledger]) -> tuple[Figure, bool]:
    """Return what counted toward the deductible of medical care, and whether all of it surely did;
    `NOT_SHARED` where nothing did.
    """
    medical = [ledger for ledger in every if ledger.care == "medical" and ledger.deductible > 0]
    if len(medical) != 1:
        return NOT_SHARED, True
    return Figure(medical[0].deductible, medical[0].currency), not medical[0].uncertain_deductible
