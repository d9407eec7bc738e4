"""Evidence that a server and we speak R4: of invented people only, counted, with nothing of a person."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.connections.models import Connection
from apps.demo_payer.demo_process import Running
from apps.demo_payer.personalities import ALL
from apps.fhir.bundles import read_resource
from apps.fhir.client import Client as FhirClient
from apps.listing.face import face
from apps.listing.gathered import GatheredEvidence
from apps.listing.packet import archive, packet, sheets
from apps.plans.registrations import Registration
from apps.sync import search_trial
from apps.sync.client_role import Listed
from apps.sync.r4_evidence import Gathered, paging, probes
from config.fhir_types import CLINICAL, EVERY, asked_types
from tests.fhir.stub import Door, Stub, bundle, reply
from tests.listing.test_packet import ON, unpacked
from tests.listing.test_published_json import problems
from tests.sync.conftest import ORGANIZATION, Connect, an_eob


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
    every = len(run.seen["probes"])
    assert f"{every} of {every} further questions" in page and '<details class="more"><summary>' in page
    run.seen["probes"][0]["well"] = False
    run.save()
    page = client.get("/app/fhir-r4/").content.decode()
    assert f'<details class="more" open><summary>{every - 1} of {every} further' in page


def seen_at(connection: Connection) -> Any:
    """Return what a run saw of clinical records too, searches and probes by what was asked."""
    Registration.objects.update(environment="sandbox")
    Connection.objects.update(clinical_since=timezone.now())
    gathered(connection.plan.slug)
    seen = GatheredEvidence.objects.get().seen
    return seen | {
        "searches": {row["search"]: row for row in seen["searches"]},
        "probes": {row["asked"]: row for row in seen["probes"]},
    }


def test_a_type_is_asked_in_every_form_that_updates_use_and_each_that_came_page_by_page(
    demo_payer: Running, connected: Connect
) -> None:
    """At a payer that refuses observations by the person alone, and takes each category alone."""
    seen = seen_at(connected(demo_payer, "marisol", "needs-category"))
    told = {
        search: (row["status"], row["found"], row["entries"] > 0) for search, row in seen["searches"].items()
    }
    assert told["Observation?patient"] == (400, False, False)
    assert told["Observation?patient&category"] == (400, False, False)
    assert told["Observation?patient&category in 15 searches"] == (200, True, True)
    assert told["Coverage?beneficiary=Patient/{person}"][0] == 200
    came = {row["type"] for row in seen["searches"].values() if row["found"] and row["entries"]}
    paged = {
        asked.partition(" ")[0]: row["well"]
        for asked, row in seen["probes"].items()
        if "pages of two" in asked
    }
    assert paged.keys() == came & set(asked_types(EVERY)) - {"Patient"}
    assert {"Coverage", "ExplanationOfBenefit", "Observation", "Condition"} <= paged.keys()
    assert all(paged.values())
    claims = [row["came"] for row in seen["types"] if row["type"] == "ExplanationOfBenefit"]
    assert sum(claims) == seen["searches"]["ExplanationOfBenefit?patient"]["entries"]  # each counted once
    assert seen["probes"]["Observation in pages of two, up to 50 of them"]["pages"] > 1


def test_without_a_token_with_a_wrong_one_and_without_a_scope_nothing_may_come(
    demo_payer: Running, connected: Connect
) -> None:
    """And a payer that ignores its own scopes is told as one: it gave `patient/*.read`, and says coverage."""
    connection = connected(demo_payer, "marisol", "no-clinical-scope")
    scopes = " ".join(ALL["no-clinical-scope"].scopes)
    Connection.objects.update(scopes_granted=scopes, scopes_asked="patient/*.read")
    probes = seen_at(connection)["probes"]
    for asked in ("no token", "a token that nobody gave out"):
        assert (probes[asked]["status"], probes[asked]["well"]) == (401, True)
    no_scope = {asked: (row["status"], row["well"]) for asked, row in probes.items() if "no scope" in asked}
    assert no_scope["Observation, for which no scope was given"] == (403, True)
    assert set(no_scope.values()) == {(403, True), (404, True)}  # the others it has not at all
    assert len(no_scope) == len(asked_types(CLINICAL)) - 1  # without the person
    Connection.objects.update(scopes_granted="patient/Patient.read patient/Coverage.read")
    GatheredEvidence.objects.all().delete()
    claims = seen_at(connection)["probes"]["ExplanationOfBenefit, for which no scope was given"]
    assert (claims["status"], claims["well"]) == (200, False)


def test_a_plan_of_members_is_never_asked(stub: Stub, connection: Connection, client: Client) -> None:
    with pytest.raises(CommandError, match="not marked demo or sandbox"):
        gathered(connection.plan.slug)
    assert not stub.asked
    assert not GatheredEvidence.objects.exists()
    assert "Nothing was gathered" in client.get("/app/fhir-r4/").content.decode()


@pytest.mark.parametrize(
    ("form", "said"), [((), "1 came twice"), (("category=exam", "category=survey"), "")], ids=["one", "two"]
)
def test_a_record_that_comes_twice_is_told_but_in_two_searches(
    stub: Stub, form: tuple[str, ...], said: str
) -> None:
    """A server that sends one again on its next page loses another; one record may be of two categories."""
    first, again = bundle(an_eob(1), next="ExplanationOfBenefit?page=2"), bundle(an_eob(1))
    pages = (first, again) if not form else (again, again)
    stub.on("ExplanationOfBenefit", *map(reply, pages))
    door = search_trial.Door(Door())
    client = FhirClient(stub.base_url, door)
    row = paging(client, door, Listed("ExplanationOfBenefit", ("patient",), form=form), "alice")
    assert (row["pages"], row["entries"], row["well"], row["said"]) == (2, 2, not said, said)


def test_a_server_that_is_in_trouble_proves_nothing_by_bringing_nothing(stub: Stub) -> None:
    for path in ("ExplanationOfBenefit", "NoSuchType", "Patient"):
        stub.on(path, reply("{}", 503))
    door = search_trial.Door(Door())
    client = FhirClient(stub.base_url, door, pause=lambda _: None)
    rows = {row["asked"]: (row["status"], row["well"]) for row in probes(client, door, "alice")}
    assert rows.pop("a person who is not there") == (404, True)
    assert len(rows) == 3 and set(rows.values()) == {(503, False)}


def test_what_departs_from_r4_is_counted_and_a_profile_we_do_not_know_is_not_repeated() -> None:
    seen = Gathered()
    for body in (
        ORGANIZATION,
        {**ORGANIZATION, "id": "o2", "name": 7, "meta": {"profile": ["https://x/alice"]}},
    ):
        seen.note(read_resource(json.dumps(body).encode()))
    rows = seen.as_json()["types"]
    told = [(row["profile"], row["came"], row["strict"]) for row in rows]
    assert told == [("another", 1, 0), ("none named", 1, 1)]
