"""Which forms of papers are opened at all, and what they and a file that is handed over are called."""

import re
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.kinds.care.page import type_words
from tests.care import hostile
from tests.care.given import concept, sent
from tests.care.test_pages import keep, path_of
from tests.care.test_paper_pages import TEXT, Show, a_paper, connection, inline, show, stub
from tests.claims.given import a_connection

__all__ = ["connection", "show", "stub"]


@pytest.mark.parametrize(
    "about", [{"status": "entered-in-error"}, {"docStatus": "entered-in-error"}, {"status": "cancelled"}]
)
def test_a_paper_that_is_a_mistake_is_not_opened(
    connection: Connection, alice_client: Client, about: dict[str, Any]
) -> None:
    """Its record stands apart, in words that quote nothing of it; nor do its pages show the letter."""
    keep(connection, a_paper(inline("text/plain", TEXT.encode())) | about)
    for part in ("paper/0/", "paper/0/0/", "form/0/"):
        answer = alice_client.get(f"{path_of(connection, 'DocumentReference/d1')}{part}")
        assert answer.status_code == 404, part
        assert hostile.CANARY not in answer.content.decode(errors="replace")


@pytest.mark.parametrize(
    "declared", ["application/exe", 'x/"; filename=evil.html', "text/x-sh", "../../a.exe"]
)
def test_w_25_what_a_file_is_called_ends_as_we_say_and_never_as_its_plan_does(
    show: Show, alice_client: Client, declared: str
) -> None:
    answer = alice_client.get(show(inline(declared, TEXT.encode())).replace("/paper/", "/form/"))
    assert (answer.status_code, answer["Content-Disposition"]) == (200, 'attachment; filename="paper-1.bin"')
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_picture_is_to_be_had_on_its_page(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    content = {"contentType": "image/png", "data": "iVBORw0KGgo="}
    keep(connection, sent("Media", status="completed", type=concept("Image"), content=content))
    html = alice_client.get(path_of(connection, "Media/x1")).content.decode()
    link = re.search(r'href="(/care/[^"]+/paper/0/)" data-testid="form">([^<]*)', html)
    assert link and "picture" in link[2]
    assert alice_client.get(link[1]).status_code == 200


@pytest.mark.parametrize(
    ("sent_type", "words"),
    [
        ("audio/mpeg", "sound recording"),
        ("video/mp4", "video"),
        ("application/dicom", "medical picture"),
        ("application/hl7-v3+xml", "record as XML"),
        ("application/xhtml", "web page"),
        ("application/xhtml+xml", "web page"),
        ("application/x-odd", "application/x-odd"),
    ],
)
def test_media_types_are_called_by_their_sort(sent_type: str, words: str) -> None:
    assert type_words(sent_type) == words
