"""Claims of connections of which one has other versions than another: each counts once, none vanishes."""

import re
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.connections.models import Connection
from tests.claims.given import an_eob, leave, row_of, save
from tests.claims.twin_pages import page, result, rows


def version(number: int, share: str, *, replaces: int = 0, **changes: Any) -> dict[str, Any]:
    """Return a claim that replaces another one, where *replaces* names it."""
    if replaces:
        prior = {"coding": [{"code": "prior"}]}
        claim = {"reference": f"ExplanationOfBenefit/eob-{replaces}"}
        changes["related"] = [{"relationship": prior, "claim": claim}]
    return an_eob(number, share=share, **changes)


OLD = an_eob(1)
NEWER = version(2, "10.00", replaces=1, created="2026-05-01")


@pytest.fixture
def ahead(first: Connection, second: Connection) -> Connection:
    """Return the second connection, which alone knows what replaced a claim that both have."""
    save(first, OLD)
    save(second, OLD)
    save(second, NEWER)
    return second


def settled(client: Client) -> str:
    """Return what the list comes to, the same each time, with as many rows as it says."""
    said = {(result(html), len(rows(html))) for html in (page(client, "/claims/") for _ in range(3))}
    ((words, number),) = said
    assert words.startswith(f"{number} claim")
    return words


@pytest.mark.parametrize("has_first_version", [True, False])
@pytest.mark.parametrize("knows", ["first", "second"])
def test_a_claim_corrected_and_corrected_back_is_shown_as_it_is_now(
    alice_client: Client, first: Connection, second: Connection, knows: str, has_first_version: bool
) -> None:
    """The last version looks like the first: each connection seems to have an old version of the other."""
    mine = {"identifier": [{"value": "CLM-1"}]}
    versions = [
        version(1, "53.52", created="2026-03-09", **mine),
        version(2, "60.00", replaces=1, created="2026-04-01", **mine),
        version(3, "53.52", replaces=2, created="2026-05-01", **mine),
    ]
    knowing, behind = (first, second) if knows == "first" else (second, first)
    for one in versions[:2]:
        save(behind, one)
    for one in versions if has_first_version else versions[1:]:
        save(knowing, one)
    assert settled(alice_client) == "1 claim, the share of everyone here $53.52"


def test_erasing_the_connection_that_was_ahead_shows_the_claim_again(
    alice_client: Client, ahead: Connection
) -> None:
    assert settled(alice_client) == "1 claim, the share of everyone here $10.00"
    ahead.delete()
    assert settled(alice_client) == "1 claim, your share $53.52"


def test_of_three_connections_one_that_is_ahead_is_enough(
    alice_client: Client, first: Connection, second: Connection, third: Connection
) -> None:
    for one in (first, second, third):
        save(one, OLD)
    assert settled(alice_client) == "1 claim, the share of everyone here $53.52"
    save(third, NEWER)
    assert settled(alice_client) == "1 claim, the share of everyone here $10.00"
    with CaptureQueriesContext(database) as asked:
        page(alice_client, "/claims/")
    assert not [one for one in asked if re.match('(INSERT|UPDATE|DELETE)[^"]*"records_', one["sql"])]


def test_an_old_version_that_becomes_an_approval_sets_the_claim_free(
    alice_client: Client, ahead: Connection
) -> None:
    assert settled(alice_client) == "1 claim, the share of everyone here $10.00"
    save(ahead, {**OLD, "use": "preauthorization"})
    assert settled(alice_client) == "2 claims, the share of everyone here $63.52"


def test_an_old_version_of_another_year_sets_the_claim_free(alice_client: Client, ahead: Connection) -> None:
    assert settled(alice_client) == "1 claim, the share of everyone here $10.00"
    save(ahead, an_eob(1, on="2025-03-09"))
    assert settled(alice_client) == "2 claims, the share of everyone here $63.52"


@pytest.mark.parametrize(("is_current", "share"), [(False, "$10.00"), (True, "$53.52")])
def test_what_the_plan_withdraws_there_decides_what_is_shown(
    alice_client: Client, ahead: Connection, is_current: bool, share: str
) -> None:
    """An old version withdrawn is still an old version; without the newer one the old one holds."""
    leave(ahead, row_of(ahead, 2 if is_current else 1))
    assert settled(alice_client) == f"1 claim, the share of everyone here {share}"
