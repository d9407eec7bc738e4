"""Members with any number of claims, stored by the very actions the sync uses."""

import datetime as dt
import json
import uuid
from typing import Any

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
MONEY = "http://terminology.hl7.org/CodeSystem/adjudication"
C4BB = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication"
AT_ONCE = 200
KINDS = ("professional", "pharmacy", "institutional", "oral")


def a_member(claims: int, *, a_year: int = 200, states_limits: bool = False) -> Any:
    """Return a new member with that many claims on one connection, so many *a_year*; where the plan
    *states_limits*, with a coverage that has them.

    Their first pages look alike whatever the number, so that only the number is compared. The member was here
    before, and nothing came since: so are most visits, and the first of all asks for more.
    """
    from django.db import transaction  # noqa: PLC0415

    from apps.accounts.models import Member  # noqa: PLC0415
    from apps.fhir.bundles import read_resource  # noqa: PLC0415
    from apps.records import kinds, mirror, projection  # noqa: PLC0415
    from apps.sync.models import LastVisit, SyncMark  # noqa: PLC0415
    from apps.vault.boxes import box_for  # noqa: PLC0415

    if not claims:
        return Member.objects.create_user(f"bench-{uuid.uuid4().hex}@example.com", None)
    member, connection = connected()
    box = box_for(member)
    for start in range(0, claims, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, claims))
        resources = [read_resource(json.dumps(an_eob(number, a_year)).encode()) for number in numbers]
        with transaction.atomic():
            kept = kinds.kept_types()
            mirror.put(connection=connection, box=box, resources=resources, kept=kept, now=NOW)
    if states_limits:
        covered = [read_resource(json.dumps(a_coverage()).encode())]
        with transaction.atomic():
            mirror.put(connection=connection, box=box, resources=covered, kept=kinds.kept_types(), now=NOW)
    projection.project(connection, box, now=NOW)
    if number_of_claims(member) != claims:
        raise SystemExit(f"only {number_of_claims(member)} of {claims} claims were stored")
    # Without it the records count as arriving still, and Today makes no sum.
    read = dict.fromkeys(("known_since", "complete_at", "updated_at"), NOW)
    SyncMark.objects.create(
        member=member, connection=connection, resource_type="ExplanationOfBenefit", **read
    )
    LastVisit.objects.create(member=member, since=NOW, seen_at=NOW)
    return member


def number_of_claims(member: Any) -> int:
    """Return how many claims the books of *member* hold."""
    return len(newest_claims(member))


def newest_claims(member: Any) -> list[uuid.UUID]:
    """Return the ids of the claims of *member*, as the list shows them."""
    from apps.kinds.claim.kind import CLAIM  # noqa: PLC0415
    from apps.records.shelf import Library  # noqa: PLC0415
    from apps.vault.boxes import box_for  # noqa: PLC0415

    return [held.id for held in Library(member, box_for(member)).newest(CLAIM)]


def connected(base_url: str = "https://bench.example/fhir") -> tuple[Any, Any]:
    """Return a new member and their connection to a plan at *base_url*."""
    from apps.accounts.models import Member  # noqa: PLC0415
    from apps.connections.models import Connection  # noqa: PLC0415
    from apps.plans.models import Plan  # noqa: PLC0415

    member = Member.objects.create_user(f"bench-{uuid.uuid4().hex}@example.com", None)
    plan, _ = Plan.objects.update_or_create(
        slug="bench", defaults={"name": "Harborlight Health", "fhir_base_url": base_url}
    )
    connection = Connection.objects.create(
        member=member, plan=plan, sealed_tokens=b"", sealed_patient=b"", connected_at=NOW
    )
    return member, connection


def newest() -> Any:
    """Return the member made last."""
    from apps.accounts.models import Member  # noqa: PLC0415

    return Member.objects.latest("date_joined")


def search_token(member: Any, text: str) -> str:
    """Return what stands in the address of a search by *member*."""
    from apps.kinds.claim import sealed_query  # noqa: PLC0415
    from apps.vault.boxes import box_for  # noqa: PLC0415

    return sealed_query.token_of(box_for(member), text)


def settle() -> None:
    """Bring PostgreSQL's statistics up to date, as its autovacuum does within a minute of any sync."""
    from django.db import connection  # noqa: PLC0415

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def cookie_of(member: Any) -> str:
    """Sign *member* in and return the cookie header of their browser."""
    from django.conf import settings  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    client = Client()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


def a_coverage() -> dict[str, Any]:
    """Return a coverage that states the two limits of a year."""
    limits = (("deductible", 1500), ("maxoutofpocket", 5000))
    return {
        "resourceType": "Coverage",
        "id": "bench",
        "status": "active",
        "period": {"start": "2020-01-01"},
        "beneficiary": {"reference": "Patient/bench"},
        "payor": [{"display": "Harborlight Health"}],
        "costToBeneficiary": [
            {"type": {"coding": [{"code": code}]}, "valueMoney": {"value": value, "currency": "USD"}}
            for code, value in limits
        ],
    }


def an_eob(number: int, a_year: int = 200) -> dict[str, Any]:
    """Return a claim of three lines, about 5 KB of JSON, as a CARIN payer sends it."""
    on = (dt.date(2026, 11, 20) - dt.timedelta(days=number * 365 // a_year)).isoformat()
    return {
        "resourceType": "ExplanationOfBenefit",
        "id": f"bench-{number}",
        "status": "active",
        "use": "claim",
        "outcome": "complete",
        "type": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": KINDS[number % 4]}
            ]
        },
        "patient": {"reference": "Patient/bench"},
        "created": on,
        "billablePeriod": {"start": on, "end": on},
        "insurer": {"display": "Harborlight Health"},
        "provider": {"display": f"Riverside Clinic {number % 17}"},
        "identifier": [{"value": f"BENCH-{number}"}],
        "diagnosis": [
            {
                "sequence": 1,
                "diagnosisCodeableConcept": {
                    "coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}]
                },
            }
        ],
        "item": [
            {
                "sequence": line,
                "servicedDate": on,
                "productOrService": {
                    "coding": [
                        {"system": "https://www.cms.gov/hcpcs", "code": "G0447", "display": "Counseling"}
                    ]
                },
                "adjudication": _money(number + line),
            }
            for line in (1, 2, 3)
        ],
        "total": _money(number + 1, number + 2, number + 3),
    }


def _money(*lines: int) -> list[dict[str, Any]]:
    """Return the amounts of these lines together, which agree with each other."""
    billed, copay = sum(100 + line % 900 for line in lines), 20 * len(lines)
    parts = {
        (MONEY, "submitted"): billed,
        (MONEY, "eligible"): billed * 0.6,
        (MONEY, "benefit"): billed * 0.5 - copay,
        (MONEY, "deductible"): 0,
        (MONEY, "copay"): copay,
        (C4BB, "coinsurance"): billed * 0.1,
        (C4BB, "memberliability"): billed * 0.1 + copay,
    }
    return [
        {
            "category": {"coding": [{"system": system, "code": code}]},
            "amount": {"value": round(value, 2), "currency": "USD"},
        }
        for (system, code), value in parts.items()
    ]
