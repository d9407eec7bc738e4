"""Response headers of static files; settings hand the function over, so Django is not imported here."""

from typing import Any


def add(headers: Any, _path: str, url: str) -> None:
    """Say who may draw a file into a page: everybody the logo, which payers show; the rest nobody."""
    is_logo = url.rpartition("/")[2].startswith("logo")
    headers["Cross-Origin-Resource-Policy"] = "cross-origin" if is_logo else "same-origin"
