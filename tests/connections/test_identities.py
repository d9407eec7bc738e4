"""Turning a plan's sign-in on and off, and whose it is."""

import threading
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.db import connections as databases
from django.test import Client
from django.utils import timezone

from apps.accounts import passkeys
from apps.accounts.actions import sign_out
from apps.accounts.models import Member
from apps.accounts.ways import ways_in
from apps.connections import identities
from apps.connections.identities import LastWay, NoProof, TakenElsewhere
from apps.connections.models import Connection, Identity
from apps.connections.tokens import open_tokens, seal_tokens
from apps.plans.models import Plan
from apps.vault.boxes import box_for
from tests.connections.conftest import connect
from tests.connections.stub_plan import StubPlan
from tests.connections.test_visitors import sign_in, who_is_in
from tests.registered import registered

PASSWORD = "a long password of alice"


@pytest.fixture(autouse=True)
def _fresh_start() -> None:
    cache.clear()


def say_it_is_me(client: Client, member: Member) -> None:
    """Enter the password once more, as changing the account asks for."""
    EmailAddress.objects.get_or_create(user=member, email=member.email, primary=True, verified=True)
    client.post("/account/reauthenticate/", {"password": PASSWORD})


def turn_on(client: Client, connection: Connection) -> str:
    """Press "Also sign in with this plan"; return the text of the page after."""
    page = client.post(f"/connections/{connection.pk}/sign-in/", follow=True)
    return page.content.decode()


def offer_on_the_page(client: Client, connection: Connection) -> str:
    """What the connection's page says about signing in with its plan."""
    page = client.get(f"/connections/{connection.pk}/").content.decode()
    _, mark, offer = page.partition('data-testid="sign-in-link"')
    return offer.partition("</section>")[0] if mark else ""


def test_s_07_a_session_that_is_ended_at_that_moment_adds_no_plans_sign_in(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, real = connect(alice_client, plan, stub), identities.is_linked
    say_it_is_me(alice_client, alice)

    def meanwhile(row: Connection) -> bool:
        sign_out(member=alice)
        return real(row)

    monkeypatch.setattr(identities, "is_linked", meanwhile)
    assert alice_client.post(f"/connections/{connection.pk}/sign-in/").status_code == 400
    assert not Identity.objects.exists()


def test_a_member_turns_the_plans_sign_in_on_and_is_found_by_it(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    connection = connect(alice_client, plan, stub)
    assert "Also sign in with this plan" in offer_on_the_page(alice_client, connection)
    answer = alice_client.post(f"/connections/{connection.pk}/sign-in/")
    assert answer["Location"].startswith("/account/reauthenticate/"), "W-14"
    assert not Identity.objects.exists()
    say_it_is_me(alice_client, alice)
    assert "also sign in with Harborlight Health" in turn_on(alice_client, connection)
    assert "You can also sign in to Plainclaim with this plan" in offer_on_the_page(alice_client, connection)
    turn_on(alice_client, connection)
    assert alice.identities.count() == 1
    elsewhere = Client()
    sign_in(elsewhere, plan, stub)
    assert who_is_in(elsewhere) == str(alice.pk)
    assert alice.connections.get() == connection
    assert Member.objects.count() == 1


def test_s_06_s_07_a_plans_sign_in_is_told_by_mail_once_and_ends_the_other_sessions(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """S-06, S-07: a plan's sign-in is a way into the account like any other."""
    connection, other = connect(alice_client, plan, stub), Client()
    other.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    say_it_is_me(alice_client, alice)
    for _press in range(2):
        turn_on(alice_client, connection)
        (message,) = mail.outbox
        assert (message.to, message.subject) == ([alice.email], "A way to sign in was added")
        assert plan.name not in message.body
        assert [event.kind for event in alice.security_events.all()].count("plan_added") == 1
        assert (who_is_in(alice_client), who_is_in(other)) == (str(alice.pk), "")


def test_a_sign_in_of_another_member_is_refused_without_saying_whose(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    visitor = Client()
    sign_in(visitor, plan, stub)
    connection = connect(alice_client, plan, stub)
    with pytest.raises(TakenElsewhere) as caught:
        identities.link(connection=connection, now=timezone.now())
    assert who_is_in(visitor) not in caught.value.sentence
    say_it_is_me(alice_client, alice)
    assert "already opens another account here" in turn_on(alice_client, connection)
    assert not alice.identities.exists()


def test_without_a_proof_there_is_nothing_to_turn_on(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """No id_token, or one of an issuer that is not the plan's own, or no permission any more."""
    stub.answer = {"id_token": None}
    connection = connect(alice_client, plan, stub)
    assert offer_on_the_page(alice_client, connection) == ""
    with pytest.raises(NoProof):
        identities.link(connection=connection, now=timezone.now())
    connection.sealed_tokens = b""
    with pytest.raises(NoProof):
        identities.link(connection=connection, now=timezone.now())


@pytest.mark.parametrize("change", [{"is_vouched": False}, {"issuer": "https://another.example"}])
def test_o_16_what_nobody_vouched_for_at_the_time_proves_nothing_later(
    alice_client: Client, plan: Plan, stub: StubPlan, change: dict[str, Any]
) -> None:
    connection = connect(alice_client, plan, stub)
    box = box_for(connection.member)
    tokens = open_tokens(connection, box)
    assert identities.proof_of(connection)
    seal_tokens(connection, box, replace(tokens, **change))
    with pytest.raises(NoProof):
        identities.link(connection=connection, now=timezone.now())


STRANGERS = (
    "https://login.plan.example.com/a/",
    "https://login.plan.example.com:443/a",
    "https://plan.example.com",
    "https://sign-in.example.com/x",
    "https://login.example.org",
    "http://plan.example.com",
    "https://plan.example.com.evil.example.net",
    "https://plan.example.com@evil.example.net",
    "https://plan.example.com:8443",
    "https://[",
    "",
)


def test_o_16_only_an_issuer_of_the_plans_own_vouches_for_its_members() -> None:
    """O-16: nobody becomes somebody by the word of a server that is not theirs."""
    plan = Plan(
        fhir_base_url="https://plan.example.com/fhir",
        issuer="https://login.plan.example.com/a",
        confirmed_origins=["https://sign-in.example.com"],
        registration=registered("app"),
    )
    assert identities.vouches(plan, plan.issuer)
    assert [issuer for issuer in STRANGERS if identities.vouches(plan, issuer)] == []


def test_o_16_a_plan_whose_row_names_no_issuer_vouches_for_nobody() -> None:
    """O-16: what a plan prints is not an operator's word, not even on its own origin."""
    plan = Plan(fhir_base_url="https://plan.example.com/fhir", registration=registered("app"))
    assert not identities.vouches(plan, "https://plan.example.com")
    assert not identities.vouches(plan, "")


def test_a_sign_in_is_removed_after_a_question_and_the_last_one_stays(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    connection = connect(alice_client, plan, stub)
    identity = identities.link(connection=connection, now=timezone.now())
    path = f"/connections/sign-in/{identity.pk}/remove/"
    assert path in alice_client.get("/account/").content.decode()
    assert "Stop signing in with" in alice_client.get(path).content.decode()
    assert alice.identities.exists(), "asking removes nothing"
    say_it_is_me(alice_client, alice)
    assert "no longer signs you in" in alice_client.post(path, follow=True).content.decode()
    assert not alice.identities.exists()
    assert alice.connections.exists(), "the plan stays connected"


def test_another_members_sign_in_cannot_be_turned_on_or_removed(
    alice_client: Client, bob_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """W-03."""
    connection = connect(alice_client, plan, stub)
    assert bob_client.post(f"/connections/{connection.pk}/sign-in/").status_code == 404
    assert not Identity.objects.exists()
    identity = identities.link(connection=connection, now=timezone.now())
    path = f"/connections/sign-in/{identity.pk}/remove/"
    assert bob_client.get(path).status_code == 404
    assert bob_client.post(path).status_code in (302, 404)
    assert Identity.objects.filter(pk=identity.pk).exists()


def test_the_last_way_into_an_account_stays(client: Client, plan: Plan, stub: StubPlan) -> None:
    sign_in(client, plan, stub)
    identity = Identity.objects.get()
    page = client.get("/account/").content.decode()
    assert "cannot be removed" in page
    assert str(identity.pk) not in page
    path = f"/connections/sign-in/{identity.pk}/remove/"
    assert "only way into your account" in client.post(path, follow=True).content.decode()
    with pytest.raises(LastWay):
        identities.unlink(identity=identity)
    assert ways_in(identity.member) == 1


def test_two_windows_do_not_remove_the_last_two_ways(
    shared_database: None, client: Client, plan: Plan, stub: StubPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each looks how many ways there are before it removes its own; the second look has to wait."""
    sign_in(client, plan, stub)
    identity = Identity.objects.get()
    passkey = Authenticator.objects.create(user=identity.member, type="webauthn", data={})
    both_looked, kept = threading.Barrier(2), []

    def look(member: Member, *, without: Any = None) -> int:
        count = ways_in(member, without=without)
        with suppress(threading.BrokenBarrierError):  # nobody else may look before this one is done
            both_looked.wait(timeout=0.5)
        return count

    def remove_the_plan() -> None:
        try:
            identities.unlink(identity=identity)
        except LastWay:
            kept.append("plan")
        finally:
            databases["default"].close()

    def remove_the_passkey() -> None:
        try:
            if not passkeys.take_away(passkey):
                kept.append("passkey")
        finally:
            databases["default"].close()

    monkeypatch.setattr(identities, "ways_in", look)
    monkeypatch.setattr(passkeys, "ways_in", look)
    threads = [threading.Thread(target=remove) for remove in (remove_the_plan, remove_the_passkey)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 1
    assert ways_in(identity.member) == 1


def test_members_of_a_plan_sign_in_again_before_they_change_how(
    client: Client, plan: Plan, stub: StubPlan
) -> None:
    """W-14 for those who have neither password nor passkey: a quarter of an hour, then the plan again."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        sign_in(client, plan, stub)
        connection = Connection.objects.get()
        assert client.get("/account/email/").status_code == 200
        clock.shift(timedelta(minutes=16))
        session = client.session  # of a passkey that was used, and removed since
        session["account_authentication_methods"] += [
            {"method": "mfa", "at": time.time()},
            {"method": "plan", "at": time.time() + 60},  # the clock was set back since
        ]
        session.save()
        for path in ("/account/email/", "/account/password/set/", "/account/2fa/webauthn/add/"):
            page = client.get(path)
            assert page.status_code == 403
            assert "Sign in again with Harborlight Health" in page.content.decode()
        assert client.post("/account/email/", {"email": "x@example.com", "action_add": ""}).status_code == 403
        assert client.post(f"/connections/{connection.pk}/sign-in/").status_code == 403
        assert not EmailAddress.objects.exists()
        sign_in(client_again := Client(), plan, stub)
        assert client_again.get("/account/email/").status_code == 200
