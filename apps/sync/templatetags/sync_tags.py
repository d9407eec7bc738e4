"""The state of a connection's records, and of which day names are, for other apps' pages."""

from typing import Any, Final

from django import template
from django.utils import timezone

from apps.accounts.requests import box_of
from apps.connections import permission_duration
from apps.connections.models import Connection
from apps.records.models import Record
from apps.sync import actions, clinical, progress, records, schedule_words, wording
from apps.sync.models import Refresh, SyncRun

register = template.Library()
NOT_ALL: Final = {SyncRun.State.PARTIAL, SyncRun.State.ENDED, SyncRun.State.FAILED}
"""How an update is over that did not bring everything."""


@register.simple_tag
def sync_status(connection: Connection, whose: str = "") -> dict[str, Any]:
    """Return what sync/status.html and update.html say: when records came last and how that went. One query.

    What is pressed says the plan and *whose* it is, to those who hear it out of its place. Where it "fails",
    whoever asks for help has to name it.
    """
    runs = actions.newest(connection)
    last = runs[0] if runs else None
    now = timezone.now()
    stopped = connection.is_active and connection.stopped_because(now=now)
    may_ask = connection.is_active and not stopped and not (last is not None and last.is_active)
    rests_until = actions.next_start_at(runs=runs, now=now) if may_ask else None
    sleeps = last is not None and last.sleeps(now=now)
    is_whole = last is None or not (sleeps or last.state in NOT_ALL)
    return {
        "named": ", ".join(filter(None, [connection.plan.name, whose])),
        "run": last,
        "stopped": stopped,
        "sleeps": sleeps,
        "fails": not connection.is_kept and not (connection.is_active and is_whole),
        "can_update": may_ask and not rests_until,
        "rest": schedule_words.rest(rests_until) if rests_until else "",
    }


@register.inclusion_tag("sync/by_itself.html", takes_context=True)
def sync_by_itself(context: template.Context, connection: Connection) -> dict[str, Any]:
    """Say when the plan of *connection* is asked for news next without the member. One query."""
    if because := connection.stopped_because(now=timezone.now()):
        return {"words": wording.stopped(because, connection.plan.name), "is_urgent": True}
    refresh = Refresh.objects.filter(connection=connection).first()
    ends_at = permission_duration.ends_at(connection, box_of(context["request"]))
    words, is_urgent = schedule_words.of(
        refresh, plan=connection.plan.name, now=timezone.now(), ends_at=ends_at
    )
    return {"words": words, "is_urgent": is_urgent}


@register.inclusion_tag("sync/known.html")
def known_records(connection: Connection) -> dict[str, Any]:
    """Say how far each type of record is known, with a button to read everything again."""
    can_update = sync_status(connection)["can_update"]
    return {"connection": connection, "known": progress.known(connection), "can_update": can_update}


@register.inclusion_tag("sync/clinical_half.html")
def clinical_records(connection: Connection) -> dict[str, Any]:
    """Say how the clinical half of *connection* stands, or offer it. Three small queries."""
    return {"connection": connection, "half": clinical.half_of(connection)}


@register.inclusion_tag("sync/past.html", takes_context=True)
def what_changed(context: template.Context, claim: Record) -> dict[str, Any]:
    """Tell what the plan changed about *claim* since it sent it first."""
    return {"changes": records.changes_of(claim, box_of(context["request"]))}


@register.inclusion_tag("sync/days_of_names.html", takes_context=True)
def days_of_names(context: template.Context, claim: Record) -> dict[str, Any]:
    """Say of which day the names and addresses in *claim* are, as far as the plan told."""
    box, care_on = box_of(context["request"]), context["record"].service_on
    return {"sentences": records.days_of_names(claim, box, care_on=care_on), "claim": claim}
