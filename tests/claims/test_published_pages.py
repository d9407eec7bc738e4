"""Published payer data on pages: every claim is shown, with amounts that its JSON permits."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import NamedTuple

import pytest
from django.test import Client

from apps.accounts.models import Member
from tests.claims.given import a_connection, save
from tests.claims.payer_data import claims
from tests.conftest import page, signed_in
from tests.oracle.reading import Reading, read

ROWS = {
    "billed": "billed",
    "allowed": "allowed",
    "not-covered": "not covered",
    "plan-paid": "plan paid",
    "other-payer": "other payer",
    "deductible": "deductible",
    "copay": "copay",
    "coinsurance": "coinsurance",
    "your-share": "share",
}
"""Row of the receipt -> what the second reading calls it (tests/oracle)."""
AMOUNT = re.compile(r"−?\$[\d,]+\.\d\d")


class Sent(NamedTuple):
    """A claim as it was published: its number, and what the second reading permits."""

    id: str
    number: str
    reading: Reading


class Shown(NamedTuple):
    """What the page of a claim says: its number, and the amount that leads in each row."""

    number: str
    amounts: dict[str, Decimal]

    def tells(self, sent: Sent) -> bool:
        """Return whether this is the page of that claim; a row that is left out is of zero or not shared."""
        return self.number == sent.number and all(
            any(sent.reading.totals[name].permits(value) for value in self.values(row))
            for row, name in ROWS.items()
        )

    def values(self, row: str) -> tuple[Decimal | None, ...]:
        """Return what a row may stand for."""
        return (self.amounts[row],) if row in self.amounts else (None, Decimal(0))


@pytest.mark.django_db
@pytest.mark.parametrize("folder", ["carin-bb-2.2.0", "cms-bb2-python-sdk"])
def test_every_claim_of_every_patient_is_shown_with_amounts_that_its_json_permits(
    shared: Path, folder: str
) -> None:
    bodies = {json.loads(body)["id"]: body for _name, body in claims(shared, folder)}
    expected = claims_by_patient(bodies.values())
    assert sum(map(len, expected.values())) >= 20
    for patient, sent in expected.items():
        reader = Member.objects.create_user(f"{patient}@example.com", "a long password of a reader")
        save(a_connection(reader), *(bodies[one.id] for one in sent))
        pages = read_pages(signed_in(reader))
        assert len(pages) == len(sent), patient
        assert unmatched(sent, pages) == []


def claims_by_patient(bodies: Iterable[bytes]) -> dict[str, list[Sent]]:
    """Return the claims of each patient id."""
    by_patient: dict[str, list[Sent]] = defaultdict(list)
    for body in bodies:
        claim, reading = json.loads(body), read(body, {})
        if reading is not None:
            patient = claim["patient"]["reference"].rpartition("/")[2]
            by_patient[patient].append(Sent(claim["id"], claim["identifier"][0]["value"], reading))
    return by_patient


def unmatched(claims: list[Sent], pages: list[Shown]) -> list[str]:
    """Return the claims no page is left for, each with the pages that bear its number.

    Published examples share claim numbers, so a page belongs to a claim whose number and amounts it says.
    """
    left, missing = list(pages), []
    for claim in claims:
        page = next((page for page in left if page.tells(claim)), None)
        if page is None:
            missing.append(claim)
        else:
            left.remove(page)
    return [
        f"{claim.id}: permitted { ({row: str(claim.reading.totals[name]) for row, name in ROWS.items()}) }, "
        f"shown {[page.amounts for page in left if page.number == claim.number]}"
        for claim in missing
    ]


def read_pages(client: Client) -> list[Shown]:
    """Return what the pages of all listed claims say, and those that they lead to.

    Of a claim sent with and without amounts the list shows one, and its page leads to the other.
    """
    addresses, pages, following = list[str](), list[Shown](), "/claims/"
    while following:
        html = page(client, following)
        addresses += dict.fromkeys(re.findall(r'href="(/claims/[0-9a-f-]{36}/)"', html))
        older = re.search(r'rel="next" href="([^"]*)"', html)
        following = f"/claims/{unescape(older[1])}" if older else ""
    for address in addresses:  # it grows while it is read
        html = page(client, address)
        pages.append(read_page(html))
        versions = "".join(re.findall(r'data-testid="version">(.*?)</li>', html, re.DOTALL))
        addresses += [one for one in re.findall(r'href="([^"]*)"', versions) if one not in addresses]
    return pages


def read_page(html: str) -> Shown:
    """Return what a claim's page says; of a figure the plan contradicts itself about, the one that leads."""
    (number,) = re.findall(r"<dt>Claim number</dt>\s*<dd[^>]*>([^<]*)", html)
    cells = re.findall(r'<td role="cell" class="money[^"]*"(?:><s)? data-testid="([a-z-]+)">([^<]*)<', html)
    amounts = {
        row: Decimal(figures[0].replace("$", "").replace(",", "").replace("−", "-"))
        for row, text in cells
        if row in ROWS and (figures := AMOUNT.findall(text))
    }
    return Shown(unescape(number.strip()), amounts)
