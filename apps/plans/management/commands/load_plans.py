"""`manage.py load_plans FILE`: fills the directory from a JSON list or the CMS endpoint directory."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.plans.actions import LoadReport, load
from apps.plans.plan_lists import FileUnusable


class Command(BaseCommand):
    """Exit code 0 when at least one row could be used, else 1."""

    help = (
        "Load plans from a JSON list or the CMS directory of state Medicaid agencies (CSV); upserts by slug."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE."""
        parser.add_argument(
            "file", type=Path, help="JSON list of plans, or the CMS SMA endpoint directory CSV."
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Load, print one line per row that needs attention, then the sums."""
        file: Path = options["file"]
        try:
            report = load(content=file.read_bytes())
        except OSError as error:
            raise CommandError(f"{file}: cannot be read ({error.strerror}).") from error
        except FileUnusable as error:
            raise CommandError(f"{file}: {error.sentence}") from error
        self._print(report)
        if report.refused and not report.usable:
            raise CommandError(f"{len(report.refused)} of {len(report.refused)} rows were not used.")

    def _print(self, report: LoadReport) -> None:
        for refused in report.refused:
            self.stdout.write(f"row {refused.number} ({refused.label}): not used: {refused.reason}")
        for number, slug, doubt in report.doubts:
            self.stdout.write(f"row {number} ({slug}): look at it: {doubt}")
        for key in sorted(report.ignored):
            self.stdout.write(f"{key} has no effect any more: leave it out")
        for slug, lines in report.held.items():
            self.stdout.write(f"{slug}: waits for a second operator, or for a day:")
            self.stdout.write("\n".join(f"  {line}" for line in lines))
            self.stdout.write("  A client secret in the row was not taken: load it again when this holds.")
        for slug in report.kept:
            self.stdout.write(f"{slug}: left as it is, because an operator has confirmed it")
        self.stdout.write(
            f"{len(report.created)} created, {len(report.updated)} updated, "
            f"{len(report.unchanged)} unchanged, {len(report.kept)} left as they are, "
            f"{f'{len(report.held)} held, ' if report.held else ''}"
            f"{len(report.refused)} not used."
        )
