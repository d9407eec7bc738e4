"""A cause is said only where the figures or the reasons of the claim show it, over all published claims."""

import json
import re
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from apps.kinds.claim import reading
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import receipt
from apps.kinds.claim.wording.balance import balance
from apps.kinds.claim.wording.causes import causes
from apps.kinds.claim.wording.waterfall import WIDTH, drawn
from tests.claims import made
from tests.claims.test_brief import eobs

LIMITS = {"35", "119", "149", "222"}
CENT = Decimal("0.01")


def cents(text: str) -> list[Decimal]:
    return [Decimal(one.replace(",", "")) for one in re.findall(r"([\d,]+\.\d\d)", text)]


def shows(record: ClaimRecord, kind: str, words: str) -> bool:
    """Whether the claim's own figures or codes show a cause, worked out anew."""
    figures = record.money
    if kind == "deductible":
        said = cents(words)
        return said == [(figures.deductible.amount or Decimal(0)).quantize(CENT, ROUND_HALF_UP)] != [0]
    if kind == "coinsurance":
        percent, [base] = Decimal(re.findall(r"(\d+)%", words)[0]), cents(words)
        part = figures.coinsurance.amount or Decimal(0)
        return abs(base * percent / 100 - part) < CENT and base <= (figures.allowed.amount or Decimal(0))
    every = [*record.reasons, *(reason for line in record.lines for reason in line.reasons)]
    if kind == "limit":
        return any(one.code.lstrip("0") in LIMITS or one.code.endswith(" B") for one in every)
    return kind == "network" and record.network == "out"


def test_every_cause_said_of_published_claims_is_shown_by_them(shared: Path) -> None:
    told: Counter[str] = Counter()
    for file in sorted((shared / "fhir").glob("*/*.json")):
        for eob in eobs(json.loads(file.read_bytes())):
            record = reading.read(json.dumps(eob).encode(), {})
            for cause in causes(record, balance(record.money)):
                assert shows(record, cause.kind, cause.words), (file.name, cause.words)
                told[cause.kind] += 1
    assert {"deductible", "coinsurance"} <= set(told), "the walk met too little to show anything"


def test_a_waterfall_begins_each_bar_where_the_last_ended_and_adds_up_in_published_claims(
    shared: Path,
) -> None:
    pictures = 0
    for file in sorted((shared / "fhir").glob("*/*.json")):
        for eob in eobs(json.loads(file.read_bytes())):
            record = reading.read(json.dumps(eob).encode(), {})
            spans = [row.span for row in drawn(receipt.rows(record)) if row.span]
            assert all(one.x >= 0 and one.x + one.width <= WIDTH for one in spans), file.name
            pictures += bool(spans)
    assert pictures > 100


def test_the_bars_of_a_visit() -> None:
    rows = drawn(receipt.rows(made.reading(made.visit())))
    assert [(row.testid, row.span.x, row.span.width) for row in rows if row.span] == [
        ("billed", 0, 1000),
        ("discount", 557, 443),
        ("not-covered", 557, 0),
        ("allowed", 0, 557),
        ("plan-paid", 111, 446),
        ("your-share", 0, 111),
    ]


def test_no_picture_is_drawn_of_figures_that_do_not_fit() -> None:
    too_much = made.claim(made.priced("submitted", "100.00"), made.priced("benefit", "160.00"))
    assert not any(row.span for row in drawn(receipt.rows(made.reading(too_much))))
