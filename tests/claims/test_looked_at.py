"""What a page says of odd records, as somebody who looked at ten claims of each source found it."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from apps.kinds.claim import unpaid, wording
from apps.kinds.claim.records import Disagreement
from apps.kinds.claim.wording import bill
from apps.kinds.claim.wording.story import Story
from tests.claims.made import C4BB, claim, concept, line, money, priced, reading

MEDICARE = "https://bluebutton.cms.gov/resources/variables/"
CPT = "http://www.ama-assn.org/go/cpt"
NPI = "http://hl7.org/fhir/sid/us-npi"
ADA = "http://terminology.hl7.org/CodeSystem/ADA"


def told(*totals: dict[str, Any], **changes: Any) -> Story:
    """Return what the page of a claim says, with other totals or elements."""
    return wording.story(reading(claim(*(totals or money("submitted 480.00, benefit 400.00")), **changes)))


def info(category: dict[str, Any], **value: Any) -> dict[str, Any]:
    """Return one piece of supporting information."""
    return {"sequence": 1, "category": category} | value


def test_m_01_many_figures_for_a_share_are_told_once_in_the_checklist() -> None:
    """It said "figures disagree: the figures do not agree"."""
    record = reading(claim(*money("submitted 480.00, memberliability 5.00")))
    share = record.money.your_share
    others = tuple(structs.replace(share, amount=Decimal(amount)) for amount in ("48", "9"))
    record = structs.replace(record, disagreements=(Disagreement("your_share", "places", share, others),))
    answers = {name: answer for name, _question, answer in wording.story(record).checklist}
    told = "$5.00, $48.00 or $9.00: the figures do not agree. Ask your plan before you pay."
    assert answers["share"] == told


def test_a_place_is_told_as_a_place_and_not_as_a_stay() -> None:
    """A check-up of an hour was a "Hospital stay" beside its day."""
    place = concept((f"{MEDICARE}line_place_of_srvc_cd", "21"))
    assert "Inpatient hospital" in told(item=[line(1, locationCodeableConcept=place)]).lines[0].details


@pytest.mark.usefixtures("spanish")
def test_care_at_home_is_not_the_first_page_in_spanish() -> None:
    place = concept((f"{MEDICARE}line_place_of_srvc_cd", "12"))
    made = line(1, priced("submitted", "480.00"), locationCodeableConcept=place)
    assert "En su casa" in told(item=[made]).lines[0].details


@pytest.mark.parametrize("system", [NPI, "https://hl7.org/fhir/sid/us-npi", "urn:oid:2.16.840.1.113883.4.6"])
@pytest.mark.parametrize("number", ["9999999999", "0000000000", "2222222222"])
def test_m_05_a_number_of_one_digit_names_no_provider(system: str, number: str) -> None:
    who = {"identifier": {"type": concept(("", "npi"), ("x", "npi")), "system": system, "value": number}}
    team = [{"sequence": 1, "provider": who, "role": concept(("x", "operating"))}]
    story = told(provider=who, careTeam=team)
    assert number not in repr(story)
    assert {name: answer for name, _question, answer in story.checklist}[
        "provider"
    ] == "Your plan did not say who it was."


@pytest.mark.parametrize("written", ["PRIVATE", "NO_INSURANCE", "private", "Self Pay"])
def test_m_05_a_kind_of_payer_is_no_name_of_a_plan(written: str) -> None:
    record = reading(claim(insurer={"display": written}, insurance=[{"coverage": {"display": written}}]))
    assert (record.payer, record.coverage) == (None, None)


def test_m_18_medicares_name_of_a_file_is_said_as_the_part_it_is_for() -> None:
    shown = "Part B institutional claim record (outpatient [HOP], HHA)"
    assert reading(claim(insurance=[{"coverage": {"display": shown}}])).coverage == "Part B"


@pytest.mark.parametrize(
    ("site", "words"),
    [
        (concept((f"{ADA}UniversalToothDesignationSystem", "14")), "tooth 14"),
        (concept(("http://terminology.hl7.org/CodeSystem/ex-tooth", "11")), "tooth 11"),
        (concept((f"{ADA}ToothSurfaceCodes", "O")), "biting side (O)"),
        (concept(("http://terminology.hl7.org/CodeSystem/FDI-surface", "MOD")),
         "side toward the front, biting side, side toward the back (MOD)"),
        (concept((f"{ADA}ToothSurfaceCodes", "X9")), "surface X9"),
        (concept((f"{ADA}AreaOralCavitySystem", "20")), "upper left quarter (20)"),
        (concept((f"{ADA}AreaOralCavitySystem", "77")), "area of the mouth 77"),
        ({"text": "Upper right"}, "Upper right"),
    ],
)  # fmt: skip
def test_teeth_and_their_sides_are_said_in_words(site: dict[str, Any], words: str) -> None:
    made = line(1, priced("submitted", "480.00"), bodySite=site)
    assert f"In the mouth: {words}" in told(type=concept(("x", "oral")), item=[made]).lines[0].details


def test_a_part_of_the_body_is_no_tooth() -> None:
    made = line(1, priced("submitted", "480.00"), bodySite={"text": "Left knee"})
    assert "Part of the body: Left knee" in told(item=[made]).lines[0].details


@pytest.mark.parametrize(
    "shown", ["Medical care", "Diagnostic laboratory", "Diagnostic X-Ray", "Ambulance (eff 04/95)"]
)
def test_m_19_a_wide_type_of_service_names_a_line_only_where_its_code_does_not(shown: str) -> None:
    """Medicare's "Medical care" stood for every office visit."""
    made = line(1, priced("submitted", "480.00"), category={"coding": [{"display": shown}]})
    visit = made | {"productOrService": concept((CPT, "99213"))}
    unheard = made | {"productOrService": concept((CPT, "2GGGG"))}
    story = told(item=[visit, unheard])
    assert story.lines[0].what == "Office visit"
    assert story.lines[1].what in ("Medical care", "Laboratory test", "Imaging", "Ambulance")
    assert story.title == "Office visit at Riverside Clinic"


@pytest.mark.usefixtures("spanish")
def test_m_22_a_wide_type_of_service_is_said_in_the_readers_language() -> None:
    made = line(1, priced("submitted", "480.00"), category={"coding": [{"display": "Surgery"}]},
                productOrService=concept((CPT, "2GGGG")))  # fmt: skip
    assert told(item=[made]).lines[0].what == "Cirugía"


def test_capitals_of_old_systems_are_written_as_people_write() -> None:
    diagnoses = [
        {"diagnosisCodeableConcept": {"coding": [{"system": f"http://hl7.org/fhir/sid/{system}", "code": code,
                                                  "display": shown}]}}
        for system, code, shown in (
            ("icd-9-cm", "25001", "DMI WO CMP NT ST UNCNTRL"),
            ("icd-10-cm", "A02", "OTHER SALMONELLA INFECTIONS"),
            ("icd-10-cm", "A099", "Plan's own words"),
        )
    ]  # fmt: skip
    story = told(provider={"display": "DR. DAVID SMITH MD"}, diagnosis=diagnoses)
    shown = [words for _role, words in story.diagnoses]
    assert shown[0].startswith("Diabetes mellitus without mention of complication, type I")
    assert shown[1:] == ["Other salmonella infections (A02)", "Plan's own words (A09.9)"]
    assert story.answer.startswith("Dr. David Smith MD billed $480.00.")
    assert "DAVID" not in repr(story)


def test_a_drug_in_capitals_keeps_its_strength() -> None:
    product = {"coding": [{"system": "http://hl7.org/fhir/sid/ndc", "code": "00093104801",
                           "display": "METFORMIN HCL 500 MG TABLET"}]}  # fmt: skip
    made = line(1, priced("submitted", "480.00"), productOrService=product)
    story = told(type=concept(("x", "pharmacy")), item=[made])
    assert "500 mg" in dict(story.drug)["Drug"]


@pytest.mark.parametrize(
    "shown",
    ["(Unknown value - rarely populated)", "UNKNOWN", "Not specified (missing values are also possible)"],
)
def test_m_05_a_code_whose_words_say_that_nothing_is_known_is_told_so(shown: str) -> None:
    system = f"{MEDICARE}brnd_gnrc_cd"
    known = info(
        {"coding": [{"system": system, "code": system}]},
        code={"coding": [{"system": system, "code": "00", "display": shown}]},
    )
    story = told(supportingInfo=[known])
    assert ("Brand or generic", "not known (00)") in story.more
    assert "Brand or generic" not in dict(story.facts)


def test_what_a_list_says_of_missing_values_is_left_out() -> None:
    system = f"{MEDICARE}daw_prod_slctn_cd"
    shown = "No Product Selection Indicated (may also have missing values)"
    known = info({"coding": [{"system": system, "code": system}]},
                 code={"coding": [{"system": system, "code": "0", "display": shown}]})  # fmt: skip
    assert ("Brand or substitute, as ordered", "No Product Selection Indicated (0)") in told(
        supportingInfo=[known]
    ).more


@pytest.mark.parametrize("day", ["0999-12-27", "9999-12-31"])
def test_a_day_of_no_calendar_is_told_as_not_known(day: str) -> None:
    system = f"{MEDICARE}clm_ncvrd_from_dt"
    known = info({"coding": [{"system": system, "code": system}]}, timingDate=day)
    assert ("First day not covered", f"not known ({day})") in told(supportingInfo=[known]).more


@pytest.mark.parametrize(
    "text", ["brandgeneric", "Brandgeneric", "admsrc", "referringetworkcontractingstatus"]
)
def test_a_category_that_only_its_text_names_has_our_label(text: str) -> None:
    category = concept(("http://terminology.hl7.org/CodeSystem/claiminformationcategory", "info"), text=text)
    known = info(category, code={"coding": [{"code": "g"}]})
    story = told(supportingInfo=[known])
    labels = {label for label, _value in (*story.facts, *story.more)}
    assert labels & {"Brand or generic", "Where you came from", "Contract of who referred you"}


@pytest.mark.parametrize("code", ["E", "F", "H", "X"])
def test_medicares_reasons_that_another_insurer_pays_first_are_one_class(code: str) -> None:
    url = f"{MEDICARE}clm_mdcr_non_pmt_rsn_cd"
    coding = {"system": url, "code": code, "display": "MSP cost avoid HMO Rate Cell (eff. 7/00)"}
    record = reading(claim(
        *money("submitted 480.00, memberliability 20.00"),
        extension=[{"url": url, "valueCoding": coding}],
    ))  # fmt: skip
    assert wording.story(record).reasons == ("Another insurer pays first.",)
    assert unpaid.apart(record) == "other_payer"


def test_medicares_reason_is_told_without_when_its_code_was_in_use() -> None:
    url = f"{MEDICARE}clm_mdcr_non_pmt_rsn_cd"
    coding = {"system": url, "code": "2", "display": "Custodial care (Obsolete)"}
    story = told(extension=[{"url": url, "valueCoding": coding}])
    assert story.reasons == ("Medicare's reason: Custodial care.",)


@pytest.mark.parametrize(
    ("code", "words"), [("group", "Several services together"), ("compound", "Drug mixed by the pharmacy")]
)
def test_what_stands_in_place_of_a_code_is_no_code(code: str, words: str) -> None:
    story = told(item=[line(1, priced("submitted", "480.00"), productOrService=concept(("x", code)))])
    assert (story.lines[0].what, story.lines[0].code, story.code_note) == (words, "", "")


def test_m_20_amounts_of_nothing_among_the_details_are_one_row() -> None:
    names = (
        "CLM_HAC_RDCTN_PYMT_AMT",
        "CLM_HIPPS_VBP_AMT",
        "CLM_INSTNL_LOW_VOL_PMT_AMT",
        "CLM_INSTNL_PER_DIEM_AMT",
    )
    system = "https://bluebutton.cms.gov/fhir/CodeSystem/Adjudication"
    details = [
        priced(name, amount, system=system)
        for name, amount in zip(names, ("0", "0", "0", "5.00"), strict=True)
    ]
    more = told(adjudication=details).more
    assert [row for row in more if "$" in row[1]] == [
        ("Hospital payment: amount for each day", "$5.00"), ("3 more amounts", "$0.00"),
    ]  # fmt: skip


@pytest.mark.usefixtures("spanish")
@pytest.mark.parametrize(
    ("sent", "said"), [("Part B", "Parte B"), ("part d", "Parte D"), ("Gold PPO", "Gold PPO")]
)
def test_m_22_medicares_parts_are_said_in_the_readers_language(sent: str, said: str) -> None:
    assert dict(told(insurance=[{"coverage": {"display": sent}}]).facts)["Cobertura"] == said


def test_a_value_in_capitals_is_written_as_people_write() -> None:
    system = f"{MEDICARE}clm_disp_cd"
    known = info(
        {"coding": [{"system": system, "code": system}]},
        code={"coding": [{"system": system, "code": "51", "display": "TRUE NOT IN FILE"}]},
    )
    assert ("Outcome of Medicare's own checks", "True not in file (51)") in told(supportingInfo=[known]).more


def test_a_diagnosis_without_words_is_called_one_whatever_its_list_is_called() -> None:
    """One claim said "Diagnosis with ICD-9 code" and "ICD-10 code"."""
    sent = [
        {"diagnosisCodeableConcept": concept((f"http://hl7.org/fhir/sid/{system}", code))}
        for system, code in (("icd-10", "H88.88"), ("icd-10-cm", "H88.88"), ("icd-9-cm", "799.99"))
    ]
    shown = [words for _role, words in told(diagnosis=sent).diagnoses]
    assert all(words.startswith("Diagnosis with ICD-") for words in shown)


def test_a_service_whose_list_nobody_knows_is_called_a_service() -> None:
    made = line(1, priced("submitted", "480.00"), productOrService=concept(("http://x.test/codes", "1205")))
    [row] = told(item=[made]).lines
    assert (row.what, row.code) == ("Service with code 1205", "")


def test_what_was_paid_already_is_not_too_much_to_compare() -> None:
    record = reading(
        claim(*money("eligible 150.00, paidtopatient 150.00, paidbypatient 180.00, memberliability 30.00"))
    )
    assert bill.check(record, Decimal("0.01")).outcome == "higher"


@pytest.mark.parametrize(
    ("discount", "more", "is_said"),
    [("80.00", {}, True), ("79.99", {}, False), ("80.00", {"status": "draft"}, True), ("-80.00", {}, False)],
)
def test_a_bill_of_which_nothing_is_left_is_said_to_be_one(
    discount: str, more: dict[str, Any], is_said: bool
) -> None:
    sent = priced("submitted", "480.00"), priced("benefit", "400.00")
    record = reading(claim(*sent, priced("discount", discount, system=C4BB), **more))
    answer = wording.story(record).answer
    assert "Your plan did not say what your share is." in answer
    assert ("By these figures, nothing of the bill is left." in answer) is is_said
    uncovered = reading(
        claim(*sent, priced("discount", discount, system=C4BB), priced("noncovered", "9.00", system=C4BB))
    )
    assert "nothing of the bill is left" not in wording.story(uncovered).answer
    one_more = reading(claim(*sent, priced("discount", discount, system=C4BB), priced("copay", "20.00")))
    assert "nothing of the bill is left" not in wording.story(one_more).answer


@pytest.mark.parametrize(("paid", "is_said"), [("480.00", True), ("479.00", False)])
def test_a_bill_that_was_paid_whole_leaves_nothing_where_no_discount_was_sent(
    paid: str, is_said: bool
) -> None:
    """A share that was not sent is no zero; of the bill nothing is left all the same."""
    sent = priced("submitted", "480.00"), priced("benefit", paid), priced("copay", "0.00")
    answer = wording.story(reading(claim(*sent))).answer
    assert "Your plan did not say what your share is." in answer
    assert ("By these figures, nothing of the bill is left." in answer) is is_said
