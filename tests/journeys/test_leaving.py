"""Ways out: keep the records, erase them, close the account."""

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.accounts.test_authenticator_app import shown_now
from tests.journeys import member
from tests.journeys.stack import Stack
from tests.journeys.test_member import live_permissions

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey-leaving")]


def test_a_member_keeps_the_records_comes_back_erases_and_closes_the_account(page: Page, demo: Stack) -> None:
    given, honoured = live_permissions(demo)
    member.sign_up(page, demo, "leaver@example.com")
    member.connect(page, demo, "dana")
    claims = len(member.every_claim(page, demo))
    assert claims

    # She takes the permission back and keeps what is here.
    page.goto(f"{demo.site}/connections/")
    page.locator("[data-testid=connection-row] h2 a").click()
    address = page.url
    page.get_by_role("link", name=re.compile("Disconnect")).click()
    expect(page.get_by_test_id("will-stay")).to_contain_text("claim")
    page.get_by_test_id("disconnect-keep").click()
    expect(page.get_by_test_id("kept")).to_contain_text("claim")
    expect(page.get_by_test_id("revoked")).to_be_visible()
    assert live_permissions(demo) == (given + 1, honoured)
    page.goto(f"{demo.site}/home/")
    expect(page.locator("#today ~ p", has_text="is disconnected, so no newer claims come")).to_be_visible()
    assert len(member.every_claim(page, demo)) == claims

    # She changes her mind: the same connection goes on, with its history.
    page.goto(address)
    page.get_by_test_id("reconnect").first.click()
    page.get_by_label(re.compile("privacy policy")).check()  # the yes went with the permission
    page.get_by_test_id("go").click()
    page.wait_for_url(f"{demo.payer}/**")
    member.sign_in_at_plan(page, "dana")
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{demo.site}/sync/**")
    member.wait_for_records(page)
    assert len(member.every_claim(page, demo)) == claims

    # She erases everything, with an impatient double click, and has both receipts.
    page.goto(f"{address}disconnect/")
    page.get_by_test_id("disconnect").dblclick()
    expect(page.get_by_test_id("gone")).to_contain_text("claim")
    assert member.every_claim(page, demo) == []
    page.goto(f"{demo.site}/connections/receipts/")
    expect(page.get_by_test_id("receipt-row")).to_have_count(2)

    # With another connection open she closes the account: nobody is signed in, and the plan ends it too.
    member.connect(page, demo, "dana")
    page.goto(f"{demo.site}/account/")
    page.get_by_role("link", name=re.compile("Close my account")).click()
    member.prove(page)
    expect(page.get_by_test_id("close-gone")).to_contain_text("2 receipts")
    page.get_by_label(re.compile("To go on")).fill("close my account")
    page.get_by_test_id("close-account").dblclick()
    expect(page.get_by_test_id("account-closed")).to_be_visible()
    page.goto(f"{demo.site}/home/")
    page.wait_for_url(f"{demo.site}/account/login/**")
    for _ in range(60):  # the worker asks the plan within moments
        if live_permissions(demo)[1] == honoured:
            break
        page.wait_for_timeout(500)
    assert live_permissions(demo)[1] == honoured


def test_a_page_left_open_warns_keeps_what_was_typed_and_goes_on_after_signing_in(
    page: Page, demo: Stack
) -> None:
    """G-21, W-11: the server's answer is hurried on; what follows is the page's and the server's own."""
    email = "idle@example.com"
    member.sign_up(page, demo, email)
    page.clock.install()
    page.goto(f"{demo.site}/account/password/change/")
    typed, box = page.get_by_label("Password now"), page.get_by_role("alertdialog")
    typed.fill(member.PASSWORD)
    here = re.compile("/account/still-here/$")

    def hurry(route: Route) -> None:
        answer = route.fetch()
        late = {**answer.json(), "seconds": 100} if route.request.method == "GET" else answer.json()
        route.fulfill(response=answer, json=late)

    page.route(here, hurry)
    page.clock.fast_forward(28 * 60 * 1000 + 2000)
    expect(box).to_contain_text("You are about to be signed out")
    stay = box.get_by_role("button", name="Stay signed in")
    expect(stay).to_be_focused()
    page.keyboard.press("Enter")
    expect(box).to_have_count(0)
    expect(typed).to_be_focused()

    # Nobody presses it, and the session ends: the page is covered, and what was typed waits under it.
    page.unroute(here)
    page.context.clear_cookies()
    page.clock.fast_forward(29 * 60 * 1000)
    expect(box).to_contain_text("What you typed is still on this page")
    page.keyboard.press("Escape")
    expect(box).to_be_visible()
    assert "session-box--over" in (box.get_attribute("class") or "")

    # Its form is still good after signing in again in a second window, with another token than before.
    with page.context.expect_page() as opened:
        box.get_by_role("link", name="Sign in again").click()
    opened.value.get_by_label("E-mail").fill(email)
    opened.value.get_by_label("Password", exact=True).fill(member.PASSWORD)
    opened.value.get_by_role("button", name="Sign in", exact=True).click()
    opened.value.wait_for_url(f"{demo.site}/home/")
    opened.value.close()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(box).to_have_count(0)
    expect(typed).to_have_value(member.PASSWORD)
    for label in ("New password", "New password again"):
        page.get_by_label(label, exact=True).fill("seven mild owls in a wet barn")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"{demo.site}/account/")

    # Where nothing was typed the page is left at once: it is somebody's health.
    page.context.clear_cookies()
    page.clock.fast_forward(29 * 60 * 1000)
    page.wait_for_url(re.compile("/account/login/"))


def code_on_paper(page: Page, demo: Stack) -> str:
    """Set an authenticator app up on the account's page; return one of the codes that were written down."""
    page.goto(f"{demo.site}/account/2fa/totp/activate/")
    member.prove(page)
    seed = page.get_by_test_id("seed").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(shown_now(seed))
    page.get_by_role("main").get_by_role("button").first.click()
    page.wait_for_url(re.compile("/account/2fa/recovery-codes/"))
    return page.locator("main code").first.inner_text()


def test_the_curtain_covers_every_window_at_once_and_a_code_lifts_it_without_javascript(
    page: Page, demo: Stack, browser: Browser
) -> None:
    member.sign_up(page, demo, "coverer@example.com")
    code = code_on_paper(page, demo)
    other = page.context.new_page()
    other.goto(f"{demo.site}/home/")
    expect(other.get_by_test_id("cover")).to_be_visible()
    page.goto(f"{demo.site}/home/")
    page.get_by_test_id("cover").click()
    expect(page.get_by_role("heading", name="Your records are covered")).to_be_visible()
    expect(other.get_by_role("heading", name="Your records are covered")).to_be_visible()

    plain = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    without = plain.new_page()
    for given, path in (("000000", "reauthenticate"), (code, "home")):
        without.goto(f"{demo.site}/home/")
        without.get_by_test_id("lift").get_by_role("link", name=re.compile("code|app")).click()
        without.get_by_label("Code").fill(given)
        without.get_by_role("button", name="Go on").click()
        without.wait_for_url(re.compile(f"/{path}/"))
    without.get_by_test_id("cover").click()
    expect(without.get_by_role("heading", name="Your records are covered")).to_be_visible()
    plain.close()
