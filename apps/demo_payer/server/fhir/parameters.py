"""Reads a search's parameters: which are used, which are ignored, and what each asks of the database."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_

from django.db.models import Q

from apps.demo_payer.personalities import Personality
from apps.demo_payer.server import references, search_elements
from apps.demo_payer.server.dates import Comparison, comparison
from apps.demo_payer.server.fhir.access import SHARED_TYPES
from apps.demo_payer.server.fhir.includes import understood
from apps.demo_payer.server.fhir.outcomes import AnotherPatient, Malformed, TooMany
from apps.demo_payer.server.models import Resource

DEFAULT_COUNT = 20
MOST = 100
ALWAYS_SERVED = frozenset({"Patient", "Coverage", "ExplanationOfBenefit", "RelatedPerson"}) | SHARED_TYPES


@dataclass(frozen=True, slots=True)
class Search:
    """A search as this server understood it; `used` are the parameters the self link repeats."""

    condition: Q
    count: int
    includes: tuple[str, ...]
    iterated: tuple[str, ...]
    cursor: str
    used: tuple[tuple[str, str], ...]


def served_types(personality: Personality) -> frozenset[str]:
    """Return the types this payer answers for: the usual ones and those in the data, or fewer."""
    types = ALWAYS_SERVED | frozenset(Resource.objects.values_list("type", flat=True).distinct())
    return types & frozenset(personality.types) if personality.types else types


def names(type_: str) -> tuple[str, ...]:
    """Return the search parameters of a type, for the CapabilityStatement and for `read`."""
    own: tuple[str, ...] = ()
    if type_ not in SHARED_TYPES | {"Patient"}:
        own = ("patient", "beneficiary") if type_ == "Coverage" else ("patient",)
    if type_ in {"ExplanationOfBenefit", "Coverage", "Organization", "Location"}:
        own = (*own, "type")
    if type_ == "ExplanationOfBenefit":
        own = (*own, "service-date")
    return ("_id", "_lastUpdated", *own, *search_elements.FINDS.get(type_, ()))


def read(
    type_: str,
    pairs: Iterable[tuple[str, str]],
    *,
    patients: Collection[str],
    default_count: int = DEFAULT_COUNT,
    most_count: int | None = None,
) -> Search:
    """Return the search; unknown parameters are ignored (https://hl7.org/fhir/R4/search.html#errors).

    A modifier such as `name:exact` is never ignored: without it the answer would be another one.
    Raises Malformed, TooMany and AnotherPatient.
    """
    condition, count, cursor = Q(), default_count, ""
    includes: dict[str, list[str]] = {"_include": [], "_include:iterate": []}
    used: list[tuple[str, str]] = []
    for name, value in pairs:
        if not value:
            continue
        if name == "_cursor":
            cursor = value
            continue
        if name == "_count":
            count = _count(value, most_count)
        elif name in includes and understood(type_ if name == "_include" else value.partition(":")[0], value):
            includes[name].append(value)
        elif name in {"patient", "beneficiary"} and name in names(type_):
            _same_patient(value, patients)
        elif name in names(type_):
            condition &= _alternatives(type_, name, value)
        elif name.partition(":")[0] in names(type_):
            raise Malformed(f"This server does not know {name}={value} for {type_}.")
        else:
            continue
        used.append((name, value))
    once, iterated = map(tuple, includes.values())
    return Search(condition, count, once, iterated, cursor, tuple(used))


def _count(value: str, most: int | None) -> int:
    if not value.isascii() or not value.isdigit():
        raise Malformed("_count must be a whole number, 0 or more.")
    if most is not None and int(value) > most:
        raise TooMany(f"value must be at most {most}")
    return min(int(value), MOST) if len(value) < 10 else MOST


def _same_patient(value: str, patients: Collection[str]) -> None:
    """Refuse a search about somebody else; the compartment itself narrows the rest."""
    asked = {(key.id if (key := references.key(reference)) else reference) for reference in value.split(",")}
    if asked.isdisjoint(patients):
        raise AnotherPatient("The access token is for another patient.")


def _alternatives(type_: str, name: str, value: str) -> Q:
    """Return the condition for one parameter: its comma-separated values are alternatives."""
    values = _parts(value, ",")
    if name == "_id":
        return Q(fhir_id__in=values)
    if len(values) > MOST:
        raise Malformed(f"{name} has more than {MOST} values.")
    ask = _CONDITIONS[name] if name in _CONDITIONS else _term(name, search_elements.FINDS[type_][name].type)
    return reduce(or_, map(ask, values))


def _term(name: str, kind: str) -> Callable[[str], Q]:
    """Return what asks for a value of a parameter that `search_elements` keeps in `terms`."""
    kept = f"terms__{name}"
    if kind == search_elements.DATE:
        return partial(_span, name, f"{kept}__0", f"{kept}__1")
    if kind == search_elements.TOKEN:
        return partial(_token, f"{kept}__icontains")
    return lambda value: Q(**{f"{kept}__icontains": f"\n{search_elements.folded(_unescaped(value))}"})


def _parts(value: str, separator: str) -> list[str]:
    """Split where the separator is not escaped (https://hl7.org/fhir/R4/search.html#escaping)."""
    return re.split(rf"(?<!\\){re.escape(separator)}", value)


def _unescaped(value: str) -> str:
    return re.sub(r"\\([\\,|$])", r"\1", value)


def _token(lookup: str, value: str) -> Q:
    """`code`, `system|code`, `system|` or `|code`, against lines of `system|code`."""
    *system, code = map(_unescaped, _parts(value, "|"))
    if not system:
        return Q(**{lookup: f"|{code}\n"})
    return Q(**{lookup: f"\n{system[0]}|{code}\n" if code else f"\n{system[0]}|"})


def _last_updated(value: str) -> Q:
    prefix, (start, end) = _compared("_lastUpdated", value)
    within = Q(last_updated_at__gte=start, last_updated_at__lt=end)
    return {
        "eq": within,
        "ne": ~within,
        "gt": Q(last_updated_at__gte=end),
        "sa": Q(last_updated_at__gte=end),
        "ge": Q(last_updated_at__gte=start),
        "lt": Q(last_updated_at__lt=start),
        "eb": Q(last_updated_at__lt=start),
        "le": Q(last_updated_at__lt=end),
    }[prefix]


def _span(name: str, low: str, high: str, value: str) -> Q:
    """Compare a period with a period: ge, gt, le and lt are true when they overlap the side asked for."""
    prefix, span = _compared(name, value)
    start, end = map(search_elements.moment, span) if low.startswith("terms__") else span
    within = Q(**{f"{low}__gte": start, f"{high}__lte": end})
    return {
        "eq": within,
        "ne": ~within & Q(**{f"{low}__isnull": False}),
        "gt": Q(**{f"{high}__gt": end}),
        "ge": Q(**{f"{high}__gt": start}),
        "lt": Q(**{f"{low}__lt": start}),
        "le": Q(**{f"{low}__lt": end}),
        "sa": Q(**{f"{low}__gte": end}),
        "eb": Q(**{f"{high}__lte": start}),
    }[prefix]


def _compared(name: str, value: str) -> Comparison:
    try:
        return comparison(value)
    except ValueError as error:
        raise Malformed(f"{name}={value} is not a date this server can read.") from error


_CONDITIONS: dict[str, Callable[[str], Q]] = {
    "_lastUpdated": _last_updated,
    "type": partial(_token, "kinds__contains"),
    "service-date": partial(_span, "service-date", "service_from_at", "service_until_at"),
}
