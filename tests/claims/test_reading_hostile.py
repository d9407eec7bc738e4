"""R-28, hostile and broken claims: a record or `Unreadable`, never anything else, and always fast."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.kinds.claim import wording
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.reading import Unreadable, read, references
from apps.records.entries import to_bytes
from tests.claims import made

junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.text(max_size=12)
    | st.sampled_from(
        ["2026-02-30", "0000-00-00", "IGNORED_FIELD", "#", "urn:uuid:", "Organization/", "\ud800", "\x00"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def told(body: bytes) -> None:
    """Read a body, and put it into words if it can be read."""
    references(body)
    try:
        record = read(body, {"Organization/1": "Clinic"})
    except Unreadable as refused:
        assert str(refused).startswith("it is ")
    else:
        assert CLAIM.open_brief(to_bytes(record)) == record
        wording.story(record)
        wording.row(record)


def paths(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value in a JSON tree."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path, *(found for key, value in pairs for found in paths(value, (*path, key)))]


def mutated(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a copy of the tree with another value at the path."""
    copy = json.loads(json.dumps(tree))
    if not path:
        return value
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return copy


OWN = json.loads(
    made.body(
        made.visit(
            payment={"date": "2026-04-01", "amount": {"value": 1}}, related=[{"reference": {"value": "x"}}]
        )
    )
)
OWN_PATHS = paths(OWN)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(OWN_PATHS), junk)
def test_any_value_anywhere_costs_at_most_that_value(path: tuple[Any, ...], value: Any) -> None:
    told(json.dumps(mutated(OWN, path, value)).encode())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_answered(body: bytes) -> None:
    told(body)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(made.body(made.visit()))))
def test_a_claim_cut_off_anywhere_is_answered(length: int) -> None:
    told(made.body(made.visit())[:length])


@pytest.mark.parametrize("depth", [50, 200, 2_000, 200_000])
def test_deep_nesting_is_answered(depth: int) -> None:
    told(b'{"resourceType":"ExplanationOfBenefit","type":' + b'{"coding":[' * depth + b"]}" * depth + b"}")
    told(b'{"resourceType":"ExplanationOfBenefit","item":' + b"[" * depth + b"]" * depth + b"}")


def test_a_claim_of_many_lines_is_read_whole() -> None:
    lines = [
        made.line(n, made.priced("submitted", "1.00"), made.priced("copay", "0.10")) for n in range(5_000)
    ]
    body = made.body(made.claim(item=lines))
    record = read(body, {})
    assert str(record.money.billed.amount) == "5000.00"
    assert len(record.lines) == 5_000


def test_markup_in_texts_stays_text() -> None:
    record = made.reading(made.claim(provider={"display": "<script>alert(1)</script>\u202e\x07 Clinic"}))
    assert record.provider == "<script>alert(1)</script> Clinic"


def test_a_refusal_quotes_nothing_of_the_data() -> None:
    with pytest.raises(Unreadable) as refused:
        read(b'{"resourceType": "Secret diagnosis"', {})
    assert "Secret" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_text_in_another_encoding_beside_what_is_read_hides_no_amount() -> None:
    """Latin-1 in an element that is no claim's, beside money nobody expects: record and amount come."""
    claim = made.claim() | {"note9": "Prénom", "fee9": {"value": 7, "currency": "USD"}}
    body = json.dumps(claim, ensure_ascii=False).encode("latin-1")
    told(body)
    assert "7 USD" in [one.value for one in read(body, {}).also_sent]
