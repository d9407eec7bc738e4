"""S-06: members read what was read of their records and asked for, once for each browser, kind and day."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.core import context
from django.test import Client, RequestFactory
from django.urls import reverse

from apps.accounts.models import Member
from apps.kinds.claim.kind import CLAIM
from apps.records import activity, remarks
from apps.records.models import Activity
from apps.records.remarks import Topic
from apps.sync import actions
from apps.vault.boxes import box_for
from tests.care.test_pages import a_result, keep, path_of
from tests.claims.given import NOW, a_connection, an_eob, row_of, save

AFTER_MIDNIGHT = NOW.replace(hour=5, minute=10)
"""In New York, where the site of the tests is."""
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def _in_november_2026() -> Any:
    with time_machine.travel(NOW.replace(hour=4, minute=50), tick=False):
        yield


def told(member: Member) -> list[tuple[str, str]]:
    return sorted(line[1:] for line in activity.happened(member, most=50))


def test_s_06_reading_is_one_line_for_a_session_kind_and_day(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1), an_eob(2))
    keep(connection, a_result(1))
    care = path_of(connection, "Observation/o1")
    assert told(alice) == [], "nobody reads what a worker puts away"
    urls = ["/claims/", f"/claims/{row_of(connection, 1).pk}/", "/care/", care]
    for url in urls * 2:
        assert alice_client.get(url, headers={"user-agent": FIREFOX}).status_code == 200
    here = "Firefox, Linux"
    lines = ("Claims were read", "Clinical records were read")
    assert told(alice) == [(line, here) for line in lines], "of a coverage there is nothing to read"
    elsewhere = Client()
    elsewhere.force_login(alice)
    elsewhere.get("/claims/")
    elsewhere.get(care.replace("/care/", "/sync/records/"))
    assert len(told(alice)) == 4
    with time_machine.travel(AFTER_MIDNIGHT, tick=False):
        alice_client.get("/claims/")
        assert len(told(alice)) == 5
        page = alice_client.get(reverse("accounts:activity")).content.decode()
    assert page.count("Claims were read") == 3 and page.count("Clinical records were read") == 2


def test_s_06_no_readable_column_and_no_session_tells_what_was_read(
    alice: Member, alice_client: Client
) -> None:
    keep(connection := a_connection(alice), a_result(1))
    save(connection, an_eob(1))
    for url in ("/care/", "/claims/", "/coverage/", "/claims/approvals/"):
        alice_client.get(url)
    readable = f"{list(Activity.objects.values())} {dict(alice_client.session)}"
    assert not [word for word in ("clinical", "claim", "coverage", "approval") if word in readable]
    lengths = {len(row.sealed_body) for row in Activity.objects.all()}
    assert (len(lengths), len(told(alice))) == (1, 2), "nor does a length tell"


def test_s_06_what_others_do_is_not_the_members_reading(
    alice: Member, bob: Member, bob_client: Client, rf: RequestFactory
) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1))
    assert bob_client.get(f"/claims/{row_of(connection, 1).pk}/").status_code == 404
    bob_client.get("/claims/")
    assert told(alice) == []
    request = rf.get("/", headers={"user-agent": FIREFOX})
    request.user, request.session = bob, bob_client.session
    with context.request_context(request):
        activity.note_read(alice.pk, box_for(alice), CLAIM)
        activity.note_asked(alice, now=NOW)
    assert told(alice) == [("Your plans were asked for news", "")], "an operator has it asked"


def test_s_06_what_the_member_notes_or_hides_is_a_line_too(alice: Member, alice_client: Client) -> None:
    """Payments, names, what is hidden and what is given to others: a stranger may have changed it."""
    save(a_connection(alice), an_eob(1))
    claim = f"/claims/{alice.records.get().pk}/paid/"
    for amount in ("1.00", "2.00"):
        alice_client.post(claim, {"amount": amount}, headers={"user-agent": FIREFOX})
    remarks.say(
        member=alice,
        box=box_for(alice),
        topic=Topic.HIDDEN,
        subject="hiv",
        value="fold",
        now=NOW,
        connection_id=None,
    )
    changes = [line for line in told(alice) if not line[0].endswith("read")]
    assert changes == [("What you noted or chose was changed", "Firefox, Linux")], "once, and by the member"


def test_s_06_asking_a_plan_is_a_line_a_day_and_old_lines_go(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    for _again in range(2):
        actions.start(connection=connection, now=NOW, is_scheduled=True)
        connection.runs.all().delete()
    assert told(alice) == [("Your plans were asked for news", "")]
    alice_client.post(f"/sync/connections/{connection.pk}/", headers={"user-agent": FIREFOX})
    assert told(alice)[-1] == ("Your plans were asked for news", "Firefox, Linux")
    assert activity.forget_old(now=NOW + timedelta(days=364)) == 0
    assert activity.forget_old(now=NOW + timedelta(days=366)) == 2


def test_a_line_that_does_not_open_says_no_more_than_that_something_was_read(
    alice: Member, alice_client: Client
) -> None:
    box_for(alice)
    Activity.objects.create(member=alice, mark=b"x", at=NOW, sealed_body=b"nonsense")
    assert "Records were read" in alice_client.get(reverse("accounts:activity")).content.decode()


def test_that_clinical_records_were_read_is_forgotten_and_nothing_else(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1))
    keep(connection, a_result(1))
    for url in ("/claims/", "/care/"):
        alice_client.get(url)
    assert [words for words, _browser in told(alice)] == ["Claims were read", "Clinical records were read"]
    activity.forget_clinical(alice, box_for(alice))
    assert [words for words, _browser in told(alice)] == ["Claims were read"]
