"""Devices whose answer has the right form and nothing usable in it."""

import hashlib
import json
import struct
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from fido2 import cbor
from fido2.cose import ES256

from apps.accounts.actions import sign_out
from apps.accounts.models import Member
from tests.accounts.made_passkeys import a_passkey, text

ADD = "/account/2fa/webauthn/add/"
PRESENT, PRESENT_WITH_KEY = 0x05, 0x45  # flags of the authenticator data (WebAuthn section 6.1)


def client_data(kind: str, client: Client, origin: str = "http://127.0.0.1:8000") -> bytes:
    """Return what the browser adds to the device's answer."""
    challenge = client.session["mfa.webauthn.state"]["challenge"]
    return json.dumps({"type": kind, "challenge": challenge, "origin": origin}).encode()


def device_data(flags: int, rest: bytes = b"", *, host: str = "127.0.0.1") -> bytes:
    """Return the authenticator data."""
    return hashlib.sha256(host.encode()).digest() + bytes([flags]) + struct.pack(">I", 0) + rest


def a_key(name: bytes) -> bytes:
    """Return a new key under a name, as it follows in the authenticator data."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    return bytes(16) + struct.pack(">H", len(name)) + name + cbor.encode(dict(key))


def add(client: Client, authenticator_data: bytes, **at: str) -> Any:
    """Post what a device made."""
    attested = cbor.encode({"fmt": "none", "attStmt": {}, "authData": authenticator_data})
    made = {
        "clientDataJSON": text(client_data("webauthn.create", client, **at)),
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


def test_a_key_under_the_name_of_another_passkey_is_not_added(adding: Client, alice: Member) -> None:
    """Which of the two is tried the database decides: the owner's own might fit no more."""
    owners = a_passkey(alice, "Telephone")
    named = owners.wrap().authenticator_data.credential_data.credential_id
    for name, is_added in ((named, False), (named + b"x", True)):
        adding.get(ADD)
        add(adding, device_data(PRESENT_WITH_KEY, a_key(name)))
        assert Authenticator.objects.filter(type="webauthn").count() == 1 + is_added


def test_s_07_a_passkey_of_a_session_that_is_ended_at_that_moment_opens_nothing(
    adding: Client, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever had the browser is out, and leaves no way in behind."""
    real = Authenticator.save

    def meanwhile(row: Authenticator, *how: Any, **more: Any) -> None:
        sign_out(member=alice)
        real(row, *how, **more)

    monkeypatch.setattr(Authenticator, "save", meanwhile)
    assert add(adding, device_data(PRESENT_WITH_KEY, a_key(b"k"))).status_code == 400
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    ("origin", "is_ours"),
    [
        ("https://site.example", True),
        ("https://elsewhere.site.example", False),
        ("https://site.example:8443", False),
        ("https://", False),
    ],
)
@pytest.mark.parametrize("act", ["create", "get"])
def test_w_15_a_passkey_is_for_pages_of_this_very_site(
    adding: Client, alice: Member, settings: Any, act: str, origin: str, *, is_ours: bool
) -> None:
    """Browsers make and use them on hosts below the site's, too, whoever runs those."""
    settings.SITE_URL, settings.IS_HTTPS = "https://site.example", True
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False
    adding.get(ADD)
    private = ec.generate_private_key(ec.SECP256R1())
    key = ES256.from_cryptography_key(private.public_key())
    attested = bytes(16) + struct.pack(">H", 1) + b"k" + cbor.encode(dict(key))
    made_at = {"origin": origin if act == "create" else "https://site.example"}
    add(adding, device_data(PRESENT_WITH_KEY, attested, host="site.example"), **made_at)
    if act == "create":
        assert Authenticator.objects.filter(type="webauthn").exists() is is_ours
        return
    client = Client()
    client.get("/account/2fa/webauthn/login/", headers={"accept": "application/json"})
    said, device = client_data("webauthn.get", client, origin), device_data(PRESENT, host="site.example")
    signed = private.sign(device + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
    answer = {
        "clientDataJSON": text(said),
        "authenticatorData": text(device),
        "signature": text(signed),
        "userHandle": text(str(alice.pk).encode()),
    }
    credential = {"id": "aw", "rawId": "aw", "type": "public-key", "response": answer}
    client.post("/account/2fa/webauthn/login/", {"credential": json.dumps(credential)})
    assert ("_auth_user_id" in client.session) is is_ours


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


@pytest.mark.django_db
def test_w_18_who_asks_for_passkeys_again_and_again_fills_no_table() -> None:
    """Each question is kept in a session of its own, for hours; others ask on."""
    cache.clear()
    place, as_script = "/account/2fa/webauthn/login/", {"accept": "application/json"}
    answers = [Client().get(place, headers=as_script) for _ in range(62)]
    assert [page.status_code for page in answers] == [200] * 60 + [429] * 2
    assert answers[-1]["Retry-After"]
    assert Session.objects.count() == 60
    assert Client(REMOTE_ADDR="203.0.113.9").get(place, headers=as_script).status_code == 200
