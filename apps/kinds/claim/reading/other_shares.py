"""What a claim states of the member's share besides the one that goes first (facts 3.4, 3.6).

The deductible for blood comes in addition to the other one, wherever it stands (facts 2.4, 2.5).
"""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Final

from msgspec import structs

from apps.kinds.claim.reading.concepts import LABELS, PAID_IN_PARTS, cms_names
from apps.kinds.claim.reading.contradictions import PARTS, Rule
from apps.kinds.claim.reading.figures import add, paths, stands_on_lines
from apps.kinds.claim.reading.lines import of_line, parts_of_share, share_of_lines
from apps.kinds.claim.reading.money import NOTHING, Book, Choices, again, is_by_reason
from apps.kinds.claim.records import NOT_SHARED, Detail, Disagreement, Figure, Money, Source

TOTALS: Final = {
    "nch_ip_tot_ddctn_amt": frozenset(
        ("nch_bene_ip_ddctbl_amt", "nch_bene_pta_coinsrnc_lblty_amt", "nch_bene_blood_ddctbl_lblty_am")
    )
}
"""Medicare's total of the share -> what CMS says that it adds up: all deductibles, for blood too, and
coinsurance of Part A (bluebutton.cms.gov, variable NCH_IP_TOT_DDCTN_AMT)."""


def of_parts(money: Money, disagreements: Iterable[Disagreement]) -> list[Figure]:
    """Return what the parts of the share come to at each other place that contradicts one of them.

    A figure of one place is never added to another place's of which it has its own.
    """
    places: dict[str, dict[str, list[Figure]]] = {}
    for disagreement in disagreements:
        for other in disagreement.others if disagreement.concept in PARTS else ():
            place = other.source.path.split(".", 1)[0].split("[", 1)[0] if other.source else ""
            places.setdefault(place, {}).setdefault(disagreement.concept, []).append(other)
    apart = []
    for stated in places.values():
        for ways in product(*stated.values()):
            share = parts_of_share(structs.replace(money, **dict(zip(stated, ways, strict=True))))
            apart.append(share if share.is_known else ways[0])
    return apart


def parts_together(money: Money, others: list[Figure], disagreements: Iterable[Disagreement]) -> Figure:
    """Return what deductible, copay and coinsurance come to; `NOT_SHARED` where one is of some lines alone.

    Where head and lines contradict each other on several of them, and the likelier ones would stand at two
    places, it is that of the head, or else the first of *others*, which `of_parts` gives.
    """
    if any(source.partial for part in PARTS if (source := getattr(money, part).source)):
        return NOT_SHARED
    chosen = [against.chosen for against in disagreements if against.concept in PARTS]
    if len({stands_on_lines(figure) for figure in chosen}) < 2 or not others:
        return parts_of_share(money)
    return next((share for share in others if not _is_of_lines(share)), others[0])


def _is_of_lines(share: Figure) -> bool:
    return share.source is not None and all(
        place.startswith("item") for place in share.source.path.split(" + ")
    )


def of_same_name(places: Iterable[Choices], concept: str) -> list[Figure]:
    """Return what *places* state of a concept besides their first amount under the very same name."""
    stated = [choice for choices in places if (choice := choices.get(concept)) and choice.rest]
    return [entry.figure for choice in stated if choice.figure.source for entry in again(choice)]


def of_lines_again(book: Book, shares: Sequence[Figure], *, is_drug: bool) -> list[Figure]:
    """Return the share by the lines with what they state again under one name, where no head states that
    part; *shares* is what each line says of it."""
    parts = [part for part in book.repeated.intersection(PARTS) if not book.is_in_header(part)]
    if not parts:
        return []
    line_shares = []
    for line, share in zip(book.each_line, shares, strict=True):
        repeats = {part: more[0] for part in parts if part in line and (more := again(line[part]))}
        is_told = repeats and share.is_known
        line_shares.append(of_line({**line, **repeats}, is_drug=is_drug).your_share if is_told else share)
    return [share_of_lines(line_shares)] if line_shares != [*shares] else []


def again_in_header(book: Book, concept: str, rule: Rule) -> list[Figure]:
    """Return what the header states of a concept besides the first amount of each place."""
    more = of_other_deductibles(book) if concept == "deductible" else []
    more += of_same_name(book.header, concept)
    more += of_reasons(book.header, concept)
    if concept == "you_paid":
        more += of_payments(book.header or book.each_line[:1], rule)
    return more


def of_other_deductibles(book: Book) -> list[Figure]:
    """Return deductibles that stand beside the first at its own place, under another of Medicare's names."""
    return [
        entry.figure
        for choices in book.header
        if (choice := choices.get("deductible"))
        for entry in choice.rest
        if entry.meaning.is_cms and not entry.meaning.adds and entry.figure.amount
    ]


def of_reasons(places: Iterable[Choices], concept: str) -> list[Figure]:
    """Return amounts of a part of the share by its reason (PR 1, 2, 3), beside another under its name."""
    stated = [choice for choices in places if (choice := choices.get(concept)) and choice.figure.is_known]
    return [entry.figure for choice in stated for entry in choice.rest if is_by_reason(entry)]


def of_payments(places: Iterable[Choices], rule: Rule) -> list[Figure]:
    """Return what the member paid in parts (cash, health account), where that is more than the whole which
    stands beside them: a whole holds its parts, and may hold more (CARIN BB 2.0)."""
    payments = []
    for choices in places:
        choice = choices.get("you_paid", NOTHING)
        parts = [entry.figure for entry in choice.rest if entry.meaning.name in PAID_IN_PARTS]
        if rule.exceeds(paid := add(parts, LABELS["you_paid"]), choice.figure):
            payments.append(paid)
    return payments


def total_of_parts(book: Book) -> Figure:
    """Return what Medicare itself adds up of deductibles and coinsurance; `NOT_SHARED` where it does not."""
    return next((figure for figure in book.booked if figure.origin.code in TOTALS), NOT_SHARED)


def may_hold_more(book: Book, total: Figure, parts: Figure, rule: Rule) -> bool:
    """Return whether a total goes before the parts that are known: it holds one that is absent, no zero."""
    if not parts.is_known or not rule.exceeds(total, parts):
        return not parts.is_known
    stated = {figure.origin.code or "" for figure in book.booked}
    return not TOTALS.get(total.origin.code or "", stated) <= stated


def blood_of_header(book: Book) -> Figure:
    """Return what the claim itself states for blood, by the first place that does; `NOT_SHARED` for none."""
    return next((figure for figure in book.booked if figure.amount and is_for_blood(figure)), NOT_SHARED)


def without_blood(book: Book, figure: Figure) -> Figure:
    """Return the deductible of one place without what it holds for blood."""
    places = paths([figure])
    parts = [part for part in book.booked if part.source and part.source.path in places]
    others = [part for part in parts if not is_for_blood(part)]
    return add(others, "") if 0 < len(others) < len(parts) else figure


def with_blood(deductible: Figure, blood: Figure) -> Figure:
    """Return both; the sum of lines holds what is for blood already."""
    if deductible.source is None or deductible.source.path.startswith(("item", "addItem")):
        return deductible
    both = add([deductible, blood], deductible.source.label)
    return both if both.is_known else deductible


def also_with_blood(disagreements: Iterable[Disagreement], blood: Figure) -> list[Disagreement]:
    """Return *disagreements* with what is for blood in each other deductible, as a share of it has both."""
    return [
        structs.replace(against, others=tuple(with_blood(other, blood) for other in against.others))
        if against.concept == "deductible"
        else against
        for against in disagreements
    ]


def each_added(book: Book, source: Source) -> list[Detail]:
    """Return the amounts of the header that a deductible was added up from, each under its name."""
    places = source.path.split(" + ")
    parts = [part for part in book.booked if part.source and part.source.path in places]
    return [Detail(part.source.label, part) for part in parts if part.source] if len(parts) > 1 else []


def is_for_blood(figure: Figure) -> bool:
    """Return whether all of a figure is for blood, which counts toward no other deductible."""
    names = [cms_names().get(code) for code in (figure.origin.code or "").split(" + ")]
    return all(name is not None and name.concept == "deductible" and name.adds for name in names)
