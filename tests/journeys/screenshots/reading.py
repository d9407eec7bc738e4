"""One claim of every kind, approvals, and how a member leaves."""

import re

from playwright.sync_api import Page

from tests.journeys import member, stack
from tests.journeys.screenshots import behind
from tests.journeys.screenshots.camera import shoot, shoot_all

BADGES = {"claim-voided": "Voided", "claim-cancelled": "Cancelled"}
ANY_BADGE = re.compile("|".join(BADGES.values()))


def of_kind(page: Page, demo: stack.Stack, username: str, kinds: dict[str, str]) -> None:
    """Let another member connect and shoot their newest claim of each kind, by name of the picture.

    Of several claims of one day any may be the first, so those with a badge of BADGES are told apart.
    """
    member.sign_up(page, demo, f"{username}@example.com")
    member.connect(page, demo, username)
    for name, kind in kinds.items():
        page.goto(f"{demo.site}/claims/?kind={kind}")
        rows = page.get_by_test_id("claim-row")
        badge = BADGES.get(name)
        rows = rows.filter(has_text=badge) if badge else rows.filter(has_not_text=ANY_BADGE)
        rows.first.click()
        page.get_by_test_id("claim").wait_for()
        shoot_all(page, name)


def replaced(page: Page, demo: stack.Stack) -> None:
    """Shoot a hospital stay that was done again, and the version it replaces."""
    page.goto(f"{demo.site}/claims/?kind=inpatient")
    page.get_by_test_id("claim-row").first.click()
    page.get_by_test_id("history").wait_for()
    page.get_by_test_id("version").last.get_by_role("link").click()
    page.get_by_test_id("newer").wait_for()
    shoot_all(page, "claim-replaced")


def in_advance(page: Page, demo: stack.Stack, places: dict[str, int]) -> None:
    """Shoot approvals and estimates by name and place in their list."""
    for name, place in places.items():
        page.goto(f"{demo.site}/claims/approvals/")
        page.get_by_test_id("approval-row").nth(place).click()
        page.get_by_test_id("approval").wait_for()
        shoot_all(page, name)


def damaged(page: Page, demo: stack.Stack) -> None:
    """Shoot a claim whose sealed record does not open."""
    page.goto(f"{demo.site}/claims/")
    address = page.get_by_test_id("claim-row").first.get_attribute("href")
    behind.run(demo, behind.EVERY_CLAIM_DAMAGED)
    page.goto(f"{demo.site}{address}")
    page.get_by_role("heading", name="This claim could not be opened").wait_for()
    shoot(page, "claim-closed")


def leaving(page: Page, demo: stack.Stack) -> None:
    """Shoot the end of a connection, twice, and of the account."""
    page.goto(f"{demo.site}/connections/")
    page.get_by_role("link", name="Details").first.click()
    page.get_by_role("link", name="Disconnect").first.click()
    page.wait_for_url("**/disconnect/")
    address = page.url
    page.get_by_test_id("disconnect-keep").click()
    page.get_by_test_id("kept").wait_for()
    shoot(page, "disconnected-kept")
    page.goto(address)
    shoot(page, "erase-kept")
    page.get_by_test_id("disconnect").click()
    page.get_by_test_id("gone").wait_for()
    shoot(page, "disconnected")
    page.goto(f"{demo.site}/account/close/")
    member.prove(page)
    page.get_by_label("To go on, type").fill("close my account")
    page.get_by_test_id("close-account").click()
    page.get_by_test_id("account-closed").wait_for()
    shoot(page, "account-closed")
