"""The operators' site (`/admin/`): our own models only, and no question beyond the filters that are shown."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.decorators import login_not_required
from django.db.models.signals import post_migrate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator


class OperatorSite(admin.AdminSite):
    """Django's site, closed to what it was not told about, and to sessions without a passkey."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Only an operator who used a passkey in this session comes in (S-01)."""
        from apps.accounts import operators  # noqa: PLC0415 - models are ready only after this module

        return super().has_permission(request) and bool(operators.used_passkey_at(request))

    index_template = "admin/desk/index.html"
    enable_nav_sidebar = (
        False  # beside it and the filters no list fits a screen of 1280; the desk has the same links
    )

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The desk stands above Django's list of what there is."""
        from apps.desk.page import desk_of  # noqa: PLC0415

        return super().index(request, {**desk_of(request), **(extra_context or {})})

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002
        """Operators sign in where members do: the same rate limits, verification and messages (W-18)."""
        from apps.accounts import operators  # noqa: PLC0415

        return operators.door(request, is_open=self.has_permission(request))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:  # noqa: ARG002
        """Operators change it where members do: with a mail, and an entry in their log (S-06)."""
        return redirect("account_change_password")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Django's; its own scripts write a little markup."""
        from config.headers import for_operators  # noqa: PLC0415

        return for_operators(super().admin_view(view, cacheable))

    def get_urls(self) -> list[Any]:
        """Django's, and the page for a member's support code."""
        from apps.sync import support  # noqa: PLC0415

        page = self.admin_view(support.page)
        return [path("support/", page, name="support"), *super().get_urls()]

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take our own models, and silently leave out those that packages bring along."""
        from config.operator_pages import OperatorPages  # noqa: PLC0415 - models are ready only now

        models = model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        base = admin_class or admin.ModelAdmin
        for model in models:
            if model.__module__.startswith("apps."):
                limited = type(base.__name__, (OperatorPages, base), {"__module__": base.__module__})
                super().register(model, limited, **options)


class OperatorsConfig(AdminConfig):
    """Django's admin with our site."""

    default_site = "config.operators.OperatorSite"

    def ready(self) -> None:
        """Also the place where the project's own system checks are made known."""
        super().ready()
        from apps.accounts.operators import make_groups  # noqa: PLC0415
        from config import deploy_checks  # noqa: F401, PLC0415 - it registers itself

        # This app comes after ours: their permissions are made by then.
        post_migrate.connect(make_groups, sender=self, dispatch_uid="roles")
