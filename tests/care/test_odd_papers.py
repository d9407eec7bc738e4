"""Oddities of papers (facts clinical 3), by number, as pages show them."""

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from config.fhir_types import EVERY, asked_types, naming_types
from tests.care.given import concept, sent
from tests.care.test_pages import keep, path_of
from tests.takeaway.given import sure

LETTER = {"contentType": "text/plain", "data": "RGVhciBBbGljZQ=="}


@pytest.mark.parametrize(
    "called", ["Prior Authorization", "Pre-authorization letter", "Preauth request", "PRECERTIFICATION"]
)
def test_a_paper_about_an_approval_stands_with_approvals_too(
    alice_client: Client, connection: Connection, called: str
) -> None:
    """Oddity 17: Cigna sends the text of a prior authorisation as a paper."""
    content = [{"attachment": LETTER}]
    keep(
        connection,
        sent("DocumentReference", id="pa", type=concept(called), content=content),
        sent("DocumentReference", id="note", type=concept("Progress note on authority"), content=content),
    )
    html = alice_client.get("/claims/approvals/").content.decode()
    assert called in html and path_of(connection, "DocumentReference/pa") in html
    assert "Progress note" not in html and "shared no approvals" not in html
    assert (
        "/claims/approvals/" in alice_client.get(path_of(connection, "DocumentReference/pa")).content.decode()
    )
    other = alice_client.get(path_of(connection, "DocumentReference/note")).content.decode()
    assert 'data-testid="approvals-link"' not in other


def test_a_paper_about_an_approval_that_is_hidden_is_not_named_there(
    alice: Member, alice_client: Client, connection: Connection
) -> None:
    keep(connection, sent("DocumentReference", type=concept("Prior authorization of methadone")))
    browser = sure(alice_client, alice)
    assert browser.post("/hiding/", {"screen-substance": "out"}).status_code == 303
    assert "methadone" not in browser.get("/claims/approvals/").content.decode()


def test_two_thousand_papers_are_pages_of_which_none_is_fetched_before_it_is_asked_for(
    alice_client: Client, connection: Connection
) -> None:
    """Oddity 51: Cerner had about 2,149 papers of one person, and six in error titled "Error"."""
    forms = [{"attachment": {"contentType": "application/pdf", "url": "Binary/1"}}]
    papers = [
        sent("DocumentReference", id=f"p{number}", type=concept(f"Note {number}"), content=forms)
        for number in range(60)
    ]
    wrong = sent("DocumentReference", id="e", type=concept("Error"), status="entered-in-error")
    keep(connection, *papers, wrong)
    first = alice_client.get("/care/?kind=paper").content.decode()
    assert first.count('data-testid="care-row"') == 25 + 1, "a page of them, and the mistake"
    assert 'rel="next"' in first and "Your plan marked 1 record as a mistake." in first
    assert ">Error<" not in first
    assert "Binary" not in {*asked_types(EVERY), *naming_types()}, "a run fetches no paper"
