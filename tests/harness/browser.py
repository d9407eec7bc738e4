"""A member's browser: Django's test client, and what it fetched written down under stable names."""

import hashlib
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.test import Client

from tests.harness import adapter, pages
from tests.harness.names import Names

_NUMBER: Final = "Number of this record at your plan"
"""What stands before the plan's own id on the page of all it sent for a claim; these ids name the claims."""
_LONGEST: Final = 120


class Browser:
    """Signed in as *email*; what is recorded goes into *folder*."""

    def __init__(self, folder: Path, email: str, *, bundles: bool = False) -> None:
        self.folder, self.email, self.bundles = folder, email, bundles
        self.client = Client(raise_request_exception=False)
        self.names = Names(self._name_of_claim)
        self.records: dict[str, pages.Read] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def sign_up(self) -> None:
        """Create the account over the form, and come in with the password."""
        adapter.forget_limits()
        self.post("/account/signup/", email=self.email, password1=adapter.PASSWORD)
        self.sign_in()

    def sign_in(self) -> None:
        """Come again, with the password, as after a while."""
        adapter.forget_limits()
        self.client = Client(raise_request_exception=False)
        self.post("/account/login/", login=self.email, password=adapter.PASSWORD)

    def get(self, address: str, **headers: str) -> Any:
        """Fetch a page; redirects are followed within the site."""
        answer = self.client.get(address, headers=headers or None)
        for _ in range(5):
            if answer.status_code not in (301, 302, 303, 307, 308):
                break
            address = answer["Location"]
            if not address.startswith("/"):
                break
            answer = self.client.get(address, headers=headers or None)
        return answer

    def post(self, address: str, **fields: str) -> Any:
        """Send a form."""
        return self.client.post(address, fields)

    def _name_of_claim(self, claim_id: str) -> str:
        read = self.record_of(claim_id)
        for at, line in enumerate(read.lines):
            if line == _NUMBER and at + 1 < len(read.lines):
                return read.lines[at + 1][:64]
        return ""

    def record_of(self, claim_id: str) -> pages.Read:
        """Return the page of all the plan sent for a claim; fetched once."""
        if claim_id not in self.records:
            self.records[claim_id] = pages.Read(text_of(self.get(f"/sync/claims/{claim_id}/")))
        return self.records[claim_id]

    def note(self, address: str, *, whole: bool = False, bundle: str = "", **headers: str) -> pages.Read:
        """Fetch a page and write it down."""
        answer = self.get(address, **headers)
        return self.write(address, answer, whole=whole, bundle=bundle)

    def write(self, address: str, answer: Any, *, whole: bool = False, bundle: str = "") -> pages.Read:
        """Write down a page that was answered."""
        read = pages.Read(text_of(answer), whole=whole)
        lines = [f"{answer.status_code} {answer.get('Location', '')}".strip(), *read.lines]
        if "callback" in address:  # the reference of an attempt is drawn by lot
            lines = [re.sub(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", "…", line) for line in lines]
        self.keep(address, lines, bundle=bundle)
        return read

    def keep(self, address: str, lines: list[str], *, bundle: str = "") -> None:
        """Write lines down: into a file of their own, or at the end of a *bundle*."""
        address = self.names.masked(address)
        text = self.names.masked("\n".join([address, *lines])) + "\n"
        if bundle and self.bundles:
            with (self.folder / f"{bundle}.txt").open("a") as file:
                file.write(f"=== {text}\n")
            return
        (self.folder / f"{file_name(address)}.txt").write_text(text)

    def keep_file(self, name: str, body: bytes) -> None:
        """Write down a file the member took along: byte for byte but for our own ids."""
        text = self.names.masked(body.decode("utf-8", "surrogateescape"))
        (self.folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))


def text_of(answer: Any) -> str:
    """Return the body of an answer."""
    return body_of(answer).decode("utf-8", "replace")


def body_of(answer: Any) -> bytes:
    """Return the body of an answer, also of one that is streamed."""
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


def file_name(address: str) -> str:
    """Return what a file of this address is called."""
    parts = urlsplit(address)
    name = parts.path.strip("/").replace("/", ".") or "landing"
    name += f"@{parts.query}" if parts.query else ""
    name = re.sub(r"[^\w.@=&~+-]", "_", name)
    if len(name) > _LONGEST:
        name = f"{name[:_LONGEST]}-{hashlib.sha256(address.encode()).hexdigest()[:8]}"
    return name
