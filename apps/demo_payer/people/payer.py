"""The insurer and the invented people and places that bill it, as FHIR resources."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from apps.demo_payer.people.cast import PAYER_ID, PAYER_NAME
from apps.demo_payer.people.coding import (
    IDENTIFIER_TYPE,
    NPI,
    TAXONOMY,
    THO,
    V2_0203,
    Json,
    coding,
    concept,
    meta,
    ref,
)

_CHANGED_ON = date(2024, 1, 2)


def npi(number: int) -> str:
    """An NPI with a valid check digit (CMS: Luhn over 80840 + number) that begins with 9.

    Real NPIs begin with 1 or 2, so these can never be a real provider's.
    """
    body = f"9{number:08d}"
    total = 0
    for place, digit in enumerate(reversed(f"80840{body}")):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return f"{body}{-total % 10}"


@dataclass(frozen=True, slots=True)
class Organization:
    """A provider that bills: a clinic, hospital, laboratory or pharmacy."""

    id: str
    name: str
    number: int
    street: str
    town: str
    postal_code: str
    phone: str
    place: str = "11"  # CMS place of service of what happens here

    def reference(self) -> Json:
        """A reference with the name as display."""
        return ref("Organization", self.id, self.name)


@dataclass(frozen=True, slots=True)
class Practitioner:
    """A clinician; `taxonomy` is a NUCC code (numbers only, the texts are licensed), `words` are ours."""

    id: str
    prefix: str
    given: str
    family: str
    number: int
    taxonomy: str
    words: str
    works_at: Organization

    @property
    def name(self) -> str:
        """As it stands on a bill."""
        return f"{self.prefix} {self.given} {self.family}".strip()

    def reference(self) -> Json:
        """A reference with the name as display."""
        return ref("Practitioner", self.id, self.name)

    def role_reference(self) -> Json:
        """A reference to this clinician's PractitionerRole."""
        return ref("PractitionerRole", f"{self.id}-role", self.name)


def _org(  # noqa: PLR0917 - one row of a table
    key: str, name: str, number: int, home: tuple[str, str, str], phone: int, place: str
) -> Organization:
    return Organization(key, name, number, *home, f"555-555-0{phone}", place)


_HARBOR = ("100 Quayside Way", "Gullhaven", "97001")
_ELLERY = ("12 Capstan Street", "Port Ellery", "97002")
_MEADOW = ("77 Salt Road", "Saltmeadow", "97003")

FAMILY_CLINIC = _org("gullhaven-family", "Gullhaven Family Medicine", 101, _HARBOR, 110, "11")
CHILDRENS = _org("tern-pediatrics", "Little Tern Pediatrics", 102, _HARBOR, 111, "11")
INTERNAL = _org("port-ellery-internal", "Port Ellery Internal Medicine", 103, _ELLERY, 112, "11")
ENDOCRINE = _org("northmole-endocrinology", "Northmole Endocrinology", 104, _ELLERY, 113, "11")
HEART = _org("breakwater-heart", "Breakwater Heart Group", 105, _HARBOR, 114, "11")
SPINE = _org("keelson-spine", "Keelson Spine and Pain", 106, _ELLERY, 115, "11")
ARTHRITIS = _org("saltmeadow-rheumatology", "Saltmeadow Rheumatology", 107, _MEADOW, 116, "11")
THERAPY = _org("driftline-therapy", "Driftline Physical Therapy", 108, _MEADOW, 117, "11")
COUNSEL = _org("quiet-harbor", "Quiet Harbor Counseling", 109, _MEADOW, 118, "11")
URGENT = _org("rapid-tide", "Rapid Tide Urgent Care", 110, _HARBOR, 119, "20")
LAB = _org("plumbline-lab", "Plumbline Laboratory", 111, _ELLERY, 120, "81")
IMAGING = _org("clearwater-imaging", "Clearwater Imaging", 112, _HARBOR, 121, "11")
HOSPITAL = _org("st-brannoc", "St. Brannoc Hospital", 113, _HARBOR, 122, "21")
EMERGENCY_GROUP = _org("harbor-emergency", "Harbor Emergency Physicians", 114, _HARBOR, 123, "23")
AMBULANCE_CREW = _org("coastline-ambulance", "Coastline Ambulance", 115, _HARBOR, 124, "41")
PHARMACY = _org("lantern-pharmacy", "Lantern Pharmacy", 116, _HARBOR, 125, "01")
ELLERY_PHARMACY = _org("capstan-drugs", "Capstan Drugs", 117, _ELLERY, 126, "01")
DENTISTS = _org("bright-cove-dental", "Bright Cove Dental", 118, _MEADOW, 127, "11")
OPTICIANS = _org("spyglass-vision", "Spyglass Vision Center", 119, _MEADOW, 128, "11")
EYES = _org("lighthouse-eye", "Lighthouse Eye Physicians", 120, _ELLERY, 129, "11")
# Far from home and without a contract with Harborlight.
SNOWLINE = _org(
    "snowline-clinic", "Snowline Mountain Clinic", 121, ("8 Ridge Road", "High Larch", "97099"), 130, "20"
)

ORGANIZATIONS = (
    FAMILY_CLINIC, CHILDRENS, INTERNAL, ENDOCRINE, HEART, SPINE, ARTHRITIS, THERAPY, COUNSEL, URGENT, LAB,
    IMAGING,
    HOSPITAL, EMERGENCY_GROUP, AMBULANCE_CREW, PHARMACY, ELLERY_PHARMACY, DENTISTS, OPTICIANS, EYES, SNOWLINE,
)  # fmt: skip


def _doctor(  # noqa: PLR0917 - one row of a table
    name: str, number: int, taxonomy: str, words: str, works_at: Organization, prefix: str = "Dr."
) -> Practitioner:
    first_name, family = name.split()
    return Practitioner(
        f"{first_name}-{family}".lower(), prefix, first_name, family, number, taxonomy, words, works_at
    )


OSTERGAARD = _doctor("Imelda Ostergaard", 201, "207Q00000X", "Family medicine", FAMILY_CLINIC)
PELLIGRINO = _doctor("Bastien Pelligrino", 202, "208000000X", "Pediatrics", CHILDRENS)
NAKASHIMA = _doctor("Ruth Nakashima", 203, "207R00000X", "Internal medicine", INTERNAL)
VALLARTA = _doctor("Corin Vallarta", 204, "207RE0101X", "Endocrinology", ENDOCRINE)
HALVORSEN = _doctor("Signe Halvorsen", 205, "207RC0000X", "Cardiology", HEART)
TREMBLETT = _doctor("Abel Tremblett", 206, "208100000X", "Physical medicine", SPINE)
ABIODUN = _doctor("Folasade Abiodun", 207, "207RR0500X", "Rheumatology", ARTHRITIS)
QUILL = _doctor("Jonas Quill", 208, "225100000X", "Physical therapy", THERAPY, "")
DEWITT = _doctor("Marguerite Dewitt", 209, "1041C0700X", "Clinical social work", COUNSEL, "")
SORENSON = _doctor("Kit Sorenson", 210, "363LF0000X", "Nurse practitioner", URGENT, "")
LINDGREN = _doctor("Petra Lindgren", 211, "2085R0202X", "Radiology", IMAGING)
ARAGON = _doctor("Luis Aragon", 212, "207P00000X", "Emergency medicine", EMERGENCY_GROUP)
CASTELLANE = _doctor("Odette Castellane", 213, "1223G0001X", "Dentistry", DENTISTS)
WINTERBOURNE = _doctor("Hugh Winterbourne", 214, "152W00000X", "Optometry", OPTICIANS)
MORIARTY = _doctor("Deirdre Moriarty", 215, "207W00000X", "Eye medicine", EYES)
FROST = _doctor("Ansel Frost", 216, "207Q00000X", "Family medicine", SNOWLINE)

PRACTITIONERS = (
    OSTERGAARD, PELLIGRINO, NAKASHIMA, VALLARTA, HALVORSEN, TREMBLETT, ABIODUN, QUILL, DEWITT, SORENSON,
    LINDGREN,
    ARAGON, CASTELLANE, WINTERBOURNE, MORIARTY, FROST,
)  # fmt: skip


def _npi_identifier(number: int) -> Json:
    return {
        "type": {"coding": [coding(V2_0203, "NPI", "National provider identifier")]},
        "system": NPI,
        "value": npi(number),
    }


def _address(of: Organization) -> Json:
    return {
        "line": [of.street],
        "city": of.town,
        "state": "OR",
        "postalCode": of.postal_code,
        "country": "USA",
    }


def _insurer() -> Json:
    return {
        "resourceType": "Organization",
        "id": PAYER_ID,
        "meta": meta("Organization", _CHANGED_ON),
        "identifier": [
            {"type": {"coding": [coding(IDENTIFIER_TYPE, "payerid", "Payer ID")]}, "value": "HLDEMO"},
        ],
        "active": True,
        "type": [concept(f"{THO}organization-type", "pay", "Payer", text="Health plan")],
        "name": PAYER_NAME,
        "telecom": [{"system": "phone", "value": "555-555-0100", "use": "work"}],
        "address": [
            {"line": ["1 Harborlight Plaza"], "city": "Gullhaven", "state": "OR", "postalCode": "97001"}
        ],
    }


def _organization(of: Organization) -> Json:
    return {
        "resourceType": "Organization",
        "id": of.id,
        "meta": meta("Organization", _CHANGED_ON),
        "identifier": [_npi_identifier(of.number)],
        "active": True,
        "type": [concept(f"{THO}organization-type", "prov", "Healthcare Provider")],
        "name": of.name,
        "telecom": [{"system": "phone", "value": of.phone, "use": "work"}],
        "address": [_address(of)],
    }


def _location(of: Organization) -> Json:
    return {
        "resourceType": "Location",
        "id": f"{of.id}-site",
        "meta": meta("", _CHANGED_ON),
        "status": "active",
        "name": of.name,
        "telecom": [{"system": "phone", "value": of.phone, "use": "work"}],
        "address": _address(of),
        "managingOrganization": of.reference(),
    }


def _practitioner(who: Practitioner) -> Json:
    name: Json = {"family": who.family, "given": [who.given]}
    if who.prefix:
        name["prefix"] = [who.prefix]
    return {
        "resourceType": "Practitioner",
        "id": who.id,
        "meta": meta("Practitioner", _CHANGED_ON),
        "identifier": [_npi_identifier(who.number)],
        "active": True,
        "name": [name],
    }


def _role(who: Practitioner) -> Json:
    return {
        "resourceType": "PractitionerRole",
        "id": f"{who.id}-role",
        "meta": meta("", _CHANGED_ON),
        "active": True,
        "practitioner": who.reference(),
        "organization": who.works_at.reference(),
        "specialty": [concept(TAXONOMY, who.taxonomy, text=who.words)],
        "location": [ref("Location", f"{who.works_at.id}-site", who.works_at.name)],
    }


def resources() -> Iterator[Json]:
    """The insurer, every provider organisation with its Location, every clinician with a PractitionerRole."""
    yield _insurer()
    for organization in ORGANIZATIONS:
        yield _organization(organization)
        yield _location(organization)
    for practitioner in PRACTITIONERS:
        yield _practitioner(practitioner)
        yield _role(practitioner)
