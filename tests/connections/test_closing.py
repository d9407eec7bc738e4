"""Closing an account: every permission ends at its plan, and nothing here names the member any more."""

import time
from typing import Any

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.db import models
from django.test import Client
from django.utils import timezone, translation

from apps.accounts.models import Consent, Member
from apps.connections import account_closure, holdings, revocations
from apps.connections.models import Connection, Handshake, Identity, Receipt, Revocation
from apps.connections.tokens import open_tokens
from apps.plans.models import Plan
from apps.sync.models import SyncRun
from apps.vault.boxes import box_for
from apps.vault.models import DataKey
from config.sessions import SessionStore, stored
from tests.conftest import signed_in
from tests.connections.conftest import PASSWORD, connect, leave
from tests.connections.everything import tables_with
from tests.connections.leaving import asked_of, close, end, text
from tests.connections.stub_plan import StubPlan
from tests.connections.test_demo_payer import come_back, sign_in
from tests.vault import given


def names_of(member: Member) -> tuple[str, ...]:
    """Return every spelling under which a row may name a member."""
    return (str(member.pk), member.pk.hex, str(member.email))


def test_o_35_closing_the_account_revokes_every_connection_at_a_real_payer(
    transactional_db: None, sure: Client, alice: Member, demo_plan: Plan
) -> None:
    """O-35, end to end: two people's permissions at the demo payer, both dead there, 0 rows left here."""
    from apps.demo_payer.people import everyone  # noqa: PLC0415 - the island, looked at from outside

    for person in everyone()[:2]:
        page = come_back(sure, sign_in(leave(sure, demo_plan), person.username, "Allow"))
        assert page.status_code == 303
    box = box_for(alice)
    tokens = [open_tokens(row, box).access_token for row in alice.connections.all()]
    assert len(tokens) == 2
    address = f"{demo_plan.fhir_base_url}/Coverage"

    def statuses() -> list[int]:
        bearers = [{"Authorization": f"Bearer {token}"} for token in tokens]
        return [requests.get(address, headers=bearer, timeout=10).status_code for bearer in bearers]

    assert 401 not in statuses()
    names = names_of(alice)
    page = close(sure)
    assert b'data-testid="account-closed"' in page.content
    assert tables_with(*names) == set()
    call_command("sync_worker", once=True)
    assert statuses() == [401, 401]
    assert list(Revocation.objects.values_list("state", "sealed_tokens")) == [("confirmed", b"")] * 2
    assert tables_with(*names, *tokens) == set()


def test_o_35_nothing_that_names_the_member_is_left(
    *, sure: Client, alice: Member, bob: Member, plan: Plan, stub: StubPlan, now: Any
) -> None:
    """O-35: runs, receipts, consents, identities, trips under way, sessions elsewhere, the data key."""
    other_browser = signed_in(alice)
    kept = connect(sure, plan, stub)
    end(sure, kept, "keep")
    stub.answer = {"patient": "p-2", "id_token": None}
    stub.patients["p-2"] = "Tom Quill"
    made = connect(sure, plan, stub)
    leave(sure, plan)
    SyncRun.objects.create(member=alice, connection=made, created_at=now, next_try_at=now, queued_at=now)
    Consent.objects.create(member=alice, policy_version="1", given_at=now)
    Identity.objects.create(member=alice, plan=plan, issuer="i", subject_digest="d", created_at=now)
    box_for(bob)
    assert tables_with(*names_of(alice)) >= {"accounts_member", "vault_datakey", "connections_receipt"}
    stub.asked.clear()
    names = names_of(alice)
    page = close(sure)
    assert "Harborlight Health" in text(page)
    assert [message.subject for message in mail.outbox] == ["Your account was closed"]
    assert "Harborlight" not in mail.outbox[0].body, "S-06: nor any other plan's name"
    assert tables_with(*names) == set()
    for model in (Connection, Receipt, SyncRun, Consent, Identity):
        assert not model.objects.exists()
    assert not DataKey.objects.filter(member=alice).exists()
    assert Member.objects.get() == bob
    assert DataKey.objects.filter(member=bob).exists()
    assert other_browser.get("/home/").status_code == 302
    assert all("_auth_user_id" not in session.get_decoded() for session in Session.objects.all())
    revocations.ask_due(clock=timezone.now)
    assert [hint for hint, _ in asked_of(stub)] == ["refresh_token", "access_token"]
    assert not stub.refresh_tokens


def test_w_03_who_ends_or_closes_ends_nothing_of_anybody_else(
    *, sure: Client, alice: Member, bob_client: Client, bob: Member, plan: Plan, stub: StubPlan
) -> None:
    """W-03: at the same plan; and of her own a trip to another plan goes on when one permission ends."""
    theirs = connect(bob_client, plan, stub)
    leave(bob_client, plan)
    made = connect(sure, plan, stub)
    leave(sure, plan)
    trip = alice.handshakes.get(plan=plan, connection=None, used_at=None)
    other = Plan.objects.create(slug="other", name="Other", fhir_base_url="https://other.example/fhir")
    Handshake.objects.filter(pk=trip.pk).update(plan=other)
    assert alice.consents.standing().exists()
    end(sure, made)
    assert not alice.consents.standing().exists(), "her last permission, whatever he has there"
    assert bob.consents.standing().exists()
    again = bob_client.post(f"/connections/{made.pk}/disconnect/", {"records": "erase"})
    assert again.status_code == 404, "of what she erased he is led to no receipt either"
    assert alice.handshakes.filter(pk=trip.pk).exists()
    close(sure)
    theirs.refresh_from_db()
    assert theirs.is_active
    assert theirs.sealed_tokens
    assert bob.handshakes.filter(used_at=None).exists()
    assert not alice.handshakes.exists()


def test_o_35_a_sign_in_that_stopped_half_way_is_forgotten_too(sure: Client, alice: Member) -> None:
    """O-35, W-24: at the passkey, at a code by e-mail, or one that was tried with a name almost the same."""
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    second = EmailAddress.objects.create(user=alice, email="Alice.Q@example.com", verified=True)
    Authenticator.objects.create(user=alice, type="webauthn", data={"name": "x", "credential": {}})
    Client().post("/account/login/", {"login": alice.email, "password": PASSWORD})
    other, namesake = SessionStore(), SessionStore()
    other["a state"] = [{"request": f'{{"login": "{second.email.upper()}"}}'}]
    namesake["a state"] = {"login": f"m{alice.email}", "key": alice.pk.hex + "0"}
    for session in (other, namesake):
        session.create()
    names = names_of(alice)
    assert sum(names[2] in str(session.get_decoded()) for session in Session.objects.all()) >= 2
    close(sure)
    held = [
        str(session.get_decoded()) for session in Session.objects.exclude(pk=stored(namesake.session_key))
    ]
    assert not [text for text in held if any(name in text for name in (*names, "ALICE.Q"))]
    assert Session.objects.filter(pk=stored(namesake.session_key)).exists()


def test_o_35_a_sign_in_that_begins_while_the_account_is_erased_is_forgotten_too(
    alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O-35: it stops at a code or a passkey, and names who wants in."""
    real, late = account_closure._delete_some, SessionStore()

    def meanwhile(*rows: Any) -> bool:
        if late.session_key is None:
            late["a state"] = alice.email
            late.create()
        return real(*rows)

    monkeypatch.setattr(account_closure, "_delete_some", meanwhile)
    account_closure.close(member=alice, now=timezone.now())
    assert late.session_key and not Session.objects.exists()


def test_the_page_says_exactly_what_goes(
    sure: Client, alice: Member, plan: Plan, stub: StubPlan, now: Any
) -> None:
    made = connect(sure, plan, stub)
    SyncRun.objects.create(member=alice, connection=made, created_at=now, next_try_at=now, queued_at=now)
    words = text(sure.get("/account/close/"))
    assert "Our permission to read at Harborlight Health" in words
    assert f"1 {SyncRun._meta.verbose_name}" in words
    assert "seven days at most" in words
    end(sure, made)
    words = text(sure.get("/account/close/"))
    assert "1 receipt of permissions you ended" in words
    assert "Our permission to read" not in words


def test_without_the_words_and_the_password_nothing_is_closed(sure: Client, alice: Member) -> None:
    for typed in ("", "yes", "close", "close my accounts"):
        answer = sure.post("/account/close/", {"phrase": typed})
        assert answer.status_code == 400
        assert "Nothing was closed" in text(answer)
    forged, left_open = Client(enforce_csrf_checks=True), Client()
    forged.cookies = sure.cookies
    assert forged.post("/account/close/", {"phrase": account_closure.PHRASE}).status_code == 403
    left_open.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert b'href="/account/close/"' in left_open.get("/account/").content
    answer = left_open.post("/account/close/", {"phrase": account_closure.PHRASE})
    assert "/reauthenticate/" in answer["Location"], "the words alone do nothing"
    assert Member.objects.filter(pk=alice.pk).exists()
    close(sure, "  “Close  My Account.” ")  # typed like people type
    assert not Member.objects.exists()


def test_a_reader_of_spanish_may_type_the_words_in_spanish_or_in_english(sure: Client, alice: Member) -> None:
    assert not account_closure.is_confirmed("cerrar mi cuenta")
    Member.objects.filter(pk=alice.pk).update(language="es")
    with translation.override("es"):  # restores the language when it ends, which a request leaves behind
        assert account_closure.is_confirmed("close my account")
        assert "cerrar mi cuenta" in sure.get("/account/close/").content.decode()
        sure.post("/account/close/", {"phrase": "Cerrar mi cuenta"})
    assert not Member.objects.exists()


def test_all_that_is_counted_before_an_end_has_words_to_translate() -> None:
    for relation in Connection._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or relation.related_model is Handshake:
            continue
        if not getattr(relation.related_model, "is_made_here", False):  # those are not counted
            words = relation.related_model._meta
            assert {str(words.verbose_name), str(words.verbose_name_plural)} <= holdings.NAMES, relation.name


def test_a_member_without_a_password_can_close_the_account(plan: Plan) -> None:
    """Who signed in with a plan a moment ago has nothing to enter again, and may leave all the same."""
    member, browser = from_plan(minutes_ago=5)
    assert browser.get("/account/close/").status_code == 200
    assert b'data-testid="account-closed"' in close(browser).content
    assert not Member.objects.filter(pk=member.pk).exists()


def from_plan(*, minutes_ago: float) -> tuple[Member, Client]:
    """Return a member who has nothing but a plan to sign in with, and the browser where they did."""
    member, browser = Member.objects.create_from_plan(), Client()
    browser.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    session = browser.session
    record = {"method": "plan", "at": time.time() - 60 * minutes_ago}
    session["account_authentication_methods"] = [record]
    session["account_authentication_methods_user"] = str(member.pk)
    session.save()
    return member, browser


def test_w_14_an_old_session_of_a_member_without_a_password_cannot_close_the_account(plan: Plan) -> None:
    """W-14: the same quarter of an hour as on the pages that change how they sign in."""
    member, browser = from_plan(minutes_ago=13 * 24 * 60)
    for ask in (browser.get, browser.post):
        assert ask("/account/close/", {"phrase": account_closure.PHRASE}).status_code == 403
    assert Member.objects.filter(pk=member.pk).exists()


def test_the_second_of_two_clicks_says_goodbye_too(sure: Client, alice: Member) -> None:
    cookies = sure.cookies.copy()
    first = close(sure)
    assert first.redirect_chain == [("/account/closed/", 303)]
    sure.cookies = cookies
    assert close(sure).redirect_chain == [("/account/closed/", 303)]
    assert account_closure.close(member=alice, now=timezone.now()) is None
    assert len(mail.outbox) == 1


def test_two_clicks_at_once_close_once_and_are_told_by_one_mail(
    sure: Client, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other press is done between the question who is signed in and the closing."""
    real = account_closure.close

    def second(**how: Any) -> Any:
        real(**how)
        return real(**how)

    monkeypatch.setattr(account_closure, "close", second)
    assert close(sure).redirect_chain == [("/account/closed/", 303)]
    assert mail.outbox == []


def test_nobody_is_signed_in_afterwards(sure: Client, plan: Plan, stub: StubPlan) -> None:
    connect(sure, plan, stub)
    close(sure)
    assert sure.get("/home/").status_code == 302
    assert sure.get("/account/close/")["Location"].startswith("/account/login/")
    (session,) = Session.objects.all()
    assert session.get_decoded().keys() <= {"connections.farewell", "_session_expiry"}


@pytest.mark.parametrize("at", ["connections_revocation", "accounts_member"])
def test_cut_off_in_the_first_transaction_nothing_has_happened_and_it_can_be_done_again(
    transactional_db: None, alice: Member, plan: Plan, stub: StubPlan, at: str
) -> None:
    browser = signed_in(alice)
    made = connect(browser, plan, stub)
    before = open_tokens(made, box_for(alice))
    stub.asked.clear()

    class Crash(Exception):
        pass

    from django.db import connection as database  # noqa: PLC0415

    def crash(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith((f'INSERT INTO "{at}"', f'UPDATE "{at}"')):
            raise Crash
        return execute(sql, params, many, context)

    with database.execute_wrapper(crash), pytest.raises(Crash):
        account_closure.close(member=alice, now=timezone.now())
    assert open_tokens(alice.connections.get(), box_for(alice)) == before
    assert not Revocation.objects.exists()
    assert not asked_of(stub)
    assert account_closure.close(member=alice, now=timezone.now()) == {"asked": (plan,)}
    assert not Member.objects.exists()
    assert Revocation.objects.get().state == "waiting"


KINDS = [
    'DELETE FROM "records_record"',
    'DELETE FROM "vault_datakey"',
    'DELETE FROM "accounts_member"',
]


@pytest.mark.parametrize("at", KINDS)
def test_d_09_cut_off_while_it_erases_the_account_is_closed_and_a_worker_ends_it(
    *, transactional_db: None, alice: Member, bob: Member, plan: Plan, stub: StubPlan, at: str
) -> None:
    """D-09: until the keys go, which is last, it can be begun again; then there is nothing to read."""
    browser = signed_in(alice)
    made = connect(browser, plan, stub)
    end(browser, made, "keep")
    given.resources(alice, 3)
    box_for(bob)
    names = names_of(alice)

    from django.db import connection as database  # noqa: PLC0415

    def crash(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(at):
            raise RuntimeError("the process is gone")
        return execute(sql, params, many, context)

    with database.execute_wrapper(crash):
        account_closure.close(member=alice, now=timezone.now())
    assert Member.objects.filter(pk=alice.pk, is_active=False).exists()
    assert DataKey.objects.filter(member=alice).exists()
    assert browser.get("/home/").status_code == 302
    assert not Client().login(username=alice.email, password=PASSWORD)
    assert account_closure.finish_all(now=timezone.now()) == 0  # whoever closed it may be at it still
    assert account_closure.finish_all(now=timezone.now() + account_closure.HEAD_START) == 1
    assert tables_with(*names) == set()
    assert DataKey.objects.filter(member=bob).exists()


def test_d_09_the_keys_go_after_everything_else(alice: Member, plan: Plan) -> None:
    given.resources(alice, account_closure.AT_A_TIME + 1)
    deleted: list[str] = []

    from django.db import connection as database  # noqa: PLC0415

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        if sql.startswith("DELETE FROM") and context["cursor"].rowcount > 0:
            deleted.append(sql.split('"')[1])
        return answer

    with database.execute_wrapper(note):
        account_closure.close(member=alice, now=timezone.now())
    assert deleted.count("records_record") >= 2
    after_the_keys = deleted[deleted.index("vault_datakey") + 1 :]
    assert after_the_keys == ["accounts_member"]
    assert not Member.objects.exists()


def test_an_account_with_very_much_is_closed_at_once_and_erased_by_a_worker(
    sure: Client, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    given.resources(alice, 3)
    monkeypatch.setattr(account_closure, "AT_ONCE_SECONDS", -1.0)
    page = close(sure)
    assert b'data-testid="account-closed"' in page.content
    assert sure.get("/home/").status_code == 302
    assert Member.objects.filter(pk=alice.pk, closing_at__isnull=False).exists()
    assert account_closure.close(member=alice, now=timezone.now()) is None, "it is closed already"
    Member.objects.update(closing_at=timezone.now() - account_closure.HEAD_START)
    call_command("sync_worker", once=True)
    assert not Member.objects.exists()
