"""The plan picker: public, because members look for their plan before they sign up."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from apps.plans.discovery import sign_in_host
from apps.plans.forms import PlanSearch
from apps.plans.models import Plan

ROWS = 40


@login_not_required
@require_safe
@vary_on_headers("HX-Request")
def plans(request: HttpRequest) -> HttpResponse:
    """Find a plan; the same address answers htmx with the results alone."""
    form = PlanSearch(request.GET)
    form.is_valid()
    page = Paginator(form.found(), ROWS).get_page(request.GET.get("page"))
    asked = request.GET.copy()
    asked.pop("page", None)
    template = "plans/list.html#results" if request.headers.get("HX-Request") else "plans/list.html"
    return render(request, template, {"form": form, "page": page, "asked": asked.urlencode()})


@login_not_required
@require_safe
def plan(request: HttpRequest, slug: str) -> HttpResponse:
    """One plan: what will be shared, what happens next, and the button that starts it."""
    found = get_object_or_404(Plan.objects.listed(), slug=slug)
    mine = request.user.connections.filter(plan=found) if request.user.is_authenticated else ()
    context = {"plan": found, "sign_in_host": sign_in_host(found), "mine": mine}
    return render(request, "plans/plan.html", context)
