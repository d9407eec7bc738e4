"""Whether the menu has a way to care: for members who said yes to clinical records, or have some."""

from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from apps.accounts.models import Member
from apps.plans.scopes import shares_clinical
from config.fhir_types import CLINICAL, fhir_types


def care_in_menu(request: HttpRequest) -> dict[str, Any]:
    """Give templates `has_care`; it is asked for where the menu is drawn, with one query."""
    return {"has_care": SimpleLazyObject(lambda: _has_care(getattr(request, "user", None)))}


def _has_care(user: Any) -> bool:
    """Whether the member said yes to them where the plan may share them, or has some from before."""
    if not isinstance(user, Member):
        return False
    cared = user.records.filter(connection=OuterRef("pk"), fhir_type__in=fhir_types(CLINICAL))
    # Every page asks: what is needed of a connection, not two whole rows.
    connections: Any = user.connections.select_related("plan").annotate(has_care=Exists(cared))
    return any(
        connection.has_care or (connection.clinical_since and shares_clinical(connection.plan.quirks))
        for connection in connections.only("clinical_since", "plan__profile", "plan__own_quirks")
    )
