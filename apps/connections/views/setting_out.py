"""Setting out for a plan: the page before leaving, the yes to the privacy policy, and a portal's launch."""

import uuid
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.actions import agree
from apps.accounts.models import Consent, Member
from apps.connections import actions, handshakes, launching, limits
from apps.connections.errors import ConnectionFailed
from apps.connections.headers import secret_address
from apps.connections.models import Connection
from apps.connections.preflight import Preflight, preflight
from apps.connections.views.outcome import outcome
from apps.plans.models import Plan


@dataclass(frozen=True)
class Trip:
    """What someone sets out for: `wanted` is the id of the connection to renew, `handle` that of a launch."""

    plan: Plan
    member: Member | None
    wanted: uuid.UUID | None
    connection: Connection | None
    agreed: Consent | None
    handle: str
    launch: str = field(repr=False)

    @property
    def address(self) -> str:
        """The page before leaving, with all that must survive signing in here first."""
        kept = {"connection": self.wanted, "launch": self.handle}
        query = urlencode({name: value for name, value in kept.items() if value})
        path = reverse("connections:begin", args=[self.plan.slug])
        return f"{path}?{query}" if query else path


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest, slug: str) -> HttpResponse:
    """GET: what to know before leaving. POST, with a yes to the privacy policy: on to the plan's sign-in."""
    plan = get_object_or_404(Plan.objects.listed(), slug=slug)
    trip, is_sent = _trip(request, plan), request.method == "POST"
    if not plan.is_connectable:
        return _leave(request, trip) if is_sent else redirect(plan)
    page = preflight(plan)
    if trip.member is None and (trip.wanted or (is_sent and not page.signs_in)):
        return redirect_to_login(trip.address)
    if not is_sent:
        return _ask(request, trip, page)
    says_yes = request.POST.get("agree") == page.policy_version
    if not says_yes and trip.agreed is None:
        return _ask(request, trip, page, error=True)
    if trip.member is not None and trip.agreed is None:
        agree(member=trip.member, version=page.policy_version, now=timezone.now())
    return _leave(request, trip, consent_version=page.policy_version)


@login_not_required
@require_safe
@secret_address
@sensitive_variables("launch")
def launch(request: HttpRequest) -> HttpResponse:
    """A portal's launch (O-30): on to the page before leaving of the plan it names; nothing starts here."""
    now = timezone.now()
    try:
        limits.count(request, what="launches")
        launch = launching.Launch.read(request.GET)
        plans = launch.plans()
    except ConnectionFailed as failure:
        return outcome(request, failure)
    query = urlencode({"launch": launching.remember(request.session, launch, now=now)})
    doors = [(plan, f"{reverse('connections:begin', args=[plan.slug])}?{query}") for plan in plans]
    if len(doors) == 1:
        return redirect(doors[0][1])
    return render(request, "connections/which_plan.html", {"doors": doors})


def _trip(request: HttpRequest, plan: Plan) -> Trip:
    """Read what is asked; raise Http404 for a connection that is not this member's at this plan."""
    member = request.user if request.user.is_authenticated else None
    wanted, handle = _uuid(_asked(request, "connection")), _asked(request, "launch")
    found = agreed = None
    if member is not None:
        agreed = member.consents.filter(policy_version=settings.PRIVACY_POLICY_VERSION).first()
        if wanted is not None:
            found = get_object_or_404(member.connections.newest_first(), pk=wanted, plan=plan)
    launch = launching.recall(request.session, handle, plan, now=timezone.now())
    return Trip(plan, member, wanted, found, agreed, handle if launch else "", launch)


def _asked(request: HttpRequest, name: str) -> str:
    """What the form or the address says: buttons elsewhere post to an address with a query."""
    return request.POST.get(name) or request.GET.get(name, "")


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError as error:
        raise Http404 from error


def _ask(request: HttpRequest, trip: Trip, page: Preflight, *, error: bool = False) -> HttpResponse:
    is_launch_over = bool(_asked(request, "launch")) and not trip.launch
    context = {"trip": trip, "page": page, "error": error, "is_launch_over": is_launch_over}
    return render(request, "connections/preflight.html", context)


@secret_address
@sensitive_variables()
def _leave(request: HttpRequest, trip: Trip, *, consent_version: str = "") -> HttpResponse:
    """Begin, and answer with a page that leads on, not a redirect: see templates/connections/leaving.html."""
    now = timezone.now()
    try:
        if trip.member is None:
            limits.count(request, what="trips")
        departure = actions.begin(
            plan=trip.plan,
            member=trip.member,
            binding=handshakes.bind(request.session),
            now=now,
            connection=trip.connection,
            launch=trip.launch,
            consent_version=consent_version,
        )
    except ConnectionFailed as failure:
        return outcome(request, failure)
    launching.forget(request.session, trip.handle)
    return render(request, "connections/leaving.html", {"plan": trip.plan, "url": departure.url})
