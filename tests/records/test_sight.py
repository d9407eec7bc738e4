"""What of the books shows, and what a record tells of those it belongs with."""

from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.records.books import people_of
from apps.records.entries import Entry
from apps.records.hidden_care import SCREENS, Hiding
from apps.records.household import Household, Person, Remarked
from apps.records.kinds import Kind
from apps.records.sensitive import CARE, UNCLEAR, VERY_RESTRICTED
from apps.records.sight import Sight, spread_of

KNOWN = sorted(CARE)[0]


class OfAVisit(Entry, frozen=True, array_like=True, kw_only=True):
    """An entry that belongs with a visit."""

    @property
    def joined(self) -> tuple[str, ...]:
        """The visit."""
        return ("Encounter/1",)


@pytest.mark.parametrize(
    ("categories", "told"),
    [((KNOWN,), {KNOWN}), ((KNOWN, UNCLEAR), {KNOWN}), ((UNCLEAR,), set()), ((), None)],
)
def test_what_is_known_is_told_of_the_visit_and_what_is_unclear_is_not(
    categories: tuple[str, ...], told: set[str] | None
) -> None:
    plan, other = uuid4(), uuid4()
    spread = spread_of(
        [
            (plan, [OfAVisit(categories=frozenset(categories))]),
            (other, [Entry(categories=frozenset({KNOWN}))]),
        ]
    )
    assert spread.get((plan, "Encounter/1")) == (None if told is None else frozenset(told))
    assert (other, "Encounter/1") not in spread


class Family(Household):
    """People given as they are, instead of worked out from connections."""

    def __init__(self, people: list[Person], hiding: Hiding) -> None:
        self.people = {person.key: person for person in people}
        self._remarked = Remarked({}, {}, {}, hiding)


PLAN = uuid4()
IDS = [uuid4() for _ in range(2)]
KEYS = ("ada", "ben")
SELDOM = st.sampled_from([*[False] * 5, True])
CARE_OF_SOME = st.sampled_from(
    [*[frozenset[str]()] * 6, frozenset({KNOWN}), frozenset({VERY_RESTRICTED}), frozenset({KNOWN, UNCLEAR})]
)
JOINED = Kind(name="visit", types=(), entry_type=OfAVisit)
ASKED_FIRST = Kind(name="test", types=(), entry_type=OfAVisit, waiting=lambda _entry: None)


@st.composite
def looks(draw: st.DrawFn) -> tuple[Sight, list[Entry]]:
    """Some way to look at entries of some people, of whom the last may be unknown."""
    people = [Person(key, key, is_closed=draw(SELDOM), is_folded=draw(SELDOM)) for key in KEYS]
    hiding = Hiding(
        screen=draw(st.dictionaries(st.sampled_from([KNOWN, VERY_RESTRICTED]), st.sampled_from(SCREENS))),
        shared=draw(st.dictionaries(st.sampled_from([KNOWN, VERY_RESTRICTED]), st.booleans())),
        waiting=frozenset(draw(st.lists(st.sampled_from(IDS), max_size=1))),
    )
    sight = Sight(
        Family(people[:1] if draw(SELDOM) else people, hiding),
        person=draw(st.sampled_from(["", "", *KEYS])),
        is_unfolded=draw(SELDOM),
        is_shared=draw(SELDOM),
        is_file=draw(SELDOM),
        is_whole=draw(SELDOM),
        spread=draw(st.sampled_from([{}, {(PLAN, "Encounter/1"): frozenset({KNOWN})}])),
    )
    entries = [
        OfAVisit(id=id_, person_key=draw(st.sampled_from(KEYS)), categories=draw(CARE_OF_SOME)) for id_ in IDS
    ]
    return sight, list(entries)


@settings(max_examples=200)
@given(looks(), st.sampled_from([JOINED, ASKED_FIRST]))
def test_a_book_that_is_taken_as_it_is_stored_hides_nothing(
    look: tuple[Sight, list[Entry]], kind: Kind
) -> None:
    """What is told of a book without opening it is what opening it would show."""
    sight, entries = look
    part = sight.part_of(PLAN, kind, people_of(entries))
    shown = list(sight.shown(PLAN, entries))
    if part == "none":
        assert shown == []
    if part == "all":
        assert shown == entries == sight.sift(PLAN, kind, entries)
        assert {sight.screen_of(PLAN, kind, entry) for entry in entries} == {"show"}
