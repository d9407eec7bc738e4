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

from apps.appeals.letter import number_of
from apps.appeals.page import Way
from apps.appeals.refused import Amount
from apps.appeals.wording import LETTER_COUNTS, NO_ADVICE
from apps.plain_language.dates import date_words
from apps.plain_language.language import _, is_spanish

FONTS: Final = {"Plain": "DejaVuSans.ttf", "Strong": "DejaVuSans-Bold.ttf"}
_FOLDER: Final = Path(__file__).parent / "data"
CLOSING: Final = 9
"""Lines at the end of a letter that stay on one sheet: nobody should sign one that says nothing."""
MOST_BELOW: Final = 90
"""Characters of the line below a sheet."""
LONGEST: Final = 2000
"""Characters of a paragraph of what the plan sent."""
_PADDING: Final = 6
"""Points that reportlab keeps free around everything."""
_WIDTH: Final = letter_size[0] - 2 * (inch + _PADDING)
_ABOVE: Final = 0.8 * inch
"""Above and below the text: so much that a letter of usual length is one sheet."""
_INDENT: Final = {"part": 14}
"""Points by which an amount stands in from the one that it is a part of."""


@dataclass(frozen=True, slots=True)
class Styles:
    """How text looks on paper."""

    plain: Any
    line: Any
    title: Any
    heading: Any
    money: Any
    label: Any
    strong: Any


def packet(way: Way, text: str) -> bytes:
    """Return the PDF. Nothing is fetched: no text is read as markup, so none can name a picture or a link."""
    styles, target = _styles(), BytesIO()
    document = SimpleDocTemplate(
        target, pagesize=letter_size, title=_("Appeal"), author="", subject="", creator="Plainclaim",
        lang="es" if is_spanish() else "en",
        leftMargin=inch, rightMargin=inch, topMargin=_ABOVE, bottomMargin=_ABOVE,
    )  # fmt: skip
    pages = [_cover(way, text, styles), _letter(text, styles), _refused(way, styles), _papers(way, styles)]
    flow: list[Any] = []
    for number, page in enumerate(pages):
        flow += [PageBreak()] if number else []
        flow += page
    numbered = _numbered(": ".join(_number(way)))
    document.build(flow, onFirstPage=numbered, onLaterPages=numbered)
    return target.getvalue()


def cannot_print(text: str) -> bool:
    """Whether a text has characters that the fonts of the packet do not have."""
    glyphs = pdfmetrics.getFont(_styles().plain.fontName).face.charToGlyph
    return any(ord(character) not in glyphs for character in text if not character.isspace())


def _cover(way: Way, text: str, styles: Styles) -> list[Any]:
    after = [way.deadline.sentence, way.deadline.left, _(LETTER_COUNTS), way.deadline_source]
    lines = [
        _paragraph(_("Appeal: keep this page"), styles.title),
        _paragraph(_(NO_ADVICE), styles.plain),
        *_facts(way, styles),
        *_section(_("Until when"), filter(None, after), styles),
        *_section(_("Who signs"), way.signing, styles),
        *_section(_("Before you send it"), _steps(), styles),
        *_section(_("Who helps free of charge"), (helper.words for helper in way.helpers), styles),
    ]
    if cannot_print(text):
        boxes = _("Some characters of the letter cannot be printed here: boxes stand for them.")
        lines.append(_paragraph(boxes, styles.plain))
    return lines


def _facts(way: Way, styles: Styles) -> list[Any]:
    """Return whom and what it is about, as a table: who finds the sheet alone knows where it belongs."""
    record = way.refused.record
    rows = [
        (_("About"), " · ".join(filter(None, [way.sheet.title, way.sheet.when]))),
        (_("Patient"), way.person or record.patient or ""),
        (_("Plan"), record.payer or ""),
        (_("The plan's telephone"), way.phone.text + way.phone.beside if way.phone else ""),
        _number(way),
        (_("Made on"), date_words(way.today)),
    ]
    cells = [
        [_paragraph(label, styles.label), _paragraph(text, styles.plain)]
        for label, text in (row for row in rows if row and row[1])
    ]
    return [Spacer(1, 6), Table(cells, colWidths=[_WIDTH * 0.3, _WIDTH * 0.7], style=_RULED)]


def _number(way: Way) -> tuple[str, ...]:
    """Return what its number is called, and the number; nothing where the plan sent none."""
    label, number = number_of(way.refused.record, is_before=way.refused.is_before)
    return (label, number) if number else ()


def _steps() -> tuple[str, ...]:
    return (
        _("Fill in what stands in brackets, read it all, and sign the letter."),
        _("Put the papers of the last page with it. Send copies, keep the originals."),
        _("Send it so that you can show when it arrived, and keep a copy of everything."),
        _("We do not send anything for you."),
    )


def _letter(text: str, styles: Styles) -> list[Any]:
    """Return a paragraph for each line, which reportlab would run together in one; the end in one piece."""
    lines = [_paragraph(line, styles.line) if line.strip() else Spacer(1, 7) for line in text.split("\n")]
    return [*lines[:-CLOSING], KeepTogether(lines[-CLOSING:])]


def _refused(way: Way, styles: Styles) -> list[Any]:
    sheet = way.sheet
    about = " · ".join(filter(None, [sheet.title, sheet.when, way.person, way.refused.record.payer or ""]))
    return [
        _paragraph(sheet.heading, styles.title),
        _paragraph(about, styles.plain),
        _paragraph(sheet.answer, styles.plain),
        *_table(sheet.amounts, styles),
        *_beside(sheet.in_no_sum, styles),
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


def _beside(rows: Sequence[Amount], styles: Styles) -> list[Any]:
    heading = _paragraph(_("Also sent, in no sum above"), styles.heading)
    return [KeepTogether([heading, *_table(rows, styles)])] if rows else []


def _table(rows: Sequence[Amount], styles: Styles) -> list[Any]:
    """Return amounts as in the receipt: parts stand in from what they are parts of, the share stands out."""
    if not rows:
        return []
    cells = [
        [
            _paragraph(label, styles.strong if style == "total" else styles.plain),
            _paragraph(text, styles.money),
        ]
        for label, text, style in rows
    ]
    indents = [
        ("LEFTPADDING", (0, number), (0, number), _INDENT.get(style, 0))
        for number, (_label, _text, style) in enumerate(rows)
    ]
    widths = [_WIDTH * 0.62, _WIDTH * 0.38]
    return [Spacer(1, 6), Table(cells, colWidths=widths, style=[*_RULED, *indents]), Spacer(1, 6)]


_RULED: Final = [
    ("LINEBELOW", (0, 0), (-1, -1), 0.4, "#999999"),
    *((side, (0, 0), (-1, -1), 0) for side in ("LEFTPADDING", "RIGHTPADDING")),
    *((side, (0, 0), (-1, -1), 2) for side in ("TOPPADDING", "BOTTOMPADDING")),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]


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
    plain = make("plain", fontName="Plain", fontSize=10, leading=13.5, spaceAfter=3)
    return Styles(
        plain=plain,
        line=make("line", parent=plain, leading=13, spaceAfter=0),
        title=make("title", fontName="Strong", fontSize=16, leading=21, spaceAfter=10),
        heading=make("heading", fontName="Strong", fontSize=11.5, leading=16, spaceBefore=10, spaceAfter=3),
        money=make("money", parent=plain, alignment=TA_RIGHT),
        label=make("label", parent=plain, textColor="#444444"),
        strong=make("strong", parent=plain, fontName="Strong"),
    )


def _numbered(about: str) -> Callable[[Any, Any], None]:
    """Return what writes the number of a sheet below it, and *about* what it is."""

    def write(canvas: Any, _document: Any) -> None:
        canvas.setFont("Plain", 8.5)
        canvas.drawString(inch + _PADDING, 0.5 * inch, about[:MOST_BELOW])
        canvas.drawRightString(inch + _PADDING + _WIDTH, 0.5 * inch, str(canvas.getPageNumber()))

    return write
