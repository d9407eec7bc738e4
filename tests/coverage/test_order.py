"""Which plan pays first is only what the plans said (facts 10: `order` alone makes none primary)."""

import pytest

from apps.kinds.coverage.kinds import Kind
from apps.kinds.coverage.plan_groups import Claimant, who_pays_first


def claimant(title: str, place: int | None = None, *, kind: Kind = "medical", person: str = "") -> Claimant:
    return Claimant(title, kind, person, place)


@pytest.mark.parametrize(
    ("plans", "texts"),
    [
        ([], []),
        ([claimant("Gold")], []),
        ([claimant("Gold", 1)], []),
        ([claimant("Gold", 2)],
         ["Gold says it is number 2 in your order of plans, so another plan may pay before it."]),
        ([claimant("Gold"), claimant("Teeth", kind="dental"), claimant("Eyes", kind="vision")], []),
        ([claimant("Gold"), claimant("Silver")],
         ["Your plans have not said which pays first: Gold and Silver."]),
        ([claimant("Gold"), claimant("Gold", 2)],
         ["2 coverages of Gold are active; which pays first was not said."]),
        ([claimant("Gold"), claimant("Silver", 2)],
         ["Your plans have not said which pays first: Gold and Silver. "
          "Silver says it is number 2 in your order of plans."]),
        ([claimant("Gold", 2), claimant("Silver", 1), claimant("Bronze", 5)],
         ["Your plans list Silver first, then Gold and Bronze. For one visit it can differ."]),
        ([claimant("Gold", 1), claimant("Silver", 1), claimant("Bronze", 2)],
         ["Your plans do not agree on which pays first: Gold and Silver carry the same number in their "
          "order."]),
        ([claimant("Gold"), claimant("Private", kind="other")],
         ["Your plans have not said which pays first: Gold and Private."]),
    ],
)  # fmt: skip
def test_nothing_is_concluded_that_was_not_said(plans: list[Claimant], texts: list[str]) -> None:
    assert who_pays_first(plans) == texts


def test_the_plans_of_two_people_do_not_compete_and_people_are_named() -> None:
    apart = [claimant("Gold", person="Ada"), claimant("Silver", person="Bo")]
    assert who_pays_first(apart) == []
    assert who_pays_first([*apart, claimant("Medicare", person="Bo")]) == [
        "For Bo, your plans have not said which pays first: Silver and Medicare."
    ]
