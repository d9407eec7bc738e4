"""What every page of the operators' site does: asks for the passkey, writes the audit, answers little."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, ValidationError
from django.db import connection
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from apps.accounts import operators
from apps.audit import trail

# What the filters of a list and its date bar append to the name of a field.
ENDINGS: Final = frozenset({"", "exact", "id__exact", "isnull", "in", "gte", "lt", "year", "month", "day"})


class OperatorPages:
    """Mixed into every ModelAdmin of the site: narrower questions, and a passkey before what matters most.

    `guarded` of a ModelAdmin are fields, `guarded_actions` actions that need one used within minutes (S-01);
    `guarded_of_operators` are further fields, of the rows of operators.
    """

    def get_form(
        self: Any, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> Any:
        """Django's form, which refuses a change of a guarded field until the passkey was used."""
        form = super().get_form(request, obj, change, **options)  # type: ignore[misc]
        guarded: frozenset[str] = getattr(self, "guarded", frozenset())
        if not getattr(obj, "may_use_plans", True):  # a member who may not is an operator
            guarded |= getattr(self, "guarded_of_operators", frozenset())
        return type(form.__name__, (form,), {"clean": _clean_guarded(form, request, guarded)})

    def get_object(self: Any, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Hold the row of a form that was sent from here on: nothing decided meanwhile is written over."""
        row = super().get_object(request, object_id, from_field)  # type: ignore[misc]
        is_sent = request.method == "POST" and connection.in_atomic_block
        if row is None or not is_sent or not self.has_change_permission(request, row):
            return row
        self.model._base_manager.select_for_update(no_key=True).filter(pk=row.pk).first()
        return super().get_object(request, object_id, from_field)  # type: ignore[misc]

    def save_model(self: Any, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and keep what the row was before for its entry in the audit."""
        _before(request)[obj.pk] = trail.values_of(obj) if change else {}
        super().save_model(request, obj, form, change)  # type: ignore[misc]

    def save_formset(self: Any, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save the rows that stand on another's page, each with an entry of its own."""
        rows = [subform.instance for subform in formset.forms if subform.has_changed()]
        before = [trail.values_of(row) for row in rows]
        super().save_formset(request, form, formset, change)  # type: ignore[misc]
        for row, values in zip(rows, before, strict=True):
            _note(request, row, values, "changed with its page")

    def log_addition(self: Any, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Django's log, and the audit."""
        _note(request, obj, {}, "added")
        return super().log_addition(request, obj, message)  # type: ignore[misc]

    def log_change(self: Any, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Django's log, and the audit; *message* is a sentence where an action wrote it."""
        said = message if isinstance(message, str) else ""
        before = _before(request).pop(obj.pk, None)
        _note(request, obj, trail.values_of(obj) if before is None else before, "changed", said)
        return super().log_change(request, obj, message)  # type: ignore[misc]

    def log_deletions(self: Any, request: HttpRequest, queryset: Any) -> Any:
        """Django's log, and the audit: the rows are still there."""
        for row in queryset:
            gone = {name: (value, None) for name, value in trail.values_of(row).items()}
            trail.record(
                action="deleted", actor=trail.member(request.user), subject=trail.name_of(row), changes=gone
            )
            self.has_noted(request, row)
        return super().log_deletions(request, queryset)  # type: ignore[misc]

    def has_noted(self, request: HttpRequest, row: Any) -> None:
        """Say that an action wrote to the audit itself what became of *row*: one act, one entry."""
        _before(request).pop(row.pk, None)

    def way_to_prove(self, request: HttpRequest) -> str:
        """Return where the passkey is asked for before what *request* does; "" while it was, lately."""
        return "" if operators.is_proved_lately(request) else operators.way_to_prove(request.path)

    def delete_view(self: Any, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """Django's, which is asked for the passkey first: with a plan its addresses go, too."""
        if request.method == "POST" and (way := self.way_to_prove(request)):
            return redirect(way)
        return super().delete_view(request, object_id, extra_context)  # type: ignore[misc]

    def response_action(self: Any, request: HttpRequest, queryset: Any, **where: Any) -> Any:
        """Django's answer to an action; a guarded one asks for the passkey, and is then chosen again."""
        keys = [key for key in request.POST if key.endswith("action") and key != ACTION_CHECKBOX_NAME]
        posted = {name for key in keys for name in request.POST.getlist(key)}
        asked = posted & set(self.get_actions(request, **where))
        guarded = getattr(self, "guarded_actions", frozenset()) | {"delete_selected"}
        if asked & guarded and not operators.is_proved_lately(request):
            self.message_user(request, "Use your passkey, then choose this again.", messages.WARNING)
            return redirect(operators.way_to_prove(request.path))
        if len(asked) > 1:  # the audit tells which one it was
            raise BadRequest("more than one action")
        rows = _chosen(self.action_form, request, queryset)
        _before(request).update({row.pk: trail.values_of(row) for row in rows})
        response = super().response_action(request, queryset, **where)  # type: ignore[misc]
        for row in rows:  # those of which the action wrote nothing itself
            if row.pk in _before(request):
                _note(request, row, _before(request).pop(row.pk), "".join(asked))
        return response

    def history_view(self: Any, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """Django's, with operators as the audit calls them: they need not know each other's addresses."""
        answer = super().history_view(request, object_id, extra_context)  # type: ignore[misc]
        for entry in getattr(answer, "context_data", {}).get("action_list", ()):
            entry.user.email = str(entry.user)  # of the copy that the page is drawn from
        return answer

    def lookup_allowed(self: Any, lookup: str, _value: Any, request: HttpRequest) -> bool:
        """Whether *lookup* belongs to a filter of the list or to its date bar.

        Django lets the address of a list ask anything of the model's own fields: `?email__startswith=a` and
        `?password__startswith=` answer letter by letter what no page shows.
        """
        shown = self.get_list_filter(request)
        if any(
            isinstance(shown_filter, type) and lookup == getattr(shown_filter, "parameter_name", None)
            for shown_filter in shown
        ):
            return True
        fields = [
            shown_filter if isinstance(shown_filter, str) else shown_filter[0]
            for shown_filter in shown
            if not isinstance(shown_filter, type)
        ]
        return any(
            lookup == name or (lookup.startswith(f"{name}__") and lookup[len(name) + 2 :] in ENDINGS)
            for name in filter(None, [*fields, self.date_hierarchy])
        )


def _before(request: Any) -> dict[Any, dict[str, Any]]:
    """What rows were before this request changed them, by number."""
    before: dict[Any, dict[str, Any]] = vars(request).setdefault("audit_before", {})
    return before


def _chosen(form: Any, request: HttpRequest, queryset: Any) -> list[Any]:
    """The rows that an action is about, as Django finds them; BadRequest for what is no number of one."""
    if form.base_fields["select_across"].clean(request.POST.get("select_across")):
        return list(queryset)
    try:
        return list(queryset.filter(pk__in=request.POST.getlist(ACTION_CHECKBOX_NAME)))
    except (ValidationError, ValueError) as error:
        raise BadRequest("no number of a row") from error


def _note(request: HttpRequest, row: Any, before: dict[str, Any], action: str, said: str = "") -> None:
    """Write to the audit what became of a row, if anything did, and what an action *said* that it did."""
    changes = trail.difference(before, trail.values_of(row)) | ({"said": (None, said)} if said else {})
    if changes:
        trail.record(
            action=action, actor=trail.member(request.user), subject=trail.name_of(row), changes=changes
        )


def _clean_guarded(form: Any, request: HttpRequest, guarded: frozenset[str]) -> Any:
    def clean(self: Any) -> Any:
        cleaned = form.clean(self)
        if guarded & set(self.changed_data):
            refuse_unproved(request)
        return cleaned

    return clean


def refuse_unproved(request: HttpRequest) -> None:
    """Raise ValidationError, with the way to the passkey in it, unless one was used within five minutes."""
    if not operators.is_proved_lately(request):
        way = operators.way_to_prove(reverse("admin:index"))
        words = (
            'Nothing was saved: this change needs your passkey. <a href="{}" target="_blank">Use it in a '
            "second window</a>, come back, and save within five minutes."
        )
        raise ValidationError(format_html(words, way))
