"""Which of several versions of a claim holds: ours, and the other reading by the specifications alone."""

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.kinds.claim import standing
from apps.kinds.claim.entry import facts_of
from apps.kinds.claim.reading import read
from apps.records.versions import chains
from tests.claims.given import an_eob
from tests.claims.made import money
from tests.claims.systems import C4BB
from tests.demo_payer.people_on_a_day import DAY
from tests.oracle.answer import answer
from tests.oracle.member import Reader
from tests.oracle.versions import IN_DOUBT

RELATION = "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship"


type Made = dict[str, Any]


def an(id_: str, amounts: str = "2000 880 220", made: int = 1, **changes: Any) -> Made:
    """Return a claim with bill, payment and share, made on that day of April."""
    names = ("submitted", "benefit", "memberliability")
    pairs = zip(names, amounts.split(), strict=False)  # a share may be left out
    told = ", ".join(f"{name} {amount}" for name, amount in pairs)
    total = [row | {"amount": {"value": float(row["amount"]["value"].strip("§"))}} for row in money(told)]
    return an_eob(id_, id=id_, total=total, created=f"2026-04-{made:02}") | changes


def back(id_: str, amounts: str = "-2000 -880 -220", made: int = 5, **changes: Any) -> Made:
    return an(id_, amounts, made, **changes)


def related(relation: str, *names: str) -> Made:
    coded = {"coding": [{"system": RELATION, "code": relation}]}
    return {"related": [{"relationship": coded, "reference": {"value": name}} for name in names]}


def number(value: str) -> Made:
    return {
        "identifier": [
            {"type": {"coding": [{"system": f"{C4BB}IdentifierType", "code": "uc"}]}, "value": value}
        ]
    }


def ours(claims: list[Made]) -> dict[str, bool]:
    """Return which claims our lists count, by id."""
    records = [read(json.dumps(claim).encode(), {}) for claim in claims]
    current = {chain.current for chain in chains(facts_of(one, standing.state(one)) for one in records)}
    return {
        record.resource_id or "": position in current and standing.counts(record)
        for position, record in enumerate(records)
    }


def differences(claims: list[Made]) -> list[str]:
    reader = Reader.of([json.dumps(claim).encode() for claim in claims], DAY)
    told = ours(claims)
    fates = {claim.id: reader.stands(claim) for claim in reader.claims}
    return [
        f"{id_}: counts {told[id_]}, permitted {fate}"
        for id_, fate in fates.items()
        if not fate.permits(told[id_])
    ]


STORIES: dict[str, list[Made]] = {
    "replaced": [an("1"), an("2", "2000 900 200", 2, **related("prior", "CLM-1"))],
    "replaced, as it says": [an("1", **related("replacedby", "CLM-2")), an("2", "2000 900 200", 2)],
    "successor not here": [an("1", **related("replacedby", "CLM-9"))],
    "successor a mistake": [
        an("1", **related("replacedby", "CLM-2")),
        an("2", made=2, status="entered-in-error"),
    ],
    "named by a mistake": [an("1"), an("2", made=2, status="entered-in-error", **related("prior", "CLM-1"))],
    "cancelled by a later form": [an("1"), an("2", made=2, status="cancelled", **related("prior", "CLM-1"))],
    "taken back": [an("1"), back("r", **related("prior", "CLM-1"))],
    "taken back by a claim that leaves the share out": [
        an("1"),
        back("r", "-2000 -880", **related("prior", "CLM-1")),
    ],
    "taken back, and paid anew": [
        an("1"),
        back("r", **related("prior", "CLM-1")),
        an("2", "2000 900 160", 6, **related("prior", "CLM-1")),
    ],
    "taken back by number": [an("1", **number("N")), back("r", **number("N"))],
    "taken back as another says": [
        an("1", **number("N")),
        an("2", **number("M"), **related("replacedby", "ExplanationOfBenefit/r")),
        back("r", **number("N")),
    ],
    "taken back by care": [an("1"), back("r")],
    "another provider": [an("1"), back("r", provider={"display": "Hill Clinic"})],
    "other amounts": [an("1"), back("r", "-500 -400 -100", **related("prior", "CLM-1"))],
    "alone": [back("r")],
    "alone beside others": [an("1", "100 60 40"), back("r")],
    "a share below nothing alone": [an("1", "100 60 -20")],
    "a mistaken reversal": [an("1"), back("r", status="entered-in-error", **related("prior", "CLM-1"))],
    "a correction taken back": [
        an("1"),
        an("2", "2000 900 200", 2, **related("prior", "CLM-1")),
        back("r", "-2000 -900 -200", **related("prior", "CLM-2")),
    ],
}

HELD = {
    "replaced": {"2"},
    "replaced, as it says": {"2"},
    "successor not here": {"1"},
    "successor a mistake": {"1"},
    "named by a mistake": {"1"},
    "cancelled by a later form": set(),
    "taken back": set(),
    "taken back by a claim that leaves the share out": set(),
    "taken back, and paid anew": {"2"},
    "taken back by number": set(),
    "a share below nothing alone": {"1"},
    "a mistaken reversal": {"1"},
    "a correction taken back": set(),
}


@pytest.mark.parametrize("story", STORIES)
def test_which_version_holds_is_read_alike(story: str) -> None:
    """5.2, 1.7, in every order of arrival."""
    for order in permutations(STORIES[story]):
        assert differences(list(order)) == []


@pytest.mark.parametrize("story", HELD)
def test_the_other_reading_decides_which_version_holds(story: str) -> None:
    """What it leaves open, nothing could contradict."""
    reader = Reader.of([json.dumps(claim).encode() for claim in STORIES[story]], DAY)
    fates = {claim.id: reader.stands(claim) for claim in reader.claims}
    assert {id_ for id_, fate in fates.items() if fate == answer(True)} == HELD[story]
    assert IN_DOUBT not in fates.values()


@pytest.mark.parametrize("story", ["alone", "alone beside others", "another provider"])
def test_the_other_reading_leaves_a_reversal_of_nothing_open(story: str) -> None:
    """1.7: that no sum takes it is our rule, and no word of the specifications."""
    reader = Reader.of([json.dumps(claim).encode() for claim in STORIES[story]], DAY)
    fates = {claim.id: reader.stands(claim) for claim in reader.claims}
    assert fates.pop("r") == IN_DOUBT
    assert set(fates.values()) <= {answer(True)}


@st.composite
def members(draw: st.DrawFn) -> list[Made]:
    """Return claims of which some correct, cancel or take back others, in any order."""
    claims: list[Made] = []
    for place in range(draw(st.integers(2, 5))):
        way = draw(st.sampled_from(["new", "prior", "number", "minus", "cancelled", "mistake", "replacedby"]))
        earlier = draw(st.sampled_from(claims)) if claims else None
        share = draw(st.sampled_from(["220", "200"]))
        id_, amounts, changes = str(place), f"2000 {1100 - int(share)} {share}", {}
        if earlier is not None and way != "new":
            named = earlier["identifier"][0]["value"]
            changes = draw(st.sampled_from([related("prior", named), number(named)]))
            if way == "minus":
                amounts = draw(st.sampled_from([amounts, _amounts(earlier)]))
                amounts = " ".join(f"-{amount}".replace("--", "") for amount in amounts.split())
                changes = draw(st.sampled_from([changes, {}]))
            elif way == "replacedby":
                earlier |= related("replacedby", draw(st.sampled_from([f"CLM-{id_}", "CLM-none"])))
                changes = {}
            changes = changes | {
                "cancelled": {"status": "cancelled"},
                "mistake": {"status": "entered-in-error"},
            }.get(way, {})
        claims.append(an(id_, amounts, place + 1, **changes))
    return list(draw(st.permutations(claims)))


def _amounts(claim: Made) -> str:
    return " ".join(f"{row['amount']['value']:g}" for row in claim["total"])


@given(members())
@settings(max_examples=600, deadline=None)
def test_versions_of_any_member_are_read_alike(claims: list[Made]) -> None:
    """5.2: corrections, reversals, cancelled claims and mistakes in any order."""
    assert differences(claims) == [], "\n".join(
        f"{claim['id']} {_amounts(claim)} {claim['status']} {claim['identifier'][0]['value']} "
        f"{[row['reference']['value'] for row in claim.get('related', ())]}"
        for claim in claims
    )
