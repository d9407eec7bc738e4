"""``python -m tests.journeys.screenshots``: every page into docs/screenshots."""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys import household, stack
from tests.journeys.conftest import FLAGS
from tests.journeys.screenshots import coming_in, connecting, listed, operating, reading, visiting
from tests.journeys.screenshots.camera import TARGET, all_developed

EMAIL = "dana@example.com"
CLAIMS = {
    "marisol": {
        "claim-hospital": "inpatient",
        "claim-emergency": "outpatient",
    },
    "leona": {"claim-dental": "oral"},
    "harold": {"claim-pharmacy": "pharmacy", "claim-voided": "outpatient"},
    "otis": {"claim-without-amounts": "professional"},
    "gideon": {"claim-cancelled": "professional"},
}


def windows(browser: Browser) -> Iterator[Page]:
    """Yield windows that nobody is signed in to."""
    while True:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
        yield context.new_page()


def stories(folder: Path) -> None:
    """Take what only a story leads to; the damage comes last."""
    with _demo(folder, host="127.0.0.1") as (demo, browser):
        window = windows(browser)
        newcomer = next(window)
        coming_in.before_leaving(newcomer, demo)
        coming_in.with_plan(newcomer, demo)
        dana = next(window)
        used = connecting.first_connection(dana, demo, EMAIL)
        others = {username: next(window) for username in CLAIMS}
        for username, page in others.items():
            reading.of_kind(page, demo, username, CLAIMS[username])
        gideon = others["gideon"]
        reading.replaced(others["marisol"], demo)
        reading.in_advance(gideon, demo, {"approval-refused": 1})
        reading.in_advance(others["leona"], demo, {"estimate": 0})
        connecting.refused_answers(dana, demo, used=used, another=gideon, visitor=next(window))
        reading.leaving(gideon, demo)
        visiting.forgetting(next(window), demo, "harold@example.com")
        visiting.refused(next(window), demo, "harold@example.com")
        operating.operating(next(window), demo)
        reading.damaged(dana, demo)
        visiting.broken(next(window), demo)


def pages(folder: Path) -> None:
    """Take every page of the list, and those of passkeys: at a host with a name."""
    with _demo(folder, host="localhost") as (demo, browser):
        listed.every_page(browser, household.gather(browser, demo))
        coming_in.passkeys(next(windows(browser)), demo)


@contextmanager
def _demo(folder: Path, *, host: str) -> Iterator[tuple[stack.Stack, Browser]]:
    with stack.running(folder, host=host) as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=stack.chromium(), args=FLAGS)
        yield demo, browser
        browser.close()


def main() -> None:
    """Make every picture, half from one fresh demo and half from another, at the same time."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as both:
        halves = [both.submit(half, Path(folder) / half.__name__) for half in (pages, stories)]
        for half in halves:
            half.result()
    all_developed()


if __name__ == "__main__":
    main()
