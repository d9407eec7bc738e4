"""What the member says stays whatever a plan sends, can be undone, goes with its connection or account."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from apps.accounts.models import Member
from apps.connections import account_closure, holdings
from apps.records import remarks
from apps.records.models import Remark
from apps.records.remarks import Topic
from apps.vault.boxes import box_for
from apps.vault.sealed_bytes import number_of
from tests.claims.given import NOW, a_connection, an_eob, save, shown

PAID = {"amount": "53.52", "currency": "USD"}
LATER = NOW + timedelta(minutes=5)


def note(member: Member, value: object, *, minutes: int = 0, topic: Topic = Topic.PAID) -> str:
    """Say *value* of the member's one claim, and return the subject it is."""
    [claim] = shown(member)
    subject, now = remarks.subject_of(claim.entry), NOW + timedelta(minutes=minutes)
    remarks.say(
        member=member, box=box_for(member), topic=topic, subject=subject, value=value, now=now,
        connection_id=claim.plan,
    )  # fmt: skip
    return subject


def said(member: Member) -> object:
    """Return what is said of the claim that is shown now."""
    [claim] = shown(member)
    remark = remarks.about(member, box_for(member), Topic.PAID, remarks.subject_of(claim.entry))
    return remark.value if remark else None


def test_a_remark_outlives_a_new_version_the_books_and_new_keys(alice: Member) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1))
    note(alice, PAID)
    prior = {"relationship": {"coding": [{"code": "prior"}]}, "claim": {"identifier": {"value": "CLM-1"}}}
    save(connection, an_eob(2, share="40.00", created="2026-04-01", related=[prior]), now=LATER)
    assert shown(alice)[0].entry.chain, "the second replaces the first"
    assert said(alice) == PAID
    call_command("forget_books", stdout=StringIO())
    call_command("rotate_keys", "--member", str(alice.pk), "--grace", "0", stdout=StringIO())
    assert number_of(bytes(Remark.objects.get().sealed_body)) == 2
    assert said(alice) == PAID


def test_nothing_said_where_nothing_was_leaves_nothing(alice: Member) -> None:
    """A row without words stayed, which "does not open" in the log of every page."""
    save(a_connection(alice), an_eob(1))
    note(alice, None)
    assert not Remark.objects.exists()


def test_an_undo_brings_back_what_was_said_before_and_works_once(alice: Member) -> None:
    save(a_connection(alice), an_eob(1))
    subject = note(alice, {"amount": "20.00", "currency": "USD"})
    note(alice, PAID, minutes=1)
    for _ in range(2):  # a double click
        remarks.undo(
            member=alice, box=box_for(alice), topic=Topic.PAID, subject=subject,
            said_at=NOW + timedelta(minutes=1), now=LATER,
        )  # fmt: skip
    assert said(alice) == {"amount": "20.00", "currency": "USD"}
    remarks.undo(
        member=alice, box=box_for(alice), topic=Topic.PAID, subject=subject, said_at=LATER, now=LATER
    )
    assert not Remark.objects.exists()


def test_a_remark_says_nothing_to_who_reads_the_database_and_is_its_owners_alone(
    alice: Member, bob: Member
) -> None:
    save(a_connection(alice), an_eob(1))
    subject = note(alice, PAID)
    row = Remark.objects.get()
    stored = b"".join(bytes(column) for column in (row.topic_key, row.subject_key, row.sealed_body))
    assert all(word.encode() not in stored for word in (subject, "53.52", "paid"))
    assert remarks.about(bob, box_for(bob), Topic.PAID, subject) is None
    Remark.objects.update(member=bob)  # moved by who can write to the database: it does not open
    assert remarks.everything(bob, box_for(bob), connection=row.connection) == []


def test_remarks_of_two_topics_and_members_do_not_meet(alice: Member) -> None:
    save(a_connection(alice), an_eob(1))
    subject = note(alice, PAID)
    note(alice, ["bill"], topic=Topic.CHECKED)
    assert remarks.of(alice, box_for(alice), Topic.CHECKED)[subject].value == ["bill"]
    assert remarks.of(alice, box_for(alice), Topic.PAID)[subject].value == PAID


def test_a_remark_goes_with_its_connection_and_with_the_account(alice: Member) -> None:
    connection, box = a_connection(alice), box_for(alice)
    save(connection, an_eob(1))
    note(alice, PAID)
    remarks.say(
        member=alice, box=box, topic=Topic.NAME, subject="a key", value="Mum", now=NOW, connection_id=None
    )
    assert [held.name for held in holdings.delete(connection, now=NOW) if "note" in held.name] == [
        "note of yours"
    ]
    assert [remark.topic for remark in remarks.everything(alice, box, connection=None)] == [Topic.NAME]
    account_closure.close(member=alice, now=NOW)
    assert not Remark.objects.exists()


def test_a_remark_that_nobody_types_is_not_kept(alice: Member) -> None:
    with pytest.raises(remarks.TooLong):
        remarks.say(
            member=alice,
            box=box_for(alice),
            topic=Topic.NAME,
            subject="x",
            value="x" * 300_000,
            now=NOW,
            connection_id=None,
        )
    assert not Remark.objects.exists()
