"""Verbs of ending a permission: keep the records or erase them, with a receipt, and ask the plan to forget.

Here it is over the moment the transaction commits, whatever the plan answers afterwards (O-34).
"""

import enum
import logging
import uuid
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Final

from django.db import transaction

from apps.accounts.actions import withdraw
from apps.accounts.models import Member
from apps.accounts.security_log import Kind, note
from apps.accounts.session_lives import hold_member
from apps.connections import attempts, held_answers, revocations
from apps.connections.holdings import Counted, delete, holdings
from apps.connections.models import Connection, Handshake, Reason, Receipt, Revocation
from apps.connections.revocations import PATIENCE_SECONDS
from apps.connections.tokens import Tokens, open_tokens
from apps.outbound.trace import traced
from apps.plans.models import Plan
from apps.vault.boxes import box_for
from apps.vault.errors import KeyUnavailable, SealBroken

log = logging.getLogger("plainclaim.connections")
BY_MEMBER: Final = Reason.DISCONNECTED
Status = Connection.Status


def keep(*, connection: Connection, now: datetime) -> Receipt | None:
    """End the permission and keep what was read through it; None when the connection is gone.

    Nothing new comes from the commit on: there are no tokens left to read with, and a run that is still
    going finds the row ended before it writes. Safe to repeat.
    """
    with transaction.atomic():
        row = _locked(connection)
        if row is None:
            return None
        if row.is_kept:
            return kept_receipt(row)
        revocation = _end_permission(row, now=now)
        _leave_without_tokens(row, now=now)
        receipt = _receipt(row, holdings(row), revocation, records_kept=True, now=now)
        note(row.member, Kind.DISCONNECTED)
        _withdraw(row, now=now)
    with traced(attempts.trace_of(connection.attempt)):
        return _ask_at_once(receipt, now=now)


def erase(*, connection: Connection, now: datetime) -> Receipt | None:
    """End the permission, where it has not ended yet, and delete what was read; None when it is gone.

    Of a double click the second finds nothing; `erased_receipt` leads it to the receipt of the first.
    """
    with transaction.atomic():
        row = _locked(connection)
        if row is None:
            return None
        revocation = None if row.is_kept else _end_permission(row, now=now)
        _drop_trips(row.handshakes.all(), now=now)  # of a kept one too: a trip may be bringing new tokens
        if not row.is_kept:
            note(row.member, Kind.DISCONNECTED)
            _withdraw(row, now=now)
        receipt = _receipt(row, delete(row, now=now), revocation, records_kept=False, now=now)
    with traced(attempts.trace_of(connection.attempt)):
        return _ask_at_once(receipt, now=now)


def kept_receipt(connection: Connection) -> Receipt | None:
    """The receipt of a connection whose permission ended and whose records stayed."""
    if not connection.is_kept:
        return None
    receipts = connection.member.receipts.select_related("plan", "revocation")
    return receipts.filter(pk=_kept_id(connection)).first()


def erased_receipt(*, member: Member, connection_id: uuid.UUID) -> Receipt | None:
    """The member's receipt of an erased connection."""
    return member.receipts.filter(pk=_erased_id(connection_id)).first()


def end_all(*, member: Member, now: datetime) -> list[Revocation]:
    """End every permission of the member inside the caller's transaction; the plans are asked soon after.

    The records stay for the caller to delete. The revocations are the house's: they go on when the member is
    gone.
    """
    rows = list(Connection.objects.select_for_update().filter(member=member).order_by("pk"))
    ended = [_end_permission(row, now=now, at_once=False) for row in rows if not row.is_kept]
    begun = [revocation for revocation in ended if revocation is not None]
    begun += _drop_trips(member.handshakes.all(), now=now)
    for row in rows:
        _leave_without_tokens(row, now=now)
    return begun


def end_at_plan(*, plan: Plan, now: datetime) -> list[Revocation]:
    """End every permission at the plan for an operator; the records stay, and members may connect again.

    So does every trip there, with what waits in it for a choice. The plan is still to be asked; workers do it
    in half a minute where the caller does not. What is sealed under a key that cannot be had now is left as
    it is, for the next time. Safe to repeat.
    """
    begun = []
    # Trips first: an answer that waits in one makes a connection of what was given before.
    for trip in list(plan.handshakes.only("pk", "member_id")):
        with suppress(KeyUnavailable), transaction.atomic():
            hold_member(trip.member_id)
            begun += _drop_trips(plan.handshakes.select_for_update().filter(pk=trip.pk), now=now)
    rows = Connection.objects.filter(plan=plan).exclude(sealed_tokens=b"")
    for held in list(rows.only("pk", "member_id")):
        with suppress(KeyUnavailable), transaction.atomic():
            row = _locked(held)
            if row is None or not row.sealed_tokens:
                continue
            revocation = _end_permission(row, now=now)
            _leave_without_tokens(row, Status.NEEDS_SIGN_IN, Reason.ENDED_HERE, now=now)
            note(row.member, Kind.DISCONNECTED)
            begun += [revocation] if revocation else []
    return begun


def forget(plan: Plan, tokens: Tokens, *, now: datetime, waiting_in: Handshake | None = None) -> bool:
    """Have the plan end tokens nobody will use; whether it agreed at once. Otherwise it is asked again later.

    Where they wait in a handshake they leave it; raises AnswerUsed or AnswerExpired when they have left it
    already, for a connection or to be forgotten. Not in a transaction: it speaks to the plan.
    """
    with transaction.atomic():
        if waiting_in is not None:
            held_answers.let_go(waiting_in)
        row = revocations.begin(plan=plan, tokens=tokens, now=now, access_ends_at=tokens.expires_at(now=now))
    row = revocations.ask(row, now=now, patience=PATIENCE_SECONDS)
    return row.state == Revocation.State.CONFIRMED


def _leave_without_tokens(
    row: Connection, status: Status = Status.KEPT, because: str = BY_MEMBER, *, now: datetime
) -> None:
    row.status = status
    if status == Status.KEPT:  # whoever connects again is asked anew
        row.clinical_since = None
    row.sealed_tokens, row.bound_to = b"", ""
    row.tokens_version += 1
    row.refresh_lease = row.refresh_lease_until = None
    row.access_expires_at = row.permission_ends_at = None
    row.ended_because, row.ended_at = because, now
    row.save()


def _withdraw(row: Connection, *, now: datetime) -> None:
    """Take back what the member agreed to for the plan, and all of it with the last connection."""
    others = row.member.connections.exclude(pk=row.pk).exclude(status=Status.KEPT)
    if not others.filter(plan=row.plan).exists():
        withdraw(member=row.member, plan=row.plan.slug if others.exists() else None, now=now)


def _locked(connection: Connection) -> Connection | None:
    """The row as it is now, locked: who is writing through it waits, and finds it ended (R-38).

    The member comes first, as when a permission is saved; not the key, which writers of records point to.
    """
    hold_member(connection.member_id)
    rows = Connection.objects.select_for_update(of=("self",)).select_related("plan", "member")
    return rows.filter(pk=connection.pk).first()


def _end_permission(row: Connection, *, now: datetime, at_once: bool = True) -> Revocation | None:
    """Hand the newest tokens to a revocation; no trip under way may bring the connection back.

    None where there are none any more: the permission had ended before, and its tokens with it (O-24).
    """
    _drop_trips(row.member.handshakes.filter(plan=row.plan), now=now)
    if not row.sealed_tokens:
        return None
    try:
        tokens = open_tokens(row, box_for(row.member))
    except SealBroken:
        log.error("plan %s: the tokens of %s do not open and cannot be revoked", row.plan.slug, row)
        tokens = None
    return revocations.begin(
        plan=row.plan, tokens=tokens, now=now, at_once=at_once, access_ends_at=row.access_expires_at
    )


def _drop_trips(handshakes: Iterable[Handshake], *, now: datetime) -> list[Revocation]:
    """Delete handshakes; tokens that wait in one for a choice are revoked too."""
    begun = []
    for handshake in handshakes:
        tokens = held_answers.waiting_tokens(handshake)
        if tokens is not None:
            begun.append(
                revocations.begin(
                    plan=handshake.plan,
                    tokens=tokens,
                    now=now,
                    at_once=False,
                    access_ends_at=tokens.expires_at(now=now),
                )
            )
        handshake.delete()
    return begun


def _receipt(
    row: Connection,
    counted: Iterable[Counted],
    revocation: Revocation | None,
    *,
    records_kept: bool,
    now: datetime,
) -> Receipt:
    receipt = Receipt(
        member=row.member,
        plan=row.plan,
        revocation=revocation,
        records_kept=records_kept,
        counts={kind.name: kind.count for kind in counted},
        ended_at=now,
    )
    receipt.pk = _kept_id(row) if records_kept else _erased_id(row.pk)
    receipt.save(force_insert=True)
    return receipt


def _erased_id(connection_id: uuid.UUID) -> uuid.UUID:
    """A connection is erased once, so the receipt's id can be known from it: nothing else leads there."""
    return uuid.uuid5(connection_id, "erased")


def _kept_id(row: Connection) -> uuid.UUID:
    """The id of the receipt for keeping this connection's records, this time: it may be connected again.

    The count of token changes stands still while nothing is connected, so a second click finds the first.
    """
    return uuid.uuid5(row.pk, f"kept {row.tokens_version}")


def _ask_at_once(receipt: Receipt, *, now: datetime) -> Receipt:
    revocation = receipt.revocation
    if revocation is not None and revocation.state == Revocation.State.WAITING:
        receipt.revocation = revocations.ask(revocation, now=now, patience=PATIENCE_SECONDS)
    outcome = receipt.revocation.state if receipt.revocation else "ended before"
    log.info("plan %s disconnected, revocation: %s", receipt.plan.slug, outcome)
    return receipt


class AtPlan(enum.StrEnum):
    """The ways it goes; templates and sessions know them by these words."""

    ASKED = "asked"
    """The plan is asked to end it there too."""
    NOT_OFFERED = "not_offered"
    """The plan offers no way to ask it."""
    ELSEWHERE = "elsewhere"
    """The address to ask is at a third server: nobody is asked unless that is put right within the days."""
    UNREADABLE = "unreadable"
    """The tokens do not open here, so nobody can be asked."""
    OVER = "over"
    """It ended before, and its tokens with it."""


def expected(connection: Connection) -> AtPlan:
    """What ending this permission now would do at its plan, as far as is known without asking the plan."""
    if not connection.sealed_tokens:
        return AtPlan.OVER
    try:
        open_tokens(connection, box_for(connection.member))
    except SealBroken:
        return AtPlan.UNREADABLE
    return AtPlan(revocations.way(connection.plan))


def at_plan(revocation: Revocation) -> AtPlan:
    """The same of a permission that has just ended."""
    if revocation.state == Revocation.State.GIVEN_UP:
        return AtPlan.UNREADABLE
    if revocation.state == Revocation.State.NOT_OFFERED:
        return AtPlan.NOT_OFFERED
    return AtPlan(revocations.way(revocation.plan))


def by_way(pairs: Iterable[tuple[AtPlan, Plan]]) -> dict[AtPlan, tuple[Plan, ...]]:
    """The plans of each way, once each; a plan with two people's permissions may stand under two."""
    ways: dict[AtPlan, tuple[Plan, ...]] = {}
    for way, plan in pairs:
        ways[way] = tuple(dict.fromkeys((*ways.get(way, ()), plan)))
    return ways
