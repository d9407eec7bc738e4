"""Invented claims whose money is a trap (facts claims 1, 3), and claims in every state (facts claims 5)."""

from typing import Any

from tests.claims.made import (
    C4BB,
    CLAIM_TYPE,
    DISCRIMINATOR,
    claim,
    cms,
    concept,
    line,
    priced,
    status,
    visit,
)
from tests.claims.made_kinds import CPT, HCPCS, NDC, did

CARC = "https://x12.org/codes/claim-adjustment-reason-codes"
HUM = "http://hl7.org/fhir/us/carin/CodeSystem/carin-bb-adjudicationcategory"
V3_TYPE = "https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD"
TAG = "https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action"


def why(number: str, group: str = "") -> dict[str, Any]:
    """Return a reason as plans send it: group and number of a licensed list, no words."""
    codings = [("g", group), (CARC, number)] if group else [(CARC, number)]
    return {"category": concept((DISCRIMINATOR, "adjustmentreason")), "reason": concept(*codings)}


TRAPS: dict[str, dict[str, Any]] = {
    # 1.26 and 3.6: liability 0 while something is not covered, a payment of 0 beside a benefit.
    "share-of-zero-but-not-covered": claim(
        priced("submitted", "590.00"),
        priced("noncovered", "257.50", system=C4BB),
        priced("benefit", "332.50"),
        priced("memberliability", "0", system=C4BB),
        payment={"amount": {"value": 0, "currency": "USD"}},
    ),
    # 1.26: liability 0 while the copay is 120, and part of the allowed price is nobody's.
    "share-of-zero-but-a-copay": claim(
        priced("submitted", "7147.20"),
        priced("eligible", "1542.01"),
        priced("benefit", "1393.57"),
        priced("deductible", "0"),
        priced("copay", "120"),
        priced("noncovered", "0", system=C4BB),
        priced("memberliability", "0", system=C4BB),
    ),
    # 1.26: benefit 110, paid to the provider 100.
    "two-figures-for-what-was-paid": claim(
        priced("submitted", "180.00"),
        priced("discount", "45.00", system=C4BB),
        priced("noncovered", "0", system=C4BB),
        priced("eligible", "135.00"),
        priced("benefit", "110.00"),
        priced("paidtoprovider", "100.00", system=C4BB),
        priced("memberliability", "25.00", system=C4BB),
        kind="oral",
    ),
    # 1.26: a medical claim whose patientpayamount is 0 even where coinsurance is not.
    "paid-by-patient-of-zero": claim(
        priced("submittedamount", "310.00", system=HUM),
        priced("allowedamount", "195.70", system=HUM),
        priced("paymentamount", "156.56", system=HUM),
        priced("deductibleamount", "0", system=HUM),
        priced("copayamount", "0", system=HUM),
        priced("coinsuranceamount", "39.14", system=HUM),
        priced("patientpayamount", "0", system=HUM),
    ),
    "pharmacy-without-a-bill": claim(
        priced("allowedamount", "48.20", system=HUM),
        priced("paymentamount", "38.20", system=HUM),
        priced("deductibleamount", "0", system=HUM),
        priced("copaymentamount", "10.00", system=HUM),
        priced("coinsuranceamount", "0", system=HUM),
        priced("patientpayamount", "10.00", system=HUM),
        kind="pharmacy",
        item=[
            line(
                1,
                productOrService={"coding": [{"system": NDC, "code": "65862000899", "display": "Metformin"}]},
            )
        ],
    ),
    "share-with-what-is-not-covered": claim(
        priced("submitted", "300.00"),
        priced("discount", "100.00", system=C4BB),
        priced("noncovered", "50.00", system=C4BB),
        priced("eligible", "150.00"),
        priced("benefit", "120.00"),
        priced("copay", "30.00"),
        priced("memberliability", "80.00", system=C4BB),
    ),
    "not-covered-within-the-price": claim(
        priced("submitted", "300.00"),
        priced("discount", "100.00", system=C4BB),
        priced("noncovered", "50.00", system=C4BB),
        priced("eligible", "200.00"),
        priced("benefit", "120.00"),
        priced("memberliability", "80.00", system=C4BB),
    ),
    "bill-does-not-add-up": claim(
        priced("submitted", "500.00"),
        priced("discount", "200.00", system=C4BB),
        priced("noncovered", "0.00", system=C4BB),
        priced("eligible", "250.00"),
        priced("benefit", "200.00"),
        priced("memberliability", "50.00", system=C4BB),
    ),
    "paid-and-share-exceed-the-price": claim(
        priced("submitted", "500.00"),
        priced("discount", "250.00", system=C4BB),
        priced("noncovered", "0.00", system=C4BB),
        priced("eligible", "250.00"),
        priced("benefit", "220.00"),
        priced("priorpayerpaid", "0.00", system=C4BB),
        priced("memberliability", "50.00", system=C4BB),
    ),
    "more-than-billed-without-a-price": claim(
        priced("submitted", "100.00"),
        priced("benefit", "90.00"),
        priced("memberliability", "30.00", system=C4BB),
    ),
    "discount-not-shared": claim(
        priced("submitted", "400.00"),
        priced("eligible", "300.00"),
        priced("benefit", "240.00"),
        priced("memberliability", "60.00", system=C4BB),
    ),
    "only-the-bill": claim(priced("submitted", "480.00")),
    "amounts-of-lines-only": claim(
        item=[
            line(1, priced("submitted", "80.00"), priced("benefit", "60.00"), **did("X1", "y", "Bandage")),
            line(2, **did("X2", "y", "Splint")),
        ]
    ),
    "another-plan-paid-first": claim(
        priced("submitted", "800.00"),
        priced("discount", "300.00", system=C4BB),
        priced("noncovered", "0.00", system=C4BB),
        priced("eligible", "500.00"),
        priced("priorpayerpaid", "400.00", system=C4BB),
        priced("benefit", "60.00"),
        priced("memberliability", "40.00", system=C4BB),
    ),
    "paid-to-you-and-paid-already": claim(
        priced("submitted", "120.00"),
        priced("discount", "0.00", system=C4BB),
        priced("noncovered", "0.00", system=C4BB),
        priced("eligible", "120.00"),
        priced("paidtopatient", "90.00", system=C4BB),
        priced("paidtoprovider", "0.00", system=C4BB),
        priced("paidbypatient", "120.00", system=C4BB),
        priced("memberliability", "30.00", system=C4BB),
        payment={"date": "2026-03-28"},
    ),
    "nothing-to-pay": claim(
        priced("submitted", "180.00"),
        priced("discount", "60.00", system=C4BB),
        priced("noncovered", "0.00", system=C4BB),
        priced("eligible", "120.00"),
        priced("benefit", "120.00"),
        priced("memberliability", "0.00", system=C4BB),
    ),
    "all-of-it-your-deductible": claim(
        priced("submitted", "180.00"),
        priced("discount", "60.00", system=C4BB),
        priced("noncovered", "0.00", system=C4BB),
        priced("eligible", "120.00"),
        priced("benefit", "0.00"),
        priced("deductible", "120.00"),
        priced("memberliability", "120.00", system=C4BB),
        payment={"amount": {"value": 0, "currency": "USD"}, "date": "2026-03-28"},
    ),
    "credit-note": claim(
        priced("submitted", "-100.00"),
        priced("eligible", "-60.00"),
        priced("benefit", "-48.00"),
        priced("coinsurance", "-12.00", system=C4BB),
    ),
    "two-currencies": claim(
        priced("submitted", "100.00", currency="EUR"),
        priced("discount", "20.00", system=C4BB, currency="EUR"),
        priced("eligible", "80.00", currency="EUR"),
        priced("benefit", "70.00"),
        priced("memberliability", "12.00", system=C4BB),
    ),
    "more-than-two-decimals": claim(
        priced("submitted", "100.005"),
        priced("discount", "40.0025", system=C4BB),
        priced("eligible", "60.0025"),
        priced("benefit", "50.00125"),
        priced("memberliability", "10.00125", system=C4BB),
    ),
    "medicare-drug-that-does-not-add-up": claim(
        type=concept(("https://bluebutton.cms.gov/resources/codesystem/eob-type", "PDE")),
        item=[
            line(
                1,
                cms("tot_rx_cst_amt", "20.00", "drugcost"),
                cms("cvrd_d_plan_pd_amt", "20.00", "benefit"),
                cms("ptnt_pay_amt", "20.00", "paidbypatient"),
                productOrService={"coding": [{"system": NDC, "code": "000000000"}]},
            )
        ],
        insurer={"identifier": {"value": "CMS"}},
    ),
}

STATES: dict[str, dict[str, Any]] = {
    "entered-in-error": visit(status="entered-in-error"),
    "voided": claim(
        priced("submitted", "90.00"),
        priced("benefit", "70.00"),
        supportingInfo=[
            {
                "category": concept(
                    (
                        "https://bluebutton.cms.gov/fhir/CodeSystem/Supporting-Information",
                        "CLM_ADJSTMT_TYPE_CD",
                    )
                ),
                "code": concept(("x", "1")),
            },
        ],
    ),
    "deleted-prescription": claim(
        priced("copay", "12.00"),
        type=concept((CLAIM_TYPE, "pharmacy"), (V3_TYPE, "3")),
        item=[line(1, productOrService={"coding": [{"system": NDC, "code": "65862000899"}]})],
    ),
    "waiting-for-a-decision": claim(priced("submitted", "310.00"), outcome="queued"),
    "could-not-be-finished": claim(priced("submitted", "310.00"), outcome="error"),
    "draft": claim(priced("submitted", "310.00"), status="draft"),
    "not-final": visit(meta={"tag": [{"system": TAG, "code": "NotFinalAction"}]}),
    "replaced": visit(
        related=[{"relationship": concept(("r", "replacedby")), "reference": {"value": "CLM-2"}}]
    ),
    "one-line-denied-out-of-network": claim(
        priced("submitted", "500.00"),
        priced("eligible", "300.00"),
        priced("benefit", "180.00"),
        priced("coinsurance", "120.00", system=C4BB),
        adjudication=[status("billingnetworkstatus", "outofnetwork")],
        item=[
            line(
                1,
                priced("submitted", "300.00"),
                priced("benefit", "180.00"),
                status("benefitpaymentstatus", "paid"),
                why("45", "PR"),
                **did("29881", CPT),
            ),
            line(
                2,
                priced("submitted", "200.00"),
                priced("benefit", "0.00"),
                status("benefitpaymentstatus", "denied"),
                why("50", "CO"),
                why("999"),
                **did("L1830", HCPCS),
            ),
        ],
    ),
    "denied-without-amounts": claim(
        total=None, adjudication=[status("benefitpaymentstatus", "denied")], item=[line(1, why("29"))]
    ),
}
