"""G-22: a yes is about a version, a plan and what it is asked for; disconnecting takes it back."""

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.actions import agree
from apps.accounts.models import Consent, Member
from apps.connections.models import Connection
from apps.plans.models import Plan
from apps.plans.scopes import scopes_to_ask
from tests.connections.conftest import YES, connect, renew
from tests.connections.leaving import end
from tests.connections.stub_plan import StubPlan

VERSION = YES["agree"]


def test_a_yes_says_to_what_and_in_which_language_it_was_given(
    alice: Member, plan: Plan, stub: StubPlan
) -> None:
    alice.language = "es"
    alice.save()
    browser = Client()
    browser.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
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
