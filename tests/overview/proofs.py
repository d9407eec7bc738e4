"""Every figure on Today leads to the page that proves it; years and providers add up as they are printed."""

import re
from collections.abc import Iterator
from decimal import Decimal
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


RECEIPT = re.compile(r'<dl class="receipt">(.*?)</dl>', re.DOTALL)
LINE = re.compile(r'<div( class="receipt__\w+")?><dt>.*?<dd class="money"[^>]*>(−?)(?:\$|[A-Z]{3} )([\d,.]+)')
YEAR = re.compile(r'href="(/money/\d{4}/)')
PROVIDER = re.compile(r'href="(/claims/providers/[0-9a-f]{16}/)"')
OF_PROVIDER = re.compile(r'<dl class="facts" data-testid="provider-sums">(.*?)</dl>', re.DOTALL)
AMONG = re.compile(r"<dd>(−?)(?:\$|[A-Z]{3} )([\d,.]+)</dd>")


def printed(text: str) -> Decimal:
    """Return what the lines of a receipt come to: billed, less or more each line, less the share."""
    plus = ("", ' class="receipt__plus"')
    return sum(
        (_amount(sign, digits) * (1 if kind in plus else -1) for kind, sign, digits in LINE.findall(text)),
        Decimal(0),
    )


def sums_printed(client: Client) -> dict[str, Decimal]:
    """Return how far the printed amounts of each year and each provider are from their sum, where it and all
    that it is made of is known."""
    left: dict[str, Decimal] = {}
    for url in {*YEAR.findall(client.get("/money/", follow=True).content.decode())}:
        for receipt in RECEIPT.findall(client.get(url).content.decode()):
            if "money--unknown" not in receipt.partition("receipt__total")[2]:
                left[url] = left.get(url, Decimal()) + abs(printed(receipt))
    for url in {*PROVIDER.findall(client.get("/claims/providers/").content.decode())}:
        sums = "".join(OF_PROVIDER.findall(client.get(url).content.decode()))
        if "money--unknown" not in sums and (amounts := [_amount(*told) for told in AMONG.findall(sums)]):
            left[url] = amounts[0] - sum(amounts[1:], Decimal())
    return left


def _amount(sign: str, digits: str) -> Decimal:
    return Decimal(digits.replace(",", "")) * (-1 if sign else 1)
