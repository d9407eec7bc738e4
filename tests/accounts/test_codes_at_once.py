"""W-17, W-18: codes that several browsers send at the same moment open one of them, and count all."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import caches
from django.test import Client

from apps.accounts.models import Member
from tests.accounts.test_authenticator_app import CODE, by_password, clock, is_in, set_up, shown_now
from tests.at_once import at_once

__all__ = ["clock"]
BROWSERS = 6
MOST_WRONG = 5


@pytest.fixture
def hers(shared_database: None, clock: Any, settings: Any) -> Iterator[tuple[Member, str, list[str]]]:
    """Yield a member, the seed of her app and her codes on paper, behind limits that all processes share."""
    settings.CACHES = {"default": {"BACKEND": "config.shared_cache.SharedCache"}}
    settings.ACCOUNT_RATE_LIMITS = False
    alice = Member.objects.create_user("alice@example.com", "a long password of alice")
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    seed, papers = set_up(by_password(alice))
    clock.shift(60)
    yield alice, seed, papers
    caches.close_all()


def test_w_17_of_browsers_that_send_one_code_at_the_same_moment_one_comes_in(
    hers: tuple[Member, str, list[str]],
) -> None:
    """Of the app and of the paper: whoever reads a code over a shoulder is no faster than its member."""
    alice, seed, papers = hers
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


def test_w_18_of_codes_guessed_at_the_same_moment_no_more_count_than_one_after_another(
    hers: tuple[Member, str, list[str]], settings: Any
) -> None:
    browsers = [by_password(hers[0]) for _ in range(2 * MOST_WRONG)]
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": f"{MOST_WRONG}/300s/key"}
    told = at_once(lambda browser: browser.post(CODE, {"code": "000000"}).status_code, browsers)
    assert sorted(told) == [200] * MOST_WRONG + [429] * MOST_WRONG


def _at_once(browsers: list[Client], *codes: str) -> None:
    tries = [(browser, codes[place % len(codes)]) for place, browser in enumerate(browsers)]
    at_once(lambda one: one[0].post(CODE, {"code": one[1]}), tries)
