"""`manage.py gather_evidence PLAN`: how well a plan with invented people and we understand each other."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.audit import trail
from apps.connections.errors import AccessProblem
from apps.plans.models import Plan
from apps.records import activity
from apps.sync.r4_evidence import NotHere, connection_for, gather
from apps.vault.errors import VaultError


class Command(BaseCommand):
    """Keeps what it saw for the listing's page. Exit code 1 where nothing could be gathered."""

    help = (
        "Ask a plan that is marked demo or sandbox every search in each form, paging, scope and error; keep "
        "counts by type and profile for /app/fhir-r4/, and nothing of a person."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """PLAN: the slug."""
        parser.add_argument("plan", help="The plan's slug; one of its invented people has to be connected.")

    def handle(self, *_: Any, **options: Any) -> None:
        """Ask, keep, and print a line for each type and probe."""
        plan = Plan.objects.select_related("registration").filter(slug=options["plan"]).first()
        if plan is None or plan.registration is None:
            raise CommandError("There is no such plan at which we are registered.")
        try:
            connection = connection_for(plan)
            trail.record(action="gather_evidence", subject=trail.name_of(plan))
            activity.note_asked(connection.member, now=timezone.now())
            seen = gather(connection, clock=timezone.now).as_json()
        except NotHere as error:
            raise CommandError(error.sentence) from None
        except AccessProblem as problem:
            raise CommandError(f"Nothing was kept. {problem.sentence}") from None
        except VaultError:
            raise CommandError("The connection cannot be opened with the keys of this site.") from None
        keep = import_string(settings.SYNC_EVIDENCE_KEPT_BY)
        keep(payer=plan.name, environment=plan.registration.environment, seen=seen, now=timezone.now())
        for row in seen["types"]:
            line = "{type} ({profile}): {came} came, {strict} strictly R4, {shown} shown"
            self.stdout.write(line.format(**row))
        for probe in seen["probes"]:
            well = "well" if probe["well"] else "NOT WELL"
            self.stdout.write(f"{probe['asked']}: {probe['status'] or 'no answer'}, {well}")
