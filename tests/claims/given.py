"""Claims and connections to start a test from, without a payer."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.fhir.bundles import read_resource
from apps.kinds.approval.kind import APPROVAL
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.coverage.kind import COVERAGE
from apps.kinds.coverage.records import CoverageRecord
from apps.plans.models import Plan
from apps.plans.registrations import Registration
from apps.records import activity, kinds, mirror, projection, remarks
from apps.records.entries import NOTHING, Entry
from apps.records.models import Record
from apps.records.original import original
from apps.records.shelf import Library
from apps.records.volumes import Held
from apps.sync.models import SyncMark
from apps.vault import boxes
from apps.vault.boxes import box_for
from tests.claims.systems import C4BB, CLAIM_TYPE, THO

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def a_connection(
    member: Member, *, plan: str = "Harborlight Health", days: int = 0, is_read: bool = True
) -> Connection:
    """Return an active connection of *member* to a plan of that name, made *days* later than others.

    Its first pass is complete unless *is_read* is False: before, no sum stands anywhere.
    """
    slug = plan.lower().replace(" ", "-")
    made = Registration.objects.get_or_create(name="A server", client_id="x")[0]
    row, _ = Plan.objects.get_or_create(
        slug=slug,
        defaults={"name": plan, "fhir_base_url": f"https://{slug}.example/fhir", "registration": made},
    )
    connection = Connection.objects.create(
        member=member,
        plan=row,
        sealed_tokens=b"",
        sealed_patient=b"",
        connected_at=NOW + timedelta(days=days),
    )
    return all_read(connection) if is_read else connection


def all_read(connection: Connection, **changes: Any) -> Connection:
    """Have everything of *connection* read just now."""
    moments: dict[str, Any] = dict.fromkeys(("known_since", "complete_at", "updated_at"), NOW)
    SyncMark.objects.update_or_create(
        connection=connection,
        resource_type="ExplanationOfBenefit",
        defaults={"member": connection.member, **moments | changes},
    )
    return connection


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
        eob["total"] = [_total(THO, "submitted", "480.00"), _total(C4BB, "memberliability", share)]
    return eob | changes


def _total(system: str, code: str, amount: str) -> dict[str, Any]:
    return {
        "category": {"coding": [{"system": system, "code": code}]},
        "amount": {"value": float(amount), "currency": "USD"},
    }


def save(
    connection: Connection,
    *bodies: dict[str, Any] | bytes,
    names: dict[str, str] | None = None,
    now: datetime = NOW,
) -> mirror.Put:
    """Mirror *bodies* as the sync would and put them into books; *names* are of ``Type/id``."""
    made = [body if isinstance(body, bytes) else json.dumps(body).encode() for body in bodies]
    made += [json.dumps(_named(reference, name)).encode() for reference, name in (names or {}).items()]
    box = box_for(connection.member)
    with transaction.atomic():
        Connection.objects.select_for_update().get(pk=connection.pk)
        put = mirror.put(
            connection=connection,
            box=box,
            resources=[read_resource(body) for body in made],
            kept=kinds.kept_types(),
            now=now,
        )
    projection.project(connection, box, now=now)
    return put


def _named(reference: str, name: str) -> dict[str, Any]:
    kind, _, id_ = reference.partition("/")
    is_person = kind in ("Practitioner", "Patient", "RelatedPerson")
    return {"resourceType": kind, "id": id_, "name": [{"text": name}] if is_person else name}


def a_claim(member: Member, number: int | str = 1, **changes: Any) -> Record:
    """Return the mirrored record of one claim of *member*, on a connection of its own when they have none."""
    connection = member.connections.first() or a_connection(member)
    before = set(member.records.values_list("pk", flat=True))
    save(connection, an_eob(number, **changes))
    return member.records.exclude(pk__in=before).get()


def leave(connection: Connection, *rows: Record, now: datetime = NOW) -> None:
    """Have the plan no longer send these."""
    with transaction.atomic():
        mirror.leave(connection, [row.pk for row in rows], now=now)
    projection.project(connection, box_for(connection.member), now=now)


def spoil(*record_ids: UUID, seal: bytes = b"nonsense") -> None:
    """Have the sealed text of these records not open any more, and throw the books away that knew it."""
    Record.objects.filter(pk__in=record_ids).update(sealed_body=seal)
    projection.forget()


def held(member: Member) -> list[Held[ClaimEntry]]:
    """Return every claim of *member* as lists have it, older versions and twins too, newest first."""
    return Library(member, box_for(member)).held(CLAIM)


def told(row: Record, entry: Entry | None = None) -> ClaimRecord:
    """Return all that a claim or an approval says, as its page reads it with what its *entry* borrows."""
    called = entry.called if entry else NOTHING
    found = original(row, box_for(row.member), CLAIM, called=called)
    assert isinstance(found, ClaimRecord)
    return found


def row_of(connection: Connection, number: int | str = 1) -> Record:
    """Return the mirrored record of the claim made by `an_eob` under *number*."""
    key = boxes.source_key(box_for(connection.member), f"ExplanationOfBenefit/eob-{number}")
    return connection.records.get(source_key=key)


def path_of(connection: Connection, number: int | str = 1) -> str:
    """Return the path of the page of that claim."""
    return f"/claims/{row_of(connection, number).pk}/"


def all_agreed(member: Member) -> None:
    """Have the member say of every adult whose records wait that this person agreed."""
    box = box_for(member)
    for person in Library(member, box).household.closed:
        remarks.say(
            member=member,
            box=box,
            topic=remarks.Topic.AGREED,
            subject=person.key,
            value="agreed",
            now=NOW,
            connection_id=person.plans[0],
        )


def damage(row: Record) -> None:
    """Have what the plan sent not open any more, as lists find it when books are made again."""
    Record.objects.filter(pk=row.pk).update(sealed_body=b"\x01" + b"x" * 60)
    projection.forget([row.connection_id])


def claims_of(connection: Connection) -> list[Held[ClaimEntry]]:
    """Return the claims of one connection, older versions too, newest first."""
    return [one for one in held(connection.member) if one.plan == connection.pk]


def approvals_of(connection: Connection) -> list[Held[Entry]]:
    """Return its approvals in advance."""
    return Library(connection.member, box_for(connection.member)).held(APPROVAL, plan=connection.pk)


def coverages_of(connection: Connection) -> list[CoverageRecord]:
    """Return what its coverages say."""
    found = Library(connection.member, box_for(connection.member)).held(COVERAGE, plan=connection.pk)
    return [COVERAGE.open_brief(one.entry.brief) for one in found]


def shown(member: Member) -> list[Held[ClaimEntry]]:
    """Return the claims that lists show, newest first."""
    return [one for one in held(member) if one.entry.is_current and one.twin_of is None]


def files_noted(member: Member) -> int:
    """Return how many lines of the member's log say that a file of records was made."""
    lines = activity.happened(member, most=99)
    return sum(line.words == "A file of your records was made" for line in lines)
