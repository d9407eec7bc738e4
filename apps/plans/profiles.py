"""Ways payers' servers want to be spoken to, as named profiles; pure data (facts: docs/payers.md).

A plan names a profile and overrides single quirks on its row.
"""

from dataclasses import dataclass, replace
from typing import Final

from apps.plain_language.language import said
from apps.plans.quirks import Quirks

STANDARD: Final = "standard"


@dataclass(frozen=True)
class Profile:
    """A named set of quirks, with where the knowledge comes from.

    What `is_hearsay` was not said by the server's owner nor read in its own documents: test it first. A host
    with `one_client` registers an app once for all of its payers.
    """

    label: str
    quirks: Quirks
    source: str
    is_hearsay: bool = False
    one_client: bool = False


_BLUE_BUTTON: Final = Quirks(
    # Three types, no wildcard, no offline_access; `profile` opens userinfo, which names the patient.
    scopes=(
        "openid",
        "profile",
        "launch/patient",
        "patient/Patient.read",
        "patient/Coverage.read",
        "patient/ExplanationOfBenefit.read",
    ),
    scope_style="types_v1",
    clinical="never",  # claims, coverage and the person: its own documents
    page_size=50,  # more are refused: 400 "value must be at most 50"
    patient_lookup="userinfo",
    have_ready=(said("Your Medicare.gov user name and password"),),
)
_OFTEN: Final = ("Condition", "Immunization", "MedicationRequest", "Observation", "Procedure")
_ALSO: Final = ("AllergyIntolerance", "CarePlan", "CareTeam", "DocumentReference", "Goal")
PROFILES: Final[dict[str, Profile]] = {
    STANDARD: Profile(
        "Standard (SMART App Launch 2.2)", Quirks(), "https://hl7.org/fhir/smart-app-launch/STU2.2/"
    ),
    "1uphealth": Profile(
        "1upHealth",
        Quirks(
            token_auth="client_secret_post",  # noqa: S106
            scopes=("openid", "launch/patient", "patient/*.read"),
            page_size=100,
            back_link="prior",
            patient_lookup="search",
            revocation="none",
            redirect="own",
            have_ready=(
                said("Your first and last name, spelled as your plan has them"),
                said("Your birth date"),
                said("Your member ID, from your card"),
                said("The e-mail address your plan has on file: it sends a code there"),
            ),
        ),
        "https://docs.1up.health/docs/patient-access/dev-implementation",
        one_client=True,
    ),
    "blue-button": Profile(
        "Medicare Blue Button, versions 1 and 2",
        _BLUE_BUTTON,
        "https://github.com/CMSgov/bluebutton-web-server",
    ),
    "blue-button-v3": Profile(
        "Medicare Blue Button, version 3",
        replace(_BLUE_BUTTON, token_auth="private_key_jwt"),  # noqa: S106
        "https://github.com/CMSgov/bluebutton-web-server",
    ),
    "aetna": Profile(
        "Aetna",
        Quirks(
            scopes=("openid", "fhirUser", "launch/patient", "patient/*.read"),
            scope_style="types_v1",
            clinical_types=(*_OFTEN, *_ALSO, "DiagnosticReport", "Encounter", "MedicationDispense"),
            refresh="none",
            revocation="none",
            have_ready=(
                said("Your Aetna member sign-in"),
                said("A photo ID: Aetna may check who you are before you can go on"),
            ),
        ),
        "https://github.com/api-evangelist/aetna",
    ),
    "elevance": Profile(
        "Elevance Health and Anthem (TotalView)",
        Quirks(
            # It knows offline_access, yet its grant types hold no refresh_token.
            scopes=("openid", "fhirUser", "launch/patient", "patient/*.read"),
            scope_style="v1",
            refresh="none",
            revocation="none",
        ),
        "https://github.com/api-evangelist/elevance-health",
    ),
    "uhc": Profile(
        "UnitedHealthcare (Optum FLEX)",
        Quirks(
            scope_style="types_v1",
            clinical_types=(*_OFTEN, "Encounter", "MedicationDispense"),
            have_ready=(said("Your UnitedHealthcare member sign-in"),),
        ),
        "https://www.uhc.com/legal/interoperability-apis",
    ),
    "humana": Profile(
        "Humana",
        Quirks(
            scopes=("openid", "launch/patient", "patient/*.read", "offline_access"),
            scope_style="types_v1",
            clinical_types=(*_OFTEN, *_ALSO, "List"),  # no visits and no reports
        ),
        "https://github.com/fastenhealth/fasten-sources",
        is_hearsay=True,
    ),
    "cigna": Profile(
        "Cigna",
        Quirks(token_auth="none", scopes=("openid", "fhirUser", "patient/*.read", "offline_access")),  # noqa: S106
        "https://github.com/fastenhealth/fasten-sources",
        is_hearsay=True,
    ),
    "devoted": Profile(
        "Devoted Health",
        Quirks(
            # Its server has no Coverage; a scope it does not know would be one too many (O-28).
            scopes=("openid", "offline_access", "patient/Patient.read", "patient/ExplanationOfBenefit.read"),
            clinical_types=("Condition", "Encounter"),
        ),
        "https://github.com/api-evangelist/devoted-health",
    ),
    "smile-cdr": Profile(
        "Smile CDR (Jefferson Health Plans)",
        Quirks(),  # what is special is where it publishes: openid-configuration and statement only
        "https://github.com/api-evangelist",
    ),
    "bcbs-ma": Profile(
        "Blue Cross Blue Shield of Massachusetts",
        Quirks(token_auth="client_secret_post", scopes=("openid", "patient/*.read"), refresh="none"),  # noqa: S106
        "https://github.com/fastenhealth/fasten-sources",
        is_hearsay=True,
    ),
    "hcsc": Profile(
        "HCSC (Blue Cross plans of IL, MT, NM, OK, TX)",
        Quirks(scopes=(*Quirks.scopes, "hcscinteropscope")),
        "https://github.com/fastenhealth/fasten-sources",
        is_hearsay=True,
    ),
    "flexpa": Profile(
        "Flexpa (several plans behind one sign-in)",
        Quirks(scopes=("launch/patient", "offline_access"), revocation="none"),
        "https://github.com/api-evangelist",
    ),
}


def choices() -> list[tuple[str, str]]:
    """The profiles as a form offers them; a function, so that a new profile needs no migration."""
    return [(name, profile.label) for name, profile in PROFILES.items()]


def profile_named(name: str) -> Profile:
    """The profile of this name; the standard one where nobody knows it any more."""
    return PROFILES.get(name) or PROFILES[STANDARD]
