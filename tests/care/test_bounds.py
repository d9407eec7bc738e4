"""Records that are larger than any page: bounded, and told."""

from django.test import Client

from apps.accounts.models import Member
from apps.kinds.care import page as care_page
from apps.kinds.care.entry import MOST_WORDS, entry_of
from apps.kinds.care.sent import MOST
from apps.records.entries import to_bytes
from tests.care.given import LOINC, concept, lab, read, sent
from tests.care.test_pages import keep, path_of
from tests.claims.given import a_connection

MEGABYTE = 1024 * 1024


def test_a_result_of_more_parts_than_are_shown_says_so(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    parts = [
        {"code": concept(f"Part {number}", (LOINC, f"{number}-1", "")), "valueQuantity": {"value": number}}
        for number in range(MOST + 100)
    ]
    keep(connection, lab(component=parts, effectiveDateTime="2026-03-10"))
    html = alice_client.get(path_of(connection, "Observation/x1")).content.decode()
    assert f"Part {MOST - 1}<" in html and f"Part {MOST}<" not in html
    assert "This record has more parts than are shown here." in html
    assert len(entry_of(read(lab(component=parts))[1]).words) <= MOST_WORDS


def test_a_paper_of_fifty_megabytes_costs_its_entry_nothing_and_its_size_is_told() -> None:
    attachment = {"contentType": "application/pdf", "title": "Scan", "data": "A" * (50 * MEGABYTE * 4 // 3)}
    body = sent("DocumentReference", status="current", content=[{"attachment": attachment}])
    record = read(body)[1]
    (form,) = record.attachments
    assert (form.is_inline, round(form.size / MEGABYTE)) == (True, 50)
    assert len(to_bytes(entry_of(record))) < 1000
    assert care_page.type_words(form.type) == "PDF"
