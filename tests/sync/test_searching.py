"""Every search of the CARIN Blue Button client suite, through a member's own connection."""

from collections.abc import Callable
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.connections.access import Access
from apps.connections.models import Connection
from apps.demo_payer.demo_process import Running, start
from apps.outbound.door import Answer
from apps.records.models import Record
from apps.sync.client_role import listed
from apps.sync.search_trial import Tried, is_enough, summary, try_all
from tests.demo_payer.member import CALLBACK
from tests.fhir.stub import Door, Stub, bundle, reply
from tests.sync.conftest import PATIENT, Connect, an_eob

COMBINED = [{"birthdate", "family"}, {"family", "gender"}, {"birthdate", "name"}, {"gender", "name"}]


class Listening:
    """The connection's own access, with the addresses it was asked for."""

    def __init__(self, access: Any, asked: list[str]) -> None:
        self.patient_id = access.patient_id
        self._access, self._asked = access, asked

    def ask(self, url: str, form: str | None = None) -> Answer:
        self._asked.append(url)
        answer: Answer = self._access.ask(url, form)
        return answer


@pytest.fixture
def asked_at_payer(demo_payer: Running, connected: Connect) -> tuple[list[Tried], list[str]]:
    """Return how the searches went with Juniper's connection, and the addresses the payer was asked for."""
    asked: list[str] = []

    def connect(row: Connection, *, clock: Callable[[], datetime]) -> Listening:
        return Listening(Access(row, clock=clock), asked)

    connection = connected(demo_payer, "juniper")
    return list(try_all(connection=connection, clock=timezone.now, connect=connect)), asked


def sent(asked: list[str], kind: str) -> list[dict[str, str]]:
    """Return the parameters of each search of this type, without the page size."""
    parts = [urlsplit(url) for url in asked]
    queries = [dict(parse_qsl(part.query)) for part in parts if part.path.endswith(f"/{kind}")]
    return [{name: value for name, value in query.items() if name != "_count"} for query in queries]


def of(tried: list[Tried], kind: str) -> list[Tried]:
    return [attempt for attempt in tried if attempt.search.kind == kind]


def test_every_search_the_client_suite_looks_for_is_asked_and_answered(
    asked_at_payer: tuple[list[Tried], list[str]],
) -> None:
    tried, asked = asked_at_payer
    names = [set(query) for query in sent(asked, "Patient")]
    for single in ("_id", "birthdate", "family", "gender", "given", "identifier", "name"):
        assert {single} in names
    assert all(pair in names for pair in COMBINED)
    assert [(attempt.status, attempt.entries, attempt.problem) for attempt in of(tried, "Patient")] == [
        (200, 1, "")
    ] * 11
    assert [set(query) for query in sent(asked, "Coverage")] == [{"patient"}, {"_id"}]
    assert all(attempt.entries and attempt.has_found for attempt in of(tried, "Coverage"))
    queries = sent(asked, "ExplanationOfBenefit")
    assert {name for query in queries for name in query} == {
        "_id", "patient", "identifier", "_lastUpdated", "type", "service-date", "service-start-date",
        "billable-period-start", "_include",
    }  # fmt: skip
    names = ("patient", "provider", "care-team", "coverage", "insurer", "payee", "*")
    included = [query["_include"] for query in queries if "_include" in query]
    assert included == [f"ExplanationOfBenefit:{name}" for name in names]
    assert all(attempt.entries and attempt.has_found for attempt in of(tried, "ExplanationOfBenefit"))
    assert [attempt.entries for attempt in tried if attempt.search.include.endswith(":payee")] == [2]
    assert [set(query) for query in sent(asked, "Organization")] == [{"_id"}, {"name"}, {"address"}]
    assert [set(query) for query in sent(asked, "Practitioner")] == [{"_id"}, {"name"}, {"identifier"}]
    assert [set(query) for query in sent(asked, "RelatedPerson")] == [{"_id"}]
    for kind in ("Organization", "Practitioner", "RelatedPerson"):
        assert all(attempt.entries and attempt.has_found for attempt in of(tried, kind)), kind


def test_every_needed_search_is_answered_with_published_records(
    shared: Path, tmp_path: Path, connected: Connect
) -> None:
    """The examples of CARIN BB 2.2.0: their Patient's records, and what they refer to."""
    folder = shared / "fhir" / "carin-bb-2.2.0"
    with start(records=folder, var=tmp_path / "payer", redirect_uris=[CALLBACK]) as payer:
        tried = list(try_all(connection=connected(payer, "Patient1"), clock=timezone.now))
    assert [str(attempt) for attempt in tried if attempt.is_asked and not attempt.has_found] == []
    assert {attempt.search.kind for attempt in tried if not attempt.is_asked} <= {"RelatedPerson"}


def test_the_command_prints_names_of_parameters_and_nothing_of_the_member(
    demo_payer: Running, connected: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    """W-07: neither on the screen nor in the log; and nothing is stored."""
    connection, out = connected(demo_payer, "juniper"), StringIO()
    with caplog.at_level("DEBUG"):
        call_command("try_searches", str(connection.pk), stdout=out)
    lines = out.getvalue().splitlines()
    assert "Patient?birthdate&family: 200, 1 entry" in lines
    assert lines[-1] == "35 of 35 searches asked; 35 found what they asked by."
    entry = AuditEntry.objects.latest("number")
    assert (entry.action, entry.subject) == ("try_searches", f"connections.connection {connection.pk}")
    told = (out.getvalue() + caplog.text).lower()
    for secret in ("juniper", "marlow", "2017-08-14", "70410004", "female"):
        assert secret not in told
    assert not Record.objects.exists()


def test_a_member_without_claims_is_not_enough_and_the_command_says_so(
    demo_payer: Running, connected: Connect
) -> None:
    out = StringIO()
    with pytest.raises(CommandError, match="Not every search that is needed"):
        call_command("try_searches", str(connected(demo_payer, "nadia").pk), stdout=out)
    none = "not asked, no ExplanationOfBenefit of this member has what it asks by"
    assert f"ExplanationOfBenefit?identifier: {none}" in out.getvalue()
    assert " of 35 searches asked; " in out.getvalue().splitlines()[-1]


def test_c_11_a_server_that_was_asked_everything_and_finds_little_was_asked_everything(
    searchable: Stub, connection: Connection
) -> None:
    """C-11: as the Inferno CARIN client suite answers, whose tests look at what is asked."""
    searchable.on("Coverage", reply({"resourceType": "OperationOutcome"}, 400))
    attempt = tried_at(searchable, connection)["Coverage?patient"]
    assert (attempt.is_asked, attempt.has_found) == (True, False)
    searches = [Tried(search, 400, problem="rejected") for search in listed()]
    assert summary(searches) == "35 of 35 searches asked; 0 found what they asked by."
    assert is_enough(searches)
    without = [Tried(search.search, note="nothing to ask by") for search in searches[:1]]
    assert not is_enough([*without, *searches[1:]])
    optional = [Tried(search, 200 if not search.is_optional else None) for search in listed()]
    assert is_enough(optional)


def tried_at(stub: Stub, connection: Connection) -> dict[str, Tried]:
    """Return how each search went at the stub, by its line's beginning."""
    attempts = try_all(connection=connection, clock=timezone.now, connect=lambda *_, **__: Door("alice"))
    return {str(attempt.search): attempt for attempt in attempts}


@pytest.fixture
def searchable(stub: Stub) -> Stub:
    """Return the stub with a Patient that can be searched for; it answers every search with the same."""
    person = PATIENT | {
        "name": [{"family": r"A|d\a,m$"}],
        "identifier": [{"value": "no system"}],
        "birthDate": "1990-01-02",
    }
    stub.on("Patient", bundle(person))
    stub.on("ExplanationOfBenefit", bundle(an_eob(1)))
    return stub


def test_signs_with_a_meaning_in_searches_are_escaped(searchable: Stub, connection: Connection) -> None:
    tried_at(searchable, connection)
    asked = [dict(parse_qsl(url.partition("?")[2])) for url in searchable.asked if url.startswith("Patient?")]
    assert {query["family"] for query in asked if "family" in query} == {r"A\|d\\a\,m\$"}
    assert [query["identifier"] for query in asked if "identifier" in query] == ["no system"]


def test_what_the_permission_leaves_out_is_not_asked_for(searchable: Stub, connection: Connection) -> None:
    """O-27: and it is no success either."""
    Connection.objects.update(scopes_asked="patient/*.rs", scopes_granted="patient/Coverage.rs")
    connection.refresh_from_db()
    attempts = tried_at(searchable, connection)
    assert {url.partition("?")[0] for url in searchable.asked} == {"Coverage"}
    assert str(attempts["Patient?_id"]) == "Patient?_id: not asked, the permission does not cover Patient"


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (reply({"resourceType": "OperationOutcome"}, 400), "400, 0 entries - NOT FOUND: rejected"),
        (reply("<html>"), "200, 0 entries - NOT FOUND: not_fhir"),
        (bundle(PATIENT, next="http://elsewhere.example/2"), "200, 0 entries - NOT FOUND: next_refused"),
        (bundle(), "200, 0 entries - NOT FOUND: the record it was asked by is not in the answer"),
        (
            bundle(PATIENT | {"id": "bob"}),
            "200, 1 entry, 1 of them about another patient - NOT FOUND: the record it was asked by is not in"
            " the answer",
        ),
        (bundle(PATIENT, PATIENT | {"id": "bob"}), "200, 2 entries, 1 of them about another patient"),
    ],
)
def test_an_answer_that_does_not_hold_the_record_has_failed(
    searchable: Stub, connection: Connection, answer: Any, line: str
) -> None:
    """R-20: a `next` link to another server is not followed; R-29: another's record is no success."""
    searchable.on("Patient", answer)
    assert str(tried_at(searchable, connection)["Patient?_id"]) == f"Patient?_id: {line}"


def test_no_search_reads_more_than_three_pages(searchable: Stub, connection: Connection) -> None:
    pages = [bundle(an_eob(1), next=f"ExplanationOfBenefit?page={number}") for number in range(9)]
    searchable.on("ExplanationOfBenefit", *pages)
    attempts = tried_at(searchable, connection)
    assert str(attempts["ExplanationOfBenefit?patient"]) == "ExplanationOfBenefit?patient: 200, 3+ entries"


def test_a_plan_that_is_busy_is_not_asked_thirty_times(searchable: Stub, connection: Connection) -> None:
    searchable.on("Patient", reply(b"", 429, Retry_After="3600"))
    attempts = list(tried_at(searchable, connection).values())
    assert str(attempts[0]) == "Patient?_id: 429, 0 entries - NOT FOUND: busy"
    assert {attempt.note for attempt in attempts[1:]} == {"the plan does not answer"}
    assert len(searchable.asked) == 1


def test_a_connection_that_is_over_or_unknown_is_said_to_be(connection: Connection) -> None:
    with pytest.raises(CommandError, match=r"Stopped after 0 searches\. Your plan's permission has ended"):
        call_command("try_searches", str(connection.pk))
    with pytest.raises(CommandError, match="There is no connection with this id"):
        call_command("try_searches", "00000000-0000-0000-0000-000000000000")
