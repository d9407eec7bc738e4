"""Care stands in the menu of members who said yes to clinical records or have some, and is lit there."""

import re

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.plans.models import Plan
from tests.care.test_pages import GIVEN, keep
from tests.claims.given import NOW, a_connection, an_eob, save
from tests.claims.test_people import about, people
from tests.takeaway.given import sure

LIT = re.compile(r'<a class="nav__link" href="([^"]+)" aria-current="page">')


def lit(client: Client, path: str) -> tuple[list[str], bool]:
    """Return what of the menu is lit on a page, and whether care stands in it."""
    html = client.get(path).content.decode()
    return LIT.findall(html), 'class="nav__link" href="/care/"' in html


@pytest.mark.parametrize(
    ("agreed", "clinical", "is_there"), [(True, "", True), (False, "", False), (True, "never", False)]
)
def test_care_is_in_the_menu_of_those_who_agreed_to_it(
    alice: Member, alice_client: Client, agreed: bool, clinical: str, is_there: bool
) -> None:
    connection = a_connection(alice)
    Connection.objects.filter(pk=connection.pk).update(clinical_since=NOW if agreed else None)
    if clinical:
        Plan.objects.filter(pk=connection.plan_id).update(own_quirks={"clinical": clinical})
    assert lit(alice_client, "/care/") == (["/care/"] if is_there else [], is_there)
    assert lit(alice_client, "/claims/") == (["/claims/"], is_there)
    assert lit(alice_client, "/home/") == (["/home/"], is_there), "the menu is the same on every page"


def test_care_that_was_kept_after_its_end_stays_in_the_menu_of_its_member_alone(
    alice: Member, alice_client: Client, bob: Member, bob_client: Client
) -> None:
    """That somebody has clinical records of a plan tells nobody else anything."""
    hers, his = a_connection(alice), a_connection(bob)
    assert hers.plan_id == his.plan_id
    keep(hers, *GIVEN)
    assert [lit(client, "/home/")[1] for client in (alice_client, bob_client)] == [True, False]


def test_a_page_lights_the_room_it_leads_back_to(alice: Member, alice_client: Client) -> None:
    """All that a plan sent of a claim stood under "Plans", as if it were not of the claim."""
    connection = a_connection(alice)
    Connection.objects.filter(pk=connection.pk).update(clinical_since=NOW)
    save(connection, an_eob(1))
    keep(connection, *GIVEN)
    record = connection.records.exclude(fhir_type="ExplanationOfBenefit").first()
    assert record
    rooms = {
        f"/sync/claims/{connection.records.get(fhir_type='ExplanationOfBenefit').pk}/": "/claims/",
        f"/sync/records/{record.pk}/": "/care/",
        f"/sync/connections/{connection.pk}/people/": "/account/",
        "/connections/": "/account/",
        "/account/close/": "/account/",
        "/people/": "/account/",
        "/hiding/": "/account/",
    }
    client = sure(alice_client, alice)
    assert {path: lit(client, path)[0] for path in rooms} == {path: [room] for path, room in rooms.items()}


def test_the_switch_for_the_person_holds_in_care_and_says_of_whom_nothing_came(
    alice: Member, alice_client: Client
) -> None:
    ana = about(alice, "Her Plan", "p0", "Ana Lopez", "1980-02-03")
    leo = about(alice, "One Plan", "p1", "Leo Lopez", "2020-02-03")
    save(ana, an_eob(1))
    save(leo, an_eob(2))
    keep(ana, *GIVEN)
    shown = people(alice_client.get("/care/").content.decode())
    assert "Check-up" in alice_client.get(shown["Ana Lopez"][0]).content.decode()
    html = alice_client.get(shown["Leo Lopez"][0]).content.decode()
    assert "Check-up" not in html
    assert "no clinical records of Leo Lopez" in html
