"""The directory in the admin: everything can be set, the client secret can never be read."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.plans.models import Plan
from apps.plans.secrets import client_secret, seal_client_secret
from tests.plans.conftest import Payer

SECRET = "made-up-secret-value"


@pytest.fixture
def operator(db: None) -> Client:
    """Return a browser in which an operator is signed in."""
    member = Member.objects.create_superuser("olive@example.com", "a long password of olive")
    client = Client()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sent(plan: Plan, **changes: Any) -> dict[str, Any]:
    """What the admin's form sends for this plan when nothing is changed, with `changes`."""
    names = (
        *("name", "slug", "status", "website", "notes", "client_id", "token_auth", "pkce", "aud"),
        *(
            "fhir_base_url",
            "authorize_url",
            "token_url",
            "revoke_url",
            "issuer",
            "system_id",
            "patient_lookup",
        ),
    )
    return {
        **{name: getattr(plan, name) for name in names},
        "is_listed": "on",
        "send_aud": "on",
        "states": plan.states,
        "lines_of_business": plan.lines_of_business,
        "other_names": "\n".join(plan.other_names),
        "scopes": "\n".join(plan.scopes),
        "page_size": plan.page_size or "",
        "client_secret": "",
        **changes,
    }


def edit(operator: Client, plan: Plan, **changes: Any) -> str:
    response = operator.post(f"/admin/plans/plan/{plan.pk}/change/", sent(plan, **changes), follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_the_secret_is_stored_sealed_and_never_shown(operator: Client, plan: Plan) -> None:
    edit(operator, plan, token_auth="client_secret_post", client_secret=SECRET)
    plan.refresh_from_db()
    assert client_secret(plan) == SECRET
    sealed = bytes(plan.sealed_client_secret or b"")
    for address in (
        f"/admin/plans/plan/{plan.pk}/change/",
        "/admin/plans/plan/",
        f"/admin/plans/plan/{plan.pk}/history/",
    ):
        html = operator.get(address).content.decode()
        assert SECRET not in html
        assert sealed.hex() not in html
        assert repr(sealed) not in html


def test_a_form_that_is_sent_back_does_not_repeat_the_secret(operator: Client, plan: Plan) -> None:
    html = edit(operator, plan, client_secret=SECRET, fhir_base_url="http://not-https.example.com")
    assert "not https" in html
    assert SECRET not in html


def test_an_empty_secret_keeps_the_stored_one_and_a_tick_removes_it(operator: Client, plan: Plan) -> None:
    seal_client_secret(plan, SECRET)
    plan.save()
    edit(operator, plan, name="Riverside Health Plan")
    plan.refresh_from_db()
    assert plan.name == "Riverside Health Plan"
    assert client_secret(plan) == SECRET
    edit(operator, plan, remove_client_secret="on")
    plan.refresh_from_db()
    assert client_secret(plan) is None


def test_a_secret_is_asked_for_where_one_is_needed(operator: Client, plan: Plan) -> None:
    assert "needs a client secret" in edit(operator, plan, token_auth="client_secret_basic")
    plan.refresh_from_db()
    assert plan.token_auth == "none"


def test_lists_are_edited_as_lists(operator: Client, plan: Plan) -> None:
    edit(
        operator,
        plan,
        states=["ME", "OH"],
        lines_of_business=["dental"],
        scopes="openid\n\n patient/*.read \n",
        other_names="RH",
    )
    plan.refresh_from_db()
    assert (plan.states, plan.lines_of_business) == (["ME", "OH"], ["dental"])
    assert plan.scopes == ["openid", "patient/*.read"]
    assert Plan.objects.named("rh").in_state("OH").exists()


def test_a_new_plan_can_be_added(operator: Client, plan: Plan) -> None:
    plan.slug, plan.name = "second", "Second"
    response = operator.post(
        "/admin/plans/plan/add/", sent(plan, token_auth="client_secret_post", client_secret=SECRET)
    )
    assert response.status_code == 302
    assert client_secret(Plan.objects.get(slug="second")) == SECRET


def test_discovery_can_be_asked_from_the_list(operator: Client, served_plan: Plan, payer: Payer) -> None:
    chosen = {"action": "check_discovery", "_selected_action": [str(served_plan.pk)]}
    html = operator.post("/admin/plans/plan/", chosen, follow=True).content.decode()
    assert "could not be had" in html
    payer.serves(
        "/fhir/r4/.well-known/smart-configuration",
        '{"authorization_endpoint": "https://login.example.com/a", "token_endpoint": "https://login.example.com/t"}',
    )
    html = operator.post("/admin/plans/plan/", chosen, follow=True).content.decode()
    assert "sign-in at https://login.example.com/a" in html


def test_members_and_visitors_do_not_get_in(alice_client: Client, client: Client, plan: Plan) -> None:
    for browser in (alice_client, client):
        response = browser.get(f"/admin/plans/plan/{plan.pk}/change/")
        assert response.status_code == 302
        assert "riverside" not in response.content.decode()
