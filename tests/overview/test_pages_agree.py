"""One member, many pages: list, providers, year, spreadsheet and JSON never tell different sums.

What they should say is worked out here from how the claims were made, with nothing of the application.
"""

import json
import re
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Member
from apps.overview.asked import Asked
from apps.overview.year_page import page_of
from apps.records.shelf import Library
from apps.vault.boxes import box_for
from tests.claims.given import a_connection, an_eob, save
from tests.claims.systems import C4BB, THO
from tests.overview.test_household import HOLDER, One, keys, settle, text
from tests.takeaway.given import cells, content, get, sure

type Sums = dict[str, Decimal]


CONCEPTS = (
    ("billed", THO, "submitted"),
    ("plan_paid", THO, "benefit"),
    ("your_share", C4BB, "memberliability"),
)

AMOUNT = re.compile(r"(−?)(?:\$|([A-Z]{3}) )([\d,]+\.\d\d)")

DAYS = (
    "2024-02-29",
    "2024-12-31",
    "2025-01-01",
    "2025",
    "2025-12",
    "2025-12-31T23:59:59-08:00",
    "2026-01-01",
    None,
)

amounts = st.none() | st.integers(-(10**6), 10**13).map(lambda cents: Decimal(cents) / 100)


@dataclass(frozen=True)
class Sent:
    """One claim as the plan sends it."""

    on: str | None
    kind: str
    provider: str
    person: str
    currencies: tuple[str, ...]
    amounts: tuple[Decimal | None, ...]
    ending: str
    corrects: bool
    plan: int

    def eob(self, number: int) -> dict[str, Any]:
        totals = [
            {
                "category": {"coding": [{"system": system, "code": code}]},
                "amount": {"value": str(amount), "currency": currency},
            }
            for (_, system, code), amount, currency in zip(
                CONCEPTS, self.amounts, self.currencies, strict=True
            )
            if amount is not None
        ]
        changes: dict[str, Any] = {"total": totals, "provider": {"display": self.provider}}
        if self.person:
            changes["patient"] = {"display": self.person}
        if self.ending in ("cancelled", "entered-in-error"):
            changes["status"] = self.ending
        if self.ending == "queued":
            changes["outcome"] = "queued"
        if self.corrects:
            changes["related"] = [
                {"relationship": {"coding": [{"code": "prior"}]}, "reference": {"value": f"CLM-{number - 1}"}}
            ]
        return an_eob(number, on=self.on, share=None, kind=self.kind, **changes)


sent = st.builds(
    Sent,
    on=st.sampled_from(DAYS),
    kind=st.sampled_from(("professional", "oral", "vision", "inpatient")),
    provider=st.sampled_from(("Riverside Clinic", "RIVERSIDE CLINIC", "Hill Hospital")),
    person=st.sampled_from(("", "", "Leo Lopez")),
    currencies=st.tuples(*[st.sampled_from(("USD", "USD", "EUR"))] * 3),
    amounts=st.tuples(amounts, amounts, amounts),
    ending=st.sampled_from(("", "", "", "cancelled", "entered-in-error", "queued")),
    corrects=st.booleans(),
    plan=st.integers(0, 1),
).filter(lambda one: max(filter(None, one.amounts), default=1) > 0)
"""None that takes another back, with all below nothing: `tests/claims/test_reversals.py` has those."""


def current(claims: list[Sent]) -> list[Sent]:
    """Return what lists show: a correction stands for what it corrects, a mistake for nothing."""
    found = []
    for place, one in enumerate(claims):
        after = claims[place + 1] if place + 1 < len(claims) else None
        is_corrected = bool(after and corrects(claims, place + 1) and after.ending != "entered-in-error")
        if one.ending != "entered-in-error" and not is_corrected:
            found.append(one)
    return found


def corrects(claims: list[Sent], place: int) -> bool:
    """Only each second claim corrects, and only of its own plan: chains have two versions."""
    one = claims[place]
    return one.corrects and place % 2 == 1 and one.plan == claims[place - 1].plan


def summed(claims: Iterable[Sent], concept: str) -> Sums:
    """Return what the claims that count come to, by currency."""
    place = [name for name, _, _ in CONCEPTS].index(concept)
    found: dict[str, Decimal] = defaultdict(Decimal)
    for one in claims:
        amount = one.amounts[place]
        if not one.ending and amount is not None:
            found[one.currencies[place]] += amount
    return dict(found)


def said(text: str) -> Sums:
    """Return the amounts of a text by currency, summed."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for sign, currency, digits in AMOUNT.findall(text):
        found[currency or "USD"] += Decimal(f"{'-' if sign else ''}{digits.replace(',', '')}")
    return dict(found)


def result(client: Client, url: str) -> tuple[int, Sums, str]:
    """Return how many claims a list has, and their share."""
    html = client.get(url).content.decode()
    found = re.search(r'data-testid="result"[^>]*>([^<]*)<', html)
    if found is None:  # a member without any claim that lists show has no result
        return 0, {}, html
    return int(found[1].split(" ")[0].replace(",", "")), said(found[1].partition("(")[0]), html


@settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(claims=st.lists(sent, min_size=1, max_size=9))
def test_every_page_tells_the_same_sums(db: None, claims: list[Sent]) -> None:
    member = Member.objects.create_user(f"{uuid.uuid4()}@example.com", "a long password")
    client = Client()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    sure(client, member)
    connections = [a_connection(member), a_connection(member, plan="Seaside Dental")]
    claims = [Sent(**{**vars(one), "corrects": corrects(claims, at)}) for at, one in enumerate(claims)]
    for number, one in enumerate(claims):
        save(connections[one.plan], one.eob(number))
    shown = current(claims)

    number, share, html = result(client, "/claims/")
    assert (number, share) == (len(shown), summed(shown, "your_share"))
    options = dict(re.findall(r'<option value="([^"]+)"[^>]*>([^<]+)</option>', html))
    for value, words in options.items():
        if re.fullmatch(r"20\d\d", value):
            of_year = [one for one in shown if (one.on or "")[:4] == value]
            assert result(client, f"/claims/?year={value}")[:2] == (
                len(of_year),
                summed(of_year, "your_share"),
            )
            year(member, connections, int(value), of_year)
        elif re.fullmatch(r"[0-9a-f]{16}", value):
            name = words.rpartition(" (")[0].casefold()
            with_them = [one for one in shown if one.provider.casefold() == name]
            assert result(client, f"/claims/?provider={value}")[1] == summed(with_them, "your_share")
    for key in set(
        re.findall(r"/claims/providers/(\w{16})/", client.get("/claims/providers/").content.decode())
    ):
        number, share, html = result(client, f"/claims/providers/{key}/")
        name = re.findall(r"<h1>([^<]*)</h1>", html)[0].casefold()
        with_them = [one for one in shown if one.provider.casefold() == name]
        pairs = dict(re.findall(r"<dt>([^<]*)</dt><dd[^>]*>([^<]*)</dd>", html.partition("provider-sums")[2]))
        share = next((words for label, words in pairs.items() if "share" in label), "")
        sums = [pairs.get("Billed", ""), pairs.get("Your plan paid", ""), share]
        assert number == len(with_them)
        expected = [summed(with_them, name) for name, _, _ in CONCEPTS]
        if "nothing-counts" in html:
            assert not any(expected)
        else:
            assert [said(one) for one in sums] == expected

    files(client, shown)


def year(member: Member, connections: list[Any], number: int, of_year: list[Sent]) -> None:
    """The year's page: each of its tables comes to the sums of the year."""
    asked, today = Asked(number), timezone.localdate()
    page = page_of(Library(member, box_for(member)), asked=asked, now=timezone.now(), today=today)
    for concept, _, _ in CONCEPTS:
        expected = summed(of_year, concept)
        for name in ("month", "kind", "provider"):
            tables = [
                table for part in page.parts for table in (part.months, *part.tables) if table.name == name
            ]
            found: dict[str, Decimal] = defaultdict(Decimal)
            for row in (row for table in tables for row in (*table.rows, *table.folded)):
                for currency, amount in said(getattr(row, concept).text).items():
                    found[currency] += amount
            assert dict(found) == expected, (name, concept)


def files(client: Client, shown: list[Sent]) -> None:
    """The spreadsheet and the JSON: what counts in sums comes to the same."""
    rows = cells(content(get(client, "claims")))
    made = json.loads(content(get(client, "reading")))["claims"]
    for concept, _, _ in CONCEPTS:
        expected = summed(shown, concept)
        in_rows: dict[str, Decimal] = defaultdict(Decimal)
        for row in rows:
            if row["counts_in_sums"] == "yes" and row[concept]:
                in_rows[row["currency"]] += Decimal(row[concept])
        assert dict(in_rows) == expected
        in_json: dict[str, Decimal] = defaultdict(Decimal)
        for one in made:
            figure = one["record"].get("money", {}).get(concept, {})
            if one["counts_in_sums"] and "amount" in figure:
                in_json[figure.get("currency", "USD")] += Decimal(figure["amount"])
        assert dict(in_json) == expected


def test_a_year_of_one_of_several_people_is_everyones_in_the_list_and_in_money_alike(
    alice: Member, alice_client: Client
) -> None:
    """The list asked who is in the house, the year whom its claims are about: whose share it is, differed.

    So did a sentence and the column below it, where one person of several is chosen.
    """
    _mine, childs = settle(alice, (One(*HOLDER, ("50.00",)), One("Leo Lopez", "2016-02-03", ("5.00",))))
    save(childs, an_eob(19, on="2025-03-09", share="20.00"))
    links = re.findall(
        r'href="(/claims/providers/[^"/]+/)"', alice_client.get("/claims/providers/").content.decode()
    )
    pages = ("/claims/?year=2025", "/money/2025/?", "/claims/providers/?", f"{links[0]}?")
    leo = keys(alice_client)["Leo Lopez"]
    ours, alone = (
        {address: text(alice_client, f"{address}&person={who}").lower() for address in pages}
        for who in ("all", leo)
    )
    for address in pages:
        assert not re.search(r"[^\w ]\s*your share\b", ours[address]), "a sum, a column or its name"
        assert re.search(r"the share\b", ours[address]), address
        assert re.search(r"\byour share\b", alone[address]), address
        assert not re.search(r"\bthe share\b", alone[address]), address
