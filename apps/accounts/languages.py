"""The language a member reads in: chosen on a page, kept on the account, else what the browser asks for."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.i18n import set_language

from apps.accounts.models import Member
from apps.plain_language.language import settled

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
