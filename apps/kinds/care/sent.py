"""One JSON object of a clinical record, read so that a bad value costs that value and nothing else; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from apps.fhir import tolerant, values
from apps.fhir.tolerant import Hopeless, Unreadable

MOST: Final = 500
"""Elements of one list that are read; a result of thousands of parts ends here, and says so."""
_ABSENT: Final = ("data-absent-reason", "data-absent-reason.html")
_NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Sent:
    """A JSON object; whatever is asked of it comes in the asked form or not at all."""

    tree: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything was sent."""
        return bool(self.tree)

    def text(self, name: str, limit: int = 400) -> str | None:
        """Return a text on one line; a number where a text belongs is one too."""
        value = self.tree.get(name)
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            value = str(value)
        return values.clean(value, limit) if isinstance(value, str) else None

    def code(self, name: str) -> str:
        """Return a code in small letters, "" for none."""
        return (self.text(name, 80) or "").strip().lower()

    def flag(self, name: str) -> bool | None:
        """Return a yes or no."""
        value = self.tree.get(name)
        return value if isinstance(value, bool) else None

    def number(self, name: str) -> Decimal | None:
        """Return an exact number."""
        return values.number(self.tree.get(name))

    def one(self, name: str) -> "Sent":
        """Return an object, of several the first."""
        return next(self.all(name), NOTHING)

    def all(self, name: str) -> Iterator["Sent"]:
        """Yield the objects of a list, or the object that stands where a list belongs."""
        value = self.tree.get(name)
        several = value[:MOST] if isinstance(value, list) else [value]
        return (Sent(inner) for inner in several if isinstance(inner, dict))

    def texts(self, name: str) -> Iterator[str]:
        """Yield the texts of a list."""
        value = self.tree.get(name)
        several = value[:MOST] if isinstance(value, list) else [value]
        return (line for inner in several if isinstance(inner, str) and (line := values.clean(inner)))

    def is_cut(self, name: str) -> bool:
        """Whether a list is longer than what is read of it."""
        value = self.tree.get(name)
        return isinstance(value, list) and len(value) > MOST

    def beside(self, name: str) -> "Sent":
        """Return what is said about a plain value: the extensions beside it."""
        return self.one(f"_{name}")

    def extension(self, *names: str) -> Iterator["Sent"]:
        """Yield the extensions whose address ends in one of *names*."""
        return (
            inner
            for inner in self.all("extension")
            if values.last_part(inner.text("url") or "").lower() in names
        )

    def absent(self) -> str | None:
        """Return why this is absent, as a code; None where nothing says."""
        reasons = (inner.code("valueCode") or inner.code("valueCoding") for inner in self.extension(*_ABSENT))
        return next((reason for reason in reasons if reason), None)


NOTHING: Final = Sent(_NOTHING)


@dataclass(frozen=True, slots=True)
class Opened:
    """A decoded clinical record: its type, and what was sent."""

    type: str
    sent: Sent

    def contained(self, reference: str | None) -> Sent:
        """Return the record that stands inside this one under that reference; never a person."""
        if not reference or reference[:1] != "#":
            return NOTHING
        inside = (inner for inner in self.sent.all("contained") if inner.text("id") == reference[1:])
        return next((inner for inner in inside if "birthDate" not in inner.tree), NOTHING)


def opened(body: bytes) -> Opened:
    """Decode a clinical record; raise `Unreadable` where it is none."""
    try:
        tree = tolerant.tree(body)
    except Hopeless as error:
        raise Unreadable(error.reason) from error
    name = tree.get("resourceType")
    if not isinstance(name, str) or not name:
        raise Unreadable("it has no type")
    return Opened(name, Sent(tree))
