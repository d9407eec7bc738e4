"""Connections for operators: which plan, what state, since when. Never whose, never a token."""

from django.contrib import admin
from django.http import HttpRequest

from apps.connections.models import Connection


@admin.register(Connection)
class ConnectionAdmin(admin.ModelAdmin[Connection]):
    """Read only: members connect and disconnect, operators look on."""

    list_display = ("id", "plan", "status", "connected_at", "access_expires_at")
    list_filter = ("status", "plan")
    list_select_related = ("plan",)
    ordering = ("-connected_at",)
    fields = (
        "id",
        "plan",
        "status",
        "connected_at",
        "access_expires_at",
        "tokens_version",
        "refresh_lease_until",
    )
    readonly_fields = fields
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Only a member can say yes at a plan."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Connection | None = None) -> bool:  # noqa: ARG002
        """Nothing here is for operators to change."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Connection | None = None) -> bool:  # noqa: ARG002
        """Deleting without revoking at the plan would leave a live permission there."""
        return False
