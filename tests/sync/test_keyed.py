"""D-12: by what stands in plain columns nobody finds whose records name a person, a doctor or a text."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.db import models

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records.models import Record
from apps.sync.models import SyncRun, SyncSeen
from apps.vault import boxes
from apps.vault.boxes import box_for
from tests.fhir.stub import Stub, bundle
from tests.sync.conftest import COVERAGE, ORGANIZATION, PATIENT, PRACTITIONER, an_eob
from tests.sync.looking import Interrupted, raises

Bring = Callable[..., SyncRun]
KIND = "ExplanationOfBenefit"
COLUMNS = ("source_key", "digest")


def stored() -> set[bytes]:
    """Return all that records are found and compared by, whatever table has a column of that name."""
    columns = [
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.name in COLUMNS and model._meta.app_label in ("sync", "records")
    ]
    assert len(columns) == 4
    return {value for model, name in columns for value in _values(model, name)}


def _values(model: type[models.Model], name: str) -> list[bytes]:
    return [bytes(value) for value in model._default_manager.values_list(name, flat=True)]


def plain(*texts: bytes) -> set[bytes]:
    return {hashlib.sha256(text).digest() for text in texts}


def test_d_12_who_counts_through_the_ids_of_a_plan_finds_nobody(
    bring: Bring, stub: Stub, now: datetime
) -> None:
    """Member numbers, claims, and public ids of doctors, in every table there is."""
    approval = an_eob(7, use="preauthorization")
    stub.on(KIND, bundle(an_eob(1), approval), bundle(an_eob(1, disposition="Changed"), approval))
    bring(), bring(at=now + timedelta(days=1))
    claims = {f"{KIND}/eob-{number}".encode() for number in range(1000)}
    ids = plain(b"Patient/alice", b"Practitioner/p1", b"Organization/o1", b"Coverage/cov-1", *claims)
    kept = stored()
    assert len(kept) == 13
    assert not kept & ids


def test_d_12_the_public_record_of_a_doctor_does_not_tell_who_sees_them(
    bring: Bring, connection: Connection
) -> None:
    bring()
    texts = [
        json.dumps(resource).encode()
        for resource in (PRACTITIONER, ORGANIZATION, PATIENT, COVERAGE, an_eob(1))
    ]
    bodies = set(map(_body, connection.records.all()))
    assert set(texts) <= bodies, "or this compares with nothing"
    assert not stored() & plain(*bodies)


def _body(row: Record) -> bytes:
    return box_for(row.member).open(row, "sealed_body")


def test_d_12_two_members_with_one_doctor_have_nothing_in_common(alice: Member, bob: Member) -> None:
    for reference in ("Practitioner/p1", "Organization/o1"):
        assert boxes.source_key(box_for(alice), reference) != boxes.source_key(box_for(bob), reference)
    assert boxes.digest(box_for(alice), b"{}") != boxes.digest(box_for(bob), b"{}")
    again, other = box_for(alice), box_for(alice)
    assert boxes.digest(again, b"{}") == boxes.digest(other, b"{", b"}")
    assert boxes.digest(again, b"x") != boxes.source_key(again, hashlib.sha256(b"x").hexdigest())


def test_d_12_what_stored_rows_are_found_by_stays_what_it_was(alice: Member) -> None:
    """Called otherwise, no stored row would be found again, and each would be stored once more."""
    box = box_for(alice)
    assert boxes.source_key(box, "Patient/1") == box.fingerprint("source key", "Patient/1")
    assert boxes.digest(box, b"x") == box.fingerprint("digest", hashlib.sha256(b"x").hexdigest())


def test_d_12_what_a_pass_has_seen_tells_nothing_either(bring: Bring) -> None:
    with pytest.raises(KeyboardInterrupt):
        bring(through=Interrupted(4, raises(KeyboardInterrupt())))
    packed = b"".join(bytes(digests) for digests in SyncSeen.objects.values_list("digests", flat=True))
    assert packed
    halves = [digest[:16] for digest in plain(*(f"{KIND}/eob-{n}".encode() for n in range(9)))]
    assert not [half for half in halves if half in packed]
