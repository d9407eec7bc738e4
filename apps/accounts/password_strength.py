"""Whether a password will do, said while it is typed; without JavaScript the form says so when it is sent."""

from typing import Any, Final

from allauth.core.internal import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from apps.accounts.models import Member
from apps.accounts.passwords import MOST
from apps.plain_language.language import _

LONGEST_ADDRESS: Final = 254
"""What a mail address has at most; a password is compared with every part of it."""


@login_not_required
@never_cache
@require_POST
@sensitive_post_parameters()
@sensitive_variables()
def judge(request: HttpRequest) -> JsonResponse:
    """One sentence about the password that was sent; "" where too many were in a minute. Nothing is kept."""
    if not ratelimit.consume(request, app="allauth.account", action="password_judged"):
        return JsonResponse({"words": "", "is_good": False})
    password = request.POST.get("password1", "")[:MOST]
    email = request.POST.get("email", "")[:LONGEST_ADDRESS]
    user: Any = request.user if request.user.is_authenticated else Member(email=email)
    try:
        validate_password(password, user)
    except ValidationError as error:
        return JsonResponse({"words": error.messages[0], "is_good": False})
    return JsonResponse({"words": _("Good: this is hard to guess."), "is_good": True})
