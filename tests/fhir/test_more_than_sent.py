"""Servers that count more records than they send, and lead to no further page."""

from typing import Any

import pytest

from apps.fhir import errors
from apps.fhir.client import MOST_AT_ONCE, Client
from tests.fhir.stub import Reply, Stub, bundle, reply
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


@pytest.mark.parametrize(
    ("total", "asked"), [(5, 2), (2, 1), (1, 1), (None, 1), ("5", 1), (MOST_AT_ONCE + 1, 1)]
)
def test_a_server_that_only_miscounts_is_asked_once_more_at_most(
    fhir: Client, stub: Stub, total: object, asked: int
) -> None:
    stub.on("ExplanationOfBenefit", bundle(claim(1), claim(2), total=total))
    assert set(ids(fhir)) == {"c1", "c2"}
    assert len(stub.asked) == asked


def test_what_was_guessed_may_be_refused(fhir: Client, stub: Stub) -> None:
    """CMS Blue Button takes fifty at most (C-01): what came is not thrown away for our question."""
    first = reply(bundle(claim(1), total=80))
    stub.on("ExplanationOfBenefit", lambda query: first if query["_count"] == "2" else reply("{}", 400))
    assert ids(fhir) == ["c1"]
    stub.on("ExplanationOfBenefit", reply("{}", 400))
    with pytest.raises(errors.Rejected):
        ids(fhir)


@pytest.mark.parametrize("page", [bundle(total=5), bundle({"resourceType": "Patient", "id": "p"}, total=5)])
def test_a_count_without_any_record_of_the_kind_is_no_reason(fhir: Client, stub: Stub, page: Any) -> None:
    stub.on("ExplanationOfBenefit", page)
    ids(fhir)
    assert len(stub.asked) == 1
