"""One record that came through several connections: which one is shown."""

import datetime as dt
import uuid

import pytest

from apps.records.entries import Entry, Facts
from apps.records.twins import Mark, marks, paired

DAY = dt.date(2026, 3, 9)


def an_entry(number: int, key: str = "k", **changes: object) -> Entry:
    return Entry(id=uuid.UUID(int=number), on=DAY, twin_key=key, **changes)  # type: ignore[arg-type]


def left_out(*connections: list[Entry], owners: tuple[str, ...] = ("", "", "")) -> dict[int, int]:
    """Return the numbers of those that are left out, each with the one shown instead."""
    by_id = marks(list(zip(owners, connections, strict=False)))
    return {pk.int: mark.twin_of.int for pk, mark in by_id.items()}


def test_the_connection_made_first_shows_it() -> None:
    assert left_out([an_entry(1)], [an_entry(2)], [an_entry(3)]) == {2: 1, 3: 1}
    assert left_out([], [an_entry(2)], [an_entry(3)]) == {3: 2}


def test_without_a_key_nothing_is_a_twin() -> None:
    assert left_out([an_entry(1, "")], [an_entry(2, "")]) == {}
    assert left_out([an_entry(1, "a")], [an_entry(2, "b")]) == {}


def test_one_stands_for_one_of_another_connection_at_most() -> None:
    """The plan gave two claims everything in common: one of them cannot be said to be here already."""
    assert left_out([an_entry(1)], [an_entry(2), an_entry(3)]) == {2: 1}
    assert left_out([an_entry(1), an_entry(2)], [an_entry(3), an_entry(4)]) == {3: 1, 4: 2}
    alike = [an_entry(n) for n in (1, 2, 3)]
    assert paired(alike[1:], alike[:1]).same == {alike[1].id: alike[0].id}


@pytest.mark.parametrize(
    ("mine", "owner", "theirs", "is_twin"),
    [
        ("Ana Lopez", "", "ANA  LÓPEZ", True),
        ("Ana Lopez", "", "Leo Lopez", False),
        (None, "Ana Lopez", "ana lopez", True),
        (None, "Ana Lopez", "Leo Lopez", False),
        (None, "", "Leo Lopez", True),
    ],
)
def test_nothing_that_both_say_of_the_person_speaks_against_it(
    mine: str | None, owner: str, theirs: str, is_twin: bool
) -> None:
    hidden = left_out([an_entry(1, person=mine)], [an_entry(2, person=theirs)], owners=(owner, ""))
    assert bool(hidden) is is_twin


def test_one_that_is_no_longer_sent_stands_for_no_other() -> None:
    gone = dt.datetime(2026, 5, 5, tzinfo=dt.UTC)
    assert left_out([an_entry(1, gone_at=gone)], [an_entry(2)]) == {}
    assert left_out([an_entry(1)], [an_entry(2, gone_at=gone)]) == {2: 1}


def versions(old: int, new: int, key: str = "new") -> list[Entry]:
    chain = uuid.UUID(int=old)
    return [
        an_entry(old, is_current=False, chain=chain, place=1, facts=Facts(created="2026-01-01")),
        an_entry(new, key, chain=chain, place=0, facts=Facts(created="2026-02-02")),
    ]


@pytest.mark.parametrize("is_ahead_first", [True, False])
def test_where_one_connection_has_a_newer_version_that_alone_is_shown(is_ahead_first: bool) -> None:
    ahead, behind = versions(1, 2), [an_entry(3)]
    by_id = marks([("", ahead), ("", behind)] if is_ahead_first else [("", behind), ("", ahead)])
    assert by_id == {uuid.UUID(int=3): Mark(uuid.UUID(int=1), is_outdated=True)}


def test_a_newer_version_that_is_withdrawn_hides_nothing() -> None:
    old, new = versions(1, 2)
    gone = new.moved(gone_at=dt.datetime(2026, 5, 5, tzinfo=dt.UTC))
    assert left_out([old, gone], [an_entry(3)]) == {}


def test_old_versions_in_both_are_twins_as_well_and_the_new_ones_too() -> None:
    assert left_out(versions(1, 2), versions(3, 4)) == {4: 2}
