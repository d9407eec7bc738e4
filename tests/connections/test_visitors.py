"""Signing in with a plan: a visitor goes there and comes back as a member."""

from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import handshakes, visitor_trip
from apps.connections.handshakes import Secrets
from apps.connections.models import Connection, Handshake, Identity
from apps.connections.people import person_of
from apps.connections.tokens import open_tokens
from apps.connections.visitor_trip import SignInNotOffered
from apps.plans.models import Plan
from apps.vault.boxes import box_for, house_box
from apps.vault.errors import SealBroken
from tests.connections.conftest import YES, come_back, connect, nothing_happened
from tests.connections.stub_plan import CLIENT_ID, StubPlan, running
from tests.registered import registered

VERSION = YES["agree"]


@pytest.fixture(autouse=True)
def _no_keys_known() -> None:
    cache.clear()


def set_out(client: Client, plan: Plan) -> str:
    """Leave for the plan as a visitor who agreed to the policy; return the plan's sign-in address."""
    session = client.session
    binding = handshakes.bind(session)
    session.save()
    client.cookies["session"] = str(session.session_key)
    return visitor_trip.begin(plan=plan, binding=binding, now=timezone.now(), consent_version=VERSION)


def sign_in(client: Client, plan: Plan, stub: StubPlan) -> Any:
    """Make the whole trip as a visitor; return the answer to the callback."""
    return come_back(client, stub.sign_in(set_out(client, plan)))


def who_is_in(client: Client) -> str:
    """The primary key of the member signed in in this browser, or ""."""
    return str(client.session.get("_auth_user_id", ""))


def test_a_visitor_becomes_a_member_with_a_connection_and_a_consent(
    client: Client, plan: Plan, stub: StubPlan
) -> None:
    page = sign_in(client, plan, stub)
    member = Member.objects.get()
    connection = member.connections.get()
    assert page.status_code == 303
    assert page["Location"].startswith(f"/connections/{connection.pk}/")
    assert "no-store" in page["Cache-Control"]
    assert who_is_in(client) == str(member.pk)
    assert member.email is None
    assert not member.has_usable_password()
    assert member.consents.get().policy_version == VERSION
    assert member.identities.get().issuer == stub.origin
    assert client.get(f"/connections/{connection.pk}/").status_code == 200
    tokens = open_tokens(connection, box_for(member))
    assert tokens.access_token in stub.access_tokens
    assert (tokens.issuer, tokens.subject) == (stub.origin, "member-1")
    with pytest.raises(SealBroken):  # they are in the member's own box
        box_for(Member.objects.create_from_plan()).open(connection, "sealed_tokens")


def test_what_a_trip_holds_before_there_is_an_account_is_sealed_by_the_house(
    client: Client, plan: Plan, alice: Member
) -> None:
    set_out(client, plan)
    trip = Handshake.objects.get()
    assert b"code_verifier" in house_box().open(trip, "sealed_secrets")
    with pytest.raises(SealBroken):
        box_for(alice).open(trip, "sealed_secrets")


def test_a_second_visit_finds_the_same_member_and_connection(plan: Plan, stub: StubPlan) -> None:
    first, second = Client(), Client()
    sign_in(first, plan, stub)
    stub.claims = {"email": "someone.else@example.com"}
    sign_in(second, plan, stub)
    assert who_is_in(first) == who_is_in(second) != ""
    assert Connection.objects.count() == 1
    identity = Identity.objects.get()
    assert identity.last_used_at is not None
    assert identity.last_used_at > identity.created_at


def test_o_16_the_key_is_issuer_and_subject_never_an_address(
    plan: Plan, stub: StubPlan, alice: Member
) -> None:
    """Same sub from two issuers: two members. Alice's e-mail in the token: not Alice."""
    stub.claims = {"email": alice.email, "email_verified": True}
    here = Client()
    sign_in(here, plan, stub)
    assert who_is_in(here) not in ("", str(alice.pk))
    with running() as other:
        elsewhere, other_plan = Client(), twin(plan, at=other)
        sign_in(elsewhere, other_plan, other)
    assert who_is_in(elsewhere) not in ("", who_is_in(here))
    assert Identity.objects.count() == 2
    assert len(set(Identity.objects.values_list("subject_digest", flat=True))) == 2


def test_o_16_two_plans_of_one_issuer_share_the_member(plan: Plan, stub: StubPlan) -> None:
    """The key is the issuer, not the plan's row."""
    first, second = Client(), Client()
    sign_in(first, plan, stub)
    sign_in(second, twin(plan), stub)
    assert who_is_in(first) == who_is_in(second) != ""
    assert Identity.objects.count() == 1
    assert Member.objects.count() == 1


def test_o_16_no_row_tells_who_is_meant_and_a_digest_survives_a_new_secret_key(
    client: Client, plan: Plan, stub: StubPlan, settings: Any
) -> None:
    """D-12: it is keyed by the vault, so that the same pair cannot be computed from outside.

    Members of plans are not locked out by rotating SECRET_KEY.
    """
    stub.claims = {"sub": "1234567890"}
    sign_in(client, plan, stub)
    assert len(Identity.objects.get().subject_digest) == 64
    assert "1234567890" not in "".join(map(str, Identity.objects.values_list()))
    settings.SECRET_KEY = "another-" * 10
    again = Client()
    sign_in(again, plan, stub)
    assert Member.objects.count() == 1


def test_without_a_good_proof_nobody_is_signed_in(client: Client, plan: Plan, stub: StubPlan) -> None:
    """An id_token is mandatory here, and its tokens do not stay alive at the plan."""
    for id_token in ("not.a.token", None):
        stub.answer = {"id_token": id_token}
        assert sign_in(client, plan, stub).status_code == 502
        assert who_is_in(client) == ""
        assert not Member.objects.exists()
        assert not Connection.objects.exists()
        assert not stub.access_tokens | stub.refresh_tokens


def test_o_16_a_server_cannot_speak_for_another_ones_members(
    client: Client, plan: Plan, stub: StubPlan
) -> None:
    """A plan that prints somebody else's issuer into its own documents signs nobody in."""
    sign_in(client, plan, stub)
    with running() as evil:
        evil.configuration = {"issuer": stub.origin}
        evil.claims = {"iss": stub.origin}
        with pytest.raises(SignInNotOffered):
            set_out(Client(), twin(plan, at=evil, issuer=""))


def test_o_16_a_trip_whose_issuer_is_not_the_plans_own_does_not_start(plan: Plan, stub: StubPlan) -> None:
    """O-16: also if discovery had let such an issuer through."""
    kept = Secrets(
        redirect_uri="",
        token_url="",
        scope="openid",
        issuer="https://another.example.com",
        jwks_uri=f"{stub.origin}/jwks",
        iss_required=False,
        launch="",
        code_verifier=None,
        nonce="n",
        keys_of_issuer=True,
    )
    visitor_trip.require_proof(plan, replace(kept, issuer=stub.origin))
    with pytest.raises(SignInNotOffered):
        visitor_trip.require_proof(plan, kept)


def test_o_40_a_visitors_answer_is_of_no_use_in_another_browser(plan: Plan, stub: StubPlan) -> None:
    """Sign-in fixation: an attacker's answer does not sign a victim in as the attacker."""
    attacker, victim = Client(), Client()
    answer = stub.sign_in(set_out(attacker, plan))
    set_out(victim, plan)
    assert come_back(victim, answer).status_code == 403
    assert come_back(Client(), answer).status_code == 403
    assert who_is_in(victim) == ""
    assert nothing_happened(stub)
    assert come_back(attacker, answer).status_code == 303


def test_o_40_who_signed_in_here_meanwhile_is_not_linked_to_a_visitors_trip(
    client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-39: a page says so; Alice stays Alice and gets no connection."""
    answer = stub.sign_in(set_out(client, plan))
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    page = come_back(client, answer)
    assert page.status_code == 403
    assert b"before you signed in" in page.content
    assert nothing_happened(stub)


def test_o_40_the_session_has_a_new_key_after_signing_in(client: Client, plan: Plan, stub: StubPlan) -> None:
    """W-12: a key planted before is dead."""
    address = set_out(client, plan)
    planted = client.cookies["session"].value
    come_back(client, stub.sign_in(address))
    assert client.cookies["session"].value != planted
    intruder = Client()
    intruder.cookies["session"] = planted
    assert intruder.get("/account/").status_code == 302


def test_a_closed_account_is_not_opened_by_its_plan(client: Client, plan: Plan, stub: StubPlan) -> None:
    sign_in(client, plan, stub)
    Member.objects.update(is_active=False)
    Connection.objects.all().delete()
    stub.access_tokens.clear()
    stub.refresh_tokens.clear()
    again = Client()
    page = sign_in(again, plan, stub)
    assert page.status_code == 403
    assert b"This account is closed" in page.content
    assert who_is_in(again) == ""
    assert not Connection.objects.exists()
    assert not stub.access_tokens | stub.refresh_tokens


def test_a_known_member_comes_in_while_the_plans_records_are_down(
    client: Client, plan: Plan, stub: StubPlan
) -> None:
    """What they have here is theirs; a stranger is not let in by the same answer."""
    reply = (503, "text/html", b"<html>")
    stub.answer, stub.override["/fhir/Patient"] = {"patient": None}, reply
    assert sign_in(client, plan, stub).status_code >= 500
    assert not Member.objects.exists()
    del stub.override["/fhir/Patient"]
    sign_in(client, plan, stub)
    before = bytes(Connection.objects.get().sealed_tokens)
    stub.override["/fhir/Patient"] = reply
    again = Client()
    page = sign_in(again, plan, stub)
    assert page["Location"] == "/connections/"
    assert who_is_in(again) == str(Member.objects.get().pk)
    assert "could not be asked for just now" in again.get("/connections/").content.decode()
    assert bytes(Connection.objects.get().sealed_tokens) == before


def test_a_visitor_with_several_people_chooses_after_signing_in(
    client: Client, plan: Plan, stub: StubPlan
) -> None:
    stub.answer = {"patient": None}
    stub.patients["p-2"] = "Ivo Quill"
    page = sign_in(client, plan, stub)
    member = Member.objects.get()
    assert page["Location"].startswith("/connections/choose/")
    assert who_is_in(client) == str(member.pk)
    assert b"Ivo Quill" in client.get(page["Location"]).content
    assert client.post(page["Location"], {"person": "p-2"}).status_code == 303
    made = member.connections.get()
    assert person_of(made, box_for(member)).name == "Ivo Quill"


def test_a_member_finds_what_their_plan_connected_before(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """Without a link the plan's word opens another account: e-mail and plan are different keys."""
    connect(alice_client, plan, stub)
    visitor = Client()
    sign_in(visitor, plan, stub)
    assert who_is_in(visitor) not in ("", str(alice.pk))
    assert alice.connections.count() == 1


def twin(plan: Plan, at: StubPlan | None = None, **changed: Any) -> Plan:
    """Another row like this plan's."""
    row = Plan.objects.get(pk=plan.pk)
    row.pk, row.slug, row.registration = None, "twin", registered(CLIENT_ID)
    row.own_quirks["token_auth"] = "none"
    row._state.adding = True
    row.id = Plan._meta.get_field("id").get_default()
    row.discovery = row.discovered_at = row.discovery_tried_at = None
    if at is not None:
        row.fhir_base_url, row.issuer = f"{at.origin}/fhir", at.origin
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(force_insert=True)
    return row
