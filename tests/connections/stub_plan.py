"""A small, strict plan on loopback: single-use codes, rotating refresh tokens, and bad answers on request."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests import wire

CLIENT_ID, CLIENT_SECRET = "plain:claim", "s3cr%t+:& x"


class BackTo(dict[str, str]):
    """The parameters of a redirect back to us, and the path it leads to."""

    def __init__(self, parameters: dict[str, str], *, path: str) -> None:
        super().__init__(parameters)
        self.path = path


Reply = tuple[int, str, bytes] | tuple[int, str, bytes, dict[str, str]]
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


def as_json(body: object, status: int = 200) -> Reply:
    """Return a JSON answer."""
    return status, "application/json", json.dumps(body).encode()


@dataclass
class Asked:
    """One request the stub received."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: Mapping[str, str]


@dataclass
class StubPlan:
    """What the plan does; tests change the fields. `override` maps a path to an answer or its maker."""

    origin: str
    asked: list[Asked] = field(default_factory=list)
    override: dict[str, Reply | Callable[[], Reply]] = field(default_factory=dict)
    configuration: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)  # added to (None: left out of) every token answer
    claims: dict[str, Any] = field(default_factory=dict)  # added to (None: left out of) every id_token
    patients: dict[str, str] = field(default_factory=lambda: {"p-1": "Rosa Quill"})
    key: Any = field(default_factory=lambda: KEY)
    header: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refresh_tokens: set[str] = field(default_factory=set)
    access_tokens: set[str] = field(default_factory=set)
    strict: bool = False  # spent tokens are dead at once, and a second use ends the whole permission
    reused: int = 0
    refreshed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def sign_in(self, authorize_url: str) -> dict[str, str]:
        """Play the member who says yes: return the parameters of the redirect back."""
        asked = dict(parse_qsl(urlsplit(authorize_url).query))
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return BackTo({"code": code, "state": asked["state"]}, path=urlsplit(asked["redirect_uri"]).path)

    def requests_to(self, path: str) -> list[Asked]:
        """Return what was asked of one path, in order."""
        return [asked for asked in self.asked if asked.path == path]

    def people_asked_for(self) -> list[Asked]:
        """Return what was read of people until a permission was given back, whose end is then tried once."""
        alive = takewhile(lambda asked: asked.path != "/revoke", self.asked)
        return [asked for asked in alive if asked.path.startswith("/fhir/Patient")]

    def reply(self, asked: Asked) -> Reply:
        """Answer one request."""
        self.asked.append(asked)
        own = self.override.get(asked.path)
        if own is not None:
            return own() if callable(own) else own
        kinds = {
            "/fhir/.well-known/smart-configuration": lambda _: as_json(self._configuration()),
            "/.well-known/openid-configuration": lambda _: as_json(self._configuration()),
            "/jwks": lambda _: as_json({"keys": [self.key.as_dict(private=False)]}),
            "/token": self._token,
            "/revoke": self._revoke,
        }
        answer = kinds.get(asked.path, self._fhir if asked.path.startswith("/fhir/") else _not_here)
        with self.lock:
            return answer(asked)

    def _configuration(self) -> dict[str, Any]:
        return {
            "authorization_endpoint": f"{self.origin}/authorize?tenant=7",
            "token_endpoint": f"{self.origin}/token",
            "revocation_endpoint": f"{self.origin}/revoke",
            "issuer": self.origin,
            "jwks_uri": f"{self.origin}/jwks",
            "code_challenge_methods_supported": ["S256"],
            **self.configuration,
        }

    def _revoke(self, asked: Asked) -> Reply:
        self.refresh_tokens.discard(asked.form["token"])
        self.access_tokens.discard(asked.form["token"])
        return as_json({})

    def _token(self, asked: Asked) -> Reply:
        form = asked.form
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] not in self.refresh_tokens:
                self.reused += 1
                if self.strict:
                    self.refresh_tokens.clear()
                    self.access_tokens.clear()
                return as_json({"error": "invalid_grant"}, 400)
            self.refresh_tokens.discard(form["refresh_token"])
            self.refreshed += 1
            if self.strict:
                self.access_tokens.clear()
            return as_json(self._tokens({}))
        begun = self.codes.pop(form["code"], None)
        if begun is None or form["redirect_uri"] != begun["redirect_uri"]:
            return as_json({"error": "invalid_grant"}, 400)
        if "code_challenge" in begun and _challenge(form["code_verifier"]) != begun["code_challenge"]:
            return as_json({"error": "invalid_grant"}, 400)
        return as_json(self._tokens(begun))

    def _tokens(self, begun: dict[str, str]) -> dict[str, Any]:
        access, refresh = f"at-{secrets.token_urlsafe(24)}", f"rt-{secrets.token_urlsafe(24)}"
        self.access_tokens.add(access)
        answer = {
            "access_token": access,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": begun.get("scope"),
            "patient": "p-1",
            "id_token": self.id_token(begun, access) if "nonce" in begun else None,
            **self.answer,
        }
        if answer["refresh_token"]:
            self.refresh_tokens.add(answer["refresh_token"])
        return {name: value for name, value in answer.items() if value is not None}

    def id_token(self, begun: dict[str, str], access: str) -> str:
        """Sign an id_token, with the wished-for mistakes."""
        now = int(time.time())
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims = {
            "iss": self.origin,
            "sub": "member-1",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": begun.get("nonce"),
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
            **self.claims,
        }
        header = {"alg": "RS256", "kid": "one", **self.header}
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(header, kept, self.key, algorithms=[header["alg"]])

    def _fhir(self, asked: Asked) -> Reply:
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.access_tokens:
            return as_json({"resourceType": "OperationOutcome"}, 401)
        people = [
            {"resourceType": "Patient", "id": key, "name": [{"text": name}]}
            for key, name in self.patients.items()
        ]
        if asked.path == "/fhir/Patient":
            return as_json({"resourceType": "Bundle", "entry": [{"resource": person} for person in people]})
        for person in people:
            if asked.path == f"/fhir/Patient/{person['id']}":
                return as_json(person)
        return as_json({"resourceType": "Bundle"})


def _not_here(_: Asked) -> Reply:
    return 404, "text/html", b"<html>no</html>"


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@contextmanager
def running() -> Iterator[StubPlan]:
    """Run a stub until the block ends."""

    stub = StubPlan(origin="")

    def answered(method: str, target: str, headers: Mapping[str, str], body: bytes) -> wire.Reply:
        url = urlsplit(target)
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        status, kind, text, *more = stub.reply(
            Asked(method, url.path, dict(parse_qsl(url.query)), form, headers)
        )
        leads = {"Location": text.decode()} if 300 <= status < 400 else {}
        return wire.Reply(text, status, {"Content-Type": kind, **(more[0] if more else {}), **leads})

    with wire.serving(answered) as stub.origin:
        yield stub
