"""The same way with published payer data: every claim is shown, and every total is what the JSON says."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

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
            assert unmatched(claims, [read_page(page, demo, path) for path in shown]) == []
            context.close()


def unmatched(claims: list[dict[str, Any]], pages: list[dict[str, set[str]]]) -> list[str]:
    """Return the ids of the claims for which no page is left that says their number and their totals."""
    missing = []
    for claim in sorted(claims, key=lambda claim: -len(told(claim))):
        wanted = told(claim).items()
        fits = [page for page in pages if all(words in page.get(key, ()) for key, words in wanted)]
        if fits:
            # The page that says least besides: a claim without totals must not take another's page.
            pages.remove(min(fits, key=len))
        else:
            missing.append(f"{claim['id']}: {told(claim)}")
    return missing


def told(claim: dict[str, Any]) -> dict[str, str]:
    """Return what the page must say about a claim: its number and each of its totals, by test id."""
    by_code = totals(claim)
    figures = {test_id: dollars(by_code[code]) for test_id, code in SHOWN.items() if code in by_code}
    return figures | {"number": claim["identifier"][0]["value"]}


def read_page(page: Page, demo: stack.Stack, path: str) -> dict[str, set[str]]:
    """Return what a page says; a figure the plan contradicts itself about has several amounts."""
    page.goto(f"{demo.site}{path}")
    found = {"number": {page.locator("dt:text-is('Claim number') + dd").first.inner_text()}}
    for test_id in SHOWN:
        element = page.get_by_test_id(test_id)
        if element.count():
            found[test_id] = set(re.findall(r"-?\$[\d,]+\.\d\d", element.first.inner_text()))
    return found
