"""The same way with published payer data: every claim is shown, with amounts that its JSON permits."""

import json
import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys import member, stack
from tests.length import is_on_postgresql
from tests.oracle.reading import Reading, read

FOLDERS = ["carin-bb-2.2.0", "cms-bb2-python-sdk"]
ROWS = {
    "billed": "billed",
    "allowed": "allowed",
    "not-covered": "not covered",
    "plan-paid": "plan paid",
    "other-payer": "other payer",
    "deductible": "deductible",
    "copay": "copay",
    "coinsurance": "coinsurance",
    "your-share": "share",
}
"""Row of the receipt -> what the second reading calls it (tests/oracle)."""
AMOUNT = re.compile(r"−?\$[\d,]+\.\d\d")


class Sent(NamedTuple):
    """A claim as it was published: its number, and what the second reading permits."""

    id: str
    number: str
    reading: Reading


class Shown(NamedTuple):
    """What the page of a claim says: its number, and the amount that leads in each row."""

    number: str
    amounts: dict[str, Decimal]

    def tells(self, sent: Sent) -> bool:
        """Return whether this is the page of that claim; a row that is left out is of zero or not shared."""
        return self.number == sent.number and all(
            any(sent.reading.totals[name].permits(value) for value in self.values(row))
            for row, name in ROWS.items()
        )

    def values(self, row: str) -> tuple[Decimal | None, ...]:
        """Return what a row may stand for."""
        return (self.amounts[row],) if row in self.amounts else (None, Decimal(0))


@pytest.mark.journey
@pytest.mark.skipif(is_on_postgresql(), reason="the same records were read and shown in the run on SQLite")
@pytest.mark.parametrize(
    "folder", [pytest.param(name, marks=pytest.mark.xdist_group(f"journey-{name}")) for name in FOLDERS]
)
def test_every_claim_of_every_patient_is_shown_with_amounts_that_its_json_permits(
    browser: Browser, shared: Path, tmp_path: Path, folder: str
) -> None:
    records = shared / "fhir" / folder
    expected = claims_by_patient(records)
    assert sum(map(len, expected.values())) >= 20
    with stack.running(tmp_path / "demo", records=records) as demo:
        for number, (patient, claims) in enumerate(expected.items()):
            context = browser.new_context(viewport={"width": 390, "height": 844})
            page = context.new_page()
            page.set_default_timeout(15_000)
            member.sign_up(page, demo, f"reader{number}@example.com")
            member.connect(page, demo, patient)
            pages = read_pages(page, demo, member.every_claim(page, demo))
            assert len(pages) == len(claims), patient
            assert unmatched(claims, pages) == []
            context.close()


def claims_by_patient(folder: Path) -> dict[str, list[Sent]]:
    """Return the claims of each patient id, each once."""
    by_patient: dict[str, dict[str, Sent]] = defaultdict(dict)
    for file in sorted(folder.rglob("*.json")):
        made = json.loads(file.read_text())
        entries = [entry.get("resource", {}) for entry in made.get("entry", [])] or [made]
        for claim in entries:
            is_claim = claim.get("resourceType") == "ExplanationOfBenefit"
            reading = read(json.dumps(claim), {}) if is_claim else None
            if reading is not None:
                patient = claim["patient"]["reference"].rpartition("/")[2]
                by_patient[patient][claim["id"]] = Sent(claim["id"], claim["identifier"][0]["value"], reading)
    return {patient: list(claims.values()) for patient, claims in by_patient.items()}


def unmatched(claims: list[Sent], pages: list[Shown]) -> list[str]:
    """Return the claims no page is left for, each with the pages that bear its number.

    Published examples share claim numbers, so a page belongs to a claim whose number and amounts it says.
    """
    left, missing = list(pages), []
    for claim in claims:
        page = next((page for page in left if page.tells(claim)), None)
        if page is None:
            missing.append(claim)
        else:
            left.remove(page)
    return [
        f"{claim.id}: permitted { ({row: str(claim.reading.totals[name]) for row, name in ROWS.items()}) }, "
        f"shown {[page.amounts for page in left if page.number == claim.number]}"
        for claim in missing
    ]


def read_pages(page: Page, demo: stack.Stack, listed: list[str]) -> list[Shown]:
    """Return what the pages at these addresses say, and those that they lead to.

    Of a claim sent with and without amounts the list shows one, and its page leads to the other.
    """
    addresses, pages = [*listed], []
    for address in addresses:  # it grows while it is read
        page.goto(f"{demo.site}{address}")
        pages.append(read_page(page))
        links = page.get_by_test_id("version").get_by_role("link").all()
        versions = [link.get_attribute("href") or "" for link in links]
        addresses += [version for version in versions if version not in addresses]
    return pages


def read_page(page: Page) -> Shown:
    """Return what a claim's page says; of a figure the plan contradicts itself about, the one that leads."""
    receipt = page.locator(".receipt [data-testid]").evaluate_all(
        "cells => cells.map(cell => [cell.dataset.testid, cell.innerText])"
    )
    amounts = {
        row: Decimal(figures[0].replace("$", "").replace(",", "").replace("−", "-"))
        for row, text in receipt
        if row in ROWS and (figures := AMOUNT.findall(text))
    }
    return Shown(page.locator("dt:text-is('Claim number') + dd").first.inner_text(), amounts)
