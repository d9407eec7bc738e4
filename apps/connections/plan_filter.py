"""The filter of lists by plan: a field to choose from, since a hundred plans are no column of links."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Q

from apps.connections.models import Connection
from apps.plans.querysets import REGISTERED


class PlanFilter(admin.RelatedFieldListFilter):
    """Django's filter by a related row, of the plans in use alone; it goes by the same parameter."""

    template = "admin/plan_filter.html"
    others: tuple[tuple[str, str], ...] = ()
    """What else the list is narrowed by, which the form hands on."""

    def field_choices(self, field: Any, request: Any, model_admin: Any) -> Any:
        """Plans that we are registered with, or that somebody is or was connected to."""
        in_use = REGISTERED | Q(pk__in=Connection.objects.order_by().values("plan"))
        ordering = self.field_admin_ordering(field, request, model_admin)
        choices = field.get_choices(include_blank=False, ordering=ordering, limit_choices_to=in_use)
        return [(key, str(name)) for key, name in choices]

    def queryset(self, request: Any, queryset: Any) -> Any:
        """All rows where "All plans" was chosen, which a form sends as an empty value."""
        return queryset if list(self.lookup_val or ()) == [""] else super().queryset(request, queryset)

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Each plan as an option of the field."""
        ours = self.expected_parameters()
        self.others = tuple(pair for pair in changelist.params.items() if pair[0] not in ours)
        for key, name in self.lookup_choices:
            yield {
                "selected": str(key) in (self.lookup_val or ()),
                "query_string": str(key),
                "display": name,
            }
