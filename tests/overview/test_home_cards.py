"""The cards of the first page: what needs the member, each with its one button."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from tests.claims.given import NOW, a_connection, all_read, an_eob, save, shown
from tests.claims.made import body, concept, line, money, status, why
from tests.claims.test_people import about
from tests.overview.test_home import RECENT, page, said
from tests.overview.test_household import HOLDER, One, settle
from tests.overview.test_mail_news import approved
from tests.overview.test_year import whole

pytestmark = pytest.mark.usefixtures("november_2026")


def test_cards_say_what_needs_the_member_and_lead_there(alice: Member, alice_client: Client) -> None:
    connection = all_read(a_connection(alice))
    refused = whole(1, "100.00", "0.00", "100.00", "0.00", "0.00", "100.00", "0.00", "0.00")
    denied = an_eob(2, on=RECENT, share="0.00", item=[line(1, status("benefitpaymentstatus", "denied"))])
    save(connection, refused | {"created": RECENT}, denied)
    cards = re.findall(r'data-testid="card">(.*?)</li>', page(alice_client), re.DOTALL)
    [of_denied] = [card for card in cards if "Your plan denied this claim." in card]
    [link] = re.findall(r'href="(/claims/[^"]+)"', of_denied)
    alice_client.post(f"{link.removesuffix('appeal/')}checks/", {"box": "refused"})
    assert "Your plan denied this claim." not in page(alice_client)


def test_what_was_refused_stands_first_then_access_that_ended_then_approvals_then_the_rest(
    alice: Member, alice_client: Client
) -> None:
    """Whose records these are, and access to renew, stood above a refusal whose time runs."""
    connection = all_read(about(alice, "Her Plan", "p0", *HOLDER))
    Connection.objects.filter(pk=connection.pk).update(connected_at=NOW - timedelta(days=1))
    denied = whole(2, "100.00", "0.00", "100.00", "0.00", "0.00", "100.00", "0.00", "0.00")
    denied |= {"created": RECENT, "item": [line(1, status("benefitpaymentstatus", "denied"))]}
    save(connection, an_eob(1, on=RECENT), denied, approved("2026-12-09"))
    paid = next(claim for claim in shown(alice) if claim.entry.your_share)
    alice_client.post(f"/claims/{paid.id}/paid/")
    save(connection, an_eob(1, on=RECENT, share="40.00"))
    ended = all_read(about(alice, "Other Plan", "p1", "Leo Lopez", "1979-02-03"))
    Connection.objects.filter(pk=ended.pk).update(status="needs_sign_in", ended_because="expired")
    save(ended, an_eob(3, on=RECENT))
    cards = re.findall(r'data-testid="card">(.*?)</li>', page(alice_client), re.DOTALL)
    words = ("Your plan denied this claim.", "Access to", "This approval in advance ends", "You noted $53.52")
    order = [text for card in cards for text in (*words, "do not show") if text in card]
    assert order == [*words, "do not show"]


def test_a_share_that_fell_after_it_was_noted_asks_for_a_refund(alice: Member, alice_client: Client) -> None:
    connection = all_read(a_connection(alice))
    save(connection, an_eob(1, on=RECENT))
    alice_client.post(f"/claims/{shown(alice)[0].id}/paid/")
    save(connection, an_eob(1, on=RECENT, share="40.00"))
    html = page(alice_client)
    assert said(html, "lede") == ["1 thing here needs you."]
    assert "You noted $53.52, the share is now $40.00. Ask the provider about a refund." in html


@pytest.mark.parametrize(
    ("code", "text"),
    [("119", "Your plan did not cover a part of this."), ("50", "Your plan refused a part of this.")],
)
def test_a_part_above_a_limit_is_no_refusal_on_the_first_page_either(
    alice: Member, alice_client: Client, code: str, text: str
) -> None:
    figures = money("submitted 627, eligible 484, noncovered 143, copay 25, benefit 459, memberliability 168")
    lines = [line(1, *money("submitted 627, noncovered 143"), why(f"PR {code}"))]
    eob = an_eob(1, on=RECENT, share=None, created=RECENT, total=figures, item=lines)
    save(all_read(a_connection(alice)), json.loads(body(eob)))
    told = re.findall(r"Your plan [^.<]* a part of this\.", page(alice_client))
    assert set(told) == {text}


def test_a_claim_marked_as_denied_and_paid_is_not_said_to_be_refused_in_part(
    alice: Member, alice_client: Client
) -> None:
    denied = [status("benefitpaymentstatus", "denied")]
    figures = money("submitted 300, benefit 160, memberliability 140")
    eob = an_eob(1, on=RECENT, created=RECENT, total=figures, adjudication=denied)
    save(all_read(a_connection(alice)), json.loads(body(eob)))
    html = page(alice_client)
    assert "Your plan marks this as denied, and paid it all the same." in html
    assert "refused a part" not in html


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ("queued", "Your plan marks this as not decided, and as denied all the same: ask it which is right."),
        ("error", "Your plan could not finish this, and marks it as denied all the same: ask it what holds."),
    ],
)
def test_a_claim_not_finished_that_is_marked_as_denied_has_its_card(
    alice: Member, alice_client: Client, outcome: str, told: str
) -> None:
    """It has its way to an appeal, whose time may run: Today said that nothing needs the member."""
    denied = an_eob(1, on=RECENT, created=RECENT, share="480.00", outcome=outcome)
    connection = all_read(a_connection(alice))
    save(connection, denied)
    assert "Nothing here needs you" in page(alice_client)
    save(connection, denied | {"adjudication": [status("benefitpaymentstatus", "denied")]})
    html = page(alice_client)
    assert said(html, "lede") == ["1 thing here needs you."]
    assert told in html
    [link] = re.findall(r'href="(/claims/[^"]+/)appeal/"', html)
    assert 'name="box" value="refused"' in alice_client.get(link).text
    alice_client.post(f"{link}checks/", {"box": "refused"})
    assert "Nothing here needs you" in page(alice_client)


@pytest.mark.parametrize(
    ("paid", "told"),
    [
        ("", "Your plan sent $60.00 to you. Pass it on, unless you paid the provider already."),
        (
            ", paidbypatient 99",
            "Your plan sent $60.00 to you. Pass it on, unless you paid the provider already.",
        ),
        (", paidbypatient 100", ""),
    ],
)
def test_money_that_is_the_members_to_keep_is_not_to_be_passed_on(
    alice: Member, alice_client: Client, paid: str, told: str
) -> None:
    """Of money that the page of its claim calls "yours to keep", Today said to pass it on."""
    figures = money(f"submitted 100, paidtopatient 60, memberliability 40{paid}")
    save(all_read(a_connection(alice)), json.loads(body(an_eob(1, on=RECENT, total=figures))))
    html = page(alice_client)
    assert "Your plan sent" not in html if not told else told in html
    claim = f"/claims/{shown(alice)[0].id}/"
    assert ('value="sent"' in alice_client.get(claim).content.decode()) is bool(told)
    alice_client.post(f"{claim}checks/", {"box": "sent"})
    assert "Your plan sent" not in page(alice_client)


@pytest.mark.parametrize(("label", "whom"), [("N", "Dana Marlow"), ("V", "somebody else")])
def test_money_that_went_to_a_named_person_is_not_said_to_be_sent_to_you(
    alice: Member, alice_client: Client, label: str, whom: str
) -> None:
    payee = {
        "type": concept(("http://terminology.hl7.org/CodeSystem/payeetype", "subscriber")),
        "party": {"reference": "RelatedPerson/7", "display": "Dana Marlow"},
    }
    patient = {"reference": "Patient/1", "display": "Juniper Marlow"}
    figures = money("submitted 150, eligible 150, benefit 120, memberliability 30")
    meta = {"security": [{"code": label}]}
    eob = an_eob(1, on=RECENT, share=None, total=figures, payee=payee, patient=patient, meta=meta)
    save(all_read(a_connection(alice)), json.loads(body(eob)))
    html = page(alice_client)
    assert (
        f"Your plan sent $120.00 to {whom}. It goes on to the provider, unless it was paid already." in html
    )
    assert "to you. Pass it on" not in html


def test_a_claim_that_asks_for_two_things_has_one_card(alice: Member, alice_client: Client) -> None:
    """Refused and overpaid, it stood on Today twice, as if it were two claims."""
    denied = [status("benefitpaymentstatus", "denied")]
    figures = money("submitted 100, benefit 0, memberliability 40, paidbypatient 65")
    eob = an_eob(1, on=RECENT, share=None, created=RECENT, total=figures, adjudication=denied)
    save(all_read(a_connection(alice)), json.loads(body(eob)))
    html = page(alice_client)
    [card] = re.findall(r'data-testid="card">(.*?)</li>', html, re.DOTALL)
    _before, _, back = card.partition("Your plan denied this claim.")
    assert "Ask the provider whether $25.00 comes back to you." in back
    assert "/appeal/" in card
    assert said(html, "lede") == ["1 thing here needs you."]


@pytest.mark.parametrize(
    ("figures", "told"),
    [
        (
            "submitted 100, benefit 60, memberliability 40, paidbypatient 65",
            "You are listed as having paid $65.00, more than your share, $40.00. "
            "Ask the provider whether $25.00 comes back to you.",
        ),
        (
            "submitted 100, eligible 90, benefit 80, deductible 50, memberliability 60, paidbypatient 30",
            "More was paid in all than the price, $90.00; $30.00 of it is listed as paid by you. "
            "Ask the provider whether $20.00 comes back to you.",
        ),
        (
            "submitted 100, benefit 80, memberliability 30, paidbypatient 30",
            "More was paid in all than the $100.00 billed; $30.00 of it is listed as paid by you. "
            "Ask the provider whether $10.00 comes back to you.",
        ),
        (
            "submitted 100, eligible 100, benefit 100, memberliability 30, paidbypatient 30",
            "Ask the provider whether $30.00 comes back",
        ),
        ("submitted 100, benefit 60, memberliability 40, paidbypatient 40", ""),
        ("submitted 100, benefit 60, memberliability 40", ""),
    ],
)
def test_what_was_paid_above_the_share_or_the_price_is_asked_back_for_until_seen_to(
    alice: Member, alice_client: Client, figures: str, told: str
) -> None:
    """3.9: "Nothing here needs you", of a claim whose own page asks for money back; then a card that did not
    say whether the share or the price was paid twice."""
    eob = an_eob(1, on=RECENT, share=None, created=RECENT, total=money(figures))
    save(all_read(a_connection(alice)), json.loads(body(eob)))
    html = page(alice_client)
    assert ("comes back to you" in html) is bool(told)
    assert told in html
    claim = f"/claims/{shown(alice)[0].id}/"
    assert ('value="back"' in alice_client.get(claim).content.decode()) is bool(told)
    alice_client.post(f"{claim}checks/", {"box": "back"})
    assert "comes back to you" not in page(alice_client)


def test_two_ended_permissions_of_one_plan_are_told_apart_by_whom_they_are_about(
    alice: Member, alice_client: Client
) -> None:
    """Two cards, each with the same button, said the same."""
    first, second = settle(alice, (One(*HOLDER, ("50.00",)), One("Leo Lopez", "2016-02-03", ("5.00",))))
    Connection.objects.filter(pk=second.pk).update(plan=first.plan)
    Connection.objects.update(status="needs_sign_in", ended_because="expired")
    home, names = page(alice_client), (HOLDER[0], "Leo Lopez")
    for name in names:
        assert home.count(f"Access to Plan 0 for {name} has ended<") == 1
        assert home.count(f"Sign in at Plan 0 for {name} again") == 1
    plans = alice_client.get("/connections/").content.decode()
    assert sorted(re.findall(r"Sign in at Plan 0 again<span[^>]*>: ([^<]*)<", plans)) == sorted(names)
