"""Cancelled, taken back and older claims: all that is said is of their time, and no amount counts."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from msgspec import structs

from apps.accounts.models import Member
from apps.kinds.claim import wording
from apps.kinds.claim.wording import story
from tests.claims.given import a_connection, an_eob, row_of, save
from tests.claims.made import OUT, body, claim, concept, line, money, number, reading, stating, status
from tests.claims.systems import THO
from tests.claims.telling import lead
from tests.claims.test_chains import PRIOR, REPLACED_BY, related, void
from tests.claims.test_payments_that_decide import CREDIT, DENIED, REFUSED

OUTSIDE = [status("billingnetworkstatus", "innetwork"), status("benefitpaymentstatus", "outofnetwork")]


@pytest.mark.parametrize("adjustment", [[], OUTSIDE])
@pytest.mark.parametrize("extension", [[], [REFUSED], [DENIED]])
def test_of_what_counts_no_longer_nobody_has_to_ask_which_is_right(
    extension: list[Any], adjustment: list[Any]
) -> None:
    """Beside "Nothing of it counts" it said to ask which of two marks is right, and why it was paid so."""
    made = claim(*money("submitted 300, benefit 160"), extension=extension, adjudication=adjustment)
    asked = " ".join(story(reading(made)).notices)
    closed = " ".join(story(reading(made | {"status": "cancelled"})).notices)
    assert ("Ask" in asked) is bool(extension or adjustment)
    assert "Ask" not in closed
    assert ("all the same." in closed) is bool(extension)


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


def test_who_may_have_paid_for_a_cancelled_claim_is_told_whom_to_ask() -> None:
    """The page had nothing to do on it, though its share may have been paid."""
    record = stating("submitted 280, benefit 235, memberliability 45", status="cancelled")
    asks = "If you paid for it, ask the provider whether that comes back to you."
    assert lead(record).endswith(asks)
    assert asks not in wording.story(record, is_current=False).answer
    nothing = stating("submitted 280, benefit 280, memberliability 0", status="cancelled")
    assert asks not in lead(nothing)


@pytest.mark.parametrize(("is_current", "is_known_older", "is_of_then"), [(0, 1, 1), (0, 0, 0), (1, 1, 0)])
def test_only_what_held_at_some_time_is_told_as_of_then(
    *, is_current: bool, is_known_older: bool, is_of_then: bool
) -> None:
    """7: "Network, at that time" stood over another form of the same claim."""
    whole = stating("submitted 1")
    told = story(whole, is_current=is_current, is_known_older=is_known_older)
    assert told.is_of_then == is_of_then
    form = structs.replace(whole, shares_money=False)
    assert not story(form, is_current=is_current, is_known_older=is_known_older).is_of_then


def test_of_what_does_not_count_the_amounts_it_holds_are_struck_out_and_no_text_that_looks_like_one(
    alice: Member, alice_client: Client
) -> None:
    """ "ICD 250.00", which a plan wrote, is no amount in a currency ICD."""
    sent = {"category": concept(("urn:plan", "y")), "amount": {"value": number("-1234.5")}}
    refused = {"category": concept((THO, "benefit")), "reason": {"text": "ICD 250.00"}}
    made = claim(*money("submitted 77.10"), adjudication=[sent, refused], status="cancelled")
    save(a_connection(alice), json.loads(body(made)))
    page = alice_client.get(f"/claims/{alice.records.get().pk}/").content.decode()
    assert "Your plan wrote: ICD 250.00" in page
    struck = "<s>\N{MINUS SIGN}\N{WORD JOINER}$1,234.50</s>"
    assert f'{struck}<span class="visually-hidden"> does not count</span>' in page


def test_no_amount_of_a_cancelled_claim_stands_on_its_page_or_in_the_list_as_if_it_counted(
    alice: Member, alice_client: Client
) -> None:
    lines = [line(1, *money("submitted 77.10, benefit 50.20, paidtopatient 31.31"))]
    made = claim(*money("submitted 77.10, benefit 50.20"), item=lines, status="cancelled")
    save(a_connection(alice), json.loads(body(made)))
    listed = alice_client.get("/claims/").content.decode()
    assert "77.10" not in listed
    assert "50.20" not in listed
    page = alice_client.get(f"/claims/{alice.records.get().pk}/").content.decode()
    assert "<s>$31.31</s>" in page
    assert "$31.31" not in re.sub(r"<s\b[^>]*>.*?</s>", "", page)


@pytest.mark.parametrize(("code", "is_said"), [("C", False), ("0", False), ("D", True), ("5", True)])
def test_what_takes_an_earlier_claim_back_does_not_correct_it_too(code: str, is_said: bool) -> None:
    """5.2: one code said both."""
    kind = CREDIT | {"valueCoding": {"code": code}}
    told = story(stating("submitted 300, benefit 160", billablePeriod={"extension": [kind]}))
    assert ("This corrects the amounts of an earlier claim." in told.notices) is is_said
    assert ("takes an earlier claim back" in told.answer) is not is_said
