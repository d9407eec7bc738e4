"""Every page of the list in `tests.journeys.pages`, in a window of whoever it is for."""

from playwright.sync_api import Browser, Page

from tests.journeys.household import Household
from tests.journeys.pages import PAGES, Who
from tests.journeys.screenshots.camera import shoot
from tests.journeys.visiting import new_context


def every_page(browser: Browser, home: Household, language: str, only: frozenset[str]) -> None:
    """Shoot each page in one language; those of these names alone, where some are named."""
    windows: dict[Who, Page] = {}
    for place in (place for place in PAGES if not only or place.name in only):
        if place.who not in windows:
            windows[place.who] = new_context(browser, home, place.who, language).new_page()
        page = windows[place.who]
        home.come_to(page, place)
        shoot(page, place.name, language)
