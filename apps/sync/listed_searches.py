"""The searches an app has to be able to do (CARIN Blue Button 2.0.0), and what each asks by; pure.

Our own sync needs three of them; the Inferno client suite wants to see every one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec


@dataclass(frozen=True)
class Listed:
    """One search: the type, the parameters that are sent together, and what is included."""

    kind: str
    parameters: tuple[str, ...]
    include: str = ""

    @property
    def is_optional(self) -> bool:
        """Whether the suite passes without it: not every member's records name such people."""
        return self.kind in OPTIONAL

    def __str__(self) -> str:
        """Type and names, never a value: `Patient?birthdate&family`."""
        names = [*self.parameters, *([f"_include={self.include}"] if self.include else [])]
        return f"{self.kind}?{'&'.join(names)}"


class Record(msgspec.Struct):
    """Of a resource of any type, spelled as FHIR does, what searches ask by."""

    id: str = ""
    meta: Any = None
    identifier: Any = None
    name: Any = None
    gender: Any = None
    birthDate: Any = None
    address: Any = None
    type: Any = None
    billablePeriod: Any = None
    item: Any = None
    payee: Any = None


OPTIONAL: Final = ("Organization", "Practitioner", "RelatedPerson")
# In an order in which each answer gives what later searches ask by. Claims are searched by day, type and
# change within one patient, the way servers must offer it.
_NAMES: Final = {
    "Patient": "_id birthdate family gender given identifier name"
    " birthdate+family family+gender birthdate+name gender+name",
    "Coverage": "patient _id",
    "ExplanationOfBenefit": "patient _id identifier patient+_lastUpdated patient+type patient+service-date"
    " patient+service-start-date patient+billable-period-start",
}
_INCLUDES: Final = ("patient", "provider", "care-team", "coverage", "insurer", "payee", "*")
_OPTIONAL_NAMES: Final = {
    "Organization": "_id name address",
    "Practitioner": "_id name identifier",
    "RelatedPerson": "_id",
}


def _listed(names: dict[str, str]) -> Iterator[Listed]:
    for kind, searches in names.items():
        for one in searches.split():
            yield Listed(kind, tuple(one.split("+")))


LISTED: Final = (
    *_listed(_NAMES),
    *(Listed("ExplanationOfBenefit", ("_id",), f"ExplanationOfBenefit:{name}") for name in _INCLUDES),
    *_listed(_OPTIONAL_NAMES),
)

_SERVED: Final = ("billablePeriod.start", "item.servicedDate", "item.servicedPeriod.start")
# Where a record has the value of a parameter: the first text at the first of these paths.
_TEXTS: Final = {
    "_id": ("id",),
    "birthdate": ("birthDate",),
    "family": ("name.family",),
    "gender": ("gender",),
    "given": ("name.given",),
    "name": ("name.family", "name.text", "name"),
    "address": ("address.line", "address.city"),
}
# Dates are asked from that day on (`ge`): so time zones cannot hide the record itself.
_DAYS: Final = {
    "_lastUpdated": ("meta.lastUpdated",),
    "service-date": _SERVED,
    "service-start-date": _SERVED,
    "billable-period-start": ("billablePeriod.start",),
}
_TOKENS: Final = {"identifier": ("identifier", "value"), "type": ("type.coding", "code")}


def values(search: Listed, record: Record, *, patient_id: str) -> dict[str, str] | None:
    """Return the parameters that find this record, or None when it lacks one of the elements asked by."""
    found = {name: _value(name, record, patient_id) for name in search.parameters}
    if search.include:
        found["_include"] = search.include
    known = {name: value for name, value in found.items() if value}
    return known if len(known) == len(found) else None


def payees(record: Record) -> tuple[str, ...]:
    """Return the references to who was paid for a claim: mostly the only place that names a RelatedPerson."""
    return tuple(one for one in _at(record, "payee.party.reference") if isinstance(one, str))


def _value(name: str, record: Record, patient_id: str) -> str | None:
    if name == "patient":
        return patient_id
    if name in _TOKENS:
        return _token(record, *_TOKENS[name])
    paths = _DAYS.get(name) or _TEXTS[name]
    texts = (one for path in paths for one in _at(record, path) if isinstance(one, str) and one.strip())
    text = next(texts, None)
    if text is None:
        return None
    return f"ge{text}" if name in _DAYS else _escaped(text)


def _token(record: Record, path: str, element: str) -> str | None:
    """`system|code`, or the code alone where no system is named."""
    for one in _at(record, path):
        code = one.get(element) if isinstance(one, dict) else None
        system = one.get("system") if isinstance(one, dict) else None
        if isinstance(code, str) and code:
            return f"{_escaped(system)}|{_escaped(code)}" if isinstance(system, str) else _escaped(code)
    return None


def _at(record: Record, path: str) -> Iterator[Any]:
    """Yield what stands at the end of the path, whether its elements repeat or not."""
    first, *rest = path.split(".")
    here = [getattr(record, first)]
    for name in rest:
        here = [one[name] for one in _spread(here) if isinstance(one, dict) and name in one]
    yield from _spread(here)


def _spread(some: list[Any]) -> Iterator[Any]:
    for one in some:
        yield from one if isinstance(one, list) else [one]


def _escaped(text: str) -> str:
    """Signs that mean something in a search value (https://hl7.org/fhir/R4/search.html#escaping)."""
    return re.sub(r"([\\,|$])", r"\\\1", text)
