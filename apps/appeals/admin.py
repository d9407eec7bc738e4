"""Where operators tick the rules of appeals that they compared with the official page."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.appeals import rules
from apps.appeals.models import CheckedRule


class CheckedRuleForm(forms.ModelForm[CheckedRule]):
    """A row of the table, the page that says so, and when it was read."""

    rule = forms.ChoiceField(help_text="Compare law, number and sentence with the official page.")

    class Meta:
        model = CheckedRule
        fields = ["rule", "page", "checked_on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["rule"]
        choice.choices = [(rule.key, _told(rule)) for rule in rules.rules()]

    def clean_checked_on(self) -> date:
        """Nobody has read a page tomorrow."""
        checked_on: date = self.cleaned_data["checked_on"]
        if checked_on > timezone.localdate():
            raise ValidationError("This day is still to come.")
        return checked_on


@admin.register(CheckedRule)
class CheckedRuleAdmin(admin.ModelAdmin[CheckedRule]):
    """Without a tick of the last year members read "usually", and no day."""

    form = CheckedRuleForm
    list_display = ("rule", "law", "checked_on", "holds")
    ordering = ("rule",)

    @admin.display(description="law")
    def law(self, row: CheckedRule) -> str:
        """What the table names as its law."""
        return next((rule.law for rule in rules.rules() if rule.key == row.rule), "gone from the table")

    @admin.display(boolean=True, description="holds")
    def holds(self, row: CheckedRule) -> bool:
        """Whether members are told days by it."""
        return row.rule in CheckedRule.objects.keys(today=timezone.localdate())

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, str] | None = None
    ) -> HttpResponse:
        """The list, and above it how many rows wait."""
        holding = CheckedRule.objects.keys(today=timezone.localdate())
        waiting = [rule.key for rule in rules.rules() if rule.key not in holding]
        if waiting:
            text = f"{len(waiting)} of {len(rules.rules())} rules are not checked: {', '.join(waiting)}."
            self.message_user(request, text, messages.WARNING)
        return super().changelist_view(request, extra_context)


def _told(rule: rules.Rule) -> str:
    length = rules.length(rule.period) if rule.period else ""
    return f"{rule.key} ({rule.law}): {' '.join(filter(None, [length, rule.sentence]))} [{rule.mark}]"
