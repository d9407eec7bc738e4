"""What payers leave out and twist in the structure of a claim: facts claims 1.1 to 1.14."""

from decimal import Decimal
from typing import Any

import pytest

from tests.claims.made import amounts, claim, cms, concept, line, money, priced, reading, status, visit
from tests.claims.systems import C4BB, NDC, STATUS, V2

ABSENT = {
    "extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
    ]
}


@pytest.mark.parametrize(
    "element",
    ["status", "created", "use", "outcome", "insurer", "provider", "id", "type", "patient", "total", "item"],
)
def test_a_claim_without_a_required_element_is_read_all_the_same(element: str) -> None:
    """1.1."""
    record = reading(visit() | {element: None})
    assert record.use == "claim"
    assert record.claim_number == "CLM-1"


def test_an_extension_in_place_of_a_value_is_no_value() -> None:
    """1.1: Cigna's `_status`, `_created` and `_sequence`; nothing of it is called not understood."""
    made = visit() | {"status": None, "_status": ABSENT, "created": None, "_created": ABSENT}
    made["item"] = [made["item"][0] | {"sequence": None, "_sequence": ABSENT}]
    made["careTeam"] = [made["careTeam"][0] | {"_sequence": ABSENT}]
    record = reading({key: value for key, value in made.items() if value is not None})
    assert (record.status, record.created, record.lines[0].number) == (None, None, None)
    assert record.also_sent == ()


def test_a_claim_without_items_and_one_without_totals_have_their_amounts() -> None:
    """1.2."""
    only_total = reading(claim(priced("submitted", "10.00"), item=None))
    only_lines = reading(
        claim(total=None, item=[line(1, priced("submitted", "4.00")), line(2, priced("submitted", "6.00"))])
    )
    assert (only_total.lines, amounts(only_total)) == ((), {"billed": "10.00"})
    assert amounts(only_lines) == {"billed": "10.00"}


def test_a_claim_that_comes_without_amounts_shares_none() -> None:
    """1.3 and 7: never $0."""
    record = reading(
        claim(
            meta={
                "profile": [
                    "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-Oral-Basis|2.2.0"
                ]
            },
            adjudication=[status("billingnetworkstatus", "innetwork")],
            item=[line(1, status("benefitpaymentstatus", "paid"))],
        )
    )
    assert (record.shares_money, amounts(record), record.network) == (False, {}, "in")
    assert record.lines[0].decision == "paid"


def test_a_bare_number_is_kept_and_is_no_money() -> None:
    """1.4: units, per cent and weights; -57 units are kept with their sign."""
    units = {"category": concept(("http://x/C4BBAdjudicationDiscriminator", "allowedunits")), "value": -57}
    share = {"category": {"coding": [{"code": "eligpercent"}]}, "value": 0.8}
    record = reading(claim(item=[line(1, units, share)]))
    assert [(one.label, one.value, one.is_known) for one in record.also_sent] == [
        ("allowedunits", "-57", True),
        ("eligpercent", "0.8", True),
    ]
    assert record.shares_money is False


def test_an_amount_that_is_only_an_extension_and_a_missing_category_cost_nothing_else() -> None:
    """1.4."""
    record = reading(
        claim(
            priced("submitted", "10.00"),
            {"category": concept(("x", "copay")), "amount": ABSENT},
            {"amount": {"value": 3, "currency": "USD"}},
        )
    )
    assert amounts(record) == {"billed": "10.00"}
    assert [(one.path, one.label, one.value) for one in record.also_sent] == [("total[2]", "", "3 USD")]


@pytest.mark.parametrize(
    ("code", "network"),
    [
        ("innetwork", "only_paid_in"),
        ("outofnetwork", "only_paid_out"),
        ("other", "only_paid_other"),
        ("paid", None),
    ],
)
def test_a_status_smuggled_as_money_is_a_status_and_its_zero_is_no_amount(code: str, network: str) -> None:
    """1.5 and 2.3; should it ever carry more than a zero, the amount is shown."""
    record = reading(claim(priced("submitted", "10.00"), priced(code, "0", system=STATUS)))
    assert (record.network, record.also_sent) == (network, ())
    more = priced(code, "4.00", system=STATUS)
    more["category"]["coding"][0]["display"] = "Network"
    (kept,) = reading(claim(more)).also_sent
    assert (kept.label, kept.value) == ("Network", "4.00 USD")


def test_a_negative_change_of_the_payment_is_kept_with_its_sign() -> None:
    """1.6 and 1.7: -50 in one of CARIN's examples."""
    record = reading(claim(payment={"amount": {"value": 100}, "adjustment": {"value": -50}}))
    assert [(one.label, one.figure.amount) for one in record.details] == [
        ("Change of the payment", Decimal(-50))
    ]


def test_negative_lines_are_summed_with_their_sign_and_never_hidden() -> None:
    """1.7: one line with quantity -57, net and discount below zero."""
    taken_back = line(
        2, *money("submitted -9800.00, discount -7866.78"), quantity={"value": -57}, net={"value": -9800}
    )
    first = line(1, *money("submitted 9800.00, discount 7866.78"))
    record = reading(claim(total=None, item=[first, taken_back]))
    assert amounts(record) == {"billed": "0.00", "discount": "0.00"}
    assert (record.lines[1].quantity, record.lines[1].money.discount.amount) == (
        Decimal(-57),
        Decimal("-7866.78"),
    )


@pytest.mark.parametrize("sent", ["cancelled", "entered-in-error", "draft", "active"])
def test_the_status_is_kept_as_sent(sent: str) -> None:
    """1.8 and 5.1."""
    assert reading(claim(status=sent)).status == sent


def test_a_request_for_approval_is_no_claim() -> None:
    """1.9; its shapes are in test_reading_approvals."""
    assert reading(claim(use="preauthorization")).use == "preauthorization"


def test_sequences_are_looked_up_by_value_and_may_lie() -> None:
    """1.10: duplicate, unsorted and dangling."""
    diagnoses = [
        {
            "sequence": sequence,
            "diagnosisCodeableConcept": concept(("http://hl7.org/fhir/sid/icd-10-cm", code)),
        }
        for sequence, code in ((7, "J069"), (7, "K5720"), (1, "E119"))
    ]
    record = reading(
        claim(
            diagnosis=diagnoses,
            item=[
                line(
                    3,
                    diagnosisSequence=[9],
                    informationSequence=[99],
                    procedureSequence=[4],
                    careTeamSequence=[0],
                )
            ],
            processNote=[{"number": 4, "text": "Kept."}],
        )
    )
    assert [one.what.code for one in record.diagnoses] == ["J069", "K5720", "E119"]
    assert (record.lines[0].number, record.lines[0].teeth, record.notes) == (3, (), ("Kept.",))


def test_what_is_contained_gives_its_name_wherever_it_is_referred_to() -> None:
    """1.11."""
    contained = [
        {"resourceType": "Organization", "id": "o", "name": "Inside Clinic"},
        {"resourceType": "Patient", "id": "p", "name": [{"given": ["Ana"], "family": "Lopez"}]},
        {"resourceType": "Coverage", "id": "c", "status": "active"},
        {"resourceType": "ServiceRequest", "id": "s"},
    ]
    inside = {"reference": "#o"}
    record = reading(
        claim(
            contained=contained,
            provider=inside,
            insurer=inside,
            facility=inside,
            patient={"reference": "#p"},
            careTeam=[{"provider": inside, "role": concept((C4BB, "rendering"))}],
            insurance=[{"coverage": {"reference": "#c"}}],
        )
    )
    assert {record.provider, record.payer, record.facility, record.care_team[0].name} == {"Inside Clinic"}
    assert (record.patient, record.patient_reference, record.coverage) == ("Ana Lopez", None, None)


def test_a_contained_condition_or_procedure_gives_its_code_and_a_place_its_name() -> None:
    """1.11 and 4: diagnoses and procedures may be references."""
    contained = [
        {
            "resourceType": "Condition",
            "id": "c",
            "code": concept(("http://hl7.org/fhir/sid/icd-10-cm", "J069")),
        },
        {"resourceType": "Procedure", "id": "p", "code": {"text": "Stitches"}},
        {"resourceType": "Location", "id": "l", "name": "North Wing"},
    ]
    record = reading(
        claim(
            contained=contained,
            diagnosis=[
                {"diagnosisReference": {"reference": "#c"}},
                {"diagnosisReference": {"reference": "Condition/9", "display": "Sprain"}},
                {"diagnosisReference": {"reference": "#gone"}},
            ],
            procedure=[{"procedureReference": {"reference": "#p"}, "date": "2026-03"}],
            item=[line(1, locationReference={"reference": "#l"})],
        )
    )
    assert [one.what.code or one.what.words for one in record.diagnoses] == ["J069", "Sprain"]
    assert [(one.what.words, one.on) for one in record.procedures] == [("Stitches", "2026-03")]
    assert record.lines[0].place is not None
    assert record.lines[0].place.words == "North Wing"


@pytest.mark.parametrize("system", ["rev_cntr", "rev_cntr_ddctbl_coinsrnc_cd"])
def test_a_line_of_revenue_code_0001_repeats_the_claim_and_is_not_summed(system: str) -> None:
    """1.12; and lines without a product have the words of their revenue code. An indicator has one digit."""
    revenue = "https://bluebutton.cms.gov/resources/variables/rev_cntr"
    lines = [
        line(
            1,
            cms("rev_cntr_tot_chrg_amt", "30.00", "submitted"),
            revenue=concept((revenue, "0300"), text="Laboratory"),
        ),
        line(2, cms("rev_cntr_tot_chrg_amt", "30.00", "submitted"), revenue=concept((system, "0001"))),
    ]
    record = reading(claim(total=None, item=lines))
    assert amounts(record) == {"billed": "30.00"}
    assert [(one.is_total, one.what.words) for one in record.lines] == [(False, "Laboratory"), (True, None)]


@pytest.mark.parametrize("code", ["65862000899", "0777-3105-02", "077731050", "777310"])
def test_a_drug_code_of_any_length_is_kept_as_written(code: str) -> None:
    """1.13."""
    record = reading(claim(kind="pharmacy", item=[line(1, productOrService=concept((NDC, code)))]))
    assert record.drug is not None
    assert (record.drug.what.code, record.drug.what.system) == (code, "NDC")


def test_a_compound_drug_lists_its_ingredients_with_their_amounts_kept() -> None:
    """1.13."""
    parts = [
        {
            "productOrService": concept((NDC, code)),
            "adjudication": [priced("submitted", amount)],
            "net": {"value": 1},
        }
        for code, amount in (("1", "4.00"), ("2", "6.00"))
    ]
    compound = concept(("http://x/C4BBCompoundLiteral", "compound"))
    record = reading(
        claim(
            kind="pharmacy",
            item=[line(1, priced("submitted", "10.00"), productOrService=compound, detail=parts)],
        )
    )
    assert record.drug is not None
    ingredients = [part.what.code for part in record.lines[0].parts]
    assert (record.drug.is_compound, ingredients) == (True, ["1", "2"])
    assert amounts(record)["billed"] == "10.00"
    kept = [one.path for one in record.also_sent if one.label == "Billed amount"]
    assert kept == ["item[0].detail[0].adjudication[0]", "item[0].detail[1].adjudication[0]"]


@pytest.mark.parametrize(
    ("changes", "day"),
    [
        ({"item": [line(1, servicedDate="2026-01-02")], "payment": {"date": "2026-01-09"}}, "2026-01-02"),
        ({"payment": {"date": "2026-01-09"}}, "2026-01-09"),
        ({}, "2026-03-20"),
    ],
)
def test_a_prescription_without_period_is_dated_by_line_payment_or_creation(
    changes: dict[str, Any], day: str
) -> None:
    """1.13 and 8."""
    assert reading(claim(kind="pharmacy", billablePeriod=None, **changes)).service_start == day


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        (concept(("http://hl7.org/fhir/ValueSet/claim-type", "oral")), "oral"),
        (
            concept(("http://hl7.org/fhir/us/carin/CodeSystem/carin-bb-claim-type", "inpatient-facility")),
            "inpatient",
        ),
        (concept(("https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD", "2013")), "outpatient"),
        (concept(("https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD", "1021")), "inpatient"),
        (concept(("https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD", "2700")), "professional"),
        (concept(("x", "institutional"), (f"{V2}/../eob-type", "DME")), "professional"),
    ],
)
def test_the_kind_is_told_by_codes_and_not_by_profiles(type_: dict[str, Any], kind: str) -> None:
    """1.14 and 4: a profile that says otherwise is not asked."""
    wrong = "https://x/StructureDefinition/C4BB-ExplanationOfBenefit-Pharmacy|2.0.0"
    assert reading(claim(type=type_, meta={"profile": [wrong]})).kind == kind
