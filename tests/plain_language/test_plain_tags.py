"""The tag library `plain`."""

from decimal import Decimal

from django.template import Context, Template

from apps.kinds.claim.records import NOT_SHARED, Figure


def shown(source: str, **values: object) -> str:
    """Render a template with the library loaded."""
    return Template("{% load plain %}" + source).render(Context(values))


def test_money_takes_figures_and_decimals() -> None:
    assert shown("{{ one|money }}", one=Figure(Decimal("12.5"), "USD")) == "$12.50"
    assert shown("{{ one|money }}", one=Figure(Decimal("12.5"), "CAD")) == "CAD 12.50"
    assert shown("{{ one|money }}", one=Decimal("12.5")) == "$12.50"
    assert shown("{{ one|money }}", one=NOT_SHARED) == "not shared by your plan"
    assert shown("{{ one|money }}", one=None) == "not shared by your plan"


def test_dates_are_words() -> None:
    assert shown("{{ one|plain_date }}", one="2026-03") == "March 2026"
