"""The yes to clinical records, given apart from the one to claims: before leaving, and until it is ended."""

import re

import pytest
from django.test import Client

from apps.connections import ending
from apps.connections.models import Connection, Handshake
from apps.plans.models import Plan
from apps.sync import clinical
from tests.connections.conftest import YES, address_on, come_back
from tests.connections.stub_plan import StubPlan
from tests.quirks import set_quirks


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
    assert (connection.clinical_since is not None) is is_ticked
    renewal = alice_client.post(here, YES | {"connection": str(connection.pk)})
    assert Handshake.objects.latest("created_at").with_clinical is is_ticked, "a renewal goes on with it"
    assert renewal.status_code == 200
    again = alice_client.get(here).content.decode()
    assert ('name="clinical"' in again) is not is_ticked, "what was said before stands, and is said"
    assert ("as you said on" in again) is is_ticked
    alice_client.post(here, YES)
    assert Handshake.objects.latest("created_at").with_clinical is is_ticked
    ending.keep(connection=connection, now=connection.connected_at)
    connection.refresh_from_db()
    assert connection.clinical_since is None


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


def test_a_plan_that_has_claims_only_offers_nothing_else(alice_client: Client, plan: Plan) -> None:
    set_quirks(plan, clinical="never")
    here = f"/connections/begin/{plan.slug}/"
    page = alice_client.get(here).content.decode()
    assert 'name="clinical"' not in page
    assert "Claims and coverage only" in page
    alice_client.post(here, YES | {"clinical": "yes"})
    assert not Handshake.objects.get().with_clinical
