"""A plan's form and our registrations for operators: lists as lines, a secret that only goes in."""

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.plans.choices import STATES, LineOfBusiness, Status
from apps.plans.clients import sheet_of
from apps.plans.models import Plan
from apps.plans.quirks import QUIRKS, Quirk, stated
from apps.plans.registrations import Registration, RegistrationStep, state_of
from apps.plans.secrets import goes_with_codes_only, seal_client_secret, waits_for


class TextList(forms.CharField):
    """A JSON list of texts, edited one per line."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 50})

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The lines as a list, without empty ones."""
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare lists, not their spelling."""
        return bool((initial or []) != self.to_python(data))


def quirk_field(quirk: Quirk) -> forms.Field:
    """The field of one quirk; left empty, it is as the profile says."""
    field: type[forms.Field] = {bool: forms.NullBooleanField, int: forms.IntegerField, tuple: TextList}.get(
        quirk.kind, forms.CharField
    )
    said: dict[str, Any] = {"required": False, "label": quirk.name, "validators": quirk.validators}
    if quirk.choices:
        field, said["choices"] = (
            forms.ChoiceField,
            [("", "as the profile says"), *((value, value) for value in quirk.choices)],
        )
    return field(help_text=quirk.words[:1].upper() + quirk.words[1:] + ".", **said)


BY_A_BUTTON: Final = (
    "A plan is stopped, and opened again, by an action of this page or of the list: it says what it is about "
    "and asks for a reason."
)


class PlanForm(forms.ModelForm[Plan]):
    """A plan with its lists in a form a person can edit."""

    states = forms.MultipleChoiceField(
        required=False, choices=[(code, f"{name} ({code})") for code, name in STATES.items()]
    )
    lines_of_business = forms.MultipleChoiceField(
        required=False, choices=LineOfBusiness.choices, widget=forms.CheckboxSelectMultiple
    )
    other_names = TextList(required=False, help_text="Other names members search for, one per line.")
    confirmed_origins = TextList(
        required=False,
        help_text="Origins besides those of the addresses above, one per line, e.g. https://login.example.com",
    )

    class Meta:
        model = Plan
        exclude = ["own_quirks"]  # noqa: DJ006 - the fieldsets of the admin name every field
        help_texts = {
            "status": "Unconfirmed: nobody has tested it. Paused, by the action: only revocations go there."
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {**self.instance.own_quirks, **self.initial}

    def clean(self) -> dict[str, Any]:
        """Put the quirks onto the row before the model judges whether they go together."""
        cleaned = super().clean() or self.cleaned_data
        is_changed = "status" in self.changed_data and not self.instance._state.adding
        if is_changed and Status.PAUSED in (self.initial["status"], cleaned.get("status")):
            self.add_error("status", BY_A_BUTTON)
        self.instance.own_quirks = stated(cleaned)
        return cleaned


class RegistrationForm(forms.ModelForm[Registration]):
    """A registration with a secret that only goes in."""

    client_secret = forms.CharField(
        required=False,
        strip=True,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "size": 50}),
        help_text="Write-only. Empty: the stored one stays. Where members are connected, swap it instead: "
        "the old one then goes on working.",
    )
    remove_client_secret = forms.BooleanField(required=False, help_text="Forget the stored client secret.")
    contacts = TextList(required=False, help_text="E-mail addresses of theirs, one per line.")

    class Meta:
        model = Registration
        fields = ["name", "server", "environment", "asker", "client_id", "contacts", "notes"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.number = self.instance.pk

    def clean(self) -> dict[str, Any]:
        """Put the secret onto the row before the model judges whether its plans need one."""
        cleaned = super().clean() or self.cleaned_data
        if "client_id" in self.changed_data:  # what another client is changed and ended by is not this one's
            self.instance.management_uri, self.instance.sealed_management_token = "", None
        if cleaned.get("remove_client_secret"):
            seal_client_secret(self.instance, "")
        if cleaned.get("client_secret"):
            seal_client_secret(self.instance, cleaned["client_secret"])
        return cleaned


PlanForm.declared_fields.update({name: quirk_field(quirk) for name, quirk in QUIRKS.items()})
PlanForm.declared_fields["have_ready"].label = "To have ready"  # it stands beside the note to members


class StepInline(admin.StackedInline[RegistrationStep, Registration]):
    """How far it is, the last at the end; stacked, because the fields of Django's table have no labels."""

    model = RegistrationStep
    extra = 1


@admin.register(Registration)
class RegistrationAdmin(admin.ModelAdmin[Registration]):
    """One row a host or server; what is to be registered there follows from its plans."""

    form = RegistrationForm
    inlines = [StepInline]
    guarded = frozenset({"client_id", "server", "environment", "client_secret", "remove_client_secret"})
    guarded_actions = frozenset({"swap_secret", "register_client", "update_client", "end_client"})
    list_display = ["name", "environment", "state", "client_id", "has_secret", "plans_in_short"]
    list_filter = ["environment"]
    search_fields = ["name", "server"]
    readonly_fields = [
        "packet",
        "has_secret",
        "swap",
        "to_register",
        "its_plans",
        "management_uri",
        "created_at",
        "updated_at",
    ]
    fieldsets = [
        (None, {"fields": ["name", "server", "environment", "asker", "packet", "contacts"]}),
        (
            "The client",
            {
                "fields": [
                    "client_id",
                    "has_secret",
                    "swap",
                    "client_secret",
                    "remove_client_secret",
                    "management_uri",
                ]
            },
        ),
        ("What follows from its plans", {"fields": ["its_plans", "to_register"]}),
        ("For operators", {"fields": ["notes", "created_at", "updated_at"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Registration]:
        """With what each row shows, in as many questions for one as for a hundred."""
        return super().get_queryset(request).prefetch_related("plans", "steps")

    def get_readonly_fields(self, request: HttpRequest, obj: Registration | None = None) -> Any:
        """Whose server it is stays: its secret goes there. A client that members permitted stays, too."""
        is_used = obj is not None and obj.plans.filter(connections__isnull=False).exists()
        stays = [*(["server"] if obj else []), *(["client_id"] if is_used else [])]
        return [*super().get_readonly_fields(request, obj), *stays]

    def save_model(self, request: HttpRequest, obj: Registration, form: Any, change: bool) -> None:
        """Under the number that its secret was sealed for: Django's inline takes that of a new row away."""
        obj.pk = form.number
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Registration | None = None) -> bool:
        """Only of one to which no plan points."""
        return super().has_delete_permission(request, obj) and not (obj and obj.plans.exists())

    @admin.display(description="packet for its reviewer")
    def packet(self, row: Registration) -> SafeString | str:
        """The way there."""
        if row._state.adding:
            return "there once this is saved"
        return format_html('<a href="{}">What it is sent</a>', reverse("listing:packet", args=[row.pk]))

    @admin.display(description="state")
    def state(self, row: Registration) -> str:
        """The last step, and its day."""
        state, on = state_of(row)
        return f"{state.label}, {on}" if on else str(state.label)

    @admin.display(boolean=True, description="client secret stored")
    def has_secret(self, row: Registration) -> bool:
        """Whether there is one; never what it is."""
        return bool(row.sealed_client_secret)

    @admin.display(description="swap of the secret")
    def swap(self, row: Registration) -> str:
        """Which plans took the new one, while there are two, and which it waits for."""
        if not row.sealed_next_client_secret:
            return "none going on"
        taken = [plan.slug for plan in row.plans.all() if str(plan.pk) in row.next_secret_taken_by]
        waits = [
            f"{plan.slug}, where you end the old one first" if goes_with_codes_only(plan) else plan.slug
            for plan in waits_for(row)
        ]
        return (
            f"going on; taken by {', '.join(taken) or 'nobody yet'}; waits for {'; '.join(waits) or 'nobody'}"
        )

    @admin.display(description="plans")
    def plans_in_short(self, row: Registration) -> str:
        """Up to three by name."""
        names = [plan.name for plan in row.plans.all()]
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

    @admin.display(description="plans")
    def its_plans(self, row: Registration) -> SafeString | str:
        """All of them."""
        return format_html_join("", "<p>{}</p>", ((plan.name,) for plan in row.plans.all())) or "none yet"

    @admin.display(description="to register")
    def to_register(self, row: Registration) -> SafeString:
        """Method, redirect URIs, scopes and keys; more than one method is worth a look."""
        sheet = sheet_of(row)
        lines = [
            ("authentication method", sheet.methods),
            ("redirect URI", sheet.redirect_uris),
            ("scopes", sheet.scopes),
            ("JWKS", (sheet.jwks_uri,) if sheet.jwks_uri else ()),
        ]
        pairs = ((name, value) for name, values in lines for value in values or ("none",))
        return format_html_join("", "<p>{}: {}</p>", pairs)
