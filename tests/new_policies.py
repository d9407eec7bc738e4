"""A next version of the policies, for tests of what happens when there is one."""

from datetime import date
from typing import Any, Final

from config.policies import Version

NEXT: Final = "2027-03-01"
CHANGES: Final = {"en": "We <b>ask</b> more.", "es": "Pedimos más."}


def next_version(settings: Any, *, is_material: bool) -> Version:
    """Have a second version, of 1 March 2027, in the software, in force from 20 April at the earliest."""
    version = Version(NEXT, date(2027, 4, 20), is_material, CHANGES, {})
    settings.POLICY_VERSIONS = (settings.POLICY_VERSIONS[0], version)
    return version
