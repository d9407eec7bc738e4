"""Records that are larger than any page: bounded, and told."""

import re
from datetime import date, timedelta
from html import unescape
from itertools import batched
from uuid import uuid4

import pytest
from django.test import Client
from msgspec import structs

from apps.accounts.models import Member
from apps.kinds.care import page as care_page
from apps.kinds.care import series
from apps.kinds.care.entry import MOST_WORDS, entry_of
from apps.kinds.care.sent import MOST
from apps.records import batches, books
from apps.records.entries import to_bytes
from apps.records.models import Book
from apps.records.volumes import PAGE_SIZE
from apps.vault.boxes import Box, box_for
from tests.care.given import LOINC, concept, lab, read, sent
from tests.care.test_pages import MARK, a_result, keep, path_of
from tests.claims.given import a_connection

MEGABYTE = 1024 * 1024


def test_a_result_of_more_parts_than_are_shown_says_so(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    parts = [
        {"code": concept(f"Part {number}", (LOINC, f"{number}-1", "")), "valueQuantity": {"value": number}}
        for number in range(MOST + 100)
    ]
    keep(connection, lab(component=parts, effectiveDateTime="2026-03-10"))
    html = alice_client.get(path_of(connection, "Observation/x1")).content.decode()
    assert f"Part {MOST - 1}<" in html and f"Part {MOST}<" not in html
    assert "This record has more parts than are shown here." in html
    assert len(entry_of(read(lab(component=parts))[1]).words) <= MOST_WORDS


def test_a_paper_of_fifty_megabytes_costs_its_entry_nothing_and_its_size_is_told() -> None:
    attachment = {"contentType": "application/pdf", "title": "Scan", "data": "A" * (50 * MEGABYTE * 4 // 3)}
    body = sent("DocumentReference", status="current", content=[{"attachment": attachment}])
    record = read(body)[1]
    (form,) = record.attachments
    assert (form.is_inline, round(form.size / MEGABYTE)) == (True, 50)
    assert len(to_bytes(entry_of(record))) < 1000
    assert care_page.type_words(form.type) == "PDF"


def test_a_member_with_as_many_results_as_fill_a_hundred_books_gets_all_and_a_page_stays_small(
    alice: Member, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 100,000 results of one test with our bounds; here all bounds are lower. A picture had every one."""
    monkeypatch.setattr(books, "MOST", 3)
    monkeypatch.setattr(batches, "AT_ONCE", 100)
    monkeypatch.setattr(series, "MOST", 20)
    connection, first = a_connection(alice), date(2022, 1, 1)
    results = [
        a_result(1, number, id=f"o{number}", effectiveDateTime=str(first + timedelta(days=number)))
        for number in range(300)
    ]
    for at_once in batched(results, 100):
        keep(connection, *at_once)
    assert Book.objects.count() >= 100
    lists, address = [], "/care/"
    for _page in range(2):
        html = alice_client.get(address).content.decode()
        assert "Your plans shared 300 test results." in html
        lists.append(set(re.findall(r"/care/[0-9a-f-]{36}/", html)))
        (older,) = re.findall(r'rel="next" href="([^"]+)"', html)
        address = f"/care/{unescape(older)}"
    assert lists[0] and lists[1] and lists[0].isdisjoint(lists[1])
    html = alice_client.get(path_of(connection, "Observation/o299")).content.decode()
    assert "The newest 20 of 300 results are shown." in html
    assert 0 < html.count(MARK) <= 20


def test_a_hundred_thousand_results_are_counted_and_a_page_of_them_opens_few_books(
    alice: Member, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With our own bounds. The entries of the books are made: no list asks the mirror."""
    connection, box = a_connection(alice), box_for(alice)
    keep(connection, a_result(1, 1))
    entry = structs.replace(entry_of(read(a_result(1, 1))[1]), likeness=b"")
    first = date(2021, 1, 1)
    days = (first + timedelta(days=number % 2000) for number in range(100_000))
    books.merge(
        books.shelves(connection, box)["test"],
        {pk: entry.moved(id=pk, on=day) for pk, day in zip(iter(uuid4, None), days, strict=False)},
    )
    opened = list[str]()
    as_it_is = Box.open
    monkeypatch.setattr(Box, "open", lambda *asked: (opened.append(asked[-1]), as_it_is(*asked))[1])
    address = "/care/?kind=test"
    for _page in range(2):
        opened.clear()
        html = alice_client.get(address).content.decode()
        assert "Your plans shared 100,001 test results." in html and "Tests (100,001)" in html
        assert html.count('data-testid="care-row"') == PAGE_SIZE
        assert 0 < opened.count("sealed_entries") <= 3 < Book.objects.count()
        (older,) = re.findall(r'rel="next" href="([^"]+)"', html)
        address = f"/care/{unescape(older)}"
