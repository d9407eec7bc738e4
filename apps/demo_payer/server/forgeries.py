"""Ways to make an id token, the good one among them: each spoils one thing of a good draft.

The names are the values of `Personality.id_token`.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc import jwt
from joserfc.jwk import RSAKey

from apps.demo_payer.server import keys

_SMALL = 1536  # bits: with a larger key the header alone is too long for some readers
DAY = 24 * 3600
ELSEWHERE = "https://attacker.example"


@dataclass
class Draft:
    """An id token about to be signed RS256 with `key`."""

    header: dict[str, Any]
    claims: dict[str, Any]
    key: RSAKey


def written(draft: Draft, how: str) -> str:
    """Return the compact serialization (RFC 7515 section 7.1) of the draft, made `how`."""
    if how in _CLAIMS:
        _CLAIMS[how](draft.claims)
    return _SIGNATURES.get(how, signed)(draft)


def signed(draft: Draft) -> str:
    """Sign as it should be."""
    return str(jwt.encode(draft.header, draft.claims, draft.key, algorithms=["RS256"]))


def _without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda claims: claims.pop(name, None)


def _with(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda claims: claims.update(changes)


def _later(seconds: int, *names: str) -> Callable[[dict[str, Any]], None]:
    return lambda claims: claims.update({name: claims[name] + seconds for name in names})


def _two_audiences(claims: dict[str, Any]) -> None:
    claims["aud"] = [claims["aud"], "another-app"]


def _one_audience(claims: dict[str, Any]) -> None:
    claims["aud"] = [claims["aud"]]


def _no_kid(draft: Draft) -> str:
    del draft.header["kid"]
    return signed(draft)


def _broken(draft: Draft) -> str:
    """Change one bit in the middle of the signature."""
    head, payload, signature = signed(draft).split(".")
    raw = bytearray(_decoded(signature))
    raw[len(raw) // 2] ^= 1
    return f"{head}.{payload}.{_encoded(bytes(raw))}"


def _other_key(draft: Draft) -> str:
    """Sign with a key nobody published, under the published one's name."""
    draft.key = keys.fresh()
    return signed(draft)


def _own_key_inside(draft: Draft) -> str:
    """Sign with a new key and send it along, hoping it is trusted (CVE-2026-27962)."""
    draft.key = RSAKey.generate_key(_SMALL)
    whole = draft.key.as_dict(private=False)
    header = draft.header | {"jwk": {name: whole[name] for name in ("kty", "n", "e")}}
    return _by_hand(header, draft.claims, lambda text: _rs256(draft, text))


def _not_signed(draft: Draft) -> str:
    return _by_hand({"alg": "none", "typ": "JWT"}, draft.claims, lambda _: b"")


def _with_public_key(draft: Draft) -> str:
    """Sign HS256 with the published key's PEM text as the secret."""
    secret = draft.key.as_pem(private=False)
    header = draft.header | {"alg": "HS256"}
    return _by_hand(header, draft.claims, lambda text: hmac.digest(secret, text, hashlib.sha256))


def _critical(draft: Draft) -> str:
    header = draft.header | {"crit": ["harborlight"], "harborlight": True}
    return _by_hand(header, draft.claims, lambda text: _rs256(draft, text))


def _rs256(draft: Draft, text: bytes) -> bytes:
    signature: bytes = draft.key.private_key.sign(text, padding.PKCS1v15(), hashes.SHA256())  # type: ignore[union-attr]
    return signature


def _by_hand(header: dict[str, Any], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    text = f"{_compact(header)}.{_compact(claims)}"
    return f"{text}.{_encoded(sign(text.encode()))}"


def _compact(said: dict[str, Any]) -> str:
    return _encoded(json.dumps(said, separators=(",", ":")).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


_CLAIMS: dict[str, Callable[[dict[str, Any]], None]] = {
    "iss": _with(iss=ELSEWHERE),
    "no-iss": _without("iss"),
    "sub": _without("sub"),
    "other-sub": _with(sub="somebody-else"),
    "aud": _with(aud="another-app"),
    "no-aud": _without("aud"),
    "aud-list": _two_audiences,
    "aud-one": _one_audience,
    "azp": _with(azp="another-app"),
    "nonce": _with(nonce="the-nonce-of-another-request"),
    "no-nonce": _without("nonce"),
    "iat": _without("iat"),
    "future": _later(DAY, "iat", "exp"),
    "exp": _later(-2 * 3600, "iat", "exp"),
    "no-exp": _without("exp"),
    "at-hash": _with(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
}
_SIGNATURES: dict[str, Callable[[Draft], str]] = {
    "no-kid": _no_kid,
    "sig": _broken,
    "other-key": _other_key,
    "jwk": _own_key_inside,
    "alg-none": _not_signed,
    "hs256": _with_public_key,
    "crit": _critical,
    "garbage": lambda _: "not.a-token",
}
WAYS = frozenset({"good", *_CLAIMS, *_SIGNATURES})
