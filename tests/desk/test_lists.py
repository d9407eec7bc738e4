"""Lists of the admin: a hundred plans are one field, which keeps what else the list is narrowed by."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from tests.desk.conftest import a_plan, connected, waiting_run

LISTS = (
    "connections/connection",
    "connections/revocation",
    "connections/attempt",
    "sync/syncrun",
    "sync/refresh",
)


@pytest.mark.django_db
def test_a_list_is_narrowed_to_a_plan_by_one_field(admin_client: Client, alice: Member) -> None:
    plans = [a_plan(f"plan-{number}") for number in range(4)]
    a_plan("imported", is_registered=False)
    for plan in plans:
        waiting_run(connected(plan, alice), since=timezone.now() - timedelta(hours=2))
    place = "/admin/sync/syncrun/?state__exact=waiting"
    html = admin_client.get(place).content.decode()
    assert '<input type="hidden" name="state__exact" value="waiting">' in html
    assert html.count("<option value=") >= 5
    assert "Imported" not in html
    rows = admin_client.get(f"{place}&connection__plan__id__exact={plans[1].pk}").context["cl"].result_list
    assert [run.connection.plan for run in rows] == [plans[1]]
    assert len(admin_client.get(f"{place}&connection__plan__id__exact=").context["cl"].result_list) == 4
    found = admin_client.get("/admin/sync/syncrun/?q=plan-3").context["cl"].result_list
    assert [run.connection.plan for run in found] == [plans[3]]


@pytest.mark.django_db
@pytest.mark.parametrize("name", LISTS)
def test_no_list_has_a_link_for_each_plan(admin_client: Client, name: str) -> None:
    keys = [a_plan(f"plan-{number}").pk for number in range(3)]
    html = admin_client.get(f"/admin/{name}/").content.decode()
    assert all(f'<option value="{key}">' in html for key in keys)
    assert "plan__id__exact=" not in html


@pytest.mark.django_db
def test_a_cell_of_a_list_says_what_its_column_is(admin_client: Client, alice: Member) -> None:
    """On a phone columns slid out of the window; now a row is a card there."""
    waiting_run(connected(a_plan("plan"), alice), since=timezone.now())
    html = admin_client.get("/admin/sync/syncrun/").content.decode()
    assert '<td data-label="State" class="field-state">' in html
    assert "<td class=" not in re.sub('<td class="action-checkbox">', "", html)
