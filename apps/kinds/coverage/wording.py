"""CoverageRecord -> the words and figures of one plan's card: pure, in the reader's language."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from apps.kinds.coverage import kinds
from apps.kinds.coverage.costs import CostWords, costs_words
from apps.kinds.coverage.kinds import Kind
from apps.kinds.coverage.records import CoverageClass, CoverageRecord, days_of
from apps.plain_language.capitals import calm_name, calm_words
from apps.plain_language.dates import date_words, span_words
from apps.plain_language.language import _, plural, said
from apps.plain_language.money import NOT_SHARED
from apps.plain_language.theirs import filled, joined, listed, part_words, theirs

State = Literal["active", "unknown", "ended", "later", "cancelled", "draft"]

_OF_A_MEMBER: Final = re.compile(r"member|^(?!.*(?:group|plan|network|division)).*\b(?:rx)?id(?![a-z])", re.I)
# HL7 subscriber-relationship: of the person covered to the one who holds the plan. Who reads may be either.
RELATIONSHIPS: Final = {
    "self": said("Holds this plan"),
    "spouse": said("Spouse or partner of the person who holds the plan"),
    "common": said("Spouse or partner of the person who holds the plan"),
    "child": said("Child of the person who holds the plan"),
    "parent": said("Parent of the person who holds the plan"),
    "other": said("Covered through another person"),
    "injured": said("Covered as an injured person"),
}
STATES: Final[dict[State, tuple[str, str, str]]] = {  # words, badge, icon; the most telling of several first
    "active": (said("Active"), "ok", "check"),
    "unknown": (said("Not known for today"), "quiet", "clock"),
    "cancelled": (said("Cancelled"), "attention", "alert"),
    "draft": (said("Not final"), "attention", "alert"),
    "later": (said("Not started yet"), "quiet", "clock"),
    "ended": (said("Ended"), "quiet", "clock"),
}

_HOLDS: Final = {
    (True, True): (
        said("You are covered from {start} until {end}."),
        said("{person} is covered from {start} until {end}."),
    ),
    (True, False): (
        said("You have been covered since {start}."),
        said("{person} has been covered since {start}."),
    ),
    (False, True): (said("You are covered until {end}."), said("{person} is covered until {end}.")),
}
"""Whether start and end are known -> what is said to who is covered, and of somebody else."""
_UNTOLD: Final = said("What came does not tell whether this is active today: {plans}. Ask your plan.")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a plan that is shared in parts: "Part A", its dates, its state."""

    name: str
    period: str
    state: State
    state_words: str


@dataclass(frozen=True, slots=True)
class Card:
    """One plan as shown. `member_number` is masked unless the member asked for it.

    `person` is "" where nobody was named, `whose` also where all is about one person; `parts` is empty for a
    plan that is whole.
    """

    title: str
    told: str
    """The title with the parts that are in its state, where others are not: "Medicare (Part C)"."""
    kind: Kind
    kind_words: str
    person: str
    state: State
    state_words: str
    state_badge: str
    state_icon: str
    is_dated: bool
    """Whether what is in its state has dates that say so, or only the plan's own word."""
    sentence: str
    period: str
    payer: str
    member_number: str
    is_masked: bool
    parts: tuple[Part, ...]
    facts: tuple[tuple[str, str], ...]
    hidden_facts: frozenset[str]
    """Labels of facts in which a number is masked, so that each has a way to be shown beside it."""
    costs: tuple[CostWords, ...]
    whose: str = ""

    @property
    def limits(self) -> tuple[CostWords, ...]:
        """What of the costs is a limit of the year."""
        return tuple(cost for cost in self.costs if cost.is_limit)

    @property
    def other_costs(self) -> tuple[CostWords, ...]:
        """What of the costs is no limit: what a visit, a stay or a drug costs."""
        return tuple(cost for cost in self.costs if not cost.is_limit)


def card(
    *parts: CoverageRecord,
    on: dt.date,
    shared_by: str,
    person: str = "",
    tells_person: bool = False,
    with_number: bool = False,
    is_read: bool = True,
) -> Card:
    """Return what the card of a plan says on the day *on*; the member number only *with_number*.

    *is_read*: what the plan changes still comes.

    *parts* is its coverage, or several that are its parts. *shared_by* is the name of the connected plan, the
    title where the coverage names nothing. *person* is who is covered, named in the sentence if
    *tells_person*: where one member reads about several people.
    """
    states = [state_of(part, on=on, is_read=is_read) for part in parts]
    state = min(states, key=list(STATES).index)
    record = parts[states.index(state)]
    number = next((part.member_number for part in parts if part.member_number), None)
    title, kind_words = title_of(*parts) or shared_by, kinds.type_words(record)
    named = tuple(_part(part, its) for part, its in zip(parts, states, strict=True)) if parts[1:] else ()
    part_names = _parts_in(state, named, [_is_dated(part) for part in parts])
    facts = dict.fromkeys(_facts(record, with_number, is_whole=not named))
    unmasked = set(_facts(record, with_number=True, is_whole=not named))
    return Card(
        title=title,
        told=_with_parts(title, part_names),
        kind=kinds.kind_of(record),
        kind_words=kind_words if kind_words != title else "",
        person=person or record.person or "",
        state=state,
        state_words=_with_parts(_(STATES[state][0]), part_names),
        state_badge=STATES[state][1],
        state_icon=STATES[state][2],
        is_dated=any(_is_dated(part) for part, its in zip(parts, states, strict=True) if its == state),
        sentence=_of_parts(parts, states) if named else _sentence(record, state, person * tells_person),
        period="" if named else _period(record),
        payer=_payer(parts, record),
        member_number=(number if with_number else masked(number)) if number else _(NOT_SHARED),
        is_masked=bool(number) and not with_number,
        parts=named,
        facts=tuple(facts),
        hidden_facts=frozenset(label for label, value in facts if (label, value) not in unmasked),
        costs=costs_words(cost for part in parts for cost in part.costs),
        whose=(person or record.person or "") if tells_person else "",
    )


def title_of(*parts: CoverageRecord) -> str | None:
    """Return what the plan is called: what its parts are parts of, else see `kinds.title_of`."""
    if parts[1:] and (part := kinds.part_of(parts[0])):
        return theirs(part[0])
    return kinds.title_of(parts[0])


def heading_of(record: CoverageRecord) -> str:
    """Return what a coverage is called and when it holds, as far as its plan says either; else ""."""
    period = _period(record) if _is_dated(record) else ""
    return ", ".join(part for part in (title_of(record), period) if part)


def state_of(record: CoverageRecord, *, on: dt.date, is_read: bool = True) -> State:
    """Judge by the period: payers call a coverage that ended "cancelled", and one in the past "active".

    What came without dates and without "active", under a word of the plan's own or with an end that cannot be
    read, or is read no more, does not tell whether it holds.
    """
    starts, ends = days_of(record.starts), days_of(record.ends)
    if ends and ends[1] < on:
        return "ended"
    if record.status == "cancelled":
        return "cancelled" if starts or ends else "ended"
    if record.status == "draft":
        return "draft"
    if starts and starts[0] > on:
        return "later"
    is_told = record.status in ("active", None) and not _has_unreadable_end(record)
    return "active" if is_read and is_told and (record.status or starts or ends) else "unknown"


def _is_dated(record: CoverageRecord) -> bool:
    return bool(record.starts or record.ends)


def _has_unreadable_end(record: CoverageRecord) -> bool:
    """Return whether it may have ended: of its dates one cannot be read, and no other is its end."""
    return bool(record.unreadable_dates) and not record.ends


def lede(cards: Sequence[Card], *, are_all: bool = True) -> str:
    """The page's answer: one sentence, or one for each person where several are covered.

    Without *are_all* there are others, which do not open or are no longer sent.
    """
    if not cards and are_all:
        return _("No coverage has arrived yet.")
    active: dict[str, list[str]] = {}
    for card in cards:
        if card.state == "active" and card.is_dated:
            titles = active.setdefault(card.person, [])
            titles += [] if card.told in titles else [card.told]
    listed_only = _("Your plan says this is active, without dates: {plans}.")
    sentences = [
        _covered(active, cards),
        _of_state("active", listed_only, [card for card in cards if not card.is_dated]),
        _of_state("unknown", _(_UNTOLD), cards),
    ]
    lead = joined(" ", [sentence for sentence in sentences if sentence])
    return lead or _("None of the coverage your plans shared is active today.")


def _of_state(state: State, text: str, cards: Sequence[Card]) -> str:
    """Return *text* about the plans of the *cards* in a *state*; "" where there is none."""
    titles = tuple(dict.fromkeys(card.told for card in cards if card.state == state))
    return filled(text, plans=listed(titles)) if titles else ""


def _covered(active: Mapping[str, Sequence[str]], cards: Sequence[Card]) -> str:
    """Return who is covered today by what, by person; "" where nothing tells it of anybody."""
    if not active:
        return ""
    if len({card.person for card in cards}) < 2 or set(active) == {""}:
        return filled(_("You are covered today by {plans}."), plans=listed(next(iter(active.values()))))
    alike: dict[tuple[str, ...], list[str]] = {}
    for person, titles in active.items():
        alike.setdefault((*titles, *([] if person else [""])), []).append(person)
    return joined(" ", [_of_people(people, titles) for titles, people in alike.items()])


def _of_people(people: Sequence[str], titles: Sequence[str]) -> str:
    if people == [""]:
        return filled(_("Somebody is covered today by {plans}."), plans=listed(titles[:-1]))
    text = plural(
        "{person} is covered today by {plans}.", "{person} are covered today by {plans}.", len(people)
    )
    return filled(text, person=listed(people), plans=listed(titles))


def masked(number: str) -> str:
    """Say the last four characters of a number long enough to hide the rest: read and heard alike."""
    return _("ending in {digits}").format(digits=number[-4:]) if len(number) > 6 else _("hidden")


def is_private(entry: CoverageClass) -> bool:
    """Return whether a class is a member's own number, which is masked like the member number."""
    return bool(entry.value and _OF_A_MEMBER.search(entry.kind or ""))


def class_facts(entries: Sequence[CoverageClass], *, with_number: bool) -> Iterator[tuple[str, str]]:
    """Yield (label, words) of the classes: the name, and the number behind it; private ones masked."""
    for entry in entries:
        value, is_hidden = entry.value, is_private(entry) and not with_number
        if value and is_hidden:
            value = masked(value)
        is_in_name = bool(entry.value and entry.value in (entry.name or ""))
        words = (value if is_hidden and is_in_name else kinds.name_words(entry) or value) or ""
        if (
            entry.name
            and value
            and not re.search(rf"(?<!\w){re.escape(entry.value or '')}(?!\w)", entry.name)
        ):
            words = joined("", [words, f" ({value})"])
        yield (
            (
                _(kinds.CLASSES[entry.kind])
                if entry.kind in kinds.CLASSES
                else theirs(entry.kind) or _("Class")
            ),
            words,
        )


def _part(record: CoverageRecord, state: State) -> Part:
    part = kinds.part_of(record)
    name = (part_words(part[1]) or theirs(part[1])) if part else title_of(record) or ""
    return Part(name=name, period=_period(record), state=state, state_words=_(STATES[state][0]))


def _parts_in(state: State, named: Sequence[Part], dated: Sequence[bool]) -> str:
    """Return which parts are in a *state*, by their dates if any has some; "" where all are."""
    there = [
        (part.name, has_dates) for part, has_dates in zip(named, dated, strict=False) if part.state == state
    ]
    most_telling = any(has_dates for _name, has_dates in there)
    names = tuple(dict.fromkeys(name for name, has_dates in there if has_dates == most_telling))
    return listed(names) if len(there) < len(named) else ""


def _with_parts(words: str, parts: str) -> str:
    return filled(_("{words} ({parts})"), words=words, parts=parts) if parts else words


def _of_parts(parts: Sequence[CoverageRecord], states: Sequence[State]) -> str:
    """What is active of a plan in parts; parts without dates are told apart, for they may be everybody's."""
    names = [_part(record, state).name for record, state in zip(parts, states, strict=True)]
    dated = [_is_dated(record) for record in parts]
    several = list(dict.fromkeys(zip(names, states, dated, strict=True)))
    active = [name for name, state, has_dates in several if state == "active" and has_dates]
    vague = [name for name, state, has_dates in several if state == "active" and not has_dates]
    sentences = []
    if active:
        text = plural("{parts} is active today.", "{parts} are active today.", len(active))
        sentences.append(filled(text, parts=listed(active)))
    elif untold := [name for name, state, _dated in several if state == "unknown"]:
        sentences.append(filled(_(_UNTOLD), plans=listed(untold)))
    elif vague and any(dated):
        sentences.append(_("No part with dates is active today."))
    if vague:
        sentences.append(filled(_("Your plan also lists {parts}, without dates."), parts=listed(vague)))
    return joined(" ", sentences) or _("No part of this plan is active today.")


def _payer(parts: Sequence[CoverageRecord], record: CoverageRecord) -> str:
    names = listed(tuple(dict.fromkeys(name for part in parts for name in kinds.payers(part))))
    return names or (_("You") if record.is_self_pay else _(NOT_SHARED))


def _sentence(record: CoverageRecord, state: State, person: str) -> str:
    starts, ends = date_words(record.starts), date_words(record.ends)
    match state:
        case "ended" if not record.ends:
            return _("This coverage ended.")
        case "ended":
            on_a_day = len(record.ends or "") == 10
            text = _("This coverage ended on {date}.") if on_a_day else _("This coverage ended in {date}.")
            return text.format(date=ends)
        case "later":
            on_a_day = len(record.starts or "") == 10
            text = _("This coverage starts on {date}.") if on_a_day else _("This coverage starts in {date}.")
            return text.format(date=starts)
        case "cancelled":
            return _("Your plan marks this coverage as cancelled, but its dates are not over.")
        case "draft":
            return _("Your plan marks this coverage as not final yet.")
    return _unclear(record) or _whose(record, starts, ends, person)


def _unclear(record: CoverageRecord) -> str:
    """Return why nothing tells whether it holds: the plan's own word, or an end that cannot be read."""
    if record.status not in ("active", None):
        return filled(_("Your plan marks this coverage as “{status}”."), status=theirs(record.status or ""))
    text = _("Your plan sent a date that cannot be read: {text}.")
    is_unread = _has_unreadable_end(record)
    return text.format(text=", ".join(record.unreadable_dates)) if is_unread else ""


def _whose(record: CoverageRecord, starts: str, ends: str, person: str) -> str:
    """Who is covered in which time, of a coverage that holds or may hold."""
    if not (starts or ends):
        return (
            _("Your plan says this coverage is active, without dates.")
            if record.status == "active"
            else _("Your plan shared this coverage, without dates.")
        )
    yours, others = _HOLDS[bool(starts), bool(ends)]
    return _(others if person else yours).format(person=person, start=starts, end=ends)


def _period(record: CoverageRecord) -> str:
    if record.unreadable_dates and not (record.starts and record.ends):
        return _("date not readable: {text}").format(text=", ".join(record.unreadable_dates))
    if record.starts and not record.ends:
        return _("since {date}").format(date=date_words(record.starts))
    return span_words(record.starts, record.ends) or _("no dates shared")


def _facts(record: CoverageRecord, with_number: bool, *, is_whole: bool) -> Iterator[tuple[str, str]]:
    relationship = RELATIONSHIPS.get(record.relationship or "")
    relation = theirs(calm_words(record.relationship or ""))
    facts = [(_("Relation to the plan"), _(relationship) if relationship else relation)]
    if record.subscriber_number and record.subscriber_number != record.member_number:
        number = record.subscriber_number
        facts.append((_("Subscriber number"), number if with_number else masked(number)))
    facts += [
        (_("Dependent number"), record.dependent or ""),
        (_("Network"), theirs(calm_name(record.network or ""))),
    ]
    if is_whole:
        facts += class_facts(record.classes, with_number=with_number)
    return ((label, value) for label, value in facts if value)
