"""What tells one record of a plan from another: its id, else its numbers and what they are about; pure."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from apps.fhir import placeholders, tolerant
from apps.fhir.values import Identifier, Period
from config.fhir_types import fhir_types

VOID: Final = frozenset({"cancelled", "entered-in-error"})


class _Numbered(msgspec.Struct, frozen=True, rename="camel"):
    identifier: tuple[Identifier, ...] = ()
    status: str | None = None
    billable_period: Period | None = None
    period: Period | None = None


def identity(kind: str, id_: str | None, body: bytes) -> str:
    """Return ``Type/id``; for a record without id a text made of the record alone.

    Whoever has the JSON finds the same, and an address that a server makes up for every answer (``fullUrl``)
    doubles nothing. The text is of its numbers, its period (plans are known that give only the number of a
    group, or one number to each line), whether it is void, and what it is about: services, who provided them,
    all money (`FhirType.made_of`). So

    - two records of one number that differ in one of these are two, and neither overwrites the other; claims
      of one number, kind, day and patient become versions of each other where claims are linked;
    - the same record sent again is the same one, also with another stamp, text, outcome, `created` or status
      that leaves it valid: such a change is a new version of it, as of any record;
    - a claim whose services or amounts a plan changed is another record. A pass over everything, and after a
      record without id each is one, finds the former one gone: it stays as the older version of the claim and
      counts nowhere. So changes pile up only as far as a plan decides anew what it paid.

    Records that differ in nothing of this are taken for one: which of two texts it was sent with last stays.
    """
    if is_named(id_):
        return f"{kind}/{id_}"
    return f"{kind}\n{hashlib.sha256(_numbers_and_more(kind, body) or body).hexdigest()}"


def made_of() -> Mapping[str, tuple[str, ...]]:
    """Return what a record is about, by type, besides its numbers and period."""
    return {name: fhir_type.made_of for name, fhir_type in fhir_types().items() if fhir_type.made_of}


def is_named(id_: str | None) -> bool:
    """Return whether a plan gave a record an id of its own."""
    return bool(id_) and id_ not in placeholders.IDS


def _numbers_and_more(kind: str, body: bytes) -> bytes:
    try:
        numbered, about = tolerant.decode(body, _Numbered), _about(kind, body)
    except tolerant.Hopeless:
        return b""
    numbers = sorted(
        f"{number.system or ''}|{number.value}"
        for number in numbered.identifier
        if number.value and not placeholders.is_no_number(number.value)
    )
    if not numbers:
        return b""
    billed = numbered.billable_period or Period()
    more = [billed.start or "", billed.end or ""]
    if kind in fhir_types() and fhir_types()[kind].is_closed_later:
        more.append((numbered.period or Period()).start or "")
    elif numbered.status in VOID:
        more.append("void")
    return "\n".join([*numbers, *more, about]).encode("utf-8", "replace")


def _about(kind: str, body: bytes) -> str:
    """Return what the record is about as one text, whatever the order of its elements.

    Numbers stay as they are written, so that none is rounded. Raises Hopeless where it is nested too deeply.
    """
    try:
        document = json.loads(body, parse_float=str, parse_int=str)
    except RecursionError:
        raise tolerant.Hopeless("it is nested too deeply") from None
    except ValueError:
        return ""
    about = {name: lasting(document[name]) for name in made_of().get(kind, ()) if name in document}
    return json.dumps(about, sort_keys=True)


def lasting(value: Any, depth: int = 0) -> Any:
    """Return a value without ids of elements and references into the answer, which servers make up anew.

    Raises Hopeless where it is nested too deeply.
    """
    if depth > tolerant.DEEPEST:
        raise tolerant.Hopeless("it is nested too deeply")
    if isinstance(value, list):
        return [lasting(element, depth + 1) for element in value]
    if not isinstance(value, dict):
        return value
    return {
        name: lasting(element, depth + 1)
        for name, element in value.items()
        if name != "id" and not (name == "reference" and str(element).startswith(("#", "urn:")))
    }
