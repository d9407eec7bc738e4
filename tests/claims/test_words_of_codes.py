"""Codes of claims in words: free lists, who has the words of others, and Medicare's fields (M-18, M-19)."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from apps.kinds.claim import wording
from apps.kinds.claim.brief import brief
from apps.kinds.claim.entry import words_of
from apps.kinds.claim.reading import read
from apps.kinds.claim.records import ClaimRecord, Coded, Fact
from apps.kinds.claim.wording import about, also_sent, codes, lines
from tests.claims.made import claim, concept, line, reading
from tests.claims.made_kinds import CDT
from tests.claims.payer_data import claims
from tests.claims.systems import BALANCE, CPT, HCPCS, MEDICARE, NDC, REVENUE, V3_INFO

ICD_9, ICD_10 = "http://hl7.org/fhir/sid/icd-9-cm", "http://hl7.org/fhir/sid/icd-10"
PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
CVX = "http://hl7.org/fhir/sid/cvx"
MS_DRG = "https://www.cms.gov/AcuteInpatientPPS/MS-DRG-Classifications-and-Software"


def of(system: str, code: str, **changes: Any) -> ClaimRecord:
    """Return a claim whose only line has this code, without words."""
    return reading(claim(item=[line(1, productOrService=concept((system, code)))], **changes))


def did(system: str, code: str) -> ClaimRecord:
    """Return a claim with this procedure, without words."""
    return reading(claim(procedure=[{"procedureCodeableConcept": concept((system, code))}]))


def noted(category: str, code: str = "", system: str = V3_INFO, **value: Any) -> dict[str, Any]:
    """Return supporting information of Medicare's, with a code without words or another value."""
    coded = (
        {"code": concept((f"https://bluebutton.cms.gov/fhir/CodeSystem/{category}", code))} if code else {}
    )
    return {"category": concept((system, category)), **coded, **value}


@pytest.mark.parametrize(
    ("system", "code", "words"),
    [
        (PCS, "BQ0HZZZ", "Plain Radiography of Left Ankle (BQ0HZZZ)"),
        (ICD_10, "B211YZZ", "Fluoroscopy of Multiple Coronary Arteries using Other Contrast (B211YZZ)"),
        ("http://hl7.org/fhir/sid/icd-10-pcs", "0DTJ0ZZ", "Resection of Appendix, Open Approach (0DTJ0ZZ)"),
        (ICD_9, "9214", "Bone scan (92.14)"),
        (PCS, "6677BBB", "Procedure with ICD-10 code 6677BBB"),
        (ICD_9, "0TCCCCC", "Procedure with ICD-9 code 0TCCCCC"),
    ],
)  # fmt: skip
def test_m_19_a_procedure_has_its_official_words_else_what_kind_of_code_it_is(
    system: str, code: str, words: str
) -> None:
    """253 ICD-10 and 32 ICD-9 procedures were bare codes."""
    assert [value for _, value in about.procedures(did(system, code))] == [words]


def test_m_19_a_diagnosis_of_icd_9_has_its_official_words_and_is_no_procedure() -> None:
    """ICD-9 has both lists, and 401.1 is only in one."""
    record = reading(claim(diagnosis=[{"diagnosisCodeableConcept": concept((ICD_9, "4011"))}]))
    assert about.diagnoses(record) == (("Diagnosis", "Benign essential hypertension (401.1)"),)


@pytest.mark.parametrize(
    ("system", "code", "what", "shown", "official"),
    [
        (
            HCPCS,
            "J2270",
            "Medicine given by a provider",
            "HCPCS J2270",
            "Injection, morphine sulfate, up to 10 mg",
        ),
        (
            CPT,
            "J2270",
            "Medicine given by a provider",
            "HCPCS J2270",
            "Injection, morphine sulfate, up to 10 mg",
        ),
        (HCPCS, "S9083", "Global fee urgent care centers", "HCPCS S9083", ""),
        (CVX, "121", "zoster vaccine, live", "CVX 121", ""),
        (HCPCS, "97110", "Therapy", "CPT 97110", ""),
        (HCPCS, "D1110", "Dental cleaning or prevention", "CDT D1110", ""),
        (CDT, "D1110", "Dental cleaning or prevention", "CDT D1110", ""),
        (CPT, "99500", "Service with CPT code 99500", "", ""),
        (HCPCS, "M55", "Service or supply with HCPCS code M55", "", ""),
    ],
)
def test_m_19_a_line_has_a_plain_name_and_the_official_words_of_its_code_else_its_kind(
    system: str, code: str, what: str, shown: str, official: str
) -> None:
    """99 lines of HCPCS and CVX 140 were bare codes; plans send CPT codes as HCPCS and the reverse."""
    (row,) = wording.story(of(system, code)).lines
    assert (row.what, row.code, row.official) == (what, shown, official)


def test_m_19_six_hospital_charges_are_told_apart_and_the_page_says_who_has_their_words() -> None:
    """ "Hospital service" x 6."""
    revenue = ["0250", "0258", "0259", "0270", "0272", "0710"]
    rows = [line(place, revenue=concept((REVENUE, code))) for place, code in enumerate(revenue, 1)]
    for row in rows:
        row.pop("productOrService", None)
    story = wording.story(reading(claim(kind="institutional", item=rows)))
    assert [row.what for row in story.lines] == [f"Charge with revenue code {code}" for code in revenue]
    asked = {box: told for box, _question, told in story.checklist}["services"]
    assert asked.startswith("Charges with revenue codes 0250, 0258, ")
    assert story.code_note == (
        "The words of revenue codes belong to the American Hospital Association, so we may not show them: "
        "ask the provider for an itemized bill."
    )


@pytest.mark.parametrize(
    ("system", "code", "whom"),
    [
        (CPT, "97110", "ask the provider"),
        (CDT, "D1110", "ask your dentist"),
        (HCPCS, "M55", "the provider can tell"),
    ],
)
def test_who_can_say_what_a_code_without_words_means_is_told(system: str, code: str, whom: str) -> None:
    """M-19."""
    assert whom in wording.story(of(system, code)).code_note


def test_nothing_is_said_of_codes_where_all_have_words() -> None:
    assert wording.story(of(HCPCS, "J2270")).code_note == ""


def test_m_19_a_prescription_is_called_by_its_drug_where_only_the_number_came() -> None:
    """ "Prescription: NDC 59762154003"."""
    record = of(NDC, "59762-1540-03", kind="pharmacy")
    assert (wording.title(record), wording.row(brief(record)).title) == ("Prescription: Amlodipine",) * 2
    assert about.drug(record.drug)[:2] == (
        ("Drug", "Amlodipine (Oral Pill)"),
        ("Number", "NDC 59762-1540-03"),
    )
    unknown = of(NDC, "16252060144", kind="pharmacy")
    assert wording.title(unknown) == "Prescription at Riverside Clinic"
    assert about.drug(unknown.drug)[0] == ("Drug", "Drug number (NDC) 16252060144")


def test_m_19_a_line_that_does_not_apply_is_the_drug_of_its_only_part() -> None:
    """ "Prescription: Not Applicable", of a claim that names the drug one level below."""
    absent = concept(("http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-applicable"))
    absent["coding"][0]["display"] = "Not Applicable"
    part = {"sequence": 1, "productOrService": concept((NDC, "00338004904"))}
    record = reading(claim(kind="pharmacy", item=[line(1, productOrService=absent, detail=[part])]))
    assert wording.title(record) == "Prescription: Sodium chloride"
    alone = reading(claim(kind="pharmacy", item=[line(1, productOrService=absent)]))
    assert wording.title(alone).startswith("Prescription at ") or wording.title(alone) == "Prescription"


def test_m_19_words_that_repeat_the_code_or_say_there_are_none_are_no_words() -> None:
    """ "748856" as the name of 748856, "NO DESCRIPTION AVAILABLE" as the name of a revenue code."""
    for shown in ("J2270", "NO DESCRIPTION AVAILABLE"):
        what = {"coding": [{"system": HCPCS, "code": "J2270", "display": shown}]}
        (row,) = wording.story(reading(claim(item=[line(1, productOrService=what)]))).lines
        assert row.what == "Medicine given by a provider"
        assert row.official == "Injection, morphine sulfate, up to 10 mg"


@pytest.mark.parametrize(("sent", "words"), [("", ": Single drug unit dose formulation"), ("Dose", ": Dose")])
def test_m_19_a_modifier_has_the_plans_words_else_those_of_medicares_list(sent: str, words: str) -> None:
    """Level II modifiers are free, those of CPT are not."""
    modifiers = [{"coding": [{"system": HCPCS, "code": "KO", "display": sent}]}, concept((CPT, "25"))]
    (row,) = wording.story(reading(claim(item=[line(1, modifier=modifiers)]))).lines
    assert row.details[-2:] == (f"Modifier KO{words}", "Modifier 25")


@pytest.mark.parametrize(
    "system",
    ["http://unitsofmeasure.org", "https://bluebutton.cms.gov/resources/variables/rev_cntr_ndc_qty_qlfr_cd"],
)
def test_the_unit_of_a_drugs_amount_is_no_modifier(system: str) -> None:
    """As a modifier "UN" would say that two patients were served. A row of nines (M-05) is none either."""
    modifiers = [concept((system, "UN")), concept((HCPCS, "99999")), concept((HCPCS, "KO"))]
    (row,) = wording.story(reading(claim(item=[line(1, modifier=modifiers)]))).lines
    assert [detail for detail in row.details if "Modifier" in detail] == [
        "Modifier KO: Single drug unit dose formulation"
    ]


def test_m_19_a_claim_is_found_by_words_that_only_our_lists_have() -> None:
    """Whoever reads "Resection of Appendix" searches for it."""
    assert "resection of appendix" in words_of(did("http://hl7.org/fhir/sid/icd-10-pcs", "0DTJ4ZZ"))


def test_m_19_a_payment_group_is_named_where_it_is_medicares_own_list_only() -> None:
    """MS-DRG bare; APR-DRG is licensed."""
    for system, value in ((MS_DRG, "Cellulitis without MCC (603)"), ("https://apr-drg.example", "Code 603")):
        info = {
            "category": concept(("http://x/C4BBSupportingInfoType", "drg")),
            "code": concept((system, "603")),
        }
        record = reading(claim(kind="institutional", supportingInfo=[info]))
        assert ("Hospital payment group", value) in (*about.facts(record), *about.more(record))


def test_m_18_what_helps_a_member_stands_on_the_page_in_plain_words() -> None:
    """35 rows of Medicare's own names on one stay, and Medicare's words for its offices."""
    record = reading(
        claim(
            supportingInfo=[
                noted("CLM_NCH_PRMRY_PYR_CD", "A"),
                noted("CLM_CTSTRPHC_CVRG_IND_CD", "C"),
                noted("CLM_MDCR_EXHSTD_DT", timingDate="2026-03-09"),
                noted("CLM_BLOOD_PT_FRNSH_QTY", valueQuantity={"value": 3, "unit": "pint"}),
            ]
        )
    )
    assert about.facts(record)[-4:] == (
        ("Who pays first", "An employer's plan pays first (A)"),
        ("Your yearly limit for drugs", "Your yearly limit was reached before (C)"),
        ("Your Medicare days were used up on", "March 9, 2026"),
        ("Blood you were given", "3 pints"),
    )
    assert about.more(record) == about.more(reading(claim()))


def test_m_18_what_offices_need_is_folded_away_with_its_count_and_never_dropped() -> None:
    """ "Near Line Record Identification Code", "MCO Paid Switch", "Claim IDR Load Date"."""
    sent = [
        noted("CLM_NRLN_RIC_CD", "V"),
        noted("CLM_MDCR_INSTNL_MCO_PD_SW", "0"),
        noted("CLM_IDR_LD_DT", timingDate="2025-12-15"),
        noted("CLM_NCVRD_FROM_DT", timingDate="0999-12-27"),
        noted("CLM_BLOOD_PT_FRNSH_QTY", valueQuantity={"value": 0, "unit": "pint"}),
        noted("CLM_NEVER_HEARD_OF_SW", "Y"),
    ]
    record = reading(claim(supportingInfo=sent))
    assert about.facts(record) == about.facts(reading(claim()))
    rows = dict(about.more(record))
    assert rows["Kind of record in Medicare's files"].startswith("Part A: hospital, nursing facility")
    assert rows["Payment by a managed care plan"] == "No payment by a managed care plan (0)"
    assert rows["Put into Medicare's files on"] == "December 15, 2025"
    assert len(about.more(record)) - len(about.more(reading(claim()))) == len(sent)


def test_m_18_a_bare_code_of_a_licensed_list_is_folded_and_the_page_says_who_knows_it() -> None:
    """ "At discharge: 01" says nothing; "01" is of hospitals' own list."""
    info = {
        "category": concept(("http://x", "discharge-status")),
        "code": concept((MEDICARE + "ptnt_dschrg_stus_cd", "01")),
    }
    record = reading(claim(kind="institutional", supportingInfo=[info]))
    assert "At discharge" not in dict(about.facts(record))
    assert dict(about.more(record))["At discharge"] == "Code 01"
    assert "hospitals and pharmacies" in wording.story(record).more_note


@pytest.mark.parametrize(
    ("category", "code", "value"),
    [
        ("discharge-status", "home", "Went home (home)"),
        ("billingnetworkcontractingstatus", "contracted", "Has a contract with your plan (contracted)"),
        ("attendingnetworkcontractingstatus", "out", "Outside your plan's network (out)"),
    ],
)
def test_m_18_words_that_stand_as_codes_of_free_lists_are_put_in_ours(
    category: str, code: str, value: str
) -> None:
    """HL7's and CARIN's own lists are free."""
    assert also_sent.value_words(Fact(category, code, code=code)) == value


def test_days_and_visits_that_medicare_counts_are_facts_with_plain_names() -> None:
    """1.4, M-18: "clm_utlztn_day_cnt 17" stood under "We did not find a place for this"."""
    counted = [("clm_utlztn_day_cnt", 17), ("bene_lrd_used_cnt", 0), ("CLM_INSTNL_MDCR_COINS_DAY_CNT", 4)]
    financial = [{"type": concept((BALANCE, name)), "usedUnsignedInt": days} for name, days in counted]
    record = reading(claim(benefitBalance=[{"financial": financial}]))
    assert about.facts(record)[-2:] == (("Days that Medicare covered", "17"), ("Days with coinsurance", "4"))
    assert ("Lifetime reserve days used", "0") in about.more(record)
    assert record.also_sent == ()


def test_m_18_a_revenue_code_and_whether_the_deductible_applies_are_two_things() -> None:
    """ "No charge or units associated with this revenue center code. (For multiple HCPCS ..."."""
    rule = {"system": "https://bluebutton.cms.gov/fhir/CodeSystem/CLM-DDCTBL-COINSRNC-CD", "code": "3"}
    both = {
        "coding": [{"system": REVENUE, "code": "0250"}, rule | {"display": "Charges are not subject to ..."}]
    }
    record = reading(claim(item=[line(1, revenue=both)]))
    assert record.lines[0].revenue == Coded("0250", "revenue code")
    assert "Neither deductible nor coinsurance applies" in wording.story(record).lines[0].details
    record = reading(claim(item=[line(1, revenue={"coding": [rule | {"code": "A"}]})]))
    assert "Deductible and coinsurance: code A" in wording.story(record).lines[0].details


def test_readers_of_spanish_are_told_why_names_of_codes_are_english() -> None:
    with translation.override("es"):
        assert "están en inglés" in wording.story(of(HCPCS, "J2270")).english_note
        assert "están en inglés" not in wording.story(of(CPT, "97110")).english_note
        for modifier, words, is_english in (("LT", None, True), ("LT", "Left", False), ("99", None, False)):
            sent = {"coding": [{"system": HCPCS, "code": modifier, "display": words}]}
            told = reading(claim(item=[line(1, productOrService=concept((CPT, "97110")), modifier=[sent])]))
            note = wording.story(told).english_note
            assert ("están en inglés" in note) is is_english, modifier
        for words, is_of_list in ((None, True), ("zoster", True), ("Shingles vaccine", False)):
            shot = reading(claim(item=[line(1, productOrService=concept((CVX, "187"), text=words))]))
            note = wording.story(shot).english_note
            assert ("están en inglés" in note) is is_of_list, words
        category = concept(("http://x/C4BBSupportingInfoType", "drg"))
        group = {"sequence": 1, "category": category, "code": concept((MS_DRG, "695"))}
        assert "están en inglés" in wording.story(reading(claim(supportingInfo=[group]))).english_note


def test_a_fact_that_is_no_code_is_told_as_sent() -> None:
    assert also_sent.value_words(Fact("patientaccountnumber", "0250")) == "0250"


LEFT_OVER = {"diagnosis": 36, "procedure": 8, "line": 49, "drug": 3, "part": 1}
"""Codes in all published claims that neither the plan nor a free list nor a range of ours has words for."""


def test_m_19_codes_without_words_in_all_published_claims_are_counted(shared: Path) -> None:
    """What is left: codes that are invented or were ended, revenue codes, and packs of drugs."""
    left: Counter[str] = Counter()
    titles = []
    for folder in sorted(path.name for path in (shared / "fhir").iterdir()):
        for _file, body in claims(shared, folder):
            record = read(body, {})
            titles.append(wording.title(record))
            left.update(_bare(record))
    assert len(titles) > 200
    # "99213" or "NDC 123" would be bare; every word of ours has three small letters in a row.
    assert [title for title in titles if not re.search(r"[a-z]{3}", title)] == []
    assert left == LEFT_OVER


def _bare(record: ClaimRecord) -> Counter[str]:
    every = {
        "diagnosis": [one.what for one in record.diagnoses],
        "procedure": [one.what for one in record.procedures],
        "line": [row.what for row in lines.real(record) if record.kind != "pharmacy"],
        "drug": [record.drug.what] if record.drug else [],
        "part": [part.what for row in record.lines for part in row.parts],
    }
    return Counter(
        name
        for name, several in every.items()
        for what in several
        if what.code and lines.name(what) in (codes.kind_of_code(what), codes.unlisted_words(what))
    )


def test_a_vaccine_is_called_one_where_the_plans_words_leave_that_out() -> None:
    """A disease was asked after ("Did you get these services? Zoster"); an antitoxin is no vaccine."""
    for code, words, shown in (
        ("121", "zoster", "Zoster vaccine, live"),
        ("52", "Hep A, adult", "Hepatitis A vaccine, adult dosage"),
        ("115", "Tdap vaccine", "Tdap vaccine"),
        ("140", "Influenza, seasonal, injectable", "Influenza vaccine, seasonal, injectable"),
        ("27", "botulinum antitoxin", "Botulinum antitoxin"),
    ):
        assert codes.plain_told_words(Coded(code, "CVX", words)) == shown


@pytest.mark.parametrize("number", ["295574859360", "f33d4c63-32d3-4bd6-bf7a-083d32761080"])
def test_a_number_where_a_code_belongs_is_not_called_one(number: str) -> None:
    """ "Code 295574859360", and that its words belong to a list that hospitals pay for."""
    info = {"coding": [{"system": V3_INFO, "code": "info"}], "text": "Place of Service"}
    sent = {"category": info, "code": {"coding": [{"code": number}]}}
    told = wording.story(reading(claim(supportingInfo=[sent])))
    assert ("Place of Service", number) in told.more
    assert told.more_note == ""
    at = {"locationCodeableConcept": {"coding": [{"code": number}]}}
    [done] = wording.story(reading(claim(item=[line(1, **at)]))).lines
    assert f"Place with number {number}" in done.details


@pytest.mark.parametrize(
    ("system", "code", "written"),
    [
        ("ICD-10-CM", "j069", "J06.9"),
        ("ICD-10-CM", "0TCCCCC", "0TCCCCC"),  # of the procedures, which have no dot
        ("ICD-9", "e8490", "E849.0"),
        ("ICD-9 procedure", "8109", "81.09"),
    ],
)
def test_a_code_has_the_dot_of_its_list(system: str, code: str, written: str) -> None:
    assert codes.dotted(Coded(code, system, None)).code == written
