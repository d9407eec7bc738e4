"""What a claim is called: what was done, with whom or where."""

from typing import Any

import pytest
from django.utils import translation

from apps.kinds.claim import wording
from apps.kinds.claim.brief import brief
from apps.kinds.claim.wording import titles
from tests.claims.made import claim, concept, info, line, money, priced, reading
from tests.claims.systems import HCPCS, MEDICARE
from tests.claims.telling import story_of
from tests.claims.test_reading_dates import INSTITUTIONAL, facility


def test_a_payer_that_stands_where_the_provider_belongs_gives_nobody_care() -> None:
    """It said "Dental visit at XYZ Insurance" and "XYZ Insurance billed $480.00"."""
    both = {"reference": "Organization/2"}
    record = reading(claim(priced("submitted", "480.00"), insurer=both, provider=both),
                     **{"Organization/2": "XYZ Insurance"})  # fmt: skip
    story = wording.story(record)
    assert story.title == "Medical care"
    assert story.answer.startswith("The provider billed $480.00.")
    assert dict(story.facts)["Provider"].startswith("Your plan names itself here")
    at = {"facility": {"display": "South Wing"}}
    ward = reading(claim(priced("submitted", "480.00"), insurer=both, provider=both, **at),
                   **{"Organization/2": "XYZ Insurance"})  # fmt: skip
    assert wording.story(ward).title == "Medical care at South Wing"
    assert wording.story(ward).answer.startswith("The provider billed $480.00.")


def test_a_title_keeps_the_second_of_two_quotes() -> None:
    product = {"text": "Encounter for 'check-up'"}
    made = line(1, priced("submitted", "200.00"), productOrService=product)
    assert wording.story(reading(claim(item=[made]))).title.startswith("Encounter for 'check-up'")


def test_who_insures_and_gives_care_under_one_name_is_named() -> None:
    own = {"display": "Kaiser Permanente"}
    story = story_of(insurer=own, provider=own)
    assert story.title == "Medical care at Kaiser Permanente"


@pytest.mark.parametrize("code", ["93000", "70450", "99213", "99243", "80061"])
def test_m_22_a_claim_is_called_the_same_in_both_languages(code: str) -> None:
    """Spanish said "Visita médica" of a heart test at an office: its word for a test sounds like "exam"."""
    place = concept((f"{MEDICARE}line_place_of_srvc_cd", "11"))
    made = line(1, priced("submitted", "480.00"), locationCodeableConcept=place,
                productOrService=concept(("http://www.ama-assn.org/go/cpt", code)))  # fmt: skip
    record = reading(claim(priced("submitted", "480.00"), item=[made]))
    english = wording.story(record)
    with translation.override("es"):
        assert wording.story(record).kind == translation.gettext(english.kind)
        subject = english.title.partition(" at ")[0]
        assert wording.story(record).title.startswith(translation.gettext(subject))


@pytest.mark.parametrize(
    ("place", "title"),
    [("41", "Ambulance ride with Riverside Clinic"), ("12", "Visit at home by Riverside Clinic")],
)
def test_care_that_comes_to_the_member_is_not_at_its_provider(place: str, title: str) -> None:
    where = concept((f"{MEDICARE}line_place_of_srvc_cd", place))
    made = line(1, priced("submitted", "480.00"), locationCodeableConcept=where)
    assert story_of(item=[made]).title == title


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        ((("99396", "Yearly check-up", "285"),), "Yearly check-up at Riverside Clinic"),
        ((("99396", None, "285"),), "Check-up at Riverside Clinic"),
        ((("99213", "Office visit", "190"),), "Office visit at Riverside Clinic"),
        ((("90686", "Flu vaccine", "46"), ("90471", "Giving it", "49")), "Flu vaccine at Riverside Clinic"),
        ((("90471", None, "49"),), "Giving a vaccine at Riverside Clinic"),
    ],
)
def test_a_check_up_says_more_than_its_place_and_a_product_more_than_giving_it(
    lines: tuple[tuple[str, str | None, str], ...], title: str
) -> None:
    office = concept((f"{MEDICARE}line_place_of_srvc_cd", "11"))
    made = [
        line(number, priced("submitted", amount), locationCodeableConcept=office,
             productOrService={"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": code}],
                               "text": words})
        for number, (code, words, amount) in enumerate(lines, 1)
    ]  # fmt: skip
    assert wording.title(reading(claim(item=made))) == title


BESIDE, INSIDE = "Practitioner/7", "#who"


def by(reference: str, name: str = "Stewart Schmidt", kind: str = "oral") -> dict[str, Any]:
    """Return a claim of whoever a reference leads to, under a name that does not tell what they are."""
    who = {"resourceType": "Practitioner", "id": "who", "name": [{"text": name}]}
    return claim(kind=kind, contained=[who], provider={"reference": reference, "display": name})


@pytest.mark.parametrize(
    ("made", "title"),
    [
        (by(BESIDE), "Dental visit with Stewart Schmidt"),
        (by(INSIDE), "Dental visit with Stewart Schmidt"),
        (
            by(f"https://plan.example/fhir/{BESIDE}/_history/2", kind="vision"),
            "Vision care with Stewart Schmidt",
        ),
        (by("Organization/7"), "Dental visit at Stewart Schmidt"),
        (by(BESIDE, "Schmidt Dental Group"), "Dental visit at Schmidt Dental Group"),
    ],
)
def test_care_by_a_person_is_with_them_where_the_plan_refers_to_a_person(
    made: dict[str, Any], title: str
) -> None:
    """9: it said "at Stewart Schmidt": only "Dr." or "MD" told of a person."""
    record = reading(made)
    assert (wording.title(record), wording.row(brief(record)).title) == (title, title)


@pytest.mark.usefixtures("spanish")
def test_care_by_a_person_is_at_no_place_in_spanish() -> None:
    assert wording.title(reading(by(BESIDE))) == "Visita al dentista, Stewart Schmidt"


def test_care_at_some_facility_is_called_by_what_was_done() -> None:
    """Every claim of a plan was "Care at a facility at ..."."""
    what = {
        "coding": [
            {"system": "http://snomed.info/sct", "code": "1", "display": "Check of the heart (procedure)"}
        ]
    }
    done = line(1, priced("submitted", "9.00"), productOrService=what)
    assert wording.story(reading(claim(kind="institutional", item=[done]))).title == (
        "Check of the heart at Riverside Clinic"
    )
    assert wording.story(reading(claim(kind="institutional"))).title == "Care at Riverside Clinic"


@pytest.mark.parametrize(
    ("display", "title"),
    [
        ("DR SOLOMON FULLER MENTAL HEALTH CENTER", "at Dr Solomon Fuller Mental Health Center"),
        ("DR. ANA LOPEZ", "with Dr. Ana Lopez"),
        ("ARBOUR HOSPITAL, THE", "at Arbour Hospital, The"),
        ("HOSPITAL OF THE VALLEY", "at Hospital of the Valley"),
    ],
)
def test_places_that_bear_a_doctors_name_are_places(display: str, title: str) -> None:
    record = reading(claim(priced("submitted", "9.00"), provider={"display": display}))
    assert wording.story(record).title == f"Medical care {title}"


BLUE_BUTTON = "https://bluebutton.cms.gov/fhir/CodeSystem"
REVENUE = "https://bluebutton.cms.gov/resources/variables/rev_cntr"


@pytest.mark.parametrize(
    "words", ["TOTAL CHARGE", "Total Charge Amount", "99213", "CPT 99213", '"-"', "J0696"]
)
def test_m_05_a_title_never_holds_a_total_or_a_bare_code(words: str) -> None:
    """M-05: "TOTAL CHARGE at Riverside Clinic"."""
    first = line(1, productOrService={"coding": [{"code": "x", "display": words}]})
    second = line(2, productOrService={"coding": [{"code": "y", "display": "Removal of a mole"}]})
    record = reading(claim(item=[first, second]))
    assert wording.title(record).startswith("Removal of a mole")
    assert wording.title(brief(record)) == wording.title(record)
    assert words.strip('"') not in wording.title(reading(claim(item=[first])))


def test_m_05_the_line_that_repeats_the_claim_names_nothing() -> None:
    """M-05: the pseudo line of revenue code 0001."""
    revenue = {"coding": [{"system": "https://www.nubc.org/CodeSystem/RevenueCodes", "code": "0001"}]}
    total = line(1, revenue=revenue, productOrService={"coding": [{"code": "z", "display": "All of it"}]})
    assert "All of it" not in wording.title(reading(claim(item=[total, line(2)])))


@pytest.mark.parametrize(
    ("bill", "kind", "label"),
    [
        ("0111", "Hospital stay", "In hospital"),
        ("0131", "Outpatient visit", "Days of the visit"),
        ("0211", "Nursing facility stay", "Days in the nursing facility"),
        ("0181", "Nursing facility stay", "Days in the nursing facility"),
        ("0329", "Home health care", "Time of care"),
        ("0811", "Hospice care", "Time of care"),
        ("821", "Hospice care", "Time of care"),
    ],
)
@pytest.mark.parametrize("called", ["", "inpatient", "outpatient"])
def test_m_07_a_stay_has_the_words_of_where_it_was(bill: str, kind: str, label: str, called: str) -> None:
    """M-07: home health, hospice and nursing facilities were "In hospital", whatever their sub-type says."""
    if called and kind in ("Hospital stay", "Outpatient visit"):
        return  # there the sub-type goes before the type of bill
    sub_type = {"subType": {"coding": [{"code": called}]}} if called else {}
    facts = dict(wording.story(facility(bill, **sub_type)).facts)
    assert facts["Kind"] == kind
    assert label in facts
    assert kind == "Hospital stay" or "In hospital" not in facts


def test_m_07_medicares_two_fields_are_a_type_of_bill() -> None:
    """M-07: Blue Button v3 has the place and the kind of care apart."""
    systems = ("CLM-BILL-FAC-TYPE-CD", "CLM-BILL-CLSFCTN-CD")
    facts = [
        info("info", code={"coding": [{"system": f"{BLUE_BUTTON}/{each}", "code": code}]})
        for each, code in zip(systems, "32", strict=True)
    ]
    assert facility(supportingInfo=facts).setting == "home_health"


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        ([("A0380", None), ("A0428", None), (None, "0001")], "Ambulance ride with Riverside Clinic"),
        ([("A0428", None), ("J1885", None), (None, "0001")], "Outpatient visit at Riverside Clinic"),
    ],
)
def test_a_visit_whose_lines_are_all_of_one_setting_is_called_by_it(
    lines: list[tuple[str | None, str | None]], title: str
) -> None:
    """ "Outpatient visit" was the title of a ride in an ambulance."""

    def sent(number: int, code: str | None, revenue: str | None) -> dict[str, Any]:
        named = {"productOrService": concept((HCPCS, code))} if code else {}
        counted = {"revenue": concept((REVENUE, revenue or "0540"))}
        return line(number, *money("submitted 150.00"), **named, **counted)

    items = [sent(number, *each) for number, each in enumerate(lines, 1)]
    who = {"provider": {"display": "Riverside Clinic"}, "subType": {"coding": [{"code": "outpatient"}]}}
    record = reading(claim(*money("submitted 300.00"), item=items, **who) | {"type": INSTITUTIONAL})
    assert titles.title(record) == titles.title(brief(record)) == title
