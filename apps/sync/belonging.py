"""Whose record it is: what a plan sends about another patient is refused, never stored and never shown."""

import re
from collections.abc import Callable, Collection
from functools import cache
from typing import Final
from urllib.parse import unquote

import msgspec

from apps.fhir.bundles import Resource
from config.fhir_types import person_type

VERSION: Final = re.compile(r"/_history/[^/]+$")

type Number = tuple[str | None, str]
"""System and value of an Identifier."""


class _Reference(msgspec.Struct):
    reference: object = None
    identifier: object = None


class _Patient(msgspec.Struct):
    identifier: list[object] = []


def is_about_another(
    resource: Resource, *, patient_id: str, numbers: Callable[[], Collection[Number]] = tuple
) -> bool:
    """Return whether *resource* names a Patient other than *patient_id*.

    By a literal reference, in whatever odd form, or by an identifier where the Patient has one of the same
    system: *numbers* gives what is known of them, and is asked only then. A resource that names nobody, or in
    a form that cannot be compared (contained, urn), is taken as what was asked for, since plans answer a
    search by patient: R-29 refuses the wrong one, not the unnamed one.
    """
    if resource.type == person_type():
        return resource.id != patient_id
    told = (resource.patient, resource.beneficiary, resource.subject)
    references = (_decoded(bytes(subject), _Reference) for subject in told if subject)
    return any(
        _is_of_another(reference, patient_id=patient_id, numbers=numbers)
        for reference in references
        if reference
    )


def _is_of_another(
    reference: _Reference, *, patient_id: str, numbers: Callable[[], Collection[Number]]
) -> bool:
    named = _named(reference.reference)
    if named is not None:
        return named != patient_id
    number = _number(reference.identifier)
    if number is None or number[0] is None or number in (known := numbers()):
        return False  # two numbers without a system may be of two kinds
    return any(system == number[0] for system, _value in known)


def numbers_of(body: bytes) -> frozenset[Number]:
    """Return the identifiers of a Patient; empty where there are none or it does not decode."""
    patient = _decoded(body, _Patient) or _Patient()
    return frozenset(number for identifier in patient.identifier if (number := _number(identifier)))


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
    return VERSION.sub("", (match[1] or match[2] or "").rstrip("/")) if match else None


@cache
def _person() -> re.Pattern[str]:
    """Relative or absolute, with or without a version: http://hl7.org/fhir/R4/references.html#literal"""
    return re.compile(rf"(?:.*/)?{person_type()}(?:/([^?#]*)|\?(.*))", re.DOTALL)


def _number(identifier: object) -> Number | None:
    if not isinstance(identifier, dict):
        return None
    system, value = identifier.get("system"), identifier.get("value")
    if not isinstance(value, str) or not value.strip():
        return None
    return system if isinstance(system, str) else None, value.strip()
