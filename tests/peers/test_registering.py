"""Registering by program (RFC 7591, RFC 7592) at real servers: oidc-provider, and Canaille."""

import pytest
from django.utils import timezone

from apps.plans import dynamic
from apps.plans.discovery import discover
from apps.plans.models import Plan
from apps.plans.registrations import Registration
from apps.plans.secrets import client_secret
from tests.length import is_on_postgresql
from tests.peers.registered import CANAILLE, OIDC
from tests.peers.running import Peers

KNOWN: dict[str, dict[str, list[str]]] = {OIDC: {}, CANAILLE: {"scopes": ["openid", "profile"]}}
"""Canaille refuses scopes that it does not know, and it knows nothing of health: others are written."""
METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
pytestmark = [
    pytest.mark.skipif(is_on_postgresql(), reason="how a plan asks and answers is no matter of the database"),
    pytest.mark.xdist_group("journey-peers"),
    pytest.mark.django_db,
]


def registered_at(peer: str, method: str, peers: Peers) -> Registration:
    """Return a registration that the server has just made, of a plan that it serves."""
    issuer, base = (peers.oidc, peers.oidc) if peer == OIDC else (peers.canaille, peers.records)
    row = Registration.objects.create(name=peer)
    plan = Plan.objects.create(
        slug=f"{peer}-{method}", name=peer, fhir_base_url=f"{base}/fhir/R4", issuer=issuer,
        registration=row, own_quirks={"token_auth": method, **KNOWN[peer]},
    )  # fmt: skip
    discover(plan, now=timezone.now())
    dynamic.register(row)
    row.refresh_from_db()
    assert row.client_id and row.management_uri.startswith(issuer)
    if method.startswith("client_secret"):
        assert client_secret(row)
    return row


@pytest.mark.parametrize("method", METHODS)
def test_a_certified_server_registers_changes_and_ends_our_client(method: str, peers: Peers) -> None:
    """Of a client that ended the server knows nothing any more."""
    row = registered_at(OIDC, method, peers)
    client_id, had_secret = row.client_id, client_secret(row)
    dynamic.update(row)
    row.refresh_from_db()
    assert (row.client_id, bool(client_secret(row))) == (client_id, bool(had_secret))
    before = Registration.objects.get(pk=row.pk)
    dynamic.end(row)
    row.refresh_from_db()
    assert (row.client_id, row.sealed_client_secret, row.sealed_management_token) == ("", None, None)
    with pytest.raises(dynamic.NotRegistered, match="does not take the token"):
        dynamic.update(before)


@pytest.mark.parametrize("method", METHODS)
def test_canaille_registers_our_client_and_breaks_when_it_is_changed(method: str, peers: Peers) -> None:
    """Its address for changes (0.3.6) answers 500 to everybody: that is said, and the client stays."""
    row = registered_at(CANAILLE, method, peers)
    client_id = row.client_id
    for act in (dynamic.update, dynamic.end):
        with pytest.raises(dynamic.NotRegistered, match="refused \\(500\\)"):
            act(row)
    row.refresh_from_db()
    assert row.client_id == client_id
