"""`manage.py check_plan SLUG...`: what a plan's server says, how our row fits, what a member would meet."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.audit import trail
from apps.plans.choices import Status
from apps.plans.models import Plan
from apps.plans.origins import open_drift
from apps.plans.plan_check import Check, check


class Command(BaseCommand):
    """A dry run. Exit code 0 when a member would come through and get an answer, else 1.

    With --all or several plans: 1 when that is so for a listed and confirmed one, or one published new
    addresses.
    """

    as_json = False
    help = "Print what discovery, metadata and the quirk profile of a plan say, and what a member would meet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """SLUG (one: the whole report; more: a line of verdict each) or --all, --accept-move, --json."""
        parser.add_argument("slug", nargs="*")
        parser.add_argument("--all", action="store_true", help="Every plan, one line of verdict each.")
        parser.add_argument(
            "--accept-move",
            action="store_true",
            help="Confirm the new addresses the plan publishes; look at them first without this option.",
        )
        parser.add_argument("--json", action="store_true", help="A JSON list with one object per plan.")

    def handle(self, *_: Any, **options: Any) -> None:
        """Ask the plan's server now and print what came of it."""
        slugs, self.as_json = options["slug"], options["json"]
        if options["all"] == bool(slugs) or (len(slugs) != 1 and options["accept_move"]):
            raise CommandError("Give the slugs of plans, or --all; --accept-move goes with one plan only.")
        if options["all"]:
            return self._check_each(list(Plan.objects.order_by("slug")))
        plans = list(Plan.objects.filter(slug__in=slugs).order_by("slug"))
        if unknown := sorted(set(slugs) - {plan.slug for plan in plans}):
            raise CommandError(f"There is no plan with the slug {', '.join(map(repr, unknown))}.")
        if len(plans) > 1:
            return self._check_each(plans)
        plan = plans[0]
        result = _checked(plan, accept_move=options["accept_move"])
        if self.as_json:
            self.stdout.write(_in_json([(plan, result)]))
        for line in () if self.as_json else result.lines:
            self.stdout.write(line)
        if result.obstacles:
            raise CommandError(f"Members cannot connect {plan.slug}: {'; '.join(result.obstacles)}.")
        if result.refusal:
            raise CommandError(f"Do not let members connect {plan.slug} yet: {result.refusal}.")
        if not self.as_json:
            self.stdout.write("Members can connect this plan.")
        return None

    def _check_each(self, plans: list[Plan]) -> None:
        can, alarms, results = 0, [], []
        for plan in plans:
            result = _checked(plan)
            results.append((plan, result))
            drift = "; PUBLISHES NEW ADDRESSES" if open_drift(plan) else ""
            problems = [*result.obstacles, *filter(None, [result.refusal])]
            verdict = f"cannot be connected: {'; '.join(problems)}" if problems else "can be connected"
            if not self.as_json:
                self.stdout.write(f"{plan.slug}: {verdict}{drift}")
            can += not problems
            if drift or (problems and plan.is_listed and plan.status == Status.CONFIRMED):
                alarms.append(plan.slug)
        summary = f"{can} of {len(plans)} plans can be connected."
        self.stdout.write(_in_json(results) if self.as_json else summary)
        if alarms:
            raise CommandError(f"Look at these plans: {', '.join(alarms)}.")


def _checked(plan: Plan, *, accept_move: bool = False) -> Check:
    """Check it, and tell the audit what that changed on the row."""
    before = trail.values_of(plan)
    result = check(plan, now=timezone.now(), accept_move=accept_move)
    if changes := trail.difference(before, trail.values_of(plan)):
        trail.record(action="check_plan", subject=trail.name_of(plan), changes=changes)
    return result


def _in_json(results: list[tuple[Plan, Check]]) -> str:
    return json.dumps(
        [{"slug": plan.slug, "name": plan.name, **result.as_json} for plan, result in results], indent=2
    )
