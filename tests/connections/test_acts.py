"""S-03: what operators do in need: stop, end, swap, write; looked at first, with a reason, in the log."""

import base64
import json
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.audit.models import AuditEntry
from apps.connections import acts, revocations
from apps.connections.access import Access
from apps.connections.errors import PermissionEnded
from apps.connections.models import Connection, Receipt, Revocation
from apps.plans import held_changes
from apps.plans.models import HeldChange, Plan
from apps.plans.registrations import Registration
from apps.plans.secrets import begin_swap, columns_in_turn, note_secret_taken
from tests.conftest import by_passkey, signed_in
from tests.connections.conftest import again, connect, later
from tests.connections.leaving import DOWN, text
from tests.connections.stub_plan import CLIENT_SECRET, Reply, StubPlan, as_json
from tests.registered import secret_of

WHY = "the plan was broken into"


def operate(*words: str, **options: Any) -> str:
    out = StringIO()
    call_command("operate", *words, stdout=out, **options)
    return out.getvalue()


def press(browser: Client, name: str, row: Any, **form: str) -> str:
    """Choose the action in the list, then send what its page sends; return the page that follows."""
    place = f"/admin/{row._meta.app_label}/{row._meta.model_name}/"
    chosen = {"action": name, "_selected_action": [str(row.pk)]}
    page = browser.post(place, chosen)
    assert f'data-testid="act-{name}"' in page.content.decode()
    return text(browser.post(place, {**chosen, **form}, follow=True))


def test_s_03_every_permission_of_a_plan_is_ended_revoked_and_proved(
    alice_client: Client, bob_client: Client, quiet: Connection, plan: Plan, stub: StubPlan
) -> None:
    """S-03: by the old tokens themselves, which the plan turns away; members connect again with a button."""
    connect(bob_client, plan, stub)
    other = Plan.objects.create(slug="other", name="Other", fhir_base_url="https://other.example/fhir")
    elsewhere = Connection.objects.create(
        member=quiet.member,
        plan=other,
        sealed_tokens=b"x",
        sealed_patient=b"",
        connected_at=quiet.connected_at,
        status="needs_sign_in",
    )
    assert "To be ended: 2 permissions" in operate("end_permissions", plan.slug, dry_run=True)
    assert not stub.requests_to("/revoke")
    assert Connection.objects.usable().count() == 2
    printed = operate("end_permissions", plan.slug, reason=WHY)
    assert "Ended here: 2 permissions." in printed
    assert "2 of them: The plan confirmed; Proved: the plan turned it away" in printed
    assert set(Revocation.objects.values_list("state", "proof")) == {("confirmed", "proved")}
    assert not stub.refresh_tokens
    assert bytes(again(elsewhere).sealed_tokens) == b"x", "those at other plans stay"
    with pytest.raises(PermissionEnded):
        Access(again(quiet), clock=later(0))
    page = text(alice_client.get(quiet.get_absolute_url()))
    assert "The people who run this site ended all permissions at Harborlight Health." in page
    assert "Ended here: 0 permissions." in operate("end_permissions", plan.slug, reason=WHY)


def test_s_03_a_plan_that_is_down_while_its_permissions_end_is_asked_again_later(
    quiet: Connection, plan: Plan, stub: StubPlan
) -> None:
    stub.override["/revoke"] = DOWN
    assert "1 of them: Asking the plan" in operate("end_permissions", plan.slug, reason=WHY)
    del stub.override["/revoke"]
    revocations.ask_due(clock=later(7200))
    assert Revocation.objects.get().state == "confirmed"


@pytest.mark.parametrize("way", ["command", "button"])
def test_s_03_a_plan_is_stopped_with_a_reason_and_without_one_it_is_not(
    operator: Client, quiet: Connection, plan: Plan, stub: StubPlan, way: str
) -> None:
    if way == "command":
        with pytest.raises(CommandError, match="Give a reason"):
            operate("stop_plan", plan.slug)
        assert not Plan.objects.get().is_paused
        assert "At rest: 1 connection;" in operate("stop_plan", plan.slug, reason=WHY)
    else:
        refused = press(operator, "stop_plan", plan, decision="do", reason=" ")
        assert "Give a reason" in refused
        assert "To rest within seconds: 1 connection." in refused, "the button stays where it was pressed"
        looked = press(operator, "stop_plan", plan, decision="look", reason=WHY)
        assert "To rest within seconds: 1 connection." in looked
        assert "Nothing was changed: this was only a look." in looked
        assert "only a look" not in refused
        assert not Plan.objects.get().is_paused
        assert "At rest: 1 connection;" in press(operator, "stop_plan", plan, decision="do", reason=WHY)
        assert WHY in LogEntry.objects.get(object_id=str(plan.pk)).change_message
    assert Plan.objects.get().is_paused
    assert WHY in Plan.objects.get().notes
    assert "Going on where it was left: 1 connection." in operate("resume_plan", plan.slug, reason="mended")
    assert not Plan.objects.get().is_paused


@pytest.mark.parametrize("way", ["command", "button"])
def test_s_03_every_session_of_an_account_is_ended_and_no_other(
    operator: Client, alice: Member, alice_client: Client, bob_client: Client, way: str
) -> None:
    second = signed_in(alice)
    if way == "command":
        operate("end_sessions", str(alice.pk), reason=WHY)
    else:
        press(operator, "end_sessions", alice, decision="do", reason=WHY)
        kept = LogEntry.objects.get().change_message
        assert WHY in kept
        assert alice.email not in kept
    assert [browser.get("/account/").status_code for browser in (alice_client, second)] == [302, 302]
    assert bob_client.get("/account/").status_code == 200
    alice.refresh_from_db()
    assert alice.signed_out_at is not None
    second.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    alice.refresh_from_db()
    assert alice.signed_out_at is None


@pytest.mark.parametrize("way", ["command", "button"])
def test_s_03_each_act_of_the_runbook_has_a_button_and_a_command_and_keeps_its_receipt(
    operator: Client, quiet: Connection, plan: Plan, stub: StubPlan, alice: Member, tmp_path: Path, way: str
) -> None:
    """S-03: what is kept names the act and the reason, and neither the secret nor the member's address."""
    (file := tmp_path / "secret").write_text("another secret")
    at_plan = (("stop_plan", plan), ("end_permissions", plan), ("swap_secret", plan.registration))
    for name, row in (*at_plan, ("end_sessions", alice)):
        if way == "button":
            press(operator, name, row, decision="do", reason=WHY, text="another secret")
        else:
            more = {"file": str(file)} if name == "swap_secret" else {}
            operate(name, str(alice.pk) if row == alice else plan.slug, reason=WHY, **more)
        kept = AuditEntry.objects.first()
        assert kept is not None and kept.action == "operated"
        assert f"{acts.ACTS[name].title}. Reason: {WHY}" in kept.changes
        assert "another secret" not in kept.changes and str(alice.email) not in kept.changes


@pytest.fixture
def accepted(stub: StubPlan) -> set[str]:
    """Return the client secrets that the plan takes; a test changes them."""
    secrets = {CLIENT_SECRET}

    def token() -> Reply:
        asked = stub.asked[-1]
        pair = base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")).decode()
        if unquote_plus(pair.partition(":")[2]) not in secrets:
            return as_json({"error": "invalid_client"}, 401)
        return stub._token(asked)

    stub.override["/token"] = token
    return secrets


def test_s_03_a_client_secret_is_swapped_while_the_old_one_goes_on_working(
    quiet: Connection, plan: Plan, stub: StubPlan, accepted: set[str], tmp_path: Path
) -> None:
    """S-03: until the plan gives tokens for the new one; nobody's update fails and nothing is paused."""
    assert f"For {plan.slug}." in operate("swap_secret", plan.slug, dry_run=True)
    with pytest.raises(CommandError, match="It needs the new client secret"):
        operate("swap_secret", plan.slug, reason=WHY)
    file = tmp_path / "secret"
    file.write_text("another secret\n")
    assert "another secret" not in operate("swap_secret", plan.slug, file=str(file), reason=WHY)
    hours = iter(range(3600, 360000, 3600))

    def renew() -> Plan:
        assert Access(again(quiet), clock=later(next(hours))).ask("Patient/p-1").status == 200
        return Plan.objects.get()

    row = renew()
    assert (secret_of(row), row.client_refused_at, row.is_paused) == (CLIENT_SECRET, None, False)
    assert row.registration is not None
    assert row.registration.sealed_next_client_secret
    assert len(stub.requests_to("/token")) == 2
    renew()
    assert len(stub.requests_to("/token")) == 3  # what was refused just now is not shown again so soon
    accepted.add("another secret")
    cache.clear()
    row = renew()
    assert (secret_of(row), row.registration.sealed_next_client_secret) == ("another secret", None)
    ended = AuditEntry.objects.filter(action="forgot the old client secret").get()
    assert (ended.actor, ended.subject) == ("the site itself", f"plans.registration {row.registration.pk}")
    old, new = json.loads(ended.changes)["sealed_client_secret"]
    assert old.startswith("digest ") and new.startswith("digest ") and old != new
    accepted.remove(CLIENT_SECRET)
    renew()
    assert len(stub.requests_to("/token")) == 5


def test_s_03_a_swap_that_another_one_replaced_is_proved_by_the_newer_secret_alone(
    quiet: Connection, plan: Plan
) -> None:
    begin_swap(Registration.objects.get(), "another secret")
    held = Plan.objects.select_related("registration").get()
    Registration.objects.update(next_secret_taken_by=["a plan of before"])
    begin_swap(Registration.objects.get(), "a third secret")
    note_secret_taken(held, "sealed_next_client_secret")
    row = Registration.objects.get()
    assert (secret_of(Plan.objects.get()), row.next_secret_taken_by) == (CLIENT_SECRET, [])
    assert row.sealed_next_client_secret


def test_s_03_where_the_old_client_secret_ends_first_the_new_one_takes_over_at_once(
    quiet: Connection, plan: Plan, stub: StubPlan, accepted: set[str]
) -> None:
    """S-03: also just after it was refused; a code is never shown with a secret that may not work."""
    begin_swap(Registration.objects.get(), "another secret")
    Access(again(quiet), clock=later(3600)).ask("Patient/p-1")
    accepted.symmetric_difference_update({CLIENT_SECRET, "another secret"})
    assert columns_in_turn(plan, is_code=True)[0] == "sealed_client_secret"
    assert Access(again(quiet), clock=later(7200)).ask("Patient/p-1").status == 200
    row = Plan.objects.get()
    assert (secret_of(row), row.client_refused_at) == ("another secret", None)


def test_s_03_a_swap_comes_to_its_end_where_members_sign_in_anew_each_time(
    operator: Client, alice_client: Client, quiet: Connection, plan: Plan, stub: StubPlan,
    accepted: set[str], tmp_path: Path,
) -> None:  # fmt: skip
    """S-03: nothing renews a permission there, so the old one is ended by hand; receipt and page say so."""
    Plan.objects.update(own_quirks={**plan.own_quirks, "refresh": "none"})
    accepted.add("another secret")
    file = tmp_path / "secret"
    file.write_text("another secret\n")
    said = f"{plan.slug} gives no lasting access: end the old secret there"
    assert said in operate("swap_secret", plan.slug, dry_run=True)
    assert said in operate("swap_secret", plan.slug, file=str(file), reason=WHY)
    registration = Registration.objects.get()
    page = f"/admin/plans/registration/{registration.pk}/change/"
    connect(alice_client, plan, stub)
    assert secret_of(Plan.objects.get()) == CLIENT_SECRET, "a code goes with what is known to work"
    waits = f"taken by nobody yet; waits for {plan.slug}, where you end the old one first"
    assert waits in text(operator.get(page))
    accepted.remove(CLIENT_SECRET)
    connect(alice_client, plan, stub)
    assert secret_of(Plan.objects.get()) == "another secret"
    assert "swap of the secret" not in text(operator.get(page)).lower()
    assert AuditEntry.objects.filter(action="forgot the old client secret").exists()


def test_s_03_members_of_a_plan_are_written_to_one_by_one_and_the_plan_is_not_named(
    operator: Client, quiet: Connection, plan: Plan, alice: Member, bob: Member
) -> None:
    message = "News of your records\nWe could not bring new records for a day."
    form = {"action": "mail_members", "_selected_action": str(plan.pk)}
    assert 'value="do"' not in operator.post("/admin/plans/plan/", form).content.decode()
    looked = press(operator, "mail_members", plan, decision="look", text=message)
    assert "This goes to 1 member," in looked
    assert not mail.outbox
    refused = press(
        operator, "mail_members", plan, decision="do", reason=WHY, text=f"{message} HarborLight  Health"
    )
    assert "The message names the plan" in refused
    assert not mail.outbox
    press(operator, "mail_members", plan, decision="do", reason=WHY, text=message)
    assert [(message.to, message.subject) for message in mail.outbox] == [
        (["alice@example.com"], "News of your records")
    ]
    assert "alice" not in LogEntry.objects.get().change_message


def test_s_01_every_other_operator_reads_what_one_wrote_to_members(
    operator: Client, quiet: Connection, plan: Plan, django_capture_on_commit_callbacks: Any
) -> None:
    """S-01: a phished one would write where to sign in; members hear it from us."""
    Member.objects.create_user("oscar@example.com", "a long password of oscar", is_staff=True)
    text = "News\nSign in at thief.example."
    with django_capture_on_commit_callbacks(execute=True):
        press(operator, "mail_members", plan, decision="do", reason=WHY, text=text)
    (told,) = (sent for sent in mail.outbox if sent.to == ["oscar@example.com"])
    assert f"Members of {plan.slug} were written to" in told.subject
    assert ("Sign in at thief.example." in told.body, "alice" in told.body) == (True, False)


def test_g_04_whose_records_are_here_or_were_is_counted_and_who_has_no_address_apart(
    plan: Plan, alice: Member, bob: Member, tmp_path: Path, now: datetime
) -> None:
    """G-04: also who disconnected and kept the records, who erased them, and who is suspended."""
    nameless, erased, suspended = (
        Member.objects.create_from_plan(),
        Member.objects.create_user("carol@example.com", "-"),
        Member.objects.create_user("dan@example.com", "-", is_active=False),
    )
    Connection.objects.create(member=alice, plan=plan, connected_at=now, status="kept", ended_at=now)
    for member in (nameless, suspended):
        Connection.objects.create(member=member, plan=plan, connected_at=now)
    Receipt.objects.create(member=erased, plan=plan, records_kept=False, ended_at=now)
    file = tmp_path / "notice"
    file.write_text("News\n\nSign in to read it.")
    said = operate("mail_members", plan.slug, file=str(file), dry_run=True)
    assert "This goes to 3 members, each alone" in said
    assert "Without an e-mail address, to be told in another way: 1." in said
    assert not mail.outbox
    assert "in another way: 1." in operate("mail_members", plan.slug, file=str(file), reason=WHY)
    told = [sent.to[0] for sent in mail.outbox]
    assert sorted(told) == ["alice@example.com", "carol@example.com", "dan@example.com"]


def test_a_message_reaches_each_active_member_alone_whoever_cannot_be_reached(
    operator: Client, alice_client: Client, bob_client: Client, quiet: Connection, plan: Plan, stub: StubPlan,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    connect(bob_client, plan, stub)
    message = "News of your records\nWe could not bring new records for a day."
    tried, send = list[list[str]](), EmailBackend.send_messages

    def first_fails(backend: EmailBackend, messages: Any) -> int:
        tried.extend(message.to for message in messages)
        if len(tried) == 1:
            raise OSError
        return send(backend, messages)

    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", first_fails)
        told = press(operator, "mail_members", plan, decision="do", reason=WHY, text=message)
    assert "1 mail left, 1 did not." in told
    assert sorted(tried) == [["alice@example.com"], ["bob@example.com"]]
    monkeypatch.setattr(acts, "MOST_BY_BUTTON", 1)
    assert "more than 1 members" in press(
        operator, "mail_members", plan, decision="do", reason=WHY, text=message
    )


def test_a_subject_of_strange_lines_is_one_line_and_no_header(
    operator: Client, quiet: Connection, plan: Plan
) -> None:
    """A browser sends no such text, somebody else may: it must neither fail nor add an address."""
    text = "News\rBcc: thief@thief.example\x0b!\nWe could not bring new records."
    press(operator, "mail_members", plan, decision="do", reason=WHY, text=text)
    (sent,) = mail.outbox
    assert (sent.subject, sent.bcc) == ("News Bcc: thief@thief.example !", [])
    assert sent.recipients() == ["alice@example.com"]


def test_s_03_a_change_that_waits_is_stopped_from_the_command_line(plan: Plan, stub: StubPlan) -> None:
    plan.token_url = "https://thief.example.org/token"
    held_changes.save(plan, by=None, now=timezone.now())
    before = AuditEntry.objects.count()
    assert "thief" in operate("stop_change", plan.slug, reason=WHY)
    entry = AuditEntry.objects.first()
    assert AuditEntry.objects.count() == before + 1, "one act, one entry"
    assert entry is not None
    assert WHY in entry.changes
    assert "thief" in entry.changes
    assert not HeldChange.objects.exists()
    with pytest.raises(CommandError, match="Nothing waits there"):
        operate("stop_change", plan.slug, reason=WHY)


def test_s_03_no_button_for_operators_who_may_only_look(
    plan: Plan, alice_client: Client, quiet: Connection
) -> None:
    member = Member.objects.create_user("viewer@example.com", "-", is_staff=True)
    member.user_permissions.set([])
    browser = signed_in(member)
    form = {"action": "stop_plan", "_selected_action": [str(plan.pk)], "decision": "do", "reason": WHY}
    for visitor in (browser, alice_client):
        assert visitor.post("/admin/plans/plan/", form).status_code in (302, 403)
    assert not Plan.objects.get().is_paused


def test_s_02_an_operator_who_is_no_superuser_ends_no_sessions_of_operators(
    operator: Client, alice: Member
) -> None:
    """S-02: nor of anybody without the right to change members."""
    support = Member.objects.create_user("support@example.com", "-", is_staff=True)
    support.user_permissions.set(Permission.objects.filter(codename__endswith="_member"))
    browser, head = by_passkey(support), Member.objects.get(email="olive@example.com")
    form = {"action": "end_sessions", "decision": "do", "reason": WHY}
    for who, said in ((head, "Choose one, which you may change"), (alice, "Browsers signed out: 0")):
        chosen = {**form, "_selected_action": [str(who.pk)]}
        assert said in text(browser.post("/admin/accounts/member/", chosen, follow=True))
    assert head.open_sessions.exists()
