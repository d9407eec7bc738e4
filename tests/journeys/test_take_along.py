"""A member carries their records home, on a telephone."""

import csv
import io
import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Download, Page, expect

from tests.journeys import member
from tests.journeys.stack import Stack
from tests.length import is_on_postgresql

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journey-take-along"),
    pytest.mark.skipif(is_on_postgresql(), reason="walked on SQLite; others walk on both"),
]


def get(page: Page, what: str) -> Download:
    """Press the button of one kind of file and wait for it."""
    with page.expect_download() as waiting:
        page.locator(f"button[name=format][value={what}]").click()
    return waiting.value


def read(download: Download) -> bytes:
    """Return what was downloaded."""
    return Path(download.path()).read_bytes()


def rows(download: Download) -> list[dict[str, str]]:
    """Return the rows of a spreadsheet."""
    return list(csv.DictReader(io.StringIO(read(download).decode("utf-8-sig"), newline="")))


def open_page(page: Page, demo: Stack) -> None:
    """Go there from the account, with the password where it is asked for."""
    page.goto(f"{demo.site}/account/")
    page.get_by_role("link", name="Take your records along").click()
    member.prove(page)
    page.get_by_role("heading", name="Take your records along").wait_for()


def fits(page: Page) -> bool:
    """Whether nothing of the page is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_member_takes_every_kind_of_file_along(page: Page, demo: Stack) -> None:
    member.sign_up(page, demo, "carrier@example.com")
    member.connect(page, demo, "marisol")
    listed = member.every_claim(page, demo)
    open_page(page, demo)
    assert fits(page)
    expect(page.get_by_test_id("unprotected")).to_contain_text("not sealed any more")

    # Spreadsheets: one row for each claim of the list at least, and names that tell nothing.
    claims = get(page, "claims")
    assert claims.suggested_filename == "plainclaim-claims.csv"
    assert len(rows(claims)) >= len(listed)
    assert rows(claims)[0]["billed"]
    assert rows(get(page, "lines"))
    assert rows(get(page, "coverage"))[0]["plan"] == "Harborlight Health (demo)"
    assert get(page, "approvals").suggested_filename == "plainclaim-approvals.csv"

    # One file for programs, and the plan's own records.
    assert len(json.loads(read(get(page, "reading")))["claims"]) == len(rows(claims))
    bundle = json.loads(read(get(page, "originals")))
    kinds = {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    assert {"Patient", "Coverage", "ExplanationOfBenefit", "Organization"} <= kinds

    # One claim, from its page: no other is in the file.
    page.goto(demo.site + listed[0])
    page.get_by_test_id("take-along").click()
    expect(page.get_by_text("This claim, as a file on your own device.")).to_be_visible()
    assert fits(page)
    claim_alone = json.loads(read(get(page, "originals")))
    assert [e["resource"]["resourceType"] for e in claim_alone["entry"]].count("ExplanationOfBenefit") == 1


def test_a_long_file_is_made_while_the_member_waits_or_not(browser: Browser, page: Page, demo: Stack) -> None:
    member.sign_up(page, demo, "patient@example.com")
    member.connect(page, demo, "walter")
    open_page(page, demo)
    page.locator("button[name=format][value=originals]").click()
    page.wait_for_url("**/take-along/*-*/")
    made = page.get_by_test_id("export")
    expect(made).to_have_attribute("data-state", "ready", timeout=member.SYNC_MS)
    assert fits(page)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download the file").click()
    assert len(json.loads(read(waiting.value))["entry"]) > 2000
    page.get_by_role("button", name="Delete it now").click()
    expect(page.get_by_text("The file was deleted here.")).to_be_visible()
    expect(page.get_by_test_id("file")).to_have_count(0)

    # Without JavaScript the page looks again by itself.
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        storage_state=page.context.storage_state(),
        java_script_enabled=False,
    )
    plain = context.new_page()
    open_page(plain, demo)
    plain.locator("button[name=format][value=lines]").click()
    link = plain.get_by_role("link", name="Download the file")
    link.wait_for(timeout=member.SYNC_MS)
    with plain.expect_download() as waiting:
        link.click()
    assert len(rows(waiting.value)) > 2000
    context.close()
