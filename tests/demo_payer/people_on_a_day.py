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
    records = [each for each in everything() if each["resourceType"] not in CLAIM_SIDE]
    return [each for each in records if kind in ("", each["resourceType"])]


def answers() -> list[dict[str, Any]]:
    """Return every ExplanationOfBenefit, prior authorisations and estimates included."""
    return [each for each in everything() if each["resourceType"] == "ExplanationOfBenefit"]


def claims(number: str = "") -> list[dict[str, Any]]:
    """Return every real claim, of one member number or of all."""
    ref = f"Patient/patient-{number}" if number else ""
    return [
        each
        for each in answers()
        if each["use"] == "claim" and (not ref or each["patient"]["reference"] == ref)
    ]


def voids() -> set[str]:
    """Return the ids of the claims that void another, and of those they void."""
    by_number = {each["identifier"][0]["value"]: each["id"] for each in claims()}
    void = [
        each
        for each in claims()
        for info in each["supportingInfo"]
        if info["category"]["coding"][0]["code"] == "typeofbill"
        and info["code"]["coding"][0]["code"].endswith("8")
    ]
    return {each["id"] for each in void} | {
        by_number[each["related"][0]["reference"]["value"]] for each in void
    }


def kind(eob: dict[str, Any]) -> str:
    """Return what the claim says it is: inpatient and outpatient for institutional ones."""
    part = eob.get("subType", eob["type"])
    return str(part["coding"][0]["code"])


def amounts(entries: list[dict[str, Any]]) -> dict[str, Decimal]:
    """Return code -> amount of a list of totals or adjudications; a code never comes twice."""
    found: dict[str, Decimal] = {}
    for entry in entries:
        if "amount" in entry:
            code = entry["category"]["coding"][0]["code"]
            assert code not in found
            found[code] = entry["amount"]["value"]
    return found


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
    for path, found in walk(value):
        for coding in codings_in(found):
            yield path, coding


def codings_in(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the Coding that a value is, or those of a list, not what stands below."""
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict) and "system" in each and isinstance(each.get("code"), str):
            yield each
