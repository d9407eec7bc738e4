"""Of people who did not agree nothing shows: no record, no count, no kind."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import account_closure
from apps.connections.models import Connection
from apps.kinds.approval.kind import APPROVAL
from apps.records import remarks
from apps.records.remarks import Topic
from apps.records.shelf import Library
from apps.sync import news
from apps.sync.models import SyncChange, SyncRun, SyncStep
from apps.takeaway import actions, preparation
from apps.vault.boxes import box_for
from tests.appeals.test_approval import asked
from tests.care.test_pages import a_result, keep, path_of
from tests.claims.given import NOW, all_read, an_eob, row_of, save
from tests.claims.test_people import about
from tests.coverage.test_pages import a_coverage
from tests.overview.test_home import said, settle_what_shows
from tests.overview.test_household import HOLDER, ON, One, say, settle, text
from tests.takeaway.given import content, get, sure

pytestmark = pytest.mark.usefixtures("november_2026")

THEIRS = {"subject": {"display": "Kim Reyes"}}
PAPER = {"content": [{"attachment": {"contentType": "text/plain", "data": "aGk="}}]}


@pytest.fixture
def mine(alice: Member) -> Connection:
    """Return a connection of the holder's, made before any other."""
    connection = about(alice, "One Plan", "1", *HOLDER)
    connection.connected_at = NOW.replace(day=1)
    connection.save()
    return connection


def test_a_clinical_record_that_names_another_adult_by_display_alone_is_not_the_holders(
    mine: Connection, alice_client: Client
) -> None:
    other = {"name": {"text": "Zebrafish"}, "code": {"text": "Zebrafish"}, **THEIRS}
    paper = {"resourceType": "DocumentReference", "id": "d1", "status": "current", **PAPER, **THEIRS}
    cancelled = a_result(3, status="cancelled", **other)
    named = {"subject": {"reference": "Patient/1", "display": "Somebody Else"}}
    keep(mine, a_result(1, **named), a_result(2, **other), cancelled, paper)
    paths = [path_of(mine, name) for name in ("Observation/o2", "Observation/o3", "DocumentReference/d1")]
    urls = [*paths, *(path.replace("/care/", "/sync/records/") for path in paths), f"{paths[2]}form/0/"]
    assert {alice_client.get(url).status_code for url in urls} == {404}
    assert alice_client.get(path_of(mine, "Observation/o1")).status_code == 200
    care = text(alice_client, "/care/")
    assert ("Hemoglobin A1c" in care, "Zebrafish" in care, "cancelled" in care) == (True, False, False)
    say(alice_client, "Kim Reyes", agreed="agreed")
    assert {alice_client.get(url).status_code for url in urls} == {200}
    assert "Zebrafish" in text(alice_client, "/care/")
    assert "Kim Reyes" in text(alice_client, "/care/")


def test_a_record_of_no_person_makes_none(mine: Connection, alice: Member) -> None:
    herd = {"subject": {"reference": "Group/herd", "display": "The herd"}}
    keep(mine, a_result(1), a_result(2, **herd))
    people = Library(alice, box_for(alice)).household.people.values()
    assert [person.name for person in people] == [HOLDER[0]]


def brought(connection: Connection, claims: int, results: int) -> SyncRun:
    """Return a run over that brought so many claims and results of a laboratory."""
    moments = dict.fromkeys(("created_at", "next_try_at", "queued_at", "finished_at"), NOW)
    run = SyncRun.objects.create(member=connection.member, connection=connection, state="finished", **moments)
    for place, (name, number) in enumerate({"ExplanationOfBenefit": claims, "Observation": results}.items()):
        told = {"resource_type": name, "state": "done", "received": number}
        SyncStep.objects.create(member=run.member, run=run, position=place, **told)
    Connection.objects.filter(pk=connection.pk).update(
        clinical_since=NOW, scopes_granted="patient/*.read", scopes_asked="patient/*.read", status="active"
    )
    return run


def words(client: Client, url: str) -> str:
    """Return what a page says, without its markup."""
    main = re.search(r"<main.*</main>", text(client, url), re.DOTALL)
    assert main
    return " ".join(re.sub(r"<[^>]*>", " ", main[0]).split())


def pages(connection: Connection, run: SyncRun) -> list[str]:
    """Return the pages that count what a connection brought."""
    own = f"/connections/{connection.pk}/"
    return [own, f"{own}disconnect/", f"/sync/{run.pk}/", f"/sync/connections/{connection.pk}/clinical/"]


NUMBERS = re.compile(r"\b(17|13|30|18|31|14)\b")
"""Of what is closed, and with what is the holder's."""


def test_no_page_counts_what_came_of_an_adult_who_did_not_agree(
    mine: Connection, alice: Member, alice_client: Client
) -> None:
    save(mine, an_eob(1, on=ON))
    theirs = about(alice, "Two Plan", "2", "Max Lopez", "1979-02-03")
    save(theirs, *[an_eob(n, on=ON) for n in range(17)])
    subject = {"reference": "Patient/2"}
    keep(theirs, *[a_result(n % 12 + 1, 5 + n, id=f"o{n}", subject=subject) for n in range(13)])
    urls = pages(theirs, brought(theirs, 17, 13))
    told = {url: words(alice_client, url) for url in urls}
    assert {url for url, text_ in told.items() if NUMBERS.search(text_)} == set()
    assert {url for url, text_ in told.items() if "kept closed" not in text_} == set()
    assert told[urls[2]].count("Nothing is counted here") == 1, "said once, and not in each step"
    assert {one.count for one in account_closure.estate(alice).holdings} == {1, 0}
    assert "Your plan sent these" not in told[urls[0]]
    assert "Whether your plan sent any is not told" in told[urls[0]]
    assert "Could not be read" not in told[urls[0]]
    assert "See your claims" not in told[urls[2]]
    assert "Say who this is" in told[urls[2]]
    SyncRun.objects.update(state="partial")
    assert "named below" not in words(alice_client, urls[2]), "no step names what is missing"
    say(alice_client, "Max Lopez", agreed="agreed")
    assert "named below" in words(alice_client, urls[2])
    shown = {url: set(NUMBERS.findall(words(alice_client, url))) for url in urls}
    assert [*map(sorted, shown.values())] == [["13"], ["13", "17", "30"], ["13", "17"], ["13"]]
    say(alice_client, "Max Lopez", agreed="no")
    alice_client.post(urls[1], {"records": "erase"})
    receipt = words(alice_client, alice.receipts.get().get_absolute_url())
    assert ("kept closed" in receipt, NUMBERS.search(receipt)) == (True, None)


def test_each_of_two_connections_to_one_plan_is_called_what_it_is_in_the_filter(
    mine: Connection, alice: Member, alice_client: Client
) -> None:
    """Both were called by the plan's name alone."""
    save(mine, an_eob(1, on=ON))
    for number, name in (("2", "Max Lopez"), ("3", "")):
        again = about(alice, "One Plan", number, name, "1979-02-03")
        Connection.objects.filter(pk=again.pk).update(plan=mine.plan)
        save(again, an_eob(int(number), on=ON))
    plans = re.findall(r"<option[^>]*>(One Plan[^<]*)<", text(alice_client, "/claims/"))
    assert sorted(plans) == [
        "One Plan, " + HOLDER[0],
        *["One Plan: of somebody whose records are kept closed"] * 2,
    ]


def test_beside_what_is_closed_the_pages_count_what_is_open(mine: Connection, alice_client: Client) -> None:
    other = {"patient": {"reference": "Patient/9", "display": "Kim Reyes"}}
    save(mine, an_eob(1, on=ON), *[an_eob(n, on=ON, **other) for n in range(2, 19)])
    keep(mine, a_result(1), *[a_result(n % 12 + 1, id=f"o{n}", **THEIRS) for n in range(20, 33)])
    urls = pages(mine, run := brought(mine, 18, 14))
    told = {url: words(alice_client, url) for url in urls}
    assert {url for url, text_ in told.items() if NUMBERS.search(text_)} == set()
    assert "1 claim 1 test result What came of people who have not agreed" in told[urls[1]]
    assert "Done: 1 claim, 1 clinical record, what came of people" in words(alice_client, f"/sync/{run.pk}/")
    assert "Test results, vital signs and answers (1)" in told[urls[0]]
    erased = alice_client.post(urls[3], {"erase": "1"}, follow=True).content.decode()
    assert "Those that were here were erased" in erased


def test_the_year_names_nobody_who_did_not_agree(
    mine: Connection, alice: Member, alice_client: Client
) -> None:
    save(mine, an_eob(1, on=ON), a_coverage(1))
    theirs = about(alice, "One Plan", "2", "Max Lopez", "1979-02-03")
    save(theirs, an_eob(2, on=ON), a_coverage(2))
    for query in ("years=plan", f"plan={theirs.pk}", f"plan={theirs.pk}&years=plan"):
        html = text(alice_client, f"/money/2026/?{query}")
        assert ("Max" in html, str(theirs.pk) in html, "$53.52" in html) == (False, False, True), query
    say(alice_client, "Max Lopez", agreed="agreed")
    assert "Only One Plan, Max Lopez." in text(alice_client, f"/money/2026/?plan={theirs.pk}")


def test_today_counts_nothing_of_who_did_not_agree(
    mine: Connection, alice: Member, alice_client: Client
) -> None:
    save(mine, an_eob(1, on="2023-01-01"))
    theirs = about(alice, "Two Plan", "2", "Max Lopez", "1979-02-03")
    save(theirs, an_eob(2, on="2023-01-01"), a_coverage(2))
    all_read(mine)
    all_read(theirs)
    say(alice_client, "Max Lopez", agreed="agreed")
    settle_what_shows(alice_client)
    assert "You noted 2 older shares as settled." in text(alice_client, "/home/")
    say(alice_client, "Max Lopez", agreed="no")
    assert "You noted 1 older share as settled." in text(alice_client, "/home/")
    theirs.marks.all().delete()
    run = brought(theirs, 17, 13)
    run.steps.update(total=17)
    assert NUMBERS.search(words(alice_client, "/home/")) is None
    assert "Two Plan is connected. What it sends is being read." in text(alice_client, "/home/")


def test_a_coverage_of_who_did_not_agree_is_no_news(mine: Connection, alice: Member) -> None:
    theirs = {"beneficiary": {"reference": "Patient/9", "display": "Kim Reyes"}}
    save(mine, an_eob(1, on=ON), a_coverage(1), a_coverage(2, **theirs))
    for row in mine.records.filter(fhir_type="Coverage"):
        SyncChange.objects.create(member=alice, connection=mine, record=row, what="new", at=NOW)
    assert len(news.since(Library(alice, box_for(alice)), NOW - timedelta(days=1)).coverages) == 1


def test_notes_in_files_say_nothing_of_who_did_not_agree(
    mine: Connection, alice: Member, alice_client: Client
) -> None:
    """Neither of what is theirs (approvals, results) nor of themselves, nor as a part of a longer remark."""
    other = {"patient": {"reference": "Patient/9", "display": "Kim Reyes"}}
    save(mine, an_eob(1, on=ON), an_eob(2, on=ON, **other), asked(on="2026-10-04", **other))
    keep(mine, a_result(3, id="o3", **THEIRS))
    box = box_for(alice)
    library = Library(alice, box)
    [kim] = library.household.closed
    own, claim = row_of(mine, 1).pk, row_of(mine, 2).pk
    [letter] = [one.id for one in Library(alice, box, is_whole=True).held(APPROVAL)]
    result = mine.records.get(fhir_type="Observation").pk
    told = {
        (Topic.APPEAL_TEXT, f"{letter}"): "Zebrafish",
        (Topic.UNJOINED, f"{result} {own}"): True,
        (Topic.NAME, kim.key): "Kimmy",
        (Topic.FOLDED, kim.key): True,
        (Topic.LIMITS, f"{mine.pk} 2026-01-01 {kim.key}"): {"medical": "1"},
        (Topic.SETTLED, str(mine.pk)): {str(own): "5", str(claim): "6"},
        (Topic.PAID, str(own)): {"amount": "7"},
    }
    for (topic, subject), value in told.items():
        remarks.say(member=alice, box=box, topic=topic, subject=subject, value=value, now=NOW,
                    connection_id=mine.pk)  # fmt: skip
    made = json.loads(content(get(sure(alice_client, alice), "reading")))["notes"]
    assert {note["topic"]: note["value"] for note in made} == {
        "settled": {str(own): "5"}, "paid": {"amount": "7"},
    }  # fmt: skip


@pytest.mark.parametrize(("born", "is_gone"), [("2008-11-26", True), ("2008-12-26", False)])
def test_a_prepared_file_is_not_given_out_after_an_eighteenth_birthday(
    *, born: str, is_gone: bool, mine: Connection, alice: Member, alice_client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(actions, "MOST_AT_ONCE", 0)
    about(alice, "Three Plan", "3", "Max Lopez", "1979-02-03")  # closed all the time
    child = about(alice, "Two Plan", "2", "Leo Lopez", born)
    save(mine, an_eob(1, on=ON))
    save(child, an_eob(2, on=ON))
    made = get(sure(alice_client, alice), "claims")["Location"]
    preparation.run(export_id=alice.exports.get().pk, now_fn=timezone.now)
    assert alice_client.get(f"{made}file/").status_code == 200
    with time_machine.travel(NOW + timedelta(hours=23), tick=False):
        alice_client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
        assert sure(alice_client, alice).get(f"{made}file/").status_code == (302 if is_gone else 200)
        assert ("That file is gone" in text(alice_client, made)) == is_gone


@pytest.mark.parametrize(
    ("born", "standing"),
    [
        ("2012-02-03", "Age by your plan: 14. At 18, nothing shows until you say whose records these are."),
        (
            "2008-02-03",
            "Age by your plan: 18. Nothing shows here until you say whose records these are. If they are "
            "another person's, ask that person first.",
        ),
    ],
)
def test_a_child_who_is_here_alone_may_be_the_one_who_reads(
    alice: Member, alice_client: Client, bob: Member, bob_client: Client, born: str, standing: str
) -> None:
    settle(alice, (One("Leo Lopez", born, ()),))
    alice.connections.update(connected_at=NOW - timedelta(days=900))
    html = unescape(text(alice_client, "/people/"))
    assert said(html, "standing") == [standing]
    assert "The name shown here" in html
    assert "What you call them" not in html
    settle(bob, (One(*HOLDER, ()), One("Leo Lopez", "2012-02-03", ())))
    html = text(bob_client, "/people/")
    assert "What you call them" in html
    assert "Leo Lopez is 14. At 18, nothing shows until Leo Lopez agrees." in html


def test_a_yes_for_a_child_whose_birth_date_no_plan_shares_holds_a_year(
    mine: Connection, alice: Member, alice_client: Client
) -> None:
    other = {"patient": {"reference": "Patient/9", "display": "Kim Reyes"}}
    save(mine, an_eob(5, on=ON, share="20.00", **other))
    all_read(mine)
    say(alice_client, "Kim Reyes", agreed="child")
    for days, closed in ((365, []), (366, ["Kim Reyes"])):
        day = timezone.localdate() + timedelta(days=days)
        people = Library(alice, box_for(alice), today=day).household.closed
        assert [person.shown for person in people] == closed
