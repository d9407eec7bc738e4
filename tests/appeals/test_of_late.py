"""A refusal of long ago by the plan's data, whose letter came of late."""

import time_machine
from django.test import Client

from apps.accounts.models import Member
from tests.appeals.test_views import page, refused
from tests.claims.given import NOW, a_connection, save, shown


@time_machine.travel(NOW, tick=False)
def test_today_and_the_claim_say_that_a_refusal_of_long_ago_has_time_where_its_letter_came_of_late(
    alice: Member, alice_client: Client
) -> None:
    """Where no rule is ticked no day is told, and the letter alone says that there is time."""
    save(a_connection(alice), refused() | {"created": "2026-04-09"})
    address = f"/claims/{shown(alice)[0].id}/appeal/"
    assert address not in page(alice_client, "/home/")
    for letter_on, is_shown in (("2026-11-16", True), ("2026-04-01", False)):
        alice_client.post(f"{address}letter/", {"letter_on": letter_on, "kind": "employer"})
        assert (address in page(alice_client, "/home/")) is is_shown, letter_on
        on_claim = page(alice_client, address.removesuffix("appeal/"))
        assert ("the time to ask may be over" in on_claim) is not is_shown, letter_on
