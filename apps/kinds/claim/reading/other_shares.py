"""What a claim states of the member's share besides the one that goes first (facts 3.4, 3.6)."""

import re
from collections.abc import Iterable
from itertools import product
from typing import Final

from apps.kinds.claim.reading.contradictions import PARTS, Rule, stands_on_lines
from apps.kinds.claim.reading.lines import parts_of_share
from apps.kinds.claim.reading.money import Book, Choices, is_by_reason
from apps.kinds.claim.records import NOT_SHARED, Disagreement, Figure

TOTALS: Final = {
    "nch_ip_tot_ddctn_amt": frozenset(
        ("nch_bene_ip_ddctbl_amt", "nch_bene_pta_coinsrnc_lblty_amt", "nch_bene_blood_ddctbl_lblty_am")
    )
}
"""Medicare's total of the share -> what CMS says that it adds up: all deductibles, for blood too, and
coinsurance of Part A (bluebutton.cms.gov, variable NCH_IP_TOT_DDCTN_AMT)."""


def of_parts(figures: dict[str, Figure], disagreements: Iterable[Disagreement]) -> list[Figure]:
    """Return what the parts of the share come to at each other place that contradicts one of them.

    A figure of one place is never added to another place's of which it has its own.
    """
    places: dict[str, dict[str, list[Figure]]] = {}
    for disagreement in disagreements:
        for other in disagreement.others if disagreement.concept in PARTS else ():
            place = re.split(r"[.[]", other.source.path, maxsplit=1)[0] if other.source else ""
            places.setdefault(place, {}).setdefault(disagreement.concept, []).append(other)
    made = []
    for stated in places.values():
        for ways in product(*stated.values()):
            share = parts_of_share(figures | dict(zip(stated, ways, strict=True)))
            made.append(share if share.is_known else ways[0])
    return made


def of_one_place(
    figures: dict[str, Figure], others: list[Figure], disagreements: Iterable[Disagreement]
) -> Figure:
    """Return what deductible, copay and coinsurance come to; `NOT_SHARED` where one is of some lines alone.

    Where head and lines contradict each other on several of them, and the likelier ones would stand at two
    places, it is that of the head, or else the first of *others*, which `of_parts` gives.
    """
    if any(source.partial for part in PARTS if (source := figures[part].source)):
        return NOT_SHARED
    chosen = [against.chosen for against in disagreements if against.concept in PARTS]
    if len({stands_on_lines(figure) for figure in chosen}) < 2 or not others:
        return parts_of_share(figures)
    return next((share for share in others if not _is_of_lines(share)), others[0])


def _is_of_lines(share: Figure) -> bool:
    return share.source is not None and all(
        place.startswith("item") for place in share.source.path.split(" + ")
    )


def of_same_name(book: Book) -> list[Figure]:
    """Return shares that the claim states besides the first under the very same name."""
    return [
        entry.figure
        for choices in book.header
        if (choice := choices.get("liability")) and choice.figure.source
        for entry in choice.rest
        if entry.meaning.name == choice.figure.source.code
    ]


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


def total_of_parts(book: Book) -> Figure:
    """Return what Medicare itself adds up of deductibles and coinsurance; `NOT_SHARED` where it does not."""
    return next((figure for figure in book.booked if _name(figure) in TOTALS), NOT_SHARED)


def may_hold_more(book: Book, total: Figure, parts: Figure, rule: Rule) -> bool:
    """Return whether a total goes before the parts that are known: it holds one that is absent, no zero."""
    if not parts.is_known:
        return total.is_known
    stated = {_name(figure) for figure in book.booked}
    return rule.exceeds(total, parts) and not TOTALS.get(_name(total), stated) <= stated


def _name(figure: Figure) -> str:
    return (figure.source.code if figure.source else None) or ""
