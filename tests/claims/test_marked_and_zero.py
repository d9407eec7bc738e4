"""A share of zero that something else of the claim makes likely, beside parts that are not zero."""

import pytest

from apps.kinds.claim.wording import story
from tests.claims.made import claim, line, money, reading
from tests.claims.test_whose_money import why

QMB = "submitted 180, eligible 100, benefit 80, coinsurance 20, memberliability 0"


def test_of_a_member_who_may_not_be_charged_a_stated_zero_goes_before_its_parts() -> None:
    """3.6: "We think $20.00 is right" stood beside "the provider may not charge you"."""
    record = reading(claim(*money(QMB), item=[line(1, *money(QMB), why("PR 2"), why("N782"))]))
    told = story(record)
    assert "disagree on your share: $0.00, but also $20.00. Your plan marks you" in told.answer
    assert "We think" not in " ".join([told.answer, *told.disagreements])
    assert record.money.your_share.amount == 0
    assert told.disagreements[0].startswith("Your plan states a share of $0.00. But it also lists $20.00 (")


@pytest.mark.parametrize(("marks", "share"), [([], 20), ([why("N782")], 0)])
def test_lines_that_say_the_same_zero_as_the_claim_are_no_other_figure(
    marks: list[dict[str, object]], share: int
) -> None:
    """3.9: "For the whole claim it states another figure" was said where the claim states that zero too."""
    record = reading(claim(*money(QMB), item=[line(1, *money(QMB), why("PR 2"), *marks)]))
    assert record.money.your_share.amount == share
    assert story(record).lines_note == ""
