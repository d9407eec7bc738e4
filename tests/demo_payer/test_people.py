"""The invented people: the same every time, complete, and coherent as stories."""

import json
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256

import pytest
from fhirclient.models import coverage, explanationofbenefit, patient

from apps.demo_payer.people import GENERATOR_VERSION, everyone, resources, to_json
from tests.demo_payer.people_on_a_day import DAY, amounts, answers, claims, everything, kind, voids, walk

DAYS = [date(2027, 1, 1), date(2028, 2, 29)]
# Codes of a payer's answer to each story: member number -> who they are.
DANA, JUNIPER, HAROLD, MARISOL = "70410001", "70410004", "70420001", "70430001"
LEONA, GIDEON, WALTER, OTIS, NADIA = "70440001", "70450001", "70460001", "70470001", "70480001"


def test_the_same_day_gives_the_same_and_changed_output_needs_a_new_generator_version() -> None:
    digest = sha256("".join(to_json(resource) for resource in everything()).encode()).hexdigest()
    assert (GENERATOR_VERSION, digest[:16]) == ("7", "ceb2cbb561c40f7a"), (
        "raise GENERATOR_VERSION, then pin the new digest"
    )


def test_a_claim_keeps_its_content_the_next_day() -> None:
    today = {claim["id"]: claim for claim in claims() if WALTER not in claim["patient"]["reference"]}
    tomorrow = {resource["id"]: resource for resource in resources(DAY + timedelta(days=1))}
    changed = [key for key, claim in today.items() if tomorrow[key] != claim]
    # Only a payment that was made meanwhile may change a claim, and then it says when it was updated.
    assert all(tomorrow[key]["meta"]["lastUpdated"] > today[key]["meta"]["lastUpdated"] for key in changed)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_any_day_of_the_calendar_works_and_nothing_is_decided_after_it(day: date) -> None:
    made = list(resources(day))
    latest = max(resource["meta"]["lastUpdated"] for resource in made)
    assert latest[:10] <= day.isoformat()
    ids = [(resource["resourceType"], resource["id"]) for resource in made]
    assert len(ids) == len(set(ids))
    walters = [resource for resource in made if WALTER in str(resource.get("patient"))]
    assert sum(resource.get("use") == "claim" for resource in walters) == 2000


def test_every_reference_leads_to_a_resource() -> None:
    known = {f"{resource['resourceType']}/{resource['id']}" for resource in everything()}
    wanted = {
        (resource["id"], reference)
        for resource in everything()
        for path, reference in walk(resource)
        if path.endswith(".reference") and isinstance(reference, str)
    }
    assert [(where, reference) for where, reference in wanted if reference not in known] == []


def test_all_types_the_client_asks_for_are_there_and_referred_to() -> None:
    types = Counter(resource["resourceType"] for resource in everything())
    asked = {
        "Patient", "Coverage", "ExplanationOfBenefit", "Organization", "Practitioner", "PractitionerRole",
        "Location", "RelatedPerson",
    }  # fmt: skip
    assert set(types) >= asked
    named = {
        str(reference).split("/")[0]
        for answer in answers()
        for path, reference in walk(answer)
        if path.endswith(".reference")
    }
    assert asked - {"ExplanationOfBenefit"} <= named


def test_everyone_who_can_sign_in_is_a_patient_with_a_coverage_and_a_story() -> None:
    patients = {resource["id"] for resource in everything() if resource["resourceType"] == "Patient"}
    insured = {
        resource["beneficiary"]["reference"]
        for resource in everything()
        if resource["resourceType"] == "Coverage"
    }
    people = everyone()
    assert len(people) >= 6
    assert len({account.username for account in people}) == len(people)
    for person in people:
        assert person.patient_id in patients
        assert f"Patient/{person.patient_id}" in insured
        assert person.story.endswith(".")


def test_the_family_is_a_subscriber_with_a_spouse_and_two_children() -> None:
    on_policy = {
        (resource["relationship"]["coding"][0]["code"], resource["beneficiary"]["reference"])
        for resource in everything()
        if resource["resourceType"] == "Coverage"
        and resource["subscriber"]["reference"] == f"Patient/patient-{DANA}"
    }
    assert Counter(code for code, _ in on_policy) == {"self": 1, "spouse": 1, "child": 2}
    assert {"dana", "juniper"} <= {account.username for account in everyone()}


def test_all_kinds_of_claims_are_told() -> None:
    kinds = Counter(kind(claim) for claim in claims())
    assert set(kinds) == {"professional", "pharmacy", "outpatient", "inpatient", "oral", "vision"}
    assert {kind(claim) for claim in claims(WALTER)} >= {"professional", "pharmacy", "outpatient", "oral"}


def test_each_year_of_a_story_has_claims_and_this_year_too() -> None:
    for number in (DANA, JUNIPER, HAROLD, MARISOL, LEONA, GIDEON, OTIS):
        years = {claim["billablePeriod"]["start"][:4] for claim in claims(number)}
        assert years == {"2024", "2025", "2026"}
    assert claims(NADIA) == []


def test_the_chronic_illness_has_monthly_fills_and_quarterly_tests() -> None:
    fills = [claim for claim in claims(HAROLD) if kind(claim) == "pharmacy" and claim["created"] >= "2026"]
    drugs = Counter(fill["item"][0]["productOrService"]["coding"][0]["display"].split()[0] for fill in fills)
    assert drugs == {"Metformin": 11, "Lisinopril": 11, "Atorvastatin": 11}
    tests = [
        claim
        for claim in claims(HAROLD)
        if claim["provider"]["display"] == "Plumbline Laboratory" and claim["created"] >= "2026"
    ]
    assert len(tests) == 4


def test_the_hospital_claim_is_reversed_and_its_replacement_points_back() -> None:
    reversed_, replacement = [claim for claim in claims(MARISOL) if kind(claim) == "inpatient"]
    assert (reversed_["status"], replacement["status"]) == ("cancelled", "active")
    assert _related(reversed_) == ("replacedby", replacement["identifier"][0]["value"])
    assert _related(replacement) == ("prior", reversed_["identifier"][0]["value"])
    before, after = amounts(reversed_["total"]), amounts(replacement["total"])
    assert before["memberliability"] > after["memberliability"]
    assert before["submitted"] == after["submitted"]
    info = {entry["category"]["coding"][0]["code"] for entry in replacement["supportingInfo"]}
    assert {"admissionperiod", "drg", "typeofbill", "discharge-status", "clmrecvddate"} <= info


def test_the_denied_scan_is_partly_paid_after_the_appeal() -> None:
    denied, appealed = [
        claim for claim in claims(GIDEON) if "related" in claim and claim["status"] == "active"
    ]
    assert denied["payment"]["type"]["coding"][0]["code"] == "denied"
    assert amounts(denied["total"])["memberliability"] == amounts(denied["total"])["submitted"]
    assert {code["code"] for code in denied["item"][0]["adjudication"][-1]["reason"]["coding"]} == {
        "PR",
        "197",
    }
    assert denied["item"][0]["noteNumber"] == [denied["processNote"][0]["number"]]
    assert appealed["payment"]["type"]["coding"][0]["code"] == "partiallypaid"
    assert _related(appealed) == ("prior", denied["identifier"][0]["value"])


def test_the_crown_runs_into_the_dental_maximum_and_the_glasses_into_the_allowance() -> None:
    over = [claim for claim in claims(LEONA) if amounts(claim["total"])["noncovered"]]
    assert {kind(claim) for claim in over} == {"oral", "vision"}
    assert all(claim["processNote"][0]["text"].startswith("You have reached") for claim in over)


def test_a_paid_visit_is_voided_another_cancelled_and_one_entered_in_error() -> None:
    """Published data has none of them (facts 1.8, 5.2)."""
    void = next(claim for claim in claims(HAROLD) if claim["id"] in voids() and "related" in claim)
    paid = next(claim for claim in claims(HAROLD) if claim["identifier"][0]["value"] == _related(void)[1])
    assert amounts(paid["total"])["benefit"] > 0
    assert paid["created"] < void["created"]
    (cancelled,) = [claim for claim in claims(GIDEON) if claim["status"] == "cancelled"]
    assert "related" not in cancelled
    (mistake,) = [claim for claim in claims(GIDEON) if claim["status"] == "entered-in-error"]
    assert _related(mistake)[0] == "prior"


def test_an_approval_is_partly_used_and_a_refusal_says_why() -> None:
    assert sum(answer["use"] == "predetermination" for answer in answers()) == 1
    refused, approved = [answer for answer in answers() if answer["use"] == "preauthorization"]
    assert refused["disposition"].startswith("First try")
    (total,) = approved["total"]
    assert total["extension"][0]["valueQuantity"]["value"] == 2
    assert approved["item"][0]["quantity"]["value"] == 3
    assert approved["preAuthRefPeriod"][0]["end"] == "2026-12-31"


def test_out_of_network_care_is_paid_to_the_parent() -> None:
    (trip,) = [
        claim for claim in claims(JUNIPER) if claim["payee"]["type"]["coding"][0]["code"] == "subscriber"
    ]
    assert trip["payee"]["party"]["reference"].startswith("RelatedPerson/")
    total = amounts(trip["total"])
    assert total["paidtopatient"] == total["benefit"] > 0
    assert total["discount"] == 0 < total["noncovered"]


def test_a_plan_without_amounts_shares_none_at_all() -> None:
    made = claims(OTIS)
    assert len(made) > 20
    for claim in made:
        assert claim["meta"]["profile"][0].endswith("-Basis|2.2.0")
        assert not [path for path, _ in walk(claim) if "amount" in path or path in ("total", "payment")]


def test_fhirclient_accepts_the_shapes() -> None:
    models = {
        "ExplanationOfBenefit": explanationofbenefit.ExplanationOfBenefit,
        "Coverage": coverage.Coverage,
        "Patient": patient.Patient,
    }
    few = [resource for resource in everything() if WALTER not in str(resource.get("patient"))]
    for resource in few:
        if model := models.get(resource["resourceType"]):
            model(json.loads(to_json(resource)), strict=True)


def test_amounts_are_written_digit_for_digit() -> None:
    text = to_json({"value": Decimal("480.00"), "name": 'a "quoted" é', "more": [Decimal("-0.10"), 3]})
    assert text == '{"value":480.00,"name":"a \\"quoted\\" \\u00e9","more":[-0.10,3]}'
    assert json.loads(text, parse_float=Decimal)["value"] == Decimal("480.00")


@pytest.mark.parametrize(("wrong", "error"), [(Decimal("NaN"), ValueError), ({1, 2}, TypeError)])
def test_what_is_no_json_is_refused(wrong: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        to_json({"value": wrong})


def _related(eob: dict) -> tuple[str, str]:
    (related,) = eob["related"]
    return related["relationship"]["coding"][0]["code"], related["reference"]["value"]
