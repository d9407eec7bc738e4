"""The lines of a claim in words: what was done, when, and every amount that was sent for it."""

from apps.claims.reading.facts import plain
from apps.claims.records import ClaimRecord, Coded, Figure, Line
from apps.claims.wording import codes, vocabulary
from apps.claims.wording.sources import finer_label, label_words
from apps.claims.wording.story import PER_PART, LineAmount, LinePart, LineRow
from apps.plain_language.dates import span_words
from apps.plain_language.language import _, said
from apps.plain_language.money import priced

ALL = "all"
MOST_DIGITS = 9
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
_ALWAYS = frozenset({"billed", "plan_paid", "your_share"})
"""Said to be missing where they are; the others are shown only where some line has them."""


def real(record: ClaimRecord) -> list[Line]:
    """Return the lines without those that repeat the whole claim."""
    return [line for line in record.lines if not line.is_total]


def lines(record: ClaimRecord, part: LinePart) -> tuple[LineRow, ...]:
    """Return the lines of *part* in the order sent; which amounts are shown depends on all lines."""
    found = real(record)
    shown = _shown(found) if shares_amounts(record) else ()
    some = found[part.first - 1 : part.last]
    return tuple(_line(line, place, record, shown) for place, line in enumerate(some, part.first))


def part(record: ClaimRecord, asked: str) -> LinePart:
    """Return the part that holds the line whose number was *asked* for; "all" is every line, else the first.

    The number is the place of the line, from 1.
    """
    total = len(real(record))
    if asked == ALL or total <= PER_PART:
        return LinePart(1, total, total)
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < MOST_DIGITS else 1
    first = (min(max(number, 1), total) - 1) // PER_PART * PER_PART + 1
    return LinePart(first, min(first + PER_PART - 1, total), total)


def shares_amounts(record: ClaimRecord) -> bool:
    """Return whether any single line has an amount."""
    return any(line.money.is_shared for line in real(record))


def total_lines(record: ClaimRecord) -> tuple[str, ...]:
    """Return what is said of lines that repeat the whole claim."""
    return tuple(
        _("Your plan also sent a line with the total charge: {amount}.").format(
            amount=priced(line.money.billed)
        )
        for line in record.lines
        if line.is_total
    )


def name(what: Coded) -> str:
    """Return what was done: the plan's words, else the kind of service the code belongs to."""
    if codes.official_words(what) or not what.code:
        return codes.official_words(what) or _("Your plan did not say what this was")
    if what.system == "revenue code":
        return _("Hospital service")
    return codes.service_words(what) or codes.code_words(what)


def code_note(record: ClaimRecord) -> str:
    """Return why some lines have a code and no words of the plan, "" where all have words."""
    return codes.note(
        [line.what for line in real(record) if line.what.code and not codes.official_words(line.what)]
    )


def _shown(found: list[Line]) -> tuple[tuple[str, str], ...]:
    """Return which amounts are shown: the same for every line, so that lines can be compared."""

    def has_any(concept: str) -> bool:
        figures: list[Figure] = [getattr(line.money, concept) for line in found]
        return any(figure.amount for figure in figures)

    is_drug = not any(line.money.billed.is_known for line in found) and has_any("drug_cost")
    return tuple(
        (concept, label)
        for concept, label in _AMOUNTS
        if (concept in _ALWAYS or has_any(concept)) and not (is_drug and concept == "billed")
    )


def _line(line: Line, place: int, record: ClaimRecord, shown: tuple[tuple[str, str], ...]) -> LineRow:
    return LineRow(
        number=str(line.number or place),
        what=name(line.what),
        on=span_words(line.service_start, line.service_end),
        code="" if codes.bare(line.what) == name(line.what) else codes.bare(line.what),
        details=tuple(dict.fromkeys(_details(line, record))),
        amounts=tuple(_amount(line, concept, label) for concept, label in shown),
        decision=_(vocabulary.LINE_DECISIONS.get(line.decision or "", "")),
    )


def _amount(line: Line, concept: str, label: str) -> LineAmount:
    figure: Figure = getattr(line.money, concept)
    text = priced(figure) if figure.is_known else _("not shared")
    finer = finer_label(figure) if concept in ("discount", "other_payer") else ""
    return LineAmount(finer or _(label), text, figure.is_known, concept == "your_share")


def _details(line: Line, record: ClaimRecord) -> list[str]:
    shown = [_(line.place.words) if line.place.words else codes.code_words(line.place)] if line.place else []
    if line.quantity:
        unit = f" {_(line.unit)}" if line.unit else ""
        shown.append(_("Quantity {number}").format(number=f"{plain(line.quantity)}{unit}"))
    for one in line.modifiers:
        words = _("Modifier {code}: {words}") if one.words else _("Modifier {code}")
        shown.append(words.format(code=one.code, words=one.words))
    shown += [_("Tooth or area: {area}").format(area=codes.code_words(one)) for one in line.teeth]
    if line.revenue and line.revenue.words and line.revenue.words != line.what.words:
        shown.append(line.revenue.words)
    if line.network and line.network != record.network:
        shown.append(_(vocabulary.NETWORKS[line.network]))
    shown += [
        _("{label}: {amount}").format(label=label_words(one.label), amount=priced(one.figure))
        for one in line.details
    ]
    return [*shown, *line.notes]
