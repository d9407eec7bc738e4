"""Facts beside the money in words: kinds, numbers, coverages, reasons and what is folded away."""

from typing import Any

import pytest

from apps.kinds.claim import wording
from apps.kinds.claim.wording import story
from tests.claims.made import claim, concept, info, money, priced, reading, stating
from tests.claims.systems import CLAIM_TYPE, MEDICARE
from tests.claims.telling import story_of


def test_m_18_medicares_name_of_a_file_is_said_as_the_part_it_is_for() -> None:
    shown = "Part B institutional claim record (outpatient [HOP], HHA)"
    assert reading(claim(insurance=[{"coverage": {"display": shown}}])).coverage == "Part B"


@pytest.mark.parametrize(
    "text", ["brandgeneric", "Brandgeneric", "admsrc", "referringetworkcontractingstatus"]
)
def test_a_category_that_only_its_text_names_has_our_label(text: str) -> None:
    category = concept(("http://terminology.hl7.org/CodeSystem/claiminformationcategory", "info"), text=text)
    known = info(category, code={"coding": [{"code": "g"}]})
    story = story_of(supportingInfo=[known])
    labels = {label for label, _value in (*story.facts, *story.more)}
    assert labels & {"Brand or generic", "Where you came from", "Contract of who referred you"}


def test_medicares_reason_is_told_without_when_its_code_was_in_use() -> None:
    url = f"{MEDICARE}clm_mdcr_non_pmt_rsn_cd"
    coding = {"system": url, "code": "2", "display": "Custodial care (Obsolete)"}
    story = story_of(extension=[{"url": url, "valueCoding": coding}])
    assert story.reasons == ("Medicare's reason: Custodial care.",)


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
    more = story_of(adjudication=details).more
    assert [row for row in more if "$" in row[1]] == [
        ("Hospital payment: amount for each day", "$5.00"), ("3 more amounts", "$0.00"),
    ]  # fmt: skip


@pytest.mark.usefixtures("spanish")
@pytest.mark.parametrize(
    ("sent", "said"), [("Part B", "Parte B"), ("part d", "Parte D"), ("Gold PPO", "Gold PPO")]
)
def test_m_22_medicares_parts_are_said_in_the_readers_language(sent: str, said: str) -> None:
    assert dict(story_of(insurance=[{"coverage": {"display": sent}}]).facts)["Cobertura"] == said


def test_a_diagnosis_without_words_is_called_one_whatever_its_list_is_called() -> None:
    """One claim said "Diagnosis with ICD-9 code" and "ICD-10 code"."""
    sent = [
        {"diagnosisCodeableConcept": concept((f"http://hl7.org/fhir/sid/{system}", code))}
        for system, code in (("icd-10", "H88.88"), ("icd-10-cm", "H88.88"), ("icd-9-cm", "799.99"))
    ]
    shown = [words for _role, words in story_of(diagnosis=sent).diagnoses]
    assert all(words.startswith("Diagnosis with ICD-") for words in shown)


def test_a_reason_that_is_a_code_alone_is_called_a_code() -> None:
    about = {"coding": [{"code": "ambulancetransportreason"}]}
    made = claim(supportingInfo=[{"sequence": 1, "category": about, "reason": {"code": "B"}}])
    assert ("Reason for the ambulance", "Code B") in wording.story(reading(made)).more


def test_the_finer_kind_of_a_claim_and_its_place_among_coverages_are_told() -> None:
    """HL7's own example is an emergency, and the second answer to its bill."""
    finer = concept(("http://terminology.hl7.org/CodeSystem/ex-claimsubtype", "emergency"))
    told = dict(story(stating("submitted 1", subType=finer, precedence=2)).facts)
    assert told["Kind of claim, more exactly"].startswith("Emergency")
    assert told["Place in the order in which coverages answer for this care"] == "2"
    plain = claim(*money("submitted 1"), subType=concept((CLAIM_TYPE, "inpatient")))
    assert not {key for key in dict(story(reading(plain)).facts) if key.startswith(("Kind of", "Place in"))}


def test_a_finer_kind_in_words_alone_tells_a_stay_from_a_visit_and_is_not_told_again() -> None:
    """4: "Kind of claim, more exactly: Outpatient" stood on a claim whose own kind was not known by it."""
    record = stating("submitted 1", kind="institutional", subType={"text": "Outpatient"})
    assert record.kind == "outpatient"
    assert not record.facts


@pytest.mark.parametrize(
    "finer", [{"coding": [{"code": "psych"}, {"code": "inpatient"}]}, {"text": "Outpatient"}]
)
def test_a_finer_kind_beside_a_stay_or_that_the_kind_does_not_tell_is_told(finer: dict[str, Any]) -> None:
    record = stating("submitted 1", subType=finer)
    assert record.kind == "professional"
    assert [fact.value for fact in record.facts] == [finer.get("text", "psych")]


@pytest.mark.parametrize("sent", [1.5, 0, -1, "first"])
def test_a_place_among_coverages_that_is_no_whole_number_is_also_sent_and_no_fact(sent: object) -> None:
    """4: half a place was told as a place, and one before the first was told nowhere."""
    record = stating("submitted 1", precedence=sent)
    assert not record.facts
    assert [(one.label, one.value) for one in record.also_sent] == [("precedence", str(sent))]


def test_a_number_of_a_file_is_no_other_claim() -> None:
    """R4: related.reference is a "file or case reference"."""
    sent = [{"reference": {"system": "http://www.BenefitsInc.com/case-number", "value": "23-56Tu"}}]
    assert story(reading(claim(related=sent))).related == ("Your plan names a case or file number: 23-56Tu.",)


def test_an_accident_is_on_the_page() -> None:
    kind = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "SPT"}]}
    facts = dict(story(reading(claim(accident={"date": "2014-02-14", "type": kind}))).facts)
    assert (facts["Accident"], facts["Kind of accident"]) == ("February 14, 2014", "Sports accident (SPT)")


@pytest.mark.parametrize(
    ("named", "label"),
    [
        ({"type": {"text": "RX service reference number"}}, "Number at the pharmacy"),
        (
            {"system": "https://bluebutton.cms.gov/resources/variables/rx_srvc_rfrnc_num"},
            "Number at the pharmacy",
        ),
        ({"type": {"text": "Batch"}}, "Batch"),
    ],
)
def test_a_number_that_names_something_else_than_the_claim_is_told_under_that(
    named: dict[str, Any], label: str
) -> None:
    """The claim's own was known by its order only, and the others were nowhere."""
    own = {"type": {"text": "Claim unique identifier"}, "value": "814ea253"}
    record = reading(claim(identifier=[named | {"value": "65ee4707"}, own]))
    assert record.claim_number == "814ea253"
    assert (label, "65ee4707") in wording.story(record).more
