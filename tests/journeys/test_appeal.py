"""A member whose plan said no finds the way on: the date on the letter, a letter of theirs, the packet."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.journeys import member
from tests.journeys.stack import Stack
from tests.length import is_on_postgresql

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journey-appeal"),
    pytest.mark.skipif(is_on_postgresql(), reason="walked on SQLite; others walk on both"),
]


def test_from_a_refused_claim_to_a_packet_to_send(page: Page, demo: Stack) -> None:
    member.sign_up(page, demo, "refused@example.com")
    member.connect(page, demo, "gideon")
    page.goto(f"{demo.site}/claims/?state=denied")
    page.get_by_test_id("claim-row").first.click()
    page.get_by_test_id("appeal").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your plan said no")
    expect(page.get_by_test_id("no-advice")).to_contain_text("Information, not legal advice.")

    # No kind of coverage and no date: no day. With both, the length that is usual: nobody ticked a rule here.
    expect(page.get_by_test_id("until")).not_to_contain_text("arrives by")
    page.get_by_label("Date on the letter").fill("2026-10-01")
    page.get_by_label("Where the coverage comes from").select_option("employer")
    page.get_by_role("button", name="Note both").click()
    expect(page.get_by_test_id("until")).to_contain_text("usually have at least 180 days")

    # The letter knows the date, is changed by hand, and comes as a file that stays hers.
    text = page.get_by_role("textbox", name="Your letter")
    assert "October 1, 2026" in text.input_value()
    text.fill(text.input_value().replace("[Your name]", "Dana Márlow"))
    with page.expect_download() as downloaded:
        page.get_by_test_id("packet").click()
    pages = PdfReader(BytesIO(Path(downloaded.value.path()).read_bytes())).pages
    assert "Dana Márlow" in pages[1].extract_text()
    page.reload()
    assert "Dana Márlow" in page.get_by_role("textbox", name="Your letter").input_value()

    # Sent: Today does not ask for it any more.
    page.get_by_label("Sent the appeal on").fill("2026-10-20")
    page.get_by_role("button", name="Note it").click()
    expect(page.get_by_test_id("standing")).to_contain_text("You sent your appeal on October 20, 2026.")
    if shots := os.environ.get("APPEAL_SHOTS"):
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            page.screenshot(path=f"{shots}/appeal-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
