"""Claims that are not final or not decided: what they state may still change."""

from typing import Any

import pytest

from apps.kinds.claim import wording
from tests.claims.made import claim, money, reading, stating
from tests.claims.test_providers_named import SHARE, answers


def test_what_is_not_final_is_not_said_to_be_unfinished_too() -> None:
    tag = {"system": "https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action", "code": "NotFinalAction"}
    record = stating("submitted 100", outcome="partial", meta={"tag": [tag]})
    assert wording.story(record).notices == ("Your plan says this is not final. It may still change.",)


@pytest.mark.parametrize(
    ("changes", "is_final"), [({"outcome": "partial"}, False), ({"status": "draft"}, False), ({}, True)]
)
def test_a_share_that_is_not_final_is_not_what_a_bill_may_ask_for(
    changes: dict[str, Any], *, is_final: bool
) -> None:
    """A draft's copay was "your share, and no more" without a word that it may still change."""
    more = "" if is_final else " This is not final: it may still change."
    assert answers(**changes)["share"] == ("$20.00" if is_final else f"$20.00.{more}")
    unknown = answers(**changes, total=money("submitted 200"))["share"]
    assert unknown == f"Your plan did not say. Ask it before you pay.{more}"


@pytest.mark.parametrize(("paid", "told"), [([], " It is in no sum here."), (money("benefit 1"), "")])
def test_a_draft_in_no_sum_says_so_and_what_the_plan_calls_it(paid: list[Any], told: str) -> None:
    """Lists struck its share out, of which its page said "Your share is $424.00: your copay"."""
    record = reading(claim(total=[*money("copay 20"), *paid], status="draft", disposition="In-Progress"))
    story = wording.story(record)
    assert story.notices == (f"Your plan marks this as a draft.{told}",)
    assert story.notes == ("In-Progress",)
    assert reading(claim(*SHARE, disposition="01")).notes == ()


@pytest.mark.parametrize(
    ("outcome", "in_list", "in_picture"),
    [
        ("complete", "billed $200.00, plan paid $0.00", "$0.00"),
        ("error", "billed $200.00", "$0.00, not decided yet"),
        ("queued", "billed $200.00", "$0.00, not decided yet"),
    ],
)
def test_a_payment_of_nothing_that_nobody_decided_is_none(
    outcome: str, in_list: str, in_picture: str
) -> None:
    """5.1: rows said "plan paid $0.00" where the page said that nothing is decided yet."""
    record = stating("submitted 200, benefit 0", outcome=outcome)
    assert wording.row(record).meta.endswith(in_list)
    [paid] = [row.text for row in wording.story(record).receipt if row.testid == "plan-paid"]
    assert paid == in_picture
