"""Steps into JSON that may hold anything anywhere; a step that leads nowhere gives the empty value."""

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

type Node = dict[str, Any]


def parsed(body: bytes | str) -> Node:
    """Return the object a JSON text holds; its numbers with a point as Decimal, exactly as written."""
    value = json.loads(body, parse_float=Decimal)
    return value if isinstance(value, dict) else {}


def node(parent: object, *keys: str) -> Node:
    """Return the object at a path of names, or an empty one."""
    for key in keys:
        parent = parent.get(key) if isinstance(parent, dict) else None
    return parent if isinstance(parent, dict) else {}


def nodes(parent: object, key: str) -> list[Node]:
    """Return the objects of a list, without what is none."""
    value = parent.get(key) if isinstance(parent, dict) else None
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def text(parent: object, key: str) -> str:
    """Return a string without blanks around it, or an empty one."""
    value = parent.get(key) if isinstance(parent, dict) else None
    return value.strip() if isinstance(value, str) else ""


def number(parent: object, key: str) -> Decimal | None:
    """Return a JSON number; true, false and numbers written as text are none."""
    value = parent.get(key) if isinstance(parent, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def codings(concept: object) -> Iterator[tuple[str, str]]:
    """Give (system, code) of each coding that has a code; never the first alone."""
    for coding in nodes(concept, "coding"):
        if code := text(coding, "code"):
            yield text(coding, "system"), code


def codes(concept: object) -> list[str]:
    """Return the codes of a concept; a code that is a URL counts by its last part."""
    return [code.rsplit("/", 1)[-1] for _system, code in codings(concept)]
