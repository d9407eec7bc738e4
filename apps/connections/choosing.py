"""When a plan names several people: its answer waits, sealed, until the member picks one."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from apps.connections.errors import AnswerExpired, AnswerForeign, AnswerIncomplete
from apps.connections.handshakes import LIFETIME, box_of, is_bound
from apps.connections.models import Handshake
from apps.connections.people import Person
from apps.connections.tokens import Tokens
from apps.vault.errors import VaultError


def ask(handshake: Handshake, tokens: Tokens, found: list[Person], *, now: datetime) -> None:
    """Keep the plan's answer with the handshake for ten more minutes."""
    answer = {"tokens": tokens.to_bytes().decode(), "people": [asdict(person) for person in found]}
    handshake.sealed_answer = box_of(handshake).seal(handshake, "sealed_answer", json.dumps(answer).encode())
    handshake.expires_at = now + LIFETIME
    handshake.save(update_fields=["sealed_answer", "expires_at"])


def people_of(handshake: Handshake, *, binding: str, now: datetime) -> list[Person]:
    """Whom the member may choose from. Raises AnswerForeign or AnswerExpired, with the plan."""
    try:
        return [Person(**person) for person in _open(handshake, binding=binding, now=now)["people"]]
    except (AnswerForeign, AnswerExpired) as error:
        error.plan = handshake.plan
        raise


def take(handshake: Handshake, *, person_id: str, binding: str, now: datetime) -> tuple[Tokens, Person]:
    """The tokens and the chosen person; the waiting answer is gone after. Call it inside a transaction.

    Raises AnswerForeign, AnswerExpired (also when taken already), AnswerIncomplete (nobody of the list).
    """
    answer = _open(handshake, binding=binding, now=now)
    person = next((Person(**one) for one in answer["people"] if one["id"] == person_id), None)
    if person is None:
        raise AnswerIncomplete("nobody of the list was chosen")
    waiting = Handshake.objects.filter(pk=handshake.pk).exclude(sealed_answer=b"")
    if not waiting.update(sealed_answer=b""):
        raise AnswerExpired("taken already")
    return Tokens.from_bytes(answer["tokens"].encode()), person


def abandoned(*, now: datetime) -> Iterator[tuple[Handshake, Tokens]]:
    """Yield the answers nobody chose from in time, once each; they are gone from the table by then."""
    left = Handshake.objects.over(before=now).exclude(sealed_answer=b"").select_related("plan", "member")
    for handshake in left:
        try:
            answer = json.loads(box_of(handshake).open(handshake, "sealed_answer"))
        except VaultError:
            answer = None
        waiting = Handshake.objects.filter(pk=handshake.pk).exclude(sealed_answer=b"")
        if waiting.update(sealed_answer=b"") and answer:
            yield handshake, Tokens.from_bytes(answer["tokens"].encode())


def waiting_tokens(handshake: Handshake) -> Tokens | None:
    """The tokens that wait with the handshake for a choice; None when there are none or they do not open."""
    if not handshake.sealed_answer:
        return None
    try:
        answer = json.loads(box_of(handshake).open(handshake, "sealed_answer"))
    except VaultError:
        return None
    return Tokens.from_bytes(answer["tokens"].encode())


def _open(handshake: Handshake, *, binding: str, now: datetime) -> dict[str, Any]:
    if not is_bound(handshake, binding):
        raise AnswerForeign
    if not handshake.sealed_answer or handshake.expires_at <= now:
        raise AnswerExpired
    answer: dict[str, Any] = json.loads(box_of(handshake).open(handshake, "sealed_answer"))
    return answer
