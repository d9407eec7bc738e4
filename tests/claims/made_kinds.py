"""Invented claims of every kind of care, for the stories kept in `told/`."""

from typing import Any

from tests.claims.made import balance, claim, cms, concept, line, money, priced, status
from tests.claims.systems import BB_TYPE, C4BB, CLAIM_TYPE, CPT, HCPCS, NDC, PLACE, REVENUE, SUB_TYPE

CDT = "http://www.ada.org/cdt"


def shares(billed: str, off: str, paid: str, share: str, **parts: str) -> list[dict[str, Any]]:
    """Return totals that add up: the price allowed is what is left of the bill."""
    allowed = f"{float(billed) - float(off):.2f}"
    return [
        priced("submitted", billed),
        priced("discount", off, system=C4BB),
        priced("noncovered", "0.00", system=C4BB),
        priced("eligible", allowed),
        priced("benefit", paid),
        priced("memberliability", share, system=C4BB),
        *(
            priced(name, parts.get(name, "0.00"), system=C4BB if name == "coinsurance" else "x")
            for name in ("deductible", "copay", "coinsurance")
        ),
    ]


def did(code: str, system: str, words: str = "", **more: Any) -> dict[str, Any]:
    """Return what was done on a line, with or without the plan's words."""
    coding = {"system": system, "code": code} | ({"display": words} if words else {})
    return {"productOrService": {"coding": [coding]}} | more


def at(place: str) -> dict[str, Any]:
    """Return where it was done."""
    return {"locationCodeableConcept": concept((PLACE, place))}


KINDS: dict[str, dict[str, Any]] = {
    "picture-of-the-knee-at-an-office": claim(
        *shares("900.00", "500.00", "320.00", "80.00", coinsurance="80.00"),
        item=[line(1, priced("submitted", "900.00"), **did("73721", CPT), **at("11"))],
        provider={"display": "Hillside Imaging"},
    ),
    "physiotherapy-at-an-office": claim(
        *shares("150.00", "60.00", "65.00", "25.00", copay="25.00"),
        item=[
            line(1, **did("97110", CPT, "Physiotherapy for the shoulder"), **at("11")),
            line(2, **did("97140", CPT, "Massage of the shoulder"), **at("11"), quantity={"value": 2}),
        ],
        provider={"display": "Kim Park, PT"},
        adjudication=[status("billingnetworkstatus", "innetwork")],
    ),
    "office-visit-in-the-plans-words": claim(
        *shares("200.00", "80.00", "95.00", "25.00", copay="25.00"),
        item=[line(1, **did("99213", CPT, "Visit at the office, twenty minutes"), **at("11"))],
    ),
    "emergency-room": claim(
        *shares("2400.00", "1500.00", "450.00", "450.00", deductible="350.00", coinsurance="100.00"),
        item=[line(1, **did("99284", CPT), **at("23"))],
        provider={"display": "Harbor Hospital"},
    ),
    "telehealth": claim(
        *shares("90.00", "30.00", "60.00", "0.00"),
        item=[line(1, **did("99212", CPT), **at("10"))],
        provider={"display": "Dr. Sam Reed"},
    ),
    "blood-test-known-by-code": claim(
        *shares("84.00", "60.00", "24.00", "0.00"),
        item=[line(1, priced("submitted", "84.00"), **did("80053", CPT))],
        provider={"display": "Bay Laboratory"},
    ),
    "outpatient-with-a-total-line": claim(
        *money("submitted 640.00, benefit 400.00"),
        type=concept((CLAIM_TYPE, "institutional")),
        subType=concept((SUB_TYPE, "outpatient")),
        item=[
            line(1, priced("submitted", "400.00"), revenue=concept((REVENUE, "0320")), **did("71046", CPT)),
            line(2, priced("submitted", "240.00"), revenue=concept((REVENUE, "0450"))),
            line(3, priced("submitted", "640.00"), revenue=concept((REVENUE, "0001"))),
        ],
        provider={"display": "Harbor Hospital"},
    ),
    "medicare-hospital-stay": claim(
        cms("clm_tot_chrg_amt", "20000.00", "submitted"),
        type=concept((BB_TYPE, "INPATIENT")),
        payment={"amount": {"value": 14000, "currency": "USD"}},
        benefitBalance=balance(
            nch_bene_ip_ddctbl_amt="1632", nch_bene_pta_coinsrnc_lblty_amt="0", prpayamt="0"
        ),
        insurer={"identifier": {"value": "CMS"}},
        provider={"display": "Harbor Hospital"},
        supportingInfo=[
            {
                "category": concept(
                    ("https://bluebutton.cms.gov/resources/codesystem/information", "nch_ptnt_stus_ind_cd")
                ),
                "code": concept(("x", "A")),
            }
        ],
    ),
    "medicare-nursing-facility": claim(
        cms("clm_tot_chrg_amt", "5000.00", "submitted"),
        type=concept((BB_TYPE, "SNF")),
        payment={"amount": {"value": 4200, "currency": "USD"}},
        benefitBalance=balance(nch_bene_pta_coinsrnc_lblty_amt="800"),
        insurer={"identifier": {"value": "CMS"}},
    ),
    "medicare-equipment": claim(
        type=concept((BB_TYPE, "DME")),
        payment={"amount": {"value": 64, "currency": "USD"}},
        benefitBalance=balance(nch_carr_clm_sbmtd_chrg_amt="120", nch_carr_clm_alowd_amt="80"),
        item=[line(1, cms("line_coinsrnc_amt", "16", "coinsurance"), **did("E0570", HCPCS))],
        insurer={"identifier": {"value": "CMS"}},
    ),
    "hospice": claim(
        cms("clm_tot_chrg_amt", "3100.00", "submitted"),
        type=concept((BB_TYPE, "HOSPICE")),
        payment={"amount": {"value": 3100, "currency": "USD"}},
        insurer={"identifier": {"value": "CMS"}},
    ),
    "crown": claim(
        *shares("1200.00", "300.00", "450.00", "450.00", coinsurance="450.00"),
        kind="oral",
        item=[
            line(
                1,
                *money("submitted 1200.00, memberliability 450.00"),
                **did("D2740", CDT),
                bodySite=concept(
                    ("http://terminology.hl7.org/CodeSystem/ADAUniversalToothDesignationSystem", "19")
                ),
            )
        ],
        provider={"display": "Dr. Sam Reed"},
    ),
    "glasses": claim(
        *shares("260.00", "60.00", "150.00", "50.00", copay="50.00"),
        kind="vision",
        item=[line(1, **did("V2103", HCPCS))],
        provider={"display": "Clear Sight"},
    ),
    "ambulance": claim(
        *shares("1100.00", "400.00", "560.00", "140.00", coinsurance="140.00"),
        item=[line(1, **did("A0429", HCPCS), **at("41"), quantity={"value": 1})],
        supportingInfo=[
            {
                "category": concept((C4BB, "transportationdistance")),
                "valueQuantity": {"value": 21, "code": "[mi_i]"},
            }
        ],
        provider={"display": "City Ambulance"},
    ),
    "kind-not-known": claim(
        *shares("70.00", "20.00", "50.00", "0.00"), type=None, provider=None, insurer=None, item=None
    ),
    "compound-drug": claim(
        *money("submitted 85.00, benefit 60.00, copay 25.00"),
        kind="pharmacy",
        item=[
            line(
                1,
                *money("submitted 85.00, benefit 60.00, copay 25.00"),
                productOrService=concept(
                    ("http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBCompoundLiteral", "compound")
                ),
                detail=[
                    {
                        "productOrService": {"coding": [{"system": NDC, "code": "00264780020"}]},
                        "quantity": {"value": 50, "unit": "ML"},
                        "adjudication": money("submitted 40.00"),
                        "subDetail": [
                            {
                                "productOrService": {"text": "Ketoprofen powder"},
                                "adjudication": money("submitted 12.00"),
                            }
                        ],
                    },
                    {"productOrService": {"coding": [{"system": NDC, "code": "00000000001"}]}},
                ],
            )
        ],
        provider={"display": "Corner Pharmacy"},
    ),
}
