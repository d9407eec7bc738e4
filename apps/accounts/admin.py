"""Accounts for the operator: never an address in a list, never a way into a member's records."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts.models import Member

admin.site.site_header = "Plainclaim operations"
admin.site.site_title = "Plainclaim"
admin.site.index_title = "Plans, connections, syncs and the listing"


@admin.register(Member)
class MemberAdmin(admin.ModelAdmin[Member]):
    """Find one account by its exact address, close it or make it an operator's."""

    list_display: ClassVar = ["pk", "date_joined", "is_active", "is_staff"]
    list_filter: ClassVar = ["is_active", "is_staff"]
    ordering: ClassVar = ["-date_joined"]
    search_fields: ClassVar = ["email__iexact"]
    search_help_text = "The whole e-mail address"
    fields: ClassVar = ["id", "date_joined", "last_login", "is_active", "is_staff", "is_superuser", "groups"]
    readonly_fields: ClassVar = ["id", "date_joined", "last_login"]
    filter_horizontal: ClassVar = ["groups"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Member], search_term: str
    ) -> tuple[QuerySet[Member], bool]:
        """Match the whole address only: no browsing by parts of a name."""
        del request
        if not search_term.strip():
            return queryset, False
        return queryset.filter(email__iexact=search_term.strip()), False
