"""W-05: the operators' pages in a browser: what Django's scripts do there works, and nothing else does."""

import re

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.journeys import household, member, operating, stack
from tests.journeys.conftest import window

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey-operator-scripts")]


@pytest.fixture(scope="module")
def operator(browser: Browser, demo: stack.Stack) -> StorageState:
    """Return the cookies of an operator who used the passkey a moment ago."""
    with window(browser, width=1280) as page:
        household.sign_in_as_operator(page, demo)
        return page.context.storage_state()


REFUSED = """(markup) => {
  const box = document.createElement("div");
  try { box.innerHTML = markup; } catch (error) { return true; }
  return false;
}"""
"""Whether markup is refused, before anything of it is there."""


def test_w_05_djangos_scripts_work_under_trusted_types_on_every_page_of_the_admin(
    browser: Browser, demo: stack.Stack, operator: StorageState
) -> None:
    """The window fails for anything that the policy blocks."""
    with window(browser, width=1280, signed_in=operator) as page:
        _rows_come_and_go(page, demo)
        _days_are_chosen(page)
        _a_registration_is_added_beside_the_plan(page, demo)
        for path in operating.lists():
            for shown in (path, f"{path}add/"):
                answer = page.goto(f"{demo.site}{shown}")
                assert answer
                if answer.ok:
                    assert "trusted-types default" in (answer.header_value("content-security-policy") or "")
                    assert page.evaluate("Boolean(trustedTypes.defaultPolicy)"), shown
        page.goto(f"{demo.site}/admin/plans/plan/")
        page.locator("#action-toggle").check()
        expect(page.locator(".action-counter")).to_contain_text("selected")


def _rows_come_and_go(page: Page, demo: stack.Stack) -> None:
    page.goto(f"{demo.site}/admin/plans/registration/add/")
    rows = page.locator(".inline-related:not(.empty-form)")
    before = rows.count()
    page.get_by_role("button", name=re.compile("Add another")).click()
    expect(rows).to_have_count(before + 1)
    page.locator("a.inline-deletelink").first.click()
    expect(rows).to_have_count(before)


def _days_are_chosen(page: Page) -> None:
    shortcuts, day = page.locator(".datetimeshortcuts:visible"), page.locator(".vDateField:visible").first
    shortcuts.locator("[id^=calendarlink]").first.click()
    page.locator(".calendarbox:visible td a").first.click()
    expect(day).to_have_value(re.compile(r"\d{4}-\d\d-01"))
    shortcuts.get_by_role("button", name=re.compile("Today")).first.click()
    expect(day).not_to_have_value(re.compile("^$"))


def _a_registration_is_added_beside_the_plan(page: Page, demo: stack.Stack) -> None:
    page.goto(f"{demo.site}/admin/plans/plan/add/")
    with page.context.expect_page() as opened:
        page.locator("#add_id_registration").click()
    second = opened.value
    second.locator("input[name=name]").fill("From a second window")
    with second.expect_event("close"):
        second.locator("input[name=_save]").click()
    expect(page.locator("#id_registration option:checked")).to_contain_text("From a second window")


def test_w_05_no_other_markup_and_no_script_comes_of_a_text_there(
    browser: Browser, demo: stack.Stack, operator: StorageState
) -> None:
    context = browser.new_context(storage_state=operator)
    page = context.new_page()
    page.goto(f"{demo.site}/admin/plans/plan/add/")
    assert not page.evaluate(
        REFUSED, '<tr class="add-row"><td colspan="3"><a role="button" href="#">+</a></tr>'
    )
    for markup in (
        "<img src=x onerror=a()>", '<a href="javascript:a()">x</a>', '<a href="//thief.example">x</a>',
        '<A HREF="#" onclick="a()">', "<div><script>a()</script></div>", "<div\nonclick=a()>", "<!-- x -->",
        '<input type="image" src="x">', '<form action="https://thief.example">', "<style>*{}</style>",
        '<div class="a"onclick="a()">', "<a href=#>", "<svg><a>", "<div/onclick=a()>",
    ):  # fmt: skip
        assert page.evaluate(REFUSED, markup), markup
    for script in (
        'document.createElement("script").src = "/static/js/x.js"', 'setTimeout("a()", 1)',
        'document.createElement("script").text = "a"', 'document.body.setAttribute("onclick", "a")',
        'document.createElement("iframe").srcdoc = "<img src=x>"', 'document.write("<img src=x>")',
        'trustedTypes.createPolicy("mine", {})',
    ):  # fmt: skip
        is_refused = page.evaluate(f"() => {{ try {{ {script} }} catch {{ return true }} return false }}")
        assert is_refused, script
    context.close()


def test_a_plan_begun_with_its_address_fails_and_the_members_number_says_why(
    browser: Browser, demo: stack.Stack, operator: StorageState
) -> None:
    """The wizard, the dry run, a member's failing trip, the desk, and the reply to copy."""
    with window(browser, width=1280, signed_in=operator) as page:
        _a_plan_is_begun(page, demo, f"{demo.payer}/p/down/fhir/r4", "Newly Begun Health")
    with window(browser) as page:
        member.sign_up(page, demo, "somebody-with-a-number@example.com")
        member.find_plan(page, demo, "newly begun", "Newly Begun Health")
        member.go_to_plan(page, demo)
        member.sign_in_at_plan(page, "otis")
        page.get_by_role("button", name="Allow").click()
        number = page.get_by_test_id("reference").inner_text()
    with window(browser, width=390, signed_in=operator) as page:
        page.goto(f"{demo.site}/admin/")
        row = page.get_by_test_id("plan-newly-begun")
        expect(row).to_contain_text("1 of 1 attempts to connect ended on the plan's side or on ours")
        page.get_by_label("Number that a member was told").fill(number.lower())
        page.get_by_role("button", name="Find it").click()
        expect(page.locator("#content")).to_contain_text("Newly Begun Health")
        reply = page.locator(".field-reply")
        expect(reply).to_contain_text("Your plan's system did not answer properly")
        expect(reply).to_contain_text("El sistema de su plan no respondió bien")


def _a_plan_is_begun(page: Page, demo: stack.Stack, base: str, name: str) -> None:
    page.goto(f"{demo.site}/admin/plans/plan/begin/")
    page.get_by_label("Base address").fill(base)
    page.get_by_role("button", name="See what it announces").click()
    page.get_by_role("link", name="Fill in the row").click()
    page.locator("#id_name").fill(name)
    page.locator("#id_slug").fill("newly-begun")
    page.locator("#id_registration").select_option(index=1)
    page.get_by_role("button", name="Save and continue editing").click()
    action = page.locator("select[name$=action]")
    action.select_option("run_checks")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("its FHIR server answers 503 just now").wait_for()
    page.go_back()
    page.locator("#id_status").select_option("confirmed")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()
