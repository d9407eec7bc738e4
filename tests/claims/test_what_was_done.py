"""What was done, and what only names an illness: which lines name a claim and are asked after."""

from typing import Any

import pytest

from apps.kinds.claim import wording
from apps.kinds.claim.brief import brief
from apps.kinds.claim.wording import lines
from tests.claims.made import claim, concept, displayed, info, line, money, priced, reading, stating
from tests.claims.systems import CPT, PLACE, SNOMED
from tests.claims.test_reading_dates import billed_as


def test_a_condition_among_the_lines_is_no_service_that_is_asked_after() -> None:
    visit, sinusitis = [
        line(number, productOrService=concept((SNOMED, code), text=words))
        for number, code, words in (
            (1, "185345009", "Encounter for symptom"),
            (2, "444814009", "Viral sinusitis (disorder)"),
        )
    ]
    both, alone = (
        {box: words for box, _question, words in wording.story(reading(claim(item=item))).checklist}
        for item in ([visit, sinusitis], [sinusitis])
    )
    assert (both["services"], alone["services"]) == ("Encounter for symptom", "Viral sinusitis")


def test_a_line_that_stands_for_a_diagnosis_is_told_as_the_diagnosis() -> None:
    """1.10: some send of a diagnosis a reference alone, and its name as a line that points to it."""
    sent: dict[str, Any] = {"sequence": 1, "diagnosisReference": {"reference": "urn:uuid:9"}}
    visit = line(1, productOrService=concept((SNOMED, "424441002"), text="Prenatal initial visit"))
    named = {"productOrService": concept((SNOMED, "19169002"), text="Miscarriage"), "diagnosisSequence": [1]}
    record = reading(claim(diagnosis=[sent], item=[line(2, **named), visit]))
    told = wording.story(record)
    assert told.diagnoses == (("Diagnosis", "Miscarriage (19169002)"),)
    assert {box: words for box, _question, words in told.checklist}["services"] == "Prenatal initial visit"
    assert "Miscarriage" not in wording.title(record) + wording.title(brief(record))
    assert [row.what for row in told.lines] == ["Prenatal initial visit"]
    # A service that was billed, or whose diagnosis is told apart, stands for none.
    billed = line(2, priced("submitted", "9.00"), **named)
    apart = sent | {"diagnosisCodeableConcept": concept(("http://hl7.org/fhir/sid/icd-10-cm", "O03"))}
    for made in (
        claim(diagnosis=[sent], item=[billed, visit]),
        claim(diagnosis=[apart], item=[line(2, **named), visit]),
        claim(diagnosis=[sent], item=[line(2, **named)]),
    ):
        assert not any(told.is_diagnosis for told in reading(made).lines)


@pytest.mark.parametrize("number", [[9], {"value": 9}, "2", None])
def test_a_line_names_a_diagnosis_whatever_its_number_is(number: object) -> None:
    """A number that is a list made the whole claim unreadable; one that is a text named nothing."""
    sent: dict[str, Any] = {"sequence": 1, "diagnosisReference": {"reference": "urn:uuid:9"}}
    named = {"productOrService": concept((SNOMED, "19169002"), text="Miscarriage"), "diagnosisSequence": [1]}
    told = line(2, **named) | {"sequence": number if number in ("2", None) else 2}
    other = line(1, diagnosisSequence=[1]) | ({} if number in ("2", None) else {"sequence": number})
    record = reading(claim(diagnosis=[sent], item=[told, other]))
    assert [one.what.code for one in record.diagnoses] == ["19169002"]


def test_a_claim_is_named_by_the_line_that_costs_most() -> None:
    """A vaccine of 140.52 named a claim of 20,805.42: the money is an operation's."""
    done = {"Encounter for check up": "", "Influenza vaccine": "140.52", "Thrombectomy": "20664.90"}
    lines = [
        line(place, *([priced("submitted", cost)] if cost else []), productOrService=concept(text=words))
        for place, (words, cost) in enumerate(done.items(), 1)
    ]
    record = reading(claim(item=lines))
    assert wording.title(record).startswith("Thrombectomy")
    assert wording.title(brief(record)) == wording.title(record)
    bare = [line(place, productOrService=concept(text=words)) for place, words in enumerate(done, 1)]
    assert wording.title(reading(claim(item=bare))) == "Encounter for check up at Riverside Clinic"


@pytest.mark.parametrize(
    ("code", "place", "told"),
    [
        ("99231", "12", "Doctor's care"),
        ("99231", "21", "Doctor's care in hospital"),
        ("99231", "", "Doctor's care in hospital"),
        ("99213", "21", "Doctor's care"),
        ("99283", "11", "Doctor's care"),
        ("99347", "12", "Visit at home"),
    ],
)
def test_a_range_of_codes_names_no_setting_that_the_place_contradicts(
    code: str, place: str, told: str
) -> None:
    """ "Doctor's care in hospital" stood beside "At home"."""
    where = {"locationCodeableConcept": concept((PLACE, place))} if place else {}
    sent = line(1, productOrService=concept(("http://www.ama-assn.org/go/cpt", code)), **where)
    record = reading(claim(item=[sent]))
    shown = wording.story(record)
    assert shown.lines[0].what == told
    assert {box: words for box, _question, words in shown.checklist}["services"] == told
    if code == "99231" and place == "12":
        assert wording.title(record) == wording.title(brief(record)) == "Doctor's care at Riverside Clinic"


def test_bare_revenue_codes_of_lines_that_are_otherwise_alike_are_told() -> None:
    revenue = "https://www.nubc.org/CodeSystem/RevenueCodes"

    def charge(number: int, code: str, *amounts: dict[str, Any]) -> dict[str, Any]:
        product = concept(("http://www.ama-assn.org/go/cpt", "99231"))
        return line(number, *amounts, productOrService=product, revenue=concept((revenue, code)))

    [row] = wording.story(
        reading(claim(item=[charge(1, "0301"), charge(2, "0260"), charge(3, "0301")]))
    ).lines
    assert row.details == ("3 times in the claim", "Charges with revenue codes 0301 and 0260")
    cost = priced("submitted", "9")
    rows = wording.story(reading(claim(item=[charge(1, "0551", cost), charge(2, "0023", cost)]))).lines
    assert [row.details[-1] for row in rows] == [
        f"Charge with revenue code {code}" for code in ("0551", "0023")
    ]


def test_facts_of_single_lines_stand_in_the_order_of_the_lines() -> None:
    """1.10: two rides, whose miles and places were printed so that they joined the wrong way."""
    named = [("pickuplocation", "Home"), ("dropofflocation", "Clinic"), ("pickuplocation", "Clinic")]
    named += [("dropofflocation", "Home"), ("patientaccountnumber", "A1")]
    infos = [
        info(category, sequence=place, valueString=text) for place, (category, text) in enumerate(named, 1)
    ]
    lines = [line(1, informationSequence=[3, 4, 5]), line(2, informationSequence=[1, 2, 5])]
    record = reading(claim(supportingInfo=infos, item=lines))
    told = [(fact.category, fact.value) for fact in record.facts]
    assert told == [named[4], named[2], named[3], named[0], named[1]]
    shown = wording.story(record)
    rides = [("Picked up at (line 1)", "Clinic"), ("Taken to (line 1)", "Home")]
    assert [*rides, ("Picked up at (line 2)", "Home"), ("Taken to (line 2)", "Clinic")] == [
        pair for pair in shown.facts if "(line" in pair[0]
    ]


@pytest.mark.parametrize("odd", [{"value": 1}, ["1"], None, 1.5])
def test_whatever_stands_where_a_line_points_to_information_the_claim_is_read(odd: object) -> None:
    """A claim changed at random was lost to an object among the numbers."""
    sent = claim(supportingInfo=[info("drg", sequence=1, code=concept(("", "470")))])
    record = reading(sent | {"item": [line(1, informationSequence=[odd, 1])]})
    assert [line.number for line in record.lines] == [1]
    assert any(fact.category == "drg" for fact in record.facts)


def test_a_title_names_no_setting_that_its_lines_are_not_of() -> None:
    """Lines at home were "Doctor's care", and all of them together "Doctor's care in hospital"."""

    def told(*places: str) -> set[str]:
        lines = [
            line(
                number,
                *money("submitted 150.00"),
                productOrService=concept(("http://www.ama-assn.org/go/cpt", "99231")),
                locationCodeableConcept=concept((PLACE, place)),
            )
            for number, place in enumerate(places, 1)
        ]
        outpatient = {"kind": "institutional", "supportingInfo": [billed_as("131")]}
        record = stating("submitted 300.00", **outpatient, item=lines)
        return {wording.title(record), wording.title(brief(record))}

    assert told("12", "12") == {"Doctor's care at Riverside Clinic"}
    assert told("21", "21") == {"Doctor's care in hospital at Riverside Clinic"}
    assert told("12", "21") == {"Outpatient visit at Riverside Clinic"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("93799", "Other service: heart care or test"),
        ("92999", "Other service: heart care or test"),
        ("76499", "Other service: imaging"),
        ("93000", "Heart care or test"),
        ("61799", "Procedure"),  # on the list by its own name
        ("81299", "Laboratory test"),
    ],
)
def test_a_code_for_what_is_on_no_list_is_another_service_of_its_kind(code: str, words: str) -> None:
    """CPT ends its sections with a code for what has none ("unlisted"): it names no service."""
    record = reading(claim(item=[line(1, productOrService=concept((CPT, code)))]))
    assert lines.name(record.lines[0].what) == words
    assert wording.title(record).startswith(words)


@pytest.mark.parametrize(("stated", "told"), [(None, "Quantity 3"), ({"value": 7}, "Quantity 7")])
def test_the_units_that_medicare_counts_beside_a_line_are_its_quantity(stated: Any, told: str) -> None:
    """1.20: Blue Button v2 has a hospital's units in an extension; lines of several showed none."""
    units = {
        "url": "https://bluebutton.cms.gov/resources/variables/rev_cntr_unit_cnt",
        "valueQuantity": {"value": 3},
    }
    sent = line(1, *money("submitted 30"), extension=[units], quantity=stated)
    (row,) = wording.story(reading(claim(item=[sent]))).lines
    assert told in row.details


@pytest.mark.parametrize(
    ("name", "counted", "told"),
    [
        ("rev_cntr_unit_cnt", {"value": 3}, ("Quantity 60", "By another count: 3 units")),
        (
            "dmerc_line_mtus_cnt",
            {"value": 60.234, "unit": "Number of services"},
            ("Quantity 60", "By another count: 60.234 services"),
        ),
        (
            "carr_line_ansthsa_unit_cnt",
            {"value": 2.4},
            ("Quantity 60", "By another count: 2.4 units of anesthesia"),
        ),
        ("carr_line_mtus_cnt", {"value": 60}, ("Quantity 60",)),
    ],
)
def test_another_count_than_the_quantity_is_told_with_what_it_counts(
    name: str, counted: dict[str, Any], told: tuple[str, ...]
) -> None:
    """1.20: Blue Button v2 counts beside the quantity; where the two differ, one was chosen in silence."""
    url = f"https://bluebutton.cms.gov/resources/variables/{name}"
    sent = line(1, extension=[{"url": url, "valueQuantity": counted}], quantity={"value": 60})
    assert wording.story(reading(claim(item=[sent]))).lines[0].details == told


def test_what_was_done_is_asked_about_before_charges_that_are_codes_alone() -> None:
    """The question of a cataract's removal began with five revenue codes, and did not name it."""
    revenue = "https://www.nubc.org/CodeSystem/RevenueCodes"
    rows = [
        {"sequence": place, "revenue": concept((revenue, code))}
        for place, code in enumerate(("0250", "0258"), 1)
    ]
    done = concept(("http://hl7.org/fhir/sid/icd-9-cm", "1341"), text="Cataract removed")
    sent = [{"sequence": 1, "procedureCodeableConcept": done}]
    shown = wording.story(stating("submitted 9", kind="institutional", item=rows, procedure=sent))
    asked = {box: told for box, _question, told in shown.checklist}["services"]
    assert asked == "Cataract removed and other hospital charges (revenue codes 0250 and 0258)"


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("Total knee replacement (left)", "Total knee replacement"),
        ("27447", "Procedure"),
        (None, "Procedure"),
    ],
)
def test_a_procedure_in_words_names_a_claim_whose_lines_are_bare_codes(words: str | None, title: str) -> None:
    coded = line(1, priced("submitted", "20000.00"), productOrService=concept((CPT, "27447")))
    done = {"sequence": 1, "procedureCodeableConcept": concept((CPT, "27447"), text=words)}
    record = reading(claim(item=[coded], procedure=[done]))
    assert wording.title(record).startswith(title)
    assert wording.title(brief(record)) == wording.title(record)
    told = line(1, productOrService=concept((CPT, "27447"), text="Knee operation"))
    assert wording.title(reading(claim(item=[told], procedure=[done]))).startswith("Knee operation")


def test_the_checklist_names_services_that_are_known_and_no_others() -> None:
    items = [line(1), line(2, productOrService=displayed("Chemotherapy (procedure)", "367336001"))]
    checks = {question: told for _box, question, told in wording.story(reading(claim(item=items))).checklist}
    assert checks["Did you get these services?"] == "Chemotherapy"
