"""Every published claim of CARIN BB 2.2.0, 1.1.0 and Blue Button: totals equal to what the JSON says."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.claims.reading import read
from apps.claims.records import ClaimRecord, Figure
from tests.claims.payer_data import claims

FIELDS = {
    "submitted": "billed",
    "eligible": "allowed",
    "deductible": "deductible",
    "copay": "copay",
    "coinsurance": "coinsurance",
    "noncovered": "not_covered",
    "discount": "discount",
    "paidtoprovider": "paid_to_provider",
    "paidbypatient": "you_paid",
}
EVERYWHERE = (
    *("carin-bb-1.1.0", "carin-bb-2.2.0", "carin-connectathon", "cms-ab2d", "cms-bb2-python-sdk"),
    *("cms-bfd-v2", "davinci-pdex", "hl7-r4-core-examples", "synthea-smart-sample"),
)


def total_of(eob: dict[str, Any], code: str) -> Decimal | None:
    """Return what the JSON's `total` says for a code, by nothing but the code."""
    for total in eob.get("total", []):
        codes = [coding.get("code") for coding in total["category"].get("coding", [])]
        if code in codes and "value" in total.get("amount", {}):
            return Decimal(total["amount"]["value"])
    return None


def balance_of(eob: dict[str, Any], name: str) -> Decimal | None:
    """Return what Blue Button's `benefitBalance` says for a CMS variable."""
    for group in eob.get("benefitBalance", []):
        for one in group["financial"]:
            if one["type"]["coding"][0]["code"].endswith(f"/{name}") and "usedMoney" in one:
                return Decimal(one["usedMoney"]["value"])
    return None


def every(shared: Path, *folders: str) -> Iterator[tuple[str, dict[str, Any], ClaimRecord]]:
    """Return (name, JSON, record) of every claim in the folders."""
    for folder in folders:
        for name, body in claims(shared, folder):
            yield f"{folder}/{name}", json.loads(body, parse_float=Decimal), read(body, {})


@pytest.mark.parametrize(("folder", "count"), [("carin-bb-2.2.0", 20), ("carin-bb-1.1.0", 7)])
def test_every_total_of_the_carin_examples_is_the_figure_shown(shared: Path, folder: str, count: int) -> None:
    seen = 0
    for name, eob, record in every(shared, folder):
        seen += 1
        for code, field in FIELDS.items():
            stated = total_of(eob, code)
            if stated is not None:
                assert getattr(record.money, field).amount == stated, (name, code)
        paid = total_of(eob, "benefit")
        assert record.money.plan_paid.amount == (total_of(eob, "paidtoprovider") if paid is None else paid), (
            name
        )
    assert seen == count


def test_every_stated_share_of_the_carin_examples_is_shown_alone_or_beside_its_contradiction(
    shared: Path,
) -> None:
    for name, eob, record in every(shared, "carin-bb-2.2.0", "carin-bb-1.1.0"):
        stated = total_of(eob, "memberliability")
        if stated is None:
            continue
        beside = [other.amount for one in record.disagreements for other in one.others]
        assert stated in (record.money.your_share.amount, *beside), name


def test_every_blue_button_claim_has_the_totals_of_its_json(shared: Path) -> None:
    seen = 0
    for _, eob, record in every(shared, "cms-bb2-python-sdk"):
        seen += 1
        is_carrier = balance_of(eob, "nch_carr_clm_sbmtd_chrg_amt") is not None
        charge = balance_of(eob, "nch_carr_clm_sbmtd_chrg_amt") if is_carrier else total_of(eob, "submitted")
        assert record.money.billed.amount == charge, eob["id"]
        assert record.money.plan_paid.amount == Decimal(eob["payment"]["amount"]["value"]), eob["id"]
        assert record.money.your_share.amount == _share_by_hand(eob), eob["id"]
    assert seen == 52


def _share_by_hand(eob: dict[str, Any]) -> Decimal | None:
    """Return deductible (with blood) + coinsurance, from the balance or else from the lines."""
    names = (
        *("carr_clm_cash_ddctbl_apld_amt", "nch_bene_ptb_ddctbl_amt", "nch_bene_ip_ddctbl_amt"),
        *("nch_bene_blood_ddctbl_lblty_am", "nch_bene_ptb_coinsrnc_amt", "nch_bene_pta_coinsrnc_lblty_amt"),
    )
    stated = [found for name in names if (found := balance_of(eob, name)) is not None]
    if balance_of(eob, "nch_carr_clm_sbmtd_chrg_amt") is not None:
        stated += [
            Decimal(one["amount"]["value"])
            for item in eob["item"]
            for one in item["adjudication"]
            if any(
                str(coding.get("code")).endswith("/line_coinsrnc_amt") for coding in one["category"]["coding"]
            )
        ]
    return sum(stated, Decimal(0)) if stated else None


def test_a_basis_claim_shares_no_money_and_a_financial_one_does(shared: Path) -> None:
    for name, eob, record in every(shared, "carin-bb-2.2.0"):
        assert record.shares_money == bool(eob.get("total")), name
        assert any(profile.endswith("-Basis|2.2.0") for profile in eob["meta"]["profile"]) == (
            "nonfinancial" in name
        )


BY_HAND = {
    # folder/file or id: kind, service day, billed, plan paid, your share (read off the JSON by a person)
    ("carin-bb-2.2.0", "EOBInpatient2"): ("inpatient", "2017-05-23", "7147.20", "1393.57", "120"),
    ("carin-bb-2.2.0", "EOBOutpatient2"): ("outpatient", "2020-09-29", "84.40", "56.52", "0"),
    ("carin-bb-2.2.0", "EOBProfessional2"): ("professional", "2020-08-04", "820", "258.91", "0"),
    ("carin-bb-2.2.0", "EOBPharmacy1"): ("pharmacy", "2019-07-02", "2650", "620", "80"),
    ("carin-bb-2.2.0", "EOBOral2"): ("oral", "2021-10-28", "150", "110", None),
    ("carin-bb-2.2.0", "BB-EOBOral1-nonfinancial"): ("oral", "2021-03-18", None, None, None),
    ("carin-bb-1.1.0", "EOBPharmacy1"): ("pharmacy", "2019-10-30", "2650", "620", "80"),
    ("cms-bb2-python-sdk", "carrier--10344810963"): ("professional", "2000-08-01", "90", "60", "20"),
    ("cms-bb2-python-sdk", "carrier--11355351340"): ("professional", "1999-06-01", "40", "10", "30"),
    ("cms-bb2-python-sdk", "outpatient--1152265228"): ("outpatient", "2000-09-01", "40", "30", "30"),
    ("cms-bfd-v2", "pde-89"): ("pharmacy", "2015-05-12", None, "126.99", "235.85"),
    ("cms-bfd-v2", "inpatient-333333222222"): ("inpatient", "2016-01-15", "84999.37", "7699.48", "123"),
    ("cms-bfd-v2", "dme-2188888888"): ("professional", "2014-02-03", "1752.75", "777.75", "797.20"),
    ("cms-bfd-v2", "snf-777777777"): ("inpatient", "2013-12-01", "5555.03", "3333.33", "123"),
    ("carin-connectathon", "EOB12346"): ("vision", "2020-01-21", "424", None, "424"),
}


@pytest.mark.parametrize(("folder", "claim_id"), BY_HAND)
def test_a_sample_of_every_kind_equals_what_was_read_by_hand(
    shared: Path, folder: str, claim_id: str
) -> None:
    kind, day, *figures = BY_HAND[folder, claim_id]
    found = next(record for _, eob, record in every(shared, folder) if eob.get("id") == claim_id)
    assert (found.kind, found.service_start) == (kind, day)
    shown = [found.money.billed, found.money.plan_paid, found.money.your_share]
    assert [one.amount for one in shown] == [
        None if figure is None else Decimal(figure) for figure in figures
    ]


def test_every_published_claim_is_read_with_a_kind_a_use_and_sources(shared: Path) -> None:
    seen = 0
    for name, eob, record in every(shared, *EVERYWHERE):
        seen += 1
        assert record.use == eob.get("use", "claim"), name
        assert record.kind != "unknown" or record.setting or "preauthorization" in record.use, name
        assert len(record.lines) == len(eob.get("item", [])), name
        for figure in _figures(record):
            assert (figure.amount is None) == (figure.source is None), name
    assert seen == 226


def _figures(record: ClaimRecord) -> Iterator[Figure]:
    for money in (record.money, *(line.money for line in record.lines)):
        yield from (getattr(money, field) for field in money.__struct_fields__)


def test_prior_authorisations_are_no_claims(shared: Path) -> None:
    (found,) = (record for _, _, record in every(shared, "davinci-pdex"))
    assert found.use == "preauthorization"
