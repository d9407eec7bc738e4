"""A real worker at plans that page badly: loops, doubles, dead and foreign links, wrong totals, strangers.

Every form of each is in tests/fhir/test_client.py and tests/sync; here one goes the whole way.
"""

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


def test_pages_that_go_round_end_with_a_word(stage: Stage, payer: Payer) -> None:
    """R-21: what came is kept, the run says that it is not all."""
    with stage.round() as site:
        payer.wrap_bundle = on_claims(2, lambda bundle, asked: linked(bundle, address_of(payer, asked)))
        seen = site.do("finish")
        stage.judge("paging loop: the same page", site, seen, ends="partial", may_lack=LATER_PAGES)
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


@pytest.mark.parametrize("way", ["next link", "redirect"])
def test_no_token_follows_a_link_or_a_redirect_to_another_place(stage: Stage, payer: Payer, way: str) -> None:
    """R-20: the run stops there, says so, and keeps what came before."""
    with stage.round() as site, a_thief() as thief:
        if way == "next link":
            url = f"{thief.origin}/fhir/r4/ExplanationOfBenefit?page=2"
            payer.wrap_bundle = on_claims(1, lambda bundle, _: linked(bundle, url))
        else:
            there = Reply(b"", 307, {"Location": f"{thief.origin}/fhir/r4/x"})
            payer.faults.append(Fault("ExplanationOfBenefit", lambda _: there, page=2, times=1000))
        seen = site.do("finish")
        stage.judge(f"{way} to another place", site, seen, ends="partial", may_lack=LATER_PAGES)
        assert thief.tokens == thief.asked == []


@pytest.mark.parametrize(("page", "status"), [(2, 410), (3, 404)])
def test_a_dead_link_begins_its_kind_again(stage: Stage, payer: Payer, page: int, status: int) -> None:
    """R-18: the run slept, and the plan forgot its links meanwhile."""
    with stage.round() as site:
        payer.faults.append(
            Fault("ExplanationOfBenefit", lambda _: Reply(b"", 429, {"Retry-After": "600"}), page=page)
        )
        site.do("work")
        payer.faults.append(Fault("ExplanationOfBenefit", lambda _: outcome(status, "expired"), page=page))
        payer.expire_cursors()
        stage.judge(f"expired link: {status}", site, site.do("finish"))


def odd_entries(bundle: Json) -> Json:
    """Entries that are no records of the member's, among those that are."""
    issue = {"severity": "information", "code": "informational", "diagnostics": "canary-diagnostics"}
    odd: list[Any] = [
        {"resource": {"resourceType": "OperationOutcome", "issue": [issue]}, "search": {"mode": "outcome"}},
        {"fullUrl": "urn:uuid:2f0e"},
        {"search": {"score": 1}},
        {"resource": {"resourceType": "Binary", "id": "included"}, "search": {"mode": "include"}},
    ]
    return bundle | {"entry": [odd[0], *bundle["entry"], *odd[1:]]}


@pytest.mark.parametrize("total", [10_000, "many"])
def test_wrong_totals_odd_entries_and_doubles_change_nothing(
    stage: Stage, payer: Payer, total: int | str
) -> None:
    """R-22, R-30: of a record that comes twice the newest form is kept, in whatever order they come."""
    with stage.round() as site:
        old = dict(payer.memory.people["p-1"][CLAIM.format(0)])
        payer.change("p-1", CLAIM.format(0), status="cancelled")

        def twice(bundle: Json, _: Asked) -> Json:
            return bundle | {"entry": [{"resource": old}, *bundle["entry"], bundle["entry"][0]]}

        doubled = on_claims(2, twice)
        payer.wrap_bundle = lambda bundle, asked: odd_entries(doubled(bundle, asked)) | {"total": total}
        stage.judge(f"odd bundles: total {total}", site, site.do("finish"))


NUMBERS = "https://payer.example/member"


def test_the_records_of_another_person_are_refused_with_an_alarm(stage: Stage, payer: Payer) -> None:
    """R-29: nothing of a stranger is stored or shown; the operator's log says it, naming nobody.

    By reference, and by number where both have one; the member's own claims in odd forms stay.
    """
    with stage.round() as site:
        people = payer.memory.people
        for patient in ("p-1", "p-2"):
            number = {"system": NUMBERS, "value": f"canary-number-of-{patient}"}
            people[patient][f"Patient/{patient}"]["identifier"] = [number]
        own = {"identifier": {"system": NUMBERS, "value": "canary-number-of-p-1"}}
        people["p-1"][CLAIM.format(0)]["patient"] = own
        people["p-1"][CLAIM.format(1)]["patient"] = {"reference": " Patient/p%2D1/"}
        by_number = {"identifier": {"system": NUMBERS, "value": "canary-number-of-p-2"}}
        strange = [a_claim("p-2", 0), a_claim("p-2", 1) | {"patient": by_number}]

        def mixed(bundle: Json, _: Asked) -> Json:
            return bundle | {"entry": [*bundle["entry"], *({"resource": claim} for claim in strange)]}

        payer.wrap_bundle = on_claims(2, mixed)
        seen = site.do("finish")
        stage.judge("another person's claim", site, seen, ends="partial")
        assert "sent 2 records of another patient" in site.logs()
        assert seen["connections"][0]["runs"][0]["steps"]["ExplanationOfBenefit"][3] == 2


def test_every_state_of_a_claim_is_followed_and_back(stage: Stage, payer: Payer) -> None:
    """R-25: entered in error, cancelled, and valid again."""
    with stage.round() as site:
        site.do("finish")
        for status in ("entered-in-error", "cancelled", "active"):
            payer.change("p-1", CLAIM.format(4), status=status)
            site.later(days=1)
            stage.judge(f"claim becomes {status}", site, site.do("finish", news=True))
