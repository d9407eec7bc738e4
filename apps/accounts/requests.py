"""The request of a signed-in member."""

from django.http import HttpRequest

from apps.accounts.models import Member


class MemberRequest(HttpRequest):
    """For the type checker: a request that LoginRequiredMiddleware let through."""

    user: Member
