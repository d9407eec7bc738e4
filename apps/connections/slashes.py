"""Redirects that only add or remove the slash at the end of an address, as web frameworks send them."""

from typing import Final
from urllib.parse import urljoin, urlsplit

from apps.fhir.bundles import same_origin

LASTING: Final = (301, 308)


def moved_by_slash(url: str, *, status: int, location: str) -> str | None:
    """Where a request to *url* belongs, if the answer says no more than that a slash is too few or too many.

    None for every other answer: a token is not sent to where a redirect leads. The address is made from
    *url*, so that nothing of the plan's answer is in it.
    """
    if status not in LASTING:
        return None
    asked = urlsplit(url)
    path = asked.path.removesuffix("/") if asked.path.endswith("/") else f"{asked.path}/"
    other = asked._replace(path=path)
    try:
        target = urljoin(url, location)
        is_other = urlsplit(target)[2:] == other[2:] and "#" not in target
    except ValueError:
        return None
    return other.geturl() if is_other and same_origin(target, base_url=url) else None
