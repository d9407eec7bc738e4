"""Approvals and estimates in advance: kept apart, and told in words (facts claims 6)."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from msgspec import structs

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.kinds.approval.wording import page, row, standing_of
from apps.kinds.claim import reading
from apps.kinds.claim.records import ApprovalFacts, ClaimRecord, Coded, Figure, Line, Money, Reason, Related
from apps.records.models import Book, Record
from tests.claims.given import a_connection, an_eob, approvals_of, damage, row_of, save
from tests.claims.made import body
from tests.claims.test_reading_approvals import read as approval_of
from tests.claims.test_reading_approvals import reviewed

TODAY = date(2026, 11, 25)


def asked(use: str = "preauthorization", status: str = "active", **facts: Any) -> ClaimRecord:
    return ClaimRecord(
        use=use,
        status=status,
        provider="Keelson Spine and Pain",
        created="2026-01-13",
        lines=(Line(what=Coded(words="Back injection"), quantity=Decimal(3)),),
        approval=ApprovalFacts(**facts),
    )


def test_the_claim_that_an_approval_names_stands_among_its_facts() -> None:
    record = structs.replace(asked(decision="approved"), related=(Related("associated", number="XCLM1001"),))
    assert dict(page(record, today=TODAY).facts)["Related claim or case"] == "XCLM1001"


@pytest.mark.parametrize(
    ("record", "standing", "words"),
    [
        (asked(decision="approved"), "approved", "Your plan approved this in advance."),
        (
            asked(decision="approved", quantity=Decimal(3), used=Decimal(2), valid_to="2026-12-31"),
            "approved",
            "Your plan approved this in advance. Approved: 3, used: 2, left: 1. "
            "Valid until December 31, 2026.",
        ),
        (
            asked(decision="approved", quantity=Decimal(3), unit="visits"),
            "approved",
            "Your plan approved this in advance. Approved: 3 visits. How much of it is used was not shared.",
        ),
        (
            asked(decision="approved", quantity=Decimal(3), used=Decimal(-1)),
            "approved",
            "Your plan approved this in advance. Approved: 3. "
            "Your plan sent -1 as used, which cannot be right.",
        ),
        (
            asked(decision="approved", used=Decimal(-1)),
            "approved",
            "Your plan approved this in advance. Your plan sent -1 as used, which cannot be right.",
        ),
        (
            asked(decision="approved", quantity=Decimal(3), used=Decimal(3)),
            "used_up",
            "Your plan approved this in advance, and all of it is used. Approved: 3, used: 3, left: 0.",
        ),
        (
            asked(decision="approved", valid_to="2026-11-24"),
            "expired",
            "Your plan approved this in advance, but the time for it has passed. "
            "It was valid until November 24, 2026.",
        ),
        (
            asked(decision="partly_approved"),
            "partly_approved",
            "Your plan approved a part of this in advance.",
        ),
        (
            asked(decision="partly_approved", valid_to="2026-11-24"),
            "expired",
            "Your plan approved a part of this in advance, but the time for it has passed. "
            "It was valid until November 24, 2026.",
        ),
        (
            asked(decision="partly_approved", quantity=Decimal(3), used=Decimal(3)),
            "used_up",
            "Your plan approved a part of this in advance, and all of that is used. "
            "Approved: 3, used: 3, left: 0.",
        ),
        (
            asked(decision="partly_approved", refuses_a_line=True),
            "partly_approved",
            "Your plan approved a part of this in advance. "
            "It did not approve another part: you can ask it to look again.",
        ),
        (
            asked(decision="partly_denied", refuses_a_line=True),
            "partly_denied",
            "Your plan did not approve a part of this in advance, and shared no approval of the rest. "
            "You can ask it to look again.",
        ),
        (asked(decision="pending"), "pending", "Your plan has not decided this yet."),
        (asked(decision="cancelled"), "cancelled", "This request was cancelled. It no longer counts."),
        (asked(), "unknown", "Your plan shared this request, but not what it decided."),
        (
            asked(status="entered-in-error", decision="approved"),
            "mistake",
            "Your plan says this was entered in error. It does not count.",
        ),
        (asked("predetermination"), "estimate", "Your plan shared an estimate, but not what it would pay."),
    ],
)
def test_the_answer_says_what_holds_today(record: ClaimRecord, standing: str, words: str) -> None:
    told = page(record, today=TODAY)
    assert standing_of(record, today=TODAY) == standing
    assert told.answer == words
    assert (told.notice == "") == (standing == "denied"), "a refusal is not told what an approval is not"


@pytest.mark.parametrize(
    ("until", "is_over"),
    [
        ("2026-11-25", False), ("2026-11-24", True), ("2026-11", False), ("2026-10", True), ("2026", False),
        ("2025", True), ("0000", False), ("2026-13", False), ("soon", False), (None, False),
    ],
)  # fmt: skip
def test_a_partial_last_day_lasts_as_long_as_it_can(until: str | None, is_over: bool) -> None:
    record = asked(decision="approved", valid_to=until)
    assert (standing_of(record, today=TODAY) == "expired") == is_over
    assert row(record, today=TODAY).title == "Back injection"


def test_a_row_begins_each_of_its_pieces_alike_and_ends_none_as_a_sentence() -> None:
    """On a telephone they stand one under the other."""
    told = row(asked(decision="approved", valid_to="2026-12-31"), today=TODAY).meta
    assert told == "Asked for by Keelson Spine and Pain · Valid until December 31, 2026"


def test_of_what_is_approved_in_part_each_approved_line_says_so() -> None:
    """Medicare decides line by line: two affirmed beside two pending ones were all "approved in advance"."""
    url = "https://bluebutton.cms.gov/fhir/StructureDefinition/PA-DECISION"
    lines = [
        {
            "sequence": number,
            "productOrService": {"text": f"Nursing {number}"},
            "extension": [{"url": url, "valueCoding": {"code": code}}],
        }
        for number, code in enumerate("PAN", 1)
    ]
    asked_for = page(approval_of(body(an_eob(1, use="preauthorization", item=lines))), today=TODAY).asked_for
    assert asked_for == (("Nursing 1", ""), ("Nursing 2", "Approved"), ("Nursing 3", "Not approved"))


def test_an_estimate_says_for_when_it_is() -> None:
    """Advance explanations of benefits (Da Vinci PCT) are for a planned day: it stood nowhere."""
    made = an_eob(1, use="predetermination", on="2026-12-01", created="2026-11-02")
    assert dict(page(approval_of(body(made)), today=TODAY).facts)["Planned for"] == "December 1, 2026"


def test_a_refusal_says_why_or_that_nothing_was_said() -> None:
    assert page(asked(decision="denied"), today=TODAY).reasons == ("Your plan did not say why.",)
    reasons = (Reason(code="X", kind="plan", words="Not needed yet"),)
    told = page(asked(decision="denied", reasons=reasons), today=TODAY)
    assert told.reasons == ("Not needed yet (code X)",)
    assert told.badge.words == "Not approved"


@pytest.mark.parametrize(
    "reason",
    [*[Reason(code, "adjustment", "CO") for code in ("50", "55", "56")], Reason("line N", "cms")],
    ids=lambda reason: reason.code,
)
def test_what_only_a_reason_speaks_against_offers_no_way_on(reason: Reason) -> None:
    """ "You can ask it to look again" stood where the plan decided nothing, and nothing led there."""
    told = page(structs.replace(asked(), reasons=(reason,)), today=TODAY)
    assert (told.is_refused, len(told.reasons)) == (False, 1)
    assert "look again" not in " ".join((told.answer, *told.reasons))


def test_what_an_estimate_says_of_checks_and_of_limits_is_on_its_page(
    alice: Member, alice_client: Client
) -> None:
    """An advance EOB of Da Vinci PCT: that the plan may check the care, and its count, stood nowhere."""
    pct = "http://hl7.org/fhir/us/davinci-pct/StructureDefinition"
    review = {"coding": [{"code": "concurrent-review", "display": "Concurrent Review"}]}
    checks = {"url": f"{pct}/subjectToMedicalMgmt", "valueCodeableConcept": review}
    left = {"allowedMoney": {"value": 500}, "usedMoney": {"value": 120}, "type": {"text": "allowed"}}
    about = {
        "serviceDescription": {"valueString": "Example service"},
        "inNetworkProviderOptionsLink": {"valueUrl": "https://plan.example/find"},
    }
    made = an_eob(
        1,
        use="predetermination",
        extension=[{"url": f"{pct}/{name}", **value} for name, value in about.items()],
        adjudication=[{"extension": [checks], "category": {"text": "Medical Management"}}],
        benefitBalance=[{"category": {"text": "Medical Care"}, "financial": [left]}],
    )
    save(a_connection(alice), made)
    [record] = alice.records.all()
    html = alice_client.get(f"/claims/approvals/{record.pk}/").content.decode()
    told = ("Concurrent Review", "Example service", "https://plan.example/find", "Medical Care", "$500.00")
    assert [words for words in told if words not in html] == []
    assert ("counts in none of the sums" in html, "story" in html) == (True, False)


def test_an_estimate_is_worded_unlike_an_approval() -> None:
    estimate = asked("predetermination", valid_to="2026-12-31")
    money = Money(billed=Figure(Decimal(1640)), plan_paid=Figure(Decimal(565)))
    told = page(ClaimRecord(use="predetermination", money=money, approval=estimate.approval), today=TODAY)
    assert told.answer == (
        "Your plan estimates that it would pay $565.00 of the $1,640.00 your provider would bill. "
        "Valid until December 31, 2026."
    )
    assert (told.kind, told.badge.words, told.is_estimate) == ("Estimate in advance", "Estimate", True)
    assert "approv" not in (told.notice + told.answer).lower()


def test_an_estimate_says_what_would_be_the_members() -> None:
    """The lead said only what the plan would pay, or that it did not say: the share stood below."""
    money = Money(billed=Figure(Decimal(200)), your_share=Figure(Decimal(200)))
    told = page(structs.replace(asked("predetermination"), money=money), today=TODAY)
    assert told.answer == "Your plan estimates that your share would be $200.00."
    paid = structs.replace(money, plan_paid=Figure(Decimal(150)), your_share=Figure(Decimal(50)))
    told = page(structs.replace(asked("predetermination"), money=paid), today=TODAY)
    assert told.answer.endswith("$200.00 your provider would bill. Your share would be $50.00.")


def test_an_estimate_of_da_vinci_says_for_when_until_when_and_that_it_is_one() -> None:
    """What PCT hides in extensions: the planned day, the day it expires, and the plan's own words."""
    pct = "http://hl7.org/fhir/us/davinci-pct/StructureDefinition"
    planned = {"url": f"{pct}/estimatedDateOfService", "valueDate": "2026-12-03"}
    whole = [
        {"url": f"{pct}/disclaimer", "valueString": "Estimate only"},
        {"url": f"{pct}/expirationDate", "valueDate": "2026-12-31"},
    ]
    lines = [{"sequence": 1, "productOrService": {"text": "Imaging"}, "extension": [planned]}]
    made = an_eob(1, use="predetermination", on=None, extension=whole, item=lines)
    told = page(approval_of(body(made)), today=TODAY)
    facts = dict(told.facts)
    assert (facts["Planned for"], facts["Your plan adds"]) == ("December 3, 2026", "Estimate only")
    assert told.answer.endswith("Valid until December 31, 2026.")


def test_what_was_asked_for_has_one_name_and_the_words_of_its_code() -> None:
    """A title of the type of service alone ("Consultation"), above oxygen: PAS sends both."""
    what = Coded(code="E0424", system="HCPCS", words="Consultation")
    record = structs.replace(asked(decision="approved"), lines=(Line(what=what),))
    told = page(record, today=TODAY)
    [(name, about)] = told.asked_for
    assert (told.title, name) == ("Medical equipment", "Medical equipment (HCPCS E0424)")
    assert about.startswith("Stationary compressed gaseous oxygen system, rental")


@pytest.mark.parametrize(("system", "code"), [("X12", "A1"), ("CPT", "99499")])
def test_a_type_of_service_is_the_name_of_what_no_list_names(system: str, code: str) -> None:
    """The title was "Care", above "Consultation (X12 A1)"."""
    what = Coded(code=code, system=system, words="Consultation")
    told = page(structs.replace(asked(), lines=(Line(what=what),)), today=TODAY)
    assert told.title == "Consultation"
    assert told.asked_for[0][0].startswith("Consultation")


def test_a_request_that_fills_in_a_zero_says_nothing_of_a_bill() -> None:
    """PDex asks for an amount where a decision stands, and plans fill in 0: "Would be billed $0.00"."""
    zero = structs.replace(asked(decision="approved"), money=Money(billed=Figure(Decimal(0))))
    assert "Would be billed" not in dict(page(zero, today=TODAY).facts)


def test_what_is_not_decided_has_no_day_of_decision() -> None:
    pending = dict(page(asked(decision="pending"), today=TODAY).facts)
    assert (pending["Asked on"], "Decided on" in pending) == ("January 13, 2026", False)
    decided = dict(page(asked(decision="approved", asked_on="2026-01-08"), today=TODAY).facts)
    assert (decided["Asked on"], decided["Decided on"]) == ("January 8, 2026", "January 13, 2026")


def test_nothing_is_said_that_was_not_sent() -> None:
    told = page(ClaimRecord(use="preauthorization"), today=TODAY)
    assert (told.title, told.facts, told.asked_for, told.reasons) == ("Care", (), (), ())
    assert row(ClaimRecord(use="preauthorization"), today=TODAY).meta == ""


def test_approvals_have_a_list_and_pages_and_are_no_claims(
    alice_client: Client, first: Connection, second: Connection
) -> None:
    """One that came through two connections is listed once, as a claim is."""
    connection = first
    save(connection, an_eob("a", use="preauthorization"), an_eob("e", use="predetermination"), an_eob(1))
    save(second, an_eob("a", use="preauthorization"))
    listed = alice_client.get("/claims/approvals/").content.decode()
    assert listed.count('data-testid="approval-row"') == 2
    for approval in approvals_of(connection):
        response = alice_client.get(f"/claims/approvals/{approval.id}/")
        assert response.status_code == 200
        assert "no-store" in response.headers["Cache-Control"]
        assert alice_client.get(f"/claims/{approval.id}/").status_code == 404
    assert alice_client.get(f"/claims/approvals/{row_of(connection, 1).pk}/").status_code == 404
    html = alice_client.get("/claims/").content.decode()
    assert "/claims/approvals/" in html
    assert html.count('data-testid="claim-row"') == 1
    assert alice_client.get("/home/").content.decode().count('data-testid="claim-row"') == 1


def test_the_list_is_headed_by_where_each_stands(alice: Member, alice_client: Client) -> None:
    """A refusal does not stand below a heading that says approved."""
    save(
        a_connection(alice),
        an_eob("a", use="preauthorization", adjudication=[reviewed("A3")]),
        an_eob("b", use="preauthorization", adjudication=[reviewed("A1")]),
        an_eob("e", use="predetermination"),
    )
    html = alice_client.get("/claims/approvals/").content.decode()
    found = re.findall(r"<h2>([^<]*)</h2>|class=\"badge badge--\w+\">([^<]*)<", html)
    assert [heading or badge for heading, badge in found] == [
        "Approved", "Approved", "Not approved", "Not approved", "Estimates", "Estimate",
    ]  # fmt: skip
    assert "<h1>Approvals and estimates in advance</h1>" in html
    for address in ("/claims/", "/coverage/"):
        assert '"/claims/approvals/"' in alice_client.get(address).content.decode(), address


def test_without_any_there_is_no_link_and_the_list_says_so(alice: Member, alice_client: Client) -> None:
    save(a_connection(alice), an_eob(1))
    for address in ("/claims/", "/coverage/"):
        assert "/claims/approvals/" not in alice_client.get(address).content.decode(), address
    assert "has shared no approvals" in alice_client.get("/claims/approvals/").content.decode()


def test_one_whose_seal_broke_says_so_on_its_page_and_the_list_stands(
    alice: Member, alice_client: Client
) -> None:
    """The book still knows what it is; made again without it, it is listed as what could not be opened."""
    connection = a_connection(alice)
    save(connection, an_eob("a", use="preauthorization"), an_eob("b", use="preauthorization"))
    broken = row_of(connection, "a")
    Record.objects.filter(pk=broken.pk).update(sealed_body=b"broken")
    assert alice_client.get("/claims/approvals/").content.decode().count("approval-row") == 2
    assert alice_client.get(f"/claims/approvals/{broken.pk}/").status_code == 500
    damage(broken)
    assert alice_client.get("/claims/approvals/").content.decode().count("approval-row") == 1
    assert alice_client.get(f"/claims/approvals/{broken.pk}/").status_code == 500
    assert "This claim could not be opened" in alice_client.get("/claims/").content.decode()


def test_one_entered_in_error_is_not_listed_and_a_wild_page_is_the_nearest(
    alice: Member, alice_client: Client
) -> None:
    save(a_connection(alice), an_eob("a", use="preauthorization", status="entered-in-error"))
    for query in ("", "?page=999", "?page=x", "?page=-1", "?page=%00"):
        assert "approval-row" not in alice_client.get(f"/claims/approvals/{query}").content.decode()


def test_disconnecting_names_approvals_among_what_goes(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, an_eob("a", use="preauthorization"), an_eob(1))
    html = alice_client.get(f"/connections/{connection.pk}/disconnect/").content.decode()
    assert "1 approval in advance" in html
    connection.delete()
    assert not Record.objects.exists()
    assert not Book.objects.exists()


def test_the_published_approval_is_told(shared: Any) -> None:
    file = shared / "fhir" / "davinci-pdex" / "ExplanationOfBenefit-PDexPriorAuth1.json"
    said = ApprovalFacts(decision="approved", valid_to="2021-10-31")
    told = page(structs.replace(reading.read(file.read_bytes(), {}), approval=said), today=TODAY)
    assert told.badge.words == "Expired"
    assert "October 31, 2021" in told.answer


@pytest.mark.django_db
def test_an_approval_belongs_to_the_room_of_claims(alice_client: Client, first: Connection) -> None:
    """No room was marked while an approval was read."""
    save(first, an_eob(1, use="preauthorization"))
    [approval] = approvals_of(first)
    page = alice_client.get(f"/claims/approvals/{approval.id}/").content.decode()
    assert re.search(r'href="/claims/" aria-current="page"', page)
