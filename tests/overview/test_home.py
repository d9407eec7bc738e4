"""The member's first page."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from apps.accounts.models import Member
from apps.claims.models import Claim
from apps.sync.actions import start
from apps.sync.models import LastVisit
from tests.claims.given import NOW, a_claim, a_connection, an_eob, save


@pytest.fixture(autouse=True)
def _in_november_2026() -> Any:
    """The year so far depends on today."""
    with time_machine.travel(NOW, tick=False):
        yield


def page(client: Client) -> str:
    response = client.get("/home/")
    assert response.status_code == 200
    return response.content.decode()


def said(html: str, testid: str) -> list[str]:
    return re.findall(rf'data-testid="{testid}">([^<]*)<', html)


def test_a_new_member_has_one_clear_step(alice_client: Client) -> None:
    html = page(alice_client)
    assert html.count('class="button"') == 1
    assert 'href="/plans/">Find your plan' in html


def test_the_first_sentence_is_the_answer(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1, on="2026-03-09", share="53.52"), an_eob(2, on="2026-05-01", share="1200.00"))
    save(connection, an_eob(3, on="2025-12-31", share="9.00"))
    assert said(page(alice_client), "lede") == [
        "Harborlight Health shared 3 claims. In 2026 so far your share is $1,253.52."
    ]


def test_a_share_that_is_not_known_is_counted_and_never_zero(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1, share="53.52"), an_eob(2, share=None))
    html = page(alice_client)
    assert said(html, "lede") == [
        "Harborlight Health shared 2 claims. In 2026 so far your share is $53.52, "
        "without 1 claim whose share is not known."
    ]
    assert said(html, "year-your-share") == ["$53.52"]
    assert "1 claim came without amounts." in html


def test_a_year_without_any_known_share_says_so(alice: Member, alice_client: Client) -> None:
    save(a_connection(alice), an_eob(1, share=None))
    [lede] = said(page(alice_client), "lede")
    assert lede.endswith("Your share of 2026 is not shared by your plan.")
    assert "$" not in lede


def test_a_year_without_claims_says_so(alice: Member, alice_client: Client) -> None:
    save(a_connection(alice), an_eob(1, on="2019-01-01"))
    assert said(page(alice_client), "lede") == [
        "Harborlight Health shared 1 claim. None of them counts for 2026."
    ]


def test_cancelled_claims_are_left_out_of_the_year_and_said_to_be(
    alice: Member, alice_client: Client
) -> None:
    save(a_connection(alice), an_eob(1, share="10.00"), an_eob(2, share="20.00", status="cancelled"))
    html = page(alice_client)
    assert said(html, "year-your-share") == ["$10.00"]
    assert "1 claim is in no sum: cancelled, taken back, no longer sent or not decided yet." in html


def test_two_plans_are_named_together_and_summed(alice: Member, alice_client: Client) -> None:
    save(a_connection(alice), an_eob(1, share="10.00"))
    save(a_connection(alice, plan="Seaside Dental"), an_eob(1, share="5.00"))
    html = page(alice_client)
    [lede] = said(html, "lede")
    assert "Harborlight Health" in lede
    assert "Seaside Dental" in lede
    assert "shared 2 claims" in lede
    assert said(html, "year-your-share") == ["$15.00"]
    assert html.count('data-testid="connected-plan"') == 2


def test_only_plans_that_shared_claims_are_said_to_have(alice: Member, alice_client: Client) -> None:
    save(a_connection(alice), an_eob(1, share="10.00"))
    a_connection(alice, plan="Seaside Dental")
    html = page(alice_client)
    [lede] = said(html, "lede")
    assert lede.startswith("Harborlight Health shared 1 claim.")
    assert "Seaside Dental" in html


def test_a_plan_that_has_not_shared_anything_yet_is_shown_as_connected(
    alice: Member, alice_client: Client
) -> None:
    a_connection(alice)
    html = page(alice_client)
    assert said(html, "lede") == ["Harborlight Health is connected. No claims have arrived yet."]
    assert 'data-testid="sync-status"' in html


def test_the_five_newest_claims_are_shown_newest_first(alice: Member, alice_client: Client) -> None:
    save(a_connection(alice), *[an_eob(n, on=f"2026-0{n}-01", share=f"{n}.00") for n in range(1, 8)])
    assert said(page(alice_client), "your-share") == ["$7.00", "$6.00", "$5.00", "$4.00", "$3.00"]


def test_a_broken_seal_is_left_out_of_the_sums_and_said_to_be(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1, on="2026-01-01", share="10.00"), an_eob(2, on="2026-02-01", share="20.00"))
    Claim.objects.filter(service_on="2026-02-01").update(sealed_brief=b"nonsense")
    html = page(alice_client)
    assert said(html, "year-your-share") == ["$10.00"]
    assert "1 of your claims could not be opened" in html
    assert "This claim could not be opened" in html


def test_nobody_sees_anothers_home_w03(alice: Member, bob_client: Client) -> None:
    a_claim(alice)
    html = page(bob_client)
    assert "Harborlight" not in html
    assert said(html, "your-share") == []


def test_signed_out_visitors_are_sent_to_sign_in_w02(client: Client) -> None:
    response = client.get("/home/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/account/login")


def test_the_page_takes_the_same_queries_for_one_claim_and_for_many(
    alice: Member, alice_client: Client, django_assert_num_queries: Any
) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(0))
    page(alice_client)
    LastVisit.objects.update(news_at=None)
    # session, member, connections, key, indexes, year, replaced, count, newest, permission's key, two runs,
    # last visit
    with django_assert_num_queries(15):
        page(alice_client)
    save(connection, *[an_eob(n) for n in range(40)])
    page(alice_client)  # the first look after an update brings the index up to date
    with django_assert_num_queries(15):
        page(alice_client)


def test_only_this_years_claims_and_the_newest_are_opened(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, *[an_eob(n, on="2019-05-05") for n in range(30)], an_eob(99, on="2026-01-01"))
    Claim.objects.filter(ordered_on="2019-05-05").update(
        sealed_record=b"never opened", sealed_brief=b"never opened"
    )
    html = page(alice_client)
    assert html.count("This claim could not be opened") == 4
    assert said(html, "year-your-share") == ["$53.52"]


def test_figures_are_said_to_be_unfinished_while_records_arrive(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1))
    run = start(connection=connection, now=NOW)
    assert said(page(alice_client), "still-arriving")
    type(run).objects.filter(pk=run.pk).update(state="finished", finished_at=NOW)
    assert not said(page(alice_client), "still-arriving")


def test_an_update_that_sleeps_until_another_try_is_not_called_arriving(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1))
    run = start(connection=connection, now=NOW)
    later = NOW + timedelta(hours=1)
    type(run).objects.update(state="waiting", problem="unreachable", next_try_at=later)
    html = page(alice_client)
    assert not said(html, "still-arriving")
    assert "An update did not come through yet." in said(html, "asleep")[0]
    assert run.get_absolute_url() in html
