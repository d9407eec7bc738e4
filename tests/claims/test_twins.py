"""A claim that came through two connections of a member is listed and counted once, and found from both."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Member
from apps.connections.models import Connection
from tests.claims.given import a_connection, an_eob, held, leave, path_of, row_of, save, shown
from tests.claims.made import status
from tests.claims.twin_pages import ONCE, of_patient, page, result, rows


@pytest.mark.parametrize(
    "query", [{}, {"sort": "share"}, {"sort": "oldest"}, {"kind": "professional"}, {"all": "1"}]
)
def test_the_list_and_its_sum_have_a_claim_of_two_connections_once(
    alice_client: Client, first: Connection, second: Connection, query: dict[str, str]
) -> None:
    """Whether the database answers or the index; in either order of arrival."""
    save(second, an_eob(1), an_eob(2, share="10.00"))
    assert result(page(alice_client, "/claims/", **query)) == "2 claims, your share $63.52"
    save(first, an_eob(1), an_eob(3, share="1.00"))
    html = page(alice_client, "/claims/", **query)
    assert result(html) == "3 claims, the share of everyone here $64.52"
    assert len(rows(html)) == 3
    assert path_of(first) in rows(html) or path_of(first, 2) in rows(html)
    assert f"1 claim {ONCE}" in html


def test_the_sums_of_a_provider_have_it_once(
    alice_client: Client, first: Connection, second: Connection
) -> None:
    save(first, an_eob(1))
    save(second, an_eob(1))
    html = page(alice_client, "/claims/providers/")
    assert "1 claim" in html
    assert "$53.52" in html
    assert "$107.04" not in html
    provider = re.search(r'href="(/claims/providers/[^"]+/)"', html)
    assert provider
    html = page(alice_client, provider[1])
    assert len(rows(html)) == 1
    assert "$107.04" not in html


def test_each_of_the_two_leads_to_the_other_and_says_which_one_counts(
    alice_client: Client, first: Connection, second: Connection
) -> None:
    save(first, an_eob(1))
    save(second, an_eob(1))
    page(alice_client, "/claims/")
    counts, left = page(alice_client, path_of(first)), page(alice_client, path_of(second))
    assert f'<a href="{path_of(second)}">as Harborlight Health sent it there</a>' in counts
    assert "Lists and sums show this one." in counts
    assert f'<a href="{path_of(first)}">as Harborlight Health sent it there</a>' in left
    assert "Lists and sums show that one." in left


def test_twins_that_differ_on_the_network_say_so_on_both_pages(
    alice_client: Client, first: Connection, second: Connection
) -> None:
    """2.3: one said that it was paid as inside, the other as outside, and neither a word of the other."""
    save(first, an_eob(1, adjudication=[status("billingnetworkstatus", "innetwork")]))
    save(second, an_eob(1, adjudication=[status("billingnetworkstatus", "outofnetwork")]))
    assert ONCE in page(alice_client, "/claims/")
    for connection in (first, second):
        assert "On the network they differ: “" in page(alice_client, path_of(connection))
    save(second, an_eob(1, adjudication=[status("billingnetworkstatus", "innetwork")]))
    assert "On the network" not in page(alice_client, path_of(first))


@pytest.mark.parametrize(
    "changes",
    [
        {"share": "53.53"},
        {"on": "2026-03-10"},
        {"kind": "pharmacy"},
        {"identifier": []},
        {"insurer": {"display": "Another Payer"}},
        {"insurer": {}},
        {"status": "cancelled"},
        {"patient": {"reference": "Patient/1", "display": "Somebody Else"}},
    ],
    ids=lambda one: next(iter(one)),
)
def test_what_differs_in_anything_that_both_say_is_two_claims(
    alice: Member, first: Connection, second: Connection, changes: dict[str, Any]
) -> None:
    save(first, an_eob(1, patient={"reference": "Patient/1", "display": "Alice Reader"}))
    save(second, an_eob(1, **changes))
    assert [one.twin_of for one in held(alice)] == [None, None]


@pytest.mark.parametrize("in_order", [("first", "second"), ("second", "first")], ids=" then ".join)
@pytest.mark.parametrize(
    ("at_first", "at_second", "claims", "share"),
    [(1, 1, 1, "$53.52"), (1, 2, 2, "$107.04"), (2, 1, 2, "$107.04"), (2, 2, 2, "$107.04")],
)
def test_list_home_and_year_count_the_same_however_often_two_connections_have_a_claim(
    alice_client: Client,
    first: Connection,
    second: Connection,
    in_order: tuple[str, str],
    at_first: int,
    at_second: int,
    claims: int,
    share: str,
) -> None:
    """Whichever page is opened first: none of them waits for the list to find what is the same."""
    alike = {"first": (first, at_first), "second": (second, at_second)}
    for which in in_order:
        connection, times = alike[which]
        save(connection, *(of_patient(n) for n in range(times)))
    home, year = page(alice_client, "/home/"), page(alice_client, "/money/2026/")
    assert share in year
    assert f"{at_first + at_second - claims} claim" in year
    assert len(rows(home)) == claims
    assert result(page(alice_client, "/claims/")).endswith(f"the share of everyone here {share}")


def test_a_third_connection_finds_what_the_first_two_have_together(
    alice: Member, alice_client: Client, first: Connection, second: Connection, third: Connection
) -> None:
    """One has it once, two have it twice: it is two claims, and nobody's twin is a twin."""
    save(third, of_patient(1), of_patient(2))
    save(first, of_patient(1))
    save(second, of_patient(1), of_patient(2))
    assert result(page(alice_client, "/claims/")) == "2 claims, the share of everyone here $107.04"
    once = {one.id for one in shown(alice)}
    assert len(once) == 2
    assert {one.twin_of for one in held(alice)} - {None} <= once


def test_home_and_list_show_the_claim_of_the_second_when_the_first_is_no_longer_sent(
    alice_client: Client, first: Connection, second: Connection
) -> None:
    """No list has to be opened first."""
    save(first, an_eob(1))
    save(second, an_eob(1))
    page(alice_client, "/claims/")
    leave(first, row_of(first))
    for path in ("/home/", "/money/2026/"):
        assert "$53.52" in page(alice_client, path)
    for path in ("/home/", "/claims/"):
        assert path_of(second) in rows(page(alice_client, path))


def test_when_the_first_connection_is_erased_the_claims_of_the_second_are_listed(
    alice_client: Client, first: Connection, second: Connection
) -> None:
    save(first, an_eob(1))
    save(second, an_eob(1), an_eob(2))
    assert result(page(alice_client, "/claims/")).startswith("2 claims")
    first.delete()
    for query in ({}, {"sort": "share"}):
        html = page(alice_client, "/claims/", **query)
        assert result(html) == "2 claims, your share $107.04"
        assert path_of(second) in rows(html)
        assert ONCE not in html


def test_the_connection_made_first_becomes_the_later_one_and_the_other_is_shown(
    alice: Member, first: Connection, second: Connection
) -> None:
    """Permission given anew moves `connected_at`."""
    for one in (first, second):
        save(one, an_eob(1))
    assert [one.plan for one in shown(alice)] == [first.pk]
    Connection.objects.filter(pk=first.pk).update(connected_at=second.connected_at + timedelta(days=1))
    assert [one.plan for one in shown(alice)] == [second.pk]


def test_a_change_at_one_of_the_two_parts_them_and_the_same_change_joins_them_again(
    alice_client: Client, first: Connection, second: Connection
) -> None:
    save(first, an_eob(1))
    save(second, an_eob(1))
    assert len(rows(page(alice_client, "/claims/"))) == 1
    save(first, an_eob(1, share="60.00"))
    html = page(alice_client, "/claims/")
    assert (len(rows(html)), result(html)) == (2, "2 claims, the share of everyone here $113.52")
    save(second, an_eob(1, share="60.00"))
    html = page(alice_client, "/claims/")
    assert (len(rows(html)), result(html)) == (1, "1 claim, the share of everyone here $60.00")


def test_a_list_of_one_connection_says_what_is_listed_with_the_other(
    alice_client: Client, first: Connection, second: Connection
) -> None:
    save(first, an_eob(1))
    save(second, an_eob(1), an_eob(2))
    page(alice_client, "/claims/")
    html = page(alice_client, "/claims/", plan=str(second.pk))
    assert len(rows(html)) == 1
    assert "1 claim of this connection also came through another one and is listed there." in html


def test_another_member_with_the_same_claim_is_no_twin(
    alice_client: Client, bob: Member, first: Connection
) -> None:
    save(a_connection(bob), an_eob(1))
    save(first, an_eob(1))
    html = page(alice_client, "/claims/")
    assert len(rows(html)) == 1
    assert ONCE not in html
    assert 'data-testid="twin"' not in page(alice_client, path_of(first))


def test_nothing_is_written_again_for_a_list_that_is_up_to_date(
    alice_client: Client, first: Connection, second: Connection
) -> None:
    save(first, an_eob(1))
    save(second, an_eob(1))
    page(alice_client, "/claims/")
    with CaptureQueriesContext(database) as asked:
        page(alice_client, "/claims/")
    written = [one["sql"] for one in asked if re.match("INSERT|UPDATE|DELETE", one["sql"])]
    assert [sql for sql in written if "records_" in sql] == []
