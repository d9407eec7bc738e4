"""What the listing publishes of FHIR R4: its CapabilityStatement, the evidence, and what is really asked."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from fhirclient.models.capabilitystatement import CapabilityStatement

from apps.connections.models import Connection
from apps.listing import published
from apps.listing.evidence import FILE, evidence
from apps.listing.models import AppListing
from apps.plain_language.templatetags.plain import plain_date
from apps.records import kinds
from apps.sync.client_role import client_role
from apps.sync.models import SyncRun
from config.fhir_types import EVERY, fhir_types
from tests.fhir.stub import Stub, bundle, reply
from tests.sync.conftest import COVERAGE, an_eob, bring, connection, door, stub

__all__ = ["bring", "connection", "door", "stub"]
pytestmark = pytest.mark.django_db
ADDRESS = "/app/capability-statement.json"


def statement(client: Client) -> Any:
    """Return the CapabilityStatement as anybody gets it."""
    return json.loads(client.get(ADDRESS).content)


def words(client: Client, path: str) -> str:
    """Return what a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", client.get(path).content.decode())).split())


def test_the_capability_statement_is_one_of_r4(client: Client) -> None:
    """fhirclient's strict model, then what R4 demands beyond: required elements, invariants cpb-0 to 14."""
    answer = client.get(ADDRESS)
    assert answer.headers["Content-Type"] == "application/fhir+json"
    told = json.loads(answer.content)
    model = CapabilityStatement(told, strict=True)
    assert model.as_json() == told
    assert (told["resourceType"], told["kind"], told["fhirVersion"]) == (
        "CapabilityStatement", "requirements", "4.0.1",
    )  # fmt: skip
    assert told["status"] in {"draft", "active", "retired", "unknown"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", told["date"])
    assert told["format"] == ["application/fhir+json"]
    assert re.fullmatch(r"[A-Z]([A-Za-z0-9_]){0,254}", told["name"])  # cpb-0
    assert told["description"]  # cpb-2
    assert {"software", "implementation", "messaging", "document"}.isdisjoint(told)  # cpb-14, cpb-3
    (rest,) = told["rest"]
    assert rest["mode"] == "client"
    types = [resource["type"] for resource in rest["resource"]]
    assert len(set(types)) == len(types)  # cpb-9
    common = [parameter["name"] for parameter in rest["searchParam"]]
    for resource in rest["resource"]:
        names = [*common, *(parameter["name"] for parameter in resource.get("searchParam", ()))]
        assert len(set(names)) == len(names)  # cpb-12
        assert {one["code"] for one in resource.get("interaction", ())} <= {"read", "search-type"}
    assert not empty(told)


def empty(value: Any) -> bool:
    """Return whether an element has neither a value nor children (FHIR R4 JSON: none may)."""
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value in ("", [], {}, None) or any(map(empty, children))


@pytest.mark.parametrize("name", ["Harbor Reader", "1st claims!", "reader", "¿?", "x" * 80])
def test_the_statement_is_one_of_r4_whatever_the_listing_is_called(client: Client, name: str) -> None:
    """P-09: cpb-0 wants a name for machines; people read the listing's own."""
    mails = dict.fromkeys(("support_email", "privacy_email", "security_email"), "lee@lee.example")
    AppListing.objects.create(name=name, operator="The Lee family", **mails)
    told = statement(client)
    assert re.fullmatch(r"[A-Z]([A-Za-z0-9_]){0,254}", told["name"])
    assert name in told["title"]
    assert "Plainclaim" not in json.dumps(told)


def test_the_statement_has_the_types_of_all_kinds_of_records_and_a_kind_more_is_a_type_more(
    client: Client, settings: Any
) -> None:
    """No list of types is written by hand."""
    here = {resource["type"] for resource in statement(client)["rest"][0]["resource"]}
    assert here == set(fhir_types())
    settings.RECORD_KINDS = [*settings.RECORD_KINDS, "tests.records.toy.GLASSES"]
    more = {resource["type"] for resource in statement(client)["rest"][0]["resource"]}
    assert more - here == {"EnrollmentRequest"}
    assert "EnrollmentRequest" in words(client, "/app/fhir-r4/")


def test_what_is_published_as_asked_is_what_a_plan_is_asked(
    bring: Callable[..., SyncRun], stub: Stub, now: datetime
) -> None:
    """Two updates of a member: every type, interaction and parameter, and no other.

    Clinical ones too: the stub refuses each, and coverages at first, so every form of the question is asked.
    """
    invalid = {"severity": "error", "code": "invalid", "diagnostics": "unknown parameter patient"}
    refusal = reply({"resourceType": "OperationOutcome", "issue": [invalid]}, 400)
    stub.on("Coverage", lambda query: refusal if "patient" in query else reply(bundle(COVERAGE)))
    Connection.objects.update(clinical_since=now)
    stub.on("ExplanationOfBenefit", bundle(an_eob(1, meta={"lastUpdated": "2026-11-20T08:00:00Z"})))
    bring()
    bring(at=now + timedelta(days=1))
    asked: dict[str, set[str]] = {}
    for target in stub.asked:
        parts = urlsplit(target)
        fhir_type, _, id_ = parts.path.partition("/")
        sent = set(parse_qs(parts.query)) - {"page", "_count"}
        asked.setdefault(fhir_type, set()).update({"read"} if id_ else sent)
    role = {one["type"]: one for one in client_role()["types"]}
    assert asked.pop("metadata") == set()  # no record: what the plan offers, where it finds none of a type
    assert asked.keys() <= role.keys()
    for fhir_type, names in asked.items():
        stated = {parameter["name"] for parameter in role[fhir_type]["parameters"]}
        assert names - {"read"} == stated, fhir_type
        assert "read" not in names or role[fhir_type]["is_read"]
    assert {"Patient", "Coverage", "ExplanationOfBenefit", "Organization", "Practitioner"} <= asked.keys()
    assert any(f"_count={client_role()['page_size']}" in target for target in stub.asked)


def test_sources_that_are_asked_for_with_records_are_published(
    bring: Callable[..., SyncRun], stub: Stub, now: datetime, client: Client
) -> None:
    """Of a plan that refuses the question for sources alone."""
    Connection.objects.update(clinical_since=now)
    for fhir_type in fhir_types():
        stub.on(fhir_type, bundle())
    stub.on("Provenance", reply("{}", 403))
    bring()
    stub.asked.clear()
    bring(at=now + timedelta(days=1))
    asked = {
        parts.path: parse_qs(parts.query)["_revinclude"]
        for parts in map(urlsplit, stub.asked)
        if "_revinclude" in parts.query
    }
    told = statement(client)["rest"][0]["resource"]
    stated = {one["type"]: one["searchRevInclude"] for one in told if "searchRevInclude" in one}
    assert stated == asked and len(asked) > 10
    assert words(client, "/app/fhir-r4/").count("with _revinclude=Provenance:target") == len(asked)


def test_the_scopes_with_reasons_are_those_that_are_asked_for(client: Client) -> None:
    asked = client_role()["scopes"]
    assert [name for scope in published.SCOPES for name in scope.name.split()] == asked
    assert published.SCOPE.split() == asked
    assert " ".join(asked) in statement(client)["rest"][0]["security"]["description"]


def test_the_kinds_of_data_in_words_name_every_type_that_is_read() -> None:
    named = {name for kind in published.accessed() for name in kind.fhir_types.split(", ")}
    assert named == set(fhir_types())


def test_each_profile_that_is_published_as_read_has_published_records(shared: Path) -> None:
    """Of each, examples lie among those that the tests of reading go through."""
    texts = "\n".join(path.read_text() for path in (shared / "fhir").rglob("*.json"))
    for fhir_type in fhir_types().values():
        for address in fhir_type.profiles:
            assert re.search(rf'"{re.escape(address)}(\|[\d.]+)?"', texts), address


@pytest.mark.parametrize("language", ["en", "es"])
def test_c_04_the_page_tells_our_tests_from_runs_of_published_suites(language: str) -> None:
    """C-04: a ported test is no run of the suite."""
    html = Client(headers={"accept-language": language}).get("/app/fhir-r4/").content.decode()
    rows = re.findall(r'<tr role="row" data-testid="suite">(.*?)</tr>', html, re.S)
    assert len(rows) == len(evidence().suites) >= 4
    for row, demands in zip(rows, evidence().suites, strict=True):
        _, ours, theirs = re.split(r"<td ", row)
        assert demands.suite
        assert f"{demands.met} " in ours
        if demands.suite.total is not None:
            assert str(demands.suite.passed) in theirs and str(demands.suite.total) in theirs
            assert demands.suite.run_on[:4] in theirs
        if demands.suite.day is None:
            assert {"en": "not run", "es": "no se ejecutó"}[language] in theirs
    assert html.count('data-testid="not-met"') == len(evidence().not_met) > 0


def test_every_row_that_is_made_stands_as_the_code_and_the_lists_have_it(client: Client) -> None:
    """Of each kind as many as there are, in their order, each with what is known of it."""
    told = evidence()
    types = [
        [one["type"], *(parameter["name"] for parameter in one["parameters"]), *("by id",) * one["is_read"]]
        for one in client_role()["types"]
    ]
    wanted = {
        "fhir-type": types,
        "must-support": [
            [name, f"{told.must_support[name]} element"] for name, *_ in types if name in told.must_support
        ],
        "specification": [
            [
                part.title,
                *(f"{count} " for count in (part.met, part.by_hand, part.not_met, part.not_ours) if count),
            ]
            for part in told.specifications
        ],
        "by-hand": [
            [checked.demand, f"checked by hand on {plain_date(checked.checked_on)}", checked.how]
            for checked in told.by_hand
        ],
        "not-met": [[unmet.demand, f"{unmet.title}, {unmet.row}.", unmet.why[1:]] for unmet in told.not_met],
    }
    html = client.get("/app/fhir-r4/").content.decode()
    for kind, wanted_rows in wanted.items():
        rows = re.findall(rf'<(tr|div)[^>]*data-testid="{kind}">(.*?)</\1>', html, re.S)
        for (_, row), parts in zip(rows, wanted_rows, strict=True):
            assert [part for part in parts if part not in unescape(row)] == [], kind
    assert {*told.must_support} <= {name for name, *_ in types}


def test_c_04_a_run_of_a_suite_is_told_by_its_day_and_numbers(client: Client) -> None:
    told = words(client, "/app/fhir-r4/")
    runs = [demands.suite for demands in evidence().suites if demands.suite and demands.suite.total]
    assert runs
    for run in runs:
        assert re.search(rf"run on [A-Z][a-z]+ \d+, {run.run_on[:4]}: {run.passed} of {run.total}", told)


def test_a_reviewer_finds_the_evidence_and_the_statement(client: Client) -> None:
    for path in ("/app/", "/app/fhir-r4/"):
        assert f'href="{ADDRESS}"' in client.get(path).content.decode()
    for path in ("/app/", "/", "/privacy/"):
        assert 'href="/app/fhir-r4/"' in client.get(path).content.decode()
    assert 'href="/app/#data"' in client.get("/app/fhir-r4/").content.decode(), "the scopes"
    assert 'id="data"' in client.get("/app/").content.decode()
    told = words(client, "/app/fhir-r4/")
    for wanted in ("4.0.1", "fhirclient", "_lastUpdated", "What is not there", "UDAP"):
        assert wanted in told, wanted


def test_the_page_names_the_models_that_check_and_the_types_they_check(client: Client) -> None:
    html = client.get("/app/fhir-r4/").content.decode()
    checked, not_checked = re.findall(r'<span data-testid="(?:not-)?checked">(.*?)</span>', html)
    by_models = {one["type"] for one in client_role()["types"] if one["is_checked"]}
    assert set(re.findall(r"<code>(\w+)</code>", checked)) == by_models
    assert set(re.findall(r"<code>(\w+)</code>", not_checked)) == set(fhir_types()) - by_models


def test_the_evidence_is_shipped_with_the_software() -> None:
    assert FILE.is_relative_to(Path(published.__file__).parent)
    assert evidence().claims_read_twice > 200
    assert evidence().must_support.keys() <= kinds.kept_types(EVERY)


def test_what_a_type_is_read_for_names_no_records_that_are_only_kept_apart(client: Client) -> None:
    """Nothing is read for the sake of mistakes, or of what a plan sent of somebody else."""
    assert "records sent but not yours" not in words(client, "/app/fhir-r4/")
    told = {
        resource["type"]: resource["documentation"] for resource in statement(client)["rest"][0]["resource"]
    }
    assert told["Encounter"].startswith("Read for: visits.")
