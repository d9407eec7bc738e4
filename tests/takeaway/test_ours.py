"""Our reading as JSON: every digit as text, unknown left out, a form that stays."""

import json
from decimal import Decimal

import msgspec
from django.test import Client

from apps.connections.models import Connection
from apps.kinds.claim.records import AlsoSent, ClaimRecord, Figure, Line, Money
from apps.records import remarks
from apps.records.remarks import Topic
from apps.takeaway import ours
from apps.vault.boxes import box_for
from tests.claims.given import NOW, an_eob, claims_of, spoil
from tests.takeaway.given import an_approval, bring, content, get
from tests.takeaway.pinning import PINNED, fields


def test_the_file_holds_claims_approvals_and_coverages(browser: Client, connection: Connection) -> None:
    an_approval(connection)
    response = get(browser, "reading")
    assert response["Content-Type"] == "application/json"
    made = json.loads(content(response))
    assert (made["format"], made["version"]) == ("plainclaim-records", 1)
    (claim,), (approval,), (coverage,) = made["claims"], made["approvals"], made["coverages"]
    assert claim["record"]["money"]["billed"]["amount"] == "100.00"
    assert (claim["plan"], claim["is_current"], claim["state"]) == ("Harborlight Health", True, "plain")
    assert approval["record"]["approval"]["quantity"] == "12"
    assert coverage["record"]["starts"] == "2025-01-01"


def test_the_file_holds_what_the_member_said(browser: Client, connection: Connection) -> None:
    [claim] = claims_of(connection)
    own = {"member": connection.member, "box": box_for(connection.member), "now": NOW}
    subject = remarks.subject_of(claim.entry)
    remarks.say(**own, topic=Topic.PAID, subject=subject, value={"amount": "5"}, connection_id=claim.plan)
    remarks.say(**own, topic=Topic.NAME, subject="ab12", value="Mum", connection_id=None)
    notes = json.loads(content(get(browser, "reading")))["notes"]
    name, paid = sorted(notes, key=lambda note: note["topic"])  # of one moment they stand in any order
    assert (paid["topic"], paid["claim_number"], paid["value"]) == ("paid", "CLM-odd", {"amount": "5"})
    assert (name["topic"], name["about"], name["value"]) == ("name", "ab12", "Mum")
    [of_the_claim] = json.loads(content(get(browser, "reading", claim.id)))["notes"]
    assert of_the_claim == paid


def test_what_is_not_known_is_left_out_and_never_null(browser: Client, connection: Connection) -> None:
    text = content(get(browser, "reading")).decode()
    assert "null" not in text
    money = json.loads(text)["claims"][0]["record"]["money"]
    assert list(money) == ["billed"]


def test_amounts_keep_their_digits() -> None:
    record = ClaimRecord(
        money=Money(billed=Figure(Decimal("1.10")), your_share=Figure(Decimal("-0.00"))),
        lines=(Line(quantity=Decimal("1E+2")),),
        also_sent=(AlsoSent("a", "b", "c"),),
    )
    made = ours.plain(record)
    assert made["money"] == {"billed": {"amount": "1.10"}, "your_share": {"amount": "-0.00"}}
    assert made["lines"][0]["quantity"] == "100"
    assert made["shares_money"] is True
    assert made["may_change"] is False


def test_one_claim_comes_without_approvals_and_years_without_others(
    browser: Client, connection: Connection
) -> None:
    an_approval(connection)
    bring(connection, an_eob(2, on="2026-05-05"))
    alone = json.loads(
        content(
            get(
                browser,
                "reading",
                next(claim.id for claim in claims_of(connection) if claim.entry.on.year == 2025),
            )
        )
    )
    assert (len(alone["claims"]), alone["approvals"]) == (1, [])
    year = json.loads(content(get(browser, "reading", 2026)))
    assert [claim["record"]["claim_number"] for claim in year["claims"]] == ["CLM-2"]
    assert year["approvals"] == []


def test_a_claim_that_does_not_open_is_named_as_missing(browser: Client, connection: Connection) -> None:
    spoil(*[claim.id for claim in claims_of(connection)])
    made = json.loads(content(get(browser, "reading")))
    assert made["claims"] == [{"plan": "Harborlight Health", "could_not_be_opened": True}]


def test_the_schema_is_served_and_describes_the_file(browser: Client, connection: Connection) -> None:
    response = browser.get("/take-along/plainclaim-records-1.schema.json")
    schema = json.loads(response.content)
    assert schema["$defs"]["Figure"]["properties"]["amount"]["anyOf"][0]["type"] == "string"
    claim = json.loads(content(get(browser, "reading")))["claims"][0]
    described = schema["$defs"]["ClaimRecord"]["properties"]
    assert set(claim["record"]) <= set(described)


def test_nothing_of_version_1_went_away_or_changed_its_type() -> None:
    """A program that read last year's file reads today's. Raise VERSION and pin anew when this has to fail.

    What is new is pinned with `python -m tests.takeaway.pinning`.
    """
    pinned = json.loads(PINNED.read_text())
    now = fields()
    assert ours.VERSION == 1
    assert {name: kind for name, kind in pinned.items() if now.get(name) != kind} == {}


def test_what_is_written_is_read_back_as_the_same_record() -> None:
    record = ClaimRecord(claim_number="1", money=Money(billed=Figure(Decimal("1.10"), "USD")))
    assert msgspec.convert(ours.plain(record), ClaimRecord, strict=False) == record
