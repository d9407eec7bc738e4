"""The words a plan's row may hold: authentication, quirks, confirmation, kinds of coverage."""

from django.db import models
from django.utils.translation import gettext_lazy as lazy


class TokenAuth(models.TextChoices):
    """How the client proves itself at the token endpoint (RFC 7591 section 2)."""

    CLIENT_SECRET_POST = "client_secret_post", "Secret in the body (client_secret_post)"
    CLIENT_SECRET_BASIC = "client_secret_basic", "HTTP Basic (client_secret_basic)"
    PRIVATE_KEY_JWT = "private_key_jwt", "Signed assertion (private_key_jwt)"
    NONE = "none", "Public client, no secret (none)"


class Pkce(models.TextChoices):
    """Whether RFC 7636 is used with this plan."""

    ALWAYS = "always", "Always, S256"
    NEVER = "never", "Never: this plan's server refuses it"


class UpdatedSince(models.TextChoices):
    """Whether later passes ask for what changed since the last one (FHIR R4 search, `_lastUpdated`)."""

    ASK = "ask", "Ask for changes only"
    NEVER = "never", "Never: this plan's server does not find them"


class WindowBy(models.TextChoices):
    """By which parameter a long fetch of claims is cut into windows (FHIR R4 and CARIN Blue Button searches).

    Every answer is checked: a server that ignores or refuses the parameter costs a few questions, no claim.
    """

    NEVER = "never", "Never: page after page"
    SERVICE_DATE = "service-date", "Date of service (service-date)"
    SERVICE_START_DATE = "service-start-date", "First day of service (service-start-date)"
    BILLABLE_PERIOD_START = "billable-period-start", "First day billed for (billable-period-start)"
    CREATED = "created", "Date the claim was written (created)"


class PatientLookup(models.TextChoices):
    """Where the member's patient id comes from after the token exchange."""

    TOKEN = "token", "From the token answer, else by search"
    USERINFO = "userinfo", "From userinfo, else by search"
    SEARCH = "search", "By GET Patient"


class AssertionAlg(models.TextChoices):
    """Signature of `private_key_jwt` (SMART App Launch 2.2, client-confidential-asymmetric)."""

    RS384 = "RS384", "RS384"
    ES384 = "ES384", "ES384"


class ScopeStyle(models.TextChoices):
    """How the listed scopes are written when they are sent."""

    AS_LISTED = "as_listed", "As listed"
    V1 = "v1", "SMART 1: patient/Type.read"
    V2 = "v2", "SMART 2: patient/Type.rs"
    TYPES_V1 = "types_v1", "SMART 1, every type by name instead of *"
    TYPES_V2 = "types_v2", "SMART 2, every type by name instead of *"


class Refresh(models.TextChoices):
    """What to expect of the plan's refresh tokens."""

    ROTATING = "rotating", "A new one with every use"
    STATIC = "static", "The same one for every use"
    NONE = "none", "None: the member signs in again"


class Revocation(models.TextChoices):
    """Whether the plan can be asked to forget a token."""

    RFC7009 = "rfc7009", "By RFC 7009"
    NONE = "none", "Not offered"


class Redirect(models.TextChoices):
    """Which redirect URI is used with the plan (RFC 9700 section 4.4: mix-up)."""

    AUTO = "auto", "Shared where the server announces iss (RFC 9207), else the plan's own"
    OWN = "own", "The plan's own"
    SHARED = "shared", "Shared by all plans"


class Status(models.TextChoices):
    """How far an operator vouches for a row; only a confirmed one can be connected."""

    UNCONFIRMED = "unconfirmed", "Unconfirmed"
    CONFIRMED = "confirmed", "Confirmed"
    PAUSED = "paused", "Paused"


class LineOfBusiness(models.TextChoices):
    """The kind of coverage, in the words members use."""

    MEDICAID = "medicaid", lazy("Medicaid")
    CHIP = "chip", lazy("CHIP (children)")
    MEDICARE = "medicare", lazy("Medicare")
    MEDICARE_ADVANTAGE = "medicare_advantage", lazy("Medicare Advantage")
    MEDICARE_PART_D = "medicare_part_d", lazy("Medicare Part D (drugs)")
    MARKETPLACE = "marketplace", lazy("Marketplace")
    EMPLOYER = "employer", lazy("Through an employer")
    INDIVIDUAL = "individual", lazy("Bought directly")
    DENTAL = "dental", lazy("Dental")
    VISION = "vision", lazy("Vision")
