"""A claim that came through two connections is in the sums once, and in the ledger of each of the two."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from msgspec.structs import replace

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.overview.ledger import in_two, with_twins
from tests.claims.given import NOW, a_connection, save
from tests.overview.test_ledger import whole as entry
from tests.overview.test_year import said
from tests.overview.test_year import whole as claim

NOTE = "also came through another connection and is counted there too. Do not add the two counts up."


@pytest.fixture
def connections(alice: Member) -> tuple[Connection, Connection]:
    """Return two connections to one plan, the one made first and a later one."""
    first, second = a_connection(alice), a_connection(alice)
    Connection.objects.filter(pk=second.pk).update(connected_at=NOW + timedelta(days=1))
    return first, second


def deducted(number: int, amount: str) -> dict[str, object]:
    """Return a claim that went to the deductible with this amount."""
    return claim(number, amount, "0.00", "0.00", "0.00", amount, amount, "0.00", "0.00")


def year(client: Client, **query: str) -> str:
    return unescape(client.get("/money/2026/", query).content.decode())


def deductibles(text: str) -> list[str]:
    return re.findall(r"Deductible: (\S+)", text)


def test_the_deductible_of_one_plan_is_whole_at_the_connection_that_has_all_claims(
    alice_client: Client, connections: tuple[Connection, Connection]
) -> None:
    """It was split over two ledgers, $500.00 and $400.00: nowhere stood what counts."""
    first, second = connections
    save(first, deducted(1, "500.00"))
    save(second, deducted(1, "500.00"), deducted(2, "400.00"))
    text = year(alice_client)
    assert said(text, "year-your-share") == ["$900.00"]
    assert deductibles(text) == ["$500.00", "$900.00"]
    assert text.count(f"1 of these claims {NOTE}") == 2
    narrow = year(alice_client, plan=str(second.pk))
    assert said(narrow, "year-your-share") == ["$900.00"]
    assert deductibles(narrow) == ["$900.00"]


def test_a_ledger_without_claims_of_two_connections_says_nothing_of_them(
    alice_client: Client, connections: tuple[Connection, Connection]
) -> None:
    for number, connection in enumerate(connections):
        save(connection, deducted(number, "500.00"))
    assert NOTE not in year(alice_client)


def test_a_claim_that_counts_nowhere_is_in_no_ledger_of_another_connection_either() -> None:
    original = entry(1, "5.00", "0.00", "0.00")
    twin = replace(entry(2, "5.00", "0.00", "0.00"), twin_of=original.id)
    gone_twin = replace(twin, is_gone=True, counts=False)
    cancelled = replace(entry(3, "5.00", "0.00", "0.00", status="cancelled"), twin_of=original.id)
    outdated = replace(twin, is_outdated=True)
    assert with_twins([original], [original, twin, gone_twin, cancelled, outdated]) == (original, twin)
    assert with_twins([twin], [twin]) == (twin,)
    assert in_two([original, twin]) == {original.id, twin.id}
    assert in_two([original]) == set()
