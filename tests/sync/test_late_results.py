"""Results that come after their visit, first preliminary and at last corrected: told as each arrives."""

import html
import re

import pytest
from django.test import Client

from apps.connections.models import Connection
from apps.demo_payer.demo_process import Running
from apps.sync.models import SyncChange
from tests.sync.conftest import Connect
from tests.sync.test_with_demo_payer import brought


def page_of(client: Client, path: str) -> str:
    """Return what a page says, without its marks."""
    text = re.sub(r"<[^>]+>", " ", client.get(path).content.decode())
    return " ".join(html.unescape(text).split())


def came(connection: Connection, what: SyncChange.What) -> set[str]:
    """Return the pages of the results to which that happened in the newest update."""
    run = connection.runs.newest_first()[0]
    rows = SyncChange.objects.filter(run_id=run.pk, what=what, record__fhir_type="Observation")
    return {f"/care/{row.record_id}/" for row in rows}


@pytest.mark.usefixtures("shared_database")
def test_a_result_that_comes_late_is_new_then_changed_and_at_last_corrected(
    demo_payer: Running, connected: Connect, alice_client: Client
) -> None:
    connection = connected(demo_payer, "harold", "late-results")
    Connection.objects.filter(pk=connection.pk).update(clinical_since=connection.connected_at)
    connection.refresh_from_db()
    brought(connection)
    assert SyncChange.objects.filter(connection=connection).count() == 0, "a first update is no news"
    alice_client.get("/home/")

    brought(connection)
    paths = came(connection, SyncChange.What.NEW)
    assert paths
    assert "test result" in page_of(alice_client, "/home/")
    first = {path: page_of(alice_client, path) for path in paths}
    assert all("May still change" in page for page in first.values())

    brought(connection)
    assert came(connection, SyncChange.What.CHANGED) == paths
    assert not any("May still change" in page_of(alice_client, path) for path in paths)

    brought(connection)
    assert came(connection, SyncChange.What.CHANGED) == paths
    for path in paths:
        page = page_of(alice_client, path)
        assert "Your plan sent this as a correction of an earlier result, issued on" in page
        assert "Before, it said:" in page
        assert "Corrected: the first value was of another sample." in page
