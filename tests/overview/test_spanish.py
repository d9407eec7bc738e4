"""A year and what counted toward its limits, told in Spanish."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from apps.kinds.claim.shares import Share
from apps.kinds.claim.year import Year
from apps.overview import wording
from apps.overview.ledger_words import block
from apps.overview.plan_years import Limit, Limits, Span
from apps.overview.today_words import Source, first_line
from tests.claims.test_year import paid, year_of
from tests.overview.test_ledger import ledger, whole


@pytest.fixture(autouse=True)
def _in_spanish() -> Iterator[None]:
    with translation.override("es"):
        yield


def two_claims() -> Year:
    """Return a year of which one share is not known."""
    return year_of([paid("A", "480.00", "53.52"), paid("B", "100.00", None)])


def test_today_says_which_shares_are_not_noted_as_paid() -> None:
    share = Share(None, Decimal("53.52"), "USD")  # type: ignore[arg-type]
    source = Source("Seaside Dental", "ended")
    assert first_line([share, share], cards=0, sources=[source], unknown=1, is_behind=False) == [
        "Su parte de 2 reclamaciones recientes, $107.04, no consta como pagada.",
        "El acceso a Seaside Dental terminó, así que no llegan reclamaciones más nuevas.",
        "Para 1 reclamación reciente, la parte no se sabe con certeza.",
    ]


@pytest.mark.parametrize(
    ("cards", "told"), [(1, "Hay 1 cosa pendiente aquí."), (2, "Hay 2 cosas pendientes aquí.")]
)
def test_today_says_what_is_to_be_done(cards: int, told: str) -> None:
    """ "Nada de aquí le necesita" is nobody's Spanish."""
    source = Source("Seaside Dental", "")
    assert first_line([], cards=cards, sources=[source], unknown=0, is_behind=False) == [told]


@pytest.mark.parametrize(
    ("is_current", "by_plan_year", "start"),
    [
        (True, False, "En lo que va de 2026, su parte es $53.52"),
        (False, False, "En 2026, su parte es $53.52"),
        (False, True, "En el año del plan que empieza en 2026, su parte es $53.52"),
    ],
)
def test_the_first_sentence_of_a_year(is_current: bool, by_plan_year: bool, start: str) -> None:
    period = wording.period_words(2026, is_current=is_current, by_plan_year=by_plan_year)
    assert (
        wording.answer(two_claims(), period=period, plans=1)
        == f"{start}, según la única de 2 reclamaciones que la indica."
    )


def test_a_plan_year_is_a_span_with_its_articles() -> None:
    span = Span(date(2025, 7, 1), date(2026, 6, 30))
    assert wording.span_in_words(span) == "1 de julio de 2025 al 30 de junio de 2026"


def test_limits_say_what_is_counted_and_what_is_not_known() -> None:
    found = ledger(whole(1, "100.00", "0.00", "20.00"), whole(2, "50.00", "0.00", "0.00", network=None))
    told = block(found, Limits(deductible=Limit(Decimal(500), "USD")), name="x")
    assert told is not None
    assert [one.words for one in told.answers] == [
        "Deducible: con estas reclamaciones se cuentan $150.00 de $500.00. "
        "De eso, puede que $50.00 no cuenten: su plan no dijo si la atención es dentro de su red.",
        "De su bolsillo: con estas reclamaciones se cuentan $170.00. "
        "Su plan no compartió lo máximo que usted puede tener que pagar. "
        "De eso, puede que $50.00 no cuenten: su plan no dijo si la atención es dentro de su red.",
    ]
    assert told.fold == "Qué reclamaciones contaron cuánto (2)"
    assert told.rows[1].doubts == ("Su plan no dijo si esto es dentro de su red: puede que no cuente.",)
