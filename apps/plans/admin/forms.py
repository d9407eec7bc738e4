"""The form of a plan in the admin: lists as lines, a secret that only goes in."""

from typing import Any

from django import forms

from apps.plans.choices import LineOfBusiness
from apps.plans.data.us_states import STATES
from apps.plans.models import Plan
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


class PlanForm(forms.ModelForm[Plan]):
    """A plan with its lists in a form a person can edit, and a secret that only goes in."""

    client_secret = forms.CharField(
        required=False,
        strip=True,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "size": 50}),
        help_text="Write-only. Empty: the stored one stays.",
    )
    remove_client_secret = forms.BooleanField(required=False, help_text="Forget the stored client secret.")
    states = forms.MultipleChoiceField(
        required=False, choices=[(code, f"{name} ({code})") for code, name in STATES.items()]
    )
    lines_of_business = forms.MultipleChoiceField(
        required=False, choices=LineOfBusiness.choices, widget=forms.CheckboxSelectMultiple
    )
    other_names = TextList(required=False, help_text="Other names members search for, one per line.")
    scopes = TextList(required=False, help_text="One per line; empty: as the profile says.")
    have_ready = TextList(
        required=False,
        help_text="What members need to sign in there, one thing per line; empty: as the profile says.",
    )
    confirmed_origins = TextList(
        required=False,
        help_text="Origins besides those of the addresses above, one per line, e.g. https://login.example.com",
    )

    class Meta:
        model = Plan
        exclude = ["sealed_client_secret"]  # noqa: DJ006 - the fieldsets of the admin name every field

    def clean(self) -> dict[str, Any]:
        """Seal the secret onto the row before the model judges whether one is needed."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("remove_client_secret"):
            seal_client_secret(self.instance, "")
        if cleaned.get("client_secret"):
            seal_client_secret(self.instance, cleaned["client_secret"])
        return cleaned
