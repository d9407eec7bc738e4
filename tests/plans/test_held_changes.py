"""S-01: where a plan's codes, tokens and secrets go is changed by two operators, or after a day; all hear."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.audit.models import AuditEntry
from apps.connections import acts
from apps.connections.models import Connection, Identity, Revocation
from apps.plans import held_changes, plan_pause
from apps.plans.discovery import endpoints_for
from apps.plans.models import HeldChange, Plan
from apps.plans.origins import binding, came_along, may_go
from tests.conftest import by_passkey
from tests.length import is_on_postgresql
from tests.plans.conftest import Payer, until_another_waits
from tests.plans.test_admin import asked_to_decide, edit, sent, smart
from tests.plans.test_load_plans import loaded, row
from tests.registered import give_secret, registered, secret_of

DAY = datetime(2026, 11, 28, tzinfo=UTC)
THIEF = "https://thief.example.org/token"


@pytest.fixture
def second(db: None) -> Client:
    """Return the browser of another operator."""
    member = Member.objects.create_superuser("oscar@example.com", "a long password of oscar")
    return by_passkey(member)


@pytest.fixture
def at_stake(plan: Plan) -> Plan:
    """Return a plan for which we hold a secret."""
    give_secret(plan, "a secret of ours")
    plan.save()
    return plan


def decide(browser: Client, plan: Plan, decision: str) -> str:
    """Choose the action, press the button of the page, and return the page that follows."""
    chosen = {"action": "decide_changes", "_selected_action": [str(plan.pk)]}
    page = browser.post("/admin/plans/plan/", chosen)
    assert f'data-testid="held-{plan.slug}"' in page.content.decode()
    form = {**chosen, f"seen-{plan.pk}": page.context["changes"][0][2], "decision": decision}
    return browser.post("/admin/plans/plan/", form, follow=True).content.decode()


def a_day_later() -> None:
    HeldChange.objects.update(asked_at=timezone.now() - timedelta(hours=24))
    held_changes.look_after()


def test_s_01_one_operators_new_address_waits_and_every_operator_reads_it_by_mail(
    operator: Client, second: Client, at_stake: Plan, django_capture_on_commit_callbacks: Any
) -> None:
    """S-01: the address is not used."""
    Member.objects.create_user("sam@example.com", "a long password of sam", is_staff=True)  # no superuser
    with django_capture_on_commit_callbacks(execute=True):
        html = edit(operator, at_stake, token_url=THIEF, name="Riverside")
    at_stake.refresh_from_db()
    assert at_stake.token_url == "https://login.riverside.example.com/token"
    assert (at_stake.name, secret_of(at_stake)) == ("Riverside", "a secret of ours")
    assert "waits for a second operator" in html
    told = sorted(message.to[0] for message in mail.outbox)
    assert told == ["olive@example.com", "oscar@example.com", "sam@example.com"]
    assert f"+ token_url: {THIEF}" in mail.outbox[0].body
    assert THIEF in operator.get(f"/admin/plans/plan/{at_stake.pk}/change/").content.decode()
    assert THIEF in LogEntry.objects.filter(object_id=str(at_stake.pk)).earliest("pk").change_message


def test_s_01_a_registration_whose_secret_is_still_to_come_grows_no_origin_unseen(
    operator: Client, second: Client, plan: Plan, bob: Member
) -> None:
    """S-01: else the secret that is written later goes where one operator alone pointed."""
    empty = registered("ours")
    bad = {"fhir_base_url": "https://thief.example.org/fhir", "token_url": THIEF}
    thief = Plan.objects.create(slug="thief", name="Thief", own_quirks={"token_auth": "none"}, **bad)
    edit(operator, thief, registration=str(empty.pk))
    empty.refresh_from_db()
    thief.refresh_from_db()
    assert (thief.registration, empty.origins) == (None, [])
    assert f"+ registration: {empty}" in held_changes.lines_of(HeldChange.objects.get())
    decide(second, thief, "accept")
    empty.refresh_from_db()
    assert "https://thief.example.org:443" in empty.origins


def test_s_01_only_a_second_operator_makes_it_hold_and_tokens_go_along(
    operator: Client, second: Client, at_stake: Plan
) -> None:
    edit(operator, at_stake, token_url="https://new.example.net/token")
    assert "You asked for this change yourself" in decide(operator, at_stake, "accept")
    at_stake.refresh_from_db()
    assert "new.example.net" not in at_stake.token_url
    noted = AuditEntry.objects.count()
    assert "the change was made" in decide(second, at_stake, "accept")
    entry = AuditEntry.objects.first()
    assert AuditEntry.objects.count() == noted + 1, "one act, one entry"
    assert entry is not None
    assert {"token_url", "said"} <= json.loads(entry.changes).keys()
    at_stake.refresh_from_db()
    assert at_stake.token_url == "https://new.example.net/token"
    was = "https://fhir.riverside.example.com:443 https://login.riverside.example.com:443 plainclaim"
    assert came_along(at_stake) == [was]
    assert not HeldChange.objects.exists()


def test_s_01_a_day_makes_it_hold_too_but_nobody_confirmed_that_tokens_may_go_along(
    operator: Client, at_stake: Plan, django_capture_on_commit_callbacks: Any
) -> None:
    edit(operator, at_stake, token_url="https://new.example.net/token")
    HeldChange.objects.update(asked_at=timezone.now() - timedelta(hours=24) + timedelta(minutes=1))
    held_changes.look_after()
    assert not Plan.objects.filter(token_url__contains="new.example.net").exists()
    with django_capture_on_commit_callbacks(execute=True):
        a_day_later()
    at_stake.refresh_from_db()
    assert (at_stake.token_url, at_stake.moved_from) == ("https://new.example.net/token", [])
    assert "+ token_url: https://new.example.net/token" in mail.outbox[-1].body
    done = AuditEntry.objects.order_by("-number")[0]
    assert (done.actor, "nobody stopped it" in done.changes) == ("the site itself", True)


def test_s_01_nor_do_tokens_that_an_earlier_move_took_along_go_with_one_that_nobody_confirmed(
    operator: Client, second: Client, at_stake: Plan
) -> None:
    """S-01: those of members who asked for nothing since that move are bound to the place before it."""
    was = binding(at_stake, endpoints_for(at_stake, now=timezone.now()).token_url)
    edit(operator, at_stake, token_url="https://new.example.net/token")
    decide(second, at_stake, "accept")
    at_stake.refresh_from_db()
    edit(operator, at_stake, token_url="https://newer.example.net/token")
    decide(second, at_stake, "accept")
    at_stake.refresh_from_db()
    assert may_go(was, at_stake, at_stake.token_url)
    edit(operator, at_stake, token_url=THIEF)
    a_day_later()
    at_stake.refresh_from_db()
    assert at_stake.token_url == THIEF
    assert not may_go(was, at_stake, THIEF)


def test_s_01_whoever_stops_it_gives_a_reason_and_all_hear_whatever_is_in_it(
    operator: Client, second: Client, at_stake: Plan, django_capture_on_commit_callbacks: Any
) -> None:
    """A subject of two lines is no mail: the operators would not hear of it."""
    edit(operator, at_stake, token_url=THIEF)
    chosen = {"action": "stop_change", "_selected_action": at_stake.pk, "decision": "do"}
    with django_capture_on_commit_callbacks(execute=True):
        second.post("/admin/plans/plan/", {**chosen, "reason": "not\r\nBcc: thief@thief.example"})
    subjects = {(message.to[0], message.subject.partition(": ")[2]) for message in mail.outbox}
    said = "a change was stopped: not Bcc: thief@thief.example"
    assert subjects == {("olive@example.com", said), ("oscar@example.com", said)}
    history = second.get(f"/admin/plans/plan/{at_stake.pk}/history/").content.decode()
    asker = Member.objects.get(email="olive@example.com")
    assert ("was stopped" in history, str(asker) in history, asker.email in history) == (True, True, False)


def test_s_01_any_operator_stops_it(operator: Client, second: Client, at_stake: Plan) -> None:
    edit(operator, at_stake, token_url=THIEF)
    assert "the change was stopped" in decide(second, at_stake, "stop")
    a_day_later()
    at_stake.refresh_from_db()
    assert "thief" not in at_stake.token_url


def test_s_01_what_replaced_the_change_meanwhile_is_not_accepted(
    operator: Client, second: Client, at_stake: Plan
) -> None:
    edit(operator, at_stake, token_url="https://new.example.net/token")
    chosen = {"action": "decide_changes", "_selected_action": [str(at_stake.pk)]}
    seen = second.post("/admin/plans/plan/", chosen).context["changes"][0][2]
    edit(operator, at_stake, token_url=THIEF)
    for sent_along in (seen, "null", "[" * 20_000):
        form = {**chosen, f"seen-{at_stake.pk}": sent_along, "decision": "accept"}
        html = second.post("/admin/plans/plan/", form, follow=True).content.decode()
        assert "not what you looked at" in html, sent_along[:9]
    at_stake.refresh_from_db()
    assert "thief" not in at_stake.token_url


@pytest.mark.parametrize(
    "way", ["add", "confirm", "by way of a pause", "resume", "resume unconfirmed", "add at rest"]
)
def test_s_01_a_new_plan_of_the_admin_waits_once_there_are_members(
    operator: Client, plan: Plan, bob: Member, way: str
) -> None:
    """S-01: else a plan of the thief's own would sign members in; no other way goes round that."""
    plan.slug, plan.name = "second", "Second"
    first = {"add": "confirmed", "resume": "confirmed", "add at rest": "paused"}.get(way, "unconfirmed")
    operator.post("/admin/plans/plan/add/", {**sent(plan), "status": first})
    new = Plan.objects.get(slug="second")
    if "pause" in way or "resume" in way:
        plan_pause.stop(new, reason="x", now=timezone.now())
        new.refresh_from_db()
    if "resume" in way or way == "add at rest":
        form = {"action": "resume_plan", "_selected_action": new.pk, "decision": "do", "reason": "x"}
        operator.post("/admin/plans/plan/", form | {"seen": acts.ACTS["resume_plan"].undoes(new)})
    elif way != "add":
        edit(operator, new, status="confirmed")
    new.refresh_from_db()
    assert not new.is_open()
    assert (new.status == "unconfirmed") is (way != "by way of a pause")
    if way == "add":
        a_day_later()
        new.refresh_from_db()
        assert new.is_open()


def test_s_01_a_pause_since_then_outlasts_what_was_accepted(
    operator: Client, second: Client, plan: Plan, bob: Member
) -> None:
    plan.slug, plan.name = "second", "Second"
    operator.post("/admin/plans/plan/add/", {**sent(plan), "status": "confirmed"})
    new = Plan.objects.get(slug="second")
    plan_pause.stop(new, reason="x", now=timezone.now())
    decide(second, new, "accept")
    new.refresh_from_db()
    assert (new.is_paused, HeldChange.objects.count()) == (True, 0)


def test_s_01_what_another_operator_asks_for_is_no_part_of_ones_own_change(
    operator: Client, second: Client, at_stake: Plan
) -> None:
    """Else a second operator who writes an address of theirs would accept the first one's unread."""
    edit(operator, at_stake, token_url=THIEF)
    edit(second, at_stake, revoke_url="https://new.example.net/revoke")
    assert HeldChange.objects.get().values == {"revoke_url": "https://new.example.net/revoke"}


@pytest.mark.parametrize("decision", ["accept", "a day"])
def test_s_01_the_website_that_members_are_sent_to_waits_and_tokens_that_came_along_stay(
    operator: Client, second: Client, at_stake: Plan, bob: Member, decision: str
) -> None:
    """S-01: a look-alike beside the plan's name would be told the member's password there."""
    was = binding(at_stake, endpoints_for(at_stake, now=timezone.now()).token_url)
    edit(operator, at_stake, token_url="https://new.example.net/token")
    decide(second, at_stake, "accept")
    edit(operator, Plan.objects.get(), website="https://fhir.riverside.example.com/members")
    assert not HeldChange.objects.exists(), "it leads nowhere new"
    edit(operator, Plan.objects.get(), website="https://thief.example.org/", notes="x")
    at_stake.refresh_from_db()
    assert (at_stake.website, at_stake.notes) == ("https://fhir.riverside.example.com/members", "x")
    decide(second, at_stake, decision) if decision == "accept" else a_day_later()
    at_stake.refresh_from_db()
    assert at_stake.website == "https://thief.example.org/"
    assert may_go(was, at_stake, at_stake.token_url)


@pytest.mark.parametrize("status", ["confirmed", "unconfirmed"])
def test_s_01_a_new_plan_of_the_admin_has_no_website_before_a_second_operator_saw_it(
    operator: Client, second: Client, plan: Plan, bob: Member, status: str
) -> None:
    """S-01: the picker shows what nobody confirmed, too."""
    plan.slug, plan.name, plan.website = "second", "Second", "https://thief.example.org/"
    operator.post("/admin/plans/plan/add/", {**sent(plan), "status": status})
    new = Plan.objects.get(slug="second")
    assert new.website == ""
    decide(second, new, "accept")
    new.refresh_from_db()
    assert (new.website, new.status) == ("https://thief.example.org/", status)


def test_s_01_load_plans_holds_another_website_of_a_plan_with_a_secret(tmp_path: Path, bob: Member) -> None:
    loaded(tmp_path, [row(website="https://acme.example.com")])
    assert Plan.objects.get().website == "https://acme.example.com"
    printed = loaded(tmp_path, [row(website="https://thief.example.org")])
    assert "+ website: https://thief.example.org" in printed
    assert Plan.objects.get().website == "https://acme.example.com"


def test_s_01_a_change_that_would_make_no_plan_is_dropped_when_its_day_is_over(
    operator: Client, at_stake: Plan
) -> None:
    edit(operator, at_stake, token_url=THIEF)
    HeldChange.objects.update(values={"token_url": "no address"})
    a_day_later()
    at_stake.refresh_from_db()
    assert at_stake.token_url == "https://login.riverside.example.com/token"
    assert not HeldChange.objects.exists()


@pytest.mark.parametrize("taken", ["is_active", "is_staff", "is_superuser"])
def test_s_01_what_a_phished_operator_asked_for_ends_with_their_rights(
    operator: Client, at_stake: Plan, taken: str
) -> None:
    """S-01: whoever suspends them has stopped them, and need not remember what else waits."""
    edit(operator, at_stake, token_url=THIEF)
    Member.objects.filter(email="olive@example.com").update(**{taken: False})
    a_day_later()
    at_stake.refresh_from_db()
    assert at_stake.token_url != THIEF
    assert not HeldChange.objects.exists()
    assert "may not change plans any more" in AuditEntry.objects.order_by("-number")[0].changes


def test_s_01_nothing_waits_before_there_are_members_or_secrets_nor_on_this_machine(
    operator: Client, served_plan: Plan, plan: Plan, payer: Payer, bob: Member
) -> None:
    give_secret(served_plan, "x")
    served_plan.save()
    edit(operator, served_plan, token_url=f"{payer.origin}/t", authorize_url="http://127.0.0.1:1/a")
    bob.delete()
    edit(operator, plan, token_url="https://new.example.net/token")
    assert not HeldChange.objects.exists()
    assert Plan.objects.get(slug="served").token_url == f"{payer.origin}/t"
    assert Plan.objects.get(pk=plan.pk).token_url == "https://new.example.net/token"


def test_s_01_a_drift_alarm_of_a_plan_with_a_secret_waits_like_any_other_move(
    operator: Client, second: Client, served_plan: Plan, payer: Payer
) -> None:
    payer.serves("/fhir/r4/.well-known/smart-configuration", smart("https://new.example.net"))
    give_secret(served_plan, "x")
    served_plan.drift = {"authorize_url": "https://new.example.net/a"}
    served_plan.save()
    form = asked_to_decide(operator, served_plan)
    html = operator.post("/admin/plans/plan/", {**form, "decision": "confirm"}, follow=True).content.decode()
    assert "A second operator has to accept it" in html
    served_plan.refresh_from_db()
    assert served_plan.confirmed_origins == ["https://login.example.com"]
    assert served_plan.drift
    decide(second, served_plan, "accept")
    served_plan.refresh_from_db()
    assert "https://new.example.net" in served_plan.confirmed_origins
    assert served_plan.drift is None


def test_s_01_load_plans_holds_changed_origins_prints_the_diff_and_goes_on(
    operator: Client, tmp_path: Path, bob: Member, django_capture_on_commit_callbacks: Any
) -> None:
    """S-01: new plans hold at once; all of it is mailed; a list that is loaded every night asks once."""
    with django_capture_on_commit_callbacks(execute=True):
        loaded(tmp_path, [row()])
    assert Plan.objects.get().is_open()
    assert "acme-health: https://fhir.acme.example.com/r4" in mail.outbox.pop().body
    moved = row(fhir_base_url="https://thief.example.org/r4", client_secret="new", name="Acme")
    with django_capture_on_commit_callbacks(execute=True):
        printed = loaded(tmp_path, [moved, row(slug="other", name="Other", client_id="other")])
    assert "acme-health: waits for a second operator" in printed
    assert "  - fhir_base_url: https://fhir.acme.example.com/r4\n  + fhir_base_url: https://thief" in printed
    assert "1 created, 0 updated, 0 unchanged, 0 left as they are, 1 held, 0 not used." in printed
    plan = Plan.objects.get(slug="acme-health")
    assert (plan.fhir_base_url, plan.name) == ("https://fhir.acme.example.com/r4", "Acme")
    assert secret_of(plan) == "correct-horse-battery"
    assert len(mail.outbox) == 2
    asked_at = HeldChange.objects.get().asked_at
    with django_capture_on_commit_callbacks(execute=True):
        assert "waits" in loaded(tmp_path, [moved])
    assert (len(mail.outbox), HeldChange.objects.get().asked_at) == (2, asked_at)
    assert json.dumps(HeldChange.objects.get().values).count("thief") == 1


@pytest.mark.parametrize("made", [
    lambda **there: Connection.objects.create(connected_at=DAY, sealed_patient=b"", **there),
    lambda **there: Identity.objects.create(created_at=DAY, **there),
    lambda plan, **_: Revocation.objects.create(created_at=DAY, next_try_at=DAY, plan=plan),
], ids=["connection", "identity", "revocation"])  # fmt: skip
def test_s_01_load_plans_holds_the_move_of_a_plan_that_had_a_connection_though_it_has_no_secret(
    tmp_path: Path, bob: Member, made: Any
) -> None:
    """S-01: its members' tokens, and their way in, are worth as much as our secret."""
    without = {"client_secret": None, "token_auth": "none"}
    loaded(tmp_path, [row(**without)])
    loaded(tmp_path, [row(**without, fhir_base_url="https://new.acme.example.com/r4")])
    assert not HeldChange.objects.exists()
    made(plan=Plan.objects.get(), member=bob)
    assert "1 held" in loaded(tmp_path, [row(**without, fhir_base_url="https://thief.example.org/r4")])


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not is_on_postgresql(), reason="SQLite has one writer at a time")
def test_s_01_who_stops_a_change_waits_for_who_saves_the_plan(operator: Client, at_stake: Plan) -> None:
    """One order of locks: else they end each other, or what was stopped comes back with what was saved."""
    edit(operator, at_stake, token_url=THIEF)
    asker = Member.objects.get(email="olive@example.com")

    def stop() -> None:
        held_changes.stop(plan=at_stake, seen=None, by=asker)
        connection.close()

    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            Plan.objects.select_for_update().get(pk=at_stake.pk)
            stopping = pool.submit(stop)
            until_another_waits()
            HeldChange.objects.select_for_update(nowait=True).get()
        stopping.result()
    assert not HeldChange.objects.exists()
