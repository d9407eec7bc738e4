"""D-15: how many sealed values a page opens, of few claims and of many.

Time and memory are measured in benchmarks/claim_finding.py and benchmarks/memory.py.
"""

from collections import Counter
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.sync.models import LastVisit
from apps.vault.boxes import Box
from tests.claims.given import NOW, a_connection, an_eob, save

FEW, MANY = 45, 450  # of one day, which one book holds
LISTS = (
    *("/claims/", "/claims/?page=2", "/claims/?sort=share", "/claims/?kind=professional&sort=oldest"),
    *("/claims/providers/", "/coverage/"),
)
SUMS = ("/money/2026/",)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return the count of sealed values opened from here on, by model and column."""
    seen: Counter[str] = Counter()
    really = Box.open

    def noting(self: Box, row: Any, column: str) -> bytes:
        seen[f"{row._meta.model_name}.{column}"] += 1
        return really(self, row, column)

    monkeypatch.setattr(Box, "open", noting)
    return seen


def has_claims(member: Member, *days: str) -> None:
    """Give *member* one claim for each of these days, and a visit after."""
    connection = a_connection(member)
    save(connection, *[an_eob(number, on=day) for number, day in enumerate(days)])
    LastVisit.objects.create(member=member, since=NOW, seen_at=NOW)


def counts(client: Client, path: str, opened: Counter[str]) -> dict[str, int]:
    client.get(path)  # what is built on first use has been built
    opened.clear()
    assert client.get(path).status_code == 200, path
    return dict(opened)


def test_no_list_opens_more_of_ten_times_as_many_claims(
    alice: Member, bob: Member, alice_client: Client, bob_client: Client, opened: Counter[str]
) -> None:
    """D-15."""
    has_claims(alice, *["2026-03-09"] * FEW)
    has_claims(bob, *["2026-03-09"] * MANY)
    for path in LISTS:
        few, many = (counts(client, path, opened) for client in (alice_client, bob_client))
        assert many == few, path
        assert sum(many.values()) <= 10, path


def test_what_sums_a_year_opens_the_books_of_that_year_alone(
    alice: Member, bob: Member, alice_client: Client, bob_client: Client, opened: Counter[str]
) -> None:
    """D-15: these grow with the claims of one year, and with nothing else."""
    has_claims(alice, *["2026-03-09"] * FEW)
    has_claims(bob, *[f"{year}-03-09" for year in range(2017, 2027) for _ in range(FEW)])
    for path in SUMS:
        few, many = (
            counts(client, path, opened)["book.sealed_entries"] for client in (alice_client, bob_client)
        )
        assert few == many <= 2, path
