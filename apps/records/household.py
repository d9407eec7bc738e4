"""The people of one account: who the holder is, whose records wait for a yes, whose sensitive care is folded.

One account is one adult. What another adult's plan sends stands aside until the holder says that this person
agreed; so does a child's at 18. Of people from 12 to 17 and of other adults sensitive care is folded. Of whom
no birth date is known may be an adult; of whom no name is known may be anybody, once any plan tells a name.
"""

import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple
from uuid import UUID

from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.plain_language.capitals import calm_name, folded_name
from apps.plain_language.language import _
from apps.records import hidden_care, remarks
from apps.records.hidden_care import Hiding
from apps.records.owners import Keys, Named, Owner, owner_of
from apps.records.remarks import Said, Topic
from apps.vault.boxes import Box, box_for
from apps.vault.errors import VaultError

log = logging.getLogger("plainclaim.records")
ADULT: Final = 18
FOLDS_FROM: Final = 12
ASKED_AGAIN: Final = timedelta(days=365)
"""So long "a child of mine" holds of somebody whose birth date no plan shares."""
SAID_OF_PEOPLE: Final = (Topic.NAME, Topic.AGREED, Topic.FOLDED, Topic.HOLDER, *hidden_care.TOPICS)
"""What members say that decides whose records show, and how."""
type Consent = Literal["self", "agreed", "child"]
CONSENTS: Final[tuple[Consent, ...]] = ("self", "agreed", "child")


@dataclass(slots=True)
class Person:
    """One person of the account, by the key that stands in addresses."""

    key: str
    name: str = field(repr=False)
    """As a plan has it; "" where none shares it."""
    born: date | None = field(default=None, repr=False)
    plans: list[UUID] = field(default_factory=list)
    """The connections that tell of them, the one made first first."""
    called: str = field(default="", repr=False)
    """What the member calls them."""
    is_holder: bool = False
    is_closed: bool = False
    """Nothing of them shows before the holder says that they agreed."""
    is_folded: bool = False
    """Their sensitive care is folded."""
    has_records: bool = False
    """Whether any book tells of them."""

    @property
    def shown(self) -> str:
        """What to call them: as the member does, else as the plan does; "" where nobody says."""
        return self.called or calm_name(self.name)

    def age(self, today: date) -> int | None:
        """Return the age in whole years; None where no plan shares the birth date."""
        return age(self.born, today)


class Remarked(NamedTuple):
    """What the member says of people, each by key (`remarks.Topic`)."""

    names: Mapping[str, Said]
    agreed: Mapping[str, Said]
    folded: Mapping[str, Said]
    hiding: Hiding = hidden_care.NOTHING
    """What they hide of everybody."""
    holder: Collection[str] = ()
    """Whom the holder was taken for while a connection was here that is erased now."""


class Household:
    """Everybody whom the records of an account are about."""

    def __init__(
        self, connections: Sequence[Connection], box: Box, remarked: Remarked, *, today: date
    ) -> None:
        self.today, self._remarked, self._keys = today, remarked, Keys(box)
        in_order = sorted(connections, key=lambda connection: (*_made(connection), connection.pk))
        first = [_made(connection) for connection in in_order[:1]]
        self._began = first[0][0].date() if first else today
        self._made_first = {connection.pk for connection in in_order if _made(connection) in first}
        self._at = {connection.pk: connection.plan_id for connection in in_order}
        self.owners: dict[UUID, Owner] = {connection.pk: owner_of(connection, box) for connection in in_order}
        self.people: dict[str, Person] = {}
        for plan, owner in self.owners.items():
            person = self.people.setdefault(self.key_of(plan), Person(self.key_of(plan), owner.name))
            person.name, person.born = person.name or owner.name, person.born or _day(owner.born)
            person.plans.append(plan)
        self._decide()

    @property
    def hiding(self) -> Hiding:
        """What the member hides of everybody's care."""
        return self._remarked.hiding

    def hides(self, plan: UUID, person_key: str, categories: Collection[str]) -> bool:
        """Whether records of somebody that are of these categories do not show as they are."""
        is_folded = self.person(plan, person_key).is_folded
        return self.hiding.on_screen(categories, is_folded=is_folded) != "show"

    def key_of(self, plan: UUID, person_key: str = "") -> str:
        """Return the key of whom an entry is about: of its connection's person where it names nobody."""
        return person_key or self._keys.of("person", self.owners[plan].identity)

    def person(self, plan: UUID, person_key: str = "") -> Person:
        """Return whom an entry is about; of whom came while the page was made, nothing shows on it."""
        key = self.key_of(plan, person_key)
        return self.people.get(key) or Person(key, "", is_closed=True, is_folded=True)

    def meet(self, plan: UUID, person_key: str, name: str) -> Person:
        """Return whom a book tells of, taken in where no connection is about them."""
        key = self.key_of(plan, person_key)
        person = self.people.get(key)
        if person is None:
            person = self.people[key] = Person(key, name)
            self._place(person, self.person(plan))
        if plan not in person.plans:
            person.plans.append(plan)
        return person

    @property
    def in_order(self) -> list[Person]:
        """Everybody, in the order of every page: the holder, then by name, then of whom none is known."""
        return sorted(
            self.people.values(),
            key=lambda person: (not person.is_holder, not person.shown, person.shown.casefold()),
        )

    @property
    def places(self) -> dict[str, int]:
        """Where each person stands in that order, by key."""
        return {person.key: place for place, person in enumerate(self.in_order)}

    def names(self, plans: Mapping[UUID, str]) -> dict[str, str]:
        """Return everybody of whom anything shows, by key, each told apart; empty while there is one.

        *plans* are the names of the plans of all connections.
        """
        here = [person for person in self.in_order if person.has_records and not person.is_closed]
        often = Counter(person.shown for person in here)
        names: dict[str, str] = {}
        for person in here:
            text = "{person}" if often[person.shown] == 1 else _("{person} at {plan}")
            text = text if person.shown else _("Person at {plan}")
            names[person.key] = text.format(person=person.shown, plan=plans[person.plans[0]])
        return names if len(here) > 1 else {}

    def called_by(self, plan: UUID, identity: str) -> str:
        """Return what the member calls somebody by `Owner.identity`, "" for whom the connection is about."""
        if not self._remarked.names:
            return ""
        return self.called(self._keys.of("person", identity or self.owners[plan].identity))

    def called(self, key: str) -> str:
        """Return what the member calls a person; "" where they chose no name."""
        person = self.people.get(key)
        return person.called if person else ""

    @property
    def closed(self) -> list[Person]:
        """Of whom nothing shows before the holder says that they agreed."""
        return [person for person in self.people.values() if person.is_closed]

    def is_closed(self, plan: UUID) -> bool:
        """Whether a connection is about somebody of whom nothing shows yet."""
        return plan in self.owners and self.person(plan).is_closed

    def of(self, plan: UUID, record: Named) -> Person:
        """Return whom *record* is about, in whatever book it will be."""
        other = self._keys.of("person", self.owners[plan].other_than(record))
        return self.meet(plan, other, record.patient or "")

    def closes(self, plan: UUID, record: Named) -> bool:
        """Whether nothing of whom *record* is about shows yet."""
        return self.of(plan, record).is_closed

    def names_closed(self, plan: UUID) -> bool:
        """Whether a connection is about, or names, anybody of whom nothing shows yet."""
        return any(person.is_closed and plan in person.plans for person in self.people.values())

    def _decide(self) -> None:
        adults = [person for person in self.people.values() if _is_adult(person, self.today)]
        holders = self._holders()
        for person in adults:
            person.is_holder = person in holders or any(
                person.name
                and holder.name
                and not (person.born and holder.born)
                and _is_alike(person.name, holder.name)
                for holder in holders
            )
        for person in self.people.values():
            self._place(person)

    def _holders(self) -> list[Person]:
        """Return whom the member says they are; else whose plan was connected first, if that may be them."""
        said_self = {key for key, said in self._remarked.agreed.items() if said.value == "self"}
        if said_self:
            return [
                person
                for person in self.people.values()
                if person.key in said_self and _is_adult(person, self.today)
            ]
        if self._remarked.holder:
            return [person for person in self.people.values() if person.key in self._remarked.holder]
        if not any(person.name for person in self.people.values()):
            return self._nameless()
        first = (person for person in self.people.values() if person.plans[0] in self._made_first)
        return [person for person in first if person.name and _is_adult(person, self._began)][:1]

    def _nameless(self) -> list[Person]:
        """Return whom nothing tells from the holder: not whoever is another patient of the same plan."""
        first: dict[UUID, str] = {}
        return [
            person
            for person in self.people.values()
            for plan in person.plans[:1]
            if first.setdefault(self._at[plan], self.owners[plan].id) == self.owners[plan].id
        ]

    def _place(self, person: Person, owner: Person | None = None) -> None:
        """Decide what shows of a person; *owner* is whose connection names them."""
        said = self._remarked.names.get(person.key)
        person.called = said.value if said and isinstance(said.value, str) else ""
        if owner is not None and _is_alike(person.name, owner.name):
            person.is_holder, person.is_closed = owner.is_holder, owner.is_closed
            person.born = owner.born
        else:
            person.is_closed = not person.is_holder and not self._is_open(person)
        folds = self._remarked.folded.get(person.key)
        years = person.age(self.today)
        by_default = not person.is_holder and (years is None or years >= FOLDS_FROM)
        person.is_folded = folds.value if folds and isinstance(folds.value, bool) else by_default

    def _is_open(self, person: Person) -> bool:
        said, years = self._remarked.agreed.get(person.key), person.age(self.today)
        if years is not None and years < ADULT:
            return True
        value = said.value if said else None
        if value == "child":
            is_fresh = said is not None and said.said_at.date() >= self.today - ASKED_AGAIN
            return years is None and is_fresh
        return value in ("self", "agreed")


def household_of(
    member: Member,
    box: Box,
    connections: Sequence[Connection],
    *,
    today: date,
    said: Mapping[Topic, Mapping[str, Said]] | None = None,
) -> Household:
    """Return whom these connections of *member* are about. One query, where what they *said* is not given."""
    said = remarks.several(member, box, *SAID_OF_PEOPLE) if said is None else said
    hidden, holder = hidden_care.hiding_of(member, box, connections, said), said[Topic.HOLDER].get("")
    keys = holder.value if holder and isinstance(holder.value, list) else ()
    remarked = Remarked(said[Topic.NAME], said[Topic.AGREED], said[Topic.FOLDED], hidden, keys)
    return Household(connections, box, remarked, today=today)


def note_holder(*, connection: Connection, now: datetime) -> None:
    """Note whom the holder is taken for, where a connection of theirs is to be erased and others stay.

    Else the next adult would be taken for the holder (the setting CONNECTIONS_BEFORE_ERASE).
    """
    member = connection.member
    rows = list(member.connections.with_beginning())
    if len(rows) < 2:
        return
    try:
        box = box_for(member)
        people = household_of(member, box, rows, today=timezone.localdate(now)).people.values()
        holders = [person for person in people if person.is_holder]
        if any(connection.pk in person.plans for person in holders):
            keys = sorted(person.key for person in holders)
            remarks.say(
                member=member,
                box=box,
                topic=Topic.HOLDER,
                subject="",
                value=keys,
                now=now,
                connection_id=None,
            )
    except VaultError as error:  # who leaves is not held up, and nothing opens without the key
        log.error("%s: whom the holder is taken for is not noted", error)


def age(born: date | None, today: date) -> int | None:
    """Return how many birthdays there were; None where the day of birth is not known."""
    if born is None:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def waits_for_a_yes(connection: Connection, box: Box, *, today: date) -> bool:
    """Whether it is about a child who has become an adult since it was made, and has not agreed."""
    born = _day(owner_of(connection, box).born)
    years = age(born, today)
    if years is None or years < ADULT:
        return False
    member = connection.member
    rows = list(member.connections.with_beginning())
    then = next((age(born, _made_at(row).date()) for row in rows if row.pk == connection.pk), None)
    if then is None or then >= ADULT:
        return False
    return household_of(member, box, rows, today=today).is_closed(connection.pk)


def _made_at(connection: Connection) -> datetime:
    """Return when a connection was made: no renewal moves it, as it does `connected_at`."""
    return min(connection.began_at or connection.connected_at, connection.connected_at)


def _made(connection: Connection) -> tuple[datetime, datetime]:
    """Return what tells which of two connections was made first."""
    return _made_at(connection), connection.connected_at


def _is_adult(person: Person, on: date) -> bool:
    years = person.age(on)
    return years is None or years >= ADULT


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _is_alike(name: str, other: str) -> bool:
    """Whether two names are of one person as plans write them: one has all parts of the other, or none."""
    parts, others = (set(folded_name(text).split()) for text in (name, other))
    return parts <= others or others <= parts
