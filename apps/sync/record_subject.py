"""Whose record it is, by whom it names and by what the member's own Patient record says (R-29); pure."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import msgspec

from apps.fhir.bundles import Resource, local_reference
from apps.fhir.values import Reference, identifier_of
from apps.fhir.whose import NOTHING
from config.fhir_types import person_type

OF_VERSION: Final = re.compile(r"/_history/[^/]+$")
SAME_PERSON: Final = frozenset({"replaced-by", "replaces", "refer", "seealso"})
"""FHIR R4 value set link-type."""

type Number = tuple[str | None, str]
"""System and value of an Identifier."""


class Person(NamedTuple):
    """What a Patient record says of who it is."""

    numbers: frozenset[Number] = frozenset()
    other_ids: frozenset[str] = frozenset()
    """Ids of other Patients that are the same person: after a merge, claims keep the id they were made under
    (http://hl7.org/fhir/R4/patient.html#links). Those of another server are nobody's here."""


class _Reference(msgspec.Struct):
    reference: object = None
    identifier: msgspec.Raw = NOTHING


_REFERENCE: Final[Any] = _Reference | str
"""As R4 has it, or its text alone. Other fields are passed over: nothing broken there hides whom it names."""


class _Patient(msgspec.Struct):
    identifier: msgspec.Raw = NOTHING
    link: msgspec.Raw = NOTHING


class _Link(msgspec.Struct):
    other: _Reference
    type: str


def is_about_another(resource: Resource, *, patient_id: str, own: Callable[[], Person] = Person) -> bool:
    """Return whether *resource* names a Patient other than *patient_id*.

    By a literal reference, in whatever odd form, but for a search by a number of theirs and for a Patient of
    whom their own record says that it is the same person; or by an identifier where the Patient has one of
    the same system. *own* gives what that record says, as far as it is here, and is asked only then. A
    resource that names nobody, or in a form that cannot be compared (contained, urn), is taken as what was
    asked for, since plans answer a search by patient: R-29 refuses the wrong one, not the unnamed one.
    """
    if resource.type == person_type():
        return resource.id != patient_id
    return any(
        _is_of_another(part, patient_id=patient_id, own=own)
        for whom in resource.about
        for part in _parts(whom)
    )


def _is_of_another(raw: bytes, *, patient_id: str, own: Callable[[], Person]) -> bool:
    """Return whether a reference, or its text alone, is to another Patient."""
    reference_sent = _decoded(raw, _REFERENCE)
    reference = reference_sent if isinstance(reference_sent, _Reference) else _Reference(reference_sent)
    named = _named(reference.reference)
    if named == patient_id:
        return False
    if named is not None:
        # A search for one of the member's own numbers, as bundles refer to who may be there already.
        searched = identifier_of(Reference(reference=str(reference.reference)))
        asked_for = (searched.system, searched.value) if searched and searched.system else None
        return named not in own().other_ids and asked_for not in own().numbers
    # Two numbers without a system may be of two kinds.
    theirs = {number for number in _numbers(reference.identifier) if number[0] is not None}
    if not theirs or theirs & own().numbers:
        return False
    systems = {system for system, _value in theirs}
    return any(system in systems for system, _value in own().numbers)


def person_in(body: bytes, *, base_url: str) -> Person:
    """Return what a Patient of the server at *base_url* says as JSON; nothing where it does not decode."""
    patient = _decoded(body, _Patient) or _Patient()
    links = (_decoded(part, _Link) for part in _parts(bytes(patient.link)))
    others = [link.other.reference for link in links if link and link.type in SAME_PERSON]
    local = (local_reference(other, base_url=base_url) or "" for other in others if isinstance(other, str))
    return Person(
        _numbers(patient.identifier),
        frozenset(filter(None, map(_named, local))),
    )


def _parts(raw: bytes) -> list[bytes]:
    """Return the JSON of each part of a list, or of what is no list; nothing broken in one hides another."""
    parts = _decoded(raw, list[msgspec.Raw])
    return [raw] if parts is None else [bytes(part) for part in parts]


def _decoded[T](body: bytes, kind: type[T]) -> T | None:
    """Return *body* as *kind*; None where it does not decode, which is counted where it is read.

    A text in another encoding costs its own signs: it is compared all the same.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except UnicodeDecodeError:
        return _decoded(body.decode(errors="replace").encode(), kind)
    except (msgspec.DecodeError, RecursionError):
        return None


def _named(text: object) -> str | None:
    """Return the id of the Patient that a literal reference is to, None where it cannot be compared.

    What is no legal id names somebody all the same, and nobody's record is taken for the member's.
    """
    if not isinstance(text, str) or text.startswith(("#", "urn:")):
        return None
    match = _person().match(unquote(text).strip())
    return OF_VERSION.sub("", (match[1] or match[2] or "").rstrip("/")) if match else None


@cache
def _person() -> re.Pattern[str]:
    """Relative or absolute, with or without a version: http://hl7.org/fhir/R4/references.html#literal"""
    return re.compile(rf"(?:.*/)?{person_type()}(?:/([^?#]*)|\?(.*))", re.DOTALL)


def _numbers(identifiers: msgspec.Raw) -> frozenset[Number]:
    identifiers_sent = (_decoded(part, object) for part in _parts(bytes(identifiers)))
    return frozenset(number for identifier in identifiers_sent if (number := _number(identifier)))


def _number(identifier: object) -> Number | None:
    if not isinstance(identifier, dict):
        return None
    system, value = identifier.get("system"), identifier.get("value")
    if not isinstance(value, str) or not value.strip():
        return None
    return system if isinstance(system, str) else None, value.strip()
