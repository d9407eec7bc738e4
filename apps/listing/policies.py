"""The texts of the policies as readers get them, in every language, their digests, and those of each version.

What comes from the listing, names and addresses say, stands in them as places: each installation has its own.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import escape, strip_tags
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from apps.listing.face import Face
from apps.listing.models import AppListing
from apps.plain_language.dates import in_force_words
from apps.plain_language.language import _
from apps.plain_language.other_language import speaking
from config.policies import Version, changes_of

POLICIES: Final = ("privacy", "consumer-health", "terms")
PARTS: Final = ("lede", "text")
"""What of a page is the policy's text; between them stands which version it is of."""
_PLACES: Final = (
    "name", "operator", "privacy_officer", "privacy_email", "security_email", "source_url", "log_days"
)  # fmt: skip
_SITE: Final = "https://site.example"
_DAYS: Final = {"[log_days]": "30", "[backup_days]": "90"}
"""What the software comes with: the digests are of texts that say so."""


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """A version as its readers see it: of which day, in force here from when, what changed."""

    day: date
    in_force: date
    is_material: bool
    changes: str
    is_kept: bool
    """Whether its text can be read here under its day."""

    @property
    def dated(self) -> str:
        """Of which day it is, and since when it is in force."""
        return in_force_words(self.day, self.in_force)


def shown_version(version: Version) -> ShownVersion:
    """Return a version with the day from which it holds on this site, in the reader's language."""
    holds = import_string(settings.LISTING_POLICY_IN_FORCE)(version)
    is_kept = folder(version.version).is_dir()
    return ShownVersion(version.day, holds, version.is_material, changes_of(version), is_kept)


def folder(version: str) -> Path:
    """Return where the texts of a version are kept, one file for each policy and language."""
    return Path(settings.POLICIES_FILE).parent / "policies" / version


def keep(version: str) -> None:
    """Keep the texts of now as those of a version."""
    folder(version).mkdir(parents=True, exist_ok=True)
    for policy in POLICIES:
        for code, _name in settings.LANGUAGES:
            (folder(version) / f"{policy}.{code}.html").write_text(html_of(policy, code) + "\n")


def kept(policy: str, language: str, version: str) -> str:
    """Return the text of a version with its places, "" where none is kept."""
    file = folder(version) / f"{policy}.{language}.html"
    return file.read_text("utf-8") if file.is_file() else ""


def filled(html: str, face: Face) -> SafeString:
    """Return a text with what this installation says in its places; a link to nowhere is left out."""
    values: dict[str, object] = {f"[{field}]": getattr(face.listing, field) for field in _PLACES}
    values |= {"[backup_days]": face.backup_days, "[privacy_officer]": _(face.listing.privacy_officer)}
    values[_SITE] = face.site
    html = re.sub("|".join(map(re.escape, values)), lambda place: escape(values[place[0]]), html)
    return SafeString(re.sub(r' <a href="">.*?</a>', "", html))


class _AnyFace(Face):
    """The listing of no installation."""

    @property
    def backup_days(self) -> Any:
        """A place."""
        return "[backup_days]"


def html_of(policy: str, language: str) -> str:
    """Return the text of a policy's page as it stands there, with places for what each installation says."""
    listing = AppListing(**{field: f"[{field}]" for field in _PLACES})
    face = _AnyFace(listing=listing, site=_SITE)
    with speaking(language):
        context = {"face": face, "app_name": listing.name}
        return "\n".join(render_to_string(f"listing/{policy}.html#{part}", context) for part in PARTS)


def text_of(policy: str, language: str) -> str:
    """Return the text of a policy's page without its tags, with the days that the software comes with."""
    return _plain(html_of(policy, language))


def _plain(html: str) -> str:
    for place, days in _DAYS.items():
        html = html.replace(place, days)
    return " ".join(strip_tags(html).split())


def digests() -> dict[str, dict[str, str]]:
    """Return the SHA-256 of each text, by policy and language."""
    return {
        policy: {code: digest(html_of(policy, code)) for code, _name in settings.LANGUAGES}
        for policy in POLICIES
    }


def digest(html: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(_plain(html).encode()).hexdigest()
