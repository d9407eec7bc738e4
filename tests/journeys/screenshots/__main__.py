"""``python -m tests.journeys.screenshots``: every page at 390 and 1280 px into docs/screenshots."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys import stack
from tests.journeys.conftest import FLAGS
from tests.journeys.screenshots import coming_in, connecting, operating, reading, visiting
from tests.journeys.screenshots.camera import TARGET

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


def take_all(browser: Browser, demo: stack.Stack) -> None:
    """Take every picture; the order is that of the stories, the damage comes last."""
    window = windows(browser)
    visiting.public_pages(next(window), demo)
    newcomer = next(window)
    coming_in.before_leaving(newcomer, demo)
    coming_in.with_plan(newcomer, demo)
    dana = next(window)
    used = connecting.first_connection(dana, demo, EMAIL)
    reading.own_pages(dana, demo)
    others = {username: next(window) for username in CLAIMS}
    for username, page in others.items():
        reading.of_kind(page, demo, username, CLAIMS[username])
    gideon = others["gideon"]
    reading.replaced(others["marisol"], demo)
    reading.in_advance(gideon, demo, {"approval": 0, "approval-refused": 1})
    reading.in_advance(others["leona"], demo, {"estimate": 0})
    connecting.choosing(gideon, demo)
    connecting.refused_answers(dana, demo, used=used, another=gideon, visitor=next(window))
    reading.leaving(gideon, demo)
    visiting.forgetting(next(window), demo, "harold@example.com")
    visiting.refused(next(window), demo, "harold@example.com")
    operating.operating(next(window), demo)
    reading.damaged(dana, demo)
    visiting.broken(next(window), demo)


def main() -> None:
    """Make every picture from a fresh demo; those of passkeys from one at a host with a name."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        stack.running(Path(folder)) as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=stack.chromium(), args=FLAGS)
        take_all(browser, demo)
        with stack.running(Path(folder) / "named", host="localhost") as named:
            coming_in.passkeys(next(windows(browser)), named)
        browser.close()


if __name__ == "__main__":
    main()
