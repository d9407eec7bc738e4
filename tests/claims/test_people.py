"""Whose claims they are: families with one account."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.vault.boxes import box_for
from tests.claims.given import a_connection, all_agreed, an_eob, row_of, save
from tests.claims.test_listing import notes
from tests.claims.test_views import page, rows_of

SWITCH = re.compile(r'class="people__one" href="([^"]*)"( aria-current="true")?>([^<]*)<')


def about(member: Member, plan: str, patient: str, name: str, born: str = "") -> Connection:
    """Return a connection of *member* that gives this person's records."""
    connection = a_connection(member, plan=plan)
    person = {"id": patient, "name": name} | ({"born": born} if born else {})
    connection.sealed_patient = box_for(member).seal(
        connection, "sealed_patient", json.dumps(person).encode()
    )
    connection.save()
    return connection


def people(html: str) -> dict[str, tuple[str, bool]]:
    return {
        name: (href.replace("&amp;", "&"), bool(is_chosen)) for href, is_chosen, name in SWITCH.findall(html)
    }


def test_one_person_needs_no_switch(alice: Member, alice_client: Client) -> None:
    save(about(alice, "One Plan", "p1", "Ana Lopez"), an_eob(1))
    assert people(page(alice_client)) == {}


def test_a_family_switches_between_its_people(alice: Member, alice_client: Client) -> None:
    save(about(alice, "One Plan", "p1", "Ana Lopez", "1980-02-03"), *[an_eob(n) for n in range(3)])
    dental = {"provider": {"display": "Harbor Dental"}}
    save(about(alice, "Two Plan", "p2", "Leo Lopez", "2014-02-03"), *[an_eob(n, **dental) for n in range(2)])
    shown = people(page(alice_client, kind="professional"))
    assert list(shown) == ["Everyone", "Ana Lopez", "Leo Lopez"]
    assert shown["Everyone"][1]
    href, _ = shown["Leo Lopez"]
    assert "kind=professional&" in href
    html = page(alice_client, href)
    assert len(rows_of(html)) == 2
    assert people(html)["Leo Lopez"][1]
    assert not re.search(r"lopez|leo", href, re.IGNORECASE)
    providers = alice_client.get("/claims/providers/?person=all").content.decode()
    assert "is the share of all their claims" in providers, "a share of several is not said to be one's own"
    [dentist] = re.findall(r'href="([^"]*)" data-testid="provider-row"[^$]*?>Harbor Dental<', providers)
    page(alice_client, shown["Ana Lopez"][0])
    assert "Harbor Dental" in alice_client.get(dentist).content.decode(), "a link of everyone's leads there"


def test_one_person_at_two_plans_is_one(alice: Member, alice_client: Client) -> None:
    save(about(alice, "One Plan", "p1", "Ana Lopez", "1980-02-03"), an_eob(1))
    save(about(alice, "Two Plan", "x9", "ANA LÓPEZ", "1980-02-03"), an_eob(2))
    save(about(alice, "Other Plan", "l1", "Leo Lopez", "2014-02-03"), an_eob(1))
    shown = people(page(alice_client))
    assert len(shown) == 3
    [ana] = [href for name, (href, _) in shown.items() if name.casefold().startswith("ana")]
    assert len(rows_of(page(alice_client, ana))) == 2


def test_without_birth_dates_one_name_at_two_plans_is_kept_apart(alice: Member, alice_client: Client) -> None:
    save(about(alice, "One Plan", "p1", "Ana Lopez"), an_eob(1))
    save(about(alice, "Two Plan", "p1", "Ana Lopez"), an_eob(2))
    assert people(page(alice_client)).keys() == {"Everyone", "Ana Lopez at One Plan", "Ana Lopez at Two Plan"}


def test_people_whose_name_is_not_shared_are_told_by_their_plan(alice: Member, alice_client: Client) -> None:
    save(a_connection(alice, plan="One Plan"), an_eob(1))
    save(a_connection(alice, plan="Two Plan"), an_eob(2))
    assert people(page(alice_client)).keys() == {"Everyone", "Person at One Plan", "Person at Two Plan"}


@pytest.mark.parametrize("query", [{}, {"sort": "share"}, {"state": "other"}])
def test_a_damaged_person_hides_no_claim(alice: Member, alice_client: Client, query: dict[str, Any]) -> None:
    first = about(alice, "One Plan", "p1", "Ana Lopez", "1980-02-03")
    save(first, an_eob(1))
    save(about(alice, "Two Plan", "p2", "Leo Lopez", "2014-02-03"), an_eob(2))
    Connection.objects.filter(pk=first.pk).update(sealed_patient=b"nonsense")
    all_agreed(alice)  # it may be anybody
    html = page(alice_client, **query)
    assert len(rows_of(html)) == 2
    assert "Person at One Plan" in people(html)


def test_people_of_another_member_are_not_known_w03(alice: Member, bob: Member, alice_client: Client) -> None:
    save(about(alice, "One Plan", "p1", "Ana Lopez", "1980-02-03"), an_eob(1))
    save(about(alice, "Two Plan", "p2", "Leo Lopez", "2014-02-03"), an_eob(1))
    bobs = Client()
    bobs.force_login(bob, backend="django.contrib.auth.backends.ModelBackend")
    save(about(bob, "One Plan", "p1", "Ana Lopez", "1980-02-03"), an_eob(1))
    save(about(bob, "Two Plan", "p2", "Leo Lopez", "2014-02-03"), an_eob(1))
    hers, his = people(page(alice_client)), people(page(bobs))
    assert hers["Ana Lopez"][0] != his["Ana Lopez"][0]
    assert notes(page(alice_client, his["Ana Lopez"][0]))


def test_a_plan_connected_for_two_people_is_offered_with_their_names(
    alice: Member, alice_client: Client
) -> None:
    save(about(alice, "One Plan", "p1", "Ana Lopez", "1980-02-03"), an_eob(1))
    save(about(alice, "One Plan", "p2", "Leo Lopez", "2014-02-03"), an_eob(1))
    html = page(alice_client)
    assert ">One Plan, Ana Lopez</option>" in html
    assert ">One Plan, Leo Lopez</option>" in html


def test_claims_of_a_kept_connection_are_found_like_all_others(alice: Member, alice_client: Client) -> None:
    connection = about(alice, "One Plan", "p1", "Ana Lopez")
    save(connection, an_eob(1))
    Connection.objects.filter(pk=connection.pk).update(status=Connection.Status.KEPT, sealed_tokens=b"")
    for query in ({}, {"sort": "share"}, {"from": "1"}):
        assert len(rows_of(page(alice_client, **query))) == 1


def test_each_row_says_whose_claim_it_is_and_by_which_connected_plan(
    alice: Member, alice_client: Client
) -> None:
    save(about(alice, "Harborlight Health", "p1", "Ana Lopez", "1980-02-03"), an_eob(1))
    save(about(alice, "Harborlight Seniors", "p2", "Leo Lopez", "1950-02-03"), an_eob(2))
    all_agreed(alice)
    for url in ("/claims/", "/claims/?sort=share", "/home/"):
        rows = sorted(rows_of(page(alice_client, url)))
        assert len(rows) == 2
        assert any("March 9, 2026 · Ana Lopez · Harborlight Health" in row for row in rows), url
        assert any("March 9, 2026 · Leo Lopez · Harborlight Seniors" in row for row in rows), url


def test_a_row_names_somebody_else_whom_the_one_connection_tells_of(
    alice: Member, alice_client: Client
) -> None:
    child = {"patient": {"reference": "Patient/9", "display": "Mia Lopez"}}
    save(about(alice, "One Plan", "1", "Ana Lopez"), an_eob(1), an_eob(2, **child))
    all_agreed(alice)
    for url in ("/claims/", "/home/"):
        rows = rows_of(page(alice_client, url))
        assert sum("March 9, 2026 · Ana Lopez" in row for row in rows) == 1, url
        assert sum("March 9, 2026 · Mia Lopez" in row for row in rows) == 1, url


def test_rows_of_one_person_name_nobody(alice: Member, alice_client: Client) -> None:
    save(about(alice, "One Plan", "p1", "Ana Lopez"), an_eob(1))
    for url in ("/claims/", "/home/"):
        [row] = rows_of(page(alice_client, url))
        assert "Ana Lopez" not in row
        assert "One Plan" not in row


def options(html: str, name: str) -> list[str]:
    [select] = re.findall(rf'<select id="{name}".*?</select>', html, re.DOTALL)
    return re.findall(r"<option[^>]*>([^<]*)<", select)


def test_with_one_person_chosen_the_counts_are_theirs(alice: Member, alice_client: Client) -> None:
    one, other = (an_eob(n, kind="pharmacy", provider={"display": "Corner Pharmacy"}) for n in (8, 9))
    save(about(alice, "One Plan", "p1", "Ana Lopez", "1980-02-03"), an_eob(1), an_eob(2), one)
    save(about(alice, "Two Plan", "p2", "Leo Lopez", "2014-02-03"), an_eob(1), one, other)
    everybody = page(alice_client)
    assert "Prescriptions (3)" in options(everybody, "kind")
    leo = page(alice_client, people(everybody)["Leo Lopez"][0])
    assert "Prescriptions (2)" in options(leo, "kind")
    assert "Corner Pharmacy (2)" in options(leo, "provider")
    assert "for Leo Lopez. From what" in leo


def test_a_persons_claims_are_counted_apart_from_others_of_their_connection(
    alice: Member, alice_client: Client
) -> None:
    child = {"patient": {"reference": "Patient/9", "display": "Mia Lopez"}}
    save(about(alice, "One Plan", "1", "Ana Lopez"), an_eob(1), an_eob(2, kind="pharmacy", **child))
    all_agreed(alice)
    mia = page(alice_client, people(page(alice_client))["Mia Lopez"][0])
    assert "1 claim, your share $53.52" in mia


def test_the_printed_list_names_its_one_person_and_the_plan(alice: Member, alice_client: Client) -> None:
    save(about(alice, "One Plan", "p1", "Ana Lopez"), an_eob(1))
    assert "from Plainclaim for Ana Lopez. From what One Plan shared." in " ".join(page(alice_client).split())


def test_the_page_of_a_claim_names_whom_it_is_about_in_a_family(alice: Member, alice_client: Client) -> None:
    mine = about(alice, "One Plan", "p1", "Ana Lopez", "1980-02-03")
    save(mine, an_eob(1))
    claim = f"/claims/{row_of(mine).pk}/"
    assert 'data-testid="person"' not in alice_client.get(claim).content.decode()
    save(about(alice, "Two Plan", "p2", "Leo Lopez", "2014-02-03"), an_eob(1))
    assert '<span data-testid="person">Ana Lopez</span>' in alice_client.get(claim).content.decode()


def test_approvals_name_whom_they_are_about_in_a_family(alice: Member, alice_client: Client) -> None:
    for plan, patient, name in (("One Plan", "p1", "Ana Lopez"), ("Two Plan", "p2", "Leo Lopez")):
        connection = about(alice, plan, patient, name, "1980-02-03")
        save(connection, an_eob(1, use="preauthorization"))
        all_agreed(alice)
        html = alice_client.get("/claims/approvals/").content.decode()
        assert ("Ana Lopez" in html) == (patient == "p2")
    leos = f"/claims/approvals/{row_of(connection).pk}/"
    assert '<span data-testid="person">Leo Lopez</span>' in alice_client.get(leos).content.decode()


@pytest.mark.parametrize(
    ("payers", "named"),
    [(("Seaside Insurance",) * 2, []), (("Seaside Insurance", "Hill Insurance"), ["Hill", "Seaside"])],
)
def test_rows_of_one_plan_name_it_only_where_they_are_of_several_payers(
    payers: tuple[str, ...], named: list[str], alice: Member, alice_client: Client
) -> None:
    eobs = [an_eob(number, insurer={"display": payer}) for number, payer in enumerate(payers)]
    save(a_connection(alice), *eobs)
    rows = rows_of(page(alice_client))
    assert len(rows) == 2
    assert sorted(re.findall(r"(\w+) Insurance", " ".join(rows))) == named
    assert "Seaside Insurance" in page(alice_client, f"/claims/{row_of(alice.connections.get(), 0).pk}/")


def test_rows_tell_people_without_a_name_apart_by_the_number_their_plan_has(
    alice: Member, alice_client: Client
) -> None:
    """Two of one day stood beside each other, and no row said that they are of two people."""
    connection = a_connection(alice)
    save(connection, *[an_eob(n, patient={"reference": f"Patient/70000{n}"}) for n in (1, 2)])
    shown = " ".join(rows_of(page(alice_client)))
    assert "Person …0001 at Harborlight Health" in shown
    assert "Person …0002 at Harborlight Health" in shown
    save(connection, an_eob(2, patient={"reference": "Patient/700001"}))
    assert "Person" not in " ".join(rows_of(page(alice_client)))
