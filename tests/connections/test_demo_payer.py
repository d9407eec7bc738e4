"""The same trip at the demo payer, a real authorization server in its own process."""

import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.access import Access
from apps.connections.people import person_of
from apps.connections.tokens import open_tokens
from apps.plans.models import Plan
from apps.vault.boxes import box_for
from tests.connections.conftest import come_back, leave
from tests.connections.leaving import text
from tests.connections.stub_plan import BackTo


def press(browser: requests.Session, page: requests.Response, **fields: str) -> requests.Response:
    """Send the first form of a page, with its hidden fields and ours; redirects are not followed."""
    form = re.search(r"<form[^>]*>.*?</form>", page.text, re.DOTALL)
    assert form, page.text
    action = re.search(r'<form[^>]*action="([^"]*)"', form[0])
    inputs = re.findall(r"<input[^>]*>", form[0])
    hidden = {
        match[1]: html.unescape((re.search(r'value="([^"]*)"', field) or ["", ""])[1])
        for field in inputs
        if 'type="hidden"' in field and (match := re.search(r'name="([^"]*)"', field))
    }
    where = urljoin(page.url, html.unescape(action[1])) if action and action[1] else page.url
    headers = {"Referer": page.url}
    return browser.post(where, data={**hidden, **fields}, headers=headers, allow_redirects=False, timeout=10)


def sign_in(url: str, username: str, decision: str) -> dict[str, str]:
    """Play the member at the payer; return the parameters of the redirect back."""
    with requests.Session() as browser:
        browser.trust_env = False
        answer = press(browser, browser.get(url, timeout=10), username=username, password="demo")
        while "/connections/callback" not in answer.headers.get("Location", ""):
            if answer.is_redirect:
                where = urljoin(answer.url, answer.headers["Location"])
                answer = browser.get(where, timeout=10, allow_redirects=False)
            else:
                name, value = button(answer.text, decision)
                answer = press(browser, answer, **{name: value})
        back = urlsplit(answer.headers["Location"])
        return BackTo(dict(parse_qsl(back.query)), path=back.path)


def button(page: str, label: str) -> tuple[str, str]:
    """Return name and value of the button with these words."""
    for tag, words in re.findall(r"(<button[^>]*>)(.*?)</button>", page, re.DOTALL):
        if label in words:
            name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
            assert name and value, tag
            return name[1], value[1]
    raise AssertionError(f"no button {label!r} in {page}")


def test_a_trip_to_the_demo_payer(alice_client: Client, alice: Member, demo_plan: Plan) -> None:
    """Consent, id_token, patient, reading, rotated refresh, and a disconnect that kills the token there."""
    username = someone()
    answer = sign_in(leave(alice_client, demo_plan), username, "Allow")
    page = come_back(alice_client, answer)
    assert page.status_code == 303, page.content.decode()
    made = alice.connections.get()
    box = box_for(alice)
    first = open_tokens(made, box)
    assert person_of(made, box).name
    assert first.subject

    access = Access(made, clock=timezone.now)
    assert access.ask(f"Patient/{access.patient_id}").status == 200
    access._renew()
    second = open_tokens(made, box)
    assert second.refresh_token != first.refresh_token
    assert access.ask(f"Patient/{access.patient_id}").status == 200

    gone = alice_client.post(f"/connections/{made.pk}/disconnect/", {"records": "erase"}, follow=True)
    assert b'data-testid="revoked"' in gone.content
    bearer = {"Authorization": f"Bearer {second.access_token}"}
    url = f"{demo_plan.fhir_base_url}/Patient/{access.patient_id}"
    assert requests.get(url, headers=bearer, timeout=10).status_code == 401
    assert not alice.connections.exists()


def test_o_31_a_plan_that_refuses_by_itself_is_not_told_as_the_members_no(
    alice_client: Client, demo_plan_of: Callable[[str], Plan]
) -> None:
    """O-31: Threshold sends `access_denied` without having asked; a member's no sends the same."""
    plan = demo_plan_of("denies-after-sign-in")
    page = come_back(alice_client, sign_in(leave(alice_client, plan), someone(), "Allow"))
    said = text(page)
    assert "You or your plan said no" in said
    assert "On your side or on your plan's, it seems." in said
    assert "your plan refused: start again" in said
    for claim in ("You said no", "On your side,", "came from a choice"):
        assert claim not in said


def someone() -> Any:
    """Return the sign-in name of an invented person."""
    from apps.demo_payer.people import everyone  # noqa: PLC0415 - the island, looked at from outside

    return everyone()[0].username
