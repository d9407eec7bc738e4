"""Which claims are versions of one, and which of them counts (facts claims 5.1, 5.2)."""

import random
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from apps.kinds.claim import standing, wording
from apps.kinds.claim.brief import brief
from apps.kinds.claim.entry import facts_of
from apps.kinds.claim.records import ClaimRecord, Figure, Money, Related
from apps.kinds.claim.wording.history import Sent, history
from apps.records import versions
from apps.records.versions import Chain
from tests.claims.made import claim, line, reading
from tests.claims.test_providers_named import SHARE


def chains(records: Iterable[ClaimRecord]) -> tuple[Chain, ...]:
    """Return which claims are versions of one, each known by what lists keep of it."""
    return versions.chains(facts_of(record, standing.state(record)) for record in records)


def current(records: Iterable[ClaimRecord]) -> set[int]:
    """Return the positions of those that count."""
    return {chain.current for chain in chains(records) if chain.current is not None}


def a(resource_id: str, number: str = "", *, share: str | None = None, **changes: Any) -> ClaimRecord:
    """Return a record known by id and number."""
    numbers = (number or resource_id,)
    money = Money(your_share=Figure(Decimal(share))) if share else Money()
    return ClaimRecord(
        resource_id=resource_id, claim_number=numbers[0], numbers=numbers, money=money, **changes
    )


def prior(name: str) -> dict[str, Any]:
    return {"related": (Related("prior", None, name),)}


def replaced_by(name: str) -> dict[str, Any]:
    return {"related": (Related("replacedby", None, name),)}


def shown(*records: ClaimRecord) -> set[str | None]:
    """Return the ids of the current ones, after asking in every order."""
    orders = list(permutations(records)) if len(records) < 6 else [records]
    found = {frozenset(order[at].resource_id for at in current(order)) for order in orders}
    assert len(found) == 1, "the order of arrival matters"
    return set(found.pop())


def order(*records: ClaimRecord) -> list[list[str | None]]:
    return [[records[at].resource_id for at in chain.versions] for chain in chains(records)]


def test_a_claim_that_another_replaces_is_old_in_whatever_order_they_arrive() -> None:
    first = a("1", "CLM-1")
    by_number = a("2", "CLM-2", **prior("CLM-1"))
    by_path = a("3", "CLM-3", related=(Related("prior", "ExplanationOfBenefit/1"),))
    assert shown(first, by_number) == {"2"}
    assert shown(by_path, first) == {"3"}


def test_a_pair_that_names_each_other_is_one_claim_and_the_order_does_not_depend_on_dates() -> None:
    old = a("1", created="2026-09-09", **replaced_by("2"))
    new = a("2", created="2026-01-01", **prior("1"))
    assert shown(old, new) == {"2"}
    assert order(old, new) == [["2", "1"]]


def test_a_chain_of_many_versions_shows_its_last() -> None:
    first, second, third = a("1"), a("2", **prior("1")), a("3", **prior("2"))
    assert shown(first, second, third) == {"3"}
    assert order(second, first, third) == [["3", "2", "1"]]
    # The one in the middle has not arrived: two claims for now.
    assert shown(first, third) == {"1", "3"}


def test_of_two_that_replace_the_same_one_only_the_newest_counts() -> None:
    """Plans name the first version again and again."""
    again = a("3", created="2026-03-03", **prior("1"))
    assert shown(a("1"), a("2", created="2026-02-02", **prior("1")), again) == {"3"}
    # The first version itself was never shared.
    assert shown(a("2", created="2026-02-02", **prior("1")), again) == {"3"}


def test_different_visits_that_name_one_missing_claim_stay_different() -> None:
    junk = prior("0")
    monday, tuesday = (a(day, service_start=f"2026-03-0{day}", **junk) for day in "12")
    assert shown(monday, tuesday) == {"1", "2"}


def test_an_associated_claim_is_no_version() -> None:
    assert shown(a("1"), a("2", related=(Related("associated", None, "1"),))) == {"1", "2"}


def test_of_two_forms_of_one_claim_the_one_with_money_counts() -> None:
    basis = a("1", "CLM-1", shares_money=False, created="2026-05-01")
    full = a("2", "CLM-1", share="1.00", created="2026-04-01")
    assert shown(basis, full) == {"2"}


def test_one_number_on_different_kinds_days_or_patients_names_different_claims() -> None:
    assert shown(a("1", "N", kind="oral"), a("2", "N", kind="pharmacy")) == {"1", "2"}
    assert shown(a("1", "N", service_start="2026-01-01"), a("2", "N")) == {"1", "2"}
    for about in ("patient_reference", "patient_number", "patient"):
        twins = (a(one, "N", **{about: f"Patient/{one}"}) for one in "12")
        assert shown(*twins) == {"1", "2"}


def unique(number: str, *others: str) -> dict[str, Any]:
    """Return what makes *number* the one that the plan typed as the claim's own."""
    return {"claim_number": number, "numbers": (number, *others), "has_unique_number": True}


def test_a_number_typed_in_one_version_alone_still_joins_it_to_the_other() -> None:
    """The first of several numbers without a type stood for the claim: its correction was another claim."""
    untyped = structs.replace(a("1", created="2026-04-01"), claim_number="GROUP", numbers=("GROUP", "7"))
    typed = structs.replace(a("2", created="2026-05-01"), **unique("7", "GROUP"))
    other = structs.replace(untyped, resource_id="3", numbers=("GROUP", "8"))
    assert shown(untyped, typed) == {"2"}
    assert shown(untyped, typed, other) == {"2", "3"}


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ({"provider_npi": "1", "provider": "Clinic"}, {"provider_npi": "2", "provider": "Clinic"}),
        ({"provider": "Riverside Clinic"}, {"provider": "Mill Street Lab"}),
    ],
)
def test_one_number_without_a_type_of_two_providers_is_of_two_claims(
    first: dict[str, Any], other: dict[str, Any]
) -> None:
    """Two claims of one day with a number that names neither were one, and its amounts were lost."""
    assert shown(a("1", "N", **first), a("2", "N", **other)) == {"1", "2"}
    typed = (structs.replace(a(pk, **who), **unique("N")) for pk, who in (("1", first), ("2", other)))
    assert len(shown(*typed)) == 1


@pytest.mark.parametrize(
    "elsewhere", [{"service_start": "2026-07-01"}, {"kind": "pharmacy"}, {"patient": "B"}]
)
def test_a_number_without_a_type_that_other_care_has_too_joins_no_two_claims(
    elsewhere: dict[str, Any],
) -> None:
    """5.2: it is the number of a group or a member, and of one day it may be on two claims as well."""
    here: dict[str, Any] = {"service_start": "2026-03-09", "kind": "professional", "patient": "A"}
    alike = a("1", "N", share="80", **here), a("2", "N", share="60", **here)
    assert len(shown(*alike)) == len(shown(*alike, a("3", "N", status="entered-in-error"))) == 1
    assert shown(*alike, a("3", "N", **(here | elsewhere))) == {"1", "2", "3"}


def test_one_person_written_in_two_ways_is_one_person() -> None:
    first = a("1", "N", patient="Dana Marlow", created="2026-04-01")
    assert shown(first, a("2", "N", patient="DANA  MARLOW", created="2026-05-01")) == {"2"}


def test_versions_without_end_are_put_in_order_in_good_time() -> None:
    """A plan that corrects a claim five hundred times is followed, in a second rather than a minute."""
    many = [a(f"{n:03}", f"C-{n}", **(prior(f"C-{n - 1}") if n else {})) for n in range(500)]
    [chain] = chains(many)
    assert chain.versions == tuple(reversed(range(500)))
    assert chain.current == 499


def test_a_number_many_claims_carry_names_the_one_of_the_same_kind_and_day() -> None:
    tooth = a("1", "N", kind="oral", service_start="2026-01-01")
    visit = a("2", "N", kind="professional", service_start="2026-01-01")
    again = a("3", "M", kind="professional", service_start="2026-01-01", **prior("N"))
    assert shown(tooth, visit, again) == {"1", "3"}
    drug = a("4", "L", kind="pharmacy", service_start="2026-01-01", **prior("N"))
    assert shown(tooth, visit, drug) == {"1", "2", "4"}


@pytest.mark.parametrize("relation", ["prior", "replacedby"])
def test_a_claim_that_names_itself_is_not_lost(relation: Any) -> None:
    itself = a("1", related=(Related(relation, "ExplanationOfBenefit/1", "1"),))
    assert shown(itself) == {"1"}


def test_of_a_circle_the_newest_is_left() -> None:
    one = a("1", created="2026-01-01", **prior("3"))
    two = a("2", created="2026-01-02", **prior("1"))
    three = a("3", created="2026-01-03", **prior("2"))
    assert shown(one, two, three) == {"3"}
    both_old = a("1", created="2026-01-01", **replaced_by("2")), a("2", **replaced_by("1"))
    assert shown(*both_old) == {"1"}


def test_a_void_takes_back_the_claim_it_names_and_is_shown_without_counting() -> None:
    paid = a("1", share="80.00")
    void = a("2", adjustment="void", **prior("1"))
    assert shown(paid, void) == {"2"}
    assert not standing.counts(void)
    # What came instead counts, though the void is newer than it.
    right = a("3", created="2026-01-01", **prior("1"))
    assert shown(paid, a("2", adjustment="void", created="2026-02-01", **prior("1")), right) == {"3"}


@pytest.mark.parametrize(
    "ending", [{"adjustment": "void"}, {"status": "cancelled"}, {"adjustment": "deleted"}]
)
def test_an_ending_under_the_same_number_takes_back_what_is_older_and_nothing_newer(
    ending: dict[str, Any],
) -> None:
    paid = a("1", "N", created="2026-01-01", share="80.00")
    void = a("2", "N", created="2026-02-01", **ending)
    again = a("3", "N", created="2026-03-01", share="50.00")
    assert shown(paid, void) == {"2"}
    assert shown(paid, void, again) == {"3"}
    assert order(again, paid, void) == [["3", "2", "1"]]
    undated = a("1", "N", share="80.00"), a("2", "N", **ending)
    assert shown(*undated) == {"2"}
    assert shown(*undated, a("3", "N", adjustment="replacement")) == {"3"}


@pytest.mark.parametrize(
    ("parts", "expected"), [("o", "100"), ("oc", None), ("ocd", "90"), ("cd", "90"), ("c", None), ("d", "90")]
)
def test_of_a_claim_its_credit_and_its_debit_the_debit_counts_alone(parts: str, expected: str | None) -> None:
    made = {
        "o": a("1", "N", share="100", service_on=date(2026, 1, 1)),
        "c": a("2", "N", share="-100", service_on=date(2026, 1, 1), adjustment="credit"),
        "d": a("3", "N", share="90", service_on=date(2026, 1, 1), adjustment="debit"),
    }
    for some in permutations(made[part] for part in parts):
        (at,) = current(some)
        counted = [some[at]] if standing.counts(some[at]) else []
        assert [str(one.money.your_share.amount) for one in counted] == ([expected] if expected else [])


def test_a_claim_that_names_its_own_number_means_what_was_there_before_it() -> None:
    paid = a("1", "N", created="2026-01-01")
    void = a("2", "N", created="2026-02-01", adjustment="void", **prior("N"))
    again = a("3", "N", created="2026-03-01")
    assert shown(paid, void) == {"2"}
    assert shown(paid, void, again) == {"3"}
    last = a("4", "N", created="2026-03-01", **prior("N"))
    assert shown(paid, a("2", "N", created="2026-02-01", **replaced_by("N")), last) == {"4"}


def test_what_was_entered_in_error_is_in_the_history_and_never_current() -> None:
    good = a("1", share="80.00")
    wrong = a("2", status="entered-in-error", **prior("1"))
    assert shown(good, wrong) == {"1"}
    assert order(good, wrong) == [["2", "1"]]
    assert shown(wrong) == set()
    # What replaces the mistake replaces what the mistake replaced.
    assert shown(good, wrong, a("3", **prior("2"))) == {"3"}


def test_a_cancelled_successor_is_shown_and_does_not_count() -> None:
    cancelled = a("2", status="cancelled", **prior("1"))
    assert shown(a("1", share="80.00"), cancelled) == {"2"}
    assert not standing.counts(cancelled)


NAMES = st.sampled_from(["1", "2", "3", "4", "N"])

RELATED = st.lists(
    st.builds(Related, st.sampled_from(["prior", "replacedby", "associated"]), st.none(), NAMES), max_size=2
).map(tuple)


@st.composite
def some_claims(draw: st.DrawFn) -> list[ClaimRecord]:
    """Return up to six claims that name, replace, void and repeat each other in every way."""
    return [
        ClaimRecord(
            resource_id=f"r{number}",
            claim_number=(name := draw(NAMES)),
            numbers=(name, draw(NAMES), str(number)),
            has_unique_number=draw(st.booleans()),
            provider=draw(st.sampled_from([None, "Riverside Clinic", "Mill Street Lab"])),
            kind=draw(st.sampled_from(["oral", "professional"])),
            service_start=draw(st.sampled_from([None, "2026-03-09"])),
            created=draw(st.sampled_from([None, "2026-04-01", "2026-04-02"])),
            status=draw(st.sampled_from(["active", "active", "cancelled", "entered-in-error", None])),
            adjustment=draw(st.sampled_from([None, None, "void", "replacement", "credit", "debit"])),
            shares_money=draw(st.booleans()),
            related=draw(RELATED),
        )
        for number in range(draw(st.integers(1, 6)))
    ]


@given(some_claims(), st.randoms(use_true_random=False))
def test_every_chain_has_one_current_version_in_whatever_order(
    records: list[ClaimRecord], chance: random.Random
) -> None:
    found = chains(records)
    assert sorted(at for chain in found for at in chain.versions) == list(range(len(records)))
    for chain in found:
        mistakes = [records[at].status == "entered-in-error" for at in chain.versions]
        assert (chain.current is None) == all(mistakes)
        assert chain.current is None or chain.current in chain.versions
    other = list(records)
    chance.shuffle(other)
    again = chains(other)

    def named(these: list[ClaimRecord], chain: Chain) -> tuple[object, ...]:
        holds = None if chain.current is None else these[chain.current].resource_id
        return (*(these[at].resource_id for at in chain.versions), holds)

    assert {named(other, chain) for chain in again} == {named(records, chain) for chain in found}
    assert chains([brief(record) for record in records]) == found


BASIS = (
    "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-Professional-Basis|2.2.0"
)


def test_a_form_made_to_leave_amounts_out_is_no_earlier_version_though_it_has_some() -> None:
    """Facts 7: a Basis record with totals, sent at the same moment, was "an earlier version"."""
    whole = reading(claim(*SHARE, id="a", item=[line(1, *SHARE)]))
    basis = reading(claim(*SHARE, id="b", meta={"profile": [BASIS]}))
    facts = [facts_of(record, standing.state(record)) for record in (whole, basis)]
    assert [chain.current for chain in versions.chains(facts)] == [0]
    sent = [Sent(whole, "/1/", is_current=True, is_this=False), Sent(basis, "/2/", False, is_this=True)]
    told = history(sent)
    assert told.leads_on == "Another version of this claim has all its amounts"
    assert [row.state for row in told.rows][1] == "Not all amounts"
    assert (told.rows[0].change, told.rows[1].change) == ("", "")
    story = wording.story(basis, is_current=False)
    assert story.answer.startswith("This is the claim in a form that plans send without all its amounts.")
    assert "earlier" not in story.answer
    assert "old" not in story.answer
