"""A refusal of long ago by the plan's data, whose letter came of late."""

import time_machine
from django.test import Client

from apps.accounts.models import Member
from tests.appeals.test_views import page, refused
from tests.claims.given import NOW, a_connection, save, shown

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
