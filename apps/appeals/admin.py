"""Where operators tick the rules of appeals that they compared with the official page."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
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
    change_list_template = "admin/appeals/change_list.html"
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
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, and above it the rows that wait, each with the form that ticks it."""
        waiting = _waiting() if self.has_add_permission(request) else []
        context = {
            "waiting": waiting,
            "groups": _by_kind(waiting),
            "number": len(rules.rules()),
            "today": timezone.localdate().isoformat(),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})


@dataclass(frozen=True)
class Waiting:
    """A row that nobody compared within a year as it is now: how it reads, and where it is ticked."""

    rule: rules.Rule
    length: str
    address: str


def _waiting() -> list[Waiting]:
    """Return the rows that wait, those by which days are counted first; a tick that is over is renewed."""
    holding = CheckedRule.objects.keys(today=timezone.localdate())
    row_of_rule = {row.rule: row.pk for row in CheckedRule.objects.all()}
    add = reverse("admin:appeals_checkedrule_add")
    waiting = [rule for rule in rules.rules() if rule.key not in holding]
    return [
        Waiting(
            rule,
            rules.length(rule.period) if rule.period else "",
            reverse("admin:appeals_checkedrule_change", args=[row_of_rule[rule.key]])
            if rule.key in row_of_rule
            else add,
        )
        for rule in sorted(waiting, key=lambda rule: rule.period is None)
    ]


def _by_kind(waiting: list[Waiting]) -> list[tuple[str, list[Waiting]]]:
    """Return *waiting* by the kind of coverage, the first that a row is for: one page of all is too long."""
    groups: dict[str, list[Waiting]] = {}
    for row in waiting:
        groups.setdefault(rules.NAMES[row.rule.kinds[0]], []).append(row)
    return list(groups.items())


def _told(rule: rules.Rule) -> str:
    length = rules.length(rule.period) if rule.period else ""
    return f"{rule.key} ({rule.law}): {' '.join(filter(None, [length, rule.sentence]))} [{rule.mark}]"
