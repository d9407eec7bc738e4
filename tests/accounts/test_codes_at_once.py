"""W-17: a code that several browsers send at the same moment opens one of them."""

import threading
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import caches
from django.db import connections as databases
from django.test import Client

from apps.accounts.models import Member
from tests.accounts.test_authenticator_app import CODE, by_password, clock, is_in, set_up, shown_now

__all__ = ["clock"]
BROWSERS = 6


@pytest.mark.usefixtures("shared_database")
def test_w_17_of_browsers_that_send_one_code_at_the_same_moment_one_comes_in(
    clock: Any, settings: Any
) -> None:
    """Of the app and of the paper: whoever reads a code over a shoulder is no faster than its member."""
    settings.CACHES = {"default": {"BACKEND": "config.shared_cache.SharedCache"}}
    settings.ACCOUNT_RATE_LIMITS = False
    alice = Member.objects.create_user("alice@example.com", "a long password of alice")
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    seed, papers = set_up(by_password(alice))
    clock.shift(60)
    try:
        for code in (papers[0], shown_now(seed)):
            browsers = [by_password(alice) for _ in range(BROWSERS)]
            _at_once(browsers, code)
            assert [is_in(browser) for browser in browsers].count(True) == 1
        browsers = [by_password(alice) for _ in range(2)]
        _at_once(browsers, papers[1], papers[2])
        assert all(is_in(browser) for browser in browsers), "of two that differ neither undoes the other"
        late = [by_password(alice) for _ in range(2)]
        for browser, code in zip(late, papers[1:3], strict=True):
            browser.post(CODE, {"code": code})
        assert not any(is_in(browser) for browser in late)
    finally:
        caches.close_all()


def _at_once(browsers: list[Client], *codes: str) -> None:
    ready = threading.Barrier(len(browsers))

    def send(browser: Client, code: str) -> None:
        ready.wait()
        try:
            browser.post(CODE, {"code": code})
        finally:
            databases.close_all()

    threads = [
        threading.Thread(target=send, args=(browser, codes[place % len(codes)]))
        for place, browser in enumerate(browsers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
