"""Spanish is a fifth longer than English: on a telephone it still fits."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import Browser, Page

from apps.accounts.models import Member
from tests.journeys.conftest import beside, browser  # noqa: F401 - a fixture

PAGES = ["/", "/account/login/", "/account/signup/", "/plans/", "/privacy/", "/app/", "/language/"]
OF_A_MEMBER = [
    "/home/",
    "/account/",
    "/account/email/",
    "/account/password/change/",
    "/plans/",
    "/connections/",
    "/claims/",
    "/claims/approvals/",
    "/claims/providers/",
    "/money/",
]
TOO_WIDE = """[...document.querySelectorAll('a, button, .badge, h1, h2, label')]
    .filter(one => getComputedStyle(one).display != 'inline' && one.scrollWidth > one.clientWidth + 1)
    .map(one => one.textContent.trim())"""


@pytest.fixture
def page(browser: Browser, live_server: Any, settings: Any) -> Iterator[Page]:  # noqa: F811
    """Return a window which asks for Spanish; skip without Chromium, never in CI."""
    settings.SITE_URL = live_server.url
    with beside(browser, live_server.url, locale="es-US") as context:
        yield context.new_page()


def fits(page: Page, path: str) -> None:
    """Fail where a page is wider than a telephone's window, or a word than its place."""
    page.goto(path)
    assert page.locator("html").get_attribute("lang") == "es"
    for width in (320, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
        assert page.evaluate(TOO_WIDE) == [], (path, width)


def test_spanish_fits_on_a_telephone(page: Page, alice: Member) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    for path in PAGES:
        fits(page, path)
    page.goto("/account/login/")
    page.get_by_label("Correo electrónico").fill(str(alice.email))
    page.get_by_label("Contraseña").fill("a long password of alice")
    page.get_by_role("button", name="Entrar", exact=True).click()
    page.wait_for_url("**/home/")
    for path in OF_A_MEMBER:
        fits(page, path)
