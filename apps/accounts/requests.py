"""The request of a signed-in member."""

from django.http import HttpRequest

from apps.accounts.models import Member
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
