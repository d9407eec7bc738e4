"""Invented claims whose money is a trap (facts claims 1, 3), and claims in every state (facts claims 5)."""

from typing import Any

from tests.claims.made import claim, cms, concept, line, money, priced, status, visit, why
from tests.claims.made_kinds import did
from tests.claims.systems import C4BB, CLAIM_TYPE, CPT, HCPCS, NDC, V3_TYPE

HUM = "http://hl7.org/fhir/us/carin/CodeSystem/carin-bb-adjudicationcategory"
TAG = "https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action"


TRAPS: dict[str, dict[str, Any]] = {
    # 1.26 and 3.6: liability 0 while something is not covered, a payment of 0 beside a benefit.
    "share-of-zero-but-not-covered": claim(
        *money("submitted 590.00, noncovered 257.50, benefit 332.50, memberliability 0"),
        payment={"amount": {"value": 0, "currency": "USD"}},
    ),
    # 1.26: liability 0 while the copay is 120, and part of the allowed price is nobody's.
    "share-of-zero-but-a-copay": claim(
        *money(
            "submitted 7147.20, eligible 1542.01, benefit 1393.57, deductible 0, copay 120, "
            "noncovered 0, memberliability 0"
        )
    ),
    # 1.26: benefit 110, paid to the provider 100.
    "two-figures-for-what-was-paid": claim(
        *money(
            "submitted 180.00, discount 45.00, noncovered 0, eligible 135.00, benefit 110.00, "
            "paidtoprovider 100.00, memberliability 25.00"
        ),
        kind="oral",
    ),
    # 1.26: a medical claim whose patientpayamount is 0 even where coinsurance is not.
    "paid-by-patient-of-zero": claim(
        *money(
            "submittedamount 310.00, allowedamount 195.70, paymentamount 156.56, "
            "deductibleamount 0, copayamount 0, coinsuranceamount 39.14, patientpayamount 0",
            system=HUM,
        )
    ),
    "pharmacy-without-a-bill": claim(
        *money(
            "allowedamount 48.20, paymentamount 38.20, deductibleamount 0, copaymentamount 10.00, "
            "coinsuranceamount 0, patientpayamount 10.00",
            system=HUM,
        ),
        kind="pharmacy",
        item=[
            line(
                1,
                productOrService={"coding": [{"system": NDC, "code": "65862000899", "display": "Metformin"}]},
            )
        ],
    ),
    "share-with-what-is-not-covered": claim(
        *money(
            "submitted 300.00, discount 100.00, noncovered 50.00, eligible 150.00, benefit 120.00, "
            "copay 30.00, memberliability 80.00"
        )
    ),
    "not-covered-within-the-price": claim(
        *money(
            "submitted 300.00, discount 100.00, noncovered 50.00, eligible 200.00, benefit 120.00, "
            "memberliability 80.00"
        )
    ),
    "bill-does-not-add-up": claim(
        *money(
            "submitted 500.00, discount 200.00, noncovered 0.00, eligible 250.00, benefit 200.00, "
            "memberliability 50.00"
        )
    ),
    "paid-and-share-exceed-the-price": claim(
        *money(
            "submitted 500.00, discount 250.00, noncovered 0.00, eligible 250.00, benefit 220.00, "
            "priorpayerpaid 0.00, memberliability 50.00"
        )
    ),
    "more-than-billed-without-a-price": claim(
        *money("submitted 100.00, benefit 90.00, memberliability 30.00")
    ),
    "discount-not-shared": claim(
        *money("submitted 400.00, eligible 300.00, benefit 240.00, memberliability 60.00")
    ),
    "only-the-bill": claim(priced("submitted", "480.00")),
    "amounts-of-lines-only": claim(
        item=[
            line(1, *money("submitted 80.00, benefit 60.00"), **did("X1", "y", "Bandage")),
            line(2, **did("X2", "y", "Splint")),
        ]
    ),
    "another-plan-paid-first": claim(
        *money(
            "submitted 800.00, discount 300.00, noncovered 0.00, eligible 500.00, "
            "priorpayerpaid 400.00, benefit 60.00, memberliability 40.00"
        )
    ),
    "paid-to-you-and-paid-already": claim(
        *money(
            "submitted 120.00, discount 0.00, noncovered 0.00, eligible 120.00, "
            "paidtopatient 90.00, paidtoprovider 0.00, paidbypatient 120.00, memberliability 30.00"
        ),
        payment={"date": "2026-03-28"},
    ),
    "nothing-to-pay": claim(
        *money(
            "submitted 180.00, discount 60.00, noncovered 0.00, eligible 120.00, benefit 120.00, "
            "memberliability 0.00"
        )
    ),
    "all-of-it-your-deductible": claim(
        *money(
            "submitted 180.00, discount 60.00, noncovered 0.00, eligible 120.00, benefit 0.00, "
            "deductible 120.00, memberliability 120.00"
        ),
        payment={"amount": {"value": 0, "currency": "USD"}, "date": "2026-03-28"},
    ),
    "credit-note": claim(*money("submitted -100.00, eligible -60.00, benefit -48.00, coinsurance -12.00")),
    "two-currencies": claim(
        priced("submitted", "100.00", currency="EUR"),
        priced("discount", "20.00", system=C4BB, currency="EUR"),
        priced("eligible", "80.00", currency="EUR"),
        *money("benefit 70.00, memberliability 12.00"),
    ),
    "more-than-two-decimals": claim(
        *money(
            "submitted 100.005, discount 40.0025, eligible 60.0025, benefit 50.00125, "
            "memberliability 10.00125"
        )
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
        *money("submitted 90.00, benefit 70.00"),
        supportingInfo=[
            {
                "category": concept(
                    (
                        "https://bluebutton.cms.gov/fhir/CodeSystem/Supporting-Information",
                        "CLM_ADJSTMT_TYPE_CD",
                    )
                ),
                "code": concept(("x", "1")),
            }
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
        *money("submitted 500.00, eligible 300.00, benefit 180.00, coinsurance 120.00"),
        adjudication=[status("billingnetworkstatus", "outofnetwork")],
        item=[
            line(
                1,
                *money("submitted 300.00, benefit 180.00"),
                status("benefitpaymentstatus", "paid"),
                why("PR", "45"),
                **did("29881", CPT),
            ),
            line(
                2,
                *money("submitted 200.00, benefit 0.00"),
                status("benefitpaymentstatus", "denied"),
                why("CO", "50"),
                why("999"),
                **did("L1830", HCPCS),
            ),
        ],
    ),
    "denied-without-amounts": claim(
        total=None, adjudication=[status("benefitpaymentstatus", "denied")], item=[line(1, why("29"))]
    ),
}
