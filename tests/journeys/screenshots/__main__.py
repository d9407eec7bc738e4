"""``python -m tests.journeys.screenshots``: every page into docs/screenshots."""

import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.journeys import household, stack
from tests.journeys.conftest import FLAGS
from tests.journeys.screenshots import elsewhere, listed, operating
from tests.journeys.screenshots.camera import TARGET, all_developed

PORTS = {"en": (8640, 8641), "es": (8650, 8651)}
"""They stand on some pages, so they are the same in each run."""


def every_page(folder: Path, language: str) -> None:
    """Take every page in one language, from a fresh demo at a host with a name; the operators' in English."""
    with (
        stack.running(folder / language, host="localhost", ports=PORTS[language]) as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=stack.chromium(), args=FLAGS)
        home = household.gather(browser, demo)
        listed.every_page(browser, home, language)
        if language == "en":
            elsewhere.at_the_plan(browser.new_context().new_page(), demo)
            context = browser.new_context(storage_state=home.sessions["operator"])
            operating.operating(context.new_page(), demo)
        browser.close()


def main() -> None:
    """Make every picture anew, both languages at the same time."""
    shutil.rmtree(TARGET, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as both:
        for half in [both.submit(every_page, Path(folder), language) for language in ("en", "es")]:
            half.result()
    all_developed()


if __name__ == "__main__":
    main()
