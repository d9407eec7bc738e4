"""What the first listing says, and the facts about the software that no operator edits."""

from typing import Final, NamedTuple

from django.utils.translation import gettext_noop as said

# One id for every deployment of this software (RFC 7591 section 2, software_id). Never change it.
SOFTWARE_ID: Final = "7f0c2c5e-8a63-4d0e-9d55-6b3b1f6a4c21"
SOFTWARE_VERSION: Final = "0.1.0"
# The default scopes of a plan; a plan that knows other ones gets them from its row in the directory.
SCOPE: Final = "openid fhirUser launch/patient patient/*.read offline_access"
# How we can prove who we are; a plan chooses one, and its row in the directory holds which.
TOKEN_AUTH_METHODS: Final = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")

TAGLINE: Final = said(
    "See in plain words what your health plan covers, what was billed, what it paid and what you owe."
)
DESCRIPTION: Final = said(
    "An open-source app that reads the coverage and claims your health plan already keeps "
    "about you and says them in plain words: what was billed, what your plan's discount took off, what "
    "your plan paid, and what your share is. Every figure shows where it came from, and what your plan "
    "did not share is said to be missing instead of shown as zero. You sign in at your plan's own site, "
    "you see what will be read before you agree, and you can take the permission back at any time: what "
    "was read is then kept or erased, as you choose. No advertising, no trackers, nothing sold or shared."
)
PRIVACY_OFFICER: Final = said("The operator")


class Accessed(NamedTuple):
    """One kind of data: in a member's words, in FHIR's words, and the reason for reading it."""

    what: str
    fhir_types: str
    why: str


ACCESSED: Final = (
    Accessed(
        said(
            "Claims: visits, hospital stays, prescriptions, dental and eye care, "
            "with what was billed and paid"
        ),
        "ExplanationOfBenefit",
        said("They are what the app explains: each claim's figures, dates, services and decision."),
    ),
    Accessed(
        said("Coverage: your plan, member number, dates and cost sharing"),
        "Coverage",
        said("To show the plan as a card and to say which plan a claim belongs to."),
    ),
    Accessed(
        said("Who you are to the plan: name and member record"),
        "Patient",
        said("To find your own records at the plan and to show whose they are."),
    ),
    Accessed(
        said("Names of doctors, clinics, pharmacies and the plan, where a claim refers to them"),
        "Organization, Practitioner, PractitionerRole, Location",
        said("To write the clinic's name instead of a number."),
    ),
    Accessed(
        said("The subscriber, if you are covered through someone else"),
        "RelatedPerson",
        said("To say whose plan covers you."),
    ),
)


class Scope(NamedTuple):
    """One scope and why it is asked for (SMART App Launch 1.0 and 2.2)."""

    name: str
    why: str


SCOPES: Final = (
    Scope(
        "openid fhirUser",
        said("Tells us which person the plan signed in, so that records are never mixed up."),
    ),
    Scope("launch/patient", said("Asks the plan to name the one patient whose records may be read.")),
    Scope(
        "patient/*.read",
        said("Reads, never writes, that one person's records. Plans with finer scopes get finer ones."),
    ),
    Scope(
        "offline_access",
        said("Lets new claims arrive without signing in at the plan each time. Ends on disconnect."),
    ),
)


class Profile(NamedTuple):
    """One resource type we read: profiles we know, and how we ask for it."""

    fhir_type: str
    profiles: str
    interactions: str


PROFILES: Final = (
    Profile(
        "ExplanationOfBenefit",
        "CARIN Blue Button 1.1.0 and 2.2.0: Inpatient and Outpatient Institutional, Professional and "
        "NonClinician, Pharmacy, Oral; the Basis profiles without amounts; CMS Blue Button 2.0",
        said("search by patient"),
    ),
    Profile("Coverage", "C4BB Coverage; base R4", said("search by patient or beneficiary")),
    Profile("Patient", "C4BB Patient; base R4", said("read; search")),
    Profile("Organization", "C4BB Organization; base R4", said("read by reference")),
    Profile("Practitioner", "C4BB Practitioner; base R4", said("read by reference")),
    Profile("PractitionerRole", "base R4", said("read by reference")),
    Profile("Location", "base R4", said("read by reference")),
    Profile("RelatedPerson", "C4BB RelatedPerson; base R4", said("read by reference")),
)
