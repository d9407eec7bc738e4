"""Lighthouse finds nothing on a member's main pages, on a telephone.

One run of each fifth page: of what does not depend on how busy the machine is. `make lighthouse` measures
all ten, and the speed too, by the median of five.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys import stack
from tests.length import is_on_postgresql
from tests.lighthouse import measuring

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journey-lighthouse"),
    pytest.mark.skipif(is_on_postgresql(), reason="the same pages were measured in the run on SQLite"),
]
SPEED = frozenset({"performance"})


def test_accessibility_and_best_practices_have_a_hundred_of_a_hundred(
    browser: Browser, demo: stack.Stack, tmp_path: Path
) -> None:
    paths, cookies = measuring.a_member(browser, demo)
    assert len(set(paths)) == 10
    # Axe looks at every page (test_accessible.py): what Lighthouse adds stands in what all pages share.
    points = {
        path: measuring.points(demo.site + path, cookies, tmp_path, without=SPEED) for path in paths[1::5]
    }
    assert list(measuring.short_of(points)) == []


def test_what_falls_short_is_told_by_the_median() -> None:
    runs = [{"accessibility": 100, "performance": value} for value in (90, 98, 99, 100, 100)]
    assert measuring.medians(runs) == {"accessibility": 100, "performance": 99}
    told = measuring.short_of({"/home/": {"accessibility": 99, "performance": 99}})
    assert list(told) == ["/home/: accessibility 99, less than 100"]


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    """Skip where Lighthouse is not installed, but never in CI."""
    if why := measuring.missing():
        if os.environ.get("CI"):
            pytest.fail(f"CI must run this journey: {why}")
        pytest.skip(why)
