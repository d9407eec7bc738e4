"""What this app asks a plan for, as plain data, for whoever publishes or tries it (LISTING_CLIENT_ROLE)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

import msgspec

from apps.connections.people import FHIR_JSON
from apps.fhir.client import PAGE_SIZE
from apps.plans.quirks import Quirks
from apps.records.kinds import of_type
from config.fhir_types import (
    CLAIMS,
    EVERY,
    Form,
    asked_types,
    fhir_types,
    main_type,
    naming_types,
    person_type,
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


def client_role() -> dict[str, Any]:
    """Return the FHIR types of all kinds of records with what is asked of each, and what goes for all.

    `page_size` is the `_count` of a plan of which nothing else is known; `scopes` are those of such a plan,
    and `checked_by` the models that count how far a record departs from R4.
    """
    return {
        "types": [_asked(fhir_type) for fhir_type in fhir_types()],
        "page_size": PAGE_SIZE,
        "accept": FHIR_JSON,
        "scopes": list(Quirks().scopes),
        "further_searches": [str(search) for search in listed()],
        "checked_by": f"fhirclient {version('fhirclient')}",
    }


def _asked(fhir_type: str) -> dict[str, Any]:
    """Return how one type is asked for; `is_needed` where nothing can be shown without the parameter."""
    is_read, searches = False, dict[str, bool]()
    if fhir_type == person_type():
        is_read = True
    elif fhir_type in asked_types(EVERY):
        searches = {"patient": True} | ({"_lastUpdated": False} if fhir_type == main_type() else {})
        forms = (search for form in fhir_types()[fhir_type].forms for search in form)
        searches = {search.partition("=")[0]: False for search in forms} | searches
    elif fhir_types()[fhir_type].role == "names":
        is_read, searches = True, {"_id": False}
    elif fhir_types()[fhir_type].role == "file":
        is_read = True
    return {
        "type": fhir_type,
        "words": _read_for(fhir_type),
        "is_read": is_read,
        "is_searched": bool(searches) or fhir_type == person_type(),
        "with_source": fhir_types()[fhir_type].with_source.partition("=")[2],
        "parameters": [{"name": name, "is_needed": is_needed} for name, is_needed in searches.items()],
        "profiles": list(fhir_types()[fhir_type].profiles),
        "is_checked": fhir_types()[fhir_type].is_checked,
    }


def _read_for(fhir_type: str) -> list[str]:
    """What members see of a type; what is only kept apart, such as mistakes, is nothing it is read for."""
    kinds = of_type(fhir_type)
    return [kind.words[1] for kind in kinds if kind.is_news] or [kind.words[1] for kind in kinds]


@dataclass(frozen=True)
class Listed:
    """One search: the type, the parameters that are sent together, and what is included."""

    kind: str
    parameters: tuple[str, ...]
    include: str = ""
    form: Form = ()
    """The searches of a form by which updates ask, whose parameters these are then; () for one search."""

    @property
    def is_of_all(self) -> bool:
        """Whether it asks for all records of a person of its type."""
        return bool(self.form) or self.parameters == ("patient",)

    @property
    def is_optional(self) -> bool:
        """Whether the suite passes without it: not every member's records name such people."""
        return fhir_types()[self.kind].role == "names"

    def __str__(self) -> str:
        """Type and names, never a value: `Patient?birthdate&family`."""
        names = [*self.parameters, *([f"_include={self.include}"] if self.include else [])]
        searches = f" in {len(self.form)} searches" if len(self.form) > 1 else ""
        return f"{self.kind}?{'&'.join(names)}{searches}"


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


def listed() -> tuple[Listed, ...]:
    """Return every search, in an order in which each answer gives what later ones ask by.

    Claims are searched by day, type and change within one patient, the way servers must offer it.
    """
    return tuple(
        search
        for name in (*sorted(asked_types(), key=main_type().__eq__), *naming_types(CLAIMS))
        for search in (
            *(Listed(name, tuple(words.split("+"))) for words in fhir_types()[name].searches.split()),
            *(Listed(name, ("_id",), f"{name}:{include}") for include in fhir_types()[name].includes),
        )
    )


def values(search: Listed, record: Record, *, patient_id: str) -> dict[str, str] | None:
    """Return the parameters that find this record, or None when it lacks one of the elements asked by."""
    values_by_name = {name: _value(name, record, patient_id) for name in search.parameters}
    if search.include:
        values_by_name["_include"] = search.include
    filled = {name: value for name, value in values_by_name.items() if value}
    return filled if len(filled) == len(values_by_name) else None


def payees(record: Record) -> tuple[str, ...]:
    """Return the references to who was paid for a claim: mostly the only place that names a RelatedPerson."""
    return tuple(payee for payee in _at(record, "payee.party.reference") if isinstance(payee, str))


def _value(name: str, record: Record, patient_id: str) -> str | None:
    if name == "patient":
        return patient_id
    if name in _TOKENS:
        return _token(record, *_TOKENS[name])
    paths = _DAYS.get(name) or _TEXTS[name]
    texts = (item for path in paths for item in _at(record, path) if isinstance(item, str) and item.strip())
    text = next(texts, None)
    if text is None:
        return None
    return f"ge{text}" if name in _DAYS else _escaped(text)


def _token(record: Record, path: str, element: str) -> str | None:
    """`system|code`, or the code alone where no system is named."""
    for item in _at(record, path):
        code = item.get(element) if isinstance(item, dict) else None
        system = item.get("system") if isinstance(item, dict) else None
        if isinstance(code, str) and code:
            return f"{_escaped(system)}|{_escaped(code)}" if isinstance(system, str) else _escaped(code)
    return None


def _at(record: Record, path: str) -> Iterator[Any]:
    """Yield what stands at the end of the path, whether its elements repeat or not."""
    first, *rest = path.split(".")
    here = [getattr(record, first)]
    for name in rest:
        here = [item[name] for item in _spread(here) if isinstance(item, dict) and name in item]
    yield from _spread(here)


def _spread(values: list[Any]) -> Iterator[Any]:
    for value in values:
        yield from value if isinstance(value, list) else [value]


def _escaped(text: str) -> str:
    """Signs that mean something in a search value (https://hl7.org/fhir/R4/search.html#escaping)."""
    return re.sub(r"([\\,|$])", r"\\\1", text)
