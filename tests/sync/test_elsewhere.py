"""D-13: neither the session nor the cache remembers anything about a member's health."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import CacheEntry, Member
from apps.connections.models import Connection
from apps.connections.tokens import open_tokens
from apps.sync import actions
from apps.vault.boxes import box_for

pytestmark = pytest.mark.django_db(transaction=True)


def texts(value: Any, key: str = "") -> Iterator[str]:
    """Every text in a record that says something: names, displays, identifiers, amounts."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from texts(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part, key)
    elif key in {"family", "given", "text", "display", "value", "id", "reference", "birthDate", "line"}:
        yield str(value)


def canaries(connection: Connection) -> set[str]:
    """What the plan shared about the member, and the tokens, as texts long enough to mean something."""
    box = box_for(connection.member)
    secrets = {open_tokens(connection, box).access_token}
    for row in connection.records.all():
        secrets |= set(texts(json.loads(box.open(row, "sealed_body"))))
    return {secret for secret in secrets if len(secret) >= 5}


def remembered() -> str:
    """All that sessions and the cache hold, decoded."""
    sessions = [str(session.get_decoded()) for session in Session.objects.all()]
    entries = [f"{entry.key} {entry.value}" for entry in CacheEntry.objects.all()]
    return "\n".join(sessions + entries)


def test_after_a_members_whole_visit_sessions_and_cache_know_nothing_of_it(
    shared_cache: None,
    connected: Callable[..., Connection],
    demo_payer: Any,
    alice: Member,
    alice_client: Client,
) -> None:
    connection = connected(demo_payer, "juniper")
    actions.start_first(connection=connection, now=timezone.now())
    call_command("sync_worker", once=True)
    claim = connection.records.filter(fhir_type="ExplanationOfBenefit")[0]
    secrets = canaries(connection)
    assert len(secrets) > 100
    pages = ["/home/", "/claims/", "/coverage/", connection.get_absolute_url()]
    pages += [reverse("claims:claim", args=[claim.pk])]
    pages += [reverse("sync:people", args=[connection.pk]), connection.runs.get().get_absolute_url()]
    for page in pages:
        assert alice_client.get(page, follow=True).status_code == 200, page
    alice_client.post(reverse("sync:again", args=[connection.pk]), follow=True)
    alice_client.post(reverse("claims:search"), {"text": next(iter(secrets))}, follow=True)
    Client().post("/account/sign-in/", {"login": alice.email, "password": "wrong"}, follow=True)
    kept = remembered()
    assert kept
    assert not [secret for secret in secrets if secret in kept]


def test_the_scan_would_notice(shared_cache: None, alice_client: Client) -> None:
    cache.set("claims of alice", ["Riverside Clinic"], 60)
    session = alice_client.session
    session["last"] = "Acute sinusitis"
    session.save()
    assert "Riverside Clinic" in remembered()
    assert "Acute sinusitis" in remembered()
