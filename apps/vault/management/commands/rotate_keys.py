"""`manage.py rotate_keys`: new wrapping keys and new data keys, while the site runs."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count
from django.utils import timezone

from apps.audit import trail
from apps.vault import rotation, wrapping
from apps.vault.models import DataKey, Rotation
from apps.vault.registry import sealed_without_key
from apps.vault.rotation import Told


class Command(BaseCommand):
    """Exit code 0 when all is done, 1 when something could not be. Cut off at any point, it goes on again."""

    help = (
        "Wrap every data key by the current wrapping key. With --members, --member or --house: give them new "
        "data keys, seal their records again, and delete the old keys. The site may run meanwhile."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose data keys, how long old ones stay, or only how things stand."""
        whose = parser.add_mutually_exclusive_group()
        whose.add_argument(
            "--members", action="store_true", help="New data keys for all members and the house."
        )
        whose.add_argument("--member", metavar="ID", help="A new data key for one member.")
        whose.add_argument("--house", action="store_true", help="A new data key for the house.")
        whose.add_argument("--status", action="store_true", help="Say how things stand and change nothing.")
        parser.add_argument(
            "--grace",
            type=float,
            default=rotation.GRACE.total_seconds(),
            metavar="SECONDS",
            help="How long an old data key stays after its last use (default: %(default).0f). Not shorter "
            "than any process may hold a value before it writes it.",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Rewrap first: what follows is wrapped by the current key anyway."""
        if options["status"]:
            for line in _status():
                self.stdout.write(line)
            return
        asked = [f"--{name}" for name in ("members", "member", "house") if options[name]]
        subject = f"accounts.member {options['member']}"[:120] if options["member"] else ""
        keys = {"wrapped by": (sorted(_names()), [wrapping.wrapper().current])}
        trail.record(action=" ".join(["rotate_keys", *asked]), subject=subject, changes=keys)
        counts = Told()
        rotation.rewrap(counts=counts, say=self._say)
        whose = self._whose(options)
        if whose is not None and not counts.failed:
            self._rotate(*whose, counts=counts, grace=timedelta(seconds=options["grace"]))
        for line in _status():
            self.stdout.write(line)
        for text in counts.failed:
            self.stderr.write(f"Not done: {text}")
        for name in counts.held:
            self.stderr.write(f"Does not open, so its old data key is kept: {name}")
        if counts.failed or counts.held:
            raise CommandError("Not everything could be done; what is named above needs you.")

    def _rotate(self, whose: Rotation.Whose, member_id: Any, *, counts: Told, grace: timedelta) -> None:
        row, is_new = rotation.asked(whose=whose, member_id=member_id, now=timezone.now())
        if not is_new:
            self._say(f"Going on with the rotation asked for at {row.asked_at:%Y-%m-%d %H:%M} UTC.")
        rotation.rotate(row, counts=counts, grace=grace, say=self._say)
        self._say(rotation.progress(row))

    def _whose(self, options: dict[str, Any]) -> tuple[Rotation.Whose, Any] | None:
        if options["members"]:
            return Rotation.Whose.ALL, None
        if options["house"]:
            return Rotation.Whose.HOUSE, None
        if not options["member"]:
            return None
        try:
            member = get_user_model()._default_manager.filter(pk=options["member"]).first()
        except ValidationError:
            member = None
        if member is None:
            raise CommandError("There is no member with this id.")
        return Rotation.Whose.MEMBER, member.pk

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _names() -> set[str]:
    return set(DataKey.objects.values_list("key_name", flat=True).distinct())


def _status() -> Iterator[str]:
    """Yield how the keys stand: by wrapping key, old ones, and rotations under way."""
    current = wrapping.wrapper().current
    by_name = DataKey.objects.values_list("key_name").annotate(Count("pk")).order_by("key_name")
    for name, count in by_name:
        yield f"wrapped by {name!r}{' (current)' if name == current else ''}: {count} keys"
    names = {name for name, _ in by_name}
    for wrapper_known in wrapping.all_wrappers():
        for name in sorted(wrapper_known.names - names - {current}):
            yield f"{name!r} wraps nothing any more: it may go once every process has the new settings"
    yield f"old data keys still there: {DataKey.objects.retired().count()}"
    if lost := sealed_without_key().count():
        yield f"members with sealed records and no data key: {lost} (docs/keys.md, forget_erased)"
    for row in Rotation.objects.filter(finished_at__isnull=True).order_by("asked_at"):
        yield f"under way since {row.asked_at:%Y-%m-%d %H:%M} UTC: {rotation.progress(row)}"
