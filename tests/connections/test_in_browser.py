"""The trip in a real Chromium: over two origins, with a policy that lets forms go nowhere else."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as site
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, expect

from apps.plans.models import Plan
from tests.connections.stub_plan import Reply, StubPlan
from tests.journeys.conftest import beside, browser  # noqa: F401 - a fixture

pytestmark = pytest.mark.journey


@pytest.fixture
def window(browser: Browser, live_server: Any, alice_client: Client) -> Iterator[BrowserContext]:  # noqa: F811
    """Return a Chromium in which Alice is signed in; skip where there is none, but never in CI."""
    with beside(browser, live_server.url, client=alice_client) as context:
        yield context


def on_another_host(stub: StubPlan, answer: dict[str, str] | None) -> None:
    """Let the plan's sign-in hop over another origin before it leads back, as identity services do."""
    elsewhere = stub.origin.replace("127.0.0.1", "localhost")

    def authorize() -> Reply:
        asked = stub.requests_to("/authorize")[-1].query
        return 302, "text/html", f"{elsewhere}/hop?{urlencode(asked)}".encode()

    def hop() -> Reply:
        asked = stub.requests_to("/hop")[-1]
        assert "Referer" not in asked.headers
        back = answer or stub.sign_in(f"{elsewhere}/hop?{urlencode(asked.query)}")
        query = urlencode({"state": asked.query["state"], **back})
        return 302, "text/html", f"{asked.query['redirect_uri']}?{query}".encode()

    stub.override.update({"/authorize": authorize, "/hop": hop})


def press_connect(window: BrowserContext, live_server: Any, plan: Plan) -> Any:
    """Open the plan's page, read what comes, agree and go; return the page, which listens for complaints."""
    page = window.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{live_server.url}/plans/{plan.slug}/")
    page.get_by_role("link", name="Connect this plan").click()
    page.get_by_label("privacy policy").check()
    page.get_by_test_id("go").click()
    page.wait_for_url(re.compile(r"/connections/(?!begin/)"), wait_until="load")
    page.wait_for_load_state("networkidle")
    assert [text for text in complaints if "Content Security Policy" in text] == []
    return page


def test_o_42_the_button_leads_to_the_plan_and_back(
    window: BrowserContext, live_server: Any, settings: Any, plan: Plan, stub: StubPlan
) -> None:
    """O-42, O-38: form-action blocks nothing, the address is clean afterwards.

    O-41: the cookie is Lax, the plan is on another site, and Alice is still herself.
    """
    settings.SITE_URL = live_server.url
    on_another_host(stub, None)
    page = press_connect(window, live_server, plan)
    page.get_by_role("heading", name="Harborlight Health", level=1).wait_for()
    assert "code=" not in page.url
    assert "state=" not in page.url
    (asked,) = stub.requests_to("/authorize")
    assert not {"Referer", "Cookie"} & {*asked.headers}
    assert asked.headers["Host"].startswith("127.0.0.1:")  # another site than live_server's localhost
    (cookie,) = [cookie for cookie in window.cookies() if cookie["name"] == site.SESSION_COOKIE_NAME]
    assert cookie["sameSite"] == "Lax"
    assert page.url.startswith(f"{live_server.url}/connections/")  # a page of hers alone
    assert len(stub.requests_to("/token")) == 1


def test_o_38_a_refusal_leaves_a_clean_address(
    window: BrowserContext, live_server: Any, settings: Any, plan: Plan, stub: StubPlan
) -> None:
    """O-38, O-39: the used-up answer is out of the history; Back does not start anything again."""
    settings.SITE_URL = live_server.url
    on_another_host(stub, {"error": "access_denied"})
    page = press_connect(window, live_server, plan)
    page.get_by_role("heading", name="You or your plan said no").wait_for()
    assert page.url == f"{live_server.url}/connections/"
    page.go_back()
    page.wait_for_load_state("networkidle")
    assert page.url == f"{live_server.url}/connections/begin/{plan.slug}/"
    page.get_by_role("heading", name="Before you go to Harborlight Health").wait_for()
    assert len(stub.requests_to("/authorize")) == 1


def test_a_wrong_phrase_is_in_sight_where_the_cursor_stands(
    sure: Client, window: BrowserContext, live_server: Any
) -> None:
    """On a telephone the field is more than a screen below the top of the page."""
    page = window.new_page()
    page.set_viewport_size({"width": 390, "height": 420})
    page.goto(f"{live_server.url}/account/close/")
    page.locator("#phrase").fill("close")
    page.get_by_test_id("close-account").click()
    expect(page.locator("#phrase")).to_be_focused()
    expect(page.locator("#phrase_error")).to_be_in_viewport(ratio=1)


def test_o_30_a_portals_launch_waits_for_the_button_and_shows_up_in_no_address(
    window: BrowserContext, live_server: Any, settings: Any, plan: Plan, stub: StubPlan
) -> None:
    """O-30, W-34: nothing starts by itself, the form works after the redirect, no Referer holds the value."""
    settings.SITE_URL = live_server.url
    on_another_host(stub, None)
    page = window.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.headers.get('referer', '')}"))
    link = urlencode({"iss": plan.fhir_base_url, "launch": "portal-value-19"})
    page.goto(f"{live_server.url}/launch?{link}")
    page.get_by_test_id("launched").wait_for()
    assert not stub.asked
    page.get_by_label("privacy policy").check()
    page.get_by_test_id("go").click()
    page.get_by_role("heading", name="Harborlight Health", level=1).wait_for()
    assert len(stub.requests_to("/token")) == 1
    ours = [line for line in asked[1:] if line.startswith(live_server.url)]
    assert ours
    assert [line for line in ours if "portal-value-19" in line] == []
