"""What an operator sees: the admin, its lists and its forms, in English and in the light."""

from playwright.sync_api import Page

from tests.journeys import stack
from tests.journeys.operating import a_plan_moves, choose_action
from tests.journeys.screenshots import camera

LISTS = {
    "admin-plans": "/admin/plans/plan/", "admin-connections": "/admin/connections/connection/",
    "admin-runs": "/admin/sync/syncrun/", "admin-members": "/admin/accounts/member/",
    "admin-attempts": "/admin/connections/attempt/", "admin-keys": "/admin/connections/clientkey/",
    "admin-rules": "/admin/appeals/checkedrule/",
}  # fmt: skip
FORMS = {
    "admin-plans": "admin-plan", "admin-connections": "admin-connection", "admin-runs": "admin-run",
    "admin-members": "admin-member", "admin-attempts": "admin-attempt", "admin-keys": "admin-key",
    "admin-rules": "admin-rule",
}  # fmt: skip


def operating(page: Page, demo: stack.Stack) -> None:
    """Shoot the admin's pages; *page* is an operator's."""
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
    page.goto(f"{demo.site}/admin/listing/applisting/")
    shoot(page, "admin-listing-begin")
    page.get_by_role("button", name="Begin with these words").click()
    page.wait_for_url("**/change/")  # from now on the list leads straight to the one form
    shoot(page, "admin-listing")


def moved(page: Page, demo: stack.Stack) -> None:
    """Shoot the alarm about a plan that publishes other addresses than before, and its check."""
    a_plan_moves(demo)
    choose_action(page, demo, "run_checks")
    shoot(page, "admin-check")
    page.goto(f"{demo.site}/admin/plans/plan/")
    shoot(page, "admin-plans-moved")
    choose_action(page, demo, "decide_addresses")
    page.get_by_role("button", name="Keep the old addresses").wait_for()
    shoot(page, "admin-moved")


def shoot(page: Page, name: str) -> None:
    """Take the page as it stands."""
    camera.shoot(page, name, themes=("light",))
