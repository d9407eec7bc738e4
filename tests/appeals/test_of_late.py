"""A refusal of long ago by the plan's data, whose letter came of late."""

import time_machine
from django.test import Client

from apps.accounts.models import Member
from tests.appeals.test_approval import asked
from tests.appeals.test_views import page, refused
from tests.claims.given import NOW, a_connection, approvals_of, save, shown

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
