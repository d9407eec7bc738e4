"""Which elements and code systems of a claim are not understood: never a value, a label or a code."""

import re

from apps.claims.reading.also_sent import element
from apps.claims.records import ClaimRecord

_SYSTEM = re.compile(r"(https?://[A-Za-z0-9.\-]+(/[A-Za-z0-9.\-_/%]*)?|urn:[A-Za-z0-9.\-:]+)")


def not_understood(record: ClaimRecord) -> frozenset[tuple[str, str]]:
    """Return element paths, each with the code system at fault ("" for none)."""
    return frozenset((element(one), _system(one.system)) for one in record.also_sent if not one.is_known)


def _system(system: str | None) -> str:
    """Return a code system that is an address or a URN, "" for any other text and for none."""
    address = (system or "").split("?", 1)[0].split("#", 1)[0]
    return address[:200] if _SYSTEM.fullmatch(address) else ""
