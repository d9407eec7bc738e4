"""Which records are versions of one, by the few facts that lists keep; the rules of claims: tests/claims."""

import random
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from apps.records import versions
from apps.records.entries import Facts
from apps.records.versions import chains

NAMES = st.sampled_from(["a", "b", "c", "N"])


@st.composite
def some_facts(draw: st.DrawFn) -> list[Facts]:
    """Return up to seven records that name each other in every way."""
    return [
        Facts(
            own=(f"r{number}", draw(NAMES)),
            older=tuple(draw(st.lists(NAMES, max_size=2))),
            newer=tuple(draw(st.lists(NAMES, max_size=1))),
            number=draw(st.sampled_from(["", "N"])),
            occasion=draw(st.sampled_from(["visit", "drug"])),
            created=draw(st.sampled_from(["", "2026-04-01", "2026-04-02"])),
            step=draw(st.integers(0, 2)),
            by="name:clinic",
            takes_back=draw(st.booleans()) or is_minus,
            is_mistake=draw(st.booleans()),
            amounts=draw(st.sampled_from([("9",), ("8",)] if is_minus else [(), ("9",), ("8",)])),
            is_minus=is_minus,
        )
        for number, is_minus in enumerate(draw(st.lists(st.booleans(), min_size=1, max_size=7)))
    ]


@given(some_facts(), st.sets(st.integers(0, 6)), st.randoms(use_true_random=False))
def test_the_answer_does_not_depend_on_the_order_and_holds_every_record_once(
    facts: list[Facts], gone: set[int], chance: random.Random
) -> None:
    chosen = chains(facts, gone=gone)
    assert sorted(at for chain in chosen for at in chain.versions) == list(range(len(facts)))
    for chain in chosen:
        holds = {at for at in chain.versions if not facts[at].is_mistake}
        assert (chain.current is None) == (not holds)
        if chain.current in gone and len(chain.versions) > 1:
            assert holds <= gone, "what the plan withdrew counts though something else is left"
    order = list(range(len(facts)))
    chance.shuffle(order)
    again = chains([facts[at] for at in order], gone={place for place, at in enumerate(order) if at in gone})
    told = set()
    for chained in again:
        holds = None if chained.current is None else order[chained.current]
        told.add((*(order[at] for at in chained.versions), holds))
    assert told == {(*chain.versions, chain.current) for chain in chosen}


def test_what_the_plan_withdrew_counts_only_where_nothing_else_is_sent() -> None:
    older, newer = Facts(own=("a",)), Facts(own=("b",), older=("a",))
    assert chains([older, newer])[0].current == 1
    assert chains([older, newer], gone={1})[0].current == 0
    assert chains([older, newer], gone={0, 1})[0].current == 1


def test_of_forms_that_only_take_back_the_one_that_is_still_sent_stands_for_the_claim() -> None:
    """Nothing else is left; that each takes back does not make what the plan withdrew as good."""
    forms = [Facts(own=(name,), number="N", amounts=("9",), is_minus=True, takes_back=True) for name in "ab"]
    assert [chains(forms, gone={place})[0].current for place in (0, 1)] == [1, 0]


@pytest.mark.parametrize("number", [versions.CROWD, versions.CROWD + 1])
def test_a_name_that_a_crowd_shares_tells_of_none(number: int) -> None:
    crowd = [Facts(own=(f"r{n}",), number="N", occasion="visit") for n in range(number)]
    assert len(chains(crowd)) == (1 if number <= versions.CROWD else number)


@pytest.mark.parametrize("number", [versions.CROWD - 1, versions.CROWD])
def test_a_name_that_a_crowd_carries_is_nobodys_older_version(number: int) -> None:
    crowd = [Facts(own=(f"r{n}", "shared")) for n in range(number)]
    all_chains = chains([*crowd, Facts(own=("newer",), older=("shared",))])
    assert len(all_chains) == (1 if number < versions.CROWD else number + 1)


def test_a_void_takes_back_no_mistake_nor_what_the_mistake_says_it_replaces() -> None:
    stands = Facts(own=("a",), number="1", occasion="visit", created="2026-04-01")
    mistake = Facts(own=("b",), older=("a",), number="2", created="2026-04-02", is_mistake=True)
    void = Facts(own=("c",), number="2", created="2026-04-03", takes_back=True)
    assert [chain.current for chain in chains([stands, mistake, void])] == [0]


def test_a_chain_longer_than_any_claim_has_is_put_in_order_without_all_that_follows_all() -> None:
    """A plan's mistake: each claim of a patient named as the version before the next (a thousand of them)."""
    number = 2 * versions.CLOSED
    facts = [Facts(own=(f"r{n}",), older=(f"r{n - 1}",) if n else ()) for n in range(number)]
    (chain,) = chains(facts)
    assert chain.versions == tuple(reversed(range(number)))
    assert chain.current == number - 1
    tracemalloc.start()
    chains(facts)
    assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    tracemalloc.stop()


def test_a_circle_of_very_many_holds_every_record_once() -> None:
    number = versions.CLOSED + 1
    facts = [Facts(own=(f"r{n}",), older=(f"r{(n - 1) % number}",)) for n in range(number)]
    (chain,) = chains(facts)
    assert sorted(chain.versions) == list(range(number))
    assert chain.current is not None


SAME = Facts(own=("a",), number="1", created="2026-04-01")


@pytest.mark.parametrize(
    ("changes", "is_unordered"),
    [
        ({}, True),
        ({"created": ""}, True),
        ({"created": "2026-04-02"}, False),
        ({"paid_on": "2026-04-02"}, True),
        ({"older": ("a",)}, False),
        ({"newer": ("a",)}, False),
        ({"step": 2}, False),
    ],
)
def test_5_2_of_versions_of_one_moment_that_do_not_name_each_other_none_is_newer(
    changes: dict[str, Any], is_unordered: bool
) -> None:
    (chain,) = chains([SAME, structs.replace(SAME, own=("b",), **changes)])
    assert chain.current is not None
    assert chain.unordered == ({1 - chain.current} if is_unordered else frozenset())


def test_5_2_a_later_payment_tells_which_of_two_versions_is_newer() -> None:
    (chain,) = chains(
        [
            structs.replace(SAME, paid_on="2026-04-02"),
            structs.replace(SAME, own=("b",), paid_on="2026-04-03"),
        ]
    )
    assert (chain.current, chain.unordered) == (1, frozenset())
