"""What the database itself refuses, and the searches of the directory."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from apps.plans.models import Plan
from apps.plans.secrets import client_secret
from apps.vault.errors import SealBroken
from tests.plans.conftest import make
from tests.registered import registered


@pytest.mark.parametrize(
    "values",
    [
        {"slug": "taken"},
        {"slug": ""},
        {"name": ""},
        {"fhir_base_url": "ftp://x.example.com"},
        {"status": "fine"},
    ],
)
def test_the_database_refuses_what_no_plan_can_be(db: None, values: dict[str, Any]) -> None:
    make("taken")
    with pytest.raises(IntegrityError), transaction.atomic():
        make(**{"slug": "other", "fhir_base_url": "https://x.example.com", **values})


NO_QUIRKS: list[dict[str, Any]] = [
    {"token_auth": "basic"}, {"pkce": "maybe"}, {"pkce": ""}, {"pkcee": "never"},
    {"page_size": 0}, {"page_size": 1001}, {"page_size": True},
    {"scopes": ["openid fhirUser"]}, {"scopes": "openid"}, {"back_link": "a\x00b"},
]  # fmt: skip


def test_what_is_no_quirk_or_no_value_of_one_is_not_stored_by_any_way(db: None) -> None:
    plan = make("taken")
    for own in NO_QUIRKS:
        for write in (
            lambda own=own: make("other", own_quirks=own),
            lambda own=own: Plan.objects.update(own_quirks=own),
            lambda own=own: Plan.objects.bulk_create([Plan(slug="b", name="B", own_quirks=own)]),
        ):
            with pytest.raises(ValueError, match="cannot be stored"), transaction.atomic():
                write()
    assert list(Plan.objects.values_list("slug", "own_quirks")) == [(plan.slug, {})]


def test_what_an_older_release_said_about_a_quirk_that_is_gone_is_not_read(db: None) -> None:
    make("old")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE plans_plan SET own_quirks = %s", ['{"gone": 1, "pkce": "never"}'])
    plan = Plan.objects.get()
    assert plan.own_quirks == {"pkce": "never"}
    plan.save()
    assert plan.quirks.pkce == "never"


def test_all_words_in_any_order_case_and_accents_aside(db: None) -> None:
    make("sc", name="Salud Cañón, Inc.", other_names=["CañónCare"])
    make("other", name="Other Plan")
    for text in ("canon salud", "SALUD CANON inc", "cañoncare", "canón", "  salud   ", "salud, cañón"):
        assert [plan.slug for plan in Plan.objects.named(text)] == ["sc"], text
    assert not Plan.objects.named("salud other").exists()
    assert Plan.objects.named(" %_ ").count() == 2  # punctuation asks for nothing
    assert not Plan.objects.named("\\").exclude(search_name="").named("zzz").exists()


def test_a_changed_name_is_found_even_when_only_that_column_is_saved(db: None) -> None:
    plan = make("a", name="Before")
    plan.name = "After"
    plan.save(update_fields=["name"])
    assert Plan.objects.named("after").exists()


def test_a_plan_that_names_no_state_or_kind_is_found_under_each(db: None) -> None:
    make("everywhere")
    make("maine", states=["ME"], lines_of_business=["dental"])
    make("ohio", states=["OH", "MI"], lines_of_business=["medicare_advantage"])
    assert {plan.slug for plan in Plan.objects.in_state("ME")} == {"everywhere", "maine"}
    assert {plan.slug for plan in Plan.objects.covering("medicare")} == {"everywhere"}
    assert {plan.slug for plan in Plan.objects.covering("dental")} == {"everywhere", "maine"}


def test_connectable_plans_come_first_and_both_rules_agree(db: None) -> None:
    make("aaa")
    make("bbb", registration=registered("x"), status="unconfirmed")
    make("ccc", registration=registered("x"), status="paused")
    make("ddd", registration=registered("x"), is_listed=False)
    make("zzz", registration=registered("x"))
    assert Plan.objects.listed().best_first()[0].slug == "zzz"
    assert [plan.slug for plan in Plan.objects.connectable()] == ["zzz"]
    assert [plan.slug for plan in Plan.objects.all() if plan.is_open()] == ["zzz"]


def test_a_secret_moved_to_another_registration_does_not_open(db: None) -> None:
    first, other = registered("one", "made-up"), registered("other")
    assert client_secret(first) == "made-up"
    assert client_secret(other) is None
    other.sealed_client_secret = first.sealed_client_secret
    with pytest.raises(SealBroken, match=str(other.pk)):
        client_secret(other)


def test_a_plan_of_an_old_database_whose_name_says_nothing_is_named_by_its_host(db: None) -> None:
    """Every page named a connection by nothing; a name that says something stays as it is."""
    make("named", name="Plan 9")
    make("nameless", fhir_base_url="https://fhir.acme.example/r4")
    Plan.objects.filter(slug="nameless").update(name=" \u200b")
    import_module("apps.plans.migrations.0008_named_by_host").named_by_host(apps, None)
    assert [*Plan.objects.order_by("slug").values_list("name", flat=True)] == ["Plan 9", "fhir.acme.example"]
    assert [plan.slug for plan in Plan.objects.named("acme")] == ["nameless"]
