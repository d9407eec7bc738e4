"""Where the operators' door leads, and what grows there out of a phished password (S-01)."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Member
from tests.accounts.made_passkeys import a_passkey
from tests.conftest import by_passkey, signed_in

PASSWORD = "a long password of olga"
SITE = "http://localhost:8000"


@pytest.fixture
def olga(db: None, settings: Any) -> Member:
    """Return an operator with every right, on a site with a name."""
    settings.SITE_URL, settings.ALLOWED_HOSTS = SITE, ["127.0.0.1", "testserver"]
    return Member.objects.create_superuser("olga@example.com", PASSWORD)


@pytest.mark.parametrize("wanted", ["@evil.example/", ".evil.example/", "//evil.example/", "nowhere"])
def test_o_37_the_door_leads_to_no_other_site(olga: Member, wanted: str) -> None:
    """O-37: neither by its link nor by itself, and what is no address of ours is no error."""
    client = Client(headers={"host": "127.0.0.1:8000"})
    client.force_login(olga, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/admin/login/?next={wanted}")
    assert f'href="{SITE}/admin/"' in page.content.decode()
    a_passkey(olga, "key")
    assert by_passkey(olga).get(f"/admin/login/?next={wanted}")["Location"] == "/admin/"


def test_w_15_a_session_without_the_passkey_makes_no_new_codes_on_paper(olga: Member) -> None:
    """Else a phished password and one code on paper grow into ten."""
    a_passkey(olga, "key")
    papers = RecoveryCodes.activate(olga).instance.data
    client = signed_in(olga)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    answer = client.post(reverse("mfa_generate_recovery_codes"))
    assert answer["Location"].startswith("/account/2fa/webauthn/reauthenticate/")
    assert Authenticator.objects.get(user=olga, type="recovery_codes").data == papers
