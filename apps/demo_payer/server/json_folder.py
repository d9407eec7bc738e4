"""Finds FHIR resources in a folder of JSON: resources, Bundles, arrays, NDJSON; their text stays as it is."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from apps.demo_payer.server.references import Key

_REFERENCE_TO_URN = re.compile(rb'("reference"\s*:\s*")(urn:uuid:[^"\\]+)(")')
_MEMBER = re.compile(rb"\s*\{\s*(\})?")


class Unreadable(Exception):
    """A file or a part of it that holds no FHIR; the text says why."""


@dataclass(slots=True)
class Found:
    """What a folder holds: the text of each resource, and what Bundles say their fullUrls stand for."""

    bodies: list[bytes] = field(default_factory=list)
    full_urls: dict[str, Key] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)  # "file: why"
    given_ids: int = 0


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw(b"")
    fullUrl: str = ""


class _Head(msgspec.Struct):
    resourceType: str = ""
    id: str = ""
    entry: list[_Entry] = []


def files(folder: Path) -> list[Path]:
    """Return every file that may hold FHIR JSON, in a stable order."""
    return sorted(
        path for path in folder.rglob("*") if path.suffix in {".json", ".ndjson"} and path.is_file()
    )


def read(folder: Path) -> Found:
    """Return all resources under `folder`; what cannot be read is named in `skipped`, never fatal."""
    contents = Found()
    for path in files(folder):
        name = str(path.relative_to(folder))
        try:
            for raw in _documents(path.read_bytes()):
                try:
                    _take(raw, contents, full_url="", depth=0)
                except (Unreadable, msgspec.MsgspecError) as error:
                    contents.skipped.append(f"{name}: {error}")
        except (Unreadable, OSError) as error:
            contents.skipped.append(f"{name}: {error}")
    return contents


def _documents(text: bytes) -> Iterator[bytes]:
    """Yield the JSON values of a file: one, the members of one array, or one per line."""
    text = text.removeprefix(b"\xef\xbb\xbf").strip()
    if not text:
        raise Unreadable("empty")
    try:
        if text.startswith(b"["):
            yield from (bytes(raw) for raw in msgspec.json.decode(text, type=list[msgspec.Raw]))
            return
        msgspec.json.decode(text)
        yield text
        return
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all(
            line.strip().startswith(b"{") and line.strip().endswith(b"}") for line in lines
        ):
            raise Unreadable(f"not JSON ({error})") from error
    yield from lines


def _take(raw: bytes, contents: Found, *, full_url: str, depth: int) -> None:
    head = msgspec.json.decode(raw, type=_Head)
    if not head.resourceType:
        raise Unreadable("no resourceType: not a FHIR resource")
    if head.resourceType == "Bundle":
        if depth > 3:
            raise Unreadable("Bundles nested too deeply")
        _take_bundle(head, contents, depth=depth)
        return
    resource: dict[str, Any] = msgspec.json.decode(raw)
    if not resource.get("id"):
        head.id = _id_for(raw, full_url)
        raw = _with_id(raw, head.id)
        contents.given_ids += 1
    if full_url:
        contents.full_urls[full_url] = Key(head.resourceType, head.id)
    contents.bodies.append(raw)


def _take_bundle(bundle: _Head, contents: Found, *, depth: int) -> None:
    """Take each entry, with its references by `urn:uuid` rewritten, as a server does on a transaction."""
    entries = [entry for entry in bundle.entry if bytes(entry.resource)]
    names = {
        entry.fullUrl.encode(): _name(entry) for entry in entries if entry.fullUrl.startswith("urn:uuid:")
    }

    def rewritten(match: re.Match[bytes]) -> bytes:
        return match[1] + names.get(match[2], match[2]) + match[3]

    for entry in entries:
        raw = _REFERENCE_TO_URN.sub(rewritten, bytes(entry.resource))
        _take(raw, contents, full_url=entry.fullUrl, depth=depth + 1)


def _name(entry: _Entry) -> bytes:
    head = msgspec.json.decode(entry.resource, type=_Head)
    return f"{head.resourceType}/{head.id or _id_for(bytes(entry.resource), entry.fullUrl)}".encode()


def _id_for(raw: bytes, full_url: str) -> str:
    """Return the same id each time: the Bundle's own name for the resource, else a hash of its text."""
    last = full_url.rpartition("/")[2].removeprefix("urn:uuid:")
    return last if re.fullmatch(r"[A-Za-z0-9.-]{1,64}", last) else hashlib.sha256(raw).hexdigest()[:32]


def _with_id(raw: bytes, fhir_id: str) -> bytes:
    """Write the id at the start of the resource's text and leave the rest as it is."""
    opening = _MEMBER.match(raw)
    assert opening is not None, "a decoded object starts with a brace"
    return b'{"id":' + msgspec.json.encode(fhir_id) + (b"}" if opening[1] else b",") + raw[opening.end() :]
