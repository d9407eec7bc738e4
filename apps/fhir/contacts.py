"""How an organization can be reached, read tolerantly: telephone and postal address, one line each; pure."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from apps.fhir import values

type Way = Literal["phone", "address"]
WAYS: Final[tuple[Way, ...]] = ("phone", "address")


def of(organization: Mapping[str, Any], reference: str) -> dict[str, str]:
    """Return how *organization* is reached, to be remembered beside the names of references.

    The keys are made from *reference* (`Organization/1`, `#payer`), so that they never meet those of names.
    """
    ways = {"phone": _phone(organization.get("telecom")), "address": _address(organization.get("address"))}
    return {f"{way}:{reference}": text for way, text in ways.items() if text}


def keys(reference: str) -> tuple[str, ...]:
    """Return under which keys `of` remembers what *reference* names."""
    named = values.relative(reference) or reference
    return tuple(f"{way}:{named}" for way in WAYS)


def known(way: Way, reference: str | None, names: Mapping[str, str]) -> str | None:
    """Return how what *reference* names is reached, as `of` left it among *names*."""
    named = values.relative(reference) or values.target(reference)
    return names.get(f"{way}:{named}") if named else None


def _phone(telecom: Any) -> str | None:
    for entry in _entries(telecom):
        is_theirs = entry.get("system") == "phone" and entry.get("use") not in ("old", "home")
        if is_theirs and (text := _text(entry.get("value"), 40)):
            return text
    return None


def _address(addresses: Any) -> str | None:
    for entry in _entries(addresses):
        if entry.get("use") == "old":
            continue
        lines = entry.get("line")
        street = [_text(line, 100) for line in (lines if isinstance(lines, list) else [lines])][:4]
        state = " ".join(filter(None, (_text(entry.get("state"), 40), _text(entry.get("postalCode"), 20))))
        parts = list(filter(None, [*street, _text(entry.get("city"), 80), state]))
        if parts:
            return ", ".join(parts)
        if text := _text(entry.get("text"), 200):
            return text
    return None


def _entries(value: Any) -> list[Mapping[str, Any]]:
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in entries[:20] if isinstance(entry, Mapping)]


def _text(value: Any, limit: int) -> str | None:
    return values.clean(value, limit) if isinstance(value, str) else None
