"""Personalities that differ in how they share clinical records, the claims being as ever."""

from apps.demo_payer.personalities.payers import BY_NAME, NAMES_AND_PLACES
from apps.demo_payer.personalities.shape import Personality

_CLAIMS_AND_NAMES = (
    *("Patient", "Coverage", "ExplanationOfBenefit", "RelatedPerson"),
    *("Organization", "Practitioner", "PractitionerRole", "Location"),
)

CHARTS = (
    Personality(
        "claims-only",
        "Harborlight Ledger",
        "shares no clinical records",
        "Holds claims and coverage only: any other type is answered with 404.",
        is_main=True,
        types=_CLAIMS_AND_NAMES,
    ),
    Personality(
        "needs-category",
        "Harborlight Drawers",
        "wants to be asked drawer by drawer",
        "Refuses a search by patient alone where US Core asks for category, intent or status as well.",
        needs={
            "CarePlan": "category",
            "CareTeam": "status",
            "DiagnosticReport": "category",
            "MedicationRequest": "intent",
            "Observation": "category",
        },
    ),
    Personality(
        "refuses-some",
        "Harborlight Reserved",
        "refuses some of what it was allowed",
        "Grants every scope, and answers some clinical types with 403, some with 404.",
        types=(
            *_CLAIMS_AND_NAMES,
            "Condition",
            "Observation",
            "MedicationRequest",
            "Immunization",
            "Encounter",
        ),
        refused_types=("Observation", "Encounter"),
    ),
    Personality(
        "late-results",
        "Harborlight Patience",
        "sends results later, and corrects them",
        "Keeps a person's newest report back at first; then it is preliminary, final and corrected.",
        late_results=True,
    ),
    Personality(
        "no-clinical-scope",
        "Harborlight Narrow",
        "grants claims, whatever is asked",
        "Leaves every clinical scope out of the grant without a word.",
        scopes=(
            *("openid", "fhirUser", "launch/patient", "offline_access"),
            *(*BY_NAME, *NAMES_AND_PLACES),
        ),
    ),
)
