"""What pages say of a connection: how long it lasts, whether its plan signs in; and plans by name."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django import template
from django.utils import timezone

from apps.accounts.models import Member
from apps.accounts.requests import box_of
from apps.connections import identities, permission_duration
from apps.connections.models import Connection
from apps.connections.people import Person, persons_of
from apps.plain_language.theirs import listed
from apps.plans.models import Plan
from apps.vault.errors import VaultError

register = template.Library()


@register.inclusion_tag("connections/_permission.html", takes_context=True)
def permission(
    context: template.Context, connection: Connection, name: str = "", *, has_button: bool = True
) -> dict[str, Any]:
    """Say what the member should know about the permission, if anything. One query for an active one.

    *name* is what the plan is called where it is there several times. A page that has the button to sign in
    again elsewhere asks for none (*has_button*).
    """
    box = box_of(context["request"]) if connection.is_active else None
    notice = permission_duration.of(connection, box, now=timezone.now())
    values = {"connection": connection, "notice": notice, "name": name, "has_button": has_button}
    return {**values, "person": context.get("person")}


@register.filter
def names(plans: Iterable[Plan]) -> str:
    """Return ``A, B and C`` of these plans."""
    return listed([plan.name for plan in plans])


@register.filter
def of(connection: Connection, person: Person | None) -> str:
    """Return "Harborlight Health, Rosa Quill": the plan, and whose records it shares where that is known."""
    return ", ".join(filter(None, (connection.plan.name, person.name if person else "")))


@register.simple_tag
def connections_of(member: Member) -> list[tuple[Connection, Person | None, bool]]:
    """Their connections, whose records each gives where that opens, and whether `of` tells it apart."""
    connections = member.connections.newest_first()
    try:
        rows = persons_of(member, connections)
    except VaultError:  # no key is at hand: the account is to be seen all the same
        rows = [(row, None) for row in connections]
    counts = Counter(of(*row) for row in rows)
    return [(row, person, counts[of(row, person)] == 1) for row, person in rows]


@register.simple_tag
def sign_in_state(connection: Connection) -> str:
    """Return "on", "offered", or "" where the plan did not prove who signed in."""
    try:
        if identities.proof_of(connection) is None:
            return ""
        return "on" if identities.is_linked(connection) else "offered"
    except VaultError:  # the page says elsewhere that it does not open
        return ""
