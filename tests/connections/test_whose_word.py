"""Whose word opens an account: a plan an operator vouches for, never an operator's account, never alone."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Consent, Member
from apps.accounts.ways import ways_in
from apps.connections import endings, identities, visitor_trip
from apps.connections.errors import PlanBusy
from apps.connections.models import Connection, Handshake, Identity
from apps.connections.visitor_trip import SignInNotOffered
from apps.plans.discovery import discover, known_endpoints
from apps.plans.models import Plan
from apps.plans.plan_sign_in import can_sign_in
from tests.connections.conftest import come_back, connect
from tests.connections.stub_plan import StubPlan, as_json
from tests.connections.test_visitors import set_out, sign_in, twin, who_is_in


@pytest.fixture(autouse=True)
def _no_keys_known() -> None:
    cache.clear()


@pytest.mark.parametrize("names", ["issuer", "nobody"])
def test_o_16_another_tenant_of_the_origin_signs_in_nobody_with_its_own_keys(
    plan: Plan, stub: StubPlan, names: str
) -> None:
    """Tenant B prints the issuer of the origin beside keys of its own; both tenants are on one origin."""
    mine = as_json(
        {
            "authorization_endpoint": f"{stub.origin}/b/authorize",
            "token_endpoint": f"{stub.origin}/b/token",
            "jwks_uri": f"{stub.origin}/b/jwks",
            "issuer": stub.origin if names == "issuer" else None,
            "code_challenge_methods_supported": ["S256"],
        }
    )
    stub.override["/b/fhir/.well-known/smart-configuration"] = mine
    stub.override["/b/fhir/.well-known/openid-configuration"] = mine
    tenant = twin(plan, fhir_base_url=f"{stub.origin}/b/fhir", issuer="")
    with pytest.raises(SignInNotOffered):
        set_out(Client(), tenant)
    assert not can_sign_in(tenant)
    tenant.issuer = stub.origin  # by an operator's mistake: then still with the issuer's keys alone
    tenant.save()
    set_out(Client(), tenant)
    known = known_endpoints(tenant)
    assert known is not None
    assert (known.jwks_uri, known.keys_of_issuer) == (f"{stub.origin}/jwks", True)


def test_o_16_without_the_issuers_own_document_nobody_is_signed_in(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """The keys beside the base are good enough to connect, not to open accounts."""
    stub.override["/.well-known/openid-configuration"] = (404, "text/html", b"no")
    with pytest.raises(SignInNotOffered):
        set_out(Client(), plan)
    assert not can_sign_in(plan)
    assert identities.proof_of(connect(alice_client, plan, stub)) is None, "nor is who connects later"


def test_o_16_keys_of_the_issuers_own_document_outlast_a_failure_of_it(plan: Plan, stub: StubPlan) -> None:
    discover(plan, now=timezone.now())
    stub.override["/.well-known/openid-configuration"] = (503, "text/html", b"down")
    discover(plan, now=timezone.now())
    assert can_sign_in(plan)
    plan.issuer = f"{stub.origin}/another"
    plan.save()
    stub.configuration = {"issuer": None}
    discover(plan, now=timezone.now())
    assert not can_sign_in(plan), "they are the keys of the issuer that was"


@pytest.mark.parametrize(
    "change",
    [
        {"status": "paused"},
        {"status": "unconfirmed"},
        {"is_listed": False},
        {"issuer": "https://other.example"},
    ],
)
def test_o_16_a_plan_no_longer_trusted_signs_nobody_in(
    plan: Plan, stub: StubPlan, change: dict[str, Any]
) -> None:
    """The operator's doubt counts at once, also for a visitor who is under way, and for a known member."""
    sign_in(Client(), plan, stub)
    client = Client()
    answer = stub.sign_in(set_out(client, plan))
    claims = {"iss": stub.origin, "sub": "member-1"}
    assert visitor_trip.known_anyway(plan, PlanBusy(), claims) is not None
    Plan.objects.filter(pk=plan.pk).update(**change)
    assert come_back(client, answer).status_code == 409
    assert who_is_in(client) == ""
    assert len(stub.requests_to("/token")) == 1, "the code stays unspent"
    # Changed later still, while the plan was being asked: the row as it was read before does not count.
    assert visitor_trip.known_anyway(plan, PlanBusy(), claims) is None
    handshake = Handshake.objects.select_related("plan").latest("created_at")
    handshake.plan = plan
    with pytest.raises(SignInNotOffered):
        visitor_trip.arrive(handshake, claims, scopes="", now=timezone.now())


@pytest.mark.parametrize("kind", ["webauthn", "totp"])
def test_w_17_nothing_changes_before_the_passkey(
    client: Client, plan: Plan, stub: StubPlan, kind: str
) -> None:
    """A permission the member ended stays ended until they have taken the second step; then it goes on."""
    sign_in(client, plan, stub)
    member, connection = Member.objects.get(), Connection.objects.get()
    step = Authenticator.objects.create(user=member, type=kind, data={"name": "x", "credential": {}})
    endings.keep(connection=connection, now=timezone.now())
    used = Identity.objects.get().last_used_at
    Consent.objects.all().delete()
    thief = Client()
    page = sign_in(thief, plan, stub)
    assert (who_is_in(thief), "2fa" in page["Location"]) == ("", True)
    connection.refresh_from_db()
    assert (connection.status, bytes(connection.sealed_tokens)) == ("kept", b"")
    assert Identity.objects.get().last_used_at == used
    assert not Consent.objects.exists()
    waiting = Handshake.objects.exclude(sealed_answer=b"").get()
    path = f"/connections/go-on/{waiting.pk}/"
    assert thief.get(path).status_code == 302
    another = Client()
    another.force_login(
        Member.objects.create_user("bob@example.com", "-"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    assert another.get(path).status_code == 404, "to anybody else it does not exist"
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(path).status_code == 403, "another session than the one that began it"
    step.delete()
    thief.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    assert thief.get(path)["Location"].startswith(f"/connections/{connection.pk}/")
    connection.refresh_from_db()
    assert connection.status == "active"
    assert Consent.objects.count() == 1
    assert thief.get(path).status_code >= 400, "once"


def test_w_17_a_plan_opens_no_account_of_an_operator(
    alice: Member, alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """Neither by signing in nor by linking, nor while the plan's records are down."""
    connection = connect(alice_client, plan, stub)
    identities.link(connection=connection, now=timezone.now())
    alice.is_staff = True
    alice.save()
    connection.member.refresh_from_db()
    with pytest.raises(identities.OperatorsAccount):
        identities.link(connection=connection, now=timezone.now())
    client = Client()
    page = sign_in(client, plan, stub)
    assert page.status_code == 403
    assert b"cannot be opened with a plan" in page.content
    stub.answer, stub.override["/fhir/Patient"] = {"patient": None}, (503, "text/html", b"down")
    assert sign_in(client, plan, stub).status_code == 403
    assert who_is_in(client) == ""
    assert ways_in(alice) == 1, "the password alone"


def test_w_17_a_session_that_a_plan_opened_does_not_enter_the_admin(plan: Plan, stub: StubPlan) -> None:
    """Also when its member was made an operator afterwards."""
    client = Client()
    sign_in(client, plan, stub)
    Member.objects.update(is_staff=True, is_superuser=True)
    for path in ("/admin/", "/admin/accounts/member/"):
        assert client.get(path, follow=True).status_code == 403
    client.force_login(Member.objects.get(), backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "type": "webauthn", "at": time.time()}]
    session.save()
    assert client.get("/admin/accounts/member/").status_code == 200


def test_a_plan_that_signs_nobody_in_now_is_no_way_in(client: Client, plan: Plan, stub: StubPlan) -> None:
    sign_in(client, plan, stub)
    member = Member.objects.get()
    assert ways_in(member) == 1
    for change in ({"status": "paused"}, {"status": "confirmed", "issuer": "https://other.example.com"}):
        Plan.objects.update(**change)
        assert ways_in(member) == 0
    Authenticator.objects.create(user=member, type="webauthn", data={})
    assert ways_in(member) == 1
    identities.unlink(identity=Identity.objects.get())
    assert ways_in(member) == 1
