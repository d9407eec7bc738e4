"""S-01: what whoever has the open browser of one operator, or one operator alone, cannot do."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.core import mail
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import endings
from apps.connections.models import Connection
from apps.listing.models import AppListing
from apps.plans import held_changes, plan_pause
from apps.plans.models import HeldChange, Plan
from apps.plans.registrations import Registration
from tests.conftest import by_passkey
from tests.plans.test_admin import edit, register
from tests.plans.test_held_changes import THIEF, at_stake, decide
from tests.registered import registered

__all__ = ["at_stake"]
LATE = "Nothing was saved"


def aged(client: Client) -> None:
    """Let six minutes pass since the passkey was used."""
    session = client.session
    (record,) = session["account_authentication_methods"]
    session["account_authentication_methods"] = [{**record, "at": time.time() - 360}]
    session.save()


def test_an_operator_whom_another_made_today_is_no_second_one(
    operator: Client, at_stake: Plan, alice: Member, django_capture_on_commit_callbacks: Any
) -> None:
    """Else a superuser makes the second operator of an account of his own, and waits for nobody."""
    with django_capture_on_commit_callbacks(execute=True):
        operator.post(
            reverse("admin:accounts_member_change", args=[alice.pk]),
            {"is_active": "on", "is_staff": "on", "is_superuser": "on"},
        )
    assert {to for message in mail.outbox for to in message.to} >= {"olive@example.com"}
    assert all(alice.email not in f"{message.subject} {message.body}" for message in mail.outbox)
    alice.refresh_from_db()
    edit(operator, at_stake, token_url=THIEF)
    Member.objects.filter(pk=alice.pk).update(rights_changed_at=alice.rights_changed_at - timedelta(hours=23))
    assert "less than a day" in decide(by_passkey(alice), at_stake, "accept")
    at_stake.refresh_from_db()
    assert at_stake.token_url != THIEF
    Member.objects.filter(pk=alice.pk).update(rights_changed_at=timezone.now() - timedelta(days=1))
    assert "the change was made" in decide(by_passkey(alice), at_stake, "accept")
    assert not HeldChange.objects.exists()


def test_s_01_who_tried_a_plan_first_does_not_open_it_by_that_alone(
    operator: Client, alice: Member, bob: Member
) -> None:
    """S-01: nor by ending it again, nor once they are no operator any more; a member's connection does."""
    hill = Plan.objects.create(
        slug="hill", name="Hill", fhir_base_url="https://hill.example/fhir", registration=registered("x")
    )
    olive = Member.objects.get(email="olive@example.com")
    there: Any = {"plan": hill, "sealed_patient": b""}
    tried = Connection.objects.create(member=olive, connected_at=timezone.now(), **there)
    assert not held_changes.opens_at_once(hill, hill, by=olive)
    Member.objects.filter(pk=bob.pk).update(rights_changed_at=timezone.now())
    Connection.objects.create(member=bob, connected_at=timezone.now(), **there)
    assert not held_changes.opens_at_once(hill, hill, by=olive)
    endings.keep(connection=tried, now=timezone.now())
    assert not held_changes.opens_at_once(hill, hill, by=olive)
    Connection.objects.create(member=alice, connected_at=timezone.now(), **there)
    assert held_changes.opens_at_once(hill, hill, by=olive)


GUARDED = {
    "pkce": "never", "aud": "https://thief.example/fhir", "send_aud": "false", "scopes": "openid",
    "token_auth": "client_secret_post", "authorize_parameters": "login_hint=x", "revocation": "none",
    "redirect": "shared", "patient_lookup": "search", "profile": "smarthealthit",
    "website": "https://thief.example/", "system_id": "thief", "registration": "",
}  # fmt: skip
FREE = {"stop_plan", "stop_change", "end_sessions", "run_checks", "ask_again_now", "forget"}
"""What only stops something, looks, or asks anew what was asked: nobody waits for a passkey then."""


def test_plans_and_registrations_are_deleted_only_minutes_after_the_passkey(operator: Client) -> None:
    """With them go their addresses and our client's secret."""
    doomed = [
        Plan.objects.create(slug="hill", name="Hill", fhir_base_url="https://hill.example/fhir"),
        registered("a house", "x"),
    ]
    fresh = operator.session["account_authentication_methods"]
    aged(operator)
    for row in doomed:
        label = row._meta.model_name
        ways = {
            reverse(f"admin:plans_{label}_changelist"): {
                "action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes",
            },
            reverse(f"admin:plans_{label}_delete", args=[row.pk]): {"post": "yes"},
        }  # fmt: skip
        for path, form in ways.items():
            assert "/reauthenticate/" in operator.post(path, form).headers["Location"]
        assert type(row).objects.filter(pk=row.pk).exists()
    session = operator.session
    session["account_authentication_methods"] = fresh
    session.save()
    operator.post(path, form)
    assert not type(row).objects.filter(pk=row.pk).exists()


def test_how_members_sign_in_changes_only_minutes_after_the_passkey(operator: Client, plan: Plan) -> None:
    """No PKCE, another audience, no revocation: each weakens every trip to the plan."""
    before = Plan.objects.values().get(pk=plan.pk)
    aged(operator)
    for field, value in GUARDED.items():
        assert LATE in edit(operator, plan, **{field: value}), field
        assert Plan.objects.values().get(pk=plan.pk) == before
    assert LATE not in edit(operator, plan, notes="not guarded", refresh_hours="12")


@pytest.mark.parametrize(("field", "value"), [
    ("client_id", "theirs"), ("client_secret", "a secret of theirs"), ("remove_client_secret", "on"),
    ("environment", "sandbox"),
])  # fmt: skip
def test_s_01_who_we_are_changes_only_minutes_after_the_passkey(
    operator: Client, at_stake: Plan, field: str, value: str
) -> None:
    fresh, rows = operator.session["account_authentication_methods"], Registration.objects.values()
    before = rows.get()
    aged(operator)
    assert LATE in register(operator, at_stake.registration, **{field: value})
    assert rows.all().get() == before
    session = operator.session
    session["account_authentication_methods"] = fresh
    session.save()
    register(operator, at_stake.registration, **{field: value})
    name = "sealed_client_secret" if field.endswith("client_secret") else field
    assert rows.all().get()[name] != before[name]


def test_whom_members_and_reviewers_turn_to_changes_only_minutes_after_the_passkey(operator: Client) -> None:
    listing = AppListing.objects.for_editing()
    url = reverse("admin:listing_applisting_change", args=[listing.pk])
    page = operator.get(url).context
    form, prefix = page["adminform"].form, page["inline_admin_formsets"][0].formset.prefix
    sent = {key: form[key].value() or "" for key in form.fields}
    sent |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    aged(operator)
    for name in ("website", "support_url", "security_email", "operator"):
        value = "thief@thief.example" if "email" in name else "https://thief.example/"
        answer = operator.post(url, {**sent, name: value})
        assert (answer.status_code, LATE in answer.content.decode()) == (200, True), name
        assert getattr(AppListing.objects.get(), name) != value


def test_a_plan_is_stopped_and_opened_again_by_the_buttons_alone(operator: Client, plan: Plan) -> None:
    """They show what it is about, ask for a reason and give a receipt; the form would do it by one press."""
    assert "asks for a reason" in edit(operator, plan, status="paused")
    assert not Plan.objects.get().is_paused
    plan_pause.stop(plan, reason="it was broken into", now=timezone.now())
    plan.refresh_from_db()
    assert "asks for a reason" in edit(operator, plan, status="confirmed")
    assert Plan.objects.get().is_paused
    assert "asks for a reason" not in edit(operator, plan, notes="x")


def test_a_stopped_plan_is_opened_again_only_minutes_after_the_passkey(operator: Client, plan: Plan) -> None:
    plan_pause.stop(plan, reason="it was broken into", now=timezone.now())
    form = {"action": "resume_plan", "_selected_action": str(plan.pk), "decision": "do", "reason": "x"}
    aged(operator)
    answer = operator.post("/admin/plans/plan/", form)
    assert answer["Location"].startswith("/account/2fa/webauthn/reauthenticate/")
    on_its_page = {**form, "CHANGE_FORM-action": "resume_plan"}
    del on_its_page["action"]
    answer = operator.post(f"/admin/plans/plan/{plan.pk}/change/", on_its_page)
    assert answer["Location"].startswith("/account/2fa/webauthn/reauthenticate/")
    assert Plan.objects.get().is_paused


def test_every_button_but_what_stops_or_looks_asks_for_the_passkey_of_minutes_ago(operator: Client) -> None:
    """Also one that nobody has thought of yet."""
    aged(operator)
    request = RequestFactory().get("/")
    request.user = Member.objects.get(email="olive@example.com")
    asked, free = set(), set()
    for model, page in admin.site._registry.items():
        place = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        names = set(page.get_actions(request))
        free |= names & FREE
        for name in names - FREE:
            answer = operator.post(place, {"action": name, "_selected_action": ["1"]})
            assert "/reauthenticate/" in answer.get("Location", ""), (place, name)
            asked.add(name)
    assert free == FREE
    assert asked >= {"decide_changes", "mail_members", "end_permissions", "swap_secret", "rotate"}


def test_the_admin_has_no_second_way_to_change_a_password(operator: Client) -> None:
    """Django's own sends no mail, stands in no log, and asks for no passkey."""
    for method in (operator.get, operator.post):
        assert method("/admin/password_change/")["Location"] == "/account/password/change/"
