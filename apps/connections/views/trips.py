"""Pages of a trip to a plan: before leaving, a portal's launch, the answer, and whose records are meant."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from apps.accounts.models import Consent, Member
from apps.accounts.requests import MemberRequest
from apps.accounts.sign_in import sign_in
from apps.connections import handshakes, held_answers, launches, limits, member_trip, visitor_trip, wording
from apps.connections.errors import ConnectionFailed
from apps.connections.models import Connection, Handshake
from apps.connections.preflight import Preflight, preflight
from apps.connections.visitor_trip import SignedInOnly
from apps.plain_language.language import _
from apps.plans.models import Plan
from apps.plans.scopes import shares_clinical
from config.policies import newest

WAIT_SECONDS = 600


def secret_address[**P](view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Keep the answer out of caches and its address out of every referrer, our own logs' included (O-38).

    A browser sends `Origin: null` with forms of such a page, so it must hold none.
    """

    @wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(*args, **kwargs)
        add_never_cache_headers(response)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return wrapped


def outcome(request: HttpRequest, failure: ConnectionFailed) -> HttpResponse:
    """Say what happened, whose side it looks like, what is lost, what to do, and the reference."""
    side = wording.side(failure.side or failure.fault, is_plan_known=failure.plan is not None)
    response = render(
        request, "connections/outcome.html", {"failure": failure, "side": side}, status=failure.status
    )
    if failure.status == 429:
        response.headers["Retry-After"] = str(WAIT_SECONDS)
    return response


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
    def clinical_since(self) -> datetime | None:
        """Since when clinical records are asked for by what the member said before, None for never.

        That is of the connection to renew; on a new trip, of somebody who is connected at the plan already,
        for whom it stands, while this trip asks for what is said now.
        """
        if self.connection is not None or self.member is None:
            return self.connection.clinical_since if self.connection else None
        return member_trip.clinical_since(self.member, self.plan)

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
    if not plan.is_open(to=trip.member):
        return _leave(request, trip) if is_sent else redirect(plan)
    page = preflight(plan)
    if trip.member is None and (trip.wanted or (is_sent and not page.signs_in)):
        return redirect_to_login(trip.address)
    if not is_sent:
        return _ask(request, trip, page)
    says_yes = request.POST.get("agree") == page.policy_version
    if not says_yes and trip.agreed is None:
        return _ask(request, trip, page, error=True)
    # What was agreed to before stands, until more is.
    is_said = trip.agreed is None or _wants_clinical(request)
    return _leave(request, trip, consent_version=page.policy_version if is_said else "")


@login_not_required
@require_safe
@secret_address
@sensitive_variables("launch")
def launch(request: HttpRequest) -> HttpResponse:
    """A portal's launch (O-30): on to the page before leaving of the plan it names; nothing starts here."""
    now = timezone.now()
    try:
        limits.count(request, what="launches")
        launch = launches.Launch.read(request.GET)
        plans = launch.plans()
    except ConnectionFailed as failure:
        return outcome(request, failure)
    query = urlencode({"launch": launches.remember(request.session, launch, now=now)})
    doors = [(plan, f"{reverse('connections:begin', args=[plan.slug])}?{query}") for plan in plans]
    if len(doors) == 1:
        return redirect(doors[0][1])
    return render(request, "connections/which_plan.html", {"doors": doors})


def _trip(request: HttpRequest, plan: Plan) -> Trip:
    """Read what is asked; raise Http404 for a connection that is not this member's at this plan."""
    member = request.user if request.user.is_authenticated else None
    wanted, handle = _uuid(_asked(request, "connection")), _asked(request, "launch")
    outcome = agreed = None
    if member is not None:
        agreed = (
            member.consents.standing().filter(policy_version=newest().version).order_by("given_at").first()
        )
        if wanted is not None:
            outcome = get_object_or_404(member.connections.newest_first(), pk=wanted, plan=plan)
    launch = launches.recall(request.session, handle, plan, now=timezone.now())
    return Trip(plan, member, wanted, outcome, agreed, handle if launch else "", launch)


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
    context = {
        "trip": trip,
        "page": page,
        "error": error,
        "is_launch_over": is_launch_over,
        "is_clinical": _wants_clinical(request),
    }
    return render(request, "connections/preflight.html", context)


@secret_address
@sensitive_variables()
def _leave(request: HttpRequest, trip: Trip, *, consent_version: str = "") -> HttpResponse:
    """Begin, and answer with a page that leads on, not a redirect: see templates/connections/leaving.html."""
    try:
        url = _begin(request, trip, consent_version=consent_version)
    except ConnectionFailed as failure:
        return outcome(request, failure)
    launches.forget(request.session, trip.handle)
    return render(request, "connections/leaving.html", {"plan": trip.plan, "url": url})


def _begin(request: HttpRequest, trip: Trip, *, consent_version: str) -> str:
    said: Any = {
        "launch": trip.launch,
        "consent_version": consent_version,
        "with_clinical": _wants_clinical(request) and shares_clinical(trip.plan.quirks),
    }
    if trip.member is None:
        limits.count(request, what="trips")  # before a session is kept for it
    said |= {"binding": handshakes.bind(request.session), "now": timezone.now()}
    if trip.member is None:
        return visitor_trip.begin(plan=trip.plan, **said)
    return member_trip.begin(plan=trip.plan, member=trip.member, connection=trip.connection, **said)


def _wants_clinical(request: HttpRequest) -> bool:
    """Whether the box for clinical records is ticked: it never is by itself."""
    return request.POST.get("clinical") == "yes"


@require_GET
@secret_address
@login_not_required
@sensitive_variables()
def callback(request: HttpRequest, slug: str = "") -> HttpResponse:  # noqa: ARG001 - part of the path
    """The redirect URI: the plan's answer. It works once, and at the recorded path; bad ones end on a page.

    When nobody is signed in it may be a visitor's, who is signed in by it. On one's own machine the trip may
    have begun at the machine's number, where the browser keeps another session.
    """
    now, binding = timezone.now(), handshakes.bound(request.session)
    if not binding and settings.SITE_BY_NUMBER and request.get_host() == urlsplit(settings.SITE_URL).netloc:
        return HttpResponseRedirect(settings.SITE_BY_NUMBER + request.get_full_path(), status=303)
    try:
        answer = handshakes.Callback.read(request.GET, arrived_at=settings.SITE_URL + request.path)
        if request.user.is_authenticated:
            return _on(  # the code leaves the address bar (O-38)
                member_trip.complete(member=request.user, callback=answer, binding=binding, now=now)
            )
        arrival = visitor_trip.complete(callback=answer, binding=binding, now=now)
    except SignedInOnly as known:
        messages.warning(request, _(known.sentence))
        path = sign_in(request, known.member, next_path=reverse("connections:list"))
        return HttpResponseRedirect(path, status=303)
    except ConnectionFailed as failure:
        return outcome(request, failure)
    path = _next(arrival.granted, is_half_way=arrival.is_half_way)
    return HttpResponseRedirect(sign_in(request, arrival.member, next_path=path), status=303)


@require_http_methods(["GET", "POST"])
@sensitive_variables()
def choose(request: MemberRequest, handshake_id: uuid.UUID) -> HttpResponse:
    """Whose records are meant: several people, or others than before. POST: one of them, or "throw away"."""
    trips = request.user.handshakes.select_related("plan", "connection")
    handshake = get_object_or_404(trips, pk=handshake_id)
    now, binding = timezone.now(), handshakes.bound(request.session)
    try:
        if request.method == "GET":
            return _ask_who(request, handshake, held_answers.question_of(handshake, binding=binding, now=now))
        if "refuse" in request.POST:
            is_revoked = member_trip.refuse(handshake=handshake, binding=binding, now=now)
            return _thrown_away(request, handshake, is_revoked=is_revoked)
        chosen = request.POST.get("person", "")
        arrival = member_trip.choose(
            member=request.user, handshake=handshake, person_id=chosen, binding=binding, now=now
        )
    except ConnectionFailed as failure:
        return outcome(request, failure)
    return _on(arrival)


@require_safe
@sensitive_variables()
def go_on(request: MemberRequest, handshake_id: uuid.UUID) -> HttpResponse:
    """Where a sign-in with the plan leads after the second step: the plan's answer waited, and is used now.

    A GET that writes, as the callback is: the last redirect of a trip. It works once, in the session that
    began it.
    """
    handshake = get_object_or_404(request.user.handshakes.select_related("plan"), pk=handshake_id)
    binding = handshakes.bound(request.session)
    try:
        arrival = visitor_trip.go_on(
            member=request.user, handshake=handshake, binding=binding, now=timezone.now()
        )
    except ConnectionFailed as failure:
        return outcome(request, failure)
    return _on(arrival)


def _on(outcome: Connection | Handshake) -> HttpResponse:
    return HttpResponseRedirect(_next(outcome), status=303)


def _next(outcome: Connection | Handshake, *, is_half_way: bool = False) -> str:
    """The page that goes on from here: the next stage's, or the one on which the answer waits."""
    if isinstance(outcome, Connection):
        return member_trip.after_connect(connection=outcome, now=timezone.now())
    return reverse(f"connections:{'go_on' if is_half_way else 'choose'}", args=[outcome.pk])


def _ask_who(request: MemberRequest, handshake: Handshake, question: held_answers.Question) -> HttpResponse:
    page = "connections/other_person.html" if question.renewed else "connections/choose.html"
    return render(request, page, {"plan": handshake.plan, "question": question})


def _thrown_away(request: MemberRequest, handshake: Handshake, *, is_revoked: bool) -> HttpResponse:
    """Back to where the member came from, with a word about the permission."""
    if is_revoked:
        text = _("Thrown away. {plan} confirmed that this permission is over; no records were read with it.")
        messages.success(request, text.format(plan=handshake.plan.name))
    else:
        text = _("Thrown away here; no records were read with it. {plan} has not confirmed the end yet.")
        messages.warning(request, text.format(plan=handshake.plan.name))
    path = handshake.connection.get_absolute_url() if handshake.connection else reverse("connections:list")
    return HttpResponseRedirect(path, status=303)
