"""The page that asks whose records are meant, before anything of them is read."""

import uuid

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.requests import MemberRequest
from apps.connections import actions, choosing, completing, handshakes
from apps.connections.errors import ConnectionFailed
from apps.connections.models import Handshake
from apps.connections.views.outcome import outcome
from apps.plain_language.language import _


@require_http_methods(["GET", "POST"])
@sensitive_variables()
def choose(request: MemberRequest, handshake_id: uuid.UUID) -> HttpResponse:
    """Whose records are meant: several people, or others than before. POST: one of them, or "throw away"."""
    trips = request.user.handshakes.select_related("plan", "connection")
    handshake = get_object_or_404(trips, pk=handshake_id)
    now, binding = timezone.now(), handshakes.bound(request.session)
    try:
        if request.method == "GET":
            return _ask(request, handshake, choosing.question_of(handshake, binding=binding, now=now))
        if "refuse" in request.POST:
            is_revoked = actions.refuse(handshake=handshake, binding=binding, now=now)
            return _thrown_away(request, handshake, is_revoked=is_revoked)
        chosen = request.POST.get("person", "")
        found = actions.choose(handshake=handshake, person_id=chosen, binding=binding, now=now)
    except ConnectionFailed as failure:
        return outcome(request, failure)
    return HttpResponseRedirect(actions.after_connect(connection=found, now=now), status=303)


@require_safe
@sensitive_variables()
def go_on(request: MemberRequest, handshake_id: uuid.UUID) -> HttpResponse:
    """Where a sign-in with the plan leads after the passkey: the plan's answer, which waited, is used now.

    A GET that writes, as the callback is: the last redirect of a trip. It works once, in the session that
    began it.
    """
    handshake = get_object_or_404(request.user.handshakes.select_related("plan"), pk=handshake_id)
    now = timezone.now()
    try:
        found = actions.go_on(handshake=handshake, binding=handshakes.bound(request.session), now=now)
    except ConnectionFailed as failure:
        return outcome(request, failure)
    if isinstance(found, completing.ChoiceNeeded):
        return HttpResponseRedirect(reverse("connections:choose", args=[handshake.pk]), status=303)
    return HttpResponseRedirect(actions.after_connect(connection=found, now=now), status=303)


def _ask(request: MemberRequest, handshake: Handshake, question: choosing.Question) -> HttpResponse:
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
