"""A claim at a telephone's width: its answer, picture and what can be done end within two and a half screens.

Measured from the top of the page, with what a refusal says to do unfolded; the reference follows. The same
pages are then looked at as they are printed: what is seen of a receipt adds up (M-16).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page

from apps.accounts.models import Member
from tests.claims.given import a_connection, all_agreed, an_eob, held, save
from tests.claims.payer_data import FOLDERS, claims
from tests.claims.systems import C4BB, THO
from tests.claims.test_equations import printed
from tests.journeys.conftest import beside
from tests.length import is_on_postgresql

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journey-claim-length"),
    pytest.mark.skipif(is_on_postgresql(), reason="the same pages were measured in the run on SQLite"),
]

MOST_SCREENS = 2.5
SCREEN = 844
LONGEST = 2
"""Claims of each kind whose pages are measured: those with the most words before their reference."""


UNFOLD = "document.querySelectorAll('[data-testid=steps] details').forEach(one => { one.open = true })"
REACHED = "document.querySelector('.claim__reference').getBoundingClientRect().top + scrollY"

ROWS = """() => [...document.querySelectorAll('[data-testid=receipt] tr:has(> td.money)')].filter(row =>
    !row.closest('.sum--folded')
).map(row => [row.checkVisibility({visibilityProperty: true, opacityProperty: true}), row.className,
    row.cells[0].firstElementChild?.textContent ?? '', row.cells[2].innerText])"""
"""Of each row of the receipt: whether it is seen, what it is in the sum, its sign and its amount."""


REASONS = ("1", "50", "96", "120", "197", "204")
KINDS = ("professional", "institutional", "pharmacy", "oral", "vision")
LANGUAGES = ("en", "es")


type Screens = dict[tuple[UUID, str], float]


@pytest.fixture
def measured(
    browser: Browser, live_server: Any, settings: Any, alice_client: Client
) -> Callable[[Iterable[UUID]], Screens]:
    """Return what measures the pages of claims in both languages: how many screens each takes."""
    settings.SITE_URL = live_server.url

    def screens(ids: Iterable[UUID]) -> Screens:
        heights, are_sums = {}, []
        for language in LANGUAGES:
            of = {"client": alice_client, "locale": f"{language}-US"}
            with beside(browser, live_server.url, **of) as context:
                page = context.new_page()
                for claim_id in ids:
                    page.goto(f"/claims/{claim_id}/")
                    assert page.evaluate("document.documentElement.lang") == language
                    page.evaluate(UNFOLD)
                    assert page.evaluate("document.documentElement.scrollWidth") <= 390, (
                        f"{claim_id} scrolls sideways"
                    )
                    heights[claim_id, language] = round(page.evaluate(REACHED) / SCREEN, 2)
                    page.emulate_media(media="print")
                    are_sums.append(adds_up_as_seen(page))
                    page.emulate_media(media="screen")
        assert sum(are_sums) > len(are_sums) / 2
        return heights

    return screens


def adds_up_as_seen(page: Page) -> bool:
    """Assert that each row of the receipt is seen, and that what stands at "=" is what is above it.

    Return whether it is a sum: not where an amount is of some lines alone, which it says under it.
    """
    rows = page.evaluate(ROWS)
    assert rows, page.url
    assert [row for row in rows if not row[0]] == []
    if any("\n" in amounts for *_others, amounts in rows):
        return False
    above = Decimal()
    for _is_seen, style, sign, text in rows:
        if style in ("sum__part", "sum__aside") or not any(map(str.isdigit, text)):
            continue
        amount = printed(text)
        assert sign != "=" or above == amount, (page.url, style, text, above)
        above = amount if sign in ("", "=") else above + (amount if sign == "+" else -amount)
    return True


def longest(client: Client, member: Member) -> dict[UUID, str]:
    """Return the claims of each kind that say most before their reference, with their kind."""
    by_kind: dict[str, list[tuple[int, UUID]]] = defaultdict(list)
    for claim in held(member):
        answer = client.get(f"/claims/{claim.id}/")
        words = re.sub(r"<[^>]*>|\s+", " ", answer.content.decode().partition("claim__reference")[0])
        by_kind[answer.context["record"].kind].append((len(words), claim.id))
    return {
        id_: kind for kind, pages in by_kind.items() for _length, id_ in sorted(pages, reverse=True)[:LONGEST]
    }


def test_the_longest_published_claim_of_each_kind_ends_its_third_zone_in_two_and_a_half_screens(
    shared: Path, alice: Member, alice_client: Client, measured: Callable[[Iterable[UUID]], Screens]
) -> None:
    for folder in FOLDERS:
        save(a_connection(alice, plan=folder), *(body for _name, body in claims(shared, folder)))
    all_agreed(alice)
    kinds = longest(alice_client, alice)
    assert {"professional", "inpatient", "outpatient", "pharmacy", "oral"} <= set(kinds.values())
    heights = measured(kinds)
    assert len(heights) == len(kinds) * len(LANGUAGES)
    assert {
        (kinds[claim_id], language, screens)
        for (claim_id, language), screens in heights.items()
        if screens > MOST_SCREENS
    } == set()


def test_a_claim_that_is_refused_and_disagrees_with_itself_ends_it_there_too(
    alice: Member, alice_client: Client, measured: Callable[[Iterable[UUID]], Screens]
) -> None:
    connection = a_connection(alice)
    save(connection, *(refused_in_many_ways(kind) for kind in KINDS))
    heights = measured(longest(alice_client, alice))
    assert len(heights) >= len(KINDS) * len(LANGUAGES)
    assert {page: screens for page, screens in heights.items() if screens > MOST_SCREENS} == {}


def refused_in_many_ways(kind: str) -> dict[str, Any]:
    """Return a claim of sixty lines, each refused for reasons of several kinds, whose sums do not agree."""
    told = {
        "submitted": 8888.85, "memberliability": 293.73, "deductible": 118.00, "coinsurance": 175.73,
        "noncovered": 134.00, "benefit": 693.11,
    }  # fmt: skip
    return an_eob(
        f"long-{kind}",
        kind=kind,
        share=None,
        total=[_amount(name, value) for name, value in told.items()],
        item=[_line(number) for number in range(1, 61)],
    )


def _amount(name: str, value: float) -> dict[str, Any]:
    system = THO if name in ("submitted", "deductible", "benefit") else C4BB
    return {"category": {"coding": [{"system": system, "code": name}]}, "amount": {"value": value}}


def _line(number: int) -> dict[str, Any]:
    cause = REASONS[number % len(REASONS)]
    system = "https://x12.org/codes/claim-adjustment-reason-codes"
    reason = {"coding": [{"system": system, "code": cause}]}
    denial = {"category": {"coding": [{"system": C4BB.replace("Adjudication", "AdjudicationDiscriminator"),
                                       "code": "denialreason"}]}, "reason": reason}  # fmt: skip
    return {
        "sequence": number,
        "productOrService": {"text": f"Service {number}"},
        "adjudication": [_amount("submitted", 20.5), _amount("memberliability", 4.5), denial],
    }
