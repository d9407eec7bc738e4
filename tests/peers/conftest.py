"""The site beside real peers: what they are registered as, started once for all journeys of a file."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, StorageState

from tests.journeys import member, stack
from tests.journeys.conftest import browser, window
from tests.journeys.screenshots import behind
from tests.peers import running
from tests.peers.registered import CANAILLE, OIDC, REGISTRATIONS, everybody, unprompted

LOAD = """
from django.core.management import call_command
call_command("load_plans", {file!r})
call_command("check_plan", *{slugs!r})
"""
__all__ = ["browser"]  # a fixture here as it is one there
HOST = "127.0.0.1"
"""Where the site is: peers refuse the name of their own machine as where to lead back to."""
NOT_LOADED = re.compile(r"^https?://(?!127\.0\.0\.1:)|/static/htmx/")
"""Fonts from elsewhere; and what exchanges a field of Canaille's half a second after it was typed into."""


@pytest.fixture(scope="module")
def ports() -> list[int]:
    """Return free ports for the site, its demo payer, and the three servers of the peers."""
    if why := running.missing():
        if os.environ.get("CI"):
            pytest.fail(f"CI must run these journeys: {why}")
        pytest.skip(why)
    return stack.free_ports(5)


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory, ports: list[int]) -> Iterator[running.Peers]:
    """Return the running peers, at which this app is registered in every way."""
    site = f"http://{HOST}:{ports[0]}"
    clients = {
        peer: [registered.client(site) for registered in REGISTRATIONS.values() if registered.peer == peer]
        for peer in (OIDC, CANAILLE)
    }
    with running.running(
        tmp_path_factory.mktemp("peers"),
        ports=ports[2:],
        members=everybody(),
        oidc_clients=clients[OIDC],
        canaille_clients=clients[CANAILLE],
    ) as started:
        yield started


@pytest.fixture(scope="module")
def demo(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser, ports: list[int], peers: running.Peers
) -> Iterator[stack.Stack]:
    """Return the running site, whose operator has loaded the peers as plans and checked each."""
    folder = tmp_path_factory.mktemp("site")
    with stack.running(folder, host=HOST, ports=ports[:2], trusted=peers.hosts) as started:
        file = folder / "peers.json"
        plans = [*(registered.plan(peers) for registered in REGISTRATIONS.values()), unprompted(peers)]
        file.write_text(json.dumps(plans))
        behind.run(started, LOAD.format(file=str(file), slugs=[plan["slug"] for plan in plans]))
        yield started


@contextmanager
def _window(browser: Browser, demo: stack.Stack, signed_in: StorageState | None = None) -> Iterator[Page]:
    with window(browser, signed_in=signed_in, ours=demo.site) as fresh:
        fresh.context.route(NOT_LOADED, lambda route: route.abort())
        yield fresh


@pytest.fixture(scope="module")
def signed_in(browser: Browser, demo: stack.Stack) -> StorageState:
    """Return the cookies of a member who signed up."""
    with _window(browser, demo) as fresh:
        member.sign_up(fresh, demo, "traveller@example.com")
        return fresh.context.storage_state()


@pytest.fixture
def hers(browser: Browser, demo: stack.Stack, signed_in: StorageState) -> Iterator[Page]:
    """Return a fresh window in which that member is signed in."""
    with _window(browser, demo, signed_in) as fresh:
        yield fresh


@pytest.fixture
def visitors(browser: Browser, demo: stack.Stack) -> Iterator[Page]:
    """Return a fresh window in which nobody is signed in."""
    with _window(browser, demo) as fresh:
        yield fresh
