"""What one reason says: that the plan refused, that it had this already, who is to pay, who has the money."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache

from apps.kinds.claim.reading import refusal_words
from apps.kinds.claim.reading.concepts import rows
from apps.kinds.claim.records import Decision, Line, Money, Reason

OTHERS_FIRST = "EFGHJKQTUVXY"
"""Medicare's reasons of a claim for not paying which say that another insurer pays first."""
WORKERS = "AW"
"""Those that say so of workers' compensation."""
_OTHERS = frozenset({"19", "20", "21", "22", "109", "120"})
"""Claim adjustment reasons that send the claim to another payer."""
DUPLICATES = ("18", "B13")
"""Claim adjustment reasons that send to another claim, which the plan decided or paid before."""
_WHY_NOT = """
4 5 6 7 8 9 10 11 12 13 14 15 16 17 19 20 21 22 26 27 29 30 31 32 33 34 35 38 39 40 46 47 48 49 50 51 52
53 54 55 56 57 58 60 61 62 78 95 96 106 107 108 109 110 111 112 114 115 116 117 119 120 125 129 135 136
138 140 141 146 147 148 149 150 151 152 153 154 155 157 158 159 160 163 164 165 166 167 168 170 171 172
173 174 175 176 177 179 180 181 182 183 184 185 188 189 193 197 198 199 200 201 202 204 206 207 208 210
211 212 213 215 216 222 224 226 227 228 231 233 236 238 239 240 242 243 250 251 252 254 256 258 261 267
268 269 270 272 273 274 279 280 282 283 284 285 286 287 288 289 290 291 292 296 297 298 299 300 301 302
304 305 306 A1 A6 A8 B1 B5 B7 B8 B9 B11 B12 B14 B15 B16 B17 B18 B20 B23 P4 P6 P7 P9 P13 P15 P16 P17 P18
P20 P21 P27 P30
"""
_REFUSALS = frozenset(_WHY_NOT.split())
"""Numbers of adjustments by which a plan says why it does not pay. The others settle a price or a share (a
discount, a deductible, an earlier payment), wait for a decision, send to the first claim, or are unknown."""
_NON_PAYMENT = "non-payment "
ABOVE_PRICE = "45"
"""The number of a charge above the plan's price: it refuses nothing, and says whose that is."""
PARTS_OF_SHARE = {"1": "deductible", "2": "coinsurance", "3": "copay"}
"""Numbers that call an amount a part of the member's share."""
_PROTECTS = frozenset({"N781", "N782", "N783"})
"""Remarks by which Medicare tells a Qualified Medicare Beneficiary, who may not be charged the share."""
_NOT_YOURS = ("CO", "OA")
CORRECTS = "CR"
"""The group of what takes back or corrects an earlier decision, and is no new one."""
_NOT_COVERED = frozenset(
    (
        *("26", "27", "32", "33", "35", "49", "50", "51", "54", "55", "78", "96", "111", "119", "149"),
        *("167", "200", "204", "222", "242", "243", "B1"),
    )
)
"""Numbers of adjustments that say that something is not covered, or somebody on that day; the others only say
why the plan refused: too late, no answer, no approval."""


def refuses(reason: Reason) -> bool:
    """Return whether a reason says that the plan refused something; remarks only explain other reasons.

    A plan's own does so by the place where it stands, or by its words; none that tells of a price or a share.
    A number that we have no meaning for does so by the plan's words beside it alone.
    """
    if reason.kind == "adjustment":
        if reason.group == CORRECTS or _number(reason) in _REFUSALS:
            return reason.group != CORRECTS
        return not is_known(reason) and refusal_words.refuse(reason.words or "", is_denial=False)
    if reason.kind == "plan":
        return refusal_words.refuse(reason.words or "", is_denial=reason.is_denial)
    return reason.kind == "cms" and reason.code[-2:].strip() not in ("O", "R", "S")


def is_known(reason: Reason) -> bool:
    """Return whether it is a number that we have a meaning for."""
    return reason.kind == "adjustment" and _number(reason) in _known()


def says_nothing_paid(reason: Reason) -> bool:
    """Return whether a reason is Medicare's for paying nothing of a whole claim."""
    return reason.kind == "cms" and reason.code.startswith(_NON_PAYMENT)


def that_hold(of_claim: Iterable[Reason], lines: Iterable[Line], money: Money) -> list[Reason]:
    """Return the reasons by which something was refused: beside a payment, one for paying nothing of the
    claim does not tell that a part was."""
    is_paid = (money.plan_paid.amount or 0) > 0
    of_whole = [reason for reason in of_claim if not (is_paid and says_nothing_paid(reason))]
    return [*of_whole, *[reason for line in lines for reason in line.reasons]]


def says_not_covered(reason: Reason) -> bool:
    """Return whether a reason that refuses says that something is not covered."""
    if not refuses(reason):
        return False
    if reason.kind == "adjustment" and _number(reason) in _REFUSALS:
        return _number(reason) in _NOT_COVERED
    return refusal_words.say_not_covered(reason.words or "")


def is_second(reason: Reason) -> bool:
    """Return whether a reason says that the plan had this already."""
    return _is_numbered(reason, *DUPLICATES) or (reason.kind, reason.code) == ("cms", "line M")


def is_repeat(reasons: Iterable[Reason], lines: Iterable[Line], money: Money) -> bool:
    """Return whether all of a claim came a second time: nothing was paid of it, nothing is the member's.

    A share beside such a reason is the member's only where the reason says so (PR).
    """
    every = [[*reasons], *(line.reasons for line in lines)]
    of_claim, *of_lines = ([reason for reason in stated if is_second(reason)] for stated in every)
    if not of_claim and not (of_lines and all(of_lines)):
        return False
    is_doubtful = all(reason.group in _NOT_YOURS for stated in (of_claim, *of_lines) for reason in stated)
    is_yours = (money.your_share.amount or 0) > 0 and not is_doubtful
    return not (money.plan_paid.amount or 0) > 0 and not is_yours


def sends_to_you(reason: Reason) -> bool:
    """Return whether a reason says that the payment went to the member, or to who answers for the bill."""
    return _is_numbered(reason, "100")


def may_not_be_collected(reason: Reason) -> bool:
    """Return whether a reason says that the provider may not collect an amount from the member."""
    return _is_numbered(reason, "209")


def contradicts_itself(reason: Reason) -> bool:
    """Return whether its number calls an amount a part of the member's share, and its group no part of it."""
    return reason.kind == "adjustment" and reason.group in ("CO", "PI") and _number(reason) in PARTS_OF_SHARE


def filling(stated: Iterable[Reason], gap: Decimal, unit: str, *, is_yours: bool = False) -> Reason | None:
    """Return the one reason whose amounts come to what figures of a claim are apart, to the cent.

    Not one of what is above the price, which its discount tells, nor one of the member's part: only such ones
    where *is_yours*, of what a share is more than the price leaves, and interest, which the plan pays on top.
    """
    sums: dict[tuple[str | None, str], Decimal] = {}
    named: dict[tuple[str | None, str], Reason] = {}
    for reason in stated:
        is_of_share = reason.group == "PR" and not is_of_account(reason)
        is_on_top = is_yours and _is_interest(reason)
        if reason.kind != "adjustment" or not (is_on_top or is_of_share is is_yours):
            continue
        if not is_yours and _is_numbered(reason, ABOVE_PRICE):
            continue
        if reason.amount.amount is not None and reason.amount.unit == unit:
            key = reason.group, reason.code
            more = -reason.amount.amount if is_on_top else reason.amount.amount
            sums[key] = sums.get(key, Decimal(0)) + more
            named[key] = reason
    filling_it = [named[key] for key, amount in sums.items() if amount == gap != 0]
    return filling_it[0] if len(filling_it) == 1 else None


def is_interest(stated: Iterable[Reason], more: Decimal, unit: str) -> bool:
    """Return whether figures are too high by just so much *more* as the plan pays interest or a penalty."""
    reason = filling(stated, more, unit, is_yours=True)
    return reason is not None and _is_interest(reason)


def is_off_payment(stated: Iterable[Reason], less: Decimal, unit: str) -> bool:
    """Return whether figures are too low by just so much *less* as a reason takes off, or puts off."""
    reason = filling(stated, less, unit)
    return reason is not None and lowers_payment(reason)


def _is_interest(reason: Reason) -> bool:
    """Return whether a reason is of interest or a penalty that the plan pays: X12 has it below nothing."""
    return reason.group != "PR" and _is_numbered(reason, "225")


def protects(reason: Reason) -> bool:
    """Return whether a remark marks a member who may not be charged deductible or coinsurance."""
    return reason.kind == "remark" and reason.code in _PROTECTS


def may_not_be_appealed(reason: Reason) -> bool:
    """Return whether a remark says that the claim could not be processed, which nobody can appeal."""
    return reason.code == "MA130"


def _is_numbered(reason: Reason, *numbers: str) -> bool:
    """Return whether it is an adjustment with one of X12's *numbers*, and takes no earlier one back."""
    return reason.kind == "adjustment" and _number(reason) in numbers and reason.group != CORRECTS


def _number(reason: Reason) -> str:
    return reason.code.lstrip("0") or reason.code


@cache
def _known() -> frozenset[str]:
    """Return the numbers that refuse, and those that we have words for."""
    return _REFUSALS.union(row[0] for row in rows("reasons.tsv"))


def waits_for_others(reason: Reason) -> bool:
    """Return whether a reason sends the claim to another payer."""
    if reason.kind == "cms":
        return says_nothing_paid(reason) and reason.code[-1] in OTHERS_FIRST + WORKERS
    return reason.kind == "adjustment" and reason.code.lstrip("0") in _OTHERS


def waits_for_decision(reason: Reason) -> bool:
    """Return whether a reason says that the plan has still to decide, whosever the amount is until then: it
    waits for a review, or for a late premium."""
    return _is_numbered(reason, "133", "257")


def is_refused(line: Line) -> bool:
    """Return whether nothing was paid for a line, for a reason that refuses, and no decision says paid."""
    is_unpaid = line.money.plan_paid.amount == 0 and line.decision != "paid"
    return is_unpaid and any(map(refuses, line.reasons))


def is_of_others(reason: Reason) -> bool:
    """Return whether a reason says that a payer before had paid or adjusted something (X12's 23)."""
    return _is_numbered(reason, "23") and reason.group != "PR"


def lowers_payment(reason: Reason) -> bool:
    """Return whether a reason only lowers or puts off what the plan pays the provider: nothing of it is not
    covered."""
    return reason.group != "PR" and _is_numbered(reason, "104", "143", "245", "253")


def is_of_account(reason: Reason) -> bool:
    """Return whether a reason says that the member's own spending account paid (X12's 187)."""
    return _is_numbered(reason, "187")


def is_included(line: Line) -> bool:
    """Return whether another payment, of a service or by the head, includes a line, and no reason refuses."""
    return any(map(includes, line.reasons)) and not any(map(refuses, line.reasons))


def is_settled_elsewhere(line: Line) -> bool:
    """Return whether another payment includes a line, or the plan had it already and none of it is the
    member's: marked as denied, nothing is lost by it."""
    again = [reason for reason in line.reasons if is_second(reason)]
    is_had = bool(again) and all(reason.group in _NOT_YOURS for reason in again)
    return is_included(line) or (is_had and not any(map(refuses, line.reasons)))


def includes(reason: Reason) -> bool:
    """Return whether another payment, of a service or by the head, includes something, and none of it is the
    member's."""
    is_included = _is_numbered(reason, "97") or is_by_the_head(reason)
    return is_included and reason.group != "PR"


def is_by_the_head(reason: Reason) -> bool:
    """Return whether a reason says that a fixed payment to the provider includes something, whatever is done
    (X12's 24)."""
    return _is_numbered(reason, "24")


def are_all_included(of_claim: Iterable[Reason], lines: Sequence[Line], money: Money) -> bool:
    """Return whether another payment includes all of a claim: nothing was paid of it, nothing of it is the
    member's, and no reason refuses."""
    reasons = [*of_claim, *(reason for line in lines for reason in line.reasons)]
    is_all = any(map(includes, of_claim)) or (bool(lines) and all(map(is_included, lines)))
    is_none = money.plan_paid.amount == 0 and not (money.your_share.amount or 0) > 0
    return is_all and is_none and not any(map(refuses, reasons))


def that_stand(lines: Iterable[Line]) -> list[Line]:
    """Return the lines but the total, without those that an equal line below nothing takes back, and it."""
    standing: list[Line] = []
    for line in lines:
        is_below_nothing = (line.money.billed.amount or 0) < 0
        back = next((other for other in standing if is_below_nothing and _takes_back(line, other)), None)
        if back is not None:
            standing.remove(back)
        elif not line.is_total:
            standing.append(line)
    return standing


def decisions(lines: Sequence[Line]) -> list[Decision | None]:
    """Return what was decided of each line, None for what another takes back and for that."""
    stand = set(map(id, that_stand(lines)))
    return [line.decision if id(line) in stand or line.is_total else None for line in lines]


def _takes_back(line: Line, other: Line) -> bool:
    """Return whether one of two lines of one service takes back what was billed in the other."""
    billed, before = line.money.billed, other.money.billed
    if billed.amount is None or before.amount is None or billed.unit != before.unit:
        return False
    is_same = (line.what, line.service_start) == (other.what, other.service_start)
    return is_same and billed.amount == -before.amount
