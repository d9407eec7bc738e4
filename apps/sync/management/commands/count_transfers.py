"""`manage.py count_transfers YEAR`: publishes how many members had records brought here, by plan."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.audit import trail
from apps.sync.models import SyncRun, SyncStep


class Transfers(NamedTuple):
    """Of one plan in one year: its members with a transfer, and those among them with more than one."""

    payer: str
    members: int
    members_more: int


class Command(BaseCommand):
    """Prints what was published. Exit code 1 where the year is not over, or was counted."""

    help = (
        "Count, once a year is over, the members of each plan whose records an update brought here, and "
        "those with more than one such update (CMS-0057-F); publish what has no cell under 11. Two people "
        "who are read for under one account are two. Who erased a plan's records is counted no more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """YEAR: a year that is over."""
        parser.add_argument("year", type=int, help="A year that is over, in UTC.")

    def handle(self, *_: Any, year: int, **__: Any) -> None:
        """Count, keep, and print a line for each plan."""
        if not 2000 <= year < timezone.now().astimezone(UTC).year:
            raise CommandError(f"{year} is not over, or none of ours. Nothing was counted.")
        keep = import_string(settings.SYNC_COUNTS_KEPT_BY)
        try:
            kept = keep(year=year, rows=list(_counted(year)), now=timezone.now())
        except Exception as error:
            if sentence := getattr(error, "sentence", ""):
                raise CommandError(sentence) from error
            raise
        trail.record(action="count_transfers", changes={"year": (None, year)})
        for row in kept:
            more = "left out" if row.members_more is None else row.members_more
            self.stdout.write(f"{row.payer}: {row.members} members, {more} with more than one")
        self.stdout.write(f"{len(kept)} plans published; those with fewer than 11 members are left out.")


def _counted(year: int) -> Iterator[Transfers]:
    """Count updates that brought records, by plan and person there: a connection is of one person.

    How an update ended says nothing of that: one that was given up half-way had brought what came before.
    """
    begin, end = (datetime(part_of_year, 1, 1, tzinfo=UTC) for part_of_year in (year, year + 1))
    over = SyncRun.objects.filter(finished_at__gte=begin, finished_at__lt=end)
    brought = over.filter(Exists(SyncStep.objects.filter(run=OuterRef("pk"), received__gt=0)))
    by_person = brought.order_by().values("connection__plan_id", "connection__plan__name", "connection_id")
    counts: dict[tuple[Any, str], list[int]] = {}
    for row in by_person.annotate(updates=Count("pk")).iterator():
        of_plan = counts.setdefault((row["connection__plan_id"], row["connection__plan__name"]), [0, 0])
        of_plan[0] += 1
        of_plan[1] += row["updates"] > 1
    for (_plan, name), (members, more) in sorted(counts.items(), key=lambda item: item[0][1]):
        yield Transfers(name, members, more)
