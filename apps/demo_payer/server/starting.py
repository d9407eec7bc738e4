"""From nothing to serving: bind, migrate, register the demo clients, load, say where, serve."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.utils import timezone

from apps.demo_payer import options, plan
from apps.demo_payer.personalities import STANDARD, named
from apps.demo_payer.server import place, serving
from apps.demo_payer.server.loading import Loaded, load
from apps.demo_payer.server.models import Account, Client, digest
from apps.demo_payer.server.mounting import Mounted
from apps.demo_payer.server.sign_in import PASSWORD

_NAMED = 20


def run(
    *,
    port: int,
    data: str | None,
    redirect_uris: Sequence[str] | None,
    personality: str = STANDARD.name,
    client_jwks: str | None = None,
) -> None:
    """Serve until told to stop; `personality` is the payer at the root, `client_jwks` as the option says.

    Raises OSError when the port is taken or the data folder is empty, ValueError for keys that are no JSON.
    """
    serving.stop_on_signals()
    server = serving.bind(port)
    application = Mounted(WSGIHandler(), named(personality))
    call_command("migrate", verbosity=0)
    register_clients(redirect_uris or options.DEFAULT_REDIRECT_URIS, client_jwks)
    place.signing_key()
    loaded = load(Path(data).resolve() if data else None, now=timezone.now())
    _say(f"{plan.ANNOUNCEMENT}http://{serving.HOST}:{server.server_port}")
    _report(loaded)
    _sign_ins()
    serving.serve(server, application)


def register_clients(redirect_uris: Sequence[str], client_jwks: str | None = None) -> None:
    """Register the demo app three times: with a secret, without one, and with keys of its own."""
    address, keys = _keys(redirect_uris, client_jwks)
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
            "jwks_uri": address,
            "jwks": keys,
        }
        Client.objects.update_or_create(client_id=client_id, defaults=registered)


def _keys(redirect_uris: Sequence[str], given: str | None) -> tuple[str, dict[str, Any]]:
    """Return where the app publishes its keys, and the keys themselves where a file was given."""
    if given and not given.startswith("http"):
        return "", json.loads(Path(given).read_text())
    parts = urlsplit(redirect_uris[0])
    return given or f"{parts.scheme}://{parts.netloc}{options.JWKS_PATH}", {}


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
