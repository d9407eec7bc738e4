"""The search form of the plan picker."""

from django import forms
from django.utils.translation import gettext_lazy as lazy

from apps.plain_language.capitals import folded_name
from apps.plain_language.language import _
from apps.plans.choices import STATES, LineOfBusiness
from apps.plans.models import Plan
from apps.plans.querysets import PlanQuerySet


def _states() -> list[tuple[str, str]]:
    """Every state in the reader's language, in the order of its letters."""
    named = [(code, _(name)) for code, name in STATES.items()]
    return [("", _("Any state")), *sorted(named, key=lambda state: folded_name(state[1]))]


class PlanSearch(forms.Form):
    """Search by name, state and kind of coverage; every part may be left empty.

    A part that is not understood is said to be so and left out: a bad address still shows plans.
    """

    q = forms.CharField(
        label=lazy("Plan name"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )
    state = forms.ChoiceField(
        label=lazy("State"),
        required=False,
        choices=_states,
    )
    kind = forms.ChoiceField(
        label=lazy("Kind of coverage"),
        required=False,
        choices=[("", lazy("Any kind")), *LineOfBusiness.choices],
    )

    @property
    def is_empty(self) -> bool:
        """True when nothing is asked (after validation)."""
        return not any(self.cleaned_data.values())

    def fitting(self) -> PlanQuerySet:
        """The listed plans that fit, the exact name first, then connectable ones (after validation)."""
        name = self.cleaned_data.get("q", "")
        return self._listed().named(name).best_first(name)

    def alike(self) -> PlanQuerySet:
        """The listed plans with a name like the one asked for, the nearest first (after validation)."""
        return self._listed().called_like(self.cleaned_data.get("q", ""))

    def _listed(self) -> PlanQuerySet:
        asked = self.cleaned_data
        plans = Plan.objects.listed()
        if asked.get("state"):
            plans = plans.in_state(asked["state"])
        if asked.get("kind"):
            plans = plans.covering(asked["kind"])
        return plans
