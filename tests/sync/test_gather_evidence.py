"""Evidence that a server and we speak R4: of invented people only, counted, with nothing of a person."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.audit.models import AuditEntry
from apps.connections.models import Connection
from apps.demo_payer.demo_process import Running
from apps.fhir.bundles import read_resource
from apps.listing.face import face
from apps.listing.gathered import GatheredEvidence
from apps.listing.packet import archive, packet, sheets
from apps.plans.registrations import Registration
from apps.sync.r4_evidence import Gathered
from tests.fhir.stub import Stub
from tests.listing.test_packet import ON, unpacked
from tests.listing.test_published_json import problems
from tests.sync.conftest import ORGANIZATION, Connect


def gathered(slug: str) -> str:
    out = StringIO()
    call_command("gather_evidence", slug, stdout=out)
    return out.getvalue()


def test_a_plan_with_invented_people_is_asked_everything_and_only_counts_are_kept(
    demo_payer: Running, connected: Connect, client: Client, tmp_path: Path
) -> None:
    connection = connected(demo_payer, "juniper")
    Registration.objects.update(environment="demo")
    said = gathered(connection.plan.slug)
    run = GatheredEvidence.objects.get()
    types: dict[str, int] = {}
    for row in run.seen["types"]:
        types[row["type"]] = types.get(row["type"], 0) + row["came"]
        assert 0 <= row["strict"] <= row["came"]
    assert {"Patient", "Coverage", "ExplanationOfBenefit", "Organization"} <= types.keys()
    assert all(row["shown"] == row["came"] for row in run.seen["types"])
    assert [probe["asked"] for probe in run.seen["probes"] if not probe["well"]] == []
    assert (run.payer, run.environment) == (connection.plan.name, "demo")
    entry = AuditEntry.objects.latest("number")
    assert (entry.action, entry.subject) == ("gather_evidence", f"plans.plan {connection.plan_id}")
    text = json.dumps(run.seen) + said
    for private in ("Juniper", "juniper", "C1-", connection.plan.fhir_base_url):
        assert private not in text
    file = unpacked(archive(packet(sheets()[0], face(), on=ON)))["r4-evidence.json"].decode()
    assert len(json.loads(file)) == 1
    assert not problems(file, "evidence", tmp_path)
    assert problems(file.replace('"came"', '"names"'), "evidence", tmp_path)
    page = client.get("/app/fhir-r4/").content.decode()
    assert 'data-testid="gathered"' in page
    assert f"{run.answered} of {len(run.seen['searches'])} searches" in page


def test_a_plan_of_members_is_never_asked(stub: Stub, connection: Connection, client: Client) -> None:
    with pytest.raises(CommandError, match="not marked demo or sandbox"):
        gathered(connection.plan.slug)
    assert not stub.asked
    assert not GatheredEvidence.objects.exists()
    assert "Nothing was gathered" in client.get("/app/fhir-r4/").content.decode()


def test_what_departs_from_r4_is_counted_and_a_profile_we_do_not_know_is_not_repeated() -> None:
    seen = Gathered()
    for body in (ORGANIZATION, {**ORGANIZATION, "name": 7, "meta": {"profile": ["https://x/alice"]}}):
        seen.note(read_resource(json.dumps(body).encode()))
    rows = seen.as_json()["types"]
    told = [(row["profile"], row["came"], row["strict"]) for row in rows]
    assert told == [("another", 1, 0), ("none named", 1, 1)]
