"""What ends in another window while the plan is being asked: a page that says so, and no token left alive."""

from typing import Any

import pytest
from django.db.models import ProtectedError
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import account_closure, endings, people
from apps.connections.models import Attempt, Connection, Handshake, Revocation
from apps.plans.models import Plan
from apps.vault.models import DataKey
from tests.connections.conftest import come_back, connect, leave, renew
from tests.connections.leaving import text
from tests.connections.stub_plan import StubPlan
from tests.connections.test_acts import WHY, operate
from tests.connections.test_visitors import set_out, sign_in, who_is_in

pytestmark = pytest.mark.django_db(transaction=True)
BROKEN = b"\x01" + b"x" * 60


def two_people(stub: StubPlan) -> None:
    """Let the plan name two people from now on, so that the member is asked whose records are meant."""
    stub.answer, stub.patients["p-2"] = {"patient": None}, "Leo Quill"


def nothing_lives(stub: StubPlan) -> bool:
    """Whether every token is dead at the plan, or waits here to be revoked."""
    waiting = Revocation.objects.filter(state="waiting").count()
    return waiting > 0 or not (stub.access_tokens or stub.refresh_tokens)


@pytest.mark.parametrize("people", [1, 2])
def test_o_34_an_account_closed_while_its_member_is_away_leaves_no_token_alive(
    *, alice: Member, alice_client: Client, plan: Plan, stub: StubPlan, meanwhile: Any, people: int
) -> None:
    """O-34, O-35: closed in another window; nothing of the member comes back, no key either."""
    if people == 2:
        two_people(stub)
    answer = stub.sign_in(leave(alice_client, plan))
    meanwhile(lambda: account_closure.close(member=alice, now=timezone.now()))
    assert come_back(alice_client, answer).status_code == 400
    assert not Member.objects.exists()
    assert not Handshake.objects.exists()
    assert nothing_lives(stub)
    assert Attempt.objects.get().failure == "AnswerExpired"


@pytest.mark.parametrize(("people", "verb"), [(1, endings.erase), (2, endings.keep)])
def test_o_34_a_plan_disconnected_while_its_member_is_away_stays_disconnected(
    *,
    alice_client: Client,
    plan: Plan,
    stub: StubPlan,
    meanwhile: Any,
    people: int,
    verb: Any,
) -> None:
    """O-34: also when the plan then names several people."""
    first = connect(alice_client, plan, stub)
    if people == 2:
        two_people(stub)
    answer = stub.sign_in(leave(alice_client, plan))
    meanwhile(lambda: verb(connection=first, now=timezone.now()))
    assert come_back(alice_client, answer).status_code == 400
    assert not Connection.objects.filter(status="active").exists()
    assert nothing_lives(stub)


def test_o_34_a_connection_erased_while_it_is_renewed_is_not_renewed(
    alice_client: Client, plan: Plan, stub: StubPlan, meanwhile: Any
) -> None:
    """O-34, O-29: what was to be renewed is gone."""
    first = connect(alice_client, plan, stub)
    answer = stub.sign_in(renew(alice_client, first))
    meanwhile(lambda: endings.erase(connection=first, now=timezone.now()))
    assert come_back(alice_client, answer).status_code == 400
    assert not Connection.objects.exists()
    assert nothing_lives(stub)


@pytest.mark.parametrize("renews", [False, True])
def test_a_seal_that_does_not_open_ends_the_trip_on_a_page_that_says_so(
    alice_client: Client, plan: Plan, stub: StubPlan, renews: bool
) -> None:
    """O-34, D-01: an operator's matter; nothing is overwritten, and the new tokens are given back."""
    first = connect(alice_client, plan, stub)
    Connection.objects.update(sealed_patient=BROKEN)
    stub.access_tokens.clear()
    stub.refresh_tokens.clear()
    url = renew(alice_client, first) if renews else leave(alice_client, plan)
    back = come_back(alice_client, stub.sign_in(url))
    assert back.status_code == 503
    assert "cannot be opened" in text(back)
    assert nothing_lives(stub)
    assert Connection.objects.count() == 1
    attempt = Attempt.objects.latest("started_at")
    assert attempt.fault == Attempt.Fault.OPERATOR
    assert str(first.pk) not in attempt.detail


def test_a_member_who_signs_in_with_the_plan_comes_in_in_spite_of_a_broken_seal(
    plan: Plan, stub: StubPlan
) -> None:
    """D-01: the plan is their only way in, and what is damaged can be seen and ended only from inside."""
    sign_in(Client(), plan, stub)
    Connection.objects.update(sealed_patient=BROKEN)
    browser = Client()
    assert sign_in(browser, plan, stub).status_code == 303
    assert who_is_in(browser) == str(Member.objects.get().pk)
    assert "cannot be opened any more" in text(browser.get("/connections/"))


@pytest.mark.parametrize("people", [1, 2])
def test_o_34_tokens_do_not_outlive_an_error_nobody_thought_of(
    *,
    alice_client: Client,
    plan: Plan,
    stub: StubPlan,
    monkeypatch: pytest.MonkeyPatch,
    people: int,
) -> None:
    """O-34: the error is raised all the same, so that it is found."""

    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a disk that is full")

    if people == 2:
        two_people(stub)
    answer = stub.sign_in(leave(alice_client, plan))
    monkeypatch.setattr(Connection if people == 1 else Handshake, "save", fail)
    with pytest.raises(RuntimeError):
        come_back(alice_client, answer)
    assert Revocation.objects.count() == 1
    assert nothing_lives(stub)
    assert not Connection.objects.exists()
    assert not Handshake.objects.exclude(sealed_answer=b"").exists()


def test_o_34_an_account_closed_while_what_waits_does_not_open_leaves_no_token_alive(
    *, alice: Member, alice_client: Client, plan: Plan, stub: StubPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O-34: who closes it cannot read what to give back; the trip that still holds the tokens can."""
    really = people.find

    def find(*given: Any, **more: Any) -> Any:
        Handshake.objects.update(sealed_answer=BROKEN)
        account_closure.close(member=alice, now=timezone.now())
        return really(*given, **more)

    monkeypatch.setattr(people, "find", find)
    assert come_back(alice_client, stub.sign_in(leave(alice_client, plan))).status_code == 403
    assert not Member.objects.exists()
    assert nothing_lives(stub)


def test_a_page_of_people_that_does_not_open_says_so(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """D-01: neither looking at the question nor answering it is a 500."""
    two_people(stub)
    asked = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))["Location"]
    Handshake.objects.update(sealed_answer=BROKEN)
    assert alice_client.get(asked).status_code == 503
    assert alice_client.post(asked, {"person": "p-2"}).status_code == 503
    assert not Connection.objects.exists()


@pytest.mark.parametrize("column", ["sealed_patient", "sealed_tokens"])
def test_pages_live_with_a_seal_that_does_not_open(
    alice_client: Client, plan: Plan, stub: StubPlan, column: str
) -> None:
    """D-01: they show what there is, and say what does not open."""
    first = connect(alice_client, plan, stub)
    Connection.objects.update(**{column: BROKEN})
    for path in ("/connections/", "/connections/{}/", "/connections/{}/disconnect/", "/account/", "/home/"):
        page = alice_client.get(path.format(first.pk))
        assert page.status_code == 200, path
        if column == "sealed_patient" and path.startswith("/connections/"):
            assert "cannot be opened any more" in text(page), path


def test_o_34_a_plan_that_somebody_is_under_way_to_is_not_deleted(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """With the plan would go its answer, which waits until it is said whose records are meant."""
    two_people(stub)
    choice = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))["Location"]
    with pytest.raises(ProtectedError):
        plan.delete()
    assert alice_client.post(choice, {"person": "p-2"}).status_code == 303
    assert Connection.objects.get().is_active


def test_s_03_a_visitor_whose_trip_is_ended_on_the_way_is_told_so_and_nothing_lives(
    client: Client, plan: Plan, stub: StubPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-03: it was a 500: the row of the trip was gone when it became somebody's."""
    really = people.find

    def find(*given: Any, **more: Any) -> Any:
        operate("end_permissions", plan.slug, reason=WHY)
        return really(*given, **more)

    monkeypatch.setattr(people, "find", find)
    assert come_back(client, stub.sign_in(set_out(client, plan))).status_code == 400
    assert not Member.objects.exists()
    assert nothing_lives(stub)


def test_s_03_a_second_answer_that_waits_for_a_choice_is_ended_and_counted_with_the_first(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """S-03: the dry run said 2, the receipt 1, and the token that waits was asked about by nobody."""
    connect(alice_client, plan, stub)
    two_people(stub)
    come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    assert "To be ended: 2 permissions;" in operate("end_permissions", plan.slug, dry_run=True)
    assert "Ended here: 2 permissions." in operate("end_permissions", plan.slug, reason=WHY)
    assert not stub.refresh_tokens


def test_s_03_what_is_sealed_under_a_key_that_is_not_at_hand_holds_nobody_else_up(
    alice: Member, alice_client: Client, bob_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """S-03: it stopped the whole act. Hers, and an answer that waits for her, are ended when it is there."""
    connect(alice_client, plan, stub)
    connect(bob_client, plan, stub)
    two_people(stub)
    come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    key = DataKey.objects.get(member=alice, use="seal")
    DataKey.objects.filter(pk=key.pk).update(key_name="elsewhere")
    printed = operate("end_permissions", plan.slug, reason=WHY)
    assert "Ended here: 1 permission." in printed
    assert "Still here: 2 permissions, given meanwhile or sealed under a key that is not at hand." in printed
    assert [row.member == alice for row in Connection.objects.usable()] == [True]
    DataKey.objects.filter(pk=key.pk).update(key_name=key.key_name)
    assert "Ended here: 2 permissions." in operate("end_permissions", plan.slug, reason=WHY)
    assert nothing_lives(stub)


@pytest.mark.parametrize("is_back", [False, True])
def test_s_03_who_is_under_way_when_all_permissions_of_a_plan_end_brings_none_of_before(
    alice_client: Client, quiet: Connection, bob_client: Client, plan: Plan, stub: StubPlan, is_back: bool
) -> None:
    """S-03: Bob is at its sign-in, or back and asked whose records are meant: the answer is here already."""
    two_people(stub)
    answer = stub.sign_in(leave(bob_client, plan))
    choice = come_back(bob_client, answer)["Location"] if is_back else ""
    begun = "2 permissions" if is_back else "1 permission"
    assert f"To be ended: {begun};" in operate("end_permissions", plan.slug, dry_run=True)
    assert f"Ended here: {begun}." in operate("end_permissions", plan.slug, reason=WHY)
    page = bob_client.post(choice, {"person": "p-2"}) if is_back else come_back(bob_client, answer)
    assert page.status_code in {400, 404}
    assert not Connection.objects.usable().exists()
    assert not stub.refresh_tokens
