"""A claim of thousands of lines: its page shows some of them at a time, and its figures are of all."""

import re
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from tests.claims.given import a_claim
from tests.claims.systems import C4BB, THO
from tests.claims.test_views import page

TOTAL = 1034
LINE = re.compile(r'<h3 class="lines__what" data-number="\d+">Service (\d+)</h3>')
PART = re.compile(r'data-testid="line-part">([^<]*) <')
FIGURE = re.compile(r'class="money[^"]*" data-testid="([^"]+)">([^<]*)')


def a_line(number: int) -> dict[str, Any]:
    """Return one line of $2.00, of which the member pays 50 cents."""
    amounts = ((THO, "submitted", 2.0), (C4BB, "memberliability", 0.5))
    return {
        "sequence": number,
        "productOrService": {"coding": [{"code": "G0447", "display": f"Service {number}"}]},
        "adjudication": [
            {"category": {"coding": [{"system": system, "code": code}]}, "amount": {"value": value}}
            for system, code, value in amounts
        ],
    }


@pytest.fixture
def url(alice: Member) -> str:
    """Return the address of a claim of many lines, without totals of its own."""
    claim = a_claim(alice, share=None, item=[a_line(number) for number in range(1, TOTAL + 1)])
    return f"/claims/{claim.pk}/"


def numbers(html: str) -> list[int]:
    return [int(number) for number in LINE.findall(html)]


def test_a_long_claim_shows_a_hundred_lines_and_leads_to_the_next(alice_client: Client, url: str) -> None:
    seen, at, pages = [], url, []
    while at:
        pages.append(html := page(alice_client, at))
        seen += numbers(html)
        found = re.search(r'rel="next" href="(\?lines=\d+)#lines"', html)
        at = f"{url}{found[1]}" if found else ""
    assert seen == list(range(1, TOTAL + 1))
    assert numbers(pages[0]) == list(range(1, 101))
    assert PART.findall(pages[0]) == ["Lines 1 to 100 (1,034 in all)"]
    assert 'rel="prev"' not in pages[0]
    assert PART.findall(html) == ["Lines 1,001 to 1,034 (1,034 in all)"]


def test_all_lines_are_shown_when_asked_for_and_nothing_else_changes(alice_client: Client, url: str) -> None:
    part, whole = page(alice_client, url, lines=301), page(alice_client, url, lines="all")
    assert numbers(whole) == list(range(1, TOTAL + 1))
    figures = FIGURE.findall(whole)
    assert ("billed", "$2,068.00") in figures
    assert ("your-share", "$517.00") in figures
    assert FIGURE.findall(part) == figures
    missing = "Not every line is printed here."  # on paper
    assert (missing in part, missing in whole) == (True, False)


def test_a_claim_of_a_hundred_lines_is_shown_whole(alice: Member, alice_client: Client) -> None:
    claim = a_claim(alice, share=None, item=[a_line(number) for number in range(1, 101)])
    html = page(alice_client, f"/claims/{claim.pk}/")
    assert len(numbers(html)) == 100
    assert not PART.findall(html)
