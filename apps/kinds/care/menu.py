"""Whether the menu has a way to care: for members whose plans share clinical records."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.connections.preflight import clinical


def care_in_menu(request: HttpRequest) -> dict[str, Any]:
    """Give templates `has_care`; it is asked for where the menu is drawn, with one query."""
    return {"has_care": SimpleLazyObject(lambda: _has_care(getattr(request, "user", None)))}


def _has_care(user: Any) -> bool:
    if not isinstance(user, Member):
        return False
    rows = user.connections.select_related("plan__pace")
    return any(_shares(connection) for connection in rows)


def _shares(connection: Connection) -> bool:
    """Whether the plan is known to share them, or the member said yes and nothing is known yet."""
    known = clinical(connection.plan)
    return known == "shared" or (known == "unknown" and connection.clinical_since is not None)
