"""One form of a paper: what its plan says of it, and its bytes where they are here."""

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from apps.fhir.bundles import same_origin
from apps.fhir.tolerant import Unreadable
from apps.kinds.care import page, wording
from apps.kinds.care.kind import APART
from apps.kinds.care.sent import Sent
from apps.records import mirror
from apps.records.models import FetchedPaper, Record
from apps.records.original import original
from apps.records.shelf import Library
from apps.vault.boxes import Box

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
    kept = kept_at(library.box, row, address) if inline is None and address else None
    return Form(
        row=row,
        place=place,
        title=wording.name_words(record),
        type=type_of(form),
        address=address,
        is_elsewhere=bool(url) and not address,
        body=mirror.opened(library.box, kept) if kept else inline,
        fetched_at=kept.fetched_at if kept else None,
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
