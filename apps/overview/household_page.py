"""The people of an account: what each is called, of whom nothing shows yet, whose care is folded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from apps.plain_language.language import _
from apps.plain_language.theirs import listed
from apps.records import remarks
from apps.records.household import ADULT, CONSENTS, Person
from apps.records.remarks import Said, Topic
from apps.records.shelf import Library

UNDO_FOR: Final = timedelta(days=1)
LONGEST_NAME: Final = 40
TOPICS: Final = (Topic.NAME, Topic.AGREED, Topic.FOLDED)
type Remarks = Mapping[Topic, Mapping[str, Said]]


@dataclass(frozen=True, slots=True)
class Undo:
    """What was said lately, to be taken back."""

    topic: str
    said_at: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One person: who they are, why they show or not, and what the member may say of them."""

    person: Person = field(repr=False)
    name: str
    about: str
    """Whose plans tell of them."""
    standing: str
    folding: str
    may_be_child: bool
    is_alone: bool
    """Nobody else's records are here, so whoever reads may be this person, of any age."""
    is_agreed: bool
    """They show because the member said so."""
    undo: tuple[Undo, ...]


def rows(library: Library, *, now: datetime) -> list[Row]:
    """Return everybody, in the order of every page."""
    said = remarks.several(library.member, library.box, *TOPICS)
    return [_row(library, person, said, now) for person in library.household.in_order]


def _row(library: Library, person: Person, said: Remarks, now: datetime) -> Row:
    plans = dict.fromkeys(library.by_id[plan].plan.name for plan in person.plans)
    name = person.shown or _("Person at {plan}").format(plan=next(iter(plans)))
    years, is_alone = person.age(library.household.today), len(library.household.people) == 1
    return Row(
        person=person,
        name=name,
        about=listed(tuple(plans)),
        standing=_standing(person, name, years, is_alone=is_alone),
        folding=_folding(person),
        may_be_child=years is None,
        is_alone=is_alone,
        is_agreed=not person.is_closed and bool(_value(said[Topic.AGREED].get(person.key))),
        undo=tuple(_undo(person, said, now)),
    )


def _value(said: Said | None) -> object:
    return said.value if said else None


def _standing(person: Person, name: str, years: int | None, *, is_alone: bool) -> str:
    if person.is_holder:
        return _("This is you, as far as we know.")
    if is_alone and years is not None and (person.is_closed or years < ADULT):
        return _of_nobody_else(years)
    if person.is_closed and years is None:
        return _(
            "No plan shares a birth date, so {name} may be another adult. Nothing shows until you say who "
            "this is."
        ).format(name=name)
    if person.is_closed:
        return _(
            "{name} is {years}. Nothing shows here until you say that {name} agreed. Ask {name} first."
        ).format(name=name, years=years)
    if years is not None and years < ADULT:
        return _("{name} is {years}. At 18, nothing shows until {name} agrees.").format(
            name=name, years=years
        )
    return _("You said that these records may show.")


def _of_nobody_else(years: int) -> str:
    """Say it to a parent and to the person alike."""
    if years < ADULT:
        text = _("Age by your plan: {years}. At 18, nothing shows until you say whose records these are.")
    else:
        text = _(
            "Age by your plan: {years}. Nothing shows here until you say whose records these are. If they "
            "are another person's, ask that person first."
        )
    return text.format(years=years)


def _folding(person: Person) -> str:
    if person.is_folded:
        return _(
            "Sensitive care is folded: day and amount show and count, what it was does not. It may fold "
            "other care too."
        )
    return _("Nothing is folded.")


def _undo(person: Person, said: Remarks, now: datetime) -> Iterator[Undo]:
    words = {
        Topic.NAME: _("You changed the name."),
        Topic.AGREED: _("You changed whether records show."),
        Topic.FOLDED: _("You changed what is folded."),
    }
    for topic in TOPICS:
        about = said[topic].get(person.key)
        if about is not None and about.said_at >= now - UNDO_FOR and about.value != about.before:
            yield Undo(topic, about.said_at.isoformat(), words[topic])


class NobodyKnown(LookupError):
    """The form names nobody of this account."""


def keep(library: Library, posted: Mapping[str, str], *, now: datetime) -> None:
    """Keep what a form says of one person; raise `NobodyKnown`. What no form sends changes nothing."""
    person = library.household.people.get(posted.get("person", ""))
    if person is None:
        raise NobodyKnown
    if (name := posted.get("name")) is not None:
        _say(library, person, Topic.NAME, " ".join(name.split())[:LONGEST_NAME] or None, now)
    if (folds := posted.get("fold")) in ("yes", "no"):
        _say(library, person, Topic.FOLDED, folds == "yes", now)
    if (consent := posted.get("agreed")) in (*CONSENTS, "no"):
        _say(library, person, Topic.AGREED, None if consent == "no" else consent, now)
    if consent == "no" or posted.get("topic") == Topic.AGREED:
        library.member.exports.all().delete()  # they may hold records that do not show any more
    said_at = remarks.read_moment(posted.get("undo", ""))
    if said_at is not None and posted.get("topic") in TOPICS:
        remarks.undo(
            member=library.member,
            box=library.box,
            topic=Topic(posted["topic"]),
            subject=person.key,
            said_at=said_at,
            now=now,
            goes_with=partial(_goes_with, person, Topic(posted["topic"])),
        )


def _say(library: Library, person: Person, topic: Topic, value: object, now: datetime) -> None:
    remarks.say(
        member=library.member,
        box=library.box,
        topic=topic,
        subject=person.key,
        value=value,
        now=now,
        connection_id=_goes_with(person, topic, value),
    )


def _goes_with(person: Person, topic: Topic, value: object) -> UUID | None:
    """Return with which connection it goes what is said of a person; None of who the member is."""
    return None if (topic, value) == (Topic.AGREED, "self") else person.plans[0]
