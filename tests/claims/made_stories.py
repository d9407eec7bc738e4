"""The claims whose whole story is kept as text in `told/`: one per kind of story."""

from typing import Any

from tests.claims.made import balance, claim, cms, concept, line, money, number, priced, status, visit
from tests.claims.systems import BB_TYPE, C4BB, CARC, CLAIM_TYPE, DISCRIMINATOR, NDC, RELATED, SUB_TYPE


def _drug(words: str, ndc: str) -> dict[str, Any]:
    return {"coding": [{"system": NDC, "code": ndc, "display": words}]}


STORIES: dict[str, dict[str, Any]] = {
    "office-visit": visit(),
    "denied-visit": claim(
        *money("submitted 300.00, benefit 0.00, memberliability 0.00"),
        adjudication=[status("benefitpaymentstatus", "denied")],
        item=[
            line(
                1,
                priced("submitted", "300.00"),
                {
                    "category": concept((DISCRIMINATOR, "adjustmentreason")),
                    "reason": concept(("g", "CO"), (CARC, "197")),
                },
                {"category": concept((DISCRIMINATOR, "adjustmentreason")), "reason": concept((CARC, "999"))},
                productOrService={"coding": [{"code": "X1", "display": "Scan of the knee"}]},
            )
        ],
        processNote=[{"number": 1, "text": "Ask your provider to request approval in advance."}],
    ),
    "hospital-stay-replaced": claim(
        *money("submitted 12000.00, eligible 7000.00, benefit 6400.00, deductible 500.00, copay 100.00"),
        type=concept((CLAIM_TYPE, "institutional")),
        subType=concept((SUB_TYPE, "inpatient")),
        billablePeriod={"start": "2025-12-30", "end": "2026-01-03"},
        supportingInfo=[
            {
                "category": concept((C4BB, "admissionperiod")),
                "timingPeriod": {"start": "2025-12-30", "end": "2026-01-03"},
            },
            {"category": concept((C4BB, "typeofbill")), "code": concept(("nubc", "117"))},
        ],
        related=[{"relationship": concept((RELATED, "prior")), "reference": {"value": "CLM-0"}}],
        provider={"display": "Harbor Hospital"},
    ),
    "prescription": claim(
        *money("submitted 40.00, discount 22.50, benefit 7.50, copay 10.00"),
        kind="pharmacy",
        item=[
            line(
                1,
                productOrService=_drug("Metformin 500 mg tablet (bottle)", "65862000899"),
                quantity={"value": 60},
            )
        ],
        supportingInfo=[
            {"category": concept((C4BB, "dayssupply")), "valueQuantity": {"value": 30}},
            {"category": concept((C4BB, "refillnum")), "valueQuantity": {"value": 2}},
        ],
        provider={"display": "Corner Pharmacy"},
    ),
    "medicare-drug": claim(
        type=concept((BB_TYPE, "PDE")),
        item=[
            line(
                1,
                cms("cvrd_d_plan_pd_amt", "126.99", "benefit"),
                cms("ptnt_pay_amt", "235.85", "paidbypatient"),
                cms("lics_amt", "122.23", "discount"),
                cms("rptd_gap_dscnt_num", "17.22", "discount"),
                cms("tot_rx_cst_amt", "550.00", "drugcost"),
                productOrService=_drug("", "000000000"),
            )
        ],
        insurer={"identifier": {"value": "CMS"}},
        provider={"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1023011079"}},
    ),
    "medicare-carrier": claim(
        cms("clm_tot_chrg_amt", "0", "priorpayerpaid"),
        type=concept((BB_TYPE, "CARRIER")),
        payment={"amount": {"value": 60, "currency": "USD"}, "date": "2026-04-01"},
        benefitBalance=balance(
            nch_carr_clm_sbmtd_chrg_amt="100", nch_carr_clm_alowd_amt="80", carr_clm_cash_ddctbl_apld_amt="4"
        ),
        item=[
            line(
                1,
                cms("line_coinsrnc_amt", "16", "coinsurance"),
                cms("line_sbmtd_chrg_amt", "110", "submitted"),
            )
        ],
        insurer={"identifier": {"value": "CMS"}},
        provider=None,
    ),
    "without-amounts": claim(
        adjudication=[status("benefitpaymentstatus", "innetwork")],
        total=None,
        kind="oral",
        item=[line(1, productOrService=concept(("http://www.ada.org/cdt", "D1110")))],
        provider={"display": "Dr. Sam Reed"},
    ),
    "contradiction": claim(
        *money("submitted 7147.2, benefit 1393.57, paidtoprovider 1300.00, copay 120, memberliability 0")
    ),
    "cancelled-dollars-of-canada": claim(
        priced("submitted", "80.00", currency="CAD"),
        priced("benefit", "60.00", currency="CAD"),
        status="cancelled",
        billablePeriod={"start": "2026-03"},
    ),
    "not-covered": claim(*money("submitted 90.00, benefit 0, noncovered 90.00"), status="draft"),
    "undated-reversal": claim(
        billablePeriod={"start": "2026-02-30"},
        outcome="partial",
        item=[
            line(1, *money("submitted 68.80, benefit 34.80"), servicedDate=None),
            line(2, *money("submitted -68.80, benefit -34.80"), servicedDate=None),
        ],
        payment={"adjustment": {"value": number("-50.00")}},
        disposition="Sent back to the provider",
    ),
}
