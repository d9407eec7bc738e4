"""Connections for operators: which plan, what state, since when. Never whose, never a token."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps.connections import (
    attempt_admin,  # noqa: F401 - registers itself
    client_keys,
)
from apps.connections.models import ClientKey, Connection, Revocation
from apps.connections.tasks import ask_soon


@admin.register(Connection)
class ConnectionAdmin(admin.ModelAdmin[Connection]):
    """Read only: members connect and disconnect, operators look on."""

    view_on_site = False  # the page is the member's alone

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


@admin.register(Revocation)
class RevocationAdmin(admin.ModelAdmin[Revocation]):
    """Read only: which plans still have to forget a permission, and why they have not. Never whose."""

    list_display = (
        "id", "plan", "state", "proof", "attempts", "next_try_at", "problem", "created_at", "ended_at",
        "access_ends_at",
    )  # fmt: skip
    list_filter = ("state", "proof", "problem", "plan")
    list_select_related = ("plan",)
    ordering = ("-created_at",)
    fields = list_display
    readonly_fields = fields
    actions = ("ask_again_now",)

    @admin.action(description="Ask the plan again now", permissions=["ask_again"])
    def ask_again_now(self, request: HttpRequest, queryset: QuerySet[Revocation]) -> None:
        """Make the chosen ones due; what is over has no token left to ask with. Written to the admin log."""
        waiting = list(queryset.filter(state=Revocation.State.WAITING))
        Revocation.objects.filter(pk__in=[row.pk for row in waiting], state=Revocation.State.WAITING).update(
            next_try_at=timezone.now()
        )
        for row in waiting:
            self.log_change(request, row, "Asked the plan again now.")
            ask_soon(row.pk)
        left = queryset.count() - len(waiting)
        messages.info(request, f"{len(waiting)} are asked again now; {left} are over.")

    def has_ask_again_permission(self, request: HttpRequest) -> bool:
        """Whoever may change revocations, though nothing of one is edited: looking on sends nothing out."""
        return request.user.has_perm("connections.change_revocation")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """They begin when a permission ends."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Revocation | None = None) -> bool:  # noqa: ARG002
        """Nothing here is for operators to change."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Revocation | None = None) -> bool:  # noqa: ARG002
        """Deleting one would leave a live permission at the plan, and a receipt without an answer."""
        return False


@admin.register(ClientKey)
class ClientKeyAdmin(admin.ModelAdmin[ClientKey]):
    """Our signing keys by name and date. Neither half is shown; the public one is in /app/jwks.json."""

    list_display = ("kid", "alg", "created_at", "sign_from", "publish_until")
    list_filter = ("alg",)
    ordering = ("-sign_from",)
    fields = list_display
    readonly_fields = list_display
    actions = ("rotate",)

    @admin.action(description="Publish a successor that signs from tomorrow on", permissions=["rotate"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[ClientKey]) -> None:
        """One new key per algorithm of the chosen ones."""
        for alg in sorted(set(queryset.values_list("alg", flat=True))):
            key = client_keys.rotate(alg=alg, now=timezone.now())
            self.message_user(request, f"{alg}: {key.kid} signs from {key.sign_from:%Y-%m-%d %H:%M} UTC on.")

    def has_rotate_permission(self, request: HttpRequest) -> bool:
        """Whoever may change keys may have them replaced."""
        return request.user.has_perm("connections.change_clientkey")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Keys are made on first use, and by rotating."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: ClientKey | None = None) -> bool:  # noqa: ARG002
        """Dates of a key that plans already know are not for editing."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ClientKey | None = None) -> bool:  # noqa: ARG002
        """A key that is gone at once locks us out of every plan that still has it in a cache."""
        return False
