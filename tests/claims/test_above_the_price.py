"""What is billed above the plan's price: taken off, the member's, or held to nothing (X12's 45)."""

import json
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.kinds.claim import whose, wording
from apps.kinds.claim.excess import exceeding, is_summed
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.whose import above_price_of, discount_of
from apps.kinds.claim.wording import bill
from apps.kinds.claim.wording.receipt import rows
from tests.claims.given import NOW, a_connection, all_read, an_eob, held, save
from tests.claims.made import DENIED, OUT, body, claim, concept, line, money, reading, stating, status
from tests.claims.systems import PLACE, REVENUE
from tests.claims.telling import asked, lead
from tests.claims.test_closing_prices import because

OUTSIDE = [status("billingnetworkstatus", "outofnetwork")]
INSIDE = [status("billingnetworkstatus", "innetwork")]
AMOUNTS = "submitted 1000, eligible 400, benefit 200, memberliability 200"


def a_claim(
    network: list[dict[str, Any]], *reasons: dict[str, Any], amounts: str = AMOUNTS, place: str = "11"
) -> ClaimRecord:
    only_line = line(1, *reasons, locationCodeableConcept=concept((PLACE, place)))
    return stating(amounts, adjudication=network, item=[only_line])


@pytest.mark.parametrize(
    ("network", "reasons"),
    [
        (OUTSIDE, [because("45", "600", "PR")]),
        (INSIDE, [because("45", "600", "PR")]),
        (OUTSIDE, []),
        (OUTSIDE, [because("45", "600", "CO"), because("45", "600", "OA")]),
    ],
)
def test_what_the_provider_may_ask_for_above_the_price_is_not_said_to_be_taken_off(
    network: list[dict[str, Any]], reasons: list[dict[str, Any]]
) -> None:
    """Facts claims 2.4: the reason said that the provider may charge it, the receipt that nobody pays it."""
    record = a_claim(network, *reasons)
    assert whose.is_above_open(record)
    assert "The $600.00 above your plan's price may come on top of it." in wording.story(record).answer
    assert [row.label for row in rows(record)].count("Above your plan's price") == 1
    assert "provider may ask for more, up to the $1,000.00 billed. Ask first." in asked(record)
    assert (above_price_of(record).amount, discount_of(record).is_known) == (600, False)
    (cause,) = bill.check(record, Decimal(800)).causes
    assert "ask why you pay it" not in cause


@pytest.mark.parametrize("network", [OUTSIDE, []])
def test_a_share_that_holds_what_is_above_the_price_is_told_by_the_reason_for_that(
    network: list[dict[str, Any]],
) -> None:
    """3.9: its figures "disagreed", or were "more than these figures allow", of what PR 45 tells."""
    amounts = "submitted 1000, eligible 400, benefit 240, coinsurance 160, memberliability 760"
    record = a_claim(network, because("45", "600", "PR"), amounts=amounts)
    assert exceeding(record) is None
    assert "ask your plan why" not in wording.story(record).answer
    assert [row.text for row in rows(record) if row.label == "By code PR 45"] == ["$600.00"]
    (sums,) = wording.story(record).sums
    assert "which is $600.00 more. A reason of your plan stands at that amount: The charge" in sums


def test_what_comes_to_the_bill_with_the_share_has_nothing_on_top() -> None:
    amounts = "submitted 1000, eligible 400, benefit 300, memberliability 700"
    assert "on top" not in wording.story(a_claim(OUTSIDE, amounts=amounts)).answer


@pytest.mark.parametrize("network", [OUTSIDE, INSIDE])
def test_what_all_above_the_price_is_the_providers_is_not_asked_for(network: list[dict[str, Any]]) -> None:
    """Why said that it may not be charged, and the bill check that the provider may ask for it."""
    record = a_claim(network, because("45", "600", "CO"), place="23")
    story = wording.story(record)
    assert not whose.is_above_open(record)
    assert "on top" not in story.answer
    assert "may ask for more" not in asked(record)
    (why,) = story.reasons
    assert "may not charge this to you" in why
    assert ("contract" in why) == (network is INSIDE)


def test_after_an_emergency_outside_the_network_federal_rules_may_limit_what_is_asked() -> None:
    told = (
        "After an emergency or a flight by air ambulance, federal rules may limit what a provider outside "
        "the network asks of you to your share inside it: ask your plan."
    )
    assert told in asked(a_claim(OUTSIDE, place="23"))
    assert told not in asked(a_claim(OUTSIDE, place="11"))
    part = a_claim(OUTSIDE, because("45", "500", "CO"), place="11")
    assert "may ask for more" in asked(part)
    on_top = "above your plan's price may come on top of it. "
    for place, is_told in (("23", True), ("11", False)):
        answer = wording.story(a_claim(OUTSIDE, because("45", "600", "PR"), place=place)).answer
        assert (f"{on_top}{told}" in answer) is is_told
    in_its_room = line(1, because("45", "600", "PR"), revenue=concept((REVENUE, "0450")))
    by_revenue = stating(AMOUNTS, adjudication=OUTSIDE, item=[in_its_room])
    assert told in wording.story(by_revenue).answer, "a hospital's line names no place"


@pytest.mark.parametrize(
    ("code", "is_limited"), [("99284", True), ("G0384", True), ("A0431", True), ("A0429", False)]
)
def test_what_is_above_the_price_and_in_the_share_may_be_limited_too(code: str, is_limited: bool) -> None:
    """5.3: PR 45 of an emergency was "$2,400.00" to a bill, without a word; so were flights."""
    figures = "submitted 3000, eligible 800, benefit 600, coinsurance 200, noncovered 2200"
    service = {"coding": [{"code": code}]}
    item = line(1, because("45", "2200", "PR"), productOrService=service)
    totals = money(f"{figures}, memberliability 2400")
    for network, is_told in ((OUTSIDE, is_limited), (INSIDE, False)):
        record = reading(claim(*totals, adjudication=network, item=[item]))
        for told in (wording.story(record).answer, asked(record)):
            assert ("federal rules may limit what" in told) is is_told


def test_federal_rules_are_told_once_of_what_is_above_the_price_and_not_covered() -> None:
    """A discount beside what is not covered, both the member's: the sentence stood in one answer twice."""
    amounts = "submitted 3000, discount 1000, noncovered 1200, eligible 800, benefit 600, memberliability 200"
    reasons = (because("45", "1000", "PR"), because("96", "1200", "PR"))
    answer = wording.story(a_claim(OUTSIDE, *reasons, amounts=amounts, place="23")).answer
    assert "The $1,000.00 above your plan's price may come on top of it." in answer
    assert answer.count("federal rules may limit what") == 1


def test_what_is_to_be_asked_about_before_it_is_paid_is_not_to_be_noted_as_paid_on_today(
    alice: Member, alice_client: Client
) -> None:
    """The page said to ask before anybody pays, and Today had a button for having paid it."""
    today = timezone.now().date().isoformat()
    amounts = money("submitted 1000, eligible 400, benefit 300, memberliability 1000")
    save(a_connection(alice), json.loads(body(an_eob(1, on=today, total=amounts))))
    (entry,) = [claim.entry for claim in held(alice)]
    assert (entry.apart, entry.left) == ("above", None)
    page = alice_client.get("/home/").content.decode()
    assert "1 claim of which payments and share come to more than the price or the bill: ask first." in page
    assert "I paid this" not in page


def test_older_claims_to_be_asked_about_are_told_of_too(alice: Member, alice_client: Client) -> None:
    amounts = money("submitted 1000, eligible 400, benefit 300, memberliability 1000")
    save(a_connection(alice), json.loads(body(an_eob(1, on="2024-02-01", total=amounts))))
    page = alice_client.get("/home/").content.decode()
    assert "Payments and share of 1 older claim come to more than the price or the bill" in page


@pytest.mark.parametrize(
    "amounts",
    [
        "submitted 1000, eligible 400, benefit 300, memberliability 200",
        "submitted 100, eligible 90, memberliability 95",  # above the price alone
        "submitted 100, eligible 90, benefit 80, memberliability 40, paidbypatient 40",
    ],
)
def test_a_share_above_the_price_is_not_summed(amounts: str) -> None:
    """3.9."""
    assert not is_summed(stating(amounts))


def test_a_share_that_the_price_has_no_room_for_is_in_no_sum(alice: Member, alice_client: Client) -> None:
    """3.9: Today asked about it first, and the list, the year and the files summed it silently."""
    amounts = "drugcost 550, benefit 400, discount 300, memberliability 235, paidbypatient 235"
    with time_machine.travel(NOW, tick=False):
        save(
            all_read(a_connection(alice)),
            an_eob(1),
            json.loads(body(an_eob(2, on="2026-11-02", kind="pharmacy", total=money(amounts)))),
        )
        pages = [unescape(alice_client.get(path).content.decode()) for path in ("/claims/", "/money/2026/")]
        today = alice_client.get("/home/").content.decode()
    assert "2 claims, your share $53.52 for the one that can be added up" in pages[0]
    assert (
        "In 2026 so far your share is $53.52. 1 claim whose figures disagree is not in this sum." in pages[1]
    )
    for page in pages:
        assert "1 claim whose figures disagree is in no sum. Its page shows them." in page
    assert "The figures of 1 recent claim do not agree." in today
    assert [claim.entry.is_set_apart for claim in held(alice)] == [True, False]


@pytest.mark.parametrize(
    ("amounts", "kind"),
    [
        ("submitted 9000, benefit 12000, memberliability 0", "institutional"),  # a price of the plan's own
        ("submitted 3000, benefit 7000, deductible 1632, memberliability 1632", "institutional"),
        ("drugcost 100, benefit 0, tax 8, memberliability 108", "pharmacy"),  # to the cent, with the tax
        ("drugcost 550, benefit 200, discount 300, memberliability 235", "pharmacy"),  # gifts may overlap
        ("submitted 100, eligible 99.99, memberliability 100", "professional"),  # rounded
        ("submitted 0, benefit 0, copay 20, memberliability 20", "professional"),  # paid by the head
    ],
)
def test_a_share_that_may_be_right_beside_the_price_stays_in_sums(amounts: str, kind: str) -> None:
    """3.9: what its own page says may be right was in no sum."""
    assert is_summed(stating(amounts, kind=kind))


@pytest.mark.parametrize("amounts", ["submitted 0, benefit 0, copay 30", "submitted 0, eligible 0, copay 30"])
def test_a_copay_beside_a_bill_of_nothing_is_not_asked_about(amounts: str) -> None:
    """3.9: "That is more than was billed: ask your plan why", of care that a plan pays by the month."""
    assert "sk " not in wording.story(stating(amounts)).answer
    whole = wording.story(stating("submitted 0, benefit 0, memberliability 30")).answer
    assert "That is more than was billed: ask your plan why before you pay." in whole


@pytest.mark.parametrize(
    ("amounts", "changes"),
    [
        ("submitted 0, benefit 0, copay 30", {"kind": "pharmacy"}),
        ("drugcost 0, benefit 0, copay 30", {"kind": "pharmacy"}),
        ("submitted 0, benefit 0, copay 30", {"adjudication": [DENIED]}),
    ],
)
def test_a_copay_beside_a_bill_of_nothing_is_asked_about_where_no_plan_pays_by_the_month(
    amounts: str, changes: dict[str, Any]
) -> None:
    """3.9: a drug is billed each time, and what was denied has no copay; both were silent."""
    record = stating(amounts, **changes)
    assert ": ask your plan why before you pay." in wording.story(record).answer
    assert is_summed(record), "which of the figures is wrong nobody says, and the copay may be right"


def test_what_the_plan_has_still_to_decide_disagrees_with_no_price() -> None:
    queued = claim(*money("submitted 100, eligible 80, memberliability 120"), outcome="queued")
    assert not exceeding(reading(queued))


def test_figures_that_only_exceed_the_price_are_not_said_to_contradict_each_other(
    alice: Member, alice_client: Client
) -> None:
    """3.9: the ledger said so of a share above what is left of the price."""
    amounts = money("submitted 1000, eligible 400, benefit 300, deductible 200, memberliability 200")
    with time_machine.travel(NOW, tick=False):
        save(all_read(a_connection(alice)), json.loads(body(an_eob(1, total=amounts))))
        page = unescape(alice_client.get("/money/2026/").content.decode())
    assert "Its figures do not agree, so it is not in the totals here." in page
    assert "contradict" not in page


def test_a_claim_in_no_sum_says_so_on_its_page(alice: Member, alice_client: Client) -> None:
    amounts = money("submitted 1000, eligible 400, benefit 300, memberliability 200")
    save(a_connection(alice), json.loads(body(an_eob(1, total=amounts))))
    (shown,) = held(alice)
    page = alice_client.get(f"/claims/{shown.id}/").content.decode()
    assert "These figures do not agree, so no sum takes them." in page


def test_a_share_in_other_money_than_the_bill_is_held_against_nothing() -> None:
    totals = money("submitted 100, memberliability 120")
    assert exceeding(reading(claim(*totals)))
    totals[1]["amount"]["currency"] = "CAD"
    assert not exceeding(reading(claim(*totals)))


def test_what_was_paid_above_the_price_alone_is_asked_back_too() -> None:
    amounts = "submitted 300, eligible 100, benefit 0, memberliability 120, paidbypatient 120"
    story = wording.story(stating(amounts, adjudication=INSIDE))
    assert story.answer.endswith("That is more than the price your plan allows, and you paid it already.")
    assert story.asks == ("Ask the provider whether $20.00 comes back to you.",)


def test_what_came_of_a_bill_of_nothing_is_asked_back_once_and_of_one() -> None:
    """The lead asked the plan, the page the pharmacy, and $30.00 stood in three sentences."""
    amounts = "submitted 0, benefit 0, copay 30, memberliability 30, paidbypatient 30"
    story = wording.story(stating(amounts, kind="pharmacy"))
    assert story.asks == ("Ask the pharmacy whether $30.00 comes back to you.",)
    assert story.answer.count("$30.00") == 1
    assert "sk your plan" not in story.answer


def test_an_amount_below_nothing_is_not_one_that_the_provider_may_not_charge() -> None:
    amounts = "submitted 9000, eligible 12000, benefit 10800, memberliability 1200"
    record = a_claim(INSIDE, because("94", "-3000", "CO"), amounts=amounts)
    (why,) = wording.story(record).reasons
    assert why.startswith("Line 1: Your plan processed more than was billed.")
    assert "may not charge" not in why


def test_minutes_of_anesthesia_are_counted_in_minutes() -> None:
    (read,) = reading(claim(item=[line(1, quantity={"value": 95, "code": "MJ", "unit": "MJ"})])).lines
    assert (read.quantity, read.unit) == (95, "minutes")


@pytest.mark.parametrize(("outcome", "is_worked_out"), [("partial", False), ("complete", True)])
def test_no_discount_is_worked_out_over_lines_that_are_not_decided(outcome: str, is_worked_out: bool) -> None:
    """A line of $300.00 without any decision was in the "lower price" of a claim that is not finished."""
    lines = [
        line(1, *money("submitted 300, eligible 200, benefit 200, memberliability 0")),
        line(2, *money("submitted 300")),
    ]
    amounts = money("submitted 600, eligible 200, benefit 200, memberliability 0")
    record = reading(claim(*amounts, item=lines, outcome=outcome))
    assert record.money.reduction.is_known == is_worked_out
    assert ("$400.00 lower" in wording.story(record).answer) == is_worked_out
    assert ("reduction" in [row.testid for row in rows(record)]) == is_worked_out
    assert discount_of(record).is_known == is_worked_out


def test_of_a_share_no_more_counted_toward_the_deductible_than_it_is(
    alice: Member, alice_client: Client
) -> None:
    """It was said of a share of $80.00 that $180.00 of it counted."""
    amounts = "submitted 300, eligible 180, benefit 0, deductible 180, priorpayerpaid 100, memberliability 80"
    save(a_connection(alice), json.loads(body(an_eob(1, total=money(amounts)))))
    page = alice_client.get("/money/2026/").content.decode()
    assert "$180.00 may count toward the deductible, by the claims here." in page  # its network is not known
    assert "$180.00 of it" not in page


WHOLE = "submitted 1410, eligible 614.50, noncovered 795.50, coinsurance 307.25, benefit 307.25"


@pytest.mark.parametrize("paid_to", ["paidtoprovider", "paidtopatient"])
def test_outside_the_network_nothing_is_asked_on_top_of_the_whole_bill(paid_to: str) -> None:
    """A share of $1,102.75 and the $307.25 that the plan paid are the bill: there is no more to ask for."""
    figures = money(f"{WHOLE}, {paid_to} 307.25, memberliability 1102.75")
    record = reading(claim(*figures, adjudication=[OUT]))
    assert "more" not in asked(record)
    assert "for more" not in lead(record)
    assert asked(record).startswith("$1,102.75" if paid_to == "paidtoprovider" else "$1,410.00: your share")
