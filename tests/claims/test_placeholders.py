"""What stands for nothing (M-05): no name, number, code or day is made of it."""

import pytest

from apps.kinds.claim import wording
from apps.kinds.claim.reading import read
from tests.claims import made
from tests.claims.made import claim, concept, info, line, reading
from tests.claims.systems import MEDICARE, NPI
from tests.claims.telling import story_of


@pytest.mark.parametrize("system", [NPI, "https://hl7.org/fhir/sid/us-npi", "urn:oid:2.16.840.1.113883.4.6"])
@pytest.mark.parametrize("number", ["9999999999", "0000000000", "2222222222"])
def test_m_05_a_number_of_one_digit_names_no_provider(system: str, number: str) -> None:
    who = {"identifier": {"type": concept(("", "npi"), ("x", "npi")), "system": system, "value": number}}
    team = [{"sequence": 1, "provider": who, "role": concept(("x", "operating"))}]
    story = story_of(provider=who, careTeam=team)
    assert number not in repr(story)
    assert {name: answer for name, _question, answer in story.checklist}[
        "provider"
    ] == "Your plan did not say who it was."


@pytest.mark.parametrize("written", ["PRIVATE", "NO_INSURANCE", "private", "Self Pay"])
def test_m_05_a_kind_of_payer_is_no_name_of_a_plan(written: str) -> None:
    record = reading(claim(insurer={"display": written}, insurance=[{"coverage": {"display": written}}]))
    assert (record.payer, record.coverage) == (None, None)


@pytest.mark.parametrize(
    "shown",
    ["(Unknown value - rarely populated)", "UNKNOWN", "Not specified (missing values are also possible)"],
)
def test_m_05_a_code_whose_words_say_that_nothing_is_known_is_told_so(shown: str) -> None:
    system = f"{MEDICARE}brnd_gnrc_cd"
    known = info(
        {"coding": [{"system": system, "code": system}]},
        code={"coding": [{"system": system, "code": "00", "display": shown}]},
    )
    story = story_of(supportingInfo=[known])
    assert ("Brand or generic", "not known (00)") in story.more
    assert "Brand or generic" not in dict(story.facts)


def test_what_a_list_says_of_missing_values_is_left_out() -> None:
    system = f"{MEDICARE}daw_prod_slctn_cd"
    shown = "No Product Selection Indicated (may also have missing values)"
    known = info({"coding": [{"system": system, "code": system}]},
                 code={"coding": [{"system": system, "code": "0", "display": shown}]})  # fmt: skip
    assert ("Brand or substitute, as ordered", "No Product Selection Indicated (0)") in story_of(
        supportingInfo=[known]
    ).more


@pytest.mark.parametrize("day", ["0999-12-27", "9999-12-31"])
def test_a_day_of_no_calendar_is_told_as_not_known(day: str) -> None:
    system = f"{MEDICARE}clm_ncvrd_from_dt"
    known = info({"coding": [{"system": system, "code": system}]}, timingDate=day)
    assert ("First day not covered", f"not known ({day})") in story_of(supportingInfo=[known]).more


def test_m_05_a_placeholder_is_no_code() -> None:
    items = [line(1, revenue=concept(("https://www.nubc.org/CodeSystem/RevenueCodes", "Dummy")))]
    assert wording.story(reading(claim(item=items))).lines[0].what == "Your plan did not say what this was"


NOTHING = [
    "N/A",
    "undefined",
    "UNKNOWN",
    "-",
    "item_quantity_unit",
    "CLM_LINE_AMT",
    "[object Object]",
    "null",
    " . ",
]


@pytest.mark.parametrize("nothing", NOTHING)
def test_m_05_what_stands_for_nothing_is_absent_everywhere(nothing: str) -> None:
    """M-05: "N/A" as provider, "item_quantity_unit" as unit, "-" as what was done."""
    words = {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "99213", "display": nothing}]}
    done = line(1, productOrService=words, quantity={"value": 2, "unit": nothing})
    fact = info("patientaccountnumber", valueString=nothing)
    team = [{"sequence": 1, "provider": {"display": nothing}, "qualification": {"text": nothing}}]
    record = reading(
        claim(
            provider={"display": nothing},
            facility={"display": nothing},
            insurer={"display": nothing},
            item=[done],
            supportingInfo=[fact],
            careTeam=team,
        )
    )
    assert (record.provider, record.facility, record.payer) == (None, None, None)
    assert record.lines[0].what.words is None
    assert not record.lines[0].unit
    assert record.facts == record.care_team == ()
    told = wording.story(record)
    assert nothing.strip() not in (told.title, *told.lines[0].details, *(value for _, value in told.facts))


@pytest.mark.parametrize("nothing", NOTHING)
def test_m_05_a_record_of_its_own_that_names_nobody_has_no_name(nothing: str) -> None:
    """M-05: an Organization called "UNKNOWN"; what the claim itself displays stands in."""
    body = made.body(claim(provider={"reference": "#o", "display": "Bay Group"}, contained=[
        {"resourceType": "Organization", "id": "o", "name": nothing}
    ]))  # fmt: skip
    assert read(body, {}).provider == "Bay Group"


@pytest.mark.parametrize("number", ["f33d4c63-32d3-4bd6-bf7a-083d32761080", "295574859360", "77"])
def test_m_05_what_is_no_npi_is_not_shown_as_one(number: str) -> None:
    """M-05: an NPI has ten digits."""
    identifier = {"system": "http://hl7.org/fhir/sid/us-npi", "value": number}
    assert reading(claim(provider={"identifier": identifier})).provider is None


def test_m_05_a_true_or_false_in_place_of_a_code_is_absent() -> None:
    """M-05: "How the prescription arrived: Code false"."""
    codes = {"rxorigincode": "false", "dawcode": "3", "employmentimpacted": "false"}
    sent = [info(category, code={"coding": [{"code": code}]}) for category, code in codes.items()]
    assert [fact.category for fact in reading(claim(supportingInfo=sent)).facts] == [
        "employmentimpacted",
        "dawcode",
    ]
