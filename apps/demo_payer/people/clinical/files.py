"""Files that papers name by address: given, refused, or too large; and the strip of a heart tracing."""

import math
import struct
import zlib
from base64 import b64encode
from collections.abc import Iterator

from apps.demo_payer.people.clinical import papers
from apps.demo_payer.people.clinical.visit import Visit
from apps.demo_payer.people.coding import OWN, THO, Json

PADDED = f"{OWN}padded-to"
"""An extension of its meta: of how many bytes the file is when it is given."""
_RESTRICTED = {"system": f"{THO}v3-Confidentiality", "code": "R", "display": "restricted"}
_TRACING = ("11524-6", "Heart tracing")
_LETTER = ("34140-4", "Letter about a referral")
_NURSES = ("34746-8", "Notes of the nurses")
_CHART = ("11503-0", "Whole chart")
_PDF = "application/pdf"
_VAST = 64 * 1024 * 1024


def files(visit: Visit) -> Iterator[Json]:
    """The papers of a stay whose files are asked for one by one, and those files."""
    strip = {"image/png": tracing()}
    yield papers.document(visit, "tracing", _TRACING, "Heart tracing on arrival", papers.inside(strip))
    lines = [
        "Dear colleague,",
        "thank you for seeing Ms. Quintero in your heart clinic.",
        "Bring this letter.",
    ]
    letter = papers.pdf("Referral to the heart clinic", lines)
    yield from _kept(visit, "letter", _LETTER, "Referral to the heart clinic", letter)
    night = papers.pdf("Notes of the night", ["Slept well."])
    yield from _kept(visit, "nurses", _NURSES, "Notes of the night", night, security=[_RESTRICTED])
    chart = papers.pdf("Whole chart", ["Scanned, 412 sheets."])
    vast = [{"url": PADDED, "valueInteger": _VAST}]
    yield from _kept(visit, "chart", _CHART, "Whole chart, scanned", chart, extension=vast)


def _kept(
    visit: Visit, name: str, kind: tuple[str, str], title: str, body: bytes, **more: list[Json]
) -> Iterator[Json]:
    """A paper that names a file by a relative address, and the Binary there; *more* goes into its meta."""
    binary = visit.made("Binary", name)
    yield {
        **binary,
        "meta": binary["meta"] | more,
        "contentType": _PDF,
        "securityContext": visit.patient,
        "data": b64encode(body).decode(),
    }
    yield papers.document(visit, name, kind, title, [{"contentType": _PDF, "url": f"Binary/{binary['id']}"}])


def tracing(width: int = 640, height: int = 160) -> bytes:
    """Draw a heart tracing on squared paper, as PNG: one byte a dot, an index of three colours."""
    lines = [bytearray(2 if x % 16 == 0 or y % 16 == 0 else 0 for x in range(width)) for y in range(height)]
    before = _beat(0, height)
    for x in range(width):
        now = _beat(x, height)
        for y in range(min(before, now), max(before, now) + 2):
            lines[y][x] = 1
        before = now
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    colours = bytes((255, 250, 245, 20, 20, 30, 240, 205, 205))
    dots = zlib.compress(b"".join(b"\0" + bytes(line) for line in lines), 9)
    parts = ((b"IHDR", head), (b"PLTE", colours), (b"IDAT", dots), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_part(name, content) for name, content in parts)


def _beat(x: int, height: int) -> int:
    """How far from the top the line is: a small wave, a spike down and up, a broad wave."""
    at = x % 107 / 107
    waves = (
        (0.18, 0.03, 0.1),
        (0.34, 0.008, -0.12),
        (0.37, 0.010, 0.75),
        (0.40, 0.008, -0.2),
        (0.62, 0.05, 0.2),
    )
    up = sum(tall * math.exp(-(((at - middle) / broad) ** 2)) for middle, broad, tall in waves)
    return round(height * (0.75 - 0.7 * up))


def _part(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
