"""Refusal and price beside each other: each party's part of what is not paid, with its own amount."""

from decimal import Decimal
from typing import Any

import pytest

from apps.kinds.claim import standing, unpaid
from apps.kinds.claim.whose import parts
from apps.kinds.claim.wording import bill, story
from apps.plain_language.money import MINUS
from tests.claims.made import DENIED, OUT, claim, concept, line, money, reading, stating, status, why, why_of
from tests.claims.systems import DISCRIMINATOR
from tests.claims.telling import lead
from tests.claims.test_equations import assert_adds_up
from tests.claims.test_whose_money import MAY_NOT

PRICE = "charge is above the price"


@pytest.mark.parametrize("figures", ["", ", discount 300", ", noncovered 300"])
def test_a_charge_above_the_price_is_by_itself_no_refusal(figures: str) -> None:
    whole = money(f"submitted 300, benefit 0{figures}")
    told = story(reading(claim(*whole, item=[line(1, *whole, why("CO 45"))])))
    assert told.steps is None
    assert told.badge is None
    assert "ask it to check" not in " ".join([told.answer, *told.reasons])


@pytest.mark.parametrize("refusal", ["PR 96", "CO 50"])
@pytest.mark.parametrize("has_own_line", [True, False])
def test_beside_a_refusal_the_price_speaks_of_the_discount_that_is_stated(
    refusal: str, has_own_line: bool
) -> None:
    priced_line = line(1, *money("submitted 180, discount 80, benefit 80, coinsurance 20"), why("CO 45"))
    refused = line(2, *money("submitted 120, noncovered 120, benefit 0"), why(refusal))
    both = line(
        1, *money("submitted 200, discount 80, noncovered 120, benefit 0"), why("CO 45"), why(refusal)
    )
    paid = (
        "submitted 300, eligible 100, benefit 80, coinsurance 20, memberliability 20"
        if has_own_line
        else "submitted 200, benefit 0, memberliability 0"
    )
    figures = money(f"discount 80, noncovered 120, {paid}")
    record = reading(claim(*figures, item=[priced_line, refused] if has_own_line else [both]))
    is_yours = refusal.startswith("PR")
    assert ("Your plan counts this part as yours." in lead(record)) is is_yours
    assert (MAY_NOT in lead(record)) is not is_yours
    assert ("The $120.00 that is not covered may come on top of it." in lead(record)) is is_yours
    assert (unpaid.apart(record) == "open") is is_yours


@pytest.mark.parametrize("is_by_line", [True, False])
def test_of_what_is_not_covered_each_partys_amount_is_told(is_by_line: bool) -> None:
    lines = [
        line(1, *money("submitted 80, noncovered 80, benefit 0"), why("CO 50")),
        line(2, *money("submitted 120, noncovered 120, benefit 0"), why("PR 96")),
    ]
    both = line(1, *money("noncovered 200, benefit 0"), why_of("CO 50", "80"), why_of("PR 96", "120"))
    figures = money("submitted 200, benefit 0, noncovered 200, memberliability 0")
    record = reading(claim(*figures, item=lines if is_by_line else [both]))
    assert (
        "$200.00 of the bill was not covered. By its contract with your plan, the provider normally may not "
        "charge $80.00 of it to you. Your plan counts $120.00 of it as yours." in lead(record)
    )
    assert "The $120.00 that is not covered may come on top of it." in lead(record)
    held = money("submitted 200, benefit 0, noncovered 200, memberliability 200")
    holding = reading(claim(*held, item=lines if is_by_line else [both]))
    assert "counts $80.00 in it that the provider normally may not charge to you" in lead(holding)
    assert unpaid.left(holding) == 120


def test_the_amounts_of_reasons_tell_whose_what_is_not_covered_is_beside_a_price_off_the_bill() -> None:
    figures = money("submitted 200, benefit 0, noncovered 120, memberliability 0")
    reasons = [why_of("CO 45", "80"), why_of("PR 96", "120")]
    told = lead(reading(claim(*figures, item=[line(1, *figures, *reasons)])))
    assert "Your plan counts this part as yours." in told


def test_a_party_of_nothing_is_not_named() -> None:
    lines = [
        line(1, *money("submitted 80, noncovered 0, benefit 80"), why("CO 45")),
        line(2, *money("submitted 120, noncovered 120, benefit 0"), why("PR 96")),
    ]
    figures = money("submitted 200, benefit 80, noncovered 120, memberliability 0")
    told = lead(reading(claim(*figures, item=lines)))
    assert "$0.00 of it" not in told
    assert "Your plan counts this part as yours." in told


@pytest.mark.parametrize("words", ["Not covered: cosmetic", "Denied"])
def test_a_refusal_in_words_leaves_open_whose_a_part_is(words: str) -> None:
    """Its amount is not known, so that the numbers beside it may not stand at all of it."""
    refused = {"category": concept((DISCRIMINATOR, "denialreason")), "reason": {"text": words}}
    figures = money("submitted 200, benefit 0, noncovered 200, memberliability 0")
    for code in ("CO 50", "PR 96"):
        record = reading(
            claim(*figures, item=[line(1, *figures, why_of(code, "200"))], adjudication=[refused])
        )
        assert unpaid.apart(record) == ""
        assert "charge this" not in lead(record)
        assert "as yours" not in lead(record)


def test_parts_that_do_not_come_to_what_is_not_covered_are_nobodys() -> None:
    reasons = [why_of("CO 50", "80"), why_of("PR 96", "100")]
    figures = money("submitted 200, benefit 0, noncovered 200, memberliability 0")
    record = reading(claim(*figures, item=[line(1, *figures, *reasons)]))
    assert parts(record) == parts(reading(claim(*figures, item=[line(1, *figures, reasons[0])]))) == {}
    assert "of it to you" not in lead(record)
    assert "as yours" not in lead(record)


def test_a_reason_is_told_with_its_own_amount() -> None:
    figures = money("submitted 200, noncovered 200, benefit 0")
    reasons = [why_of("CO 45", "80"), why_of("PR 96", "120")]
    told = story(reading(claim(*figures, item=[line(1, *figures, *reasons)]))).reasons
    assert "(Code CO 45) Amount: $80.00." in " ".join(told)
    assert "(Code PR 96) Amount: $120.00." in " ".join(told)
    many = [line(place, *money("submitted 200, benefit 0"), why_of("CO 45", "80")) for place in (1, 2, 3)]
    summed = story(reading(claim(*figures, item=many))).reasons
    assert [text.startswith("Lines 1 to 3") and text.endswith("Amount: $240.00.") for text in summed] == [
        True
    ]


@pytest.mark.parametrize(
    ("code", "network", "is_agreed"),
    [
        ("CO 45", None, True),
        ("45", status("billingnetworkstatus", "innetwork"), True),
        ("PI 45", None, False),
        ("OA 45", None, False),
        ("45", None, False),
        ("CO 45", OUT, False),
    ],
)
def test_an_agreed_price_is_named_only_where_there_is_an_agreement(
    code: str, network: dict[str, Any] | None, is_agreed: bool
) -> None:
    figures = money("submitted 200, eligible 120, benefit 120")
    made = claim(*figures, item=[line(1, *figures, why(code))], adjudication=[network] if network else [])
    told = " ".join(story(reading(made)).reasons)
    assert PRICE in told
    assert ("agreed between your plan and the provider" in told) is is_agreed


ASSIGNMENT = "https://bluebutton.cms.gov/resources/variables/asgmntcd"

NOT_ACCEPTED = (
    "The provider did not accept Medicare's price for this claim and may ask for more than it. For most "
    "doctors the law limits how much: ask Medicare."
)


@pytest.mark.parametrize(
    ("code", "billed", "label", "notices"),
    [
        ("N", "200", "Above your plan's price", (NOT_ACCEPTED,)),
        ("A", "200", "Taken off the bill", ()),
        ("N", "150", "", ()),  # nothing is above it
    ],
)
def test_a_bill_above_a_price_that_the_provider_did_not_accept_is_not_said_to_be_taken_off(
    code: str, billed: str, label: str, notices: tuple[str, ...]
) -> None:
    """2.4: of a non-assigned claim (42 CFR 414.48) "Taken off the bill $50.00" said too much."""
    figures = money(f"submitted {billed}, eligible 150, benefit 120, memberliability 30")
    extension = [{"url": ASSIGNMENT, "valueCoding": {"system": ASSIGNMENT, "code": code}}]
    record = reading(claim(*figures, extension=extension))
    told = story(record)
    assert next((row.label for row in told.receipt if row.testid == "reduction"), "") == label
    assert told.notices == notices
    assert all("Taken off" not in row.source for row in told.receipt) or code == "A"
    assert "taken off" not in " ".join(told.sums)
    causes = " ".join(bill.check(record, Decimal(billed) - 120).causes)
    assert ("ask why you pay it" in causes) is (code == "A")


@pytest.mark.parametrize("name", ["asgmntcd", "CLM-ASGMNT-CD", "CLM-MDCR-PRFNL-PRVDR-ASGNMT-SW"])
@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("A", "The provider accepts Medicare's price (A)"),
        ("L", "The provider accepts Medicare's price (L)"),
        ("N", "The provider does not accept Medicare's price (N)"),
    ],
)
def test_whether_the_provider_accepts_medicares_price_is_told_wherever_that_is_stated(
    name: str, code: str, told: str
) -> None:
    """Older data has an extension, which no page told of where the price was accepted."""
    stated = {"coding": [{"system": name, "code": code}]}
    extension = [{"url": f"https://bluebutton.cms.gov/x/{name}", "valueCoding": stated["coding"][0]}]
    category = {"coding": [{"system": "https://bluebutton.cms.gov/x", "code": name.replace("-", "_")}]}
    info = [{"sequence": 1, "category": category, "code": stated}]
    for more in (
        {"extension": extension},
        {"supportingInfo": info},
        {"extension": extension, "supportingInfo": info},
    ):
        record = stating("submitted 200, eligible 150", **more)
        assert dict(story(record).facts)["The provider and Medicare's price"] == told
        assert len(record.facts) == 1
        assert (NOT_ACCEPTED in story(record).notices) is (code == "N")


PRICED = "submitted 500, eligible 300, benefit 200"


@pytest.mark.parametrize("where", ["line", "claim", "group as category", "no category"])
def test_the_amount_of_a_reason_of_the_members_part_is_that_part_of_the_share(where: str) -> None:
    """5.3: X12's PR 1, 2 and 3; "your plan did not say what your share is" stood over them."""
    reasons = [why_of("PR 1", "60"), why_of("PR 2", "40"), why_of("CO 45", "200")]
    for stated in reasons:
        if where == "group as category":
            group, number_of = stated["reason"]["coding"][0]["code"].split()
            stated |= {"category": concept(("g", group)), "reason": concept(("", number_of))}
        elif where == "no category":
            del stated["category"]
    of_claim = reasons if where == "claim" else []
    items = [line(1, *money(PRICED), *([] if of_claim else reasons))]
    record = stating(PRICED, item=items, adjudication=of_claim)
    assert "Your share is $100.00: $60.00 deductible and $40.00 coinsurance." in lead(record)
    assert unpaid.left(record) == 100
    assert [(reason.group, reason.amount.amount) for reason in record.all_reasons][2] == ("CO", 200)
    assert not any(sent.is_amount_unheard_of for sent in record.also_sent)


@pytest.mark.parametrize(
    ("by_reason", "lines", "apart"),
    [
        ("60", 1, []),
        ("60", 2, []),
        ("50", 1, ["deductible", "your_share"]),
        ("50", 2, ["deductible", "your_share"]),
    ],
)
def test_a_part_that_a_category_states_too_counts_once_or_contradicts_it(
    by_reason: str, lines: int, apart: list[str]
) -> None:
    stated = line(1, *money(f"{PRICED}, deductible 60, coinsurance 40"), why_of("PR 1", by_reason))
    other = line(2, *money("submitted 20, eligible 20, benefit 20, deductible 0, coinsurance 0"))
    record = reading(claim(item=[stated, other][:lines]))
    assert record.money.deductible.amount == 60
    assert sorted(row.concept for row in record.disagreements) == apart
    assert unpaid.left(record) == (None if apart else 100)
    if apart:
        assert {other.amount for row in record.disagreements for other in row.others} == {50, 90}


def test_several_amounts_of_one_reason_at_one_place_are_no_part() -> None:
    """Nobody says whether they add up: each is told, and the share stays unknown."""
    reasons = [why_of("PR 1", "60"), why_of("PR 1", "40")]
    record = stating(PRICED, item=[line(1, *money(PRICED), *reasons)])
    assert not record.money.your_share.is_known
    assert [detail.figure.amount for detail in record.lines[0].details] == [60, 40]


@pytest.mark.parametrize(
    ("amounts", "adjustments", "whole"),
    [
        ((200, 100), ("CO 45", "PR 96"), 300),
        ((200, 100), ("CO 96", "PR 96"), 300),
        ((100, 100), ("CO 45", "PR 96"), 100),
        ((200, -50), ("CO 45", "PR 96"), 150),
        # Nobody says whose each is, or both are for one adjustment: that may be one amount, said otherwise.
        ((200, 100), ("45", "96"), 200),
        ((200, 100), ("PR 96", "PR 96"), 200),
    ],
)
def test_amounts_of_one_line_for_adjustments_of_their_own_come_to_what_is_not_covered(
    amounts: tuple[int, int], adjustments: tuple[str, str], whole: int
) -> None:
    """3.4: the total of both was held against the first alone. Two alike may be one, said twice."""
    refused = [
        money(f"noncovered {amount}")[0] | {"reason": why(adjustment)["reason"]}
        for amount, adjustment in zip(amounts, adjustments, strict=True)
    ]
    stated = money(f"submitted 300, noncovered {whole}, benefit 0")
    record = reading(claim(*stated, item=[line(1, *money("submitted 300, benefit 0"), *refused)]))
    assert record.real_lines[0].money.not_covered.amount == whole
    assert record.disagreements == ()
    of_two_lines = reading(claim(item=[line(1, *refused), line(2, *refused)])).money.not_covered
    assert of_two_lines.is_known is (len(set(amounts)) == 1 or whole == sum(amounts))


def test_a_reason_of_another_group_is_no_part_of_the_share() -> None:
    record = stating(PRICED, item=[line(1, *money(PRICED), why_of("CO 1", "60"))])
    assert not record.money.your_share.is_known


def test_lines_that_state_different_parts_of_the_share_are_told_with_their_sum() -> None:
    """A page of such a claim failed: their names were dropped, and their amounts kept."""
    items = [
        line(1, *money("submitted 300, eligible 200, benefit 140, deductible 60")),
        line(2, *money("submitted 200, eligible 100, benefit 60, coinsurance 40")),
    ]
    assert "Your share is $100.00." in lead(stating(PRICED, item=items))


IN_IT = "in it that the provider normally may not charge to you. Ask your plan before you pay that."


@pytest.mark.parametrize(
    ("figures", "lines", "left"),
    [
        # A refusal of all, at a line that says nothing else, with or without its amount.
        ("submitted 500, benefit 0, memberliability 500", [("submitted 500", why("CO 197"))], None),
        ("submitted 500, benefit 0, memberliability 500", [("benefit 0", why_of("CO 197", "500"))], None),
        # Only the share of the refused line is in doubt.
        (
            "submitted 700, benefit 160, memberliability 540",
            [
                ("submitted 500, benefit 0, memberliability 500", why("CO 197")),
                ("submitted 200, benefit 160, memberliability 40", why("CO 45")),
            ],
            40,
        ),
        # What a copay is, or the bill adds up with apart from the refusal, is a share like others.
        ("submitted 500, benefit 0, copay 30, memberliability 30", [("benefit 0", why("CO 197"))], 30),
        ("submitted 500, benefit 0, memberliability 100", [("benefit 0", why_of("CO 197", "400"))], 100),
        ("submitted 500, benefit 0, memberliability 500", [("benefit 0", why("PR 197"))], 500),
    ],
)
def test_a_share_of_what_was_refused_and_is_the_providers_is_asked_about_first(
    figures: str, lines: list[tuple[str, dict[str, Any]]], left: int | None
) -> None:
    """It was "not noted as paid" where the plan stated nothing as not covered."""
    items = [line(place, *money(text), reason) for place, (text, reason) in enumerate(lines, 1)]
    record = stating(figures, item=items)
    assert unpaid.left(record) == left
    assert (IN_IT in lead(record)) is (left in (None, 40))
    assert (unpaid.apart(record) == "provider") is (left is None)


@pytest.mark.parametrize("refused", [why("CO 97"), why("CO 50")])
@pytest.mark.parametrize("head", ["", ", memberliability 100"])
def test_a_share_of_another_line_does_not_hold_what_a_line_puts_on_the_provider(
    refused: dict[str, Any], head: str
) -> None:
    """ "Your plan counts $100.00 in it that the provider may not charge" took the whole share away."""
    items = [
        line(1, *money("submitted 400, eligible 350, benefit 250, memberliability 100")),
        line(2, *money("submitted 100, benefit 0, noncovered 100, memberliability 0"), refused),
    ]
    record = stating(f"submitted 500, benefit 250, noncovered 100{head}", item=items)
    assert (unpaid.apart(record), unpaid.left(record)) == ("", 100)
    assert IN_IT not in lead(record)


@pytest.mark.parametrize(
    ("reason", "state"), [("CO 97", "deductible"), ("OA 18", "deductible"), ("CO 50", "partly_refused")]
)
def test_a_line_that_is_settled_elsewhere_makes_no_claim_a_refused_one(reason: str, state: str) -> None:
    """5.3: the page of a claim whose deductible was applied said "Refused in part", and of a line that the
    plan had already to appeal."""
    items = [
        line(1, *money("submitted 400, eligible 200, benefit 0, deductible 200")),
        line(2, *money("submitted 100, benefit 0, noncovered 100"), DENIED, why(reason)),
    ]
    figures = money("submitted 500, eligible 200, benefit 0, deductible 200, noncovered 100")
    record = reading(claim(*figures, item=items))
    assert standing.state(record) == state
    assert unpaid.left(record) == 200


@pytest.mark.parametrize("price", ["", ", eligible 200"])
@pytest.mark.parametrize(("share", "is_held"), [("140", True), ("40", False)])
def test_a_receipt_shows_whose_each_part_of_what_is_not_covered_is(
    price: str, share: str, *, is_held: bool
) -> None:
    """A share with the member's part alone was "more than these figures allow"."""
    items = [
        line(1, *money("submitted 200, benefit 160")),
        line(2, *money("submitted 300, benefit 0, noncovered 300"), why_of("CO 50", "200")),
    ]
    items[1]["adjudication"].append(why_of("PR 96", "100"))
    figures = f"submitted 500, benefit 160, noncovered 300, memberliability {share}{price}"
    told = story(stating(figures, item=items))
    assert_adds_up(told.receipt)
    assert not {"gap"} & {row.testid for row in told.receipt}
    start = next(place for place, row in enumerate(told.receipt) if row.testid == "not-covered")
    assert [(row.label, row.text, row.sign) for row in told.receipt[start : start + 3]] == [
        ("Not covered", "$300.00", MINUS),
        ("Normally the provider's", "$200.00", ""),
        ("Counted as yours", "$100.00", ""),
    ]
    added = [row.text for row in told.receipt if row.testid == "not-covered-added"]
    assert added == (["$100.00"] if is_held else [])
    in_share = "The $100.00 that is not covered and counted as yours is in your share."
    assert (in_share in told.sums) is is_held
