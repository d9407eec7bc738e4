"""Who asks, and what they may see: bearer token, scope, patient compartment."""

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from apps.demo_payer.personalities import named
from apps.demo_payer.server import scopes
from apps.demo_payer.server.addresses import playing
from apps.demo_payer.server.compartments import patients_of
from apps.demo_payer.server.fhir.outcomes import DeadToken, NoToken, OutOfScope
from apps.demo_payer.server.models import Resource, Token

# Types that describe the payer's network, not a member: every token may read them.
SHARED_TYPES = frozenset(
    {"Organization", "Practitioner", "PractitionerRole", "Location", "Medication", "HealthcareService"}
)


def token_of(request: HttpRequest) -> Token:
    """Return the living token of the Authorization header (RFC 6750 section 2.1), else raise."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret.strip():
        raise NoToken("Send an access token: Authorization: Bearer ...")
    token = Token.objects.with_access(secret.strip(), playing(request).name)
    if token is None or token.is_revoked() or token.is_expired():
        raise DeadToken("The access token is unknown, expired or revoked.")
    return token


def patients(token: Token) -> list[str]:
    """Return the patients this token may read: one, but for payers that show a household."""
    return patients_of(token.permission.account, named(token.permission.played).patients)


def demand(token: Token, type_: str, way: str) -> None:
    """Raise unless the token's scope allows `way` ("r" read, "s" search) for this type."""
    if not scopes.allows(token.scope, type_, way):
        raise OutOfScope(f"The access token does not cover {type_}.")


def visible(token: Token, type_: str) -> QuerySet[Resource]:
    """Return the resources of one type this token may see."""
    rows = Resource.objects.filter(type=type_)
    return rows if type_ in SHARED_TYPES else rows.filter(patient_id__in=patients(token))


def visible_any(token: Token) -> Q:
    """Return the condition for resources of every type this token may see."""
    seen = Q(type__in=[name for name in SHARED_TYPES if scopes.allows(token.scope, name, "r")])
    types = set(Resource.objects.values_list("type", flat=True).distinct()) - SHARED_TYPES
    own = [name for name in types if scopes.allows(token.scope, name, "r")]
    return seen | Q(type__in=own, patient_id__in=patients(token))
