"""The reasons of a claim in words: ours, else the plan's, with the lines they are of."""

from decimal import Decimal

import pytest
from msgspec import structs

from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Figure, Line, Reason
from apps.kinds.claim.wording import denials

SHARED = "It is of a list that plans share, whose words we may not show: ask your plan or the provider."
ADJUSTMENT = f"Your plan gave only a code. {SHARED}"


def refused(*lines: tuple[int, str]) -> ClaimRecord:
    """Return a claim whose lines of these numbers have reasons with these codes, by the group CO."""
    every = tuple(Line(number=number, reasons=(Reason(code, "adjustment", "CO"),)) for number, code in lines)
    return ClaimRecord(lines=every)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (
            Reason("1", "adjustment", "PR"),
            "This part counts toward the deductible. Your plan counts this part as yours. (Code PR 1)",
        ),
        (Reason("045", "adjustment"), "The charge is above the price your plan allows. (Code 045)"),
        (Reason("999", "adjustment"), f"{ADJUSTMENT} (Code 999)"),
        (Reason("999", "adjustment", None, "As sent"), "As sent. (Code 999)"),
        (Reason("N130", "remark", None, "As sent"), "As sent (code N130)"),
        (Reason("N130", "remark"), f"Your plan gave the remark code N130. {SHARED}"),
        (
            Reason("X7", "plan"),
            "Your plan gave the code X7. We do not know whose list it is of: ask your plan for its words.",
        ),
        (Reason("line D", "cms"), "Medicare denied this line."),
        (Reason("non-payment 2", "cms", None, "Compensation"), "Medicare's reason: Compensation."),
        (Reason("line O", "cms"), "Medicare's reason: code O."),
    ],
)
def test_reasons_are_in_our_words_else_as_sent_else_a_bare_code(reason: Reason, words: str) -> None:
    assert denials.reason_words(reason) == words


def test_reasons_of_the_same_lines_stand_together_and_runs_of_lines_as_runs() -> None:
    several = refused(*((number, "50") for number in (1, 2, 3, 7)), (9, "999"))
    [first, second] = denials.reasons(several)
    assert first.startswith("Lines 1 to 3, 7: Your plan did not find this medically necessary.")
    assert second.startswith(f"Line 9: {ADJUSTMENT}")
    both = structs.replace(several.lines[0], reasons=(*several.lines[0].reasons, Reason("999", "adjustment")))
    [told] = denials.reasons(ClaimRecord(lines=(both,)))
    assert told.startswith("Line 1: ")
    assert told.endswith(f"(Code CO 50) {ADJUSTMENT} (Code 999)")


def test_of_many_scattered_lines_it_is_said_how_many() -> None:
    [told] = denials.reasons(refused(*((number, "50") for number in range(6, 61, 6))))
    assert told.startswith("10 lines (first: 6): Your plan did not find this medically necessary.")


def test_whose_a_refused_part_is_stands_in_the_answer_and_not_again_in_its_reasons() -> None:
    record = refused((1, "50"), (2, "45"))
    answer = "By its contract with your plan, the provider normally may not charge this to you."
    necessary, above = denials.reasons(record, answer)
    assert answer not in necessary
    assert answer in above  # no refusal: the answer does not speak of it
    assert all(answer in one for one in denials.reasons(record))


@pytest.mark.parametrize(
    ("of_claim", "more", "told"),
    [(30, 0, 1), (45, 0, 2), (None, 0, 1), (30, 1, 2), (None, 1, 2)],
)
def test_a_reason_of_the_claim_that_its_lines_repeat_to_the_cent_or_alone_tell_of_is_told_of_them(
    of_claim: int | None, more: int, told: int
) -> None:
    """1.5: without an amount the claim's own says nothing that its lines do not, where each has one."""

    def of(amount: int | None) -> Reason:
        figure = NOT_SHARED if amount is None else Figure(Decimal(amount), "USD")
        return Reason("50", "adjustment", "CO", amount=figure)

    amounts = [(1, 10), (2, 20), *([(3, None)] * more)]
    lines = tuple(Line(number=number, reasons=(of(amount),)) for number, amount in amounts)
    reasons = denials.reasons(ClaimRecord(reasons=(of(of_claim),), lines=lines))
    assert len(reasons) == told
    assert reasons[-1].startswith("Lines 1, 2: Your plan did not find this medically necessary.")
    assert reasons[-1].endswith("Amount: $30.00.")
