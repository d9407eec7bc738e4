"""Accounts for operators, and the audit: no address in a list, and no way into a member's records."""

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.actions import sign_out
from apps.accounts.models import Member
from apps.audit.models import AuditEntry
from apps.audit.notices import mail_operators
from config.read_only import NotAdded, NotDeleted, ReadOnly

admin.site.site_header = admin.site.site_title = "Operations"
admin.site.index_title = "Plans, connections, syncs and the listing"


@admin.register(Member)
class MemberAdmin(NotAdded, NotDeleted, admin.ModelAdmin[Member]):
    """Find one account by its exact address, close it or make it an operator's.

    Members sign up themselves, and operators are made on the command line. Deleting here would skip the
    revocation at the plans and list what is private.
    """

    guarded = frozenset({"is_staff", "is_superuser", "groups"})
    guarded_of_operators = frozenset({"is_active"})
    list_display = ["number", "date_joined", "is_active", "is_staff"]
    list_filter = ["is_active", "is_staff"]
    ordering = ["-date_joined"]
    search_fields = ["email__iexact"]
    search_help_text = "The whole e-mail address"
    fields = ["id", "date_joined", "last_login", "is_active", "is_staff", "is_superuser", "groups"]

    @admin.display(description="number", ordering="pk")
    def number(self, member: Member) -> str:
        """As commands and the audit call the account."""
        return str(member.pk)

    def get_readonly_fields(self, request: HttpRequest, obj: Member | None = None) -> list[str]:
        """Only a superuser makes operators; nobody changes what happened or opens what is being erased."""
        facts = ["id", "date_joined", "last_login"]
        if obj is not None and obj.closing_at is not None:
            facts.append("is_active")
        return (
            facts
            if getattr(request.user, "is_superuser", False)
            else [*facts, "is_staff", "is_superuser", "groups"]
        )

    def has_change_permission(self, request: HttpRequest, obj: Member | None = None) -> bool:
        """Only a superuser touches operators: else one who may suspend members could suspend him (S-02)."""
        is_operators = obj is not None and not obj.may_use_plans
        return super().has_change_permission(request, obj) and (
            not is_operators or bool(getattr(request.user, "is_superuser", False))
        )

    def save_model(self, request: HttpRequest, obj: Member, form: ModelForm[Member], change: bool) -> None:  # noqa: ARG002
        """Whoever becomes an operator, or is none any more, signs in anew (W-12); operators hear of it."""
        guarded = self.guarded if obj.may_use_plans else self.guarded | self.guarded_of_operators
        changed = set(form.changed_data)
        if rights := sorted(guarded & changed):
            changed.add("rights_changed_at")
            obj.rights_changed_at = timezone.now()
            lines = [f"Of {obj}: {', '.join(rights)}.", f"Changed by: {request.user}."]
            mail_operators("What an operator may do was changed", lines)
        # These columns alone: what the member changed since the form was filled in stays.
        obj.save(update_fields=changed - {"groups"})
        is_other = bool({"is_staff", "is_superuser"} & changed)
        if is_other or "is_active" in changed:
            # A suspension stops what is asked by itself: who is let in again goes on as before.
            sign_out(member=obj, rests=is_other)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, admin.ModelAdmin[AuditEntry]):
    """What operators and commands changed; for auditors, and nobody changes it."""

    list_display = ("number", "at", "actor", "action", "subject")
    list_filter = ("action",)
    search_fields = ("=actor", "=subject")
    search_help_text = "The whole actor or subject, as it stands in the list"
    date_hierarchy = "at"
    fields = ("number", "at", "actor", "action", "subject", "changes", "key_name", "code")
    readonly_fields = fields
    actions = None
