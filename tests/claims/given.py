"""Claims and connections to start a test from, without a payer."""

import json
from datetime import UTC, datetime
from typing import Any

from apps.accounts.models import Member
from apps.claims import actions
from apps.claims.models import Claim
from apps.connections.models import Connection
from apps.plans.models import Plan
from apps.vault.boxes import box_for

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
CLAIM_TYPE = "http://terminology.hl7.org/CodeSystem/claim-type"
MONEY = "http://terminology.hl7.org/CodeSystem/adjudication"
C4BB = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication"


def a_connection(member: Member, *, plan: str = "Harborlight Health") -> Connection:
    """Return an active connection of *member* to a plan of that name."""
    slug = plan.lower().replace(" ", "-")
    row, _ = Plan.objects.get_or_create(
        slug=slug, defaults={"name": plan, "fhir_base_url": f"https://{slug}.example/fhir", "client_id": "x"}
    )
    return Connection.objects.create(
        member=member, plan=row, sealed_tokens=b"", sealed_patient=b"", connected_at=NOW
    )


def an_eob(
    number: int | str,
    *,
    on: str | None = "2026-03-09",
    share: str | None = "53.52",
    kind: str = "professional",
    **changes: Any,
) -> dict[str, Any]:
    """Return the JSON of a claim; *share* None leaves all amounts out. Amounts are JSON numbers."""
    eob: dict[str, Any] = {
        "resourceType": "ExplanationOfBenefit",
        "id": f"eob-{number}",
        "status": "active",
        "use": "claim",
        "outcome": "complete",
        "type": {"coding": [{"system": CLAIM_TYPE, "code": kind}]},
        "patient": {"reference": "Patient/1"},
        "insurer": {"display": "Harborlight Health"},
        "provider": {"display": "Riverside Clinic"},
        "identifier": [{"value": f"CLM-{number}"}],
    }
    if on is not None:
        eob["billablePeriod"] = {"start": on}
        eob["created"] = on
    if share is not None:
        eob["total"] = [_total(MONEY, "submitted", "480.00"), _total(C4BB, "memberliability", share)]
    return eob | changes


def _total(system: str, code: str, amount: str) -> dict[str, Any]:
    return {
        "category": {"coding": [{"system": system, "code": code}]},
        "amount": {"value": float(amount), "currency": "USD"},
    }


def save(
    connection: Connection, *eobs: dict[str, Any], names: dict[str, str] | None = None, now: datetime = NOW
) -> actions.Saved:
    """Save *eobs* as the sync would."""
    return actions.save(
        connection=connection,
        box=box_for(connection.member),
        bodies=[json.dumps(eob).encode() for eob in eobs],
        names=names or {},
        now=now,
    )


def a_claim(member: Member, number: int | str = 1, **changes: Any) -> Claim:
    """Return the stored row of one claim of *member*, on a connection of its own when they have none."""
    connection = member.connections.first() or a_connection(member)
    before = set(member.claims.values_list("pk", flat=True))
    save(connection, an_eob(number, **changes))
    return member.claims.exclude(pk__in=before).get()
