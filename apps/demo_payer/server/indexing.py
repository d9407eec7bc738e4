"""Turns a resource's JSON text into a row: the text itself, and what searches look at."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from apps.demo_payer.server import dates, finding, references
from apps.demo_payer.server.models import Resource


def row(body: bytes, full_urls: Mapping[str, references.Key], *, now: datetime) -> Resource:
    """Return the unsaved row of a resource; one that names no change time counts as changed `now`."""
    resource: dict[str, Any] = msgspec.json.decode(body)
    service = _service_span(resource)
    meta = resource.get("meta")
    updated = _span(meta.get("lastUpdated")) if isinstance(meta, dict) else None
    return Resource(
        type=str(resource["resourceType"]),
        fhir_id=str(resource["id"]),
        patient_id=references.patient_id(resource, full_urls),
        last_updated_at=updated.start if updated else now,
        service_from_at=service.start if service else None,
        service_until_at=service.end if service else None,
        kinds=_kinds(resource.get("type")),
        terms=finding.terms(resource),
        body=body,
    )


def _span(text: object) -> dates.Span | None:
    try:
        return dates.span(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _service_span(resource: Mapping[str, Any]) -> dates.Span | None:
    """Return when the service was: the billable period, else the days of the lines (CARIN `service-date`)."""
    whole = _period(resource.get("billablePeriod"))
    if whole:
        return whole
    items = resource.get("item")
    days = [_line_span(item) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return _around(span for span in days if span)


def _line_span(item: Mapping[str, Any]) -> dates.Span | None:
    return _span(item.get("servicedDate")) or _period(item.get("servicedPeriod"))


def _period(value: object) -> dates.Span | None:
    if not isinstance(value, dict):
        return None
    return _around(span for span in (_span(value.get("start")), _span(value.get("end"))) if span)


def _around(spans: Iterable[dates.Span]) -> dates.Span | None:
    known = list(spans)
    return dates.Span(min(one.start for one in known), max(one.end for one in known)) if known else None


def _kinds(value: object) -> str:
    """Return the codings of a CodeableConcept, or of a list of them, one `system|code` per line."""
    concepts = value if isinstance(value, list) else [value]
    lines = [
        f"{coding.get('system', '')}|{coding.get('code', '')}\n"
        for concept in concepts
        if isinstance(concept, dict)
        for coding in concept.get("coding", [])
        if isinstance(coding, dict)
    ]
    return "\n" + "".join(lines) if lines else ""
