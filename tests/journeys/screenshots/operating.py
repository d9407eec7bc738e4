"""What an operator sees: where members sign in, then the admin, its lists and its forms."""

import json

from playwright.sync_api import Page

from tests.journeys import member, stack
from tests.journeys.screenshots.camera import shoot

LISTS = {
    "admin-plans": "/admin/plans/plan/", "admin-connections": "/admin/connections/connection/",
    "admin-runs": "/admin/sync/syncrun/", "admin-members": "/admin/accounts/member/",
    "admin-attempts": "/admin/connections/attempt/", "admin-keys": "/admin/connections/clientkey/",
}  # fmt: skip
FORMS = {
    "admin-plans": "admin-plan", "admin-connections": "admin-connection", "admin-runs": "admin-run",
    "admin-members": "admin-member", "admin-attempts": "admin-attempt", "admin-keys": "admin-key",
}  # fmt: skip


def operating(page: Page, demo: stack.Stack) -> None:
    """Shoot the admin's pages, and what an operator may not do."""
    sign_in(page, demo)
    page.goto(f"{demo.site}/admin/")
    shoot(page, "admin")
    for name, path in LISTS.items():
        page.goto(demo.site + path)
        shoot(page, name)
        page.locator("#result_list tbody th a").first.click()
        page.wait_for_url("**/change/")
        shoot(page, FORMS[name])
    page.goto(f"{demo.site}/admin/connections/attempt/funnel/")
    shoot(page, "admin-funnel")
    moved(page, demo)
    page.goto(
        f"{demo.site}/admin/listing/applisting/"
    )  # there is one, so the list leads straight to its form
    shoot(page, "admin-listing")
    page.goto(f"{demo.site}/admin/accounts/member/add/")
    page.get_by_role("heading", name="That is not open to you").wait_for()
    shoot(page, "not-allowed")


def moved(page: Page, demo: stack.Stack) -> None:
    """Shoot the alarm about a plan that publishes other addresses than before, and its check."""
    member.order_at_plan(demo, "/p/aetna", drift=True)
    choose_action(page, demo, "run_checks")
    shoot(page, "admin-check")
    page.goto(f"{demo.site}/admin/plans/plan/")
    shoot(page, "admin-plans-moved")
    choose_action(page, demo, "decide_addresses")
    page.get_by_role("button", name="Keep the old addresses").wait_for()
    shoot(page, "admin-moved")


def choose_action(page: Page, demo: stack.Stack, action: str) -> None:
    """Run an action of the list of plans on the plan that moved."""
    page.goto(f"{demo.site}/admin/plans/plan/?q=harborlight-aetna")
    page.locator("input[name=_selected_action]").first.check()
    page.locator("select[name=action]").select_option(action)
    page.get_by_role("button", name="Run", exact=True).or_(
        page.get_by_role("button", name="Go", exact=True)
    ).click()
    page.wait_for_load_state()


def sign_in(page: Page, demo: stack.Stack) -> None:
    """Sign in as the operator that the demo made."""
    page.goto(f"{demo.site}/admin/")
    page.get_by_label("E-mail").fill("operator@example.com")
    page.get_by_label("Password").fill(
        json.loads((demo.var / "secrets.json").read_text())["OPERATOR_PASSWORD"]
    )
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.get_by_label("Code from the e-mail").fill(demo.code_mailed_to("operator@example.com"))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(f"{demo.site}/**")
