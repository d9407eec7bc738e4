"""The site connects at each main personality that lets it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import client_keys
from apps.connections.access import Access
from apps.demo_payer.demo_process import Running
from apps.demo_payer.personalities import MAIN
from tests.connections.conftest import come_back, leave
from tests.connections.test_demo_payer import sign_in, someone

GOOD = [
    personality.name
    for personality in MAIN
    if personality.patients == 1 and not personality.faults and not personality.denies_after_sign_in
]


@pytest.mark.parametrize("name", GOOD)
def test_a_member_connects_and_reads(
    *, name: str, alice_client: Client, alice: Member, demo_plan_of: Callable[[str], Any], demo_payer: Running
) -> None:
    """With the row the demo ships: its profile, its quirks, its way of discovery; it knows our keys."""
    client_keys.signing_key(alg="RS384", now=timezone.now())
    demo_payer.control(name, client_jwks=client_keys.jwks(now=timezone.now()))
    page = come_back(alice_client, sign_in(leave(alice_client, demo_plan_of(name)), someone(), "Allow"))
    assert page.status_code == 303, page.content.decode()
    access = Access(alice.connections.get(), clock=timezone.now)
    assert access.ask(f"Patient/{access.patient_id}").status == 200
