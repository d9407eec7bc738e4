"""Fills the payer's database: the invented people, or a folder of published FHIR JSON."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from django.db import transaction

from apps.demo_payer.server import dates, json_folder, references, search_elements
from apps.demo_payer.server.fhir.access import SHARED_TYPES
from apps.demo_payer.server.models import Account, Load, Resource

# Raise it when the rows made from the same data change, so that databases are filled again.
LOADING_VERSION = "3"
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading did: whether anything had to be done, and what is worth telling."""

    fresh: bool
    resources: int = 0
    older_versions: int = 0
    nobodys: int = 0  # resources of no patient and no shared type, which no token can read
    given_ids: int = 0
    skipped: tuple[str, ...] = field(default=())


def load(folder: Path | None, *, now: datetime) -> Loaded:
    """Fill the database from `folder`, or with the invented people, unless that is what it holds already.

    Raises FileNotFoundError when the folder is not there or holds no JSON.
    """
    fingerprint = _folder_fingerprint(folder) if folder else _people_fingerprint(now.date())
    if Load.objects.filter(fingerprint=fingerprint).exists():
        return Loaded(fresh=False)
    return _load_folder(folder, fingerprint, now=now) if folder else _load_people(fingerprint, now=now)


def _people_fingerprint(today: date) -> str:
    """Return a digest of what the people are made from: they live on from day to day."""
    from apps.demo_payer.people import GENERATOR_VERSION  # noqa: PLC0415 - not needed to serve a folder

    return hashlib.sha256(f"people {LOADING_VERSION} {GENERATOR_VERSION} {today}".encode()).hexdigest()


def _folder_fingerprint(folder: Path) -> str:
    """Return a digest of the files' names, sizes and times: reading them all would cost what it saves."""
    paths = json_folder.files(folder)
    if not paths:
        raise FileNotFoundError(f"{folder} is not a folder that holds .json or .ndjson files")
    seen = [f"{path}|{(stat := path.stat()).st_size}|{stat.st_mtime_ns}" for path in paths]
    return hashlib.sha256("\n".join(["folder", LOADING_VERSION, *seen]).encode()).hexdigest()


def _load_people(fingerprint: str, *, now: datetime) -> Loaded:
    from apps.demo_payer.people import everyone, resources, to_json  # noqa: PLC0415 - not needed to serve a folder

    accounts = [
        Account(
            username=account.username, patient_id=account.patient_id, name=account.name, story=account.story
        )
        for account in everyone()
    ]
    contents = json_folder.Found(bodies=[to_json(resource).encode() for resource in resources(now.date())])
    rows, older = _newest(contents, now=now)
    return _store(accounts, rows, contents, older, fingerprint, now=now)


def _load_folder(folder: Path, fingerprint: str, *, now: datetime) -> Loaded:
    contents = json_folder.read(folder)
    rows, older = _newest(contents, now=now)
    for body in _missing_patients(rows):
        row = row_of(body, {}, now=now)
        rows[references.Key(row.type, row.fhir_id)] = row
    return _store(_accounts(rows), rows, contents, older, fingerprint, now=now)


def _newest(contents: json_folder.Found, *, now: datetime) -> tuple[dict[references.Key, Resource], int]:
    """Return one row per type and id, the one changed last (or read last), and how many gave way."""
    rows: dict[references.Key, Resource] = {}
    older = 0
    for body in contents.bodies:
        row = row_of(body, contents.full_urls, now=now)
        key = references.Key(row.type, row.fhir_id)
        older += key in rows
        if key not in rows or row.last_updated_at >= rows[key].last_updated_at:
            rows[key] = row
    return rows, older


def _missing_patients(rows: Mapping[references.Key, Resource]) -> list[bytes]:
    """Return a bare Patient for each one that records name but the data does not hold."""
    named = {row.patient_id for row in rows.values()} - {""}
    absent = sorted(name for name in named if references.Key("Patient", name) not in rows)
    return [
        msgspec.json.encode({"resourceType": "Patient", "id": name, "name": [{"text": f"Member {name}"}]})
        for name in absent
    ]


def _accounts(rows: Mapping[references.Key, Resource]) -> list[Account]:
    """Return a sign-in for every Patient: the username is the patient's id."""
    held: dict[str, Counter[str]] = {}
    for row in rows.values():
        held.setdefault(row.patient_id, Counter())[row.type] += 1
    return [
        Account(
            username=row.fhir_id,
            patient_id=row.fhir_id,
            name=_name(msgspec.json.decode(bytes(row.body))) or row.fhir_id,
            story=_story(held[row.patient_id]),
        )
        for row in rows.values()
        if row.type == "Patient"
    ]


def _name(patient: Mapping[str, Any]) -> str:
    names = patient.get("name")
    first = names[0] if isinstance(names, list) and names and isinstance(names[0], dict) else {}
    first_names = first.get("given") if isinstance(first.get("given"), list) else []
    parts = [*(str(name) for name in first_names or []), str(first.get("family") or "")]
    return str(first.get("text") or " ".join(part for part in parts if part))[:200]


def _story(held: Counter[str]) -> str:
    claims, coverages = held["ExplanationOfBenefit"], held["Coverage"]
    others = held.total() - claims - coverages - held["Patient"]
    counts = [(claims, "claim"), (coverages, "coverage"), (others, "other record")]
    words = [f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts if count]
    return ", ".join(words) or "No claims"


@transaction.atomic
def _store(
    accounts: list[Account],
    rows: Mapping[references.Key, Resource],
    contents: json_folder.Found,
    older: int,
    fingerprint: str,
    *,
    now: datetime,
) -> Loaded:
    """Replace what was there in one transaction; permissions of people who are still there stay."""
    Resource.objects.all()._raw_delete(using="default")
    newest_first = sorted(rows.values(), key=lambda row: row.last_updated_at, reverse=True)
    Resource.objects.bulk_create(newest_first, batch_size=_AT_ONCE)
    _store_accounts(accounts)
    Load.objects.all().delete()
    Load.objects.create(fingerprint=fingerprint, loaded_at=now)
    return Loaded(
        fresh=True,
        resources=len(newest_first),
        older_versions=older,
        nobodys=sum(1 for row in newest_first if not row.patient_id and row.type not in SHARED_TYPES),
        given_ids=contents.given_ids,
        skipped=tuple(contents.skipped),
    )


def _store_accounts(accounts: Iterable[Account]) -> None:
    kept = list(accounts)
    Account.objects.exclude(username__in=[account.username for account in kept]).delete()
    Account.objects.bulk_create(
        kept, update_conflicts=True, unique_fields=["username"], update_fields=["patient_id", "name", "story"]
    )


def row_of(body: bytes, full_urls: Mapping[str, references.Key], *, now: datetime) -> Resource:
    """Return the unsaved row of a resource; one that names no change time counts as changed `now`."""
    resource: dict[str, Any] = msgspec.json.decode(body)
    service = _service_span(resource)
    meta = resource.get("meta")
    updated = dates.span_of(meta.get("lastUpdated")) if isinstance(meta, dict) else None
    return Resource(
        type=str(resource["resourceType"]),
        fhir_id=str(resource["id"]),
        patient_id=references.patient_id(resource, full_urls),
        last_updated_at=updated.start if updated else now,
        service_from_at=service.start if service else None,
        service_until_at=service.end if service else None,
        kinds=_kinds(resource.get("type")),
        terms=search_elements.terms(resource),
        body=body,
    )


def _service_span(resource: Mapping[str, Any]) -> dates.Span | None:
    """Return when the service was: the billable period, else the days of the lines (CARIN `service-date`)."""
    whole = _period(resource.get("billablePeriod"))
    if whole:
        return whole
    items = resource.get("item")
    days = [_line_span(item) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return _around(span for span in days if span)


def _line_span(item: Mapping[str, Any]) -> dates.Span | None:
    return dates.span_of(item.get("servicedDate")) or _period(item.get("servicedPeriod"))


def _period(value: object) -> dates.Span | None:
    if not isinstance(value, dict):
        return None
    spans = (dates.span_of(value.get(name)) for name in ("start", "end"))
    return _around(span for span in spans if span)


def _around(spans: Iterable[dates.Span]) -> dates.Span | None:
    days = list(spans)
    return dates.Span(min(span.start for span in days), max(span.end for span in days)) if days else None


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
