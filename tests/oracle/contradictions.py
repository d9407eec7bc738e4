"""Which figures of one claim cannot all be true: nothing here says which of them is."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from tests.oracle.amounts import Stated, Sums
from tests.oracle.answer import CENT, Answer, widened

PARTS = ("deductible", "copay", "coinsurance")
BORNE = ("plan paid", "other payer", "share", *PARTS)
ADDED_UP = (
    *("billed", "allowed", *PARTS, "not covered", "other payer", "paid by patient", "paid to provider"),
    "paid to patient",
)
INHERITED = "inherited"
PARTS_OF_LINES = "parts of lines"
PAID_TO = ("paid to provider", "paid to patient")
PAYMENTS = {"benefit", *PAID_TO}

# Zeros against sums (of lines: where these split the price at all), the head against its lines, the share
# against its parts, two words for one payment, a line against the one that the plan added in its place, what
# was paid and what was not covered against the bill.
HARD = ("zero", "lines", "parts", "paid", "added", "bill")
# All other kinds are figures that look odd together and may all be true: a sum the lines do not split, a line
# of the total that says another total, one word twice at one place, a share that holds more than its listed
# parts while others are not listed, head and lines that may count different other payers, a share of zero
# beside charges that are not covered (the provider may have to bear them) or beside money the patient paid, a
# share that is stated nowhere and is the sum of parts of which one is contradicted, or of a drug what the
# patient paid: it inherits the doubt and adds none.


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two figures for one thing: its kind, the thing, the figures (dollars) in reading order."""

    kind: str
    concept: str
    figures: tuple[Decimal, ...]

    @property
    def hard(self) -> bool:
        """True where not both figures can be true."""
        return self.kind in HARD


def contradictions(stated: Stated) -> tuple[Contradiction, ...]:
    """Return every contradiction of a claim, in the order payment, share, sums of the lines."""
    rows = [*_paid(stated), *_share(stated), *_lines(stated), *_twice(stated), *_places(stated)]
    rows += _exchanges(stated)
    certain = [row for row in rows if row is not None]
    certain += _above_bill(stated, {row.concept for row in certain if row.hard})
    return (*certain, *_inherited(stated, certain))


def paid_figures(stated: Stated) -> dict[str, Decimal]:
    """Return what the plan paid by each of the claim's own words for it, in the order in which they count."""
    words = {
        "benefit": _first(stated, "benefit"),
        "paid to": _together(stated, "paid to provider", "paid to patient"),
        "payment": stated.payment,
    }
    known = {word: amount for word, amount in words.items() if amount is not None}
    owed = next((amount for word, amount in known.items() if word != "payment"), line_paid(stated))
    if stated.is_part and owed is not None and 0 < known.get("payment", owed) < owed:
        del known["payment"]  # a part of what is owed is no other word for all of it
    return known


def parts(stated: Stated, *more: str) -> tuple[Decimal, ...]:
    """Return what deductible, copay and coinsurance (head, else lines) may come to, as far as stated.

    A zero of the head that lines contradict is not a fact (M-01), and so no part of anything either; but what
    the head states, with that zero, is what one place tells, where another part there contradicts the lines.
    """
    rows = [_part(stated, concept) for concept in (*PARTS, *more)]
    heads = [stated.head_of(concept) for concept in (*PARTS, *more)]
    told = [rows, heads] if any(row is not head for row, head in zip(rows, heads, strict=True)) else [rows]
    sums = [
        sum(values, Decimal())
        for place in told
        if any(place)
        for values in product(*(map(_decimal, row.permitted) for row in place if row))
    ]
    return tuple(dict.fromkeys(sums))


def _part(stated: Stated, concept: str) -> Answer | None:
    head, lines = stated.head_of(concept), stated.line_sum(concept)
    if lines:
        lines = widened(lines, stated.with_added(concept, with_gaps=True))
    is_no_fact = head and lines and not any(head.permitted) and any(lines.permitted)
    return lines if is_no_fact else head or lines


def line_paid(stated: Stated) -> Decimal | None:
    """Return what the lines say that the plan paid: the benefit, else what went to provider and patient."""
    benefit = _of_lines(stated, ("benefit",))
    return _of_lines(stated, PAID_TO) if benefit is None else benefit


def _of_lines(stated: Stated, concepts: tuple[str, ...]) -> Decimal | None:
    known = [_decimal(amount.permitted[0]) for concept in concepts if (amount := stated.line_sum(concept))]
    return sum(known, Decimal()) if known else None


def _paid(stated: Stated) -> Iterator[Contradiction | None]:
    figures = paid_figures(stated)
    amounts = list(figures.values())
    differ = any(not _near(stated, amounts[0], amount) for amount in amounts[1:])
    if differ and not _explained_by_adjustment(stated, figures):
        yield _compared("paid", "plan paid", tuple(amounts))
    yield from _against_added(stated, "plan paid", amounts)
    benefits, sent = (_of_lines(stated, names) for names in (("benefit",), PAID_TO))
    if benefits is not None and sent is not None and not _near(stated, benefits, sent):
        yield Contradiction("twice", "plan paid", (benefits, sent))
    lines = line_paid(stated)
    told = stated.line_sum("benefit")
    concept = "benefit" if told else "paid to provider"
    ways = [line for line in [lines, *_figures(told)] if line is not None]
    if amounts and lines is not None and not any(_near(stated, *pair) for pair in product(amounts, ways)):
        yield _against_lines(stated, "plan paid", amounts[0], lines, stated.no_line_is_silent_on(concept))


def _share(stated: Stated) -> Iterator[Contradiction | None]:
    share, from_parts = _head_or_lines(stated, "liability"), parts(stated)
    lines = stated.line_sum("liability")
    if stated.head_of("liability") and lines:
        yield from _head_against_lines(stated, "liability")
    if share is None:
        yield from _part_a(stated, from_parts)
        return
    if not all(_near(stated, share, amount) for amount in from_parts):
        kind = "other parts" if _may_hold(stated, share, from_parts) else "parts"
        yield _compared(kind, "share", (share, *from_parts))
    stated_parts = [part for part in PARTS if stated.line_sum(part)]
    by_lines = sum((told for part in stated_parts for told in _figures(stated.line_sum(part))[:1]), Decimal())
    is_whole = all(map(stated.no_line_is_silent_on, stated_parts))
    if by_lines and is_whole and not _near(stated, share, by_lines):
        yield Contradiction(PARTS_OF_LINES, "share", (share, by_lines))
    uncovered, patient = _head_or_lines(stated, "not covered"), _head_or_lines(stated, "paid by patient")
    for amount in [uncovered] if uncovered else _not_covered_too(stated):
        if not share:
            yield Contradiction("not covered", "share", (share, amount))
    if not share and patient:
        yield Contradiction("patient", "share", (share, patient))


def _not_covered_too(stated: Stated) -> list[Decimal]:
    """Return what is stated as not covered beside a zero of the same."""
    told = stated.head_of("not covered") or stated.line_sum("not covered")
    return [amount for amount in _figures(told) if amount][:1]


def _part_a(stated: Stated, from_parts: tuple[Decimal, ...]) -> Iterator[Contradiction]:
    """Give CMS's total of a stay where what it is said to add up does not make it.

    An absent part is no zero: it may be the rest of a total that is more.
    """
    total = stated.part_a_total
    if total is None or not from_parts or any(_near(stated, total, amount) for amount in from_parts):
        return
    if stated.has_all_of_part_a or total < min(from_parts):
        yield _compared("parts", "share", (total, *from_parts))


def _inherited(stated: Stated, rows: list[Contradiction]) -> Iterator[Contradiction]:
    """Give the share that is stated nowhere, where what it is made of has two figures."""
    if stated.head_of("liability") or stated.line_sum("liability"):
        return
    doubted = {row.concept: row.figures for row in rows if row.concept in PARTS}
    for row in rows:
        if row.concept == "paid by patient" and not doubted:
            yield Contradiction(INHERITED, "share", row.figures)
    if doubted:
        known = [doubted.get(part) or _figures(_part(stated, part)) for part in PARTS]
        sums = (sum(figures, Decimal()) for figures in product(*(figures for figures in known if figures)))
        yield Contradiction(INHERITED, "share", tuple(dict.fromkeys(sums)))


def _figures(told: Answer | None) -> tuple[Decimal, ...]:
    return tuple(map(_decimal, told.permitted)) if told else ()


def _may_hold(stated: Stated, share: Decimal, from_parts: tuple[Decimal, ...]) -> bool:
    """Say whether a share that is not its parts can be true all the same.

    It can where one reading of the parts gives it, where another payer bears the difference, where it holds
    what is not covered too, and where it is more than its parts while not all parts are listed.
    """
    readings = (*from_parts, *parts(stated, "not covered"))
    if any(_near(stated, share, amount) for amount in readings):
        return True
    if share < min(from_parts):
        return _borne_by_others(stated, min(from_parts) - share)
    return any(_head_or_lines(stated, part) is None for part in PARTS)


def _lines(stated: Stated) -> Iterator[Contradiction | None]:
    for concept in ADDED_UP:
        yield from _head_against_lines(stated, concept)


def _above_bill(stated: Stated, doubted: set[str]) -> Iterator[Contradiction]:
    """CARIN: not covered is what the plan did not pay for; with what it paid it is at most what was billed.

    A payment above the bill is a price by itself. Where one of the three is in doubt, it only looks odd.
    """
    bill, uncovered = _of_all(stated, "billed"), _of_all(stated, "not covered")
    bill = _of_all(stated, "drug cost") if bill is None else bill
    paid = next(iter(paid_figures(stated).values()), _of_all(stated, "benefit"))
    is_sure = not (stated.exchanges or doubted & {"billed", "plan paid", "not covered"})
    if not (bill and uncovered and paid):
        return
    slack = CENT * max(1, len(stated.lines))
    if min(bill, uncovered) > 0 and 0 < paid <= bill + slack < paid + uncovered:
        yield Contradiction("bill" if is_sure else "bill in doubt", "not covered", (uncovered, paid, bill))


def _of_all(stated: Stated, concept: str) -> Decimal | None:
    is_whole = stated.head_of(concept) or stated.no_line_is_silent_on(concept)
    return _head_or_lines(stated, concept) if is_whole else None


def _twice(stated: Stated) -> Iterator[Contradiction | None]:
    for sums in (stated.head, *stated.lines):
        for concept, amounts in sums.items():
            if amounts.undecided:
                for told in _called(concept):
                    yield Contradiction("twice", told, tuple(map(_decimal, amounts.permitted)))


def _exchanges(stated: Stated) -> Iterator[Contradiction]:
    """Give what a line, or several, and those added in their place state otherwise."""
    for sent, put in stated.exchanges:
        before, after = _of_side(sent), _of_side(put)
        for concept in sorted(before.keys() & after.keys()):
            (first, is_first_whole), (second, is_second_whole) = before[concept], after[concept]
            pair = (first, second)
            # Where a line is silent on it, it may hold the rest.
            may_hold = (first < second and not is_first_whole) or (second < first and not is_second_whole)
            if _near(stated, *pair) or may_hold:
                continue
            head = _head_or_lines(
                stated, {"plan paid": "benefit", "share": "liability"}.get(concept, concept)
            )
            wholes = [_sum_of(lines, concept) for lines in (stated.lines, stated.exchanged)]
            figures = (*pair, *(whole for whole in wholes if whole is not None))
            kind = "added" if all(pair) else "not split" if head and not pair[0] else "zero"
            yield Contradiction(kind, concept, figures)


def _of_side(lines: tuple[Sums, ...]) -> dict[str, tuple[Decimal, bool]]:
    concepts = (*ADDED_UP, "plan paid", "share")
    sums = {concept: _sum_of(lines, concept) for concept in concepts}
    return {
        concept: (amount, all(_of_line(line, concept) is not None for line in lines))
        for concept, amount in sums.items()
        if amount is not None
    }


def _sum_of(lines: tuple[Sums, ...], concept: str) -> Decimal | None:
    known = [amount for line in lines if (amount := _of_line(line, concept)) is not None]
    return sum(known, Decimal()) if known else None


def _of_line(line: Sums, concept: str) -> Decimal | None:
    names: tuple[tuple[str, ...], ...] = {
        "plan paid": (("benefit",), ("paid to provider", "paid to patient")),
        "share": (("liability",),),
    }.get(concept, ((concept,),))
    for together in names:
        known = [_decimal(line[name].permitted[0]) for name in together if name in line]
        if known:
            return sum(known, Decimal())
    return None


def _places(stated: Stated) -> Iterator[Contradiction]:
    for concept, figures in stated.elsewhere.items():
        for told in _called(concept):
            yield Contradiction("places", told, figures)


def _called(concept: str) -> tuple[str, ...]:
    """Return what two figures for a concept may be told of: of who was paid, or of what the plan paid."""
    return ("plan paid", concept) if concept in PAYMENTS else (concept,)


def _head_against_lines(stated: Stated, concept: str) -> Iterator[Contradiction | None]:
    head, lines = stated.head_of(concept), stated.line_sum(concept)
    repeated = stated.total_line.get(concept)
    if head and repeated and not stated.lines and not set(head.permitted) & set(repeated.permitted):
        pair = (_decimal(head.permitted[0]), _decimal(repeated.permitted[0]))
        yield Contradiction("total line", concept, pair)
    if head and lines is None and concept == "billed":
        yield from _against_nets(stated, _decimal(head.permitted[0]))
    if head is None or lines is None:
        return
    yield from _against_added(stated, concept, [_decimal(above) for above in head.permitted])
    pairs = product(map(_decimal, head.permitted), map(_decimal, lines.permitted))
    if any(_near(stated, above, below) for above, below in pairs):
        return
    pair = (_decimal(head.permitted[0]), _decimal(lines.permitted[0]))
    if stated.is_twice_on_a_line(concept) and not lines.undecided:
        yield Contradiction("twice", concept, pair)  # facts 3.3: of such lines there is no sum
        return
    yield _against_lines(stated, concept, *pair, stated.no_line_is_silent_on(concept))


def _against_nets(stated: Stated, billed: Decimal) -> Iterator[Contradiction | None]:
    """R4: item.net is quantity by unit price; of all lines together it is no more than was submitted."""
    together = sum(stated.nets, Decimal())
    is_of_all = 0 < len(stated.nets) == len(stated.lines)
    if is_of_all and together > billed and not _near(stated, billed, together):
        yield _compared("lines", "billed", (billed, together))


def _against_added(stated: Stated, concept: str, heads: list[Decimal]) -> Iterator[Contradiction | None]:
    """Hold the head against the lines with those that the plan added in place of others, if it did."""
    total = _sum_of(stated.exchanged, concept)
    if heads and total is not None and not any(_near(stated, head, total) for head in heads):
        whole = all(_of_line(line, concept) is not None for line in stated.exchanged)
        yield _against_lines(stated, concept, heads[0], total, whole, added=True)


def _against_lines(
    stated: Stated, concept: str, head: Decimal, lines: Decimal, whole: bool, *, added: bool = False
) -> Contradiction | None:
    if not lines and not (whole and _tell_who_bore(stated.exchanged if added else stated.lines)):
        return Contradiction("not split", concept, (head, lines))
    if not whole and abs(lines) < abs(head):
        return None  # lines that are silent may hold the rest
    return _compared("other payers" if concept == "other payer" else "lines", concept, (head, lines))


def _tell_who_bore(lines: tuple[Sums, ...]) -> bool:
    """Say whether a line states something, no zero, of what plan, others or member bore of the price."""
    return any(_of_line(line, concept) for line in lines for concept in BORNE)


def _compared(kind: str, concept: str, figures: tuple[Decimal, ...]) -> Contradiction:
    # What is below nothing takes back, maybe of another claim: it does not tell what a zero should have been.
    is_zero = kind in HARD and not all(figures) and any(figure > 0 for figure in figures)
    return Contradiction("zero" if is_zero else kind, concept, figures)


def _near(stated: Stated, first: Decimal, second: Decimal) -> bool:
    return abs(first - second) <= CENT * max(1, len(stated.lines))


def _explained_by_adjustment(stated: Stated, figures: dict[str, Decimal]) -> bool:
    """R4: payment.amount is the benefits payable less any payment adjustment."""
    if stated.adjustment is None or "payment" not in figures:
        return False
    owed = next(iter(figures.values()))
    return abs(owed - figures["payment"]) == abs(stated.adjustment)


def _borne_by_others(stated: Stated, amount: Decimal) -> bool:
    other = _head_or_lines(stated, "other payer")
    return other is not None and amount <= other


def _together(stated: Stated, *concepts: str) -> Decimal | None:
    values = [_first(stated, concept) for concept in concepts]
    known = [value for value in values if value is not None]
    return sum(known, Decimal()) if known else None


def _head_or_lines(stated: Stated, concept: str) -> Decimal | None:
    first = _first(stated, concept)
    if first is not None:
        return first
    lines = stated.line_sum(concept)
    return _decimal(lines.permitted[0]) if lines else None


def _first(stated: Stated, concept: str) -> Decimal | None:
    head = stated.head_of(concept)
    return _decimal(head.permitted[0]) if head else None


def _decimal(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal()
