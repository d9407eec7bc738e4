"""How far what the listing says of FHIR R4 was tested: by our tests, and by suites that others published."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

FILE: Final = Path(__file__).parent / "data" / "evidence.json"
"""Written by `make conformance` from docs/conformance and the tables of tests."""


class SuiteRun(msgspec.Struct, frozen=True):
    """Whether a published suite was run itself. `total` is None where nobody wrote down how many passed."""

    run_on: str
    revision: str
    passed: int | None
    total: int | None
    note: str

    @property
    def day(self) -> date | None:
        """The day of the run, None where there was none."""
        return date.fromisoformat(self.run_on) if self.run_on else None


class Demands(msgspec.Struct, frozen=True):
    """One list of demands: how many have tests of ours, were checked by hand, are not met, do not apply; and
    the list's suite."""

    title: str
    source: str
    met: int
    by_hand: int
    not_met: int
    not_ours: int
    suite: SuiteRun | None

    @property
    def address(self) -> str:
        """Where the list can be read, "" where its source is no address."""
        first = self.source.replace(",", " ").split(" ", 1)[0]
        return first if first.startswith("https://") else ""


class Unmet(msgspec.Struct, frozen=True):
    """A demand that is not met, and why."""

    row: str
    title: str
    demand: str
    why: str


class Checked(msgspec.Struct, frozen=True):
    """A demand that is met though no test of ours repeats it: when somebody looked, how, what came of it."""

    row: str
    title: str
    demand: str
    checked_on: date
    how: str


class Control(msgspec.Struct, frozen=True):
    """One row of our checklists: its tests ("file::name"), other rows that prove it, and how it stands."""

    text: str
    stand: str
    tests: tuple[str, ...]
    by: tuple[str, ...] = ()


class Evidence(msgspec.Struct, frozen=True):
    """All of it. `controls` by the name of their row; `named_tests` are those that packets name, with their
    file. `must_support`: elements that tests look for on pages, by FHIR type; `second_opinion`:
    published claims that fhirclient's model reads in tests too, by source."""

    lists: list[Demands]
    by_hand: list[Checked]
    not_met: list[Unmet]
    must_support: Mapping[str, int]
    second_opinion: Mapping[str, int]
    controls: Mapping[str, Control]
    named_tests: Mapping[str, str]

    @property
    def suites(self) -> list[Demands]:
        """Lists of the tests of a published suite."""
        return [demands for demands in self.lists if demands.suite is not None]

    @property
    def specifications(self) -> list[Demands]:
        """Lists of demands of which no suite is published."""
        return [demands for demands in self.lists if demands.suite is None and demands.met + demands.not_met]

    @property
    def claims_read_twice(self) -> int:
        """How many published claims two readers read alike."""
        return sum(self.second_opinion.values())


@cache
def evidence() -> Evidence:
    """Return what the release was shipped with."""
    return msgspec.json.decode(FILE.read_bytes(), type=Evidence)
