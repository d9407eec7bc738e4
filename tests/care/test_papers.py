"""Papers read as if each were an attack: what is left of it, and what it may cost."""

import io
import json
import subprocess
import sys
import threading
import time
from base64 import b64decode
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from PIL import Image, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

from apps.kinds.care.papers import child, isolated, markup, turns
from apps.kinds.care.papers.pdf import MOST_PAGES
from apps.kinds.care.papers.pictures import MOST_HIGH, MOST_WIDE
from apps.kinds.care.papers.shapes import Shape, shape_of
from tests.care import hostile

CANARY = hostile.CANARY.encode()
ROOT = Path(__file__).resolve().parents[2]
PDF, RTF, XML = b"%PDF-1.7 ...", b"{\\rtf1 x}", b"<?xml version='1.0'?><ClinicalDocument/>"
PNG, HTML, TEXT = b"\x89PNG\r\n\x1a\n...", b" <html><p>x", b"Dear Ana"


class Left(HTMLParser):
    """What tags and attributes are left."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.attributes = set[str](), set[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {f"{name}={value}" for name, value in attrs}


def cleaned(text: str, *, is_cda: bool = False) -> str:
    """Return a paper as its page has it."""
    read = markup.record if is_cda else markup.page
    return str(json.loads(read(text.encode(), 0))["html"])


def is_harmless(html: str) -> bool:
    left = Left(html)
    allowed = {"colspan=2", "rowspan=2"}
    return left.tags <= markup.TAGS and left.attributes <= allowed and "evil.example" not in html


@pytest.mark.parametrize("piece", hostile.MARKUP)
def test_of_markup_nothing_is_left_that_acts_asks_others_or_looks_like_ours(piece: str) -> None:
    html = cleaned(f"<html><body><h1>Note</h1>{piece}<p>All is well.</p></body></html>")
    assert is_harmless(html), html
    assert html.startswith("<h2>Note</h2>")
    narrative = f"<text><paragraph>All is well.</paragraph>{piece}</text>"
    for made in (f"<section>{narrative}</section>", narrative):
        assert is_harmless(cleaned(made)), made
        assert "All is well." in cleaned(made)


def test_what_is_left_after_many_rounds_is_what_is_left_after_one() -> None:
    """Markup that becomes another by being read and written again (mutation XSS) has no second reading."""
    html = cleaned("".join(hostile.MARKUP))
    assert cleaned(html) == html


@pytest.mark.parametrize("paper", [hostile.LAUGHS, hostile.ENTITY, hostile.DTD])
def test_a_record_with_entities_is_not_read_at_all(paper: str) -> None:
    with pytest.raises((markup.NotCda, etree.XMLSyntaxError)):
        markup.record(paper.encode(), 0)
    assert "root:" not in cleaned(paper)
    assert len(cleaned(paper)) < len(paper)


def test_a_record_is_its_title_and_what_its_sections_say() -> None:
    html = cleaned(
        "<ClinicalDocument xmlns='urn:hl7-org:v3'><title>Summary</title><code displayName='Zebrafish'/>"
        "<component><structuredBody><component><section><title>Plan</title><text><list listType='ordered'>"
        "<caption>Do</caption><item>Rest</item><item><content styleCode='Bold'>Drink</content></item></list>"
        "<table><tbody><tr><td colspan='2'>5.4 &lt; 6</td></tr></tbody></table></text><component><section>"
        "<title>Inner</title><text>Words</text></section></component></section></component></structuredBody>"
        "</component></ClinicalDocument>",
        is_cda=True,
    )
    assert html == (
        "<div><h2>Summary</h2><h3>Plan</h3><div><ol><li>Do</li><li>Rest</li><li><span>Drink</span></li></ol>"
        '<table><tbody><tr><td colspan="2">5.4 &lt; 6</td></tr></tbody></table></div>'
        "<h3>Inner</h3><div>Words</div></div>"
    )
    other = "<component><nonXMLBody><text>JVBERi0=</text></nonXMLBody></component>"
    told = json.loads(markup.record(f"<ClinicalDocument>{other}</ClinicalDocument>".encode(), 0))
    assert told["has_file"]
    assert "JVBERi0" not in told["html"]


def test_html_that_is_a_narrative_keeps_its_list() -> None:
    """Oddity 12: Humana calls it HTML."""
    assert cleaned("<text><list styleCode='x'><item>One</item><item>Two</item></list></text>") == (
        "<div><div><ul><li>One</li><li>Two</li></ul></div></div>"
    )


@pytest.mark.parametrize(
    ("declared", "body", "shape"),
    [
        ("application/pdf", PDF, Shape.PDF),
        ("application/pdf", TEXT, Shape.ODD),  # oddity 49: ChBase
        ("application/pdf", HTML + PDF, Shape.ODD),
        ("application/pdf", b"MZ\x90\0" + PDF, Shape.ODD),
        ("text/html", PDF + HTML, Shape.ODD),
        ("text/html; charset=utf-8", HTML, Shape.PAGE),
        ("application/xhtml", HTML, Shape.PAGE),  # oddity 58
        ("text/plain", HTML, Shape.TEXT),
        ("text/plain", b"MZ\x90\0\1", Shape.ODD),
        ("image/png", PNG, Shape.PICTURE),
        ("image/png", HTML, Shape.ODD),
        ("image/svg+xml", b"<svg onload='alert(1)'/>", Shape.ODD),
        ("application/hl7-v3+xml", XML, Shape.RECORD),
        ("text/xml", PNG, Shape.ODD),
        ("text/rtf", RTF, Shape.RTF),
        ("", PDF, Shape.PDF),
        ("application/octet-stream", HTML, Shape.TEXT),  # nobody called it HTML
        ("application/octet-stream", b"\0\1\2", Shape.OTHER),
        ("application/dicom", b"\0\1\2", Shape.OTHER),
        ("application/javascript", TEXT, Shape.OTHER),
    ],
)
def test_bytes_and_what_is_said_of_them_have_to_agree(declared: str, body: bytes, shape: Shape) -> None:
    assert shape_of(declared, body) is shape


ACTING = (
    "/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> /AA << /WC 9 0 R >> "
    "/Names << /EmbeddedFiles 9 0 R >>"
)


def test_pages_of_a_pdf_that_acts_are_dots_and_words() -> None:
    """Oddity 43: NextGen's PDFs carry /OpenAction."""
    body = hostile.pdf("<< /S /Launch /F (/bin/sh) /Win << /F (cmd.exe) >> >>", catalog=ACTING)
    told = json.loads(isolated.read("pdf", body) or b"")
    assert told == {"count": 1, "pages": [{"width": 1100, "height": 1424, "text": "Hello"}]}
    drawn = isolated.read("pdf-picture", body)
    assert drawn is not None
    assert set(hostile.chunks(drawn)) == {b"IHDR", b"IDAT", b"IEND"}
    dots = Image.open(io.BytesIO(drawn)).convert("L")
    assert dots.size == (1100, 1424)
    assert dots.getextrema() == (0, 255), "the words are drawn, with no font of this machine"


def test_a_published_pdf_is_shown_with_its_words_as_they_lie_in_it(shared: Path) -> None:
    """HL7's own example, which holds its lines in pieces."""
    binary = json.loads((next((shared / "fhir").rglob("Binary-example.json"))).read_text())
    told = json.loads(isolated.read("pdf", b64decode(binary["data"])) or b"")
    text = told["pages"][0]["text"]
    assert (len(text), "st Health Inte" in text) == (3121, True)


def test_a_pdf_of_many_pages_and_of_a_page_of_any_size_is_bounded() -> None:
    many = json.loads(isolated.read("pdf", hostile.pdf(pages=3000)) or b"")
    assert (many["count"], len(many["pages"])) == (3000, MOST_PAGES)
    for box in ("0 0 900000 2", "0 0 1 14400", "0 0 0 0"):
        drawn = isolated.read("pdf-picture", hostile.pdf(box=box))
        if drawn:
            width, height = Image.open(io.BytesIO(drawn)).size
            assert width <= MOST_WIDE
            assert height <= MOST_HIGH


@pytest.mark.parametrize(
    ("job", "body"),
    [
        ("pdf", hostile.pdf()[:-300]),
        ("pdf", b"%PDF-1.7"),
        ("pdf-picture", hostile.pdf()),  # there is no page 7
        ("picture", hostile.picture_bomb(50_000, 50_000)),
        ("picture", b"\x89PNG\r\n\x1a\n"),
        ("record", b"<ClinicalDocument>" * 100_000),
        ("record", hostile.LAUGHS.encode()),
        ("rtf", b"{\\rtf1" + b"{" * 200_000),
    ],
    ids=["cut off", "empty", "no such page", "too many dots", "no picture", "deep", "laughs", "braces"],
)
def test_what_cannot_be_read_is_not_shown_and_nothing_else_comes_of_it(job: str, body: bytes) -> None:
    answer = isolated.read(job, body, 6)
    assert answer is None or (job in ("rtf", "pdf") and len(answer) < 1000)


def test_a_stream_that_grows_a_thousandfold_costs_its_own_process_alone() -> None:
    """A deflate bomb of 3 GB: the child's memory ends before this machine's."""
    bomb = hostile.stream(
        hostile.deflated(3 << 30),
        "/Type /XObject /Subtype /Image /Width 30000 /Height 30000 /BitsPerComponent 8 "
        "/ColorSpace /DeviceRGB /Filter /FlateDecode",
    )
    drawing = hostile.pdf(bomb).replace(
        b"BT /F1 24 Tf 60 700 Td (Hello) Tj ET", b"q 600 0 0 700 0 0 cm /X Do Q       "
    )
    begun = time.monotonic()
    isolated.read("pdf-picture", drawing)
    assert time.monotonic() - begun < isolated.SECONDS + 5
    assert isolated.read("pdf", hostile.pdf()), "the next is read"


def test_a_picture_is_written_anew_without_what_stands_in_it(tmp_path: Path) -> None:
    told, exif = PngInfo(), Image.Exif()
    told.add_text("Comment", hostile.CANARY)
    exif[0x010E] = hostile.CANARY
    out = io.BytesIO()
    Image.new("RGB", (3000, 2000), "red").save(out, "PNG", pnginfo=told, exif=exif, icc_profile=CANARY)
    drawn = isolated.read("picture-picture", out.getvalue())
    assert drawn is not None
    assert set(hostile.chunks(drawn)) == {b"IHDR", b"IDAT", b"IEND"}
    assert CANARY not in drawn
    assert Image.open(io.BytesIO(drawn)).size == (1100, 733)


def test_a_picture_of_more_dots_than_are_opened_is_not_shown() -> None:
    out = io.BytesIO()
    Image.new("1", (8000, 6000)).save(out, "PNG")
    assert [isolated.read(job, out.getvalue()) for job in ("picture", "picture-picture")] == [None, None]


def test_a_fax_has_pages() -> None:
    out = io.BytesIO()
    sheets = [Image.new("1", (170, 220), number) for number in (0, 1)]
    TiffImagePlugin.ImageFile.MAXBLOCK = 1 << 20
    sheets[0].save(out, "TIFF", save_all=True, append_images=sheets[1:], compression="group4")
    told = json.loads(isolated.read("picture", out.getvalue()) or b"")
    assert [page["width"] for page in told["pages"]] == [170, 170]


def test_rtf_is_its_words() -> None:
    body = b"{\\rtf1\\ansi {\\b Note}\\par Caf\\'e9{\\object\\objdata 0105}{\\field{\\*\\fldinst LINK}}}"
    assert json.loads(isolated.read("rtf", body) or b"")["text"].startswith("Note\nCaf\xe9")


def test_whether_markup_has_words_is_told_by_the_child_and_its_length_is_bounded() -> None:
    """The process that serves runs through none of it."""
    told = [json.loads(markup.page(html, 0)) for html in (b"<p>&nbsp;<b> </b></p>", b"<p>Dear Ana</p>")]
    assert [(one["has_words"], one["is_cut"]) for one in told] == [(False, False), (True, False)]
    long = json.loads(markup.page(b"<table><tr><td>Dear Ana</td></tr></table>" * 40_000, 0))
    assert long["is_cut"]
    assert len(long["html"]) < markup.MOST_LETTERS + 100
    assert long["html"].endswith("</table>")


CONFINED = """
import os, socket, sys
from apps.kinds.care.papers.child import _confine, _go_first
_go_first()
tried = [open("/proc/self/oom_score_adj").read().strip()]
_confine()
os.close(0)  # whose number would be free
files = (lambda: open("/etc/passwd"), lambda: open("/tmp/x", "w"))
for means in (*files, socket.socket, lambda: bytearray(2 << 30)):
    try:
        means()
    except (OSError, MemoryError) as error:
        tried.append(type(error).__name__)
os.write(1, " ".join(tried).encode())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limits are those of Linux")
def test_the_process_that_reads_can_open_nothing_and_grow_no_further() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CONFINED], cwd=ROOT, capture_output=True, check=True, text=True, timeout=20
    )
    assert done.stdout == "1000 OSError OSError OSError MemoryError"


READING = """
import resource, sys, types
from apps.kinds.care.papers import child

before = open("/proc/self/oom_score_adj")

def told(body, number):
    limits = [resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in sys.argv[3:]]
    try:
        open("/etc/passwd")
    except OSError as error:
        return f"{body} {number} {limits} {before.read().strip()} {type(error).__name__}".encode()

sys.modules["trial"] = types.ModuleType("trial")
sys.modules["trial"].told = told
child.JOBS["pdf"] = "trial:told"
child.main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limits are those of Linux")
def test_it_gives_all_that_up_before_the_first_byte_is_read() -> None:
    """What reads the paper here tells what it was left with."""
    names = ["CPU", "CORE", "FSIZE", "NPROC", "NOFILE", "AS"]
    command = [sys.executable, "-c", READING, "pdf", "7", *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=20, input=b"x")
    given = [(child.SECONDS,) * 2, *[(0, 0)] * 4, (child.MEMORY_BYTES,) * 2]
    assert done.stdout.decode() == f"{b'x'} 7 {given} 1000 OSError"


def test_the_process_that_reads_knows_no_key_and_is_stopped_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[dict[str, Any]] = []
    waits: list[float] = []
    start, timer = subprocess.Popen, threading.Timer

    def noted(*args: Any, **how: Any) -> Any:
        begun.append(how)
        return start(*args, **how)

    def waited(seconds: float, stop: Any) -> Any:
        waits.append(seconds)
        return timer(seconds, stop)

    monkeypatch.setattr(subprocess, "Popen", noted)
    monkeypatch.setattr(threading, "Timer", waited)
    monkeypatch.setattr(isolated, "SECONDS", 0.01)
    for _ in range(3):  # each gives its seat back
        assert isolated.read("pdf", hostile.pdf()) is None
    assert waits == [0.01] * 3
    assert [(how["cwd"], *how["env"]) for how in begun] == [("/", "PYTHONPATH")] * 3


def test_a_third_paper_at_once_does_not_keep_its_worker_waiting() -> None:
    """Both seats are taken: it is told to come back, in about as long as `turns.WAIT_SECONDS` says."""
    for _seat in range(2):
        assert isolated._seats.acquire(blocking=False)
    try:
        began = time.monotonic()
        with pytest.raises(turns.Busy):
            isolated.read("pdf", hostile.pdf())
        assert time.monotonic() - began < 10
    finally:
        isolated._seats.release(2)
