"""The desk: one row a plan, what is wrong first, each with the button that is there already."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.models import Attempt
from apps.plans.models import HeldChange, Plan
from apps.sync.models import PlanPace, Refresh
from tests.accounts.test_sign_up import DOWN
from tests.conftest import by_passkey
from tests.desk.conftest import a_plan, connected, sends_others, waiting_run

DAY = timedelta(days=1)


def attempts(plan: Plan, **counts: int) -> None:
    """Have so many attempts of this week come to each stage; "IssuerDiffers" and the like end one."""
    for name, count in counts.items():
        for number in range(count):
            failed = {"failure": name, "fault": "plan"} if name not in Attempt.Stage.values else {}
            stage = Attempt.Stage.RETURNED if failed else name
            reference = f"{plan.slug[:4]}{name[:4]}{number}"
            Attempt.objects.create(
                plan=plan, reference=reference, purpose="connect", stage=stage,
                started_at=timezone.now() - DAY, **failed,
            )  # fmt: skip


def a_troubled_fleet(alice: Member) -> None:
    """Make a plan for each thing that may be wrong, and two where all is well."""
    now = timezone.now()
    connected(a_plan("quiet"), alice)
    attempts(Plan.objects.get(slug="quiet"), started=2, first_claim=9)
    a_plan("unused")
    refused = a_plan("refused", status="paused", client_refused_at=now - timedelta(hours=3))
    connected(refused, alice)
    down = a_plan("down")
    connected(down, alice)
    PlanPace.objects.create(plan=down, pauses=4, outages=9, paused_until=now + timedelta(minutes=4))
    moved = a_plan("moved", drift={"token_url": "https://new.example/token"}, drift_found_at=now - DAY)
    connected(moved, alice)
    held = a_plan("held")
    HeldChange.objects.create(plan=held, values={"issuer": "x"}, before={"issuer": ""}, asked_at=now)
    failing = a_plan("failing")
    attempts(failing, IssuerDiffers=7, first_claim=2)
    attempts(a_plan("tried"), IssuerDiffers=1)
    attempts(a_plan("halved"), IssuerDiffers=1, first_claim=1)
    late = connected(a_plan("late"), alice)
    waiting_run(late, since=now - timedelta(hours=5))
    sends_others(a_plan("careless"), alice, at=now - DAY)
    sends_others(a_plan("mended"), alice, at=now - 8 * DAY)
    stale = {"due_at": now - DAY, "hours": 24, "bucket": 1, "succeeded_at": now - 5 * DAY}
    Refresh.objects.create(connection=late, **stale)


def rows(page: str) -> dict[str, str]:
    """Return the text of each plan's row, with what is found there."""
    parts = re.findall(r'<tbody[^>]* data-testid="plan-([\w-]+)">(.*?)</tbody>', page, re.DOTALL)
    return {slug: " ".join(re.sub(r"<[^>]+>", " ", html).split()) for slug, html in parts}


EXPECTED = {
    "quiet": ("Well", "9 of 11"),
    "unused": ("Well",),
    "refused": ("Wrong", "refused our client registration", "Swap the client secret"),
    "down": ("Wrong", "does not answer", "Ask again now"),
    "moved": ("Look", "servers that nobody confirmed", "Decide about its addresses"),
    "careless": ("Look", "about other people to 1 connection ", "Write to the plan", "Show them"),
    "mended": ("Well",),
    "held": ("Look", "waits for a second operator", "Accept or stop it"),
    "failing": ("Wrong", "The answer came from somewhere else (7)", "Check with the plan"),
    "tried": (
        "Look",
        "1 of 1 attempts to connect ended on the plan&#x27;s side or on ours.",
        "Check with the plan",
    ),
    "halved": ("Look", "1 of 2 attempts to connect ended", "Check with the plan"),
    "late": ("Wrong", "1 of 1 connections were not brought up to date", "5 hours", "Show them"),
}


@pytest.mark.usefixtures("well")
def test_each_plan_has_a_light_a_reason_and_a_button(admin_client: Client, alice: Member) -> None:
    a_troubled_fleet(alice)
    page = admin_client.get("/admin/").content.decode()
    told = rows(page)
    for slug, words in EXPECTED.items():
        assert [word for word in words if word not in told[slug]] == [], told[slug]
    lights = [text.split()[0] for text in told.values()]
    assert lights == sorted(lights, key=["Wrong", "Look", "Well"].index)
    assert "alice" not in page.lower()
    assert "new.example" not in page


@pytest.mark.usefixtures("well")
def test_a_plan_that_fails_one_update_alone_is_no_green_light(admin_client: Client, alice: Member) -> None:
    """It is not paused, since it may be that member's records alone; but somebody waits for it."""
    lonely, calm = a_plan("lonely"), a_plan("calm")
    waiting_run(connected(lonely, alice), since=timezone.now())
    PlanPace.objects.create(plan=lonely, outages=5)
    connected(calm, alice)
    PlanPace.objects.create(plan=calm, outages=4)
    told = rows(admin_client.get("/admin/").content.decode())
    assert "Look" in told["lonely"]
    assert "5 questions in a row got no answer, all for one update" in told["lonely"]
    assert "Well" in told["calm"]


@pytest.mark.usefixtures("well")
def test_a_row_that_cannot_be_judged_hides_no_other(admin_client: Client, alice: Member) -> None:
    """Nobody foresaw it: the desk, and the alarms, tell of it and of every other plan."""
    connected(a_plan("odd"), alice)
    connected(a_plan("calm"), alice)
    Plan.objects.filter(slug="odd").update(own_quirks=7)
    told = rows(admin_client.get("/admin/").content.decode())
    assert "Well" in told["calm"]
    assert "Wrong" in told["odd"]
    assert "cannot be judged (AttributeError)" in told["odd"]


def test_a_new_site_is_told_how_to_begin(admin_client: Client) -> None:
    page = admin_client.get("/admin/").content.decode()
    assert "No plan is here yet" in page
    assert 'href="/admin/plans/plan/begin/"' in page


@pytest.mark.parametrize("typed", ["7KQM-2XWR", "7kqm2xwr"])
def test_a_members_number_is_asked_for_on_the_desk(admin_client: Client, alice: Member, typed: str) -> None:
    plan = connected(a_plan("quiet"), alice).plan
    known = {"plan": plan, "purpose": "connect", "stage": "started", "started_at": timezone.now()}
    attempt = Attempt.objects.create(reference="7KQM-2XWR", **known)
    Attempt.objects.create(reference="7KQM-2XWX", **known)
    (form,) = re.findall(
        r'<form[^>]* class="desk__find".*?</form>', admin_client.get("/admin/").content.decode(), re.S
    )
    (action,) = re.findall(r'action="([^"]+)"', form)
    (name,) = re.findall(r'<input[^>]* name="([^"]+)"', form)
    assert admin_client.get(action, {name: typed})["Location"].endswith(f"/attempt/{attempt.pk}/change/")


@pytest.mark.usefixtures("well")
def test_every_button_leads_to_the_act_that_is_there(admin_client: Client, alice: Member) -> None:
    a_troubled_fleet(alice)
    page = admin_client.get("/admin/").content.decode()
    forms = re.findall(
        r'<form method="post" action="(/admin/\w+/\w+/)" class="desk__act">.*?name="action" value="(\w+)".*?'
        r'name="_selected_action" value="([\w-]+)"', page, re.DOTALL,
    )  # fmt: skip
    assert len(forms) == 7
    for address, action, row in forms:
        if action != "run_checks":  # which asks the plan
            answer = admin_client.post(address, {"action": action, "_selected_action": row}, follow=True)
            said = answer.content.decode()
            assert answer.status_code == 200
            assert "No action selected" not in said
            assert f'name="action" value="{action}"' in said or "asked again at once" in said


@pytest.mark.usefixtures("well")
def test_the_desk_costs_as_many_queries_for_any_number_of_plans(admin_client: Client, alice: Member) -> None:
    a_troubled_fleet(alice)
    counts = []
    for number in range(3):
        with CaptureQueriesContext(
            database,
        ) as queries:
            admin_client.get("/admin/")
        counts.append(len(queries))
        for place in range(4):
            connected(a_plan(f"more-{number}-{place}"), alice)
    assert counts[1] == counts[2] <= 60


@pytest.mark.django_db
def test_who_only_looks_gets_no_buttons(alice: Member) -> None:
    who = Member.objects.create_user("look@example.com", "a long password of a role", is_staff=True)
    who.groups.set([Group.objects.get(name="auditor")])
    a_troubled_fleet(alice)
    page = by_passkey(who).get("/admin/").content.decode()
    assert "does not answer" in page
    assert 'class="desk__act"' not in page
    who.groups.clear()
    assert "does not answer" not in by_passkey(who).get("/admin/").content.decode()


@pytest.mark.django_db
def test_the_house_is_told_beside_the_plans_and_nobody_is_called(
    admin_client: Client, settings: Any, called: list[Any]
) -> None:
    settings.MAILERS = DOWN
    a_plan()
    page = admin_client.get("/admin/").content.decode()
    assert "No worker was ever here." in page
    assert "No backup was made yet." in page
    assert "mail server has not answered a worker" in page
    assert called == []
