"""How long a connection's permission lasts, or why it ended, for any page that shows a connection."""

from typing import Any

from django import template
from django.utils import timezone

from apps.connections import lasting
from apps.connections.models import Connection
from apps.vault.boxes import box_for

register = template.Library()


@register.inclusion_tag("connections/_permission.html", takes_context=True)
def permission(context: template.Context, connection: Connection) -> dict[str, Any]:
    """Say what the member should know about the permission, if anything. One query for an active one."""
    box = box_for(context["request"].user) if connection.is_active else None
    return {"connection": connection, "notice": lasting.of(connection, box, now=timezone.now())}
