"""The forms of a plan and a registration in the admin: lists as lines, a secret that only goes in."""

from typing import Any, Final

from django import forms

from apps.plans.choices import STATES, LineOfBusiness, Status
from apps.plans.models import Plan
from apps.plans.quirks import QUIRKS, Quirk, stated
from apps.plans.registrations import Registration
from apps.plans.secrets import seal_client_secret


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
