"""P-03: when the first records are here, the page of their coming answers, and offers one way back in."""

import re
from html import unescape

import pytest
import time_machine
from django.test import Client

from apps.accounts.models import Member
from apps.sync.models import SyncRun
from tests.claims.given import NOW, a_connection, all_read, an_eob, save

pytestmark = pytest.mark.django_db


def said(text: str, testid: str) -> str:
    """Return the words of the element of that name, "" where it is not there."""
    found = re.search(rf'data-testid="{testid}"[^>]*>(.*?)</(?:p|section)>', text, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[1])).split()) if found else ""


def test_the_first_run_answers_as_today_does_and_later_ones_leave_it_to_today(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice, is_read=False)
    about = {
        "member": alice,
        "connection": connection,
        "created_at": NOW,
        "next_try_at": NOW,
        "queued_at": NOW,
    }
    with time_machine.travel(NOW, tick=False):
        save(connection, an_eob(1, on="2026-11-09"))
        all_read(connection)
        run = SyncRun.objects.create(**about, state="finished", finished_at=NOW)
        text, today = (alice_client.get(path).content.decode() for path in (f"/sync/{run.pk}/", "/home/"))
        assert said(text, "first-answer") == f"{said(today, 'lede')} Today"
        assert "$53.52" in said(text, "first-answer")
        assert said(text, "next-visit") == ""  # she has a password
        later = SyncRun.objects.create(**about, state="finished", finished_at=NOW)
        assert said(alice_client.get(f"/sync/{later.pk}/").content.decode(), "first-answer") == ""


def test_who_came_in_with_a_plan_is_offered_one_way_to_come_back(client: Client) -> None:
    visitor = Member.objects.create_from_plan()
    client.force_login(visitor, "django.contrib.auth.backends.ModelBackend")
    run = SyncRun.objects.create(
        member=visitor, connection=a_connection(visitor, is_read=False), state="finished",
        created_at=NOW, next_try_at=NOW, queued_at=NOW, finished_at=NOW,
    )  # fmt: skip
    text = client.get(f"/sync/{run.pk}/").content.decode()
    offers = re.findall(r'data-testid="next-visit".*?<a href="([^"]+)"', text, re.DOTALL)
    assert offers in (["/account/email/"], ["/account/2fa/webauthn/add/"]), offers
