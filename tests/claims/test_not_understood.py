"""Operators see what plans send that we do not understand, and nothing of any member."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.kinds.claim import oddities, wording
from apps.kinds.claim.brief import brief
from apps.kinds.claim.models import NotUnderstood
from apps.records import projection
from tests.claims import made
from tests.claims.given import NOW, a_claim, an_eob, held, leave, row_of, save
from tests.claims.made import concept
from tests.conftest import by_passkey

SECRET = "Ana Lopez HIV"


def odd(number: int, code: str = "mystery") -> dict[str, object]:
    """Return a claim with an unknown category, an unknown element, and a known amount without a place."""
    category = concept(("http://p.example/codes?who=ana#x", code), text=SECRET)
    return an_eob(
        number,
        total=[{"category": category, "amount": {"value": 5, "currency": "USD"}}],
        item=[{"sequence": 1, "unitPrice": {"value": 2}}],
        **{SECRET: SECRET},
    )


def counted() -> list[tuple[str, str, int]]:
    return list(NotUnderstood.objects.order_by("element").values_list("element", "system", "claims"))


def test_it_is_counted_by_plan_element_and_system_without_a_word_of_the_claim(connection: Connection) -> None:
    save(connection, odd(1), odd(2), an_eob(3))
    assert counted() == [("?", "", 2), ("total.category", "http://p.example/codes", 2)]
    row = NotUnderstood.objects.first()
    assert row is not None
    assert (row.plan, row.first_seen_at, row.last_seen_at) == (connection.plan, NOW, NOW)


def test_a_claim_that_is_only_read_again_is_not_counted_twice(connection: Connection) -> None:
    save(connection, odd(1))
    save(connection, odd(1) | {"created": "2026-05-05"}, now=NOW + timedelta(days=1))
    assert {claims for _, _, claims in counted()} == {1}
    save(connection, odd(2), now=NOW + timedelta(days=2))
    assert {claims for _, _, claims in counted()} == {2}
    assert {row.last_seen_at - row.first_seen_at for row in NotUnderstood.objects.all()} == {
        timedelta(days=2)
    }


def test_a_claim_that_leaves_comes_back_or_is_put_into_new_books_is_not_counted_again(
    connection: Connection,
) -> None:
    save(connection, odd(1))
    leave(connection, row_of(connection))
    save(connection, odd(1), now=NOW + timedelta(days=1))
    projection.forget([connection.pk])
    assert len(held(connection.member)) == 1
    assert {claims for _, _, claims in counted()} == {1}


def test_one_claim_counts_once_however_often_it_holds_something(connection: Connection) -> None:
    many = odd(1)
    many["total"] = [many["total"][0]] * 5  # type: ignore[index]
    save(connection, many)
    assert {claims for _, _, claims in counted()} == {1}


def test_systems_without_end_end_in_one_row(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oddities, "MOST_ROWS", 3)
    for number in range(9):
        total = {"category": concept((f"http://p.example/{number}", "x")), "amount": {"value": 1}}
        save(connection, an_eob(number, total=[total]))
    assert len(counted()) == 4
    assert ("?", oddities.OTHERS, 6) in counted()


@pytest.mark.parametrize("system", [SECRET, "javascript:alert(1)", "http://a b", "", None])
def test_a_system_that_is_no_address_is_not_kept(connection: Connection, system: str | None) -> None:
    coding = {"code": "x"} | ({} if system is None else {"system": system})
    save(connection, an_eob(1, total=[{"category": {"coding": [coding]}, "amount": {"value": 1}}]))
    assert counted() == [("total.category", "", 1)]


def test_operators_look_on_and_change_nothing(connection: Connection, client: Client) -> None:
    save(connection, odd(1))
    who = Member.objects.create_user("ops@example.com", "a long password of an operator", is_staff=True)
    who.user_permissions.set(Permission.objects.filter(codename__endswith="_notunderstood"))
    by_passkey(who, client)
    page = client.get("/admin/claims/notunderstood/")
    assert page.status_code == 200
    shown = page.content.decode()
    assert "total.category" in shown
    assert connection.plan.name in shown
    assert SECRET not in shown
    row = NotUnderstood.objects.get(element="total.category")
    assert client.get(f"/admin/claims/notunderstood/{row.pk}/change/").status_code == 200
    assert client.post(f"/admin/claims/notunderstood/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/claims/notunderstood/add/").status_code == 403


def test_the_member_sees_it_under_also_sent_by_your_plan(alice: Member, alice_client: Client) -> None:
    claim = a_claim(alice, **{key: value for key, value in odd(1).items() if key in ("total", "item")})
    shown = alice_client.get(f"/claims/{claim.pk}/").content.decode()
    assert "Also sent by your plan" in shown
    assert SECRET in shown
    assert "$5.00" in shown
    ordinary = a_claim(alice, 2)
    assert "Also sent by your plan" not in alice_client.get(f"/claims/{ordinary.pk}/").content.decode()


@pytest.mark.parametrize(("value", "told"), [(made.number("1e26"), "1E+26"), ("$1,053.52", "$1,053.52")])
def test_what_cannot_be_read_as_an_amount_is_shown_as_sent_and_not_called_unshared(
    value: str, told: str
) -> None:
    """3.8: it said "did not share" of an amount that is there, and of its sums too."""
    wrong = {"amount": {"value": value, "currency": "USD"}}
    share = made.priced("memberliability", 1, system=made.C4BB) | wrong
    read = made.reading(made.claim(made.priced("submitted", 100), made.priced("benefit", 20), share))
    story = wording.story(read)
    assert story.answer.endswith(
        f"For your share, your plan sent “{told}”, which we cannot read as an amount."
    )
    assert {row.testid: row.text for row in story.receipt}["your-share"] == "not readable"
    assert not any("did not share" in text for text in story.sums)
    assert wording.row(brief(read)).share == "not readable"
    for code, what in (("submitted", "what was billed"), ("eligible", "what your plan allows")):
        alone = made.reading(made.claim(made.priced(code, 1) | wrong))
        assert wording.story(alone).answer.startswith(f"For {what}, your plan sent")


@pytest.mark.parametrize("amount", [made.number("20.50"), "20.50", [{"value": made.number("20.50")}]])
@pytest.mark.parametrize(
    "category",
    ["memberliability", made.concept((made.C4BB, "memberliability")), [{"text": ["memberliability"]}]],
)
def test_a_bare_value_that_stands_for_its_object_is_read(amount: str, category: Any) -> None:
    """3.8: "Your plan did not share amounts.", of an amount that is there."""
    bare = {"category": category, "amount": amount}
    read = made.reading(made.claim(made.priced("submitted", "100"), bare))
    assert "Your share is $20.50." in wording.story(read).answer
    assert not read.also_sent


@pytest.mark.parametrize("payment", [80, [80], [{"amount": {"value": 80}}], {"amount": [80]}])
def test_a_payment_and_a_provider_that_stand_for_their_objects_are_read(payment: Any) -> None:
    """3.8: "What your plan paid was not shared.", and "The provider billed", of what is there."""
    made_so = made.claim(made.priced("submitted", 80), payment=payment, provider="Riverside Clinic")
    read = made.reading(made_so)
    assert wording.story(read).answer.startswith("Riverside Clinic billed $80.00. Your plan paid $80.00.")
    assert not read.also_sent
    unread = made.reading(made.claim(made.priced("submitted", 80), payment="$80"))
    assert "For what your plan paid, your plan sent “$80”" in wording.story(unread).answer


def test_amounts_of_parts_of_lines_and_under_unknown_names_are_shared() -> None:
    """It said "did not share amounts", and "not shared" beside "Paid out $160.00"."""
    parts = [{"sequence": 1, "detail": [{"sequence": 1, "adjudication": made.money("submitted 30")}]}]
    told = wording.story(made.reading(made.claim(item=parts))).answer
    assert told == "Your plan shared amounts for parts of lines only. They stand below, each with its line."
    shared = wording.story(made.reading(made.claim(*made.money("benefit 80"), item=parts)))
    assert shared.answer.startswith("For what was billed, your plan sent amounts for parts of lines only.")
    assert not any("did not share what was billed" in text for text in shared.sums)
    unknown = {"category": {"text": "Paid out"}, "amount": {"value": 160, "currency": "USD"}}
    told = wording.story(made.reading(made.claim(unknown, item=parts))).answer
    assert told.startswith("Your plan sent amounts under names of its own"), "of parts they are not only"
    whole = {"value": 30, "currency": "USD"}
    told = wording.story(made.reading(made.claim(item=[parts[0] | {"net": whole}]))).answer
    assert told.startswith("Your plan shared one amount only: $30.00, the total of one line."), told
    totals = made.money("submitted 300, memberliability 40")
    assert (
        "What your plan paid was not shared under a name we know. It also sent: Paid out $160.00. Your share"
        in wording.story(made.reading(made.claim(*totals, unknown))).answer
    )


def test_what_a_patient_is_to_pay_by_its_words_is_not_told_as_paid() -> None:
    """ "Your plan says that you paid $15.00 already", of a "Patient Pay Amount" under a code of its own."""
    coding = {"system": "https://payer.example/codes", "code": "PPA", "display": "Patient Pay Amount"}
    to_pay = {"category": {"coding": [coding]}, "amount": {"value": 15, "currency": "USD"}}
    story = wording.story(made.reading(made.claim(*made.money("submitted 60, benefit 45"), to_pay)))
    assert "already" not in story.answer
    assert {row.label: row.text for row in story.receipt}["Listed as your payment"] == "$15.00"


@pytest.mark.parametrize(
    ("code", "column"),
    [("submitted", "Billed"), ("noncovered", "Not covered"), ("memberliability", "Your share")],
)
def test_what_cannot_be_read_as_an_amount_of_a_line_is_named_on_it(code: str, column: str) -> None:
    """3.8: "not shared" stood on a line of which $1E+26 was sent, below among the things also sent."""
    [wrong] = made.money(f"{code} 1e26")
    for items in ([[wrong], made.money("submitted 5")], [[wrong]]):
        lines = [made.line(number, *sent) for number, sent in enumerate(items, 1)]
        record = made.reading(made.claim(made.priced("submitted", 100), item=lines))
        shown = {amount.label: amount.text for amount in wording.story(record).lines[0].amounts}
        assert shown[column] == "“1E+26”, not readable"
