"""Alice's connection to a scripted payer, with a few records to bring."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.connections.tokens import Tokens, seal_tokens
from apps.demo_payer.demo_process import Running
from apps.plans.models import Plan
from apps.plans.origins import binding
from apps.sync import actions, runner
from apps.sync.models import SyncRun
from apps.vault.boxes import box_for
from tests.demo_payer.member import Member as Person
from tests.fhir.stub import Door, Stub, bundle, reply, serving
from tests.registered import registered
from tests.sync.clockwork import START, Clock
from tests.sync.looking import are_books_whole

type Json = dict[str, Any]
type Connect = Callable[..., Connection]


def an_eob(number: int, **changes: Any) -> Json:
    """Return a professional claim by practitioner p1, billed 100.00."""
    return {
        "resourceType": "ExplanationOfBenefit",
        "id": f"eob-{number}",
        "status": "active",
        "use": "claim",
        "outcome": "complete",
        "type": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": "professional"}]
        },
        "patient": {"reference": "Patient/alice"},
        "billablePeriod": {"start": "2026-03-09"},
        "created": "2026-03-10",
        "insurer": {"reference": "Organization/o1"},
        "provider": {"reference": "Practitioner/p1"},
        "total": [
            {
                "category": {
                    "coding": [
                        {"system": "http://terminology.hl7.org/CodeSystem/adjudication", "code": "submitted"}
                    ]
                },
                "amount": {"value": 100, "currency": "USD"},
            }
        ],
    } | changes


COVERAGE: Json = {
    "resourceType": "Coverage",
    "id": "cov-1",
    "status": "active",
    "beneficiary": {"reference": "Patient/alice"},
    "payor": [{"reference": "Organization/o1"}],
}
PATIENT: Json = {"resourceType": "Patient", "id": "alice", "name": [{"text": "Alice Adams"}]}
ORGANIZATION: Json = {
    "resourceType": "Organization",
    "id": "o1",
    "active": True,
    "name": "Harborlight Health",
}
PRACTITIONER: Json = {
    "resourceType": "Practitioner",
    "id": "p1",
    "name": [{"given": ["Ruth"], "family": "Okafor"}],
}


@pytest.fixture
def stub() -> Iterator[Stub]:
    """Return a payer with one person, one coverage, three claims on two pages, and their people."""
    with serving() as payer:
        payer.on("Patient/alice", PATIENT)
        payer.on("Coverage", bundle(COVERAGE))
        first = bundle(an_eob(1), an_eob(2), next="ExplanationOfBenefit?page=2")
        last = bundle(an_eob(3))
        payer.on("ExplanationOfBenefit", lambda query: reply(last if "page" in query else first))
        payer.on("Organization", bundle(ORGANIZATION))
        payer.on("Practitioner", bundle(PRACTITIONER))
        yield payer


@pytest.fixture
def connection(alice: Member, stub: Stub, now: datetime) -> Connection:
    """Return Alice's active connection to the stub."""
    plan = Plan.objects.create(
        slug="stub", name="Harborlight Health", fhir_base_url=stub.base_url, registration=registered("x")
    )
    return Connection.objects.create(
        member=alice, plan=plan, sealed_tokens=b"", sealed_patient=b"", connected_at=now
    )


@pytest.fixture
def door() -> Door:
    """Return the transport of the connection."""
    return Door("alice")


@pytest.fixture
def bring(connection: Connection, door: Any, now: datetime) -> Callable[..., SyncRun]:
    """Return a verb that starts a run, does it at *at*, and returns it as it is afterwards.

    Of a run that is over the books are whole, before any page has looked.
    """

    def verb(*, at: datetime = now, through: Any = door) -> SyncRun:
        run = actions.start(connection=connection, now=at)
        runner.run(run_id=run.pk, now_fn=lambda: at, connect=lambda *_, **__: through)
        run.refresh_from_db()
        assert run.is_active or are_books_whole(connection)
        return run

    return verb


@pytest.fixture
def connected(alice: Member) -> Connect:
    """Return a verb that signs in at a payer as one of its people and connects Alice with it."""

    def verb(payer: Running, username: str, personality: str = "standard") -> Connection:
        person = Person(payer, username, personality)
        answer = person.tokens()
        patient_id = person.get("Patient", answer["access_token"]).json()["entry"][0]["resource"]["id"]
        plan = Plan.objects.create(
            slug="demo",
            name="Demo",
            fhir_base_url=person.fhir_base_url,
            registration=registered("x"),
            profile=person.plays.profile,
        )
        row = Connection(member=alice, plan=plan, connected_at=timezone.now())
        box = box_for(alice)
        bound_to = binding(plan, person.fhir_base_url)
        seal_tokens(row, box, Tokens(access_token=answer["access_token"], bound_to=bound_to))
        patient = json.dumps({"id": patient_id, "name": username}).encode()
        row.sealed_patient = box.seal(row, "sealed_patient", patient)
        row.save()
        return row

    return verb


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def members(db: None, stub: Stub) -> Callable[..., list[Connection]]:
    """Return a verb that connects so many members to one plan, with these quirks on its row."""

    def verb(number: int, slug: str = "stub", **quirks: Any) -> list[Connection]:
        plan = Plan.objects.create(
            slug=slug, name=slug, fhir_base_url=stub.base_url, registration=registered("x"), own_quirks=quirks
        )
        people = [Member.objects.create_user(f"{slug}-{index}@example.com", "-") for index in range(number)]
        rows = [
            Connection(member=member, plan=plan, sealed_tokens=b"", sealed_patient=b"", connected_at=START)
            for member in people
        ]
        return Connection.objects.bulk_create(rows)

    return verb


@pytest.fixture
def consented(connection: Connection, now: datetime) -> Connection:
    """Return Alice's connection after she said yes to clinical records too."""
    Connection.objects.filter(pk=connection.pk).update(clinical_since=now)
    connection.refresh_from_db()
    return connection
