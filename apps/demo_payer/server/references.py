"""References between resources: which type and id they name, whatever form they are written in."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

# How a resource names the patient it is about, most telling first.
PATIENT_ELEMENTS = ("patient", "beneficiary", "subject", "individual", "for", "securityContext")


class Key(NamedTuple):
    """What a reference names."""

    type: str
    id: str


def key(reference: object) -> Key | None:
    """Return the type and id of `Patient/1`, `https://.../Patient/1`, `Patient/1/_history/2`; else none."""
    if not isinstance(reference, str) or reference.startswith(("#", "urn:")):
        return None
    parts = reference.partition("/_history/")[0].rstrip("/").split("/")
    if len(parts) < 2 or not parts[-2][:1].isupper() or not parts[-1]:
        return None
    return Key(parts[-2], parts[-1])


def patient_id(resource: Mapping[str, Any], full_urls: Mapping[str, Key]) -> str:
    """Return the id of the patient a resource is about, or an empty string.

    `full_urls` maps a Bundle's fullUrl (`urn:uuid:...`) to what it holds. A urn that no Bundle explains is
    taken as the bare id, as bulk exports write it.
    """
    if resource.get("resourceType") == "Patient":
        return str(resource.get("id", ""))
    for element in PATIENT_ELEMENTS:
        value = resource.get(element)
        reference = value.get("reference") if isinstance(value, dict) else None
        target = key(reference) or full_urls.get(reference or "")
        if target and target.type == "Patient":
            return target.id
        if isinstance(reference, str) and reference.startswith("urn:uuid:") and not target:
            return reference.removeprefix("urn:uuid:")
    return ""


def along(resource: Any, path: tuple[str, ...]) -> Iterator[str]:
    """Yield the references at the end of an element path such as `("careTeam", "provider")`."""
    for reference in leaves(resource, path):
        if isinstance(reference, dict) and isinstance(reference.get("reference"), str):
            yield reference["reference"]


def leaves(resource: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """Yield every value at the end of an element path, whether its elements repeat or not."""
    if isinstance(resource, list):
        for element in resource:
            yield from leaves(element, path)
    elif not path:
        yield resource
    elif isinstance(resource, dict) and path[0] in resource:
        yield from leaves(resource[path[0]], path[1:])
