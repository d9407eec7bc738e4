"""What a plan's answers may be, at every page: nothing of a bad one is kept, and what it hid comes later."""

import gzip
import os
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.faults.conftest import Stage
from tests.faults.length import rounds
from tests.faults.payer import Fault, Payer, outcome
from tests.faults.site import Site
from tests.length import is_on_postgresql
from tests.wire import Reply

type Good = Callable[[], Reply]
FOR_EVER = 10_000
PAGES = (
    ("Patient", 1),
    ("Coverage", 1),
    ("ExplanationOfBenefit", 1),
    ("ExplanationOfBenefit", 2),
    ("ExplanationOfBenefit", 3),
    ("Organization", 1),
)


def changed(good: Good, body: bytes, **headers: str) -> Reply:
    """Return the good answer with another body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(body, 200, {**good().headers, **named})


BODIES: dict[str, Callable[[Good], Reply]] = {
    "truncated JSON": lambda good: changed(good, good().body[: len(good().body) // 2]),
    "wrong Content-Length": lambda good: Reply(good().body, 200, good().headers, "longer"),
    "broken off in mid-body": lambda good: Reply(good().body, 200, good().headers, "cut"),
    "reset before an answer": lambda _: Reply(b"", wire="reset"),
    "HTML with 200": lambda _: Reply(b"<html>Maintenance</html>", 200, {"Content-Type": "text/html"}),
    "empty with 200": lambda good: changed(good, b""),
    "null": lambda good: changed(good, b"null"),
    "a list": lambda good: changed(good, b"[]"),
    "malformed JSON": lambda good: changed(good, good().body.replace(b":", b"=", 1)),
    "NaN": lambda good: changed(good, good().body.replace(b"{", b'{"x": NaN, ', 1)),
    "invalid UTF-8": lambda good: changed(good, good().body.replace(b'"', b'"\xff\xfe', 1)),
    "the entries twice": lambda good: changed(good, good().body[:-1] + b', "entry": []}'),
    "an outcome with 200": lambda _: Reply(outcome(500, "transient").body),
    "another type": lambda good: changed(good, b'{"resourceType": "Basic", "id": "x"}'),
    "bytes that are no gzip": lambda good: changed(good, good().body, Content_Encoding="gzip"),
}
HARMLESS: dict[str, Callable[[Good], Reply]] = {
    "a byte order mark": lambda good: changed(good, b"\xef\xbb\xbf" + good().body),
    "another content type": lambda good: Reply(good().body, 200, {"Content-Type": "text/plain"}),
    "no content type": lambda good: Reply(good().body),
    "duplicate keys": lambda good: changed(good, good().body.replace(b"{", b'{"resourceType": "Basic", ', 1)),
}
STATUSES = {
    "408": lambda _: outcome(408, "timeout"),
    "429 with seconds": lambda _: Reply(b"", 429, {"Retry-After": "120"}),
    "429 with a date": lambda _: Reply(b"", 429, {"Retry-After": in_two_minutes()}),
    "429 without a time": lambda _: Reply(b"", 429),
    "500": lambda _: outcome(500, "exception"),
    "502": lambda _: Reply(b"<html>bad gateway</html>", 502, {"Content-Type": "text/html"}),
    "503 with seconds": lambda _: Reply(b"", 503, {"Retry-After": "120"}),
    "504": lambda _: outcome(504, "timeout"),
}


def in_two_minutes() -> str:
    """Return an HTTP-date (RFC 9110 section 5.6.7)."""
    return format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)


def pages(kind: str) -> Sequence[tuple[str, int]]:
    """Return the pages where this kind of fault is tried: all in a long run, one or two in the gate."""
    turn, count = zlib.crc32(kind.encode()), rounds(2, at_desk=1, on_postgresql=1, on_sqlite=1)
    return PAGES if count > 2 else [PAGES[(turn + 3 * one) % len(PAGES)] for one in range(count)]


OF_THE_DOOR = pytest.mark.skipif(
    is_on_postgresql() and not os.environ.get("ROUNDS"),
    reason="how an answer is read is no matter of the database: `make chaos` plays it on both",
)


@OF_THE_DOOR
@pytest.mark.parametrize("kind", [*BODIES, *HARMLESS])
def test_a_bad_body_at_any_page_is_asked_for_again(stage: Stage, kind: str) -> None:
    """R-16: once, at each page; the run ends with everything."""
    for part, page in pages(kind):
        if kind == "the entries twice" and part == "Patient":
            continue  # no list of entries: what else stands in it is kept as the plan sent it
        with stage.round() as site:
            stage.payer.faults.append(Fault(part, (BODIES | HARMLESS)[kind], page=page))
            stage.judge(f"body: {kind}", site, site.do("finish"))
            assert stage.payer.faults[0].times == 0


@OF_THE_DOOR
@pytest.mark.parametrize("kind", BODIES)
def test_a_page_that_stays_bad_is_said_and_loses_nothing(stage: Stage, payer: Payer, kind: str) -> None:
    """R-16: nothing of it is kept, the run says that something is missing; later everything comes."""
    with stage.round() as site:
        payer.faults.append(Fault("ExplanationOfBenefit", BODIES[kind], page=2, times=FOR_EVER))
        lacking = {f"ExplanationOfBenefit/claim-p-1-{number}" for number in range(3, 8)}
        seen = site.do("finish")
        stage.judge(f"body for ever: {kind}", site, seen, ends="partial", may_lack=lacking)
        payer.faults.clear()
        site.later(days=1)
        stage.judge("well again", site, site.do("finish", news=True))


TOO_LARGE: dict[str, Callable[[Good], Reply]] = {
    "blanks without end": lambda good: changed(good, good().body + b" " * 200_000),
    "a bomb of zeros": lambda good: changed(good, gzip.compress(bytes(5_000_000)), Content_Encoding="gzip"),
}


@OF_THE_DOOR
@pytest.mark.parametrize("kind", TOO_LARGE)
def test_an_answer_that_is_too_large_is_not_read_to_its_end(stage: Stage, payer: Payer, kind: str) -> None:
    """R-15: the run says that something is missing; later everything comes."""
    with stage.round() as site:
        site.settings["OUTBOUND_MAX_BYTES"] = 100_000
        payer.faults.append(Fault("ExplanationOfBenefit", TOO_LARGE[kind], page=2, times=FOR_EVER))
        lacking = {f"ExplanationOfBenefit/claim-p-1-{number}" for number in range(3, 8)}
        stage.judge(f"too large: {kind}", site, site.do("finish"), ends="partial", may_lack=lacking)
        payer.faults.clear()
        site.later(days=1)
        stage.judge("well again", site, site.do("finish", news=True))


def at_once(payer: Payer) -> list[int]:
    """Return for how many claims at once it was asked, each number once, in their order."""
    asked = [each.count for each in payer.asked if each.part == "ExplanationOfBenefit" and each.count]
    return list(dict.fromkeys(asked))


@pytest.mark.parametrize("status", [413, 504])
def test_a_plan_that_fails_above_fifty_records_a_page_is_asked_for_fewer(
    stage: Stage, payer: Payer, status: int
) -> None:
    """R-27: everything comes within one update, and the next one begins with as few."""
    with stage.round() as site:
        payer.faults.append(
            Fault("ExplanationOfBenefit", lambda _: outcome(status, "too-costly"), times=FOR_EVER, above=50)
        )
        stage.judge(f"fails above 50 records a page: {status}", site, site.do("finish"))
        assert at_once(payer) == [100, 50]
        payer.asked.clear()
        site.later(hours=1)
        stage.judge(f"fails above 50 records a page: {status}", site, site.do("finish", news=True))
        assert at_once(payer) == [50]


@pytest.mark.parametrize("kind", ["hang", "drip"])
def test_an_answer_that_does_not_come_is_given_up_and_asked_for_again(
    stage: Stage, payer: Payer, kind: str
) -> None:
    """R-14, R-15: silence, and a byte now and then."""
    with stage.round() as site:
        site.settings |= {"OUTBOUND_CONNECT_SECONDS": 2.0, "OUTBOUND_READ_SECONDS": 1.0}
        payer.faults.append(
            Fault("ExplanationOfBenefit", lambda good: Reply(good().body, 200, wire=kind), page=2)
        )
        stage.judge(f"timeout: {kind}", site, site.do("finish"))


@pytest.mark.parametrize("kind", STATUSES)
def test_a_status_at_any_page_is_waited_out(stage: Stage, kind: str) -> None:
    """R-13, R-14: once, at each page."""
    for part, page in pages(kind):
        with stage.round() as site:
            stage.payer.faults.append(Fault(part, STATUSES[kind], page=page))
            stage.judge(f"status: {kind}", site, site.do("finish"))


@pytest.mark.parametrize("kind", ["429 with seconds", "429 with a date", "503 with seconds"])
def test_a_plan_that_says_when_is_not_asked_before(stage: Stage, payer: Payer, kind: str) -> None:
    """R-13: the run sleeps in the database until then, and says so."""
    with stage.round() as site:
        payer.faults.append(Fault("ExplanationOfBenefit", STATUSES[kind], page=2))
        site.do("work")
        (row,) = site.do("look")["connections"]
        assert row["runs"][0]["state"] == "waiting"
        wakes = datetime.fromisoformat(row["runs"][0]["next_try_at"])
        assert wakes >= site.at + timedelta(seconds=100)
        asked = len(payer.asked)
        site.later(seconds=60)
        site.do("work")
        assert len(payer.asked) == asked
        stage.judge(f"not before: {kind}", site, site.do("finish"))


@pytest.mark.parametrize(("part", "page"), PAGES)
def test_a_token_refused_at_any_page_is_renewed_once(
    stage: Stage, payer: Payer, part: str, page: int
) -> None:
    """R-08: one refresh, the same page again, and on from there."""

    def refused(good: Good) -> Reply:
        payer.forget_access()
        return good()

    with stage.round() as site:
        before = payer.memory.refreshed
        payer.faults.append(Fault(part, refused, page=page))
        stage.judge("401 at a page", site, site.do("finish"))
        assert payer.memory.refreshed == before + 1


@pytest.mark.parametrize(("part", "page"), PAGES)
def test_a_token_refused_although_renewed_needs_the_member(
    stage: Stage, payer: Payer, part: str, page: int
) -> None:
    """R-08: the second 401 means "sign in again"; what came before stays, and the rest comes afterwards."""
    with stage.round() as site:
        payer.faults.append(Fault(part, lambda _: outcome(401, "login"), page=page, times=FOR_EVER))
        seen = site.do("finish")
        everything = set(payer.memory.people["p-1"])
        stage.judge(
            "401 twice at a page", site, seen, ends="ended", status="needs_sign_in", may_lack=everything
        )
        payer.faults.clear()
        again(site, stage)


REFUSED_RENEWALS = {
    "500": lambda _: Reply(b"", 500),
    "503": lambda _: Reply(b"", 503, {"Retry-After": "60"}),
    "408": lambda _: Reply(b"", 408),
    "429": lambda _: Reply(b"", 429, {"Retry-After": "60"}),
    "reset": lambda _: Reply(b"", wire="reset"),
    "HTML": lambda _: Reply(b"<html></html>", 200, {"Content-Type": "text/html"}),
}


@pytest.mark.parametrize("kind", REFUSED_RENEWALS)
def test_a_renewal_that_fails_ends_the_pass_and_not_in_success(stage: Stage, payer: Payer, kind: str) -> None:
    """R-09: nothing is skipped; when the plan renews again the run goes on to its end."""

    def refused(good: Good) -> Reply:
        payer.forget_access()
        return good()

    with stage.round() as site:
        payer.faults += [
            Fault("ExplanationOfBenefit", refused, page=2),
            Fault("refresh", REFUSED_RENEWALS[kind], times=2),
        ]
        site.do("work")
        (row,) = site.do("look")["connections"]
        assert row["runs"][0]["state"] == "waiting"
        assert row["runs"][0]["problem"]
        assert row["status"] == "active"
        stage.judge(f"renewal fails: {kind}", site, site.do("finish"))


def again(site: Site, stage: Stage) -> None:
    """Have the member sign in at the plan again; then everything has to be there."""
    site.later(hours=1)
    site.do("connect", origin=stage.payer.origin, email="alice@example.com")
    stage.judge("reconnected", site, site.do("finish"), reused=stage.payer.memory.reused)
