"""What a member does, step by step, in a browser: the words of every journey."""

import json
import re
import urllib.request
from typing import Any
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import CDPSession, Page, expect

from tests.journeys.stack import Stack

PLAN = "Harborlight Health (demo)"
PASSWORD = "correct horse battery staple"
SYNC_MS = 90_000


def sign_up(page: Page, demo: Stack, email: str) -> None:
    """Create an account and enter the code from the mail."""
    page.goto(f"{demo.site}/account/signup/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create my account").click()
    page.get_by_label("Code from the e-mail").fill(demo.code_mailed_to(email))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(f"{demo.site}/home/")


def find_plan(page: Page, demo: Stack, words: str = "harborlight", name: str = PLAN) -> None:
    """Open the directory as searched, and the page of the plan of this name: the demo has several alike."""
    page.goto(f"{demo.site}/plans/?{urlencode({'q': words})}")
    open_plan(page, name)


def open_plan(page: Page, name: str = PLAN) -> None:
    """Open the plan of this name in the directory's list."""
    page.get_by_test_id("plan-row").get_by_role("link", name=name).first.click()
    expect(page.get_by_role("link", name="Connect this plan")).to_be_visible()


def read_what_comes(page: Page) -> None:
    """Open the page before leaving for the plan, and agree there where that was not done before."""
    page.get_by_role("link", name="Connect this plan").click()
    agree_before_leaving(page)


def agree_before_leaving(page: Page) -> None:
    """Agree on the page that says what comes, where that was not done before."""
    page.get_by_role("heading", name=re.compile("^Before you go to")).wait_for()
    agree = page.get_by_label(re.compile("privacy policy"))
    if agree.count():
        agree.check()


def go_to_plan(page: Page, demo: Stack, *, is_clinical: bool = False) -> None:
    """Read the page before leaving, agree where that was not done before, and leave for the plan's site."""
    read_what_comes(page)
    if is_clinical:
        page.get_by_label("Also clinical records").check()
    leave(page, demo)


def leave(page: Page, demo: Stack) -> None:
    """Leave for the plan's site from the page that says what comes."""
    page.get_by_test_id("go").click()
    page.wait_for_url(at_payer(demo))


def at_payer(demo: Stack) -> re.Pattern[str]:
    """Match any address of the demo payer: some of its payers sign in at this machine's other name."""
    return re.compile(rf"^http://(127\.0\.0\.1|localhost):{urlsplit(demo.payer).port}/")


def sign_in_at_plan(page: Page, username: str) -> None:
    """Sign in at the plan with a username and its password."""
    page.get_by_label("Username", exact=True).fill(username)
    page.get_by_label("Password", exact=True).fill("demo")
    page.get_by_role("button", name="Sign in", exact=True).first.click()
    page.get_by_role("button", name="Allow").wait_for()


def connect(page: Page, demo: Stack, username: str, *, is_clinical: bool = False) -> None:
    """Find the plan, sign in there as *username*, allow, and wait until every record is here."""
    find_plan(page, demo)
    go_to_plan(page, demo, is_clinical=is_clinical)
    sign_in_at_plan(page, username)
    allow(page, demo)


def allow(page: Page, demo: Stack) -> None:
    """Say yes at the plan, come back, and wait until every record is here."""
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{demo.site}/sync/**")
    wait_for_records(page)


def wait_for_records(page: Page) -> None:
    """Watch the progress page until the run has ended by itself."""
    done = re.compile("^(finished|partial)$")
    expect(page.get_by_test_id("sync-progress")).to_have_attribute("data-state", done, timeout=SYNC_MS)


def all_agreed(page: Page, demo: Stack) -> None:
    """Say of every adult whose records wait that this person agreed."""
    page.goto(f"{demo.site}/people/")
    waiting = page.get_by_role("button", name=re.compile("agreed$"))
    while waiting.count():
        with page.expect_navigation():
            waiting.first.click()


def every_claim(page: Page, demo: Stack) -> list[str]:
    """Return the path of every claim of the list, following its pages to the end."""
    page.goto(f"{demo.site}/claims/")
    paths: list[str] = []
    while True:
        rows = page.get_by_test_id("claim-row")
        paths += rows.evaluate_all("rows => rows.map((row) => row.getAttribute('href'))")
        older = page.get_by_role("link", name="Older claims")
        if not older.count():
            return paths
        older.click()
        page.wait_for_load_state()


def prove(page: Page) -> None:
    """Give the password once more where it is asked for."""
    if "/reauthenticate/" in page.url:
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()


def device(page: Page, *, verifies: bool = True) -> tuple[CDPSession, str]:
    """Give the page a device that makes passkeys and, if `verifies`, checks who holds it.

    Return the browser's wire and the device's name on it. Passkeys need a host with a name.
    """
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": verifies, "automaticPresenceSimulation": True,
    }  # fmt: skip
    return wire, wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def add_passkey(page: Page, demo: Stack) -> None:
    """Make a passkey on the account's page, and use it at once to see the codes for a lost device."""
    page.goto(f"{demo.site}/account/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("My phone")
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("heading", name="Is it still you?").wait_for()
    page.get_by_role("button", name="Use my passkey").click()
    page.get_by_role("heading", name="Codes for a lost device").wait_for()


def come_in_with_plan(page: Page, demo: Stack, username: str) -> None:
    """Sign in with the plan as a visitor, in a browser in which nobody is signed in."""
    find_plan(page, demo)
    read_what_comes(page)
    expect(page.get_by_test_id("with-plan")).to_contain_text("No account needed")
    page.get_by_role("button", name=f"Sign in with {PLAN}").click()
    page.wait_for_url(at_payer(demo))
    sign_in_at_plan(page, username)
    page.get_by_role("button", name="Allow").click()


def sign_out(page: Page, demo: Stack) -> None:
    """Sign out on the account's page; nothing private is readable afterwards."""
    page.goto(f"{demo.site}/account/")
    page.get_by_role("main").get_by_role("button", name="Sign out", exact=True).click()
    page.goto(f"{demo.site}/claims/")
    page.wait_for_url(f"{demo.site}/account/login/**")


def end_at_plan(demo: Stack, patient: str) -> None:
    """End what this person allowed at the demo payer, as a member may in a plan's own settings."""
    order_at_plan(demo, "", expire=patient)


def order_at_plan(demo: Stack, part: str, **orders: Any) -> None:
    """Tell the payer below *part* of the demo payer what to do; see `apps.demo_payer.server.control`."""
    order = urllib.request.Request(  # noqa: S310 - loopback
        f"{demo.payer}{part}/control",
        data=json.dumps(orders).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(order, timeout=10) as answer:  # noqa: S310
        assert answer.status == 200
