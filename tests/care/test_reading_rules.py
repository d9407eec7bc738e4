"""Rules of reading clinical records (facts clinical 2a and 2b), by records that a naive reader gets wrong."""

from typing import Any

import pytest

from tests.care.given import LOINC, coded, concept, lab, page, sent
from tests.care.test_oddities import condition

PRESSURE = [
    {"code": concept("", (LOINC, "8480-6", "Systolic")), "valueQuantity": {"value": 109, "unit": "mmHg"}},
    {"code": concept("", (LOINC, "8462-4", "Diastolic")), "dataAbsentReason": coded("unknown")},
]
SHOT = {"medicationCodeableConcept": concept("Shot")}
BELOW = {"value": 0.1, "comparator": "<", "unit": "ng"}
FORM = {"attachment": {"data": "SGk="}, "format": {"code": "urn:ihe:pcc:apr:handp:2008"}}
RULES: tuple[tuple[str, dict[str, Any], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "2b one part absent keeps the other",
        sent("Observation", category=[coded("vital-sign")], code=concept("BP"), component=PRESSURE),
        ("measurement", "BP: 109 / not recorded mmHg", "Diastolic | not recorded"),
        (),
    ),
    ("2b a comparator", lab(valueQuantity=BELOW), ("< 0.1 ng",), ()),
    (
        "2b a trailing zero",
        lab(valueQuantity={"value": 5, "unit": "undefined"}),
        ("Glucose: 5",),
        ("undefined",),
    ),
    ("2b partial dates", condition(onsetDateTime="2012-06"), ("June 2012",), ("June 1",)),
    ("2b an age", condition(onsetAge={"value": 52, "unit": "years"}), ("at age 52 years",), ()),
    ("2b no zone is converted", lab(effectiveDateTime="2026-03-01T00:00:00+09:00"), ("March 1, 2026",), ()),
    ("2b recorded is no onset", condition(recordedDate="2016-08-10"), ("written down on",), ("Began",)),
    ("2b another subject", lab(subject={"reference": "Group/herd"}), ("another",), ()),
    ("2b a newborn inside", lab(subject={"reference": "#newborn"}), ("another",), ()),
    ("2b nobody", lab(subject=None), ("another",), ()),
    ("2b corrected", lab(status="corrected", issued="2026-05-02T09:00:00Z"), ("issued on May 2, 2026",), ()),
    ("2b modifiers", lab(modifierExtension=[{"url": "x"}]), ("does not understand",), ()),
    *(
        (f"2a {first} is said first", tree, (f"{first}: {name}",), ("Current",))
        for first, name, tree in (
            *(
                ("Suspected, not confirmed", "Asthma", condition(verificationStatus=coded(code)))
                for code in ("unconfirmed", "provisional", "differential")
            ),
            ("Taken back", "Scan", sent("ServiceRequest", status="revoked", code=concept("Scan"))),
            (
                "Rejected",
                "Walk",
                sent("Goal", status=None, lifecycleStatus="rejected", description=concept("Walk")),
            ),
            ("Not handed over", "Shot", sent("MedicationDispense", status="declined", **SHOT)),
            ("Said not to be taken", "Shot", sent("MedicationStatement", status="not-taken", **SHOT)),
        )
    ),
    (
        "an address is no form of a paper",
        sent("DocumentReference", status="current", content=[FORM]),
        ("Paper",),
        ("Form of the paper", "urn:"),
    ),
    (
        "a time that the first line says is said once",
        sent("CarePlan", status="active", intent="plan", title="Walks", period={"start": "2026-01-02"}),
        ("Walks, since January 2, 2026.",),
        ("Time:",),
    ),
    (
        "pieces are counted in words",
        sent("MedicationDispense", status="completed", quantity={"value": 30, "code": "TAB"}, **SHOT),
        ("Shot: 30 tablets.",),
        ("TAB",),
    ),
    (
        "a score is a number",
        lab(valueQuantity={"value": 10, "unit": "score", "code": "1"}),
        ("Glucose: 10.",),
        ("score",),
    ),
    (
        "a sign again is no name",
        condition(category=[concept("", ("urn:x", "sdoh", "SDOH"))]),
        ("Kind: Circumstances of life",),
        ("SDOH",),
    ),
    ("2a family history", condition(code=concept("Family history of cancer")), ("not of you",), ()),
    (
        "2a a diagnosis of a visit is no standing problem",
        condition(category=[coded("encounter-diagnosis")]),
        ("diagnosis", "not something you have"),
        ("Current",),
    ),
    (
        "2a how strong is not how risky",
        sent(
            "AllergyIntolerance",
            status=None,
            code=concept("Sulfa"),
            criticality="high",
            reaction=[{"manifestation": [concept("rash")], "severity": "mild"}],
        ),
        ("Risk: high risk of a serious reaction", "rash | mild"),
        (),
    ),
)


@pytest.mark.parametrize(
    ("tree", "told", "untold"), [case[1:] for case in RULES], ids=[case[0] for case in RULES]
)
def test_a_record_is_read_by_the_rules(
    tree: dict[str, Any], told: tuple[str, ...], untold: tuple[str, ...]
) -> None:
    text = page(tree)
    assert [words for words in told if words not in text] == [], text
    assert [words for words in untold if words in text] == [], text
