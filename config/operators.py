"""The operators' site (`/admin/`): our own models only, and no question beyond the filters that are shown."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest

ALSO: Final = frozenset({"auth.Group"})
"""Which operators may do what. Nothing else of other packages: sign-in data and queues show members."""
# What the filters of a list and its date bar append to the name of a field.
ENDINGS: Final = frozenset({"", "exact", "id__exact", "isnull", "in", "gte", "lt", "year", "month", "day"})


class OnlyShownFilters:
    """Mixed into every ModelAdmin of the site.

    Django lets the address of a list ask anything of the model's own fields: `?email__startswith=a` and
    `?password__startswith=` answer letter by letter what no page shows.
    """

    def lookup_allowed(self: Any, lookup: str, _value: Any, request: HttpRequest) -> bool:
        """Whether *lookup* belongs to a filter of the list or to its date bar."""
        shown = self.get_list_filter(request)
        if any(isinstance(each, type) and lookup == getattr(each, "parameter_name", None) for each in shown):
            return True
        fields = [each if isinstance(each, str) else each[0] for each in shown if not isinstance(each, type)]
        return any(
            lookup == name or (lookup.startswith(f"{name}__") and lookup[len(name) + 2 :] in ENDINGS)
            for name in filter(None, [*fields, self.date_hierarchy])
        )


class OperatorSite(admin.AdminSite):
    """Django's site, closed to what it was not told about."""

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take our own models, and silently leave out those that packages bring along."""
        models = model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        base = admin_class or admin.ModelAdmin
        for model in models:
            if model.__module__.startswith("apps.") or model._meta.label in ALSO:
                limited = type(base.__name__, (OnlyShownFilters, base), {"__module__": base.__module__})
                super().register(model, limited, **options)


class OperatorsConfig(AdminConfig):
    """Django's admin with our site."""

    default_site = "config.operators.OperatorSite"

    def ready(self) -> None:
        """Also the place where the project's own system checks are made known."""
        super().ready()
        from config import deploy_checks, old_database  # noqa: F401, PLC0415 - they register themselves
