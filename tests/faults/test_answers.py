"""A real worker and a plan's bad answers: nothing of one is kept, and what it hid comes later.

One answer of each kind that the client tells apart: which texts are of which is in tests/fhir/test_client.py.
"""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.faults.conftest import Stage
from tests.faults.payer import Fault, Payer, outcome
from tests.faults.site import Site
from tests.wire import Reply

type Good = Callable[[], Reply]
FOR_EVER = 10_000
PAGES = (("Patient", 1), ("ExplanationOfBenefit", 2), ("Organization", 1))
"""One record alone, a page on the way, and what is asked for because records name it."""
LATER_PAGES = {f"ExplanationOfBenefit/claim-p-1-{number}" for number in range(3, 8)}


def changed(good: Good, body: bytes, **headers: str) -> Reply:
    """Return the good answer with another body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(body, 200, {**good().headers, **named})


BODIES: dict[str, Callable[[Good], Reply]] = {
    "truncated JSON": lambda good: changed(good, good().body[: len(good().body) // 2]),
    "broken off in mid-body": lambda good: Reply(good().body, 200, good().headers, "cut"),
    "reset before an answer": lambda _: Reply(b"", wire="reset"),
    "an outcome with 200": lambda _: Reply(outcome(500, "transient").body),
    "bytes that are no gzip": lambda good: changed(good, good().body, Content_Encoding="gzip"),
}
STATUSES = {
    "408": lambda _: outcome(408, "timeout"),
    "500": lambda _: outcome(500, "exception"),
    "502": lambda _: Reply(b"<html>bad gateway</html>", 502, {"Content-Type": "text/html"}),
}
NOT_BEFORE = {
    "429 with a date": lambda _: Reply(b"", 429, {"Retry-After": in_two_minutes()}),
    "503 with seconds": lambda _: Reply(b"", 503, {"Retry-After": "120"}),
}


def in_two_minutes() -> str:
    """Return an HTTP-date (RFC 9110 section 5.6.7)."""
    return format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)


@pytest.mark.parametrize("kind", BODIES)
def test_a_bad_body_is_asked_for_again(stage: Stage, payer: Payer, kind: str) -> None:
    """R-16: the run ends with everything."""
    with stage.round() as site:
        payer.faults.append(Fault("ExplanationOfBenefit", BODIES[kind], page=2))
        stage.judge(f"body: {kind}", site, site.do("finish"))
        assert payer.faults[0].times == 0


STAYING: dict[str, Callable[[Good], Reply]] = {
    **{kind: BODIES[kind] for kind in ("truncated JSON", "reset before an answer")},
    "a bomb of zeros": lambda good: changed(good, gzip.compress(bytes(5_000_000)), Content_Encoding="gzip"),
}


@pytest.mark.parametrize("kind", STAYING)
def test_a_page_that_stays_bad_is_said_and_loses_nothing(stage: Stage, payer: Payer, kind: str) -> None:
    """R-15, R-16: nothing of it is kept, the run says that something is missing; later everything comes."""
    with stage.round() as site:
        site.settings["OUTBOUND_MAX_BYTES"] = 100_000
        payer.faults.append(Fault("ExplanationOfBenefit", STAYING[kind], page=2, times=FOR_EVER))
        seen = site.do("finish")
        stage.judge(f"body for ever: {kind}", site, seen, ends="partial", may_lack=LATER_PAGES)
        payer.faults.clear()
        site.later(days=1)
        stage.judge("well again", site, site.do("finish", news=True))


def test_an_answer_that_does_not_come_is_given_up_and_asked_for_again(stage: Stage, payer: Payer) -> None:
    """R-14, R-15; a byte now and then: tests/outbound/test_door.py."""
    with stage.round() as site:
        site.settings |= {"OUTBOUND_CONNECT_SECONDS": 2.0, "OUTBOUND_READ_SECONDS": 1.0}
        payer.faults.append(
            Fault("ExplanationOfBenefit", lambda good: Reply(good().body, 200, wire="hang"), page=2)
        )
        stage.judge("timeout: hang", site, site.do("finish"))


@pytest.mark.parametrize("kind", STATUSES)
def test_a_status_is_waited_out(stage: Stage, payer: Payer, kind: str) -> None:
    """R-13, R-14."""
    with stage.round() as site:
        payer.faults.append(Fault("ExplanationOfBenefit", STATUSES[kind], page=2))
        stage.judge(f"status: {kind}", site, site.do("finish"))


@pytest.mark.parametrize("kind", NOT_BEFORE)
def test_a_plan_that_says_when_is_not_asked_before(stage: Stage, payer: Payer, kind: str) -> None:
    """R-13: the run sleeps in the database until then, and says so."""
    with stage.round() as site:
        payer.faults.append(Fault("ExplanationOfBenefit", NOT_BEFORE[kind], page=2))
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
def test_a_token_refused_at_a_page_is_renewed_once(stage: Stage, payer: Payer, part: str, page: int) -> None:
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
    "503": lambda _: Reply(b"", 503, {"Retry-After": "60"}),
    "reset": lambda _: Reply(b"", wire="reset"),
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
