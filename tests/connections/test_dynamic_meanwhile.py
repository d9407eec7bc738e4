"""A client registered by program, while somebody changes the row or permissions still end through it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.connections.models import Revocation
from apps.plans import dynamic
from apps.plans.models import Plan
from apps.plans.registrations import Registration
from apps.plans.secrets import client_secret
from tests.connections.test_dynamic import SECRET, at_server, good, row_of
from tests.plans.conftest import Payer, payer
from tests.plans.test_admin import register

__all__ = ["at_server", "payer"]


@pytest.mark.parametrize("changed", [{"client_id": "typed"}, {"management_uri": ""}])
@pytest.mark.parametrize("act", [dynamic.update, dynamic.end])
def test_of_an_answer_nothing_is_kept_where_another_client_was_written_meanwhile(
    at_server: Callable[..., Plan], payer: Payer, act: Callable[[Registration], Any], changed: dict[str, str]
) -> None:
    """The row as it was when the operator asked; a second one wrote into it until the answer came."""
    plan = at_server(good(payer))
    dynamic.register(row_of(plan))
    payer.serves("/register/given", json.dumps(good(payer, client_secret="of the client before")))
    asked = row_of(plan)
    Registration.objects.update(**changed)
    kept = Registration.objects.values().get()
    with pytest.raises(dynamic.NotRegistered, match="another client meanwhile: nothing was kept"):
        act(asked)
    assert Registration.objects.values().get() == kept
    assert client_secret(asked) == SECRET


def test_a_client_through_which_permissions_are_still_being_ended_stays(
    at_server: Callable[..., Plan], payer: Payer
) -> None:
    """Without it the server would take nothing back any more."""
    plan = at_server(good(payer))
    dynamic.register(row_of(plan))
    payer.serves("/register/given", b"", status=204)
    now = timezone.now()
    waiting = Revocation.objects.create(plan=plan, created_at=now, next_try_at=now)
    with pytest.raises(dynamic.NotRegistered, match="still being ended"):
        dynamic.end(row_of(plan))
    assert row_of(plan).client_id == "given"
    assert payer.sent[-1][0] == "POST"
    waiting.delete()
    dynamic.end(row_of(plan))
    assert row_of(plan).client_id == ""


def test_an_address_longer_than_its_column_is_not_cut_and_kept(
    at_server: Callable[..., Plan], payer: Payer
) -> None:
    """Cut off, it would be the address of somebody else's client."""
    whole = f"{payer.origin}/register/given"
    plan = at_server(good(payer, registration_client_uri=whole + "/x" * 300))
    assert any("it is not kept" in line for line in dynamic.register(row_of(plan)))
    assert (row_of(plan).management_uri, row_of(plan).sealed_management_token) == ("", None)


def test_a_client_id_typed_by_hand_ends_what_changes_the_client_before(
    operator: Client, at_server: Callable[..., Plan], payer: Payer
) -> None:
    """The token would change and end a client that is not the one on the row."""
    plan = at_server(good(payer))
    dynamic.register(row_of(plan))
    register(operator, row_of(plan), notes="the client is as it was")
    assert row_of(plan).management_uri
    register(operator, row_of(plan), client_id="typed")
    row = row_of(plan)
    assert (row.client_id, row.management_uri, row.sealed_management_token) == ("typed", "", None)


def test_one_client_is_not_registered_at_two_servers_nor_with_two_methods(
    at_server: Callable[..., Plan], payer: Payer
) -> None:
    """Plans of one registration that disagree: whichever came first would decide for the other."""
    plan = at_server(good(payer))
    other = Plan.objects.get(pk=plan.pk)
    other.pk, other._state.adding, other.slug = None, True, "served-too"
    other.discovery["values"]["registration_url"] = f"{payer.origin}/elsewhere"
    other.save()
    with pytest.raises(dynamic.NotRegistered, match="more than one registration_endpoint"):
        dynamic.register(row_of(plan))
    other.discovery["values"]["registration_url"] = f"{payer.origin}/register"
    other.own_quirks = {**plan.own_quirks, "token_auth": "none"}
    other.save()
    with pytest.raises(dynamic.NotRegistered, match="disagree about methods"):
        dynamic.register(row_of(plan))
    assert not [sent for sent in payer.sent if sent[0] == "POST"]
