"""What X12's numbers do: some refuse, some settle a price or a share, and an unknown one does neither."""

import re
from typing import Any

import pytest

from apps.fhir.values import Coding, Concept
from apps.kinds.claim import standing, unpaid, whose
from apps.kinds.claim.brief import brief
from apps.kinds.claim.excess import is_summed
from apps.kinds.claim.reading.decisions import reasons_of
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import story
from tests.claims.made import (
    DENIED,
    claim,
    concept,
    line,
    money,
    of_one_line,
    reading,
    stating,
    status,
    why,
    why_of,
)
from tests.claims.systems import DISCRIMINATOR, REMARKS
from tests.claims.telling import asked, steps_of
from tests.claims.test_who_was_paid import PAID

SHARE = "submitted 300, eligible 60, benefit 0, memberliability 60"
PRICED = "submitted 300, eligible 200, benefit 140, memberliability 60, noncovered 100"

SETTLING = """
1 2 3 23 24 44 45 59 66 69 70 74 75 76 85 94 97 104 118 122 131 142 143 144 161 169 178 186 187 205 225 237
241 245 246 247 248 249 253 262 263 264 265 266 A0 A5 B4 B10 B22 P5 P12 P14
"""

REFUSING = """16 29 32 50 96 109 119 197 204 227 242 254 279 A1 B7 B12 P21"""

TOLD = """
32 33 69 70 74 75 76 85 104 118 133 142 143 161 169 178 186 205 225 241 245 246 247 248 249 262 263 264 265
266 A0 B10 P5 P12
"""


@pytest.mark.parametrize("number", [*SETTLING.split(), "999", "Z9"])
def test_a_number_of_a_price_or_a_share_and_one_that_nobody_knows_refuse_nothing(number: str) -> None:
    """5.3: a share of $60.00 by PR 247 (a deductible) was "Refused in part", with an appeal."""
    for figures, reason in ((SHARE, why_of(f"PR {number}", "60")), (PRICED, why_of(f"CO {number}", "100"))):
        record = of_one_line(figures, reason)
        assert standing.state(record) not in standing.REFUSED
        assert story(record).steps is None


@pytest.mark.parametrize("number", REFUSING.split())
def test_a_number_that_says_why_a_plan_does_not_pay_refuses(number: str) -> None:
    record = of_one_line("submitted 300, benefit 0", why_of(f"CO {number}", "300"))
    assert standing.state(record) in standing.REFUSED


def test_a_number_that_nobody_knows_refuses_by_the_plans_words_beside_it() -> None:
    """5.3: a list grows, and a plan's own words say what a new number means."""
    reason = why_of("CO 999", "300")
    reason["reason"]["coding"][0]["display"] = "Service not covered by your plan"
    assert standing.state(of_one_line("submitted 300, benefit 0", reason)) in standing.REFUSED


@pytest.mark.parametrize("number", TOLD.split())
def test_a_number_that_we_know_is_told_in_our_words(number: str) -> None:
    [told] = story(of_one_line(SHARE, why_of(f"OA {number}", "60"))).reasons
    assert "gave only a code" not in told


@pytest.mark.parametrize("number", ["26", "27", "32", "33"])
def test_who_was_not_covered_is_one_cause(number: str) -> None:
    record = of_one_line("submitted 300, benefit 0", why_of(f"PR {number}", "300"))
    steps = steps_of(record)
    assert "you were not covered on that day" in steps.meaning


@pytest.mark.parametrize("number", ["97", "18", "999"])
@pytest.mark.parametrize("decision", [[], [DENIED]])
def test_co_at_all_that_is_not_covered_says_whose_it_is_whatever_its_number(
    number: str, decision: list[dict[str, Any]]
) -> None:
    """5.3: the lead said that the plan did not tell, and the reason below that it may not be charged."""
    figures = "submitted 85, benefit 0, memberliability 0, noncovered 85"
    record = of_one_line(figures, why_of(f"CO {number}", "85"), *decision)
    assert "the provider normally may not charge this to you" in story(record).answer
    assert unpaid.apart(record) == "provider"


def test_co_at_a_line_that_was_denied_is_the_providers_whatever_its_number() -> None:
    paid = "submitted 400, benefit 380, memberliability 20"
    items = [line(1, *money(paid)), line(2, *money("submitted 85, benefit 0"), why_of("CO 253", "85"))]
    items[1]["adjudication"].append(DENIED)
    record = stating("submitted 485, benefit 380, memberliability 20", item=items)
    assert unpaid.refusals_are_providers(record)


def test_co_of_what_was_paid_or_of_a_part_says_nothing_of_what_is_not_covered() -> None:
    """A cut in federal spending (253) is the provider's; what is not covered beside it need not be."""
    figures = "submitted 200, benefit 98, memberliability 0, noncovered 100"
    assert whose.group(of_one_line(figures, why_of("CO 253", "2"))) == ""
    whole = "submitted 85, benefit 0, memberliability 0, noncovered 85"
    assert whose.group(of_one_line(whole, why_of("CO 97", "85"), why_of("PR 96", "85"))) == "PR"
    for of_claim, told in ((whole, "CO"), (figures, "")):
        reason = why_of("CO 59", of_claim.rsplit(maxsplit=1)[1])
        made = claim(*money(of_claim), reason, item=[line(1, *money(of_claim))])
        assert whose.group(reading(made)) == told


@pytest.mark.parametrize(("group", "apart"), [("OA", "open"), ("CO", "provider")])
def test_a_share_of_a_second_claim_is_asked_about_before_it_is_paid(group: str, apart: str) -> None:
    """5.3: the share of a claim that the plan had already was plainly "what is not covered", and summed."""
    figures = "submitted 200, benefit 0, noncovered 200, memberliability 200"
    record = of_one_line(figures, why_of(f"{group} 18", "200"), DENIED)
    told = story(record)
    assert told.steps is not None
    assert told.steps.heading == "Your plan already had this"
    assert (unpaid.apart(record), is_summed(record)) == (apart, False)
    [asked] = [answer for name, _question, answer in told.checklist if name == "share"]
    second = "Your plan had this claim already: ask it before you pay."
    assert (second in told.answer, second in asked) == (group == "OA", group == "OA")
    assert "before you pay" in told.answer


def test_no_appeal_is_named_where_a_remark_says_that_there_is_none() -> None:
    """5.3: beside the plan's "no appeal rights are afforded" (MA130) stood a way to appeal."""
    figures = "submitted 200, benefit 0, memberliability 0, noncovered 200"
    remark = {"category": why("16")["category"], "reason": concept((REMARKS, "MA130"))}
    told = story(of_one_line(figures, why("CO 16"), remark, DENIED))
    assert told.steps is not None
    assert not re.search("appeal|last day", " ".join(told.steps.steps))
    assert any("they can send the claim again" in step for step in told.steps.steps)


def reversed_claim(*, taken_back: str = "-100", decision: str = "") -> ClaimRecord:
    """Return a claim with a refused line, one that takes it back, and one that is paid."""
    figures = "submitted {0}, eligible 0, benefit 0, noncovered {0}"
    decided = [status("benefitpaymentstatus", decision)] if decision else []
    items = [
        line(number, *money(figures.format(amount)), why_of("CO 16", amount), *decided, **OFFICE)
        for number, amount in ((1, "100"), (2, taken_back))
    ]
    paid = "submitted 100, eligible 60, benefit 48, coinsurance 12"
    items.append(line(3, *money(paid), why_of("CO 45", "40"), **OFFICE))
    whole = "submitted 100, eligible 60, benefit 48, memberliability 12, coinsurance 12"
    return stating(whole, item=items)


OFFICE = {"productOrService": {"coding": [{"code": "X1", "display": "Office visit"}]}}


@pytest.mark.parametrize("decision", ["", "denied"])
def test_a_refusal_whose_line_another_takes_back_is_none(decision: str) -> None:
    """5.2: a claim that was decided anew within itself was "Partly paid", and "refused a part"."""
    record = reversed_claim(decision=decision)
    assert (standing.state(record), story(record).steps) == ("paid", None)
    assert standing.state(brief(record)) == "paid"
    assert "Amount: $0.00" not in " ".join(story(record).reasons)


def test_a_refusal_of_which_a_line_takes_back_another_amount_stands() -> None:
    assert standing.state(reversed_claim(taken_back="-90")) == "partly_paid"


YOURS = "submitted 200, eligible 120, benefit 0, memberliability 120, deductible 120, discount 80"


def test_a_denial_of_what_went_to_the_deductible_is_told_with_both() -> None:
    """5.3: "Denied", with an appeal, stood at a price that was wholly the deductible."""
    denied = DENIED
    record = of_one_line(YOURS, why_of("PR 1", "120"), why_of("CO 45", "80"), adjudication=[denied])
    told = story(record)
    assert (standing.state(record), told.steps) == ("deductible", None)
    assert told.notices == (
        "Your plan marks this claim as denied, and counts all of its price as your share, as of a claim that "
        "it covers. Ask it which of them is right.",
    )
    assert standing.state(brief(record)) == "deductible"


def test_a_denial_with_a_reason_that_refuses_is_one_whatever_the_share() -> None:
    denied = DENIED
    record = of_one_line(YOURS, why_of("PR 96", "120"), adjudication=[denied])
    assert (standing.state(record), story(record).notices) == ("denied", ())


def test_that_a_reason_is_another_one_is_said_only_where_nothing_else_tells_it() -> None:
    """5.3: "Another payer had already paid" stood beside "Your plan adjusted this for another reason."."""
    [known] = story(of_one_line(SHARE, why_of("OA 23", "60"))).reasons
    [unknown] = story(of_one_line(SHARE, why_of("OA 999", "60"))).reasons
    assert ("for another reason" in known, "for another reason" in unknown) == (False, True)


@pytest.mark.parametrize(("paid", "decision"), [("0", ""), ("60", "Paid by your plan")])
def test_a_line_decided_as_paid_is_no_paid_one_where_the_plan_paid_nothing(paid: str, decision: str) -> None:
    """5.3: "Paid by your plan" stood over "Plan paid $0.00"."""
    figures = f"submitted 60, benefit {paid}, deductible 60"
    record = of_one_line(figures, status("benefitpaymentstatus", "paid"))
    assert [row.decision for row in story(record).lines] == [decision]


@pytest.mark.parametrize(
    ("codes", "kinds"),
    [
        (["N706"], ["remark"]),
        (["MA130"], ["remark"]),
        (["M15"], ["remark"]),
        (["PR", "MA07"], ["remark"]),
        (["CO", "96", "MA01"], ["adjustment", "remark"]),
        (["B7"], ["adjustment"]),
    ],
)
def test_a_remark_without_its_list_is_no_number_of_an_adjustment(codes: list[str], kinds: list[str]) -> None:
    """5.3: how X12's remarks begin no number of an adjustment does."""
    given = concept(*(("", code) for code in codes))
    noted = {"category": concept((DISCRIMINATOR, "adjustmentreason")), "reason": given}
    record = reading(claim(item=[line(1, noted)]))
    assert [reason.kind for reason in record.lines[0].reasons] == kinds


@pytest.mark.parametrize("code", ["N1", "M5", "N130"])
def test_a_pharmacys_code_of_no_list_is_no_remark(code: str) -> None:
    """5.3: there it is NCPDP's, or nobody's; the list of remarks has to be named."""
    noted = {"category": concept((DISCRIMINATOR, "adjustmentreason")), "reason": concept(("", code))}
    record = reading(claim(kind="pharmacy", item=[line(1, noted)]))
    assert [reason.kind for reason in record.lines[0].reasons] == ["plan"]
    assert "remark" not in " ".join(story(record).reasons)


@pytest.mark.parametrize("code", ["CO-MA01", "CO N130", "PRM25"])
def test_a_remark_written_with_a_group_is_no_adjustment(code: str) -> None:
    """No number of an adjustment begins so; "the provider normally may not charge this" was said of it."""
    (reason,) = of_one_line("submitted 480, noncovered 20", why_of(code, "20")).all_reasons
    assert (reason.kind, reason.group, reason.code) == ("remark", None, re.sub(r"^(CO|PR)[- ]?", "", code))


@pytest.mark.parametrize(
    ("system", "code", "told"),
    [
        (None, "CO-MA01", ("remark", None, "MA01")),
        ("https://x12.org/codes/remittance-advice-remark-codes", "CO-45", ("adjustment", "CO", "45")),
    ],
)
def test_a_group_tells_a_remark_and_an_adjustment_apart_in_any_list(
    system: str | None, code: str, told: tuple[str, str | None, str]
) -> None:
    """A pharmacy's "CO-MA01" was an adjustment, and "CO-45" among remarks one of no such number."""
    (reason,) = reasons_of(Concept(coding=(Coding(system=system, code=code),)), needs_list=True)
    assert (reason.kind, reason.group, reason.code) == told


@pytest.mark.parametrize(
    ("codings", "text", "expected"),
    [
        ([("urn:plan", "ZZ9", None)], "Not covered: try others", ["Not covered: try others"]),
        ([(None, "272", "Guidelines")], "Not covered: try others", ["Guidelines"]),
        ([(None, "CO", None), (None, "272", None)], "Not covered", ["Not covered"]),
        ([(None, "CO", None), (None, "97", None)], "CO-97", [None]),
        ([(None, "50", None)], "50", [None]),
        ([("urn:plan", "D01", None)], "d01", [None]),
        ([("urn:plan", "D01", None)], "N/A", [None]),
        # A text of several codes is the meaning of none of them.
        ([(None, "45", None), (REMARKS, "N115", None)], "Coinsurance", [None, None]),
    ],
)
def test_the_text_beside_a_code_alone_without_words_is_its_words(
    codings: list[tuple[str | None, str, str | None]], text: str, expected: list[str | None]
) -> None:
    """5.3: it was lost ("ask your plan for its words"), and an unknown code with it refused nothing."""
    every = tuple(Coding(system=system, code=code, display=display) for system, code, display in codings)
    assert [reason.words for reason in reasons_of(Concept(coding=every, text=text))] == expected


def test_a_charge_above_the_price_that_closes_the_bill_is_the_discount() -> None:
    """ "Your plan did not share its discount" stood beside "above the price (CO 45) $100.00"."""
    x12 = "https://x12.org/codes/claim-adjustment-reason-codes"
    stated = [
        {
            "category": concept(("http://terminology.hl7.org/CodeSystem/adjudication", group)),
            "reason": concept((x12, number)),
            "amount": {"value": amount, "currency": "USD"},
        }
        for group, number, amount in (("CO", "45", 100), ("PR", "2", 50))
    ]
    told = story(of_one_line("submitted 300, benefit 150", *stated))
    assert told.answer.endswith(
        "discount took off $100.00, and your plan paid $150.00. Your share is $50.00: coinsurance."
    )
    assert told.sums == ("The figures add up to the cent.",)


def test_what_another_payer_settled_is_not_called_uncovered_where_its_payment_is_absent() -> None:
    """ "$700.00 of the bill was not covered", of which $400.00 another payer had settled (OA 23)."""
    reasons = why_of("CO 45", "300"), why_of("OA 23", "400")
    settled = [reason | {"category": money("noncovered 1")[0]["category"]} for reason in reasons]
    sent = "submitted 800, eligible 500, benefit 60"
    totals = money(f"{sent}, memberliability 40")
    told = story(reading(claim(*totals, item=[line(1, *money(sent), *settled)])))
    assert told.answer.endswith("and your plan paid $60.00. Your share is $40.00.")
    assert {row.label: row.text for row in told.receipt}["By code OA 23"] == "$400.00"


BARRED = "By law or contract the provider may not collect this from you, and gives it back if it did."


@pytest.mark.parametrize("code", ["OA 209", "CO 209", "209"])
def test_what_may_not_be_collected_is_told_by_its_own_meaning(code: str) -> None:
    """5.3: "Your plan adjusted this for another reason." stood behind it."""
    figures = "submitted 200, benefit 0, noncovered 200, memberliability 0"
    record = of_one_line(figures, why(code))
    [told] = story(record).reasons
    assert told == f"Line 1: {BARRED} Another payer may be asked for it. (Code {code})"
    assert (
        "$200.00 of the bill was not covered. The provider may not charge this to you."
        in story(record).answer
    )
    assert unpaid.apart(record) == "provider"
    assert story(record).steps is None


@pytest.mark.parametrize("code", ["OA 209", "CO 209"])
def test_a_share_that_may_not_be_collected_is_not_to_be_paid(code: str) -> None:
    record = of_one_line("submitted 200, benefit 120, memberliability 80", why_of(code, "80"))
    assert "Your share is $80.00." in story(record).answer
    assert "counts $80.00 in it that the provider normally may not charge to you" in story(record).answer
    assert asked(record) == "$0.00, without the $80.00 that the provider normally may not charge to you."
    assert unpaid.left(record) == 0


def test_a_share_beside_an_amount_that_may_not_be_collected_is_asked_about() -> None:
    record = of_one_line("submitted 200, benefit 120, memberliability 80", why("OA 209"))
    assert (
        "A reason of your plan says that the provider may not collect a part from you."
        in story(record).answer
    )
    assert "the provider may not collect a part" not in story(of_one_line(PAID, why("OA 23"))).answer


def test_a_group_that_says_otherwise_is_told_beside_it() -> None:
    record = of_one_line("submitted 200, benefit 0, noncovered 200, memberliability 0", why("PR 209"))
    assert "Your plan counts this part as yours." in " ".join(story(record).reasons)
    assert "may not charge this to you" not in story(record).answer
    assert "counts this part as yours" not in story(record).answer
