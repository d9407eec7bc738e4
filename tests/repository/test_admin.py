"""The operators' site as a whole: what is in it, and that its addresses answer nothing else."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client, RequestFactory

from apps.accounts.models import Member

REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
ENDINGS = ["", "__exact", "__startswith", "__iexact", "__regex", "__contains", "__gt", "__lte", "__in"]
ELSEWHERE = ["email", "password", "pk", "client_id", "sealed_client_secret", "member__email__startswith"]


@pytest.fixture
def viewer(db: None) -> Client:
    """Return the browser of an operator who may look at everything and change nothing."""
    who = Member.objects.create_user("viewer@example.com", "a long password of the viewer", is_staff=True)
    who.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def questions(model: type[Model]) -> list[str]:
    """Return every field of *model* that the list offers no filter for, with what may be asked of it."""
    site_admin = admin.site._registry[model]
    offered = {site_admin.date_hierarchy}
    for each in site_admin.list_filter:
        offered.add(getattr(each, "parameter_name", None) or (each if isinstance(each, str) else each[0]))
    own = [field.name for field in model._meta.get_fields() if field.name not in offered]
    return [name + ending for name in own for ending in ENDINGS] + [
        f"{name}__{far}" for name in ("member", "connection", "plan", "attempt") for far in ELSEWHERE
    ]


def test_only_our_own_models_are_in_it() -> None:
    """Authenticators, addresses, sessions and the queue of packages show members, or open an account."""
    labels = {model._meta.label for model in REGISTERED}
    assert {"accounts.Member", "connections.Connection", "plans.Plan", "sync.SyncRun"} <= labels
    assert {model._meta.label for model in REGISTERED if not model.__module__.startswith("apps.")} == {
        "auth.Group"
    }


def test_no_operator_adds_a_passkey_to_a_member(viewer: Client) -> None:
    assert viewer.get("/admin/mfa/authenticator/add/").status_code == 404


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_a_list_answers_no_question_beyond_its_filters(model: type[Model], rf: RequestFactory) -> None:
    """`?password__startswith=` would tell letter by letter what no page shows."""
    site_admin = admin.site._registry[model]
    asked = questions(model)
    assert len(asked) > 20
    assert [each for each in asked if site_admin.lookup_allowed(each, "a", rf.get("/"))] == []


@pytest.mark.parametrize(
    "address",
    [
        "accounts/member/?email__startswith=alic",
        "accounts/member/?password__startswith=argon2",
        "accounts/member/?email__regex=^ali",
        "connections/connection/?member__exact=00000000-0000-0000-0000-000000000007",
        "connections/connection/?member__email=alice@example.com",
        "connections/connection/?plan__client_id__startswith=a",
        "sync/syncrun/?connection__member__email__startswith=a",
        "plans/plan/?sealed_client_secret__gt=a",
    ],
)
def test_such_a_question_is_refused(viewer: Client, address: str) -> None:
    assert viewer.get(f"/admin/{address}").status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "accounts/member/?is_active__exact=1",
        "connections/connection/?status__exact=active&plan__id__exact=1",
        "connections/attempt/?started_at__gte=2026-11-01&started_at__lt=2026-12-01&failure=PlanBusy",
        "connections/attempt/?started_at__year=2026&started_at__month=11&started_at__day=25",
        "sync/syncrun/?state__exact=done&connection__plan__id__exact=1&created_at__year=2026",
        "plans/plan/?drift=yes&profile=standard&imported_from__isnull=True",
    ],
)
def test_the_filters_that_are_shown_still_work(viewer: Client, address: str) -> None:
    page = viewer.get(f"/admin/{address}")
    assert page.status_code == 200
    assert page.context["cl"].get_filters_params()
