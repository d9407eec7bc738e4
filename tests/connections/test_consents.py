"""G-22: a yes is about a version, a plan and what it is asked for; disconnecting takes it back."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.actions import agree
from apps.accounts.models import Consent, Member
from apps.connections import endings
from apps.connections.models import Connection, Handshake
from apps.plans.models import Plan
from apps.plans.scopes import scopes_to_ask
from apps.sync import clinical
from tests.conftest import signed_in
from tests.connections.conftest import YES, address_on, come_back, connect, leave, renew
from tests.connections.leaving import end
from tests.connections.stub_plan import StubPlan
from tests.connections.test_gone_meanwhile import two_people
from tests.connections.test_reconnect import somebody_else
from tests.connections.test_visitors import sign_in
from tests.quirks import set_quirks

VERSION = YES["agree"]


def test_a_yes_says_to_what_and_in_which_language_it_was_given(
    alice: Member, plan: Plan, stub: StubPlan
) -> None:
    alice.language = "es"
    alice.save()
    browser = signed_in(alice)
    connect(browser, plan, stub)
    (consent,) = alice.consents.all()
    asked = " ".join(scopes_to_ask(plan.quirks))
    assert (consent.policy_version, consent.plan, consent.scopes) == (VERSION, plan.slug, asked)
    assert (consent.language, consent.withdrawn_at) == ("es", None)


def test_a_yes_to_clinical_records_takes_the_place_of_the_one_without(
    alice: Member, plan: Plan, quiet: Connection
) -> None:
    before, wide = alice.consents.get(), "patient/Claim.read patient/Condition.read"
    agree(member=alice, version=VERSION, now=timezone.now(), plan=plan.slug, scopes=wide)
    before.refresh_from_db()
    assert before.withdrawn_at is not None
    assert alice.consents.standing().get().scopes == wide


@pytest.mark.parametrize("records", ["keep", "erase"])
def test_disconnecting_takes_it_back_and_the_next_trip_asks_again(
    alice_client: Client, alice: Member, bob: Member, plan: Plan, quiet: Connection, records: str
) -> None:
    agree(member=bob, version=VERSION, now=timezone.now(), plan=plan.slug)
    Connection.objects.create(
        member=bob, plan=plan, sealed_tokens=b"", sealed_patient=b"", connected_at=timezone.now()
    )
    agree(member=alice, version=VERSION, now=timezone.now())  # to all of her plans
    end(alice_client, quiet, records)
    assert [row.withdrawn_at is not None for row in alice.consents.all()] == [True, True]
    assert bob.consents.standing().exists()
    assert b'name="agree"' in alice_client.get(f"/connections/begin/{plan.slug}/").content


def test_what_was_agreed_to_for_another_plan_stays(
    alice_client: Client, alice: Member, plan: Plan, quiet: Connection
) -> None:
    other = Plan.objects.create(slug="other", name="Other", fhir_base_url="https://other.example/fhir")
    Connection.objects.create(
        member=alice, plan=other, sealed_tokens=b"", sealed_patient=b"", connected_at=timezone.now()
    )
    agree(member=alice, version=VERSION, now=timezone.now(), plan=other.slug)
    end(alice_client, quiet, "erase")
    assert set(alice.consents.standing().values_list("plan", flat=True)) == {other.slug}
    assert alice.consents.get(plan=plan.slug).withdrawn_at is not None


def test_signing_in_again_changes_nothing(alice_client: Client, quiet: Connection) -> None:
    renew(alice_client, quiet)
    assert Consent.objects.count() == 1


@pytest.mark.parametrize("is_ticked", [True, False])
def test_the_tick_before_leaving_decides_what_is_asked_for_and_stands_until_it_is_ended(
    alice_client: Client, plan: Plan, stub: StubPlan, is_ticked: bool
) -> None:
    set_quirks(plan, scope_style="types_v2", clinical_types=["Condition", "Observation"])
    here = f"/connections/begin/{plan.slug}/"
    (box,) = re.findall(
        r'<input type="checkbox" name="clinical"[^>]*>', alice_client.get(here).content.decode()
    )
    assert "checked" not in box
    address = address_on(alice_client.post(here, YES | ({"clinical": "yes"} if is_ticked else {})))
    assert ("patient%2FCondition.rs" in address) is is_ticked
    assert "patient%2FGoal" not in address, "a plan that takes names is asked for those that it has"
    come_back(alice_client, stub.sign_in(address))
    connection = Connection.objects.get()
    since = connection.clinical_since
    assert (since is not None) is is_ticked
    renewal = alice_client.post(here, YES | {"connection": str(connection.pk)})
    assert Handshake.objects.latest("created_at").with_clinical is is_ticked, "a renewal goes on with it"
    assert renewal.status_code == 200
    again = alice_client.get(here).content.decode()
    assert 'name="clinical"' in again, "it may be somebody else who comes"
    assert ("as you said on" in again) is is_ticked, "what was said before stands, and is said"
    address = address_on(alice_client.post(here, YES))
    assert "patient%2FCondition.rs" not in address, "nobody said yes for whoever comes"
    come_back(alice_client, stub.sign_in(address))
    connection.refresh_from_db()
    assert not clinical.covers(connection), "what was said stands, and this permission leaves it out"
    address = renew(alice_client, connection)
    assert ("patient%2FCondition.rs" in address) is is_ticked
    come_back(alice_client, stub.sign_in(address))
    connection.refresh_from_db()
    assert connection.clinical_since == since, "the first yes counts"
    endings.keep(connection=connection, now=connection.connected_at)
    connection.refresh_from_db()
    assert connection.clinical_since is None


@pytest.mark.parametrize("is_ticked", [True, False])
def test_a_second_person_of_a_plan_has_clinical_records_where_the_page_before_leaving_said_so(
    alice_client: Client, plan: Plan, stub: StubPlan, is_ticked: bool
) -> None:
    """A caregiver: what was said of one person stands for no other, and may be said of the other too."""
    set_quirks(plan, scope_style="types_v2", clinical_types=["Condition"])
    here = f"/connections/begin/{plan.slug}/"
    come_back(alice_client, stub.sign_in(address_on(alice_client.post(here, YES | {"clinical": "yes"}))))
    somebody_else(stub)
    page = alice_client.get(here).content.decode()
    assert 'name="clinical"' in page and "asked for too" not in page
    address = address_on(alice_client.post(here, YES | ({"clinical": "yes"} if is_ticked else {})))
    come_back(alice_client, stub.sign_in(address))
    first, second = Connection.objects.order_by("connected_at")
    assert first.clinical_since is not None
    assert (second.clinical_since is not None) is is_ticked
    assert ("patient/Condition.rs" in second.scopes_asked) is is_ticked


@pytest.mark.parametrize("is_clinical", [True, False])
def test_a_yes_is_written_down_with_what_the_plan_was_asked_for(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan, is_clinical: bool
) -> None:
    """A renewal has no box: it is asked for what its own connection has, whatever another one has."""
    set_quirks(plan, scope_style="types_v2", clinical_types=["Condition"])
    here = f"/connections/begin/{plan.slug}/"
    come_back(alice_client, stub.sign_in(address_on(alice_client.post(here, YES | {"clinical": "yes"}))))
    assert "patient/Condition.rs" in alice.consents.standing().get().scopes
    somebody_else(stub)
    connect(alice_client, plan, stub)
    alice.consents.all().delete()
    renewed = Connection.objects.get(clinical_since__isnull=not is_clinical)
    stub.answer = {"patient": "p-1" if is_clinical else "p-2"}
    come_back(alice_client, stub.sign_in(renew(alice_client, renewed)))
    renewed.refresh_from_db()
    assert ("patient/Condition.rs" in renewed.scopes_asked) is is_clinical
    assert alice.consents.standing().get().scopes == renewed.scopes_asked


def test_a_visitors_yes_is_to_what_the_plan_was_asked_for_whatever_they_have_here(
    plan: Plan, stub: StubPlan
) -> None:
    set_quirks(plan, scope_style="types_v2", clinical_types=["Condition"])
    sign_in(Client(), Plan.objects.get(), stub)
    Connection.objects.update(clinical_since=timezone.now())
    Consent.objects.all().delete()
    sign_in(Client(), Plan.objects.get(), stub)
    assert Consent.objects.standing().get().scopes == Connection.objects.get().scopes_asked


def test_a_tick_after_a_yes_without_is_written_down_too(
    alice_client: Client, alice: Member, plan: Plan, quiet: Connection
) -> None:
    set_quirks(plan, scope_style="types_v2", clinical_types=["Condition"])
    alice_client.post(f"/connections/begin/{plan.slug}/", {"clinical": "yes"})
    assert "patient/Condition.rs" in alice.consents.standing().get().scopes


def test_an_end_while_a_renewal_is_under_way_holds(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    set_quirks(plan, scope_style="types_v2", clinical_types=["Condition"])
    here = f"/connections/begin/{plan.slug}/"
    come_back(alice_client, stub.sign_in(address_on(alice_client.post(here, YES | {"clinical": "yes"}))))
    connection = Connection.objects.get(clinical_since__isnull=False)
    renewal = address_on(alice_client.post(here, YES | {"connection": str(connection.pk)}))
    clinical.end(connection=connection, erase=False)
    come_back(alice_client, stub.sign_in(renewal))
    connection.refresh_from_db()
    assert (connection.tokens_version, connection.clinical_since) == (2, None)


@pytest.mark.django_db(transaction=True)
def test_g_22_clinical_records_that_were_ended_while_the_plan_is_asked_stay_ended(
    alice_client: Client, plan: Plan, stub: StubPlan, meanwhile: Any
) -> None:
    """In another window, between the tokens and what is done with them: the later word counts."""
    set_quirks(plan, scope_style="types_v2", clinical_types=["Condition"])
    here = f"/connections/begin/{plan.slug}/"
    come_back(alice_client, stub.sign_in(address_on(alice_client.post(here, YES | {"clinical": "yes"}))))
    connection = Connection.objects.get(clinical_since__isnull=False)
    answer = stub.sign_in(renew(alice_client, connection))
    meanwhile(lambda: clinical.end(connection=connection, erase=False))
    assert come_back(alice_client, answer).status_code == 303
    connection.refresh_from_db()
    assert (connection.is_active, connection.clinical_since) == (True, None)


def test_a_plan_that_has_claims_only_offers_nothing_else(alice_client: Client, plan: Plan) -> None:
    set_quirks(plan, clinical="never")
    here = f"/connections/begin/{plan.slug}/"
    page = alice_client.get(here).content.decode()
    assert 'name="clinical"' not in page
    assert "Claims and coverage only" in page
    alice_client.post(here, YES | {"clinical": "yes"})
    assert not Handshake.objects.get().with_clinical


def test_a_renewal_asks_a_plan_that_has_claims_only_for_no_more(
    alice_client: Client, plan: Plan, quiet: Connection
) -> None:
    """Its documents may say so after a member said yes."""
    set_quirks(plan, clinical="never")
    Connection.objects.update(clinical_since=timezone.now())
    page = alice_client.get(f"/connections/begin/{plan.slug}/?connection={quiet.pk}").content.decode()
    assert "Claims and coverage only" in page and "asked for too" not in page
    renew(alice_client, quiet)
    assert not Handshake.objects.latest("created_at").with_clinical


def test_g_22_the_yes_is_to_what_was_found_out_just_now(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """What a plan announces for categories is not known before it is asked; nobody chose a person yet."""
    set_quirks(plan, scope_style="types_v2", clinical_types=["Observation"])
    labs = "patient/Observation.rs?category=laboratory"
    stub.configuration = {"scopes_supported": [labs]}
    alice_client.post(f"/connections/begin/{plan.slug}/", YES | {"clinical": "yes"})
    assert labs in alice.consents.standing().get().scopes


@pytest.mark.parametrize("is_asked", [True, False])
def test_g_22_the_yes_that_stands_is_that_of_the_trip_that_came_back(
    *, alice_client: Client, alice: Member, plan: Plan, stub: StubPlan, is_asked: bool
) -> None:
    """Two windows: in the other one they said yes to clinical records too, and never arrived."""
    set_quirks(plan, scope_style="types_v2", clinical_types=["Condition"])
    if is_asked:
        two_people(stub)
    answer = stub.sign_in(leave(alice_client, plan))
    alice_client.post(f"/connections/begin/{plan.slug}/", YES | {"clinical": "yes"})
    page = come_back(alice_client, answer)
    if is_asked:
        alice_client.post(page["Location"], {"person": "p-2"})
    made = Connection.objects.get()
    assert "patient/Condition.rs" not in made.scopes_asked
    assert alice.consents.standing().get().scopes == made.scopes_asked


def test_g_22_clinical_records_agreed_to_for_one_person_are_not_those_of_who_came_instead(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    set_quirks(plan, scope_style="types_v2", clinical_types=["Condition"])
    here = f"/connections/begin/{plan.slug}/"
    come_back(alice_client, stub.sign_in(address_on(alice_client.post(here, YES | {"clinical": "yes"}))))
    first = Connection.objects.get()
    somebody_else(stub)
    answer = stub.sign_in(renew(alice_client, first))
    alice_client.post(come_back(alice_client, answer)["Location"], {"person": "p-2"})
    assert Connection.objects.exclude(pk=first.pk).get().clinical_since is None
