"""Servers that count more records than they send, and lead to no further page."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.fhir import errors
from apps.fhir.bundles import Page
from apps.fhir.client import MOST_AT_ONCE, Client
from tests.fhir.stub import Query, Reply, Stub, bundle, reply
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


def test_what_was_guessed_may_be_refused(fhir: Client, stub: Stub) -> None:
    """CMS Blue Button takes fifty at most (C-01): what came is not thrown away for our question."""
    taken = paged(80, here=2, leads=True)
    stub.on(
        "ExplanationOfBenefit",
        lambda query: taken(query) if int(query["_count"]) <= 50 else reply("{}", 400),
    )
    assert ids(fhir) == ["c0", "c1"]
    stub.on("ExplanationOfBenefit", reply("{}", 400))
    with pytest.raises(errors.Rejected):
        ids(fhir)


@pytest.mark.parametrize("page", [bundle(total=5), bundle({"resourceType": "Patient", "id": "p"}, total=5)])
def test_a_count_without_any_record_of_the_kind_is_no_reason(fhir: Client, stub: Stub, page: Any) -> None:
    stub.on("ExplanationOfBenefit", page)
    ids(fhir)
    assert len(stub.asked) == 1
