"""What a member hides is on no address, in no file for others and in no mail, and sums stay as they were."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records import projection
from apps.records.models import Record
from apps.records.sensitive import CATEGORIES
from apps.sync.models import SyncChange
from apps.takeaway import formats
from tests.appeals.test_approval import asked
from tests.care.test_pages import PATIENT, a_result, keep, path_of
from tests.claims.given import NOW, a_connection, all_read, an_eob, approvals_of, row_of, save
from tests.journeys.pages import PAGES
from tests.overview.test_ledger_twins import deducted
from tests.overview.test_year import whole
from tests.takeaway.given import content, get, sure

CANARY = "Zebrafish"
HIV = {"text": CANARY, "coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "B20"}]}
AT_VISIT = {"subject": PATIENT, "encounter": {"reference": "Encounter/e1"}}
ADDRESSES = sorted(
    {
        place.path
        for place in PAGES
        if place.path.startswith("/") and place.who in ("member", "by_plan", "newcomer", "traveller")
    }
    - {"/account/logout/"}
)


@pytest.fixture(autouse=True)
def _in_november_2026() -> Any:
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def connection(alice: Member) -> Connection:
    """Return a connection with a plain claim, and hidden care of each kind."""
    connection = a_connection(alice)
    care = {
        "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": HIV}],
        "provider": {"reference": "Practitioner/p1"},
        "facility": {"display": f"{CANARY} House"},
        "item": [{"sequence": 1, "productOrService": {"text": f"{CANARY} visit"}}],
    }
    save(
        connection,
        an_eob(1, on="2026-10-01", share="20.00", **care),
        an_eob(2, on="2026-10-02", share="7.00", kind="pharmacy", **care),
        an_eob(3, on="2026-10-03", share="50.00"),
        asked(on="2026-10-04", **care),
        names={"Practitioner/p1": f"Doctor {CANARY}"},
    )
    keep(
        connection,
        {"resourceType": "Encounter", "id": "e1", "status": "finished", "class": {"code": "AMB"}}
        | {"subject": PATIENT, "type": [{"text": f"{CANARY} clinic"}], "period": {"start": "2026-10-01"}},
        {"resourceType": "Condition", "id": "c1", "code": HIV} | AT_VISIT,
        a_result(1, id="o1", code={"text": f"{CANARY} count"}, **AT_VISIT),
        a_result(2, id="o2"),
        {"resourceType": "MedicationRequest", "id": "m1", "status": "active", "intent": "order"}
        | {"subject": PATIENT, "medicationCodeableConcept": {"text": f"{CANARY}ine 5 mg"}},
        {"resourceType": "DocumentReference", "id": "d1", "status": "current", "subject": PATIENT}
        | {"type": {"text": f"Letter from {CANARY}"}, "content": [{"attachment": {"data": "PA=="}}]},
    )
    for row in connection.records.all():
        SyncChange.objects.create(
            member=alice, connection=connection, record=row, what=SyncChange.What.CHANGED, at=NOW
        )
    return all_read(connection)


@pytest.fixture
def browser(alice: Member, alice_client: Client) -> Client:
    """Return Alice's browser, in which she has just said who she is."""
    return sure(alice_client, alice)


def choose(browser: Client, **choices: str) -> None:
    form = {name.replace("_", "-", 1): value for name, value in choices.items()}
    assert browser.post("/hiding/", form).status_code == 303


def pages_of(records: Any) -> dict[str, Record]:
    """Return every address of every record."""
    forms = (
        "/claims/{}/", "/claims/approvals/{}/", "/claims/{}/appeal/", "/care/{}/", "/care/{}/form/0/",
        "/sync/claims/{}/", "/sync/records/{}/",
    )  # fmt: skip
    return {form.format(row.pk): row for row in records for form in forms}


def people_of(connection: Connection) -> str:
    return f"/sync/connections/{connection.pk}/people/"


def leaks(browser: Client, connection: Connection, *, also: Any) -> set[str]:
    """Return the addresses on which the canary is, and those of *also* records."""
    of_plan = (
        people_of(connection),
        f"/sync/connections/{connection.pk}/clinical/",
        f"/connections/{connection.pk}/",
        f"/connections/{connection.pk}/disconnect/",
    )
    found = set()
    for path in (*ADDRESSES, *of_plan, *pages_of(also)):  # a page prints what it shows
        response = browser.get(path, follow=True)
        if response.streaming or CANARY.encode() in response.content:
            found.add(path)
    for words in (CANARY, "doctor", "2026", "pharmacy"):
        html = browser.post("/search/", {"text": words}, follow=True).content.decode()
        found |= {f"search {words}"} if CANARY in html.replace(f'value="{CANARY}"', "") else set()
    return found


def sums(browser: Client) -> list[str]:
    """Return every sentence with a sum, and each amount of the year."""
    home, year, claims = (
        browser.get(path).content.decode() for path in ("/home/", "/money/2026/", "/claims/")
    )
    told = [re.findall(rf'data-testid="{name}"[^>]*>([^<]*)<', html) for name, html in (
        ("lede", home), ("answer", year), ("result", claims),
    )]  # fmt: skip
    return [*(text for texts in told for text in texts), *re.findall(r"\$[\d,.]+", year)]


def test_left_out_care_is_on_no_address_and_the_sums_are_the_same(
    connection: Connection, browser: Client
) -> None:
    before = sums(browser)
    seen = ("/home/", "/claims/", "/care/", "/claims/approvals/", "/claims/providers/", people_of(connection))
    assert [path for path in seen if CANARY not in browser.get(path).content.decode()] == []
    refused = f"/claims/{approvals_of(connection)[0].id}/appeal/"
    assert CANARY in browser.get(refused).content.decode()
    choose(browser, screen_hiv="out")
    assert sums(browser) == before
    may_be = {
        path_of(connection, reference) for reference in ("MedicationRequest/m1", "DocumentReference/d1")
    }
    tapped = {
        path for path, row in pages_of(connection.records.all()).items() if f"/care/{row.pk}/" in may_be
    }
    assert leaks(browser, connection, also=connection.records.all()) <= tapped
    listed = browser.get("/claims/").content.decode()
    assert listed.count('data-testid="claim-row"') == 1
    assert "Some claims are hidden: they are counted here and not named." in listed
    assert "Some are folded and not listed." in browser.get("/claims/providers/").content.decode()
    searched = browser.get(browser.post("/search/", {"text": CANARY}).headers["Location"]).content.decode()
    for words in (
        "Some claims are hidden: they are counted",
        "Some other records are hidden and not listed.",
    ):
        assert words in searched, words
    assert "Pregnancy" not in listed + browser.get("/home/").content.decode()


def test_a_record_in_no_book_yet_stays_closed_like_the_visit_it_belongs_with(
    connection: Connection, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(browser, screen_hiv="out")
    monkeypatch.setattr(projection, "project", lambda *_given, **_named: None)
    keep(connection, a_result(9, 9.87, id="o9", **AT_VISIT), a_result(8, 8.76, id="o8"))
    pages = [browser.get(path_of(connection, f"Observation/{name}")) for name in ("o9", "o8")]
    assert ["9.87" in pages[0].content.decode(), "8.76" in pages[1].content.decode()] == [False, True]


def test_the_year_tells_left_out_claims_in_one_line_without_a_name(alice: Member, browser: Client) -> None:
    connection = a_connection(alice)
    hiv = {"diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": HIV}]}
    odd = whole(4, "480.00", "0.00", "0.00", "0.00", "0.00", payment={"amount": {"value": 480.0}})
    hidden = [deducted(1, "70.00") | hiv, deducted(2, "30.00") | hiv, odd | hiv]
    save(connection, *hidden, deducted(3, "5.00"))
    all_read(connection)
    before = sums(browser)
    choose(browser, screen_hiv="out")
    html = browser.get("/money/2026/").content.decode()
    ids = [f"/claims/{row_of(connection, number).pk}/" in html for number in (1, 2, 4, 3)]
    assert (ids, html.count("From 2 hidden claims")) == ([False, False, False, True], 1)
    assert set(sums(browser)) <= set(before)
    assert html.count("$105.00") >= 2


def test_folded_care_has_no_name_before_a_tap_and_what_may_be_of_it_is_folded_too(
    connection: Connection, browser: Client
) -> None:
    before = sums(browser)
    choose(browser, screen_hiv="fold")
    assert sums(browser) == before
    assert leaks(browser, connection, also=[]) == set()
    assert browser.get("/claims/").content.decode().count("Folded claim") == 2
    care = browser.get("/care/").content.decode()
    assert care.count("Folded record: it may be of care that is hidden") == 2
    assert care.count("Folded record") == 5  # the visit and what was counted there go with the diagnosis
    assert CANARY in browser.get(path_of(connection, "Condition/c1")).content.decode()
    choose(browser, screen_hiv="show", screen_mental="fold")
    assert (
        browser.get("/care/").content.decode().count("Folded record") == 2
    )  # nobody knows what these are of


def test_what_came_as_very_restricted_is_folded_at_first_and_its_visit_with_it(
    alice: Member, browser: Client
) -> None:
    """Facts clinical 4: V is hidden at first, R is not; nothing else is hidden by us."""
    connection = a_connection(alice)
    seen = a_result(1, id="o1", meta={"security": [{"code": "V"}]}, code={"text": CANARY}, **AT_VISIT)
    plain = a_result(2, id="o2", meta={"security": [{"code": "R"}]})
    visit = {"resourceType": "Encounter", "id": "e1", "status": "finished", "class": {"code": "AMB"}}
    keep(connection, seen, plain, visit | {"subject": PATIENT, "type": [{"text": f"{CANARY} clinic"}]})
    care = browser.get("/care/").content.decode()
    assert (care.count("Folded record"), care.count("Hemoglobin A1c"), CANARY in care) == (2, 2, False), (
        "its row, and the first line"
    )
    choose(browser, screen_very_restricted="show")
    assert browser.get("/care/").content.decode().count(CANARY) >= 2


def test_files_for_others_hold_only_what_is_shared_and_the_members_own_are_whole(
    connection: Connection, browser: Client
) -> None:
    choose(browser, screen_hiv="out")
    for key, form in formats.ALL.items():
        if not form.is_shared:
            whole = content(get(browser, key))
            for_others = browser.post("/take-along/make/", {"format": key, "scope": "all", "for": "others"})
            assert CANARY.encode() not in content(for_others), key
            assert CANARY.encode() in whole or key == "coverage", key
    assert b"CLM-3" in content(get(browser, "originals-shared"))
    notes = [content(get(browser, key)).replace(b" ", b"") for key in ("reading", "reading-shared")]
    assert [b'"topic":"hidden"' in made for made in notes] == [True, False]
    assert all(CANARY not in f"{message.subject} {message.body}" for message in mail.outbox)
    choose(browser, share_hiv="yes")
    some = content(get(browser, "originals-shared"))
    assert (b"Zebrafish visit" in some, b"Zebrafishine" in some) == (False, False)  # its words are free text


def test_a_new_result_waits_until_it_is_asked_for(connection: Connection, browser: Client) -> None:
    path, old = path_of(connection, "Observation/o2"), "/care/?kind=test"
    choose(browser, results="ask")
    assert "Hemoglobin A1c" in browser.get(old).content.decode()
    keep(connection, a_result(9, 9.9, id="o9"), now=NOW + timedelta(hours=1, minutes=1))
    new = path_of(connection, "Observation/o9")
    later = NOW + timedelta(hours=1, minutes=2)
    with time_machine.travel(later, tick=False):
        shown = [browser.get(page).content.decode() for page in (old, new, path, f"/sync/records/{new[6:]}")]
        assert ["9.9" in html for html in shown] == [False] * 4
        assert shown[0].count("A new test result is here") == 1, "its row; the first line leaves it to that"
        assert "asked to be asked first" in shown[1]
        assert browser.post(f"{new}show/").status_code == 303
        assert "9.9" in browser.get(new).content.decode()
        assert "A new test result is here" not in browser.get(old).content.decode()
    keep(connection, a_result(9, 8.8, id="o9"), now=later + timedelta(minutes=1))
    assert "8.8" not in browser.get(old).content.decode()
    choose(browser, results="show")
    assert "8.8" in browser.get(old).content.decode()


@pytest.mark.parametrize("whose", ["", "-shared"])
def test_a_new_result_is_in_no_file_before_it_is_asked_for(
    whose: str, connection: Connection, browser: Client
) -> None:
    choose(browser, results="ask", **{f"share_{category}": "yes" for category in CATEGORIES})
    keep(connection, a_result(9, 9.87, id="o9"), now=NOW + timedelta(hours=1, minutes=1))

    def holding() -> list[bool]:
        form = {"scope": "all", "for": "others" if whose else "me"}
        made = [
            content(browser.post("/take-along/make/", form | {"format": key}))
            for key in ("care", "reading", "originals")
        ]
        return [b"9.87" in text for text in made]

    with time_machine.travel(NOW + timedelta(hours=1, minutes=2), tick=False):
        assert holding() == [False] * 3
        browser.post(f"{path_of(connection, 'Observation/o9')}show/")
        assert holding() == [True] * 3
        assert "are in no file" in browser.get("/take-along/").content.decode()


def test_the_page_of_what_is_hidden_asks_who_looks_and_keeps_only_what_is_offered(
    alice: Member, alice_client: Client, browser: Client
) -> None:
    assert browser.post("/hiding/", {"screen-hiv": "nonsense", "screen-x": "out"}).status_code == 303
    assert not alice.remarks.exists()
    far = NOW + timedelta(days=1)
    alice.exports.create(format="claims-shared", queued_at=NOW, created_at=NOW, expires_at=far)
    choose(browser, screen_hiv="out")
    assert alice.exports.exists()
    choose(browser, share_mental="yes")
    assert not alice.exports.exists(), "it was made by what was shared before"
    html = browser.get("/hiding/").content.decode()
    assert re.search(r'id="screen-hiv".*?value="out" selected', html, re.DOTALL)
    assert re.search(r'id="share-mental".*?value="yes" selected', html, re.DOTALL)
    stale = Client()
    stale.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert stale.get("/hiding/")["Location"].startswith("/account/reauthenticate/")
    assert "/account/reauthenticate/" in stale.post("/hiding/", {"screen-hiv": "show"})["Location"]
    assert re.search(
        r'id="screen-hiv".*?value="out" selected', browser.get("/hiding/").content.decode(), re.DOTALL
    )
