"""How far to the deductible and the maximum, on Today: only where a limit is known, and as Money says it."""

import html
import re
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from tests.claims.given import NOW, a_connection, save
from tests.overview.test_home import all_read
from tests.overview.test_ledger_rows import NETWORK
from tests.overview.test_year import VISIT, cover, whole

AMOUNTS = ("100.00", "0.00", "0.00", "30.00", "70.00", "50.00", "0.00", "20.00")


@pytest.fixture(autouse=True)
def _in_november_2026() -> Iterator[None]:
    """Which plan year runs depends on today."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def connection(alice: Member) -> Connection:
    """A plan that is read as a whole."""
    return all_read(a_connection(alice))


def shown(client: Client, address: str = "/home/") -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", client.get(address).content.decode())))


def link(client: Client) -> str:
    (address,) = re.findall(r'<a href="(/money/[^"#]*)#limits">', client.get("/home/").content.decode())
    return html.unescape(address)


def test_today_says_how_far_it_is_to_limits_that_the_plan_states(
    connection: Connection, alice_client: Client
) -> None:
    cover(connection, "2026-01-01", "2026-12-31", deductible=1500, maxoutofpocket=6000)
    save(connection, whole(1, *AMOUNTS, on="2026-03-09"), whole(2, *AMOUNTS, on="2025-03-09"))
    told = shown(alice_client)
    for sentence in (
        "Deductible: $50.00 of $1,500.00 is counted from these claims.",
        "Out of pocket: $70.00 of at most $6,000.00 is counted from these claims.",
        "$5,930.00 to $6,000.00 left; your plan's own count decides.",
    ):
        assert sentence in told
        assert sentence in shown(alice_client, link(alice_client))
    assert "How far to your deductible" not in told
    # Nothing says whether these claims are in the network: a bar would say more than the sentences.
    assert "far__bar" not in alice_client.get("/home/").content.decode()


def test_a_bar_shows_what_counts_for_certain(connection: Connection, alice_client: Client) -> None:
    cover(connection, "2026-01-01", "2026-12-31", deductible=1500, maxoutofpocket=6000)
    inside = {
        "category": {"coding": [{"system": NETWORK, "code": "billingnetworkstatus"}]},
        "reason": {"coding": [{"code": "innetwork"}]},
    }
    save(connection, whole(1, *AMOUNTS, adjudication=[inside]))
    assert re.findall(r'max="100" value="(\d+)"', alice_client.get("/home/").content.decode()) == ["3", "1"]


def test_without_a_limit_there_is_nothing_to_be_far_from(
    connection: Connection, alice_client: Client
) -> None:
    save(connection, whole(1, *AMOUNTS))
    assert "is counted from these claims" not in shown(alice_client)
    assert link(alice_client) == "/money/"


def test_a_limit_that_the_member_typed_counts_until_it_is_taken_back(
    connection: Connection, alice_client: Client
) -> None:
    save(connection, whole(1, *AMOUNTS))
    (subject,) = re.findall(
        r'name="subject" value="([^"]+)"', alice_client.get("/money/2026/").content.decode()
    )
    typed = {"subject": html.unescape(subject), "medical-deductible": "2,000"}
    alice_client.post("/money/limits/", typed)
    assert "Deductible: $50.00 of $2,000.00" in shown(alice_client)
    alice_client.post("/money/limits/", typed | {"medical-deductible": ""})
    assert "is counted from these claims" not in shown(alice_client)


@pytest.mark.parametrize(
    ("starts", "ends", "counted"),
    [("2026-07-01", "2027-06-30", "$50.00"), ("2025-12-01", "2026-11-30", "$150.00")],
)
def test_a_plan_year_that_runs_now_is_counted_wherever_it_began(
    connection: Connection, alice_client: Client, starts: str, ends: str, counted: str
) -> None:
    cover(connection, starts, ends, deductible=1500)
    for number, on in enumerate(("2025-11-30", "2025-12-01", "2026-06-30", "2026-07-01")):
        save(connection, whole(number, *AMOUNTS, on=on))
    sentence = f"Deductible: {counted} of $1,500.00 is counted from these claims."
    assert sentence in shown(alice_client)
    assert sentence in shown(alice_client, link(alice_client))


def test_a_plan_year_that_is_over_is_not_told(connection: Connection, alice_client: Client) -> None:
    cover(connection, "2025-07-01", "2026-06-30", deductible=1500)
    save(connection, whole(1, *AMOUNTS, on="2026-03-09"))
    assert "is counted from these claims" not in shown(alice_client)


def test_nothing_is_counted_before_the_first_records_are_complete(
    alice: Member, alice_client: Client
) -> None:
    half = a_connection(alice)
    cover(half, "2026-01-01", "2026-12-31", deductible=1500)
    save(half, whole(1, *VISIT))
    assert "is counted from these claims" not in shown(alice_client)
