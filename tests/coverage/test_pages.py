"""Saving coverage and its page."""

import json
import re
import uuid
from html import unescape
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.utils import translation

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records import activity
from apps.vault.boxes import box_for
from tests.claims.given import NOW, a_connection, coverages_of, save, spoil
from tests.claims.test_people import about

NUMBER = "88800933501"
TOWARD_LIMITS = "How far the claims have come toward these limits"


def a_coverage(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "Coverage",
        "id": f"cov-{number}",
        "status": "active",
        "identifier": [{"type": {"coding": [{"code": "MB"}]}, "value": NUMBER}],
        "period": {"start": "2020-01-01"},
        "payor": [{"reference": "Organization/1"}],
        "class": [{"type": {"coding": [{"code": "plan"}]}, "value": "G5", "name": f"Gold {number}"}],
    } | changes


def a_cost(code: str, value: int) -> dict[str, Any]:
    return {"type": {"coding": [{"code": code}]}, "valueMoney": {"value": value, "currency": "USD"}}


def named(connection: Connection, name: str) -> None:
    """Have the plan give the person of *connection* this name."""
    told = json.dumps({"id": "1", "name": name}).encode()
    connection.sealed_patient = box_for(connection.member).seal(connection, "sealed_patient", told)
    connection.save()


@pytest.fixture
def connection(alice: Member) -> Connection:
    """Return a connection of Alice's."""
    return a_connection(alice)


def only(connection: Connection) -> uuid.UUID:
    """Return the id of the only coverage."""
    found: uuid.UUID = connection.records.get(fhir_type="Coverage").pk
    return found


def page(client: Client, url: str = "/coverage/") -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_a_coverage_is_stored_sealed(connection: Connection) -> None:
    save(connection, a_coverage())
    with database.cursor() as cursor:
        stored = ""
        for table in ("records_record", "records_book"):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 - ours
            stored += "".join(str(bytes(v) if isinstance(v, memoryview) else v) for v in cursor.fetchone())
    assert NUMBER not in stored
    assert "Gold" not in stored


def test_a_changed_name_of_a_payer_is_shown_and_the_coverage_keeps_its_address(
    connection: Connection, alice_client: Client
) -> None:
    save(connection, a_coverage())
    address = f"/coverage/{only(connection)}/card/"
    assert "Harborlight Insurance" not in page(alice_client, address)
    save(connection, a_coverage(), names={"Organization/1": "Harborlight Insurance"})
    assert "Harborlight Insurance" in page(alice_client, address)


def test_a_coverage_entered_in_error_leaves_and_unreadable_ones_stop_nothing(connection: Connection) -> None:
    save(connection, a_coverage(1), a_coverage(2))
    save(connection, {"resourceType": "Coverage", "id": "odd", "period": []}, a_coverage(3))
    save(connection, a_coverage(1, status="entered-in-error"))
    assert sorted(one.resource_id or "" for one in coverages_of(connection)) == ["cov-2", "cov-3", "odd"]


def test_the_page_shows_a_card_with_the_member_number_masked(
    connection: Connection, alice_client: Client
) -> None:
    save(connection, a_coverage(), names={"Organization/1": "Harborlight Insurance"})
    html = page(alice_client)
    assert "You are covered today by Gold 1." in html
    assert "Harborlight Insurance" in html
    assert "ending in 3501" in html
    assert NUMBER not in html


def test_asking_shows_one_cards_number_once_and_in_no_address(
    connection: Connection, alice_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    save(connection, a_coverage(1), a_coverage(2, identifier=[{"value": "77700011122"}]))
    one = next(
        row
        for row in connection.records.all()
        if b"Gold 1" in box_for(connection.member).open(row, "sealed_body")
    )
    address = f"/coverage/{one.pk}/number/"
    assert address in page(alice_client)
    html = alice_client.post(address).content.decode()
    assert NUMBER in html
    assert "77700011122" not in html
    assert all(NUMBER not in address for address in re.findall(r'(?:href|action)="([^"]*)"', html))
    assert NUMBER not in caplog.text
    alice_client.post(address)
    lines = [line.words for line in activity.happened(connection.member, most=9)]
    assert lines.count("A member number was shown in full") == 1, "one line for a session and day"
    again = alice_client.get(address, follow=True)
    assert again.redirect_chain == [("/coverage/", 302)]
    assert NUMBER not in again.content.decode()


def test_another_members_coverage_does_not_exist_w03(connection: Connection, bob_client: Client) -> None:
    save(connection, a_coverage())
    for number in (only(connection), uuid.uuid4()):
        assert bob_client.post(f"/coverage/{number}/number/").status_code == 404
        assert bob_client.get(f"/coverage/{number}/number/").status_code == 404
    assert "Gold" not in page(bob_client)


def test_coverage_that_ended_stands_apart_and_says_so(connection: Connection, alice_client: Client) -> None:
    save(connection, a_coverage(1), a_coverage(2, period={"start": "2018-01-01", "end": "2018-12-31"}))
    html = page(alice_client)
    assert html.index("Gold 1") < html.index("Earlier coverage") < html.rindex("Gold 2")
    assert "This coverage ended on December 31, 2018." in html
    heard = re.findall(r"<summary[^>]*>Details<span[^>]*>: ([^<]*)</span>", html)
    assert heard[1:] == ["Gold 2, January 1 to December 31, 2018"], "whose details, for those who hear it"
    pressed = re.sub(r"</?span[^>]*>", "", html)
    for button in ("Show the member number of", "Insurance card of"):
        assert f"{button} Gold 2, January 1 to December 31, 2018<" in pressed, "each year has one"
    assert re.findall(r'<details[^>]*data-testid="earlier"([^>]*)>', html) == [""], "folded beside what holds"
    save(connection, a_coverage(1, period={"start": "2019-01-01", "end": "2019-12-31"}))
    assert re.findall(r'<details[^>]*data-testid="earlier"([^>]*)>', page(alice_client)) == [" open"]
    save(connection, a_coverage(1, period={}))
    pressed = re.sub(r"</?span[^>]*>", "", page(alice_client))
    assert "Show the member number of Gold 1, no dates shared<" in pressed, "the number is shared"


@pytest.mark.parametrize(
    ("status", "told"),
    [("draft", "not final yet"), ("cancelled", "as cancelled, but its dates"), ("suspended", "“suspended”")],
)
def test_what_is_in_doubt_of_a_plan_for_several_people_is_said_to_each(
    alice: Member, alice_client: Client, status: str, told: str
) -> None:
    """Two of one plan have their dates in common, and that stood in place of "marked as cancelled"."""
    for number, name in enumerate(("Ana Lopez", "Leo Lopez")):
        its = [{"type": {"coding": [{"code": "MB"}]}, "value": f"{NUMBER}{number}"}]
        connection = about(alice, "Harborlight", str(number), name, ("1980-02-03", "2015-02-03")[number])
        save(connection, a_coverage(identifier=its, status=status))
    html = page(alice_client)
    assert html.count('data-testid="coverage-card"') == 1
    assert unescape(html).count(told) == 2


@pytest.mark.parametrize("is_alike", [True, False])
def test_each_card_answers_first_whose_it_is_with_number_and_limits_and_folds_the_rest(
    alice: Member, alice_client: Client, *, is_alike: bool
) -> None:
    """What is the same for everybody of one plan stands once, and what differs with the person."""
    costs = [a_cost("deductible", 2500), a_cost("gpvisit", 30)]
    for number, (name, born) in enumerate((("Ana Lopez", "1980-02-03"), ("Leo Lopez", "2015-02-03"))):
        source = "Harborlight" if is_alike else f"Plan of {name}"
        connection = about(alice, source, str(number), name, born)
        its = [{"type": {"coding": [{"code": "MB"}]}, "value": f"{NUMBER}{number}"}]
        save(connection, a_coverage(identifier=its, costToBeneficiary=costs))
    html = page(alice_client)
    assert '<dl class="facts" aria-label="What you pay">' in html
    headings = [re.sub(r"<[^>]*>", "", one).strip() for one in re.findall(r"<h[34].*?</h[34]>", html)]
    each = ["Ana Lopez, Gold 1", "Leo Lopez, Gold 1"]
    assert headings == (["Gold 1", "Ana Lopez", "Leo Lopez"] if is_alike else each), "no two are the same"
    card = html.split('data-testid="coverage-card"')[1]
    answer = card.partition("<details")[0]
    numbers = re.findall("ending in 50[0-9]+", card.partition("</article>")[0] if is_alike else answer)
    assert numbers == (["ending in 5010", "ending in 5011"] if is_alike else ["ending in 5010"])
    assert "$2,500.00" in answer
    assert "$30.00" not in answer
    assert [html.count(words) for words in ("$2,500.00", "$30.00", "since January 1, 2020")] == (
        [1, 1, 6] if is_alike else [2, 2, 10]  # four of them in what is pressed, for those who hear it
    )
    assert TOWARD_LIMITS in html
    pressed = re.findall(
        r"(Show the member number of|Insurance card of)([^/]*)</", re.sub(r"</?span[^>]*>", "", html)
    )
    assert len(set(pressed)) == len(pressed) == 4, "what is pressed says whose it is"


@pytest.mark.parametrize("status", [Connection.Status.KEPT, Connection.Status.NEEDS_SIGN_IN])
def test_a_plan_that_is_read_no_more_is_not_said_to_cover_anybody_today(
    connection: Connection, alice_client: Client, status: Connection.Status
) -> None:
    save(connection, a_coverage())
    save(connection, a_coverage(id="second"))
    Connection.objects.update(status=status, ended_at=NOW)
    html = page(alice_client)
    assert "are active" not in html
    assert "What came does not tell whether this is active today: Gold 1. Ask your plan." in html
    assert "covered today" not in html
    assert ">Active<" not in re.sub(r"<svg.*?</svg>", "", html)


def test_an_empty_page_says_how_to_fill_it(alice_client: Client) -> None:
    html = page(alice_client)
    assert "No coverage has arrived yet." in html
    assert "/plans/" in html


def test_a_broken_seal_is_one_card_and_the_page_stands(
    connection: Connection, alice_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    save(connection, a_coverage(1), a_coverage(2))
    row = connection.records.earliest("id")
    spoil(row.pk)
    html = page(alice_client)
    assert html.count("This coverage could not be opened") == 1
    assert html.count('data-testid="coverage-card"') == 2
    assert str(row.pk) in caplog.text


def test_words_of_a_plan_are_never_markup_w22(connection: Connection, alice_client: Client) -> None:
    save(connection, a_coverage(network="<script>alert(1)</script>", status='"><img src=x>'))
    assert "<script>alert" not in page(alice_client)


def test_the_page_takes_the_same_queries_for_one_card_and_for_many(
    connection: Connection, alice_client: Client, django_assert_num_queries: Any
) -> None:
    save(connection, a_coverage(1))
    page(alice_client)  # the first of a day notes that coverage was read
    # session, member, curtain, key, connections, heads, people, the book, the name, the menu
    with django_assert_num_queries(11):
        page(alice_client)
    save(connection, *[a_coverage(n) for n in range(2, 12)])
    with django_assert_num_queries(11):
        page(alice_client)


def test_plans_stand_by_kind_and_those_to_come_apart(connection: Connection, alice_client: Client) -> None:
    kinds = {"DENTAL": 1, "HIP": 2, "VISPOL": 3, "DRUGPOL": 4}
    save(connection, *[a_coverage(n, type={"coding": [{"code": code}]}) for code, n in kinds.items()])
    to_come = {"period": {"start": "2099-01-01"}, "costToBeneficiary": [a_cost("deductible", 2500)]}
    save(connection, a_coverage(5, **to_come))
    html = page(alice_client)
    order = ["Medical coverage", "Gold 2</h3>", "Dental coverage", "Gold 1</h3>", "Vision coverage",
             "Gold 3</h3>", "Prescription drug coverage", "Gold 4</h3>", "Coverage to come", "Gold 5</h3>",
             ]  # fmt: skip
    places = [html.index(words) for words in order]
    assert places == sorted(places)
    assert "Which plan pays first" not in html
    assert TOWARD_LIMITS not in html, "nothing counts yet toward those of a plan to come"


def test_two_active_plans_of_one_kind_ask_which_pays_first(
    connection: Connection, alice_client: Client
) -> None:
    save(connection, a_coverage(1), a_coverage(2))
    assert "Your plans have not said which pays first: Gold" in page(alice_client)


def test_an_order_is_told_only_where_it_is_about_one_person(alice: Member, alice_client: Client) -> None:
    """Facts 10: numbers of two plans that name nobody may be about two people."""
    one, other = a_connection(alice), a_connection(alice, plan="Other Health")
    save(one, a_coverage(1, order=2))
    save(other, a_coverage(2, order=1))
    assert "have not said which pays first" in page(alice_client)
    for connection, name in ((one, "Dana Marlow"), (other, "DANA MARLOW")):
        named(connection, name)
    assert "Your plans list Gold 2 first, then Gold 1. For one visit it can differ." in page(alice_client)


def test_the_page_speaks_spanish(connection: Connection, alice: Member, alice_client: Client) -> None:
    Member.objects.filter(pk=alice.pk).update(language="es")
    save(connection, a_coverage(type={"coding": [{"code": "DENTAL"}]}))
    with translation.override("es"):  # restores the language that a request leaves behind
        html = page(alice_client)
        card = page(alice_client, f"/coverage/{only(connection)}/card/")
    assert 'Hoy usted tiene cobertura con <span lang="en">Gold 1</span>.' in html
    assert "Usted tiene cobertura. Inicio: 1 de enero de 2020." in html
    assert "Cobertura dental" in html
    assert "Esta no es su tarjeta oficial." in card


def test_the_same_coverage_through_two_connections_is_shown_once(alice: Member, alice_client: Client) -> None:
    for plan in ("Harborlight Health", "Employer Portal"):
        save(a_connection(alice, plan=plan), a_coverage())
    html = page(alice_client)
    assert html.count('data-testid="coverage-card"') == 1
    assert "More than one of your connections shares this same coverage" in html
    assert "Employer Portal" in html
    assert "Harborlight Health" in html


def test_the_person_is_named_as_the_plan_writes_the_name(
    connection: Connection, alice_client: Client
) -> None:
    named(connection, "Dana Marlow")
    save(connection, a_coverage())
    assert '<dd data-testid="person">Dana Marlow</dd>' in page(alice_client)
    assert "Dana Marlow" in page(alice_client, f"/coverage/{only(connection)}/card/")


def test_each_number_that_is_masked_has_its_way_to_be_shown_beside_it(
    connection: Connection, alice_client: Client
) -> None:
    save(connection, a_coverage(subscriberId="770055"))
    number = r'<dt>Subscriber number</dt><dd[^>]*>.*?action="(/coverage/[^"#]+)#'
    (url,) = re.findall(number, page(alice_client))
    assert "770055" not in page(alice_client)
    assert "770055" in alice_client.post(url).content.decode()
