"""What the site asks of the network: noted as it leaves, with nothing in it that changes from run to run."""

import re
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import requests.adapters

_TOLD_NAMES: Final = """
    _count _lastUpdated _include _revinclude _sort _type _format _total _summary service-date use type
    grant_type response_type code_challenge_method token_type_hint
"""
_TOLD: Final = frozenset(_TOLD_NAMES.split())
"""Parameters whose values are noted; of all others the name alone."""
_DISCOVERY: Final = ("/.well-known/", "/metadata", "jwks")
"""Asked when a worker finds the time: not noted."""
noted: list[str] = []
_send = requests.adapters.HTTPAdapter.send


def start() -> None:
    """Note every request of this process from now on."""

    def send(self: Any, request: Any, *args: Any, **more: Any) -> Any:
        if request.url.partition("?")[0].endswith("/control") or "X-Harness" in request.headers:
            return _send(self, request, *args, **more)
        if any(word in request.url for word in _DISCOVERY):
            return _send(self, request, *args, **more)
        body = request.body if isinstance(request.body, str) else (request.body or b"").decode("latin-1")
        noted.append(line(request.method, request.url, body))
        return _send(self, request, *args, **more)

    requests.adapters.HTTPAdapter.send = send  # type: ignore[method-assign]


def line(method: str, url: str, body: str = "") -> str:
    """Return one request as a line: the path with ids masked, parameters as they were given."""
    parts = urlsplit(url)
    path = re.sub(r"(/(?:[A-Z][A-Za-z]+)/)[^/?]+$", r"\1…", parts.path)
    said = [
        f"{name}={value if name in _TOLD else '…'}"
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    sent = [
        f"{name}={value if name in _TOLD else '…'}" for name, value in parse_qsl(body, keep_blank_values=True)
    ]
    return " ".join(filter(None, (method, path + ("?" + "&".join(said) if said else ""), "&".join(sent))))


def taken() -> list[str]:
    """Return what was asked since it was last taken."""
    found = noted[:]
    noted.clear()
    return found
