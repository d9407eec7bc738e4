"""The year's page of invented people, beside sums taken from their JSON alone."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import time_machine
from django.test import Client

from apps.accounts.models import Member
from tests.claims.given import NOW, a_connection, save
from tests.demo_payer.people_on_a_day import claims

HAROLD = "70420001"
ROWS = {
    "year-billed": "submitted",
    "year-discount": "discount",
    "year-not-covered": "noncovered",
    "year-plan-paid": "benefit",
    "year-your-share": "memberliability",
}


def stated(eobs: Iterable[dict[str, Any]]) -> dict[str, Decimal]:
    """Return the sums of the totals by their code."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for eob in eobs:
        for total in eob["total"]:
            code = total["category"]["coding"][0]["code"]
            found[code] += Decimal(str(total["amount"]["value"]))
    return found


def is_void(eob: dict[str, Any]) -> bool:
    """Whether the last digit of the type of bill, 8, says that this takes an earlier claim back."""
    codes = [info["code"]["coding"][0]["code"] for info in eob.get("supportingInfo", ()) if "code" in info]
    return "related" in eob and any(len(code) == 4 and code.endswith("8") for code in codes)


def that_stand(number: str) -> list[dict[str, Any]]:
    """Return the claims of one person without those that take one back, and without what they take back."""
    every = claims(number)
    taken_back = {eob["related"][0]["reference"]["value"] for eob in every if is_void(eob)}
    return [
        eob
        for eob in every
        if not is_void(eob) and not taken_back & {one["value"] for one in eob["identifier"]}
    ]


def of_year(number: str, year: int) -> list[dict[str, Any]]:
    """Return the claims that count of one person whose care began in *year*."""
    return [
        eob
        for eob in that_stand(number)
        if min(item["servicedDate"] if "servicedDate" in item else item["servicedPeriod"]["start"]
               for item in eob["item"]).startswith(str(year))
    ]  # fmt: skip


def test_harolds_years_are_what_his_claims_say(alice: Member, alice_client: Client) -> None:
    bodies = [json.dumps(eob, default=float).encode() for eob in claims(HAROLD)]
    with time_machine.travel(NOW, tick=False):
        save(a_connection(alice), *bodies)
        pages = {year: alice_client.get(f"/money/{year}/").content.decode() for year in (2024, 2025, 2026)}
    for year, text in pages.items():
        _is_as_stated(text, of_year(HAROLD, year))


def _is_as_stated(text: str, mine: list[dict[str, Any]]) -> None:
    assert len(mine) > 20
    expected = stated(mine)
    for testid, code in ROWS.items():
        (shown,) = re.findall(rf'data-testid="{testid}">([^<]*)<', text)
        assert shown == f"${expected[code]:,.2f}", code
    medical = stated(eob for eob in mine if eob["type"]["coding"][0]["code"] != "pharmacy")
    parts = sum((medical[code] for code in ("deductible", "copay", "coinsurance")), Decimal(0))
    assert f"Deductible: ${medical['deductible']:,.2f} is counted from these claims." in text
    assert f"Out of pocket: ${parts:,.2f} is counted from these claims." in text
