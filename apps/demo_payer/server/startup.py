"""From nothing to serving: bind, migrate, register the demo clients, load, say where, serve."""

import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.utils import timezone

from apps.demo_payer import options, plan
from apps.demo_payer.personalities import ALL, STANDARD, Personality, named
from apps.demo_payer.server import place
from apps.demo_payer.server.addresses import AT_ROOT, PERSONALITY
from apps.demo_payer.server.demo_data import Loaded, load
from apps.demo_payer.server.models import Account, Client, digest
from apps.demo_payer.server.sign_in import PASSWORD

PREFIX = "/p/"
HOST = "127.0.0.1"
_NAMED = 20


class Mounted:
    """A WSGI application that tells the one it holds which personality to play (PEP 3333, SCRIPT_NAME)."""

    def __init__(self, application: Callable[..., Iterable[bytes]], at_root: Personality) -> None:
        self._application = application
        self._at_root = at_root

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Take the prefix off the path and serve."""
        path = environ.get("PATH_INFO", "")
        name, _, rest = path.removeprefix(PREFIX).partition("/") if path.startswith(PREFIX) else ("", "", "")
        environ[AT_ROOT] = environ[PERSONALITY] = self._at_root
        if name in ALL:
            environ[PERSONALITY] = ALL[name]
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}{PREFIX}{name}"
            environ["PATH_INFO"] = f"/{rest}"
        return self._application(environ, start_response)


class Handler(WSGIRequestHandler):
    """Writes no request lines: their queries hold codes, states and member ids."""

    disable_nagle_algorithm = (
        True  # headers and body are two writes; together with delayed ACK they would wait 40 ms
    )
    timeout = 60  # an idle connection gives its thread back

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent; faults are logged by Django with their traceback."""


class Server(ThreadedWSGIServer):
    """Django's threaded server with room for a burst of connections."""

    request_queue_size = 128

    def server_bind(self) -> None:
        """Bind without asking the resolver for this machine's name."""
        super().server_bind()
        self.server_name = HOST

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report faults, but not that an idle client was let go: it is no fault."""
        if not isinstance(sys.exc_info()[1], TimeoutError):
            super().handle_error(request, client_address)


def stop_on_signals() -> None:
    """From here on SIGTERM and SIGINT end the process with status 0, wherever it is."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)


def bind(port: int) -> Server:
    """Return a server that holds its port; 0 takes any free one. Raises OSError, naming a taken port."""
    try:
        return Server((HOST, port), Handler)
    except (OSError, OverflowError) as error:
        raise OSError(f"Port {port} is taken or not allowed ({error}).") from error


def serve(server: Server, application: Any) -> None:
    """Serve until told to stop, then close."""
    server.set_app(application)
    try:
        server.serve_forever(poll_interval=0.2)
    finally:
        server.server_close()


def _stop(number: int, frame: FrameType | None) -> None:
    del number, frame
    sys.exit(0)


def run(
    *,
    port: int,
    records: str | None,
    redirect_uris: Sequence[str] | None,
    personality: str = STANDARD.name,
) -> None:
    """Serve until told to stop; `personality` is the payer at the root.

    Raises OSError when the port is taken or the data folder is empty.
    """
    stop_on_signals()
    server = bind(port)
    application = Mounted(WSGIHandler(), named(personality))
    call_command("migrate", verbosity=0)
    register_clients(redirect_uris or options.DEFAULT_REDIRECT_URIS)
    place.signing_key()
    loaded = load(Path(records).resolve() if records else None, now=timezone.now())
    _say(f"{plan.ANNOUNCEMENT}http://{HOST}:{server.server_port}")
    _report(loaded)
    _sign_ins()
    serve(server, application)


def register_clients(redirect_uris: Sequence[str]) -> None:
    """Register the demo app three times: with a secret, without one, and with keys of its own."""
    app = urlsplit(redirect_uris[0])
    for client_id, name, secret, methods in (
        (
            plan.CLIENT_ID,
            "Plainclaim",
            digest(plan.CLIENT_SECRET),
            ["client_secret_basic", "client_secret_post"],
        ),
        (plan.PUBLIC_CLIENT_ID, "Plainclaim (no secret)", "", ["none"]),
        (plan.ASSERTION_CLIENT_ID, "Plainclaim (own keys)", "", ["private_key_jwt"]),
    ):
        registered = {
            "name": name,
            "secret_digest": secret,
            "auth_methods": methods,
            "redirect_uris": list(redirect_uris),
            "jwks_uri": f"{app.scheme}://{app.netloc}{options.JWKS_PATH}",
        }
        Client.objects.update_or_create(client_id=client_id, defaults=registered)


def _report(loaded: Loaded) -> None:
    if not loaded.fresh:
        return
    _say(f"Loaded {loaded.resources} resources.")
    for count, words in (
        (loaded.older_versions, "older or repeated versions were left out (same type and id)."),
        (loaded.given_ids, "resources had no id and were given one."),
        (loaded.nobodys, "resources belong to no patient, so nobody can read them."),
        (len(loaded.skipped), "files or parts could not be read:"),
    ):
        if count:
            _say(f"{count} {words}")
    for line in loaded.skipped[:_NAMED]:
        _say(f"  {line}")


def _sign_ins() -> None:
    count = Account.objects.count()
    _say(f'Sign in as any of these {count} people with the password "{PASSWORD}":')
    for account in Account.objects.all()[:_NAMED]:
        _say(f"  {account.username}  ({account.name}: {account.story})")
    if count > _NAMED:
        _say(f"  and {count - _NAMED} more")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
