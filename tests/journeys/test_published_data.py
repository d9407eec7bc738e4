"""The same way with published payer data: every claim is shown, and every amount is what the JSON says."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys import member, oracle, stack
from tests.journeys.oracle import Json, Told
from tests.length import is_on_postgresql

FOLDERS = ["carin-bb-2.2.0", "cms-bb2-python-sdk"]
OURS = {"rest-of-share", "not-covered-added"}
"""Rows that the site works out or shows a second time, so that the receipt adds up."""

AMOUNT = re.compile(r"-?\$[\d,]+\.\d\d")


@pytest.mark.journey
@pytest.mark.skipif(is_on_postgresql(), reason="the same records were read and shown in the run on SQLite")
@pytest.mark.parametrize(
    "folder", [pytest.param(name, marks=pytest.mark.xdist_group(f"journey-{name}")) for name in FOLDERS]
)
def test_every_claim_of_every_patient_is_shown_with_the_amounts_of_its_json(
    browser: Browser, shared: Path, tmp_path: Path, folder: str
) -> None:
    data = shared / "fhir" / folder
    expected = oracle.claims_by_patient(data)
    assert sum(map(len, expected.values())) >= 20
    with stack.running(tmp_path / "demo", data=data) as demo:
        for number, (patient, claims) in enumerate(expected.items()):
            context = browser.new_context(viewport={"width": 390, "height": 844})
            page = context.new_page()
            page.set_default_timeout(15_000)
            member.sign_up(page, demo, f"reader{number}@example.com")
            member.connect(page, demo, patient)
            shown = member.every_claim(page, demo)
            # Of a claim sent with and without amounts the list shows one, and its page leads to the other.
            older = [one for path in shown for one in older_versions(page, demo, path)]
            every = [*shown, *older]
            assert len(every) == len(set(every)) == len(claims), patient
            assert unmatched(claims, [read_page(page, demo, path) for path in every]) == []
            context.close()


def test_the_oracle_finds_the_amounts_of_the_published_claims(shared: Path) -> None:
    """Counted by hand: an oracle that finds nothing would agree with any page."""
    by_id = {
        claim["id"]: oracle.told(claim)
        for folder in FOLDERS
        for claims in oracle.claims_by_patient(shared / "fhir" / folder).values()
        for claim in claims
    }
    assert len(by_id) == 72
    assert sum(claim.is_without_amounts for claim in by_id.values()) == 9
    assert by_id["EOBInpatient2"].rows == {
        "billed": ("$7,147.20",),
        "allowed": ("$1,542.01",),
        "reduction": ("$5,605.19",),
        "not-covered": ("$0.00",),
        "plan-paid": ("$1,393.57",),
        "deductible": ("$0.00",),
        "copay": ("$120.00",),
        "your-share": ("$120.00", "$0.00"),
    }
    doctors_claim = by_id["carrier--11218100099"]  # its only total is a meaningless zero
    assert doctors_claim.rows == {
        "billed": ("$100.00", "$110.00"),
        "allowed": ("$20.00",),
        "reduction": ("$80.00",),
        "plan-paid": ("$20.00",),
        "other-payer": ("$0.00",),
        "deductible": ("$0.00",),
        "coinsurance": ("$0.00",),
        "your-share": ("$0.00",),
    }
    assert doctors_claim.lines == [
        {"Billed": "$50.00", "Plan paid": "$10.00", "Your share": "$0.00"},
        {"Billed": "$60.00", "Plan paid": "$10.00", "Your share": "$0.00"},
    ]


def unmatched(claims: list[Json], pages: list[Told]) -> list[str]:
    """Return the claims no page is left for, each with the pages that bear its number.

    Published examples share claim numbers, so a page belongs to the claim whose number and amounts it says.
    """
    left, missing = list(pages), []
    for claim in claims:
        wanted = oracle.told(claim)
        if wanted in left:
            left.remove(wanted)
        else:
            missing.append((claim["id"], wanted))
    return [
        f"{name}: wanted {wanted}, shown {[page for page in left if page.number == wanted.number]}"
        for name, wanted in missing
    ]


def read_page(page: Page, demo: stack.Stack, path: str) -> Told:
    """Return what a claim's page says; a figure the plan contradicts itself about has several amounts."""
    page.goto(f"{demo.site}{path}")
    receipt = page.locator(".receipt [data-testid]").evaluate_all(
        "cells => cells.map(cell => [cell.dataset.testid, cell.innerText])"
    )
    rows = {row: tuple(AMOUNT.findall(text)) for row, text in receipt if row not in OURS}
    silent = {text for row, text in receipt if row in rows and not rows[row]}
    assert silent <= {"not shared by your plan"}, path
    return Told(
        number=page.locator("dt:text-is('Claim number') + dd").first.inner_text(),
        rows={row: amounts for row, amounts in rows.items() if amounts},
        lines=read_lines(page),
        is_without_amounts="did not share amounts" in page.get_by_test_id("answer").inner_text(),
    )


def older_versions(page: Page, demo: stack.Stack, path: str) -> list[str]:
    """Return the addresses of the other versions that a claim's page names."""
    page.goto(f"{demo.site}{path}")
    links = page.get_by_test_id("version").get_by_role("link").all()
    return [link.get_attribute("href") or "" for link in links]


def read_lines(page: Page) -> list[dict[str, str]]:
    """Return the cells of each line by heading; where the page says that no line has amounts, empty ones."""
    lines = page.get_by_test_id("line")
    if page.get_by_test_id("no-line-amounts").count():
        assert not AMOUNT.search("".join(lines.all_inner_texts()))
        return [{} for _ in range(lines.count())]
    found = []
    for line in lines.all():
        labels, texts = line.locator("dt").all_inner_texts(), line.locator("dd").all_inner_texts()
        amounts = zip(labels, texts, strict=True)
        found.append({label: text for label, text in amounts if label in oracle.COLUMNS})
    return found
