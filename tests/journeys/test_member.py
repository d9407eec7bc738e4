"""The whole way: an account, a plan, its records, and out again."""

import re
import sqlite3

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import member
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey-member")]

NUMBER = re.compile(r"\$[\d,]+\.\d\d")


def test_a_member_connects_a_plan_reads_a_claim_and_leaves(page: Page, demo: Stack) -> None:
    # A newcomer makes an account and is told what to do first.
    given, honoured = live_permissions(demo)
    member.sign_up(page, demo, "newcomer@example.com")
    expect(page.get_by_role("link", name="Find your plan").first).to_be_visible()

    # She finds her plan, signs in there and allows it.
    member.find_plan(page, demo)
    member.go_to_plan(page, demo)
    assert "state=" in page.url or "sign" in page.url
    username = page.locator("[data-testid=person] code").first.inner_text()
    member.sign_in_at_plan(page, username)
    page.get_by_role("button", name="Allow").click()

    # She comes back, sees progress, and the end of it.
    page.wait_for_url(f"{demo.site}/sync/**")
    expect(page.get_by_test_id("sync-step").first).to_be_visible()
    member.wait_for_records(page)
    assert "code=" not in page.url

    # She reads a claim: the sentence has figures, and each figure says where it came from.
    page.goto(f"{demo.site}/claims/")
    page.get_by_test_id("claim-row").first.click()
    expect(page.locator(".lede")).to_contain_text(NUMBER)
    expect(page.get_by_test_id("billed").first).to_contain_text(NUMBER)
    expect(page.get_by_test_id("your-share").first).to_contain_text("$")
    assert page.locator(".sources dt").count() >= 3

    # She sets a bill beside it, and is told what to ask whom.
    page.get_by_label("Does the bill in your hand match?").fill("9,876.54")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_test_id("compared")).to_contain_text("The bill is higher by $")
    expect(page.get_by_test_id("compared")).to_contain_text("claim number")

    # She looks at her coverage: the member number is masked until she asks.
    page.goto(f"{demo.site}/coverage/")
    before = page.get_by_test_id("member-number").first.inner_text()
    assert before.startswith("ending in ")
    page.get_by_role("button", name=re.compile("Show", re.IGNORECASE)).first.click()
    expect(page.get_by_test_id("member-number").first).not_to_contain_text("ending in")
    assert page.get_by_test_id("member-number").first.inner_text()[-4:] == before[-4:]

    # Her insurance card has her name and the payer's telephone, its number only when she asks, also on paper.
    page.get_by_role("link", name=re.compile("Insurance card")).first.click()
    expect(page.get_by_test_id("card-person")).not_to_contain_text("not shared")
    expect(page.get_by_test_id("card-phone")).to_have_text("555-555-0100")
    expect(page.get_by_test_id("card-number")).to_contain_text("ending in")
    page.get_by_test_id("show-numbers").click()
    page.emulate_media(media="print")
    expect(page.get_by_test_id("card-number")).not_to_contain_text("ending in")
    expect(page.get_by_role("navigation").first).not_to_be_visible()
    front = page.get_by_test_id("card-front").bounding_box()
    assert front and front["width"] / front["height"] == pytest.approx(85.6 / 53.98, rel=0.02)
    page.emulate_media(media="screen")

    # Home sums it up.
    page.goto(f"{demo.site}/home/")
    expect(page.locator(".lede")).to_contain_text(re.compile(r"\d"))

    # She disconnects: the plan confirms it, and the records are gone.
    page.goto(f"{demo.site}/connections/")
    page.locator("[data-testid=connection-row] h2 a").click()
    page.get_by_role("link", name=re.compile("Disconnect")).click()
    expect(page.get_by_test_id("will-be-gone")).to_contain_text("claim")
    page.get_by_test_id("disconnect").click()
    expect(page.get_by_test_id("revoked")).to_be_visible()
    page.goto(f"{demo.site}/claims/")
    expect(page.get_by_test_id("claim-row")).to_have_count(0)
    page.goto(f"{demo.site}/coverage/")
    expect(page.get_by_test_id("member-number")).to_have_count(0)
    assert live_permissions(demo) == (given + 1, honoured)


def live_permissions(demo: Stack) -> tuple[int, int]:
    """Return how many permissions the demo payer gave and how many it honours; from its database."""
    (file,) = list((demo.var / "payer").rglob("*.sqlite3"))
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        (table,) = database.execute("select name from sqlite_master where name like '%permission'").fetchone()
        rows = database.execute(f"select ended_at from {table}").fetchall()  # noqa: S608 - a name of our own
    return len(rows), sum(ended is None for (ended,) in rows)


def test_a_slow_finger_opens_the_plan_that_typing_found(page: Page, demo: Stack) -> None:
    """Leaving the field asks for nothing new: a list replaced under the finger would swallow the press."""
    page.goto(f"{demo.site}/plans/")
    page.get_by_label("name").press_sequentially("notary")
    expect(page).to_have_url(re.compile(r"[?&]q=notary"))
    page.get_by_test_id("plan-row").get_by_role("link").first.click(delay=600)
    expect(page.get_by_role("link", name="Connect this plan")).to_be_visible()


def test_the_whole_way_works_without_javascript(browser: Browser, demo: Stack) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.set_default_timeout(15_000)
    member.sign_up(page, demo, "noscript@example.com")
    page.goto(f"{demo.site}/plans/")
    page.get_by_label("name").fill("harborlight")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    member.open_plan(page)
    member.go_to_plan(page, demo)
    username = page.locator("[data-testid=person] code").first.inner_text()
    member.sign_in_at_plan(page, username)
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{demo.site}/sync/**")
    member.wait_for_records(page)  # the page reloads itself
    assert member.every_claim(page, demo)
    context.close()


def test_nothing_private_is_in_the_logs(demo: Stack) -> None:
    """Runs after the stories above, in the same demo: their whole output is looked through."""
    log = demo.log.read_text(errors="replace")
    # Operators' journeys, in the same demo where they come first, ask for pages that nobody may have.
    log = re.sub(r"(Forbidden [^\n]*\n)Traceback .*?\nPermissionDenied\n", r"\1", log, flags=re.DOTALL)
    assert "plan harborlight" in log, "the redacted lines of outside calls are missing"
    for secret in (
        "code=",
        "state=",
        "access_token",
        "Bearer ",
        "newcomer@example.com",
        "refresh_token",
        "Traceback",
    ):
        assert secret not in log, secret
