"""A process that dies between the plan's tokens and the connection: they are given back (O-34)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import endings, handshakes, held_answers, member_trip, people, revocations, trips
from apps.connections.models import Connection, Handshake, Revocation
from apps.plans.models import Plan
from tests.connections.conftest import come_back, connect, leave, renew
from tests.connections.stub_plan import StubPlan
from tests.connections.test_gone_meanwhile import two_people
from tests.connections.test_visitors import set_out

pytestmark = pytest.mark.django_db(transaction=True)


def die(*_: Any, **__: Any) -> Any:
    """No handler of errors sees it, as none sees a kill."""
    raise KeyboardInterrupt


def work_later(minutes: float = 11) -> None:
    """Be a worker, so many minutes later."""
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        trips.forget_abandoned(now=timezone.now())
        revocations.ask_due(clock=timezone.now)


def lives(stub: StubPlan) -> bool:
    return bool(stub.access_tokens or stub.refresh_tokens)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (trips, "claims_of"),
        (people, "find"),
        (member_trip, "sure"),
        (member_trip, "keep"),
        (endings, "forget"),
    ],
)
def test_tokens_of_a_process_that_died_are_given_back(
    *,
    alice_client: Client,
    alice: Member,
    plan: Plan,
    stub: StubPlan,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
) -> None:
    answer = stub.sign_in(leave(alice_client, plan))
    with monkeypatch.context() as patch:
        if name == "forget":  # it dies while it gives back what it could not use
            patch.setattr(people, "find", lambda **_: {}["nobody"])
        patch.setattr(module, name, die)
        with pytest.raises(KeyboardInterrupt):
            come_back(alice_client, answer)
    held = Handshake.objects.exclude(sealed_answer=b"").get()
    assert not any(token.encode() in bytes(held.sealed_answer) for token in stub.access_tokens), "D-01"
    page = alice_client.post(f"/connections/choose/{held.pk}/", {"person": "p-1"})
    assert page.status_code >= 400, "no page takes it for a question to the member"
    assert lives(stub)
    work_later(minutes=5)
    assert lives(stub), "it might still be at it"
    work_later()
    assert not lives(stub)
    assert not Connection.objects.exists()
    assert not Handshake.objects.exclude(sealed_answer=b"").exists()
    assert connect(alice_client, plan, stub).is_active


@pytest.mark.parametrize("arrived", [False, True])
def test_tokens_of_a_visitor_whose_process_died_are_given_back(
    *, plan: Plan, stub: StubPlan, monkeypatch: pytest.MonkeyPatch, arrived: bool
) -> None:
    """Before and after it is known who came: what waits goes from the house's box to the member's."""
    browser = Client()
    answer = stub.sign_in(set_out(browser, plan))
    with monkeypatch.context() as patch:
        patch.setattr(member_trip if arrived else people, "sure" if arrived else "find", die)
        with pytest.raises(KeyboardInterrupt):
            come_back(browser, answer)
    assert Member.objects.exists() == arrived
    assert lives(stub)
    work_later()
    assert not lives(stub)


def test_a_connection_that_was_made_keeps_its_tokens(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    connect(alice_client, plan, stub)
    assert not Handshake.objects.exclude(sealed_answer=b"").exists()
    work_later()
    assert lives(stub)
    assert not Revocation.objects.exists()


def test_whoever_is_too_slow_makes_no_connection_of_tokens_that_were_given_back(
    alice_client: Client, plan: Plan, stub: StubPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that stood still for ten minutes finds its trip over."""
    answer, really = stub.sign_in(leave(alice_client, plan)), people.find

    def slowly(*given: Any, **more: Any) -> Any:
        work_later()
        return really(*given, **more)

    monkeypatch.setattr(people, "find", slowly)
    assert come_back(alice_client, answer).status_code >= 400
    assert not Connection.objects.exists()
    assert not lives(stub)


def test_a_choice_that_nobody_made_is_given_back_also_when_the_worker_dies_at_it(
    alice_client: Client, plan: Plan, stub: StubPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_people(stub)
    come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    with monkeypatch.context() as patch:
        patch.setattr(revocations, "begin", die)
        with pytest.raises(KeyboardInterrupt):
            work_later()
    assert lives(stub)
    work_later()
    assert not lives(stub)


def test_a_choice_waits_for_a_key_that_is_not_at_hand_and_one_that_is_broken_is_dropped(
    alice_client: Client, plan: Plan, stub: StubPlan, settings: Any
) -> None:
    two_people(stub)
    come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    waiting, over = Handshake.objects.get(), timezone.now() + timedelta(hours=1)
    assert waiting.expires_at > waiting.created_at + handshakes.LIFETIME, "ten minutes from the answer on"
    keys = settings.VAULT_KEYS
    settings.VAULT_KEYS = [f"another:{'Q' * 43}="]
    assert list(held_answers.abandoned(now=over)) == []
    settings.VAULT_KEYS = keys
    [(handshake, _)] = held_answers.abandoned(now=over)
    Handshake.objects.filter(pk=handshake.pk).update(sealed_answer=b"broken")
    assert list(held_answers.abandoned(now=over)) == []
    assert not Handshake.objects.exclude(sealed_answer=b"").exists()


def test_erasing_a_kept_connection_gives_back_what_a_trip_brought_for_it(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """Its records go with it, and with them the question whose records are meant."""
    made = connect(alice_client, plan, stub)
    endings.keep(connection=made, now=timezone.now())
    assert not lives(stub)
    stub.answer, stub.patients["p-2"] = {"patient": "p-2", "id_token": None}, "Leo Quill"
    come_back(alice_client, stub.sign_in(renew(alice_client, made)))
    assert Handshake.objects.exclude(sealed_answer=b"").exists()
    endings.erase(connection=made, now=timezone.now())
    work_later()
    assert not lives(stub)
