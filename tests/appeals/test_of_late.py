"""A refusal of long ago whose letter came of late, and one of a claim that is not finished."""

import pytest
import time_machine
from django.test import Client

from apps.accounts.models import Member
from tests.appeals.test_approval import asked
from tests.appeals.test_views import page, refused
from tests.claims.given import NOW, a_connection, approvals_of, save, shown
from tests.claims.made import line, priced, status, why

OVER = "the time to ask may be over"


@time_machine.travel(NOW, tick=False)
def test_every_page_says_whether_a_refusal_of_long_ago_has_time_by_when_its_letter_came(
    alice: Member, alice_client: Client
) -> None:
    """Where no rule is ticked no day is told, and the letter alone says that there is time."""
    save(a_connection(alice), refused() | {"created": "2026-04-09"})
    address = f"/claims/{shown(alice)[0].id}/appeal/"
    assert address not in page(alice_client, "/home/")
    assert OVER in page(alice_client, address), "no letter is noted"
    for letter_on, is_shown in (("2026-11-16", True), ("2026-04-01", False)):
        alice_client.post(f"{address}letter/", {"letter_on": letter_on, "kind": "employer"})
        assert (address in page(alice_client, "/home/")) is is_shown, letter_on
        for url in (address, address.removesuffix("appeal/")):
            assert (OVER in page(alice_client, url)) is not is_shown, (letter_on, url)


@time_machine.travel(NOW, tick=False)
def test_a_request_refused_long_ago_says_so_until_a_letter_of_late_is_noted(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    save(connection, asked(on="2026-04-09"))
    own = f"/claims/approvals/{approvals_of(connection)[0].id}/"
    address = own.replace("approvals/", "") + "appeal/"
    assert [OVER in page(alice_client, url) for url in (own, address)] == [True, True]
    for letter_on, is_over in (("2026-11-16", False), ("2026-04-01", True)):
        alice_client.post(f"{address}letter/", {"letter_on": letter_on, "kind": "employer"})
        assert [OVER in page(alice_client, url) for url in (own, address)] == [is_over] * 2, letter_on


@time_machine.travel(NOW, tick=False)
def test_a_request_of_which_only_the_year_is_known_may_be_of_late(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    save(connection, asked(on="2026"))
    own = f"/claims/approvals/{approvals_of(connection)[0].id}/"
    assert OVER not in page(alice_client, own)
    assert own.replace("approvals/", "") + "appeal/" in page(alice_client, "/home/")


@pytest.mark.parametrize(
    ("outcome", "decision", "has_way"),
    [("error", "denied", True), ("queued", "denied", True), ("error", "paid", False)],
)
@time_machine.travel(NOW, tick=False)
def test_a_claim_not_finished_that_is_marked_as_denied_has_its_way_on(
    alice: Member, alice_client: Client, outcome: str, decision: str, has_way: bool
) -> None:
    """5.1: its page said to ask for an appeal in time, and no page told how."""
    item = [line(1, why("PR", "50"), priced("benefit", "0.00"))]
    denied = [status("benefitpaymentstatus", decision)]
    save(a_connection(alice), refused(outcome=outcome, adjudication=denied, item=item))
    claim = f"/claims/{shown(alice)[0].id}/"
    assert (f'href="{claim}appeal/"' in page(alice_client, claim)) is has_way
    assert (alice_client.get(f"{claim}appeal/").status_code == 200) is has_way
