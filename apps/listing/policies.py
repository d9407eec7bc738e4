"""The texts of the policies as readers get them, in every language, and their digests.

Names and addresses that come from the listing stand in them as places: each installation has its own.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import strip_tags
from django.utils.module_loading import import_string

from apps.listing.face import Face
from apps.listing.models import AppListing
from apps.plain_language.dates import in_force_words
from apps.plain_language.other_language import speaking
from config.policies import Version, changes_of

POLICIES: Final = ("privacy", "consumer-health", "terms")
PARTS: Final = ("lede", "text")
"""What of a page is the policy's text; between them stands which version it is of."""
_PLACES: Final = ("name", "operator", "privacy_officer", "privacy_email", "security_email", "source_url")


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """A version as its readers see it: of which day, in force here from when, what changed."""

    day: date
    in_force: date
    is_material: bool
    changes: str

    @property
    def dated(self) -> str:
        """Of which day it is, and since when it is in force."""
        return in_force_words(self.day, self.in_force)


def shown_version(version: Version) -> ShownVersion:
    """Return a version with the day from which it holds on this site, in the reader's language."""
    holds = import_string(settings.LISTING_POLICY_IN_FORCE)(version)
    return ShownVersion(version.day, holds, version.is_material, changes_of(version))


def html_of(policy: str, language: str) -> str:
    """Return the text of a policy's page as it stands there, with places for what each installation says."""
    listing = AppListing(**{field: f"[{field}]" for field in _PLACES})
    face = Face(listing=listing, site="https://site.example")
    with speaking(language):
        context = {"face": face, "app_name": listing.name}
        return "\n".join(render_to_string(f"listing/{policy}.html#{part}", context) for part in PARTS)


def text_of(policy: str, language: str) -> str:
    """Return the text of a policy's page without its tags."""
    return " ".join(strip_tags(html_of(policy, language)).split())


def digests() -> dict[str, dict[str, str]]:
    """Return the SHA-256 of each text, by policy and language."""
    return {
        policy: {code: _digest(policy, code) for code, _name in settings.LANGUAGES} for policy in POLICIES
    }


def _digest(policy: str, language: str) -> str:
    return hashlib.sha256(text_of(policy, language).encode()).hexdigest()
