"""The plan picker and its search form: public, because members look for their plan before they sign up."""

from allauth.core.internal import ratelimit
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from apps.plain_language.capitals import folded_name
from apps.plain_language.language import _
from apps.plans.choices import STATES, LineOfBusiness
from apps.plans.discovery import sign_in_host
from apps.plans.missing import ask_for
from apps.plans.models import Plan
from apps.plans.querysets import PlanQuerySet
from config.headers import fetches_parts


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


ROWS = 40


@fetches_parts
@login_not_required
@require_safe
@vary_on_headers("HX-Request")
def plans(request: HttpRequest) -> HttpResponse:
    """Find a plan; the same address answers htmx with the results alone."""
    form = PlanSearch(request.GET)
    form.is_valid()
    pages = Paginator(form.fitting(), ROWS)
    is_only_alike = not pages.count
    if is_only_alike:  # nothing has the name: perhaps it is misspelled
        pages = Paginator(form.alike(), ROWS)
    page = pages.get_page(request.GET.get("page"))
    asked = request.GET.copy()
    asked.pop("page", None)
    context = {"form": form, "page": page, "asked": asked.urlencode(), "is_only_alike": is_only_alike}
    template = "plans/list.html#results" if request.headers.get("HX-Request") else "plans/list.html"
    return render(request, template, context)


@login_not_required
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Count the name of a plan that is not here, for the people who run the site."""
    limited = ratelimit.consume(request, app="plans", action="ask", config={"ask": "20/h/ip"})
    if limited and ask_for(text=request.POST.get("name", ""), now=timezone.now()):
        words = _("Thank you. The people who run this site see this name and how often it was asked for.")
        messages.success(request, words)
    else:
        words = _("This was not kept. Please type only the name of the plan, without any number or address.")
        messages.warning(request, words)
    return redirect("plans:list")


@login_not_required
@require_safe
def plan(request: HttpRequest, slug: str) -> HttpResponse:
    """One plan: what will be shared, what happens next, and the button that starts it."""
    shown_plan = get_object_or_404(Plan.objects.listed(), slug=slug)
    mine = request.user.connections.filter(plan=shown_plan) if request.user.is_authenticated else ()
    context = {"plan": shown_plan, "sign_in_host": sign_in_host(shown_plan), "mine": mine}
    return render(request, "plans/plan.html", context)
