"""What each kind of coverage gives whoever appeals, which kind a claim has, and the last days; pure."""

import calendar
import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args
from uuid import UUID

from apps.kinds.coverage.kinds import is_original_medicare
from apps.kinds.coverage.records import CoverageRecord
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
Certainty = Literal["certain", "confirmed", "likely", "unknown"]
"""Of the kind of coverage: shown by the data, said by the member, a suggestion of ours, nothing."""
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
    words = (
        plural("{n} month", "{n} months", days).format(n=days)
        if period.unit == "months"
        else plural("{n} day", "{n} days", days).format(n=days)
    )
    return _("at least {period}").format(period=words) if period.is_least else words


def _rule(cells: list[str]) -> Rule:
    key, kinds, step, number, unit, mailing, starts, least, sentence, law, source, mark = cells
    named = tuple(kind for kind in KINDS if kind in kinds.split())
    assert len(named) == len(kinds.split()), key
    period = Period(int(number), _UNITS[unit], int(mailing), _STARTS[starts], bool(least)) if unit else None
    return Rule(key, named, _STEPS[step], period, sentence, law, source, _MARKS[mark])


_BY_LINE: Final[dict[str, Kind]] = {
    "chip": "chip", "medicare": "medicare", "medicare_advantage": "advantage", "medicare_part_d": "drug",
    "marketplace": "individual", "individual": "individual", "employer": "employer", "dental": "separate",
    "vision": "separate",
}  # fmt: skip
"""What a plan's row in the directory suggests where it names one line of business; Medicaid is two kinds."""
_BY_CODE: Final[dict[str, Kind]] = {
    **dict.fromkeys(("11", "111", "112", "113", "119"), "advantage"),
    **dict.fromkeys(("12", "121", "129"), "medicare"),
    **dict.fromkeys(("122", "191"), "drug"),
    **dict.fromkeys(("21", "211", "212", "219"), "medicaid_plan"),
    "22": "medicaid_state",
    **dict.fromkeys(("23", "361"), "chip"),
    **dict.fromkeys(("311", "3111", "3112", "3113"), "tricare"),
    "391": "federal",
    **dict.fromkeys(("522", "622"), "employer"),
    **dict.fromkeys(("517", "524", "561", "562", "614", "629", "DENTAL", "DENTPRG", "VISPOL"), "separate"),
}
"""Codes of the Source of Payment Typology and of HL7; 371x say nothing: payers use them otherwise."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The kind and how sure it is; `answer` is what the member said, "" for nothing."""

    kind: Kind
    certainty: Certainty
    answer: str = ""


def coverage(
    *, answer: object, lines: Collection[str], records: Iterable[CoverageRecord], is_drug: bool
) -> Coverage:
    """Return the kind of coverage behind a claim; *is_drug* where a pharmacy sent it.

    *lines* are those of the plan's row in the directory. What data suggests is never taken for sure, but
    Medicare's own words for its own parts.
    """
    kind_told = next((kind for kind in KINDS if kind == answer), None)
    if kind_told not in (None, "unknown"):
        return Coverage(of_drugs(kind_told, is_drug=is_drug), "confirmed", kind_told)
    coverages = list(records)
    if is_original_medicare(coverages):
        return Coverage(of_drugs("medicare", is_drug=is_drug), "certain")
    if kind_told == "unknown":
        return Coverage("unknown", "unknown", kind_told)
    suggested = _suggested(lines, coverages)
    return Coverage(suggested, "unknown" if suggested == "unknown" else "likely")


def of_drugs(kind: Kind, *, is_drug: bool) -> Kind:
    """Drugs from a pharmacy come under Part D, also where the member thinks of Medicare as one."""
    return "drug" if is_drug and kind in ("medicare", "advantage") else kind


def _suggested(lines: Collection[str], records: Iterable[CoverageRecord]) -> Kind:
    kinds = {_BY_CODE[code] for record in records for code in _codes(record) if code in _BY_CODE}
    if len(lines) == 1:
        kinds |= {_BY_LINE[line] for line in lines if line in _BY_LINE}
    return kinds.pop() if len(kinds) == 1 else "unknown"


def _codes(record: CoverageRecord) -> tuple[str, ...]:
    return (record.type_code or "", *record.more_type_codes)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a last day needs: the letter's date as typed, how sure the coverage is, a ticked row."""

    letter_on: date | None
    certainty: Certainty
    is_checked: bool


def last_day(period: Period | None, facts: Facts) -> date | None:
    """Return the last day to be safe; None without a typed date, a ticked row and a sure coverage."""
    is_sure = facts.certainty in ("certain", "confirmed")
    if period is None or facts.letter_on is None or not facts.is_checked or not is_sure:
        return None
    return counted_from(facts.letter_on, period)


def counted_from(letter_on: date, period: Period) -> date:
    """Return the day a period ends that runs from the date of a letter; the mail counts as its rule says.

    A period that starts with receipt is counted from the letter's date: never too late. A day that a month
    does not have is its last one, and no day moves past a weekend: earlier is safer.
    """
    if period.unit == "days":
        return letter_on + timedelta(days=period.number + period.mailing)
    years, month = divmod(letter_on.month - 1 + period.number, 12)
    year, month = letter_on.year + years, month + 1
    return date(year, month, min(letter_on.day, calendar.monthrange(year, month)[1]))


def calendar_file(day: date, *, uid: UUID, now: datetime) -> str:
    """Return the file: a whole day, with reminders a week and two days before; *now* is in UTC."""
    title = _escaped(_("A day to keep"))
    alarms = [line for days in (7, 2) for line in _alarm(title, days)]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Plainclaim//EN",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{title}",
        "CLASS:PRIVATE",
        "TRANSP:TRANSPARENT",
        *alarms,
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{line}\r\n" for line in lines)


def _alarm(title: str, days: int) -> tuple[str, ...]:
    return ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{title}", f"TRIGGER:-P{days}D", "END:VALARM")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
