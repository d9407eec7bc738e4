"""The lines of a claim in words: what was done, when, and every amount that was sent for it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from apps.kinds.claim.reading.also_sent import unread
from apps.kinds.claim.reading.figures import stands_on_lines
from apps.kinds.claim.records import ClaimRecord, Coded, Figure, Line, Money
from apps.kinds.claim.wording import also_sent, codes, contradictions, denials, line_details, vocabulary
from apps.kinds.claim.wording.sources import finer_label, numbered
from apps.kinds.claim.wording.story import PER_PART, LineAmount, LinePart, LineRow
from apps.plain_language.dates import span_words
from apps.plain_language.language import _, plural, said
from apps.plain_language.money import priced
from apps.plain_language.theirs import an_amount, filled, joined, listed

ALL = "all"
MOST_DIGITS = 9
MOST_ZEROS = 1
"""Lines of nothing that stand among the others."""
_AMOUNTS = (
    ("billed", said("Billed")),
    ("drug_cost", said("Cost of the drug")),
    ("discount", said("Plan discount")),
    ("not_covered", said("Not covered")),
    ("allowed", said("Your plan allows")),
    ("plan_paid", said("Plan paid")),
    ("other_payer", said("Others paid")),
    ("deductible", said("Deductible")),
    ("copay", said("Copay")),
    ("coinsurance", said("Coinsurance")),
    ("your_share", said("Your share")),
)
_SPLIT = (
    ("plan_paid", said("what it paid")),
    ("other_payer", said("what others paid")),
    ("your_share", said("your share")),
)
"""What plans state of a whole claim and leave at zero on its lines."""
_ALWAYS = frozenset({"plan_paid", "your_share"})
"""Said to be missing where they are, like what was billed or the cost of the drug; the others are shown only
where some line has them."""


def real(record: ClaimRecord) -> list[Line]:
    """Return the lines that the page lists."""
    return [line for _number, line in numbered(record)]


def lines(record: ClaimRecord, part: LinePart) -> tuple[LineRow, ...]:
    """Return the lines of *part* by their numbers; which amounts are shown depends on all lines."""
    shown = _shown(record, real(record)) if shares_amounts(record) else ()
    in_part = numbered(record)[part.first - 1 : part.last]
    folded = _folded([line for _number, line in in_part])
    above = _noted_above(record)
    rows = [
        _line(line, number, record, shown, said_above=above, is_folded=folded and _is_zero(line))
        for number, line in in_part
    ]
    charges = [_charge(line) for _number, line in in_part]
    if not shown:
        return tuple(_gathered(list(zip(rows, charges, strict=True))))
    return tuple(map(_with_charges, rows, [[charge] for charge in charges]))


def _gathered(rows: Sequence[tuple[LineRow, str]]) -> list[LineRow]:
    """Return lines without amounts, of those that are alike the first, which says how many they are."""
    alike: dict[LineRow, list[LineRow]] = {}
    charges: dict[LineRow, list[str]] = {}
    for row, charge in rows:
        alike.setdefault(key := replace(row, number=0), []).append(row)
        charges.setdefault(key, []).append(charge)
    counted = [
        replace(group[0], details=(*group[0].details, _("{n} times in the claim").format(n=len(group))))
        if len(group) > 1
        else group[0]
        for group in alike.values()
    ]
    return list(map(_with_charges, counted, charges.values()))


def _charge(line: Line) -> str:
    """Return the revenue code of a line that has no words, and stands beside what was done."""
    revenue = line.revenue
    is_told = revenue is None or revenue == line.what or codes.told_words(revenue)
    return "" if revenue is None or is_told else revenue.code or ""


def _with_charges(row: LineRow, charges: Sequence[str]) -> LineRow:
    """Return a row with its bare revenue codes, which tell lines apart on a hospital's bill."""
    codes_sent = list(dict.fromkeys(filter(None, charges)))
    if not codes_sent:
        return row
    charge_words = codes.kind_of_code(Coded(codes_sent[0], "revenue code"))
    if len(codes_sent) > 1:
        charge_words = _("Charges with revenue codes {codes}").format(codes=listed(codes_sent))
    return replace(row, details=(*row.details, charge_words))


def folded_words(rows: Sequence[LineRow]) -> str:
    """Return what stands for the lines that are folded away: "10 more lines of $0.00"; "" for none."""
    folded = [row for row in rows if row.is_folded]
    if not folded:
        return ""
    nothing = next(amount.text for row in folded for amount in row.amounts if amount.is_known)
    return _("{number} more lines of {amount}").format(number=f"{len(folded):,}", amount=nothing)


def _folded(lines: Sequence[Line]) -> bool:
    """Whether lines of nothing are folded away: where there are several, beside lines of something."""
    zeros = sum(map(_is_zero, lines))
    return MOST_ZEROS < zeros < len(lines)


def _is_zero(line: Line) -> bool:
    """Return whether every amount of a line is zero, with at least one, and nothing of it was refused."""
    figures: list[Figure] = [getattr(line.money, concept) for concept in Money.__struct_fields__]
    known_figures = [
        figure for figure in (*figures, *(detail.figure for detail in line.details)) if figure.is_known
    ]
    stated = any(figure.is_known for figure in figures)
    return stated and line.decision != "denied" and not any(figure.amount for figure in known_figures)


def part(record: ClaimRecord, asked: str) -> LinePart:
    """Return the part that holds the line whose number was *asked* for, or the nearest; "all" is every line,
    what is no number the first part.
    """
    numbers = tuple(number for number, _line in numbered(record))
    total = len(numbers)
    if asked == ALL or total <= PER_PART:
        return LinePart(1, total, numbers)
    is_number = asked.isascii() and asked.isdigit() and len(asked) < MOST_DIGITS
    near = min(range(total), key=lambda at: abs(numbers[at] - int(asked))) if is_number else 0
    first = near // PER_PART * PER_PART + 1
    return LinePart(first, min(first + PER_PART - 1, total), numbers)


def shares_amounts(record: ClaimRecord) -> bool:
    """Return whether any single line has an amount, or what cannot be read as one."""
    return any(line.money.is_shared or unread(record.also_sent, line=line.path) for line in real(record))


def zeros_note(record: ClaimRecord) -> str:
    """Return that every line says zero of what the claim has another figure for; "" where none does."""
    every = real(record)
    names = [_(label) for concept, label in _SPLIT if _is_only_zeros(record, every, concept)]
    if not names:
        return ""
    text = plural(
        "Your plan wrote $0.00 on every line for {names}. For the whole claim it states another figure.",
        "Your plan wrote $0.00 on every line for {names}. For the whole claim it states other figures.",
        len(names),
    )
    return text.format(names=listed(names))


def shares_note(record: ClaimRecord) -> str:
    """Return of which lines the share is more than all that they come to; "" where it is of none."""
    above = [number for number, line in numbered(record) if line_details.is_share_above(line)]
    text = _("Your share is more than all that the line comes to: ask your plan why before you pay.")
    return filled(_("{lines}: {reason}"), lines=denials.lines_words(above), reason=text) if above else ""


def _is_only_zeros(record: ClaimRecord, every: Sequence[Line], concept: str) -> bool:
    stated: list[Figure] = [getattr(line.money, concept) for line in every]
    whole: Figure = getattr(record.money, concept)
    other_figures = [
        other for apart in record.disagreements if apart.concept == concept for other in apart.others
    ]
    if any(other.amount == 0 and not stands_on_lines(other) for other in other_figures):
        return False  # the claim itself states that zero too
    return bool(whole.amount and stated) and all(figure.amount == 0 for figure in stated)


def total_lines(record: ClaimRecord) -> tuple[str, ...]:
    """Return what is said of lines that repeat the whole claim."""
    return tuple(
        filled(
            _("Your plan also sent a line with the total charge: {amount}."),
            amount=an_amount(priced(line.money.billed)),
        )
        for line in record.lines
        if line.is_total
    )


def name(what: Coded, at: Coded | None = None) -> str:
    """Return what was done *at* a place: the plan's words, else the kind of service, official words or kind
    of code."""
    if not what.words and not what.code:
        return _("Your plan did not say what this was")
    text = codes.told_words(what) or codes.general_words(what, at)
    return text or codes.unlisted_words(what) or codes.code_words(what)


def name_with_code(what: Coded) -> str:
    """Return the same with the code behind what are not the plan's own words: "Imaging (CPT 73721)"."""
    if codes.told_words(what) or not codes.general_words(what):
        return name(what)
    return filled(_("{words} ({code})"), words=name(what), code=codes.bare(what))


def code_note(record: ClaimRecord) -> str:
    """Return why some lines have a code and no words, "" where all have."""
    every = [stated.what for line in real(record) for stated in (line, *line.parts)]
    coded = [what for what in every if what.code]
    bare = [what for what in coded if not codes.official_words(what)]
    return codes.note(bare, is_drug=record.kind == "pharmacy")


def english_names(record: ClaimRecord) -> Iterator[str]:
    """Yield the names that lists have for what lines are of, in English; "" for those without."""
    every = record.real_lines
    yield from (codes.listed_words(stated.what) for line in every for stated in (line, *line.parts))
    bare = (modifier for line in every for modifier in line.modifiers if not codes.told_words(modifier))
    yield from map(codes.modifier_words, bare)


def _shown(record: ClaimRecord, lines: list[Line]) -> tuple[tuple[str, str], ...]:
    """Return which amounts are shown: the same for every line, so that lines can be compared."""

    def has_any(concept: str) -> bool:
        figures: list[Figure] = [getattr(line.money, concept) for line in lines]
        is_unread = any(unread(record.also_sent, concept, line.path) for line in lines)
        return is_unread or any(figure.amount for figure in figures)

    has_cost = any(line.money.drug_cost.is_known for line in lines)
    base = "billed" if any(line.money.billed.is_known for line in lines) or not has_cost else "drug_cost"
    always = {base, *_ALWAYS}
    return tuple((concept, label) for concept, label in _AMOUNTS if concept in always or has_any(concept))


def _noted_above(record: ClaimRecord) -> frozenset[str]:
    """Return the plan's notes of the whole claim, where the claim lists them: those of its every line."""
    every = [line.notes for line in real(record)]
    return frozenset(record.notes).intersection(*every)


def _line(
    line: Line,
    number: int,
    record: ClaimRecord,
    shown: tuple[tuple[str, str], ...],
    *,
    said_above: frozenset[str],
    is_folded: bool,
) -> LineRow:
    (heading, code), official = _heading(line.what, line.place), codes.official_words(line.what)
    return LineRow(
        number=number,
        what=heading,
        on=span_words(line.service_start, line.service_end),
        code=code,
        official="" if official == heading or codes.told_words(line.what) else official,
        details=tuple(dict.fromkeys(line_details.details(line, record, said_above))),
        amounts=tuple(_amount(line, concept, label, record) for concept, label in shown),
        decision=_decision(line),
        is_folded=is_folded,
        parts=tuple(_parts(line, record)),
    )


def _parts(line: Line, record: ClaimRecord) -> Iterator[str]:
    """Yield what a line is made of, with the amounts that were sent for each part."""
    ingredients = set(record.drug.parts) if record.drug else set()
    is_mixed = bool(ingredients) and ingredients <= {part.what for part in line.parts}
    above = ""
    text = _("Ingredient: {what}") if is_mixed else _("In detail: {what}")
    for part in line.parts:
        count = [vocabulary.counted(part.quantity, part.unit)] if part.quantity is not None else []
        heading, code = _heading(part.what)
        named = filled(_("{words} ({code})"), words=heading, code=code) if code else heading
        words = [named, *count, *also_sent.of_part(part, record)]
        if is_mixed or len(words) > 1 or part.what != line.what:
            # Its amounts are in those of the part that holds it.
            is_inner = part.path.startswith(f"{above}.subDetail[")
            above = above if is_inner else part.path
            yield filled(_("Of which: {what}") if is_inner else text, what=joined(", ", words))


def _decision(line: Line) -> str:
    """Return what was decided of a line; "paid" only unless the plan paid nothing, as of a claim."""
    if line.decision == "paid" and line.money.plan_paid.amount == 0:
        return ""
    return _(vocabulary.LINE_DECISIONS.get(line.decision or "", ""))


def _heading(what: Coded, at: Coded | None = None) -> tuple[str, str]:
    """Return what was done *at* a place, and its code where the words do not hold it already: one of no list
    we know is called a code.
    """
    heading, bare, kind = name(what, at), codes.bare(what), codes.kind_of_code(what)
    if heading in (kind, codes.unlisted_words(what)):
        return heading, ""
    return heading, bare if what.system or not bare else kind


def _amount(line: Line, concept: str, label: str, record: ClaimRecord) -> LineAmount:
    figure: Figure = getattr(line.money, concept)
    text, is_drug = priced(figure) if figure.is_known else _("not shared"), record.kind == "pharmacy"
    if not figure.is_known:
        text = contradictions.unreadable(record, concept, line.path) or text
    finer = finer_label(figure) if concept in ("discount", "other_payer") else ""
    others = contradictions.also(line_details.others(line, concept, is_drug=is_drug))
    return LineAmount(finer or _(label), text, figure.is_known, concept == "your_share", others)
