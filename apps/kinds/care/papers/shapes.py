"""What the bytes of a paper are, whatever its plan calls them; pure."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final


class Shape(StrEnum):
    """How a paper is shown."""

    PDF = "pdf"
    PICTURE = "picture"
    RTF = "rtf"
    RECORD = "record"
    """XML, a C-CDA most likely."""
    PAGE = "page"
    """HTML."""
    TEXT = "text"
    OTHER = "other"
    """A kind of file that is not shown."""
    ODD = "odd"
    """Bytes that contradict what is said of them."""


_SIGNS: Final = {
    Shape.PDF: (b"%PDF-",),
    Shape.PICTURE: (
        *(b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*"),
        b"RIFF",
    ),
    Shape.RTF: (b"{\\rtf",),
}
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
_BLANKS: Final = b"\xef\xbb\xbf \t\r\n"
_WITHOUT_WORDS: Final = frozenset(
    {"", "application/octet-stream", "binary/octet-stream", "application/binary"}
)
_CONTROLS: Final = frozenset(range(32)) - {9, 10, 12, 13}
_LOOKED_AT: Final = 64 * 1024
_MARKUP: Final = frozenset({Shape.RECORD, Shape.PAGE})
_WORDS: Final = _MARKUP | {Shape.TEXT}


def _begins(*beginnings: str) -> Callable[[str], bool]:
    return lambda media_type: media_type.startswith(beginnings)


def _ends(*endings: str) -> Callable[[str], bool]:
    return lambda media_type: media_type.endswith(endings)


_DECLARED: Final = (
    (_begins("image/"), Shape.PICTURE, frozenset({Shape.PICTURE})),
    (_begins("text/html", "application/xhtml"), Shape.PAGE, _WORDS),
    (_ends("/pdf", "/x-pdf"), Shape.PDF, frozenset({Shape.PDF})),
    (_ends("/rtf", "/x-rtf"), Shape.RTF, frozenset({Shape.RTF})),
    (_ends("/xml", "+xml"), Shape.RECORD, _MARKUP),
    (_begins("text/"), Shape.TEXT, _WORDS),
)
"""Media types that are shown, the first that fits: how, and what their bytes may begin as."""


def shape_of(declared: str, body: bytes) -> Shape:
    """Return how a paper of the media type *declared* is shown.

    The bytes decide, and what they are has to be what was declared: a file that is two things at once is then
    shown as neither. Without a declared type they are believed, but never to be HTML.
    """
    media_type = declared.partition(";")[0].strip().lower()
    begins = _sniffed(body)
    if media_type in _WITHOUT_WORDS:
        return Shape.TEXT if begins is Shape.PAGE else begins
    for is_meant, shape, may_begin in _DECLARED:
        if is_meant(media_type):
            return shape if begins in may_begin else Shape.ODD
    return Shape.OTHER


def as_text(body: bytes) -> str:
    """Return the text of bytes that are one: UTF-8 or UTF-16 where they are, else the letters of Windows."""
    if body[:2] in _WIDE:
        return body.decode("utf-16", errors="replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


def _sniffed(body: bytes) -> Shape:
    """Return what bytes begin as."""
    for shape, signs in _SIGNS.items():
        if body.startswith(signs):
            return shape
    begins = body[:_LOOKED_AT].lstrip(_BLANKS).lower()
    if begins.startswith(b"<"):
        return Shape.RECORD if begins.startswith((b"<?xml", b"<clinicaldocument")) else Shape.PAGE
    is_wide = body[:2] in _WIDE
    return Shape.TEXT if begins and (is_wide or _CONTROLS.isdisjoint(begins)) else Shape.OTHER
