"""What a row says of its claim beside the amount: in lists, in their choices, and where nothing counts."""

import re
from typing import Any

import pytest
from django.test import Client
from msgspec import structs

from apps.accounts.models import Member
from apps.kinds.claim import wording
from apps.kinds.claim.records import Network
from apps.kinds.claim.wording.list_words import left_out
from tests.care.test_pages import keep
from tests.claims.given import a_connection, an_eob, save, shown
from tests.claims.made import priced, stating
from tests.claims.test_listing import search
from tests.claims.test_unpaid import with_reason
from tests.claims.test_views import page, rows_of
from tests.joined.made import a_visit
from tests.overview.test_year import whole


def apart_claim(number: int) -> dict[str, Any]:
    """Return a claim whose parts do not come to the share it states."""
    return whole(number, "100.00", "0.00", "0.00", "40.00", "0.00", "60.00", "0.00", "0.00")


def test_a_claim_of_two_badges_is_found_under_both(alice: Member, alice_client: Client) -> None:
    """One that the plan has not finished is among those whose figures disagree too, in count and in list."""
    connection, odd = a_connection(alice), apart_claim(1) | {"outcome": "partial"}
    save(connection, odd, an_eob(2, outcome="partial"), an_eob(3))
    html = page(alice_client)
    for group, words, number in (("disagree", "Figures disagree", 1), ("waiting", "Not finished yet", 2)):
        assert f"{words} ({number})" in html
        assert len(rows_of(page(alice_client, state=group))) == number
    assert len(rows_of(page(alice_client, search(alice_client, "disagree")))) == 1


def test_a_row_says_once_that_figures_disagree(alice: Member, alice_client: Client) -> None:
    """In place of an amount, where there are more of them than two, and in the badge below that."""
    save(
        a_connection(alice),
        an_eob(1) | {"total": [priced("memberliability", share) for share in (50, 30, 20)]},
    )
    [row] = rows_of(page(alice_client))
    assert row.lower().count("figures disagree") == 1
    assert row.endswith(" several figures"), "the column of shares is empty for no claim"


def test_what_does_not_count_says_so_whatever_its_amounts(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, apart_claim(1) | {"status": "cancelled"}, an_eob(2, share=None, status="cancelled"))
    rows = rows_of(page(alice_client))
    assert len(rows) == 2 and all(row.endswith("does not count") for row in rows)


def test_the_timeline_says_that_figures_disagree_beside_what_else_is_said(
    alice: Member, alice_client: Client
) -> None:
    keep(
        a_connection(alice),
        apart_claim(1) | {"billablePeriod": {"start": "2026-04-02"}, "outcome": "partial"},
        a_visit(),
    )
    html = alice_client.get("/care/").content.decode()
    assert re.findall(r'class="badge[^"]*">([^<]*)<', html) == ["Not finished yet", "Figures disagree"]


@pytest.mark.parametrize(
    ("amounts", "network", "colour"),
    [
        ("benefit 100, memberliability 20", "in", "quiet"),
        ("benefit 100, memberliability 20, paidbypatient 5", "in", "quiet"),
        ("benefit 100, memberliability 20, paidbypatient 20", "in", "ok"),
        ("benefit 100, memberliability 0", "in", "ok"),
        ("benefit 100", "in", "quiet"),
        ("submitted 140, eligible 100, benefit 100, memberliability 0", "in", "ok"),
        ("submitted 140, eligible 100, benefit 100, memberliability 0", "out", "quiet"),
    ],
)
def test_a_paid_claim_is_green_only_where_nothing_is_left_to_the_member(
    amounts: str, network: Network, colour: str
) -> None:
    """What is green is taken for settled; a list says nothing of either."""
    record = structs.replace(stating(amounts), network=network)
    badge = wording.story(record).badge
    assert badge is not None
    assert (badge.words, badge.kind, wording.row(record).badge) == ("Paid by your plan", colour, "")


@pytest.mark.parametrize(("group", "kind"), [("PR", "denied"), ("CO", "attention")])
def test_a_refusal_is_brick_only_where_it_is_the_members(group: str, kind: str) -> None:
    """What the plan puts on the provider by its contract is no trouble of the member's."""
    refused = with_reason("96", group=group, not_covered="53.52", plan_paid="0.00")
    record = structs.replace(refused, decision="denied")
    badge = wording.story(record).badge
    assert badge is not None and (badge.words, badge.kind) == ("Denied", kind)
    assert wording.row(record).badge_kind == kind


def test_who_hears_the_page_hears_where_the_plan_ends_and_the_badge_begins(
    alice: Member, alice_client: Client
) -> None:
    """Both were heard as one name: "Harborlight Health Denied"."""
    connection = a_connection(alice)
    save(connection, an_eob(1, outcome="partial"))
    [row] = shown(alice)
    heard = re.sub(r"<[^>]+>", "", alice_client.get(f"/claims/{row.id}/").content.decode())
    assert re.search(r"Harborlight Health\s*,\s*Not finished yet", heard)


@pytest.mark.parametrize("outcome", ["queued", "error"])
@pytest.mark.parametrize("share", ["53.52", None])
def test_a_list_says_of_what_is_not_decided_that_it_is_not(
    outcome: str, share: str | None, alice: Member, alice_client: Client
) -> None:
    """It said "does not count", as of what is cancelled."""
    save(a_connection(alice), an_eob(1, outcome=outcome, share=share))
    html = alice_client.get("/claims/").content.decode()
    assert '<span data-testid="your-share">not decided yet</span>' in html
    assert "does not count" not in html


def test_what_is_in_no_sum_is_told_with_the_reasons_of_these_claims_alone() -> None:
    """It named every reason there is: "cancelled, taken back, sent twice ..."."""
    assert left_out({"draft": 1}) == ("1 claim is in no sum: a draft.",)
    told = left_out({"repeat": 1, "cancelled": 1, "open": 1})
    assert told == ("3 claims are in no sum: cancelled, sent twice or not decided yet.",)
