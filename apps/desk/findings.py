"""What was looked at, how it is, and what to do about it: the form that page, command and alarms share."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.timesince import timesince

MANAGE: Final = ".venv/bin/python manage.py"
"""How commands begin that operators copy (docs/operations.md)."""


class Level(IntEnum):
    """How something is; the higher, the sooner somebody has to look."""

    OK = 0
    WARNING = 1
    WRONG = 2

    @property
    def word(self) -> str:
        """As `doctor` prints it, and as the traffic light is called."""
        return self.name.lower()


@dataclass(frozen=True)
class Button:
    """An act that is there already: an action of one of the admin's lists, for one row of it."""

    label: str
    table: str
    """App and model, as the admin names its pages: "plans_plan"."""
    action: str
    row: str
    permission: str = "plans.change_plan"

    @property
    def address(self) -> str:
        """Where the list takes its actions."""
        return reverse(f"admin:{self.table}_changelist")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, in words without a member, an address of one or a secret.

    `code` is the same each time, for metrics and alarms; `remedy` says what to do where not all is well. What
    is wrong has a button or a link or, where the machine itself has to be seen to, a command to copy.
    """

    code: str
    level: Level
    says: str
    remedy: str = ""
    plan: str = ""
    """The slug of the plan it is about, "" where it is about the house."""
    button: Button | None = None
    link: str = ""
    opens: str = "Show them"
    """What the link says that it does."""
    command: str = ""

    @property
    def line(self) -> str:
        """As a line of `doctor`."""
        about = f"{self.code} {self.plan}".strip()
        what_to_do = " ".join(filter(None, [self.remedy, self.command]))
        remedy = f" Do: {what_to_do}" if what_to_do and self.level else ""
        return f"{self.level.word:<8}{about}: {self.says}{remedy}"

    @property
    def key(self) -> str:
        """What makes it the same finding as the one of a minute ago."""
        return f"{self.code}:{self.plan}"


def worst(findings: Iterable[Finding]) -> Level:
    """The level that counts for all together."""
    return max((finding.level for finding in findings), default=Level.OK)


def lasted(since: datetime, *, now: datetime) -> str:
    """How long ago, in one unit: "4 minutes"."""
    words = timesince(since, now, depth=1).replace("\xa0", " ")
    return "less than a minute" if now - since < timedelta(minutes=1) else words


def listed_at(table: str, **filters: object) -> str:
    """The address of a list of the admin, narrowed by its own filters."""
    return f"{reverse(f'admin:{table}_changelist')}?{urlencode(filters)}"
