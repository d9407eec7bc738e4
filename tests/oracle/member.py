"""What a reader of all claims of one member says: which shares wait, what was refused, what counted.

Written from the specifications and from what Today promises, with nothing of the application.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Final

from tests.oracle import dates
from tests.oracle.amounts import Stated, is_total_line, stated
from tests.oracle.answer import OPEN, Answer, answer, widened
from tests.oracle.decision import GROUPS, PARTLY, PRICE_REASONS, REFUSED
from tests.oracle.kinds import FACILITIES
from tests.oracle.reading import Reading, read
from tests.oracle.tree import Node, codes, codings, node, nodes, parsed, text

LATELY: Final = timedelta(days=180)
WAITS: Final = {"19", "20", "21", "22", "109", "120"}
"""Claim adjustment reasons by which another payer comes first."""
PROTECTS: Final = {"N781", "N782", "N783"}
"""Remarks of Medicare: the patient may not be charged the share (QMB)."""
PROCESSED: Final = {"nch_wkly_proc_dt", "clm_nch_wkly_proc_dt", "clm_cms_proc_dt", "fi_clm_proc_dt"}
"""Days on which Medicare processed a claim; `created` is when Blue Button made its record."""
LOADED: Final = "clm_idr_ld_dt"
"""When Medicare put the claim into its own files."""
PARTS: Final = ("deductible", "copay", "coinsurance")
CARES: Final = {"pharmacy": "pharmacy", "dental": "dental", "vision": "vision"}


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


@dataclass(frozen=True)
class Claim:
    """One claim of a member, read alone; what others say of it stands in `Reader`."""

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

    @property
    def numbers(self) -> set[str]:
        """Every name by which another claim may call it."""
        own = {text(row, "value") for row in nodes(self.eob, "identifier")}
        return (own | {f"ExplanationOfBenefit/{self.id}", self.id}) - {""}

    @property
    def told_on(self) -> set[date]:
        """The days by which it may be recent: those of its decision, else of the care."""
        decided = [*_made(self.eob), text(node(self.eob, "payment"), "date")]
        days = set(map(_first_day, map(dates.day, decided))) - {None}
        care = {_first_day(str(day)) for day in self.reading.day.permitted if day}
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
        queried = _codes_of_extension(node(self.eob, "billablePeriod"), "query_cd")
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


@dataclass(frozen=True)
class Reader:
    """All claims of one member at one plan, and the day on which they are read."""

    claims: tuple[Claim, ...]
    today: date

    @classmethod
    def of(cls, bodies: Iterable[bytes], today: date) -> "Reader":
        """Read every claim of *bodies*, each once; approvals in advance are none."""
        claims: dict[str, Claim] = {}
        for body in bodies:
            if (reading := read(body, {})) is not None:
                claim = Claim(parsed(body), reading)
                claims[claim.id] = claim
        return cls(tuple(claims.values()), today)

    @cached_property
    def replaced(self) -> set[str]:
        """The ids of claims that another one corrects or takes back, or that say so themselves."""
        gone: set[str] = set()
        for claim in self.claims:
            for related in nodes(claim.eob, "related"):
                words = {code.lower() for code in codes(node(related, "relationship"))}
                names = {text(node(related, "reference"), "value"), text(node(related, "claim"), "reference")}
                if words & {"prior", "replaces"}:
                    is_mistake = text(claim.eob, "status") == "entered-in-error"
                    gone |= set() if is_mistake else self._named(names - {""}, but=claim)
                if words & {"replacedby", "replaced-by"}:
                    gone.add(claim.id)
            gone |= {claim.id} if claim.takes_back else set()
        return gone

    def _named(self, names: set[str], but: Claim) -> set[str]:
        return {claim.id for claim in self.claims if claim is not but and claim.numbers & names}

    @cached_property
    def shares_numbers(self) -> set[str]:
        """The ids of claims that have a number in common: versions of one claim, or chance."""
        mine = [
            (claim.id, {text(row, "value") for row in nodes(claim.eob, "identifier")})
            for claim in self.claims
        ]
        return {id_ for id_, own in mine if any(own & others for other, others in mine if other != id_)}

    def stands(self, claim: Claim) -> Answer:
        """Say whether a claim holds: the newest, neither cancelled nor a mistake, nor an unpaid draft."""
        status, paid = text(claim.eob, "status"), claim.reading.totals["plan paid"]
        if claim.id in self.replaced or status in ("cancelled", "entered-in-error"):
            return answer(False)
        if status == "draft" and None in paid.permitted:
            return answer(False)
        return answer(True, False) if claim.id in self.shares_numbers else answer(True)

    def is_recent(self, claim: Claim) -> Answer:
        """Say whether it was decided, else the care was, in the last 180 days."""
        return (
            answer(*(day >= self.today - LATELY for day in sorted(claim.told_on)))
            if claim.told_on
            else answer(False)
        )

    def due(self, claim: Claim) -> Answer:
        """Return what of its share Today's first line counts; None: it is not in it."""
        if True not in self.stands(claim).permitted or True not in self.is_recent(claim).permitted:
            return answer(None)
        left = _left(claim)
        in_doubt = self.stands(claim).undecided or self.is_recent(claim).undecided
        return widened(left, [None]) if in_doubt and left is not OPEN else left

    def refused(self, claim: Claim) -> Answer:
        """Say whether Today has a card of a refusal that is the member's."""
        decision = claim.reading.decision.permitted
        words = [word in (REFUSED, PARTLY) for word in decision] or [True, False]
        if any(words) and claim.provider_bears:
            return answer(True, False)
        return self._lately(claim, answer(*words))

    def disagrees(self, claim: Claim) -> Answer:
        """Say whether its figures are among those of which Today says that they do not agree."""
        conflicts = claim.reading.contradictions
        told = (
            answer(True)
            if claim.reading.contradicts_itself
            else answer(*([True, False] if conflicts or claim.reading.may_exceed_price else [False]))
        )
        return self._lately(claim, OPEN if claim.reading.mixed else told)

    def _lately(self, claim: Claim, told: Answer) -> Answer:
        if True not in self.stands(claim).permitted or True not in self.is_recent(claim).permitted:
            return answer(False)
        in_doubt = self.stands(claim).undecided or self.is_recent(claim).undecided or not claim.is_final
        return widened(told, [False]) if in_doubt and told is not OPEN else told


def _left(claim: Claim) -> Answer:
    """Return what of a share is not noted as paid, whoever replaced the claim."""
    reading, kinds = claim.reading, claim.reading.kind.permitted
    codes_told = {code for _group, code in claim.reasons}
    if reading.contradicts_itself or not claim.is_final or codes_told & (WAITS | PROTECTS):
        return answer(None)
    if kinds == ("pharmacy",):
        return answer(None)  # taken at the counter
    if reading.mixed:
        return OPEN
    paid = (
        claim.sums.head_of("paid by patient") or claim.sums.line_sum("paid by patient") or answer(Decimal())
    )
    amounts = [
        max(Decimal(str(share)) - max(Decimal(str(given)), Decimal()), Decimal())
        for share in reading.totals["share"].permitted
        if share is not None
        for given in paid.permitted
    ]
    left = answer(*(amount or None for amount in amounts)) if amounts else answer(None)
    is_open = reading.contradictions or "pharmacy" in kinds or None in reading.totals["share"].permitted
    told = widened(left, [None]) if is_open or _may_wait(claim) else left
    return _without_the_providers(claim, told) if claim.provider_bears else told


def _may_wait(claim: Claim) -> bool:
    """Whether Medicare's reason for not paying may send the claim to another payer."""
    return bool(
        _codes_of_extension(claim.eob, "mdcr_non_pmt_rsn_cd")
        | _codes_of_extension(claim.eob, "mdcr_npmt_rsn_cd")
    )


def _without_the_providers(claim: Claim, told: Answer) -> Answer:
    """Of a share some plans count what the provider bears, and others do not."""
    refused = [value for value in claim.reading.totals["not covered"].permitted if isinstance(value, Decimal)]
    less = [amount - value for amount in told.permitted if isinstance(amount, Decimal) for value in refused]
    return widened(told, [amount if amount > 0 else None for amount in less])


def counted(reader: Reader, year: int, care: str, part: Callable[[Claim], Answer]) -> tuple[Decimal, Decimal]:
    """Return the least and the most that the claims of a year and a kind of care come to."""
    least = most = Decimal()
    for claim in reader.claims:
        permitted = {Decimal()} if not _may_count(reader, claim, year, care) else _amounts(part(claim))
        if not _must_count(reader, claim, year, care):
            permitted |= {Decimal()}
        least, most = least + min(permitted), most + max(permitted)
    return least, most


def deductible(claim: Claim) -> Answer:
    """Return what a claim states of the deductible."""
    return claim.reading.totals["deductible"]


def out_of_pocket(claim: Claim) -> Answer:
    """Return what deductible, copay and coinsurance of a claim come to, as far as it states them."""
    totals = [_amounts(claim.reading.totals[name]) for name in PARTS]
    return answer(sum(map(min, totals), Decimal()), sum(map(max, totals), Decimal()))


def _amounts(told: Answer) -> set[Decimal]:
    return {value for value in told.permitted if isinstance(value, Decimal)} | (
        {Decimal()} if None in told.permitted or not told.permitted else set()
    )


def _care(claim: Claim) -> set[str]:
    return {CARES.get(str(kind), "medical") for kind in claim.reading.kind.permitted} or {*CARES, "medical"}


def _years(claim: Claim) -> set[str]:
    days = {str(day)[:4] for day in claim.reading.day.permitted if day}
    return days or {str(day.year) for day in claim.told_on}


def _may_count(reader: Reader, claim: Claim, year: int, care: str) -> bool:
    is_here = str(year) in _years(claim) and care in _care(claim) and True in reader.stands(claim).permitted
    is_denied = claim.reading.decision.permitted == (REFUSED,)
    is_here = is_here and text(claim.eob, "outcome") not in ("queued", "error")  # nothing is decided yet
    return is_here and not is_denied and not claim.reading.contradicts_itself and _network(claim) != "out"


def _must_count(reader: Reader, claim: Claim, year: int, care: str) -> bool:
    is_sure = _years(claim) == {str(year)} and _care(claim) == {care} and not reader.stands(claim).undecided
    in_doubt = (
        claim.reading.mixed
        or claim.reading.contradictions
        or claim.reading.may_exceed_price
        or REFUSED in claim.reading.decision.permitted
    )
    return is_sure and not in_doubt and text(claim.eob, "outcome") in ("complete", "", "partial")


def _network(claim: Claim) -> str:
    """Return "in", "out", or "" where nothing or both is said."""
    rows = [row for part in (claim.eob, *nodes(claim.eob, "item")) for row in nodes(part, "adjudication")]
    told = [(node(row, "category"), node(row, "reason")) for row in rows]
    told += [(node(info, "category"), node(info, "code")) for info in nodes(claim.eob, "supportingInfo")]
    words = {
        word.lower()
        for category, value in told
        if any("network" in code.lower() for code in codes(category))
        for word in codes(value)
    }
    sides = {"out" if word.startswith(("out", "non")) else "in" for word in words - {"other"}}
    return sides.pop() if len(sides) == 1 else ""


def _codes_of_extension(eob: Node, name: str) -> set[str]:
    return {code for end, code in _extensions(eob) if end.endswith(name)}


def _extensions(eob: Node) -> Iterator[tuple[str, str]]:
    for extension in nodes(eob, "extension"):
        end = text(extension, "url").rsplit("/", 1)[-1].lower().replace("-", "_")
        yield end, text(node(extension, "valueCoding"), "code")


def _first_day(day: str) -> date | None:
    """Return the first day that a date may mean: of 2024-05, May 1."""
    if not day:
        return None
    year, month, number = (*day.split("-"), "1", "1")[:3]
    return date(int(year), int(month), int(number))
