"""The demo payer's resources on one fixed day, made once for all tests of the people."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from apps.demo_payer.people import resources

DAY = date(2026, 11, 25)


@cache
def everything() -> tuple[dict[str, Any], ...]:
    """Return all resources of `DAY`."""
    return tuple(resources(DAY))


CLAIM_SIDE = frozenset(
    {
        *("Patient", "Coverage", "ExplanationOfBenefit", "Organization", "Practitioner", "PractitionerRole"),
        *("Location", "RelatedPerson"),
    }
)


def clinical(kind: str = "") -> list[dict[str, Any]]:
    """Return every clinical record, of one type or of all."""
    records = [resource for resource in everything() if resource["resourceType"] not in CLAIM_SIDE]
    return [record for record in records if kind in ("", record["resourceType"])]


def answers() -> list[dict[str, Any]]:
    """Return every ExplanationOfBenefit, prior authorisations and estimates included."""
    return [resource for resource in everything() if resource["resourceType"] == "ExplanationOfBenefit"]


def claims(number: str = "") -> list[dict[str, Any]]:
    """Return every real claim, of one member number or of all."""
    ref = f"Patient/patient-{number}" if number else ""
    return [
        answer
        for answer in answers()
        if answer["use"] == "claim" and (not ref or answer["patient"]["reference"] == ref)
    ]


ENOUGH = 200
"""So many claims of Walter's two thousand, his newest, take every way through our reading and telling."""


@cache
def different_claims() -> tuple[dict[str, Any], ...]:
    """Return every real claim of all members, of Walter's the newest."""
    walters = claims("70460001")
    others = (claim for claim in claims() if claim["patient"] != walters[0]["patient"])
    return (*others, *sorted(walters, key=lambda claim: str(claim["created"]))[-ENOUGH:])


@cache
def voids() -> set[str]:
    """Return the ids of the claims that void another, and of those they void."""
    by_number = {claim["identifier"][0]["value"]: claim["id"] for claim in claims()}
    void = [
        claim
        for claim in claims()
        for info in claim["supportingInfo"]
        if info["category"]["coding"][0]["code"] == "typeofbill"
        and info["code"]["coding"][0]["code"].endswith("8")
    ]
    return {claim["id"] for claim in void} | {
        by_number[claim["related"][0]["reference"]["value"]] for claim in void
    }


def kind(eob: dict[str, Any]) -> str:
    """Return what the claim says it is: inpatient and outpatient for institutional ones."""
    part = eob.get("subType", eob["type"])
    return str(part["coding"][0]["code"])


def amounts(entries: list[dict[str, Any]]) -> dict[str, Decimal]:
    """Return code -> amount of a list of totals or adjudications; a code never comes twice."""
    by_code: dict[str, Decimal] = {}
    for entry in entries:
        if "amount" in entry:
            code = entry["category"]["coding"][0]["code"]
            assert code not in by_code
            by_code[code] = entry["amount"]["value"]
    return by_code


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (path, value) of every element, lists flattened: `item.adjudication.amount`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            below = f"{path}.{key}" if path else key
            yield below, inner
            yield from walk(inner, below)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner, path)


def codings(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (path, coding) of every Coding."""
    for path, element in walk(value):
        for coding in codings_in(element):
            yield path, coding


def codings_in(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the Coding that a value is, or those of a list, not what stands below."""
    for coding in value if isinstance(value, list) else [value]:
        if isinstance(coding, dict) and "system" in coding and isinstance(coding.get("code"), str):
            yield coding
