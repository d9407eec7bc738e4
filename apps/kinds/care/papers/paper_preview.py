"""What a page shows of a paper: its words, its markup cleaned, its pages as pictures; never the file."""

from dataclasses import dataclass, field
from typing import Final

import msgspec
from django.utils.safestring import SafeString, mark_safe

from apps.kinds.care.papers import isolated
from apps.kinds.care.papers.forms import Form
from apps.kinds.care.papers.shapes import Shape, as_text, shape_of
from apps.plain_language.language import _, said
from apps.plain_language.theirs import filled

MOST_BYTES: Final = 12 * 1024 * 1024
"""Of a paper that is shown at all."""
MOST_LETTERS: Final = 200_000
PNG: Final = b"\x89PNG\r\n\x1a\n"
ODD: Final = said(
    "This file is not what your plan says it is, so it is not shown here. You can take it as it was sent."
)
OTHER: Final = said("A file of this kind is not shown here. You can take it as it was sent.")
FAILED: Final = said("This file could not be shown here. You can take it as it was sent.")
CUT: Final = said("Only the beginning is shown here. The file has all of it.")
HAS_FILE: Final = said("Another file lies in this paper, which is not shown here. The file has it.")
PICTURED: Final = said("Each page is shown as a picture, with its text.")
REDRAWN: Final = said("Shown as a picture that was drawn anew.")


class Sheet(msgspec.Struct, frozen=True):
    """One page of a paper: the size of its picture in dots, and its text."""

    width: int
    height: int
    text: str


class _Pages(msgspec.Struct, frozen=True):
    count: int
    pages: list[Sheet]


class _Markup(msgspec.Struct, frozen=True):
    html: str
    has_words: bool
    has_file: bool
    is_cut: bool


class _Text(msgspec.Struct, frozen=True):
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a form, and the sentences about it."""

    text: str = field(default="", repr=False)
    html: SafeString | str = field(default="", repr=False)
    sheets: list[Sheet] = field(default_factory=list, repr=False)
    note: str = ""
    warnings: list[str] = field(default_factory=list)


def shown(form: Form) -> Shown:
    """Return what is shown of a form: nothing while its bytes are not here."""
    if form.body is None:
        return Shown()
    body = form.body
    if len(body) > MOST_BYTES:
        return Shown(warnings=[_("This file is too large to be shown here. You can take it as it was sent.")])
    shape = shape_of(form.type, body)
    if shape in (Shape.ODD, Shape.OTHER):
        return Shown(warnings=[_(ODD if shape is Shape.ODD else OTHER)])
    if shape is Shape.TEXT:
        return _of_text(as_text(body))
    try:
        return _SHOWS[shape](shape, body)
    except (_Failed, msgspec.MsgspecError):
        return Shown(warnings=[_(FAILED)])


def picture(form: Form, number: int) -> bytes | None:
    """Return one page of a form as PNG, counted from 0; None where there is none."""
    body = form.body or b""
    shape = shape_of(form.type, body)
    if shape not in (Shape.PDF, Shape.PICTURE) or len(body) > MOST_BYTES:
        return None
    drawn = isolated.read(f"{shape}-picture", body, number)
    return drawn if drawn is not None and drawn.startswith(PNG) else None


class _Failed(Exception):
    """The child gave nothing."""


def _told[T](shape: Shape, body: bytes, type_: type[T]) -> T:
    answer = isolated.read(shape, body)
    if answer is None:
        raise _Failed
    return msgspec.json.decode(answer, type=type_)


def _of_text(text: str) -> Shown:
    cut = [_(CUT)] if len(text) > MOST_LETTERS else []
    return Shown(text=text[:MOST_LETTERS].strip(), warnings=cut)


def _of_rtf(shape: Shape, body: bytes) -> Shown:
    return _of_text(_told(shape, body, _Text).text)


def _of_markup(shape: Shape, body: bytes) -> Shown:
    markup = _told(shape, body, _Markup)
    if not markup.has_words:
        raise _Failed
    html = mark_safe(markup.html)  # noqa: S308 - Ammonia (nh3) has just written it: `markup._cleaned`
    warnings = [_(words) for words, holds in ((CUT, markup.is_cut), (HAS_FILE, markup.has_file)) if holds]
    return Shown(
        html=html,
        note=_("Shown as text alone: links, pictures and everything that acts were left out."),
        warnings=warnings,
    )


def _of_pages(shape: Shape, body: bytes) -> Shown:
    pages = _told(shape, body, _Pages)
    cut = filled(
        _("The first {shown} of {count} pages are shown here. The file has all of them."),
        shown=len(pages.pages),
        count=pages.count,
    )
    warnings = [cut] if pages.count > len(pages.pages) else []
    return Shown(sheets=pages.pages, note=_(PICTURED if shape is Shape.PDF else REDRAWN), warnings=warnings)


_SHOWS: Final = {
    Shape.RTF: _of_rtf,
    Shape.PAGE: _of_markup,
    Shape.RECORD: _of_markup,
    Shape.PDF: _of_pages,
    Shape.PICTURE: _of_pages,
}
