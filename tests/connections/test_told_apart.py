"""Links and buttons read out of their place, as a screen reader lists them: each says where it leads."""

import re
from collections import defaultdict
from html import unescape

import pytest
import time_machine
from django.test import Client

from apps.accounts.models import Member
from tests.claims.given import NOW, a_connection, all_read, an_eob, save
from tests.claims.made import line, status
from tests.coverage.test_pages import a_coverage

pytestmark = pytest.mark.django_db
FORM = re.compile(r'<form[^>]* action="([^"#]*)[^"]*"[^>]*>(.*?)</form>', re.DOTALL)
LINK = re.compile(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
BUTTON = re.compile(r"<button[^>]*>(.*?)</button>", re.DOTALL)


def ways(html: str) -> dict[str, set[str]]:
    """Return where what can be pressed in the page itself leads, by its words."""
    main = html.partition("<main")[2].partition("</main>")[0]
    addresses = defaultdict[str, set[str]](set)
    pressed = [(words, to) for to, words in LINK.findall(main)]
    pressed += [(words, to) for to, inside in FORM.findall(main) for words in BUTTON.findall(inside)]
    for words, to in pressed:
        addresses[" ".join(unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", words)).split())].add(to)
    return addresses


@pytest.mark.parametrize("path", ["/home/", "/connections/", "/coverage/"])
def test_what_leads_elsewhere_is_worded_otherwise(alice: Member, alice_client: Client, path: str) -> None:
    for number, plan in enumerate(("Harborlight Health", "Two Plan")):
        connection = all_read(a_connection(alice, plan=plan))
        on, denied = f"2026-1{number}-09", line(1, status("benefitpaymentstatus", "denied"))
        save(connection, an_eob(number, on=on), an_eob(f"no-{number}", on=on, share="9.00", item=[denied]))
        save(connection, a_coverage(number))
    with time_machine.travel(NOW, tick=False):
        told = ways(alice_client.get(path).content.decode())
    assert len(told) > 3
    assert {words: places for words, places in told.items() if len(places) > 1} == {}
