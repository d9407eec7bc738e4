"""What a member chose above the claim list, read from the address; anything unknown counts as "all"."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, cast
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict

from apps.kinds.claim.choices import Choices, Sort, Wanted, by_name
from apps.kinds.claim.query import Term, understood
from apps.kinds.claim.sealed_query import LONGEST_VALUE
from apps.kinds.claim.wording.list_words import GROUPS, KINDS, NAMES, SORTS, with_count
from apps.plain_language.language import _, said
from apps.plain_language.money import money
from apps.records.entries import UNDATED
from apps.records.switch import EVERYONE

IN_ADDRESS: Final = ("year", "kind", "plan", "person", "provider", "state", "from", "to", "q", "sort", "all")
_AMOUNT: Final = re.compile(r"-?\d{1,9}(\.\d{1,4})?", re.ASCII)
_NO_DATE: Final = "none"
_UNNAMED: Final = {
    "plan": said("one plan"),
    "person": said("one person"),
    "provider": said("one provider"),
    "q": said("a search"),
}
"""Choices that a browser's history does not name."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a filter."""

    value: str
    words: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """One choice made, and the query string of the list without it."""

    name: str
    words: str
    without: str


@dataclass(frozen=True)
class Filters:
    """The choices made: `chosen` by their names in the address, in its order, only known ones."""

    choices: Choices
    chosen: Mapping[str, str]
    search: str = field(default="", repr=False)
    """The text behind `q`."""
    terms: tuple[Term, ...] = field(default=(), repr=False)
    """What the text means."""
    unknown: tuple[str, ...] = ()
    """Names in the address whose value counts as "all"."""

    @classmethod
    def of(cls, query: QueryDict, choices: Choices, *, search: str | None) -> "Filters":
        """Read the choices; *search* is the text behind `q`, None when its token does not open."""
        chosen, unknown = dict[str, str](), list[str]()
        for name in IN_ADDRESS:
            value = query.get(name, "").strip()
            if name == "person":
                unknown += [name] if value not in ("", EVERYONE, choices.person) else []
                value = choices.person  # as the switch stands, which sessions remember
            if not value or (name == "sort" and value == "newest"):
                continue
            choice = _known(name, value, choices) if name != "q" else (value if search else None)
            if choice is None:
                unknown.append(name)
            else:
                chosen[name] = choice
        if {"from", "to"} <= chosen.keys() and Decimal(chosen["from"]) > Decimal(chosen["to"]):
            chosen |= {"from": chosen["to"], "to": chosen["from"]}  # one the other way round finds nothing
        return cls(choices, chosen, search or "", understood(search or ""), tuple(unknown))

    @property
    def sort(self) -> Sort:
        """The order asked for."""
        return cast(Sort, self.chosen.get("sort", "newest"))

    @property
    def year(self) -> int | None:
        """The year chosen: 1 for claims without a date."""
        year = self.chosen.get("year")
        return None if year is None else UNDATED.year if year == _NO_DATE else int(year)

    @property
    def plan(self) -> UUID | None:
        """The connection chosen."""
        return UUID(self.chosen["plan"]) if "plan" in self.chosen else None

    @property
    def is_all(self) -> bool:
        """Whether the whole list is gone through: no year and no plan was chosen."""
        return self.plan is None and self.year is None

    @property
    def wanted(self) -> Wanted:
        """What is looked for."""
        chosen = self.chosen
        return Wanted(
            kind=chosen.get("kind", ""),
            group=chosen.get("state", ""),
            provider=chosen.get("provider", ""),
            lowest=Decimal(chosen["from"]) if "from" in chosen else None,
            highest=Decimal(chosen["to"]) if "to" in chosen else None,
            terms=self.terms,
            with_replaced="all" in chosen,
        )

    @property
    def is_set(self) -> bool:
        """Whether the list is narrowed."""
        return any(name not in ("sort", "all") for name in self.chosen)

    @property
    def query(self) -> str:
        """The choices as a query string ending in "&", empty without any."""
        return self.query_of()

    def query_of(self, **changes: str) -> str:
        """Return the query string with *changes* made; "" takes a choice away."""
        chosen = {**self.chosen, **changes}
        encoded = urlencode([(name, chosen[name]) for name in IN_ADDRESS if chosen.get(name)])
        return f"{encoded}&" if encoded else ""

    @property
    def unknown_words(self) -> str:
        """Which choices of the address count as "all", in words; empty when there is none."""
        names = ", ".join(_(NAMES[name]) for name in self.unknown if name != "q")
        if not names:
            return ""
        return _("We do not know this choice, so all are shown: {names}.").format(names=names)

    @property
    def chips(self) -> Iterator[Chip]:
        """The choices made, each with the way to take it back; neither order nor person."""
        for name in self.chosen:
            if name not in ("sort", "person"):
                yield Chip(name, self._words(name), self.query_of(**{name: ""}))

    @property
    def told(self) -> Iterator[str]:
        """The choices made, for the page's title: none by the words that its address holds only sealed."""
        for name in self.chosen:
            yield _(_UNNAMED[name]) if name in _UNNAMED else self._words(name)

    def _words(self, name: str) -> str:
        value, choices = self.chosen[name], self.choices
        return {
            "year": lambda: _year_words(value),
            "from": lambda: _("Share from {amount}").format(amount=money(Decimal(value))),
            "to": lambda: _("Share up to {amount}").format(amount=money(Decimal(value))),
            "plan": lambda: next(words for pk, words in choices.plans if str(pk) == value),
            "kind": lambda: _(KINDS[value]),
            "state": lambda: _(GROUPS[value]),
            "provider": lambda: choices.provider_names[value],
            "q": lambda: f"“{self.search}”",
            "all": lambda: _("With earlier versions"),
            "sort": lambda: _(SORTS[value]),
        }[name]()

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What the search form carries along."""
        return [(name, value) for name, value in self.chosen.items() if name != "q"]

    @property
    def selects(self) -> list[tuple[str, str, str, list[Option]]]:
        """The lists to choose from: (name, label, words for all, options); without those of one option."""
        choices, counted = self.choices, self._counted
        lists = [
            ("year", _("All years"), [_year(year) for year in choices.years]),
            ("kind", _("All kinds"), counted("kind", _in_words(KINDS), choices.kinds)),
            ("state", _("All"), counted("state", _in_words(GROUPS), choices.groups)),
            ("plan", _("All plans"), [(str(pk), words) for pk, words in choices.plans]),
            (
                "provider",
                _("All providers"),
                counted("provider", by_name(choices.provider_names), choices.provider_counts),
            ),
        ]
        return [
            (name, _(NAMES[name]), words_for_all, self._options(name, options))
            for name, words_for_all, options in lists
            if len(options) > 1 or name in self.chosen
        ]

    @property
    def sorts(self) -> list[Option]:
        """The orders to choose from."""
        return [Option(name, _(words), name == self.sort) for name, words in SORTS.items()]

    def _counted(
        self, name: str, words: Iterable[tuple[str, str]], numbers: Mapping[str, int]
    ) -> list[tuple[str, str]]:
        """Return what there is, and what is chosen even where there is none."""
        return [
            (key, with_count(text, numbers.get(key, 0)))
            for key, text in words
            if numbers.get(key) or key == self.chosen.get(name)
        ]

    def _options(
        self, name: str, options: "Iterator[tuple[str, str]] | list[tuple[str, str]]"
    ) -> list[Option]:
        return [Option(value, words, self.chosen.get(name) == value) for value, words in options]


def _known(name: str, value: str, choices: Choices) -> str | None:
    """Return the value as it stands in addresses, None when it is none of what there is."""
    if len(value) > LONGEST_VALUE:
        return None
    if name in ("from", "to"):
        plain = value.replace("$", "").replace(",", "").strip()
        return plain if _AMOUNT.fullmatch(plain) else None
    offered: Mapping[str, object] = {
        "year": dict(_year(year) for year in choices.years),
        "kind": KINDS,
        "plan": {str(pk): words for pk, words in choices.plans},
        "person": choices.people,
        "provider": choices.provider_names,
        "state": GROUPS,
        "sort": SORTS,
        "all": {"1": ""},
    }[name]
    return value if value in offered else None


def _year(year: int) -> tuple[str, str]:
    value = _NO_DATE if year == UNDATED.year else str(year)
    return value, _year_words(value)


def _year_words(value: str) -> str:
    return _("Date not known") if value == _NO_DATE else value


def _in_words(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(key, _(text)) for key, text in words.items()]
