"""For operators: what the plans' claims hold that we do not understand. No claim, no value, no member."""

from django.contrib import admin

from apps.connections.admin import PlanFilter
from apps.kinds.claim.models import NotUnderstood
from config.read_only import ReadOnly


@admin.register(NotUnderstood)
class NotUnderstoodAdmin(ReadOnly, admin.ModelAdmin[NotUnderstood]):
    """Which elements and code systems to learn next, by plan and by how many claims have them."""

    list_display = ("plan", "element", "system", "claims", "first_seen_at", "last_seen_at")
    list_filter = (("plan", PlanFilter),)
    search_fields = ("element", "plan__name")
    list_select_related = ("plan",)
    ordering = ("-claims", "element")
    fields = ("plan", "element", "system", "claims", "first_seen_at", "last_seen_at")
    readonly_fields = fields
    actions = None
