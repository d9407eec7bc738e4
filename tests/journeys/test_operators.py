"""What operators do in a browser, each way to its end; W-05: Django's scripts work there, and no other."""

import io
import re
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from apps.listing.packet import VERIFY
from tests.journeys import household, member, operating, stack
from tests.journeys.conftest import window
from tests.journeys.screenshots import behind
from tests.listing.test_logo_upload import HOSTILE, picture

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey-operators")]

NAME, SLUG = "Newly Begun Health", "no-clinical-scope"
REGISTRATION = f"The registration at {NAME}"


@pytest.fixture(scope="module")
def desk(browser: Browser, demo: stack.Stack) -> Iterator[Page]:
    """Return the window of an operator with a passkey: one for all journeys."""
    with window(browser, width=1280) as page:
        household.sign_in_as_operator(page, demo)
        yield page


@pytest.fixture(scope="module")
def begun(desk: Page, demo: stack.Stack) -> str:
    """A plan that was begun with its address, registered, checked, tried by its operator, and confirmed.

    What the desk says of it then is returned: later journeys have it refuse members.
    """
    operating.begin_plan(desk, demo, SLUG, NAME)
    operating.check_plan(desk)
    expect(desk.get_by_test_id(f"report-{SLUG}")).to_contain_text("and takes our registration")
    desk.get_by_role("link", name="Try it first").click()
    member.agree_before_leaving(desk)
    member.leave(desk, demo)
    member.sign_in_at_plan(desk, "otis")
    member.allow(desk, demo)
    operating.prove(desk, demo, f"/admin/plans/plan/?q={SLUG}")
    desk.locator(operating.FIRST).first.click()
    operating.confirm_plan(desk)
    desk.goto(f"{demo.site}/admin/")
    return desk.get_by_test_id(f"plan-{SLUG}").inner_text()


def test_a_base_address_becomes_a_plan_that_works(desk: Page, demo: stack.Stack, begun: str) -> None:
    """And its first member, the operator, reads what came."""
    assert re.match(rf"\s*Well\s+{NAME}\s+1\s.*\b1 of 1", begun, re.DOTALL)
    desk.goto(f"{demo.site}/claims/")
    expect(desk.get_by_test_id("claim-row").first).to_be_visible()
    desk.goto(f"{demo.site}/plans/{SLUG}/")
    expect(desk.get_by_role("link", name="Connect this plan")).to_be_visible()


def test_a_packet_is_downloaded_and_its_own_commands_check_it(
    desk: Page, demo: stack.Stack, begun: str, tmp_path: Path
) -> None:
    operating.open_registration(desk, demo, REGISTRATION)
    desk.get_by_role("link", name="What it is sent").click()
    expect(desk.get_by_test_id("incomplete")).to_be_visible()
    with desk.expect_download() as started:
        desk.get_by_role("link", name="Take the packet (ZIP)").click()
    with zipfile.ZipFile(io.BytesIO(started.value.path().read_bytes())) as packet:
        packet.extractall(tmp_path)
    desk.get_by_text("How the reviewer checks it").click()
    commands = desk.locator("main pre").all_inner_texts()
    assert commands == list(VERIFY)
    for command in commands:
        subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    assert REGISTRATION in (tmp_path / "00-cover.md").read_text()


def test_evidence_is_gathered_and_read_by_anybody(page: Page, demo: stack.Stack, begun: str) -> None:
    command = f"from django.core.management import call_command; call_command('gather_evidence', {SLUG!r})"
    assert "ExplanationOfBenefit" in behind.run(demo, command)
    page.goto(f"{demo.site}/app/")
    page.get_by_role("link", name="FHIR R4, what is asked and how it is tested").click()
    shown = page.get_by_test_id("gathered")
    expect(shown).to_contain_text(NAME)
    expect(shown).to_contain_text("ExplanationOfBenefit")


@dataclass(frozen=True)
class Turned:
    """A member whom the plan turned away: the number that the page told, and a code for support."""

    number: str
    code: str
    session: StorageState


@pytest.fixture(scope="module")
def turned(browser: Browser, demo: stack.Stack, begun: str) -> Turned:
    """A member set out twice, and the plan took our client neither time; the second page told a number."""
    member.order_at_plan(demo, f"/p/{SLUG}", faults={"token": {"status": 401, "times": 2}})
    with window(browser) as page:
        member.sign_up(page, demo, "somebody-with-a-number@example.com")
        for _time in range(2):
            member.find_plan(page, demo, "newly begun", NAME)
            member.go_to_plan(page, demo)
            member.sign_in_at_plan(page, "marisol")
            page.get_by_role("button", name="Allow").click()
            number = page.get_by_test_id("reference").inner_text()
        page.goto(f"{demo.site}/account/")
        page.get_by_role("link", name="A code for support").click()
        page.get_by_role("button", name="Open a code").click()
        code = page.get_by_test_id("support-code").inner_text()
        return Turned(number, code, page.context.storage_state())


def test_the_number_of_a_page_that_failed_leads_to_a_cause_and_a_reply(
    desk: Page, demo: stack.Stack, turned: Turned
) -> None:
    desk.goto(f"{demo.site}/admin/")
    desk.get_by_label("Number that a member was told").fill(turned.number.lower())
    desk.get_by_role("button", name="Find it").click()
    expect(desk.locator("#content")).to_contain_text(NAME)
    reply = desk.locator(".field-reply")
    expect(reply).to_contain_text("Your plan did not recognize this app")
    expect(reply).to_contain_text("Su plan no reconoció a esta aplicación")


def test_w_04_a_code_shows_support_what_happened_and_no_contents(
    desk: Page, demo: stack.Stack, turned: Turned
) -> None:
    desk.goto(f"{demo.site}/admin/")
    desk.get_by_role("link", name="Support code").click()
    desk.get_by_label("The code that the member reads to you").fill(turned.code.lower())
    desk.get_by_role("button", name="Show how it went").click()
    told = desk.get_by_test_id("timeline")
    expect(told.locator("tbody tr")).to_have_count(2)
    expect(told).to_contain_text(NAME)
    expect(told).not_to_contain_text(re.compile(r"marisol|\$|@example.com", re.IGNORECASE))


def test_s_03_a_red_light_is_mended_by_its_button_and_both_secrets_count_meanwhile(
    browser: Browser, desk: Page, demo: stack.Stack, turned: Turned
) -> None:
    """The plan paused itself: the swap has it asked again, and the member who was turned away gets there."""
    operating.prove(desk, demo, "/admin/")
    with window(browser, signed_in=desk.context.storage_state()) as narrow:
        narrow.goto(f"{demo.site}/admin/")
        row = narrow.get_by_test_id(f"plan-{SLUG}")
        expect(row).to_contain_text("Its token server refused our client registration")
        expect(row.locator(".light")).to_have_text("Wrong")
        row.get_by_role("button", name="Swap the client secret").click()
        operating.swap_secret(narrow)
        narrow.goto(f"{demo.site}/admin/")
        expect(row.locator(".light")).not_to_have_text("Wrong")
    with window(browser, signed_in=turned.session) as page:
        member.find_plan(page, demo, "newly begun", NAME)
        member.go_to_plan(page, demo)
        member.sign_in_at_plan(page, "marisol")
        member.allow(page, demo)
    operating.open_registration(desk, demo, REGISTRATION)
    expect(desk.locator(".field-swap")).to_contain_text(f"taken by nobody yet; waits for {SLUG}")


def test_a_logo_is_shown_to_payers_and_a_drawing_with_a_program_refused(
    desk: Page, demo: stack.Stack
) -> None:
    drawing, said = HOSTILE["an SVG with a program"]
    desk.goto(f"{demo.site}/admin/listing/logo/add/")
    for name, file in (("logo.svg", drawing), ("logo.png", picture())):
        desk.get_by_label("Picture").set_input_files({"name": name, "mimeType": "image/png", "buffer": file})
        desk.get_by_role("button", name="Save", exact=True).click()
        desk.get_by_text(said if name == "logo.svg" else "was added successfully").wait_for()
    shown = desk.request.get(f"{demo.site}/app/logo-512.png").body()
    desk.goto(f"{demo.site}/app/")
    assert "logo-512" in (desk.locator("main img").first.get_attribute("src") or "")
    operating.prove(desk, demo, "/admin/listing/logo/")
    desk.locator(operating.FIRST).first.click()
    desk.locator(".deletelink").click()
    desk.get_by_role("button", name=re.compile("Yes")).click()
    assert desk.request.get(f"{demo.site}/app/logo-512.png").body() != shown


REFUSED = """(markup) => {
  const box = document.createElement("div");
  try { box.innerHTML = markup; } catch (error) { return true; }
  return false;
}"""
"""Whether markup is refused, before anything of it is there."""


def test_w_05_djangos_scripts_work_under_trusted_types_on_every_page_of_the_admin(
    browser: Browser, desk: Page, demo: stack.Stack
) -> None:
    """The window fails for anything that the policy blocks."""
    with window(browser, width=1280, signed_in=desk.context.storage_state()) as page:
        _rows_come_and_go(page, demo)
        _days_are_chosen(page)
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


def test_w_05_no_other_markup_and_no_script_comes_of_a_text_there(
    browser: Browser, desk: Page, demo: stack.Stack
) -> None:
    context = browser.new_context(storage_state=desk.context.storage_state())
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
