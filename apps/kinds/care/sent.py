"""One JSON object of a clinical record, read so that a bad value costs that value and nothing else; pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, Final, Literal

import msgspec

from apps.fhir import tolerant, values
from apps.fhir.tolerant import Unreadable
from apps.fhir.whose import ELEMENTS

_encoder: Final = msgspec.json.Encoder(decimal_format="number")
_REMEMBERED: Final = 1024
_SHORT: Final = 600
"""Bytes of JSON beyond which nothing is remembered: such texts are of one record alone."""
MOST: Final = 500
"""Elements of one list that are read; a result of thousands of parts ends here, and says so."""
_ABSENT: Final = ("data-absent-reason", "data-absent-reason.html")
_PLAIN: Final = ("status", "docStatus", "lifecycleStatus")
STATUSES: Final = ("verificationStatus", "clinicalStatus")
"""Statuses that are concepts."""
_ANSWERS: Final = frozenset(
    {
        *("social-history", "survey", "sdoh", "functional-status", "disability-status", "cognitive-status"),
        *("care-experience-preference", "treatment-intervention-preference", "observation-adi-documentation"),
    }
)
"""Categories of Observations (US Core) that say how somebody lives or feels."""
_A_PERSON: Final = "Patient"
_NOBODY_NEEDED: Final = frozenset({"Device", "List", "Provenance", "SupplyRequest"})
"""R4 lets these be about nobody."""


class Sent(msgspec.Struct, frozen=True, gc=False):
    """A JSON object; whatever is asked of it comes in the asked form or not at all."""

    tree: Mapping[str, Any] = {}

    def __bool__(self) -> bool:
        """Whether anything was sent."""
        return bool(self.tree)

    def text(self, name: str, limit: int = 400) -> str | None:
        """Return a text on one line; a number where a text belongs is one too."""
        value = self.tree.get(name)
        if value is None:  # most elements are not sent
            return None
        if not isinstance(value, str):
            if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
                return None
            value = str(value)
        return values.clean(value, limit)

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
        value = self.tree.get(name)
        if value is None:
            return NOTHING
        return Sent(value) if isinstance(value, dict) else next(self.all(name), NOTHING)

    def all(self, name: str) -> Iterator["Sent"]:
        """Yield the objects of a list, or the object that stands where a list belongs."""
        value = self.tree.get(name)
        if value is None:
            return iter(())
        several = value[:MOST] if isinstance(value, list) else [value]
        return iter([Sent(inner) for inner in several if isinstance(inner, dict)])

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


NOTHING: Final = Sent()


def remembered[T](read: Callable[[Sent], T]) -> Callable[[Sent], T]:
    """Return *read*, which is pure, with what it made of the same JSON before.

    The codes, flags and ranges of one test are the same in each of its results.
    """

    @lru_cache(_REMEMBERED)
    def of(text: bytes) -> T:
        return read(Sent(tolerant.tree(text)))

    def ask(sent: Sent) -> T:
        try:
            text = _encoder.encode(sent.tree)
        except UnicodeEncodeError:  # letters that only a tolerant reader takes
            return read(sent)
        return of(text) if len(text) <= _SHORT else read(sent)

    return ask


def codes_of(concepts: Iterable[Sent]) -> Iterator[str]:
    """Yield the codes of concepts in small letters, whatever list they are of; texts too where no code is."""
    for concept in concepts:
        codings = [*concept.all("coding")] or [concept]
        yield from (code for element in codings if (code := element.code("code")))
        if not any(element.code("code") for element in codings) and (text := concept.code("text")):
            yield from dict.fromkeys((text, text.replace(" ", "-")))  # "Entered in Error"


def at_path(sent: Sent, *paths: str) -> Iterator[Sent]:
    """Yield what stands under paths of elements, each of several; under "" the record itself."""
    for path in paths:
        name, _dot, rest = path.partition(".")
        if not name:
            yield sent
        for element in sent.all(name) if name else ():
            yield from at_path(element, rest)


def is_person(reference: Sent) -> bool:
    """Whether a reference is to a patient."""
    path = values.relative(reference.text("reference")) or ""
    return _A_PERSON in (path.partition("/")[0], reference.text("type"))


@dataclass(frozen=True)
class Opened:
    """A decoded clinical record: its type, and what was sent."""

    type: str
    sent: Sent

    @cached_property
    def categories(self) -> frozenset[str]:
        """The codes of what it is about, by which its kind is told."""
        return frozenset(codes_of(self.sent.all("category")))

    @cached_property
    def is_answer(self) -> bool:
        """Whether it says how somebody lives or feels, rather than what a laboratory found."""
        return self.type == "QuestionnaireResponse" or (
            "laboratory" not in self.categories and not self.categories.isdisjoint(_ANSWERS)
        )

    @cached_property
    def about(self) -> Sent:
        """The reference to whom it is about; nothing where it names nobody."""
        named = next((element for name in ELEMENTS if (element := self.sent.one(name))), NOTHING)
        return named or next(filter(is_person, self._taking_part()), NOTHING)

    def _taking_part(self) -> Iterator[Sent]:
        """Yield who takes part in an appointment, which names nobody else."""
        return (element.one("actor") for element in self.sent.all("participant"))

    @cached_property
    def about_path(self) -> str | None:
        """The `Type/id` of whom it is about."""
        return values.relative(self.about.text("reference"))

    @cached_property
    def kept_apart(self) -> Literal["", "mistake", "cancelled", "another"]:
        """Why no list shows it: a mistake goes before everything else that is said of it."""
        statuses = {self.sent.code(name) for name in _PLAIN}
        statuses.update(codes_of(element for name in STATUSES for element in self.sent.all(name)))
        if "entered-in-error" in statuses:
            return "mistake"
        if self._is_about_another():
            return "another"
        return "cancelled" if "cancelled" in statuses else ""

    def _is_about_another(self) -> bool:
        """Whether it is about a group, a place, a newborn described inside, or about nobody.

        What is about another patient never gets here: it is refused where records arrive.
        """
        if not self.about:
            return self.type not in _NOBODY_NEEDED
        reference = self.about.text("reference") or ""
        if reference.startswith("#"):
            return True
        named = (self.about_path or "").partition("/")[0] or self.about.text("type") or _A_PERSON
        return named != _A_PERSON

    def contained(self, reference: str | None) -> Sent:
        """Return the record that stands inside this one under that reference; never a person."""
        if not reference or reference[:1] != "#":
            return NOTHING
        inside = (inner for inner in self.sent.all("contained") if inner.text("id") == reference[1:])
        return next((inner for inner in inside if "birthDate" not in inner.tree), NOTHING)


def opened(body: bytes) -> Opened:
    """Decode a clinical record; raise `Unreadable` where it is none."""
    tree = tolerant.tree(body)
    name = tree.get("resourceType")
    if not isinstance(name, str) or not name:
        raise Unreadable("it has no type")
    return Opened(name, Sent(tree))
