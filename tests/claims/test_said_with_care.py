"""What was found when pages of published claims were read beside their JSON: a rule each."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.kinds.claim import wording
from apps.kinds.claim.records import Coded, Drug
from apps.kinds.claim.wording import titles
from tests.claims.given import a_connection, an_eob, path_of, save
from tests.claims.made import C4BB, claim, concept, line, money, priced, reading

SNOMED = "http://snomed.info/sct"
NDC = "http://hl7.org/fhir/sid/ndc"


def displayed(words: str, code: str, system: str = SNOMED) -> dict[str, Any]:
    """Return a concept of one coding with the plan's words."""
    return {"coding": [{"system": system, "code": code, "display": words}]}


def test_nothing_is_said_to_be_worked_out_where_nothing_was_taken_off_the_bill() -> None:
    totals = [priced(code, "82.97") for code in ("submitted", "eligible", "benefit")]
    story = wording.story(reading(claim(*totals, priced("memberliability", 0, system=C4BB))))
    assert story.sums == ("The figures add up to the cent.",)


def test_the_checklist_names_services_that_are_known_and_no_others() -> None:
    items = [line(1), line(2, productOrService=displayed("Chemotherapy (procedure)", "367336001"))]
    checks = {question: told for _box, question, told in wording.story(reading(claim(item=items))).checklist}
    assert checks["Did you get these services?"] == "Chemotherapy"


def test_m_05_a_placeholder_is_no_code() -> None:
    items = [line(1, revenue=concept(("https://www.nubc.org/CodeSystem/RevenueCodes", "Dummy")))]
    assert wording.story(reading(claim(item=items))).lines[0].what == "Your plan did not say what this was"


def test_m_05_zeros_are_no_number_of_a_drug() -> None:
    items = [line(1, productOrService=displayed("Fake Diluent - WATER", "00000000000", NDC))]
    (row,) = wording.story(reading(claim(item=items, kind="pharmacy"))).lines
    assert (row.what, row.code) == ("Fake Diluent - WATER", "")


@pytest.mark.parametrize(
    ("sent", "title", "called"),
    [
        ("Duloxetine - DULOXETINE HYDROCHLORIDE", "Prescription: Duloxetine", "Duloxetine"),
        ("SIMVASTATIN - SIMVASTATIN", "Prescription: Simvastatin", "Simvastatin"),
        ("Prozac (fluoxetine) - FLUOXETINE", "Prescription: Prozac - FLUOXETINE", "Prozac - FLUOXETINE"),
    ],
)
def test_m_04_a_drug_is_named_once(sent: str, title: str, called: str) -> None:
    what = Coded("00093742156", "NDC", sent)
    record = reading(
        claim(kind="pharmacy", item=[line(1, productOrService=displayed(sent, "00093742156", NDC))])
    )
    assert (wording.title(record), titles.drug_name(what)) == (title, called)
    assert isinstance(record.drug, Drug)
    assert record.drug.what.words == sent


def test_lines_that_are_alike_and_have_no_amounts_are_one_row_that_says_how_many() -> None:
    """M-20: thirteen days of the same care said thirteen times that no amount was shared."""
    lines = [line(number, productOrService=displayed("Hospital visit", "1")) for number in (1, 2, 3)]
    rows = wording.story(reading(claim(priced("submitted", "90"), item=[*lines, line(4)]))).lines
    assert [(row.what, row.details) for row in rows] == [
        ("Hospital visit", ("3 times in the claim",)),
        ("Your plan did not say what this was", ()),
    ]
    priced_lines = [line(number, priced("submitted", "30")) for number in (1, 2)]
    assert len(wording.story(reading(claim(item=priced_lines))).lines) == 2


def test_surfaces_of_one_tooth_stand_together() -> None:
    teeth = [displayed("Upper right quadrant", "UR"), displayed("Occlusal", "O")]
    items = [line(1, bodySite=teeth[0], subSite=teeth[1:])]
    assert wording.story(reading(claim(item=items, kind="oral"))).lines[0].details == (
        "In the mouth: Upper right quadrant, Occlusal",
    )


def test_a_claim_sent_with_and_without_amounts_was_not_corrected(alice: Member, alice_client: Client) -> None:
    """Facts claims 7: the form without amounts is no earlier version with other amounts."""
    connection = a_connection(alice)
    number = [{"value": "CLM-7", "type": concept((C4BB, "uc"))}]
    save(connection, an_eob(1, share=None, identifier=number), an_eob(2, identifier=number))
    for form in (1, 2):
        html = alice_client.get(path_of(connection, form)).content.decode()
        assert "Without amounts" in html
        for words in (
            "Earlier version",
            "earlier version",
            "not shared before",
            "Your plan paid: not shared by your plan. Your share: not",
        ):
            assert words not in html
    bare = alice_client.get(path_of(connection, 1)).content.decode()
    assert "This is the claim as your plan sent it without amounts. Another version stands for it." in bare


def test_a_reason_that_is_a_code_alone_is_called_a_code() -> None:
    about = {"coding": [{"code": "ambulancetransportreason"}]}
    made = claim(supportingInfo=[{"sequence": 1, "category": about, "reason": {"code": "B"}}])
    assert ("Reason for the ambulance", "Code B") in wording.story(reading(made)).more


def test_the_kind_of_a_payment_begins_with_a_capital() -> None:
    paid = {"amount": {"value": 60, "currency": "USD"}, "type": {"text": "paid"}}
    assert ("Kind of payment", "Paid") in wording.story(reading(claim(payment=paid))).payment


def test_no_deductible_is_said_to_be_of_a_price_that_is_below_it() -> None:
    parts = [*money("memberliability 786.57, deductible 777.00")]
    for billed, causes in (("245.04", 0), ("800.00", 1)):
        assert len(wording.story(reading(claim(priced("submitted", billed), *parts))).causes) == causes
