"""The dated table of what each kind of coverage gives whoever appeals, with source and mark; pure."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

from apps.plain_language.language import _, plural, said

STATE_OF: Final = date(2026, 11, 27)
"""When what stands in the table was gathered."""
_UNITS: Final[dict[str, Literal["days", "months"]]] = {"days": "days", "months": "months"}
_STARTS: Final[dict[str, Literal["received", "dated"]]] = {"received": "received", "dated": "dated"}
_MARKS: Final[dict[str, Literal["A", "B"]]] = {"A": "A", "B": "B"}
"""What the columns of the file may hold; anything else is an error when it is read."""
_CFR: Final = re.compile(r"(\d+) CFR (\d+(?:\.\d+(?:-\d+)?)?)")
_FILE: Final = Path(__file__).parent / "data" / "rules.tsv"

Kind = Literal[
    "employer", "individual", "government", "medicare", "advantage", "drug", "medicaid_plan",
    "medicaid_state", "chip", "federal", "tricare", "separate", "limited", "unknown",
]  # fmt: skip
Step = Literal[
    "appeal", "answer", "urgent", "before", "next", "external", "keep", "late", "how", "sign", "help"
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
OF_MEDICARE: Final[tuple[Kind, ...]] = ("medicare", "advantage", "drug")
_STEPS: Final[dict[str, Step]] = {step: step for step in get_args(Step)}
NAMES: Final[dict[Kind, str]] = {
    "employer": said("Job or union of a private company"),
    "individual": said("Bought by yourself or on the Marketplace"),
    "government": said("Job at a city, county, state or public school"),
    "medicare": said("Original Medicare (red, white and blue card)"),
    "advantage": said("Medicare Advantage, a Medicare plan of a company"),
    "drug": said("Medicare drug plan (Part D)"),
    "medicaid_plan": said("Medicaid, through a health plan"),
    "medicaid_state": said("Medicaid, from the state itself"),
    "chip": said("CHIP, for children"),
    "federal": said("Federal or postal job (FEHB, PSHB)"),
    "tricare": said("TRICARE, military"),
    "separate": said("Dental or vision plan of its own"),
    "limited": said("Short-term plan, fixed indemnity or health sharing"),
    "unknown": said("Something else, or not sure"),
}
"""How a member calls them, in the order of the form."""


@dataclass(frozen=True, slots=True)
class Period:
    """How long a member has: counted from the letter's date, `mailing` days of it for the mail."""

    number: int
    unit: Literal["days", "months"]
    mailing: int = 0
    starts: Literal["received", "dated"] = "received"
    is_least: bool = False
    """The plan may give more."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. `period` None where nothing can be counted: the sentence says what is known."""

    key: str
    kinds: tuple[Kind, ...]
    step: Step
    period: Period | None
    sentence: str
    law: str
    source: str
    mark: Literal["A", "B"]

    @property
    def page(self) -> str:
        """Return where the eCFR has the law, by its title and section; "" for other sources."""
        cited = _CFR.search(self.law)
        if cited is None:
            return ""
        title, number = cited.groups()
        kind = "section" if "." in number else "part"
        return f"https://www.ecfr.gov/current/title-{title}/{kind}-{number}"

    @property
    def version(self) -> str:
        """A digest of what a tick vouches for: a row that changes is to be checked anew."""
        columns = (self.key, self.kinds, self.step, self.period, self.sentence, self.law)
        return hashlib.sha256(repr(columns).encode()).hexdigest()[:16]


@cache
def rules() -> tuple[Rule, ...]:
    """Return every row, in the order of the file."""
    lines = (line for line in _FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return tuple(_rule(line.split("\t")) for line in lines)


def of(kind: Kind, *steps: Step) -> tuple[Rule, ...]:
    """Return the rows of a kind of coverage, all or those of *steps*."""
    return tuple(rule for rule in rules() if kind in rule.kinds and (not steps or rule.step in steps))


def counted(kind: Kind, step: Step) -> Rule | None:
    """Return the row of a step by which days can be counted."""
    return next((rule for rule in of(kind, step) if rule.period), None)


def length(period: Period) -> str:
    """Return "180 days", "at least 180 days", "4 months"."""
    days = period.number + period.mailing
    if period.unit == "months":
        words = plural("{n} month", "{n} months", days).format(n=days)
    else:
        words = plural("{n} day", "{n} days", days).format(n=days)
    return _("at least {period}").format(period=words) if period.is_least else words


def _rule(cells: list[str]) -> Rule:
    key, kinds, step, number, unit, mailing, starts, least, sentence, law, source, mark = cells
    named = tuple(kind for kind in KINDS if kind in kinds.split())
    assert len(named) == len(kinds.split()), key
    period = Period(int(number), _UNITS[unit], int(mailing), _STARTS[starts], bool(least)) if unit else None
    return Rule(key, named, _STEPS[step], period, sentence, law, source, _MARKS[mark])
