"""The state of a connection's records, and of which day names are, for other apps' pages."""

from typing import Any

from django import template
from django.utils import timezone

from apps.claims.models import Claim
from apps.connections.models import Connection
from apps.sync import actions, records

register = template.Library()


@register.inclusion_tag("sync/status.html")
def sync_status(connection: Connection) -> dict[str, Any]:
    """Show when the records of *connection* last came, how that went, and a button for news. One query."""
    last = connection.runs.newest_first().first()
    rests = last is not None and timezone.now() - last.created_at < actions.REST_BETWEEN_STARTS
    return {
        "connection": connection,
        "run": last,
        "can_update": connection.is_active and not rests and not (last is not None and last.is_active),
    }


@register.inclusion_tag("sync/days_of_names.html", takes_context=True)
def days_of_names(context: template.Context, claim: Claim) -> dict[str, Any]:
    """Say of which day the names and addresses in *claim* are, as far as the plan told."""
    return {"sentences": records.days_of_names(claim, context["request"].user), "claim": claim}
