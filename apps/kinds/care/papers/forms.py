"""One form of a paper: what its plan says of it, and its bytes, fetched when asked for."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import msgspec
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Length

from apps.connections.access import Access
from apps.connections.errors import AccessProblem
from apps.connections.models import Connection
from apps.connections.people import ACCEPT
from apps.fhir import tolerant
from apps.fhir.bundles import BOM, outcome_only
from apps.fhir.errors import AnswerTooLarge, FhirError, NotFhir, NotOffered
from apps.fhir.page_links import same_origin
from apps.fhir.refusals import MOST_OF_OUTCOME, problem_of
from apps.fhir.tolerant import Unreadable
from apps.kinds.care import page, wording
from apps.kinds.care.kind import APART
from apps.kinds.care.sent import Sent
from apps.outbound.door import Answer
from apps.outbound.errors import OutboundError
from apps.outbound.limits import Budget
from apps.plain_language.language import _, said
from apps.records import mirror
from apps.records.models import FetchedPaper, Record
from apps.records.original import original
from apps.records.shelf import Library
from apps.vault.boxes import Box
from apps.vault.errors import VaultError

MOST_LETTERS: Final = 2000
"""Of an address."""
ENDINGS: Final = {
    "application/pdf": "pdf",
    "application/rtf": "rtf",
    "application/xhtml": "html",
    "application/xhtml+xml": "html",
    "application/xml": "xml",
    "image/jpeg": "jpg",
    "image/png": "png",
    "text/html": "html",
    "text/plain": "txt",
    "text/rtf": "rtf",
    "text/xml": "xml",
}
"""By the declared type, so that a member's device knows what to open it with; never a name of the plan's."""


@dataclass(frozen=True, slots=True)
class Form:
    """What is known of one form.

    `address` is where the plan has it, "" where it names none of its own servers; `is_elsewhere`: it names
    another's.
    """

    row: Record
    place: int
    title: str
    type: str
    address: str = field(repr=False)
    is_elsewhere: bool
    body: bytes | None = field(repr=False)
    fetched_at: datetime | None = None

    @property
    def type_words(self) -> str:
        """What its media type is called."""
        return page.type_words(self.type)

    @property
    def file_name(self) -> str:
        """What the file is called when it is handed over."""
        return f"paper-{self.place + 1}.{ENDINGS.get(self.type, 'bin')}"


def form_of(library: Library, row: Record, place: int) -> Form | None:
    """Return a form of a paper by its place in the record; None where there is none that may be shown."""
    kind, body = page.kind_of(library, row), mirror.opened(library.box, row)
    if kind is None or kind in APART or body is None:
        return None
    try:
        sent: Sent = kind.open(body).sent
    except Unreadable:
        return None
    forms = sent_forms(sent)
    if place >= len(forms):
        return None
    record, form = original(row, library.box, kind), forms[place]
    if record is None:
        return None
    url = form.tree.get("url")
    address = address_of(url, row.connection.plan.fhir_base_url)
    inline = _decoded(form.tree.get("data"))
    file = kept_at(library.box, row, address) if inline is None and address else None
    return Form(
        row=row,
        place=place,
        title=wording.name_words(record),
        type=type_of(form),
        address=address,
        is_elsewhere=bool(url) and not address,
        body=mirror.opened(library.box, file) if file else inline,
        fetched_at=file.fetched_at if file else None,
    )


def sent_forms(sent: Sent) -> list[Sent]:
    """Return the attachments of a paper, of a report or of a picture in the order sent."""
    forms = [content.one("attachment") or content for content in sent.all("content")]
    return forms or [*sent.all("presentedForm")]


def type_of(form: Sent) -> str:
    """Return the media type that an attachment declares, without parameters."""
    return form.code("contentType").partition(";")[0].strip()


def address_of(url: Any, base_url: str) -> str:
    """Return the whole address of a file at the plan; "" for what is on no server of the plan's.

    A path from the root is meant from the FHIR base, unless it begins with it: US Core's own example writes
    ``/Binary/1-note``.
    """
    base = base_url.rstrip("/")
    if not isinstance(url, str) or not url.strip() or len(url) > MOST_LETTERS or url[0] in "#?":
        return ""
    url = url.strip()
    if url[0] == "/" and url[:2] != "//" and not (url + "/").startswith(urlsplit(base).path + "/"):
        url = url[1:]
    try:
        address = urljoin(f"{base}/", url)
    except ValueError:
        return ""
    return address if same_origin(address, base_url=base) else ""


def kept_at(box: Box, row: Record, address: str) -> FetchedPaper | None:
    """Return what was fetched of a record from that address; None where nothing was."""
    return FetchedPaper.objects.filter(record=row, address=key_of(box, address)).first()


def key_of(box: Box, address: str) -> bytes:
    """Return what an address is kept under."""
    return box.fingerprint("records.paper", address)


def _decoded(data: Any) -> bytes | None:
    if not isinstance(data, str) or not data:
        return None
    try:
        return base64.b64decode(data, validate=False) or None
    except (binascii.Error, ValueError):
        return None


SECONDS: Final = 20.0
"""So long the member waits for the plan, whatever it answers."""
MOST_BYTES: Final = 10 * 1024 * 1024
MOST_ANSWERED: Final = MOST_BYTES * 4 // 3 + 64 * 1024
"""The same in base64, with what stands around it."""
MOST_KEPT: Final = 500 * 1024 * 1024
"""Of all that was fetched for one member."""
OTHER_FORMATS: Final = frozenset({400, 406, 415})
TOO_LARGE: Final = said("This paper is larger than what we are able to fetch. Ask your plan for it.")
ENOUGH: Final = said("Many papers were fetched within the last hour. Try again in an hour; nothing was lost.")
LACKING: Final = said("Your plan's system answered that it does not have this paper. Ask your plan for it.")
FULL: Final = said(
    "The papers fetched for you fill the room that one account has for them, so no other is fetched. Ask "
    "your plan for this one."
)
GONE: Final = said("The paper came, but its record is not here any more.")


class _Head(msgspec.Struct):
    resourceType: str


class _Binary(msgspec.Struct):
    data: str | None = None


def problem_with(form: Form, *, box: Box, clock: Callable[[], datetime]) -> str:
    """Fetch a form from its plan and keep it; return why that was not possible, "" where it was.

    Not in a transaction: it speaks to the plan.
    """
    connection = form.row.connection
    if not (connection.is_active and connection.clinical_since):
        return _(
            "Nothing clinical is asked for at this plan any more. Say yes to clinical records "
            "again, or sign in at your plan again, and the paper can be fetched."
        )
    if _bytes_beside(form, box=box) >= MOST_KEPT:
        return _(FULL)
    try:
        body = _fetched(connection, form, clock=clock)
    except NotOffered:
        return _(LACKING)
    except (OutboundError, AccessProblem, FhirError) as error:
        return _(TOO_LARGE if type(error).__name__ in ("TooLarge", "AnswerTooLarge") else error.sentence)
    except VaultError:
        return _(AccessProblem.sentence)
    return "" if _keep(form, box=box, body=body, now=clock()) else _(GONE)


def _fetched(connection: Connection, form: Form, *, clock: Callable[[], datetime]) -> bytes:
    """Return the bytes of a file: asked for as a record, then in its own media type where that is refused."""
    access = Access(connection, clock=clock, budget=Budget(SECONDS), max_bytes=MOST_ANSWERED)
    answer = access.get_file(form.address, accept=ACCEPT)
    if answer.status in OTHER_FORMATS:
        answer = access.get_file(form.address, accept=form.type or "*/*")
    if not 200 <= answer.status < 300:
        raise problem_of(answer)
    body = _file_in(answer)
    if len(body) > MOST_BYTES:
        raise AnswerTooLarge
    if not body:
        raise NotFhir("an empty file")
    return body


def _file_in(answer: Answer) -> bytes:
    """Return the file that an answer is, or that the Binary in it holds.

    Of its JSON no more is made into objects than this: as objects it is thirty times as large.
    """
    if "json" not in answer.headers.get("Content-Type", "").lower():
        return answer.body
    body = answer.body.removeprefix(BOM)
    head = tolerant.fitting(body, _Head)
    if head is not None and head.resourceType == "OperationOutcome":
        raise outcome_only(body[:MOST_OF_OUTCOME])
    if head is None or head.resourceType != "Binary":
        return answer.body
    binary = tolerant.fitting(body, _Binary)
    try:
        return base64.b64decode((binary and binary.data) or "", validate=False)
    except (binascii.Error, ValueError):
        raise NotFhir("a file that does not decode") from None


def _bytes_beside(form: Form, *, box: Box) -> int:
    """Return how much was fetched for the member, but for this paper, which its newer self replaces."""
    papers = FetchedPaper.objects.filter(member_id=form.row.member_id)
    others = papers.exclude(record=form.row, address=key_of(box, form.address))
    return others.aggregate(bytes=Sum(Length("sealed_body")))["bytes"] or 0


def _keep(form: Form, *, box: Box, body: bytes, now: datetime) -> bool:
    """Seal a file beside its record; False where the member erased or ended it meanwhile."""
    with transaction.atomic():
        connections = Connection.objects.select_for_update().exclude(clinical_since=None)
        is_there = connections.filter(pk=form.row.connection_id).first() is not None
        if not is_there or not Record.objects.filter(pk=form.row.pk).exists():
            return False
        key = key_of(box, form.address)
        row = FetchedPaper.objects.filter(record=form.row, address=key).first() or FetchedPaper(
            member_id=form.row.member_id, connection_id=form.row.connection_id, record=form.row, address=key
        )
        row.fetched_at = now
        row.sealed_body = box.seal(row, "sealed_body", body)
        row.save()
    return True
