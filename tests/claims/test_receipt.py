"""Where figures come from and how they disagree, in words."""

from typing import Any

import pytest
from django.utils import translation
from msgspec import structs

from apps.kinds.claim import wording
from apps.kinds.claim.reading import concepts, figures, lines
from apps.kinds.claim.records import ClaimRecord, Network, Payment, Reason, Source
from apps.kinds.claim.wording import about, bill_checklist, contradictions, denials, receipt, sources, titles
from apps.kinds.claim.wording.balance import balance
from apps.plain_language.theirs import translated
from tests.claims import ledger, made
from tests.claims.made import body, claim, cms, concept, line, money, priced, reading, stating


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("total[0]", "the totals of the claim (entry 1)"),
        ("adjudication[4]", "the summary of the claim (entry 5)"),
        ("benefitBalance.financial[2]", "the balance of the claim (entry 3)"),
        ("item[1].adjudication[0]", "line 25 (amount 1)"),
        ("item[0].net", "the total of line 24"),
        ("item[2].net", "the lines of the claim"),
        ("addItem[0].net", "the total of line 1 of those your plan added"),
        ("payment.amount", "the payment of the claim"),
        ("item.adjudication", "the lines of the claim"),
        ("total[0] + total[2]", "the totals of the claim (entry 1) and the totals of the claim (entry 3)"),
        ("item.adjudication + item.adjudication", "the lines of the claim"),
        ("somewhere.else", "the claim"),
    ],
)
def test_element_paths_are_put_in_words(path: str, words: str) -> None:
    record = reading(claim(item=[line(24), line(25)]))
    assert sources.place_words(path, record) == words


def test_a_source_says_whether_it_was_added_up_by_us() -> None:
    stated = Source("Copay", "total[1]", "copay")
    summed = Source("Copay", "item.adjudication", "copay", 3)
    assert (
        sources.source_words(stated, ClaimRecord())
        == "Copay: your plan sent it in the totals of the claim (entry 2). The code there: copay."
    )
    assert sources.source_words(summed, ClaimRecord()) == (
        "Copay: worked out by us from 3 amounts your plan sent, in the lines of the claim. "
        "The code there: copay."
    )


def test_figures_that_disagree_are_shown_together() -> None:
    record = reading(claim(priced("submitted", "100"), item=[line(1, priced("submitted", "110"))]))
    row = next(one for one in receipt.rows(record) if one.testid == "billed")
    assert (row.text, row.others) == ("$100.00", ("also stated: $110.00",))
    assert [contradictions.sentence(one, record) for one in record.disagreements] == [
        "For what was billed, the claim says $100.00. Its lines add up to $110.00."
    ]


def test_what_was_not_shared_is_folded_but_the_bill_what_the_plan_paid_and_the_share() -> None:
    rows = receipt.rows(stating("noncovered 134.00"))
    assert {row.testid for row in rows if not row.is_folded} == {
        "billed",
        "not-covered",
        "plan-paid",
        "your-share",
    }
    assert {"discount", "allowed"} <= {row.testid for row in rows if row.is_folded}


def test_a_part_of_what_the_plan_paid_is_named_so_that_it_can_stand_without_its_whole() -> None:
    """Folded away, "of it to the provider" stood under "Not covered"."""
    figures = money("submitted 50, benefit 40, paidtopatient 40, paidtoprovider 0, memberliability 10")
    rows = {row.testid: row for row in receipt.rows(reading(claim(*figures)))}
    assert rows["paid-to-provider"].is_folded
    assert rows["paid-to-provider"].label == "Paid to the provider"
    assert rows["paid-to-you"].label == "Paid to you"


def shown(record: ClaimRecord) -> dict[str, str]:
    return {row.testid: row.text for row in receipt.rows(record)}


def test_another_payers_zero_is_shown_because_it_was_sent() -> None:
    """1.26: 0 is not absent; Medicare's `prpayamt` of 0 says that nobody else paid."""
    stay = reading(
        claim(
            made.cms("clm_tot_chrg_amt", "100", "submitted"),
            payment={"amount": {"value": 90, "currency": "USD"}},
            benefitBalance=made.balance(prpayamt="0"),
        )
    )
    assert shown(stay)["other-payer"] == "$0.00"
    assert "other-payer" not in shown(stating("submitted 100, benefit 90"))


def test_nothing_is_taken_off_that_is_not_covered_already() -> None:
    record = stating("submitted 100, eligible 70, noncovered 30")
    assert "reduction" not in shown(record)


def test_m_16_a_row_that_is_not_reached_has_one_before_it_with_what_is_left() -> None:
    record = stating("submitted 500, discount 200, noncovered 0, eligible 250")
    rows = [(one.sign, one.label, one.text) for one in receipt.rows(record)]
    place = rows.index(("=", "Your plan allows", "$250.00"))
    assert rows[place - 1] == ("−", "In none of these figures", "$50.00")


@pytest.mark.parametrize(
    ("group", "network", "words"),
    [
        (None, "in", "The charge is above the price agreed between your plan and the provider. (Code 45)"),
        (
            "PR",
            None,
            "The charge is above the price your plan allows. "
            "The provider may ask you for this part. (Code PR 45)",
        ),
        (
            "PR",
            "out",
            "The charge is above the price your plan allows. There is no agreed price with this provider, "
            "who may ask you for this part. (Code PR 45)",
        ),
    ],
)
def test_a_charge_above_the_price_is_not_called_agreed_where_it_was_not(
    group: str | None, network: Network | None, words: str
) -> None:
    assert denials.reason_words(Reason("45", "adjustment", group), network) == words


def paid_record(**payment: str) -> ClaimRecord:
    record = reading(claim(priced("submitted", "100"), priced("benefit", payment.pop("amount", "80"))))
    return structs.replace(record, payment=Payment(**payment))  # type: ignore[arg-type]


def test_the_payment_says_to_whom_when_and_by_which_check() -> None:
    record = paid_record(on="2026-04-01", to="you", number="CHK-9", kind="Check by mail")
    assert about.payment(record) == (
        ("Amount", "$80.00"),
        ("Paid to", "You"),
        ("Paid on", "April 1, 2026"),
        ("Check or transfer number", "CHK-9"),
        ("Kind of payment", "Check by mail"),
    )


def test_nothing_was_paid_on_a_day_when_nothing_was_paid() -> None:
    """A page once said "Paid on" beside a payment of $0.00."""
    record = paid_record(amount="0", on="2026-04-01")
    assert about.payment(record) == ()
    assert ("Payment date in your plan's data", "April 1, 2026") in about.more(record)
    assert not any(label == "Paid on" for label, _ in about.facts(record))


def test_the_payment_of_a_claim_that_does_not_count_stands_among_its_details() -> None:
    """It stood nowhere: under "How your plan paid" it would be told as if it held."""
    record = paid_record(on="2026-04-01", to="you", number="CHK-9", kind="Check by mail")
    told = wording.story(record, is_current=False)
    assert told.payment == ()
    rows = {"Paid to": "You", "Payment date in your plan's data": "April 1, 2026"}
    rows |= {"Check or transfer number": "CHK-9", "Kind of payment": "Check by mail"}
    assert rows.items() <= dict(told.more).items()
    assert rows.keys().isdisjoint(dict(wording.story(record).more))


def test_every_label_that_reading_gives_a_figure_can_be_translated() -> None:
    for label in (*concepts.LABELS.values(), *lines.LISTED.values(), figures.LINE_TOTAL):
        with translation.override("es"):
            assert translated(label) != label
    assert translated("Anything a plan writes {itself}") == "Anything a plan writes {itself}"


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ("in", "Taken off the bill. Nobody pays it."),
        ("out", "Taken off by your plan. A provider outside its network may still ask you for it."),
        ("other", "Taken off the bill by your plan."),
        (None, "Taken off the bill by your plan."),
    ],
)
def test_nobody_is_said_to_pay_a_discount_only_where_the_provider_agreed_to_it(
    network: Network | None, words: str
) -> None:
    record = structs.replace(reading(made.visit()), network=network)
    assert [row.help for row in receipt.rows(record) if row.testid == "discount"] == [words]


def test_of_an_amount_of_zero_nothing_is_said_that_only_an_amount_can_be() -> None:
    """ "Plan discount $0.00. A provider outside its network may still ask you for it." """
    record = stating("submitted 90, discount 0, noncovered 0, benefit 90, memberliability 0")
    helped = {row.testid: bool(row.help) for row in receipt.rows(record) if row.figure.is_known}
    assert (helped["billed"], helped["your-share"]) == (True, True)
    assert (helped["discount"], helped["not-covered"]) == (False, False)


@pytest.mark.parametrize(
    ("amounts", "gap"),
    [
        ("noncovered 150, benefit 130", {"More than these figures allow": "+ $80.00"}),
        ("noncovered 150, benefit 130, paidtoprovider 20", {}),  # which of them holds, nobody knows
        ("noncovered 50, benefit 130", {}),
    ],
)
def test_a_receipt_that_takes_off_more_than_there_is_says_so_without_a_share_too(
    amounts: str, gap: dict[str, str]
) -> None:
    """300.00 and 130.32 were taken off 199.99, and nothing was said of it."""
    totals = money(f"submitted 200, {amounts}")
    rows = receipt.rows(reading(claim(*totals)))
    assert {row.label: f"{row.sign} {row.text}" for row in rows if row.testid == "gap"} == gap
    assert not any("the one below" in row.help for row in rows)


def test_extra_help_of_zero_is_no_discount_of_the_plan_of_zero() -> None:
    """Medicare's drug claims state it, and no discount: the page said that the plan's was $0.00."""
    record = reading(
        claim(
            kind="pharmacy",
            item=[
                line(
                    1,
                    made.cms("lics_amt", "0.00"),
                    made.cms("rptd_gap_dscnt_num", "0.00"),
                    made.cms("tot_rx_cst_amt", "9.00"),
                )
            ],
        )
    )
    assert [row.label for row in receipt.rows(record) if row.testid == "discount"] == [
        "Extra Help (low-income subsidy) and manufacturer discount"
    ]


def test_a_sum_of_lines_is_marked_as_ours_like_every_figure_that_we_worked_out() -> None:
    lines = [line(1, *money("submitted 84.40, benefit 60")), line(2, *money("submitted 10, benefit 5"))]
    rows = {row.testid: row for row in receipt.rows(reading(claim(item=lines)))}
    assert (rows["billed"].text, rows["billed"].is_worked_out) == ("$94.40", True)
    one = {row.testid: row for row in receipt.rows(reading(claim(item=lines[:1])))}
    assert (one["billed"].text, one["billed"].is_worked_out) == ("$84.40", False)


def test_a_version_without_amounts_has_no_sign_of_a_refusal() -> None:
    for record in (reading(claim()), stating("submitted 84.40")):
        badge = titles.badge(record, is_current=False)
        assert badge is not None
        assert badge.icon == "dash"


def test_the_only_service_of_a_claim_is_named_whole_in_the_checklist() -> None:
    name = "Ambulance service, basic life support, emergency transport (BLS, emergency)"

    def did(place: int, words: str) -> dict[str, Any]:
        return line(place, *money("submitted 10"), productOrService={"text": words})

    shown = dict(pair[1:] for pair in bill_checklist.checklist(reading(claim(item=[did(1, name)]))))
    assert shown["Did you get these services?"] == name
    two = dict(
        pair[1:] for pair in bill_checklist.checklist(reading(claim(item=[did(1, name), did(2, "X-ray")])))
    )
    assert two["Did you get these services?"] == "Ambulance service, basic life support… and X-ray"


@pytest.mark.parametrize(
    ("amounts", "tagged"),
    [(("60", "0"), False), (("0", "9"), False), (("0", "0"), False), (("60", "9"), True)],
)
def test_one_figure_and_zeros_beside_it_is_not_worked_out_by_us(
    amounts: tuple[str, str], tagged: bool
) -> None:
    """A deductible of $60.00 that the plan states was tagged, because none for blood stood beside it."""
    names = ("nch_bene_ptb_ddctbl_amt", "nch_bene_blood_ddctbl_lblty_am")
    figures = [
        {"type": cms(name, amount)["category"], "usedMoney": {"value": int(amount), "currency": "USD"}}
        for name, amount in zip(names, amounts, strict=True)
    ]
    sent = claim(benefitBalance=[{"category": concept(("x", "1")), "financial": figures}])
    record = reading(sent)
    row = next(row for row in receipt.rows(record) if row.testid == "deductible")
    assert row.is_worked_out is tagged
    assert ("worked out by us" in row.source) is tagged
    ledger.check(body(sent), record)


def test_what_is_taken_off_counts_every_amount_that_it_is_made_of() -> None:
    lines = [line(place, *money("submitted 100, eligible 60")) for place in (1, 2)]
    taken_off = balance(reading(claim(item=lines)).money).taken_off
    assert taken_off.source is not None
    assert taken_off.source.summed == 4


def test_m_02_amounts_that_were_added_up_are_each_told() -> None:
    """M-02, fact 3.4: Extra Help and a manufacturer's discount stood as one amount, and neither anywhere."""
    sent = {"lics_amt": "122.23", "rptd_gap_dscnt_num": "317.22"}
    costs = {"gdc_blw_oopt_amt": "995.34", "gdc_abv_oopt_amt": "15.25"}
    of_line = line(1, *(cms(name, amount) for name, amount in (sent | costs).items()))
    record = reading(claim(priced("drugcost", "550.00"), kind="pharmacy", item=[of_line]))
    [discount] = [row for row in wording.story(record).receipt if row.text == "$439.45"]
    assert discount.source.endswith(
        "Added up: Extra Help (low-income subsidy) $122.23 and manufacturer discount $317.22."
    )
    details = wording.story(record).lines[0].details
    assert "Both together come to $1,010.59, not to the $550.00 that the drug cost" in details
    whole = reading(claim(priced("drugcost", "1010.59"), kind="pharmacy", item=[of_line]))
    assert not any("Both together" in detail for detail in wording.story(whole).lines[0].details)


@pytest.mark.parametrize(
    ("figures", "testid"),
    [
        ("submitted 100, eligible 80, benefit 20, memberliability 60, noncovered 150", "not-covered"),
        ("eligible 80, memberliability 60, priorpayerpaid 80, deductible 60, coinsurance 80", "coinsurance"),
    ],
)
def test_what_is_more_than_a_row_is_not_said_to_be_a_part_of_it(figures: str, testid: str) -> None:
    """3.9: it said "$80.00, of which not covered $150.00"."""
    rows = receipt.rows(stating(figures))
    assert [row.style for row in rows if row.testid == testid] == ["aside"]
    assert rows[-1].testid == testid, "what is in no sum stands after all that is"


@pytest.mark.parametrize(
    "figures",
    [
        "submitted 200, benefit 100, memberliability 100, deductible 150, copay -50",
        "submitted -200, benefit -100, memberliability -100, deductible -60, copay -40",
        "submitted -200, benefit -100, memberliability -100, deductible -60",
    ],
)
def test_parts_of_a_row_stay_its_parts_below_nothing(figures: str) -> None:
    """3.9, 1.7: what makes the whole together is a part of it, and below nothing -60 is no more than -100."""
    rows = receipt.rows(stating(figures))
    assert {row.style for row in rows if row.testid in ("deductible", "copay") and row.is_known} == {"part"}


@pytest.mark.parametrize(("share", "is_told"), [("-20", True), ("0", False), ("20", False)])
def test_a_share_below_nothing_says_whom_to_ask(share: str, is_told: bool) -> None:
    """1.7: it stood there as any other, and nobody knew what to do with it."""
    record = stating(f"submitted 100, benefit 60, memberliability {share}")
    assert ("A share below nothing: ask your plan" in wording.story(record).answer) is is_told
