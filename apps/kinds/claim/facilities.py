"""Whether a claim is for care at a hospital, or another facility that admits; pure."""

from typing import Final

from apps.kinds.claim.records import ClaimRecord

FACILITIES: Final = frozenset({"19", "21", "22", "23", "24", "31", "34", "51", "52", "56", "61"})
"""CMS places of service that are a hospital, or another facility that admits."""


def is_at_facility(record: ClaimRecord) -> bool:
    """Whether it was at a facility, as its own kind or its place of service says."""
    if record.kind in ("inpatient", "outpatient"):
        return True
    places = {line.place.code.zfill(2) for line in record.lines if line.place and line.place.code}
    return record.kind == "professional" and not FACILITIES.isdisjoint(places)
