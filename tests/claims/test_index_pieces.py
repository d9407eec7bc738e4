"""A year of many claims is indexed in pieces: pages say the same, and memory does not grow with it."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.claims import entries, index, indexing, tallies
from apps.claims.models import ClaimIndex, IndexPiece
from apps.connections.models import Connection
from apps.vault.boxes import box_for
from tests.claims.given import NOW, a_connection, an_eob, save
from tests.claims.twin_pages import ONCE, page, path_of, result, rows

AT_ONCE = 3


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Divide every year of more than three claims."""
    monkeypatch.setattr(entries, "AT_ONCE", AT_ONCE)


@pytest.fixture
def connection(alice: Member) -> Connection:
    """Return a connection of Alice's."""
    return a_connection(alice)


def many(number: int = 40) -> list[dict[str, Any]]:
    """Return claims of one year, several of a day, which differ in share, kind and provider."""
    return [
        an_eob(
            n,
            on=f"2026-{n % 9 + 1:02}-{n % 2 + 1:02}",
            share=f"{n * 7 % 41}.50",
            kind=("professional", "pharmacy", "oral")[n % 3],
            provider={"display": f"Clinic {n % 5}"},
        )
        for n in range(number)
    ]


def built(connection: Connection) -> list[int]:
    """Have the index written; return how many claims each piece holds."""
    box = box_for(connection.member)
    indexing.freshen(connection_id=connection.pk, box=box, now=NOW)
    pieces = IndexPiece.objects.filter(index__connection=connection).order_by("-index__year", "position")
    return [len(index.entries_from(box.open(one, "sealed_entries"))) for one in pieces]


QUERIES: tuple[dict[str, str], ...] = (
    {},
    {"sort": "share"},
    {"sort": "oldest", "kind": "oral", "from": "10"},
    {"kind": "pharmacy", "sort": "share"},
    {"from": "12.50", "to": "30"},
    {"from": "12.50", "sort": "oldest"},
)


def everything(client: Client) -> list[tuple[list[str], str]]:
    """Return rows and result of several lists, and of every page of the order by share."""
    found = []
    for query in QUERIES:
        html = page(client, "/claims/", **query)
        found.append((rows(html), result(html)))
        while 'rel="next"' in html:
            html = page(client, "/claims/", **query, after=rows(html)[-1].split("/")[-2])
            found.append((rows(html), result(html)))
    providers = page(client, "/claims/providers/")
    return [*found, ([], providers[providers.index("<main") :])]


def test_every_list_says_the_same_of_a_year_in_pieces(
    connection: Connection, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(connection, *many())
    assert built(connection) == []
    whole = everything(alice_client)
    monkeypatch.setattr(entries, "AT_ONCE", AT_ONCE)
    indexing.rebuild(connection_id=connection.pk, box=box_for(connection.member), now=NOW)
    assert built(connection) == [3] * 13 + [1]
    assert everything(alice_client) == whole


def test_no_more_entries_are_in_memory_at_once(
    connection: Connection, few_at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    really = index.to_bytes

    def noting(piece: object) -> bytes:
        if isinstance(piece, list):
            written.append(len(piece))
        return really(piece)

    monkeypatch.setattr(index, "to_bytes", noting)
    for start in range(0, 40, 2):
        save(connection, *many()[start : start + 2])
    built(connection)
    save(connection, an_eob("late", on="2026-05-05"))
    built(connection)
    assert max(written) == AT_ONCE


def test_a_change_is_in_the_pieces_and_opens_no_claim(
    connection: Connection, few_at_once: None, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(connection, *many())
    built(connection)
    monkeypatch.setattr(entries.YearOfEntries, "_made", _only_of_nothing)
    save(connection, an_eob(5, on="2026-08-09", share="999"), an_eob("new", on="2026-12-31", share="500"))
    assert sum(built(connection)) == 41
    html = page(alice_client, "/claims/", sort="share")
    assert "41 claims" in html
    assert html.index("$999.00") < html.index("$500.00") < html.index("$40.50")


def _only_of_nothing(_self: object, _making: object, claims: list[object]) -> dict[Any, Any]:
    assert claims == []
    return {}


def test_a_year_becomes_whole_again_and_nothing_stays_behind(
    connection: Connection, few_at_once: None
) -> None:
    claims = many(5)
    save(connection, *claims)
    assert built(connection) == [3, 2]
    save(connection, *(an_eob(n, use="preauthorization") for n in range(3)))
    assert built(connection) == []
    [row] = ClaimIndex.objects.all()
    assert (row.claims, row.is_divided) == (2, False)
    box = box_for(connection.member)
    assert len(index.entries_from(box.open(row, "sealed_entries"))) == 2


@pytest.mark.parametrize("column", ["sealed_columns", "sealed_words", "sealed_entries"])
def test_a_piece_that_does_not_open_is_built_again(
    connection: Connection,
    few_at_once: None,
    alice_client: Client,
    column: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    save(connection, *many(10))
    built(connection)
    broken = IndexPiece.objects.get(position=1)
    IndexPiece.objects.filter(pk=broken.pk).update(**{column: b"nonsense"})
    if column == "sealed_entries":
        save(connection, an_eob("new"))
    html = page(alice_client, "/claims/", sort="share", **{"from": "0"})
    assert len(rows(html)) == 10 + (column == "sealed_entries")
    opened = [
        piece
        for _row, piece in indexing.opened(
            connection.member, box_for(connection.member), ["sealed_words"], indexing.words_from
        )
    ]
    assert sum(map(len, opened)) == len(rows(html))
    assert "does not open" in caplog.text
    assert "Clinic" not in caplog.text


def test_a_list_without_a_choice_opens_no_piece(
    connection: Connection, few_at_once: None, alice_client: Client
) -> None:
    save(connection, *many(10))
    built(connection)
    IndexPiece.objects.update(sealed_columns=b"broken", sealed_words=b"broken", sealed_entries=b"broken")
    assert "10 claims" in page(alice_client, "/claims/")
    assert set(IndexPiece.objects.values_list("sealed_columns", flat=True)) == {b"broken"}


def test_a_year_that_is_divided_while_it_is_read_is_read_whole(
    connection: Connection, few_at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the rows and their pieces another process may write the year."""
    box = box_for(connection.member)
    save(connection, *many(4))
    built(connection)
    stale = list(connection.member.claim_indexes.all())
    save(connection, *(an_eob(n, use="preauthorization") for n in range(2)))
    built(connection)
    found = indexing.read(connection.member, box, stale, ["sealed_words"], indexing.words_from)
    assert [len(words) for _row, words in found] == [2]


def test_twins_are_told_apart_over_all_pieces(
    first: Connection, second: Connection, few_at_once: None, alice_client: Client
) -> None:
    save(first, *many(9))
    save(second, *many(8), an_eob("only here", on="2026-12-01"))
    html = page(alice_client, "/claims/")
    assert len(rows(html)) == 10
    assert "10 claims" in result(html)
    assert ONCE in html
    assert len(rows(page(alice_client, "/claims/", sort="share"))) == 10
    box = box_for(first.member)
    found = indexing.opened(first.member, box, ["sealed_summary"], tallies.summary_from)
    assert sorted((row.claims, row.twins) for row, _summary in found) == [(9, 0), (9, 8)]


def test_an_earlier_connection_in_pieces_that_do_not_open_is_compared_claim_by_claim(
    first: Connection, second: Connection, few_at_once: None, alice_client: Client
) -> None:
    save(first, *many(5))
    built(first)
    IndexPiece.objects.filter(position=1).update(sealed_entries=b"nonsense")
    save(second, *many(5))
    built(second)
    html = page(alice_client, "/claims/")
    assert len(rows(html)) == 5
    assert path_of(first) in rows(html)


def test_pieces_go_with_their_connection(connection: Connection, few_at_once: None) -> None:
    save(connection, *many(5))
    built(connection)
    Connection.objects.filter(pk=connection.pk).delete()
    assert not IndexPiece.objects.exists()
