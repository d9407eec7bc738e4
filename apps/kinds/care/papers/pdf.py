"""Pages of PDF as pictures and text; runs in the child only. This PDFium knows no JavaScript."""

import json
from typing import Final

import pypdfium2 as pdfium

from apps.kinds.care.papers.pictures import MOST_HIGH, MOST_WIDE, written

MOST_PAGES: Final = 20
MOST_LETTERS: Final = 20_000
"""Of one page's text."""
_CLOSEST: Final = 2.0
"""Dots a point at most: a small page is not blown up."""


def told(body: bytes, _number: int) -> bytes:
    """Return how many pages a paper has, and of the first of them size and text, as JSON."""
    document = pdfium.PdfDocument(body)
    pages = []
    for number in range(min(len(document), MOST_PAGES)):
        page = document[number]
        scale = _scale(page)
        width, height = (max(round(side * scale), 1) for side in page.get_size())
        words = page.get_textpage()
        text = words.get_text_range(0, min(words.count_chars(), MOST_LETTERS))
        pages.append({"width": width, "height": height, "text": text})
        page.close()
    return json.dumps({"count": len(document), "pages": pages}).encode()


def picture(body: bytes, number: int) -> bytes:
    """Return one page, counted from 0, as PNG: nothing that acts is left in it."""
    page = pdfium.PdfDocument(body)[number]
    return written(page.render(scale=_scale(page)).to_pil())


def _scale(page: pdfium.PdfPage) -> float:
    """Return the dots for a point, so that a page of whatever size comes within the bounds."""
    width, height = page.get_size()
    return float(min(MOST_WIDE / max(width, 1), MOST_HIGH / max(height, 1), _CLOSEST))
