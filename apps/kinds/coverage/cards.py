"""Cards of a member's plans, latest start first, and the two sides of an insurance card, in words.

The telephone of a plan, as its coverages state it, is for pages that send the member to it (CLAIMS_PHONE).
"""

import datetime as dt
import re
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from django.utils import timezone

from apps.connections.models import Connection
from apps.connections.people import person_of
from apps.kinds.coverage import plan_groups, records, wording
from apps.kinds.coverage.costs import CostWords, costs_words
from apps.kinds.coverage.kind import COVERAGE
from apps.kinds.coverage.kinds import HEADINGS, may_be_of, name_words, payers
from apps.kinds.coverage.plan_groups import Claimant, Held, PlanHeld, who_pays_first
from apps.kinds.coverage.records import CoverageClass, CoverageRecord, days_of
from apps.kinds.coverage.wording import Card, class_facts, is_private
from apps.plain_language.capitals import calm_name
from apps.plain_language.dates import date_words
from apps.plain_language.language import _
from apps.plain_language.theirs import listed, theirs
from apps.records.shelf import Library
from apps.vault.boxes import Box
from apps.vault.errors import VaultError

_DIGITS: Final = range(7, 17)
"""So many a number has: E.164's longest, with its plus."""
_EXTENSION: Final = re.compile(r"[A-Za-z;,#]")
"""What stands in a number that a telephone cannot dial as it is: an extension, or letters for digits."""
_RELAY: Final = re.compile(r"[\s,;/(]*\b(?:TTY|TDD)\b", re.IGNORECASE)
_ONE_NUMBER: Final = re.compile(r"(?:\+?1[\s.-]?)?\(?\d{3}\)?[\s.-]?\d{3}[\s.-]?\d{4}")
_BACK: Final = ("rxbin", "rxpcn", "rxgroup", "rxid")
_AT_THE_DESK: Final = frozenset({"gpvisit", "spvisit", "emergency", "urgentcare", "televisit", "copay", "rx"})
"""What is asked for at a counter, so what cards print; yearly limits stand on the page of coverage."""


class Phone(NamedTuple):
    """A telephone as the plan wrote it, what dials it ("" where none surely does), and what stands behind."""

    text: str
    uri: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class InsuranceCard:
    """Both sides. Lines are (label, words); of the payer what was not shared is "", or None for `phone`.

    `hides` tells whether a number is masked that the member may ask for.
    """

    card: Card
    hides: bool
    payer: str
    front: tuple[tuple[str, str], ...]
    costs: tuple[CostWords, ...]
    pharmacy: tuple[tuple[str, str], ...]
    phone: Phone | None
    address: str


def insurance_card(card: Card, *parts: CoverageRecord, with_number: bool = False) -> InsuranceCard:
    """Return the insurance card of a plan whose *card* was made of *parts*; numbers only *with_number*."""
    classes = tuple(entry for part in parts for entry in part.classes)
    has_pharmacy_number = any(map(is_private, classes))
    asked_for = (cost for part in parts for cost in part.costs if cost.kind in _AT_THE_DESK)
    return InsuranceCard(
        card=card,
        hides=not with_number and (card.is_masked or has_pharmacy_number),
        payer=card.payer if any(payers(part) or part.is_self_pay for part in parts) else "",
        front=tuple(dict.fromkeys(_front(card, parts, with_number))),
        costs=costs_words(asked_for),
        pharmacy=tuple(dict.fromkeys(_lines(classes, _BACK, with_number))),
        phone=next((_phone(part.payer_phone) for part in parts if part.payer_phone), None),
        address=next((part.payer_address for part in parts if part.payer_address), ""),
    )


def _front(card: Card, parts: tuple[CoverageRecord, ...], with_number: bool) -> Iterator[tuple[str, str]]:
    """Group, plan number and dates, as cards have them; what the title says already is not said again."""
    if card.parts:
        for part in card.parts:
            yield part.name, part.period
        return
    [record] = parts
    yield from _lines(record.classes, ("group", "subgroup"), with_number)
    for entry in record.classes:
        if entry.kind in ("plan", "subplan"):
            bare = CoverageClass(entry.kind, entry.value) if name_words(entry) == card.title else entry
            yield from (
                line
                for line in class_facts([bare], with_number=with_number)
                if line[1] not in ("", card.title)
            )
    yield from (networks := list(_lines(record.classes, ("network",), with_number)))
    network = "" if networks else theirs(calm_name(record.network or ""))
    rows = (
        (_("Dependent number"), record.dependent),
        (_("Coverage starts"), date_words(record.starts)),
        (_("Coverage ends"), date_words(record.ends)),
        (_("Network"), "" if network == card.title else network),
    )
    yield from ((label, words) for label, words in rows if words)


def _lines(
    classes: tuple[CoverageClass, ...], wanted: tuple[str, ...], with_number: bool
) -> Iterator[tuple[str, str]]:
    for kind in wanted:
        of_kind = [entry for entry in classes if entry.kind == kind]
        yield from (line for line in class_facts(of_kind, with_number=with_number) if line[1])


@dataclass(frozen=True, slots=True)
class Shown:
    """A card with the rows it came from (`ids`); `card` is None when its row could not be opened.

    `shared_by` names the plans that shared it, `is_twice` whether several connections brought the same.
    """

    id: uuid.UUID
    ids: frozenset[uuid.UUID]
    shared_by: str
    is_twice: bool
    starts_on: dt.date
    connections: tuple[Connection, ...]
    card: wording.Card | None = None
    insurance: InsuranceCard | None = None
    place: int | None = None
    gone_at: dt.datetime | None = None
    """Since when none of the rows is sent any more."""

    @property
    def has_ended(self) -> bool:
        """Whether the plan ended every permission by which this came."""
        return all(connection.needs_sign_in for connection in self.connections)

    @property
    def kept(self) -> Connection | None:
        """The connection of a plan from which nothing new comes, when all of them are disconnected."""
        return self.connections[0] if all(connection.is_kept for connection in self.connections) else None


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan and whom it covers: what is the same for all of them stands once, the rest with the person."""

    people: tuple[Shown, ...]

    @property
    def card(self) -> Card | None:
        """What is the same for everybody, but for `facts`; None where it could not be opened."""
        return self.people[0].card

    @property
    def is_of_several(self) -> bool:
        """Whether it covers more than one person."""
        return len(self.people) > 1

    @property
    def period(self) -> str:
        """When it covers everybody; "" where that differs."""
        periods = {shown.card.period for shown in self.people if shown.card}
        return periods.pop() if len(periods) == 1 else ""

    @property
    def is_told_by_dates(self) -> bool:
        """Whether dates that stand once for several people say all; of a doubt they do not."""
        is_sure = self.card is not None and self.card.state in ("active", "later")
        return self.is_of_several and bool(self.period) and is_sure

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """The facts of everybody; of several none with a hidden number: what is hidden may differ."""
        first, *others = [shown.card for shown in self.people if shown.card]
        hidden = first.hidden_facts if others else ()
        common = (fact for fact in first.facts if all(fact in card.facts for card in others))
        return tuple(fact for fact in common if fact[0] not in hidden)

    @property
    def each(self) -> Iterator[tuple[Shown, list[tuple[str, str]]]]:
        """Everybody, with the facts that are theirs alone."""
        for shown in self.people:
            yield shown, [fact for fact in (shown.card.facts if shown.card else ()) if fact not in self.facts]


@dataclass(frozen=True, slots=True)
class Page:
    """What the page holds: the answer, plans by kind, those to come, those over, who pays first."""

    lede: str
    groups: tuple[tuple[str, tuple[Plan, ...]], ...]
    later: tuple[Plan, ...]
    earlier: tuple[Plan, ...]
    unopened: tuple[Plan, ...]
    pays_first: tuple[str, ...]

    @property
    def not_over(self) -> tuple[Plan, ...]:
        """Every plan that holds, or is to come, in the order of the page."""
        return (*self._holding, *self.later)

    @property
    def is_one(self) -> bool:
        """Whether there is one plan, which nothing else is told from."""
        return len(self.not_over) == 1

    @property
    def has_costs(self) -> bool:
        """Whether a plan says what care costs."""
        return any(plan.card and plan.card.costs for plan in (*self.not_over, *self.earlier))

    @property
    def has_limits(self) -> bool:
        """Whether a plan that holds states a limit of the year: toward one to come nothing counts."""
        return any(plan.card and plan.card.limits for plan in self._holding)

    @property
    def _holding(self) -> tuple[Plan, ...]:
        return tuple(plan for _heading, plans in self.groups for plan in plans)


def shown(
    library: Library, *, on: dt.date, reveal: uuid.UUID | None = None, is_called: bool = False
) -> list[Shown]:
    """Return the plans a member has, as of *on*; only the one with the record *reveal* shows its numbers.

    *is_called*: people are named as the member calls them; a card for the counter has the plan's own names.
    """
    held, broken = list[Held](), list[Shown]()
    connections, gone = library.by_id, dict[uuid.UUID, dt.datetime | None]()
    of_people, places = library.household.places, dict[uuid.UUID, int]()
    people = {key: _person(connection, library.box) for key, connection in connections.items()}
    spelled: dict[str, str] = {}
    for held_coverage in reversed(library.held(COVERAGE)):
        entry, connection = held_coverage.entry, connections[held_coverage.plan]
        gone[held_coverage.id], name = entry.gone_at, connection.plan.name
        whom = library.household.key_of(held_coverage.plan, entry.person_key)
        places[held_coverage.id] = of_people.get(whom, len(of_people))
        if entry.is_unreadable:
            broken.append(
                Shown(
                    held_coverage.id, frozenset({held_coverage.id}), name, False, dt.date.min, (connection,)
                )
            )
            continue
        record = COVERAGE.open_brief(entry.brief)
        called = library.household.person(held_coverage.plan).called if is_called else ""
        person = called or record.person or people[held_coverage.plan]
        person = spelled.setdefault(person.casefold(), person)  # one plan writes DANA MARLOW, one Dana Marlow
        held.append(Held(held_coverage.id, record, held_coverage.plan, name, person))
    plans = plan_groups.plans(held)
    tells_person = len(plan_groups.people(plans)) > 1
    cards = [_shown(plan, connections, on=on, reveal=reveal, tells_person=tells_person) for plan in plans]
    cards = [replace(card, gone_at=_gone_at([gone[pk] for pk in card.ids])) for card in cards]
    latest_first = sorted([*cards, *broken], key=lambda held: (held.starts_on, held.id.hex), reverse=True)
    return sorted(latest_first, key=lambda held: places[held.id])


def page(plans: Sequence[Shown]) -> Page:
    """Sort what is *shown* into the parts of the page."""
    in_state: dict[str, list[Shown]] = {"ended": [], "later": [], "now": [], "": []}
    for plan in plans:
        state = "ended" if plan.gone_at and plan.card else plan.card.state if plan.card else ""
        in_state[state if state in in_state else "now"].append(plan)
    groups = [(heading, [card for card in in_state["now"] if card.card and card.card.kind == kind])
              for kind, heading in HEADINGS.items()]  # fmt: skip
    active = [card for card in in_state["now"] if card.card and card.card.state == "active"]
    sent = [plan.card for plan in plans if plan.card and not plan.gone_at]
    return Page(
        lede=wording.lede(
            sorted(sent, key=lambda card: list(HEADINGS).index(card.kind)), are_all=len(sent) == len(plans)
        ),
        groups=tuple((_(heading), _together(cards)) for heading, cards in groups if cards),
        later=_together(in_state["later"]),
        earlier=tuple(Plan((shown,)) for shown in in_state["ended"]),
        unopened=tuple(Plan((shown,)) for shown in in_state[""]),
        pays_first=tuple(who_pays_first(_claimants(active))),
    )


def _together(cards: Sequence[Shown]) -> tuple[Plan, ...]:
    """Put cards of different people together that say the same of one plan."""
    plans, often = dict[object, list[Shown]](), Counter[object]()
    for shown in cards:
        card, key = shown.card, object()
        is_plain = not (shown.gone_at or shown.is_twice or shown.kept or shown.has_ended)
        if card and card.whose and is_plain and not card.parts:
            alike = (
                card.title,
                card.kind,
                card.kind_words,
                card.payer,
                card.state,
                card.costs,
                shown.shared_by,
            )
            often[alike, card.whose] += 1
            key = alike, often[alike, card.whose]
        plans.setdefault(key, []).append(shown)
    return tuple(Plan(tuple(people)) for people in plans.values())


def _claimants(active: Sequence[Shown]) -> Iterator[Claimant]:
    is_one_source = len({card.connections for card in active}) < 2
    for card in active:
        if card.card:
            # Numbers of two sources that name nobody may be about two people.
            place = card.place if card.card.person or is_one_source else None
            yield Claimant(card.card.title, card.card.kind, card.card.person, place)


def _gone_at(rows: Sequence[dt.datetime | None]) -> dt.datetime | None:
    moments = [moment for moment in rows if moment is not None]
    return max(moments) if len(moments) == len(rows) else None


def _person(connection: Connection, box: Box) -> str:
    """The name the plan gave whose records these are; "" when it gave none, or it does not open."""
    try:
        return person_of(connection, box).name
    except (VaultError, ValueError, TypeError):
        return ""


def _shown(
    plan: PlanHeld,
    connections: dict[uuid.UUID, Connection],
    *,
    on: dt.date,
    reveal: uuid.UUID | None,
    tells_person: bool,
) -> Shown:
    first, with_number = plan.first, reveal in plan.ids
    sources = dict.fromkeys(held.source for part in plan.parts for held in part.held)
    card = wording.card(
        *plan.records,
        on=on,
        shared_by=first.shared_by,
        person=first.person,
        tells_person=tells_person,
        with_number=with_number,
        is_read=any(connections[source].is_active for source in sources),
    )
    starts = [days[0] for coverage in plan.records if (days := records.days_of(coverage.starts))]
    return Shown(
        id=first.id,
        ids=plan.ids,
        shared_by=listed(tuple(dict.fromkeys(plan.shared_by))),
        is_twice=len(sources) > 1,
        starts_on=max(starts, default=dt.date.min),
        connections=tuple(connections[source] for source in sources),
        card=card,
        insurance=insurance_card(card, *plan.records, with_number=with_number),
        place=next((coverage.order for coverage in plan.records if coverage.order), None),
    )


def phone_of(library: Library, plan: uuid.UUID, payer: str | None) -> Phone | None:
    """Return the one telephone that the coverages of a connection state: those in force, else all of them.

    None where none is stated, or several are, or one in force is of another payer than it: plans send what
    other insurers cover, too. Where the claim names its *payer*, only that one's coverages, and those that
    name none, answer for it.
    """
    opened = [COVERAGE.brief_of(held.entry) for held in library.held(COVERAGE, plan=plan)]
    covers = [cover for cover in opened if cover and cover.status != "entered-in-error"]
    covers = [cover for cover in covers if may_be_of(cover, payer)]
    in_force = [record for record in covers if _is_in_force(record, timezone.localdate())] or covers
    telling = [record for record in in_force if record.payer_phone]
    telling = telling or [record for record in covers if record.payer_phone]
    numbers, payers = {record.payer_phone for record in telling}, {record.payers for record in telling}
    if len(numbers) != 1 or any(record.payers not in payers for record in in_force):
        return None
    return _phone(str(numbers.pop()))


def _phone(text: str) -> Phone:
    number = _RELAY.split(text, maxsplit=1)[0]
    digits = re.sub(r"[^0-9+]", "", number)
    if number == text:
        can_dial = len(digits) in _DIGITS and not _EXTENSION.search(number)
    else:
        can_dial = bool(_ONE_NUMBER.fullmatch(number))
    return Phone(number, f"tel:{digits}", text.removeprefix(number)) if can_dial else Phone(text, "")


def _is_in_force(record: CoverageRecord, today: dt.date) -> bool:
    starts, ends = days_of(record.starts), days_of(record.ends)
    return not (record.status == "cancelled" or (starts and starts[0] > today) or (ends and ends[1] < today))
