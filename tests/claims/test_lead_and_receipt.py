"""What a claim's first lines state is what its receipt prints, also where the claim was changed at random."""

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal

from apps.kinds.claim import wording
from apps.kinds.claim.reading import Unreadable, read
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording.story import Row
from tests.claims import made
from tests.claims.made import claim, line, money
from tests.claims.mutations import played, written
from tests.claims.telling import ALL
from tests.claims.test_equations import assert_adds_up

SEEDS = int(os.environ.get("MUTATED_CLAIMS", "10000" if os.environ.get("CI") else "1000"))
AMOUNT = r"(\u2212?(?:\$|[A-Z]{3} )[\d,]+\.\d\d)"
STATED = {
    "billed": rf"\bbilled {AMOUNT}",
    "drug-cost": rf"\bThe drug cost {AMOUNT}",
    "plan-paid": rf"\bplan paid {AMOUNT}",
    "other-payer": rf"\bOthers paid {AMOUNT}",
    "not-covered": rf"{AMOUNT} of the bill was not covered",
    "your-share": rf"\bYour share is {AMOUNT}",
    "deductible": rf"{AMOUNT} deductible\b",
    "copay": rf"{AMOUNT} copay\b",
    "coinsurance": rf"{AMOUNT} coinsurance\b",
}
"""Row of the receipt -> how the first lines state the amount that stands in it."""
ADDED = claim(
    *money("submitted 300.00, benefit 200.00"),
    item=[
        line(1, *money("submitted 100.00, benefit 50.00, copay 20.00")),
        line(2, *money("submitted 200.00, benefit 150.00, copay 30.00")),
    ],
    addItem=[{"itemSequence": [1], "adjudication": [*money("submitted 100.00, benefit 70.00, copay 0")]}],
)


def test_m_01_no_lead_and_no_row_of_a_mutated_claim_contradicts_its_own_receipt() -> None:
    """M-16 too: 10,000 in the gate."""
    trees = [json.loads(made.body(sent), parse_float=Decimal) for sent in (*ALL.values(), ADDED)]
    played(trees, receipt_tried, times=SEEDS)


def receipt_tried(bodies: list[bytes]) -> None:
    with suppress(Unreadable):
        assert_says_what_its_receipt_says(read(bodies[0], {}))


def test_2_1_disagreeing_figures_leave_of_the_sums_only_that_a_price_of_zero_is_in_none() -> None:
    """Beside shares that disagree; nothing of it adds up, and no contradicted amount is named."""
    tree = json.loads(made.body(ALL["share-of-zero-but-a-copay"]), parse_float=Decimal)
    tree["total"][1]["amount"]["value"] = 0
    record = read(written(tree), {})
    assert record.disagreements
    assert any("in no sum here" in sentence for sentence in wording.story(record).sums)
    assert_says_what_its_receipt_says(record)


def assert_says_what_its_receipt_says(record: ClaimRecord) -> None:
    """A figure told as a fact is the only one of the receipt, and a contradicted one is never told alone."""
    story, row = wording.story(record), wording.row(record)
    rows = {row.testid: row for row in reversed(story.receipt)}
    assert_adds_up(story.receipt)
    assert_states_what_rows_print(story.answer, rows)
    assert_states_what_rows_print(row.meta, rows)
    paid, share = rows["plan-paid"], rows["your-share"]
    if "Your plan paid nothing." in story.answer:
        assert (paid.figure.amount, paid.others) == (0, ())
    if paid.others:
        assert f"plan paid {paid.text}" not in story.answer
    if f"Your share is {share.text}" in story.answer:
        assert share.others == ()
    if row.is_share_known:
        assert (row.share, share.others) == (share.text, ())
    if record.disagreements:
        assert row.badge != "Paid by your plan"
        assert not any(row.span for row in story.receipt)
        assert all("in no sum here" in sentence for sentence in story.sums)
        contradicted = [one.text for one in (rows.get("allowed"), paid) if one and one.others]
        assert not any(text in sentence for text in contradicted for sentence in story.sums)


def assert_states_what_rows_print(words: str, rows: Mapping[str, Row]) -> None:
    """Hold every amount that *words* state as a fact against the row of the receipt that prints it."""
    for testid, pattern in STATED.items():
        for amount in re.findall(pattern, words):
            assert testid in rows and rows[testid].in_two[0] == amount, (testid, amount, words)
