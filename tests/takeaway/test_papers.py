"""Papers that were fetched: in the plan's own records, at the address that their record names."""

import json
import uuid
from base64 import b64decode
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from fhirclient.models.bundle import Bundle

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.kinds.care.papers.forms import address_of, key_of
from apps.records.models import FetchedPaper
from apps.records.sensitive import CATEGORIES
from apps.sync import clinical
from apps.takeaway.models import Export
from apps.vault import boxes
from apps.vault.boxes import box_for
from tests.care.test_pages import keep
from tests.care.test_paper_pages import a_paper
from tests.claims.given import a_connection
from tests.takeaway.given import content, get, prepare

LETTER = b"%PDF-1.7 \xff\x00 Dear Ana"
BASE = "https://harborlight-health.example/fhir"
SHARED = {f"share-{category}": "yes" for category in CATEGORIES}


def a_letter(number: int, url: str = "", **more: Any) -> dict[str, Any]:
    """Return the record of a paper that is at an address."""
    form = {"contentType": "application/pdf", "url": url or f"Binary/b{number}"}
    return a_paper(form, id=f"d{number}", date="2026-03-01T10:00:00Z", **more)


def fetch(connection: Connection, number: int, body: bytes = LETTER, url: str = "") -> FetchedPaper:
    """Keep *body* as what was fetched of a paper."""
    box, base = box_for(connection.member), connection.plan.fhir_base_url
    record = connection.records.get(source_key=boxes.source_key(box, f"DocumentReference/d{number}"))
    row = FetchedPaper(
        member=connection.member,
        connection=connection,
        record=record,
        address=key_of(box, address_of(url or f"Binary/b{number}", base)),
        fetched_at=timezone.now(),
    )
    row.sealed_body = box.seal(row, "sealed_body", body)
    row.save()
    return row


def files_in(response: Any) -> dict[str, bytes]:
    """Return the files of a Bundle by their addresses."""
    made = json.loads(content(response))
    assert Bundle(made, strict=True).type == "collection"
    urls = [entry["fullUrl"] for entry in made.get("entry", ())]
    assert len(set(urls)) == len(urls)
    binaries = [entry for entry in made.get("entry", ()) if entry["resource"]["resourceType"] == "Binary"]
    assert all(entry["resource"]["contentType"] == "application/pdf" for entry in binaries)
    return {entry["fullUrl"]: b64decode(entry["resource"]["data"]) for entry in binaries}


@pytest.fixture
def letters(alice: Member) -> Connection:
    """Return Alice's connection with three papers, two of which were fetched."""
    made = a_connection(alice)
    keep(made, *map(a_letter, (1, 2, 3)))
    fetch(made, 1)
    fetch(made, 2, b"the second")
    return made


def test_a_fetched_paper_stands_at_the_address_that_its_record_names(
    browser: Client, letters: Connection
) -> None:
    files = files_in(get(browser, "originals"))
    assert files == {f"{BASE}/Binary/b1": LETTER, f"{BASE}/Binary/b2": b"the second"}
    named = content(get(browser, "originals")).count(b"DocumentReference")
    assert named == 6, "each record once, with its address; what was not fetched is no file"


def test_a_paper_that_two_records_name_is_there_under_two_addresses(
    browser: Client, letters: Connection
) -> None:
    """bdl-7: no address is there twice."""
    keep(letters, a_letter(4, "Binary/b1"))
    fetch(letters, 4, url="Binary/b1")
    files = files_in(get(browser, "originals"))
    assert sorted(files.values()) == sorted([LETTER, LETTER, b"the second"])
    assert f"{BASE}/Binary/b1" in files
    assert sum(url.startswith("urn:uuid:") for url in files) == 1


def test_the_address_of_a_paper_leads_to_the_copy_that_opens(browser: Client, letters: Connection) -> None:
    keep(letters, a_letter(4, "Binary/b1"))
    fetch(letters, 4, url="Binary/b1")
    first = FetchedPaper.objects.filter(address=FetchedPaper.objects.order_by("-fetched_at")[0].address)
    FetchedPaper.objects.filter(pk=first.order_by("pk")[0].pk).update(sealed_body=b"broken")
    assert files_in(get(browser, "originals"))[f"{BASE}/Binary/b1"] == LETTER


def test_a_paper_keeps_its_address_where_the_other_connections_copy_is_not_in_the_file(
    browser: Client, letters: Connection, alice: Member
) -> None:
    """The same address at the same plan, of a record of another year."""
    other = a_connection(alice, days=1)
    keep(other, a_letter(9, "Binary/b9") | {"date": "2020-03-01T10:00:00Z"})
    keep(letters, a_letter(5, "Binary/b9"))
    papers = fetch(other, 9, url="Binary/b9"), fetch(letters, 5, url="Binary/b9")
    if papers[0].pk > papers[1].pk:  # the one that goes before is that of 2020
        FetchedPaper.objects.filter(pk=papers[0].pk).delete()
        row = papers[0]
        row.pk = uuid.UUID(int=1)
        row.sealed_body = box_for(alice).seal(row, "sealed_body", LETTER)
        row.save(force_insert=True)
    assert f"{BASE}/Binary/b9" in files_in(get(browser, "originals", 2026))
    whole = files_in(get(browser, "originals"))
    assert f"{BASE}/Binary/b9" in whole and len(whole) == 4


def test_a_paper_that_does_not_open_is_named_as_missing(browser: Client, letters: Connection) -> None:
    FetchedPaper.objects.filter(record__connection=letters).update(sealed_body=b"broken")
    made = json.loads(content(get(browser, "originals")))
    types = [entry["resource"]["resourceType"] for entry in made["entry"]]
    assert (types.count("OperationOutcome"), types.count("Binary")) == (2, 0)


def test_a_year_holds_the_papers_of_its_records(browser: Client, letters: Connection) -> None:
    assert len(files_in(get(browser, "originals", 2026))) == 2
    assert files_in(get(browser, "originals", 2025)) == {}


HIV = {"type": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "B20"}], "text": "Letter"}}


@pytest.mark.parametrize(("choice", "shared"), [(SHARED, 2), (SHARED | {"share-hiv": "never"}, 0), ({}, 0)])
def test_what_is_kept_back_from_others_keeps_its_paper_back_and_the_own_file_stays_whole(
    browser: Client, letters: Connection, choice: dict[str, str], shared: int
) -> None:
    """A paper whose words no list can judge is kept back while any category is."""
    keep(letters, a_letter(1, **HIV))
    assert browser.post("/hiding/", choice).status_code == 303
    assert len(files_in(get(browser, "originals-shared"))) == shared
    assert len(files_in(get(browser, "originals"))) == 2


@pytest.mark.usefixtures("small_parts")
def test_a_long_file_is_made_piece_by_piece_with_its_papers_and_goes_with_them(
    browser: Client, alice: Member, letters: Connection
) -> None:
    now = timezone.now()
    export = Export.objects.create(
        member=alice, format="originals", queued_at=now, created_at=now, expires_at=now.replace(year=2999)
    )
    export = prepare(export, at=now)
    assert (export.state, export.done, export.total) == (Export.State.READY, 5, 5)
    assert export.written == 3
    assert len(files_in(browser.get(f"/take-along/{export.pk}/file/"))) == 2
    clinical.end(connection=letters, erase=True)
    assert not Export.objects.filter(pk=export.pk).exists()
