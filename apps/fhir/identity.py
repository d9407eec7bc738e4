"""What tells one record of a plan from another: its id, else its numbers, else its own text; pure."""

import hashlib

import msgspec

from apps.fhir import placeholders, tolerant
from apps.fhir.values import Identifier, Period


class _Numbered(msgspec.Struct, frozen=True, rename="camel"):
    identifier: tuple[Identifier, ...] = ()
    billable_period: Period | None = None


def identity(kind: str, id_: str | None, body: bytes) -> str:
    """Return ``Type/id``; for a record without id a text that stays the same while its numbers do.

    It is made of the record alone: whoever has the JSON finds the same, and an address that a server makes
    up for every answer (``fullUrl``) doubles nothing. The period keeps claims apart of which the plan gave
    only the number of their group.
    """
    if id_ and id_ not in placeholders.IDS:
        return f"{kind}/{id_}"
    return f"{kind}\n{hashlib.sha256(_numbers(body) or body).hexdigest()}"


def _numbers(body: bytes) -> bytes:
    try:
        found = tolerant.decode(body, _Numbered)
    except tolerant.Hopeless:
        return b""
    numbers = sorted(
        f"{one.system or ''}|{one.value}"
        for one in found.identifier
        if one.value and not placeholders.is_no_number(one.value)
    )
    if not numbers:
        return b""
    period = found.billable_period or Period()
    return "\n".join([*numbers, period.start or "", period.end or ""]).encode("utf-8", "replace")
