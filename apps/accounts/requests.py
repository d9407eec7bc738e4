"""The requests of members: whose box, in which language, through how few proxies, and forms that wait."""

import ipaddress
import json
from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.i18n import set_language

from apps.accounts.models import Member
from apps.plain_language.language import settled
from apps.vault.boxes import Box, box_for


class MemberRequest(HttpRequest):
    """For the type checker: a request that LoginRequiredMiddleware let through."""

    user: Member


def box_of(request: HttpRequest) -> Box:
    """Return the box of who is signed in, made once for a request. One query."""
    box: Box | None = getattr(request, "member_box", None)
    if box is None:
        box = request.member_box = box_for(request.user)  # type: ignore[attr-defined]
    return box


KEY: Final = "accounts.proxies.counts"
KEPT_SECONDS: Final = 24 * 3600


def note_fewer(request: HttpRequest) -> None:
    """Keep for a day that a request came through fewer proxies than TRUSTED_PROXIES (W-19).

    Where that is so for everybody, one proxy too many is trusted: the address that a visitor makes up is then
    taken for theirs. Who asks on this machine itself comes through none, and tells nothing.
    """
    named = request.headers.get("X-Forwarded-For", "").split(",")
    came_through = sum(bool(address.strip()) for address in named)
    if came_through >= settings.TRUSTED_PROXIES or (not came_through and _is_here(request)):
        return
    seen = cache.get(KEY, [])
    if came_through not in seen:
        cache.set(KEY, sorted([*seen, came_through]), KEPT_SECONDS)


def fewer_seen() -> list[int]:
    """Through how many proxies requests came within a day, where that is fewer than are trusted now."""
    return [number for number in cache.get(KEY, []) if number < settings.TRUSTED_PROXIES]


def _is_here(request: HttpRequest) -> bool:
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


OPERATORS = "/admin/"


class MemberLanguageMiddleware:
    """Speak the language kept on the account; operators' pages are English."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Choose before the view runs: mails and messages of this request follow."""
        language = "en" if request.path.startswith(OPERATORS) else _kept(request)
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = language
        with settled():
            return self.get_response(request)


def _kept(request: HttpRequest) -> str:
    return language_of(request.user) if isinstance(request.user, Member) else ""


def language_of(member: Member) -> str:
    """Return the language kept on the account, "" where none was chosen."""
    return member.language if member.language in dict(settings.LANGUAGES) else ""


def keep_choice(request: HttpRequest, member: Member) -> None:
    """Take a visitor's choice in this browser into their account, unless the account has one already."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if not language_of(member) and chosen in dict(settings.LANGUAGES):
        member.language = chosen
        member.save(update_fields=["language"])


@login_not_required
def choose_language(request: HttpRequest) -> HttpResponse:
    """Ask for the language; remember it in a cookie and on the account, and go back to where they were."""
    if request.method != "POST":
        return render(request, "accounts/language.html", {"next": request.GET.get("next", "")})
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        # Django would remember any language it knows itself.
        form = request.POST.copy()
        form.pop("language", None)
        request.POST = form  # type: ignore[assignment]
    elif isinstance(request.user, Member):
        request.user.language = chosen
        request.user.save(update_fields=["language"])
    return set_language(request)  # type: ignore[no-any-return,unused-ignore]


KEPT: Final = "account_reauthentication_state"
"""Where allauth keeps it (`allauth.account.internal.flows.reauthentication`)."""
NEEDED: Final = frozenset(
    {
        "CONTENT_LENGTH", "CONTENT_TYPE", "CSRF_COOKIE", "PATH_INFO", "QUERY_STRING", "REQUEST_METHOD",
        "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "wsgi.url_scheme",
    }
)  # fmt: skip
"""What a form that is answered later has to bring (PEP 3333)."""
HEADER: Final = "HTTP_"
ADDRESS: Final = "REMOTE_ADDR"


class ForgetSecretsMiddleware:
    """Drop what a form that waits does not need: no key and no sign of who sent it is stored readably.

    Its headers and the address are, when it goes on, those of the request that answers "is it you?". Stands
    around whatever lets a form wait, and inside what stores the session.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Lend a form that waits the headers of now, answer, and drop what the answer left in the session."""
        if request.method != "POST":
            return self.get_response(request)
        _change(request, lambda brought: _of_now(request) | brought)
        response = self.get_response(request)
        _change(request, lambda brought: {name: brought[name] for name in brought if name in NEEDED})
        return response


def _of_now(request: HttpRequest) -> dict[str, Any]:
    return {name: value for name, value in request.META.items() if name.startswith(HEADER) or name == ADDRESS}


def _change(request: HttpRequest, to: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    waiting = request.session.get(KEPT) or {}
    kept = json.loads(waiting.get("request") or "{}")
    if "META" in kept and (meta := to(kept["META"])) != kept["META"]:
        request.session[KEPT] = {**waiting, "request": json.dumps(kept | {"META": meta})}
