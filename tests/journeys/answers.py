"""Answers of a plan that end in no connection, and requests that the site refuses: each is a real one."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Page, Response

from tests.journeys.stack import Stack

ROOT_PLAN = "harborlight-health"
TRIES = 12
"""More than the site lets pass within a minute."""


def leave(page: Page, demo: Stack, slug: str = ROOT_PLAN) -> str:
    """Leave for the plan and return the `state` that its answer has to bear; who leaves has agreed before."""
    page.goto(f"{demo.site}/connections/begin/{slug}/")
    page.route(f"{demo.payer}/**", lambda route: route.abort())  # the plan's own page is of no interest
    with page.expect_request(f"{demo.payer}/oauth2/authorize?**") as trip:
        page.get_by_test_id("go").click()
    (state,) = parse_qs(urlsplit(trip.value.url).query)["state"]
    page.unroute(f"{demo.payer}/**")
    return state


def callback(demo: Stack, state: str, answer: str, *, door: str = "callback") -> str:
    """Return the path to which the plan would send the browser with this answer, its name added."""
    return f"/connections/{door}?{urlencode({'state': state, 'iss': demo.payer})}&{answer}"


def send(page: Page, selector: str) -> Response:
    """Press a button in spite of what the browser would say about the form; return what the site says."""
    with page.expect_navigation() as pressed:
        page.locator(selector).first.evaluate("button => { button.form.noValidate = true; button.click(); }")
    assert pressed.value is not None
    return pressed.value


def asking_too_often(page: Page, address: str) -> Response:
    """Ask for a new password until the site has had enough."""
    for _ in range(TRIES):
        page.goto(address)
        page.locator("main [name=email]").fill("nobody@example.com")
        answer = send(page, "main form button[type=submit]")
        if answer.status == 429:
            return answer
    raise AssertionError(f"{TRIES} tries were not too many")


def sending_without_proof(page: Page, address: str) -> Response:
    """Send a form without the proof that it is ours."""
    page.goto(address)
    page.evaluate("document.querySelectorAll('[name=csrfmiddlewaretoken]').forEach(one => one.remove())")
    return send(page, "main form button")


def sending_too_much(page: Page, address: str) -> Response:
    """Ask with more fields than the site reads."""
    answer = page.goto(f"{address}?{'a&' * 1001}")
    assert answer is not None
    return answer


STORIES: dict[str, Callable[[Page, str], Response]] = {
    story.__name__: story for story in (asking_too_often, sending_without_proof, sending_too_much)
}
"""How a page is come to that no address alone shows."""
