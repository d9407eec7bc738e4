"""Results that are not finished at once: a person's newest report comes a step further with each update.

First it is not there, then preliminary, then final, then corrected. What counts as an update is that an app
asks for the first page of Observation; the report and what it reports stand at one step.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from django.db.models import Q
from django.utils import timezone

from apps.demo_payer.personalities import Personality
from apps.demo_payer.server import memory, references
from apps.demo_payer.server.models import Resource, Token

STEPS: Final = ("", "preliminary", "final", "corrected")
"""The status at each step, "" before anything came."""
RESULT, REPORT = "Observation", "DiagnosticReport"
CORRECTED: Final = "Corrected: the first value was of another sample."


class Late(NamedTuple):
    """The newest results of whoever a token is for: their rows, at which step they are and since when."""

    ids: frozenset[int]
    status: str
    since: datetime

    def condition(self, asked: Q, at_any_time: Q) -> Q:
        """Return what finds rows: the late ones not before they are there, and then as just changed."""
        on_time = asked & ~Q(pk__in=self.ids)
        return on_time | (at_any_time & Q(pk__in=self.ids)) if self.status else on_time

    def as_it_stands(self, row: Resource) -> Resource:
        """Return a row as it is at this step; what is on time stays as it is."""
        if row.pk in self.ids:
            row.body = msgspec.json.encode(_at_step(msgspec.json.decode(bytes(row.body)), self))
        return row


def late(token: Token, personality: Personality, type_: str, patients: list[str], *, is_new: bool) -> Late:
    """Return the late results of a personality that has such; *is_new*: a first page is asked for."""
    if not personality.late_results or type_ not in (RESULT, REPORT):
        return Late(frozenset(), STEPS[-1], timezone.now())
    kept = memory.of(personality.name)
    with kept.lock:
        step, since = kept.late.get(token.permission_id, (-1, timezone.now()))
        if is_new and type_ == RESULT:
            step, since = min(step + 1, len(STEPS) - 1), timezone.now()
            kept.late[token.permission_id] = step, since
    return Late(frozenset(_newest(patients)), STEPS[max(step, 0)], since)


def _newest(patients: list[str]) -> Iterator[int]:
    """Yield the keys of each person's newest report with results, and of these."""
    for patient in patients:
        reports = Resource.objects.filter(type=REPORT, patient_id=patient).order_by("-last_updated_at", "-pk")
        report_results = (
            (row.pk, msgspec.json.decode(bytes(row.body)).get("result")) for row in reports.iterator()
        )
        report, results = next(((pk, listed) for pk, listed in report_results if listed), (None, []))
        if report is not None:
            ids = [key.id for result in results if (key := references.key(result.get("reference")))]
            yield report
            yield from Resource.objects.filter(type=RESULT, fhir_id__in=ids).values_list("pk", flat=True)


def _at_step(record: dict[str, Any], late: Late) -> dict[str, Any]:
    """Return a record of that step: until it is corrected a result is one unit of its last place too high."""
    is_right, at = late.status == "corrected", late.since.isoformat(timespec="seconds")
    record |= {"status": late.status, "issued": at, "meta": record.get("meta", {}) | {"lastUpdated": at}}
    if is_right and record["resourceType"] == RESULT:
        record["note"] = [{"text": CORRECTED}]
    elif not is_right:
        for told_of_the_right_value in ("interpretation", "conclusion"):
            record.pop(told_of_the_right_value, None)
        if "valueQuantity" in record:
            record["valueQuantity"] |= {"value": _next(record["valueQuantity"])}
    return record


def _next(quantity: Mapping[str, Any]) -> float:
    """Return the next higher number of as many places."""
    places = len(str(quantity["value"]).partition(".")[2])
    return round(float(quantity["value"]) + 0.1**places, places)
