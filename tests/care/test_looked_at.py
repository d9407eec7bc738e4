"""What was seen when published sets were looked at page by page, and how it reads since."""

from typing import Any

import pytest

from tests.care.given import LOINC, SNOMED, assert_says, coded, concept, lab, sent

DIV = (
    "<div><strong>Assessment</strong><ol><li>Bleeding</li><li>Anemia &amp; fatigue</li></ol>"
    "<script>alert(1)</script><table><tr><td>Colonoscopy</td><td>April 21, 2000</td></tr></table></div>"
)
SEEN: dict[str, tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]] = {
    "a plan of care that says everything on its own page": (
        sent("CarePlan", status="active", intent="plan", text={"status": "additional", "div": DIV}),
        ("In your plan's words: Assessment Bleeding Anemia & fatigue Colonoscopy April 21, 2000",),
        ("alert", "<", "sent no details"),
    ),
    "a plan of care that says nothing at all": (
        sent("CarePlan", status="active", intent="plan", text={"status": "empty", "div": "<div></div>"}),
        ("Your plan sent no details.",),
        (),
    ),
    "what is done about it, in words": (
        sent(
            "CarePlan",
            status="active",
            intent="plan",
            activity=[{"detail": {"status": "in-progress", "description": "Walk"}}],
        ),
        ("Walk | under way",),
        ("in-progress",),
    ),
    "a device whose kind is a bare code": (
        sent(
            "Device",
            status="active",
            type=concept("", (SNOMED, "23366006", "")),
            deviceName=[{"name": "MotorChairPro"}],
        ),
        ("MotorChairPro. Your plan",),
        ("Code 23366006 (SNOMED CT).",),
    ),
    "how many pieces were handed over": (
        sent(
            "MedicationDispense",
            status="completed",
            medicationCodeableConcept=concept("Lisinopril"),
            quantity={"value": 60},
            whenHandedOver="2024-04-15",
        ),
        ("Lisinopril: amount 60, April 15, 2024.",),
        (),
    ),
    "a question and its answer": (
        lab(code=concept("How often do you drink?"), valueString="Never"),
        ("How often do you drink? Never. Your plan",),
        ("?:",),
    ),
    "a category that came without words": (
        sent("Condition", category=[coded("problem-list-item")], code=concept("Asthma")),
        ("Kind: List of health problems",),
        ("problem-list-item",),
    ),
    "a name that is a bare code says what it names": (
        sent(
            "Procedure", status="completed", code=concept("", ("http://www.ama-assn.org/go/cpt", "33249", ""))
        ),
        ("Procedure: Code 33249 (CPT). Your plan",),
        (),
    ),
    "a kind of visit that says that it is unknown": (
        sent(
            "Encounter",
            status="finished",
            type=[concept("", (SNOMED, "261665006", ""))],
            **{"class": {"code": "IMP"}},
        ),
        ("Hospital stay. Your plan",),
        ("261665006",),
    ),
    "somebody who took part, in no role that was said": (
        sent(
            "Encounter",
            status="finished",
            participant=[{"type": [coded("PART")], "individual": {"display": "Dr. Ray"}}],
        ),
        ("With: Dr. Ray",),
        ("PART",),
    ),
    "a name that is the reference again": (
        sent(
            "Procedure",
            status="completed",
            code=concept("Scan"),
            reasonReference=[{"reference": "Condition/f1", "display": "Condition/f1"}],
        ),
        ("Scan",),
        ("Condition/f1", "Because of"),
    ),
    "how often, where a code alone says it": (
        sent(
            "MedicationRequest",
            status="active",
            intent="order",
            medicationCodeableConcept=concept("Chlorthalidone"),
            dosageInstruction=[{"timing": {"code": coded("QD")}}],
        ),
        ("How often: every day",),
        ("QD",),
    ),
    "a questionnaire that is named by its address alone": (
        sent(
            "QuestionnaireResponse",
            status="completed",
            questionnaire="https://x.example/Questionnaire/glasgow-coma|2",
        ),
        ("Questionnaire: glasgow-coma",),
        (),
    ),
    "who wrote it, as older lists of roles call it": (
        sent(
            "Provenance", agent=[{"type": coded("AUT"), "who": {"display": "Harold Hippocrates"}}], target=[]
        ),
        (),
        ("AUT",),
    ),
    "a part that is named by a code with hyphens": (
        lab(component=[{"code": coded("alcohol-type"), "valueString": "Wine"}]),
        ("alcohol type | Wine",),
        ("alcohol-type",),
    ),
    "a name after the hyphens of a list": (
        lab(code=concept("Illness"), valueCodeableConcept=concept("-- Colon Cancer")),
        ("Illness: Colon Cancer.",),
        ("--",),
    ),
    "a date that is the answer, and the day of it": (
        lab(code=concept("Last period"), valueDateTime="2016-12-30", effectiveDateTime="2016-12-31"),
        ("Last period: December 30, 2016, recorded on December 31, 2016.",),
        (),
    ),
    "of whom a family history tells": (
        sent("FamilyMemberHistory", status="completed", relationship=concept("mother")),
        ("Family history: mother.",),
        ("Completed",),
    ),
    "what was recommended, and by when": (
        sent(
            "ImmunizationRecommendation",
            recommendation=[
                {
                    "vaccineCode": [concept("Flu")],
                    "forecastStatus": concept("Due"),
                    "dateCriterion": [
                        {"code": concept("Earliest"), "value": "2026-10-01"},
                        {"value": "2027-01-02"},
                    ],
                }
            ],
        ),
        ("Flu | Due, Earliest: October 1, 2026",),
        (),
    ),
    "how likely something was judged": (
        sent(
            "RiskAssessment",
            status="final",
            performer={"display": "http://risk.example/#one"},
            prediction=[
                {
                    "outcome": concept("Heart attack"),
                    "probabilityDecimal": 0.02,
                    "whenRange": {"low": {"value": 39}, "high": {"value": 49, "unit": "years"}},
                }
            ],
        ),
        ("Heart attack | probability 0.02, at age 39 to 49 years",),
        ("http", "By:"),
    ),
    "for how many days a supply is": (
        sent(
            "MedicationDispense",
            status="completed",
            medicationCodeableConcept=concept("Novolog"),
            daysSupply={"value": 30, "unit": "Day", "code": "d"},
        ),
        ("Supply for: 30 days",),
        ("30 Day\n",),
    ),
    "a list that holds says nothing of its status": (
        sent("List", status="current", mode="snapshot", title="Allergies"),
        ("Allergies.",),
        ("Status",),
    ),
    "how a goal goes, where a code alone says it": (
        sent(
            "Goal",
            status=None,
            lifecycleStatus="active",
            achievementStatus=coded("in-progress"),
            description=concept("Walk"),
        ),
        ("How it goes: under way",),
        ("in progress",),
    ),
    "why it was done, as a reference calls it": (
        sent(
            "Procedure",
            status="completed",
            code=concept("Culture"),
            reasonReference=[{"reference": "Condition/1", "display": "Sore throat (disorder)"}],
        ),
        ("Because of: Sore throat",),
        ("(disorder)",),
    ),
    "a medicine that somebody says is taken was prescribed by nobody": (
        sent(
            "MedicationRequest",
            status="active",
            intent="plan",
            reportedBoolean=True,
            medicationCodeableConcept=concept("Tylenol"),
            requester={"reference": "Patient/1", "display": "Ana Lopez"},
        ),
        ("Said by: Ana Lopez",),
        ("Prescribed by",),
    ),
    "a medicine that was suggested is no prescription of who asked for it": (
        sent(
            "MedicationRequest",
            status="active",
            intent="proposal",
            medicationCodeableConcept=concept("Tylenol"),
            requester={"display": "Dr. Ray"},
        ),
        ("Asked for by: Dr. Ray",),
        ("Prescribed by",),
    ),
    "a number of something in a time": (
        lab(code=concept("Drinks"), valueQuantity={"value": 2, "unit": "# per day"}),
        ("Drinks: 2 per day.",),
        ("#",),
    ),
    "a place whose name is sent in capitals, as a claim calls it too": (
        sent(
            "Procedure",
            status="completed",
            code=concept("Scan"),
            performer=[{"actor": {"display": "COOLEY DICKINSON HOSPITAL INC"}}],
            location={"display": "MRI"},
        ),
        ("By: Cooley Dickinson Hospital Inc", "Place: MRI"),
        ("COOLEY",),
    ),
    "a medicine and a reason sent in capitals are no names of places": (
        sent(
            "MedicationRequest",
            status="active",
            medicationReference={"display": "METFORMIN HCL ER 500 MG TABLET"},
            reasonReference=[{"display": "TYPE 2 DIABETES"}],
        ),
        ("METFORMIN HCL ER 500 MG TABLET. Your plan", "For: TYPE 2 DIABETES"),
        ("500 Mg",),
    ),
    "a name that is told once": (
        sent("Device", status="active", type=concept(""), deviceName=[{"name": "MotorChairPro"}]),
        ("MotorChairPro. Your plan",),
        ("Name:",),
    ),
    "a title that says what a paper says": (
        sent(
            "DocumentReference",
            status="current",
            type=concept("Note"),
            description="Physical",
            content=[{"attachment": {"title": "Physical", "url": "Binary/1"}}],
        ),
        ("Title: Physical",),
        ("What it says",),
    ),
    "a coded value that is a sign, a span or a number": (
        lab(
            code=concept("Pulse"),
            valueCodeableConcept=concept("1+", (LOINC, "LA11841-6", "1+")),
            component=[
                {"code": concept("Allele"), "valueCodeableConcept": concept("", ("", "PA166128347", "*1"))},
                {"code": concept("Age"), "valueCodeableConcept": concept("", (LOINC, "LA10397-0", "30-39"))},
                {"code": concept("Score"), "valueCodeableConcept": concept("", (LOINC, "LA6111-4", "0"))},
                {"code": concept("Kind"), "valueCodeableConcept": concept("", (LOINC, "LA19710-5", ""))},
            ],
        ),
        ("Pulse: 1+.", "Allele | *1", "Age | 30-39", "Score | 0", "Kind | Code LA19710-5 (LOINC)"),
        ("PA166128347", "LA11841-6", "LA10397-0", "LA6111-4"),
    ),
    "a name of anything but a value that is a number of a database": (
        lab(code=concept("", (LOINC, "2345-7", "173674")), valueString="5"),
        ("Code 2345-7 (LOINC): 5.",),
        ("173674",),
    ),
    "a short name that leaves out what a longer one tells": (
        lab(
            code=concept("BMI", (LOINC, "59576-9", "Body mass index (BMI) [Percentile] Per age and sex")),
            valueQuantity={"value": 65, "unit": "%"},
        ),
        ("BMI: 65 %.", "Also named: Body mass index (BMI) [Percentile] Per age and sex"),
        (),
    ),
    "a kind in the words that HL7 has for its code": (
        sent(
            "DiagnosticReport",
            code=concept("Chest"),
            category=[concept("Radiology", (LOINC, "LP29684-5", "Radiology"))],
        ),
        ("Kind: Imaging",),
        ("Radiology",),
    ),
    "a kind in words that are the plan's own": (
        sent(
            "DiagnosticReport",
            code=concept("Chest"),
            category=[concept("Lung unit", (LOINC, "LP29684-5", "Radiology"))],
        ),
        ("Kind: Lung unit",),
        (),
    ),
    "a list of what stands inside it, and of what is not here": (
        sent(
            "List",
            status="current",
            title="Family",
            contained=[{"resourceType": "Condition", "id": "1", "code": concept("Zebra pox")}],
            entry=[
                {"item": {"reference": "#1"}},
                {"item": {"reference": "Condition/9"}},
                {"deleted": True, "item": {"reference": "Condition/8", "display": "Cough"}},
            ],
        ),
        ("Zebra pox | on this list", "Cough | taken off this list", "How many are on it: 2"),
        (),
    ),
    "a list that has nothing on it, and does not say why": (
        sent("List", status="current", mode="snapshot", title="Allergies", entry=[]),
        ("Nothing is on this list, and your plan did not say why.",),
        (),
    ),
    "a code that is a phrase": (
        lab(code=concept("", ("", "History and Physical", ""))),
        ("History and Physical",),
        ("Code ",),
    ),
}


@pytest.mark.parametrize(("tree", "told", "never"), SEEN.values(), ids=SEEN)
def test_a_page_says_what_was_sent_in_words(
    tree: dict[str, Any], told: tuple[str, ...], never: tuple[str, ...]
) -> None:
    assert_says(tree, told, never)
