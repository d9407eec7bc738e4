"""What opens the admin: a passkey used in this session, and again before what hands the site over (S-01).

What each may do there are `ROLES` (S-02).

The first passkey is made behind a password together with a code by mail, or behind a one-time link that
`operator_link` prints on the machine itself. The link is also for whoever lost the device.
"""

import time
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from django.apps import apps as every_app
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from apps.accounts import passkeys, ways
from apps.accounts.models import Member
from apps.audit import trail
from apps.plain_language.language import _

LINK: Final = "link"
"""How a session says that a one-time link opened it."""
PROOF_SECONDS: Final = 300
"""How long a passkey counts for a change of addresses, clients, secrets, operators and roles."""
HOSTS_DIFFER: Final = 2
"""Seconds by which the clocks of two web hosts may differ: of a moment further ahead nobody knows."""
LOOKING: Final = (
    "connections.view_attempt", "connections.view_connection", "connections.view_revocation",
    "plans.view_plan", "plans.view_registration", "plans.view_registrationstep",
    "sync.view_planpace", "sync.view_refresh", "sync.view_syncrun", "sync.view_syncstep",
)  # fmt: skip
ROLES: Final[dict[str, tuple[str, ...]]] = {
    "support": (*LOOKING, "accounts.view_member", "accounts.view_supportcode"),
    "plans": (
        *LOOKING, "plans.add_plan", "plans.change_plan", "plans.add_registration",
        "plans.change_registration",
        "plans.add_registrationstep", "plans.change_registrationstep", "claims.view_notunderstood",
        "connections.view_clientkey", "listing.view_applisting", "listing.change_applisting",
        "listing.view_signedanswer", "listing.add_signedanswer", "listing.view_gatheredevidence",
        "listing.view_accesseddata", "listing.add_accesseddata", "listing.change_accesseddata",
        "listing.delete_accesseddata", "listing.view_logo", "listing.add_logo", "listing.change_logo",
        "listing.view_transfercount", "appeals.view_checkedrule",
        "appeals.add_checkedrule", "appeals.change_checkedrule",
    ),
    "security": (
        *LOOKING, "accounts.view_member", "accounts.change_member", "audit.view_auditentry",
        "connections.view_clientkey", "connections.change_clientkey", "connections.change_revocation",
    ),
    "auditor": (
        *LOOKING, "accounts.view_member", "audit.view_auditentry", "connections.view_clientkey",
        "claims.view_notunderstood", "listing.view_applisting", "listing.view_accesseddata",
        "listing.view_logo", "listing.view_transfercount", "appeals.view_checkedrule",
    ),
}  # fmt: skip
"""What each may do. Making operators, giving roles and deleting plans is left to superusers."""


def used_passkey_at(request: HttpRequest) -> list[float]:
    """When passkeys were used in this session, in seconds since 1970."""
    records = get_authentication_records(request, request.user)
    passkey = ("mfa", "webauthn")
    return [record["at"] for record in records if (record.get("method"), record.get("type")) == passkey]


def is_proved_lately(request: HttpRequest) -> bool:
    """Whether a passkey was used in this session within five minutes."""
    return any(is_within(moment, PROOF_SECONDS) for moment in used_passkey_at(request))


def is_within(moment: float, seconds: float) -> bool:
    """Whether that was so lately; a moment still to come proves nothing: the clock was set back since."""
    return -HOSTS_DIFFER < time.time() - moment < seconds


def way_to_prove(path: str) -> str:
    """The page that asks for the passkey and leads on to *path*."""
    return f"{reverse('mfa_reauthenticate_webauthn')}?{urlencode({REDIRECT_FIELD_NAME: path})}"


def may_change_ways(request: HttpRequest) -> bool:
    """Whether this session may add and remove an operator's passkeys: any other member's may."""
    member: Any = request.user
    if member.may_use_plans or is_proved_lately(request):
        return True
    moments = _moments(request)
    if is_within(moments.get(LINK, 0.0), settings.ACCOUNT_REAUTHENTICATION_TIMEOUT):
        return True
    return {"password", "code"} <= moments.keys() and not ways.passkeys(member)


def _moments(request: HttpRequest) -> dict[Any, float]:
    """When each way was last used in this session."""
    records = get_authentication_records(request, request.user)
    return {record.get("method"): record["at"] for record in records}


def _made_since_the_link(request: HttpRequest) -> bool:
    """Whether the passkey that a one-time link led to is there: one of before may be lost."""
    member: Any = request.user
    linked = _moments(request).get(LINK, 0.0)
    return any(key.created_at.timestamp() >= linked for key in ways.passkeys(member))


@never_cache
def door(request: HttpRequest, *, is_open: bool) -> HttpResponse:
    """The admin's page for signing in: what is still missing, or on to where the operator wanted to."""
    wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
    # What begins otherwise is no path: behind the site's name it would go on spelling a host.
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    path = wanted if is_ours else reverse("admin:index")
    if not request.user.is_authenticated:
        return redirect_to_login(path)
    if not getattr(request.user, "is_staff", False):
        raise PermissionDenied
    if is_open:
        return redirect(path)
    if not passkeys.are_possible(request):
        elsewhere = f"{settings.SITE_URL}{path}" if passkeys.is_named(settings.SITE_URL) else ""
        context = {"state": "number", "elsewhere": elsewhere}
        return render(request, "accounts/operator.html", context, status=403)
    if may_change_ways(request) and not _made_since_the_link(request):
        messages.info(request, _("Operators need a passkey. Make one here, then open the operators' pages."))
        return redirect("accounts:add_passkey")
    if ways.passkeys(request.user):
        return redirect(way_to_prove(path))
    return render(request, "accounts/operator.html", {"state": "again", "path": path}, status=403)


class _Links(PasswordResetTokenGenerator):
    """Links that are over with the next sign-in, after half an hour, and with every change of the way in."""

    key_salt = "apps.accounts.operators"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{user.pk} {user.password} {user.email} {user.last_login} {timestamp}"


def one_time_link(operator: Member) -> str:
    """The address that signs this operator in once, to make a passkey."""
    trail.record(action="operator_link", subject=trail.name_of(operator))
    path = reverse("accounts:operator_link", args=[operator.pk, _Links().make_token(operator)])
    return f"{settings.SITE_URL}{path}"


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_variables("token")
def use_link(request: HttpRequest, pk: UUID, token: str) -> HttpResponse:
    """GET: a button, since programs that look at links press none. POST: sign in once, to make a passkey."""
    if request.method == "POST" and _sign_in_once(request, pk, token):
        return redirect("admin:login")
    is_good = _Links().check_token(Member.objects.operators().filter(pk=pk).first(), token)
    context = {"state": "link" if is_good else "over"}
    return render(request, "accounts/operator.html", context, status=200 if is_good else 404)


def _sign_in_once(request: HttpRequest, pk: UUID, token: str) -> bool:
    """Whether the link was good; of two that use it at the same moment one is in time."""
    with transaction.atomic():
        operator = Member.objects.operators().select_for_update().filter(pk=pk).first()
        if operator is None or not _Links().check_token(operator, token):
            return False
        get_adapter().login(request, operator)  # which moves `last_login`, and so ends the link
        operator.vouch_for_address()
        record_authentication(request, operator, LINK, reauthenticated=True)
        trail.record(
            action="used a one-time link", actor=trail.member(operator), subject=trail.name_of(operator)
        )
    return True


def make_groups(*, using: str, apps: Any = every_app, **_: Any) -> None:
    """Make the groups, or set them right again; sent by Django after the permissions were made."""
    group, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    permission_by_name = {
        f"{label}.{codename}": pk
        for pk, label, codename in permission.objects.using(using).values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    for name, permissions in ROLES.items():
        role, _is_new = group.objects.using(using).get_or_create(name=name)
        role.permissions.set([permission_by_name[allowed] for allowed in permissions])
