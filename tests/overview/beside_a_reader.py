"""What Today and Money say, held against a reader of the records (`tests.oracle.member`)."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from html import unescape
from typing import NamedTuple
from zoneinfo import ZoneInfo

import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.plain_language.money import MINUS
from apps.records import mirror
from apps.vault.boxes import box_for
from tests.claims.given import a_connection, all_read, save
from tests.oracle.answer import Answer
from tests.oracle.member import Reader, counted, deductible, out_of_pocket
from tests.overview.test_home import said

FIRST = re.compile(
    r"^(?:Your share of|The share of everyone here for) ([\d,]+) recent claims?, (.+), "
    r"is not noted as paid\.$"
)
ROW = re.compile(
    r'data-testid="due-row">\s*<a class="row" href="/claims/([^/]+)/">.*?data-testid="due-amount">([^<]*)<',
    re.DOTALL,
)
CARD = re.compile(r'data-testid="card">(.*?)</li>', re.DOTALL)
DISAGREE = re.compile(r"The figures of ([\d,]+) recent claims? do not agree")
MORE_REFUSED = re.compile(r"([\d,]+) more claims? (?:was|were) refused")
NO = "Your plan denied this claim."
BLOCK = re.compile(r'<h4>Medical care</h4>(.*?)(?=<h4>|data-testid="ledger"|</main>)', re.DOTALL)
PARTS = {"Deductible": deductible, "Out of pocket": out_of_pocket}


class Shown(NamedTuple):
    """What Today says: its first line, what each claim has left by the plan's id, who has a card, counts."""

    lede: str
    due: dict[str, Decimal]
    refused: set[str]
    more_refused: int
    disagree: int


def at_noon(day: date) -> datetime:
    """Return noon of *day* where the site is."""
    return datetime.combine(day, time(12), ZoneInfo(settings.TIME_ZONE))


def shown(client: Client, ids: dict[str, str]) -> Shown:
    """Read Today; *ids* are the plan's own ids by those of our records."""
    html = client.get("/home/?rows=all").content.decode()
    listed = html.partition('data-testid="older"')[0]
    cards = CARD.findall(html)
    return Shown(
        said(html, "lede")[0],
        {
            ids[pk]: Decimal(amount.replace("$", "").replace(",", "").replace(MINUS, "-"))
            for pk, amount in ROW.findall(listed)
        },
        {ids[pk] for card in cards for pk in re.findall(r"/claims/([^/]+)/appeal/", card) if pk in ids},
        sum(int(number) for number in MORE_REFUSED.findall(html)),
        sum(int(number) for number in DISAGREE.findall(html)),
    )


def ids_of(connection: Connection) -> dict[str, str]:
    """Return the plan's ids of the claims of a connection, by the ids of our records; approvals are none."""
    box, rows = box_for(connection.member), connection.records.filter(fhir_type="ExplanationOfBenefit")
    sent = {
        str(row.pk): json.loads(mirror.bodies_of(connection, box, [bytes(row.source_key)])[0]) for row in rows
    }
    return {pk: eob["id"] for pk, eob in sent.items() if eob.get("use") != "preauthorization"}


def differences(page: Shown, reader: Reader) -> Iterator[str]:
    """Give a sentence for everything that the page says and the reader does not permit."""
    for claim in reader.claims:
        if not reader.due(claim).permits(page.due.get(claim.id)):
            yield f"{claim.id}: due {page.due.get(claim.id)}, permitted {reader.due(claim)}"
        is_refused = claim.id in page.refused
        if not reader.refused(claim).permits(is_refused) and not (page.more_refused and not is_refused):
            yield f"{claim.id}: card of a refusal {is_refused}, permitted {reader.refused(claim)}"
    yield from _counts("refusals", len(page.refused) + page.more_refused, map(reader.refused, reader.claims))
    yield from _counts("figures that disagree", page.disagree, map(reader.disagrees, reader.claims))


def differing(number: int) -> str:
    """Return the beginning of the card of so many recent claims whose figures do not agree."""
    return f"The figures of {number} recent claim{'s' if number > 1 else ''} "


def has_cards(home: str, expected: Sequence[str]) -> None:
    """There are these cards and no other, in this order."""
    cards = CARD.findall(unescape(home))
    assert len(cards) == len(expected), cards
    assert all(words in card for words, card in zip(expected, cards, strict=True)), cards


def _counts(what: str, number: int, told: Iterator[Answer]) -> Iterator[str]:
    every = [answer.permitted or (True, False) for answer in told]
    least, most = sum(permitted == (True,) for permitted in every), sum(True in one for one in every)
    if not least <= number <= most:
        yield f"{what}: {number}, permitted {least} to {most}"


def first_line(page: Shown) -> Iterator[str]:
    """The sentence says how many rows stand below it, and their sum."""
    told = FIRST.match(page.lede)
    if bool(told) != bool(page.due):
        yield f"first line {page.lede!r}, and {len(page.due)} claims below it"
    elif told and (int(told[1]), told[2]) != (len(page.due), f"${sum(page.due.values()):,.2f}"):
        yield f"first line {page.lede!r}, and below it {page.due}"


def money_differences(client: Client, reader: Reader) -> Iterator[str]:
    """Give a sentence for each year in which more or less counted than the reader permits."""
    for year in sorted({day.year for claim in reader.claims for day in claim.told_on}):
        html = unescape(client.get(f"/money/{year}/").content.decode())
        for name, part in PARTS.items():
            least, most = counted(reader, year, "medical", part)
            told = [
                Decimal(amount.replace(",", ""))
                for block in BLOCK.findall(html)
                for amount in re.findall(rf"{name}: \$([\d,]+\.\d\d)", block)
            ]
            if sum(told) > most or sum(told) < least:
                yield f"{year} {name}: {told}, permitted {least} to {most}"


def so_far(client: Client, year: int) -> tuple[str, ...]:
    """Return what Money says was counted of medical care toward each part in *year*, without the sign."""
    html = unescape(client.get(f"/money/{year}/").content.decode())
    [block] = BLOCK.findall(html)
    return tuple(re.findall(rf"(?:{'|'.join(PARTS)}): \$([\d,]+\.\d\d)", block))


def read_by_both(member: Member, client: Client, bodies: list[bytes], today: date) -> list[str]:
    """Save *bodies*, and return what the pages say otherwise than the reader on that day."""
    with time_machine.travel(at_noon(today), tick=False):
        connection = member.connections.first()
        if connection is None:
            connection = all_read(a_connection(member))
            save(connection, *bodies)
        read_today(member)
        client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
        reader = Reader.of(bodies, today)
        told = shown(client, ids_of(connection))
        return [*differences(told, reader), *first_line(told), *money_differences(client, reader)]


def read_today(member: Member) -> None:
    """Have everything of *member* read just now."""
    now = timezone.now()
    member.sync_marks.update(known_since=now, complete_at=now, updated_at=now)
