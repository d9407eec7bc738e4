"""Who took part and who they are: names from references, contained records and displays (facts claims 9)."""

import re
from collections.abc import Iterator, Mapping

from apps.claims.reading.shapes import Contained, Explanation
from apps.claims.records import CareMember
from apps.fhir import values
from apps.fhir.values import Reference

READ_FOR_NAMES = frozenset({"Organization", "Practitioner", "PractitionerRole", "Location", "RelatedPerson"})
_TEN_DIGITS = re.compile(r"\d{10}", re.ASCII)
_UNNAMED = frozenset({"", "not-applicable", "unknown"})


def with_contained(claim: Explanation, names: Mapping[str, str]) -> Mapping[str, str]:
    """Return *names* extended by the claim's own contained records under `#id`."""
    inside = {f"#{one.id}": one for one in claim.contained if one.id}
    found: dict[str, str] = {}
    for key, one in inside.items():
        name = _contained_name(one, inside, names)
        if name:
            found[key] = name
    return {**names, **found} if found else names


def _contained_name(one: Contained, inside: Mapping[str, Contained], names: Mapping[str, str]) -> str | None:
    """Return the name of a contained record; a role is named by its practitioner, else its organization."""
    own = values.human_name(one.name) or _npi(one)
    if own or one.resource_type != "PractitionerRole":
        return own
    for reference in (one.practitioner, one.organization):
        target = values.target(reference.reference) if reference else None
        within = inside.get(target or "")
        name = (values.human_name(within.name) if within else None) or values.known_name(reference, names)
        if name:
            return name
    return None


def _npi(one: Contained) -> str | None:
    npis = (i.value for i in one.identifier if "npi" in (i.system or "").lower() and i.value)
    return next((f"NPI {values.clean(value, 40)}" for value in npis), None)


def provider_npi(claim: Explanation) -> str | None:
    """Return the provider's NPI, where the reference or the contained record has it: ten digits."""
    if claim.provider is None:
        return None
    identifiers = [claim.provider.identifier] if claim.provider.identifier else []
    inside = (one for one in claim.contained if one.id and claim.provider.reference == f"#{one.id}")
    identifiers += [identifier for one in inside for identifier in one.identifier]
    for one in identifiers:
        kinds = [one.system or "", *values.codes(one.type)]
        if (
            one.value
            and _TEN_DIGITS.fullmatch(one.value.strip())
            and any("npi" in kind.lower() for kind in kinds)
        ):
            return one.value.strip()
    return None


def patient_number(claim: Explanation) -> str | None:
    """Return the number of the person treated, where no record is referred to."""
    patient = claim.patient
    if patient is None or values.relative(patient.reference) or patient.identifier is None:
        return None
    return values.clean(patient.identifier.value, 100)


def care_team(claim: Explanation, names: Mapping[str, str]) -> tuple[CareMember, ...]:
    """Return each participant once: Blue Button repeats them for every line."""
    team: dict[tuple[str | None, str | None], CareMember] = {}
    for one in claim.care_team:
        role = next(
            (code.lower() for code in values.codes(one.role) if "carin" in _systems(one.role, code)), None
        )
        role = role or next((code.lower() for code in values.codes(one.role)), None)
        name = values.known_name(one.provider, names)
        skill = values.words(one.qualification)
        if name or skill:
            known = CareMember(role, name, None if (skill or "").lower() in _UNNAMED else skill)
            team.setdefault((role, name), known)
    return tuple(team.values())


def _systems(concept: values.Concept | None, code: str) -> str:
    found = [one.system or "" for one in concept.coding if one.code == code] if concept else []
    return " ".join(found).lower()


def payer(claim: Explanation, names: Mapping[str, str]) -> str | None:
    """Return the plan's name; None when the claim only says "Medicare" where a reference belongs."""
    name = values.known_name(claim.insurer, names)
    identifier = claim.insurer.identifier if claim.insurer else None
    if name is None and identifier and identifier.value == "CMS":
        return "Medicare"
    return name


def coverage(claim: Explanation, names: Mapping[str, str]) -> str | None:
    """Return how the claim names the coverage: "Part B"."""
    shown = (values.known_name(one.coverage, names) for one in claim.insurance)
    return next((name for name in shown if name), None)


def references(claim: Explanation) -> frozenset[str]:
    """Return the records a claim gets names from, as `Type/id` or absolute URL, without version."""
    found = (values.target(one.reference) for one in _references(claim) if one is not None)
    named = {one for one in found if one and values.resource_type(one) in READ_FOR_NAMES}
    # The person treated is never asked for by the claim: their name is known, or not for us to read.
    patient = values.target(claim.patient.reference) if claim.patient else None
    return frozenset(named | ({patient} if patient and values.resource_type(patient) == "Patient" else set()))


def _references(claim: Explanation) -> Iterator[Reference | None]:
    yield from (claim.provider, claim.insurer, claim.facility)
    if claim.payee:
        yield claim.payee.party
    for member in claim.care_team:
        yield member.provider
    for line in claim.item:
        yield line.location_reference
    for info in claim.supporting_info:
        yield info.value_reference
    for one in claim.contained:
        yield from (one.practitioner, one.organization)
