"""`manage.py forget_erased`: after a restore, erase again who had closed the account since the backup."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Max, QuerySet
from django.utils import timezone

from apps.accounts.models import Member
from apps.audit import trail
from apps.connections.account_closure import forget
from apps.vault.models import DataKey
from apps.vault.registry import empty_without_key, sealed_without_key


class Command(BaseCommand):
    """Exit code 0 when nobody of them is left. Cut off at any point, it goes on again."""

    help = (
        "Erase members whose records are sealed and whose keys are not here: after older records were "
        "restored with newer keys, those who closed their account since. Run it before anybody can sign in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--yes and --also-empty."""
        parser.add_argument("--yes", action="store_true", help="Do not ask.")
        parser.add_argument(
            "--also-empty",
            action="store_true",
            help="Erase members without keys and without records, too: nothing tells whether they closed "
            "their account. Who did not loses the sign-in and can sign up again. Never operators.",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Say whom it is about, ask, erase."""
        keys = DataKey.objects.filter(member__isnull=False)
        owners = keys.values("member").distinct().count()
        if not owners:
            raise CommandError(
                "No member has a data key. That is a restore without keys, and says nothing about who closed "
                "an account: restore the keys (docs/operations.md), then run this again. Nothing changed."
            )
        sealed, empty = sealed_without_key(), empty_without_key()
        count, others = sealed.count(), empty.count()
        self.stdout.write(f"members with a data key: {owners}")
        self.stdout.write(f"members with sealed records and no data key: {count}")
        self.stdout.write(f"members with neither: {others}{'' if options['also_empty'] else ' (they stay)'}")
        self._warn_of_older_keys(sealed, keys.aggregate(newest=Max("created_at"))["newest"])
        both = sealed | empty if options["also_empty"] else sealed
        count += others if options["also_empty"] else 0
        if not count and not Member.objects.filter(closing_at__isnull=False).exists():
            self.stdout.write("There is nobody to erase.")
            return
        asks = count and not options["yes"]
        if asks and input(f"Erase {count} members for good? (yes/no) ").strip() != "yes":
            raise CommandError("Nothing was changed.")
        self._erase(both, count)

    def _erase(self, members: QuerySet[Member], count: int) -> None:
        left = forget(members=members, now=timezone.now())
        trail.record(action="forget_erased", changes={"members": (count, left)})
        if left:
            raise CommandError(
                f"{left} closed accounts are not erased yet; the log says why. Run this again."
            )
        self.stdout.write(f"Erased: {count}, and accounts that were being closed.")

    def _warn_of_older_keys(self, sealed: QuerySet[Any], newest: datetime) -> None:
        younger = sealed.filter(date_joined__gt=newest).count()
        if younger:
            self.stderr.write(
                f"{younger} of them joined after the newest key was made ({newest:%Y-%m-%d %H:%M} UTC). "
                "If the keys are older than the records, these members closed nothing: restore newer keys."
            )
