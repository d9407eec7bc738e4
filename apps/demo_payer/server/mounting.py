"""Many payers in one process: `/p/<personality>/` is that payer's root, the rest is the one at the root."""

from collections.abc import Callable, Iterable
from typing import Any

from apps.demo_payer.personalities import ALL, Personality
from apps.demo_payer.server.addresses import AT_ROOT, PERSONALITY

PREFIX = "/p/"
# RFC 8414 section 3.1 puts the issuer's path behind the well-known part instead of before it.
_INSERTED = "/.well-known/oauth-authorization-server"


class Mounted:
    """A WSGI application that tells the one it holds which personality to play (PEP 3333, SCRIPT_NAME)."""

    def __init__(self, application: Callable[..., Iterable[bytes]], at_root: Personality) -> None:
        self._application = application
        self._at_root = at_root

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Take the prefix off the path and serve."""
        path = environ.get("PATH_INFO", "")
        if path.startswith(_INSERTED + PREFIX):
            path = path.removeprefix(_INSERTED) + _INSERTED
        name, _, rest = path.removeprefix(PREFIX).partition("/") if path.startswith(PREFIX) else ("", "", "")
        environ[AT_ROOT] = environ[PERSONALITY] = self._at_root
        if name in ALL:
            environ[PERSONALITY] = ALL[name]
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}{PREFIX}{name}"
            environ["PATH_INFO"] = f"/{rest}"
        return self._application(environ, start_response)
