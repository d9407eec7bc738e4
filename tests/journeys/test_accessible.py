"""Every page is for everybody: WCAG 2.2 AA in a real browser, in both languages, and what axe cannot see."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import household, member, operating, stack
from tests.journeys.household import EMAIL, Household
from tests.journeys.visiting import COLOURS, Visits, axe, axe_unfolded, focus_marks, new_context
from tests.length import is_on_postgresql

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(is_on_postgresql(), reason="the same pages were visited in the run on SQLite"),
]

# One worker visits in both languages: it gathers the household once, and asks each page once.
EN = ES = pytest.mark.xdist_group("journey-accessible")
LANGUAGES = pytest.mark.parametrize("language", [pytest.param("en", marks=EN), pytest.param("es", marks=ES)])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[stack.Stack]:
    """Return a demo of our own, of which much is made to fail."""
    with stack.running(tmp_path_factory.mktemp("demo")) as started:
        yield started


@pytest.fixture(scope="module")
def home(browser: Browser, demo: stack.Stack) -> Household:
    """Return the people of the list, with all they have."""
    return household.gather(browser, demo)


@pytest.fixture(scope="module")
def visits(browser: Browser, home: Household) -> dict[str, Visits]:
    """Return the visits by language."""
    return {language: Visits(browser, home, language) for language in ("en", "es")}


@pytest.fixture
def reading(browser: Browser, home: Household, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return a window of the member's in English, as wide as an indirect parameter says."""
    context = new_context(browser, home, "member", "en")
    page = context.new_page()
    page.set_viewport_size({"width": getattr(request, "param", 1280), "height": 844})
    yield page
    context.close()


@LANGUAGES
def test_every_page_is_the_one_that_is_listed_and_speaks_the_language(
    visits: dict[str, Visits], language: str
) -> None:
    assert visits[language].complaints("where") == {}


@LANGUAGES
def test_axe_finds_nothing_and_text_stands_out_seven_to_one(visits: dict[str, Visits], language: str) -> None:
    """WCAG 2.2 A and AA, best practice, contrast of AAA, this in light and dark; core ones at two widths.

    What is folded is opened in Spanish, and on the core ones in a wide window.
    """
    assert visits[language].complaints("axe") == {}


@LANGUAGES
def test_what_can_be_pressed_is_24_pixels_wide_and_high_or_stands_apart(
    visits: dict[str, Visits], language: str
) -> None:
    """WCAG 2.5.8, in a window of 390 px."""
    assert visits[language].complaints("targets") == {}


@LANGUAGES
def test_at_400_percent_nothing_is_cut_nothing_slides_and_nothing_lies_over_the_page(
    visits: dict[str, Visits], language: str
) -> None:
    """WCAG 1.4.10, 1.4.4 and 2.4.11: a window of 1280 x 1024, enlarged until it has 320 x 256."""
    assert visits[language].complaints("zoom") == {}


@LANGUAGES
def test_text_set_wider_by_the_reader_is_not_cut(visits: dict[str, Visits], language: str) -> None:
    """WCAG 1.4.12."""
    assert visits[language].complaints("spacing") == {}


@LANGUAGES
def test_nothing_moves_for_who_wants_less_motion(visits: dict[str, Visits], language: str) -> None:
    """WCAG 2.3.3."""
    assert visits[language].complaints("motion") == {}


@EN
def test_axe_finds_nothing_on_the_operators_pages_but_what_django_itself_breaks(
    browser: Browser, demo: stack.Stack, home: Household
) -> None:
    """WCAG 2.2 A and AA at two widths; every model of ours that the admin shows is found by itself."""
    context = new_context(browser, home, "operator", "en")
    assert operating.complaints(context.new_page(), demo) == {}
    context.close()


SPOILT = """
  <h1>Spoilt</h1><img src="x"><p class="pale">Pale</p><p class="night">Night</p><p class="dim">Dim</p>
  <p><button class="tiny">a</button><button class="tiny">b</button></p>
  <p class="cut">Cut off in the middle</p><p class="long">wider</p>
  <p class="stays">Stays</p><p class="turns">Turns</p>
  <details><summary>More</summary><img src="y" id="folded"></details>
"""
SPOILT_STYLE = """
  .pale { color: #777 }
  .dim { color: #5f6f6b }
  .tiny { width: 12px; height: 12px; padding: 0; overflow: hidden }
  .cut { width: 4rem; overflow: hidden; white-space: nowrap }
  .long { min-width: 3000px }
  .stays { position: fixed; bottom: 0; height: 60vh }
  .night { background: #fff }
  .turns { animation: round 1s infinite !important }
  @keyframes round { to { opacity: 0 } }
"""
SPOIL = """([words, style]) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  document.adoptedStyleSheets = [sheet];
  document.querySelector("main").innerHTML = words;
}"""


@EN
def test_the_checks_find_what_is_wrong(reading: Page, demo: stack.Stack) -> None:
    """A page is spoilt in every way that is looked for, and each is named."""
    reading.goto(f"{demo.site}/plans/")  # a page that fetches parts of itself: text may become markup
    reading.evaluate(SPOIL, [SPOILT, SPOILT_STYLE])
    found = axe(reading)
    assert {"image-alt", "target-size"} <= {complaint.partition(":")[0] for complaint in found}
    pale = {
        complaint.split(": ")[1] for complaint in found if complaint.startswith("color-contrast-enhanced: ")
    }
    assert {".pale", ".dim"} <= pale, "less than 4.5 to 1, and less than 7"
    assert ".night" not in pale
    reading.emulate_media(color_scheme="dark")
    assert any(".night" in complaint for complaint in axe(reading, COLOURS)), "only in the dark"
    assert not any("#folded" in complaint for complaint in found)
    assert any("#folded" in complaint for complaint in axe_unfolded(reading))
    assert len(reading.evaluate("measure.targets()")) == 2
    clipped = reading.evaluate("measure.clipped()")
    assert any("wide in a window" in complaint for complaint in clipped)
    assert any("Cut off" in complaint for complaint in clipped)
    assert any("Stays" in complaint for complaint in reading.evaluate("measure.covered()"))
    assert any("animation" in complaint for complaint in reading.evaluate("measure.moving()"))


class Keys:
    """A member with nothing but a keyboard; wherever the focus goes it must be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, selector: str, *, key: str = "Tab", most: int = 120) -> None:
        """Press Tab until the focus is on what *selector* names."""
        for _ in range(most):
            self.page.keyboard.press(key)
            assert focus_marks(self.page) == []
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"Tab never came to {selector} at {self.page.url}")

    def enter(self) -> None:
        """Press Enter, and wait for the page it leads to."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")


@EN
@pytest.mark.parametrize("width", [390, 1280])
def test_a_member_reads_filters_and_changes_the_language_with_the_keyboard_alone(
    browser: Browser, demo: stack.Stack, home: Household, width: int
) -> None:
    """WCAG 2.1.1, 2.1.2, 2.4.7 and 2.4.11, from signing in to where a number comes from."""
    context = new_context(browser, home, "visitor", "en")
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 844})
    keys = Keys(page)
    page.goto(f"{demo.site}/account/login/")
    keys.to("a.skip", most=1)
    keys.to("[name=login]")
    page.keyboard.type(EMAIL)
    keys.to("[name=password]")
    page.keyboard.type(member.PASSWORD)
    keys.enter()
    page.wait_for_url(f"{demo.site}/home/")

    keys.to("a.nav__link[href='/claims/']")
    keys.enter()
    if page.locator(".filters > summary").is_visible():
        keys.to(".filters > summary")
        page.keyboard.press("Enter")
    keys.to("select[name=state]")
    page.keyboard.press("P")
    keys.to("select[name=sort]")
    keys.to("form.filters__form button")
    keys.enter()
    assert "state=paid" in page.url
    keys.to("[data-testid=claim-row]")
    keys.enter()
    page.get_by_test_id("claim").wait_for()
    keys.to("details.source > summary")
    page.keyboard.press("Enter")
    expect(page.locator("details.source[open]")).to_have_count(1)
    page.keyboard.press("Space")
    expect(page.locator("details.source[open]")).to_have_count(0)

    # Backwards from the end of the page, to the language.
    page.evaluate("document.querySelector('.footer__links li:last-child a').focus()")
    keys.to(".footer__links a[href*='/accessibility/']", key="Shift+Tab")
    keys.to(".footer__links a[href^='/language/']")
    keys.enter()
    keys.to("button[value=es]")
    keys.enter()
    page.get_by_test_id("claim").wait_for()
    assert page.evaluate("document.documentElement.lang") == "es"
    keys.to(".footer__links a[href^='/language/']")
    keys.enter()
    keys.to("button[value=en]")
    keys.enter()
    context.close()


@EN
def test_pictures_icons_and_the_place_in_the_menu_stay_visible_in_forced_colours(
    visits: dict[str, Visits],
) -> None:
    assert visits["en"].complaints("forced") == {}


@EN
def test_a_page_prints_its_words_and_nothing_to_press(visits: dict[str, Visits]) -> None:
    assert visits["en"].complaints("print") == {}
