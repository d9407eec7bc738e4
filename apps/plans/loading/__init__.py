"""Reading plan lists from outside: our own JSON list, and the CMS directory of state Medicaid agencies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class FileUnusable(Exception):
    """The file as a whole is neither of the lists we read. `sentence` is for the operator."""

    retry = False

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Row:
    """One plan as the list gives it.

    `values` are Plan fields by name; a field the list does not speak of is not in it. `client_id` and
    `environment` find the registration ("": nothing said), whose `client_secret` never shows in the repr.
    `doubts` are things an operator should look at, in words; `ignored` are keys that do nothing any more.
    """

    number: int
    slug: str
    values: Mapping[str, Any]
    client_id: str = ""
    environment: str = ""
    client_secret: str | None = field(default=None, repr=False)
    doubts: tuple[str, ...] = ()
    ignored: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Refused:
    """One row that could not be used: its number in the file, what it is called there, and why."""

    number: int
    label: str
    reason: str


def shown(value: object) -> str:
    """A value from a file, safe to print in one line: printable characters only, at most 60 of them."""
    text = "".join(character if character.isprintable() else " " for character in str(value))
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."
