"""What a record tells of those it belongs with."""

from uuid import uuid4

import pytest

from apps.records.entries import Entry
from apps.records.sensitive import CARE, UNCLEAR
from apps.records.sight import spread_of

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
