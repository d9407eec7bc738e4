"""What a wide screen shows beside each other, and what is left of a page where text is twice as large."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Page

from apps.accounts.models import Member
from tests.claims.given import a_connection, all_agreed, all_read, an_eob, held, save
from tests.coverage.test_pages import a_coverage
from tests.journeys import stack
from tests.journeys.conftest import FLAGS, beside
from tests.journeys.test_narrow import ROOMS
from tests.journeys.visiting import MEASURE
from tests.length import is_on_postgresql

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journey-wide-and-large"),
    pytest.mark.skipif(is_on_postgresql(), reason="the same pages were measured in the run on SQLite"),
]
TWICE = "--blink-settings=defaultFontSize=32"
"""What a reader sets in the browser: media queries know of it, too."""
WRONG = "[...measure.clipped(), ...measure.overlapping(), ...measure.broken()]"
COSTS = [
    {"type": {"coding": [{"code": kind}]}, "valueMoney": {"value": value, "currency": "USD"}}
    for kind, value in (("gpvisit", 45), ("emergency", 500), ("deductible", 6500))
]


@pytest.fixture
def member(alice: Member) -> Member:
    """Return Alice with one plan, its coverage and a claim of this year."""
    connection = all_read(a_connection(alice))
    save(connection, a_coverage(costToBeneficiary=COSTS), an_eob(1, on="2026-11-01"))
    all_agreed(alice)
    return alice


@pytest.fixture
def wide(browser: Browser, live_server: Any, settings: Any, alice_client: Any) -> Iterator[Page]:
    """Return a window of 1280 px."""
    settings.SITE_URL = live_server.url
    with beside(browser, live_server.url, client=alice_client, width=1280) as context:
        yield context.new_page()


def box(page: Page, selector: str) -> FloatRect:
    """Return where the first of these stands."""
    rect = page.locator(selector).first.bounding_box()
    assert rect
    return rect


def test_what_can_be_done_about_a_claim_stands_beside_its_answer_and_stays(
    wide: Page, member: Member
) -> None:
    wide.goto(f"/claims/{held(member)[0].id}/")
    answer, act = box(wide, ".claim__answer"), box(wide, ".claim > .act")
    assert act["x"] > answer["x"] + answer["width"] and abs(act["y"] - answer["y"]) < 2
    wide.set_viewport_size({"width": 1280, "height": 500})
    wide.evaluate("scrollTo(0, 300)")
    assert 0 <= box(wide, ".claim > .act")["y"] < 60


def test_one_coverage_alone_fills_a_wide_screen(wide: Page, member: Member) -> None:
    """Its right half was empty."""
    wide.goto("/coverage/")
    card, costs = box(wide, "[data-testid=coverage-card]"), box(wide, "[data-testid=cost]")
    assert card["width"] > 1000
    assert costs["x"] > card["x"] + card["width"] / 2
    assert box(wide, "[data-testid=limit]")["x"] < card["x"] + card["width"] / 2


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_text_twice_as_large_slides_no_page_and_lies_over_no_word(
    browser: Browser, live_server: Any, settings: Any, alice_client: Any, member: Member, locale: str
) -> None:
    """The names of the rooms lay over each other, and "Your share" stood letter under letter."""
    settings.SITE_URL = live_server.url
    wrong = {}
    large = browser.browser_type.launch(executable_path=stack.chromium(), args=[*FLAGS, TWICE])
    with beside(large, live_server.url, client=alice_client, locale=locale) as context:
        page = context.new_page()
        for path in (*ROOMS, "/hiding/", "/people/", f"/claims/{held(member)[0].id}/"):
            page.goto(path)
            page.evaluate(MEASURE)
            for width in (390, 1280):
                page.set_viewport_size({"width": width, "height": 844})
                wrong[path, width] = page.evaluate(WRONG)
    large.close()
    assert {where: what for where, what in wrong.items() if what} == {}
