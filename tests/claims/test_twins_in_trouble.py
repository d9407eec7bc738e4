"""Claims of two connections where an index is damaged, one is behind, or there are three or very many."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.claims import gone, index, indexing
from apps.claims.models import ClaimIndex
from apps.connections.models import Connection
from apps.vault.boxes import box_for
from tests.claims.given import NOW, an_eob, save
from tests.claims.twin_pages import ONCE, page, path_of, result

IN_NO_SUM = re.compile(r"\d+ (?:claims?|older or mistaken versions?) (?:is|are) in no sum[^.<]*\.")


def damaged(connection: Connection) -> None:
    """Damage what the index of a connection keeps of its claims."""
    row = ClaimIndex.objects.get(connection=connection)
    broken = bytearray(bytes(row.sealed_entries))
    broken[-1] ^= 1
    ClaimIndex.objects.filter(pk=row.pk).update(sealed_entries=bytes(broken))


@pytest.mark.parametrize("trouble", ["damaged", "of another release"])
def test_entries_of_the_first_connection_that_do_not_open_make_no_claim_count_twice(
    alice_client: Client,
    first: Connection,
    second: Connection,
    trouble: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save(first, an_eob(1))
    save(second, an_eob(1))
    assert result(page(alice_client, "/claims/")) == "1 claim, your share $53.52"
    if trouble == "damaged":
        damaged(first)
    else:
        monkeypatch.setattr(index, "VERSION", index.VERSION + 1)
    save(second, an_eob(2, share="1.00"))
    assert "share is $54.52" in page(alice_client, "/home/")
    assert result(page(alice_client, "/claims/")) == "2 claims, your share $54.52"


def test_home_year_and_list_leave_the_same_claims_out_of_sums(
    alice: Member, alice_client: Client, first: Connection, second: Connection
) -> None:
    """One that is cancelled in both connections is one claim; one that only the second lost is none."""
    for one in (first, second):
        save(one, an_eob(1, status="cancelled"), an_eob(2), an_eob(3))
    key = second.claims.order_by("ordered_on", "pk")[1].source_key
    gone.mark(connection=second, box=box_for(alice), source_keys=[key], gone_at=NOW, now=NOW)
    said = IN_NO_SUM.findall(page(alice_client, "/claims/", year="2026"))
    assert said == ["1 claim is in no sum: cancelled, taken back, no longer sent or not decided yet."]
    assert IN_NO_SUM.findall(page(alice_client, "/home/")) == said
    assert IN_NO_SUM.findall(page(alice_client, "/year/2026/")) == said


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
        assert "share is $10.00" in page(alice_client, "/home/")
        assert result(page(alice_client, "/claims/")) == "1 claim, your share $10.00"
        assert result(page(alice_client, "/claims/", sort="share")) == "1 claim, your share $10.00"
    assert "Your plan has replaced it there" in page(alice_client, path_of(behind))
    save(behind, newer)
    assert result(page(alice_client, "/claims/")) == "1 claim, your share $10.00"
    assert alice.claims.current().once().count() == 1
    key = knowing.claims.get(is_current=True).source_key
    gone.mark(connection=knowing, box=box_for(alice), source_keys=[key], gone_at=NOW, now=NOW)
    assert result(page(alice_client, "/claims/")).endswith("your share $10.00")


def test_the_year_of_one_plan_counts_what_that_plan_sent(
    alice_client: Client, first: Connection, second: Connection
) -> None:
    save(first, an_eob(1))
    save(second, an_eob(1), an_eob(2, share="1.00"))
    html = page(alice_client, "/year/2026/", plan=str(second.pk))
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
    alice: Member, alice_client: Client, first: Connection, second: Connection, third: Connection
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


def test_without_any_index_home_counts_once(
    alice_client: Client, first: Connection, second: Connection
) -> None:
    save(first, an_eob(1))
    save(second, an_eob(1))
    ClaimIndex.objects.all().delete()
    assert "share is $53.52" in page(alice_client, "/home/")


def test_a_year_of_very_many_claims_counts_them_once_too(
    alice: Member,
    alice_client: Client,
    first: Connection,
    second: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An index of many claims rests a while after it was written, but not where another one moved."""
    monkeypatch.setattr(indexing, "MANY", 1)
    save(second, an_eob(1), now=timezone.now())
    indexing.freshen(connection_id=second.pk, box=box_for(alice), now=timezone.now())
    save(first, an_eob(1), now=timezone.now())
    assert result(page(alice_client, "/claims/")) == "1 claim, your share $53.52"
