"""People and places that others refer to: mirrored and named, in no book."""

from typing import Any

from apps.plain_language.language import said
from apps.records.kinds import Kind
from config.fhir_types import FhirType, Purpose

_CARIN_BB = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-"
_NAMES = Purpose(
    said("Names of doctors, clinics, pharmacies and the plan, where a claim refers to them"),
    said("To write the clinic's name instead of a number."),
)
_SUBSCRIBER = Purpose(
    said("The subscriber, if you are covered through someone else"), said("To say whose plan covers you.")
)


def _named(name: str, purpose: Purpose = _NAMES, *, has_profile: bool = True, **more: Any) -> FhirType:
    profiles = (f"{_CARIN_BB}{name}",) if has_profile else ()
    return FhirType(name=name, role="names", purpose=purpose, profiles=profiles, is_checked=True, **more)


PLACES = Kind(
    name="place",
    types=(
        FhirType(
            name="Patient",
            role="person",
            purpose=Purpose(
                said("Who you are to the plan: your own record there, with name, birth date and address"),
                said("To find your own records at the plan and to show whose they are."),
            ),
            granted=said("Name, address and date of birth"),
            part=said("Your details"),
            shown=said("Person these records are about"),
            searches="_id birthdate family gender given identifier name"
            " birthdate+family family+gender birthdate+name gender+name",
            profiles=(f"{_CARIN_BB}Patient",),
            is_checked=True,
        ),
        _named("Organization", has_contacts=True, shown=said("Organization"), searches="_id name address"),
        _named("Practitioner", shown=said("Doctor or other provider"), searches="_id name identifier"),
        _named("PractitionerRole", has_profile=False, shown=said("Where a provider works")),
        _named("Location", has_profile=False, shown=said("Place")),
        _named("RelatedPerson", _SUBSCRIBER, shown=said("Related person"), searches="_id"),
    ),
    words=(said("person or place"), said("people and places")),
    is_news=False,
)
