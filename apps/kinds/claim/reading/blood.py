"""The deductible for blood: it comes in addition to the other one, wherever it stands (facts 2.4, 2.5)."""

from collections.abc import Iterable

from msgspec import structs

from apps.kinds.claim.reading.concepts import cms_names
from apps.kinds.claim.reading.money import Book, add, paths
from apps.kinds.claim.records import NOT_SHARED, Detail, Disagreement, Figure, Source


def of_header(book: Book) -> Figure:
    """Return what the claim itself states for blood, by the first place that does; `NOT_SHARED` for none."""
    return next((figure for figure in book.booked if figure.amount and _is_for_blood(figure)), NOT_SHARED)


def without(book: Book, figure: Figure) -> Figure:
    """Return the deductible of one place without what it holds for blood."""
    places = paths([figure])
    parts = [part for part in book.booked if part.source and part.source.path in places]
    others = [part for part in parts if not _is_for_blood(part)]
    return add(others, "") if 0 < len(others) < len(parts) else figure


def together(deductible: Figure, blood: Figure) -> Figure:
    """Return both; the sum of lines holds what is for blood already."""
    if deductible.source is None or _is_of_lines(deductible):
        return deductible
    both = add([deductible, blood], deductible.source.label)
    return both if both.is_known else deductible


def also(disagreements: Iterable[Disagreement], blood: Figure) -> list[Disagreement]:
    """Return *disagreements* with what is for blood in each other deductible, as a share of it has both."""
    if not blood.is_known:
        return [*disagreements]
    return [
        structs.replace(against, others=tuple(together(other, blood) for other in against.others))
        if against.concept == "deductible"
        else against
        for against in disagreements
    ]


def each(book: Book, source: Source) -> list[Detail]:
    """Return the amounts of the header that a deductible was added up from, each under its name."""
    places = source.path.split(" + ")
    parts = [part for part in book.booked if part.source and part.source.path in places]
    return [Detail(part.source.label, part) for part in parts if part.source] if len(parts) > 1 else []


def _is_for_blood(figure: Figure) -> bool:
    name = cms_names().get(figure.source.code or "") if figure.source else None
    return name is not None and name.concept == "deductible" and name.adds


def _is_of_lines(figure: Figure) -> bool:
    return figure.source is not None and figure.source.path.startswith(("item", "addItem"))
