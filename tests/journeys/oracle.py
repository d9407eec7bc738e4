"""What a published claim says about money, read from its JSON alone: no code is shared with apps.claims."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Amounts = dict[str, Decimal]

# Row of the page -> the names that state it: HL7's and CARIN's, then Medicare's for claims, then for lines.
ROWS = {
    "billed": (
        *("submitted", "clm_tot_chrg_amt", "nch_carr_clm_sbmtd_chrg_amt"),
        *("line_sbmtd_chrg_amt", "rev_cntr_tot_chrg_amt"),
    ),
    "allowed": ("eligible", "nch_carr_clm_alowd_amt", "line_alowd_chrg_amt"),
    "discount": ("discount",),
    "not-covered": ("noncovered", "rev_cntr_ncvrd_chrg_amt"),
    "plan-paid": ("benefit", "line_nch_pmt_amt", "rev_cntr_pmt_amt_amt"),
    "paid-to-provider": (
        *("paidtoprovider", "nch_clm_prvdr_pmt_amt", "clm_op_prvdr_pmt_amt"),
        *("line_prvdr_pmt_amt", "rev_cntr_prvdr_pmt_amt"),
    ),
    "paid-to-you": (
        *("paidtopatient", "nch_clm_bene_pmt_amt", "clm_op_bene_pmt_amt"),
        *("line_bene_pmt_amt", "rev_cntr_bene_pmt_amt"),
    ),
    "other-payer": (
        *("priorpayerpaid", "prpayamt", "line_bene_prmry_pyr_pd_amt"),
        *("rev_cntr_1st_msp_pd_amt", "rev_cntr_2nd_msp_pd_amt"),
    ),
    "deductible": (
        *("deductible", "carr_clm_cash_ddctbl_apld_amt", "nch_bene_ptb_ddctbl_amt"),
        *("nch_bene_blood_ddctbl_lblty_am", "line_bene_ptb_ddctbl_amt"),
        *("rev_cntr_cash_ddctbl_amt", "rev_cntr_blood_ddctbl_amt"),
    ),
    "copay": ("copay",),
    "coinsurance": (
        *("coinsurance", "nch_bene_ptb_coinsrnc_amt", "line_coinsrnc_amt"),
        *("rev_cntr_coinsrnc_wge_adjstd_c", "rev_cntr_rdcd_coinsrnc_amt"),
    ),
    "you-paid": ("paidbypatient", "rev_cntr_ptnt_rspnsblty_pmt"),
    "your-share": ("memberliability",),
}
# Amounts of a row that come in addition to the others of it: blood, and a second payer.
ADDED = {"nch_bene_blood_ddctbl_lblty_am", "rev_cntr_blood_ddctbl_amt", "rev_cntr_2nd_msp_pd_amt"}
# No row of their own: the doctors' part stands behind "more details", the rate is that of one unit.
ELSEWHERE = {"nch_profnl_cmpnt_chrg_amt", "rev_cntr_rate_amt"}
# Medicare gives each doctor's claim a total charge of 0 under both names; the charge is in its balance.
MEANINGLESS = {"priorpayerpaid", "clm_tot_chrg_amt"}
PARTS = ("deductible", "copay", "coinsurance")
COLUMNS = ("Billed", "Plan paid", "Not covered", "Your share")
"""The amounts of a line that are looked at here."""
# Rows that are left out when they are 0: nothing was paid to the member, or taken off.
ONLY_WHEN_ANY = {"paid-to-you", "reduction"}


@dataclass(frozen=True)
class Told:
    """What the page of a claim says: its number, the amounts of each row, the cells of each line."""

    number: str
    rows: dict[str, tuple[str, ...]]
    """The amount that leads, then those that the plan states too; no row for what was not shared."""
    lines: list[dict[str, str]]
    """By heading of the column; empty where no line has an amount."""
    is_without_amounts: bool


def claims_by_patient(folder: Path) -> dict[str, list[Json]]:
    """Return the claims of each patient id, each once."""
    found: dict[str, dict[str, Json]] = defaultdict(dict)
    for resource in resources(folder):
        if resource["resourceType"] == "ExplanationOfBenefit" and resource.get("use") == "claim":
            patient = resource["patient"]["reference"].rpartition("/")[2]
            found[patient][resource["id"]] = resource
    return {patient: list(claims.values()) for patient, claims in found.items()}


def resources(folder: Path) -> Iterator[Json]:
    """Yield every resource of a folder, bundles opened, with money exactly as written."""
    for file in sorted(folder.rglob("*.json")):
        body = json.loads(file.read_text(), parse_float=Decimal, parse_int=Decimal)
        if body.get("resourceType") == "Bundle":
            yield from (entry["resource"] for entry in body.get("entry", []) if "resource" in entry)
        elif "resourceType" in body:
            yield body


def told(claim: Json) -> Told:
    """Return what the page of *claim* must say."""
    places = [stated(claim.get("total", [])), stated(claim.get("adjudication", [])), balance(claim)]
    lines = [stated(item.get("adjudication", [])) for item in real_lines(claim)]
    payment = claim.get("payment", {}).get("amount", {}).get("value")
    return Told(
        number=claim["identifier"][0]["value"],
        rows=rows(places, lines, payment),
        lines=table(lines),
        is_without_amounts=not any([*places, *lines, payment is not None]),
    )


def rows(places: list[Amounts], lines: list[Amounts], payment: Decimal | None) -> dict[str, tuple[str, ...]]:
    """Return the amounts of each row, the one that leads in front; a row nobody stated is not in it."""
    found = {row: [*(one(row, place) for place in places), summed(row, lines)] for row in ROWS}
    found["paid-to-provider"].pop()  # of the lines only the whole is shown
    found["paid-to-you"].pop()
    if not any(found["paid-to-you"]):
        del found["paid-to-provider"]  # it is the whole
    found["plan-paid"] = [
        payment if places[2] else None,  # Medicare pays claim by claim: what it paid leads
        *(amount for place in places for amount in paid(place)),
        payment,
        *paid_over_lines(lines),
    ]
    found["your-share"] = share(found)
    billed, allowed, took_off = (first(found[row]) for row in ("billed", "allowed", "discount"))
    if billed and allowed and took_off is None:
        found["reduction"] = [billed - allowed]
        not_covered = first(found["not-covered"]) or Decimal(0)
        if not_covered <= billed - allowed:  # it has a row of its own
            found["reduction"] = [billed - allowed - not_covered]
    distinct = {
        row: tuple(dict.fromkeys(dollars(amount) for amount in amounts if amount is not None))
        for row, amounts in found.items()
    }
    return {
        row: amounts
        for row, amounts in distinct.items()
        if amounts and not (row in ONLY_WHEN_ANY and set(amounts) == {"$0.00"})
    }


def share(found: dict[str, list[Decimal | None]]) -> list[Decimal | None]:
    """Return the stated share; before it its parts, where it is not stated or stated as 0 against them."""
    stated_share = first(found["your-share"])
    known = [amount for part in PARTS if (amount := first(found[part])) is not None]
    parts = sum_of_parts(known)
    return [*([] if stated_share or (stated_share == 0 and not parts) else [parts]), *found["your-share"]]


def table(lines: list[Amounts]) -> list[dict[str, str]]:
    """Return the cells of each line; what is not covered has a column only where there is any."""
    if not any(lines):
        return [{} for _ in lines]
    found = [cells(line) for line in lines]
    if not any(one("not-covered", line) for line in lines):
        found = [{column: text for column, text in line.items() if column != "Not covered"} for line in found]
    return found


def cells(line: Amounts) -> dict[str, str]:
    """Return the cells of a line by the heading of their column."""
    parts = [amount for part in PARTS if (amount := one(part, line)) is not None]
    found = {
        "Billed": one("billed", line),
        "Plan paid": first(paid(line)),
        "Not covered": one("not-covered", line),
        "Your share": first([one("your-share", line), sum_of_parts(parts)]),
    }
    return {column: "not shared" if amount is None else dollars(amount) for column, amount in found.items()}


def real_lines(claim: Json) -> list[Json]:
    """Return the lines without Medicare's line that only repeats the total charge (revenue code 0001)."""
    return [
        item
        for item in claim.get("item", [])
        if not any(coding.get("code") == "0001" for coding in item.get("revenue", {}).get("coding", []))
    ]


def stated(adjudications: Iterable[Json]) -> Amounts:
    """Return the amounts of one place by name; a name unknown here is an error, so that none is skipped."""
    found: Amounts = {}
    for adjudication in adjudications:
        codes = {coding["code"].rpartition("/")[2] for coding in adjudication["category"]["coding"]}
        value = adjudication.get("amount", {}).get("value")
        if value is None or codes & ELSEWHERE:
            continue
        if codes == MEANINGLESS:
            assert value == 0
            continue
        # Of a pair Medicare's own name counts: it calls a payment for a line "submitted".
        own = [code for code in codes if "_" in code or code == "prpayamt"]
        (name,) = own or codes
        assert any(name in names for names in ROWS.values()), f"no row for {name}"
        assert found.setdefault(name, value) == value, f"{name} twice"
    return found


def balance(claim: Json) -> Amounts:
    """Return Medicare's amounts of the claim, which it keeps in the balance."""
    return stated(
        {"category": financial["type"], "amount": financial["usedMoney"]}
        for group in claim.get("benefitBalance", [])
        for financial in group.get("financial", [])
        if "usedMoney" in financial
    )


def one(row: str, amounts: Amounts) -> Decimal | None:
    """Return what one place says of a row."""
    names = [name for name in ROWS[row] if name in amounts]
    leading = [amounts[name] for name in names if name not in ADDED][:1]
    added = [amounts[name] for name in names if name in ADDED]
    return sum([*leading, *added], Decimal(0)) if names else None


def paid(amounts: Amounts) -> list[Decimal | None]:
    """Return what one place says the plan paid: in all, and to provider and member together."""
    to = [amount for row in ("paid-to-provider", "paid-to-you") if (amount := one(row, amounts)) is not None]
    return [one("plan-paid", amounts), sum(to, Decimal(0)) if to else None]


def paid_over_lines(lines: list[Amounts]) -> list[Decimal | None]:
    """Return the same over all lines."""
    to = [amount for row in ("paid-to-provider", "paid-to-you") if (amount := summed(row, lines)) is not None]
    return [summed("plan-paid", lines), sum(to, Decimal(0)) if to else None]


def summed(row: str, lines: list[Amounts]) -> Decimal | None:
    """Return the sum over the lines where each of them states it, once."""
    amounts = [one(row, line) for line in lines]
    known = [amount for amount in amounts if amount is not None]
    is_once = len(lines) == 1 or all(len((set(ROWS[row]) - ADDED) & set(line)) < 2 for line in lines)
    return sum(known, Decimal(0)) if known and len(known) == len(amounts) and is_once else None


def sum_of_parts(parts: list[Decimal]) -> Decimal | None:
    """Return what the parts come to; a lone zero says nothing about the whole."""
    total = sum(parts, Decimal(0))
    return None if not parts or (len(parts) == 1 and not total) else total


def first(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Return the first amount that is stated."""
    return next((amount for amount in amounts if amount is not None), None)


def dollars(amount: Decimal) -> str:
    """Return an amount as the page writes it."""
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"
