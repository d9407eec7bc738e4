"""Limits that the member typed from the plan's papers, where the plan's data states none."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Self
from uuid import UUID

from apps.overview.ledger import Care, Ledger
from apps.overview.plan_years import Limit, Limits
from apps.plain_language.language import _, said

FAMILY: Final = "family"
LONGEST: Final = 20
"""Characters of an amount."""
_AMOUNT: Final = re.compile(r"\$?\s*(\d{1,3}(?:,\d{3})+|\d{1,7})(\.\d{1,2})?", re.ASCII)
_PERSON: Final = re.compile(r"[0-9a-f]{16}|family", re.ASCII)
_LABELS: Final = {
    "medical-deductible": said("Deductible"),
    "medical-out_of_pocket": said("Out-of-pocket maximum"),
    "dental-deductible": said("Dental deductible"),
    "dental-benefit": said("Most that the plan pays for dental care in a year"),
    "vision-benefit": said("Most that the plan pays for vision care in a year"),
}
"""What can be typed, by care and which of its `Limits`."""


class NotAnAmount(ValueError):
    """What was typed is no amount of dollars."""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose limits: of one connection, a benefit year by its first day, and a person's key or `FAMILY`."""

    plan: UUID
    starts: date
    person: str

    @property
    def subject(self) -> str:
        """How remarks call it (`apps.records.remarks.Topic.LIMITS`), and forms."""
        return f"{self.plan} {self.starts.isoformat()} {self.person}"

    @classmethod
    def of(cls, subject: str) -> Self:
        """Return the place of a *subject*; raise ValueError where it is none."""
        plan, starts, person = subject.split(" ")
        if not _PERSON.fullmatch(person):
            raise ValueError("no key of a person")
        return cls(UUID(plan), date.fromisoformat(starts), person)


@dataclass(frozen=True, slots=True)
class Field:
    """One limit to type: the name in the form, its label, and what was typed before."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Typing:
    """The form of one ledger."""

    subject: str
    fields: tuple[Field, ...]


def filled(stated: Limits, typed: Mapping[str, str], care: Care) -> Limits:
    """Return the limits *stated*, and what was typed in the place of those that are not."""

    def limit(name: str) -> Limit | None:
        stated_limit: Limit | None = getattr(stated, name)
        amount = typed.get(f"{care}-{name}")
        if amount and _is_to_type(stated_limit, amount):
            return Limit(Decimal(amount), "USD", is_typed=True)
        return stated_limit

    return Limits(*(limit(name) for name in Limits._fields))


def _is_to_type(stated: Limit | None, typed: str) -> bool:
    """Return whether a limit is to type: the plan states none, or a zero beside what was typed."""
    return stated is None or bool(typed and not stated.amount)


def typing(place: Place, every: Iterable[Ledger], stated: Mapping[Care, Limits], typed: Any) -> Typing | None:
    """Return the form for the limits that the plan did not state; None where there is nothing to type."""
    typed_limits = typed if isinstance(typed, dict) else {}
    ledgers = [ledger for ledger in every if ledger.can_tell or ledger.tells_benefit]
    cares = {ledger.care for ledger in ledgers if ledger.currency == "USD"}
    fields = tuple(
        Field(name, _(label), typed_limits.get(name, ""))
        for name, label in _LABELS.items()
        for care, _dash, limit in [name.partition("-")]
        if care in cares and _is_to_type(getattr(stated[care], limit), typed_limits.get(name, ""))
    )
    return Typing(place.subject, fields) if fields else None


def typed_in(form: Mapping[str, str]) -> dict[str, str]:
    """Return what a form holds, empty fields left out; raise `NotAnAmount`.

    Only "1500", "1,500" and "1,500.00" are amounts: "1.500,00" could mean two.
    """
    return dict(_amounts(form))


def _amounts(form: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in _LABELS:
        text = form.get(name, "").strip()
        if not text:
            continue
        match = _AMOUNT.fullmatch(text) if len(text) <= LONGEST else None
        if match is None or not (amount := Decimal(match[1].replace(",", "") + (match[2] or ""))):
            raise NotAnAmount(name)
        yield name, str(amount)
