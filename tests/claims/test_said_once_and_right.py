"""Pages of the invented members, looked at one by one: no sentence says more than the claim holds."""

import re
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import translation

from apps.accounts.models import Member
from apps.kinds.claim import wording
from apps.kinds.claim.wording.vocabulary import counted
from tests.claims.given import a_connection, an_eob, row_of, save
from tests.claims.made import body, claim, line, money, reading, status
from tests.claims.test_chains import PRIOR, REPLACED_BY, related, void
from tests.claims.test_whose_money import OUT, asked, lead, why

WHOLE = "submitted 1410, eligible 614.50, noncovered 795.50, coinsurance 307.25, benefit 307.25"


@pytest.mark.parametrize("paid_to", ["paidtoprovider", "paidtopatient"])
def test_outside_the_network_nothing_is_asked_on_top_of_the_whole_bill(paid_to: str) -> None:
    """A share of $1,102.75 and the $307.25 that the plan paid are the bill: there is no more to ask for."""
    figures = money(f"{WHOLE}, {paid_to} 307.25, memberliability 1102.75")
    record = reading(claim(*figures, adjudication=[OUT]))
    assert "more" not in asked(record)
    assert "for more" not in lead(record)
    assert asked(record).startswith("$1,102.75" if paid_to == "paidtoprovider" else "$1,410.00: your share")


DENIED = status("benefitpaymentstatus", "denied")
NOTE = [{"text": "You may be billed for this."}]


def test_what_a_claim_said_that_does_not_count_is_said_of_its_time(
    alice: Member, alice_client: Client
) -> None:
    """Its reasons stood under "Why", and its amounts uncrossed where they come from, as if they held."""
    connection = a_connection(alice)
    old = an_eob(1, share="80.00", processNote=NOTE, **related(REPLACED_BY, to="2"))
    save(connection, old, an_eob(2, share="53.52", processNote=NOTE))
    html = alice_client.get(f"/claims/{row_of(connection, 1).pk}/").text
    assert ">What your plan wrote at that time</h2>" in html
    assert "<dt>Your share: <s>$80.00</s>" in html
    current = alice_client.get(f"/claims/{row_of(connection, 2).pk}/").text
    assert ">What your plan wrote</h2>" in current
    assert "<dt>Your share: $53.52</dt>" in current


def test_lines_and_network_of_a_claim_that_does_not_count_are_of_its_time(
    alice: Member, alice_client: Client
) -> None:
    """ "Outside your plan's network" stood there as if it held, and the plan's note again on each line."""
    connection, again = a_connection(alice), {"noteNumber": [1]}
    notes = [
        {"number": 1, "text": "You may be billed for this."},
        {"number": 2, "text": "Of one line alone."},
    ]
    items = [line(1, **again), line(2, noteNumber=[1, 2])]
    made = {"processNote": notes, "item": items, "adjudication": [OUT]}
    save(connection, an_eob(1, share="80.00", **made, **related(REPLACED_BY, to="2")), an_eob(2, **made))
    old, current = (alice_client.get(f"/claims/{row_of(connection, n).pk}/").text for n in (1, 2))
    for html, mark in ((old, ", at that time"), (current, "")):
        assert f'id="lines">Line by line{mark}</h2>' in html
        assert f"Network{mark}" in html
        assert html.count("You may be billed for this.") == 1
        assert html.count("Of one line alone.") == 2
    assert "at that time" not in current


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "This replaces an earlier version of the claim: CLM-7."),
        (void(), "This takes back an earlier version of the claim: CLM-7."),
        ({"status": "entered-in-error"}, "It names an earlier version of the claim: CLM-7."),
    ],
)
def test_only_a_claim_that_holds_replaces_another(changes: dict[str, object], sentence: str) -> None:
    record = reading(claim(**related(PRIOR, number="7"), **changes))
    assert wording.story(record).related == (sentence,)


def test_a_part_above_a_limit_is_not_called_refused_and_each_step_is_something_to_do() -> None:
    """Step 4 was "Your plan counts this part as yours."; what to do with its bill was not said."""
    figures = money("submitted 627, eligible 484, noncovered 143, copay 25, benefit 459, memberliability 168")
    lines = [line(1, *money("submitted 627, noncovered 143"), why("PR 119"))]
    steps = wording.story(reading(claim(*figures, item=lines))).steps
    assert steps is not None
    assert steps.heading == "Your plan did not cover a part"
    assert steps.steps[0] == "Ask your plan how it counted, and which claims used the limit up."
    assert steps.steps[-1].endswith("Ask the provider to wait with the bill until your plan has answered.")
    paid = wording.story(reading(claim(*figures, *money("paidbypatient 168"), item=lines))).steps
    assert paid is not None
    assert paid.steps[-1] == "Your plan counts this part as yours."


@pytest.mark.parametrize(
    ("quantity", "unit", "english", "spanish"),
    [
        (30, "tablet", "30 tablets", "30 tabletas"),
        (1, "inhaler", "1 inhaler", "1 inhalador"),
        (90, "CAPSULES", "90 capsules", "90 cápsulas"),
        (2, "blister", "2 blister", "2 blister"),
    ],
)
def test_what_a_pharmacy_counts_is_one_or_many_in_the_readers_language(
    quantity: int, unit: str, english: str, spanish: str
) -> None:
    """Pages said "30 tablet", in Spanish too."""
    assert counted(Decimal(quantity), unit) == english
    with translation.override("es"):
        assert counted(Decimal(quantity), unit) == spanish


def test_who_may_have_paid_for_a_cancelled_claim_is_told_whom_to_ask() -> None:
    """The page had nothing to do on it, though its share may have been paid."""
    record = reading(claim(*money("submitted 280, benefit 235, memberliability 45"), status="cancelled"))
    asks = "If you paid for it, ask the provider whether that comes back to you."
    assert lead(record).endswith(asks)
    assert asks not in wording.story(record, is_current=False).answer
    nothing = reading(claim(*money("submitted 280, benefit 280, memberliability 0"), status="cancelled"))
    assert asks not in lead(nothing)


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("PR 16", "Call the provider: if something was missing or wrong, they can send the claim again."),
        ("PR 119", "Ask your plan how it counted, and which claims used the limit up."),
        ("PR 22", "Ask your plan in writing to look again (an appeal), and keep a copy of everything."),
        ("PR 29", "Ask your plan in writing to look again (an appeal), and keep a copy of everything."),
    ],
)
def test_a_claim_is_sent_again_only_where_papers_or_mistakes_may_be_why(code: str, first: str) -> None:
    figures = money("submitted 627, noncovered 627, benefit 0, memberliability 627")
    steps = wording.story(reading(claim(*figures, item=[line(1, why(code), DENIED)]))).steps
    assert steps is not None
    assert steps.steps[0] == first


def test_the_words_explained_are_those_that_the_page_says(alice: Member, alice_client: Client) -> None:
    """ "Denied" was explained on a page without a denial."""
    connection = a_connection(alice)
    figures = "submitted 627, eligible 484, noncovered 143, copay 25, benefit 459, memberliability 168"
    part = {"total": money(figures)}
    made = ([line(1, DENIED)], [line(1, *money("submitted 627, noncovered 143"), why("PR 119"))])
    save(connection, an_eob(1, item=made[0]), body(an_eob(2, item=made[1], **part)))
    denied, limited = (alice_client.get(f"/claims/{row_of(connection, n).pk}/").text for n in (1, 2))
    for html, words in ((denied, ["denied", "appeal"]), (limited, ["appeal"])):
        end = html.partition("steps__end")[2].partition("</p>")[0]
        assert re.findall(r"#(\w+)", end) == words


def test_what_is_not_final_is_not_said_to_be_unfinished_too() -> None:
    tag = {"system": "https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action", "code": "NotFinalAction"}
    record = reading(claim(*money("submitted 100"), outcome="partial", meta={"tag": [tag]}))
    assert wording.story(record).notices == ("Your plan says this is not final. It may still change.",)


def test_a_count_below_zero_has_the_minus_of_amounts() -> None:
    assert counted(Decimal(-57), None) == "\N{MINUS SIGN}57"
