"""The versions of the privacy policy and the terms: of which day, in force from when, and what changed.

The pages show the text of the newest. `bin/policies.py` writes the file; `apps.accounts.policies` knows who
is told, and who agreed.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

import msgspec
from django.conf import settings
from django.utils import translation

FILE: Final[Path] = Path(__file__).parent.parent / "apps" / "listing" / "data" / "policies.json"


class Version(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of both texts.

    `version` is the day it is of (YYYY-MM-DD), `in_force` the first day on which it may hold, `changes` what
    is new since the one before, by language; `sha256` of the texts by policy and language.
    """

    version: str
    in_force: date
    is_material: bool
    changes: dict[str, str]
    sha256: dict[str, dict[str, str]]

    @property
    def day(self) -> date:
        """The day it is of."""
        return date.fromisoformat(self.version)


def read(path: Path) -> tuple[Version, ...]:
    """Return the versions in a file, the oldest first; raise ValueError where it is none of ours."""
    texts = msgspec.json.decode(path.read_bytes(), type=tuple[Version, ...])
    if not texts or [row.version for row in texts] != sorted({row.day.isoformat() for row in texts}):
        raise ValueError(f"{path.name}: no versions, or not one for each day, the oldest first")
    return texts


def versions() -> Sequence[Version]:
    """Return all versions, the oldest first."""
    versions_known: Sequence[Version] = settings.POLICY_VERSIONS
    return versions_known


def newest() -> Version:
    """Return the version whose text the pages show: what members are asked to agree to."""
    return versions()[-1]


def from_on(version: Version) -> frozenset[str]:
    """Return the names of this version and of all later ones."""
    return frozenset(row.version for row in versions() if row.version >= version.version)


def changes_of(version: Version) -> str:
    """Return what changed with a version, in the reader's language; "" of the first."""
    language = translation.get_language() or ""
    return version.changes.get(language) or version.changes.get("en", "")
