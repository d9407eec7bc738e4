"""Families of one account: what of whom shows, what is folded, and that the sums are as by hand."""

import json
import re
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.kinds.claim.kind import CLAIM
from apps.records import household
from apps.records.models import Remark
from apps.records.shelf import Library
from apps.sync import actions
from apps.sync.models import SyncRun
from apps.takeaway.models import Export
from apps.takeaway.shelves import Scope, Shelf, count_entries, count_notes, entries
from apps.vault.boxes import box_for
from tests.claims.given import NOW, a_connection, all_read, an_eob, row_of, save
from tests.claims.test_people import about
from tests.coverage.test_pages import a_coverage
from tests.overview.test_home import said

pytestmark = pytest.mark.usefixtures("november_2026")

ON = "2026-09-09"
SECRET = "Quiet Harbor Counseling"
LOW = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F32.9"}]}
MORE_ROOMS = ("/claims/?sort=share", "/claims/providers/")
HOLDER = ("Ana Lopez", "1980-02-03")


class One(NamedTuple):
    """A person: name, birth date, and shares of claims; those of sensitive care begin with "!"."""

    name: str
    born: str
    shares: tuple[str, ...]


class Family(NamedTuple):
    """People, and by hand: what Today says first, the year's share, rows listed, how many are folded."""

    people: tuple[One, ...]
    first: str
    year: str
    rows: int
    folded: int = 0
    waiting: tuple[str, ...] = ()


FAMILIES = {
    "one adult": Family(
        (One(*HOLDER, ("50.00", "!20.00")),),
        "Your share of 2 recent claims, $70.00, is not noted as paid.", "$70.00", 2,
    ),
    "a child under twelve": Family(
        (One(*HOLDER, ("50.00",)), One("Leo Lopez", "2016-02-03", ("!20.00", "5.00"))),
        "The share of everyone here for 3 recent claims, $75.00, is not noted as paid.", "$75.00", 3,
    ),
    "a child of fourteen": Family(
        (One(*HOLDER, ("50.00", "!10.00")), One("Leo Lopez", "2012-02-03", ("!20.00", "5.00"))),
        "The share of everyone here for 4 recent claims, $85.00, is not noted as paid.",
        "$85.00", 4, folded=1,
    ),
    "a husband who was not asked": Family(
        (One(*HOLDER, ("50.00",)), One("Max Lopez", "1979-02-03", ("!20.00", "5.00"))),
        "Your share of 1 recent claim, $50.00, is not noted as paid.", "$50.00", 1, waiting=("Max Lopez",),
    ),
    "a child who is eighteen since yesterday": Family(
        (One(*HOLDER, ("50.00",)), One("Leo Lopez", "2008-11-24", ("20.00",))),
        "Your share of 1 recent claim, $50.00, is not noted as paid.", "$50.00", 1, waiting=("Leo Lopez",),
    ),
    "a child who is eighteen tomorrow": Family(
        (One(*HOLDER, ("50.00",)), One("Leo Lopez", "2008-11-26", ("!20.00",))),
        "The share of everyone here for 2 recent claims, $70.00, is not noted as paid.",
        "$70.00", 2, folded=1,
    ),
    "somebody whose birth date no plan shares": Family(
        (One(*HOLDER, ("50.00",)), One("Kim Reyes", "", ("20.00",))),
        "Your share of 1 recent claim, $50.00, is not noted as paid.", "$50.00", 1, waiting=("Kim Reyes",),
    ),
    "the holder again, with a middle name and no birth date": Family(
        (One(*HOLDER, ("50.00",)), One("Ana Maria Lopez", "", ("!20.00",))),
        "The share of everyone here for 2 recent claims, $70.00, is not noted as paid.", "$70.00", 2,
    ),
    "a child alone": Family(
        (One("Leo Lopez", "2012-02-03", ("!20.00", "5.00")),),
        "Your share of 2 recent claims, $25.00, is not noted as paid.", "$25.00", 2, folded=1,
    ),
}  # fmt: skip


def claims(shares: tuple[str, ...], *, start: int = 0) -> list[dict[str, Any]]:
    """Return claims with these shares, those of sensitive care with a diagnosis and a telling provider."""
    quiet = {"diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": LOW}], "provider": {"display": SECRET}}
    return [
        an_eob(start + n, on=ON, share=share.lstrip("!"), **(quiet if share.startswith("!") else {}))
        for n, share in enumerate(shares)
    ]


def settle(member: Member, people: tuple[One, ...]) -> list[Connection]:
    """Connect a plan for each of *people*."""
    connections = []
    for number, one in enumerate(people):
        connection = about(member, f"Plan {number}", f"p{number}", one.name, one.born)
        connection.connected_at = NOW + timedelta(days=number)
        connection.save()
        save(connection, *claims(one.shares, start=10 * number))
        connections.append(all_read(connection))
    return connections


def text(client: Client, url: str) -> str:
    response = client.get(url, follow=True)
    assert response.status_code == 200, url
    return response.content.decode()


def keys(client: Client) -> dict[str, str]:
    """Return the key of everybody on the household's page, by what they are called there."""
    html = text(client, "/people/")
    return {name: key for key, name in re.findall(r'id="name-([0-9a-f]{16})">([^<]*)<', html)}


def test_where_nobody_is_here_the_way_to_a_plan_stands_under_its_sentence(alice_client: Client) -> None:
    """On a wide screen it stood in the second column, beside it."""
    page = text(alice_client, "/people/")
    assert "Nobody is here yet" in page
    assert 'class="two-up"' not in page


def say(client: Client, who: str, **form: str) -> None:
    response = client.post("/people/", {"person": keys(client)[who]} | form)
    assert response.status_code == 303


@pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
def test_every_room_agrees_with_what_was_worked_out_by_hand(
    family: Family, alice: Member, alice_client: Client
) -> None:
    settle(alice, family.people)
    home, year, listed = (text(alice_client, url) for url in ("/home/", "/money/2026/", "/claims/"))
    assert said(home, "lede") == [family.first]
    assert f" is {family.year}" in " ".join(re.findall(r'data-testid="answer">([^<]*)<', year))
    assert listed.count('data-testid="claim-row"') == family.rows
    assert listed.count("Folded claim<") == family.folded
    assert [name in home for name in family.waiting] == [True] * len(family.waiting)
    for name in family.waiting:
        assert name not in listed + year
    for html in (home, year, listed):
        assert ('data-testid="folded"' in html) == bool(family.folded)
    if 'class="people ' in year:
        assert ">Your share</th>" not in year, "a column of several people's shares is nobody's"
    secrets = sum(share.startswith("!") for one in family.people for share in one.shares)
    if family.folded == secrets or family.waiting:  # nothing of it is left to be named
        pages = (home, year, listed, *(text(alice_client, url) for url in MORE_ROOMS if secrets))
        assert not [html for html in pages if SECRET in html]


def test_what_is_folded_is_found_by_no_word_and_shown_where_it_is_opened(
    alice: Member, alice_client: Client
) -> None:
    child = settle(alice, FAMILIES["a child of fourteen"].people[1:])[0]
    searched = alice_client.post("/search/", {"text": "counseling"}, follow=True).content.decode()
    assert 'data-testid="claim-row"' not in searched
    assert SECRET not in searched
    assert SECRET in text(alice_client, f"/claims/{row_of(child, 0).pk}/")
    [folded] = [one for one in Library(alice, box_for(alice)).held(CLAIM) if one.is_folded]
    assert SECRET.encode() not in bytes(folded.entry.brief)
    assert SECRET.casefold() not in folded.entry.words
    assert b"Harborlight Health" not in bytes(folded.entry.brief)  # the payer may tell it too


def test_the_member_shows_and_folds_and_takes_it_back(alice: Member, alice_client: Client) -> None:
    settle(alice, FAMILIES["a child of fourteen"].people)
    say(alice_client, "Leo Lopez", fold="no")
    html = text(alice_client, "/claims/")
    assert ("Folded claim<" in html, html.count(f"{SECRET}<")) == (False, 2)
    say(alice_client, "Ana Lopez", fold="yes")
    assert text(alice_client, "/claims/").count("Folded claim<") == 1
    key = keys(alice_client)["Leo Lopez"]
    undo = re.search(rf'value="{key}"><input[^>]*value="folded"><input[^>]*name="undo" value="([^"]*)"',
                     text(alice_client, "/people/"))  # fmt: skip
    assert undo is not None
    say(alice_client, "Leo Lopez", topic="folded", undo=undo[1])
    assert text(alice_client, "/claims/").count("Folded claim<") == 2


@pytest.mark.parametrize("who", ["Max Lopez", "Kim Reyes"])
def test_nothing_of_another_adult_shows_before_the_holder_says_so(
    who: str, alice: Member, alice_client: Client
) -> None:
    born = "1979-02-03" if who == "Max Lopez" else ""
    _mine, theirs = settle(alice, (One(*HOLDER, ("50.00",)), One(who, born, ("!20.00", "5.00"))))
    claim = f"/claims/{row_of(theirs, 11).pk}/"
    assert alice_client.get(claim).status_code == 404
    for url in (f"/sync/claims/{claim.split('/')[2]}/", f"/sync/connections/{theirs.pk}/people/"):
        assert alice_client.get(url).status_code in (302, 404), url
    say(alice_client, who, agreed="agreed")
    assert alice_client.get(claim).status_code == 200
    html = text(alice_client, "/claims/")
    assert (html.count('data-testid="claim-row"'), html.count("Folded claim<")) == (3, 1)
    say(alice_client, who, agreed="no")
    assert alice_client.get(claim).status_code == 404


def test_of_a_claim_that_names_somebody_else_nothing_shows_either(
    alice: Member, alice_client: Client
) -> None:
    mine = about(alice, "One Plan", "1", *HOLDER)
    other = {"patient": {"reference": "Patient/9", "display": "Kim Reyes"}}
    save(mine, *claims(("50.00",)), an_eob(5, on=ON, share="20.00", **other))
    all_read(mine)
    assert said(text(alice_client, "/home/"), "lede") == [
        "Your share of 1 recent claim, $50.00, is not noted as paid."
    ]
    assert alice_client.get(f"/claims/{row_of(mine, 5).pk}/").status_code == 404
    shelf = _shelf(alice, mine)
    taken = [item.cursor for item in entries(shelf, "")]
    assert (count_entries(shelf), str(row_of(mine, 5).pk) in " ".join(taken)) == (len(taken), False)
    say(alice_client, "Kim Reyes", agreed="child")
    assert "2 claims, the share of everyone here $70.00" in text(alice_client, "/claims/")
    for number in (0, 5):
        alice_client.post(f"/claims/{row_of(mine, number).pk}/paid/", {"back": "home"})
    noted = count_notes(_shelf(alice, mine))
    say(alice_client, "Kim Reyes", agreed="no")
    assert noted - count_notes(_shelf(alice, mine)) == 2, "neither the yes nor what was noted of the claim"


def _shelf(member: Member, connection: Connection) -> Shelf:
    library = Library(member, box_for(member), is_unfolded=True)
    return Shelf(library, library.by_id[connection.pk], Scope())


def test_a_coverage_of_somebody_else_shows_nowhere_before_the_holder_says_so(
    alice: Member, alice_client: Client
) -> None:
    mine = about(alice, "One Plan", "1", *HOLDER)
    theirs = a_coverage("k", beneficiary={"reference": "Patient/9", "display": "Kim Reyes"})
    naming = an_eob(0, on=ON, insurance=[{"focal": True, "coverage": {"reference": "Coverage/cov-k"}}])
    save(mine, naming, a_coverage("a"), theirs)
    all_read(mine)
    library = Library(alice, box_for(alice), is_unfolded=True)
    one_claim = Shelf(library, library.by_id[mine.pk], Scope(claim_id=row_of(mine, 0).pk))
    assert "Kim Reyes" not in b"".join(item.body for item in entries(one_claim, "")).decode()
    urls = ("/coverage/", f"/sync/connections/{mine.pk}/people/")
    assert not [url for url in urls if "Kim Reyes" in text(alice_client, url)]
    say(alice_client, "Kim Reyes", agreed="child")
    assert [url for url in urls if "Kim Reyes" in text(alice_client, url)] == list(urls)


def test_the_switch_holds_in_every_room_until_it_is_turned_back(alice: Member, alice_client: Client) -> None:
    settle(alice, FAMILIES["a child under twelve"].people)
    say(alice_client, "Leo Lopez", name="  Little   Bear ")
    key = keys(alice_client)["Little Bear"]
    assert "Little Bear" in text(alice_client, "/claims/")
    home = text(alice_client, f"/home/?person={key}")
    assert said(home, "lede") == ["Your share of 2 recent claims, $25.00, is not noted as paid."]
    assert "your share is $25.00" in text(alice_client, "/money/")
    assert text(alice_client, "/claims/").count('data-testid="claim-row"') == 2
    found = alice_client.post("/search/", {"text": "2026"}, follow=True).content.decode()
    assert found.count('data-testid="claim-row"') == 2
    for url in ("/home/", "/money/2026/", "/claims/", "/coverage/", "/search/"):
        assert f'?person={key}" aria-current="true">Little Bear<' in text(alice_client, url), url
    assert said(text(alice_client, "/home/?person=all"), "lede") == [FAMILIES["a child under twelve"].first]


def test_a_household_is_nobody_elses_w03(alice: Member, bob: Member, alice_client: Client) -> None:
    settle(bob, FAMILIES["a child under twelve"].people)
    theirs = next(iter(Library(bob, box_for(bob)).household.people))
    assert alice_client.post("/people/", {"person": theirs, "name": "x"}).status_code == 404
    assert not Remark.objects.exists()
    assert json.dumps(keys(alice_client)) == "{}"


def test_an_unnamed_person_shows_only_while_no_plan_tells_a_name(alice: Member, alice_client: Client) -> None:
    mine = a_connection(alice, plan="One Plan")
    save(mine, *claims(("50.00",)))
    save(a_connection(alice, plan="Two Plan", days=1), *claims(("!20.00",), start=5))
    assert text(alice_client, "/claims/").count('data-testid="claim-row"') == 2
    theirs = about(alice, "Three Plan", "3", "Spouse Doe", "1980-01-01")
    Connection.objects.filter(pk=theirs.pk).update(connected_at=NOW + timedelta(days=2))
    save(theirs, *claims(("5.00",), start=10))
    assert len(Library(alice, box_for(alice)).household.closed) == 3
    html = text(alice_client, "/home/")
    assert "Records of Person at One Plan are here" in html
    say(alice_client, "Person at One Plan", agreed="self")
    assert text(alice_client, "/claims/").count('data-testid="claim-row"') == 1
    assert SECRET not in text(alice_client, "/claims/")


def made(member: Member, *people: tuple[str, str, int]) -> list[Connection]:
    """Connect a plan for each, first updated so many days before now."""
    connections = []
    for number, (name, born, days) in enumerate(people):
        one = about(member, f"Plan {number}", f"p{number}", name, born)
        SyncRun.objects.create(
            member=member,
            connection=one,
            state=SyncRun.State.FINISHED,
            created_at=NOW - timedelta(days=days),
            next_try_at=NOW,
            queued_at=NOW,
        )
        connections.append(one)
    return connections


@pytest.mark.parametrize(
    ("people", "holder", "closed"),
    [
        # Every connection was renewed just now, in whatever order: `connected_at` tells nothing.
        ((("Ana Lopez", "1980-02-03", 20), ("Max Lopez", "1979-02-03", 10)), {"Ana Lopez"}, {"Max Lopez"}),
        ((("Max Lopez", "1979-02-03", 10), ("Ana Lopez", "1980-02-03", 20)), {"Ana Lopez"}, {"Max Lopez"}),
        ((("Leo Lopez", "2008-11-25", 1),), set(), {"Leo Lopez"}),
        ((("Leo Lopez", "2016-11-25", 2), ("Max Lopez", "1979-02-03", 1)), set(), {"Max Lopez"}),
        ((("Baby Lopez", "2026-11-20", 2), ("Ana Lopez", "1980-02-03", 1)), set(), {"Ana Lopez"}),
    ],
)
def test_the_holder_is_whose_plan_was_connected_first_if_an_adult_then(
    people: tuple[tuple[str, str, int], ...], holder: set[str], closed: set[str], alice: Member
) -> None:
    rows = made(alice, *people)
    home = Library(alice, box_for(alice)).household
    assert {one.name for one in home.people.values() if one.is_holder} == holder
    assert {one.name for one in home.closed} == closed
    if people[0][1] == "2008-11-25":
        assert household.waits_for_a_yes(rows[0], box_for(alice), today=NOW.date())


def test_this_is_me_lasts_longer_than_the_connection_it_was_said_of(
    alice: Member, alice_client: Client
) -> None:
    mine, _theirs = made(alice, ("Ana Lopez", "1980-02-03", 1), ("Max Lopez", "1979-02-03", 2))
    say(alice_client, "Ana Lopez", agreed="self")
    mine.delete()
    assert [one.name for one in Library(alice, box_for(alice)).household.closed] == ["Max Lopez"]


@pytest.mark.parametrize("way", ["said", "undone"])
def test_a_yes_taken_back_takes_prepared_files_along(way: str, alice: Member, alice_client: Client) -> None:
    made(alice, ("Ana Lopez", "1980-02-03", 2), ("Max Lopez", "1979-02-03", 1))
    say(alice_client, "Max Lopez", agreed="agreed")
    Export.objects.create(
        member=alice, format="json", created_at=NOW, queued_at=NOW, expires_at=NOW + timedelta(days=1)
    )
    said_at = {"topic": "agreed", "undo": NOW.isoformat()}
    say(alice_client, "Max Lopez", **({"agreed": "no"} if way == "said" else said_at))
    assert not alice.exports.exists()
    assert len(Library(alice, box_for(alice)).household.closed) == 1


@pytest.mark.parametrize("path", ["/sync/connections/{}/", "/sync/connections/{}/clinical/"])
def test_no_update_is_started_for_a_child_who_became_an_adult(
    path: str, alice: Member, alice_client: Client
) -> None:
    """The connection was renewed after the birthday, which starts none either."""
    [child] = made(alice, ("Leo Lopez", "2008-11-20", 300))
    Connection.objects.filter(pk=child.pk).update(scopes_granted="patient/*.read", status="active")
    html = alice_client.post(path.format(child.pk), {"agree": ""}, follow=True).content.decode()
    assert "Nothing new is brought for a child who has become an adult" in html
    assert actions.start_first(connection=child, now=NOW) == "/people/"
    assert child.runs.count() == 1
    say(alice_client, "Leo Lopez", agreed="agreed")
    assert actions.start_first(connection=child, now=NOW) != "/people/"


def test_the_holder_who_erases_their_own_connection_opens_nobody_elses(
    alice: Member, alice_client: Client
) -> None:
    """Also where the holder has another one, made later."""
    ana = ("Ana Lopez", "1980-02-03")
    mine, theirs, later = made(alice, (*ana, 9), ("Max Lopez", "1979-02-03", 5), (*ana, 2))
    for connection in (mine, theirs):
        save(connection, *claims(("5.00",), start=connection.connected_at.microsecond))
    alice_client.post(f"/connections/{mine.pk}/disconnect/", {"records": "erase"})
    home = Library(alice, box_for(alice)).household
    assert [(one.name, one.is_holder) for one in home.people.values()] == [
        ("Max Lopez", False), ("Ana Lopez", True)
    ]  # fmt: skip
    assert [one.name for one in home.closed] == ["Max Lopez"]
    alice_client.post(f"/connections/{later.pk}/disconnect/", {"records": "erase"})
    assert [one.name for one in Library(alice, box_for(alice)).household.closed] == ["Max Lopez"]
    say(alice_client, "Max Lopez", agreed="self")
    assert not Library(alice, box_for(alice)).household.closed


def test_of_two_patients_of_one_plan_without_names_one_is_not_the_holder(alice: Member) -> None:
    mine, theirs = (about(alice, "One Plan", patient, "") for patient in ("1", "2"))
    Connection.objects.filter(pk=theirs.pk).update(connected_at=NOW + timedelta(days=2))
    elsewhere = about(alice, "Two Plan", "7", "")
    home = Library(alice, box_for(alice)).household
    assert [home.is_closed(one.pk) for one in (mine, theirs, elsewhere)] == [False, True, False]
