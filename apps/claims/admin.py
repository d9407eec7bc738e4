"""For operators: what the plans' claims hold that we do not understand. No claim, no value, no member."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.claims.models import NotUnderstood


@admin.register(NotUnderstood)
class NotUnderstoodAdmin(admin.ModelAdmin[NotUnderstood]):
    """Which elements and code systems to learn next, by plan and by how many claims have them."""

    list_display = ("plan", "element", "system", "claims", "first_seen_at", "last_seen_at")
    list_filter = ("plan",)
    list_select_related = ("plan",)
    ordering = ("-claims", "element")
    fields = ("plan", "element", "system", "claims", "first_seen_at", "last_seen_at")
    readonly_fields = fields
    actions = None

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Counted while claims are saved."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Counted while claims are saved."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Nothing in it is anybody's."""
        return False
