"""Parts of a line: the ingredients of a drug, or services that one line holds together (R4 item.detail)."""

from collections.abc import Iterator
from itertools import islice

from apps.fhir import values
from apps.kinds.claim.reading.drugs import products
from apps.kinds.claim.reading.facts import unit
from apps.kinds.claim.reading.shapes import Item, ItemDetail
from apps.kinds.claim.records import Line

MOST = 100
"""Parts of one line that the page names."""


def placed(line: Item, path: str) -> Iterator[tuple[ItemDetail, str]]:
    """Yield each part of a line at *path*, and after it its own parts, with the place where it stands."""
    for index, detail in enumerate(line.detail):
        yield detail, f"{path}.detail[{index}]"
        for place, part in enumerate(detail.sub_detail):
            yield part, f"{path}.detail[{index}].subDetail[{place}]"


def parts_of(line: Item, path: str) -> tuple[Line, ...]:
    """Return what each part is and how much of it; amounts of parts stay in `also_sent`, in no sum."""
    stated = (
        Line(
            path=where,
            what=products[part.product_or_service],
            quantity=values.number(part.quantity.value) if part.quantity else None,
            unit=unit(part.quantity) if part.quantity else None,
        )
        for part, where in placed(line, path)
        if part.product_or_service or part.quantity or part.adjudication
    )
    return tuple(islice(stated, MOST))
