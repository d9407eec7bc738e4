"""What the first listing says, and the facts about the software that no operator edits."""

from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from django.conf import settings
from django.utils.translation import gettext_noop as said

from config.fhir_types import Purpose, fhir_types

# One id for every deployment of this software (RFC 7591 section 2, software_id). Never change it.
SOFTWARE_ID: Final = "7f0c2c5e-8a63-4d0e-9d55-6b3b1f6a4c21"
SOFTWARE_VERSION: Final = "0.2.0"
UNKNOWN: Final = "not known"
# The default scopes of a plan; a plan that knows other ones gets them from its row in the directory.
SCOPE: Final = "openid fhirUser launch/patient patient/*.read offline_access"
# How we can prove who we are; a plan chooses one, and its row in the directory holds which.
TOKEN_AUTH_METHODS: Final = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")

TAGLINE: Final = said(
    "See in plain words what your health plan covers, what was billed, what it paid and what your share is."
)
DESCRIPTION: Final = said(
    "An open-source app that reads the coverage and claims your health plan shares with you, and clinical "
    "records if you say so, and says them in plain words: what was billed, what your plan's discount took "
    "off, what your plan paid, and what your share is. A claim shows where its figures came from, and what "
    "your plan did not share is said to be missing instead of shown as zero. You sign in at your plan's own "
    "site, you see what will be read before you agree, and you can take the permission back at any time: "
    "what was read is then kept or erased, as you choose. No advertising and no trackers; that nothing is "
    "sold or shared is a promise."
)
PRIVACY_OFFICER: Final = said("The operator")
AUDIENCE: Final = (
    "Members of US health plans and those who act for them. Shows them their own coverage and claims in "
    "plain words and, where they say so, clinical records. Web, with or without JavaScript: only passkeys, "
    "the warning before you are signed out, and help while you type a new password need it. Tried in "
    "Chromium. There is no app for iOS or Android."
)
FHIR: Final = (
    "HL7 FHIR R4, 4.0.1; published examples of CARIN Blue Button 1.1.0 and 2.2.0 and of US Core 7.0.0 are "
    "read in our tests"
)


class Accessed(NamedTuple):
    """One kind of data: in a member's words, in FHIR's words, and the reason for reading it."""

    what: str
    fhir_types: str
    why: str


def accessed() -> list[Accessed]:
    """Return every kind of data that is read, as the kinds of records declare it."""
    names: dict[Purpose, list[str]] = {}
    for fhir_type in fhir_types().values():
        names.setdefault(fhir_type.purpose, []).append(fhir_type.name)
    return [Accessed(purpose.what, ", ".join(types), purpose.why) for purpose, types in names.items()]


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
        said(
            "Reads, never writes, that one person's records. Plans of which we know finer scopes get those."
        ),
    ),
    Scope(
        "offline_access",
        said("Lets new claims arrive without signing in at the plan each time. Ends on disconnect."),
    ),
)
MORE_SCOPES: Final = (
    Scope(
        "profile",
        said("At Medicare's Blue Button: its answer about who signed in says whose records may be read."),
    ),
    Scope(
        "hcscinteropscope",
        said("At HCSC, whose server is said to want it for access to these interfaces."),
    ),
)
"""What single plans want besides, and why."""


@cache
def commit() -> str:
    """Return the commit: what the image was built with (COMMIT), else what the checkout says."""
    return settings.COMMIT or _of_checkout(Path(settings.BASE_DIR) / ".git") or UNKNOWN


def _of_checkout(git: Path) -> str:
    try:
        head = (git / "HEAD").read_text("ascii").strip()
        reference = head.removeprefix("ref: ")
        return head if reference == head else (git / reference).read_text("ascii").strip()
    except OSError:  # an image, a worktree, a packed reference
        return ""
