"""Claims of two connections where a book is damaged, one is behind, or there are three."""

import re

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records.models import Book
from tests.claims.given import an_eob, leave, path_of, row_of, save, shown
from tests.claims.twin_pages import ONCE, page, result

IN_NO_SUM = re.compile(r"\d+ (?:claims?|other versions?) (?:is|are) in no sum[^.<]*\.")


@pytest.mark.parametrize("column", ["sealed_head", "sealed_entries"])
def test_books_of_the_first_connection_that_do_not_open_make_no_claim_count_twice(
    alice_client: Client, first: Connection, second: Connection, column: str
) -> None:
    save(first, an_eob(1))
    save(second, an_eob(1))
    assert result(page(alice_client, "/claims/")) == "1 claim, the share of everyone here $53.52"
    Book.objects.filter(connection=first).update(**{column: b"nonsense"})
    save(second, an_eob(2, share="1.00"))
    assert "share of everyone here is $54.52" in page(alice_client, "/money/2026/")
    assert result(page(alice_client, "/claims/")) == "2 claims, the share of everyone here $54.52"


def test_year_and_list_leave_the_same_claims_out_of_sums(
    alice_client: Client, first: Connection, second: Connection
) -> None:
    """One that is cancelled in both connections is one claim; one that only the second lost is none."""
    for one in (first, second):
        save(one, an_eob(1, status="cancelled"), an_eob(2), an_eob(3))
    leave(second, row_of(second, 2))
    said = IN_NO_SUM.findall(page(alice_client, "/claims/", year="2026"))
    assert said == ["1 claim is in no sum: cancelled."]
    assert IN_NO_SUM.findall(page(alice_client, "/money/2026/")) == said


@pytest.mark.parametrize("ahead", ["first", "second"])
def test_a_claim_that_one_connection_has_a_newer_version_of_is_left_out_at_the_other(
    alice: Member, alice_client: Client, first: Connection, second: Connection, ahead: str
) -> None:
    """The other was not updated since, or is kept after a disconnect; the newer one has its own number."""
    newer = an_eob(
        2,
        share="10.00",
        created="2026-05-01",
        related=[
            {
                "relationship": {"coding": [{"code": "prior"}]},
                "claim": {"reference": "ExplanationOfBenefit/eob-1"},
            }
        ],
    )
    save(first, an_eob(1))
    save(second, an_eob(1))
    knowing, behind = (first, second) if ahead == "first" else (second, first)
    page(alice_client, "/claims/")
    save(knowing, newer)
    for _ in range(2):
        assert "share of everyone here is $10.00" in page(alice_client, "/money/2026/")
        assert result(page(alice_client, "/claims/")) == "1 claim, the share of everyone here $10.00"
        assert (
            result(page(alice_client, "/claims/", sort="share"))
            == "1 claim, the share of everyone here $10.00"
        )
    assert "Your plan has replaced it there" in page(alice_client, path_of(behind))
    save(behind, newer)
    assert result(page(alice_client, "/claims/")) == "1 claim, the share of everyone here $10.00"
    assert len(shown(alice)) == 1
    leave(knowing, row_of(knowing, 2))
    assert result(page(alice_client, "/claims/")).endswith("the share of everyone here $10.00")


def test_the_year_of_one_plan_counts_what_that_plan_sent(
    alice_client: Client, first: Connection, second: Connection
) -> None:
    save(first, an_eob(1))
    save(second, an_eob(1), an_eob(2, share="1.00"))
    html = page(alice_client, "/money/2026/", plan=str(second.pk))
    assert "$54.52" in html
    assert "is counted once" not in html


def test_the_page_of_a_claim_says_what_lists_show_now(
    alice_client: Client, first: Connection, second: Connection
) -> None:
    save(first, an_eob(1))
    save(second, an_eob(1))
    page(alice_client, "/claims/")
    assert "Lists and sums show that one." in page(alice_client, path_of(second))
    save(first, an_eob(1, share="60.00"))
    assert 'data-testid="twin"' not in page(alice_client, path_of(second))


def test_of_three_the_page_of_a_twin_names_one_place_where_lists_show_it(
    alice_client: Client, first: Connection, second: Connection, third: Connection
) -> None:
    for one in (first, second, third):
        save(one, an_eob(1))
    assert f"1 claim {ONCE}" in page(alice_client, "/claims/")
    html = page(alice_client, path_of(third))
    assert html.count('data-testid="twin"') == 2
    assert re.findall("Lists and sums show [a-z ]+", html) == ["Lists and sums show that one"]


def test_a_list_of_one_kind_says_nothing_of_twins_of_another(
    alice_client: Client, first: Connection, second: Connection
) -> None:
    save(first, an_eob(1), an_eob(2, kind="pharmacy"))
    save(second, an_eob(1))
    assert ONCE not in page(alice_client, "/claims/", kind="pharmacy")
