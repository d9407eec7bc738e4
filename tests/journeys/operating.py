"""The operators' pages, found by what the admin has registered, as the accessibility rules see them."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.demo_payer import plan
from tests.journeys import member
from tests.journeys.stack import Stack
from tests.journeys.visiting import AXE, axe

OWN = ("/admin/", "/admin/connections/attempt/funnel/", "/admin/plans/plan/begin/")
FIRST = "#result_list tbody th a"
WIDTHS = (390, 1280)
NOT_OURS = {
    "scrollable-region-focusable: .wrapper": "the frame of Django's table of related rows slides on a narrow "
    "screen and takes no focus; what it shows is for reading, not for pressing",
}
"""What Django's own admin breaks, each with the reason why that is left to Django."""


def lists() -> Iterator[str]:
    """Yield the path of each list of our models."""
    for model in admin.site._registry:
        if model.__module__.startswith("apps."):
            yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def complaints(page: Page, demo: Stack) -> dict[str, list[str]]:
    """Return what axe finds: on the pages of ours at two widths, on every list and its first form at one.

    Lists and forms are Django's own, alike for all models: each second model's in the other width.
    """
    by_page: dict[str, list[str]] = {}
    for path in OWN:
        page.goto(demo.site + path)
        by_page[path] = _look(page)
    for number, path in enumerate(lists()):
        of_list, of_form = WIDTHS[:: 1 if number % 2 else -1]
        page.goto(demo.site + path)
        by_page[path] = _look(page, of_list)
        first = page.locator(FIRST)
        if first.count():
            page.goto(demo.site + (first.first.get_attribute("href") or ""))
            by_page[f"{path}…/change/"] = _look(page, of_form)
    a_plan_moves(demo)
    for action in ("run_checks", "decide_addresses"):
        choose_action(page, demo, action)
        by_page[action] = _look(page)
    return {path: said for path, said in by_page.items() if said}


def a_plan_moves(demo: Stack) -> None:
    """Let a plan publish other addresses than before."""
    member.order_at_plan(demo, "/p/aetna", drift=True)


def choose_action(page: Page, demo: Stack, action: str) -> None:
    """Run an action of the list of plans on the plan that moved."""
    page.goto(f"{demo.site}/admin/plans/plan/?q=harborlight-aetna")
    page.locator("input[name=_selected_action]").first.check()
    page.locator("select[name=action]").select_option(action)
    page.get_by_role("button", name="Run", exact=True).or_(
        page.get_by_role("button", name="Go", exact=True)
    ).click()
    page.wait_for_load_state()


def _look(page: Page, *widths: int) -> list[str]:
    """Return what axe finds at these widths, else at both, but NOT_OURS."""
    said: list[str] = []
    for width in widths or WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        said += (
            f"{width}: {complaint}"
            for complaint in axe(page, AXE)
            if not complaint.startswith(tuple(NOT_OURS))
        )
    return said


def prove(page: Page, demo: Stack, path: str) -> None:
    """Use the passkey anew, before an act that asks for one of the last minutes; it leads on to *path*."""
    page.goto(f"{demo.site}/account/2fa/webauthn/reauthenticate/?{urlencode({'next': path})}")
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url(f"{demo.site}{path}")


def begin_plan(page: Page, demo: Stack, personality: str, name: str) -> None:
    """Paste the address of one of the demo payer's payers; save its row with a registration made beside it.

    Its slug is the personality's name.
    """
    page.goto(f"{demo.site}/admin/plans/plan/begin/")
    page.get_by_label("Base address").fill(f"{demo.payer}/p/{personality}/fhir/r4")
    page.get_by_role("button", name="See what it announces").click()
    page.get_by_role("link", name="Fill in the row").click()
    page.locator("#id_name").fill(name)
    page.locator("#id_slug").fill(personality)
    with page.context.expect_page() as opened:
        page.locator("#add_id_registration").click()
    beside = opened.value
    beside.get_by_label("Name").fill(f"The registration at {name}")
    beside.get_by_label("Environment").select_option("demo")
    beside.get_by_label("Client id").fill(plan.CLIENT_ID)
    beside.get_by_label("Client secret:").fill(plan.CLIENT_SECRET)
    with beside.expect_event("close"):
        beside.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#id_registration option:checked")).to_contain_text(name)
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_text("was added successfully").wait_for()


def check_plan(page: Page) -> None:
    """Ask the plan's server from the plan's own page."""
    page.locator("select[name$=action]").select_option("run_checks")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("heading", name="What the plan's server says").wait_for()


def confirm_plan(page: Page) -> None:
    """Set the plan whose page is open to confirmed."""
    page.locator("#id_status").select_option("confirmed")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()


def swap_secret(page: Page) -> None:
    """Give the payer's secret as the new one, and a reason, on the page that asks for both."""
    page.get_by_label("The new client secret").fill(plan.CLIENT_SECRET)
    page.get_by_label("Reason").fill("The plan has ended the old one")
    page.get_by_role("button", name="Swap the client secret").click()
    page.get_by_text("The new client secret is kept").wait_for()


def open_registration(page: Page, demo: Stack, name: str) -> None:
    """Open the registration of this name, found in the list."""
    page.goto(f"{demo.site}/admin/plans/registration/?q={name}")
    page.locator(FIRST).first.click()
    page.get_by_role("heading", name="Change registration").wait_for()
