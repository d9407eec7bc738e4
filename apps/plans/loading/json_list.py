"""Our own format: a JSON list of plans, one object per plan (README, "Plans")."""

import json
from collections.abc import Iterator
from typing import Any

from apps.plans.choices import Status
from apps.plans.loading import FileUnusable, Refused, Row, shown
from apps.plans.profiles import PROFILES
from apps.plans.quirks import QUIRKS, WANTED, fits
from apps.plans.registrations import Environment

KEYS: dict[str, type] = {
    **dict.fromkeys(
        (
            "slug", "name", "website", "status", "fhir_base_url", "authorize_url", "token_url", "revoke_url",
            "issuer", "system_id", "client_id", "client_secret", "environment", "profile", "member_note",
            "notes",
        ),
        str,
    ),
    **dict.fromkeys(("other_names", "states", "lines_of_business", "confirmed_origins"), tuple),
    "is_listed": bool,
    **{quirk.name: quirk.kind for quirk in QUIRKS.values()},
}  # fmt: skip
WITHOUT_EFFECT = frozenset({"window_by"})
"""Keys of earlier versions: a list that still has them is good, and the operator is told."""
ONE_OF: dict[str, list[str]] = {
    **{quirk.name: list(quirk.choices) for quirk in QUIRKS.values() if quirk.choices},
    "status": list(Status.values),
    "profile": list(PROFILES),
    "environment": list(Environment.values),
}
REQUIRED = ("slug", "name", "fhir_base_url")
REGISTRATION = ("client_id", "client_secret", "environment")


def read(text: str) -> Iterator[Row | Refused]:
    """One answer per element, numbered from 1; FileUnusable when this is no JSON list."""
    try:
        elements = json.loads(text)
    except ValueError as error:
        where = (
            f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        )
        raise FileUnusable(f"The file is not valid JSON{where}.") from error
    except RecursionError as error:
        raise FileUnusable("The file is nested too deeply to be a list of plans.") from error
    if not isinstance(elements, list):
        raise FileUnusable("The file holds JSON, but not a list of plans ([{...}, {...}]).")
    for number, element in enumerate(elements, start=1):
        yield _row(number, element)


def _row(number: int, element: Any) -> Row | Refused:
    if not isinstance(element, dict):
        return Refused(number, "?", "is not an object with keys")
    label = shown(element.get("slug") or element.get("name") or "?")
    reason = _reason_against(element)
    if reason:
        return Refused(number, label, reason)
    # null means "nothing here": our registration stays as it is, other fields go back to their default.
    values = {key: value for key, value in element.items() if key in KEYS and key not in REGISTRATION}
    said = {key: element[key] for key in REGISTRATION if element.get(key)}
    return Row(number, values.pop("slug"), values, ignored=WITHOUT_EFFECT & element.keys(), **said)


def _reason_against(element: dict[str, Any]) -> str:
    """Why the object cannot be a plan, or "". Names keys, never the values of secrets."""
    unknown = sorted(set(element) - set(KEYS) - WITHOUT_EFFECT)
    if unknown:
        return f"unknown key{'s' if len(unknown) > 1 else ''}: {', '.join(shown(key) for key in unknown)}"
    missing = [key for key in REQUIRED if not element.get(key)]
    if missing:
        return f"missing: {', '.join(missing)}"
    for key, value in element.items():
        if value is not None and key in KEYS and not fits(KEYS[key], value):
            return f"{key} must be {WANTED[KEYS[key]]}"
        if value and key in ONE_OF and value not in ONE_OF[key]:
            return f"{key}: not known; one of {', '.join(ONE_OF[key])}"
    return ""
