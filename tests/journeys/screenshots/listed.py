"""Every page of the list in `tests.journeys.pages`, in a window of whoever it is for."""

from playwright.sync_api import Browser, Page

from tests.journeys.household import Household
from tests.journeys.pages import PAGES, Who
from tests.journeys.screenshots.camera import shoot, shoot_all


def every_page(browser: Browser, home: Household) -> None:
    """Shoot each page; what a member comes for also in Spanish and in the dark."""
    windows: dict[Who, Page] = {}
    for place in PAGES:
        if place.who not in windows:
            context = browser.new_context(storage_state=home.sessions[place.who], color_scheme="light")
            windows[place.who] = context.new_page()
        page = windows[place.who]
        home.come_to(page, place)
        (shoot_all if place.is_core else shoot)(page, place.name)
