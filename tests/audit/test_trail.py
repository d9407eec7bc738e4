"""The audit tells every act, and tells when somebody changed it (W-35, S-01)."""

import json
import logging
from datetime import timedelta
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Member
from apps.audit import trail
from apps.audit.models import AuditEntry
from apps.listing.models import AppListing
from apps.plans.management.commands import check_plan
from apps.plans.models import Plan
from apps.plans.plan_check import Check
from apps.plans.registrations import Registration
from apps.vault import backups
from tests.conftest import by_passkey
from tests.plans.test_admin import register, sent
from tests.registered import registered

pytestmark = pytest.mark.django_db
TRIGGERS = import_module("apps.audit.migrations.0001_trail").TRIGGERS
SECRET = "made-up-secret-value"


@pytest.fixture
def chain() -> list[AuditEntry]:
    """Return three entries."""
    return [trail.record(action=f"act {number}", changes={"x": (number, "é")}) for number in (1, 2, 3)]


@pytest.fixture
def plan() -> Plan:
    """Return a plan."""
    return Plan.objects.create(
        slug="hill", name="Hill", fhir_base_url="https://hill.example/fhir", registration=registered("ours"),
        token_url="https://hill.example/token", authorize_url="https://hill.example/authorize",
        own_quirks={"token_auth": "none"},
    )  # fmt: skip


@pytest.fixture
def olga() -> Member:
    """Return an operator with every right."""
    return Member.objects.create_superuser("olga@example.com", "a long password of olga")


REPLACE = (
    "REPLACE INTO audit_auditentry (number, at, actor, action, subject, changes, key_name, code) "
    "SELECT number, at, actor, 'x', subject, changes, key_name, code FROM audit_auditentry"
)
BY_ROW = (
    "REPLACE INTO audit_auditentry (rowid, number, at, actor, action, subject, changes, key_name, code) "
    "SELECT rowid, 99, at, actor, 'x', subject, changes, key_name, code FROM audit_auditentry"
)
"""SQLite's: what it takes away for a row of the same key fires no trigger of DELETE."""


def past_the_triggers(sql: str) -> None:
    """Do what somebody does who owns the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER audit_stays")
        else:
            cursor.execute("DROP TRIGGER audit_unchanged")
            cursor.execute("DROP TRIGGER IF EXISTS audit_kept")
        cursor.execute(sql)


def with_every_trigger() -> None:
    """The tests took one away (tests/conftest.py): make it again, as the migration does."""
    again = {
        "sqlite": TRIGGERS["sqlite"][1],
        "postgresql": "ALTER TABLE audit_auditentry ENABLE TRIGGER audit_not_emptied",
    }
    connection.cursor().execute(again[connection.vendor])


def moved(plan: Plan, **_: Any) -> Check:
    """Check a plan that changes its row."""
    Plan.objects.filter(pk=plan.pk).update(website="https://moved.example")
    return Check([], [])


def newest() -> tuple[AuditEntry, dict[str, Any]]:
    entry = AuditEntry.objects.order_by("number").last()
    assert entry is not None
    return entry, json.loads(entry.changes)


def test_w_35_an_untouched_chain_is_whole(chain: list[AuditEntry]) -> None:
    report = trail.verify(heads=[f"2:{chain[1].code}"])
    assert (report.entries, report.problems) == (3, [])
    assert report.head == f"3:{chain[2].code}"
    assert trail.verify(heads=[f"2:{chain[0].code}"]).problems == ["entry 2 is gone or another"]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_auditentry SET action = 'act 9' WHERE number = 2",
        "UPDATE audit_auditentry SET changes = '{}' WHERE number = 3",
        "UPDATE audit_auditentry SET actor = 'member x' WHERE number = 1",
        "UPDATE audit_auditentry SET at = '2026-01-01 00:00:00+00' WHERE number = 1",
        "UPDATE audit_auditentry SET number = 7 WHERE number = 3",
        "DELETE FROM audit_auditentry WHERE number = 1",
        "DELETE FROM audit_auditentry WHERE number = 2",
        "DELETE FROM audit_auditentry WHERE number < 3",
    ],
)
def test_w_35_whoever_owns_the_database_changes_nothing_unnoticed(chain: list[AuditEntry], sql: str) -> None:
    past_the_triggers(sql)
    assert trail.verify().problems
    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=StringIO(), stderr=StringIO())


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("DELETE FROM audit_auditentry WHERE number = 2", "entries before 3 are gone"),
        (
            "DELETE FROM audit_auditentry WHERE number < 3",
            "entries before 3 are gone, and no purge tells of it",
        ),
    ],
)
def test_w_35_what_is_missing_is_named_besides_what_does_not_follow(
    chain: list[AuditEntry], sql: str, problem: str
) -> None:
    past_the_triggers(sql)
    assert trail.verify().problems == [problem, "entry 3 was changed, or does not follow the one before"]


def test_w_35_an_end_that_was_cut_off_is_missed_by_who_noted_the_head(
    chain: list[AuditEntry], django_capture_on_commit_callbacks: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "plainclaim.audit")
    with django_capture_on_commit_callbacks(execute=True):
        fourth = trail.record(
            action="act 4", subject="plans.plan 7", changes={"name": ("a", "what it holds")}
        )
    assert f"audit entry 4 code {fourth.code}: act 4 plans.plan 7" in caplog.text
    assert "what it holds" not in caplog.text
    past_the_triggers("DELETE FROM audit_auditentry WHERE number = 4")
    assert trail.verify().problems == []
    assert trail.verify(heads=[f"4:{fourth.code}"]).problems == ["entry 4 is gone or another"]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_auditentry SET action = 'x' WHERE number = 1",
        "DELETE FROM audit_auditentry WHERE number = 3",
        "TRUNCATE audit_auditentry",
        REPLACE,
        BY_ROW,
    ],
)
def test_w_35_the_database_denies_changes(chain: list[AuditEntry], sql: str) -> None:
    with_every_trigger()
    of_the_other = {"sqlite": ("TRUNCATE audit_auditentry",), "postgresql": (REPLACE, BY_ROW)}
    refusal = "syntax error" if sql in of_the_other[connection.vendor] else "stay as they are"
    with pytest.raises(DatabaseError, match=refusal), transaction.atomic():
        connection.cursor().execute(sql)
    assert trail.verify().problems == []


def test_w_35_what_is_older_than_a_year_goes_and_the_chain_still_begins_somewhere() -> None:
    with_every_trigger()
    now = timezone.now()
    for days in (800, 400, 366, 364, 1):
        trail.record(action=f"{days} days ago", now=now - timedelta(days=days))
    trail.purge(now=now)
    assert [entry.action for entry in AuditEntry.objects.all()] == [
        trail.PURGED,
        "1 days ago",
        "364 days ago",
    ]
    assert trail.verify().problems == []
    trail.purge(now=now)
    assert AuditEntry.objects.count() == 3, "and nothing is purged twice"
    past_the_triggers("DELETE FROM audit_auditentry WHERE number = 4")
    assert trail.verify().problems


def test_w_35_an_old_key_checks_what_it_made(chain: list[AuditEntry], settings: Any) -> None:
    settings.AUDIT_KEYS = ["a new key of the audit", settings.SECRET_KEY]
    trail.record(action="after the change")
    assert trail.verify().problems == []
    settings.AUDIT_KEYS = ["a new key of the audit"]
    assert [problem.partition(":")[0] for problem in trail.verify().problems] == [
        f"entry {number} cannot be checked" for number in (1, 2, 3)
    ]


def test_w_35_an_act_that_is_undone_leaves_no_entry() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        trail.record(action="never done")
        _ = 1 / 0
    assert not AuditEntry.objects.exists()


def test_w_35_a_changed_plan_tells_old_and_new_and_a_secret_as_a_digest(olga: Member, plan: Plan) -> None:
    client = by_passkey(olga)
    url = reverse("admin:plans_plan_change", args=[plan.pk])
    assert client.post(url, sent(plan, token_url="https://new.example/t")).status_code == 302
    entry, told = newest()
    assert (entry.actor, entry.subject) == (f"member {olga.pk}", f"plans.plan {plan.pk}")
    assert told["token_url"] == ["https://hill.example/token", "https://new.example/t"]
    register(client, plan.registration, client_secret=SECRET)
    row, (entry, told) = Registration.objects.get(), newest()
    assert (entry.actor, entry.subject) == (f"member {olga.pk}", f"plans.registration {row.pk}")
    before, after = told["sealed_client_secret"]
    assert (not before, after.startswith("digest ")) == (True, True)
    for hidden in (SECRET, bytes(row.sealed_client_secret or b"").hex(), str(row.sealed_client_secret)):
        assert hidden not in entry.changes
    plan.refresh_from_db()
    count = AuditEntry.objects.count()
    client.post(url, sent(plan))
    client.get(url)
    assert AuditEntry.objects.count() == count, "what changes nothing is no act"


def test_w_35_passwords_and_addresses_of_people_stand_as_digests(olga: Member) -> None:
    values = trail.values_of(olga)
    assert [values[name].partition(" ")[0] for name in ("password", "email")] == ["digest", "digest"]
    theirs = registered("ours")
    theirs.contacts = ["ann@payer.example"]
    theirs.save()
    assert trail.values_of(theirs)["contacts"][0].startswith("digest ")


def test_w_35_actions_and_roles_are_told(olga: Member, alice: Member, plan: Plan) -> None:
    client = by_passkey(olga)
    chosen = {"action": "stop_plan", "_selected_action": plan.pk, "decision": "do", "reason": "they asked"}
    client.post(reverse("admin:plans_plan_changelist"), chosen)
    entries = AuditEntry.objects.filter(subject=f"plans.plan {plan.pk}", actor=f"member {olga.pk}")
    told = [json.loads(entry.changes) for entry in entries]
    assert [changes["status"] for changes in told] == [["confirmed", "paused"]], "one act, one entry"
    assert "they asked" in str(told[0]["said"])
    client.post(reverse("admin:plans_plan_changelist"), {**chosen, "action": "run_checks"})
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert not any(str(plan.pk) in action for action in actions), "a row is the subject, no kind of action"
    assert "run_checks" in actions
    url = reverse("admin:accounts_member_change", args=[alice.pk])
    client.post(url, {"is_active": "on", "is_staff": "on"})
    entry, told_last = newest()
    assert entry.subject == f"accounts.member {alice.pk}"
    for since in ("rights_changed_at", "signed_out_at", "browsers_known_since"):
        assert told_last.pop(since)[0] is None
    assert told_last == {"is_staff": [False, True]}
    count = entries.all().count()
    chosen = {"action": "delete_selected", "_selected_action": plan.pk, "post": "yes"}
    client.post(reverse("admin:plans_plan_changelist"), chosen)
    assert (entries.all().count(), Plan.objects.count()) == (count + 1, 0), "one act, one entry"


@pytest.mark.parametrize("across", ["1", "true", "on"])
def test_w_35_each_row_of_an_action_is_told_under_the_name_of_the_action(
    olga: Member, plan: Plan, monkeypatch: pytest.MonkeyPatch, across: str
) -> None:
    monkeypatch.setattr("apps.plans.admin.check", moved)
    Plan.objects.create(slug="dale", name="Dale", fhir_base_url="https://dale.example/fhir")
    chosen = {"action": "run_checks", "_selected_action": plan.pk, "select_across": across}
    posted = {**chosen, "another-action": "signed in"}
    assert by_passkey(olga).post(reverse("admin:plans_plan_changelist"), posted).status_code == 200
    told = AuditEntry.objects.filter(changes__contains="moved.example").values_list("action", "subject")
    assert set(told) == {("run_checks", trail.name_of(row)) for row in Plan.objects.all()}


@pytest.mark.parametrize("odd", [{"_selected_action": "none"}, {"action": ["stop_plan", "run_checks"]}])
def test_w_35_an_action_that_no_page_of_ours_sends_is_refused(
    olga: Member, plan: Plan, monkeypatch: pytest.MonkeyPatch, odd: dict[str, Any]
) -> None:
    monkeypatch.setattr("apps.plans.admin.check", moved)
    chosen = {"action": "run_checks", "_selected_action": plan.pk}
    assert by_passkey(olga).post(reverse("admin:plans_plan_changelist"), chosen | odd).status_code == 400
    assert not Plan.objects.get().website


def test_w_35_rows_on_the_page_of_another_are_told(olga: Member) -> None:
    client, listing = by_passkey(olga), AppListing.objects.for_editing()
    url = reverse("admin:listing_applisting_change", args=[listing.pk])
    context = client.get(url).context
    rows = context["inline_admin_formsets"][0].formset
    filled = {
        form.add_prefix(name): form[name].value() or ""
        for form in (context["adminform"].form, rows.management_form, *rows.forms)
        for name in form.fields
    }
    why = rows.forms[0].add_prefix("why")
    assert client.post(url, {**filled, why: "Because."}).status_code == 302
    entry, told = newest()
    assert entry.subject == f"listing.accesseddata {rows.forms[0].instance.pk}"
    assert told == {"why": [filled[why], "Because."]}


def test_w_35_commands_are_told(plan: Plan, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "plans.json"
    row = {
        "slug": "hill",
        "name": "Hill",
        "fhir_base_url": "https://hill.example/fhir",
        "client_id": "theirs",
    }
    file.write_text(json.dumps([row]))
    call_command("load_plans", file, stdout=StringIO())
    entry, told = newest()
    assert (entry.actor, entry.action, entry.subject) == (
        trail.MACHINE,
        "load_plans",
        f"plans.plan {plan.pk}",
    )
    theirs = Registration.objects.get(client_id="theirs")
    assert told["registration"] == [str(plan.registration_id), str(theirs.pk)]
    made = AuditEntry.objects.get(subject=f"plans.registration {theirs.pk}")
    assert json.loads(made.changes)["client_id"] == [None, "theirs"]
    call_command("operate", "stop_plan", "hill", "--reason", "they asked", stdout=StringIO())
    assert newest()[1]["status"] == ["confirmed", "paused"]
    call_command("operate", "resume_plan", "hill", "--reason", "they answered", stdout=StringIO())
    assert newest()[1]["status"] == ["paused", "confirmed"]
    assert "they answered" in newest()[1]["said"][1][0]
    for command in ("forget_books", "rotate_keys"):
        call_command(command, stdout=StringIO())
        assert newest()[0].action == command
    Member.objects.create_superuser("new@example.com", "a long password of new")
    assert newest()[0].action == "createsuperuser"
    call_command("operator_link", "new@example.com", stdout=StringIO())
    assert newest()[0].action == "operator_link"
    monkeypatch.setattr("getpass.getpass", lambda **_: "seven mild owls in a wet barn")
    call_command("changepassword", "new@example.com", stdout=StringIO())
    assert newest()[0].action == "changepassword"
    monkeypatch.setattr(check_plan, "check", moved)
    call_command("check_plan", "hill", stdout=StringIO())
    assert newest()[1] == {"website": ["", "https://moved.example"]}
    monkeypatch.setattr(backups, "make", lambda **_: [])
    public = backups.new_key(tmp_path / "operator.key")
    call_command("backup", str(tmp_path), "--to", public, stdout=StringIO())
    assert newest()[0].action == "backup"
    assert [name.partition("-")[0] for name in newest()[1]["parts"][1]] == ["records", "keys"]
    assert not AuditEntry.objects.filter(changes__contains="new@example.com").exists()
    assert trail.verify().problems == []


def test_w_35_auditors_read_it_and_nobody_changes_it(olga: Member, chain: list[AuditEntry]) -> None:
    client = by_passkey(olga)
    assert "act 2" in client.get(reverse("admin:audit_auditentry_changelist")).content.decode()
    url = reverse("admin:audit_auditentry_change", args=[chain[1].pk])
    assert chain[1].code in client.get(url).content.decode()
    assert client.post(url, {"action": "other"}).status_code == 403
    assert (
        client.post(reverse("admin:audit_auditentry_delete", args=[chain[1].pk]), {"post": "yes"}).status_code
        == 403
    )
    assert newest()[0].action == "signed in"
