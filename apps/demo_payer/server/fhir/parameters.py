"""Reads a search's parameters: which are used, which are ignored, and what each asks of the database."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q

from apps.demo_payer.personalities import Personality
from apps.demo_payer.server import references
from apps.demo_payer.server.dates import Comparison, comparison
from apps.demo_payer.server.fhir.access import SHARED_TYPES
from apps.demo_payer.server.fhir.includes import understood
from apps.demo_payer.server.fhir.outcomes import AnotherPatient, Malformed
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
    cursor: str
    used: tuple[tuple[str, str], ...]


def served_types(personality: Personality) -> frozenset[str]:
    """Return the types this payer answers for: the usual ones and those in the data, or fewer."""
    found = ALWAYS_SERVED | frozenset(Resource.objects.values_list("type", flat=True).distinct())
    return found & frozenset(personality.types) if personality.types else found


def names(type_: str) -> tuple[str, ...]:
    """Return the search parameters of a type, for the CapabilityStatement and for `read`."""
    own: tuple[str, ...] = ()
    if type_ not in SHARED_TYPES | {"Patient"}:
        own = ("patient", "beneficiary") if type_ == "Coverage" else ("patient",)
    if type_ in {"ExplanationOfBenefit", "Coverage", "Organization", "Location"}:
        own = (*own, "type")
    return (
        ("_id", "_lastUpdated", *own, "service-date")
        if type_ == "ExplanationOfBenefit"
        else ("_id", "_lastUpdated", *own)
    )


def read(
    type_: str,
    given: Iterable[tuple[str, str]],
    *,
    patients: Collection[str],
    strict: bool,
    default_count: int = DEFAULT_COUNT,
) -> Search:
    """Return the search; unknown parameters are ignored unless `strict` (https://hl7.org/fhir/R4/search.html#errors).

    Raises Malformed and AnotherPatient.
    """
    condition, count, includes, cursor = Q(), default_count, [], ""
    used: list[tuple[str, str]] = []
    for name, value in given:
        if not value or name == "_format":
            continue
        if name == "_cursor":
            cursor = value
            continue
        if name == "_count":
            count = _count(value)
        elif name == "_include" and understood(type_, value):
            includes.append(value)
        elif name in {"patient", "beneficiary"} and name in names(type_):
            _same_patient(value, patients)
        elif name in names(type_):
            condition &= _alternatives(name, value)
        elif strict:
            raise Malformed(f"This server does not know {name}={value} for {type_}.")
        else:
            continue
        used.append((name, value))
    return Search(condition, count, tuple(includes), cursor, tuple(used))


def _count(value: str) -> int:
    if not value.isascii() or not value.isdigit():
        raise Malformed("_count must be a whole number, 0 or more.")
    return min(int(value), MOST) if len(value) < 10 else MOST


def _same_patient(value: str, patients: Collection[str]) -> None:
    """Refuse a search about somebody else; the compartment itself narrows the rest."""
    asked = {(found.id if (found := references.key(one)) else one) for one in value.split(",")}
    if asked.isdisjoint(patients):
        raise AnotherPatient("The access token is for another patient.")


def _alternatives(name: str, value: str) -> Q:
    """Return the condition for one parameter: its comma-separated values are alternatives."""
    values = value.split(",")
    if name == "_id":
        return Q(fhir_id__in=values)
    if len(values) > MOST:
        raise Malformed(f"{name} has more than {MOST} values.")
    return reduce(or_, (_CONDITIONS[name](one) for one in values))


def _token(value: str) -> Q:
    """`code`, `system|code`, `system|` or `|code`, against the lines kept in `kinds`."""
    system, bar, code = value.rpartition("|")
    if not bar:
        return Q(kinds__contains=f"|{code}\n")
    return Q(kinds__contains=f"\n{system}|{code}\n" if code else f"\n{system}|")


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


def _service_date(value: str) -> Q:
    """Compare a period with a period: ge, gt, le and lt are true when they overlap the side asked for."""
    prefix, (start, end) = _compared("service-date", value)
    within = Q(service_from_at__gte=start, service_until_at__lte=end)
    return {
        "eq": within,
        "ne": ~within & Q(service_from_at__isnull=False),
        "gt": Q(service_until_at__gt=end),
        "ge": Q(service_until_at__gt=start),
        "lt": Q(service_from_at__lt=start),
        "le": Q(service_from_at__lt=end),
        "sa": Q(service_from_at__gte=end),
        "eb": Q(service_until_at__lte=start),
    }[prefix]


def _compared(name: str, value: str) -> Comparison:
    try:
        return comparison(value)
    except ValueError as error:
        raise Malformed(f"{name}={value} is not a date this server can read.") from error


_CONDITIONS: dict[str, Callable[[str], Q]] = {
    "_lastUpdated": _last_updated,
    "type": _token,
    "service-date": _service_date,
}
