"""The bar: numbers in, geometry and the same in words out."""

from apps.claims.wording.bar import WIDTH, bar
from tests.claims import made
from tests.claims.made import C4BB, claim, priced, reading


def test_the_bar_fills_its_width_without_gaps() -> None:
    drawn = bar(reading(made.visit()))
    assert drawn is not None
    assert [(one.name, one.amount, one.x, one.width) for one in drawn.segments] == [
        ("discount", "$212.40", 0, 442),
        ("paid", "$214.08", 442, 446),
        ("share", "$53.52", 888, 112),
    ]
    assert sum(one.width for one in drawn.segments) == WIDTH


def test_the_bar_says_the_same_in_words() -> None:
    drawn = bar(reading(made.visit()))
    assert drawn is not None
    assert (
        drawn.alternative == "Of $480.00: plan discount $212.40, your plan paid $214.08, your share $53.52."
    )


def test_what_no_figure_explains_is_a_part_of_its_own() -> None:
    drawn = bar(reading(claim(priced("submitted", "100.00"), priced("benefit", "60.00"))))
    assert drawn is not None
    assert drawn.alternative == "Of $100.00: your plan paid $60.00, not explained $40.00."


def test_the_price_above_what_is_allowed_is_a_part_where_no_discount_is_stated() -> None:
    drawn = bar(reading(claim(priced("submitted", "100"), priced("eligible", "70"), priced("benefit", "70"))))
    assert drawn is not None
    assert drawn.alternative == "Of $100.00: taken off the bill $30.00, your plan paid $70.00."


def test_no_bar_is_drawn_where_figures_do_not_fit() -> None:
    too_much = claim(priced("submitted", "100.00"), priced("benefit", "160.00"))
    negative = claim(priced("submitted", "100.00"), priced("benefit", "-60.00"))
    mixed = claim(priced("submitted", "100.00"), priced("benefit", "60.00", currency="CAD"))
    nothing = claim(priced("benefit", "60.00"))
    zero = claim(priced("submitted", "0.00"), priced("benefit", "0.00"))
    assert [bar(reading(one)) for one in (too_much, negative, mixed, nothing, zero, claim())] == [None] * 6


def test_what_is_not_covered_may_already_be_in_the_share() -> None:
    drawn = bar(
        reading(
            claim(
                priced("submitted", "100.00"),
                priced("benefit", "40.00"),
                priced("memberliability", "60.00", system=C4BB),
                priced("noncovered", "60.00", system=C4BB),
            )
        )
    )
    assert drawn is not None
    assert [one.name for one in drawn.segments] == ["paid", "share"]
