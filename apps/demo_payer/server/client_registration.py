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
        metadata = _checked(request)
    except Refused as error:
        return JsonResponse({"error": error.code}, status=400)
    client = Client(client_id=f"dyn-{secrets.token_hex(8)}")
    secret = _put(client, metadata)
    return JsonResponse(_answer(request, client, metadata, secret), status=201)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "PUT", "DELETE"])
@transaction.atomic
def manage(request: HttpRequest, client_id: str) -> HttpResponse:
    """Read, change or end the client to which the token belongs."""
    client = Client.objects.filter(client_id=client_id).first()
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if client is None or not hmac.compare_digest(token, _token(client_id)):
        return JsonResponse({"error": "invalid_token"}, status=401)
    if request.method == "DELETE":
        client.delete()
        return HttpResponse(status=204)
    if request.method == "GET":
        return JsonResponse(_answer(request, client, _kept(client)))
    try:
        metadata = _checked(request)
        if metadata.get("client_id") != client_id or not _proves(client, metadata):
            raise Refused("invalid_client_metadata")
    except Refused as error:
        return JsonResponse({"error": error.code}, status=400)
    secret = _put(client, metadata)
    return JsonResponse(_answer(request, client, metadata, secret))


def _checked(request: HttpRequest) -> dict[str, Any]:
    """Return what was sent, where this payer could serve it."""
    try:
        metadata = json.loads(request.body)
    except ValueError:
        metadata = None
    if not isinstance(metadata, dict):
        raise Refused("invalid_client_metadata")
    uris = metadata.get("redirect_uris")
    if not (isinstance(uris, list) and uris and all(isinstance(uri, str) and _is_safe(uri) for uri in uris)):
        raise Refused("invalid_redirect_uri")
    method = metadata.get("token_endpoint_auth_method", SECRET_METHODS[0])
    if method not in {*playing(request).token_auth, "private_key_jwt"}:
        raise Refused("invalid_client_metadata")
    if method == "private_key_jwt" and not (metadata.get("jwks_uri") or metadata.get("jwks")):
        raise Refused("invalid_client_metadata")
    return {**metadata, "token_endpoint_auth_method": method}


def _is_safe(uri: str) -> bool:
    parts = urlsplit(uri)
    return not parts.fragment and (parts.scheme == "https" or parts.hostname in LOOPBACK)


def _proves(client: Client, metadata: dict[str, Any]) -> bool:
    """A change of a client with a secret repeats it (RFC 7592 section 2.2 lets a server ask for that)."""
    return not client.secret_digest or client.check_client_secret(str(metadata.get("client_secret", "")))


def _put(client: Client, metadata: dict[str, Any]) -> str:
    """Save the client; return a new secret where it needs one and has none, else ""."""
    method = metadata["token_endpoint_auth_method"]
    needs_secret = method in SECRET_METHODS
    secret = secrets.token_urlsafe(32) if needs_secret and not client.secret_digest else ""
    client.name = str(metadata.get("client_name", client.client_id))[:100]
    client.redirect_uris, client.auth_methods = metadata["redirect_uris"], [method]
    client.jwks_uri, client.jwks = str(metadata.get("jwks_uri", "")), metadata.get("jwks") or {}
    client.secret_digest = digest(secret) if secret else client.secret_digest if needs_secret else ""
    client.save()
    return secret


def _kept(client: Client) -> dict[str, Any]:
    return {
        "client_name": client.name,
        "redirect_uris": client.redirect_uris,
        "token_endpoint_auth_method": client.auth_methods[0],
    }


def _answer(
    request: HttpRequest, client: Client, metadata: dict[str, Any], secret: str = ""
) -> dict[str, Any]:
    where = f"{oauth_root(request)}/{playing(request).paths.register}/{client.client_id}"
    secret_values = {"client_secret": secret, "client_secret_expires_at": 0} if secret else {}
    management = {"registration_access_token": _token(client.client_id), "registration_client_uri": where}
    kept = {name: value for name, value in metadata.items() if name != "client_secret"}
    return {**kept, "client_id": client.client_id, **secret_values, **management}


def _token(client_id: str) -> str:
    """The token that opens a client's own address: made from its id, so none has to be kept."""
    return hmac.new(
        settings.SECRET_KEY.encode(), f"registration {client_id}".encode(), hashlib.sha256
    ).hexdigest()
