"""Devices whose answer has the right form and nothing usable in it."""

import hashlib
import json
import struct
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client
from fido2 import cbor

from apps.accounts.models import Member
from tests.accounts.made_passkeys import text

ADD = "/account/2fa/webauthn/add/"
PRESENT, PRESENT_WITH_KEY = 0x05, 0x45  # flags of the authenticator data (WebAuthn section 6.1)


def client_data(kind: str, client: Client) -> bytes:
    """Return what the browser adds to the device's answer."""
    challenge = client.session["mfa.webauthn.state"]["challenge"]
    return json.dumps({"type": kind, "challenge": challenge, "origin": "http://127.0.0.1:8000"}).encode()


def device_data(flags: int, rest: bytes = b"") -> bytes:
    """Return the authenticator data."""
    return hashlib.sha256(b"127.0.0.1").digest() + bytes([flags]) + struct.pack(">I", 0) + rest


def add(client: Client, authenticator_data: bytes) -> Any:
    """Post what a device made."""
    attested = cbor.encode({"fmt": "none", "attStmt": {}, "authData": authenticator_data})
    made = {
        "clientDataJSON": text(client_data("webauthn.create", client)),
        "attestationObject": text(attested),
    }
    credential = {
        "id": "AA",
        "rawId": "AA",
        "type": "public-key",
        "response": made,
        "clientExtensionResults": {},
    }
    return client.post(ADD, {"name": "x", "credential": json.dumps(credential)})


@pytest.fixture
def adding(alice: Member) -> Client:
    """Return Alice's browser on the page that makes a passkey."""
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    client = Client(raise_request_exception=False)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    client.post("/account/reauthenticate/", {"password": "a long password of alice"})
    assert client.get(ADD).status_code == 200
    return client


def test_a_device_that_attests_no_key_adds_no_passkey(adding: Client) -> None:
    assert add(adding, device_data(PRESENT)).status_code == 200
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    "key",
    [
        {1: 2, 3: -999},
        {1: 2, 3: -7},
        {1: 2, 3: -7, -1: 9, -2: b"x", -3: b"y"},
        {1: 3, 3: -257, -1: b"", -2: b""},
        {1: 3, 3: -257, -1: "x", -2: 5},
        {1: 1, 3: -8, -1: 6, -2: b"x"},
        {1: 7, 3: -49, -1: b"x"},
        {3: "x"},
        {3: [1]},
    ],
    ids=str,
)
def test_a_key_nobody_can_check_is_not_added(adding: Client, key: dict[int, Any]) -> None:
    """It would be asked for on every sign-in, and never fit: its owner would be locked out."""
    page = add(
        adding, device_data(PRESENT_WITH_KEY, bytes(16) + struct.pack(">H", 1) + b"\0" + cbor.encode(key))
    )
    assert page.status_code == 200
    assert not Authenticator.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "handle", ["AA", text(b"x" * 5000), text(b"\0"), 5, [], {}, None, text(b"{")], ids=repr
)
def test_an_odd_owner_of_a_passkey_signs_nobody_in(handle: object) -> None:
    client = Client(raise_request_exception=False)
    client.get("/account/2fa/webauthn/login/", headers={"accept": "application/json"})
    answer = {
        "clientDataJSON": text(client_data("webauthn.get", client)),
        "authenticatorData": text(device_data(PRESENT)),
        "signature": "AA",
        "userHandle": handle,
    }
    credential = {
        "id": "AA",
        "rawId": "AA",
        "type": "public-key",
        "response": answer,
        "clientExtensionResults": {},
    }
    page = client.post("/account/2fa/webauthn/login/", {"credential": json.dumps(credential)})
    assert page.status_code < 500
    assert "_auth_user_id" not in client.session
