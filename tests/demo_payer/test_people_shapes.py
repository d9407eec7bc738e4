"""The invented resources' shape against published examples: nothing is different without a reason."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.demo_payer.people_on_a_day import CLAIM_SIDE, codings_in, everything, walk

# Elements our payer sends and the published examples of the same kind do not: path or its beginning -> why.
REASONS = {
    "payment": "C4BB: payment.type, date and amount are must-support; only one professional example has them",
    "payee": "C4BB base profile, must-support for every kind; examples of four kinds have it",
    "processNote": "C4BB: processNote.text is must-support; the R4 core example has it",
    "item.noteNumber": "C4BB: must-support, points at processNote",
    "item.quantity": "C4BB: must-support in every profile; Blue Button sends it on all lines",
    "related": "C4BB: must-support; no public sample has a replaced claim (facts 1.8)",
    "careTeam": "C4BB: pharmacy and oral profiles have a care team; the examples leave it out",
    "careTeam.qualification": "C4BB invariant EOB-careteam-qualification asks for it; outpatient has it",
    "facility": "R4 element; Blue Button sends it on institutional claims (facts 1.23)",
    "preAuthRef": "R4: the number of the authorisation, beside the period the PDex example has",
    "disposition": "R4: the payer's sentence (facts 5.1)",
    "priority": "R4: the PDex example has it; estimates are answered the same way",
    "identifier.type": "C4BB: the unique claim id carries its type; PDex leaves it out (facts 5.2)",
    "costToBeneficiary": "R4: Cigna sends copays as valueMoney (facts 10)",
    "specialty": "R4 PractitionerRole, bound by US Core to NUCC",
    "location": "R4 PractitionerRole",
    "meta": "every resource of our payer says when it was updated",
    "active": "R4: the PractitionerRole example leaves it out",
    "telecom.use": "R4 ContactPoint",
}
# Code systems at a place where the examples use another or none.
SYSTEM_REASONS = {
    "item.adjudication.reason.coding": "C4BB adjustmentreason is bound to X12 CARC; no example has one",
    "item.adjudication.category.coding": "C4BBAdjudication amounts on dental lines, as other kinds have them",
    "item.productOrService.coding": "HCPCS level II and CPT are in the institutional and PDex value sets",
    "supportingInfo.code.coding": "C4BB drg is bound to MS-DRG; the examples have no DRG",
}
# What has no example of its own kind is held against the nearest one.
NEAREST = {"vision": "professional", "predetermination": "oral"}


def _kind(resource: dict[str, Any]) -> str:
    if resource["resourceType"] != "ExplanationOfBenefit":
        return str(resource["resourceType"])
    if resource["use"] != "claim":
        return str(resource["use"])
    part = resource.get("subType", resource["type"])["coding"][0]["code"]
    basis = any("Basis" in profile for profile in resource.get("meta", {}).get("profile", []))
    return f"{part}-Basis" if basis else str(part)


type Shape = tuple[set[str], set[tuple[str, str]]]


def _shapes(resources: Any) -> dict[str, Shape]:
    shapes: dict[str, Shape] = defaultdict(lambda: (set(), set()))
    for resource in resources:
        paths, systems = shapes[_kind(resource)]
        for path, value in walk(resource):
            paths.add(path)
            systems.update((path, coding["system"]) for coding in codings_in(value))
    return shapes


@pytest.fixture(scope="module")
def published(shared: Path) -> dict[str, Shape]:
    """Return what the published examples use, by kind."""
    files = [
        *(shared / "fhir" / "carin-bb-2.2.0").glob("*.json"),
        *(shared / "fhir" / "carin-bb-1.1.0").glob("*.json"),
        *(shared / "fhir" / "us-core-7.0.0").glob("Location-*.json"),
        *(shared / "fhir" / "davinci-pdex").glob("PractitionerRole-*.json"),
        *(shared / "fhir" / "davinci-pdex").glob("ExplanationOfBenefit-*.json"),
    ]
    return _shapes(json.loads(file.read_text()) for file in files)


@pytest.fixture(scope="module")
def ours() -> dict[str, Shape]:
    """Return what our payer sends, by kind."""
    return _shapes(resource for resource in everything() if resource["resourceType"] in CLAIM_SIDE)


def test_every_element_is_in_a_published_example_or_has_a_reason(
    ours: dict[str, Shape], published: dict[str, Shape]
) -> None:
    unexplained = {
        (kind, path)
        for kind in ours
        for path in ours[kind][0] - published[NEAREST.get(kind, kind)][0]
        # Names beside codes and references: 72 % of IG codings go without (facts 1.18).
        if not path.endswith((".display", ".text"))
        and not any(path == known or path.startswith(f"{known}.") for known in REASONS)
    }
    assert unexplained == set()


def test_every_code_system_stands_where_a_published_example_has_it(
    ours: dict[str, Shape], published: dict[str, Shape]
) -> None:
    unexplained = {
        (kind, path, system)
        for kind in ours
        for path, system in ours[kind][1] - published[NEAREST.get(kind, kind)][1]
        # A coding below an element that is explained as a whole needs no second reason.
        if path not in SYSTEM_REASONS and not any(path.startswith(known) for known in REASONS)
    }
    assert unexplained == set()


def test_every_reason_is_still_needed(ours: dict[str, Shape], published: dict[str, Shape]) -> None:
    news = {
        path for kind, (paths, _) in ours.items() for path in paths - published[NEAREST.get(kind, kind)][0]
    }
    assert {known for known in REASONS if not any(path.startswith(known) for path in news)} == set()


def test_profiles_are_the_published_ones(published: dict[str, Shape], shared: Path) -> None:
    known = {
        profile.split("|")[0]
        for folder in ("carin-bb-2.2.0", "davinci-pdex")
        for file in (shared / "fhir" / folder).glob("*.json")
        for profile in json.loads(file.read_text()).get("meta", {}).get("profile", [])
    }
    used = {
        profile.split("|")[0] for resource in everything() for profile in resource["meta"].get("profile", [])
    }
    assert {profile for profile in used if "/us/core/" not in profile} <= known


def test_institutional_and_professional_claims_name_their_network_status() -> None:
    for resource in everything():
        if resource["resourceType"] == "ExplanationOfBenefit" and resource["use"] == "claim":
            header = {entry["category"]["coding"][0]["code"] for entry in resource["adjudication"]}
            assert "billingnetworkstatus" in header
