"""The clinical half of a connection: offered, agreed to, told how it stands, ended and erased alone."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.connections.models import Connection
from apps.demo_payer.demo_process import Running
from apps.demo_payer.personalities import ALL
from apps.records import activity, remarks
from apps.records.models import Record
from apps.records.remarks import Topic
from apps.records.shelf import Library
from apps.sync import clinical, progress, wording
from apps.sync.models import PlanPace, SyncMark, SyncRun, SyncStep, WantedRecord
from apps.vault.boxes import box_for
from config.fhir_types import CLINICAL, fhir_types
from tests.care.test_pages import a_result, keep
from tests.claims.given import a_connection, claims_of
from tests.connections.test_preflight import words
from tests.fhir.stub import Reply, Stub, bundle, reply
from tests.sync.conftest import PRACTITIONER, Connect, an_eob
from tests.sync.looking import EOB, key_of
from tests.sync.test_clinical import a_record
from tests.sync.test_with_demo_payer import brought

TYPES = fhir_types(CLINICAL)
TROUBLE, NOT_GRANTED, BUSY = map(wording.problem, ("plan_trouble", "not_granted", "busy"))
WARNED, HOLDS_BACK, SOME = map(str, (wording.WARNED, wording.SOME_HELD_BACK, wording.SOME_UNREAD))
BEFORE = "/connections/begin/stub/"


def states_of(connection: Connection) -> dict[str, str]:
    """Return by words of a type in which state it stands on the connection's page."""
    groups = clinical.half_of(connection).groups
    return {name.partition(" (")[0]: group.code for group in groups for name in group.names}


def test_what_was_left_out_of_clinical_records_is_told_and_has_no_check_mark(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection, now: datetime
) -> None:
    assert consented.clinical_since
    other = a_record("Condition", 2) | {"subject": {"reference": "Patient/somebody-else"}}
    stub.on("Condition", bundle(a_record("Condition", 1), other))
    lines = progress.of(run=bring(), now=now).steps
    (told,) = (line for line in lines if line.title == "Clinical records")
    assert told.state == "problem"
    assert told.words.startswith("1 record received.")
    assert "1 was about another person and was not taken; please tell your plan." in told.words


@pytest.mark.parametrize(
    ("steps", "state", "told"),
    [
        ({"Condition": ("problem", "plan_trouble")}, "problem", ["Your plan sent none.", SOME, TROUBLE]),
        (dict.fromkeys(TYPES, ("problem", "plan_trouble")), "problem", [TROUBLE]),
        (dict.fromkeys(TYPES, ("refused", "not_granted")), "problem", [NOT_GRANTED]),
        ({"Condition": ("refused", "not_offered")}, "done", ["Your plan sent none."]),
        ({"Condition": ("done", "", {"has_gaps": True})}, "problem", ["Your plan sent none.", WARNED]),
        ({"Condition": ("done", "", {"holds_back": True})}, "problem", ["Your plan sent none.", HOLDS_BACK]),
        ({"Condition": ("doing", "busy")}, "doing", ["Asking your plan.", BUSY]),
    ],
)
def test_the_line_of_clinical_records_tells_what_stood_in_the_way(
    bring: Callable[..., SyncRun], consented: Connection, now: datetime,
    steps: dict[str, tuple[Any, ...]], state: str, told: list[str],
) -> None:  # fmt: skip
    """Parts that could not be read had a check mark and "Your plan sent none.", marks stood without words."""
    run = bring()
    run.steps.filter(resource_type__in=TYPES).update(state="done", problem="", has_gaps=False)
    for name, (its_state, problem, *more) in steps.items():
        changes: dict[str, Any] = more[0] if more else {}
        run.steps.filter(resource_type=name).update(state=its_state, problem=problem, **changes)
    (line,) = (line for line in progress.of(run=run, now=now).steps if line.title == "Clinical records")
    assert (line.state, line.words) == (state, " ".join(told))


def test_each_type_stands_in_one_of_five_states_and_nothing_of_it_is_told_to_others(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection, alice_client: Client
) -> None:
    named = " ".join(f"patient/{name}.read" for name in fhir_types() if name != "Immunization")
    Connection.objects.update(scopes_granted=named, scopes_asked="patient/*.read")
    stub.on("Condition", bundle(a_record("Condition", 1), a_record("Task", 1)))
    stub.on("Procedure", bundle())
    stub.on("Observation", reply("{}", 403))
    stub.on("Device", reply("{}", 404))
    before = words(Client().get(BEFORE))
    assert bring().state == SyncRun.State.FINISHED
    consented.refresh_from_db()
    states = states_of(consented)
    for name, state in (
        ("Condition", "records"), ("Procedure", "empty"), ("Immunization", "not_allowed"),
        ("Observation", "refused"), ("Device", "not_offered"), ("Task", "records"),
    ):  # fmt: skip
        assert states[TYPES[name].granted] == state
    page = alice_client.get(consented.get_absolute_url()).content.decode()
    assert set(re.findall(r'data-state="(\w+)" data-testid="clinical-state"', page)) == set(states.values())
    assert "That does not mean that you have none" in page
    assert words(Client().get(BEFORE)) == before, "whether she has records is no word about the plan"
    met = {name: told["state"] for name, told in PlanPace.objects.get(plan=consented.plan).met.items()}
    assert not {"Condition", "Procedure"} & met.keys()
    stub.asked.clear()
    bring()
    assert not [url for url in stub.asked if url.startswith("Device?")], (
        "what is not offered rests for a while"
    )


@pytest.mark.parametrize(
    ("personality", "state", "has_some"),
    [
        ("claims-only", "not_offered", False),
        ("needs-category", "records", True),
        ("refuses-some", "refused", True),
        ("no-clinical-scope", "not_allowed", False),
    ],
)
def test_the_demo_payer_is_understood_in_each_of_its_ways(
    demo_payer: Running, connected: Connect, personality: str, state: str, has_some: bool
) -> None:
    connection = connected(demo_payer, "marisol", personality)
    granted = " ".join(ALL[personality].scopes)
    Connection.objects.update(
        clinical_since=timezone.now(), scopes_granted=granted, scopes_asked="patient/*.read"
    )
    connection.refresh_from_db()
    assert brought(connection).state in (SyncRun.State.FINISHED, SyncRun.State.PARTIAL)
    assert len(claims_of(connection)) > 20
    assert states_of(connection)[TYPES["Observation"].granted] == state
    came = {record.fhir_type for record in Record.objects.all()} & TYPES.keys()
    assert bool(came) == has_some


def test_ending_the_clinical_half_leaves_claims_whole(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection, alice_client: Client, bob_client: Client
) -> None:
    stub.on(EOB, bundle(an_eob(1), an_eob(2), an_eob(3)))
    stub.on("Condition", bundle(*(a_record("Condition", number) for number in range(3))))
    bring()
    before = [(claim.id, claim.entry) for claim in claims_of(consented)]
    others = set(Record.objects.exclude(fhir_type__in=TYPES).values_list("pk", flat=True))
    address = f"/sync/connections/{consented.pk}/clinical/"
    assert bob_client.post(address, {"erase": "1"}).status_code == 404
    assert b"3 clinical records" in alice_client.get(address).content
    alice_client.post(address, {"end": "1"})
    consented.refresh_from_db()
    assert (consented.clinical_since, Record.objects.filter(fhir_type__in=TYPES).count()) == (None, 3)
    today = timezone.now()
    moments = {"queued_at": today, "created_at": today, "expires_at": today + timedelta(days=1)}
    consented.member.exports.create(format="csv", **moments)
    page = alice_client.post(address, {"erase": "1"}, follow=True)
    assert not consented.member.exports.exists(), "what was read for a file is not in the table yet"
    assert b"3 records were erased" in page.content
    assert not Record.objects.filter(fhir_type__in=TYPES).exists()
    assert not SyncMark.objects.filter(resource_type__in=TYPES).exists()
    assert not SyncStep.objects.filter(resource_type__in=TYPES).exists(), "nor how many there were"
    assert set(Record.objects.values_list("pk", flat=True)) == others
    assert [(claim.id, claim.entry) for claim in claims_of(consented)] == before
    assert not Library(consented.member, box_for(consented.member)).has_clinical, "nor does a book hold any"
    stub.asked.clear()
    run = bring(at=timezone.now())
    assert run.state == SyncRun.State.FINISHED
    assert not [url for url in stub.asked if url.partition("?")[0] in TYPES]


def test_erasing_forgets_whom_clinical_records_alone_named(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection
) -> None:
    stub.on(EOB, bundle(an_eob(1)))
    by = {"recorder": {"reference": "Practitioner/p9"}, "asserter": {"reference": "Practitioner/p1"}}
    stub.on("Condition", bundle(a_record("Condition", 1, **by)))
    another = {"resourceType": "Practitioner", "id": "p9", "name": [{"family": "Quiet"}]}
    stub.on("Practitioner", bundle(PRACTITIONER, another))
    bring()
    keys = {name: key_of(consented, f"Practitioner/{name}") for name in ("p1", "p9")}
    rows = consented.records.filter(fhir_type="Practitioner")
    assert {bytes(row.source_key) for row in rows} == set(keys.values())
    clinical.end(connection=consented, erase=True)
    assert [bytes(row.source_key) for row in rows.all()] == [keys["p1"]], "a claim names the other"
    wanted = {bytes(row.source_key) for row in WantedRecord.objects.filter(connection=consented)}
    assert keys["p1"] in wanted
    assert keys["p9"] not in wanted
    assert consented.records.filter(fhir_type="Organization").exists()


def test_erasing_forgets_that_there_were_clinical_records(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection, alice_client: Client
) -> None:
    """What was opened, what was told apart from a claim, and that any was read."""
    stub.on(EOB, bundle(an_eob(1)))
    stub.on("Condition", bundle(a_record("Condition", 1)))
    bring()
    member, box, other = consented.member, box_for(consented.member), a_connection(consented.member)
    for topic in (Topic.SEEN, Topic.UNJOINED, Topic.PAID):
        for plan in (consented, other):
            remarks.say(
                member=member, box=box, topic=topic, subject=f"{topic} {plan.pk}", value=True,
                now=timezone.now(), connection_id=plan.pk,
            )  # fmt: skip
    alice_client.get("/care/")
    alice_client.get("/claims/")
    keep(other, a_result(1))
    clinical.end(connection=consented, erase=True)
    assert [said.topic for said in remarks.everything(member, box, connection=consented)] == [Topic.PAID]
    assert len(remarks.everything(member, box, connection=other)) == 3
    read = [happened.words for happened in activity.happened(member, most=9)]
    assert "Clinical records were read" in read, "another connection has some"
    clinical.end(connection=other, erase=True)
    read = [happened.words for happened in activity.happened(member, most=9)]
    assert "Clinical records were read" not in read and "Claims were read" in read


def test_erasing_waits_for_no_endless_reading(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.on(EOB, bundle(an_eob(1)))
    stub.on("Condition", bundle(a_record("Condition", 1, recorder={"reference": "Practitioner/p9"})))
    stub.on("Practitioner", bundle({"resourceType": "Practitioner", "id": "p9", "name": [{"family": "Q"}]}))
    taken = {"medicationReference": {"reference": "Medication/m1"}}
    stub.on("MedicationRequest", bundle(a_record("MedicationRequest", 2, **taken)))
    bring()
    key, drug = (key_of(consented, name) for name in ("Practitioner/p9", "Medication/m1"))
    assert WantedRecord.objects.filter(source_key=drug).exists()
    monkeypatch.setattr(clinical, "MOST_READ", 0)
    assert clinical.end(connection=consented, erase=True) == 2
    assert not WantedRecord.objects.filter(source_key=drug).exists(), "a medicine is clinical itself"
    assert consented.records.filter(source_key=key).exists(), "whom they named stays then"


def test_an_earlier_member_is_offered_it_and_says_yes(
    alice_client: Client, connection: Connection, stub: Stub
) -> None:
    tokens = box_for(connection.member).seal(connection, "sealed_tokens", b"x")
    Connection.objects.update(
        scopes_granted="patient/*.read", scopes_asked="patient/*.read", sealed_tokens=tokens
    )
    address = f"/sync/connections/{connection.pk}/clinical/"
    assert b'data-testid="clinical-agree"' in alice_client.get(address).content
    alice_client.post(address, {"agree": "1"})
    connection.refresh_from_db()
    assert connection.clinical_since is not None
    assert connection.runs.active().exists(), "a permission that covers them is used at once"
    Connection.objects.update(scopes_granted="patient/Coverage.read", clinical_since=None)
    answer = alice_client.post(address, {"agree": "1"})
    assert answer["Location"].startswith("/connections/begin/stub/?connection="), "the plan has to allow them"


def test_samples_behind_results_are_no_records_of_their_own_in_what_is_counted(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection, alice_client: Client
) -> None:
    """It said "Done: ... 1,318 clinical records", of which 81 samples stand in no list."""
    sample = {
        "resourceType": "Specimen",
        "id": "s1",
        "type": {"text": "Serum"},
        "subject": {"reference": "Patient/alice"},
    }
    result = a_record("Observation", 1) | {"specimen": {"reference": "Specimen/s1"}}
    stub.on("Observation", bundle(result))
    stub.on("Specimen", bundle(sample))
    run = bring()
    assert Record.objects.filter(fhir_type="Specimen").count() == 1
    assert progress.of(run=run, now=timezone.now()).clinical == 1


@pytest.mark.usefixtures("shared_database")
def test_the_first_screen_of_care_stands_within_two_answers(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection, alice_client: Client
) -> None:
    """What the first clinical answer brought is on the page when the third is asked for."""
    stub.on(EOB, bundle(an_eob(1)))
    shown: list[bool] = []

    def answer(name: str) -> Callable[[str], Reply]:
        def of(_query: str) -> Reply:
            shown.append(b'data-testid="care-row"' in alice_client.get("/care/").content)
            return reply(bundle(a_record(name, 1)))

        return of

    for name in TYPES:
        stub.on(name, answer(name))
    bring()
    assert len(shown) > 3 and not shown[0] and all(shown[2:]), shown
