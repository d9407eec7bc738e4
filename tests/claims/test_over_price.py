"""What was paid and the share come to more than the care may cost: said before anybody pays."""

from decimal import Decimal

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.kinds.claim import wording
from apps.kinds.claim.excess import excess, is_summed
from apps.kinds.claim.wording import bill, to_pay
from tests.claims.given import a_connection, save
from tests.claims.made import body, claim, cms, concept, line, money, priced, reading, stating
from tests.claims.systems import C4BB, STATUS
from tests.claims.telling import asked

ABOVE = "What was paid and your share come to more than the price, {price}: ask your plan before you pay."
FIXED = "That can be right where a plan pays a fixed price, as at some clinics: ask your plan before you pay."
NO_MISTAKE = "this need not be a mistake"


@pytest.mark.parametrize(
    ("amounts", "price"),
    [
        ("submitted 40, eligible 30, benefit 10, deductible 10, coinsurance 20", "$30.00"),
        ("submitted 150, eligible 100, benefit 60, priorpayerpaid 30, coinsurance 20", "$100.00"),
        ("submitted 150, eligible 100, noncovered 20, benefit 90, memberliability 40", "$100.00"),
    ],
)
def test_a_share_above_what_the_price_leaves_is_told_in_the_lead_beside_a_bill_and_compared_with_none(
    amounts: str, price: str
) -> None:
    """Facts claims 3.9: it was said that this need not be a mistake, beside a button that it was paid."""
    record = stating(amounts)
    story, told = wording.story(record), ABOVE.format(price=price)
    assert told in story.answer
    assert told in asked(record)
    assert NO_MISTAKE not in " ".join(story.sums)
    share = record.money.your_share.amount
    assert share is not None
    assert (to_pay.due(record), bill.check(record, share).outcome) == (None, "cannot")


@pytest.mark.parametrize(
    "amounts",
    [
        "submitted 40, eligible 30, benefit 10, coinsurance 20",
        "submitted 40, eligible 30, benefit 10, coinsurance 20.01",  # a cent a line is rounding
        "submitted 150, eligible 100, noncovered 20, benefit 90, memberliability 30",
        "submitted 40, benefit 20, coinsurance 20",
        "submitted 40, eligible 30, benefit 40, memberliability 0",  # nobody asks for anything
        "submitted 40, eligible 30, coinsurance 20",
    ],
)
def test_a_share_that_the_price_leaves_room_for_is_no_question(amounts: str) -> None:
    made = stating(amounts, item=[line(1, priced("submitted", "40"))])
    assert "more than" not in wording.story(made).answer
    assert "more than" not in asked(made)


def test_outside_the_network_nobody_is_held_to_the_price() -> None:
    status = {
        "category": concept((STATUS, "billingnetworkstatus")),
        "reason": concept((STATUS, "outofnetwork")),
    }
    record = reading(claim(*money("submitted 300, eligible 100, benefit 80, memberliability 200"), status))
    assert "more than the price" not in wording.story(record).answer


def test_what_another_payer_paid_in_full_is_not_to_be_paid_again_unasked() -> None:
    record = stating("submitted 60, benefit 0, priorpayerpaid 60, coinsurance 10")
    told = "Another payer paid the whole bill. Ask your plan before you pay $10.00."
    assert told in wording.story(record).answer
    assert told in asked(record)
    assert NO_MISTAKE not in " ".join(wording.story(record).sums)
    assert bill.check(record, Decimal(10)).outcome == "cannot"


def test_more_than_the_bill_alone_can_be_right_and_is_asked_about_all_the_same() -> None:
    record = stating("submitted 40, benefit 30, deductible 20, coinsurance 10")
    assert FIXED in wording.story(record).answer
    assert FIXED in asked(record)
    assert NO_MISTAKE in " ".join(wording.story(record).sums)
    assert bill.check(record, Decimal(30)).outcome == "same"


@pytest.mark.parametrize(
    ("paid_by_plan", "told", "ask"),
    [
        (
            "20",
            "Your plan paid the whole price, and you are listed as having paid $20.00 too.",
            "Ask the pharmacy whether $20.00 comes back to you.",
        ),
        (
            "5",
            "More was paid in all than the price, $20.00; $20.00 of it is listed as paid by you.",
            "Ask the pharmacy whether $5.00 comes back to you.",
        ),
    ],
)
def test_a_drug_that_was_paid_twice_is_asked_back_for_at_the_pharmacy(
    paid_by_plan: str, told: str, ask: str
) -> None:
    amounts = money(f"drugcost 20, benefit {paid_by_plan}")
    record = reading(claim(*amounts, priced("paidbypatient", "20", system=C4BB), kind="pharmacy"))
    story = wording.story(record)
    assert story.answer.endswith(told)
    assert story.asks == (ask,)
    assert "before you pay" not in story.answer


@pytest.mark.parametrize(
    ("by_others", "more", "asked"),
    [
        ({"lics_amt": "122.23", "rptd_gap_dscnt_num": "317.22", "plro_amt": "59.72"}, "$312.01", "Ask"),
        (
            {"lics_amt": "122.23", "rptd_gap_dscnt_num": "17.22", "plro_amt": "59.72"},
            "$12.01",
            "Plans do not",
        ),
    ],
)
def test_a_drugs_cost_that_only_others_exceed_tells_by_how_much_and_is_not_asked_back_for(
    by_others: dict[str, str], more: str, asked: str
) -> None:
    """3.9: 550 = 126.99 + 235.85 + what others gave, 312.01 less, was summed: which of these overlap nobody
    says, but none is less than the manufacturer's 317.22, for which the cost has no room."""
    amounts = {"tot_rx_cst_amt": "550.00", "cvrd_d_plan_pd_amt": "126.99", "ptnt_pay_amt": "235.85"}
    drug = line(1, *(cms(name, amount) for name, amount in (amounts | by_others).items()))
    record = reading(claim(kind="pharmacy", item=[drug]))
    story = wording.story(record)
    assert story.answer.endswith("Your share is $235.85. Already paid.")
    assert f"which is {more} more. {asked}" in story.sums[0]
    may_fit = asked != "Ask"
    assert (is_summed(record), story.doubt is None, story.asks == ()) == (may_fit, may_fit, may_fit)
    assert "back" not in f"{story.answer} {story.asks}"


def test_figures_that_disagree_are_held_against_no_price() -> None:
    record = stating("eligible 30, benefit 10, memberliability 30", item=[line(1, priced("eligible", "60"))])
    assert record.disagreements
    assert "more than the price" not in wording.story(record).answer


def test_what_is_not_covered_may_come_on_top_of_the_price_and_is_not_asked_back() -> None:
    """ "Ask whether $100.00 comes back": 50 of it was not covered, so only 50 is too much."""
    over = excess(stating("submitted 150, eligible 100, benefit 100, noncovered 50, memberliability 100"))
    assert over is not None
    assert over.over == Decimal(50)


def test_what_is_told_as_more_than_the_bill_is_not_told_as_a_fixed_price_too() -> None:
    """One contradiction was told twice, once as a mistake and once as what can be right."""
    assert excess(stating("submitted 100, benefit 80, noncovered 30, memberliability 30")) is None


@pytest.mark.parametrize(
    ("amounts", "told", "back"),
    [
        (
            "submitted 100, eligible 100, benefit 100, noncovered 100, paidbypatient 100",
            "Your plan paid the whole price, and you are listed as having paid $100.00 too.",
            "$100.00",
        ),
        (  # nothing of what the member paid was needed: how much it was does not matter
            "submitted 100, eligible 100, benefit 100, paidbypatient 40",
            "Your plan paid the whole price, and you are listed as having paid $40.00 too.",
            "$40.00",
        ),
        (
            "submitted 100, eligible 90, benefit 80, memberliability 60, deductible 50, paidbypatient 30",
            "More was paid in all than the price, $90.00; $30.00 of it is listed as paid by you.",
            "$20.00",
        ),
        (
            "submitted 100, benefit 80, memberliability 30, paidbypatient 30",
            "More was paid in all than the $100.00 billed; $30.00 of it is listed as paid by you. "
            "That can be right where a plan pays a fixed price, as at some clinics.",
            "$10.00",
        ),
    ],
)
def test_a_bill_that_plan_and_patient_both_paid_is_asked_back_for_whatever_the_share_is(
    amounts: str, told: str, back: str
) -> None:
    """Facts claims 3.9: a contradicted share hid that what plan and patient paid is more than the bill."""
    story = wording.story(stating(amounts))
    assert told in story.answer
    assert "you paid" not in story.answer  # what the member is listed as having paid is said once
    assert story.asks[0] == f"Ask the provider whether {back} comes back to you."


@pytest.mark.parametrize(
    "amounts",
    [
        "submitted 100, eligible 100, benefit 80, memberliability 0, deductible 20, paidbypatient 20",
        "submitted 100, eligible 70, benefit 70, noncovered 30, paidbypatient 30",
    ],
)
def test_what_plan_and_patient_paid_within_the_bill_is_no_question(amounts: str) -> None:
    assert "comes back" not in " ".join(wording.story(stating(amounts)).asks)


@pytest.mark.parametrize("network", ["innetwork", "outofnetwork"])
def test_a_price_that_is_the_bill_is_the_price_in_the_network_and_outside(network: str) -> None:
    """One told "the whole bill", one "the whole price", of the same figures."""
    amounts = money("submitted 100, eligible 100, benefit 100, paidbypatient 40")
    status = {"category": concept((STATUS, "billingnetworkstatus")), "reason": concept((STATUS, network))}
    answer = wording.story(reading(claim(*amounts, status))).answer
    assert "Your plan paid the whole price, and you are listed as having paid $40.00 too." in answer


def test_what_to_ask_for_comes_first_under_what_you_can_do(alice: Member, alice_client: Client) -> None:
    """To ask for $6,383.98 back was the last of eight sentences at the top, and nowhere a step."""
    amounts = money("submitted 100, eligible 100, benefit 100, memberliability 0, copay 60, paidbypatient 90")
    save(a_connection(alice), body(claim(*amounts)))
    page = alice_client.get(f"/claims/{alice.records.get().pk}/").content.decode()
    lead, _, steps = page.partition("What you can do")
    told = [
        "Ask the provider whether $90.00 comes back to you.",
        "Ask your plan which figures are right for your share.",
    ]
    places = [steps.find(step) for step in [*told, "Does the bill in your hand match?"]]
    assert places == sorted(places)
    assert -1 not in places
    assert not any(step in lead for step in told)


@pytest.mark.parametrize(
    ("amounts", "is_folded"), [("memberliability 0, copay 60", True), ("memberliability 60", False)]
)
def test_no_bill_is_asked_for_first_where_no_share_is_sure(
    amounts: str, *, is_folded: bool, alice: Member, alice_client: Client
) -> None:
    """Figures that disagree on the share compare with no bill, so the form for it is folded."""
    save(a_connection(alice), body(claim(*money(f"submitted 100, eligible 100, benefit 40, {amounts}"))))
    page = alice_client.get(f"/claims/{alice.records.get().pk}/").content.decode()
    before, form, _ = page.partition('id="amount"')
    assert form
    assert ("Hold a bill against this claim</summary>" in before) is is_folded


def test_of_many_figures_that_disagree_the_question_names_none() -> None:
    figures = "submitted 100, eligible 100, benefit 90, paidtoprovider 40, memberliability 60, copay 10"
    lines = [line(1, *money("submitted 70, eligible 70"))]
    record = stating(figures, item=lines)
    assert len(record.disagreements) > 2
    assert wording.story(record).asks[-1] == "Ask your plan which of the figures that do not agree are right."


@pytest.mark.parametrize("price", ["submitted 200, eligible 150", "submitted 150"])
def test_a_share_that_is_doubted_is_not_said_to_come_on_top_of_what_was_sent(price: str) -> None:
    """ "Ask before you pay", and a sentence later "Your share of $30.00 comes on top"."""
    payee = {"payee": {"type": concept(("http://terminology.hl7.org/CodeSystem/payeetype", "subscriber"))}}
    record = stating(f"{price}, benefit 150, coinsurance 30", **payee)
    for told in (wording.story(record).answer, asked(record)):
        assert ABOVE.format(price="$150.00") in told
        assert "Pass it on" in told
        assert "on top" not in told


@pytest.mark.parametrize(
    ("of_lines", "price"),
    [
        ("submitted 800, eligible 390, benefit 320, coinsurance 80", "$400.00 or $390.00"),
        ("submitted 850, eligible 400, benefit 350, coinsurance 80", ""),  # nothing is contradicted
        ("submitted 850, eligible 480, benefit 350, coinsurance 80", "no room only by the claim's price"),
        ("submitted 850, eligible 400, benefit 310, coinsurance 80", "no room only by the claim's payment"),
    ],
)
def test_the_price_is_exceeded_where_no_place_has_room_by_its_own_figures(of_lines: str, price: str) -> None:
    """430 of 400 by the claim and 400 of 390 by its lines: only a figure of each would have fitted."""
    totals = money("submitted 850, eligible 400, benefit 350, coinsurance 80")
    record = reading(claim(*totals, item=[line(1, *money(of_lines))]))
    story = wording.story(record)
    is_told = not price.startswith("no room")
    assert ("ask your plan before you pay" in story.answer) is is_told
    assert (ABOVE.format(price=price or "$400.00") in story.answer) is is_told


def test_a_share_in_doubt_that_is_more_than_was_billed_has_one_warning_beside_the_bill() -> None:
    record = stating("submitted 100, benefit 40, memberliability 0, deductible 700")
    assert asked(record).count("before you pay") == 1
    assert asked(record).startswith("$700.00 or $0.00: the figures do not agree. $700.00 is more than")


@pytest.mark.parametrize(
    ("amounts", "told"),
    [
        ("eligible 100, memberliability 150", "That is more than the price your plan allows: ask your plan"),
        (
            "eligible 100, memberliability 0, copay 150",
            "$150.00 is more than the price your plan allows: ask",
        ),
        ("eligible 100, memberliability 250", "That is more than was billed: ask your plan"),
        ("eligible 100, noncovered 50, memberliability 150", ""),  # which comes on top of the price
        ("eligible 160, memberliability 150", ""),
        ("memberliability 150", ""),
        ("memberliability 200", ""),  # all that was billed
    ],
)
def test_a_share_above_the_price_alone_is_asked_about(amounts: str, told: str) -> None:
    """3.9: "$797.20, but also $38.20" of a price of $754.79: only the bill was compared."""
    record = stating(f"submitted 200, {amounts}")
    assert (told in wording.story(record).answer) is True
    assert ("is more than" in wording.story(record).answer) is bool(told)
    assert ("before you pay" in asked(record)) is bool(told)


def test_a_share_above_what_a_drug_cost_is_not_said_to_be_more_than_was_billed() -> None:
    """3.9: a pharmacy that states no charge states what the drug cost."""
    record = stating("drugcost 100, memberliability 150", kind="pharmacy")
    assert (
        "That is more than the drug cost: ask your plan why before you pay." in wording.story(record).answer
    )
    paid = stating("drugcost 100, memberliability 150, paidbypatient 150", kind="pharmacy")
    assert "That is more than the drug cost. You paid it already" in wording.story(paid).answer


def test_a_share_above_one_of_two_prices_may_be_right() -> None:
    record = stating(
        "submitted 200, eligible 100, memberliability 150", item=[line(1, priced("eligible", "160"))]
    )
    assert "is more than" not in wording.story(record).answer
