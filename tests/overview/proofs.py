"""Every figure on Today leads to the page that proves it."""

import re
from collections.abc import Iterator
from html import unescape

from django.test import Client

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
