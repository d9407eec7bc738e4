"""What lanes ask a plan, called in the threads that ask: nothing here touches a row."""

import sys
from collections.abc import Iterator
from typing import Final

from apps.fhir.bundles import Page
from apps.fhir.client import Client
from apps.fhir.errors import AnswerTooLarge, FhirError, PlanTooSlow
from apps.fhir.page_sizes import REFUSALS

TOO_MUCH: Final = (413, 504)
"""RFC 9110: content too large, and a gateway that waited too long for the system behind it."""


def read_one(reference: str, client: Client) -> Iterator[Page]:
    """Yield the one record as a page."""
    yield Page((client.read(reference),))


def search(
    kind: str, params: dict[str, str], resume_at: str | None, page_size: int, client: Client
) -> Iterator[Page]:
    """Yield the pages of a search, or those from a stored link on."""
    # Who stores the pages sees to it that they end: only there it is known what they bring.
    return client.search(kind, params, resume_at=resume_at, page_size=page_size, most_pages=sys.maxsize)


def may_be_too_many(error: FhirError) -> bool:
    """Return whether fewer records at once may help."""
    return isinstance(error, AnswerTooLarge | PlanTooSlow) or error.status in TOO_MUCH


def may_be_refused(error: FhirError) -> bool:
    """Return whether a first page may have been refused for how many records it was to hold."""
    return error.status in REFUSALS
