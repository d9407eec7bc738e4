"""Pages about connections, and the two ends of the trip to a plan."""

import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.requests import MemberRequest
from apps.connections import actions, choosing, ending, handshakes, wording
from apps.connections.actions import ChoiceNeeded
from apps.connections.errors import ConnectionFailed, SignedOut
from apps.connections.headers import secret_address
from apps.connections.people import person_of
from apps.plans.models import Plan
from apps.vault.boxes import box_for


@require_GET
def connections(request: MemberRequest) -> HttpResponse:
    """Every plan the member connected, newest first."""
    box = box_for(request.user)
    rows = [(row, person_of(row, box)) for row in request.user.connections.newest_first()]
    lede = wording.overview(
        connected=[row.plan.name for row, _ in rows if row.is_active],
        waiting=[row.plan.name for row, _ in rows if row.needs_sign_in],
    )
    return render(request, "connections/list.html", {"rows": rows, "lede": lede})


@require_GET
def connection(request: MemberRequest, connection_id: uuid.UUID) -> HttpResponse:
    """One connection: whose records, since when, what the plan granted."""
    row = get_object_or_404(request.user.connections.newest_first(), pk=connection_id)
    context = {
        "connection": row,
        "person": person_of(row, box_for(request.user)),
        "granted": wording.granted(row.scopes_granted),
        "withheld": wording.withheld(row.scopes_granted, asked=row.plan.scopes),
    }
    return render(request, "connections/connection.html", context)


@require_http_methods(["GET", "POST"])
@secret_address
@sensitive_variables("url")
def begin(request: MemberRequest, slug: str) -> HttpResponse:
    """POST: lead the member to the plan's sign-in. GET (after signing in here first): the plan's page.

    The answer is a page, not a redirect: see templates/connections/leaving.html.
    """
    plan = get_object_or_404(Plan.objects.listed(), slug=slug)
    if request.method == "GET":
        return redirect(plan)
    binding = handshakes.bind(request.session)
    try:
        url = actions.begin(member=request.user, plan=plan, binding=binding, now=timezone.now())
    except ConnectionFailed as failure:
        return _outcome(request, failure)
    return render(request, "connections/leaving.html", {"plan": plan, "url": url})


@require_GET
@secret_address
@login_not_required
@sensitive_variables()
def callback(request: HttpRequest) -> HttpResponse:
    """The redirect URI: the plan's answer. It works once; every bad answer ends on a page that says so."""
    if not request.user.is_authenticated:
        return _outcome(request, SignedOut())
    now = timezone.now()
    try:
        found = actions.complete(
            member=request.user,
            callback=handshakes.Callback.read(request.GET),
            binding=handshakes.bound(request.session),
            now=now,
        )
    except ConnectionFailed as failure:
        return _outcome(request, failure)
    if isinstance(found, ChoiceNeeded):
        return _see_other(reverse("connections:choose", args=[found.handshake.pk]))
    return _see_other(actions.after_connect(connection=found, now=now))


@require_http_methods(["GET", "POST"])
def choose(request: MemberRequest, handshake_id: uuid.UUID) -> HttpResponse:
    """Whose records are meant, when the plan named several people."""
    handshake = get_object_or_404(request.user.handshakes.select_related("plan"), pk=handshake_id)
    now, binding = timezone.now(), handshakes.bound(request.session)
    try:
        if request.method == "GET":
            people = choosing.people_of(handshake, binding=binding, now=now)
            return render(request, "connections/choose.html", {"plan": handshake.plan, "people": people})
        chosen = request.POST.get("person", "")
        found = actions.choose(handshake=handshake, person_id=chosen, binding=binding, now=now)
    except ConnectionFailed as failure:
        return _outcome(request, failure)
    return _see_other(actions.after_connect(connection=found, now=now))


@require_http_methods(["GET", "POST"])
def disconnect(request: MemberRequest, connection_id: uuid.UUID) -> HttpResponse:
    """GET: what exactly will be gone. POST: it is gone. A second POST says that nothing is left to do."""
    row = request.user.connections.newest_first().filter(pk=connection_id).first()
    if row is None:
        return render(request, "connections/gone.html", status=404)
    if request.method == "POST":
        goodbye = actions.disconnect(connection=row, now=timezone.now())
        return render(request, "connections/disconnected.html", {"goodbye": goodbye})
    context = {
        "connection": row,
        "person": person_of(row, box_for(request.user)),
        "holdings": ending.holdings(row),
    }
    return render(request, "connections/disconnect.html", context)


def _see_other(path: str) -> HttpResponse:
    """303 to a page of ours: the code leaves the address bar (O-38)."""
    response = HttpResponseRedirect(path)
    response.status_code = 303
    return response


def _outcome(request: HttpRequest, failure: ConnectionFailed) -> HttpResponse:
    """The page about an attempt that did not end in a connection."""
    return render(request, "connections/outcome.html", {"failure": failure}, status=failure.status)
