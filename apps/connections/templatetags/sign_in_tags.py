"""Whether a connection's plan signs its member in."""

from django import template

from apps.connections import identities
from apps.connections.models import Connection
from apps.vault.errors import VaultError

register = template.Library()


@register.simple_tag
def sign_in_state(connection: Connection) -> str:
    """Return "on", "offered", or "" where the plan did not prove who signed in."""
    try:
        if identities.proof_of(connection) is None:
            return ""
        return "on" if identities.is_linked(connection) else "offered"
    except VaultError:  # the page says elsewhere that it does not open
        return ""
