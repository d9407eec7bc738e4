"""The operators' site as a whole: what is in it, and that its addresses answer nothing else."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection as database
from django.db.models import Model, QuerySet
from django.test import Client, RequestFactory
from django.urls import reverse

from apps.accounts.models import Member
from apps.accounts.operators import ROLES
from apps.plans.models import Plan
from tests.conftest import by_passkey

REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
ENDINGS = ["", "__exact", "__startswith", "__iexact", "__regex", "__contains", "__gt", "__lte", "__in"]
ELSEWHERE = ["email", "password", "pk", "client_id", "sealed_client_secret", "member__email__startswith"]


@pytest.fixture
def viewer(db: None) -> Client:
    """Return the browser of an operator who may look at everything and change nothing."""
    who = Member.objects.create_user("viewer@example.com", "a long password of the viewer", is_staff=True)
    who.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return by_passkey(who)


def questions(model: type[Model]) -> list[str]:
    """Return every field of *model* that the list offers no filter for, with what may be asked of it."""
    site_admin = admin.site._registry[model]
    offered = {site_admin.date_hierarchy}
    for listed in site_admin.list_filter:
        offered.add(
            getattr(listed, "parameter_name", None) or (listed if isinstance(listed, str) else listed[0])
        )
    own = [field.name for field in model._meta.get_fields() if field.name not in offered]
    return [name + ending for name in own for ending in ENDINGS] + [
        f"{name}__{far}" for name in ("member", "connection", "plan", "attempt") for far in ELSEWHERE
    ]


def test_only_our_own_models_are_in_it() -> None:
    """Authenticators, addresses, sessions and the queue of packages show members, or open an account."""
    labels = {model._meta.label for model in REGISTERED}
    assert {"accounts.Member", "connections.Connection", "plans.Plan", "sync.SyncRun"} <= labels
    assert {model._meta.label for model in REGISTERED if not model.__module__.startswith("apps.")} == set()


def test_no_operator_adds_a_passkey_to_a_member(viewer: Client) -> None:
    assert viewer.get("/admin/mfa/authenticator/add/").status_code == 404


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_a_list_answers_no_question_beyond_its_filters(model: type[Model], rf: RequestFactory) -> None:
    """`?password__startswith=` would tell letter by letter what no page shows."""
    site_admin = admin.site._registry[model]
    asked = questions(model)
    assert len(asked) > 20
    assert [question for question in asked if site_admin.lookup_allowed(question, "a", rf.get("/"))] == []


@pytest.mark.parametrize(
    "address",
    [
        "accounts/member/?email__startswith=alic",
        "connections/connection/?plan__registration__client_id__startswith=a",
        "sync/syncrun/?connection__member__email__startswith=a",
    ],
)
def test_such_a_question_is_refused(viewer: Client, address: str) -> None:
    assert viewer.get(f"/admin/{address}").status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "accounts/member/?is_active__exact=1",
        "connections/connection/?status__exact=active&plan__id__exact=1",
        "connections/attempt/?started_at__gte=2026-11-01+00:00:00%2B00:00&started_at__lt=2026-12-01+00:00:00%2B00:00&failure=PlanBusy",
        "connections/attempt/?started_at__year=2026&started_at__month=11&started_at__day=25",
        "sync/syncrun/?state__exact=done&connection__plan__id__exact=1&created_at__year=2026",
        "plans/plan/?waits=drift&profile=standard&imported_from__isnull=True",
    ],
)
def test_the_filters_that_are_shown_still_work(viewer: Client, address: str) -> None:
    page = viewer.get(f"/admin/{address}")
    assert page.status_code == 200
    assert page.context["cl"].get_filters_params()


MAY_CHANGE = {
    "support": set(),
    "plans": {
        "plans.Plan",
        "plans.Registration",
        "listing.AppListing",
        "listing.Logo",
        "appeals.CheckedRule",
    },
    "security": {"accounts.Member"},
    "auditor": set(),
}


MAY_PRESS = {
    "plans": {
        "plans.Plan": {
            "run_checks", "decide_addresses", "decide_changes", "stop_plan", "resume_plan", "end_permissions",
            "mail_members", "stop_change",
        },
        "plans.Registration": {"swap_secret", "register_client", "update_client", "end_client"},
        "sync.PlanPace": {"forget"},
    },
    "security": {
        "accounts.Member": {"end_sessions"},
        "connections.ClientKey": {"rotate"},
        "connections.Revocation": {"ask_again_now"},
    },
}  # fmt: skip


def in_role(role: str) -> Client:
    """Return the browser of an operator who has this role."""
    who = Member.objects.create_user(f"{role}@example.com", "a long password of a role", is_staff=True)
    who.groups.set([Group.objects.get(name=role)])
    return by_passkey(who)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_s_02_a_role_opens_what_it_names_and_nothing_else(role: str, rf: RequestFactory) -> None:
    client = in_role(role)
    request = rf.get("/")
    request.user = Member.objects.get()
    for model in REGISTERED:
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        sees = f"{model._meta.app_label}.view_{model._meta.model_name}" in ROLES[role]
        assert client.get(path).status_code == (200 if sees else 403), path

        changes = admin.site._registry[model].has_change_permission(request)
        assert changes is (model._meta.label in MAY_CHANGE[role]), path
        assert not admin.site._registry[model].has_delete_permission(request)
        pressed = set(admin.site._registry[model].get_actions(request))
        assert pressed == MAY_PRESS.get(role, {}).get(model._meta.label, set()), path


@pytest.mark.django_db
def test_w_35_looking_writes_nothing(admin_client: Client) -> None:
    """The list of the one listing made it, whoever looked: also an auditor, and the audit told of none."""
    written = []

    def heard(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(sql)
        return execute(sql, *rest)

    Plan.objects.create(slug="a", name="A", fhir_base_url="https://a.example/fhir")
    pages = {reverse("admin:index"), reverse("admin:support"), reverse("admin:plans_plan_begin")}
    for model in REGISTERED:
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        pages |= {path, f"{path}?q=a", f"{path}add/"}
        pages |= {f"{path}{row.pk}/{end}/" for row in model.objects.all() for end in ("change", "history")}
    with database.execute_wrapper(heard):
        for page in pages:
            assert admin_client.get(page).status_code in (200, 403), page
            admin_client.head(page)
            admin_client.options(page)
    assert written == []


@pytest.mark.django_db
def test_what_is_deleted_while_its_form_is_sent_is_gone_and_no_broken_page(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan.objects.create(slug="a", name="A", fhir_base_url="https://a.example/fhir")
    read = admin.ModelAdmin.get_object

    def read_before(*asked: Any) -> Any:
        row = read(*asked)
        Plan.objects.all().delete()
        return row

    monkeypatch.setattr(admin.ModelAdmin, "get_object", read_before)
    answer = admin_client.post(f"/admin/plans/plan/{plan.pk}/change/", {})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


@pytest.mark.django_db
def test_who_may_not_change_a_row_holds_none(
    viewer: Client, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An auditor's forms would keep others waiting."""
    plan = Plan.objects.create(slug="a", name="A", fhir_base_url="https://a.example/fhir")
    held, hold = [], QuerySet.select_for_update

    def noted(rows: Any, **how: Any) -> Any:
        held.append(rows.model)
        return hold(rows, **how)

    monkeypatch.setattr(QuerySet, "select_for_update", noted)
    for browser, may in ((viewer, False), (admin_client, True)):
        browser.post(f"/admin/plans/plan/{plan.pk}/change/", {})
        assert (Plan in held) is may


@pytest.mark.django_db
def test_s_02_only_superusers_touch_operators(alice: Member) -> None:
    """An operator who may suspend members once closed the superuser."""
    client = in_role("security")
    boss = Member.objects.create_superuser("boss@example.com", "a long password of the boss")
    clerk = Member.objects.create_user("clerk@example.com", "a long password of clerk", is_staff=True)
    for who in (boss, clerk):
        answer = client.post(f"/admin/accounts/member/{who.pk}/change/", {})
        who.refresh_from_db()
        assert (answer.status_code, who.is_active) == (403, True)
    rights = {"is_staff": "on", "is_superuser": "on", "groups": "1"}
    client.post(f"/admin/accounts/member/{alice.pk}/change/", rights)
    alice.refresh_from_db()
    assert (alice.is_active, alice.is_staff, alice.is_superuser) == (False, False, False)
    assert not alice.groups.exists()


@pytest.mark.django_db
def test_s_02_the_roles_are_set_right_again_with_every_migrate() -> None:
    support = Group.objects.get(name="support")
    support.permissions.add(Permission.objects.get(codename="delete_plan"))
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    names = {
        f"{permission.content_type.app_label}.{permission.codename}"
        for permission in support.permissions.all()
    }
    assert names == set(ROLES["support"])
