"""Records that a plan gives no id, and one broken text on a page of good ones (facts claims 1.1, 1.25)."""

import json

import pytest

from apps.fhir.bundles import Page, read_page, read_resource
from apps.fhir.errors import NotFhir

BASE = "https://plan.example/fhir"
NUMBER = {"system": "https://plan.example/claims", "value": "7001"}


def page(*entries: str) -> Page:
    """Return what is read of a search whose entries hold these JSON texts."""
    inside = ",".join(f'{{"resource":{one}}}' for one in entries)
    body = f'{{"resourceType":"Bundle","type":"searchset","entry":[{inside}]}}'.encode()
    return read_page(body, url=f"{BASE}/ExplanationOfBenefit", base_url=BASE)


def a_claim(**elements: object) -> str:
    """Return a claim without id as JSON text."""
    return json.dumps({"resourceType": "ExplanationOfBenefit", **elements})


def identity(**elements: object) -> str:
    return read_resource(a_claim(**elements).encode()).identity


def test_a_claim_without_id_is_a_record_like_any_other() -> None:
    """Facts claims 1.1: one payer sends all its claims so."""
    found = page(a_claim(identifier=[NUMBER]), a_claim(identifier=[NUMBER | {"value": "7002"}]))
    assert (len(found.resources), found.unreadable) == (2, 0)
    assert len({one.identity for one in found.resources}) == 2


def test_its_numbers_stand_for_the_id_whatever_else_of_it_changes() -> None:
    other = {"system": "https://plan.example/groups", "value": "G1"}
    assert identity(identifier=[NUMBER, other]) == identity(identifier=[other, NUMBER], outcome="complete")
    assert identity(identifier=[NUMBER]) != identity(identifier=[NUMBER, other])


def test_claims_of_one_group_number_are_told_apart_by_their_period() -> None:
    one = identity(identifier=[NUMBER], billablePeriod={"start": "2026-03-09"})
    assert one != identity(identifier=[NUMBER], billablePeriod={"start": "2026-04-09"})


def test_without_numbers_the_text_itself_tells_records_apart() -> None:
    assert identity(outcome="complete") == identity(outcome="complete")
    assert identity(outcome="complete") != identity(outcome="partial")
    assert identity(identifier="nonsense") != identity(identifier=[{"value": None}])


def test_a_word_in_place_of_an_id_names_nothing() -> None:
    """Facts claims 1.25: the literal IGNORED_FIELD stands where an id belongs, of every such record."""
    one, other = (identity(id="IGNORED_FIELD", outcome=outcome) for outcome in ("complete", "partial"))
    assert one != other
    ignored = {"value": "IGNORED_FIELD"}
    assert identity(identifier=[ignored], outcome="complete") != identity(identifier=[ignored], outcome="x")


def test_an_id_is_the_identity_where_there_is_one() -> None:
    assert identity(id="eob-1", identifier=[NUMBER]) == "ExplanationOfBenefit/eob-1"


HALVES = [r'"\ud800"', r'"a\uDFFFb"', r'"\ud83d\ud83d\ude00"', r'"\ude00\ud83d"']


@pytest.mark.parametrize("half", HALVES)
def test_half_a_character_costs_its_own_entry_and_no_other(half: str) -> None:
    good = r'{"resourceType":"Coverage",  "id":"c1", "x":"\ud83d\ude00 \\ud800 \ue000"}'
    broken = f'{{"resourceType":"Coverage","id":"c2","x":{half}}}'
    found = page(good, broken, a_claim(id="eob-1"))
    assert [one.id for one in found.resources] == ["c1", "eob-1"]
    assert found.resources[0].body == good.encode()
    assert found.unreadable == 1


def test_what_is_no_json_for_another_reason_stays_so() -> None:
    with pytest.raises(NotFhir):
        page(r'{"resourceType":"Coverage","id":"c1","x":"\q"}')
