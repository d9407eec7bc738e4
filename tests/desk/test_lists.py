"""Lists of the admin: a hundred plans are one field, which keeps what else the list is narrowed by."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.admin.templatetags.admin_list import ResultList
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from django.utils.safestring import SafeString

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
    assert '<td role="cell" data-label="State" class="field-state">' in html
    assert not re.findall(r"<t[hd] class=", html.partition('<table id="result_list"')[2])


def test_a_list_whose_rows_are_edited_keeps_their_keys_and_says_what_is_wrong_with_a_row() -> None:
    """Our list left out what Django's own has for that, so nothing could have been saved."""
    form, cell = SimpleNamespace(non_field_errors="Not both."), SafeString("<td>x</td>")
    header = {"class_attrib": "", "text": "state", "sortable": False}
    hidden = SafeString('<input type="hidden" name="form-0-id" value="7">')
    context = {
        "results": [ResultList(form, [cell])],
        "result_headers": [header],
        "result_hidden_fields": [hidden],
    }
    html = render_to_string("admin/change_list_results.html", context)
    assert hidden in html
    assert "Not both.</td>" in html
    with pytest.raises(ValueError, match="shorter"):
        render_to_string("admin/change_list_results.html", context | {"result_headers": []})
