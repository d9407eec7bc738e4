"""One id through an attempt, its connection, the runs and steps that come of it, and every call (C-12)."""

import logging
from typing import Any

import pytest
from django.test import Client

from apps.connections.models import Attempt, Connection
from apps.plans.models import Plan
from config.logs import LineFormatter, Masking
from tests.connections.conftest import come_back, connect, leave
from tests.connections.stub_plan import StubPlan, as_json
from tests.sync.test_with_demo_payer import brought as run

OURS = ("plainclaim.connections", "plainclaim.sync", "plainclaim.outbound")


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the handler of the settings would write of our own loggers."""
    records = [record for record in caplog.records if record.name in OURS]
    assert all(Masking().filter(record) for record in records)
    return [LineFormatter().format(record) for record in records]


@pytest.mark.usefixtures("shared_database")
def test_c_12_one_random_id_leads_from_the_first_click_to_the_last_call(
    alice_client: Client,
    plan: Plan,
    stub: StubPlan,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """C-12: also through the threads that ask, and when the permission ends."""
    settings.SYNC_LANES = 4
    caplog.set_level(logging.INFO)
    stub.override["/fhir/Coverage"] = as_json({"resourceType": "OperationOutcome"}, 403)
    connection = connect(alice_client, plan, stub)
    brought = run(connection)
    alice_client.post(f"/connections/{connection.pk}/disconnect/", {"records": "erase"})
    reference = Attempt.objects.get().reference
    assert not [record for record in caplog.records if record.name in OURS and "p-1" in record.getMessage()]
    written = lines(caplog)
    for told in (
        f"attempt {reference} is returned",
        f"plan harborlight is connected, connection {connection.pk}",
        f"sync run {brought.pk} begins",
        f"sync run {brought.pk} step Coverage failed, granted_refused 403",
        f"sync run {brought.pk} is partial",
        "/fhir/ExplanationOfBenefit 200",
        "POST 127.0.0.1/token 200",
        "POST 127.0.0.1/revoke 200",
    ):
        told_in = [line for line in written if told in line]
        assert told_in, told
        assert all(line.endswith(f"[{reference}]") for line in told_in), told
    assert not [line for line in written if "alice" in line.lower() or "Quill" in line]


def test_c_12_who_goes_on_after_another_leaves_no_id_behind(
    alice_client: Client, plan: Plan, stub: StubPlan, caplog: pytest.LogCaptureFixture
) -> None:
    """C-12: a thread of the server serves many; a trip that fails ends its id too."""
    caplog.set_level(logging.INFO)
    come_back(alice_client, {**stub.sign_in(leave(alice_client, plan)), "iss": "https://evil.example"})
    logging.getLogger("plainclaim.sync").info("something else")
    *trip, after = lines(caplog)
    assert f"attempt {Attempt.objects.get().reference} failed, IssuerDiffers" in trip[-1]
    assert after.endswith("something else")


def test_c_12_a_run_whose_attempt_is_forgotten_has_an_id_of_its_own(
    quiet: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """C-12: attempts are kept for a year and a bit, connections for as long as they hold."""
    Attempt.objects.all().delete()
    caplog.set_level(logging.INFO)
    brought = run(Connection.objects.get())
    assert all(line.endswith(f"[{str(brought.pk)[:8]}]") for line in lines(caplog))


def test_c_12_operators_find_connections_and_runs_by_it(admin_client: Client, quiet: Connection) -> None:
    """C-12: with nothing about whose they are."""
    brought, reference = run(quiet), Attempt.objects.get().reference
    for address, row in (("connections/connection", quiet), ("sync/syncrun", brought)):
        page = admin_client.get(f"/admin/{address}/", {"q": reference}).content.decode()
        assert str(row.pk) in page
        assert reference in admin_client.get(f"/admin/{address}/{row.pk}/change/").content.decode()
        assert str(row.pk) not in admin_client.get(f"/admin/{address}/", {"q": "ZZZZ-ZZZZ"}).content.decode()
