"""Runs Canaille, an OpenID provider on Authlib, on loopback with its users and clients in memory.

    var/peers/canaille/bin/python tests/peers/canaille_server.py SETTINGS.json

SETTINGS: {port, members: {login: [given name, family name]}, clients: [client metadata]}. Every password is
PASSWORD. Prints "ready"; `GET /control` says what it was asked. Ends with its input. Imports nothing of ours.
"""

import json
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from canaille.oidc import provider
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.serving import WSGIRequestHandler, make_server

PASSWORD = "a password at the plan"


class AnnouncedProofs(provider.JWTClientAuth):
    """Takes proofs of clients as Canaille announces them (RFC 7523).

    Left to itself (0.3.6) it verifies only what its library recommends, which RS384 of SMART App Launch is
    not, and takes a client's key set only where that holds one key. All else of a proof it checks itself.
    """

    def resolve_client_public_key(self, client: Any) -> KeySet:
        """Return all keys that the client publishes: the proof names the one."""
        return KeySet.import_key_set(httpx.get(client.jwks_uri).json())

    def process_assertion_claims(self, assertion: str, resolve_key: Any) -> Any:
        """Verify the signature by any algorithm that is announced, then the claims."""
        token = jwt.decode(assertion, resolve_key, algorithms=["RS256", "RS384", "ES256", "ES384"])
        self.verify_claims(token.claims)
        return token.claims


class Quiet(WSGIRequestHandler):
    """Prints no line for each request."""

    def log_request(self, *_: Any) -> None:
        """Print nothing."""


def application(settings: dict[str, Any]) -> Any:
    """Return Canaille as it comes, but for the address it has here and how it reads proofs of clients."""
    provider.JWTClientAuth = AnnouncedProofs
    app = create_app(
        {
            "SECRET_KEY": "of nobody's use beyond this machine",
            "SERVER_NAME": f"127.0.0.1:{settings['port']}",
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {"DATABASE": "memory", "FORCE_HTTPS": False, "SMTP": None, "SMPP": None},
            "CANAILLE_OIDC": {"DYNAMIC_CLIENT_REGISTRATION_OPEN": True},
        }
    )
    with app.app_context():
        for login, (given_name, family_name) in settings["members"].items():
            _add_member(login, given_name, family_name)
        for metadata in settings["clients"]:
            _add_client(metadata)
    return app


def _add_member(login: str, given_name: str, family_name: str) -> None:
    name = f"{given_name} {family_name}"
    user = models.User(
        user_name=login, formatted_name=name, given_name=given_name, family_name=family_name,
        emails=[f"{login}@example.com"],
    )  # fmt: skip
    Backend.instance.save(user)
    Backend.instance.set_user_password(user, PASSWORD)


def _add_client(metadata: dict[str, Any]) -> None:
    client = models.Client(**metadata, client_id_issued_at=datetime.now(UTC))
    Backend.instance.save(client)
    client.audience = [client]
    Backend.instance.save(client)


def counted(app: Any) -> Callable[..., Iterable[bytes]]:
    """Wrap the server so that it says what it was asked: "POST /oauth/token 200"."""
    seen: list[str] = []

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/control":
            start("200 OK", [("Content-Type", "application/json")])
            return [json.dumps({"seen": seen}).encode()]

        def started(status: str, *rest: Any) -> Any:
            seen.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {status[:3]}")
            return start(status, *rest)

        answered: Iterable[bytes] = app(environ, started)
        return answered

    return answer


def main(file: Path) -> None:
    """Serve until a signal comes, or whoever started it is gone and its input ends."""
    settings = json.loads(file.read_text())
    app = counted(application(settings))
    server = make_server("127.0.0.1", settings["port"], app, threaded=True, request_handler=Quiet)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
