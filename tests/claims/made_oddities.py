"""Invented claims of shapes that are seldom sent: of several payers, of a payment that went to the member."""

from typing import Any

from tests.claims.made import claim, cms, line, money, status, why
from tests.claims.made_kinds import did
from tests.claims.systems import CPT

ODDITIES: dict[str, dict[str, Any]] = {
    # Two payers paid before, each with an amount of its own on one line.
    "two-payers-before": claim(
        *money(
            "submitted 1000.00, eligible 700.00, discount 300.00, priorpayerpaid 560.00, benefit 100.00, "
            "memberliability 40.00, coinsurance 40.00"
        ),
        insurance=[
            {"focal": name == "Harborlight Health", "coverage": {"display": name}}
            for name in ("Medicare Part B", "Retiree Plan A", "Harborlight Health")
        ],
        item=[
            line(
                1,
                *money("submitted 1000.00, eligible 700.00, discount 300.00, benefit 100.00"),
                *money("priorpayerpaid 480.00, priorpayerpaid 80.00, coinsurance 40.00"),
                **did("29881", CPT),
            )
        ],
    ),
    # The payment went to the member, less what the plan had paid too much before.
    "sent-to-you-less-an-older-payment": claim(
        *money("submitted 300.00, eligible 200.00, benefit 160.00, paidtopatient 160.00, coinsurance 40.00"),
        payment={
            "amount": {"value": 110, "currency": "USD"},
            "adjustment": {"value": -50, "currency": "USD"},
            "adjustmentReason": {"text": "Offset of an overpayment"},
        },
    ),
    # What is above the price and the member's, of an emergency outside the network, stands in the share.
    "emergency-above-the-price": claim(
        *money(
            "submitted 3000.00, eligible 800.00, benefit 600.00, coinsurance 200.00, noncovered 2200.00, "
            "memberliability 2400.00"
        ),
        adjudication=[status("renderingnetworkstatus", "outofnetwork")],
        item=[line(1, why("PR", "45"), **did("99285", CPT))],
    ),
    # CO 24: a fixed payment for the care covers all but the copay.
    "paid-by-the-head": claim(
        *money("submitted 150.00, eligible 150.00, benefit 0.00, copay 15.00, noncovered 135.00"),
        item=[line(1, why("CO", "24"), **did("99214", CPT))],
    ),
    # What Medicare lists as the member's payment is more than their share.
    "listed-payment-above-the-share": claim(
        cms("clm_tot_chrg_amt", "200.00", "submitted"),
        cms("clm_bene_pmt_amt", "35.00", "paidbypatient"),
        cms("clm_mdcr_coinsrnc_amt", "20.00", "coinsurance"),
        payment={"amount": {"value": 80, "currency": "USD"}},
        insurer={"identifier": {"value": "CMS"}},
    ),
}
