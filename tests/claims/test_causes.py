"""A cause is said only where the figures or the reasons of the claim show it, over all published claims."""

import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.kinds.claim import reading, wording
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import receipt, story
from apps.kinds.claim.wording.balance import balance
from apps.kinds.claim.wording.causes import Cause, Reached, causes, percentage
from apps.kinds.claim.wording.waterfall import WIDTH, drawn
from tests.claims import made
from tests.claims.made import claim, line, money, priced, why
from tests.claims.mutations import CHANGES, changed, written
from tests.claims.test_brief import eobs
from tests.demo_payer.people_on_a_day import different_claims
from tests.oracle import reading as oracle
from tests.oracle import tree as oracle_tree
from tests.overview.families import families

CENT = Decimal("0.01")

REACHED = (
    Reached("deductible", Decimal("1600.01"), "USD"),
    Reached("out_of_pocket", Decimal("7000.02"), "USD", is_typed=True),
    Reached("benefit", Decimal("1500.03"), "USD"),
)
"""As the count over a year may say of any claim; when it does, `tests/overview/test_reached.py` tells."""


HERE = {
    "deductible": "was met here",
    "out_of_pocket": "maximum was reached here",
    "benefit": "limit was reached",
}


def cents(text: str) -> list[Decimal]:
    return [Decimal(one.replace(",", "")) for one in re.findall(r"([\d,]+\.\d\d)", text)]


def shows(record: ClaimRecord, kind: str, words: str, reached: Sequence[Reached] = ()) -> bool:
    """Whether the claim's own figures, or a limit that it *reached*, show a cause, worked out anew."""
    figures = record.money
    limits = [limit for limit in reached if HERE[limit.what] in words]
    amounts = [limit.limit for limit in limits]
    if limits and (cents(words)[-1:] != amounts or ("You typed" in words) != limits[0].is_typed):
        return False
    if kind == "limit":
        return len(limits) == 1 and cents(words) == amounts
    if kind == "deductible":
        said = sum(cents(words)) - sum(amounts)
        return said == (figures.deductible.amount or Decimal(0)).quantize(CENT, ROUND_HALF_UP) != 0
    if kind == "coinsurance":
        percent, [base] = Decimal(re.findall(r"(\d+)%", words)[0]), cents(words)
        part = figures.coinsurance.amount or Decimal(0)
        if any(limit.what == "out_of_pocket" for limit in reached):
            return False  # what a maximum leaves is no rate
        return abs(base * percent / 100 - part) < CENT and base <= (figures.allowed.amount or Decimal(0))
    networks = {record.network, *(line.network for line in record.lines)}
    stated = {"only_paid_out", "paid_out_contracted"} if "paid this" in words else {"out", "out_contracted"}
    return kind == "network" and not stated.isdisjoint(networks)


def told_of(record: ClaimRecord) -> Iterator[tuple[Cause, Sequence[Reached]]]:
    """Yield what is said of a claim that reached no limit, and of one that reached each and all."""
    for reached in ((), *((limit,) for limit in REACHED), REACHED):
        for cause in causes(record, balance(record.money), reached):
            yield cause, reached


def what_of(cause: Cause) -> str:
    return next((words for words in HERE.values() if words in cause.words), cause.kind)


def test_every_cause_said_of_published_claims_is_shown_by_them(shared: Path) -> None:
    told: Counter[str] = Counter()
    for file in sorted((shared / "fhir").glob("*/*.json")):
        for eob in eobs(json.loads(file.read_bytes())):
            record = reading.read(json.dumps(eob).encode(), {})
            for cause, reached in told_of(record):
                assert shows(record, cause.kind, cause.words, reached), (file.name, cause.words)
                told[what_of(cause)] += 1
    assert {"deductible", "coinsurance", *HERE.values()} <= set(told), "the walk met too little"


def test_every_cause_said_of_invented_and_of_broken_claims_is_shown_by_them() -> None:
    """The amounts are also those that the second reading permits (`tests.oracle`)."""
    of_families = [claim for family in families().values() for person in family for claim in person.claims]
    made_up = [json.dumps(claim, default=float) for claim in (*different_claims(), *of_families)]
    dice, told = random.Random(20261128), Counter[str]()  # noqa: S311 - repeatable, no secret
    changes = [
        (dice.randrange(len(CHANGES)), dice.randrange(10**6), dice.randrange(10**4)) for _ in range(400)
    ]
    broken = [written(changed(oracle_tree.parsed(dice.choice(made_up)), [change])) for change in changes]
    for body in (*(text.encode() for text in made_up), *broken):
        try:
            record = reading.read(body, {})
        except reading.Unreadable:
            continue
        permitted = None if body in broken else oracle.read(body, {})
        for cause, reached in told_of(record):
            assert shows(record, cause.kind, cause.words, reached), (cause.words, body.decode())
            if permitted and cause.kind == "deductible" and not reached:
                assert permitted.totals["deductible"].permits(sum(cents(cause.words))), body.decode()
            told[what_of(cause)] += 1
    assert {"deductible", "coinsurance", "network", *HERE.values()} <= set(told)


@pytest.mark.parametrize(
    ("head", "lines", "told"),
    [
        ("eligible 500, coinsurance 100, benefit 400", ["eligible 500"], 20),
        ("eligible 1000, coinsurance 60, benefit 940", ["eligible 1000, coinsurance 60"], None),  # cut off
        ("eligible 500, coinsurance 100, benefit 400", [], None),
        ("eligible 500, coinsurance 100, benefit 400", ["eligible 400", "eligible 100"], None),
        (
            "eligible 500, coinsurance 100, benefit 400",
            ["eligible 400, coinsurance 80", "eligible 100, coinsurance 20"],
            20,
        ),
        (
            "eligible 500, coinsurance 100, benefit 400",
            ["eligible 400, coinsurance 80", "coinsurance 20"],
            None,
        ),
        (
            "eligible 500, coinsurance 30, benefit 470",
            ["eligible 400, coinsurance 24", "eligible 100, coinsurance 6"],
            6,
        ),
        (
            "eligible 500, coinsurance 30, benefit 470",
            ["eligible 250, coinsurance 15", "eligible 250, coinsurance 15"],
            None,
        ),
        (  # 15 % of the price, 20 % of what of it is covered
            "submitted 2000, eligible 2000, coinsurance 300, noncovered 500, benefit 1200, "
            "memberliability 800",
            ["eligible 2000, coinsurance 300"],
            None,
        ),
    ],
)
def test_a_part_of_the_price_is_said_only_where_the_figures_admit_no_other(
    head: str, lines: list[str], told: int | None
) -> None:
    """3.6: "Your share is $60.00: 6% coinsurance" stood at what a yearly maximum had left of 20 %. What a
    maximum left of one price may be a tenth of it too: no rate is told, but what the amounts come to."""
    items = [made.line(number, *made.money(figures)) for number, figures in enumerate(lines, 1)]
    record = made.reading(made.claim(*made.money(head), item=items))
    rate = percentage(record, balance(record.money))
    assert (rate and rate.percent) == told
    shown = wording.story(record)
    assert "%" not in shown.answer
    sentences = [f"The coinsurance comes to {told}% of $500.00."] if told else []
    assert [cause for cause in shown.causes if "%" in cause] == sentences


def test_where_the_yearly_maximum_was_reached_nothing_is_called_a_part_of_the_price() -> None:
    """3.6: "10% coinsurance" stood above "Your maximum was reached here"."""
    figures = "eligible 300, benefit 270, coinsurance 30"
    record = made.reading(made.claim(*made.money(figures), item=[made.line(1, *made.money(figures))]))
    reached = Reached("out_of_pocket", Decimal(4000), "USD")
    shown = wording.story(record, reached=[reached])
    assert shown.causes[0].startswith("Your maximum was reached here")
    assert "%" not in f"{shown.answer} {shown.causes}"


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
    """None for what is not covered: a zero, folded away."""
    rows = drawn(receipt.rows(made.reading(made.visit())))
    assert [(row.testid, row.span.x, row.span.width) for row in rows if row.span] == [
        ("billed", 0, 1000),
        ("discount", 557, 443),
        ("allowed", 0, 557),
        ("plan-paid", 111, 446),
        ("your-share", 0, 111),
    ]


def test_no_picture_is_drawn_of_figures_that_do_not_fit() -> None:
    too_much = made.claim(made.priced("submitted", "100.00"), made.priced("benefit", "160.00"))
    assert not any(row.span for row in drawn(receipt.rows(made.reading(too_much))))


OUT = made.status("renderingnetworkstatus", "outofnetwork")
IN = made.status("billingnetworkstatus", "innetwork")
SHARED = "submitted 200, benefit 80, memberliability 20"
OUTSIDE = "Your plan counts this provider as outside its network."


@pytest.mark.parametrize(
    ("header", "lines", "told"),
    [
        ([IN], [[], [OUT]], [f"Line 2: {OUTSIDE}"]),
        ([], [[], [OUT]], [f"Line 2: {OUTSIDE}"]),
        ([], [[OUT], [OUT]], [OUTSIDE]),
        ([IN], [[OUT], [OUT]], [f"Lines 1, 2: {OUTSIDE}"]),
        ([OUT], [[], [OUT]], [OUTSIDE]),
        ([IN], [[], []], []),
    ],
)
def test_a_line_outside_the_network_is_a_cause_of_that_line(
    header: list[Any], lines: list[list[Any]], told: list[str]
) -> None:
    """It gave no cause where the claim itself said nothing of the network, or "in"."""
    items = [made.line(number, *made.money(SHARED), *statuses) for number, statuses in enumerate(lines, 1)]
    whole = made.money("submitted 400, benefit 160, memberliability 40")
    record = made.reading(made.claim(*whole, adjudication=header, item=items))
    assert [cause.words for cause in causes(record, balance(record.money)) if cause.kind == "network"] == told


def test_a_line_without_a_share_is_no_cause_of_it() -> None:
    items = [
        made.line(1, *made.money(SHARED)),
        made.line(2, *made.money("submitted 50, benefit 50, memberliability 0"), OUT),
    ]
    record = made.reading(
        made.claim(*made.money("submitted 250, benefit 130, memberliability 20"), item=items)
    )
    assert not any(cause.kind == "network" for cause in causes(record, balance(record.money)))


def test_a_limit_that_a_reason_tells_is_told_by_the_reason_alone() -> None:
    """ "Your plan's reason says that a limit was reached" stood right above the reason."""
    item = [line(1, *money("submitted 207, noncovered 207, memberliability 207"), why("PR", "119"))]
    told = story(made.reading(claim(*money("submitted 207, benefit 0, memberliability 207"), item=item)))
    assert any("you have reached the most that it pays" in reason for reason in told.reasons)
    assert told.causes == ()


def test_no_deductible_is_said_to_be_of_a_price_that_is_below_it() -> None:
    parts = [*money("memberliability 786.57, deductible 777.00")]
    for billed, number in (("245.04", 0), ("800.00", 1)):
        assert len(wording.story(made.reading(claim(priced("submitted", billed), *parts))).causes) == number
