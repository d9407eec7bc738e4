"""Every figure on Today leads to the page that proves it: demo members, published ones, invented families."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
import time_machine
from django.test import Client

from apps.accounts.models import Member
from tests.claims.given import a_connection, all_read, save
from tests.demo_payer.people_on_a_day import DAY
from tests.oracle.member import Reader
from tests.overview.beside_a_reader import at_noon
from tests.overview.families import Person, families
from tests.overview.test_answers import FOLDERS, bodies_of, demo_members, published
from tests.overview.test_answers_of_families import settle

pytestmark = pytest.mark.django_db
FAMILIES = dict(list(families().items())[::4])
"""Some of them: each has every oddity, and every claim of theirs is opened."""
AMOUNT = re.compile(r"-?(?:\$|[A-Z]{3} )[\d,]+\.\d\d")
ROW = re.compile(r'<a class="row" href="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)
CARD = re.compile(r'data-testid="(?:card|limits)">(.*?)</li>', re.DOTALL)
SUMS = re.compile(r'(data-testid="lede">[^<]*<|<summary>[^<]*</summary>)')
"""A sum stands above the rows that make it up."""


def unproven(client: Client) -> Iterator[str]:
    """Give each figure of Today that the page it leads to does not hold, or that leads nowhere."""
    main = client.get("/home/").content.decode().partition("<main")[2].partition("</main>")[0]
    for url, text in ROW.findall(main):
        yield from _missing(client, url, text)
    for card in CARD.findall(main):
        yield from _missing(client, re.findall(r'href="([^"]+)"', card)[-1], card)
    rest = SUMS.sub("", CARD.sub("", ROW.sub("", main)))
    # What is said to somebody who hears the page repeats the row it belongs to.
    for amount in AMOUNT.findall(re.sub(r'<span class="visually-hidden">.*?</span>', "", rest)):
        yield f"{amount} leads nowhere"


def _missing(client: Client, url: str, text: str) -> Iterator[str]:
    amounts = AMOUNT.findall(unescape(re.sub(r"<[^>]+>", " ", text)))
    page = unescape(client.get(url, follow=True).content.decode()) if amounts else ""
    yield from (f"{amount} is not on {url}" for amount in amounts if amount not in page)


@pytest.mark.parametrize("number", demo_members())
def test_every_figure_on_today_of_a_demo_member_opens_its_proof(
    alice: Member, client: Client, number: str
) -> None:
    with time_machine.travel(at_noon(DAY), tick=False):
        client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
        save(all_read(a_connection(alice)), *bodies_of(number))
        assert list(unproven(client)) == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_figure_on_today_of_published_members_opens_its_proof(
    shared: Path, client: Client, folder: str
) -> None:
    """A month after the newest claim of each."""
    told = list[str]()
    for number, (patient, bodies) in enumerate(published(shared).get(folder, {}).items()):
        days = [day for claim in Reader.of(bodies, DAY).claims for day in claim.told_on]
        today = max(days) + timedelta(days=30) if days else DAY
        with time_machine.travel(at_noon(today), tick=False):
            member = Member.objects.create_user(f"{number}@example.com", "a long password")
            client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
            save(all_read(a_connection(member)), *bodies)
            told += [f"{patient}: {words}" for words in unproven(client)]
    assert told == []


@pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
def test_every_figure_on_today_of_a_family_opens_its_proof(
    alice: Member, client: Client, family: list[Person]
) -> None:
    with time_machine.travel(at_noon(DAY), tick=False):
        client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
        settle(alice, family)
        assert list(unproven(client)) == []
        assert len(AMOUNT.findall(client.get("/home/").content.decode())) > 5
