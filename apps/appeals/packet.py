"""The packet as one PDF: a cover to keep, the letter, what was refused as sent, the list of papers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import letter as letter_size
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import KeepTogether, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

from apps.appeals.page import Way
from apps.appeals.wording import LETTER_COUNTS, NO_ADVICE
from apps.plain_language.language import _, is_spanish

FONTS: Final = {"Plain": "DejaVuSans.ttf", "Strong": "DejaVuSans-Bold.ttf"}
_FOLDER: Final = Path(__file__).parent / "data"
CLOSING: Final = 9
"""Lines at the end of a letter that stay on one sheet: nobody should sign one that says nothing."""
LONGEST: Final = 2000
"""Characters of a paragraph of what the plan sent."""
_WIDTH: Final = letter_size[0] - 2 * inch


@dataclass(frozen=True, slots=True)
class Styles:
    """How text looks on paper."""

    plain: Any
    line: Any
    title: Any
    heading: Any
    small: Any
    money: Any


def packet(way: Way, text: str) -> bytes:
    """Return the PDF. Nothing is fetched: no text is read as markup, so none can name a picture or a link."""
    styles, target = _styles(), BytesIO()
    document = SimpleDocTemplate(
        target, pagesize=letter_size, title=_("Appeal"), author="", subject="", creator="Plainclaim",
        lang="es" if is_spanish() else "en",
        leftMargin=inch, rightMargin=inch, topMargin=inch, bottomMargin=inch,
    )  # fmt: skip
    pages = [
        _cover(way, text, styles),
        _letter(text, styles),
        _refused(way, styles),
        _papers(way, styles),
    ]
    flow: list[Any] = []
    for number, page in enumerate(pages):
        flow += [PageBreak()] if number else []
        flow += page
    document.build(flow, onFirstPage=_numbered, onLaterPages=_numbered)
    return target.getvalue()


def cannot_print(text: str) -> bool:
    """Whether a text has characters that the fonts of the packet do not have."""
    known = pdfmetrics.getFont(_styles().plain.fontName).face.charToGlyph
    return any(ord(character) not in known for character in text if not character.isspace())


def _cover(way: Way, text: str, styles: Styles) -> list[Any]:
    sheet = way.sheet
    after = [way.deadline.sentence, way.deadline.left, _(LETTER_COUNTS), way.deadline_source]
    lines = [
        _paragraph(_("Appeal: keep this page"), styles.title),
        _paragraph(_(NO_ADVICE), styles.plain),
        _paragraph(" · ".join(filter(None, [sheet.title, sheet.when, way.person])), styles.plain),
        *_section(_("Until when"), filter(None, after), styles),
        *_section(_("Who signs"), way.signing, styles),
        *_section(_("Before you send it"), _steps(), styles),
        *_section(_("Who helps free of charge"), (helper.words for helper in way.helpers), styles),
    ]
    if cannot_print(text):
        boxes = _("Some characters of the letter cannot be printed here: boxes stand for them.")
        lines.append(_paragraph(boxes, styles.plain))
    return lines


def _steps() -> tuple[str, ...]:
    return (
        _("Fill in what stands in brackets, read it all, and sign the letter."),
        _("Put the papers of the last page with it. Send copies, keep the originals."),
        _("Send it so that you can show when it arrived, and keep a copy of everything."),
        _("We do not send anything for you."),
    )


def _letter(text: str, styles: Styles) -> list[Any]:
    """Return a paragraph for each line, which reportlab would run together in one; the end in one piece."""
    lines = [_paragraph(line, styles.line) if line.strip() else Spacer(1, 10) for line in text.split("\n")]
    return [*lines[:-CLOSING], KeepTogether(lines[-CLOSING:])]


def _refused(way: Way, styles: Styles) -> list[Any]:
    sheet = way.sheet
    about = " · ".join(filter(None, [sheet.title, sheet.when, way.person, way.refused.record.payer or ""]))
    return [
        _paragraph(sheet.heading, styles.title),
        _paragraph(about, styles.plain),
        _paragraph(sheet.answer, styles.plain),
        *_table(sheet.amounts, styles),
        *_section(_("Reasons"), sheet.reasons, styles),
        *_section(_("What the plan wrote"), sheet.notes, styles),
        *_section(_("Lines"), sheet.lines, styles),
        *_section(_("What else it says"), (f"{label}: {value}" for label, value in sheet.facts), styles),
        *_section(_("Diagnoses"), sheet.diagnoses, styles),
    ]


def _papers(way: Way, styles: Styles) -> list[Any]:
    return [
        _paragraph(_("Papers to put with it"), styles.title),
        *(_paragraph(f"□ {paper}", styles.plain) for paper in way.papers),
    ]


def _section(heading: str, texts: Any, styles: Styles) -> Iterator[Any]:
    every = list(texts)
    if every:
        yield _paragraph(heading, styles.heading)
        yield from (_paragraph(piece, styles.plain) for text in every for piece in _pieces(text))


def _pieces(text: str) -> list[str]:
    """Return a text in paragraphs: reportlab takes quadratic time for one that goes over many pages."""
    return [text] if len(text) <= LONGEST else wrap(text, LONGEST, break_on_hyphens=False)


def _table(rows: Sequence[tuple[str, str]], styles: Styles) -> list[Any]:
    if not rows:
        return []
    cells = [[_paragraph(label, styles.plain), _paragraph(text, styles.money)] for label, text in rows]
    return [Spacer(1, 6), Table(cells, colWidths=[_WIDTH * 0.62, _WIDTH * 0.38]), Spacer(1, 6)]


def _paragraph(text: str, style: Any) -> Any:
    """Return *text* as it is: reading it as markup takes quadratic time for signs such as `&`.

    Without soft hyphens: reportlab tries all ways to break a word at them.
    """
    paragraph = Paragraph("-", style)
    paragraph.frags[0].text = str(text).replace("\u00ad", "")
    return paragraph


@cache
def _styles() -> Styles:
    for name, file in FONTS.items():
        pdfmetrics.registerFont(TTFont(name, _FOLDER / file))
    make: Callable[..., Any] = ParagraphStyle
    plain = make("plain", fontName="Plain", fontSize=10.5, leading=15, spaceAfter=4)
    return Styles(
        plain=plain,
        line=make("line", parent=plain, spaceAfter=0),
        title=make("title", fontName="Strong", fontSize=16, leading=21, spaceAfter=10),
        heading=make("heading", fontName="Strong", fontSize=11.5, leading=16, spaceBefore=10, spaceAfter=3),
        small=make("small", parent=plain, fontSize=8.5, leading=11),
        money=make("money", parent=plain, alignment=TA_RIGHT),
    )


def _numbered(canvas: Any, _document: Any) -> None:
    canvas.setFont("Plain", 8.5)
    canvas.drawRightString(letter_size[0] - inch, 0.6 * inch, str(canvas.getPageNumber()))
