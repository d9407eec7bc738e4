"""What a claim says, case by case; numbers in names point to the facts on claims."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from apps.kinds.claim import wording
from apps.kinds.claim.brief import brief
from apps.kinds.claim.reading import Unreadable, opened, read, record, references, references_of
from apps.kinds.claim.records import Coded, Related
from tests.claims import made
from tests.claims.made import claim, concept, line, reading
from tests.claims.made_kinds import at
from tests.claims.systems import BB_TYPE, C4BB, RELATED, REVENUE, SUB_TYPE, V3_TYPE

PROFILE = "https://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-"
QUERY = "https://bluebutton.cms.gov/resources/variables/claim_query_cd"


def test_a_visit_is_read_from_end_to_end() -> None:
    record = reading(made.visit())
    assert (record.kind, record.provider, record.payer) == (
        "professional",
        "Riverside Clinic",
        "Harborlight Health",
    )
    assert (record.service_start, record.service_on, record.claim_number) == (
        "2026-03-09",
        date(2026, 3, 9),
        "CLM-1",
    )
    assert (record.network, record.decision) == ("in", "paid")
    assert [diagnosis.what for diagnosis in record.diagnoses] == [Coded("J069", "ICD-10-CM")]
    assert [(member.role, member.name) for member in record.care_team] == [("rendering", "Ana Lopez, MD")]
    assert record.lines[0].what.code == "99213"
    assert record.lines[0].place is not None
    assert record.lines[0].place.words == "Office"
    assert record.shares_money
    assert record.disagreements == ()


@pytest.mark.parametrize(
    ("type_", "item", "setting", "title"),
    [
        ("outpatient", {"revenue": concept((REVENUE, "0450"))}, "emergency", "Emergency room care"),
        ("outpatient", {"revenue": concept((REVENUE, "459"))}, "emergency", "Emergency room care"),
        ("outpatient", at("23"), "emergency", "Emergency room care"),
        # Urgent care; anything else; a stay that began there
        ("outpatient", {"revenue": concept((REVENUE, "0456"))}, None, "Outpatient visit"),
        ("outpatient", {"revenue": concept((REVENUE, "0320"))}, None, "Outpatient visit"),
        ("inpatient", {"revenue": concept((REVENUE, "0450"))}, None, "Hospital stay"),
    ],
)
def test_an_outpatient_visit_with_a_line_of_the_emergency_room_is_one_to_it(
    type_: str, item: dict[str, Any], setting: str | None, title: str
) -> None:
    """4: by the revenue code or the place of any line."""
    of_hospital = {"type": concept((made.CLAIM_TYPE, "institutional")), "subType": concept((SUB_TYPE, type_))}
    record = reading(claim(**of_hospital, item=[line(1), line(2, **item)]))
    assert record.setting == setting
    assert wording.kind_words(record) == title
    assert wording.title(brief(record)).startswith(f"{title} at ")


@pytest.mark.parametrize(
    ("changes", "kind", "setting"),
    [
        # 4.2: Medicare's own type overrides the claim-type beside it, whatever their order
        (
            {"type": concept((made.CLAIM_TYPE, "institutional"), (BB_TYPE, "DME"))},
            "professional",
            "equipment",
        ),
        ({"type": concept((BB_TYPE, "HHA"), (made.CLAIM_TYPE, "professional"))}, "outpatient", "home_health"),
        ({"type": concept((BB_TYPE, "PDE"), (made.CLAIM_TYPE, "pharmacy"))}, "pharmacy", None),
        # 4.3: numbers
        ({"type": concept((V3_TYPE, "60"), (made.CLAIM_TYPE, "institutional"))}, "inpatient", None),
        (
            {"type": concept((V3_TYPE, "1800"), (made.CLAIM_TYPE, "professional"))},
            "professional",
            "equipment",
        ),
        ({"type": concept((V3_TYPE, "2"))}, "pharmacy", None),
        # 4.4 and 4.5: claim types under any system
        ({"type": concept(("http://hl7.org/fhir/ValueSet/claim-type", "vision"))}, "vision", None),
        ({"type": concept(("http://x/carin-bb-claim-type", "inpatient-facility"))}, "inpatient", None),
        # 4.6: sub type only decides between stays and visits
        (
            {
                "type": concept((made.CLAIM_TYPE, "institutional")),
                "subType": concept((SUB_TYPE, "outpatient")),
            },
            "outpatient",
            None,
        ),
        (
            {"type": concept((made.CLAIM_TYPE, "professional")), "subType": concept((SUB_TYPE, "B"))},
            "professional",
            None,
        ),
        # 4.7: profiles with version and https
        (
            {
                "type": concept((made.CLAIM_TYPE, "institutional")),
                "meta": {"profile": [PROFILE + "Inpatient-Institutional-Basis|2.2.0"]},
            },
            "inpatient",
            None,
        ),
        (
            {
                "type": concept(("http://terminology.hl7.org/CodeSystem/data-absent-reason", "unknown")),
                "meta": {"profile": [PROFILE + "Oral"]},
            },
            "oral",
            None,
        ),
        # 4.8: hints
        (
            {
                "type": None,
                "item": [line(1, productOrService=concept(("http://hl7.org/fhir/sid/ndc", "0777310502")))],
            },
            "pharmacy",
            None,
        ),
        (
            {"type": None, "item": [line(1, productOrService=concept(("http://www.ada.org/cdt", "D1110")))]},
            "oral",
            None,
        ),
        (
            {
                "type": concept((made.CLAIM_TYPE, "institutional")),
                "supportingInfo": [{"category": concept((C4BB, "admtype"))}],
            },
            "inpatient",
            None,
        ),
        # 4.9: nothing fits
        ({"type": concept((made.CLAIM_TYPE, "institutional"))}, "unknown", "facility"),
        ({"type": None}, "unknown", None),
    ],
)
def test_the_first_sign_of_the_kind_wins(changes: dict[str, object], kind: str, setting: str | None) -> None:
    """4, step by step."""
    record = reading(claim(**changes))
    assert (record.kind, record.setting) == (kind, setting)


def test_the_number_of_a_group_of_claims_is_no_claim_number() -> None:
    group = {"system": "https://bluebutton.cms.gov/resources/identifier/claim-group", "value": "99"}
    unique = {"type": concept((C4BB, "uc")), "value": "7"}
    record = reading(claim(identifier=[group, {"value": "5"}, unique]))
    assert (record.claim_number, record.numbers) == ("7", ("7", "5"))
    assert record.has_unique_number
    assert not reading(claim(identifier=[group, {"value": "5"}])).has_unique_number


def test_related_claims_are_read_as_identifier_and_as_reference() -> None:
    record = reading(
        claim(
            related=[
                {"relationship": concept((RELATED, "prior")), "reference": {"value": "CLM-0"}},
                {
                    "relationship": concept((RELATED, "replacedby")),
                    "reference": {"reference": "ExplanationOfBenefit/2"},
                },
                {"relationship": concept((RELATED, "prior")), "claim": {"reference": "Claim/3"}},
                {"reference": {"value": "case"}},
                {"relationship": concept((RELATED, "prior"))},
            ]
        )
    )
    assert record.related == (
        Related("prior", None, "CLM-0"),
        Related("replacedby", "ExplanationOfBenefit/2"),
        Related("prior", "Claim/3"),
        Related("file", None, "case"),
    )


def billed_as(bill: str, of: str = "institutional") -> dict[str, object]:
    """Return a type of bill, on a claim of a facility or another."""
    stated = {"category": concept((C4BB, "typeofbill")), "code": concept(("x", bill))}
    return {"type": concept((made.CLAIM_TYPE, of)), "supportingInfo": [stated]}


MORE = "The provider bills this care in parts. This is one of them: more may come."


@pytest.mark.parametrize(
    ("bill", "of", "told"),
    [
        ("112", "institutional", MORE),
        ("0133", "institutional", MORE),
        ("114", "institutional", "The provider billed this care in parts. This is the last of them."),
        ("111", "institutional", None),
        ("1112", "institutional", None),
        ("112", "professional", None),
    ],
)
def test_a_bill_of_several_for_one_stay_says_so(bill: str, of: str, told: str | None) -> None:
    """5.2: a first bill of a stay stood as the whole of it, and more came."""
    notices = wording.story(reading(made.claim(**billed_as(bill, of)))).notices
    assert list(notices) == ([told] if told else [])


MEDICARES_VOIDS = [
    ("CLM_PD_STUS_CD", "1", "void"),
    ("CLM_PD_STUS_CD", "I", "deleted"),
    ("CLM_PD_STUS_CD", "P", None),
    ("CLM_AUDT_TRL_STUS_CD", "MZ", "void"),
    ("CLM_AUDT_TRL_STUS_CD", "V1004", "deleted"),
    ("CLM_AUDT_TRL_STUS_CD", "MQ", None),  # replaced: its successor says so
    ("CLM_AUDT_TRL_STUS_CD", "FD", None),
    ("CLM_PD_STUS_CD", "D", "CLM_AUDT_TRL_STUS_CD", "MZ", "void"),  # whichever stands first
    ("CLM_AUDT_TRL_STUS_CD", "MZ", "CLM_PD_STUS_CD", "D", "void"),
    ("CLM_AUDT_TRL_STUS_CD", "ME", "CLM_PD_STUS_CD", "I", "deleted"),
    ("other", "MZ", None),
]


def standing_at(*stated: str) -> dict[str, object]:
    """Return fields and codes by turns, as Medicare's statuses of a claim."""
    pairs = zip(stated[::2], stated[1::2], strict=True)
    infos = [{"category": concept(("x", field)), "code": concept(("x", code))} for field, code in pairs]
    return {"supportingInfo": infos}


@pytest.mark.parametrize(
    ("changes", "adjustment"),
    [
        ({"type": concept((V3_TYPE, "3"))}, "deleted"),
        (
            {
                "supportingInfo": [
                    {"category": concept(("x", "CLM_ADJSTMT_TYPE_CD")), "code": concept(("x", "1"))}
                ]
            },
            "void",
        ),
        (billed_as("0118"), "void"),
        (billed_as("117"), "replacement"),
        (billed_as("Dummy"), None),
        (billed_as("1138"), None),
        (billed_as("0118", "professional"), None),  # a doctor's bill has no type of bill
        (billed_as("0117", "pharmacy"), None),
        ({"billablePeriod": {"extension": [{"url": QUERY, "valueCoding": {"code": "5"}}]}}, "debit"),
        ({"billablePeriod": {"extension": [{"url": QUERY, "valueCoding": {"code": "C"}}]}}, "credit"),
        ({"billablePeriod": {"extension": [{"url": QUERY, "valueCoding": {"code": "3"}}]}}, None),
        *[(standing_at(*stated), adjustment) for *stated, adjustment in MEDICARES_VOIDS],
        ({}, None),
    ],
)
def test_voids_and_replacements_are_noticed(changes: dict[str, object], adjustment: str | None) -> None:
    """5.2."""
    assert reading(claim(**changes)).adjustment == adjustment


@pytest.mark.parametrize(
    ("stated", "decision"),
    [
        (["CLM_PD_STUS_CD", "D"], "denied"),
        (["CLM_AUDT_TRL_STUS_CD", "FD"], "denied"),
        (["CLM_AUDT_TRL_STUS_CD", "V7700"], "denied"),
        (["CLM_AUDT_TRL_STUS_CD", "FR"], None),  # rejected: nobody decided
        (["CLM_AUDT_TRL_STUS_CD", "ME", "CLM_PD_STUS_CD", "D"], "denied"),
        (["CLM_AUDT_TRL_STUS_CD", "ME", "CLM_PD_STUS_CD", "P"], None),  # paid
        (["CLM_PD_STUS_CD", "P", "CLM_AUDT_TRL_STUS_CD", "ME"], None),
    ],
)
def test_a_claim_that_medicares_status_denies_is_denied(stated: list[str], decision: str | None) -> None:
    """5.2: not by its outcome, which was that it was not finished yet."""
    sent = reading(claim(outcome="partial", **standing_at(*stated)))
    assert sent.decision == decision


def test_a_drug_is_its_ndc_with_supply_and_refills() -> None:
    info = [
        {"category": concept((C4BB, "dayssupply")), "valueQuantity": {"value": 30}},
        {"category": concept((C4BB, "refillnum")), "valueQuantity": {"value": 0}},
    ]
    product = concept(
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "860975"),
        ("http://hl7.org/fhir/sid/ndc", "65862000899"),
    )
    product["coding"][0]["display"] = "Metformin 500 MG"
    record = reading(
        claim(
            kind="pharmacy",
            supportingInfo=info,
            item=[line(1, productOrService=product, quantity={"value": 60.0})],
        )
    )
    assert record.drug is not None
    assert (record.drug.what.code, record.drug.what.system, record.drug.what.words) == (
        "65862000899",
        "NDC",
        "Metformin 500 MG",
    )
    assert (record.drug.supply_days, record.drug.refill, record.drug.quantity) == (30, 0, 60)


def test_teeth_are_found_by_value_and_a_sequence_that_points_nowhere_is_no_error() -> None:
    info = [{"sequence": 7, "category": concept((C4BB, "additionalbodysite")), "code": concept(("x", "2"))}]
    item = line(1, bodySite=concept(("x", "1")), informationSequence=[7, 99])
    assert [
        tooth.code for tooth in reading(claim(kind="oral", supportingInfo=info, item=[item])).lines[0].teeth
    ] == ["1", "2"]


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        (b"", "it is not JSON"),
        (b"<html>Sign in</html>", "it is not JSON"),
        (b"[]", "it is not a JSON object"),
        (b'"ExplanationOfBenefit"', "it is not a JSON object"),
        (b'{"resourceType": "Patient"}', "it is not an ExplanationOfBenefit"),
        (b'{"resourceType": 5}', "it is not an ExplanationOfBenefit"),
        (b'{"resourceType": "OperationOutcome", "issue": []}', "it is not an ExplanationOfBenefit"),
        (b"\xff\xfe{}", "it is not UTF-8 text"),
        (b'{"a":' * 100_000, "it is nested too deeply"),
    ],
)
def test_what_is_no_claim_is_refused_with_a_plain_reason(stored: bytes, reason: str) -> None:
    """1.29: what the client makes of each status stands in tests/fhir/test_client.py."""
    with pytest.raises(Unreadable) as refused:
        read(stored, {})
    assert str(refused.value) == reason


def test_what_is_decoded_once_answers_everything() -> None:
    body = made.body(made.visit(id="eob-1", provider={"reference": "Practitioner/7"}))
    found = opened(body)
    assert found.claim.id == "eob-1"
    assert references_of(found) == references(body) >= {"Practitioner/7"}
    assert record(found, {"Practitioner/7": "Dr. Lopez"}) == read(body, {"Practitioner/7": "Dr. Lopez"})
    with pytest.raises(Unreadable):
        opened(b'{"resourceType": "Patient", "id": "eob-1"}')


def test_many_threads_read_the_same() -> None:
    """What is remembered of codes is shared by all of them."""
    bodies = [made.body(made.visit(id=f"eob-{number}")) for number in range(40)]
    expected = [read(body, {}) for body in bodies]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda body: read(body, {}), bodies)) == expected
