"""G-21, W-11: what an open page learns of its session: how long it lasts, and whether it is still its own."""

import shutil
import subprocess
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Member
from tests.accounts.test_session_lives import ACCOUNT, clock, go_on, is_signed_in, signed_in  # noqa: F401

HERE = reverse("accounts:still_here")
ASKED_BY_ITSELF = {"HX-Trigger": "session-progress"}


def told(client: Client) -> dict[str, Any]:
    state: dict[str, Any] = client.get(HERE, headers=ASKED_BY_ITSELF).json()
    return state


def test_g_21_a_page_that_asks_how_long_lengthens_nothing_and_stay_does(clock: Any, alice: Member) -> None:  # noqa: F811
    client = signed_in(alice)
    mark = told(client)["member"]
    assert f'data-member="{mark}" data-seconds="1800"' in client.get(ACCOUNT).content.decode()
    for minutes in (10, 18, 1):
        go_on(clock, minutes=minutes)
        state = told(client)
    assert (state["seconds"], state["can_stay"], state["member"]) == (60, True, mark)

    assert client.post(HERE).json()["seconds"] == 1800
    go_on(clock, minutes=31)
    state = told(client)
    assert (state["seconds"], state["member"], state["words"]["sign_in"]) == (0, "", "/account/login/")
    assert not is_signed_in(client)


@pytest.mark.parametrize("left", [1, 2, 3])
def test_w_11_after_twelve_hours_nobody_is_told_that_they_can_stay(
    clock: Any, alice: Member, left: int  # noqa: F811
) -> None:  # fmt: skip
    """In the two minutes in which it is said that the end comes."""
    minutes = 12 * 60 - left
    client = signed_in(alice)
    for _ in range(minutes // 20):
        go_on(clock, minutes=20)
        client.post(HERE)
    go_on(clock, minutes=minutes % 20)
    assert (told(client)["seconds"], told(client)["can_stay"]) == (left * 60, left > 2)


def test_the_mark_of_a_page_is_one_members_and_names_nobody(clock: Any, alice: Member, bob: Member) -> None:  # noqa: F811
    marks = {told(signed_in(member))["member"] for member in (alice, alice, bob)}
    assert len(marks) == 2
    assert not any(mark in str(alice.pk).replace("-", "") for mark in marks)


OVER = """
const where = new URL("https://plainclaim.example//evil.example/x?a=1#b"), asked = [], timers = [];
const nothing = () => {};
globalThis.document = { currentScript: { dataset: { address: "/", member: "m", seconds: "1800" } },
  querySelector: () => null, querySelectorAll: () => [], addEventListener: nothing };
globalThis.window = { addEventListener: nothing };
globalThis.BroadcastChannel = class { addEventListener() {} };
globalThis.location = { origin: where.origin, pathname: where.pathname, search: where.search,
  href: where.href, replace: (to) => asked.push(new URL(to, where).href) };
globalThis.setTimeout = (act) => timers.push(act);
globalThis.fetch = async () => ({ ok: true, json: async () => ({ member: "", words: {} }) });
require(process.argv[1]);
timers[0]().then(() => console.log(asked.join()));
"""
"""A browser as far as the script looks at one, on a page that nobody has, when the session is over."""


@pytest.mark.skipif(not shutil.which("node"), reason="no node is installed")
def test_o_37_a_page_whose_session_is_over_leads_to_no_other_site() -> None:
    """O-37: also where the address begins with two slashes, which alone would be another host's."""
    script = settings.BASE_DIR / "static" / "js" / "session-warning.js"
    ran = subprocess.run(["node", "-e", OVER, str(script)], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "https://plainclaim.example//evil.example/x?a=1"
