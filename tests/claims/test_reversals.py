"""Claims that another takes back with a minus before every amount: what counts then (facts claims 5.2)."""

import random
from decimal import Decimal
from itertools import permutations
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Member
from apps.kinds.claim import standing, wording
from apps.kinds.claim.entry import ClaimEntry, facts_of
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.records import ClaimRecord, Figure, Money, Related
from apps.records import versions
from apps.records.shelf import Library
from apps.records.volumes import Held
from apps.vault.boxes import box_for
from tests.claims.given import a_connection, an_eob, save
from tests.claims.made import claim, line, money, reading, stating
from tests.claims.systems import C4BB, THO
from tests.claims.test_versions import chains

DAYS = [f"2026-09-0{day}" for day in range(1, 6)]
ORIGINAL = ("2000", "880", "220")


def a(name: str, amounts: tuple[str, str, str], **changes: Any) -> ClaimRecord:
    """Return a claim of Bayview with what was billed, what the plan paid and the share."""
    billed, paid, share = (Figure(Decimal(amount)) if amount else Figure() for amount in amounts)
    stated: dict[str, Any] = {
        "resource_id": name,
        "claim_number": name,
        "numbers": (name,),
        "provider": "Bayview Imaging Center",
        "created": DAYS[0],
        "money": Money(billed=billed, plan_paid=paid, your_share=share),
    }
    return ClaimRecord(**stated | changes)


def back(name: str, amounts: tuple[str, str, str] = ORIGINAL, **changes: Any) -> ClaimRecord:
    """Return what takes these *amounts* back."""
    billed, paid, share = (f"-{amount}" if amount else "" for amount in amounts)
    return a(name, (billed, paid, share), **{"created": DAYS[1]} | changes)


def numbered(number: str) -> dict[str, Any]:
    return {"claim_number": number, "numbers": (number,)}


def prior(*names: str) -> dict[str, Any]:
    return {"related": tuple(Related("prior", None, name) for name in names)}


def told(*records: ClaimRecord) -> tuple[set[str | None], Decimal]:
    """Return which records lists show, and what their shares come to, after asking in every order."""
    found = set()
    for order in permutations(records):
        some = list(order)
        shown = [some[chain.current] for chain in chains(some) if chain.current is not None]
        found.add((frozenset(record.resource_id for record in shown), share_of(shown)))
    assert len(found) == 1, "the order of arrival matters"
    names, share = found.pop()
    return set(names), share


def share_of(shown: list[ClaimRecord]) -> Decimal:
    return sum(
        (record.money.your_share.amount or Decimal(0) for record in shown if standing.counts(record)),
        Decimal(0),
    )


class Story(NamedTuple):
    """A claim, what takes it back, and its corrections: those that are there, as the plan sent them."""

    records: list[ClaimRecord]
    share: Decimal
    """The share of the last correction, else nothing."""
    rows: int


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Return a claim that was taken back in any of the ways in which plans do that."""
    number, by_care = draw(st.sampled_from(["number", "first", "chain"])), draw(st.booleans())
    ending = draw(st.sampled_from([{}, {"status": "cancelled"}, {"adjustment": "deleted"}, None]))
    shares = draw(st.lists(st.sampled_from(["160", "130", "220"]), max_size=2))
    assume("220" not in shares or ending is not None)
    day = draw(st.integers(0, 3))
    first = [a("1", ORIGINAL, **_names(number, "1", ""), **ending)] if ending is not None else []
    twin = back("r", created=DAYS[day], **({} if by_care else _names(number, "r", "1")))
    before, corrections = "1" if by_care else "r", []
    for place, share in enumerate(shares):
        name, on = f"c{place}", DAYS[max(place + 1, draw(st.integers(1, 3)) if place == 0 else 4)]
        paid = str(800 - int(share)) if share != "220" else "880"
        corrections.append(
            a(
                name,
                ("2000", paid, share),
                created=on,
                **_names(number, name, before if number == "chain" else "1"),
            )
        )
        before = name
    apart = by_care and not first and bool(corrections)
    return Story([*first, twin, *corrections], Decimal(shares[-1] if shares else 0), 2 if apart else 1)


def _names(number: str, name: str, before: str) -> dict[str, Any]:
    """Return how a version says what it is one of: by one number for all, or naming the one before."""
    if number == "number":
        return numbered("N")
    return prior(before) if before else {}


@given(stories(), st.randoms(use_true_random=False))
@settings(max_examples=400)
def test_what_was_taken_back_is_one_row_and_the_last_correction_is_the_sum(
    story: Story, chance: random.Random
) -> None:
    """5.2: money neither disappears nor is it counted twice, and no share below nothing stands."""
    records = list(story.records)
    chance.shuffle(records)
    shown = [records[chain.current] for chain in chains(records) if chain.current is not None]
    assert share_of(shown) == story.share
    assert len(shown) == story.rows
    assert not any(standing.counts(record) for record in shown if record.money.is_minus)


def eob_of(record: ClaimRecord) -> dict[str, Any]:
    """Return the JSON of a claim of a story."""
    figures = {"submitted": record.money.billed, "benefit": record.money.plan_paid}
    totals = [_total(THO, code, figure) for code, figure in figures.items()]
    related = [
        {"relationship": {"coding": [{"code": "prior"}]}, "reference": {"value": named.number}}
        for named in record.related
    ]
    return an_eob(
        record.resource_id or "",
        created=record.created,
        status=record.status or "active",
        identifier=[{"value": record.claim_number}],
        provider={"display": record.provider},
        total=[*totals, _total(C4BB, "memberliability", record.money.your_share)],
        **({"related": related} if related else {}),
    )


def _total(system: str, code: str, figure: Figure) -> dict[str, Any]:
    coded = {"coding": [{"system": system, "code": code}]}
    return {"category": coded, "amount": {"value": float(figure.amount or 0), "currency": "USD"}}


@given(
    story=stories().filter(lambda story: not any(record.adjustment for record in story.records)),
    chance=st.randoms(use_true_random=False),
    is_first=st.booleans(),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_connection_that_is_behind_changes_no_sum(
    alice: Member, story: Story, chance: random.Random, is_first: bool
) -> None:
    """The same claims through another connection, of which it has some only, page after page in any order."""
    alice.connections.all().delete()
    whole, behind = (a_connection(alice, days=days) for days in ((1, 0) if is_first else (0, 1)))
    bodies = [eob_of(record) for record in story.records]
    chance.shuffle(bodies)
    for body in bodies:
        save(whole, body)
    for body in chance.sample(bodies, chance.randint(1, len(bodies))):
        save(behind, body)
    shown = [held for held in lists(alice) if held.twin_of is None and held.entry.is_current]
    counted = [held.entry.your_share or Decimal(0) for held in shown if held.entry.is_counted]
    assert sum(counted, Decimal(0)) == story.share


def lists(member: Member) -> list[Held[ClaimEntry]]:
    return list(Library(member, box_for(member)).held(CLAIM))


def test_a_reversal_and_what_it_undoes_are_one_row_that_no_sum_takes() -> None:
    """It was in no list at all, and the list said that the plan had shared no claims."""
    for ending in ({}, {"status": "cancelled"}, {"adjustment": "deleted"}, {"status": "entered-in-error"}):
        assert told(a("1", ORIGINAL, **ending), back("r", **prior("1"))) == ({"r"}, 0)
    assert told(a("1", ORIGINAL), back("r", created=DAYS[0], **prior("1"))) == ({"r"}, 0)
    assert told(a("1", ORIGINAL), back("r", ("2000", "880", ""), **prior("1"))) == ({"r"}, 0)


@pytest.mark.parametrize("status", ["active", "cancelled", "entered-in-error"])
def test_what_a_reversal_takes_back_is_not_called_its_old_figures(status: str) -> None:
    """5.2: a cancelled claim of amounts with a minus had "old figures"; none of its lines is to be paid."""
    of_line = money("submitted 10, memberliability 20")
    figures = money("submitted -2000, benefit -880, memberliability -220")
    story = wording.story(reading(claim(*figures, status=status, item=[line(1, *of_line)])))
    assert "Its figures are below, crossed out." in story.answer
    assert story.lines_note == ""


def test_what_takes_back_what_is_not_here_is_in_no_sum() -> None:
    assert told(back("r")) == told(back("r", **prior("1"))) == ({"r"}, 0)
    assert told(back("r"), a("basis", ("", "", ""), shares_money=False, **numbered("r"))) == ({"r"}, 0)


def test_what_comes_beside_a_version_and_its_reversal_counts() -> None:
    paid, undone = a("1", ORIGINAL, **numbered("N")), back("r", created=DAYS[2], **numbered("N"))
    again = a("2", ORIGINAL, created=DAYS[3], **numbered("N"))
    corrected = a("3", ("2000", "640", "160"), created=DAYS[1], **numbered("N"))
    assert told(paid, undone, again) == ({"2"}, 220)
    assert told(paid, undone, corrected) == ({"3"}, 160)
    assert told(paid, undone, again, back("r2", created=DAYS[4], **numbered("N"))) == ({"r2"}, 0)


def test_a_reversal_undoes_nothing_that_was_made_after_it() -> None:
    for named in (numbered("N"), {}):
        again = a("2", ORIGINAL, created=DAYS[3], **named)
        assert told(back("r", **named), again) == ({"2"} if named else {"2", "r"}, 220)


def test_a_reversal_entered_by_mistake_undoes_nothing() -> None:
    wrong = {"status": "entered-in-error"}
    assert told(a("1", ORIGINAL), back("r", **prior("1"), **wrong)) == ({"1"}, 220)
    assert told(a("1", ORIGINAL, **numbered("N")), back("r", **numbered("N"), **wrong)) == ({"1"}, 220)


def test_a_reversal_that_names_a_correction_takes_back_all_that_it_replaced() -> None:
    paid, again = a("1", ORIGINAL), a("2", ORIGINAL, created=DAYS[1], **prior("1"))
    assert told(paid, again, back("r", created=DAYS[2], **prior("2"))) == ({"r"}, 0)


def test_a_reversal_under_the_number_of_a_correction_takes_that_one_back() -> None:
    """It took back the oldest version of these amounts, and the correction counted on."""
    paid, again = a("1", ORIGINAL), a("2", ORIGINAL, created=DAYS[1], **prior("1"))
    assert told(paid, again, back("r", created=DAYS[2], **numbered("2"))) == ({"r"}, 0)
    assert told(paid, again, back("r", created=DAYS[2], **numbered("1"))) == ({"2"}, 220)
    replaced = {"related": (Related("prior", None, "1"), Related("replacedby", None, "r"))}
    assert told(paid, a("2", ORIGINAL, created=DAYS[1], **replaced), back("r", created=DAYS[2])) == ({"r"}, 0)


def test_a_reversal_that_a_version_names_goes_before_that_versions_number() -> None:
    """A says that R replaces it; that R bears the number of B says less."""
    bears = a("a", ORIGINAL, **numbered("N"))
    named = a(
        "b", ORIGINAL, **numbered("M"), related=(Related("replacedby", "ExplanationOfBenefit/r", None),)
    )
    assert told(bears, named, back("r", created=DAYS[2], **numbered("N"))) == ({"a"}, 220)


def test_a_reversal_takes_back_the_version_that_it_names_of_those_under_its_number() -> None:
    named = numbered("N") | {"related": (Related("prior", "ExplanationOfBenefit/2", None),)}
    paid, again = (a(name, ORIGINAL, **numbered("N")) for name in "12")
    assert told(paid, again, back("r", **named)) == ({"1"}, 220)


def test_a_reversal_takes_back_what_it_names_before_what_names_it() -> None:
    named, other = a("a", ORIGINAL, created=DAYS[1]), {"related": (Related("replacedby", None, "r"),)}
    assert told(a("b", ORIGINAL, **other), named, back("r", created=DAYS[2], **prior("a"))) == ({"b"}, 220)


def test_a_reversal_of_other_amounts_leaves_what_is_above_nothing() -> None:
    paid = a("1", ORIGINAL)
    assert told(paid, back("r", ("500", "400", "100"), **prior("1"))) == ({"1"}, 220)
    assert told(paid, back("r", ("500", "400", "100"))) == ({"1", "r"}, 220)
    assert told(a("1", ("", "", "220")), back("r", ("2000", "", ""), **prior("1"))) == ({"1"}, 220)


def test_a_reversal_without_a_word_of_whose_takes_back_one_of_the_same_day_and_provider() -> None:
    """5.2: that pages say, so that the member asks before paying."""
    paid, undone, second = a("1", ORIGINAL), back("r"), a("2", ORIGINAL)
    assert told(paid, undone) == ({"r"}, 0)
    assert told(paid, undone, second)[1] == 220
    assert told(paid, undone, second, back("r2")) == ({"r", "r2"}, 0)
    for elsewhere in ({"provider": "Hill Clinic"}, {"service_start": "2026-08-01"}, {"patient": "Sam"}):
        assert told(paid, back("r", **elsewhere)) == ({"1", "r"}, 220)
    linked = a("0", ORIGINAL), back("r0", **prior("0"))
    assert told(paid, undone, *linked)[1] == 0
    assert told(paid, back("r", **prior("9"))) == ({"1", "r"}, 220), "it names another one"


def test_the_plan_takes_a_reversal_away_and_the_claim_counts_again() -> None:
    facts = [facts_of(one, standing.state(one)) for one in (a("1", ORIGINAL), back("r", **prior("1")))]
    assert [versions.chains(facts, gone=gone)[0].current for gone in ({1}, {0}, {0, 1})] == [0, 1, 1]
    other = back("o", ("500", "400", "100"), **prior("1"))
    facts = [facts_of(one, standing.state(one)) for one in (a("1", ORIGINAL), other)]
    assert versions.chains(facts, gone={0})[0].current == 1


def test_what_takes_a_version_back_stands_behind_it_in_time_and_before_what_came_later() -> None:
    named = numbered("N")
    some = [
        a("1", ORIGINAL, **named),
        a("2", ("2000", "640", "160"), created=DAYS[1], **named),
        back("r", **named),
    ]
    (chain,) = chains(some)
    assert [some[position].resource_id for position in chain.versions] == ["2", "r", "1"]


@pytest.mark.parametrize(
    "sent",
    [
        ("submitted 480, benefit 214.08, memberliability 53.52", "submitted -480, benefit -214.08"),
        ("submitted 480, benefit 214.08", "submitted -80, benefit -14.08, memberliability -3.52"),
    ],
)
def test_where_a_line_takes_another_back_and_one_of_them_is_silent_of_the_share_there_is_none(
    sent: tuple[str, str],
) -> None:
    """It said "billed $0.00. Your share, from 1 line: $53.52. That is more than was billed", and "Your share,
    from 1 line: −$3.52. A share below nothing: ask your plan whether it comes back to you"."""
    record = reading(claim(item=[line(number, *money(amounts)) for number, amounts in enumerate(sent, 1)]))
    assert not record.money.your_share.is_known
    assert wording.story(record).answer.endswith("Your plan did not say what your share is.")
    told = wording.story(stating("submitted -480.00, benefit -214.08")).answer
    assert told.endswith("Its figures are below, crossed out."), "they are not its old ones"
