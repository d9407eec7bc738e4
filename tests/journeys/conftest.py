"""Real browsers and whole running demos for the journeys."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys import stack

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a Chromium; skip where there is none, but never in CI.

    Per module: Playwright keeps an event loop in this thread, and Django refuses its ORM while one runs.
    """
    executable = stack.chromium()
    if executable is None:
        if os.environ.get("CI"):
            pytest.fail("CI must run the journeys: no Chromium found")
        pytest.skip("journeys need Chromium: install it or set CHROMIUM=path")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[stack.Stack]:
    """Return a running demo with its invented people."""
    with stack.running(tmp_path_factory.mktemp("demo")) as started:
        yield started


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Page]:
    """Return a fresh window, 390 px wide or as wide as an indirect parameter says.

    Any script error or blocked resource (content security policy) fails the journey.
    """
    width = getattr(request, "param", 390)
    context = browser.new_context(viewport={"width": width, "height": 844})
    window = context.new_page()
    complaints: list[str] = []
    window.on("pageerror", lambda error: complaints.append(str(error)))
    window.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    window.set_default_timeout(15_000)
    yield window
    context.close()
    # Neither is a complaint: a 4xx page asked for on purpose, and htmx's request cut off by leaving the page.
    expected = ("status of 4", "htmx:sendAbort", "htmx:afterRequest")
    assert [text for text in complaints if not any(words in text for words in expected)] == []
