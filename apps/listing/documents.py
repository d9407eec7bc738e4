"""What packets and annexes answer: asked, answered, where it is said, what proves it; as pages and files."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from apps.listing.askers import everyone
from apps.listing.evidence import evidence
from apps.listing.models import AppListing, SignedAnswer
from apps.listing.transfers import told

FILE: Final = Path(__file__).parent / "data" / "packet.toml"
PUBLIC: Final = ("notice", "policy", "before", "carin", "controls", "accessibility", "citizen", "missing")
"""Those that anybody may read; answers, risks and plans for incidents are for the asker."""
CONTROLS: Final = "Controls, and the tests of each"
BLANK: Final = "operator fills in"
STANDS: Final = frozenset({"promise", "reader", "absent"})
"""What a sentence may rest on beside tests: the operator's word, whom it is about, that there is nothing."""
COVER: Final = "cover"
"""The questionnaire of signed answers to what a cover asks and only the operator knows."""
COUNTS: Final = "Counts as CMS-0057-F shapes them"
COUNSEL: Final = "Counsel has to read this text before anybody relies on it"


class ShippedRow(msgspec.Struct, frozen=True):
    """One answer of the software; `proof` has what each of its sentences rests on, in their order."""

    ask: str
    answer: str
    proof: tuple[tuple[str, ...], ...]
    text: str = ""
    es: tuple[str, str] | None = None


class ShippedDocument(msgspec.Struct, frozen=True):
    """One document."""

    slug: str
    title: str
    intro: str
    source: str
    rows: tuple[ShippedRow, ...]
    questionnaire: str = ""
    asker: str = ""
    """The key of the only asker whose rules these are, "" where they are everybody's."""
    written: dict[str, str] = {}
    """What the operator writes into the listing, by its fields: left empty, each is a blank."""
    to_sign: tuple[str, ...] = ()
    """What only the operator knows: signed answers under the document's slug."""
    counsel: str = ""
    """The field of the listing with the day on which counsel read it, "" where no law has it read."""
    es: tuple[str, str] | None = None
    """Title and intro in Spanish, where members read the document; rows have ask and answer."""

    def spoken(self, language: str) -> tuple[str, str, str]:
        """Return the language it is told in, title and intro."""
        return ("es", *self.es) if language == "es" and self.es else ("en", self.title, self.intro)


class Accessibility(msgspec.Struct, frozen=True):
    """The criteria of WCAG 2.2, A and AA, by how far they were judged."""

    title: str
    intro: str
    supports: dict[str, tuple[str, ...]]
    """Each with the tests that judge it."""
    not_applicable: tuple[str, ...]
    not_evaluated: tuple[str, ...]


class Shipped(msgspec.Struct, frozen=True):
    """The data file."""

    documents: tuple[ShippedDocument, ...]
    accessibility: Accessibility


@dataclass(frozen=True, slots=True)
class Line:
    """One question and its answer. `text` is an address; `proofs` are tests of ours, "file::name".

    A blank is the operator's to fill in, and keeps a packet incomplete.
    """

    ask: str
    answer: str
    text: str = ""
    proofs: tuple[str, ...] = ()
    said: str = ""
    """How the asker words it, who signed it, what was answered before."""
    is_blank: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """Lines under a title."""

    slug: str
    title: str
    intro: str
    source: str
    lines: tuple[Line, ...]
    language: str = "en"
    questionnaire: str = ""
    """Whose questions or rules they are: only that asker is sent it. "" for everybody's."""

    @property
    def blanks(self) -> tuple[Line, ...]:
        """What is still to be filled in."""
        return tuple(line for line in self.lines if line.is_blank)


@cache
def shipped() -> Shipped:
    """Return what the release was shipped with."""
    return msgspec.toml.decode(FILE.read_bytes(), type=Shipped)


def documents(listing: AppListing, site: str, *, language: str = "en") -> list[Document]:
    """Return every document but the cover, with what the operator wrote and signed.

    Packets are in English. Where members read a document too, it is there in Spanish as well.
    """
    made_documents = [_document(shape, listing, site, language) for shape in shipped().documents]
    return [*made_documents, *_further_questionnaires(), _controls(), _accessibility(site)]


def public_titles(language: str) -> list[tuple[str, str, str]]:
    """Return what anybody may read, as slug, the language it is in, and title."""
    titles = {shape.slug: shape.spoken(language)[:2] for shape in shipped().documents}
    titles |= {"controls": ("en", CONTROLS), "accessibility": ("en", shipped().accessibility.title)}
    return [(slug, *titles[slug]) for slug in PUBLIC]


def proofs_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tests behind rows of docs/conformance.md, or tests named themselves, each once."""
    tests: list[str] = []
    for name in names:
        control = evidence().controls.get(name)
        if control is None:
            tests.append(evidence().named_tests[name])
        else:
            tests += [*control.tests, *proofs_of(control.by)]
    return tuple(dict.fromkeys(tests))


def as_markdown(document: Document, *, tests_at: str) -> str:
    """Return the document as a file; *tests_at* is where the source is read, "" where nobody said."""
    parts = [f"# {document.title}", document.intro]
    parts += [f"Source: {document.source}"] if document.source else []
    for line in document.lines:
        lines = [f"## {line.ask}", *([f"*{line.said}*"] if line.said else [])]
        lines.append(f"**{BLANK}**" if line.is_blank and not line.answer else line.answer)
        lines += [f"Text: <{line.text}>"] if line.text not in {"", line.answer} else []
        lines += (
            ["\n".join(f"- Test: {_test(proof, tests_at)}" for proof in line.proofs)] if line.proofs else []
        )
        parts.append("\n\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _test(proof: str, tests_at: str) -> str:
    file, _, name = proof.partition("::")
    return f"[`{name}`]({tests_at}/{file})" if tests_at else f"`{proof}`"


def _document(shape: ShippedDocument, listing: AppListing, site: str, language: str) -> Document:
    spoken, title, intro = shape.spoken(language)
    lines = [
        Line(
            *(row.es if spoken == "es" and row.es else (row.ask, row.answer)),
            f"{site}{row.text}" if row.text else "",
            proofs_of(tuple(name for names in row.proof for name in names if name not in STANDS)),
        )
        for row in shape.rows
    ]
    if figures := told():
        lines = [replace(line, answer=figures) if line.ask == COUNTS else line for line in lines]
    if shape.questionnaire:
        lines = _signed(shape.questionnaire, lines)
    if shape.to_sign:
        lines += _signed(shape.slug, [Line(ask, "") for ask in shape.to_sign])
    for ask, field in shape.written.items():
        answer = str(getattr(listing, field))
        lines.append(Line(ask, answer, is_blank=not answer))
    if shape.counsel:
        read_on = getattr(listing, shape.counsel)
        lines.append(Line(COUNSEL, _day("Read on", read_on), is_blank=read_on is None))
    return Document(
        shape.slug, title, intro, shape.source, tuple(lines), spoken, shape.questionnaire or shape.asker
    )


def _signed(questionnaire: str, lines: list[Line]) -> list[Line]:
    """The same with what was signed; what nobody signed is a blank, and what was signed before is told."""
    answers = signed_answers(questionnaire)
    line_of = {line.ask: line for line in lines}
    questions = [*line_of, *(question for question in answers if question not in line_of)]
    return [newest(line_of.get(ask, Line(ask, "")), answers.get(ask, [])) for ask in questions]


def signed_answers(*questionnaires: str) -> dict[str, list[SignedAnswer]]:
    """Return what was signed, by its question, the newest first."""
    answers: dict[str, list[SignedAnswer]] = {}
    rows = SignedAnswer.objects.filter(questionnaire__in=questionnaires)
    for row in rows.order_by("question", "-signed_on", "-pk"):
        answers.setdefault(row.question, []).append(row)
    return answers


def newest(line: Line, answers: list[SignedAnswer]) -> Line:
    """Return the line with what was signed last, and before; a blank where nobody did.

    What proves the software's own answer proves no other.
    """
    if not answers:
        unsigned = "Not signed: this is the software's own answer." if line.answer else "Not signed."
        return replace(line, said=unsigned, is_blank=True)
    last, *older = answers
    said = [line.said and f"{line.said}.", f"Signed by {last.signer}, {last.signed_on}.", last.evidence]
    said += [f"Before ({row.signer}, {row.signed_on}): {row.answer}" for row in older]
    proved = line if last.answer == line.answer else Line(line.ask, last.answer)
    return replace(proved, said=" ".join(filter(None, said)), is_blank=False)


def _further_questionnaires() -> list[Document]:
    intro = "Answered and signed by the operator."
    return [
        Document(f"answers-{number}", name, intro, "", tuple(_signed(name, [])), questionnaire=name)
        for number, name in enumerate(_further_names(), start=1)
    ]


def _further_names() -> list[str]:
    shapes = shipped().documents
    names = {COVER, *(shape.slug if shape.to_sign else shape.questionnaire for shape in shapes)}
    rows = SignedAnswer.objects.exclude(questionnaire__in=names).order_by("questionnaire")
    return list(rows.values_list("questionnaire", flat=True).distinct())


def sent_to_nobody() -> list[str]:
    """Return the questionnaires that answers are signed under and no asker is called."""
    meant = {name for asker in everyone().askers for name in asker.questionnaires}
    return [name for name in _further_names() if name not in meant]


def _controls() -> Document:
    lines = [
        Line(f"{row}: {control.text}", control.stand, proofs=(*control.tests, *proofs_of(control.by)))
        for row, control in evidence().controls.items()
    ]
    intro = (
        "Each row has tests of ours that passed when its evidence was written, or says why not. Nobody "
        "outside confirmed it."
    )
    return Document("controls", CONTROLS, intro, "docs/conformance.md", tuple(lines))


def _accessibility(site: str) -> Document:
    report, page = shipped().accessibility, f"{site}/accessibility/"
    judged = {"Not applicable": report.not_applicable, "Not evaluated": report.not_evaluated}
    lines = [
        Line(criterion, "Supports", page, proofs_of(tests)) for criterion, tests in report.supports.items()
    ]
    lines += [Line(criterion, answer, page) for answer, criteria in judged.items() for criterion in criteria]
    return Document(
        "accessibility", report.title, report.intro, "https://www.w3.org/TR/WCAG22/", tuple(lines)
    )


def _day(words: str, day: date | None) -> str:
    return f"{words} {day}." if day else ""
