"""The money story of a whole claim: which of a plan's figures is shown, which disagree (facts 3)."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from apps.claims.reading import money
from apps.claims.reading.concepts import Place
from apps.claims.reading.money import PARTS, Book
from apps.claims.records import NOT_SHARED, Detail, Disagreement, Figure, Money, Source
from apps.plain_language.language import said

COMPARED = (
    "billed",
    "allowed",
    "discount",
    "not_covered",
    "other_payer",
    "deductible",
    "copay",
    "coinsurance",
)


class Story(NamedTuple):
    """The figures shown, what stands behind "more details", and what disagrees."""

    money: Money
    details: tuple[Detail, ...]
    disagreements: tuple[Disagreement, ...]


def story(book: Book, *, is_drug: bool) -> Story:
    """Choose every figure of the claim; *is_drug* for pharmacy claims."""
    # Most concepts are stated nowhere: only the others are looked at closely.
    stated = set(book.lines).union(*book.header)
    figures = dict.fromkeys(money.CONCEPTS, NOT_SHARED)
    figures |= {concept: header(book, concept) for concept in money.CONCEPTS if concept in stated}
    compared = [concept for concept in COMPARED if concept in stated]
    disagreements = [found for concept in compared if (found := _compare(book, concept, figures[concept]))]
    paid = _plan_paid(book, is_drug=is_drug)
    if paid:
        figures["plan_paid"] = paid[0]
        disagreements += _differing("plan_paid", "places", paid[0], paid[1:])
    share, about_share = _your_share(book, figures, is_drug=is_drug)
    figures |= {"your_share": share, "reduction": _reduction(figures)}
    more = [detail for choices in book.header for detail in money.details(choices)]
    more += [found for concept in compared for found in _extras(book, concept, figures[concept])]
    if book.adjustment.is_known:
        more.append(Detail("Change of the payment", book.adjustment))
    disagreements += about_share
    more += _left_over(book, figures, more, disagreements)
    return Story(Money(**figures), tuple(more), tuple(disagreements))


def _left_over(
    book: Book, figures: dict[str, Figure], details: Iterable[Detail], disagreements: Iterable[Disagreement]
) -> list[Detail]:
    """Note in *figures* who else states the same, and return the header's amounts told nowhere so far."""
    told = [*figures.values(), *(one.figure for one in details)]
    told += [each for one in disagreements for each in (one.chosen, *one.others)]
    places = money.paths(told)
    found = [("plan_paid", book.payment)]
    for choices in book.header:
        found += [
            ("your_share" if concept == "liability" else concept, choice.figure)
            for concept, choice in choices.items()
        ]
    more = []
    for concept, one in found:
        if one.source is None or one.source.path in places or places.issuperset(money.paths([one])):
            continue
        if figures[concept].is_known and money.same(one, figures[concept]):
            figures[concept] = money.agreeing(figures[concept], [one])
        else:
            more.append(Detail(one.source.label, one))
    return more


def header(book: Book, concept: str) -> Figure:
    """Return total, else header adjudication, else benefitBalance (Medicare), else the sum of the lines."""
    for choices in book.header:
        if concept in choices and choices[concept].figure.is_known:
            return choices[concept].figure
    return book.over_lines(concept)


def _compare(book: Book, concept: str, chosen: Figure) -> Disagreement | None:
    """Return where places or lines state another amount than the one shown."""
    # What only comes in addition cannot be compared with other places.
    by_place = [one.figure for choices in book.header if (one := choices.get(concept)) and not one.is_extra]
    found = _differing(concept, "places", chosen, by_place)
    found = found or _differing(concept, "lines", chosen, [book.over_lines(concept)])
    return found[0] if found else None


def _extras(book: Book, concept: str, chosen: Figure) -> list[Detail]:
    """Return amounts that come in addition but stand at another place than the figure shown."""
    others = [
        choice.figure
        for choices in book.header
        if (choice := choices.get(concept)) and choice.is_extra and choice.figure != chosen
    ]
    return [Detail(one.source.label, one) for one in others if one.source]


def _differing(concept: str, about: str, chosen: Figure, others: Iterable[Figure]) -> list[Disagreement]:
    seen: dict[object, Figure] = {}
    for other in others:
        if other is not chosen and other.is_known and chosen.is_known and not money.same(other, chosen):
            seen.setdefault((other.amount, other.unit), other)
    if not seen:
        return []
    only_lines = all(one.source and one.source.path.startswith("item") for one in seen.values())
    kind = "lines" if about == "places" and only_lines else about
    return [Disagreement(concept, kind, chosen, tuple(seen.values()))]  # type: ignore[arg-type]


def _plan_paid(book: Book, *, is_drug: bool) -> list[Figure]:
    """Return everything that says what the plan paid, best first (facts 3.5)."""
    candidates = [*_paid_at(book, "T"), book.payment, *_paid_at(book, "A"), *_paid_at(book, "B")]
    candidates += [
        book.over_lines("plan_paid"),
        money.paid_out(book.over_lines("paid_to_provider"), book.over_lines("paid_to_you")),
    ]
    if book.is_cms and not is_drug:
        # Medicare pays fee for service: the payment of the claim itself comes first.
        candidates.insert(0, book.payment)
    return [one for one in candidates if one.is_known]


def _paid_at(book: Book, place: Place) -> tuple[Figure, Figure]:
    return book.at(place, "plan_paid"), money.paid_out(
        book.at(place, "paid_to_provider"), book.at(place, "paid_to_you")
    )


def _your_share(
    book: Book, figures: dict[str, Figure], *, is_drug: bool
) -> tuple[Figure, Sequence[Disagreement]]:
    """Return the member's share: as stated, unless it is a zero that its own parts contradict (facts 3.6)."""
    stated = header(book, "liability")
    known = [figures[name] for name in PARTS if figures[name].is_known]
    parts = money.parts_of_share(figures)
    if is_drug and book.is_cms and figures["you_paid"].is_known:
        return figures["you_paid"], _differing("your_share", "places", figures["you_paid"], [stated])
    if not stated.is_known:
        fallback = figures["you_paid"] if is_drug else NOT_SHARED
        return (parts if parts.is_known else fallback), ()
    if stated.amount == 0 and parts.amount:
        return parts, _differing("your_share", "parts", parts, [stated])
    contradictions = [figures["not_covered"]] if stated.amount == 0 and figures["not_covered"].amount else []
    if _exceeds(parts, stated) or (len(known) == len(PARTS) and not _explained(stated, parts, figures)):
        contradictions.append(parts)
    over_lines = book.over_lines("liability")
    return stated, [
        *_differing("your_share", "stated", stated, contradictions),
        *_differing("your_share", "lines", stated, [over_lines]),
    ]


def _exceeds(parts: Figure, stated: Figure) -> bool:
    return bool(parts.amount is not None and stated.amount is not None and parts.amount > stated.amount)


def _explained(stated: Figure, parts: Figure, figures: dict[str, Figure]) -> bool:
    """Return whether the stated share is its parts, with or without what is not covered."""
    with_not_covered = money.add([parts, figures["not_covered"]], "")
    return money.same(stated, parts) or money.same(stated, with_not_covered)


def _reduction(figures: dict[str, Figure]) -> Figure:
    """Return billed minus allowed where the plan stated both, no discount, and paid no more than allowed."""
    billed, allowed = figures["billed"], figures["allowed"]
    if figures["discount"].is_known or billed.amount is None or allowed.amount is None:
        return NOT_SHARED
    if billed.unit != allowed.unit or billed.amount < allowed.amount:
        return NOT_SHARED
    paid = figures["plan_paid"].amount
    if paid is not None and paid > allowed.amount:
        return NOT_SHARED  # Medicare's hospital claims say 0 allowed and pay all the same
    path = " - ".join(one.source.path for one in (billed, allowed) if one.source)
    source = Source(said("Billed amount minus amount your plan allows"), path, summed=2)
    return Figure(billed.amount - allowed.amount, billed.currency or allowed.currency, source)
