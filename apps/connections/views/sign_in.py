"""Turning a plan's sign-in on and off for a member."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.actions import sign_out_others
from apps.accounts.requests import MemberRequest
from apps.accounts.security_log import Kind, note, way_added
from apps.accounts.signing_in import is_it_you
from apps.connections import identities
from apps.connections.identities import IdentityProblem
from apps.plain_language.language import _


@require_POST
def link(request: MemberRequest, connection_id: uuid.UUID) -> HttpResponse:
    """From now on the member may also sign in with this connection's plan."""
    row = get_object_or_404(request.user.connections.newest_first(), pk=connection_id)
    if question := is_it_you(request):
        return question
    was_linked = identities.is_linked(row)
    try:
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
