"""P-02: what members type finds their claims: everyday words, months, amounts, states, slips of the hand."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.query import corrected, understood
from apps.kinds.claim.wording.list_words import meaning

CLAIMS = {
    "chest": ClaimEntry(words="hill hospital 71046 r05.9", on=date(2024, 3, 5), state="paid",
                        billed=Decimal("145.20"), your_share=Decimal("20.00")),
    "blood": ClaimEntry(words="quest diagnostics 80053 lipid panel", on=date(2024, 3, 31), state="denied"),
    "pills": ClaimEntry(words="corner pharmacy metformin hydrochloride 500 mg", on=date(2025, 5, 1),
                        kind="pharmacy", state="paid", plan_paid=Decimal("145.00")),
    "cough": ClaimEntry(words="riverside clinic asthma 99213 20240001", on=date(2025, 1, 2),
                        state="partly_refused", your_share=Decimal("146.00")),
    "undated": ClaimEntry(words="clínica del río"),
}  # fmt: skip


def found(text: str) -> set[str]:
    """Return which claims meet all of *text*, slips corrected as lists do it."""
    terms = corrected(understood(text), [entry.words for entry in CLAIMS.values()])
    return {name for name, entry in CLAIMS.items() if all(term.fits(entry) for term in terms)}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x-ray", {"chest"}),
        ("the X-Ray of 2024", {"chest"}),
        ("radiografía", {"chest"}),
        ("blood test", {"blood"}),
        ("análisis de sangre", {"blood"}),
        ("march 2024", {"chest", "blood"}),
        ("marzo de 2024", {"chest", "blood"}),
        ("2024-03", {"chest", "blood"}),
        ("March 5, 2024", {"chest"}),
        ("3/5/2024", {"chest"}),
        ("2024", {"chest", "blood"}),  # nor the claim whose number begins so
        ("may", {"pills"}),
        ("january", {"cough"}),  # nor the one without a date
        ("$145", {"chest", "pills"}),
        ("$145.20", {"chest"}),
        ("145.00", {"pills"}),
        ("denied", {"blood", "cough"}),
        ("denegada", {"blood", "cough"}),
        ("negadas", {"blood", "cough"}),
        ("prescriptions", {"pills"}),
        ("what did the claims that name asthma cost in 2025", {"cough"}),
        ("what do I have about claims naming asthma", {"cough"}),
        ("qué hay sobre reclamaciones nombrando asthma", {"cough"}),
        ("metfromin", {"pills"}),
        ("rivreside clinc", {"cough"}),
        ("denyed", {"blood", "cough"}),  # an everyday word that no claim writes
        ("pain", set()),  # is not "paid"
        ("dennis", set()),  # is no dentist
        ("perscription", {"pills"}),
        ("99214", set()),  # a number near another is another number
        ("zzzzzz", set()),
    ],
)
def test_what_members_type_finds_what_they_mean(text: str, names: set[str]) -> None:
    assert found(text) == names


def test_a_correction_is_said_and_what_is_written_is_never_corrected() -> None:
    written = [entry.words for entry in CLAIMS.values()]
    assert meaning(corrected(understood("rivreside"), written)) == (
        "“rivreside” is written nowhere; shown is “riverside”."
    )
    assert meaning(corrected(understood("riverside hospital"), written)) == "“hospital”: claims that are so."
    assert meaning(understood("metformin")) == ""
    assert meaning(corrected(understood("denyed"), written)) == "“denied”: claims that are so."
    for of_approvals in ("used up", "expired", "estimate"):
        assert meaning(understood(of_approvals)) == f"“{of_approvals}”: approvals and estimates that are so."


@given(st.text(max_size=100))
def test_nothing_that_is_typed_breaks_the_search(text: str) -> None:
    terms = corrected(understood(text), [entry.words for entry in CLAIMS.values()])
    assert len(terms) <= 12
    for entry in CLAIMS.values():
        assert all(term.fits(entry) in (True, False) for term in terms)
    meaning(terms)
