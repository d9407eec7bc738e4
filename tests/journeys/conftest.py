"""Real browsers and whole running demos for the journeys."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from tests.journeys import member, stack

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
EXPECTED = re.compile(
    r"status of 4|status of 502 .*/connections/(begin|callback)|status of 503|htmx:(sendAbort|afterRequest)"
)
"""None is a complaint: pages that are not 200 on purpose (a 502 of a trip to a plan that refuses us, or that
nobody understands; a 503 of what is down; never a 500), and htmx's request cut off by leaving the page."""


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Yield a Chromium, with these flags too; skip where there is none, but never in CI."""
    executable = stack.chromium()
    if executable is None:
        if os.environ.get("CI"):
            pytest.fail("CI must run the journeys: no Chromium found")
        pytest.skip("journeys need Chromium: install it or set CHROMIUM=path")
    with pytest.MonkeyPatch.context() as patched, sync_playwright() as playwright:
        # Playwright's loop runs in this thread, where Django would refuse its ORM; nothing in it asks that.
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        started = playwright.chromium.launch(executable_path=executable, args=[*FLAGS, *flags])
        yield started
        started.close()


@contextmanager
def beside(
    browser: Browser, origin: str, *, client: Client | None = None, width: int = 390, **of: Any
) -> Iterator[BrowserContext]:
    """Yield a context at the server of this process, with the session of *client* where one is given."""
    with browser.new_context(base_url=origin, viewport={"width": width, "height": 844}, **of) as context:
        if client:
            cookie = client.cookies[site.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": origin}])
        context.set_default_timeout(15_000)
        yield context


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a Chromium, one a module: an event loop runs in this thread as long as it is there."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stack.Stack]:
    """Return a running demo, one a test process: each journey signs up for itself."""
    with stack.running(tmp_path_factory.mktemp("demo")) as started:
        yield started


@contextmanager
def window(
    browser: Browser, *, width: int = 390, signed_in: StorageState | None = None, ours: str = ""
) -> Iterator[Page]:
    """Yield a fresh window; script errors and blocked resources (content security policy) fail it.

    Only those of pages of this origin, if *ours* is given: real payers have pages of their own.
    """
    context = browser.new_context(viewport={"width": width, "height": 844}, storage_state=signed_in)
    complaints: list[str] = []

    def complain(where: Page | None, what: str) -> None:
        if where is None or where.url.startswith(ours):
            complaints.append(what)

    context.on("weberror", lambda error: complain(error.page, str(error.error)))
    context.on(
        "console",
        lambda message: (
            complain(message.page, f"{message.text} {message.location['url']}")
            if message.type == "error"
            else None
        ),
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()
    assert [text for text in complaints if not EXPECTED.search(text)] == []


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return a fresh window, 390 px wide or as wide as an indirect parameter says."""
    with window(browser, width=getattr(request, "param", 390)) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def signed_in(browser: Browser, demo: stack.Stack, request: pytest.FixtureRequest) -> StorageState:
    """Return the cookies of a member who signed up: one for all journeys of a file."""
    with window(browser) as fresh:
        member.sign_up(fresh, demo, f"traveller-{request.node.path.stem.replace('_', '-')}@example.com")
        return fresh.context.storage_state()


@pytest.fixture
def hers(browser: Browser, signed_in: StorageState) -> Iterator[Page]:
    """Return a fresh window in which that member is signed in."""
    with window(browser, signed_in=signed_in) as fresh:
        yield fresh
