"""Token answers of every shape: read if there is any way, and never a crash."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.connections import tokens
from apps.connections.errors import PlanAnswerUnreadable
from apps.connections.tokens import LONGEST_LIFE, Tokens

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SPOILT = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
SECONDS = (
    st.sampled_from(
        [16768.523842, "3600", "16768.523842", 0, -1, "-5", 1e12, 10**400, "1e400", "nan", "soon", ""]
    )
    | st.integers()
    | st.floats()
    | SPOILT
)
KIND = st.sampled_from(["Bearer", "bearer", "bEARER", "BEARER", "BearerToken", "mac", ""]) | SPOILT
MOMENT = (
    st.sampled_from(
        ["2025-09-05 19:17:53Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "tomorrow"]
    )
    | st.datetimes().map(str)
    | SPOILT
)
ANSWER = st.fixed_dictionaries(
    {"access_token": st.sampled_from(["at-1", "a.b.c", "x" * 16384]) | SPOILT},
    optional={
        "token_type": KIND,
        "expires_in": SECONDS,
        "refresh_token": st.just("rt-1") | SPOILT,
        "scope": st.sampled_from(["openid patient/*.read", ["patient/*.rs"], " \t "]) | SPOILT,
        "patient": st.sampled_from(["p-1", "Patient/p-1", 7, "../x"]) | SPOILT,
        "id_token": SPOILT,
        "access_grant_expiration": MOMENT,
        "refresh_expires_in": SECONDS,
        "refresh_token_expires_in": SECONDS,
    },
)


def goes_into_a_header(token: object) -> bool:
    """Whether it is printable, without blanks (RFC 6750 section 2.1), and no longer than a header may be."""
    return isinstance(token, str) and bool(re.fullmatch(r"[!-~]{1,16384}", token))


@settings(max_examples=150)
@given(ANSWER)
@example({"access_token": "at", "expires_in": 10**400})
@example({"access_token": "at", "access_grant_expiration": "9999-12-31T23:59:59-23:59"})
@example({"access_token": "x" * 16385})
@example({"access_token": "a b"})
@example({"access_token": "at", "token_type": "bEARER"})
@example({"access_token": "at", "token_type": "BearerToken"})
@example({"access_token": "at", "token_type": None})
@example({"access_token": "at", "token_type": "mac"})
@example({"access_token": "at", "refresh_token": "x" * 16385, "patient": "../x"})
def test_o_33_no_token_answer_is_too_odd_to_be_read_or_refused(answer: dict[str, Any]) -> None:
    """O-33: what comes out can be used, sealed and read again; what cannot is one kind of refusal."""
    kind = answer.get("token_type")
    is_bearer = kind is None or (isinstance(kind, str) and kind.strip().lower() in ("bearer", "bearertoken"))
    token = answer["access_token"]
    token = token.strip() if isinstance(token, str) else token
    is_usable = is_bearer and goes_into_a_header(token)
    try:
        read = tokens.read(answer, now=NOW)
    except PlanAnswerUnreadable:
        assert not is_usable
        return
    assert is_usable
    assert read.refresh_token is None or goes_into_a_header(read.refresh_token)
    assert read.patient is None or re.fullmatch(r"[A-Za-z0-9.-]{1,64}", read.patient)
    assert read.access_token == token
    assert read.lifetime is None or timedelta(0) < read.lifetime <= LONGEST_LIFE
    ends = read.expires_at(now=NOW)
    assert ends is None or ends >= NOW
    assert read.permission_ends_at is None or read.permission_ends_at > NOW
    assert read.scope is None or read.scope == " ".join(read.scope.split())
    again = Tokens.from_bytes(read.to_bytes())
    assert again.access_token == read.access_token
    assert (again.lifetime, again.scope, again.permission_ends_at) == (
        read.lifetime,
        read.scope,
        read.permission_ends_at,
    )
    json.loads(read.to_bytes())


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"access_token": " at-1\n", "token_type": "Bearer "}, {"access_token": "at-1"}),
        ({"refresh_token": "rt-1\r\n"}, {"refresh_token": "rt-1"}),
        ({"patient": " Patient/p-1 "}, {"patient": "p-1"}),
        (
            {"patient": "https://other.example/r4/Patient/p-1"},
            {"patient": None},
        ),  # of which server it is, nobody says
        ({"patient": "p-1?_id=p-2"}, {"patient": None}),
        ({"scope": ["openid patient/*.read"]}, {"scope": "openid patient/*.read"}),
        (
            {"scope": "patient/*.read,openid, offline_access"},
            {"scope": "patient/*.read openid offline_access"},
        ),
        ({"scope": "patient/Coverage.rs?category=a,b"}, {"scope": "patient/Coverage.rs?category=a,b"}),
    ],
)
def test_o_33_blanks_and_commas_around_what_is_told_cost_nothing(
    said: dict[str, Any], kept: dict[str, str | None]
) -> None:
    """O-33: a refresh token with a line's end was dropped, and scopes with commas allowed nothing."""
    read = tokens.read({"access_token": "at-1"} | said, now=NOW)
    assert {name: getattr(read, name) for name in kept} == kept


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ({"access_grant_expiration": "2027-09-05 19:17:53Z"}, datetime(2027, 9, 5, 19, 17, 53, tzinfo=UTC)),
        ({"access_grant_expiration": "2027-09-05T19:17:53Z"}, datetime(2027, 9, 5, 19, 17, 53, tzinfo=UTC)),
        (
            {"access_grant_expiration": "2027-09-05 21:17:53+02:00"},
            datetime(2027, 9, 5, 19, 17, 53, tzinfo=UTC),
        ),
        ({"access_grant_expiration": "2027-09-05 19:17:53"}, datetime(2027, 9, 5, 19, 17, 53, tzinfo=UTC)),
        ({"refresh_expires_in": 86400}, NOW + timedelta(days=1)),
        ({"refresh_expires_in": "86400.0"}, NOW + timedelta(days=1)),
        ({"refresh_token_expires_in": 86400}, NOW + timedelta(days=1)),
        (
            {"access_grant_expiration": "2027-09-05 19:17:53Z", "refresh_expires_in": 60},
            datetime(2027, 9, 5, 19, 17, 53, tzinfo=UTC),
        ),
        ({"refresh_expires_in": 0}, None),  # Keycloak: an offline token, which does not end
        ({"refresh_expires_in": 1e12}, None),
        ({"access_grant_expiration": "2025-09-05 19:17:53Z"}, None),  # over, and yet granted just now
        ({"access_grant_expiration": "in a year"}, None),
        ({"access_grant_expiration": 20270905}, None),
        ({}, None),
    ],
)
def test_o_33_the_end_of_the_permission_is_read_in_every_spelling(
    said: dict[str, Any], ends: datetime | None
) -> None:
    """O-33: Blue Button writes a blank where ISO 8601 has a T."""
    assert tokens.read({"access_token": "at", **said}, now=NOW).permission_ends_at == ends


def test_o_33_a_refresh_that_does_not_repeat_things_leaves_them_as_they_were() -> None:
    """O-33: no new refresh token, no scope, no end: the earlier ones hold."""
    first = Tokens(
        "at-1", "rt-1", scope="a", permission_ends_at=NOW, scopes_asked="a b", issuer="i", subject="s"
    )
    second = Tokens("at-2").after(first)
    assert (second.access_token, second.refresh_token, second.scope) == ("at-2", "rt-1", "a")
    assert (second.permission_ends_at, second.scopes_asked) == (NOW, "a b")
    assert (second.issuer, second.subject) == ("i", "s"), "who is read does not change by a refresh"


def test_o_33_tokens_sealed_by_an_earlier_release_can_be_read() -> None:
    """Rows written before the end of the permission was known."""
    kept = {"access_token": "at", "refresh_token": None, "seconds": 60.0, "scope": None}
    old = json.dumps({**kept, "issuer": None, "subject": None}).encode()
    assert Tokens.from_bytes(old).permission_ends_at is None
