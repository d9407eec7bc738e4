"""Finding a claim among many: search, filters, orders and pages, with and without JavaScript."""

import re
import time

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys import member
from tests.journeys.conftest import window
from tests.journeys.stack import Stack
from tests.length import is_on_postgresql

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journey-finding"),
    pytest.mark.skipif(is_on_postgresql(), reason="walked on SQLite; others walk on both"),
]
AMOUNT = re.compile(r"−?\$([\d,]+\.\d\d)")


def rows(page: Page) -> Locator:
    return page.get_by_test_id("claim-row")


def shares(page: Page) -> list[float]:
    amounts = (AMOUNT.search(text) for text in page.get_by_test_id("your-share").all_inner_texts())
    return [float(amount[1].replace(",", "")) for amount in amounts if amount]


def press(page: Page, what: Locator) -> None:
    """Press a link or a button and wait for the page it leads to."""
    with page.expect_navigation():
        what.click()


def addresses(page: Page) -> list[str | None]:
    return [row.get_attribute("href") for row in rows(page).all()]


def no_sideways(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def choose(page: Page, **values: str) -> None:
    """Open the filters where they are folded, choose, and send."""
    form = page.locator(".filters")
    if form.get_attribute("open") is None and page.locator(".filters summary").is_visible():
        page.locator(".filters summary").click()
    for name, value in values.items():
        field = form.locator(f"[name={name}]")
        field.fill(value) if name in ("from", "to") else field.select_option(value)
    press(page, form.get_by_role("button", name="Show"))


def look_for(page: Page, text: str) -> None:
    page.get_by_role("searchbox").fill(text)
    press(page, page.get_by_role("button", name="Search"))


MOST_SECONDS = 6
NEWCOMERS = ("leona", "gideon", "marisol")


def to_the_first_answer(page: Page, demo: Stack, username: str) -> float:
    """Go from the landing page to a first answer, without an account, in six presses; return the seconds.

    Typing is free, each press of a link, a button or a box counts.
    """
    began = time.monotonic()
    page.goto(f"{demo.site}/")
    page.get_by_role("searchbox").fill(member.PLAN)
    presses = [
        lambda: page.get_by_role("button", name="Find my plan"),
        lambda: page.get_by_role("link", name=re.compile(rf"^Connect ?: {re.escape(member.PLAN)}$")),
        lambda: page.get_by_label(re.compile("privacy policy")),
        lambda: page.get_by_role("button", name=f"Sign in with {member.PLAN}"),
        lambda: page.get_by_role("button", name="Sign in", exact=True).first,
        lambda: page.get_by_role("button", name="Allow"),
    ]
    for place, press_of in enumerate(presses):
        if place == 4:  # at the plan
            page.get_by_label("Username", exact=True).fill(username)
            page.get_by_label("Password", exact=True).fill("demo")
        press_of().click()
    answer = page.get_by_test_id("first-answer")
    expect(answer).to_contain_text(re.compile("noted as paid|needs you"), timeout=member.SYNC_MS)
    return time.monotonic() - began


def test_p_03_from_the_landing_page_to_a_first_true_answer_in_six_presses_and_six_seconds(
    browser: Browser, demo: Stack
) -> None:
    """What else the machine does only adds to the time: the fastest of three newcomers counts."""
    taken: list[float] = []
    for username in NEWCOMERS:
        with window(browser, ours=demo.site) as page:
            taken.append(to_the_first_answer(page, demo, username))
            told = page.get_by_test_id("first-answer").inner_text().removesuffix("Today").strip()
            expect(page.get_by_test_id("next-visit")).to_be_visible()
            page.goto(f"{demo.site}/home/")
            assert page.get_by_test_id("lede").inner_text() == told
        if taken[-1] <= MOST_SECONDS:
            break
    assert min(taken) <= MOST_SECONDS


def test_a_member_finds_claims_on_a_telephone_without_javascript(browser: Browser, demo: Stack) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.set_default_timeout(15_000)
    member.sign_up(page, demo, "finder@example.com")
    member.connect(page, demo, "harold")

    # The list says what it comes to; the filters are folded away.
    page.goto(f"{demo.site}/claims/")
    expect(page.get_by_test_id("result")).to_contain_text(re.compile(r"^\d+ claims, your share \$"))
    expect(page.locator("#kind")).to_be_hidden()
    no_sideways(page)

    # She looks for a drug: its name stands in the page, and in no address.
    look_for(page, "METFORMIN")
    expect(rows(page).first).to_contain_text(re.compile("metformin", re.IGNORECASE))
    assert "metformin" not in page.url.lower()
    result = page.get_by_test_id("result").inner_text()

    # From anywhere one search finds a misspelled drug, and everyday words find lab work of a year.
    press(page, page.get_by_role("link", name="Search"))
    look_for(page, "metfromin")
    expect(page.get_by_test_id("result")).to_have_text(result)
    assert "metf" not in page.url.lower()
    look_for(page, "blood test 2025")
    expect(rows(page).first).to_contain_text("Laboratory")
    no_sideways(page)
    page.goto(f"{demo.site}/claims/")
    look_for(page, "METFORMIN")

    # A filter and an order keep the search, and say what was chosen.
    choose(page, sort="share", **{"from": "1"})
    assert shares(page) == sorted(shares(page), reverse=True)
    assert all(share >= 1 for share in shares(page))
    expect(page.locator(".chip")).to_contain_text(["Share from $1.00", "METFORMIN", "Show all claims"])
    no_sideways(page)

    # Back is back, and a chip is taken away by touching it.
    page.go_back()
    expect(page.get_by_test_id("result")).to_have_text(result)
    press(page, page.get_by_role("link", name=re.compile("Remove:.*METFORMIN")))
    expect(page.locator(".chip")).to_have_count(0)

    # Page by page through the prescriptions, and back over the same claims.
    choose(page, kind="pharmacy", sort="oldest")
    first = addresses(page)
    press(page, page.get_by_role("link", name="Newer claims"))
    second = addresses(page)
    assert second
    assert not set(first) & set(second)
    assert "kind=pharmacy" in page.url
    press(page, page.get_by_role("link", name="Older claims"))
    assert addresses(page) == first

    # From a claim to everybody who treated her.
    press(page, rows(page).first)
    press(page, page.get_by_role("link", name="All claims with this provider"))
    expect(page.get_by_test_id("provider-sums")).to_contain_text("Your share")
    expect(rows(page).first).to_be_visible()
    no_sideways(page)
    press(page, page.get_by_role("link", name="Your providers"))
    assert page.get_by_test_id("provider-row").count() > 1
    no_sideways(page)
    context.close()


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_a_family_switches_between_its_people_on_a_wide_screen(page: Page, demo: Stack) -> None:
    member.sign_up(page, demo, "family@example.com")
    member.connect(page, demo, "dana")
    member.connect(page, demo, "juniper")
    page.goto(f"{demo.site}/claims/")
    # Beside the list nothing has to be opened.
    expect(page.locator("#kind")).to_be_visible()
    expect(page.locator(".filters summary")).to_be_hidden()
    people = page.get_by_role("navigation", name="Whose records")
    expect(people.get_by_role("link")).to_have_text(["Everyone", "Dana Marlow", "Juniper Marlow"])
    everybody = page.get_by_test_id("result").inner_text()
    press(page, people.get_by_role("link", name="Juniper Marlow"))
    expect(people.locator("[aria-current]")).to_have_text("Juniper Marlow")
    assert page.get_by_test_id("result").inner_text() != everybody
    choose(page, sort="share")
    expect(people.locator("[aria-current]")).to_have_text("Juniper Marlow")
    no_sideways(page)
