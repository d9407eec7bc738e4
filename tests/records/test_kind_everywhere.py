"""A kind that a test brings stands everywhere where kinds stand, and no other code says its name."""

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import endings, wording
from apps.connections.models import Connection
from apps.connections.preflight import preflight
from apps.listing import published
from apps.plans.scopes import scopes_to_ask
from apps.records.models import Book, Record
from apps.records.shelf import Library
from apps.vault.boxes import box_for
from tests.claims.given import an_eob, save
from tests.quirks import set_quirks
from tests.records.toy import GLASSES, sent
from tests.takeaway.given import content, get, raw_resources, sure

GRANTED = "Glasses: who prescribed them, and how strong"
pytestmark = pytest.mark.usefixtures("with_glasses")


def lenses(member: Member) -> list[str]:
    return [
        GLASSES.brief_of(glasses.entry).lens for glasses in Library(member, box_for(member)).held(GLASSES)
    ]


def test_a_plan_is_asked_for_it_and_the_member_reads_so_before_they_leave(connection: Connection) -> None:
    set_quirks(connection.plan, scope_style="types_v2")
    connection.plan.refresh_from_db()
    assert "patient/EnrollmentRequest.rs" in scopes_to_ask(connection.plan.quirks)
    assert GRANTED in preflight(connection.plan).asked
    assert wording.granted("patient/EnrollmentRequest.rs") == [GRANTED]
    assert wording.withheld("patient/Coverage.rs", asked=["patient/*.read"])[-1] == GRANTED


def test_a_reviewer_reads_of_it(client: Client, db: None) -> None:
    assert "EnrollmentRequest" in [kind.fhir_types for kind in published.accessed()]
    assert "Glasses and lenses" in client.get("/app/").content.decode()


@pytest.mark.parametrize("scope", ["all", 2026])
def test_it_is_taken_along_as_the_plan_sent_it(connection: Connection, client: Client, scope: object) -> None:
    member = connection.member
    client.force_login(member)
    save(connection, sent("a"), an_eob(1), names={"Organization/7": "Clear Sight"})
    bodies = raw_resources(content(get(sure(client, member), "originals", scope)))
    assert sum(b'"EnrollmentRequest"' in body for body in bodies) == 1
    assert any(b"Clear Sight" in body for body in bodies), "what it refers to comes with it"


def test_a_file_of_another_year_is_without_it(connection: Connection, client: Client) -> None:
    client.force_login(connection.member)
    save(connection, sent("a", written="2025-01-01"), an_eob(1))
    made = content(get(sure(client, connection.member), "originals", 2026))
    assert b"EnrollmentRequest" not in made
    assert b"ExplanationOfBenefit" in made


def test_it_is_counted_on_the_receipt_and_erased_with_the_permission(connection: Connection) -> None:
    save(connection, sent("a"), sent("b", written="2025-01-01"))
    receipt = endings.erase(connection=connection, now=timezone.now())
    assert receipt is not None
    assert receipt.counts["prescriptions"] == 2
    assert not Record.objects.exists()
    assert not Book.objects.exists()
