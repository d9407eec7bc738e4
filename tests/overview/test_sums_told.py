"""What the sums of a year are made of is said beside them, as the claims' own pages say it."""

import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.sync.models import SyncMark
from tests.claims.given import a_connection, all_read, save, shown
from tests.claims.made import body, claim, money, status
from tests.claims.payer_data import claims
from tests.claims.systems import V3
from tests.claims.test_whose_part import ASSIGNMENT
from tests.overview.proofs import printed
from tests.overview.test_year import VISIT, said, whole

pytestmark = pytest.mark.usefixtures("november_2026")
HELP = "Extra Help (low-income subsidy)"
CONTRADICTED = "1 claim whose figures disagree is in no sum. Its page shows them."


def published(shared: Path, alice: Member, folder: str, name: str) -> None:
    """Save one published claim."""
    bodies = [body for file, body in claims(shared, folder) if file == name]
    save(a_connection(alice), *bodies)


def page(client: Client, path: str) -> str:
    return unescape(client.get(path).content.decode())


def test_a_share_that_the_plan_contradicts_is_marked_where_it_is_summed(
    shared: Path, alice: Member, alice_client: Client
) -> None:
    """M-01: the plan states a share of 0.00 and parts of $1,155.00, and a sum had the parts."""
    published(shared, alice, "carin-connectathon", "connDmdEOBProfessional1.json")
    text = page(alice_client, "/money/2020/")
    assert said(text, "year-your-share") == []
    assert said(text, "answer") == ["In 2020 nothing can be added up: the figures of 1 claim disagree."]
    assert CONTRADICTED in said(text, "notes")[0]


@pytest.mark.parametrize(("name", "year", "amount"), [("EOB-for-Hospice-R4v3.json", 2024, "$301,395.45")])
def test_extra_help_is_not_called_the_discount_of_the_plan(
    shared: Path, alice: Member, alice_client: Client, name: str, year: int, amount: str
) -> None:
    """Medicare's help with costs was said to be taken off by the plan, as its discount."""
    published(shared, alice, "cms-ab2d", name)
    text = page(alice_client, f"/money/{year}/")
    assert said(text, "year-other-discount") == [amount]
    assert said(text, "year-discount") == ["not shared by your plan"]
    assert f"minus </span>{HELP} and manufacturer discount</dt>" in text
    assert "discount" not in said(text, "answer")[0]


def drug(number: int, *lines: dict[str, str], **off: str) -> dict[str, object]:
    """Return a claim for a drug; discounts of the whole and of each line by Medicare's names."""

    def named(amounts: dict[str, str]) -> list[dict[str, object]]:
        return [
            {
                "category": {"coding": [{"system": V3, "code": name}]},
                "amount": {"value": float(amount), "currency": "USD"},
            }
            for name, amount in amounts.items()
        ]

    made = whole(number, "100.00", off.pop("discount", None), None, "60.00", "10.00", kind="pharmacy")
    items = [{"sequence": place + 1, "adjudication": named(amounts)} for place, amounts in enumerate(lines)]
    return made | {"total": [*made["total"], *named(off)]} | ({"item": items} if items else {})


def test_discounts_of_others_stand_apart_under_what_is_true_of_all_and_the_lines_add_up(
    alice: Member, alice_client: Client
) -> None:
    save(
        a_connection(alice),
        drug(1, discount="30.00"),
        drug(2, CLM_RPTD_MFTR_DSCNT_AMT="30.00"),
        drug(3, {"CLM_LINE_LIS_AMT": "10.00"}, {"CLM_LINE_LIS_AMT": "20.00"}),
    )
    text = page(alice_client, "/money/2026/")
    assert said(text, "answer") == ["In 2026 so far your share is $30.00."]
    assert said(text, "year-other-discount") == ["$60.00"]
    named = rf"minus </span>Other discounts and help</dt>.*?>Manufacturer discount and {re.escape(HELP)}<"
    assert re.search(named, text)
    assert said(text, "year-gap") == []


def test_the_page_of_a_claim_names_help_that_was_added_up_from_its_lines(
    alice: Member, alice_client: Client
) -> None:
    save(a_connection(alice), drug(1, {"CLM_LINE_LIS_AMT": "10.00"}, {"CLM_LINE_LIS_AMT": "20.00"}))
    text = page(alice_client, f"/claims/{shown(alice)[0].id}/")
    assert f"{HELP}: $30.00." in text
    assert "discount took off" not in text


def test_a_year_says_that_its_claims_still_come(alice: Member, alice_client: Client) -> None:
    """A sum of what came so far is no sum of the year."""
    connection = a_connection(alice, is_read=False)
    save(connection, whole(1, *VISIT))
    assert said(page(alice_client, "/money/2026/"), "caveat") == [
        "1 claim so far from Harborlight Health, in all years."
    ]
    assert said(page(alice_client, "/money/2025/"), "caveat") == [
        "1 claim so far from Harborlight Health, in all years."
    ]
    all_read(connection)
    assert said(page(alice_client, "/money/2026/"), "caveat") == []


def test_the_year_that_runs_says_from_which_plan_nothing_newer_comes(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    save(connection, whole(1, *VISIT), whole(2, *VISIT, on="2025-03-09"))
    all_read(connection)
    Connection.objects.update(status=Connection.Status.NEEDS_SIGN_IN)
    ended = "Access to Harborlight Health has ended, so no newer claims come."
    assert said(page(alice_client, "/money/2026/"), "caveat") == [ended]
    assert said(page(alice_client, "/money/2025/"), "caveat") == []
    SyncMark.objects.update(updated_at=datetime(2025, 7, 1, tzinfo=UTC))
    assert said(page(alice_client, "/money/2025/"), "caveat") == [ended], "half of it was never read"


def test_the_answer_of_a_year_says_by_how_many_claims_it_is_known(
    alice: Member, alice_client: Client
) -> None:
    """One claim that tells its share says nothing of the others."""
    silent = ("480.00", "212.40", "0.00", "214.08", None)
    save(a_connection(alice), whole(1, *VISIT), whole(2, *silent), whole(3))
    answer = "In 2026 so far your share is $53.52, by the one of 3 claims that tells it."
    assert said(page(alice_client, "/money/2026/"), "answer")[0].startswith(answer)


@pytest.mark.parametrize(("network", "told"), [("other", "may count"), ("innetwork", "counted")])
def test_the_answer_of_a_year_is_as_sure_of_the_deductible_as_what_stands_below_it(
    alice: Member, alice_client: Client, network: str, told: str
) -> None:
    amounts = ("480.00", "212.40", "0.00", "214.08", "53.52", "53.52", "0.00", "0.00")
    save(a_connection(alice), whole(1, *amounts, adjudication=[status("benefitpaymentstatus", network)]))
    html = page(alice_client, "/money/2026/")
    [answer] = said(html, "answer")
    assert f"$53.52 of the share {told} toward the deductible, by the claims here." in answer
    doubt = "Whether it counts is not certain: your plan did not say whether the care is in its network."
    assert (doubt in html) == (told == "may count")


def test_a_year_says_how_many_of_its_claims_lie_in_other_years_too(
    alice: Member, alice_client: Client
) -> None:
    lines = [{"sequence": 1, "servicedPeriod": {"start": "2026-03-09", "end": "2026-03-09"}}]
    apart = {"billablePeriod": {"start": "2021-05-23", "end": "2022-05-25"}, "item": lines}
    save(a_connection(alice), whole(1, *VISIT, **apart), whole(2, *VISIT))
    html = page(alice_client, "/money/2026/")
    assert "The dates of 1 claim disagree and lie in another year too. It counts in this one." in html


def test_m_16_what_no_figure_explains_is_not_netted_against_what_exceeds_the_bill(
    alice: Member, alice_client: Client
) -> None:
    open_claim = whole(1, "100.00", None, None, "60.00", "10.00")
    exceeding = [whole(n, "100.00", "20.00", None, "60.00", "30.00") for n in (2, 3)]
    unbilled = whole(4, None, "0.00", None, "5.00", "2.00")
    save(a_connection(alice), open_claim, *exceeding, unbilled)
    text = page(alice_client, "/money/2026/")
    assert printed(text) == 0
    assert (said(text, "year-gap"), said(text, "year-excess")) == (["$30.00"], ["$27.00"])
    # As their own pages say: those that ask why are in no sum.
    assert "of 2 claims come to more than their bill or price. Plans do not all count in the same way" in text
    assert "1 claim does not say what was billed." in text


def test_2_4_what_a_provider_may_ask_for_above_the_price_is_not_taken_off_in_the_year_either(
    alice: Member, alice_client: Client
) -> None:
    figures = money("submitted 200, eligible 150, benefit 120, memberliability 30")
    extension = [{"url": ASSIGNMENT, "valueCoding": {"system": ASSIGNMENT, "code": "N"}}]
    save(a_connection(alice), body(claim(*figures, extension=extension)), whole(2, *VISIT))
    text = page(alice_client, "/money/2026/")
    assert said(text, "year-discount") == ["$212.40"]
    assert said(text, "year-above-price") == ["$50.00"]
    assert "Above your plan's price" in text
    assert printed(text) == 0


def test_m_16_a_sum_of_parts_of_a_cent_says_that_these_are_rounded(
    alice: Member, alice_client: Client
) -> None:
    save(a_connection(alice), *[whole(n, "10.004", None, None, None, "10.004") for n in (1, 2)])
    text = page(alice_client, "/money/2026/")
    assert said(text, "year-your-share") == ["$20.01"]
    assert "Your plan sent parts of a cent. They are rounded here." in text


def test_a_claim_whose_date_cannot_be_read_is_said_to_be_in_no_year(
    alice: Member, alice_client: Client
) -> None:
    """8: it stood in the list, and no year of Money knew of it."""
    connection = a_connection(alice)
    told = "1 claim is in no year: its date is not known."
    save(connection, whole(1, *VISIT), whole(2, *VISIT, on="9 May", billablePeriod=None))
    assert said(page(alice_client, "/money/2026/"), "year-your-share") == ["$53.52"]
    assert told in page(alice_client, "/money/2026/")
    assert told in page(alice_client, f"/money/2026/?plan={connection.pk}")
    save(connection, whole(2, *VISIT))
    assert told not in page(alice_client, "/money/2026/")
