"""Whom a limit counts as one (W-18)."""

import pytest
from django.test import Client

from apps.connections.limits import MOST_IN_A_WINDOW


def refused(addresses: list[str]) -> bool:
    """Whether launches from all of these are one too many for somebody."""
    client = Client()
    pages = [client.get("/launch", {"iss": "x", "launch": "y"}, REMOTE_ADDR=address) for address in addresses]
    return 429 in [page.status_code for page in pages]


@pytest.mark.parametrize("address", ["::ffff:1.2.{}.3", "1.2.{}.3", "2001:db8:1:{}::1"])
def test_w_18_people_at_different_addresses_are_counted_apart(db: None, address: str) -> None:
    """W-18: IPv4 written the IPv6 way (RFC 4291 section 2.5.5.2) is not one network of everybody."""
    assert not refused([address.format(number) for number in range(MOST_IN_A_WINDOW + 5)])


@pytest.mark.parametrize("address", ["::ffff:1.2.3.4", "::ffff:102:304", "1.2.3.4", "2001:db8:1:1::{}"])
def test_w_18_one_network_is_one(db: None, address: str) -> None:
    """W-18: however the address is written."""
    spelled = [address.format(number) for number in range(MOST_IN_A_WINDOW)]
    assert refused([*spelled, "1.2.3.4" if "ffff" in address else address.format("beef")])
