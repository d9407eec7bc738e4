"""The plan picker: public, because members look for their plan before they sign up."""

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from apps.plain_language.language import _
from apps.plans.discovery import sign_in_host
from apps.plans.forms import PlanSearch
from apps.plans.missing_plans import ask_for
from apps.plans.models import Plan
from config.headers import fetches_parts

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
