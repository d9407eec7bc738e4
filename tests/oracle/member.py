"""What a reader of all claims of one member says: which shares wait, what was refused, what counted.

Written from the specifications and from what Today promises, with nothing of the application.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Final

from tests.oracle import versions
from tests.oracle.answer import OPEN, Answer, answer, widened
from tests.oracle.claim import Claim, codes_of_extension
from tests.oracle.decision import PARTLY, REFUSED
from tests.oracle.reading import read
from tests.oracle.tree import codes, node, nodes, parsed, text

LATELY: Final = timedelta(days=180)
WAITS: Final = {"19", "20", "21", "22", "109", "120"}
"""Claim adjustment reasons by which another payer comes first."""
PROTECTS: Final = {"N781", "N782", "N783"}
"""Remarks of Medicare: the patient may not be charged the share (QMB)."""
PARTS: Final = ("deductible", "copay", "coinsurance")
CARES: Final = {"pharmacy": "pharmacy", "dental": "dental", "vision": "vision"}


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
    def fates(self) -> dict[str, Answer]:
        """Say of every claim whether it holds beside those that correct it or take it back, by its id."""
        return versions.fates(self.claims)

    def stands(self, claim: Claim) -> Answer:
        """Say whether a claim holds: the newest, neither cancelled nor a mistake, nor an unpaid draft."""
        status, paid = text(claim.eob, "status"), claim.reading.totals["plan paid"]
        if status in ("cancelled", "entered-in-error") or (status == "draft" and None in paid.permitted):
            return answer(False)
        return self.fates[claim.id]

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
        codes_of_extension(claim.eob, "mdcr_non_pmt_rsn_cd")
        | codes_of_extension(claim.eob, "mdcr_npmt_rsn_cd")
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
