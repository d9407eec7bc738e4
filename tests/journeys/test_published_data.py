"""The same way with published payer data: every claim is shown, and every total is what the JSON says."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import member, stack

FOLDERS = ["carin-bb-2.2.0", "cms-bb2-python-sdk"]

# Total codes by what the page calls them. An oracle of its own: it shares no code with apps.claims.
SHOWN = {"billed": "submitted", "plan-paid": "benefit", "your-share": "memberliability"}


def resources(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield every resource of a folder, bundles opened, with money exactly as written."""
    for file in sorted(folder.rglob("*.json")):
        body = json.loads(file.read_text(), parse_float=Decimal, parse_int=Decimal)
        if body.get("resourceType") == "Bundle":
            yield from (entry["resource"] for entry in body.get("entry", []) if "resource" in entry)
        elif "resourceType" in body:
            yield body


def claims_by_patient(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the claims of each patient id."""
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for resource in resources(folder):
        if resource["resourceType"] == "ExplanationOfBenefit" and resource.get("use") == "claim":
            patient = resource["patient"]["reference"].rpartition("/")[2]
            found[patient][resource["id"]] = resource
    return {patient: list(claims.values()) for patient, claims in found.items()}


def totals(claim: dict[str, Any]) -> dict[str, Decimal]:
    """Return the claim's own totals by code."""
    return {
        coding["code"].rpartition("/")[2].lower().removesuffix("amount"): total["amount"]["value"]
        for total in claim.get("total", [])
        for coding in total["category"].get("coding", [])
        if "value" in total.get("amount", {})
    }


def dollars(amount: Decimal) -> str:
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


@pytest.mark.journey
@pytest.mark.parametrize(
    "folder", [pytest.param(name, marks=pytest.mark.xdist_group(f"journey-{name}")) for name in FOLDERS]
)
def test_every_claim_of_every_patient_is_shown_with_the_totals_of_its_json(
    browser: Browser, shared: Path, tmp_path: Path, folder: str
) -> None:
    data = shared / "fhir" / folder
    expected = claims_by_patient(data)
    assert sum(map(len, expected.values())) >= 20
    with stack.running(tmp_path / "demo", data=data) as demo:
        for number, (patient, claims) in enumerate(expected.items()):
            context = browser.new_context(viewport={"width": 390, "height": 844})
            page = context.new_page()
            page.set_default_timeout(15_000)
            member.sign_up(page, demo, f"reader{number}@example.com")
            member.connect(page, demo, patient)
            shown = member.every_claim(page, demo)
            assert len(shown) == len(set(shown)) == len(claims), patient
            assert read_pages(page, demo, shown) == sorted(read_json(claim) for claim in claims)
            context.close()


def read_json(claim: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return what the page must say about a claim: each total by test id, or that there is none."""
    by_code = totals(claim)
    return tuple(
        (test_id, dollars(by_code[code])) for test_id, code in sorted(SHOWN.items()) if code in by_code
    )


def read_pages(page: Page, demo: stack.Stack, paths: list[str]) -> list[tuple[tuple[str, str], ...]]:
    """Return what every claim's page says."""
    found = []
    for path in paths:
        page.goto(f"{demo.site}{path}")
        expect(page.locator("h1")).to_be_visible()
        figures = []
        for test_id in sorted(SHOWN):
            element = page.get_by_test_id(test_id)
            amount = re.search(r"-?\$[\d,]+\.\d\d", element.first.inner_text()) if element.count() else None
            if amount:
                figures.append((test_id, amount[0]))
        found.append(tuple(figures))
    return sorted(found)
