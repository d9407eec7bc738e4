"""What a claim is called, of which days it is, and what is no name, word or number: findings M-05 to M-10."""

from typing import Any

import pytest

from apps.kinds.claim import wording
from apps.kinds.claim.brief import brief
from apps.kinds.claim.reading import read
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import also_sent, titles
from tests.claims import made
from tests.claims.made import claim, concept, line, money, priced, reading

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
BILL = "https://www.nubc.org/CodeSystem/TypeOfBill"
INFO = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBSupportingInfoType"
BLUE_BUTTON = "https://bluebutton.cms.gov/fhir/CodeSystem"
HCPCS = "https://bluebutton.cms.gov/resources/codesystem/hcpcs"
REVENUE = "https://bluebutton.cms.gov/resources/variables/rev_cntr"
INSTITUTIONAL = {"coding": [{"code": "institutional"}]}
ADMITTED = {"start": "2026-01-03", "end": "2026-01-11"}


def info(category: str, **value: Any) -> dict[str, Any]:
    """Return a fact about the claim under a category of CARIN's list."""
    return {"sequence": 1, "category": {"coding": [{"system": INFO, "code": category}]}, **value}


def billed_as(code: str) -> dict[str, Any]:
    """Return the type of bill."""
    return info("typeofbill", code={"coding": [{"system": BILL, "code": code}]})


def facility(bill: str = "", *, period: dict[str, str] | None = None, **changes: Any) -> ClaimRecord:
    """Return a facility's claim with an admission, billed for January 3 to 11 unless *period* is another."""
    facts = [info("admissionperiod", timingPeriod=ADMITTED)] + ([billed_as(bill)] if bill else [])
    changes = {"type": INSTITUTIONAL, "supportingInfo": facts} | changes
    return reading(claim(billablePeriod=period or ADMITTED, **changes))


@pytest.mark.parametrize(
    ("code", "shown", "modifier"),
    [("A7030NU", "A7030", "NU"), ("73562RT", "73562", "RT"), ("A7030", "A7030", ""), ("D0220", "D0220", "")],
)
def test_a_modifier_written_behind_its_code_is_read_as_one(code: str, shown: str, modifier: str) -> None:
    """Optum's sandbox: "Service or supply with HCPCS code A7030NU", a mask whose words are free."""
    system = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
    (read_line,) = reading(claim(item=[line(1, productOrService=concept((system, code)))])).lines
    assert read_line.what.code == shown
    assert [one.code for one in read_line.modifiers] == [modifier] * bool(modifier)


def test_a_tooth_is_called_one() -> None:
    """Versions of CARIN before 2.0 name it among the facts: "toothnumber 31", as something unheard of."""
    record = reading(claim(supportingInfo=[info("toothnumber", code=concept(("tooth", "31")))]))
    assert dict(wording.story(record).facts)["Tooth"] == "31"
    assert also_sent.rows(record) == ()


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
    ("sent", "title"),
    [
        ("SIMVASTATIN - SIMVASTATIN", "Prescription: Simvastatin"),
        ("METFORMIN HCL 500 MG ER TABLET", "Prescription: Metformin HCL 500 mg ER tablet"),
        ("Metformin 500 mg", "Prescription: Metformin 500 mg"),
        ('"PROZAC"', "Prescription: Prozac"),
        ("Duloxetine - DULOXETINE HYDROCHLORIDE", "Prescription: Duloxetine"),
        ("Prozac, 100 CAPSULE in 1 BOTTLE (0777-3105-02) (package)", "Prescription: Prozac"),
        ("100 CAPSULE in 1 BOTTLE (0777-3105-02)", "Prescription: Amlodipine"),
        ("59762154003", "Prescription: Amlodipine"),
        (None, "Prescription: Amlodipine"),
    ],
)
def test_m_05_a_prescription_is_called_by_a_name_in_ordinary_letters(sent: str | None, title: str) -> None:
    """M-05: capitals in quotes, the same name twice, a package or a number of eleven digits."""
    ndc = {"system": "http://hl7.org/fhir/sid/ndc", "code": "59762154003"} | (
        {"display": sent} if sent else {}
    )
    drug = line(1, productOrService={"coding": [ndc]})
    record = reading(claim(type={"coding": [{"code": "pharmacy"}]}, item=[drug]))
    assert wording.title(record) == wording.title(brief(record)) == title


def test_m_06_a_stay_is_of_its_admission_then_its_period_then_its_lines() -> None:
    """M-06: billed for January 3 to 11, the total line of January 1: the page said January 1."""
    revenue = {"coding": [{"system": "https://www.nubc.org/CodeSystem/RevenueCodes", "code": "0001"}]}
    lines = [line(1, revenue=revenue, servicedDate="2026-01-01"), line(2, servicedDate="2026-01-05")]
    inpatient = {"subType": {"coding": [{"code": "inpatient"}]}}
    stay = facility(item=lines, period={"start": "2026-01-02", "end": "2026-01-12"}, **inpatient)
    assert wording.when(stay) == "January 3 to 11, 2026"
    without = facility(item=lines, period={"start": "2026-01-02"}, supportingInfo=[], **inpatient)
    assert (without.service_start, without.service_end) == ("2026-01-02", "2026-01-05")
    bare = facility(item=lines, period={"x": ""}, supportingInfo=[], **inpatient)
    assert wording.when(bare) == "January 5, 2026"


def test_m_06_an_admission_without_end_goes_on_to_the_end_of_the_bill() -> None:
    """M-06: billed from the day after it, or months later: an interim bill says only since when."""

    def admitted(day: str) -> ClaimRecord:
        facts = [info("admissionperiod", timingPeriod={"start": day})]
        return facility(supportingInfo=facts, subType={"coding": [{"code": "inpatient"}]})

    assert wording.when(admitted("2026-01-02")) == "January 2 to 11, 2026"
    told = dict(wording.story(admitted("2025-10-01")).facts)["Date"]
    assert told == "January 3 to 11, 2026, there since October 1, 2025"


def test_m_06_the_total_line_dates_no_claim_of_any_kind() -> None:
    """M-06: a visit whose only line with a date repeats the whole claim is of the bill's period."""
    revenue = {"coding": [{"system": "https://www.nubc.org/CodeSystem/RevenueCodes", "code": "0001"}]}
    total = [line(1, revenue=revenue, servicedDate="2025-12-31")]
    visit = facility("0131", item=total, supportingInfo=[billed_as("0131")])
    assert visit.service_start == "2026-01-03"


@pytest.mark.parametrize("code", ["0001", "001", "1"])
def test_m_06_medicare_writes_the_total_line_as_one_too(code: str) -> None:
    """M-06: a visit of 2011 was said to be of 1942, the day of its only line, revenue code "1"."""
    total = [line(1, revenue={"coding": [{"code": code}]}, servicedDate="1942-01-03")]
    assert facility("0131", item=total).service_start == "2026-01-03"


@pytest.mark.parametrize("number", ["f33d4c63-32d3-4bd6-bf7a-083d32761080", "295574859360", "77"])
def test_m_05_what_is_no_npi_is_not_shown_as_one(number: str) -> None:
    """M-05: an NPI has ten digits."""
    identifier = {"system": "http://hl7.org/fhir/sid/us-npi", "value": number}
    assert reading(claim(provider={"identifier": identifier})).provider is None


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


def test_m_07_where_only_the_first_day_is_sent_care_starts_then() -> None:
    """M-07: Medicare sends the start of care of home health and hospice as an admission."""
    start = info("admissionperiod", timingPeriod={"start": "2026-01-03"})
    told = wording.story(facility(supportingInfo=[start, billed_as("0329")]))
    assert ("Start of care", "January 3, 2026") in told.facts
    told = wording.story(facility(supportingInfo=[start, billed_as("0811")]))
    assert ("Start of hospice care", "January 3, 2026") in told.facts


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"start": "2026-01-03"}, "from January 3, 2026 (end not sent)"),
        ({"end": "2026-01-03"}, "until January 3, 2026"),
    ],
)
def test_a_stay_of_which_one_end_was_sent_is_no_day(sent: dict[str, str], told: str) -> None:
    """8: a period without an end goes on."""
    record = facility("0111", supportingInfo=[info("admissionperiod", timingPeriod=sent), billed_as("0111")])
    assert dict(wording.story(record).facts)["In hospital"] == told


def test_m_07_medicares_two_fields_are_a_type_of_bill() -> None:
    """M-07: Blue Button v3 has the place and the kind of care apart."""
    systems = ("CLM-BILL-FAC-TYPE-CD", "CLM-BILL-CLSFCTN-CD")
    facts = [
        info("info", code={"coding": [{"system": f"{BLUE_BUTTON}/{each}", "code": code}]})
        for each, code in zip(systems, "32", strict=True)
    ]
    assert facility(supportingInfo=facts).setting == "home_health"


def test_m_10_a_drug_with_the_day_of_payment_alone_says_so() -> None:
    """M-10: it was an unlabelled "Date"."""
    record = reading(
        claim(
            type={"coding": [{"code": "pharmacy"}]},
            billablePeriod={},
            created=None,
            payment={"date": "2026-03-05"},
            item=[line(1, servicedDate=None)],
        )
    )
    told = wording.story(record)
    assert told.when == "paid March 5, 2026"
    assert ("Paid on", "March 5, 2026") in told.facts
    assert "Date" not in dict(told.facts)


@pytest.mark.parametrize("system", ["http://hl7.org/fhir/sid/ndc", "urn:oid:2.16.840.1.113883.6.69"])
def test_m_10_the_number_of_a_drug_is_no_number_of_a_prescription(system: str) -> None:
    """M-10: "Prescription number 00093..."."""
    drug = line(1, productOrService={"coding": [{"code": "00093104801"}]})
    pharmacy = {"type": {"coding": [{"code": "pharmacy"}]}, "item": [drug]}
    number = {"identifier": {"system": system, "value": "00093104801"}}
    record = reading(claim(prescription=number, **pharmacy))
    assert record.drug is not None
    assert record.drug.prescription is None
    kept = reading(claim(prescription={"identifier": {"value": "RX-77"}}, **pharmacy))
    assert kept.drug is not None
    assert kept.drug.prescription == "RX-77"


def test_m_20_lines_of_nothing_are_folded_into_one() -> None:
    """M-20: a visit of 8,469 px; beside lines of something those of nothing are told by their number."""
    zeros = [line(n, priced("submitted", "0.00"), priced("benefit", "0.00")) for n in range(2, 12)]
    told = wording.story(reading(claim(item=[line(1, priced("submitted", "80.00")), *zeros])))
    assert told.folded_lines == "10 more lines of $0.00"
    assert [row.number for row in told.lines if not row.is_folded] == [1]
    assert wording.story(reading(claim(item=zeros))).folded_lines == ""
    unknown = [line(n) for n in range(2, 12)]
    assert (
        wording.story(reading(claim(item=[line(1, priced("submitted", "80.00")), *unknown]))).folded_lines
        == ""
    )


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


def test_m_05_a_true_or_false_in_place_of_a_code_is_absent() -> None:
    """M-05: "How the prescription arrived: Code false"."""
    codes = {"rxorigincode": "false", "dawcode": "3", "employmentimpacted": "false"}
    sent = [info(category, code={"coding": [{"code": code}]}) for category, code in codes.items()]
    assert [fact.category for fact in reading(claim(supportingInfo=sent)).facts] == [
        "employmentimpacted",
        "dawcode",
    ]
