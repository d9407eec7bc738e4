"""A passkey as a device would have made it, without a device."""

import base64
import hashlib
import json
import struct

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256

from apps.accounts.models import Member

PRESENT_WITH_KEY = 0b0100_0101
"""Flags of the authenticator data (WebAuthn section 6.1): present, checked, and a key follows."""


def a_passkey(member: Member, name: str) -> Authenticator:
    """Return a passkey of *member*; its private key is thrown away."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    owner = hashlib.sha256(b"127.0.0.1").digest() + bytes([PRESENT_WITH_KEY]) + struct.pack(">I", 0)
    authenticator_data = owner + bytes(16) + struct.pack(">H", 1) + b"\0" + cbor.encode(dict(key))
    made = {
        "clientDataJSON": text(
            json.dumps({"type": "webauthn.create", "challenge": "", "origin": ""}).encode()
        ),
        "attestationObject": text(
            cbor.encode({"fmt": "none", "attStmt": {}, "authData": authenticator_data})
        ),
    }
    credential = {"id": "AA", "rawId": "AA", "type": "public-key", "response": made}
    return Authenticator.objects.create(
        user=member,
        type=Authenticator.Type.WEBAUTHN,
        data={"name": name, "passwordless": True, "credential": {**credential, "clientExtensionResults": {}}},
    )


def text(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
