"""One claim of a member, read alone: when it was decided, what it takes back, why, and what it is called."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from tests.oracle import dates
from tests.oracle.amounts import Stated, is_total_line, stated
from tests.oracle.decision import GROUPS, PRICE_REASONS
from tests.oracle.kinds import FACILITIES
from tests.oracle.reading import Reading
from tests.oracle.tree import Node, codes, codings, node, nodes, text

PROCESSED: Final = {"nch_wkly_proc_dt", "clm_nch_wkly_proc_dt", "clm_cms_proc_dt", "fi_clm_proc_dt"}
"""Days on which Medicare processed a claim; `created` is when Blue Button made its record."""
LOADED: Final = "clm_idr_ld_dt"
"""When Medicare put the claim into its own files."""


def _made(eob: Node) -> list[str]:
    """Return the days on which its decision may have been made, as sent: Medicare's own before `created`."""
    stated = []
    for info in nodes(eob, "supportingInfo"):
        names = {code.lower() for code in codes(node(info, "category"))}
        stated += [(name, text(info, "timingDate")) for name in names]
    for extension in (*nodes(eob, "extension"), *nodes(node(eob, "billablePeriod"), "extension")):
        name = text(extension, "url").rstrip("/").rpartition("/")[2].lower().replace("-", "_")
        stated.append((name, text(extension, "valueDate")))
    if not any(name in PROCESSED or name == LOADED for name, _day in stated):
        return [text(eob, "created")]
    return [day for name, day in stated if name in PROCESSED]


@dataclass(frozen=True, eq=False)
class Claim:
    """One claim of a member, read alone; what others say of it stands in `member.Reader`."""

    eob: Node
    reading: Reading

    @cached_property
    def sums(self) -> Stated:
        """Every sum it states."""
        return stated(self.eob)

    @property
    def id(self) -> str:
        """The id under which the plan sent it."""
        return text(self.eob, "id")

    @cached_property
    def numbers(self) -> set[str]:
        """Every name by which another claim may call it."""
        return (self.own_numbers | {f"ExplanationOfBenefit/{self.id}", self.id}) - {""}

    @cached_property
    def own_numbers(self) -> set[str]:
        """Every number that its plan gave it."""
        return {text(row, "value") for row in nodes(self.eob, "identifier")} - {""}

    @property
    def told_on(self) -> set[date]:
        """The days by which it may be recent: those of its decision, else of the care."""
        decided = [*_made(self.eob), text(node(self.eob, "payment"), "date")]
        days = set(map(dates.first_day, map(dates.day, decided))) - {None}
        care = {dates.first_day(str(day)) for day in self.reading.day.permitted if day}
        return {day for day in days or care if day is not None}

    @property
    def takes_back(self) -> bool:
        """Whether it takes a claim back and is none: a void (a facility's type of bill ending in 8),
        Medicare's credit."""
        bill, is_facilitys = set(), not FACILITIES.isdisjoint(self.reading.kind.permitted)
        for info in nodes(self.eob, "supportingInfo"):
            told = {code.lower() for code in codes(node(info, "category"))}
            if "typeofbill" in told and is_facilitys:
                bill |= {code[-1] for code in codes(node(info, "code")) if len(code) in (3, 4)} & {"8"}
            if told & {"clm_adjstmt_typ_cd", "clm_adjstmt_type_cd"}:
                bill |= set(codes(node(info, "code"))) & {"1", "3"}
        queried = codes_of_extension(node(self.eob, "billablePeriod"), "query_cd")
        return bool(bill or queried & {"0", "C"})

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """(group, code) of every adjustment reason; the group stands before the code or beside it."""
        lines = [line for line in nodes(self.eob, "item") if not is_total_line(line)]
        rows = [row for part in (self.eob, *lines) for row in nodes(part, "adjudication")]
        reasons = []
        for row in rows:
            told = [code.upper() for _system, code in codings(node(row, "reason"))]
            beside = next((code for code in told if code in GROUPS), "")
            for code in (code for code in told if code not in GROUPS):
                group = next((name for name in GROUPS if code.startswith(name) and code != name), "")
                reasons.append((group or beside, code.removeprefix(group).lstrip("-0")))
        return reasons

    @property
    def is_final(self) -> bool:
        """Whether nothing says that it is still to be decided, or a mistake."""
        status, outcome = text(self.eob, "status"), text(self.eob, "outcome")
        return status in ("active", "") and outcome in ("complete", "")

    @property
    def provider_bears(self) -> bool:
        """Whether all that was refused is the provider's by its contract with the plan (CO)."""
        groups = {group for group, code in self.reasons if code and code not in PRICE_REASONS}
        return groups == {"CO"}


def codes_of_extension(eob: Node, name: str) -> set[str]:
    return {code for end, code in _extensions(eob) if end.endswith(name)}


def _extensions(eob: Node) -> Iterator[tuple[str, str]]:
    for extension in nodes(eob, "extension"):
        end = text(extension, "url").rsplit("/", 1)[-1].lower().replace("-", "_")
        yield end, text(node(extension, "valueCoding"), "code")
