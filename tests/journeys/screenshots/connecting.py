"""From an empty account to the first records, and every answer of a plan that ends in none."""

from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Page

from tests.journeys import member, stack
from tests.journeys.screenshots import behind
from tests.journeys.screenshots.camera import shoot


def first_connection(page: Page, demo: stack.Stack, email: str) -> str:
    """Shoot the way to the first records; return the address at which the plan's answer came back."""
    page.goto(f"{demo.site}/account/signup/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(member.PASSWORD)
    page.get_by_role("button", name="Create my account").click()
    page.get_by_label("Code from the e-mail").wait_for()
    page.get_by_label("Code from the e-mail").fill(demo.code_mailed_to(email))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(f"{demo.site}/home/")
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
    with page.expect_request(f"{demo.site}/connections/callback?**") as answer:
        page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{demo.site}/sync/**")
    shoot(page, "progress")
    member.wait_for_records(page)
    return answer.value.url


def to_consent(page: Page, demo: stack.Stack, username: str) -> None:
    """Go to the payer's consent page as *username*."""
    member.find_plan(page, demo)
    member.go_to_plan(page, demo)
    member.sign_in_at_plan(page, username)


def refused_answers(page: Page, demo: stack.Stack, *, used: str, another: Page, visitor: Page) -> None:
    """Shoot the answers that are not used.

    *used* is an answer that was used; *another* is a window of another member, *visitor* one of nobody.
    """
    to_consent(page, demo, "dana")
    behind.run(demo, behind.TEN_MINUTES_PASSED)
    page.get_by_role("button", name="Allow").click()
    page.get_by_role("heading", name="That took too long").wait_for()
    shoot(page, "callback-expired")
    state = leave(page, demo)
    for name, window, answer in (
        ("callback-used", page, used),
        ("callback-contradicting", page, f"{answer_of(demo, state=state, code='y')}&code=z"),
        ("callback-foreign", another, answer_of(demo, state=state, code="y")),
        ("callback-signed-out", visitor, answer_of(demo, state=state, code="y")),
        ("callback-plan-busy", page, answer_of(demo, state=state, error="server_error")),
        ("callback-plan-refused", page, answer_of(demo, state=leave(page, demo), error="invalid_scope")),
        (
            "callback-plan-refuses-us",
            page,
            answer_of(demo, state=leave(page, demo), error="unauthorized_client"),
        ),
    ):
        window.goto(answer)
        window.get_by_test_id("next-step").wait_for()
        shoot(window, name)


def leave(page: Page, demo: stack.Stack) -> str:
    """Leave for the plan and return the `state` that its answer has to bear."""
    member.find_plan(page, demo)
    with page.expect_request(f"{demo.payer}/oauth2/authorize?**") as trip:
        member.go_to_plan(page, demo)
    (state,) = parse_qs(urlsplit(trip.value.url).query)["state"]
    return state


def answer_of(demo: stack.Stack, **parameters: str) -> str:
    """Return an answer with *parameters* and the plan's name, as the plan would send the browser to it."""
    return f"{demo.site}/connections/callback?{urlencode(parameters | {'iss': demo.payer})}"
