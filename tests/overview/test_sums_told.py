"""What the sums of a year are made of is said beside them, as the claims' own pages say it."""

from html import unescape
from pathlib import Path

import pytest
import time_machine
from django.test import Client

from apps.accounts.models import Member
from apps.claims import actions
from apps.vault.boxes import box_for
from tests.claims.given import NOW, a_connection, save
from tests.claims.payer_data import claims
from tests.overview.test_year import VISIT, said, whole

CONTRADICTED = (
    "The figures of 1 claim do not agree on your share: its page shows them. The sums have what stands there "
    "as your share."
)


@pytest.fixture(autouse=True)
def _in_november_2026() -> object:
    """Home shows the year of today."""
    with time_machine.travel(NOW, tick=False):
        yield


def published(shared: Path, alice: Member, folder: str, name: str) -> None:
    """Save one published claim."""
    bodies = [body for file, body in claims(shared, folder) if file == name]
    actions.save(connection=a_connection(alice), box=box_for(alice), bodies=bodies, names={}, now=NOW)


def page(client: Client, path: str) -> str:
    return unescape(client.get(path).content.decode())


def test_a_share_that_the_plan_contradicts_is_marked_where_it_is_summed(
    shared: Path, alice: Member, alice_client: Client
) -> None:
    """The plan states a share of 0.00 and parts of $1,155.00: only the claim's own page said so."""
    published(shared, alice, "carin-connectathon", "connDmdEOBProfessional1.json")
    text = page(alice_client, "/year/2020/")
    assert said(text, "year-your-share") == ["$1,155.00"]
    assert CONTRADICTED in said(text, "notes")[0]


def test_home_marks_it_too_and_a_share_that_agrees_is_not_marked(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, whole(1, *VISIT))
    assert "do not agree" not in page(alice_client, "/home/") + page(alice_client, "/year/2026/")
    save(connection, whole(2, "100.00", "0.00", "0.00", "40.00", "0.00", "60.00", "0.00", "0.00"))
    assert CONTRADICTED in page(alice_client, "/home/")
    assert CONTRADICTED in page(alice_client, "/year/2026/")
