"""Whose record it is, in every form a plan may write it (R-29)."""

import json
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.fhir.bundles import Page, Resource, read_resource
from apps.sync import driver
from apps.sync.models import SyncRun, SyncStep
from apps.sync.record_subject import Person, is_about_another, person_in
from apps.sync.references import Places
from apps.sync.work import Work
from tests.claims.given import claims_of
from tests.fhir.stub import Reply, Stub, bundle, reply
from tests.sync.conftest import an_eob
from tests.sync.looking import mirrored, step

Bring = Callable[..., SyncRun]
SYSTEM = "https://payer.example/member"
BASE = "https://payer.example/r4"
PATIENT = {"resourceType": "Patient", "id": "alice", "identifier": [{"system": SYSTEM, "value": "111"}]}


def a_claim(reference: Any) -> Resource:
    """Return a claim about whom *reference* names."""
    return read_resource(json.dumps(an_eob(1, patient=reference)).encode())


def own(*, links: Any = (), **identifier: str) -> Callable[[], Person]:
    """Return what gives what the member's own record says, with this identifier and these links."""
    patient = {"resourceType": "Patient", "identifier": [identifier], "link": links}
    return partial(person_in, json.dumps(patient).encode(), base_url=BASE)


def by_number(value: str, system: str | None = SYSTEM) -> dict[str, Any]:
    """Return a logical reference (FHIR R4 references#logical)."""
    return {"identifier": {"value": value} | ({"system": system} if system else {})}


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/other",
        "Patient/other_member",
        "Patient/" + "x" * 70,
        "Patient/m%7C123",
        "https://payer.example/fhir/r4/Patient/other:2",
        "https://payer.example/fhir/r4/Patient/other/_history/mine",
        "Patient/other/",
        "Patient/",
        "Patient/other?x=Patient/mine",
        "Patient?identifier=https://payer.example/member|777",
    ],
)
def test_who_is_named_in_an_odd_form_is_somebody_else_all_the_same(reference: str) -> None:
    assert is_about_another(a_claim({"reference": reference}), patient_id="mine")


@pytest.mark.parametrize("whose", ["mine", "other"])
def test_a_reference_that_is_bare_or_in_a_list_names_as_any_other(whose: str) -> None:
    """R-29: the reader takes both, and whose the record is was not asked."""
    named = {"reference": f"Patient/{whose}"}
    for patient in (
        f"Patient/{whose}",
        [named],
        [f"Patient/{whose}"],
        [{"reference": "Patient/mine"}, named],
    ):
        assert is_about_another(a_claim(patient), patient_id="mine") is (whose == "other")


@pytest.mark.parametrize(
    ("reference", "patient_id"),
    [
        ("Patient/mine", "mine"),
        ("Patient/mine_1", "mine_1"),
        (" Patient/mine/", "mine"),
        ("Patient/m%7C123", "m|123"),
        ("https://payer.example/fhir/Patient/mine/_history/7", "mine"),
        ("https://payer.example/Patient/fhir/Patient/mine#", "mine"),
    ],
)
def test_the_member_is_known_in_the_same_forms(reference: str, patient_id: str) -> None:
    claim = a_claim({"reference": reference})
    assert not is_about_another(claim, patient_id=patient_id)


@pytest.mark.parametrize(
    "reference",
    [None, {}, {"reference": "#p"}, {"reference": "urn:uuid:1"}, {"reference": 5}, {"identifier": "x"}],
)
def test_what_names_nobody_is_taken_as_what_was_asked_for(reference: dict[str, Any] | None) -> None:
    claim = a_claim(reference)
    assert not is_about_another(claim, patient_id="mine", own=own(system=SYSTEM, value="1"))


@pytest.mark.parametrize(
    ("reference", "is_another"),
    [
        (by_number("111"), False),
        (by_number("222"), True),
        (by_number("222", "https://other.example/ids"), False),  # nothing to compare it with
        (by_number("222", None), False),
        (by_number(" "), False),
        ({"identifier": ["x", by_number("222")["identifier"]]}, True),
        ({"identifier": [by_number("222")["identifier"], by_number("111")["identifier"]]}, False),
        ({"reference": f"Patient?identifier={SYSTEM}|111"}, False),
        ({"reference": f"https://payer.example/fhir/Patient?identifier={SYSTEM}%7C111"}, False),
        ({"reference": f"Patient?identifier={SYSTEM}|222"}, True),
        ({"reference": "Patient?identifier=https://other.example/ids|111"}, True),
        ({"reference": "Patient?identifier=111"}, True),
    ],
)
def test_a_number_is_compared_with_those_of_the_same_system(
    reference: dict[str, Any], is_another: bool
) -> None:
    claim = a_claim(reference)
    assert is_about_another(claim, patient_id="mine", own=own(system=SYSTEM, value="111")) is is_another
    if "identifier" in reference:
        assert not is_about_another(claim, patient_id="mine")  # no record of the patient came


def test_numbers_without_a_system_cannot_be_compared() -> None:
    """A member number on the claim, another number on the patient's record: of what kind, nobody says."""
    claim = a_claim(by_number("222", None))
    assert not is_about_another(claim, patient_id="mine", own=own(value="111"))


@pytest.mark.parametrize(
    ("link", "is_another"),
    [
        ({"other": {"reference": "Patient/former"}, "type": "replaces"}, False),
        ({"other": {"reference": "https://payer.example/r4/Patient/former"}, "type": "replaced-by"}, False),
        ({"other": {"reference": "Patient/former"}, "type": "seealso"}, False),
        ({"other": {"reference": "Patient/former"}, "type": "refer"}, False),
        ({"other": {"reference": "Patient/former"}, "type": "child"}, True),
        ({"other": {"reference": "Patient/former"}}, True),
        ({"other": {"reference": "Patient/third"}, "type": "replaces"}, True),
        ({"other": {"reference": "RelatedPerson/former"}, "type": "seealso"}, True),
        ({"other": {"reference": "Patient/"}, "type": "replaces"}, True),
        ({"other": "Patient/former", "type": "replaces"}, True),
        ("Patient/former", True),
        ({"other": {"reference": "Patient/former"}, "type": ["replaces"]}, True),
        ({"other": {"reference": "https://elsewhere.example/r4/Patient/former"}, "type": "seealso"}, True),
        ({"other": {"reference": "//elsewhere.example/r4/Patient/former"}, "type": "seealso"}, True),
    ],
)
def test_claims_under_the_id_of_a_record_that_was_merged_are_theirs(link: Any, is_another: bool) -> None:
    """All claims from before a merge were refused as another patient's; only their own record can say it.

    And of its own server: an id there is somebody else's here.
    """
    claim = a_claim({"reference": "Patient/former"})
    for links in ([link], link):
        assert is_about_another(claim, patient_id="mine", own=own(links=links)) is is_another
    assert is_about_another(claim, patient_id="mine")


@pytest.mark.parametrize("links", [{}, None, "x", [{"type": ["replaces"]}, {"other": {}}]])
def test_r_29_odd_links_of_the_members_own_record_hide_no_number_of_it(links: Any) -> None:
    claim = a_claim(by_number("222"))
    assert is_about_another(claim, patient_id="mine", own=own(links=links, system=SYSTEM, value="111"))


def test_numbers_of_a_patient_are_read_whatever_else_stands_there() -> None:
    identifiers: list[Any] = [{"system": SYSTEM, "value": " 1 "}, {"value": "2"}, {"value": 3}, "x", {}]
    body = json.dumps({"resourceType": "Patient", "identifier": identifiers}).encode()
    alone = json.dumps({"identifier": identifiers[1]}).encode()
    assert person_in(body, base_url=BASE).numbers == {(SYSTEM, "1"), (None, "2")}
    assert person_in(alone, base_url=BASE).numbers == {(None, "2")}
    assert person_in(b"[]", base_url=BASE) == Person()


def test_claims_of_others_are_refused_counted_and_not_shown(
    bring: Bring, connection: Connection, stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    stub.on("Patient/alice", PATIENT)
    stub.on(
        "ExplanationOfBenefit",
        bundle(
            an_eob(1, patient=by_number("111")),
            an_eob(2, patient=by_number("222")),
            an_eob(3, patient={"reference": "Patient/other_member"}),
        ),
    )
    run = bring()
    assert len(claims_of(connection)) == 1
    assert step(run, "ExplanationOfBenefit").misdirected == 2
    assert "sent 2 records of another patient" in caplog.text
    assert "222" not in caplog.text


@pytest.mark.parametrize(
    ("patient", "is_taken"),
    [
        ({"reference": "Patient/é"}, False),
        ({"identifier": {"system": SYSTEM, "value": "111", "assigner": {"display": "é"}}}, True),
        ({"identifier": {"system": SYSTEM, "value": "222", "assigner": {"display": "é"}}}, False),
    ],
)
def test_a_text_in_another_encoding_stops_no_update_and_hides_no_stranger(
    bring: Bring, connection: Connection, stub: Stub, patient: dict[str, Any], is_taken: bool
) -> None:
    """R-16, R-28: Latin-1 in the claim's reference and in the patient's own record; the next claim comes."""
    number = {"system": SYSTEM, "value": "111", "type": {"text": "Numéro"}}
    stub.on("Patient/alice", in_latin({"resourceType": "Patient", "id": "alice", "identifier": [number]}))
    stub.on("ExplanationOfBenefit", in_latin(bundle(an_eob(1, patient=patient), an_eob(2))))
    run = bring()
    assert run.state in (SyncRun.State.FINISHED, SyncRun.State.PARTIAL)
    assert step(run, "ExplanationOfBenefit").misdirected == (not is_taken)
    assert mirrored(connection).count() == 1 + is_taken


@pytest.mark.usefixtures("shared_database")
@pytest.mark.parametrize(
    ("answer", "strangers"), [(PATIENT, 1), (Reply(b"", 404), 0)], ids=["told", "not told"]
)
def test_r_29_a_claim_by_number_waits_until_the_members_own_number_is_known(
    bring: Bring,
    connection: Connection,
    stub: Stub,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    *,
    answer: Any,
    strangers: int,
) -> None:
    """R-29: types are asked for at once, and the claims may be here first; a plan that tells no number is not
    waited for."""
    settings.SYNC_LANES = 4
    is_here, kept = threading.Event(), driver.keep

    def keep(work: Work, step: SyncStep, page: Page, places: Places, **more: Any) -> None:
        if step.resource_type == "ExplanationOfBenefit":
            is_here.set()
        kept(work, step, page, places, **more)

    def late(_query: Any) -> Reply:
        is_here.wait(20)
        return answer if isinstance(answer, Reply) else reply(answer)

    monkeypatch.setattr(driver, "keep", keep)
    stub.on("Patient/alice", late)
    claims = (an_eob(1, patient=by_number("111")), an_eob(2, patient=by_number("222")))
    stub.on("ExplanationOfBenefit", bundle(*claims))
    run = bring()
    assert step(run, "ExplanationOfBenefit").misdirected == strangers
    assert len(claims_of(connection)) == len(claims) - strangers


def in_latin(content: dict[str, Any]) -> Reply:
    return reply(json.dumps(content, ensure_ascii=False).encode("latin-1"))
