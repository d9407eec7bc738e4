"""Whom sessions name: kept by keyed digest with every session, so that one account's are found at once.

A session names who is signed in; one that stopped half way, at the passkey or at a code by e-mail, names who
wants to be, by id or address, somewhere in what a library put there.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import unquote_plus

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils.crypto import salted_hmac

from apps.accounts.models import Member, SessionName

# Whole names only: who is called almost like somebody stays signed in.
_ID: Final = re.compile(
    r"(?<![\w.+-])[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}(?![\w.+-])",
    re.IGNORECASE,
)
# Begun once in a row of such signs: a form that waits in a session may be as long as any upload.
_ADDRESS: Final = re.compile(r"(?<![^\s\"\\<>(),;:=&\[\]{}@])[^\s\"\\<>(),;:=&\[\]{}@]++@[\w-]+(?:\.[\w-]+)*")
# What form encoding leaves of one field: signs that end an address elsewhere are escaped in it.
_FIELD: Final = re.compile(r"[\w.~*+%-]++", re.ASCII)
MOST: Final = 100
"""Names of one session that are told apart; no session of a person names more than a few."""
CROWD: Final = "more than are told apart"
"""What a session with more names is kept under: a form of megabytes would else be as many rows. Such a
session ends with whatever account is closed first."""


def note(session_key: str, contents: dict[str, Any]) -> None:
    """Note whom the session names that is stored under this key, in the transaction that stores it."""
    named = digests_in(contents)
    rows = SessionName.objects.filter(session_id=session_key)
    digests = set(rows.values_list("digest", flat=True))
    if gone := digests - named:
        rows.filter(digest__in=gone).delete()
    SessionName.objects.bulk_create(
        [SessionName(session_id=session_key, digest=digest) for digest in sorted(named - digests)],
        ignore_conflicts=True,
    )


def digests_in(contents: dict[str, Any]) -> set[str]:
    """Return the digests, under the secret as it is now, of all that a session with these contents names."""
    names = set[str]()
    for name in _named_in(contents):
        names.add(name)
        if len(names) > MOST:
            names = {CROWD}
            break
    return {_digest(name, settings.SECRET_KEY) for name in names}


def names_of(member: Member) -> set[str]:
    """Return every name under which a session may know the member: the id and the e-mail addresses."""
    addresses = EmailAddress.objects.filter(user=member).values_list("email", flat=True)
    return {str(member.pk), member.email or "", *addresses} - {""}


def forget(names: Iterable[str], *, but: str = "") -> None:
    """End every session that names one of these ids or addresses, wherever in it, but the one stored so."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = {_digest(_folded(name), key) for name in (*names, CROWD) for key in keys}
    Session.objects.filter(names__digest__in=digests).exclude(pk=but).delete()


def _named_in(value: object) -> Iterator[str]:
    """Yield the ids and addresses in a value, however deep, as they are compared; form data are decoded."""
    if isinstance(value, dict):
        for pair in value.items():
            yield from _named_in(pair)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _named_in(entry)
    elif isinstance(value, str):
        if "@" in value:  # whole, an address may have signs in it that end one elsewhere
            yield _folded(value)
        for text in {value, unquote_plus(value)}:
            for pattern in (_ID, _ADDRESS):
                yield from (_folded(match[0]) for match in pattern.finditer(text))
        yield from (_folded(unquote_plus(field)) for field in _FIELD.findall(value) if "%40" in field)


def _folded(name: str) -> str:
    return name.lower() if "@" in name else name.lower().replace("-", "")


def _digest(name: str, key: str) -> str:
    return salted_hmac("apps.accounts.session_names", name, secret=key, algorithm="sha256").hexdigest()
