"""What payers do to codes: facts claims 1.15 to 1.20, 2.3 and 5.3."""

from typing import Any

import pytest

from apps.kinds.claim.records import Reason
from apps.kinds.claim.wording import about, story, title
from tests.claims.made import amount, amounts, claim, concept, line, priced, reading, status
from tests.claims.systems import BALANCE, C4BB, CLAIM_INFO, DISCRIMINATOR, ICD, MEDICARE, THO, V2, V3


def of(*codings: tuple[str, str], value: str = "5.00") -> dict[str, Any]:
    return priced("x", value) | {"category": concept(*codings)}


@pytest.mark.parametrize("turned", [1, -1])
def test_all_codings_are_read_in_whatever_order(turned: int) -> None:
    """1.15."""
    pair = [(THO, "submitted"), (V2, MEDICARE + "rev_cntr_pmt_amt_amt")][::turned]
    record = reading(claim(item=[line(1, of(*pair))]))
    assert amounts(record) == {"plan_paid": "5.00"}


def test_the_cms_code_goes_before_the_half_beside_it_and_equal_halves_are_not_summed() -> None:
    """1.16 and 3.1: one line has `submitted` three times."""
    names = ("rev_cntr_rate_amt", "rev_cntr_tot_chrg_amt", "rev_cntr_pmt_amt_amt")
    three = [
        of((THO, "submitted"), (V2, MEDICARE + name), value=f"{n}.00") for n, name in enumerate(names, 1)
    ]
    found = reading(claim(item=[line(1, *three)])).lines[0]
    assert (amount(found.money.billed), amount(found.money.plan_paid)) == ("2.00", "3.00")
    assert [(one.label, amount(one.figure)) for one in found.details] == [("Rate for one unit", "1.00")]


def test_another_payers_money_is_not_what_the_plan_paid() -> None:
    """1.16: `paidtoprovider` beside CLM_MDCR_PRFNL_PRMRY_PYR_AMT."""
    record = reading(claim(of((C4BB, "paidtoprovider"), (V3, "CLM_MDCR_PRFNL_PRMRY_PYR_AMT"))))
    assert amounts(record) == {"other_payer": "5.00"}


@pytest.mark.parametrize(
    ("category", "field"),
    [
        (concept((THO, "memberliability")), "your_share"),
        (concept((THO, "disallowed")), "not_covered"),
        ({"coding": [{"code": "submittedamount"}]}, "billed"),
        (
            concept(
                ("http://hl7.org/fhir/us/carin/CodeSystem/carin-bb-adjudicationcategory", "copaymentamount")
            ),
            "copay",
        ),
        (concept((V3, "coinsurance")), "coinsurance"),
        (concept((THO, "CLM_LINE_MDCR_DDCTBL_AMT")), "deductible"),
        ({"text": "copay"}, "copay"),
        ({"text": " Copay Amount "}, "copay"),
    ],
)
def test_codes_under_a_wrong_system_or_none_or_only_as_text_are_understood(
    category: dict[str, Any], field: str
) -> None:
    """1.17 and 3.2."""
    assert field in amounts(reading(claim(priced("x", "5.00") | {"category": category})))


@pytest.mark.parametrize(
    "system", [ICD, "http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/ValueSet/icd-10"]
)
@pytest.mark.parametrize("code", ["J069", "J06.9"])
def test_a_diagnosis_without_words_gets_them_with_and_without_its_dot(system: str, code: str) -> None:
    """1.18."""
    record = reading(claim(diagnosis=[{"diagnosisCodeableConcept": concept((system, code))}]))
    assert (record.diagnoses[0].what.code, record.diagnoses[0].what.words) == (code, None)
    assert about.diagnoses(record) == (
        ("Diagnosis", "Acute upper respiratory infection, unspecified (J06.9)"),
    )


def test_codes_of_icd_9_are_told_with_their_dot() -> None:
    """1.18: "Benign essential hypertension (4011)"."""
    icd9 = "http://hl7.org/fhir/sid/icd-9-cm"
    diagnoses = [{"diagnosisCodeableConcept": concept((icd9, code))} for code in ("4011", "E8120", "V4586")]
    done = [{"sequence": 1, "procedureCodeableConcept": concept((icd9, "8109"))}]
    record = reading(claim(diagnosis=diagnoses, procedure=done))
    told = " ".join(words for _name, words in (*about.diagnoses(record), *about.procedures(record)))
    assert all(code in told for code in ("401.1", "E812.0", "V45.86", "81.09"))


def test_one_diagnosis_as_two_codings_is_one() -> None:
    """1.18: Blue Button gives each twice."""
    both = {"diagnosisCodeableConcept": concept((ICD, "J069"), ("http://hl7.org/fhir/sid/icd-10", "J069"))}
    assert len(reading(claim(diagnosis=[both, both])).diagnoses) == 1


@pytest.mark.parametrize(
    "system", ["http://www.ada.org/cdt", "http://ada.org/cdt", "http://hl7.org/fhir/us/sid/cdt"]
)
def test_dental_codes_are_known_under_all_their_systems_and_get_no_words_of_ours(system: str) -> None:
    """1.18 and 12: those texts are licensed."""
    found = (
        reading(claim(kind="oral", item=[line(1, productOrService=concept((system, "D1110")))])).lines[0].what
    )
    assert (found.code, found.system, found.words) == ("D1110", "CDT", None)


@pytest.mark.parametrize(
    "system",
    [
        "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set",
        "http://terminology.hl7.org/CodeSystem/CMSPlaceofServiceCodes",
        MEDICARE + "line_place_of_srvc_cd",
        "http://terminology.hl7.org/CodeSystem/ex-serviceplace",
    ],
)
def test_the_place_of_service_is_known_under_all_its_systems(system: str) -> None:
    """1.18."""
    place = reading(claim(item=[line(1, locationCodeableConcept=concept((system, "11")))])).lines[0].place
    assert place is not None
    assert place.words == "Office"


def test_1_18_a_code_of_no_list_is_no_place_unless_it_looks_like_one() -> None:
    """1.18: "Tribal 638 Free-standing Facility" stood there for a bare "7"."""
    bare, place = (line(1, locationCodeableConcept={"coding": [{"code": code}]}) for code in ("2", "11"))
    record = reading(claim(item=[bare]))
    assert story(record).lines[0].details == ("Place with code 2",)
    assert story(reading(claim(item=[place]))).lines[0].details == ("Office",)
    assert title(record) == "Medical care at Riverside Clinic"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"code": concept(("x", "A1"), text="Clean")}, "Clean (A1)"),
        ({"timingDate": "2026-01-02T00:00:00Z"}, "2026-01-02"),
        ({"timingPeriod": {"start": "2026-01-02", "end": "2026-01-05"}}, "2026-01-02 to 2026-01-05"),
        ({"timingPeriod": {"start": "2026-01-02"}}, "from 2026-01-02"),
        ({"valueQuantity": {"value": 12.50, "unit": "miles"}}, "12.5 miles"),
        ({"valueString": "A 1"}, "A 1"),
        ({"valueBoolean": True}, "yes"),
        ({"valueReference": {"display": "Harbor Hospital"}}, "Harbor Hospital"),
        ({"reason": {"code": "B", "system": "x"}}, "B"),
    ],
)
def test_supporting_information_is_read_whichever_element_holds_it(value: dict[str, Any], shown: str) -> None:
    """1.19."""
    (fact,) = reading(claim(supportingInfo=[{"category": concept((C4BB, "drg"))} | value])).facts
    assert fact.value == shown


def test_medicares_own_category_goes_before_the_general_one_beside_it() -> None:
    """1.19 and 4.1: claiminformationcategory#info repeats on everything."""
    name = ("https://bluebutton.cms.gov/resources/codesystem/information", MEDICARE + "nch_ptnt_stus_ind_cd")
    info = {"category": concept((CLAIM_INFO, "info"), name), "code": concept(("x", "A"))}
    (fact,) = reading(claim(supportingInfo=[info])).facts
    assert (fact.category, fact.is_detail) == ("nch_ptnt_stus_ind_cd", False)


def test_a_category_written_as_text_and_a_number_written_as_code_are_understood() -> None:
    """1.19 and 4.1: examples of 2019-2021 have `info` with the text "dayssupply" and the code "14"."""

    def info(text: str, code: str) -> dict[str, Any]:
        return {"category": concept((CLAIM_INFO, "info"), text=text), "code": {"coding": [{"code": code}]}}

    record = reading(
        claim(
            kind="pharmacy",
            item=[line(1, productOrService=concept(("http://hl7.org/fhir/sid/ndc", "1")))],
            supportingInfo=[
                info("dayssupply", "14"),
                info("clmrecvddate", "2026-03-15"),
                info("billingnetworkcontractingstatus", "out"),
            ],
        )
    )
    assert record.drug is not None
    assert (record.drug.supply_days, str(record.received_on), record.network) == (14, "2026-03-15", "out")


def test_a_category_nobody_knows_is_kept_as_also_sent() -> None:
    """1.19."""
    info = {
        "category": {"coding": [{"system": "http://p.example/info", "code": "shoe", "display": "Shoe size"}]}
    }
    record = reading(claim(supportingInfo=[info | {"valueString": "42"}]))
    (kept,) = record.also_sent
    assert (kept.path, kept.label, kept.value, kept.system) == (
        "supportingInfo[0]",
        "Shoe size",
        "42",
        "http://p.example/info",
    )
    assert record.facts == ()


def test_money_in_an_extension_is_kept_and_no_part_of_the_story() -> None:
    """1.20."""
    found = {"url": MEDICARE + "clm_uncompd_care_pmt_amt", "valueMoney": {"value": 120.56, "currency": "USD"}}
    record = reading(claim(extension=[found]))
    assert [(one.label, one.value, one.is_known) for one in record.also_sent] == [
        ("clm_uncompd_care_pmt_amt", "120.56 USD", True)
    ]
    assert record.shares_money is False


@pytest.mark.parametrize(
    ("category", "answer", "network", "decision"),
    [
        ("billingnetworkstatus", "innetwork", "in", None),
        ("renderingnetworkstatus", "outofnetwork", "out", None),
        ("benefitpaymentstatus", "other", "only_paid_other", None),
        ("billingnetworkcontractingstatus", "innetwork", "in", None),
        ("benefitpaymentstatus", "paid", None, "paid"),
        ("benefitpaymentstatus", "denied", None, "denied"),
        ("benefitpaymentstatus", "partiallypaid", None, "partly_paid"),
    ],
)
def test_categories_of_status_are_answered_by_their_reason(
    category: str, answer: str, network: str | None, decision: str | None
) -> None:
    """2.3 and 5.3: of the claim and of each line."""
    record = reading(claim(adjudication=[status(category, answer)], item=[line(1, status(category, answer))]))
    assert (record.network, record.decision) == (network, decision)
    assert (record.lines[0].network, record.lines[0].decision) == (network, decision)


@pytest.mark.parametrize("category", ["denialreason", "adjustmentreason", "rejectreason"])
def test_reasons_are_read_from_all_their_categories(category: str) -> None:
    """2.3 and 5.3: group and number as four codings side by side, or in one; Medicare's 0 is no reason."""
    reason = concept(
        ("https://x12.org/codes/claim-adjustment-group-codes", "PR"),
        ("https://x12.org/codes/claim-adjustment-reason-codes", "B7"),
        ("https://bluebutton.cms.gov/fhir/CodeSystem/ANSI-GRP-CD", "PR"),
        ("https://bluebutton.cms.gov/fhir/CodeSystem/ANSI-RSN-CD", "B7"),
    )
    in_one = concept((MEDICARE + "rev_cntr_1st_ansi_cd", "CO120"))
    none = concept((MEDICARE + "carr_line_rdcd_pmt_phys_astn_c", "0"))
    of_category = concept((DISCRIMINATOR, category))
    sent = [{"category": of_category, "reason": one} for one in (reason, in_one, none)]
    found = reading(claim(item=[line(1, *sent)])).lines[0].reasons
    assert found == (Reason("B7", "adjustment", "PR"), Reason("120", "adjustment", "CO"))


@pytest.mark.parametrize(
    ("name", "code", "decision", "reasons"),
    [
        ("carr_clm_pmt_dnl_cd", "0", "denied", ()),
        ("CLM-CARR-PMT-DNL-CD", "0", "denied", ()),
        ("carr_clm_pmt_dnl_cd", "1", None, ()),
        ("clm_mdcr_non_pmt_rsn_cd", "P", None, ()),
        ("clm_mdcr_non_pmt_rsn_cd", "B", None, (Reason("non-payment B", "cms"),)),
        ("CLM-MDCR-NPMT-RSN-CD", "N", None, (Reason("non-payment N", "cms"),)),
    ],
)
def test_medicares_codes_on_the_claim_say_what_was_decided_and_why(
    name: str, code: str, decision: str | None, reasons: tuple[Reason, ...]
) -> None:
    """5.3."""
    record = reading(claim(extension=[{"url": MEDICARE + name, "valueCoding": {"code": code}}]))
    assert (record.decision, record.reasons) == (decision, reasons)


@pytest.mark.parametrize(
    ("code", "decision"), [(one, "denied") for one in "BCDIMNZ"] + [(one, None) for one in "AORS"]
)
@pytest.mark.parametrize("name", ["line_prcsg_ind_cd", "CLM-PRCSG-IND-CD"])
def test_medicares_code_of_a_line_denies_it_or_says_nothing_final(
    name: str, code: str, decision: str | None
) -> None:
    """5.3."""
    found = reading(
        claim(item=[line(1, extension=[{"url": MEDICARE + name, "valueCoding": {"code": code}}])])
    )
    assert (found.lines[0].decision, bool(found.lines[0].reasons)) == (decision, decision == "denied")


def test_synthea_writes_the_code_of_a_line_as_a_category() -> None:
    """2.3 and 5.3."""
    one = {
        "category": concept((V2, MEDICARE + "line_prcsg_ind_cd")),
        "reason": concept(("x", MEDICARE + "D")),
    }
    assert reading(claim(item=[line(1, one)])).lines[0].decision == "denied"


def test_balances_are_money_of_the_claim_only_under_medicares_names() -> None:
    """1.27: elsewhere it is what is left of a benefit, kept apart."""
    financial = {
        "type": concept(("http://x/benefit-type", "deductible")),
        "usedMoney": {"value": 500},
        "allowedMoney": {"value": 900},
    }
    record = reading(claim(benefitBalance=[{"financial": [financial]}]))
    assert amounts(record) == {}
    assert [(one.path, one.value, one.is_known) for one in record.also_sent] == [
        ("benefitBalance.financial[0]", "500", True),
        ("benefitBalance.financial[0].allowedMoney", "900", True),
    ]
    days = {"type": concept((BALANCE, MEDICARE + "unheard_of_day_cnt")), "usedUnsignedInt": 12}
    assert [one.value for one in reading(claim(benefitBalance=[{"financial": [days]}])).also_sent] == ["12"]
