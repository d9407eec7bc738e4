"""The keys id tokens are signed with: the one in the payer's folder, or new ones."""

from joserfc.jwk import RSAKey

from apps.demo_payer.personalities import Personality, named
from apps.demo_payer.server import memory, place

_PUBLISHED = 2


def published(personality: Personality) -> list[RSAKey]:
    """Return what the JWKS holds, the signing key last."""
    kept = memory.of(personality.name)
    with kept.lock:
        missing = personality.key_count - 1 - len(kept.keys)
        kept.keys.extend(fresh() for _ in range(missing))
        return [place.signing_key(), *kept.keys][-max(personality.key_count, _PUBLISHED) :]


def signing(personality: Personality) -> RSAKey:
    """Return the key for the next id token."""
    if personality.rotates_keys:
        rotate(personality.name)
    return published(personality)[-1]


def rotate(name: str) -> None:
    """Make a new key for this personality; older ones are published no more."""
    personality, kept = named(name), memory.of(name)
    with kept.lock:
        kept.keys.append(fresh())
        del kept.keys[: -max(personality.key_count, _PUBLISHED)]


def fresh() -> RSAKey:
    """Return a new RSA key with its RFC 7638 thumbprint as `kid`."""
    pem = RSAKey.generate_key(2048).as_pem(private=True)
    bare = RSAKey.import_key(pem)
    return RSAKey.import_key(pem, {"kid": bare.thumbprint(), "use": "sig", "alg": "RS256"})
