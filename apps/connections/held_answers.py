"""The plan's answer waits, sealed, until it is a connection: tokens that nobody holds would live on there.

That is a moment, unless only the member can say whose records are meant: when a plan names several people,
and when a renewal comes back with somebody else (O-29). What waits too long is given back to the plan.
"""

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import Member
from apps.connections.errors import AnswerExpired, AnswerForeign, AnswerIncomplete, AnswerUsed
from apps.connections.handshakes import LIFETIME, about, box_of, is_bound, opening, still_there
from apps.connections.models import Handshake
from apps.connections.people import Person, person_of
from apps.connections.tokens import Tokens
from apps.vault.boxes import box_for
from apps.vault.errors import KeyUnavailable, SealBroken

log = logging.getLogger("plainclaim.connections")


@dataclass(frozen=True)
class Question:
    """What the member is asked: whose records of `people` are meant.

    `renewed` is the person of the connection they wanted to renew, None on a first connect. With
    `other_sign_in` it is that very person, reached through another account at the plan than last time.
    """

    people: tuple[Person, ...]
    renewed: Person | None
    other_sign_in: bool


def hold(handshake: Handshake, tokens: Tokens, *, now: datetime) -> None:
    """Keep the plan's answer with the handshake for ten more minutes, until it is known whose it is.

    Call it with fresh tokens before anything else: whoever dies from here on leaves them to `abandoned`.
    Raises what `still_there` does.
    """
    with transaction.atomic(), opening():
        still_there(handshake)
        _seal(handshake, tokens, (), now=now)


def hand_over(handshake: Handshake, member: Member) -> None:
    """Make the trip that member's own, with what waits in it. Inside a transaction; raises what `still_there`
    does."""
    still_there(handshake)
    waiting = box_of(handshake).open(handshake, "sealed_answer") if handshake.sealed_answer else b""
    handshake.member, handshake.purpose = member, Handshake.Purpose.CONNECT
    handshake.sealed_answer = box_of(handshake).seal(handshake, "sealed_answer", waiting) if waiting else b""
    handshake.save(update_fields=["member", "purpose", "sealed_answer"])


def ask(handshake: Handshake, tokens: Tokens, people: list[Person], *, now: datetime) -> None:
    """Keep what was held until the member has chosen, for ten more minutes. Raises what `let_go` does."""
    with transaction.atomic(), opening():
        let_go(handshake)
        _seal(handshake, tokens, people, now=now)


def question_of(handshake: Handshake, *, binding: str, now: datetime) -> Question:
    """What to ask the member. Raises AnswerForeign, AnswerUsed or AnswerExpired, with the plan."""
    answer = _open(handshake, binding=binding, now=now)
    people = tuple(Person(**person) for person in answer["people"])
    if handshake.connection is None:
        return Question(people, None, False)
    with opening():
        renewed = person_of(handshake.connection, box_for(handshake.connection.member))
    return Question(people, renewed, renewed.id in [person.id for person in people])


def take(handshake: Handshake, *, person_id: str, binding: str, now: datetime) -> tuple[Tokens, Person]:
    """The tokens and the chosen person; the waiting answer is gone after. Call it inside a transaction.

    Raises AnswerForeign, AnswerExpired, AnswerUsed (taken already), AnswerIncomplete (nobody of the list).
    """
    answer = _open(handshake, binding=binding, now=now)
    person = next((Person(**person) for person in answer["people"] if person["id"] == person_id), None)
    if person is None:
        raise AnswerIncomplete("nobody of the list was chosen")
    let_go(handshake)
    return Tokens.from_bytes(answer["tokens"].encode()), person


def refuse(handshake: Handshake, *, binding: str, now: datetime) -> Tokens:
    """The tokens the member does not want, to be let go and given back to the plan in one transaction.

    Raises AnswerForeign, AnswerExpired or AnswerUsed.
    """
    answer = _open(handshake, binding=binding, now=now)
    return Tokens.from_bytes(answer["tokens"].encode())


def abandoned(*, now: datetime) -> Iterator[tuple[Handshake, Tokens]]:
    """Yield the answers nobody chose from in time, or whose process died, to be let go and given back."""
    left = Handshake.objects.over(before=now).exclude(sealed_answer=b"").select_related("plan", "member")
    for handshake in left:
        try:
            tokens = waiting_tokens(handshake)
        except KeyUnavailable as error:
            log.error("%s", error)  # they wait until the key can be had
            continue
        if tokens:
            yield handshake, tokens
        else:
            Handshake.objects.filter(pk=handshake.pk).update(sealed_answer=b"")


def waiting_tokens(handshake: Handshake) -> Tokens | None:
    """The tokens that wait with the handshake for a choice; None when there are none or they do not open."""
    if not handshake.sealed_answer:
        return None
    try:
        answer = json.loads(box_of(handshake).open(handshake, "sealed_answer"))
    except SealBroken:
        return None
    return Tokens.from_bytes(answer["tokens"].encode())


def _seal(handshake: Handshake, tokens: Tokens, people: Iterable[Person], *, now: datetime) -> None:
    answer = {"tokens": tokens.to_bytes().decode(), "people": [asdict(person) for person in people]}
    sealed = box_of(handshake).seal(handshake, "sealed_answer", json.dumps(answer).encode())
    handshake.sealed_answer, handshake.expires_at = sealed, now + LIFETIME
    handshake.save(update_fields=["sealed_answer", "expires_at"])


def let_go(handshake: Handshake) -> None:
    """Take the waiting answer out of the table, inside the transaction that puts its tokens elsewhere.

    Of any number of simultaneous clicks exactly one gets it. Raises what `still_there` does, and AnswerUsed.
    """
    still_there(handshake)
    waiting = Handshake.objects.filter(pk=handshake.pk).exclude(sealed_answer=b"")
    if not waiting.update(sealed_answer=b""):
        raise about(AnswerUsed("taken already"), handshake)


def _open(handshake: Handshake, *, binding: str, now: datetime) -> dict[str, Any]:
    if not is_bound(handshake, binding):
        raise about(AnswerForeign(), handshake)
    if handshake.expires_at <= now:
        raise about(AnswerExpired(), handshake)
    if not handshake.sealed_answer:
        raise about(AnswerUsed() if handshake.used_at else AnswerExpired(), handshake)
    with opening():
        answer: dict[str, Any] = json.loads(box_of(handshake).open(handshake, "sealed_answer"))
    return answer
