"""Medicare's details, whichever form of its records states them: as extension or as information."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.kinds.claim import entry, wording
from apps.kinds.claim.reading.concepts import cms_names
from apps.kinds.claim.records import ClaimRecord
from tests.claims.given import a_claim
from tests.claims.made import balance, claim, cms, concept, line, money, priced, reading, stating
from tests.claims.systems import HCPCS, ICD, MEDICARE, V3_INFO

V3 = "https://bluebutton.cms.gov/fhir/StructureDefinition/"


def info(name: str, *, system: str = V3_INFO, **value: Any) -> dict[str, Any]:
    """Return supporting information under a name of Medicare's."""
    return {"sequence": 1, "category": concept((system, name)), **value}


def coded(name: str, code: str) -> dict[str, Any]:
    """Return the same with a code."""
    return info(name, code=concept((V3_INFO, code)))


def decided(**changes: Any) -> date | None:
    record = reading(claim(**changes))
    return entry.decided_on(record, date(2026, 3, 9))


def rows(record: ClaimRecord) -> dict[str, str]:
    """Return what is told of a claim, on the page and behind "More details"."""
    told = wording.story(record)
    return dict([*told.facts, *told.more])


@pytest.mark.parametrize(
    ("changes", "on"),
    [
        (
            {"supportingInfo": [info(f"{MEDICARE}nch_wkly_proc_dt", timingDate="2026-04-10")]},
            date(2026, 4, 10),
        ),
        ({"supportingInfo": [info("CLM_CMS_PROC_DT", timingDate="2026-04-12")]}, date(2026, 4, 12)),
        ({"extension": [{"url": f"{MEDICARE}fi_clm_proc_dt", "valueDate": "2026-04-03"}]}, date(2026, 4, 3)),
        ({"extension": [{"url": f"{V3}CLM-CMS-PROC-DT", "valueDate": "2026-04-04"}]}, date(2026, 4, 4)),
        ({"supportingInfo": [info("CLM_IDR_LD_DT", timingDate="2026-12-01")]}, None),
        ({}, date(2028, 1, 1)),
    ],
)
def test_medicare_decided_when_it_processed_a_claim_and_not_when_its_record_was_made(
    changes: dict[str, Any], on: date | None
) -> None:
    """Facts 8: "This was decided more than half a year ago" stood there by the day Blue Button was asked."""
    assert decided(created="2028-01-01", **changes) == on


@pytest.mark.parametrize(
    ("extension", "label", "value"),
    [
        ({"url": f"{V3}CLM-CLNCL-TRIL-NUM", "valueString": "5613"}, "Clinical trial number", "5613"),
        (
            {"url": f"{MEDICARE}clm_clncl_tril_num", "valueIdentifier": {"value": "0"}},
            "Clinical trial number",
            "",
        ),
        (
            {"url": f"{V3}CLM-CNTRCTR-NUM", "valueCoding": {"code": "12302", "display": "MARYLAND A"}},
            "Medicare's office for this claim",
            "MARYLAND A (12302)",
        ),
        (
            {"url": f"{V3}CLM-DISP-CD", "valueCoding": {"code": "01", "display": "Debit accepted"}},
            "Outcome of Medicare's own checks",
            "Debit accepted (01)",
        ),
        (
            {"url": f"{MEDICARE}fi_clm_proc_dt", "valueDate": "2026-04-03"},
            "Processed by Medicare on",
            "April 3, 2026",
        ),
    ],
)
def test_what_medicare_states_in_an_extension_has_its_row(
    extension: dict[str, Any], label: str, value: str
) -> None:
    """Facts 5.2: as supporting information they had one, as extensions none."""
    record = stating("submitted 300, benefit 160", extension=[extension])
    assert rows(record).get(label, "") == value


def test_the_kind_of_bill_has_its_row_wherever_it_stands() -> None:
    query = [{"url": f"{V3}CLM-QUERY-CD", "valueCoding": {"code": "1"}}]
    of_period = reading(claim(billablePeriod={"start": "2026-03-09", "extension": query}))
    of_info = reading(claim(supportingInfo=[coded("CLM_QUERY_CD", "1")]))
    told = [rows(record)["Kind of bill"] for record in (of_period, of_info)]
    assert told == ["Bill for a part of the care (1)"] * 2


@pytest.mark.parametrize(
    ("sent", "adjustment"),
    [
        (("CLM_QUERY_CD", "D"), "debit"),
        (("CLM_QUERY_CD", "C"), "credit"),
        ((f"{MEDICARE}adjstmt_dltn_cd", "A"), "debit"),
        ((f"{MEDICARE}adjstmt_dltn_cd", "D"), "deleted"),
        ((f"{MEDICARE}adjstmt_dltn_cd", "R"), None),
        (("CLM_QUERY_CD", "3"), None),
    ],
)
def test_a_correction_is_one_under_each_of_medicares_names(
    sent: tuple[str, str], adjustment: str | None
) -> None:
    """Facts 5.2: the page of a drug that was adjusted said so behind "More details" alone."""
    assert reading(claim(kind="pharmacy", supportingInfo=[coded(*sent)])).adjustment == adjustment


def figures_of(*amounts: dict[str, Any], **changes: Any) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return each amount of the only line of a claim, and what else it states for it."""
    (row,) = wording.story(reading(claim(item=[line(1, *amounts)], **changes))).lines
    return {amount.label: (amount.text, amount.others) for amount in row.amounts}


def test_a_line_that_contradicts_itself_says_so_beside_its_figure() -> None:
    """Facts 3.9: "Your share $1,195.16" stood in bold beside a coinsurance of $45.12."""
    told = figures_of(
        cms("clm_line_mdcr_ddctbl_amt", "2.04"),
        cms("clm_line_instnl_adjstd_amt", "1193.12"),
        cms("clm_line_instnl_rdcd_amt", "45.12"),
        cms("clm_line_cvrd_pd_amt", "4.98"),
        cms("clm_line_prvdr_pmt_amt", "471.87"),
        cms("clm_line_bene_pd_amt", "1.79"),
        cms("clm_line_bene_pmt_amt", "3.35"),
    )
    assert told["Coinsurance"] == ("$1,193.12", ("also stated: $45.12",))
    assert told["Your share"] == ("$1,195.16", ("also stated: $3.35", "added up by us: $47.16"))
    assert told["Plan paid"] == ("$4.98", ("added up by us: $473.66",))
    assert told["Deductible"] == ("$2.04", ())


@pytest.mark.parametrize(
    ("amounts", "concept", "others"),
    [
        ("benefit 90, paidtopatient 20", "Plan paid", ()),
        ("benefit 90, paidtopatient 91", "Plan paid", ("also stated: $91.00",)),
        ("benefit 90, paidtoprovider 0, paidtopatient 0", "Plan paid", ()),
        ("benefit 90, paidtoprovider 60, paidtopatient 30", "Plan paid", ()),
        ("benefit 0, paidtoprovider 60", "Plan paid", ("also stated: $60.00",)),
        ("memberliability 20, deductible 20, coinsurance 0", "Your share", ()),
        ("memberliability 20, deductible 30, coinsurance 0", "Your share", ("also stated: $30.00",)),
        ("memberliability 0, noncovered 30", "Your share", ()),
        ("deductible 20, coinsurance 5, paidbypatient 7", "Your share", ()),
        ("submitted 20, submitted 30", "Billed", ("also stated: $30.00",)),
    ],
)
def test_only_figures_for_the_same_thing_contradict_that_of_a_line(
    amounts: str, concept: str, others: tuple[str, ...]
) -> None:
    assert figures_of(*money(amounts))[concept][1] == others


def test_every_amount_of_a_line_stands_on_it() -> None:
    """What went to the provider, and what is the patient's to pay, stood on no line."""
    paid = [
        cms("clm_line_prvdr_pmt_amt", "1351.43"),
        cms("clm_line_bene_pd_amt", "3.44"),
        cms("clm_line_bene_pmt_amt", "3.35"),
        cms("clm_line_cvrd_pd_amt", "0.70"),
    ]
    (row,) = wording.story(reading(claim(item=[line(1, *paid)]))).lines
    for told in ("Paid to the provider: $1,351.43", "Paid to you: $3.44", "Listed as your payment: $3.35"):
        assert told in row.details
    (alike,) = wording.story(reading(claim(item=[line(1, *money("benefit 90, paidtoprovider 90"))]))).lines
    assert not [detail for detail in alike.details if detail.startswith("Paid to")]


def test_a_line_that_paid_is_no_line_of_nothing() -> None:
    nothing = money("submitted 0, benefit 0")
    items = [line(1, *nothing), line(2, *nothing), line(3, *nothing, *money("paidbypatient 7"))]
    assert [row.is_folded for row in wording.story(reading(claim(item=items))).lines] == [True, True, False]


@pytest.mark.parametrize("names", ["clm_line_instnl_msp{}_pd_amt", "rev_cntr_{}_msp_pd_amt"])
def test_what_two_other_payers_paid_is_not_called_by_both_their_names(names: str) -> None:
    places = ("1", "2") if "clm" in names else ("1st", "2nd")
    paid = [cms(names.format(place), amount) for place, amount in zip(places, ("9.55", "1.19"), strict=True)]
    assert figures_of(*paid)["Paid by two other payers"] == ("$10.74", ())
    assert figures_of(paid[0])["Paid by a first other payer"] == ("$9.55", ())


def test_the_page_of_a_claim_says_what_a_line_also_states(alice: Member, alice_client: Client) -> None:
    charges = [priced("submitted", 5), priced("submitted", 7)]
    held = a_claim(alice, item=[line(1, *charges)])
    html = alice_client.get(f"/claims/{held.pk}/").content.decode()
    assert '<span class="lines__also">also stated: $7.00</span>' in html


@pytest.mark.parametrize(
    ("hospital", "others"),
    [("10.33", ["also stated: $10.33"]), ("942.15", []), ("0", [])],
    ids=["less", "same", "none"],
)
def test_two_deductibles_of_one_place_contradict_each_other(hospital: str, others: list[str]) -> None:
    """Facts 3.4: a stay's share was made of $942.15 for Part B, and $10.33 for Part A was a detail."""
    parts = balance(
        CLM_MDCR_DDCTBL_AMT="942.15",
        CLM_MDCR_COINSRNC_AMT="6.61",
        CLM_BLOOD_LBLTY_AMT="19.69",
        CLM_MDCR_IP_BENE_DDCTBL_AMT=hospital,
    )
    stay = claim(*money("submitted 9000"), kind="institutional", benefitBalance=parts)
    receipt = {row.testid: row for row in wording.story(reading(stay)).receipt}
    told = [(receipt[name].text, list(receipt[name].others)) for name in ("deductible", "your-share")]
    assert told == [("$961.84", others), ("$968.45", ["added up by us: $36.63"] if others else [])]


@pytest.mark.parametrize("modifier", ["PA", "PB", "PC"])
def test_a_modifier_of_an_error_says_whom_to_ask_what_it_means(modifier: str) -> None:
    """It stood between quantities: "Modifier PC: Wrong surgery or other invasive procedure on patient"."""
    item = line(1, *money("submitted 5"), modifier=[concept((HCPCS, modifier)), concept((HCPCS, "US"))])
    details = wording.story(reading(claim(item=[item]))).lines[0].details
    (told,) = (detail for detail in details if modifier in detail)
    assert told.startswith(f"A code on the bill (modifier {modifier}) says: “")
    assert told.endswith("”. Ask the provider what it means here")
    assert "Modifier US: Six or more patients served" in details


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [
        ("clm_poa_ind_sw1", "Y", "; there on arrival at the hospital"),
        ("clm_poa_ind_sw12", "N", "; not there on arrival at the hospital"),
        ("clm_e_poa_ind_sw2", "Y", "; there on arrival at the hospital"),
        ("clm_poa_ind_sw3", "U", ""),
    ],
)
def test_medicares_older_form_says_too_what_was_there_on_arrival(name: str, code: str, told: str) -> None:
    extension = [{"url": f"{MEDICARE}{name}", "valueCoding": {"system": f"{MEDICARE}{name}", "code": code}}]
    sent = {"sequence": 1, "diagnosisCodeableConcept": concept((ICD, "J069")), "extension": extension}
    ((_role, words),) = wording.story(reading(claim(diagnosis=[sent]))).diagnoses
    assert words.partition(")")[2] == told


def test_two_main_reasons_are_told_as_two() -> None:
    principal = [concept(("http://terminology.hl7.org/CodeSystem/ex-diagnosistype", "principal"))]
    sent = [
        {"sequence": place, "diagnosisCodeableConcept": concept((system, code)), "type": principal}
        for place, (system, code) in enumerate([("http://hl7.org/fhir/sid/icd-9-cm", "291"), (ICD, "A02")])
    ]
    one, both = (wording.story(reading(claim(diagnosis=sent[:many]))).diagnoses for many in (1, 2))
    assert [role for role, _words in one] == ["Main reason"]
    assert [role for role, _words in both] == ["One of 2 main reasons"] * 2


def test_a_digit_alone_is_no_type_of_bill() -> None:
    def told(code: str) -> dict[str, str]:
        return rows(reading(claim(supportingInfo=[info("typeofbill", code=concept((V3_INFO, code)))])))

    assert "Type of bill" not in told("1")
    assert told("1")["What kind of bill it is (last digit of its type)"] == "Code 1"
    assert told("0131")["Type of bill"] == "Code 0131"


def test_a_drug_that_another_payer_pays_first_says_so_where_other_claims_do() -> None:
    made = claim(kind="pharmacy", supportingInfo=[coded(f"{MEDICARE}prcng_excptn_cd", "M")])
    assert (
        dict(wording.story(reading(made)).facts)["Who pays first"] == "Another payer pays before Medicare (M)"
    )
    other = wording.story(reading(claim(supportingInfo=[coded(f"{MEDICARE}prcng_excptn_cd", "O")])))
    assert "Who pays first" not in dict(other.facts)
    assert dict(other.more)["Exception to the price"] == "Out of network pharmacy (O)"


def test_what_a_hospital_is_paid_for_care_and_for_buildings_has_two_names() -> None:
    names = [row for row in cms_names().values() if row.label.startswith("Hospital payment")]
    labels = {name: row.label for name, row in cms_names().items() if row in names}
    for care, buildings in (
        ("clm_oprtnl_dsprtnt_amt", "clm_mdcr_ip_pps_dsprprtnt_amt"),
        ("clm_oprtnl_ime_amt", "clm_mdcr_ip_pps_cptl_ime_amt"),
        ("clm_instnl_drg_outlier_amt", "clm_mdcr_ip_pps_outlier_amt"),
        ("nch_drg_outlier_aprvd_pmt_amt", "clm_pps_cptl_outlier_amt"),
    ):
        assert labels[care] != labels[buildings]


def test_the_amount_of_a_drug_is_not_the_quantity_of_a_line() -> None:
    """Facts 1.20: "Quantity 77" stood there of a drug, and the 111 units that were billed nowhere."""
    units = [{"url": f"{MEDICARE}rev_cntr_unit_cnt", "valueQuantity": {"value": 111}}]
    of_drug = [concept(("http://unitsofmeasure.org", "ML"))]
    item = line(1, quantity={"value": 77}, extension=units, modifier=of_drug)
    assert wording.story(reading(claim(item=[item]))).lines[0].details[:2] == (
        "Quantity 111",
        "Amount of the drug: 77 mL",
    )
    alone = line(1, quantity={"value": 77}, modifier=of_drug)
    assert wording.story(reading(claim(item=[alone]))).lines[0].details == ("Amount of the drug: 77 mL",)
    plain = line(1, quantity={"value": 77})
    assert wording.story(reading(claim(item=[plain]))).lines[0].details == ("Quantity 77",)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"valueQuantity": {"value": 44.4}}, "Hematocrit Test: 44.4"),
        ({"valueCodeableConcept": concept(text="Too low")}, "Hematocrit Test: Too low"),
        ({"valueString": "not enough blood"}, "Hematocrit Test: not enough blood"),
        ({"valueQuantity": {}}, "Hematocrit Test"),
        ({}, "Hematocrit Test"),
    ],
)
def test_the_result_of_a_test_that_a_claim_holds_is_told_with_its_words(
    value: dict[str, Any], told: str
) -> None:
    contained = {
        "resourceType": "Observation",
        "id": "line-observation-1",
        "code": {"coding": [{"code": "R2", "display": "Hematocrit Test"}]},
        **value,
    }
    result = info(f"{MEDICARE}line_hct_hgb_rslt_num", valueReference={"reference": "#line-observation-1"})
    record = reading(claim(contained=[contained], supportingInfo=[result]))
    assert dict(wording.story(record).facts)["Result of a blood test"] == told


def test_short_forms_of_the_list_of_diagnoses_are_written_out() -> None:
    def told(words: str, system: str = "http://hl7.org/fhir/sid/icd-9-cm") -> str:
        coding = {"system": system, "code": "A05", "display": words}
        sent = {"sequence": 1, "diagnosisCodeableConcept": {"coding": [coding]}}
        ((_role, diagnosis),) = wording.story(reading(claim(diagnosis=[sent]))).diagnoses
        return diagnosis

    written = "Other bacterial foodborne intoxications, not elsewhere classified (A05)"
    assert told('"OTH BACTERIAL FOODBORNE INTOXICATIONS, NEC"') == written
    assert told("UNSP ASTHMA W/O ATTACK, NOS") == (
        "Unspecified asthma without attack, not otherwise specified (A05)"
    )
    assert told("Care at NEC hospital") == "Care at NEC hospital (A05)"
    assert told('"A" and "B"') == '"A" and "B" (A05)'
    assert told("OTH THINGS", "urn:list").startswith("Oth things")


@pytest.mark.parametrize(
    ("code", "words"), [("C", "Takes back an earlier amount"), ("D", "Adds to an earlier amount")]
)
def test_the_kind_of_bill_is_told_in_the_same_words_in_each_version(code: str, words: str) -> None:
    told = rows(reading(claim(kind="pharmacy", supportingInfo=[coded("CLM_QUERY_CD", code)])))
    assert told["Kind of bill"] == f"{words} ({code})"


def test_the_name_of_an_office_of_medicares_stays_as_its_list_has_it() -> None:
    """ "W. missouri - wisconsin physicians service insurance corporation" stood there."""
    extension = [{"url": f"{V3}CLM-CNTRCTR-NUM", "valueCoding": {"code": "07101"}}]
    told = rows(stating("submitted 300", extension=extension))
    assert told["Medicare's office for this claim"].startswith("ARKANSAS - NOVITAS SOLUTIONS, INC")
