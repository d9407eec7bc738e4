"""Servers that count more records than they send, and lead to no further page."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.fhir import errors
from apps.fhir.bundles import Page
from apps.fhir.client import ALL_AT_ONCE, MOST_AT_ONCE, Client
from apps.outbound.door import Answer
from tests.fhir.stub import Door, Query, Reply, Stub, bundle, reply
from tests.fhir.test_client import claim, ids

ALL = "ExplanationOfBenefit?patient=alice&_count={}"


def test_what_a_server_cut_without_a_word_is_asked_for_in_one_piece(fhir: Client, stub: Stub) -> None:
    """`_count` is obeyed and no `next` written: two of five claims came, and the update was "up to date"."""

    def answer(query: dict[str, str]) -> Reply:
        most = int(query["_count"])
        return reply(bundle(*(claim(number) for number in range(min(most, 5))), total=5))

    stub.on("ExplanationOfBenefit", answer)
    assert sorted(set(ids(fhir))) == ["c0", "c1", "c2", "c3", "c4"]
    assert stub.asked == [ALL.format(2), ALL.format(5)]


def paged(total: int, *, here: int = 5, most: int = 100, leads: bool = False) -> Callable[[Query], Reply]:
    """Return how a server answers that has *here* claims, counts *total*, sends *most* at once, and may lead
    on to more."""

    def answer(query: Query) -> Reply:
        size = min(int(query["_count"]), most)
        claims = [claim(number) for number in range(min(size, here))]
        return reply(bundle(*claims, total=total, next="Other?page=2" if leads and size < here else None))

    return answer


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        (paged(5, most=2), [2, 5, 1]),  # its own maximum cuts what was asked for in one piece too
        (paged(5000, most=2), [2, MOST_AT_ONCE, 1]),
        (lambda _query: reply(bundle(claim(1), claim(2), total=5)), [2, 5, 1]),
        (lambda query: paged(9, most=2)(query) if query["_count"] == "2" else reply("{}", 400), [2, 9, 1]),
        (lambda query: paged(9, most=2)(query) if query["_count"] != "1" else reply("{}", 500), [2, 9, 1]),
    ],
)
def test_a_server_that_cuts_and_leads_nowhere_is_told_as_a_gap(
    fhir: Client, stub: Stub, answer: Callable[[Query], Reply], asked: list[int]
) -> None:
    """The update was "up to date" though three of five claims did not come. What came is kept."""
    stub.on("ExplanationOfBenefit", answer)
    came = list[Page]()
    with pytest.raises(errors.CutShort, match="sent") as told:
        for page in fhir.search("ExplanationOfBenefit", {"patient": "alice"}):
            came.append(page)
    assert "without a link to more" in told.value.detail
    assert came[-1].has_gaps and came[0].resources
    assert list(dict.fromkeys(stub.asked)) == [ALL.format(size) for size in asked]


@pytest.mark.parametrize(
    ("here", "total", "asked"),
    [
        (2, 3, [2, 3, 1]),  # some are held back by law, or it is off by one
        (2, 10_000, [2, MOST_AT_ONCE, 1]),  # an estimate
        (2, 2, [2]),
        (2, 1, [2]),
        (2, None, [2]),
        (2, "5", [2]),
    ],
)
def test_a_server_that_leads_from_page_to_page_may_miscount(
    fhir: Client, stub: Stub, here: int, total: Any, asked: list[int]
) -> None:
    """Facts: claims.md section 11, `total` is no promise: it makes no gap at a plan that pages well."""
    stub.on("ExplanationOfBenefit", paged(total, here=here, leads=True))
    assert sorted(set(ids(fhir))) == [f"c{number}" for number in range(here)]
    assert stub.asked == [ALL.format(size) for size in asked]


def test_what_is_counted_with_what_it_refers_to_came(fhir: Client, stub: Stub) -> None:
    patient = {"resourceType": "Patient", "id": "alice"}
    stub.on("ExplanationOfBenefit", bundle(claim(1), patient, total=2))
    assert set(ids(fhir)) == {"c1", "alice"}


def test_more_than_what_was_asked_for_is_not_asked_again(stub: Stub, fhir: Client) -> None:
    """The same address twice would be taken for pages without end."""
    stub.on("ExplanationOfBenefit", paged(50, most=2))
    with pytest.raises(errors.CutShort):
        list(fhir.search("ExplanationOfBenefit", {"patient": "alice"}, page_size=50))
    assert stub.asked == [ALL.format(50), ALL.format(1)]


@pytest.mark.parametrize(
    "guessed",
    [
        reply("{}", 400),  # CMS Blue Button takes fifty at most (C-01)
        reply("{}", 404),
        reply("{}", 500),
        reply("{}", 504),
        reply("<html>"),
        reply(bundle(claim(1)) | {"note": "x" * 20_000}),  # more than the door takes
    ],
)
@pytest.mark.parametrize("resumed", [None, "{}/" + ALL.format(80) + ALL_AT_ONCE])
def test_what_was_guessed_may_go_wrong_in_any_way(
    fhir: Client, stub: Stub, settings: Any, guessed: Reply, resumed: str | None
) -> None:
    """What came is not thrown away for our question, and no page made smaller for every member: not either
    where a try that died left that question as its link."""
    settings.OUTBOUND_MAX_BYTES = 10_000
    taken = paged(80, here=2, leads=True)
    stub.on("ExplanationOfBenefit", lambda query: taken(query) if int(query["_count"]) <= 50 else guessed)
    link = resumed and resumed.format(stub.base_url)
    pages = fhir.search("ExplanationOfBenefit", {"patient": "alice"}, resume_at=link)
    assert [resource.id for page in pages for resource in page.resources] == ["c0", "c1"]
    assert list(dict.fromkeys(stub.asked)) == [ALL.format(size) for size in (2, 80, 1)]
    stub.on("ExplanationOfBenefit", guessed)
    with pytest.raises(errors.FhirError):
        ids(fhir)


def test_a_guess_is_sent_as_the_server_takes_searches(stub: Stub) -> None:
    """C-01: a server that refuses GET was asked by it, and the rest never came."""
    stub.on("ExplanationOfBenefit", reply("{}", 405))
    stub.on("ExplanationOfBenefit/_search", paged(5))
    assert sorted(set(ids(Client(stub.base_url, Door(), page_size=2)))) == [
        f"c{number}" for number in range(5)
    ]


@pytest.mark.parametrize("busy_at", [80, 1])
def test_a_plan_that_wants_a_wait_is_not_asked_on_for_a_guess(fhir: Client, stub: Stub, busy_at: int) -> None:
    busy, taken = reply("{}", 429, Retry_After="120"), paged(80, here=2)
    stub.on("ExplanationOfBenefit", lambda query: busy if query["_count"] == str(busy_at) else taken(query))
    with pytest.raises(errors.PlanBusy) as told:
        ids(fhir)
    assert told.value.retry_after == 120
    assert stub.asked[-1] == ALL.format(busy_at)


class Stopped(Exception):
    """What a connection raises when nothing more is to be asked: no fault of the plan."""


def test_what_ends_all_asking_ends_a_guess_too(stub: Stub) -> None:
    stub.on("ExplanationOfBenefit", paged(5))

    class Until(Door):
        def ask(self, url: str, form: str | None = None) -> Answer:
            if stub.asked:
                raise Stopped
            return super().ask(url, form)

    with pytest.raises(Stopped):
        ids(Client(stub.base_url, Until(), page_size=2))


@pytest.mark.parametrize("page", [bundle(total=5), bundle({"resourceType": "Patient", "id": "p"}, total=5)])
def test_a_count_without_any_record_of_the_kind_is_no_reason(fhir: Client, stub: Stub, page: Any) -> None:
    stub.on("ExplanationOfBenefit", page)
    ids(fhir)
    assert len(stub.asked) == 1
