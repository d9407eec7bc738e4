"""Coming in with a plan's sign-in and what follows: several plans, an end in sight, another person."""

import re
from urllib.parse import urlencode

from playwright.sync_api import Page

from tests.journeys import member, stack
from tests.journeys.screenshots import behind
from tests.journeys.screenshots.camera import shoot

HALF = "Harborlight Half (grants less than is asked)"
NOTARY = "Harborlight Notary (takes signed assertions only)"
QUIET = "Harborlight Quiet (does not say who signed in)"
DAY_PASS = "Harborlight Day Pass (gives no lasting access)"


def before_leaving(page: Page, demo: stack.Stack) -> None:
    """Shoot what a visitor reads before leaving, at three doors, and the payers they can leave for."""
    at_door(page, demo, "quiet", QUIET)
    page.get_by_test_id("account-first").wait_for()
    shoot(page, "preflight-account-first")
    link = urlencode({"iss": f"{demo.payer}/fhir/r4", "launch": "from-the-portal"})
    page.goto(f"{demo.site}/launch?{link}")
    page.get_by_test_id("launched").wait_for()
    shoot(page, "launch")
    page.goto(f"{demo.payer}/")
    shoot(page, "payer-personalities")
    at_door(page, demo, "harborlight", "Harborlight Health (demo)")
    page.get_by_test_id("go").evaluate("button => button.form.noValidate = true")
    page.get_by_test_id("go").click()
    page.get_by_test_id("consent-missing").wait_for()
    shoot(page, "preflight-not-agreed")


def with_plan(page: Page, demo: stack.Stack) -> None:
    """Shoot the account a visitor has after signing in with a plan, and its plans."""
    member.find_plan(page, demo)
    member.go_to_plan(page, demo)
    member.sign_in_at_plan(page, "otis")
    member.allow(page, demo)
    page.goto(f"{demo.site}/account/")
    shoot(page, "account-without-email")
    for search, name in (("half", HALF), ("notary", NOTARY), ("day pass", DAY_PASS)):
        at_door(page, demo, search, name)
        page.get_by_test_id("go").click()
        page.wait_for_url(member.at_payer(demo))
        member.sign_in_at_plan(page, "otis")
        member.allow(page, demo)
    details(page, demo, HALF)
    shoot(page, "connection-withheld")
    behind.run(demo, behind.FIRST_PERMISSION_ENDS_SOON)
    page.goto(f"{demo.site}/connections/")
    shoot(page, "connections-several")
    details(page, demo, "Harborlight Health (demo)")
    shoot(page, "permission-ending")
    another_person(page, demo, page.url)


def another_person(page: Page, demo: stack.Stack, address: str) -> None:
    """Shoot the renewal of the connection at *address*, answered by somebody else; then its end."""
    page.get_by_test_id("reconnect").first.click()
    page.get_by_test_id("go").wait_for()
    shoot(page, "preflight-renew")
    page.get_by_test_id("go").click()
    page.wait_for_url(member.at_payer(demo))
    member.sign_in_at_plan(page, "leona")
    page.get_by_role("button", name="Allow").click()
    page.get_by_test_id("refuse").wait_for()
    shoot(page, "other-person")
    page.get_by_test_id("refuse").click()
    page.wait_for_url(f"{demo.site}/**")
    behind.run(demo, behind.AN_HOUR_SINCE_EVERY_UPDATE)
    member.end_at_plan(demo, "patient-70470001")
    page.goto(address)
    page.get_by_role("button", name="Update now").click()
    page.locator("[data-testid=sync-progress][data-state=ended]").wait_for(timeout=30_000)
    shoot(page, "progress-ended")
    page.goto(address)
    shoot(page, "connection-ended")


def at_door(page: Page, demo: stack.Stack, search: str, name: str) -> None:
    """Open the page before leaving for the plan of this name."""
    member.find_plan(page, demo, search, name)
    page.get_by_role("link", name="Connect this plan").click()
    page.get_by_role("heading", name=re.compile("^Before you go to")).wait_for()


def details(page: Page, demo: stack.Stack, name: str) -> None:
    """Open the connection with the plan of this name."""
    page.goto(f"{demo.site}/connections/")
    page.get_by_test_id("connection-row").get_by_role("link", name=name, exact=True).click()
    page.get_by_role("heading", name=name, exact=True).wait_for()


def passkeys(page: Page, demo: stack.Stack) -> None:
    """Shoot the pages of passkeys; *demo* is at a host with a name, the device exists only in the browser."""
    member.device(page)
    member.sign_up(page, demo, "keys@example.com")
    page.goto(f"{demo.site}/account/")
    page.get_by_role("link", name="Add a passkey").click()
    page.wait_for_url(re.compile("/reauthenticate/|/webauthn/add/"))
    member.prove(page)
    page.get_by_label("Name").fill("My phone")
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("heading", name="Codes for a lost device").wait_for()
    shoot(page, "passkey-codes")
    page.goto(f"{demo.site}/account/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.goto(f"{demo.site}/account/login/")
    shoot(page, "sign-in-with-passkey")
