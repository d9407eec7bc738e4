"""Saving a permission: on the connection the member has for this plan and person, else on a new one."""

import json
import logging
from dataclasses import asdict
from datetime import datetime
from typing import Final

from django.db import transaction

from apps.accounts.models import Member
from apps.connections import attempts
from apps.connections.handshakes import still_there
from apps.connections.models import Attempt, Connection, Handshake
from apps.connections.people import Person, person_of
from apps.connections.seals import opening
from apps.connections.tokens import Tokens
from apps.plans.scopes import LASTING
from apps.vault.boxes import box_for

log = logging.getLogger("plainclaim.connections")

NOT_LASTING: Final = (
    "No lasting access, although offline_access was asked for. Some servers give it only with the quirk "
    "authorize_parameters: prompt=consent."
)


def keep(
    member: Member, handshake: Handshake, tokens: Tokens, person: Person, *, now: datetime
) -> Connection:
    """Save the permission: on the row this member has for this plan and person, else on a new one (O-29).

    The row keeps its records and its address, also when its permission had ended or was ended by the member.
    Raises AnswerExpired when a disconnect or the closing of the account took the trip back meanwhile, and
    StoredPartBroken when a row it has to be compared with does not open; then the tokens are the caller's.
    """
    plan = handshake.plan
    with transaction.atomic():
        # One at a time for a member, so that one person is never connected twice.
        still_there(handshake)
        rows = member.connections.filter(plan=plan).exclude(status=Connection.Status.ENDING)
        with opening():
            box = box_for(member)
            same = [row for row in rows if person_of(row, box).id == person.id]
        connection = same[0] if same else Connection(member=member, plan=plan)
        connection.status = Connection.Status.ACTIVE
        connection.scopes_granted = tokens.scope or ""
        connection.scopes_asked = tokens.scopes_asked
        connection.attempt = handshake.attempt
        connection.sealed_tokens = box.seal(connection, "sealed_tokens", tokens.to_bytes())
        connection.sealed_patient = box.seal(
            connection, "sealed_patient", json.dumps(asdict(person)).encode()
        )
        connection.connected_at = now
        connection.access_expires_at = tokens.expires_at(now=now)
        connection.permission_ends_at = tokens.permission_ends_at
        connection.tokens_version += 1
        connection.refresh_lease = connection.refresh_lease_until = None
        connection.ended_because, connection.ended_at = "", None
        connection.save()
        # Inside: whatever fails from here on leaves no connection whose tokens the caller gives back.
        attempts.advance(handshake.attempt, Attempt.Stage.CONNECTED)
        if tokens.refresh_token is None and LASTING in tokens.scopes_asked.split():
            log.warning("plan %s gave no lasting access, although offline_access was asked for", plan.slug)
            attempts.remark(handshake.attempt, NOT_LASTING)
    return connection
