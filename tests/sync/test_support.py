"""W-04, W-35: with a member's code an operator sees how things went, and nothing that a plan sent."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts import session_lives, support_codes
from apps.accounts.actions import sign_out
from apps.accounts.models import Member
from apps.accounts.operators import ROLES
from apps.audit.models import AuditEntry
from apps.connections import attempts
from apps.connections.attempts import in_each_language
from apps.connections.models import Attempt, Connection, Handshake
from apps.plans.models import Plan
from apps.sync import support, wording
from apps.sync.models import SyncRun
from apps.vault.boxes import box_for
from tests.at_once import at_once
from tests.conftest import by_passkey, signed_in
from tests.fhir.stub import Stub, bundle, reply
from tests.sync.conftest import an_eob

BACKEND = "django.contrib.auth.backends.ModelBackend"
OPEN, LOOK = reverse("accounts:support"), reverse("admin:support")


@pytest.fixture
def helper(db: None) -> Client:
    """Return the browser of an operator with the role for support, and no other right."""
    member = Member.objects.create_user("helper@example.com", "-", is_staff=True)
    member.groups.add(Group.objects.get(name="support"))
    return by_passkey(member)


def opened(client: Client) -> str:
    """Open a code as the member does."""
    code: Any = client.post(OPEN, {"act": "open"}).context["code"]
    return str(code)


def looked(client: Client, code: str) -> str:
    firefox = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"}
    return client.post(LOOK, {"code": code}, headers=firefox).content.decode()


def test_w_04_a_code_shows_states_and_causes_without_contents_and_is_told(
    helper: Client, alice: Member, bob: Member, alice_client: Client, stub: Stub,
    bring: Callable[..., SyncRun], connection: Connection,
) -> None:  # fmt: skip
    stub.on("ExplanationOfBenefit", bundle(an_eob(1, identifier=[{"value": "canary-claim-5150"}])))
    stub.on("Coverage", reply({}, 403))
    run = bring()
    refused = run.steps.get(resource_type="Coverage")
    same = {"state": refused.state, "problem": refused.problem, "http_status": 403, "member": run.member}
    run.steps.create(resource_type="Goal", position=99, **same)
    now = timezone.now()
    others = Plan.objects.create(slug="bobs", name="Bob's plan", fhir_base_url="https://bobs.example/fhir")
    his = Connection.objects.create(member=bob, plan=others, connected_at=now)
    SyncRun.objects.create(
        member=bob, connection=his, state="finished", created_at=now, next_try_at=now, queued_at=now,
        finished_at=now,
    )  # fmt: skip
    code = opened(alice_client)
    assert f">{code}<" not in alice_client.get(OPEN).content.decode(), "shown once"
    page = looked(helper, code.lower().replace("-", " "))
    assert connection.plan.name in page
    assert f'<a href="/admin/sync/syncrun/{run.pk}/change/">update Finished with gaps' in page
    assert "ExplanationOfBenefit" not in page, "only what failed"
    assert "Bob's plan" not in unescape(page)
    assert "timeline" not in helper.get(LOOK, {"code": code}).content.decode(), "no address opens it"
    assert f"{refused.problem} 403: Coverage, Goal<" in page, "a reason is said once, whatever it left out"
    for hidden in ("canary-claim-5150", "alice@example.com", "1 received"):
        assert hidden not in page
    entry = AuditEntry.objects.get(action="read with a support code")
    assert entry.subject == f"accounts.member {alice.pk}"
    assert code not in f"{entry.words}"
    assert alice.security_events.filter(kind="support_opened").count() == 1
    event = alice.security_events.get(kind="support_read")
    assert event.browser == "", "an operator's is not the member's to read"


def test_w_04_no_code_opens_for_another_day_another_spelling_or_another_role(
    helper: Client, alice: Member, alice_client: Client
) -> None:
    first = opened(alice_client)
    second = opened(alice_client)
    assert [("timeline" in looked(helper, code)) for code in (first, second)] == [False, True]
    alice_client.post(OPEN, {"act": "end"})
    assert "No code of this spelling" in looked(helper, second)
    late = support_codes.open_code(alice, now=timezone.now() - timedelta(hours=24))
    assert "timeline" not in looked(helper, late)
    soon = support_codes.open_code(alice, now=timezone.now() - timedelta(hours=23, minutes=59))
    assert [("timeline" in looked(helper, code)) for code in (soon, "", "x")] == [True, False, False]
    Member.objects.filter(pk=alice.pk).update(is_active=False)
    assert "timeline" not in looked(helper, soon)
    Member.objects.filter(pk=alice.pk).update(is_active=True)
    other = Member.objects.create_user("other@example.com", "-", is_staff=True)
    assert by_passkey(other).post(LOOK, {"code": soon}).status_code == 403
    assert alice_client.post(LOOK, {"code": soon}).status_code in (302, 403)
    by_password = signed_in(Member.objects.get(email="helper@example.com"))
    assert by_password.post(LOOK, {"code": soon}).status_code == 302, "not without the passkey"
    assert helper.put(LOOK, {"code": soon}).status_code == 405
    assert support_codes.opened_by(soon, now=timezone.now()) is not None


def test_w_18_w_35_wrong_codes_are_bounded_and_stand_in_the_audit(
    helper: Client, alice_client: Client
) -> None:
    """Each operator has ten in ten minutes; what was typed is kept nowhere."""
    code = opened(alice_client)
    answers = [helper.post(LOOK, {"code": f"BBBB-CCCC-{n:04}"}) for n in range(support.MOST_WRONG)]
    assert {answer.status_code for answer in answers} == {200}
    refused = AuditEntry.objects.filter(action="refused a support code")
    operator = Member.objects.get(email="helper@example.com")
    assert {entry.actor for entry in refused} == {f"member {operator.pk}"}
    assert len(refused) == support.MOST_WRONG
    assert not any("BBBB" in entry.words for entry in refused)
    late = helper.post(LOOK, {"code": code})
    assert (late.status_code, "timeline" in late.content.decode()) == (429, False)
    assert "Wait ten minutes" in late.content.decode()
    assert int(late["Retry-After"]) > 60
    assert len(refused.all()) == support.MOST_WRONG, "who is too hasty fills no audit"
    assert helper.get(LOOK).status_code == 200
    other = Member.objects.create_superuser("another@example.com", "-")
    assert "timeline" in looked(by_passkey(other), code), "nobody keeps another from work"


@pytest.mark.parametrize("way", ["an operator's", "the others", "one other", "a new password"])
def test_s_03_a_code_ends_with_sessions(alice: Member, alice_client: Client, way: str) -> None:
    """S-03: nobody knows who opened it; whoever reads it to support would pass for the member."""
    thief = signed_in(alice)
    code = opened(thief)
    if way == "an operator's":
        sign_out(member=alice)
    elif way == "the others":
        alice_client.post(reverse("accounts:sign_out_others"))
    elif way == "one other":
        row = alice.open_sessions.of(thief.session).get()
        alice_client.post(reverse("accounts:sign_out_one", args=[row.pk]))
    else:
        new = {"password1": "quite another long phrase", "password2": "quite another long phrase"}
        alice_client.post(
            reverse("account_change_password"), {"oldpassword": "a long password of alice", **new}
        )
    assert thief.get(OPEN).status_code == 302, "signed out"
    assert support_codes.opened_by(code, now=timezone.now()) is None


def test_w_04_only_who_helps_members_uses_a_code(alice: Member) -> None:
    """An auditor's look wrote to the audit and to the member's own log."""
    code = support_codes.open_code(alice, now=timezone.now())
    for role in set(ROLES) - {"support"}:
        operator = Member.objects.create_user(f"{role}@example.com", "-", is_staff=True)
        operator.groups.add(Group.objects.get(name=role))
        client = by_passkey(operator)
        assert client.post(LOOK, {"code": code}).status_code == 403, role
        assert LOOK not in client.get(reverse("admin:index")).content.decode()
    assert not AuditEntry.objects.filter(action__contains="support code").exists()


def test_w_18_codes_that_open_something_are_not_counted(helper: Client, alice_client: Client) -> None:
    code = opened(alice_client)
    for _ in range(support.MOST_WRONG + 1):
        assert "timeline" in looked(helper, code)


@pytest.mark.usefixtures("shared_database")
def test_w_18_of_codes_sent_at_once_no_more_are_tried_and_of_two_buttons_one_code_is_open(
    alice: Member, settings: Any
) -> None:
    settings.CACHES = {"default": {"BACKEND": "config.shared_cache.SharedCache"}}
    operator = Member.objects.create_superuser("operator@example.com", "-")
    browsers = [by_passkey(operator) for _ in range(2 * support.MOST_WRONG)]
    try:
        at_once(lambda browser: browser.post(LOOK, {"code": "BBBB-CCCC-DDDD"}), browsers)
        refused = AuditEntry.objects.filter(action="refused a support code")
        assert refused.count() == support.MOST_WRONG
        at_once(lambda _: support_codes.open_code(alice, now=timezone.now()), range(8))
        assert alice.support_codes.count() == 1
    finally:
        caches.close_all()


def test_a_number_answers_for_the_update_that_fails(
    admin_client: Client, stub: Stub, bring: Callable[..., SyncRun], connection: Connection
) -> None:
    """The page of a failing update names the number of the attempt: the reply is about the update."""
    attempt = Attempt.objects.create(
        plan=connection.plan, reference="7KQM-2XWR", purpose="connect", stage="first_claim",
        started_at=timezone.now(),
    )  # fmt: skip
    Connection.objects.filter(pk=connection.pk).update(attempt=attempt)
    page = reverse("admin:connections_attempt_change", args=[attempt.pk])
    assert "Connecting your plan went well" in admin_client.get(page).content.decode()
    stub.on("ExplanationOfBenefit", reply({}, 503))
    bring()
    told = admin_client.get(page).content.decode()
    run = SyncRun.objects.get()
    assert "Connecting your plan went well" not in told
    assert in_each_language([wording.PROBLEMS[run.problem]]).splitlines()[0] in unescape(told)
    assert f"?q={attempt.reference}" in told


@pytest.mark.parametrize(
    ("state", "problem", "status", "is_told"),
    [
        ("finished", "", "active", False),
        ("partial", "", "active", True),
        ("failed", "not_allowed", "active", True),
        ("waiting", "unreachable", "active", True),
        ("waiting", "in_line", "active", False),
        ("ended", "", "active", True),
        ("ended", "", "needs_sign_in", True),
        ("finished", "", "needs_sign_in", True),
        ("failed", "not_allowed", "kept", False),
    ],
)
def test_where_a_connection_fails_its_page_has_the_number_and_leads_to_what_happened(
    alice_client: Client, bring: Callable[..., SyncRun], connection: Connection,
    state: str, problem: str, status: str, is_told: bool,
) -> None:  # fmt: skip
    attempt = attempts.start(plan=connection.plan, purpose="connect", now=timezone.now())
    box = box_for(connection.member)
    sealed = box.seal(connection, "sealed_patient", b'{"id": "alice", "name": "Alice"}')
    run = bring()
    later = timezone.now() + timedelta(hours=1)
    SyncRun.objects.update(state=state, problem=problem, next_try_at=later)
    Connection.objects.update(attempt=attempt, status=status, sealed_patient=sealed)
    html = alice_client.get(connection.get_absolute_url()).content.decode()
    assert (attempt.reference in html) == is_told
    assert not is_told or state == "finished" or f'href="{run.get_absolute_url()}"' in html
    Connection.objects.update(sealed_patient=b"x")
    html = alice_client.get(connection.get_absolute_url()).content.decode()
    assert attempt.reference in html, "nor can it be opened"


def test_what_a_plan_need_not_share_is_no_answer_and_what_was_left_out_is_one(
    bring: Callable[..., SyncRun], connection: Connection
) -> None:
    """Of every plan that lacks one clinical type the reply was "Your plan does not offer this part."."""
    run = bring()
    run.steps.create(
        member=run.member, resource_type="Flag", position=99, state="refused", problem="not_offered"
    )
    assert (run.state, support.reply_of(run)) == ("finished", "")
    run.state = SyncRun.State.PARTIAL  # as where records of others came, which no code tells
    assert support.reply_of(run) == in_each_language([support.LEFT_OUT]).strip()


def test_a_number_whose_attempt_came_to_nothing_leads_to_no_updates(
    admin_client: Client, connection: Connection
) -> None:
    attempt = Attempt.objects.create(
        plan=connection.plan, reference="7KQM-2XWS", purpose="connect", stage="returned", failure="PlanBusy",
        started_at=timezone.now(),
    )  # fmt: skip
    told = admin_client.get(reverse("admin:connections_attempt_change", args=[attempt.pk])).content.decode()
    assert "?q=7KQM-2XWS" not in told
    assert "none: no connection came of it" in told


def test_an_attempt_is_told_once_and_its_failure_in_words(
    helper: Client, alice: Member, alice_client: Client, connection: Connection
) -> None:
    known = {"plan": connection.plan, "purpose": "connect", "started_at": timezone.now()}
    good = Attempt.objects.create(reference="7KQM-2XWR", stage="first_claim", **known)
    bad = Attempt.objects.create(reference="7KQM-2XWX", stage="returned", failure="PlanRefusesUs", **known)
    Connection.objects.filter(pk=connection.pk).update(attempt=good)
    for digest, attempt in (("good", good), ("bad", bad)):
        Handshake.objects.create(
            member=alice, plan=connection.plan, attempt=attempt, state_digest=digest, session_digest=digest,
            sealed_secrets=b"", created_at=timezone.now(), expires_at=timezone.now() + timedelta(hours=1),
        )  # fmt: skip
    page = looked(helper, opened(alice_client))
    assert (page.count("7KQM-2XWR"), page.count("7KQM-2XWX")) == (1, 1)
    assert "Your plan does not accept us at the moment" in page


def test_s_03_a_code_asked_for_in_a_session_that_ends_at_that_moment_is_not_opened(
    alice: Member, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every browser was signed out, since nobody knew whose hands the account was in: none leaves a code."""
    hold, has_ended = session_lives.hold_member, list[bool]()

    def hold_member(member_id: Any) -> None:
        if not has_ended:
            has_ended.append(True)
            sign_out(member=alice)
        hold(member_id)

    monkeypatch.setattr(session_lives, "hold_member", hold_member)
    answer = alice_client.post(OPEN, {"act": "open"})
    assert (answer.status_code, bool(has_ended)) == (400, True)
    assert not alice.support_codes.exists()
