"""Verbs that change the directory."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from apps.audit import trail
from apps.audit.notices import mail_operators, note
from apps.plans import held_changes
from apps.plans.choices import Status
from apps.plans.clients import find_or_make
from apps.plans.models import HeldChange, Plan
from apps.plans.origins import allowed_origins
from apps.plans.plan_lists import Refused, Row, read, shown
from apps.plans.quirks import QUIRKS, stated
from apps.plans.registrations import Environment, Registration
from apps.plans.secrets import NEXT, SECRET_COLUMNS, client_secret, seal_client_secret
from apps.vault.errors import SealBroken

PAUSED = Status.PAUSED
DEMO, PRODUCTION = Environment.DEMO.value, Environment.PRODUCTION.value


@dataclass
class LoadReport:
    """What a load did: slugs by outcome, the refused rows, and doubts as (row number, slug, words).

    `kept` are rows left alone because an operator has confirmed the plan since it was imported; `held` are
    those of which some has to wait, with what (a diff); `ignored` are keys that have no effect any more.
    """

    created: list[str] = dataclasses.field(default_factory=list)
    updated: list[str] = dataclasses.field(default_factory=list)
    unchanged: list[str] = dataclasses.field(default_factory=list)
    kept: list[str] = dataclasses.field(default_factory=list)
    held: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    refused: list[Refused] = dataclasses.field(default_factory=list)
    doubts: list[tuple[int, str, str]] = dataclasses.field(default_factory=list)
    ignored: set[str] = dataclasses.field(default_factory=set)

    @property
    def usable(self) -> int:
        """How many rows were used, whatever they changed."""
        return len(self.created) + len(self.updated) + len(self.unchanged) + len(self.kept) + len(self.held)


def load(*, content: bytes) -> LoadReport:
    """Upsert every usable plan of a list, each row on its own; FileUnusable when it is no list we know."""
    report = LoadReport()
    first_of: dict[str, int] = {}
    for row in read(content):
        if isinstance(row, Refused):
            report.refused.append(row)
        elif row.slug in first_of:
            reason = f"the slug stands in row {first_of[row.slug]} already"
            report.refused.append(Refused(row.number, shown(row.slug), reason))
        else:
            first_of[row.slug] = row.number
            _load_row(row, report)
    _tell_of_new(report.created)
    return report


def _load_row(row: Row, report: LoadReport) -> None:
    try:
        outcome = upsert(row=row)
    except ValidationError as error:
        report.refused.append(Refused(row.number, shown(row.slug), _in_words(error)))
        return
    if isinstance(outcome, HeldChange):
        report.held[row.slug] = held_changes.lines_of(outcome)
    else:
        getattr(report, outcome).append(row.slug)
    report.ignored |= row.ignored
    report.doubts.extend((row.number, row.slug, doubt) for doubt in row.doubts)
    if row.values.get("status", PAUSED) != PAUSED and Plan.objects.get(slug=row.slug).is_paused:
        stays = f'stays paused: manage.py operate resume_plan {row.slug} --reason "..." opens it'
        report.doubts.append((row.number, row.slug, stays))


@transaction.atomic
def upsert(*, row: Row) -> str | HeldChange:
    """Make or change the plan of this slug: "created", "updated", "unchanged" or "kept"; or what has to wait.

    Only fields the row speaks of are touched; a row without credentials leaves those we have. No list ends a
    pause; a public one never changes what an operator has confirmed or written. Raises ValidationError.
    """
    plan = Plan.objects.select_for_update().filter(slug=row.slug).first()
    is_public_list = bool(row.values.get("imported_from"))
    is_new, before = plan is None, trail.values_of(plan)
    if plan is None:
        plan = Plan(slug=row.slug, status=Status.UNCONFIRMED if is_public_list else Status.CONFIRMED)
    elif is_public_list and (plan.status != Status.UNCONFIRMED or plan.client_id):
        return "kept"
    changed = _apply(plan, row)
    if not is_new and not changed:
        return "unchanged"
    plan.full_clean()
    registration = plan.registration
    is_ours = bool(row.client_secret) and client_secret(registration) == row.client_secret
    knows = is_ours and allowed_origins(plan) <= _said_by(row)
    change = held_changes.save(plan, by=None, now=timezone.now(), has_secret=knows)
    changes = trail.difference(before, trail.values_of(plan))
    trail.record(action="load_plans", subject=trail.name_of(plan), changes=changes)
    if registration and row.client_secret and not change:
        _keep_secret(registration, row.client_secret)
    return change or ("created" if is_new else "updated")


def _keep_secret(registration: Registration, text: str) -> None:
    """Store the secret that a row brought, where no address waits: it would go to where the plan is now."""
    held = Registration.objects.select_for_update().get(pk=registration.pk)
    if _has(held, text):
        return
    before = trail.values_of(held)
    seal_client_secret(held, text)
    held.save(update_fields=SECRET_COLUMNS)
    changes = trail.difference(before, trail.values_of(held))
    trail.record(action="load_plans", subject=trail.name_of(held), changes=changes)


def _tell_of_new(slugs: list[str]) -> None:
    """A plan of a list holds at once; all operators hear of it, save of those on this very machine."""
    plans = Plan.objects.filter(slug__in=slugs)
    lines = [f"{plan.slug}: {plan.fhir_base_url}" for plan in plans if not held_changes.is_at_home(plan)]
    for plan in plans:
        note(plan, [f"A list of plans made {plan.slug}: {plan.fhir_base_url}."], by=None)
    if lines:
        mail_operators(f"{len(lines)} new plans were loaded", lines)


def _apply(plan: Plan, row: Row) -> bool:
    """Put the row's values on the plan; True when any of them differs from what was there."""
    changed = False
    own = {name: value_sent for name, value_sent in row.values.items() if name in QUIRKS}
    values = {
        name: _default_of(name) if value_sent is None else value_sent
        for name, value_sent in row.values.items()
        if name not in QUIRKS
    }
    values["own_quirks"] = stated({**plan.own_quirks, **own})
    if values.get("status") == PAUSED:  # asked for: no answer of the plan's server ends it
        values["client_refused_at"] = None
    if plan.is_paused:  # since when and why stands in its notes
        for name in ("status", "notes"):
            values.pop(name, None)
    for name, value in values.items():
        if getattr(plan, name) != value:
            setattr(plan, name, value)
            changed = True
    return _apply_registration(plan, row) or changed


def _apply_registration(plan: Plan, row: Row) -> bool:
    """Point the plan to the registration of the row's client, with the row's secret; True for a change."""
    changed = False
    client_id = row.client_id or (plan.client_id if row.environment or row.client_secret else "")
    if row.client_secret and not client_id:
        raise ValidationError({"client_secret": "needs a client_id"})
    if client_id:
        environment = row.environment or (DEMO if held_changes.is_at_home(plan) else PRODUCTION)
        registration = find_or_make(plan, client_id, environment=environment, is_stated=bool(row.environment))
        changed, plan.registration = registration.pk != plan.registration_id, registration
    if row.client_secret and plan.registration:
        changed = _apply_secret(plan, plan.registration, row) or changed
    return changed


def _said_by(row: Row) -> frozenset[str]:
    """The origins that the row itself names: a list answers for these alone, not for what a plan has."""
    values = {name: value for name, value in row.values.items() if name not in QUIRKS and value is not None}
    return allowed_origins(Plan(**values))


def _apply_secret(plan: Plan, registration: Registration, row: Row) -> bool:
    """Put the row's secret on the registration; True for another than it has. Raises ValidationError.

    Where a first one may go no seal tells, so the row has to: the database alone is nobody's word (S-01).
    What other plans use is swapped, never replaced: an old list would end their members' permissions.
    """
    held = Registration.objects.select_for_update().get(pk=registration.pk)
    plan.registration = held
    text = row.client_secret or ""
    if _has(held, text):
        return False
    if not held.sealed_client_secret and not _said_by(row).issuperset(held.origins):
        said = f"that of {held} would go to more than this row says: look there in the admin, then write it"
        raise ValidationError({"client_secret": said})
    if held.sealed_client_secret and held.plans.exclude(pk=plan.pk).exists():
        said = f"{held} has another, which other plans use; change it by manage.py operate swap_secret"
        raise ValidationError({"client_secret": said})
    seal_client_secret(held, text)
    return True


def _has(held: Registration, text: str) -> bool:
    """Whether it has this secret already. One that does not open is no list's to replace: ValidationError."""
    try:
        return text in (client_secret(held), client_secret(held, NEXT))
    except SealBroken as error:
        said = f"that of {held} does not open: look in the admin where it may go, then write it there anew"
        raise ValidationError({"client_secret": said}) from error


def _default_of(name: str) -> Any:
    field = Plan._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field.get_default()


def _in_words(error: ValidationError) -> str:
    """The error in one printable line of at most 300 characters: "field: what is wrong; ..."."""
    if not hasattr(error, "error_dict"):
        return "; ".join(error.messages)
    parts = (f"{name}: {' '.join(messages)}" for name, messages in error.message_dict.items())
    text = "; ".join(parts).replace("__all__: ", "")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]
