"""What finds no place in a record is kept with its path, label and value: never dropped, never guessed."""

import json
from itertools import product
from typing import Any

import pytest

from apps.kinds.claim.brief import brief
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.reading import also_sent as kept
from apps.kinds.claim.reading import read
from apps.kinds.claim.records import AlsoSent, ClaimRecord
from apps.kinds.claim.wording import also_sent, contradictions, story
from apps.records.entries import to_bytes
from tests.claims import ledger, made
from tests.claims.made import claim, concept, line, money, number, priced, reading, visit
from tests.claims.systems import C4BB


def sent(record: ClaimRecord) -> list[tuple[str, str, str]]:
    return [(one.path, one.label, one.value) for one in record.also_sent]


def test_an_ordinary_claim_leaves_nothing_over() -> None:
    assert reading(visit()).also_sent == ()


HIDDEN = [
    ('"fee": {"value": 7, "currency": "USD"}', "fee", "7 USD"),
    ('"accident": {"fee": {"value": 7, "currency": "USD"}}', "accident.fee", "7 USD"),
    ('"accident": {"fee": [{"deep": {"net": {"value": 7}}}]}', "accident.fee[0].deep.net", "7"),
    (r'"accident": {"fee": {"\u0061mount": {"value": 7}}}', "accident.fee.amount", "7"),
    (r'"accident": {"fee": {"value": 7, "curr\u0065ncy": "USD"}}', "accident.fee", "7 USD"),
    ('"accident": {"amount": null, "net": {"value": 7}}', "accident.net", "7"),
    ('"priority": {"coding": [{"tax": {"value": 7}}]}', "priority.coding[0].tax", "7"),
    ('"extension": [{"url": "u", "valueMoney": {"value": 7}}]', "extension[0].valueMoney", "7"),
    (r'"accident": {"net": {"v\u0061lue": 7}}', "accident.net", "7"),
    # Beside what has a value and is no money, or is read without having one.
    ('"identifier": [{"value": "1"}], "accident": {"net": {"value": 7}}', "accident.net", "7"),
    ('"identifier": [{"value": null}], "accident": {"net": {"value": 7}}', "accident.net", "7"),
    ('"item": [{"quantity": {"value": 7, "currency": "USD"}}]', "item[0].quantity", "7 USD"),
    ('"item": [{"quantity": {"value": 2}, "unitPrice": {"value": 7}}]', "item[0].unitPrice", "7"),
    ('"item": [{"quantity": {"unit": "1"}, "unitPrice": {"value": 7}}]', "item[0].unitPrice", "7"),
]

PLAIN = [
    '{"category": {"coding": [{"code": "copay"}]}, "amount": {"value": 5, "currency": "USD"}}',
    # Without a currency, or told nowhere: neither names nor currencies prove anything alone.
    '{"category": {"coding": [{"code": "copay"}]}, "amount": {"value": 5}}',
    '{"category": {"coding": [{"code": "denialreason"}]}, "amount": {"value": 0, "currency": "USD"}}',
    '{"category": {"coding": [{"code": "copay"}]}, "amount": {"value": null, "currency": "USD"}}',
    '{"category": {"coding": [{"code": "copay"}]}, "amount": {"value": 5, "currency": null}}',
    '{"category": {"coding": [{"code": "copay"}]}, "amount": null}',
    '{"category": {"coding": [{"code": "copay"}]}, "amount": {"value": 4}, "amount": {"value": 5}}',
]


def test_one_amount_anywhere_is_kept_whatever_stands_beside_it() -> None:
    for plain, (more, path, value) in product(PLAIN, HIDDEN):
        body = f'{{"resourceType": "ExplanationOfBenefit", "total": [{plain}], {more}}}'
        found = read(body.encode(), {}).also_sent
        assert [(one.path, one.value) for one in found] == [(path, value)], body


def test_zeros_and_gaps_beside_a_status_are_no_amounts_and_hide_none() -> None:
    """2.3."""
    status = priced("benefitpaymentstatus", "0.00")
    assert (
        reading(claim(priced("copay", "5.00"), adjudication=[status, priced("copay", None)])).also_sent == ()
    )
    more = claim(priced("copay", "5.00"), adjudication=[status], item=[line(1, unitPrice={"value": 3})])
    assert sent(reading(more)) == [("item[0].unitPrice", "Price of one unit", "3")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"total": [priced("mystery", "9.00", system="http://p.example/x")]},
            ("total[0]", "mystery", "9.00 USD"),
        ),
        ({"total": [{"amount": {"value": 9}}]}, ("total[0]", "", "9")),
        ({"adjudication": [priced("fee", "1.50")]}, ("adjudication[0]", "fee", "1.50 USD")),
        ({"item": [line(1, priced("fee", "-1.50"))]}, ("item[0].adjudication[0]", "fee", "-1.50 USD")),
        (
            {
                "item": [line(1, priced("benefit", "5.00"))],
                "addItem": [{"itemSequence": [1], "adjudication": [priced("benefit", "5.00")]}],
            },
            ("addItem[0].adjudication[0]", "Paid by your plan", "5.00 USD"),
        ),
        (
            {"item": [line(1, detail=[{"adjudication": [priced("copay", "2.00")]}])]},
            ("item[0].detail[0].adjudication[0]", "Copay", "2.00 USD"),
        ),
        ({"item": [line(1, unitPrice={"value": 3})]}, ("item[0].unitPrice", "Price of one unit", "3")),
        ({"total": [priced("copay", True)]}, ("total[0]", "Copay", "true")),
        ({"total": [priced("copay", 0) | {"amount": {"value": "1e5"}}]}, ("total[0]", "Copay", "1e5")),
        ({"total": "480 dollars"}, ("total", "total", "480 dollars")),
        ({"careTeam": "Ana Lopez, MD"}, ("careTeam", "careTeam", "Ana Lopez, MD")),
        ({"created": ["2026", "2"]}, ("created", "created", '["2026", "2"]')),
        ({"status": 5}, ("status", "status", "5")),
        ({"shoeSize": {"left": 42}}, ("shoeSize", "", '{"left": 42}')),
        ({"shoeSize": {"value": 4, "currency": "USD"}}, ("shoeSize", "shoeSize", "4 USD")),
        (
            {"adjudication": [{"category": concept(("x", "mood")), "reason": {"text": "Sunny"}}]},
            ("adjudication[0]", "mood", "Sunny"),
        ),
        (
            {"supportingInfo": [{"category": concept((C4BB, "drg")), "valueQuantity": {"value": "many"}}]},
            ("supportingInfo[0]", "drg", "many"),
        ),
    ],
)
def test_what_is_not_understood_is_kept(changes: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert expected in sent(reading(claim(**changes)))


def test_a_claim_of_nonsense_is_kept_to_a_bound() -> None:
    many = [priced(f"mystery{n}", "1.00") for n in range(5_000)]
    assert len(reading(claim(*many)).also_sent) == kept.MOST


def test_it_travels_sealed_and_lists_do_without_it() -> None:
    record = reading(claim(priced("mystery", "9.00")))
    assert CLAIM.open_brief(to_bytes(record)) == record
    assert brief(record).also_sent == ()
    assert brief(record).payment is None


@pytest.mark.parametrize(
    ("one", "element"),
    [
        (AlsoSent("item[3].adjudication[0]", "x", "1", system="http://x"), "item.adjudication.category"),
        (AlsoSent("item[3].adjudication[0]", "x", "1"), "item.adjudication"),
        (AlsoSent("total[0]", "", "1", system=""), "total.category"),
        (AlsoSent("Ana Lopez", "", "42"), "?"),
        (AlsoSent("item[0].Ana Lopez.amount", "", "42"), "item.?.amount"),
        (AlsoSent("benefitBalance.financial[2]", "", "42"), "benefitBalance.financial"),
    ],
)
def test_operators_see_elements_of_r4_and_nothing_a_plan_made_up(one: AlsoSent, element: str) -> None:
    assert kept.element(one) == element


def test_the_rows_say_what_was_sent_as_it_was_sent_and_each_thing_once() -> None:
    record = reading(
        claim(
            priced("mystery", "9.00"),
            priced("mystery", "9.00"),
            {"amount": {"value": 3}},
            item=[line(1), line(2, priced("fee", "1.50"))],
            shoeSize="42",
        )
    )
    rows = also_sent.rows(record)
    assert [(row.label, row.value, row.where) for row in rows] == [
        ("mystery", "$9.00", ""),
        ("Amount in the totals, without a label", "$3.00", ""),
        ("fee", "$1.50", "line 2"),
        ("shoeSize", "42", ""),
    ]


def test_broken_text_is_shown_in_a_form_that_can_be_stored() -> None:
    body = json.dumps(claim() | {"\ud800": "\ud800\x00<b>"}).encode()
    (row,) = also_sent.rows(read(body, {}))
    assert (row.label, row.value) == ("?", "? <b>")


def test_an_absent_value_beside_its_extension_is_not_called_unknown() -> None:
    assert (
        reading(
            claim(_status={"extension": []}, total=[{"category": concept(("x", "copay")), "amount": {}}])
        ).also_sent
        == ()
    )


def test_agreeing_amounts_are_one_figure_that_says_where_else_it_stands() -> None:
    record = reading(
        claim(
            priced("submitted", "10.00"),
            priced("submitted", "10.00"),
            adjudication=[priced("submitted", "10.00")],
        )
    )
    assert record.money.billed.source is not None
    assert record.money.billed.source.same_at == ("total[1]", "adjudication[0]")
    assert (record.details, record.disagreements, record.also_sent) == ((), (), ())


def test_a_figure_the_story_has_no_room_for_stands_behind_more_details() -> None:
    record = reading(
        claim(priced("drugcost", "5.00", system=C4BB), adjudication=[priced("drugcost", "4.00", system=C4BB)])
    )
    assert [(one.label, made.amount(one.figure)) for one in record.details] == [("Cost of the drug", "4.00")]


def test_what_parts_of_a_line_say_is_told_as_of_a_part_of_it() -> None:
    """A part that repeats its line was told as the line once more, and a percentage within it nowhere."""
    percent = {"category": concept((made.THO, "eligpercent")), "value": 0.9}
    part = {"adjudication": [priced("benefit", "180.00")], "subDetail": [{"adjudication": [percent]}]}
    record = reading(claim(item=[line(1, priced("benefit", "180.00"), detail=[part])]))
    untold = "Your plan did not say what this was"
    assert story(record).lines[0].parts == (
        f"In detail: {untold}, Paid by your plan: $180.00",
        f"Of which: {untold}, Part of the price that your plan pays: 90%",
    )
    assert also_sent.rows(record) == ()


BARE = "(your plan did not say of what)"


@pytest.mark.parametrize(
    ("category", "kind", "labels"),
    [
        (
            "Medical deductible",
            "Individual",
            ["Medical deductible, Individual: Used", "Medical deductible: Individual"],
        ),
        ("Medical deductible", "", ["Medical deductible: Used", "Medical deductible: Used"]),
        ("", "Individual", ["Individual: Used", "Individual"]),
        ("", "", [f"Used {BARE}", f"Used {BARE}"]),
    ],
)
def test_a_balance_says_of_what_it_is(category: str, kind: str, labels: list[str]) -> None:
    """Aetna's sandbox sends how much of the deductible is used: it stood as "benefit used"; one of nothing
    named as "Used" alone, and a number as "benefitBalance.financial[1]"."""
    of_kind = {"type": {"text": kind}} if kind else {}
    sent_balance = {
        "category": {"text": category} if category else None,
        "financial": [
            of_kind | {"usedMoney": {"value": number("250"), "currency": "USD"}},
            of_kind | {"usedUnsignedInt": 3},
        ],
    }
    told = also_sent.rows(reading(claim(benefitBalance=[sent_balance])))
    assert [(row.label, row.value) for row in told] == [*zip(labels, ("$250.00", "3"), strict=True)]


@pytest.mark.parametrize(("part", "told"), [("0.8", "80%"), ("80.00", "80%"), ("800", "800"), ("1", "1")])
def test_a_part_in_percent_is_told_as_one(part: str, told: str) -> None:
    sent_part = {"category": {"coding": [{"code": "eligpercent"}]}, "value": number(part)}
    (row,) = also_sent.rows(reading(claim(item=[line(1, sent_part)])))
    assert row.value == told


def test_what_is_the_patients_to_pay_is_not_said_of_a_line_to_be_paid() -> None:
    """ "What you paid: $30.00", of a code that says no more than that the patient pays."""
    stated = money("submitted 150, benefit 120, patient-pay 30")
    told = story(reading(claim(*stated, item=[line(1, *stated)])))
    assert "Listed as your payment: $30.00" in told.lines[0].details


@pytest.mark.parametrize("others", [[], ["$5"]])
@pytest.mark.parametrize("where", ["total", "item[0].adjudication"])
def test_two_amounts_in_the_place_of_one_are_both_told_and_none_is_taken(
    where: str, others: list[str]
) -> None:
    """2.3: a line said "Plan paid: not shared", and its amounts stood at one place, and once more as JSON."""
    two = priced("benefit", "0")
    two["amount"] = [{"value": number(amount), "currency": "USD"} for amount in ("214.08", "10.00")] + others
    paid = line(1, priced("submitted", "480.00"), *([two] if where != "total" else []))
    made_so = claim(priced("submitted", "480.00"), *([two] if where == "total" else []), item=[paid])
    record = reading(made_so)
    ledger.check(made.body(made_so), record)
    amounts, left = also_sent.rows(record)[:2], also_sent.rows(record)[2:]
    told_amounts = [("Paid by your plan", "$214.08"), ("Paid by your plan", "$10.00")]
    assert [(row.label, row.value) for row in amounts] == told_amounts
    assert ["$5" in row.value for row in left] == [True] * len(others), "what is no amount is told as it came"
    told, both = story(record), "$214.08 or $10.00"
    if where == "total":
        assert "sent $214.08 and $10.00 in the place of one amount." in told.answer
        assert contradictions.shown(record, "plan_paid") == both, "so do versions and payments"
        assert both in [row.text for row in told.receipt if row.testid == "plan-paid"]
    else:
        assert ("Plan paid", both) in [(row.label, row.text) for row in told.lines[0].amounts]
