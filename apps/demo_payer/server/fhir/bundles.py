"""A page of search results as a Bundle, around the resources' own JSON text."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import msgspec

from apps.demo_payer.server.fhir.parameters import Search
from apps.demo_payer.server.models import Resource


def searchset(
    *,
    base: str,
    type_: str,
    search: Search,
    total: int,
    matches: Sequence[Resource],
    others: Sequence[Resource],
    cursor: str,
    back: tuple[str, str] | None = None,
) -> bytes:
    """Return the JSON of one page; `total` counts matches only, `cursor` is empty on the last page.

    `back` is the name of the link to the page before and that page's cursor.
    """
    links = [{"relation": "self", "url": _url(base, type_, search.used, search.cursor)}]
    if cursor:
        links.append({"relation": "next", "url": _url(base, type_, search.used, cursor)})
    if back:
        links.append({"relation": back[0], "url": _url(base, type_, search.used, back[1])})
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "id": str(uuid4()),
        "meta": {"lastUpdated": datetime.now(UTC).isoformat(timespec="milliseconds")},
        "type": "searchset",
        "total": total,
        "link": links,
    }
    entries = [_entry(base, row, "match") for row in matches] + [
        _entry(base, row, "include") for row in others
    ]
    if entries:
        bundle["entry"] = entries  # FHIR has no empty arrays
    return msgspec.json.encode(bundle)


def _entry(base: str, row: Resource, mode: str) -> dict[str, Any]:
    return {
        "fullUrl": f"{base}/{row.type}/{row.fhir_id}",
        "resource": msgspec.Raw(bytes(row.body)),
        "search": {"mode": mode},
    }


def _url(base: str, type_: str, used: Sequence[tuple[str, str]], cursor: str) -> str:
    query = [*used, ("_cursor", cursor)] if cursor else list(used)
    return f"{base}/{type_}?{urlencode(query)}" if query else f"{base}/{type_}"
