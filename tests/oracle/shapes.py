"""Claims in the shapes that a hostile examination found to be read wrongly, one or more a finding."""

from typing import Any

from tests.claims.made import balance, claim, cms, concept, line, money, number, priced, visit
from tests.claims.systems import C4BB, CLAIM_TYPE, THO, V3

EOB_TYPE = "https://bluebutton.cms.gov/resources/codesystem/eob-type"
NDC = "http://hl7.org/fhir/sid/ndc"
NPI = "http://hl7.org/fhir/sid/us-npi"
INDICATOR = "https://bluebutton.cms.gov/resources/variables/line_prcsg_ind_cd"
SUBTYPE = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBInstitutionalClaimSubType"
COST_RULE = "https://bluebutton.cms.gov/resources/variables/rev_cntr_ddctbl_coinsrnc_cd"
REVENUE = "https://bluebutton.cms.gov/resources/variables/rev_cntr"
PAYMENT_TYPE = "http://terminology.hl7.org/CodeSystem/ex-paymenttype"
IN_PART = {"amount": {"value": 60, "currency": "USD"}, "type": concept((PAYMENT_TYPE, "partial"))}


def by_number(npi: str) -> dict[str, Any]:
    """Return a reference that names its target by a national number alone."""
    return {"identifier": {"system": NPI, "value": npi}}


def info(category: str, **value: Any) -> dict[str, Any]:
    """Return one supportingInfo."""
    return {"category": concept((C4BB, category)), **value}


def _v3(name: str, amount: str, half: str) -> dict[str, Any]:
    return {"category": concept((THO, half), (V3, name)), "amount": {"value": number(amount)}}


def _charge(sequence: int, amount: str, revenue: str, on: str) -> dict[str, Any]:
    charge = cms("rev_cntr_tot_chrg_amt", amount, "submitted")
    return line(sequence, charge, servicedDate=on, revenue=concept((REVENUE, revenue)))


def _coinsurance(head: str, *lines: tuple[str, str]) -> dict[str, Any]:
    """Return a claim with a coinsurance of *head*, and of each line the adjusted and the reduced one."""
    told = [
        (cms("rev_cntr_coinsrnc_wge_adjstd_c", adjusted), cms("rev_cntr_rdcd_coinsrnc_amt", reduced))
        for adjusted, reduced in lines
    ]
    items = [line(place, *amounts) for place, amounts in enumerate(told, 1)]
    return claim(priced("coinsurance", head, system=C4BB), item=items)


def _exchanged(
    sent: str, added: str, *, silent: bool = False, detailSequence: list[int] | None = None
) -> dict[str, Any]:
    """Return a line that was paid *sent*, and lines added in its place, paid *added* ("60.00 + 40.00")."""
    parts = {"detailSequence": detailSequence} if detailSequence else {}
    put = [
        {"itemSequence": [1], "adjudication": [*money(f"benefit {paid}")]} | parts
        for paid in added.split(" + ")
    ]
    lines = [line(1, *money(f"submitted 150.00, benefit {sent}"))]
    return claim(
        total=None,
        item=[*lines, line(2, priced("submitted", "50.00"))] if silent else lines,
        addItem=put,
    )


def _drug(**borne: str) -> dict[str, Any]:
    """Return a drug of 200.00, of which plan and patient bear 50.00 each, and others what *borne* says."""
    halves = {"plro_amt": "priorpayerpaid", "othr_troop_amt": "priorpayerpaid"}
    told = [cms(name, amount, halves.get(name, "discount")) for name, amount in borne.items()]
    bearers = [cms("cvrd_d_plan_pd_amt", "50.00", "benefit"), cms("ptnt_pay_amt", "50.00", "paidbypatient")]
    drug = line(1, cms("tot_rx_cst_amt", "200.00", "drugcost"), *bearers, *told)
    return claim(type=concept((EOB_TYPE, "PDE")), item=[drug])


def _stay(total: str, blood: str = "") -> dict[str, Any]:
    """Return a stay with a deductible of 112.00, a coinsurance of 5.00 and what CMS adds up of them."""
    parts = {"nch_bene_ip_ddctbl_amt": "112.00", "nch_bene_pta_coinsrnc_lblty_amt": "5.00"}
    parts |= {"nch_bene_blood_ddctbl_lblty_am": blood} if blood else {}
    return claim(kind="institutional", benefitBalance=balance(**parts, nch_ip_tot_ddctn_amt=total))


STAY = claim(
    priced("submitted", "9000.00"),
    type=concept((CLAIM_TYPE, "institutional")),
    subType=concept((SUBTYPE, "inpatient")),
    billablePeriod={"start": "2026-01-03", "end": "2026-01-11"},
    item=[_charge(1, "9000.00", "0001", "2026-01-01"), _charge(2, "9000.00", "0120", "2026-01-04")],
)

SHAPES: dict[str, dict[str, Any]] = {
    "M-01 nothing paid, and a payment": claim(
        *money("submitted 3569.92, eligible 3569.92, benefit 0, coinsurance 0"),
        payment={"amount": {"value": number("2855.94"), "currency": "USD"}},
        item=[line(1, *money("submitted 3569.92, coinsurance 713.98"))],
    ),
    "M-01 nothing to pay, and shares on the lines": claim(
        *money("submitted 300.00, benefit 200.00, memberliability 0"),
        item=[line(place, priced("memberliability", "25.00", system=C4BB)) for place in (1, 2)],
    ),
    "M-01 a cent a line is no contradiction": claim(
        priced("submitted", "100.02"),
        item=[line(place, priced("submitted", "50.00")) for place in (1, 2)],
    ),
    "M-01 three cents over two lines are one": claim(
        priced("submitted", "100.03"),
        item=[line(place, priced("submitted", "50.00")) for place in (1, 2)],
    ),
    "M-01 the stated share is less than its parts": claim(
        *money("submitted 300.00, deductible 60.00, copay 20.00, coinsurance 0, memberliability 50.00"),
    ),
    "M-01 lines that agree with their total in one of two ways": _coinsurance(
        "9.00", ("5.00", "4.00"), ("4.00", "6.00")
    ),
    "M-01 lines that agree with their total in no way": _coinsurance(
        "6.61", ("5.00", "4.00"), ("4.00", "6.00")
    ),
    "M-01 a rule for coinsurance beside the revenue code is no total": claim(
        cms("clm_tot_chrg_amt", "150.00", "submitted"),
        item=[
            _charge(1, "100.00", "0120", "2026-01-04")
            | {"revenue": concept((REVENUE, "0120"), (COST_RULE, "1"))},
            _charge(2, "50.00", "0250", "2026-01-04"),
        ],
    ),
    "M-01 a part in the head, another on a line of two": claim(
        *money("submitted 200.00, deductible 10.00"),
        item=[line(1), line(2, priced("coinsurance", "50.00", system=C4BB))],
    ),
    **{
        f"3.4 two copays of one line, {how}": claim(
            item=[line(1, *money(f"submitted 90, copay 25, copay 15{more}")), line(2, *money("copay 5"))]
        )
        for how, more in (
            ("alone", ""),
            ("one of them is the share", ", memberliability 25"),
            ("one of them closes the bill", ", noncovered 5, benefit 60"),
        )
    },
    "M-01 an added line says what the one it stands for says": _exchanged("100.00", "60.00 + 40.00"),
    "M-01 an added line says otherwise": _exchanged("100.00", "120.00"),
    "M-01 a line was paid nothing, the added one was": _exchanged("0", "80.00"),
    "M-01 an added line stands for a part of another": _exchanged("100.00", "40.00", detailSequence=[1]),
    "M-01 one of two lines says otherwise than the added one": _exchanged("100.00", "120.00", silent=True),
    "M-01 a total of the share that its parts do not make": _stay("14.00", "6.00"),
    "M-01 a total of the share that holds a part which is absent": _stay("123.00"),
    "M-01 a total of the share that is less than the parts which are stated": _stay("14.00"),
    "M-02 a drug that the manufacturer bears in part": _drug(rptd_gap_dscnt_num="100.00"),
    "M-02 a drug that another payer bears in part": _drug(plro_amt="100.00"),
    "M-02 a drug that Extra Help and the manufacturer bear": _drug(
        lics_amt="60.00", rptd_gap_dscnt_num="40.00"
    ),
    "M-02 a drug that two others bear for the member": _drug(othr_troop_amt="60.00", plro_amt="40.00"),
    "M-02 a drug of version 3 that the manufacturer bears in part": claim(
        _v3("CLM_BENE_PMT_AMT", "50.00", "paidbypatient"),
        _v3("TOT_RX_CST_AMT", "200.00", "submitted"),
        type=concept((EOB_TYPE, "PDE")),
        item=[
            line(
                1,
                _v3("CLM_LINE_CVRD_PD_AMT", "50.00", "benefit"),
                _v3("CLM_LINE_LIS_AMT", "0", ""),
                _v3("CLM_LINE_RPTD_GAP_DSCNT_AMT", "100.00", ""),
            )
        ],
    ),
    "M-02 a drug whose cost nobody bears in part": _drug(),
    "M-03 amounts without a decision": claim(
        type=concept((EOB_TYPE, "CARRIER")),
        payment={"amount": {"value": 0, "currency": "USD"}},
        item=[
            line(
                1,
                cms("line_sbmtd_chrg_amt", "150.00", "submitted"),
                cms("line_alowd_chrg_amt", "113.80", "eligible"),
                cms("line_nch_pmt_amt", "0", "benefit"),
                extension=[{"url": INDICATOR, "valueCoding": {"system": INDICATOR, "code": "A"}}],
            )
        ],
    ),
    "M-03 a price of zero, and no decision": claim(*money("submitted 150.00, eligible 0, benefit 0")),
    "M-03 a part not covered, and no decision": claim(
        *money("submitted 150.00, eligible 100.00, benefit 100.00, noncovered 50.00"),
    ),
    "M-03 a line that was found unnecessary": claim(
        type=concept((EOB_TYPE, "CARRIER")),
        payment={"amount": {"value": 0, "currency": "USD"}},
        item=[line(1, extension=[{"url": INDICATOR, "valueCoding": {"system": INDICATOR, "code": "N"}}])],
    ),
    "M-04 a number with a name in the care team": visit(provider=by_number("1407891336"))
    | {"careTeam": [{"sequence": 1, "provider": by_number("1407891336") | {"display": "Ana Lopez, MD"}}]},
    "M-04 a number with a name in what is contained": visit(
        provider=by_number("1407891336"),
        contained=[
            {
                "resourceType": "Organization",
                "id": "clinic",
                "name": "Riverside Clinic",
                "identifier": [{"system": NPI, "value": "1407891336"}],
            }
        ],
    ),
    "M-04 a number with a name in the facility": visit(
        provider=by_number("1407891336"),
        facility=by_number("1407891336") | {"display": "Riverside Pharmacy"},
    ),
    **{
        f"M-05 a provider called {name}": visit(provider={"display": name})
        for name in ("N/A", "undefined", "UNKNOWN", "-")
    },
    "M-06 a stay begins with its admission": STAY
    | {"supportingInfo": [info("admissionperiod", timingPeriod={"start": "2026-01-02"})]},
    "M-06 a stay begins with its bill": STAY,
    "M-06 the line of the total dates nothing": STAY
    | {"billablePeriod": {}, "item": [_charge(1, "9000.00", "0001", "2026-01-01")]},
    "M-08 the price of a line and nothing else": claim(
        item=[line(1, net={"value": 25, "currency": "USD"})], total=None
    ),
    "M-10 only the day of payment": claim(
        priced("submitted", "20.00"),
        kind="pharmacy",
        billablePeriod=None,
        created=None,
        payment={"date": "2026-03-28"},
    ),
    "M-10 a drug code where a number should be": claim(
        priced("submitted", "20.00"),
        kind="pharmacy",
        item=[line(1, productOrService=concept((NDC, "00093101842")))],
        prescription={"identifier": {"system": NDC, "value": "00093101842"}},
    ),
    "M-10 a number of a prescription": claim(
        priced("submitted", "20.00"),
        kind="pharmacy",
        item=[line(1, productOrService=concept((NDC, "00093101842")))],
        prescription={"identifier": {"system": "urn:example:prescriptions", "value": "RX-7"}},
    ),
    "M-11 a part after another payer": claim(
        _v3("CLM_MDCR_DDCTBL_AMT", "20.00", "deductible"),
        _v3("CLM_MDCR_COINSRNC_AMT", "7.67", "coinsurance"),
        adjudication=[_v3("CLM_COB_PTNT_RESP_AMT", "10.03", "")],
        type=concept((EOB_TYPE, "CARRIER")),
    ),
    "M-12 a share on one line of two": claim(
        priced("submitted", "200.00"),
        item=[line(1), line(2, cms("line_coinsrnc_amt", "28.10"), cms("line_bene_ptb_ddctbl_amt", "0"))],
    ),
    "M-12 a liability on one line of two": claim(
        priced("submitted", "200.00"),
        item=[line(1), line(2, priced("memberliability", "28.10", system=C4BB))],
    ),
    "M-01 nothing paid, and one line of two was": claim(
        priced("submitted", "200.00"),
        item=[line(1), line(2, cms("line_prvdr_pmt_amt", "91.04"))],
        payment={"amount": {"value": 0, "currency": "USD"}},
    ),
    "1.6 a payment in part of several lines": claim(
        *money("submitted 300, eligible 140, benefit 100, memberliability 40"),
        item=[line(number, *money("submitted 150, benefit 50, memberliability 20")) for number in (1, 2)],
        payment=IN_PART,
    ),
    "1.6 a payment in part of what only lines state": claim(
        item=[line(number, *money("submitted 150, benefit 50, memberliability 20")) for number in (1, 2)],
        payment=IN_PART,
    ),
    **{
        f"M-15 the {payee} is the payee, and the amount went to the other": claim(
            *money(f"submitted 480, benefit 214.08, memberliability 265.92, {paid} 214.08"),
            payee={"type": concept(("http://terminology.hl7.org/CodeSystem/payeetype", payee))},
        )
        for payee, paid in (("provider", "paidtopatient"), ("subscriber", "paidtoprovider"))
    },
    "M-15 the subscriber was paid": visit(
        payee={"type": concept(("http://terminology.hl7.org/CodeSystem/payeetype", "subscriber"))}
    ),
}
