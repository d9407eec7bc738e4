"""The receipt: every figure with its words, where it came from, and what it disagrees with."""

import re
from dataclasses import dataclass

from apps.claims.reading.concepts import cms_names
from apps.claims.records import ClaimRecord, Disagreement, Figure, Source
from apps.plain_language.money import priced


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the receipt; `others` are amounts the plan states too; `help` explains a known one."""

    testid: str
    label: str
    text: str
    is_known: bool
    help: str = ""
    source: str = ""
    others: tuple[str, ...] = ()
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class _Kind:
    concept: str
    testid: str
    label: str
    help: str
    always: bool = False


_ROWS = (
    _Kind("billed", "billed", "Billed", "What the provider asked for.", always=True),
    _Kind("drug_cost", "drug-cost", "Cost of the drug", "Ingredients, dispensing and tax together."),
    _Kind("allowed", "allowed", "Your plan allows", "The price that counts for your plan."),
    _Kind("discount", "discount", "Plan discount", "Taken off the bill; nobody pays it.", always=True),
    _Kind("reduction", "reduction", "Above what your plan allows", "Billed minus allowed, worked out by us."),
    _Kind(
        "not_covered",
        "not-covered",
        "Not covered",
        "Your plan pays nothing toward this. The reasons say whether it is yours, where your plan gave them.",
        always=True,
    ),
    _Kind("plan_paid", "plan-paid", "Your plan paid", "", always=True),
    _Kind("paid_to_provider", "paid-to-provider", "of it to the provider", ""),
    _Kind("paid_to_you", "paid-to-you", "of it to you", ""),
    _Kind("other_payer", "other-payer", "Others paid", "Another plan or payer, or help you get."),
    _Kind("tax", "tax", "Tax", ""),
    _Kind(
        "deductible", "deductible", "Deductible", "What you pay before your plan starts to pay.", always=True
    ),
    _Kind("copay", "copay", "Copay", "A fixed amount for a visit or a prescription.", always=True),
    _Kind("coinsurance", "coinsurance", "Coinsurance", "Your part of the price, as a share.", always=True),
    _Kind("you_paid", "you-paid", "You paid", "What your plan knows that you paid already."),
    _Kind(
        "your_share",
        "your-share",
        "Your share",
        "What your plan counts as yours. It is not a bill.",
        always=True,
    ),
)
_WITHOUT_MONEY = frozenset({"billed", "plan_paid", "your_share"})
_PLACES = (
    (re.compile(r"total\[(\d+)\]"), "the totals of the claim, entry {}"),
    (re.compile(r"adjudication\[(\d+)\]"), "the summary of the claim, entry {}"),
    (re.compile(r"benefitBalance\.financial\[(\d+)\]"), "the balance of the claim, entry {}"),
    (re.compile(r"item\[(\d+)\]\.adjudication\[(\d+)\]"), "line {}, amount {}"),
    (re.compile(r"item\[(\d+)\]\.net"), "the total of line {}"),
)
_NAMED = {
    "payment.amount": "the payment of the claim",
    "payment.adjustment": "the change of the payment",
    "item.adjudication": "the lines of the claim",
}


def rows(record: ClaimRecord) -> tuple[Row, ...]:
    """Return the receipt from billed to the member's share; extras only where the plan shared them."""
    found = []
    for kind in _ROWS:
        figure: Figure = getattr(record.money, kind.concept)
        if _is_shown(kind, figure, record):
            found.append(_row(kind, figure, record))
    return tuple(found)


def _is_shown(kind: _Kind, figure: Figure, record: ClaimRecord) -> bool:
    if not record.shares_money:
        return kind.concept in _WITHOUT_MONEY
    if kind.concept == "paid_to_provider":
        # Worth a line only beside what went to the member.
        return figure.is_known and bool(record.money.paid_to_you.amount)
    if kind.concept in ("reduction", "paid_to_you", "other_payer", "tax"):
        return bool(figure.amount)
    return kind.always or figure.is_known


def _row(kind: _Kind, figure: Figure, record: ClaimRecord) -> Row:
    others = [other for one in record.disagreements if one.concept == kind.concept for other in one.others]
    return Row(
        kind.testid,
        _label(kind, figure),
        priced(figure),
        figure.is_known,
        # What is said of a plan's own discount is not true of a finer one.
        kind.help if figure.is_known and _label(kind, figure) == kind.label else "",
        source_words(figure.source) if figure.source else "",
        tuple(dict.fromkeys(priced(other) for other in others)),
        kind.concept == "your_share",
    )


def _label(kind: _Kind, figure: Figure) -> str:
    return (finer_label(figure) if kind.concept in ("discount", "other_payer") else "") or kind.label


def finer_label(figure: Figure) -> str:
    """Return Medicare's more exact name of a discount or payment ("Extra Help ..."), "" for none."""
    source = figure.source
    is_finer = source and figure.amount and source.summed < 2 and source.code in cms_names()
    return source.label if is_finer and source else ""


def source_words(source: Source) -> str:
    """Return where a figure came from, in a sentence."""
    code = f" (code {source.code})" if source.code else ""
    if source.summed > 1:
        where = place_words(source.path)
        return (
            f"{source.label}: worked out by us from {source.summed} amounts of your plan, in {where}{code}."
        )
    return f"{source.label}: your plan sent it in {place_words(source.path)}{code}."


def place_words(path: str) -> str:
    """Return an element path in words a member can follow; several paths are joined by "and"."""
    parts = re.split(r" ([+-]) ", path)
    words = [_one_place(part) for part in parts[::2]]
    return " and ".join(dict.fromkeys(words))


def _one_place(path: str) -> str:
    for pattern, words in _PLACES:
        match = pattern.fullmatch(path)
        if match:
            return words.format(*(int(number) + 1 for number in match.groups()))
    return _NAMED.get(path, "the claim")


_CONCEPTS = {kind.concept: kind.label.lower() for kind in _ROWS} | {
    "billed": "what was billed",
    "allowed": "what your plan allows",
    "plan_paid": "what your plan paid",
    "other_payer": "what others paid",
    "not_covered": "what is not covered",
    "your_share": "your share",
    "discount": "the plan discount",
    "deductible": "the deductible",
    "copay": "the copay",
    "coinsurance": "the coinsurance",
}


def disagreement_words(one: Disagreement) -> str:
    """Return what disagrees, in one sentence that says both figures and takes no side."""
    chosen = priced(one.chosen)
    name = _CONCEPTS[one.concept]
    others = [f"{priced(other)} in {place_words(other.source.path)}" for other in one.others if other.source]
    if one.about == "lines":
        amounts = " or ".join(priced(other) for other in one.others)
        return f"For {name}, the claim says {chosen}, its lines add up to {amounts}."
    if one.about == "parts":
        stated = " and ".join(priced(other) for other in one.others)
        return f"Your plan states a share of {stated}, but the parts it lists as yours come to {chosen}."
    if one.about == "stated":
        listed = " and ".join(f"{priced(other)} ({_named(other)})" for other in one.others)
        return f"Your plan states a share of {chosen}, but also lists {listed}."
    return f"For {name}, your plan states {chosen}, and also {' and '.join(others)}."


def _named(figure: Figure) -> str:
    return figure.source.label[0].lower() + figure.source.label[1:] if figure.source else ""
