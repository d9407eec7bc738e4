"""What a new release makes of rows of the one before."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.plans.models import Plan
from apps.sync.models.paces import PlanPace

UNTIL = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_whose_update_met_an_outage_is_forgotten_and_nothing_else() -> None:
    """Until then the number of a member's update stood there; a plan stays paused for as long as it was."""
    paused, well = (
        Plan.objects.create(slug=slug, name=slug, fhir_base_url=f"https://{slug}.example/fhir")
        for slug in ("paused", "well")
    )
    held = {"outages": 3, "is_widespread": True, "pauses": 2, "paused_until": UNTIL}
    executor = MigrationExecutor(connection)
    here = [node for node in executor.loader.graph.leaf_nodes() if node[0] == "sync"]
    try:
        before = executor.migrate([("sync", "0005_whose_steps_met_others")]).apps
        rows = before.get_model("sync", "PlanPace").objects
        rows.create(plan_id=paused.pk, failing_run=uuid4(), **held)
        rows.create(plan_id=well.pk, outages=1)
    finally:
        MigrationExecutor(connection).migrate(here)
    assert set(PlanPace.objects.values_list("failing_run", flat=True)) == {None}
    assert PlanPace.objects.filter(plan=paused, **held).exists()
    assert PlanPace.objects.get(plan=well).outages == 1


@pytest.mark.django_db(transaction=True)
def test_a_disconnect_that_was_cut_off_is_the_members_to_end(alice: Member) -> None:
    """R-38: nothing is read through it, and its tokens stay, to be revoked when it is ended."""
    plan = Plan.objects.create(slug="a", name="A", fhir_base_url="https://a.example/fhir")
    executor = MigrationExecutor(connection)
    here = [node for node in executor.loader.graph.leaf_nodes() if node[0] == "connections"]
    sealed = {"sealed_tokens": b"x", "sealed_patient": b"x"}
    try:
        before = executor.migrate([("connections", "0007_renewals_refused")]).apps
        rows = before.get_model("connections", "Connection").objects
        for status in ("active", "ending", "kept"):
            rows.create(plan_id=plan.pk, member_id=alice.pk, status=status, connected_at=UNTIL, **sealed)
    finally:
        MigrationExecutor(connection).migrate(here)
    told = Connection.objects.order_by("status").values_list("status", "sealed_tokens")
    assert [(status, bytes(tokens)) for status, tokens in told] == [
        ("active", b"x"), ("kept", b"x"), ("needs_sign_in", b"x"),
    ]  # fmt: skip
    assert not Connection.objects.usable().filter(status="needs_sign_in").exists()
