"""Pages about connections: those a member has, signing in with their plan, how one ends or the whole account
with all, and receipts. And our public keys, for plans."""

import logging
import uuid
from typing import cast

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from apps.accounts.actions import sign_out_others
from apps.accounts.requests import MemberRequest
from apps.accounts.security_log import Kind, note, way_added
from apps.accounts.session_lives import hold_signed_in
from apps.accounts.sign_in import freshly, is_it_you, surely
from apps.accounts.ways import has_password, passkeys
from apps.connections import account_closure, client_keys, endings, identities, wording
from apps.connections.holdings import holdings
from apps.connections.identities import IdentityProblem
from apps.connections.models import Connection, Receipt
from apps.connections.people import persons_of
from apps.plain_language.language import _
from apps.plans.models import Plan
from apps.plans.scopes import scopes_to_ask

VERBS = {"keep": endings.keep, "erase": endings.erase}
log = logging.getLogger("plainclaim.connections")
SESSION_KEY = "connections.farewell"
REMEMBERED_SECONDS = 600


@require_GET
def connections(request: MemberRequest) -> HttpResponse:
    """Every plan the member connected, newest first."""
    rows = persons_of(request.user, request.user.connections.newest_first())
    lede = wording.overview(
        connected=[row.plan.name for row, _ in rows if row.is_active],
        waiting=[row.plan.name for row, _ in rows if row.needs_sign_in],
        kept=[row.plan.name for row, _ in rows if row.is_kept],
    )
    # Whoever comes in by the plan alone is first told what stopping means for coming back.
    may_stop_here = has_password(request.user) or passkeys(request.user)
    context = {"rows": rows, "lede": lede, "may_stop_here": may_stop_here}
    return render(request, "connections/list.html", context)


@require_GET
def connection(request: MemberRequest, connection_id: uuid.UUID) -> HttpResponse:
    """One connection: whose records, since when, what the plan granted."""
    row = get_object_or_404(request.user.connections.newest_first(), pk=connection_id)
    ((_, person),) = persons_of(request.user, [row])
    context = {
        "connection": row,
        "person": person,
        "receipt": endings.kept_receipt(row),
        "granted": wording.granted(row.scopes_granted),
        "withheld": wording.withheld(
            row.scopes_granted,
            asked=row.scopes_asked.split() or scopes_to_ask(row.plan.quirks, consents=row.consents),
            consents=row.consents,
        ),
    }
    return render(request, "connections/connection.html", context)


@require_http_methods(["GET", "POST"])
@sensitive_variables()
def disconnect(request: MemberRequest, connection_id: uuid.UUID) -> HttpResponse:
    """GET: what goes and what stays. POST with `records` keep or erase: it is done, and the receipt follows.

    A second POST leads to the receipt of the first.
    """
    row = request.user.connections.newest_first().filter(pk=connection_id).first()
    receipt = None
    if row is None:
        receipt = endings.erased_receipt(member=request.user, connection_id=connection_id)
    elif request.method == "GET" or request.POST.get("records") not in VERBS:
        return _question(request, row)
    else:
        receipt = VERBS[request.POST["records"]](connection=row, now=timezone.now())
        receipt = receipt or endings.erased_receipt(member=request.user, connection_id=connection_id)
    if receipt is None:
        return render(request, "connections/gone.html", status=404)
    return HttpResponseRedirect(receipt.get_absolute_url(), status=303)


def _question(request: MemberRequest, row: Connection) -> HttpResponse:
    ((_, person),) = persons_of(request.user, [row])
    only_by_plan = not row.is_kept and not has_password(request.user) and not passkeys(request.user)
    context = {
        "connection": row,
        "person": person,
        "at_plan": endings.expected(row),
        "holdings": holdings(row),
        "only_by_plan": only_by_plan,
    }
    return render(
        request, "connections/disconnect.html", context, status=200 if request.method == "GET" else 400
    )


@require_safe
def receipts(request: MemberRequest) -> HttpResponse:
    """Every permission the member ended, the newest first."""
    rows = request.user.receipts.select_related("plan", "revocation").order_by("-ended_at", "id")
    return render(request, "connections/receipts.html", {"receipts": rows})


@require_safe
def receipt(request: MemberRequest, receipt_id: uuid.UUID) -> HttpResponse:
    """What was deleted or kept, and whether the plan agreed."""
    row: Receipt = get_object_or_404(
        request.user.receipts.select_related("plan", "revocation"), pk=receipt_id
    )
    return render(request, "connections/receipt.html", {"receipt": row})


@login_not_required
def close(request: HttpRequest) -> HttpResponse:
    """Lead a visitor on: the second of two clicks finds the account closed."""
    if request.user.is_authenticated:
        return _close(cast("MemberRequest", request))
    return (
        HttpResponseRedirect(reverse("closed"), status=303)
        if request.method == "POST"
        else redirect_to_login(request.path)
    )


@require_http_methods(["GET", "POST"])
@surely
@freshly
@sensitive_variables()
def _close(request: MemberRequest) -> HttpResponse:
    """GET: what would go. POST with the phrase: it is gone, and nobody is signed in any more."""
    typed = request.POST.get("phrase", "")
    if request.method == "POST" and account_closure.is_confirmed(typed):
        address = request.user.email
        ways = account_closure.close(member=request.user, now=timezone.now())
        logout(request)
        if ways is not None:  # of two presses at once the first
            _say_goodbye(address)
        # Plans alone: they name nobody.
        request.session[SESSION_KEY] = {
            way: [plan.slug for plan in plans] for way, plans in (ways or {}).items()
        }
        request.session.set_expiry(REMEMBERED_SECONDS)
        return HttpResponseRedirect(reverse("closed"), status=303)
    context = {
        "estate": account_closure.estate(request.user),
        "phrase": _(account_closure.PHRASE),
        "is_wrong": request.method == "POST",
    }
    return render(request, "connections/close.html", context, status=400 if context["is_wrong"] else 200)


def _say_goodbye(address: str | None) -> None:
    """Tell it by mail, in case it was somebody else; a mail server that is down keeps no account open."""
    if address:
        try:
            get_adapter().send_mail("account/email/account_closed", address, {})
        except OSError:
            log.warning("a closed account was not told by mail")


@require_safe
@login_not_required
def closed(request: HttpRequest) -> HttpResponse:
    """Goodbye, with the plans by what becomes of the permission there."""
    ways = request.session.get(SESSION_KEY, {})
    plans = Plan.objects.order_by("name")
    plans_by_way = {way: plans.filter(slug__in=slugs) for way, slugs in ways.items()}
    return render(request, "connections/closed.html", {"ways": plans_by_way})


@require_POST
def link(request: MemberRequest, connection_id: uuid.UUID) -> HttpResponse:
    """From now on the member may also sign in with this connection's plan."""
    row = get_object_or_404(request.user.connections.newest_first(), pk=connection_id)
    if question := is_it_you(request):
        return question
    was_linked = identities.is_linked(row)
    try:
        with transaction.atomic():
            hold_signed_in(request)  # else who had the browser left a way in behind
            identities.link(connection=row, now=timezone.now())
    except IdentityProblem as problem:
        messages.error(request, _(problem.sentence))
    else:
        if not was_linked:
            way_added(request.user)
            sign_out_others(member=request.user, request=request)
        messages.success(request, _("You can now also sign in with {plan}.").format(plan=row.plan.name))
    return redirect(row)


@require_http_methods(["GET", "POST"])
def unlink(request: MemberRequest, identity_id: uuid.UUID) -> HttpResponse:
    """GET: what removing means. POST: this plan signs nobody in to this account any more."""
    identity = get_object_or_404(request.user.identities.select_related("plan"), pk=identity_id)
    if request.method == "GET":
        return render(request, "connections/unlink.html", {"identity": identity})
    if question := is_it_you(request):
        return question
    try:
        identities.unlink(identity=identity)
    except IdentityProblem as problem:
        messages.error(request, _(problem.sentence))
    else:
        note(request.user, Kind.PLAN_REMOVED)
        sign_out_others(member=request.user, request=request)
        messages.success(request, _("{plan} no longer signs you in here.").format(plan=identity.plan.name))
    return redirect("accounts:account")


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def jwks(_request: HttpRequest) -> JsonResponse:
    """The key set (RFC 7517); an hour in a cache is far below the day a key is known before it signs."""
    return JsonResponse(client_keys.jwks(now=timezone.now()), content_type="application/jwk-set+json")
