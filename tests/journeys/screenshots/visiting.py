"""The way back in after a forgotten password, and pages about errors."""

from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.journeys import member, stack
from tests.journeys.screenshots import behind
from tests.journeys.screenshots.camera import shoot


def forgetting(page: Page, demo: stack.Stack, email: str) -> None:
    """Shoot where a new password is chosen, and choose it."""
    ask_for_a_new_password(page, demo, email)
    page.wait_for_url("**/done/")
    page.goto(demo.link_mailed_to(email))
    shoot(page, "password-reset-new")
    page.get_by_label("New password", exact=True).fill(f"new {member.PASSWORD}")
    page.get_by_label("New password again", exact=True).fill(f"new {member.PASSWORD}")
    page.get_by_role("button", name="Save the new password").click()
    page.get_by_role("heading", name="Your password is changed").wait_for()


def ask_for_a_new_password(page: Page, demo: stack.Stack, email: str) -> None:
    """Ask for the mail with the link."""
    page.goto(f"{demo.site}/account/password/reset/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send me the link").click()


def refused(page: Page, demo: stack.Stack, email: str) -> None:
    """Shoot how the site says no to a request: each is a real one that it refuses."""
    port = urlsplit(demo.site).port
    page.goto(f"http://elsewhere.localhost:{port}/")  # a Host that is not ours
    shoot(page, "bad-request")
    page.goto(f"{demo.site}/account/login/")
    page.context.clear_cookies()  # the proof that the form is ours goes with them
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(member.PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Please send that again").wait_for()
    shoot(page, "form-refused")
    too_many = page.get_by_role("heading", name="Too many tries")
    for _ in range(10):  # the sixth within a minute is refused
        ask_for_a_new_password(page, demo, email)
        page.get_by_role("main").wait_for()
        if too_many.count():
            break
    too_many.wait_for()
    shoot(page, "too-many-tries")


def broken(page: Page, demo: stack.Stack) -> None:
    """Shoot what the site says when it fails; nothing works after that."""
    behind.run(demo, behind.PLANS_LOST)
    page.goto(f"{demo.site}/plans/")
    page.get_by_role("heading", name="Something broke on our side").wait_for()
    shoot(page, "broken")
