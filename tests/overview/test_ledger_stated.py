"""A part of the share that no claim states is never zero in the ledger; one that is, never nothing."""

from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.kinds.claim.counted import Counted
from apps.overview.ledger import Care, ledgers
from apps.overview.ledger_words import Block, blocks
from apps.overview.plan_years import Limit, Limits
from tests.claims.given import a_connection, save
from tests.claims.payer_data import claims
from tests.overview.test_ledger import entry, whole


def limits(care: Care) -> Limits:
    """Return limits of medical care alone."""
    return Limits(Limit(Decimal(1500), "USD"), Limit(Decimal(6000), "USD")) if care == "medical" else Limits()


def first(*entries: Counted) -> Block:
    """Return the words of the first ledger."""
    return blocks(ledgers(entries), limits, name="x")[0]


def answers(*entries: Counted) -> list[str]:
    return [answer.words for answer in first(*entries).answers]


def test_a_deductible_that_no_claim_states_is_not_zero_where_nothing_else_counts() -> None:
    """The only claim states a copay of zero: the deductible was said to be $0.00 of $1,500.00."""
    shown = first(entry(copay="0.00", your_share="0.00"))
    assert [answer.words for answer in shown.answers] == [
        "Deductible: your plan's claims do not state it.",
        "Out of pocket: $0.00 of at most $6,000.00 is counted from these claims.",
    ]
    assert shown.answers[0].plot is None
    assert shown.notes == (), "no claim is left that says nothing: this one stated its copay"


def test_a_deductible_that_is_stated_as_zero_is_zero() -> None:
    assert answers(whole(1, "0.00", "0.00", "0.00"))[0] == (
        "Deductible: $0.00 of $1,500.00 is counted from these claims."
    )


def test_a_part_that_only_claims_outside_the_totals_state_is_not_zero_in_them() -> None:
    away = whole(1, "99.00", "0.00", "0.00", network="out")
    denied = whole(2, "9.00", "0.00", "0.00", decision="denied")
    assert answers(away, denied) == [
        "Deductible: only claims that are not in the totals state it.",
        "Out of pocket: only claims that are not in the totals state it.",
    ]
    assert answers(away, entry(3, copay="20.00", your_share="20.00")) == [
        "Deductible: only claims that are not in the totals state it.",
        "Out of pocket: $20.00 of at most $6,000.00 is counted from these claims.",
    ]


def test_prescriptions_that_state_no_deductible_do_not_add_zero_to_it() -> None:
    drug = entry(2, copay="20.00", your_share="20.00", kind="pharmacy")
    assert first(whole(1, "10.00", "0.00", "0.00"), drug).notes == (
        "Many plans count prescriptions toward these limits too. Your plan's data does not say whether yours "
        "does. If it does, prescriptions add $20.00 to what is counted out of pocket. How much they add to "
        "the deductible is not known.",
    )


@pytest.mark.django_db
def test_m_01_a_deductible_of_a_claim_that_contradicts_itself_is_listed_and_does_not_count(
    shared: Path, alice: Member, alice_client: Client
) -> None:
    """A published claim states a deductible of 4.14, and that nothing was paid, beside a payment."""
    body = dict(claims(shared, "cms-ab2d"))["EOB-for-2-R4v3.json"]
    save(a_connection(alice), body)
    page = unescape(alice_client.get("/money/2020/").content.decode())
    assert "Deductible: only claims that are not in the totals state it." in page
    assert "Its figures do not agree, so it is not in the totals here." in page
    assert "more claim" not in page


def test_a_share_that_is_absent_and_one_that_is_not_split_are_two_sentences() -> None:
    """Of a claim without any share there is no part to tell."""
    split = whole(1, "10.00", "0.00", "0.00")
    notes = first(split, entry(2, your_share="5.00"), entry(3), entry(4, billed="90.00")).notes
    assert list(notes) == [
        "2 more claims do not say what your share is, and are not counted here.",
        "1 more claim does not say which part of your share is deductible, copay or coinsurance, and is not "
        "counted here.",
    ]
