"""Coming back from a plan: the callback (leaving is `setting_out`)."""

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET

from apps.accounts.models import Member
from apps.accounts.signing_in import sign_in
from apps.connections import actions, completing, handshakes
from apps.connections.completing import ChoiceNeeded
from apps.connections.errors import ConnectionFailed
from apps.connections.headers import secret_address
from apps.connections.models import Connection
from apps.connections.views.outcome import outcome as _outcome
from apps.connections.visitors import SignedInOnly
from apps.plain_language.language import _


@require_GET
@secret_address
@login_not_required
@sensitive_variables()
def callback(request: HttpRequest, slug: str = "") -> HttpResponse:  # noqa: ARG001 - part of the path
    """The redirect URI: the plan's answer. It works once, and at the recorded path; bad ones end on a page.

    When nobody is signed in it may be a visitor's, who is signed in by it.
    """
    now = timezone.now()
    try:
        found = completing.complete(
            member=request.user if request.user.is_authenticated else None,
            callback=handshakes.Callback.read(request.GET, arrived_at=settings.SITE_URL + request.path),
            binding=handshakes.bound(request.session),
            now=now,
        )
    except SignedInOnly as known:
        messages.warning(request, _(known.sentence))
        path = sign_in(request, known.member, next_path=reverse("connections:list"))
        return HttpResponseRedirect(path, status=303)
    except ConnectionFailed as failure:
        return _outcome(request, failure)
    member, path = _whose_and_where(found, now=now)
    if member is not None and not request.user.is_authenticated:
        path = sign_in(request, member, next_path=path)
    return HttpResponseRedirect(path, status=303)  # the code leaves the address bar (O-38)


def _whose_and_where(found: Connection | ChoiceNeeded, *, now: datetime) -> tuple[Member | None, str]:
    """Who has come in by this answer, and the page that goes on from here."""
    if isinstance(found, ChoiceNeeded):
        page = "connections:go_on" if found.is_passkey_first else "connections:choose"
        return found.handshake.member, reverse(page, args=[found.handshake.pk])
    return found.member, actions.after_connect(connection=found, now=now)
