"""Changes of where codes, tokens, secrets and members go: held for a second operator, or for a day (S-01).

Whoever has one operator's password sends nothing anywhere with it; all operators hear of it by mail.
"""

import ipaddress
import uuid
from collections.abc import Mapping
from copy import copy
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from apps.audit import trail
from apps.audit.notices import mail_operators, members_exist, note
from apps.outbound.addresses import parts_of
from apps.outbound.errors import OutboundError
from apps.plans.choices import Status
from apps.plans.clients import note_origins, origins_of
from apps.plans.discovery import known_endpoints
from apps.plans.models import HeldChange, Plan
from apps.plans.origins import allowed_origins, binding, came_along, led_to, may_come_along, settle
from apps.plans.registrations import Registration

WAIT: Final = timedelta(hours=24)
GUARDED: Final = (
    *("fhir_base_url", "authorize_url", "token_url", "revoke_url", "issuer"),
    *("system_id", "confirmed_origins", "registration_id", "website"),
)
"""What waits together as soon as one of them leads to a new origin: half of a move would be no plan."""
MOVES_KEPT: Final = 5


class NotYours(Exception):
    """Who asked for a change cannot be the second operator, too."""

    sentence = "You asked for this change yourself: a second operator accepts it, or it waits until its time."


class TooNew(NotYours):
    """Who became an operator since a day may be the one who asked for the change, under another name."""

    sentence = "What you may do was changed less than a day ago: another operator accepts this, or it waits."


class ChangeGone(Exception):
    """The change was accepted, stopped or replaced since the operator looked."""

    sentence = "What waits here is not what you looked at any more. Look again."


def save(plan: Plan, *, by: Any, now: datetime, has_secret: bool = False) -> HeldChange | None:
    """Save a plan that was changed, but for what has to wait; return that, None where nothing has to.

    `by` is the operator who did it in the admin, None for a command. Whoever brings a client secret along
    (`has_secret`) may point a plan to it; else a plan that leads to a new origin waits before it is sent the
    secret of a registration that others use.
    """
    with transaction.atomic():
        before = None if plan._state.adding else Plan.objects.select_for_update().get(pk=plan.pk)
        values = _values_that_wait(plan, before, by=by)
        if _leads_a_secret_away(plan, before, by=by) and not has_secret:
            values["registration_id"] = _plain(plan.registration_id)
        if before and before.is_paused:  # also since the row was read: only its own act ends a pause
            values.pop("status", None)
            is_stop = plan.is_paused and plan.client_refused_at is None
            plan.status, plan.client_refused_at = before.status, None if is_stop else before.client_refused_at
        for name in values:
            setattr(plan, name, Status.UNCONFIRMED if name == "status" else getattr(before or Plan(), name))
        settle(plan)
        plan.save()
        note_origins(plan, before=before)
        return _hold(plan, values, by=by, now=now) if values else None


def accept(*, plan: Plan, seen: Mapping[str, Any], by: Any) -> HeldChange:
    """Make the change that the second operator has `seen`; tokens from before may go along with the plan.

    Raises NotYours, TooNew, ChangeGone, or the ValidationError of a row that would not be one.
    """
    with transaction.atomic():
        change = _of(plan, seen)
        if change.asked_by_id is not None and change.asked_by_id == by.pk:
            raise NotYours
        if by.rights_changed_at and by.rights_changed_at > timezone.now() - WAIT:
            raise TooNew
        changes = _apply(change, is_confirmed=True)
        _tell(change, "was accepted by a second operator", by=by, changes=changes)
    return change


def stop(*, plan: Plan, seen: Mapping[str, Any] | None, by: Any, reason: str = "") -> HeldChange:
    """Forget the change; the plan stays as it is. Raises ChangeGone."""
    with transaction.atomic():
        change = _of(plan, seen)
        _tell(change, f"was stopped{': ' if reason else ''}{reason}", by=by)
        _drop(change, actor=trail.member(by))
    return change


def look_after() -> None:
    """Make the changes whose day is over (the setting SYNC_ALSO_LOOKS_AFTER); members connect again there.

    Of an operator who may not change plans any more none is made.
    """
    since = timezone.now() - WAIT
    for pk in HeldChange.objects.filter(asked_at__lte=since).values_list("plan", flat=True):
        with transaction.atomic():
            change = _of_locked_plan(pk)
            if change is None or change.asked_at > since:
                continue
            try:
                _check_who_asked(change)
                with transaction.atomic():
                    changes = _apply(change, is_confirmed=False)
                _tell(
                    change,
                    "took effect: nobody stopped it for a day",
                    by=None,
                    changes=changes,
                    otherwise=trail.SITE,
                )
            except ValidationError as error:
                _tell(change, f"was dropped: {'; '.join(error.messages)}", by=None, otherwise=trail.SITE)
                _drop(change, actor=trail.SITE)


def is_at_home(plan: Plan) -> bool:
    """Whether it is reached on this very machine only: that never waits."""
    return all(_is_loopback(origin) for origin in allowed_origins(plan))


def opens_at_once(plan: Plan, before: Plan | None, *, by: Any) -> bool:
    """Whether one operator alone may open it: where no members are, or where some were connected."""
    is_watched = by is not None and members_exist()
    return not is_watched or is_at_home(plan) or (before is not None and _had_members(before))


def lines_of(change: HeldChange) -> list[str]:
    """What would change, as a diff; of a change that was made already the same."""
    lines = []
    for name, value in change.values.items():
        said = "registration" if name == "registration_id" else name
        lines += [f"- {said}: {_shown(name, change.before.get(name))}", f"+ {said}: {_shown(name, value)}"]
    return lines


def _values_that_wait(plan: Plan, before: Plan | None, *, by: Any) -> dict[str, Any]:
    """The new values that must not hold yet; {} where they may."""
    was, names = before or Plan(), GUARDED if before else ("website",)
    new = {origin for origin in led_to(plan) - led_to(was) if not _is_loopback(origin)}
    is_watched = by is not None and members_exist()
    values: dict[str, Any] = {}
    if new and (is_watched or was.has_secret or (before and _had_connections(before))):
        values = {
            name: _plain(getattr(plan, name)) for name in names if getattr(plan, name) != getattr(was, name)
        }
    opens = plan.status == Status.CONFIRMED and (before is None or before.status != Status.CONFIRMED)
    if opens and not opens_at_once(plan, before, by=by):
        values["status"] = plan.status
    return values


def _leads_a_secret_away(plan: Plan, before: Plan | None, *, by: Any) -> bool:
    """Whether the plan newly points to a registration, whose secret would then go to an origin new to it.

    A secret that is still to come counts where an operator points: it would follow.
    """
    is_new = plan.registration_id != (before.registration_id if before else None)
    is_used = plan.has_secret and bool(plan.registration and plan.registration.origins)
    is_watched = by is not None and members_exist()
    return is_new and (is_used or is_watched) and any(not _is_loopback(origin) for origin in origins_of(plan))


def _had_connections(plan: Plan) -> bool:
    return any(getattr(plan, name).exists() for name in ("connections", "identities", "revocations"))


def _had_members(plan: Plan) -> bool:
    """Whether anybody was connected who never was an operator: these try what nobody has opened yet."""
    others = {"member__is_staff": False, "member__rights_changed_at": None}
    return any(getattr(plan, name).filter(**others).exists() for name in ("connections", "receipts"))


def _hold(plan: Plan, values: dict[str, Any], *, by: Any, now: datetime) -> HeldChange:
    change = HeldChange.objects.filter(plan=plan).first()
    if change is not None and change.asked_by == by:
        values = {**change.values, **values}
        if change.values == values:  # a list that is loaded every night
            return change
    before = {name: _plain(getattr(plan, name)) for name in values}
    asked = {"values": values, "before": before, "asked_by": by, "asked_at": now}
    replaced = change.values.get("registration_id") if change else None
    change, _ = HeldChange.objects.update_or_create(plan=plan, defaults=asked)
    _forget_registration(replaced, actor=trail.member(by))
    _tell(change, f"waits for a second operator, or until {now + WAIT:%Y-%m-%d %H:%M} UTC", by=by)
    return change


def _of(plan: Plan, seen: Mapping[str, Any] | None) -> HeldChange:
    change = _of_locked_plan(plan.pk)
    if change is None or (seen is not None and change.values != dict(seen)):
        raise ChangeGone
    return change


def _of_locked_plan(pk: uuid.UUID) -> HeldChange | None:
    """What waits there; the plan is locked first, as where it is saved, so nothing changes meanwhile."""
    plan = Plan.objects.select_for_update().filter(pk=pk).first()
    return HeldChange.objects.select_related("plan").filter(plan=plan).first() if plan else None


def _check_who_asked(change: HeldChange) -> None:
    """Raise ValidationError where an operator asked for it who was suspended, or lost the right, since."""
    who = change.asked_by
    if who is not None and not (who.is_staff and who.has_perm("plans.change_plan")):
        raise ValidationError("who asked for it may not change plans any more")


def _apply(change: HeldChange, *, is_confirmed: bool) -> trail.Changes:
    """Write the values on the row, and return what changed. Only a confirmed move takes tokens along."""
    plan = Plan.objects.select_for_update().get(pk=change.plan_id)
    before, stood = copy(plan), trail.values_of(plan)
    bindings = _bindings_until_now(plan) if is_confirmed else []
    for name, value in change.values.items():
        if name != "status" or plan.status == Status.UNCONFIRMED:  # a pause since then stays one
            setattr(plan, name, value)
    plan.discovered_at = plan.discovery_tried_at = None
    settle(plan)
    plan.full_clean()
    if set(change.values) - {"status", "website"}:
        plan.moved_from = may_come_along(plan, bindings)
    plan.save()
    note_origins(plan, before=before)
    change.delete()
    return trail.difference(stood, trail.values_of(plan))


def _bindings_until_now(plan: Plan) -> list[str]:
    """What tokens of the plan are bound to, the newest last; of members who asked for nothing since, too."""
    try:
        older, endpoints = came_along(plan), known_endpoints(plan)
        now = [binding(plan, endpoints.token_url)] if endpoints else []
    except OutboundError:  # a row older than today's rules: nothing is bound to it
        return []
    return [*(old for old in older if old not in now), *now][-MOVES_KEPT:]


def _drop(change: HeldChange, *, actor: str) -> None:
    HeldChange.objects.filter(pk=change.pk).delete()
    _forget_registration(change.values.get("registration_id"), actor=actor)


def _forget_registration(pk: str | None, *, actor: str) -> None:
    """Delete what only a dropped change asked for; what operators noted steps of is theirs to delete."""
    if pk and not HeldChange.objects.filter(values__registration_id=pk).exists():
        for unused in Registration.objects.filter(pk=pk, plans=None, steps=None):
            values = trail.difference(trail.values_of(unused), {})
            trail.record(
                action="dropped a change", actor=actor, subject=trail.name_of(unused), changes=values
            )
            unused.delete()


def _tell(
    change: HeldChange,
    what: str,
    *,
    by: Any,
    changes: trail.Changes | None = None,
    otherwise: str = trail.MACHINE,
) -> None:
    lines = [f"A change of the plan {change.plan.slug} {what}.", *lines_of(change)]
    note(change.plan, lines, by=by, changes=changes, otherwise=otherwise)
    who = ["", f"Asked for by: {change.asked_by or 'a command'}.", f"Decided by: {by or 'nobody'}."]
    hint = "If you do not know why: stop it in the admin, or with manage.py operate stop_change."
    mail_operators(f"Plan {change.plan.slug}: a change {what}", [*lines, *who, hint])


def _is_loopback(origin: str) -> bool:
    host = (parts_of(origin).hostname or "").rstrip(".")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _plain(value: Any) -> Any:
    """The value as JSON keeps it: the number of a row as text."""
    return str(value) if isinstance(value, uuid.UUID) else value


def _shown(name: str, value: Any) -> str:
    if name == "registration_id" and value:
        return str(Registration.objects.filter(pk=value).first() or value)
    return ", ".join(value) if isinstance(value, list) else str(value or "nothing")
