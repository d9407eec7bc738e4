"""``python -m tests.journeys.screenshots``: every page at 390 and 1280 px into docs/screenshots."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.journeys import member, stack
from tests.journeys.conftest import FLAGS

TARGET = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
WIDTHS = {390: 844, 1280: 900}
MAX_HEIGHT = 2400  # a page that goes on for ever is cut there
EMAIL = "dana@example.com"


def shoot(page: Page, name: str) -> None:
    """Write ``<name>-<width>.png`` of the page as it stands, for every width."""
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        full = min(MAX_HEIGHT, page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": max(height, full)})
        file = TARGET / f"{name}-{width}.png"
        page.screenshot(path=file)
        # 64 colours are plenty for ink on paper, and keep the repository small.
        Image.open(file).convert("RGB").quantize(96, dither=Image.Dither.NONE).save(file, optimize=True)
        sys.stdout.write(f"{file.name}\n")
    page.set_viewport_size({"width": 1280, "height": 900})


def public_pages(page: Page, demo: stack.Stack) -> None:
    """Shoot what anybody can see."""
    for name, path in {
        "landing": "/", "plans": "/plans/", "plan": "/plans/harborlight-health/", "listing": "/app/",
        "privacy": "/privacy/", "terms": "/terms/", "accessibility": "/accessibility/",
        "sign-up": "/account/signup/", "sign-in": "/account/login/",
        "password-reset": "/account/password/reset/", "not-found": "/no-such-page/",
    }.items():  # fmt: skip
        page.goto(demo.site + path)
        shoot(page, name)


def connecting(page: Page, demo: stack.Stack) -> None:
    """Shoot the way from an empty account to the first records."""
    page.goto(f"{demo.site}/account/signup/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(member.PASSWORD)
    page.get_by_role("button", name="Create my account").click()
    shoot(page, "verify-email")
    page.get_by_label("Code from the e-mail").fill(demo.code_mailed_to(EMAIL))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(f"{demo.site}/home/")
    shoot(page, "home-empty")
    page.goto(f"{demo.site}/claims/")
    shoot(page, "claims-empty")
    # Saying no first: the page a member sees then.
    to_consent(page, demo, "dana")
    page.get_by_role("button", name="Deny").click()
    page.wait_for_url(f"{demo.site}/**")
    shoot(page, "connection-denied")
    member.find_plan(page, demo)
    member.go_to_plan(page, demo)
    shoot(page, "payer-sign-in")
    member.sign_in_at_plan(page, "dana")
    shoot(page, "payer-consent")
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{demo.site}/sync/**")
    shoot(page, "progress")
    member.wait_for_records(page)
    shoot(page, "progress-done")


def to_consent(page: Page, demo: stack.Stack, username: str) -> None:
    """Go to the payer's consent page as *username*."""
    member.find_plan(page, demo)
    member.go_to_plan(page, demo)
    member.sign_in_at_plan(page, username)


def reading(page: Page, demo: stack.Stack) -> None:
    """Shoot the member's own pages, one claim of every kind among them."""
    for name, path in {
        "home": "/home/", "claims": "/claims/", "coverage": "/coverage/", "connections": "/connections/",
        "account": "/account/",
    }.items():  # fmt: skip
        page.goto(demo.site + path)
        shoot(page, name)
    page.goto(f"{demo.site}/coverage/")
    page.get_by_role("button", name="Show").first.click()
    shoot(page, "coverage-number-shown")
    page.goto(f"{demo.site}/connections/")
    page.get_by_role("link", name="Details").first.click()
    shoot(page, "connection")
    page.get_by_role("link", name="Disconnect").first.click()
    shoot(page, "disconnect")
    page.goto(f"{demo.site}/claims/")
    page.get_by_test_id("claim-row").first.click()
    shoot(page, "claim")


def leaving(page: Page, demo: stack.Stack) -> None:
    """Shoot the account's pages, an answer nobody asked for, and the end of a connection."""
    for name, path in {
        "password-change": "/account/password/change/", "email-change": "/account/email/",
        "confirm-it-is-you": "/account/reauthenticate/",
        "callback-unknown": "/connections/callback?state=x&code=y",
    }.items():  # fmt: skip
        page.goto(demo.site + path)
        shoot(page, name)
    page.goto(f"{demo.site}/connections/")
    page.get_by_role("link", name="Details").first.click()
    page.get_by_role("link", name="Disconnect").first.click()
    page.get_by_test_id("disconnect").click()
    page.get_by_test_id("gone").wait_for()
    shoot(page, "disconnected")


PLAN_NAMED_TWO = """
from django.utils import timezone
from apps.connections import choosing
from apps.connections.models import Handshake
from apps.connections.people import Person
from apps.connections.tokens import Tokens
handshake = Handshake.objects.select_related("member").latest("created_at")
people = [Person("p-1", "Dana Marlow"), Person("p-2", "Juniper Marlow")]
choosing.ask(handshake, Tokens("never-used"), people, now=timezone.now())
print("at", handshake.pk)
"""


def choosing(page: Page, demo: stack.Stack) -> None:
    """Shoot the question whose records are meant; the demo payer never asks it, so it is put in place."""
    member.find_plan(page, demo)
    member.go_to_plan(page, demo)
    kept = json.loads((demo.var / "secrets.json").read_text())
    env = os.environ | {
        "SECRET_KEY": kept["SECRET_KEY"], "VAULT_KEYS": kept["VAULT_KEYS"], "SITE_URL": demo.site,
        "DATABASE_URL": f"sqlite:///{demo.var / 'journey.sqlite3'}",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", PLAN_NAMED_TWO],
        cwd=stack.ROOT, env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    page.goto(f"{demo.site}/connections/choose/{done.stdout.split()[-1]}/")
    shoot(page, "whose-records")


def forgetting(page: Page, demo: stack.Stack) -> None:
    """Shoot the way back in after a forgotten password."""
    page.goto(f"{demo.site}/account/password/reset/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_role("button", name="Send me the link").click()
    page.wait_for_url("**/done/")
    shoot(page, "password-reset-sent")


def operating(page: Page, demo: stack.Stack) -> None:
    """Shoot what an operator sees: where members sign in, then the admin."""
    page.goto(f"{demo.site}/admin/")
    page.get_by_label("E-mail").fill("operator@example.com")
    page.get_by_label("Password").fill(
        json.loads((demo.var / "secrets.json").read_text())["OPERATOR_PASSWORD"]
    )
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.get_by_label("Code from the e-mail").fill(demo.code_mailed_to("operator@example.com"))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(f"{demo.site}/**")
    for name, path in {
        "admin": "/admin/", "admin-plans": "/admin/plans/plan/",
        "admin-listing": "/admin/listing/applisting/",
        "admin-connections": "/admin/connections/connection/", "admin-runs": "/admin/sync/syncrun/",
    }.items():  # fmt: skip
        page.goto(demo.site + path)
        shoot(page, name)


def of_kind(page: Page, demo: stack.Stack, username: str, kinds: dict[str, str]) -> None:
    """Connect another member and shoot their newest claim of each kind, by name of the picture."""
    member.connect(page, demo, username)
    for name, kind in kinds.items():
        page.goto(f"{demo.site}/claims/?kind={kind}")
        rows = page.get_by_test_id("claim-row")
        (rows.filter(has_text="Replaced") if name == "claim-replaced" else rows).first.click()
        shoot(page, name)


def contexts(browser: Browser) -> Iterator[BrowserContext]:
    """Yield windows that nobody is signed in to."""
    while True:
        yield browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")


def main() -> None:
    """Make every picture from a fresh demo."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        stack.running(Path(folder)) as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=stack.chromium(), args=FLAGS)
        windows = contexts(browser)
        public_pages(next(windows).new_page(), demo)
        page = next(windows).new_page()
        connecting(page, demo)
        reading(page, demo)
        page = next(windows).new_page()
        member.sign_up(page, demo, "marisol@example.com")
        of_kind(page, demo, "marisol", {"claim-hospital": "inpatient", "claim-emergency": "outpatient"})
        page = next(windows).new_page()
        member.sign_up(page, demo, "leona@example.com")
        of_kind(page, demo, "leona", {"claim-dental": "oral"})
        page = next(windows).new_page()
        member.sign_up(page, demo, "harold@example.com")
        of_kind(page, demo, "harold", {"claim-pharmacy": "pharmacy"})
        for username, pictures in {
            "otis": {"claim-without-amounts": "professional"},
            "gideon": {"claim-replaced": "professional"},
        }.items():
            page = next(windows).new_page()
            member.sign_up(page, demo, f"{username}@example.com")
            of_kind(page, demo, username, pictures)
        choosing(page, demo)
        leaving(page, demo)
        forgetting(next(windows).new_page(), demo)
        operating(next(windows).new_page(), demo)
        browser.close()


if __name__ == "__main__":
    main()
