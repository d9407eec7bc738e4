"""Who the invented members are: nobody here exists, and the towns are made up."""

from dataclasses import dataclass
from datetime import date

from apps.demo_payer.people.coding import (
    IDENTIFIER_TYPE,
    OWN,
    THO,
    V2_0203,
    Json,
    coding,
    meta,
    ref,
)

PAYER_ID = "harborlight"
PAYER_NAME = "Harborlight Health"


@dataclass(frozen=True, slots=True)
class Member:
    """One insured person. `number` is the policy's number and a two-digit suffix, as on a member card.

    Who has a `username` can sign in; `story` is the sentence beside it.
    """

    number: str
    given: str
    family: str
    gender: str
    born_on: date
    street: str
    town: str
    state: str
    postal_code: str
    phone: str
    username: str = ""
    story: str = ""

    @property
    def patient_id(self) -> str:
        """The id of this member's Patient resource."""
        return f"patient-{self.number}"

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}"

    @property
    def suffix(self) -> str:
        """The dependant number: 01 is the subscriber."""
        return self.number[-2:]

    @property
    def address(self) -> Json:
        """The home as a FHIR Address."""
        return {
            "type": "physical",
            "line": [self.street],
            "city": self.town,
            "state": self.state,
            "postalCode": self.postal_code,
        }

    def patient(self, changed_on: date) -> Json:
        """The Patient resource (C4BB-Patient)."""
        return {
            "resourceType": "Patient",
            "id": self.patient_id,
            "meta": meta("Patient", changed_on),
            "language": "en-US",
            "identifier": [
                {
                    "type": {"coding": [coding(V2_0203, "MB", "Member Number")]},
                    "system": f"{OWN}member",
                    "value": self.number,
                    "assigner": ref("Organization", PAYER_ID, PAYER_NAME),
                },
                {
                    "type": {"coding": [coding(IDENTIFIER_TYPE, "um", "Unique Member ID")]},
                    "system": f"{OWN}unique-member",
                    "value": f"U{self.number}",
                },
            ],
            "active": True,
            "name": [{"family": self.family, "given": [self.given]}],
            "telecom": [
                {"system": "phone", "value": self.phone, "use": "home", "rank": 1},
                {
                    "system": "email",
                    "value": f"{self.given}.{self.family}@mail.example".lower().replace("'", ""),
                    "rank": 2,
                },
            ],
            "gender": self.gender,
            "birthDate": self.born_on.isoformat(),
            "address": [self.address],
            "maritalStatus": {"coding": [coding(f"{THO}v3-NullFlavor", "UNK", "unknown")]},
            "communication": [
                {
                    "language": {"coding": [coding("urn:ietf:bcp:47", "en")], "text": "English"},
                    "preferred": True,
                }
            ],
            "managingOrganization": ref("Organization", PAYER_ID, PAYER_NAME),
        }


def _at_home(street: str, town: str, postal_code: str, phone: str) -> tuple[str, str, str, str, str]:
    return (street, town, "OR", postal_code, phone)


_MARLOW_HOME = _at_home("14 Lantern Row", "Gullhaven", "97001", "555-555-0101")

DANA = Member(
    "70410001", "Dana", "Marlow", "female", date(1984, 3, 9), *_MARLOW_HOME,
    username="dana", story="Check-ups and a video visit. Her husband and children sign in themselves.",
)  # fmt: skip
THEO = Member(
    "70410002", "Theo", "Marlow", "male", date(1982, 11, 21), *_MARLOW_HOME,
    username="theo", story="Dana's husband, also insured through his own work.",
)  # fmt: skip
SILAS = Member(
    "70410003", "Silas", "Marlow", "male", date(2012, 6, 2), *_MARLOW_HOME,
    username="silas", story="Dana's son: a hurt knee, and counseling, which stays folded at his age.",
)  # fmt: skip
JUNIPER = Member(
    "70410004", "Juniper", "Marlow", "female", date(2017, 8, 14), *_MARLOW_HOME,
    username="juniper", story="Dana's daughter: asthma, and a wrist broken on holiday out of network.",
)  # fmt: skip
HAROLD = Member(
    "70420001", "Harold", "Benning", "male", date(1967, 1, 30),
    *_at_home("220 Cooper's Slip", "Port Ellery", "97002", "555-555-0102"),
    username="harold", story="Type 2 diabetes and high blood pressure: refills, lab tests and specialists.",
)  # fmt: skip
MARISOL = Member(
    "70430001", "Marisol", "Quintero", "female", date(1971, 9, 17),
    *_at_home("9 Breakwater Lane", "Gullhaven", "97001", "555-555-0103"),
    username="marisol", story="A heart attack, a hospital stay and a claim that was reversed and done again.",
)  # fmt: skip
LEONA = Member(
    "70440001", "Leona", "Pruitt", "female", date(1989, 12, 5),
    *_at_home("61 Tidewater Court", "Saltmeadow", "97003", "555-555-0104"),
    username="leona", story="Dental and vision: cleanings, a crown past the yearly limit, new glasses.",
)  # fmt: skip
GIDEON = Member(
    "70450001", "Gideon", "Achterberg", "male", date(1978, 4, 26),
    *_at_home("3 Ropewalk Yard", "Port Ellery", "97002", "555-555-0105"),
    username="gideon", story="Back pain: a scan denied, an appeal half won, a treatment approved in advance.",
)  # fmt: skip
WALTER = Member(
    "70460001", "Walter", "Oyelaran", "male", date(1964, 7, 8),
    *_at_home("48 Signal Hill", "Saltmeadow", "97003", "555-555-0106"),
    username="walter", story="Ten years with rheumatoid arthritis: two thousand claims of every kind.",
)  # fmt: skip
OTIS = Member(
    "70470001", "Otis", "Fairweather", "male", date(1995, 2, 11),
    *_at_home("17 Net Loft Street", "Gullhaven", "97001", "555-555-0107"),
    username="otis", story="A plan that shares visits and prescriptions without any amounts.",
)  # fmt: skip
NADIA = Member(
    "70480001", "Nadia", "Brandt", "female", date(1999, 10, 3),
    *_at_home("5 Ferry Stairs", "Port Ellery", "97002", "555-555-0108"),
    username="nadia", story="Joined this month: covered, and no claims yet.",
)  # fmt: skip

MEMBERS = (DANA, THEO, SILAS, JUNIPER, HAROLD, MARISOL, LEONA, GIDEON, WALTER, OTIS, NADIA)


def everyone() -> tuple[Member, ...]:
    """Everybody who can sign in, in the order of the sign-in page."""
    return tuple(member for member in MEMBERS if member.username)
