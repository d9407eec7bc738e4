"""Plans that page badly: loops, doubles, dead and foreign links, wrong totals, records that come and go."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.faults.conftest import Stage
from tests.faults.payer import Asked, Fault, Payer, outcome
from tests.faults.records import Json, a_claim
from tests.wire import Reply, serving

CLAIM = "ExplanationOfBenefit/claim-p-1-{}"
LATER_PAGES = {CLAIM.format(number) for number in range(3, 8)}
type Wrap = Callable[[Json, Asked], Json]


def linked(bundle: Json, url: str) -> Json:
    """Return the bundle with another `next` link."""
    links = [one for one in bundle["link"] if one["relation"] != "next"]
    return bundle | {"link": [*links, {"relation": "next", "url": url}]}


def on_claims(page: int, change: Wrap) -> Wrap:
    """Return what changes only the bundle of claims on *page*."""

    def wrap(bundle: Json, asked: Asked) -> Json:
        is_meant = asked.part == "ExplanationOfBenefit" and asked.page == page
        return change(bundle, asked) if is_meant else bundle

    return wrap


def address_of(payer: Payer, asked: Asked) -> str:
    """Return the address that was asked for."""
    query = "&".join(f"{name}={value}" for name, values in asked.query.items() for value in values)
    return f"{payer.origin}{asked.path}?{query}"


def pages_for_ever(payer: Payer) -> Wrap:
    """Return bundles whose `next` is new each time and never ends."""
    turn = iter(range(1_000_000))

    def wrap(bundle: Json, asked: Asked) -> Json:
        if asked.part != "ExplanationOfBenefit":
            return bundle
        return linked(bundle, f"{payer.base_url}/ExplanationOfBenefit?patient=p-1&turn={next(turn)}")

    return wrap


LOOPS = ("the same page", "two pages in turn")


@dataclass
class Ring:
    """Pages whose last one links back to the first that was asked for."""

    payer: Payer
    first: str = ""

    def remember(self, asked: Asked) -> None:
        """Note where the search of claims began."""
        if asked.part == "ExplanationOfBenefit" and not self.first:
            self.first = address_of(self.payer, asked)

    def back(self, bundle: Json, _: Asked) -> Json:
        """Return the bundle with a link to there."""
        return linked(bundle, self.first)


@pytest.mark.parametrize("kind", LOOPS)
def test_pages_that_go_round_end_with_a_word(stage: Stage, payer: Payer, kind: str) -> None:
    """R-21: what came is kept, the run says that it is not all."""
    with stage.round() as site:
        ring = Ring(payer)
        payer.before = ring.remember
        payer.wrap_bundle = {
            LOOPS[0]: on_claims(2, lambda bundle, asked: linked(bundle, address_of(payer, asked))),
            LOOPS[1]: on_claims(2, ring.back),
        }[kind]
        seen = site.do("finish")
        stage.judge(f"paging loop: {kind}", site, seen, ends="partial", may_lack=LATER_PAGES)
        payer.wrap_bundle = None
        site.later(days=1)
        stage.judge("well again", site, site.do("finish", news=True))


MOST_IN_VAIN = 60
"""For a thousand, so that the round takes seconds (`endless.MOST_IN_VAIN`)."""


def test_new_links_for_ever_that_bring_nothing_new_end_with_a_word(stage: Stage, payer: Payer) -> None:
    """R-21: every link is new, every page the first one again."""
    with stage.round() as site:
        payer.wrap_bundle = pages_for_ever(payer)
        seen = site.do("finish_in_vain", most=MOST_IN_VAIN)
        stage.judge("paging loop: new links for ever", site, seen, ends="partial", may_lack=LATER_PAGES)
        assert seen["connections"][0]["runs"][0]["steps"]["ExplanationOfBenefit"][1] == "endless"
        assert MOST_IN_VAIN <= payer.seen()["ExplanationOfBenefit"] <= MOST_IN_VAIN + 5
        payer.wrap_bundle = None
        site.later(days=1)
        stage.judge("well again", site, site.do("finish", news=True))


def test_a_ring_of_pages_ends_also_while_others_wait_for_the_worker(stage: Stage, payer: Payer) -> None:
    """R-21, R-44: the run gives its worker back every few pages, and goes on from its checkpoint."""
    with stage.round() as site:
        ring = Ring(payer)
        payer.before, payer.wrap_bundle = ring.remember, on_claims(2, ring.back)
        seen = site.do("finish_while_others_wait")
        assert len(seen["given_back_at"]) >= 2
        stage.judge("paging loop: a ring while others wait", site, seen, ends="partial", may_lack=LATER_PAGES)
        assert seen["connections"][0]["runs"][0]["steps"]["ExplanationOfBenefit"][1] == "endless"
        assert payer.seen()["ExplanationOfBenefit"] < 20
        payer.before = payer.wrap_bundle = None
        site.later(days=1)
        stage.judge("well again", site, site.do("finish", news=True))


def test_records_that_come_twice_are_kept_once_in_their_newest_form(stage: Stage, payer: Payer) -> None:
    """R-22: an older version on a later page changes nothing."""
    with stage.round() as site:
        old = dict(payer.memory.people["p-1"][CLAIM.format(0)])
        payer.change("p-1", CLAIM.format(0), status="cancelled")

        def twice(bundle: Json, _: Asked) -> Json:
            return bundle | {"entry": [{"resource": old}, *bundle["entry"], bundle["entry"][0]]}

        payer.wrap_bundle = on_claims(2, twice)
        stage.judge("duplicates across pages", site, site.do("finish"))


@dataclass
class Thief:
    """A server that is not the plan's; it notes what comes with a token."""

    origin: str = ""
    asked: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def reply(self, _method: str, target: str, headers: Mapping[str, str], _body: bytes) -> Reply:
        """Note it and answer nothing."""
        self.asked.append(target)
        self.tokens += [headers["authorization"]] if "authorization" in headers else []
        return Reply(b"{}")


@contextmanager
def a_thief() -> Iterator[Thief]:
    """Run such a server."""
    thief = Thief()
    with serving(thief.reply) as thief.origin:
        yield thief


FOREIGN = {  # {plan} and {thief} are host and port
    "another port": "http://{thief}/fhir/r4/ExplanationOfBenefit?page=2",
    "another host": "http://localhost:{port}/fhir/r4/x",
    "a name that looks like ours": "http://{plan}.localhost:{port}/fhir/r4/x",
    "user info": "http://{plan}@{thief}/fhir/r4/x",
    "user info and password": "http://a:b@{thief}/fhir/r4/x",
    "a backslash": "http://{thief}\\@{plan}/fhir/r4/x",
    "no scheme": "//{thief}/fhir/r4/x",
    "another scheme": "https://{plan}/fhir/r4/x",
    "a file": "file:///etc/passwd",
    "no address": "http://[",
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_no_token_follows_a_link_to_another_place(stage: Stage, payer: Payer, kind: str) -> None:
    """R-20: the run stops there, says so, and keeps what came before."""
    with stage.round() as site, a_thief() as thief:
        plan, elsewhere = (one.removeprefix("http://") for one in (payer.origin, thief.origin))
        url = FOREIGN[kind].format(plan=plan, thief=elsewhere, port=elsewhere.rpartition(":")[2])
        payer.wrap_bundle = on_claims(1, lambda bundle, _: linked(bundle, url))
        seen = site.do("finish")
        stage.judge(f"next link to {kind}", site, seen, ends="partial", may_lack=LATER_PAGES)
        assert thief.tokens == thief.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_token_follows_a_redirect(stage: Stage, payer: Payer, status: int) -> None:
    """R-20."""
    with stage.round() as site, a_thief() as thief:
        there = Reply(b"", status, {"Location": f"{thief.origin}/fhir/r4/x"})
        payer.faults.append(Fault("ExplanationOfBenefit", lambda _: there, page=2, times=1000))
        seen = site.do("finish")
        stage.judge("redirect to another place", site, seen, ends="partial", may_lack=LATER_PAGES)
        assert thief.tokens == thief.asked == []


@pytest.mark.parametrize("status", [400, 404, 410])
@pytest.mark.parametrize("page", [2, 3])
def test_a_dead_link_begins_its_kind_again(stage: Stage, payer: Payer, status: int, page: int) -> None:
    """R-18: the run slept, and the plan forgot its links meanwhile."""
    with stage.round() as site:
        payer.faults.append(
            Fault("ExplanationOfBenefit", lambda _: Reply(b"", 429, {"Retry-After": "600"}), page=page)
        )
        site.do("work")
        payer.faults.append(Fault("ExplanationOfBenefit", lambda _: outcome(status, "expired"), page=page))
        payer.expire_cursors()
        stage.judge(f"expired link: {status}", site, site.do("finish"))


def odd_entries(bundle: Json, _: Asked) -> Json:
    """Entries that are no records of the member's, among those that are."""
    issue = {"severity": "information", "code": "informational", "diagnostics": "canary-diagnostics"}
    odd: list[Any] = [
        {"resource": {"resourceType": "OperationOutcome", "issue": [issue]}, "search": {"mode": "outcome"}},
        {"fullUrl": "urn:uuid:2f0e"},
        {"search": {"score": 1}},
        {"resource": {"resourceType": "Binary", "id": "included"}, "search": {"mode": "include"}},
    ]
    return bundle | {"entry": [odd[0], *bundle["entry"], *odd[1:]]}


@pytest.mark.parametrize(
    "kind", ["too many", "too few", "absent", "a text", "outcomes, includes and empty entries"]
)
def test_totals_and_odd_entries_change_nothing(stage: Stage, payer: Payer, kind: str) -> None:
    """R-30."""
    totals: dict[str, Any] = {"too many": 10_000, "too few": 0, "absent": None, "a text": "many"}

    def wrap(bundle: Json, asked: Asked) -> Json:
        if kind not in totals:
            return odd_entries(bundle, asked)
        changed = bundle | {"total": totals[kind]}
        return {name: value for name, value in changed.items() if value is not None}

    with stage.round() as site:
        payer.wrap_bundle = wrap
        stage.judge(f"totals and entries: {kind}", site, site.do("finish"))


@pytest.mark.parametrize("page", [1, 2, 3])
def test_the_records_of_another_person_are_refused_with_an_alarm(
    stage: Stage, payer: Payer, page: int
) -> None:
    """R-29: nothing of a stranger is stored or shown; the operator's log says it, naming nobody."""
    with stage.round() as site:
        strange = a_claim("p-2", 0)

        def mixed(bundle: Json, _: Asked) -> Json:
            return bundle | {"entry": [*bundle["entry"], {"resource": strange}]}

        payer.wrap_bundle = on_claims(page, mixed)
        seen = site.do("finish")
        stage.judge("another person's claim", site, seen, ends="partial")
        assert "sent 1 records of another patient" in site.logs()
        (row,) = seen["connections"]
        assert row["runs"][0]["steps"]["ExplanationOfBenefit"][3] == 1


NUMBERS = "https://payer.example/member"
ODD: dict[str, Json] = {
    "a slash at the end": {"reference": "Patient/p-2/"},
    "percent-coded": {"reference": "Patient/p%2D2"},
    "a full address with a version": {"reference": "https://payer.example/fhir/r4/Patient/p-2/_history/p-1"},
    "no legal id": {"reference": "Patient/p_2"},
    "a long id": {"reference": "Patient/" + "p-2" * 30},
    "by number": {"identifier": {"system": NUMBERS, "value": "canary-number-of-p-2"}},
}


@pytest.mark.parametrize("kind", ODD)
def test_a_stranger_named_in_an_odd_form_is_refused_and_the_member_is_not(
    stage: Stage, payer: Payer, kind: str
) -> None:
    """R-29: by number, where both have one; the member's own claims in such forms stay."""
    with stage.round() as site:
        people = payer.memory.people
        for patient in ("p-1", "p-2"):
            number = {"system": NUMBERS, "value": f"canary-number-of-{patient}"}
            people[patient][f"Patient/{patient}"]["identifier"] = [number]
        own = {"identifier": {"system": NUMBERS, "value": "canary-number-of-p-1"}}
        people["p-1"][CLAIM.format(0)]["patient"] = own
        people["p-1"][CLAIM.format(1)]["patient"] = {"reference": " Patient/p%2D1/"}
        strange = a_claim("p-2", 0) | {"patient": ODD[kind]}

        def mixed(bundle: Json, _: Asked) -> Json:
            return bundle | {"entry": [{"resource": strange}, *bundle["entry"]]}

        payer.wrap_bundle = on_claims(1, mixed)
        seen = site.do("finish")
        stage.judge(f"another person's claim: {kind}", site, seen, ends="partial")
        assert "sent 1 records of another patient" in site.logs()
        assert seen["connections"][0]["runs"][0]["steps"]["ExplanationOfBenefit"][3] == 1


def test_a_record_the_plan_drops_is_never_lost_by_a_partial_pass(stage: Stage, payer: Payer) -> None:
    """R-24: only a complete pass may mark it; then the others are all there."""
    dropped = {CLAIM.format(0), CLAIM.format(6)}
    with stage.round() as site:
        site.do("finish")
        for reference in dropped:
            payer.drop("p-1", reference)
        payer.faults.append(
            Fault("ExplanationOfBenefit", lambda _: outcome(500, "exception"), page=2, times=1000)
        )
        site.later(days=1)
        seen = site.do("finish", news=True)
        (row,) = seen["connections"]
        if row["runs"][0]["state"] != "finished":  # an incremental pass may have had one page only
            assert {reference for reference, _ in row["stored"]} >= dropped
            assert row["gone"] == []
        payer.faults.clear()
        site.later(days=40)
        seen = site.do("finish", news=True)
        stage.judge("records that disappear", site, seen, gone=dropped)


def test_every_state_of_a_claim_is_followed_and_back(stage: Stage, payer: Payer) -> None:
    """R-25: entered in error, cancelled, and valid again."""
    with stage.round() as site:
        site.do("finish")
        for status in ("entered-in-error", "cancelled", "draft", "active"):
            payer.change("p-1", CLAIM.format(4), status=status)
            site.later(days=1)
            stage.judge(f"claim becomes {status}", site, site.do("finish", news=True))


@pytest.mark.parametrize("kind", ["insert", "delete", "change"])
def test_what_moves_while_we_page_is_there_after_the_next_run(stage: Stage, payer: Payer, kind: str) -> None:
    """R-23: pages shift under us; the next run repairs what this one could not see."""
    with stage.round() as site:
        payer.is_live = True
        made = a_claim("p-1", 77)

        def moving(asked: Asked) -> None:
            if asked.part == "ExplanationOfBenefit" and asked.page == 2:
                payer.before = None
                if kind == "insert":
                    payer.change("p-1", f"ExplanationOfBenefit/{made['id']}", **made)
                elif kind == "delete":
                    payer.drop("p-1", CLAIM.format(0))
                else:
                    payer.change("p-1", CLAIM.format(0), status="cancelled")

        payer.before = moving
        site.do("finish")
        site.later(days=40)
        stage.judge(f"{kind} between pages", site, site.do("finish", news=True), gone={CLAIM.format(0)})
