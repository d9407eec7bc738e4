"""A second reading of a claim, from the published specifications alone, to hold the first one against."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from tests.oracle import decision as decisions
from tests.oracle import names as people
from tests.oracle.amounts import Stated, stated
from tests.oracle.answer import CENT, OPEN, Answer, answer, widened
from tests.oracle.contradictions import (
    INHERITED,
    PARTS,
    PARTS_OF_LINES,
    Contradiction,
    contradictions,
    line_paid,
    paid_figures,
    parts,
)
from tests.oracle.dates import day_of_care, last_day_of_care, paid_on
from tests.oracle.drugs import cost_is_explained, with_drug_help, with_drug_payers
from tests.oracle.kinds import is_claim, kind
from tests.oracle.tree import Node, parsed
from tests.oracle.undecided import holds_stray_money, with_statuses_only

MAY_BE_ABSENT = ("other payer", "discount", "not covered")
"""What a bill or a price may be made of without: the others must be stated to close it."""
TOTALS = (
    "billed",
    "allowed",
    "deductible",
    "copay",
    "coinsurance",
    "not covered",
    "drug cost",
    "other payer",
    "paid by patient",
    "discount",
    "paid to provider",
    "paid to patient",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What may be said of one claim: each value with every answer the specifications permit."""

    kind: Answer
    day: Answer
    last_day: Answer
    paid_on: Answer
    insurer: Answer
    facility: Answer
    provider: Answer
    payee: Answer
    prescription: Answer
    decision: Answer
    refusable: bool
    """Something besides the amounts may be read as a refusal."""
    totals: dict[str, Answer]
    contradictions: tuple[Contradiction, ...]
    drug_cost_is_explained: bool | None
    """Plan, patient and others together come to the cost of the drug; None where too little is stated."""
    shares_amounts: Answer
    """Whether the claim states any sum, be it the price of a line; open where a data type holds money."""
    mixed: bool
    """Figures in several currencies: none is compared with another; what is worked out is open."""

    @property
    def contradicts_itself(self) -> bool:
        """True where two figures cannot both be true."""
        return any(row.hard for row in self.contradictions)

    @property
    def may_exceed_price(self) -> bool:
        """True where what was paid and a share may come to more than the care may cost (3.9)."""
        if self.drug_cost_is_explained is False:
            return True
        prices = [price for name in ("allowed", "billed") for price in self._amounts(name)]
        most = sum(
            (max(self._amounts(name), default=Decimal()) for name in ("plan paid", "other payer", "share")),
            Decimal(),
        )
        return bool(prices) and most > min(prices)

    def _amounts(self, name: str) -> list[Decimal]:
        told = self.totals[name].permitted if name in self.totals else ()
        return [value for value in told if isinstance(value, Decimal)]


def read(body: bytes | str, known: Mapping[str, str]) -> Reading | None:
    """Return the reading of an ExplanationOfBenefit, or None for an approval in advance (no claim)."""
    eob = parsed(body)
    return _reading(eob, known) if is_claim(eob) else None


def readings(body: bytes | str, known: Mapping[str, str]) -> list[Reading]:
    """Return every reading of a claim: a second one where a category names a sum and a status at once."""
    eob = parsed(body)
    other = with_statuses_only(eob)
    ways = [eob] if other == eob else [eob, other]
    return [_reading(way, known) for way in ways] if is_claim(eob) else []


def _reading(eob: Node, known: Mapping[str, str]) -> Reading:
    sums, what = stated(eob), kind(eob)
    day = day_of_care(eob, what)
    mixed = len(sums.currencies) > 1
    conflicts = () if mixed else contradictions(sums)
    paid = [*paid_figures(sums).values(), line_paid(sums)]
    paid += [amount for amount in sums.with_added("benefit") if isinstance(amount, Decimal)]
    return Reading(
        kind=what,
        day=day,
        last_day=last_day_of_care(eob, what, day),
        paid_on=paid_on(eob),
        insurer=people.insurer(eob, known),
        facility=people.facility(eob, known),
        provider=people.provider(eob, known),
        payee=people.payee(eob, sums.paid_to, is_of_all=sums.says_of_all_who_was_paid),
        prescription=people.prescription(eob),
        decision=decisions.decision(eob, any(amount is not None and amount > 0 for amount in paid)),
        refusable=decisions.holds_a_refusal(eob),
        totals=_of_several_currencies(sums) if mixed else _totals(sums, what, conflicts),
        contradictions=conflicts,
        drug_cost_is_explained=None if mixed else cost_is_explained(sums),
        shares_amounts=answer(True) if sums.has_any else answer(*{False, holds_stray_money(eob)}),
        mixed=mixed,
    )


def _totals(sums: Stated, what: Answer, conflicts: tuple[Contradiction, ...]) -> dict[str, Answer]:
    totals = {concept: _total(sums, concept) for concept in TOTALS}
    totals["discount"] = with_drug_help(sums, totals["discount"])
    totals["plan paid"] = _plan_paid(sums)
    totals["share"] = _share(sums, "pharmacy" in what.permitted)
    totals = _with_repeats(sums, totals)
    zeros = {_named(row) for row in conflicts if row.kind == "zero"}
    if "pharmacy" in what.permitted:
        totals["other payer"] = with_drug_payers(sums, totals["other payer"])
    for row in conflicts:
        concept = _named(row)
        if row.kind == INHERITED:  # the share is its own parts, whichever of them are true
            totals[concept] = widened(totals[concept], row.figures)
        if row.kind in (INHERITED, PARTS_OF_LINES):
            continue
        told = widened(totals.get(concept, OPEN), row.figures)
        # A zero that a payment, lines or parts contradict is not a fact (M-01): the other figures, or none.
        # A share of zero is one where the plan paid all of the price.
        is_fact = concept == "share" and _is_paid_whole(sums)
        figures = [value for value in told.permitted if value != 0 or is_fact]
        totals[concept] = answer(*figures, None) if concept in zeros else told
    return totals


def _is_paid_whole(sums: Stated) -> bool:
    price, paid = sums.head_of("allowed"), next(iter(paid_figures(sums).values()), None)
    return price is not None and price.permitted == (paid,)


def _named(row: Contradiction) -> str:
    return "share" if row.concept == "liability" else row.concept


def _of_several_currencies(sums: Stated) -> dict[str, Answer]:
    return {concept: sums.head_of(concept) or OPEN for concept in TOTALS} | {"plan paid": OPEN, "share": OPEN}


def _with_repeats(sums: Stated, totals: dict[str, Answer]) -> dict[str, Answer]:
    """Return *totals* with what the head states several times under one name added up.

    R4 has any number of totals of a category. Only where bill or price come to the cent with it is it told
    that they are parts of one.
    """
    more = dict(totals)
    for concept, amounts in sums.repeated_in_head.items():
        name, whole = (
            {"benefit": "plan paid", "liability": "share"}.get(concept, concept),
            sum(amounts, Decimal()),
        )
        told = {name: answer(whole)} if name in totals else {}
        is_of_share = concept in PARTS and not (sums.head_of("liability") or sums.line_sum("liability"))
        shares = [value for value in totals["share"].permitted if isinstance(value, Decimal)]
        if is_of_share:  # which is worked out of one of them, or of the other
            pairs = product(shares, amounts)
            rests = {share - amount for share, amount in pairs}
            told["share"] = answer(
                *(rest + whole for rest in rests if all(rest + amount in shares for amount in amounts))
            )
        if _closes(totals | told, "share" if is_of_share else name):
            more |= {part: widened(totals[part], way.permitted) for part, way in told.items()}
    return more


def _closes(totals: dict[str, Answer], concept: str) -> bool:
    """Say whether bill or price is what it is made of, with *concept* on one side or the other."""
    borne = ("plan paid", "other payer", "share")
    off = ("discount", "not covered")
    sides: tuple[tuple[str, tuple[str, ...]], ...]
    sides = (("allowed", borne), ("billed", (*off, *borne)), ("billed", (*off, "allowed")))
    return any(
        concept in (whole, *parts) and _is_sum(totals, whole, parts)
        for whole, parts in sides
        if whole != "billed" or parts[-1] == "allowed" or totals["allowed"].permitted == (None,)
    )


def _is_sum(totals: dict[str, Answer], whole: str, parts: tuple[str, ...]) -> bool:
    stated_parts = {part: [value for value in totals[part].permitted if value is not None] for part in parts}
    known = [stated_parts[part] or ([Decimal()] if part in MAY_BE_ABSENT else []) for part in parts]
    sums = [sum(map(Decimal, map(str, values)), Decimal()) for values in product(*known)]
    stated = [value for value in totals[whole].permitted if isinstance(value, Decimal)]
    return any(abs(value - together) <= CENT for value in stated for together in sums)


def _total(sums: Stated, concept: str) -> Answer:
    """The head, else the lines; a sum over lines of which some are silent may be shown or be left away.

    The line of the total holds total and not covered charges and what the patient paid: it may stand in
    where no line states them.
    """
    head = sums.head_of(concept)
    if head:
        return head
    lines = sums.line_sum(concept)
    if lines is None:
        total_line = sums.total_line if concept in {"billed", "not covered", "paid by patient"} else {}
        return widened(total_line.get(concept, answer()), [None])
    is_whole = sums.no_line_is_silent_on(concept) and not lines.undecided
    is_whole = is_whole and not sums.is_twice_on_a_line(concept)
    return lines if is_whole else widened(lines, [None, *sums.with_added(concept)])


def _plan_paid(sums: Stated) -> Answer:
    figures = paid_figures(sums)
    if sums.is_part and set(figures) == {"payment"}:
        return answer(sums.payment, None)  # a part, of a whole that may be stated nowhere
    if figures:
        return answer(next(iter(figures.values())), *([] if sums.payment is None else [sums.payment]))
    lines = line_paid(sums)
    if lines is None:
        return answer(None)
    concept = "benefit" if sums.line_sum("benefit") else "paid to provider"
    is_whole = sums.no_line_is_silent_on(concept) and not any(line[concept].undecided for line in sums.lines)
    return answer(lines) if is_whole else answer(lines, None, *sums.with_added(concept))


def _share(sums: Stated, pharmacy: bool) -> Answer:
    """What the plan states, else its parts; lines that state a share tell it as theirs (M-12)."""
    if head := sums.head_of("liability"):
        return head
    if lines := sums.line_sum("liability"):
        return widened(lines, [None]) if sums.takes_back_in_part("liability") else lines
    patient, together = _total(sums, "paid by patient"), parts(sums)
    known = sum(_total(sums, part).permitted != (None,) for part in PARTS)
    permitted: list[object] = list(together)
    if sums.part_a_total is not None:
        permitted.append(sums.part_a_total)
    if pharmacy and patient.permitted != (None,):
        permitted = [*patient.permitted, *permitted] if together else [*patient.permitted]
    # Facts 3.7: with a part that is absent, the others' zeros are no share.
    if not permitted or known == 1 or (known < len(PARTS) and not any(together)):
        permitted.append(None)
    return answer(*permitted)
