"""Registering an app by program (RFC 7591), and reading, changing and ending it (RFC 7592)."""

import hashlib
import hmac
import json
import secrets
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from apps.demo_payer.server.addresses import oauth_root, playing
from apps.demo_payer.server.models import Client, digest

SECRET_METHODS: Final = ("client_secret_basic", "client_secret_post")
LOOPBACK: Final = ("127.0.0.1", "localhost")


class Refused(Exception):
    """Metadata that cannot be registered, under a code of RFC 7591 section 3.2.2."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@csrf_exempt
@never_cache
@require_POST
@transaction.atomic
def register(request: HttpRequest) -> HttpResponse:
    """Make a client of what is sent; everybody may, as at the sandboxes of real payers."""
    try:
        told = _checked(request)
    except Refused as error:
        return JsonResponse({"error": error.code}, status=400)
    client = Client(client_id=f"dyn-{secrets.token_hex(8)}")
    secret = _put(client, told)
    return JsonResponse(_answer(request, client, told, secret), status=201)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "PUT", "DELETE"])
@transaction.atomic
def manage(request: HttpRequest, client_id: str) -> HttpResponse:
    """Read, change or end the client to which the token belongs."""
    client = Client.objects.filter(client_id=client_id).first()
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if client is None or not hmac.compare_digest(given, _token(client_id)):
        return JsonResponse({"error": "invalid_token"}, status=401)
    if request.method == "DELETE":
        client.delete()
        return HttpResponse(status=204)
    if request.method == "GET":
        return JsonResponse(_answer(request, client, _kept(client)))
    try:
        told = _checked(request)
        if told.get("client_id") != client_id or not _proves(client, told):
            raise Refused("invalid_client_metadata")
    except Refused as error:
        return JsonResponse({"error": error.code}, status=400)
    secret = _put(client, told)
    return JsonResponse(_answer(request, client, told, secret))


def _checked(request: HttpRequest) -> dict[str, Any]:
    """Return what was sent, where this payer could serve it."""
    try:
        told = json.loads(request.body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Refused("invalid_client_metadata")
    uris = told.get("redirect_uris")
    if not (isinstance(uris, list) and uris and all(isinstance(uri, str) and _is_safe(uri) for uri in uris)):
        raise Refused("invalid_redirect_uri")
    method = told.get("token_endpoint_auth_method", SECRET_METHODS[0])
    if method not in {*playing(request).token_auth, "private_key_jwt"}:
        raise Refused("invalid_client_metadata")
    if method == "private_key_jwt" and not (told.get("jwks_uri") or told.get("jwks")):
        raise Refused("invalid_client_metadata")
    return {**told, "token_endpoint_auth_method": method}


def _is_safe(uri: str) -> bool:
    parts = urlsplit(uri)
    return not parts.fragment and (parts.scheme == "https" or parts.hostname in LOOPBACK)


def _proves(client: Client, told: dict[str, Any]) -> bool:
    """A change of a client with a secret repeats it (RFC 7592 section 2.2 lets a server ask for that)."""
    return not client.secret_digest or client.check_client_secret(str(told.get("client_secret", "")))


def _put(client: Client, told: dict[str, Any]) -> str:
    """Save the client; return a new secret where it needs one and has none, else ""."""
    method = told["token_endpoint_auth_method"]
    needs_secret = method in SECRET_METHODS
    secret = secrets.token_urlsafe(32) if needs_secret and not client.secret_digest else ""
    client.name = str(told.get("client_name", client.client_id))[:100]
    client.redirect_uris, client.auth_methods = told["redirect_uris"], [method]
    client.jwks_uri, client.jwks = str(told.get("jwks_uri", "")), told.get("jwks") or {}
    client.secret_digest = digest(secret) if secret else client.secret_digest if needs_secret else ""
    client.save()
    return secret


def _kept(client: Client) -> dict[str, Any]:
    return {
        "client_name": client.name,
        "redirect_uris": client.redirect_uris,
        "token_endpoint_auth_method": client.auth_methods[0],
    }


def _answer(request: HttpRequest, client: Client, told: dict[str, Any], secret: str = "") -> dict[str, Any]:
    where = f"{oauth_root(request)}/{playing(request).paths.register}/{client.client_id}"
    given = {"client_secret": secret, "client_secret_expires_at": 0} if secret else {}
    management = {"registration_access_token": _token(client.client_id), "registration_client_uri": where}
    kept = {name: value for name, value in told.items() if name != "client_secret"}
    return {**kept, "client_id": client.client_id, **given, **management}


def _token(client_id: str) -> str:
    """The token that opens a client's own address: made from its id, so none has to be kept."""
    return hmac.new(
        settings.SECRET_KEY.encode(), f"registration {client_id}".encode(), hashlib.sha256
    ).hexdigest()
