"""What a narrow telephone shows whole: names in titles, and the head of the page with text set wider."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page

from apps.accounts import support_codes
from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.plans.models import Plan
from apps.sync.models import SyncRun
from tests.care.test_pages import GIVEN, keep
from tests.claims.given import NOW, a_connection, all_agreed, all_read, an_eob, held, save
from tests.claims.test_people import about
from tests.journeys.conftest import beside
from tests.journeys.visiting import MEASURE
from tests.length import is_on_postgresql

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journey-narrow"),
    pytest.mark.skipif(is_on_postgresql(), reason="the same pages were measured in the run on SQLite"),
]
NAMES = (
    *("Dr. Ana Lopez", "Dr. Maximilian Oyelaran-Whitfield", "Riverside Clinic", "Riverside Family Medicine"),
    *("Ana Lopez, MD", "Lakeshore Orthopedics", "St. Mary of the Assumption Regional Medical Center West"),
)
BROKEN = """(names) => [...document.querySelectorAll("h1, h3, .row__title")].flatMap((title) => {
  const texts = [], walker = document.createTreeWalker(title, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) texts.push(walker.currentNode);
  const name = names.find((name) => title.textContent.includes(name));
  const text = texts.find((text) => text.data.includes(name));
  if (!name || !text) return [];
  const range = document.createRange(), at = text.data.indexOf(name);
  range.setStart(text, at);
  range.setEnd(text, at + name.length);
  const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
  const alone = title.appendChild(document.createElement("span"));
  alone.textContent = text.parentElement.matches("bdi") ? text.data : name;
  alone.style.cssText = "position: absolute; visibility: hidden; white-space: nowrap";
  const width = alone.getBoundingClientRect().width;
  alone.remove();
  let around = title;
  while (getComputedStyle(around).display === "inline") around = around.parentElement;
  const fits = width <= around.clientWidth;
  return [[name, lines.size, fits]];
})"""

RIGHTMOST = """(title) => {
  const range = document.createRange();
  range.selectNodeContents(title.firstChild);
  return range.getClientRects()[0].right;
}"""
"""The end of a title's first line."""


BEYOND = """() => [...document.querySelectorAll("body *")].filter((part) =>
  part.getBoundingClientRect().right > window.innerWidth + 1 && getComputedStyle(part).position !== "absolute"
).map((part) => `${part.tagName}.${part.className}`)"""
"""What ends to the right of the window."""


@pytest.fixture
def page(browser: Browser, live_server: Any, settings: Any, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return a window of Alice's, or of whom an indirect parameter names, made as that says."""
    settings.SITE_URL = live_server.url
    given = {"client": "alice_client"} | getattr(request, "param", {})
    client = request.getfixturevalue(given.pop("client"))
    with beside(browser, live_server.url, client=client, **given) as context:
        yield context.new_page()


def test_a_name_in_a_title_stands_on_one_line_where_it_fits(page: Page, alice: Member) -> None:
    """A title ended a line with "Dr." and began the next one with who that is."""
    refused = {"coding": [{"system": "https://x12.org/codes/claim-adjustment-reason-codes", "code": "50"}]}
    line = {
        "sequence": 1,
        "adjudication": [{"category": {"coding": [{"code": "denialreason"}]}, "reason": refused}],
    }
    save(
        all_read(a_connection(alice)),
        *(
            an_eob(n, on=f"2026-11-0{n}", provider={"display": name}, item=[line], outcome="complete")
            for n, name in enumerate(NAMES, 1)
        ),
    )
    all_agreed(alice)
    seen = []
    for path in ("/home/", "/claims/", *(f"/claims/{claim.id}/" for claim in held(alice))):
        page.goto(path)
        seen += [(path.split("/")[1], *title) for title in page.evaluate(BROKEN, NAMES)]
    assert {name for _where, name, _lines, _fits in seen} == set(NAMES)
    assert {title for title in seen if title[3] and title[2] > 1} == set()
    assert not all(fits for *_title, fits in seen)


@pytest.mark.parametrize("page", [{"locale": "es-US"}], indirect=True)
def test_the_head_of_the_page_holds_words_that_a_reader_sets_wider(page: Page) -> None:
    """WCAG 1.4.12: in Spanish "Ocultar" was cut."""
    page.goto("/home/")
    page.evaluate(MEASURE)
    page.evaluate("measure.space()")
    for width in (353, 360, 368):  # at 390 every page is looked at so (test_accessible.py)
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("measure.clipped()") == [], width


ROOMS = ("/home/", "/care/", "/claims/", "/money/", "/coverage/", "/connections/", "/account/", "/glossary/")


@pytest.mark.parametrize("page", [{"width": 1280}], indirect=True)
def test_header_page_and_footer_begin_at_one_edge_on_a_wide_screen(page: Page, alice: Member) -> None:
    """The page stood in the middle, and brand and footer far left of it."""
    save(all_read(a_connection(alice)), an_eob(1, on="2026-11-01"))
    edges = {}
    for path in (*ROOMS, "/people/"):
        page.goto(path)
        found = page.evaluate(
            """() => [".brand", "main h1", ".footer__words"].map(
                 (part) => Math.round(document.querySelector(part).getBoundingClientRect().left))"""
        )
        edges[path] = len(set(found))
    assert edges == dict.fromkeys(edges, 1)


def test_the_first_screen_of_care_shows_records(page: Page, alice: Member) -> None:
    """Choices of all kinds filled it."""
    connection = all_read(about(alice, "One Plan", "1", "Ana Lopez", "1980-02-03"))
    save(connection, an_eob(1, on="2026-10-01"))
    save(all_read(about(alice, "Two Plan", "2", "Leo Lopez", "2016-02-03")), an_eob(2, on="2026-10-01"))
    keep(connection, *GIVEN)
    Connection.objects.filter(pk=connection.pk).update(clinical_since=NOW)
    page.goto("/care/")
    second = page.get_by_test_id("care-row").nth(1).bounding_box()
    menu = page.get_by_role("navigation", name="Main").bounding_box()
    assert second and menu
    assert second["y"] + second["height"] < menu["y"]
    below = "row => row.querySelector('.row__meta').offsetWidth / row.offsetWidth"
    valued = page.locator(".care__row:has(.care__value)").all()
    assert valued
    assert [row.evaluate(below) for row in valued] == [1] * len(valued), "the day broke beside a value"


def test_words_in_place_of_an_amount_stand_beside_badges_on_a_phone(page: Page, alice: Member) -> None:
    """They had a line of their own above the badges, empty at its left."""
    connection = all_read(about(alice, "One Plan", "1", "Ana Lopez", "1980-02-03"))
    save(connection, an_eob(1, on="2026-10-01", share=None, outcome="partial"))
    page.goto("/claims/")
    row = page.get_by_test_id("claim-row")
    amount, badges = (row.locator(part).bounding_box() for part in (".row__amount", ".row__badges"))
    assert amount and badges
    middles = [box["y"] + box["height"] / 2 for box in (amount, badges)]
    assert abs(middles[0] - middles[1]) < 2
    assert badges["x"] + badges["width"] <= amount["x"]


@pytest.mark.parametrize("page", [{"client": "operator"}], indirect=True)
def test_what_a_code_for_support_shows_fits_a_phone(page: Page, alice: Member) -> None:
    """Three columns of a plan's long name, and of types of FHIR in one word each, slid."""
    connection = all_read(a_connection(alice, plan="Blue Cross Blue Shield of Northern California"))
    run = SyncRun.objects.create(
        member=alice, connection=connection, state="partial", created_at=NOW, next_try_at=NOW, queued_at=NOW
    )
    for number, kind in enumerate(("ImmunizationRecommendation", "MedicationAdministration", "Goal")):
        run.steps.create(
            member=alice, position=number, resource_type=kind, state="problem", problem="not_granted"
        )
    page.goto("/admin/support/")
    code = support_codes.open_code(alice, now=timezone.now())
    page.get_by_label("The code that the member reads to you").fill(code)
    page.get_by_role("button", name="Show how it went").click()
    page.get_by_test_id("timeline").wait_for()
    assert page.evaluate(BEYOND) == []


@pytest.mark.parametrize("page", [{"client": "operator"}], indirect=True)
def test_rules_to_compare_are_read_on_a_phone(page: Page) -> None:
    """The rules to compare stood in four columns of a few letters each."""
    page.goto("/admin/appeals/checkedrule/")
    folded = page.evaluate("document.documentElement.scrollHeight")
    page.evaluate("document.querySelectorAll('.ticks__kind').forEach((kind) => (kind.open = true))")
    rows = page.locator(".ticks tbody th")
    assert rows.evaluate_all("rows => rows.map((row) => row.textContent)")[0] == "employer-appeal"
    lines = rows.evaluate_all(
        """rows => rows.map((row) => {
             const range = document.createRange();
             range.selectNodeContents(row);
             return range.getClientRects().length;
           })"""
    )
    fields = page.locator(".ticks input[type=url]").evaluate_all(
        """all => all.map((one) => [one.offsetWidth,
             one.closest("table").getBoundingClientRect().right - one.getBoundingClientRect().right])"""
    )
    assert folded < 6000, "all rows at once were 14,000 px"
    assert set(lines) == {1}
    assert min(width for width, _left in fields) > 300, "an address that is to be compared can be read"
    assert min(left for _width, left in fields) >= 0, "a field stuck out of its table"


def test_a_title_flows_around_the_amount_beside_its_first_line(page: Page, alice: Member) -> None:
    """Beside an amount of one line a title of four lines kept clear of it to its end."""
    service = [{"sequence": 1, "productOrService": {"text": "Injection into the lower part of the back"}}]
    save(
        all_read(a_connection(alice)),
        an_eob(1, on="2026-11-01", item=service, provider={"display": NAMES[3]}),
    )
    all_agreed(alice)
    for path in ("/claims/", "/home/"):
        page.goto(path)
        row = page.get_by_test_id("claim-row")
        name, amount = (row.locator(part).first.bounding_box() for part in ("bdi", ".row__amount"))
        assert name and amount
        assert name["x"] + name["width"] > amount["x"]
        assert name["y"] >= amount["y"] + amount["height"]
        assert row.locator(".row__title").first.evaluate(RIGHTMOST) < amount["x"]


@pytest.mark.parametrize(
    "page", [{"client": "operator"}, {"client": "operator", "width": 1280}], indirect=True, ids=str
)
def test_no_list_of_the_admin_slides_however_long_a_plan_is_called(page: Page, alice: Member) -> None:
    """Its columns were wider than the window, and what they hold was out of sight."""
    there = a_connection(alice)
    save(all_read(there))
    for name in ("Blue Cross Blue Shield of Northern California and Nevada PPO", "Harborlight" * 10):
        Plan.objects.update(name=name)
        for path in ("/admin/plans/plan/", "/admin/connections/connection/"):
            for place in (path, f"{path}{there.plan_id if 'plans' in path else there.pk}/change/"):
                page.goto(place)
                assert page.evaluate(BEYOND) == [], place


@pytest.mark.parametrize("page", [{"client": "operator"}], indirect=True)
def test_fields_of_a_registrations_steps_are_whole_on_a_phone(page: Page) -> None:
    """They were wider than their row, which cut them."""
    page.goto("/admin/plans/registration/add/")
    over = page.locator(".inline-related :is(select, textarea):visible").evaluate_all(
        """all => all.map((field) => field.getBoundingClientRect().right
             - field.closest(".form-row").getBoundingClientRect().right)"""
    )
    assert over and max(over) <= 0
