"""The page of a paper, its pictures, and fetching what its plan keeps."""

import io
import json
import re
import threading
import tracemalloc
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from PIL import Image

from apps.accounts.models import Member
from apps.connections import endings
from apps.connections.models import Connection
from apps.connections.tokens import Tokens, seal_tokens
from apps.kinds.care import page
from apps.kinds.care.papers import forms, isolated, turns
from apps.kinds.care.papers.forms import ENDINGS, address_of, form_of
from apps.outbound.door import Answer
from apps.plans.models import Plan
from apps.plans.origins import binding
from apps.records.models import FetchedPaper, Record
from apps.records.shelf import Library
from apps.sync import clinical
from apps.vault.boxes import box_for
from tests.care import hostile
from tests.care.test_pages import PATIENT, keep, path_of
from tests.fhir.stub import Stub, reply, serving

type Show = Callable[..., str]
JSON = {"Content_Type": "application/fhir+json"}
TEXT = f"Dear Ana, {hostile.CANARY} <b>is</b> well."


def a_paper(*attachments: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the record of a paper with these forms."""
    content = [{"attachment": attachment} for attachment in attachments]
    named = {"resourceType": "DocumentReference", "id": "d1", "subject": PATIENT, "status": "current"}
    return named | {"type": {"text": "Letter"}, "content": content} | more


def inline(content_type: str, body: bytes) -> dict[str, str]:
    """Return an attachment that holds its bytes."""
    return {"contentType": content_type, "data": b64encode(body).decode()}


def a_picture() -> bytes:
    """Return a PNG."""
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def stub() -> Iterator[Stub]:
    """Return a plan that keeps files."""
    with serving() as plan:
        yield plan


@pytest.fixture
def connection(alice: Member, stub: Stub) -> Connection:
    """Return Alice's connection to that plan, with a token, and a yes to clinical records."""
    cache.clear()
    plan = Plan.objects.create(slug="stub", name="Harborlight", fhir_base_url=stub.base_url)
    row, box = Connection(member=alice, plan=plan, connected_at=timezone.now()), box_for(alice)
    tokens = Tokens(access_token="at-1", bound_to=binding(plan, stub.base_url))
    seal_tokens(row, box, tokens)
    row.sealed_patient = box.seal(row, "sealed_patient", json.dumps({"id": "1", "name": "Ana"}).encode())
    row.clinical_since = timezone.now()
    row.save()
    return row


@pytest.fixture
def show(connection: Connection, alice_client: Client) -> Show:
    """Return a verb that keeps a paper of these forms and returns the path of the first."""

    def verb(*attachments: dict[str, Any]) -> str:
        keep(connection, a_paper(*attachments))
        return f"{path_of(connection, 'DocumentReference/d1')}paper/0/"

    return verb


def said_by(client: Client, path: str, **posted: Any) -> str:
    """Return the page of a paper, after fetching it where something is *posted*."""
    answer = client.post(path, posted) if posted else client.get(path)
    if answer.status_code == 302:
        answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_only_pages_after_the_first_wait_until_they_are_scrolled_to(show: Show, alice_client: Client) -> None:
    """Of a paper of one page a picture of the screen had an empty sheet."""
    html = said_by(alice_client, show(inline("application/pdf", hostile.pdf(pages=2))))
    pictures = re.findall(r'<img class="paper__picture"[^>]*>', html)
    assert ['loading="lazy"' in picture for picture in pictures] == [False, True]


@pytest.mark.parametrize(
    ("declared", "body", "sentence"),
    [
        ("text/plain", TEXT.encode(), "&lt;b&gt;is&lt;/b&gt; well."),
        ("text/html", b"<p>Dear <i>Ana</i><script>alert(1)</script>", "<p>Dear <i>Ana</i></p>"),
        ("application/xml", b"<ClinicalDocument><title>Stay</title></ClinicalDocument>", "<h2>Stay</h2>"),
        ("application/rtf", b"{\\rtf1 Dear Ana\\par}", "Dear Ana"),
        ("application/pdf", hostile.pdf(), "Hello"),
        ("application/pdf", b"Dear Ana", "This file is not what your plan says it is"),
        ("application/pdf", b"%PDF-1.7", "This file could not be shown here."),
        ("text/html", b"<img src=x>", "This file could not be shown here."),
        ("video/mp4", b"\0\0\0", "A file of this kind is not shown here."),
    ],
)
def test_a_paper_is_shown_by_what_it_is_and_handed_over_behind_a_warning(
    show: Show, alice_client: Client, bob_client: Client, declared: str, body: bytes, sentence: str
) -> None:
    path = show(inline(declared, body))
    answer = alice_client.get(path)
    html = answer.content.decode()
    assert sentence in html
    assert "alert(1)" not in html
    assert "Nobody here has checked it" in html
    assert answer["Content-Security-Policy"] == alice_client.get("/coverage/")["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store, private"
    handed = path.replace("paper/0/", "form/0/")
    assert handed in html
    given = alice_client.get(handed)
    assert given.content == body
    assert f"paper-1.{ENDINGS.get(declared, 'bin')}" in given["Content-Disposition"]
    assert alice_client.get(path.replace("paper/0/", "paper/1/")).status_code == 404
    for private in (path, f"{path}1/", handed):
        assert bob_client.get(private).status_code == 404


@pytest.mark.parametrize(
    ("declared", "body"), [("application/pdf", hostile.pdf()), ("image/png", a_picture())]
)
def test_pages_come_as_pictures_of_ours(show: Show, alice_client: Client, declared: str, body: bytes) -> None:
    path = show(inline(declared, body))
    assert f'src="{path}1/"' in alice_client.get(path).content.decode()
    answer = alice_client.get(f"{path}1/")
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert answer["Cache-Control"] == "no-store, private"
    assert Image.open(io.BytesIO(answer.content)).format == "PNG"
    assert [alice_client.get(f"{path}{number}/").status_code for number in (0, 2, 99)] == [404, 404, 404]
    lies = show(inline("text/html", body))
    assert alice_client.get(f"{lies}1/").status_code == 404


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("Binary/b1", reply({"resourceType": "Binary", "data": b64encode(TEXT.encode()).decode()}, **JSON)),
        ("/Binary/b1", reply(TEXT, Content_Type="text/plain")),  # oddity 58
        ("/fhir/r4/Binary/b1", reply(TEXT, Content_Type="text/plain; charset=utf-8")),
    ],
)
def test_what_the_plan_keeps_is_fetched_when_asked_for_and_kept_sealed(
    show: Show, stub: Stub, alice_client: Client, url: str, answer: Any
) -> None:
    """Oddity 32: the address is relative."""
    stub.on("Binary/b1", answer)
    path = show({"contentType": "text/plain", "url": url})
    assert "lists this paper and keeps the file itself" in said_by(alice_client, path)
    assert stub.asked == []
    assert alice_client.get(path.replace("paper/0/", "form/0/")).status_code == 404
    html = said_by(alice_client, path, fetch="1")
    assert f"{hostile.CANARY} &lt;b&gt;is" in html
    assert "fetched on" in html
    assert stub.asked == ["Binary/b1"]
    row = FetchedPaper.objects.get()
    assert hostile.CANARY.encode() not in bytes(row.sealed_body)
    said_by(alice_client, path, fetch="again")
    assert FetchedPaper.objects.get().pk == row.pk
    assert alice_client.get(path.replace("paper/0/", "form/0/")).content == TEXT.encode()


def test_a_file_is_asked_for_in_its_own_form_where_the_plan_gives_no_other(
    show: Show, stub: Stub, alice_client: Client
) -> None:
    stub.on("Binary/b1", reply("", 406), reply(TEXT, Content_Type="text/plain"))
    assert hostile.CANARY in said_by(
        alice_client, show({"contentType": "text/plain", "url": "Binary/b1"}), fetch="1"
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/Binary/1",
        "//evil.example/Binary/1",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "data:text/html,x",
        "javascript:alert(1)",
        "urn:oid:1.2",
        "#inside",
        "\\\\evil.example\\x",
        "https://[",
        " ",
        "https://plan.example@evil.example/",
        "https://plan.example:8443/fhir/Binary/1",
        "http://plan.example/fhir/Binary/1",
    ],
)
def test_no_other_origin_is_an_address(url: str) -> None:
    """S-12, R-20: a token goes to the plan's own server alone."""
    assert address_of(url, "https://plan.example/fhir") == ""


def test_an_address_is_meant_from_the_base() -> None:
    base = "https://plan.example/fhir/r4/"
    assert address_of("x" * 3000, base) == ""
    for url in (
        "Binary/1",
        "/Binary/1",
        "/fhir/r4/Binary/1",
        "https://plan.example/fhir/r4/Binary/1",
        " Binary/1 ",
    ):
        assert address_of(url, base) == "https://plan.example/fhir/r4/Binary/1"
    assert address_of("/Binary/1", "https://plan.example") == "https://plan.example/Binary/1"


def test_a_paper_of_another_server_is_not_fetched(show: Show, stub: Stub, alice_client: Client) -> None:
    path = show({"contentType": "text/plain", "url": "https://evil.example/1"})
    html = said_by(alice_client, path)
    assert "names another server for this file" in html
    assert 'data-testid="fetch"' not in html
    assert alice_client.post(path).status_code == 404
    assert stub.asked == []


OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "forbidden"}]}


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (reply(OUTCOME, 403, **JSON), "Your plan did not let us read this part."),
        (reply(OUTCOME, 404, **JSON), "answered that it does not have this paper. Ask your plan"),
        (reply(OUTCOME, 200, **JSON), "not"),
        (reply("", 302, Location="https://evil.example/1"), "something that is not a record"),
        (reply("stack trace", 500), "had a problem"),  # oddity 48
        (reply(OUTCOME, 401, **JSON), "Your plan asks you to sign in again"),
        (reply(b"", 200, Content_Type="application/pdf"), "something that is not a record"),
        (reply(b"x" * 15_000_000, Content_Type="application/pdf"), "larger than what we are able to fetch"),
    ],
    ids=["403", "404", "outcome", "redirect", "500", "401", "empty", "large"],
)  # fmt: skip
def test_what_the_plan_refuses_is_said_and_nothing_is_kept(
    show: Show, stub: Stub, connection: Connection, alice_client: Client, answer: Any, sentence: str
) -> None:
    stub.on("Binary/b1", answer)
    html = said_by(alice_client, show({"contentType": "application/pdf", "url": "Binary/b1"}), fetch="1")
    assert sentence in html.split('data-testid="problem">')[1].split("</p>")[0]
    assert 'data-testid="fetch"' in html
    assert len(stub.asked) == 1
    assert not FetchedPaper.objects.exists()
    connection.refresh_from_db()
    assert connection.is_active, "a file says nothing of the permission"


def test_a_paper_that_was_fetched_goes_with_the_clinical_half_and_with_the_connection(
    show: Show, stub: Stub, connection: Connection, alice_client: Client
) -> None:
    stub.on("Binary/b1", reply(TEXT, Content_Type="text/plain"))
    for erase in (
        lambda: clinical.end(connection=connection, erase=True),
        lambda: endings.erase(connection=connection, now=timezone.now()),
    ):
        Connection.objects.update(clinical_since=timezone.now())
        path = show({"contentType": "text/plain", "url": "Binary/b1"})
        said_by(alice_client, path, fetch="1")
        assert FetchedPaper.objects.count() == 1
        erase()
        assert not FetchedPaper.objects.exists()
        assert alice_client.get(path).status_code == 404


def test_nothing_is_fetched_after_the_yes_was_taken_back(
    show: Show, stub: Stub, connection: Connection, alice_client: Client
) -> None:
    path = show({"contentType": "text/plain", "url": "Binary/b1"})
    clinical.end(connection=connection, erase=False)
    assert "Nothing clinical is asked for at this plan any more" in said_by(alice_client, path, fetch="1")
    assert stub.asked == []


def test_what_comes_after_its_record_was_erased_is_not_kept(show: Show, stub: Stub, alice: Member) -> None:
    stub.on("Binary/b1", reply(TEXT, Content_Type="text/plain"))
    show({"contentType": "text/plain", "url": "Binary/b1"})
    library = Library(alice, box_for(alice))
    row = alice.records.select_related("connection__plan").get(fhir_type="DocumentReference")
    form = form_of(library, row, 0)
    assert form is not None

    def erased_meanwhile() -> datetime:
        Record.objects.all().delete()
        return timezone.now()

    problem = forms.problem_with(form, box=library.box, clock=erased_meanwhile)
    assert (problem, stub.asked) == (forms.GONE, ["Binary/b1"])
    assert not FetchedPaper.objects.exists()


def test_with_another_address_it_is_another_paper(show: Show, stub: Stub, alice_client: Client) -> None:
    stub.on("Binary/b1", reply(TEXT, Content_Type="text/plain"))
    said_by(alice_client, show({"contentType": "text/plain", "url": "Binary/b1"}), fetch="1")
    html = said_by(alice_client, show({"contentType": "text/plain", "url": "Binary/b2"}))
    assert hostile.CANARY not in html
    assert 'data-testid="fetch"' in html


def test_the_record_leads_to_each_of_its_forms(show: Show, alice_client: Client) -> None:
    path = show(
        inline("text/plain", TEXT.encode()),
        {"contentType": "application/pdf", "url": "Binary/b1"},
        {"contentType": "text/html"},
    )
    html = alice_client.get(path.removesuffix("paper/0/")).content.decode()
    assert html.count('data-testid="form"') == 2
    assert "web page: your plan did not send it with the record" in html


def test_what_is_nobodys_or_cannot_be_read_hands_nothing_over(
    show: Show, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-10: what may be somebody else's has no page, no picture and no file."""
    path = show(inline("application/pdf", hostile.pdf()))
    every = (path, f"{path}1/", path.replace("paper/0/", "form/0/"))
    assert [alice_client.get(address).status_code for address in every] == [200] * 3
    with monkeypatch.context() as nobodys:
        nobodys.setattr(page, "is_shown", lambda *_: False)
        assert [alice_client.get(address).status_code for address in every] == [404] * 3
    monkeypatch.setattr(forms, "original", lambda *_: None)
    assert [alice_client.get(address).status_code for address in every] == [404] * 3


def test_who_would_have_to_wait_is_told_to_try_again(
    show: Show, stub: Stub, alice: Member, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that waits holds up all that its worker could serve."""
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.0)
    path = show(inline("application/pdf", hostile.pdf()))
    other_reading, no_seat = turns.turn(alice, "reading"), threading.BoundedSemaphore(1)
    with other_reading:
        answers = [alice_client.get(address) for address in (path, f"{path}1/")]
    with monkeypatch.context() as full, no_seat:
        full.setattr(isolated, "_seats", no_seat)
        answers += [alice_client.get(address) for address in (path, f"{path}1/")]
    assert [(answer.status_code, answer["Retry-After"]) for answer in answers] == [(503, "2")] * 4
    assert f'href="{path}">Try again' in answers[0].content.decode()
    assert [alice_client.get(address).status_code for address in (path, f"{path}1/")] == [200, 200]
    kept_by_plan = show({"contentType": "text/plain", "url": "Binary/b1"})
    with turns.turn(alice, "fetching"):
        assert alice_client.post(kept_by_plan).status_code == 503
    assert stub.asked == []


def test_so_many_papers_are_read_for_a_member_within_an_hour(
    show: Show, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "READINGS_AN_HOUR", 2)
    path = show(inline("image/png", a_picture()))
    answers = [alice_client.get(address) for address in (path, f"{path}1/", f"{path}1/", path)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]


def test_of_json_that_is_sent_for_a_file_no_objects_are_made() -> None:
    """Many small values are thirty times as large as objects."""
    many = b",".join([b"{}"] * 300_000)
    body = b'\xef\xbb\xbf{"resourceType":"Binary","extension":[' + many + b'],"data":"SGk="}'
    tracemalloc.start()
    file = forms._file_in(Answer(200, {"Content-Type": "application/fhir+json"}, body, ""))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (file, peak < 3 * len(body)) == (b"Hi", True)


def test_no_more_is_fetched_for_a_member_than_one_account_has_room_for(
    show: Show, stub: Stub, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "MOST_KEPT", 10)
    stub.on("Binary/b1", reply(TEXT, Content_Type="text/plain"))
    first = show({"contentType": "text/plain", "url": "Binary/b1"})
    for fetch in ("1", "again, in its own place"):
        assert hostile.CANARY in said_by(alice_client, first, fetch=fetch)
    second = show({"contentType": "text/plain", "url": "Binary/b2"})
    assert "fill the room that one account has" in said_by(alice_client, second, fetch="1")
    assert stub.asked == ["Binary/b1"] * 2
