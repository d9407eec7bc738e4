"""Records that a plan gives no id, and one broken text on a page of good ones (facts claims 1.1, 1.25)."""

import json

import pytest

from apps.fhir.bundles import Page, read_page, read_resource
from apps.fhir.errors import NotFhir

BASE = "https://plan.example/fhir"
NUMBER = {"system": "https://plan.example/claims", "value": "7001"}


def page(*entries: str) -> Page:
    """Return what is read of a search whose entries hold these JSON texts."""
    inside = ",".join(f'{{"resource":{text}}}' for text in entries)
    body = f'{{"resourceType":"Bundle","type":"searchset","entry":[{inside}]}}'.encode()
    return read_page(body, url=f"{BASE}/ExplanationOfBenefit", base_url=BASE)


def a_claim(**elements: object) -> str:
    """Return a claim without id as JSON text."""
    return json.dumps({"resourceType": "ExplanationOfBenefit", **elements})


def identity(**elements: object) -> str:
    return read_resource(a_claim(**elements).encode()).identity


def test_a_claim_without_id_is_a_record_like_any_other() -> None:
    """Facts claims 1.1: one payer sends all its claims so."""
    read = page(a_claim(identifier=[NUMBER]), a_claim(identifier=[NUMBER | {"value": "7002"}]))
    assert (len(read.resources), read.unreadable) == (2, 0)
    assert len({resource.identity for resource in read.resources}) == 2


def test_its_numbers_stand_for_the_id_whatever_else_of_it_changes() -> None:
    other = {"system": "https://plan.example/groups", "value": "G1"}
    assert identity(identifier=[NUMBER, other]) == identity(identifier=[other, NUMBER], outcome="complete")
    assert identity(identifier=[NUMBER]) != identity(identifier=[NUMBER, other])


def money(value: float, code: str = "benefit") -> dict[str, object]:
    return {"category": {"coding": [{"code": code}]}, "amount": {"value": value, "currency": "USD"}}


LINE = {"sequence": 1, "productOrService": {"coding": [{"code": "99213"}]}, "adjudication": [money(80)]}
SAME: list[dict[str, object]] = [
    {"meta": {"lastUpdated": "2026-03-11T00:00:00Z"}},
    {"text": {"div": "<div>made for this answer</div>"}},
    {"status": "draft"},
    {"created": "2026-03-11"},
    {"disposition": "Paid"},
    {"item": [LINE | {"id": "made-for-this-answer"}]},
    {"provider": {"reference": "#other", "display": "Dr. Okafor"}},
]
OTHER: list[dict[str, object]] = [
    {"item": [LINE | {"adjudication": [money(81)]}]},
    {"item": [LINE | {"productOrService": {"coding": [{"code": "99214"}]}}]},
    {"item": [LINE, LINE | {"sequence": 2}]},
    {"total": [money(80.01)]},
    {"payment": {"amount": {"value": 80}, "date": "2026-03-20"}},
    {"provider": {"reference": "#p1", "display": "Dr. Reyes"}},
    {"type": {"coding": [{"code": "pharmacy"}]}},
    {"use": "predetermination"},
    {"status": "cancelled"},
    {"related": [{"claim": {"identifier": {"value": "7000"}}}]},
]
ONE: dict[str, object] = {
    "identifier": [NUMBER],
    "status": "active",
    "use": "claim",
    "type": {"coding": [{"code": "professional"}]},
    "provider": {"reference": "#p1", "display": "Dr. Okafor"},
    "item": [LINE],
    "total": [money(80)],
}


@pytest.mark.parametrize("other", OTHER, ids=str)
def test_claims_of_one_number_that_say_something_else_of_what_was_done_or_paid_are_two(
    other: dict[str, object],
) -> None:
    assert identity(**ONE) != identity(**ONE | other)


@pytest.mark.parametrize("change", SAME, ids=str)
def test_what_a_server_makes_anew_for_an_answer_makes_no_other_claim(change: dict[str, object]) -> None:
    assert identity(**ONE) == identity(**ONE | change)


def test_the_order_of_elements_makes_no_other_claim() -> None:
    assert identity(**ONE) == identity(**dict(reversed(ONE.items())))
    assert identity(total=[{"amount": {"value": 1.10}}], identifier=[NUMBER]) != identity(
        total=[{"amount": {"value": 1.101}}], identifier=[NUMBER]
    )


def test_two_coverages_of_one_member_number_are_two_and_one_that_ends_stays_one() -> None:
    def coverage(**elements: object) -> str:
        body = {"resourceType": "Coverage", "identifier": [NUMBER], "period": {"start": "2026-01-01"}}
        return read_resource(json.dumps(body | elements).encode()).identity

    assert coverage(type={"text": "Medical"}) != coverage(type={"text": "Dental"})
    assert coverage() != coverage(period={"start": "2027-01-01"})
    assert coverage() == coverage(period={"start": "2026-01-01", "end": "2026-12-31"}, status="cancelled")


@pytest.mark.parametrize("odd", [1, "x", [1], {"a": {"b": [None, True, 1e300]}}, None], ids=str)
def test_nonsense_where_money_belongs_is_told_apart_like_money(odd: object) -> None:
    assert identity(identifier=[NUMBER], total=odd) == identity(identifier=[NUMBER], total=odd)
    assert identity(identifier=[NUMBER], total=odd) != identity(identifier=[NUMBER])


def test_claims_of_one_group_number_are_told_apart_by_their_period() -> None:
    of_march = identity(identifier=[NUMBER], billablePeriod={"start": "2026-03-09"})
    assert of_march != identity(identifier=[NUMBER], billablePeriod={"start": "2026-04-09"})


def test_without_numbers_the_text_itself_tells_records_apart() -> None:
    assert identity(outcome="complete") == identity(outcome="complete")
    assert identity(outcome="complete") != identity(outcome="partial")
    assert identity(identifier="nonsense") != identity(identifier=[{"value": None}])


def test_a_word_in_place_of_an_id_names_nothing() -> None:
    """Facts claims 1.25: the literal IGNORED_FIELD stands where an id belongs, of every such record."""
    complete, other = (identity(id="IGNORED_FIELD", outcome=outcome) for outcome in ("complete", "partial"))
    assert complete != other
    ignored = {"value": "IGNORED_FIELD"}
    assert identity(identifier=[ignored], outcome="complete") != identity(identifier=[ignored], outcome="x")


def test_an_id_is_the_identity_where_there_is_one() -> None:
    assert identity(id="eob-1", identifier=[NUMBER]) == "ExplanationOfBenefit/eob-1"


HALVES = [r'"\ud800"', r'"a\uDFFFb"', r'"\ud83d\ud83d\ude00"', r'"\ude00\ud83d"']


@pytest.mark.parametrize("half", HALVES)
def test_half_a_character_costs_its_own_entry_and_no_other(half: str) -> None:
    good = r'{"resourceType":"Coverage",  "id":"c1", "x":"\ud83d\ude00 \\ud800 \ue000"}'
    broken = f'{{"resourceType":"Coverage","id":"c2","x":{half}}}'
    read = page(good, broken, a_claim(id="eob-1"))
    assert [resource.id for resource in read.resources] == ["c1", "eob-1"]
    assert read.resources[0].body == good.encode()
    assert read.unreadable == 1


def test_what_is_no_json_for_another_reason_stays_so() -> None:
    with pytest.raises(NotFhir):
        page(r'{"resourceType":"Coverage","id":"c1","x":"\q"}')
