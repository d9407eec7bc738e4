"""Saving a permission: on the connection the member has for this plan and person, else on a new one."""

import json
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from apps.accounts.models import Member
from apps.connections import attempts
from apps.connections.models import Attempt, Connection, Handshake
from apps.connections.people import Person
from apps.connections.tokens import Tokens
from apps.vault.boxes import box_for


def keep(
    member: Member, handshake: Handshake, tokens: Tokens, person: Person, *, now: datetime
) -> Connection:
    """Save the permission: on the row this member has for this plan and person, else on a new one (O-29)."""
    plan, box = handshake.plan, box_for(member)
    with transaction.atomic():
        # One at a time for a member, so that one person is never connected twice.
        Member.objects.select_for_update().get(pk=member.pk)
        rows = member.connections.filter(plan=plan).exclude(status=Connection.Status.ENDING)
        same = [row for row in rows if json.loads(box.open(row, "sealed_patient"))["id"] == person.id]
        connection = same[0] if same else Connection(member=member, plan=plan)
        connection.status = Connection.Status.ACTIVE
        connection.scopes_granted = tokens.scope or ""
        connection.attempt = handshake.attempt
        connection.sealed_tokens = box.seal(connection, "sealed_tokens", tokens.to_bytes())
        connection.sealed_patient = box.seal(
            connection, "sealed_patient", json.dumps(asdict(person)).encode()
        )
        connection.connected_at = now
        connection.access_expires_at = tokens.expires_at(now=now)
        connection.tokens_version += 1
        connection.refresh_lease = connection.refresh_lease_until = None
        connection.ended_because, connection.ended_at = "", None
        connection.save()
    attempts.advance(handshake.attempt, Attempt.Stage.CONNECTED)
    return connection
