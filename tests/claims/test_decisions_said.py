"""Decisions, reasons and payments: what a claim says of them is told, and nothing that it does not say."""

from typing import Any

import pytest
from django.utils import translation

from apps.kinds.claim import standing
from apps.kinds.claim.brief import brief
from apps.kinds.claim.wording import story
from apps.kinds.claim.wording.also_sent import rows
from apps.plain_language.theirs import Written
from tests.claims.made import DENIED, claim, concept, line, money, number, reading, stating, status, why
from tests.claims.systems import C4BB, CARC, DISCRIMINATOR, GROUPS, STATUS, THO
from tests.claims.telling import steps_of
from tests.claims.test_reading_amounts import shown

SHARED = "submitted 300, benefit 160, memberliability 140"


@pytest.mark.parametrize(
    ("payment", "told", "state"),
    [
        (
            {
                "amount": {"value": 0},
                "adjustment": {"value": -160},
                "adjustmentReason": {"text": "Prior Payment Reversal"},
            },
            "lowered its payment by $160.00 (Prior Payment Reversal): it sent $0.00.",
            "nothing_paid",
        ),
        (
            {
                "amount": {"value": 110},
                "adjustment": {"value": -50},
                "adjustmentReason": {"coding": [{"code": "a002"}]},
            },
            "lowered its payment by $50.00 (an earlier payment was too much): it sent $110.00.",
            "paid",
        ),
        (
            {"amount": {"value": 160}, "adjustment": {"value": -50}},
            "lowered its payment by $50.00: it sent $160.00. It did not say why, nor that this is yours to "
            "pay. These amounts do not fit: ask your plan what it sent.",
            "paid",
        ),
        ({"adjustment": {"value": 50}}, "states a change of $50.00 in its payment.", "paid"),
        (
            {"amount": {"value": 165}, "adjustment": {"value": 5}},
            "added $5.00 to its payment: it sent $165.00.",
            "paid",
        ),
        ({"adjustment": {"value": -50}}, "lowered its payment by $50.00.", "paid"),
    ],
)
def test_a_changed_payment_is_told_with_its_reason_and_what_was_sent(
    payment: dict[str, Any], told: str, state: str
) -> None:
    """1.6: what the payment itself says is never left out."""
    record = stating(SHARED, payment=payment)
    assert f"Your plan paid $160.00. Your plan {told}" in story(record).answer
    assert standing.state(record) == state


@pytest.mark.parametrize("payment", [{"amount": {"value": 160}}, {"adjustment": {"value": 0}}])
def test_a_payment_that_was_not_changed_is_not_said_to_be(payment: dict[str, Any]) -> None:
    assert "its payment" not in story(stating(SHARED, payment=payment)).answer


@pytest.mark.parametrize(
    ("amounts", "state"),
    [
        ("submitted 200, benefit 0, memberliability 200", "nothing_paid"),
        ("submitted 200, benefit 0, deductible 200, memberliability 200", "deductible"),
        ("submitted 200, memberliability 200", "paid"),
        ("submitted 200, benefit 160, memberliability 40", "paid"),
    ],
)
def test_a_claim_decided_as_paid_is_no_paid_one_where_the_plan_paid_nothing(amounts: str, state: str) -> None:
    """5.3: the badge says what the answer says, "Your plan paid nothing"."""
    decided = [status("benefitpaymentstatus", "paid")]
    assert standing.state(stating(amounts, adjudication=decided)) == state


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ([[*money("submitted 200, benefit 0"), why("PR", "96")], money("submitted 100")], "partly_refused"),
        ([[*money("benefit 0"), DENIED], []], "partly_refused"),
        ([money("submitted 200, benefit 0")], "incomplete"),
    ],
)
def test_lines_still_to_be_decided_are_told_beside_a_refused_one(
    lines: list[list[dict[str, Any]]], state: str
) -> None:
    """5.1: a refusal of one line neither hides that others are open nor refuses the whole."""
    items = [line(place, *adjudications) for place, adjudications in enumerate(lines, 1)]
    record = stating("submitted 300, benefit 0", outcome="partial", item=items)
    assert standing.state(record) == state
    assert "Your plan has not finished this claim yet." in story(record).notices


@pytest.mark.parametrize("lines", [0, 1, 2])
def test_nothing_is_said_of_lines_where_only_the_claim_is_not_finished(lines: int) -> None:
    """5.1: "partial" says that some of it was decided, not which."""
    each = money(f"submitted {100 // (lines or 1)}, benefit {40 // (lines or 1)}")
    items = [line(place, *each) for place in range(1, lines + 1)]
    shown = story(stating("submitted 100, benefit 40", outcome="partial", item=items))
    assert shown.badge is not None
    assert shown.badge.words == "Not finished yet"
    assert shown.notices == ("Your plan has not finished this claim yet.",)


def because(*codings: tuple[str, str], category: str = "adjustmentreason") -> dict[str, Any]:
    """Return an adjudication with all these codings in one reason; a system of "" is none."""
    coding = [{"code": code} | ({"system": system} if system else {}) for system, code in codings]
    return {"category": concept((DISCRIMINATOR, category)), "reason": {"coding": coding}}


COVERED = "https://bluebutton.cms.gov/resources/variables/drug_cvrg_stus_cd"


@pytest.mark.parametrize(
    ("codings", "found"),
    [
        ([(GROUPS, "CO"), (CARC, "45"), (GROUPS, "PR"), (CARC, "96")], {("CO", "45"), ("PR", "96")}),
        ([(CARC, "45"), (GROUPS, "CO"), (CARC, "96"), (GROUPS, "PR")], {("CO", "45"), ("PR", "96")}),
        ([(GROUPS, "CO"), (CARC, "45"), (GROUPS, "PR"), (CARC, "45")], {("CO", "45"), ("PR", "45")}),
        ([(GROUPS, "CO"), (GROUPS, "PR"), (CARC, "45"), (CARC, "96")], {(None, "45"), (None, "96")}),
        ([(GROUPS, "CO"), (CARC, "45"), (CARC, "96"), (GROUPS, "PR")], {(None, "45"), (None, "96")}),
        ([(GROUPS, "CO"), (CARC, "45"), (GROUPS, "PR")], {(None, "45")}),
        ([(GROUPS, "PR"), (CARC, "96"), (CARC, "50")], {("PR", "96"), ("PR", "50")}),
        ([(GROUPS, "PR"), (CARC, "B7"), ("ansi", "PR"), ("ansi", "B7")], {("PR", "B7")}),
        ([(CARC, "45"), (CARC, "CO45")], {("CO", "45")}),
    ],
)
def test_each_number_has_the_group_it_stands_with_and_none_where_that_is_not_sure(
    codings: list[tuple[str, str]], found: set[tuple[str | None, str]]
) -> None:
    """5.3: CO says that it may not be charged to the member, PR that it is the member's."""
    record = reading(claim(item=[line(1, because(*codings))]))
    assert {(reason.group, reason.code) for reason in record.lines[0].reasons} == found


@pytest.mark.parametrize(
    ("codings", "kind"),
    [([("", "50")], "plan"), ([(CARC, "50")], "adjustment"), ([("", "PR"), ("", "50")], "adjustment")],
)
def test_a_pharmacys_number_of_no_list_is_no_claim_adjustment_reason(
    codings: list[tuple[str, str]], kind: str
) -> None:
    """5.3: NCPDP's list of rejections counts otherwise, so nobody's doctor is asked."""
    item = line(1, *money("submitted 300, benefit 0"), because(*codings, category="rejectreason"))
    record = stating("submitted 300, benefit 0", kind="pharmacy", item=[item])
    assert [reason.kind for reason in record.lines[0].reasons] == [kind]
    record = reading(claim(item=[line(1, because(*codings))]))
    assert [reason.kind for reason in record.lines[0].reasons] == ["adjustment"]


@pytest.mark.parametrize(
    ("category", "reason", "is_refused"),
    [
        ("adjustmentreason", {"text": "Amount applied to your deductible"}, False),
        ("adjustmentreason", {"text": "Included in the payment of another service"}, False),
        ("adjustmentreason", {"coding": [{"system": "urn:plan", "code": "D01"}]}, False),
        ("adjustmentreason", {"text": "Service not covered by your plan"}, True),
        ("adjustmentreason", {"text": "Not covered: applied to your deductible"}, False),
        ("denialreason", {"text": "Amount applied to your deductible"}, False),
        ("denialreason", {"coding": [{"system": "urn:plan", "code": "D01"}]}, True),
        ("rejectreason", {"coding": [{"system": "urn:plan", "code": "D01"}]}, True),
    ],
)
def test_a_plans_own_note_is_no_refusal_unless_its_place_or_its_words_say_so(
    category: str, reason: dict[str, Any], *, is_refused: bool
) -> None:
    """5.3: what became of an amount is no refusal, and a code of nobody's list tells nothing."""
    why_not = {"category": concept((DISCRIMINATOR, category)), "reason": reason}
    made = money("submitted 200, benefit 0, deductible 200")
    record = reading(claim(*made, item=[line(1, *made, why_not)]))
    assert record.has_refusal == is_refused
    assert (standing.state(record) in standing.REFUSED) == is_refused
    assert len(story(record).reasons) == 1


def unpaid(number: str, group: str) -> dict[str, Any]:
    """Return a claim of which nothing was paid, for one reason."""
    made = money("submitted 300, benefit 0")
    return claim(*made, item=[line(1, *made, why(group, number))])


@pytest.mark.parametrize(
    ("number", "group", "state", "told"),
    [
        ("18", "OA", "nothing_paid", "It was sent before, or paid before, as your plan says."),
        ("B13", "OA", "nothing_paid", "what counts is in the first claim."),
        ("29", "CO", "refused", "because the claim reached it too late."),
        ("227", "PR", "refused", "because it asked for something and says"),
        ("31", "PR", "refused", "because it did not find this person among its members."),
        ("197", "CO", "refused", "because it has no approval in advance on record."),
        ("58", "CO", "refused", "says why below."),
        ("96", "PR", "not_covered", "not one of the things it pays for."),
        ("27", "PR", "not_covered", "you were not covered on that day."),
    ],
)
def test_not_covered_is_said_only_where_a_reason_says_so(
    number: str, group: str, state: str, told: str
) -> None:
    """5.3: a second claim, a late one, one without an answer: each is told for what it is."""
    record = reading(unpaid(number, group))
    shown = story(record)
    assert standing.state(record) == state
    assert shown.steps is not None
    assert told in shown.steps.meaning
    assert standing.state(brief(record)) == state
    assert "ot cover" not in f"{shown.badge}{shown.steps.heading}" or state == "not_covered"


def test_what_takes_an_earlier_decision_back_refuses_nothing() -> None:
    """5.3: group CR corrects; the lines of such a claim come to nothing."""
    taken = [line(1, *money("submitted 300, benefit 160"), why("CR", "B13"))]
    taken.append(line(2, *money("submitted -300, benefit -160"), why("CR", "96")))
    record = stating("submitted 0, benefit 0", item=taken)
    assert (record.has_refusal, standing.state(record)) == (False, "nothing_paid")
    assert "This corrects an earlier decision." in story(record).reasons[0]
    assert story(record).steps is None


@pytest.mark.parametrize(
    ("category", "reason", "found"),
    [
        ((C4BB, "noncovered"), concept((CARC, "PR 96"), text="Non-covered charge"), ("PR", "96")),
        ((THO, "benefit"), concept((CARC, "CO29")), ("CO", "29")),
        ((THO, "benefit"), {"text": "No such benefit"}, (None, "")),
        ((THO, "benefit"), {"coding": [{"code": "5"}]}, (None, "5")),
        (("urn:plan", "zz9"), concept((GROUPS, "PR"), (CARC, "96")), ("PR", "96")),
        (("urn:plan", "zz9"), {"coding": [{"code": "5"}]}, None),
        (("urn:plan", "zz9"), {"text": "High"}, None),
        ((DISCRIMINATOR, "benefitpaymentstatus"), concept((STATUS, "denied")), None),
        ((THO, "benefit"), concept((STATUS, "paid")), None),
        ((THO, "benefit"), concept((COVERED, "C")), None),
    ],
)
def test_a_reason_is_read_at_whatever_amount_it_stands(
    category: tuple[str, str], reason: dict[str, Any], found: tuple[str | None, str] | None
) -> None:
    """5.3: R4 has a place for it at each amount; a number of no list is nobody's there."""
    given = {"category": concept(category), "reason": reason, "amount": {"value": 0, "currency": "USD"}}
    record = stating("submitted 300, benefit 0", item=[line(1, given)])
    assert [(one.group, one.code) for one in record.lines[0].reasons] == ([found] if found else [])


def test_no_reason_is_said_to_be_found_and_not_to_be_given() -> None:
    """5.3: it may stand where we do not look."""
    denied = [DENIED]
    steps = steps_of(stating("submitted 300, benefit 0", adjudication=denied))
    assert steps.steps[0].startswith("We found no reason in what your plan sent.")


def test_amounts_below_nothing_are_told_as_stated_and_asked_about() -> None:
    """1.7: a discount below nothing took nothing off, and nobody bills a share below nothing."""
    made = money("submitted 200, discount -50, noncovered -50, benefit 160, memberliability -20")
    shown = story(reading(claim(*made)))
    assert "Your plan states a discount of −$50.00. Your plan paid $160.00." in shown.answer
    assert "Your plan states −$50.00 as not covered." in shown.answer
    assert "took off" not in shown.answer
    asked = {name: said for name, _question, said in shown.checklist}["share"]
    assert asked == "Your plan states −$20.00, which takes something back. Ask it before you pay."


@pytest.mark.parametrize(
    ("outcome", "payment", "told"),
    [
        ("error", {"amount": {"value": 160}, "date": "2026-03-30"}, "could not finish this claim, and"),
        ("queued", {"amount": {"value": 160}, "date": "2026-03-30"}, "marks this claim as not decided, and"),
        ("queued", {"amount": {"value": 160}}, "has not decided this claim yet."),
        ("error", {"amount": {"value": 0}, "date": "2026-03-30"}, "Nothing is decided yet."),
    ],
)
def test_an_undecided_claim_with_a_payment_of_some_day_is_told_with_both(
    outcome: str, payment: dict[str, Any], told: str
) -> None:
    """5.1: beside a payment it is not said that nothing is decided, and denied lines are told too."""
    made = claim(*money(SHARED), outcome=outcome, payment=payment)
    denied = [line(number, DENIED) for number in (1, 2)]
    record = reading(made)
    answer, of_lines = (story(one).answer for one in (record, reading(made | {"item": denied})))
    assert any(words in of_lines for words in ("marks 2 lines", "denied 2 lines"))
    assert ("a payment of $160.00" in of_lines) == ("a payment of $160.00" in answer)
    is_paid = payment.get("date") and payment["amount"]["value"]
    assert told in answer
    assert ("a payment of $160.00" in answer) == bool(is_paid) == ("Ask it which of them is right." in answer)
    assert not standing.counts(record)


OWE = shown("Amount You Owe", 140, code="AYO")


def asked(made: dict[str, Any]) -> str:
    """Return what the checklist says that a bill may ask for."""
    return {name: said for name, _question, said in story(reading(made)).checklist}["share"]


def test_a_share_under_an_unknown_name_is_not_said_to_be_missing() -> None:
    """3.7: absent it is only where nothing else may be it."""
    made = claim(*money("submitted 300, benefit 160"), OWE)
    told = (
        "Your plan did not say what your share is under a name we know. It also sent: Amount You Owe $140.00."
    )
    assert told in story(reading(made)).answer
    assert (
        asked(made)
        == "No share under a name we know, but Amount You Owe $140.00. Ask your plan before you pay."
    )
    with translation.override("es"):
        assert isinstance(story(reading(made)).answer, Written)  # the name is the plan's, in its language
    alone = claim(*money("submitted 300, benefit 160"))
    assert story(reading(alone)).answer.endswith("Your plan did not say what your share is.")
    assert asked(alone) == "Your plan did not say. Ask it before you pay."


@pytest.mark.parametrize(
    ("total", "item", "told"),
    [
        ([shown("Provider Responsibility", 100, code="PVR")], [], "Provider Responsibility $100.00."),
        ([], [why("CO", "253") | {"amount": {"value": 90, "currency": "USD"}}], "CO 253 $90.00."),
        (
            [shown(f"Name {place}", 20, code=f"N{place}") for place in range(5)],
            [],
            "Name 0 $20.00, Name 1 $20.00, Name 2 $20.00 and 2 more.",
        ),
    ],
)
def test_what_is_left_over_of_a_bill_is_told_with_what_else_was_sent(
    total: list[dict[str, Any]], item: list[dict[str, Any]], told: str
) -> None:
    """3.7: an amount of a reason, or under an unknown name, may be what is left over."""
    figures = money("submitted 300, benefit 160, memberliability 40")
    sums = story(reading(claim(*figures, *total, item=[line(1, *item)]))).sums
    assert sums[0].startswith("$100.00 of the bill is in none of these figures.")
    assert sums[1] == f"It also sent: {told}"
    whole = money("submitted 300, benefit 160, memberliability 140")
    assert story(reading(claim(*whole, *total, item=[line(1, *item)]))).sums == (
        "The figures add up to the cent.",
    )


def test_an_amount_of_a_reason_is_told_under_it() -> None:
    """1.5: it is nothing "without a label", and stood a second time as what has no place in the story."""
    cut = why("CO", "253") | {"amount": {"value": number("1.60"), "currency": "USD"}}
    record = reading(claim(item=[line(1, cut)]))
    assert story(record).reasons[0].endswith("Amount: $1.60.")
    assert rows(record) == ()
    several = reading(claim(item=[line(1, cut), line(2, why("CO", "253"))]))
    assert [(row.label, row.value) for row in rows(several)] == [("CO 253", "$1.60")]
    whole = reading(claim(adjudication=[why("CO", "253")], item=[line(1, cut)]))
    assert story(whole).reasons[-1].endswith("Amount: $1.60.")
    assert rows(whole) == ()
    both = reading(claim(adjudication=[cut], item=[line(1, cut), line(2, why("CO", "253"))]))
    assert [(row.label, row.value, row.where) for row in rows(both)] == [("CO 253", "$1.60", "line 1")]


@pytest.mark.parametrize("place", ["total", "adjudication"])
def test_a_bare_number_where_an_amount_belongs_is_told_and_is_no_amount(place: str) -> None:
    """1.4: by R4 a value is no money, in a total as elsewhere."""
    bare = {"category": concept((THO, "benefit")), "value": 160}
    made = claim(*money("submitted 200, memberliability 40"))
    made[place] = [*made.get(place, []), bare]
    record = reading(made)
    assert not record.money.plan_paid.is_known
    assert [(row.label, row.value) for row in rows(record)] == [("Paid by your plan", "160")]
