"""``python -m tests.journeys.screenshots``: every page into var/screenshots, or the kept ones anew."""

import argparse
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.journeys import household, stack
from tests.journeys.conftest import FLAGS
from tests.journeys.screenshots import elsewhere, kept, listed, operating
from tests.journeys.screenshots.camera import TARGET, all_developed

PORTS = {"en": (8640, 8641), "es": (8650, 8651)}
"""They stand on some pages, so they are the same in each run."""


def every_page(folder: Path, language: str, only: frozenset[str]) -> None:
    """Take every page in one language, from a fresh demo at a host with a name; the operators' in English.

    Where pages are named, those alone.
    """
    with (
        stack.running(folder / language, ports=PORTS[language]) as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=stack.chromium(), args=FLAGS)
        home = household.gather(browser, demo)
        listed.every_page(browser, home, language, only)
        if language == "en" and not only:
            elsewhere.at_the_plan(browser.new_context().new_page(), demo)
            context = browser.new_context(storage_state=home.sessions["operator"])
            operating.operating(context.new_page(), demo)
        browser.close()


def main() -> None:
    """Make every picture anew, both languages at the same time."""
    asked = argparse.ArgumentParser(description=main.__doc__)
    asked.add_argument("--kept", action="store_true", help="only those in the repository, which they replace")
    is_kept_only = asked.parse_args().kept
    shutil.rmtree(TARGET, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as both:
        halves = [
            both.submit(
                every_page, Path(folder), language, kept.names(language) if is_kept_only else frozenset()
            )
            for language in PORTS
        ]
        for half in halves:
            half.result()
    all_developed()
    if is_kept_only:
        kept.refresh()


if __name__ == "__main__":
    main()
