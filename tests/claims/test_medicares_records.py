"""What Medicare's published records showed when their pages were read strictly; invented, minimal."""

from collections import Counter
from typing import Any

import pytest
from django.utils import translation

from apps.kinds.claim import standing, unpaid, wording
from apps.kinds.claim.reading.facts import labels
from apps.kinds.claim.wording import also_sent, bill
from apps.plain_language.language import _
from tests.claims.made import (
    amount,
    amounts,
    balance,
    claim,
    cms,
    concept,
    line,
    money,
    priced,
    reading,
    stating,
)
from tests.claims.systems import C4BB, MEDICARE

BB3 = "https://bluebutton.cms.gov/fhir/CodeSystem/"


def drug(head: str, of_line: str) -> dict[str, Any]:
    """Return a drug of Medicare whose head and line say what the patient paid."""
    paid = [cms("clm_line_bene_pmt_amt", of_line), cms("clm_line_cvrd_pd_amt", "20.00")]
    made = claim(cms("clm_sbmt_chrg_amt", "100.00"), cms("clm_bene_pmt_amt", head), item=[line(1, *paid)])
    return made | {"type": {"coding": [{"code": "pharmacy"}]}}


def test_what_you_paid_for_a_drug_is_no_fact_where_head_and_line_differ() -> None:
    """Facts 3.9: "Already paid. Nothing left." stood there, of a figure that the line contradicted."""
    record = reading(drug("99.08", "1.78"))
    assert {"you_paid", "your_share"} <= {row.concept for row in record.disagreements}
    answer = wording.story(record).answer
    assert "on your share: $99.08, but also $1.78" in answer
    assert "Already paid" not in answer
    assert "Your share is" not in answer


def test_what_you_paid_for_a_drug_stands_where_head_and_line_agree() -> None:
    record = reading(drug("1.78", "1.78"))
    assert not [row for row in record.disagreements if row.concept in ("you_paid", "your_share")]
    assert "Your share is $1.78. Already paid." in wording.story(record).answer


def test_what_you_paid_is_taken_off_no_share_where_head_and_lines_differ() -> None:
    lines = [line(1, priced("paidbypatient", "5.00", system=C4BB))]
    totals = [*money("submitted 100.00, eligible 80.00, benefit 60.00, memberliability 20.00")]
    record = reading(claim(*totals, priced("paidbypatient", "20.00", system=C4BB), item=lines))
    assert amounts(record)["you_paid"] == "20.00"
    assert not unpaid.paid_by_you(record).is_known
    answer = wording.story(record).answer
    assert "Your share is $20.00" in answer
    assert "on what you paid: $20.00, but also $5.00." in answer
    assert "Already paid" not in answer


def test_a_lone_line_of_the_total_that_is_years_away_from_its_claim_is_named() -> None:
    """A line of 1942 stood on the page of a claim of 2011, which said nothing of it."""
    revenue = concept(("https://bluebutton.cms.gov/resources/variables/rev_cntr", "0001"))
    sent = line(1, *money("submitted 75.00"), revenue=revenue, servicedDate="1942-01-03")
    story = wording.story(stating("submitted 75.00", item=[sent]))
    assert story.when == "March 9, 2026, but also January 3, 1942"


def test_who_was_paid_is_nobody_alone_where_a_line_names_the_other_one() -> None:
    """The head said 0 to the provider, its line most of the payment: "Paid to: You" stood there."""
    paid = [
        cms("clm_line_prvdr_pmt_amt", "60.00"),
        cms("clm_line_bene_pd_amt", "20.00"),
        cms("clm_line_cvrd_pd_amt", "70.00"),
    ]
    made = claim(cms("clm_sbmt_chrg_amt", "100.00"), cms("clm_prvdr_pmt_amt", "0.00"), item=[line(1, *paid)])
    record = reading(made | {"payment": {"amount": {"value": 80, "currency": "USD"}, "date": "2026-03-20"}})
    assert record.payment is not None
    assert record.payment.to == "both"


@pytest.mark.parametrize(("of_line", "is_told"), [("3.50", True), ("7.00", False)])
def test_what_others_paid_for_a_drug_is_told_twice_where_head_and_line_disagree(
    of_line: str, is_told: bool
) -> None:
    """v3's own example: $100 by the head and $3.50 by the line; the head's stood only among more details."""
    made = drug("20.00", "20.00")
    made["total"].append(cms("clm_othr_tp_pd_amt", "7.00"))
    sent = {"clm_line_othr_tp_pd_amt": of_line, "clm_line_plro_amt": "1.00", "tot_rx_cst_amt": "100.00"}
    made["item"][0]["adjudication"] += [cms(name, amount) for name, amount in sent.items()]
    told = "what others paid (of several kinds by its lines, of one by its total): $4.50, but also $7.00."
    assert (told in wording.story(reading(made)).answer) is is_told


@pytest.mark.parametrize("of_line", [("20.00", "5.00"), ("20.00",)])
def test_a_total_of_several_kinds_is_not_said_to_be_of_one(of_line: tuple[str, ...]) -> None:
    names = ("rev_cntr_1st_msp_pd_amt", "rev_cntr_2nd_msp_pd_amt")
    totals = [cms("clm_sbmt_chrg_amt", "100.00"), *map(cms, names, ("10.00", "5.00"))]
    of_lines = list(map(cms, names, of_line))
    answer = wording.story(reading(claim(*totals, item=[line(1, *of_lines)]))).answer
    assert "what others paid: $15.00, but also" in answer
    sent, added = line(1, *map(cms, names, ("9.00", "5.00"))), {"itemSequence": [1], "adjudication": of_lines}
    in_place = claim(*totals[:1], item=[sent], addItem=[added])
    assert "what others paid: $14.00, but also" in wording.story(reading(in_place)).answer


@pytest.mark.parametrize("paid", ["2100.00", "0.00"])
def test_what_medicare_calls_its_payment_is_what_the_plan_paid(paid: str) -> None:
    """Its own name for it was heard of nowhere, and stood beside a share "under no name we know"."""
    sent = cms("clm_sbmt_chrg_amt", "3000.00"), cms("CLM_PMT_AMT", paid)
    adjusted = cms("CLM_VBP_ADJSTMT_PMT_AMT", "12.00"), cms("CLM_UNCOMPD_CARE_PMT_AMT", "30.00")
    record = reading(claim(*sent, *adjusted, kind="institutional"))
    assert str(record.money.plan_paid.amount) == paid
    assert "under a name we know" not in wording.story(record).answer


def test_sums_name_all_that_is_in_them_and_count_every_amount() -> None:
    """The page said ": worked out by us", and "from 2 amounts" of three that it went on to name."""
    others = [cms("clm_line_plro_amt", "5.00"), cms("tot_rx_cst_amt", "100.00")]
    made = drug("20.00", "20.00")
    made["total"].append(cms("clm_othr_tp_pd_amt", "7.00"))
    made["item"][0]["adjudication"] += others
    rows = {row.testid: row for row in wording.story(reading(made)).receipt}
    assert rows["other-payer"].source.startswith("Paid by others and paid by another plan: worked out by us")
    stay = claim(
        *money("submitted 500.00"),
        kind="institutional",
        benefitBalance=balance(
            nch_bene_ip_ddctbl_amt="112.00",
            nch_bene_blood_ddctbl_lblty_am="6.00",
            nch_bene_pta_coinsrnc_lblty_amt="5.00",
        ),
    )
    rows = {row.testid: row for row in wording.story(reading(stay)).receipt}
    assert "worked out by us from 3 amounts your plan sent" in rows["your-share"].source
    assert "worked out by us from 2 amounts your plan sent" in rows["deductible"].source


def test_the_kind_of_service_is_not_told_as_what_a_code_means() -> None:
    """A line of heart care was listed as "CPT 92999: Medical care"."""
    hcpcs = "https://bluebutton.cms.gov/resources/codesystem/hcpcs"
    kind = {"system": "https://bluebutton.cms.gov/resources/variables/line_cms_type_srvc_cd", "code": "1"}
    sent = line(
        1,
        *money("submitted 75.00"),
        category={"coding": [kind | {"display": "Medical care"}]},
        productOrService=concept((hcpcs, "92999")),
    )
    (row,) = wording.story(stating("submitted 75.00", item=[sent])).lines
    assert (row.what, row.code, row.official) == ("Other service: heart care or test", "CPT 92999", "")


def test_equipment_and_care_at_home_come_from_a_person_too() -> None:
    """ "Medical equipment with Dr. ..." said that the doctor was there."""
    bought = concept(("https://bluebutton.cms.gov/resources/variables/nch_clm_type_cd", "82"))
    made = claim(*money("submitted 75.00"), type=bought, provider={"display": "DR. DAVID SMITH MD"})
    assert wording.story(reading(made)).title == "Medical equipment from Dr. David Smith MD"
    with translation.override("es"):
        assert wording.story(reading(made)).title == "Equipo médico, Dr. David Smith MD"


def test_care_at_home_is_not_of_the_providers_home_in_spanish() -> None:
    """ "En su casa de ..." sounded as if the house were the provider's."""
    home = concept(("https://bluebutton.cms.gov/resources/variables/nch_clm_type_cd", "10"))
    with translation.override("es"):
        title = wording.story(stating("submitted 75.00", type=home)).title
    assert title == "Atención médica en su casa, a cargo de Riverside Clinic"


def test_a_drug_that_cost_nothing_has_its_cost_on_the_line() -> None:
    """The line said "Billed: not shared" of a drug whose cost the plan gave as 0.00."""
    sent = [cms("tot_rx_cst_amt", "0.00"), cms("ptnt_pay_amt", "0.00"), cms("cvrd_d_plan_pd_amt", "0.00")]
    made = claim(kind="pharmacy", item=[line(1, *sent)])
    (row,) = wording.story(reading(made)).lines
    assert [(amount.label, amount.text) for amount in row.amounts] == [
        ("Cost of the drug", "$0.00"),
        ("Plan paid", "$0.00"),
        ("Your share", "$0.00"),
    ]


def test_the_week_in_which_medicare_processed_a_claim_is_no_day_of_receipt() -> None:
    """Facts 3.1 and 8: Blue Button v2 files it as received; care of 2000 was "received" in October 2001."""
    information = "https://bluebutton.cms.gov/resources/codesystem/information"
    week = (information, "https://bluebutton.cms.gov/resources/variables/nch_wkly_proc_dt")
    info = {"category": concept((C4BB, "clmrecvddate"), week), "timingDate": "2001-10-19"}
    record = stating("submitted 75.00", supportingInfo=[info])
    assert record.received_on is None
    shown = dict(wording.about.more(record))
    assert shown["Week in which Medicare processed it"] == "October 19, 2001"


@pytest.mark.parametrize("place", [0, 1])
def test_a_payers_own_code_beside_carins_takes_no_day_of_receipt_away(place: int) -> None:
    codes = [(C4BB, "clmrecvddate")]
    codes.insert(place, ("https://payer.example/info", "RCVD"))
    info = {"category": concept(*codes), "timingDate": "2026-03-11"}
    record = stating("submitted 75.00", supportingInfo=[info])
    assert str(record.received_on) == "2026-03-11"


def test_how_long_a_drug_lasts_and_which_fill_it_is_stand_on_its_quantity() -> None:
    """Blue Button v2 says both in extensions of the quantity; the page of a drug had neither."""

    def said(name: str, value: int) -> dict[str, Any]:
        url = f"https://bluebutton.cms.gov/resources/variables/{name}"
        return {"url": url, "valueQuantity": {"value": value}}

    quantity = {"value": 90.0, "extension": [said("fill_num", 3), said("days_suply_num", 30)]}
    product = concept(("http://hl7.org/fhir/sid/ndc", "55111012290"))
    record = reading(claim(kind="pharmacy", item=[line(1, productOrService=product, quantity=quantity)]))
    shown = dict(wording.about.drug(record.drug))
    assert (shown["Lasts for"], shown["Fill"]) == ("30 days", "Refill 3")


UNIQUE = {"type": concept((C4BB, "uc")), "value": "-9322784674137"}


@pytest.mark.parametrize(
    "sent",
    [
        {
            "identifier": [
                UNIQUE,
                {"system": "https://bluebutton.cms.gov/identifiers/CLM-CNTL-NUM", "value": "97500SHU"},
            ]
        },
        {
            "identifier": [UNIQUE],
            "extension": [
                {
                    "url": "https://bluebutton.cms.gov/resources/variables/carr_clm_cntl_num",
                    "valueIdentifier": {"value": "97500SHU"},
                }
            ],
        },
    ],
)
def test_the_control_number_of_who_processed_a_claim_is_the_one_for_calls(sent: dict[str, Any]) -> None:
    """5.2: Medicare's unique number is of its own files; the one that its contractor gave stood nowhere."""
    record = stating("submitted 100, benefit 80, memberliability 20", **sent)
    story = wording.story(record)
    assert story.for_calls == "control number 97500SHU, care of March 9, 2026"
    assert [pair for pair in story.facts if "umber" in pair[0]] == [
        ("Control number, for calls", "97500SHU"),
        ("Claim number", "-9322784674137"),
    ]
    asks = bill.compared(record, "30.00", ()).asks
    assert asks[-1].endswith("control number 97500SHU, care of March 9, 2026.")
    assert record.claim_number == "-9322784674137"


def sent(name: str, code: str, display: str | None = None) -> dict[str, Any]:
    """Return what Blue Button v3 sends beside a claim."""
    coding = {"system": f"{BB3}{name.replace('_', '-')}", "code": code, "display": display}
    return {"category": concept((f"{BB3}Supporting-Information", name)), "code": {"coding": [coding]}}


def test_a_number_of_a_request_is_not_called_one_of_an_approval() -> None:
    """Medicare numbers requests for approval in advance; it gives refused ones such a number too."""
    info = {
        "category": concept((f"{BB3}Supporting-Information", "CLM_LINE_PMD_UNIQ_TRKNG_NUM")),
        "valueString": "PA123",
    }
    record = stating("submitted 75", supportingInfo=[info])
    assert ("Tracking number of the request for approval in advance", "PA123") in wording.about.facts(record)


def test_facts_with_two_names_have_two_names_in_spanish() -> None:
    """ "Tipo de factura" stood twice on a page: for the type of bill, and for the kind."""
    words = {label.words for label in labels().values()}
    with translation.override("es"):
        told = Counter(str(_(name)) for name in words)
    assert [name for name, number in told.items() if number > 1] == []


def test_what_medicare_adds_up_of_deductibles_and_coinsurance_is_told_and_in_no_sum() -> None:
    """CMS: "The total of all Part A and blood deductibles and coinsurance amounts on the claim."."""
    parts = {
        "nch_bene_ip_ddctbl_amt": "112.00",
        "nch_bene_blood_ddctbl_lblty_am": "6.00",
        "nch_bene_pta_coinsrnc_lblty_amt": "5.00",
    }
    record = reading(
        claim(kind="institutional", benefitBalance=balance(**parts, nch_ip_tot_ddctn_amt="123.00"))
    )
    of_parts = reading(claim(kind="institutional", benefitBalance=balance(**parts)))
    assert amounts(record) == amounts(of_parts)
    assert record.disagreements == of_parts.disagreements == ()
    assert ("Deductibles (for blood too) and coinsurance together", "$123.00") in wording.story(record).more


def test_a_payment_of_zero_comes_before_an_amount_below_nothing() -> None:
    """Facts claims 3.5: Medicare's payment comes first; "Your plan paid −$10.00" was said in its place."""
    paid = [{"type": cms("clm_op_prvdr_pmt_amt", "1")["category"], "usedMoney": {"value": -10}}]
    record = reading(
        claim(
            cms("clm_tot_chrg_amt", "60"),
            payment={"amount": {"value": 0}},
            benefitBalance=[{"category": concept(("x", "1")), "financial": paid}],
        )
    )
    (apart,) = record.disagreements
    assert (amount(apart.chosen), [amount(other) for other in apart.others]) == ("0", ["-10"])
    (told,) = wording.story(record).disagreements
    assert "We think" not in told


SHARED = money("submitted 100, eligible 80, benefit 60, noncovered 20")
INFORMATION = "https://bluebutton.cms.gov/resources/codesystem/information"


def said_of(name: str, code: str) -> dict[str, Any]:
    """Return an extension of Medicare's claims."""
    return {"url": f"{MEDICARE}{name}", "valueCoding": {"system": f"{MEDICARE}{name}", "code": code}}


def first_payer(code: str) -> dict[str, Any]:
    """Return who pays first, by the whole claim."""
    return {
        "sequence": 1,
        "category": concept((INFORMATION, f"{MEDICARE}nch_prmry_pyr_cd")),
        "code": {"coding": [{"system": f"{MEDICARE}nch_prmry_pyr_cd", "code": code}]},
    }


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (
            "A",
            "An employer's plan pays first (A); workers' compensation, by a reason of Medicare's. More than "
            "one is named: ask your plan which pays first.",
        ),
        ("E", "Workers' compensation pays first (E)"),
        ("C", "Medicare paid for now, until another payer does (C)"),
    ],
)
def test_two_who_pay_first_are_named_as_a_contradiction(code: str, told: str) -> None:
    """5.3: "Workers' compensation covered this" stood as a fact beside an employer's plan that pays first."""
    compensation = [said_of("clm_mdcr_non_pmt_rsn_cd", "A")]
    record = reading(claim(*SHARED, extension=compensation, supportingInfo=[first_payer(code)]))
    assert [value for label, value in wording.story(record).facts if label == "Who pays first"] == [told]
    assert wording.story(record).reasons == ("Medicare's reason: workers' compensation covered this.",)


def test_lines_that_name_other_first_payers_than_the_claim_are_told_in_one_row() -> None:
    lines = [line(1, extension=[said_of("line_bene_prmry_pyr_cd", "E")])]
    for code, is_apart in (("A", True), ("E", False)):
        facts = wording.story(reading(claim(*SHARED, item=lines, supportingInfo=[first_payer(code)]))).facts
        (told,) = [value for label, value in facts if label == "Who pays first"]
        assert ("; Workers' compensation pays first (E). More than one is named" in told) is is_apart


def test_a_part_is_paid_where_every_telling_says_that_something_was() -> None:
    """5.3: one reason had two badges, because one claim's lines stated another payment."""
    refused = [said_of("clm_mdcr_non_pmt_rsn_cd", "A")]
    for of_line in ("60", "50"):
        made = claim(*SHARED, extension=refused, item=[line(1, *money(f"submitted 100, benefit {of_line}"))])
        assert standing.state(reading(made)) not in standing.REFUSED
    nothing = claim(*money("submitted 100, benefit 0, noncovered 20"), extension=refused)
    paid = nothing | {"payment": {"amount": {"value": 60, "currency": "USD"}}}
    assert standing.state(reading(paid)) == "disagree"


def test_who_pays_a_line_first_is_on_the_page() -> None:
    lines = [line(place, extension=[said_of("line_bene_prmry_pyr_cd", "E")]) for place in (1, 2)]
    facts = wording.story(reading(claim(*SHARED, item=lines))).facts
    assert [fact for fact in facts if fact[0] == "Who pays first"] == [
        ("Who pays first", "Workers' compensation pays first (E)")
    ]


def test_an_amount_under_a_variable_of_medicares_has_its_name() -> None:
    """M-19: "ime_op_clm_val_amt" stood as a label."""
    teaching = {"url": f"{MEDICARE}ime_op_clm_val_amt", "valueMoney": {"value": 66125.51, "currency": "USD"}}
    [row] = also_sent.rows(reading(claim(*SHARED, extension=[teaching])))
    assert (row.label, row.value) == ("Hospital payment: teaching", "$66,125.51")
