"""Papers that would act, grow or lie if they were let, written out byte by byte."""

import struct
import zlib

CANARY = "Zebrafish"
MARKUP = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://evil.example/pixel.png'>",
    "<svg onload=alert(1)><animate onbegin=alert(1) attributeName=x /></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='&#x6A;avascript&colon;alert(1)'>x</a>",
    "<a href='https://evil.example/' target=_top ping=//evil.example>x</a>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<base href='https://evil.example/'>",
    "<link rel=stylesheet href='https://evil.example/x.css'>",
    "<style>@import 'https://evil.example/x.css'; p { background: url(//evil.example/x) }</style>",
    "<p style='background:url(https://evil.example/x);position:fixed;top:0'>x</p>",
    "<p id=main class='button' onclick=alert(1) tabindex=1 autofocus onfocus=alert(1)>x</p>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='data:text/html,<script>alert(1)</script>'></object><embed src=//evil.example>",
    "<form action='https://evil.example/'><input name=a><button formaction=javascript:alert(1)>x</form>",
    "<template><script>alert(1)</script></template>",
    "<table background='https://evil.example/x'><tr><td background=//evil.example/x>x</td></tr></table>",
    "<video poster=//evil.example/x><source src=x onerror=alert(1)></video>",
    "<details open ontoggle=alert(1)>x</details><marquee onstart=alert(1)>x</marquee>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]--><?xml-stylesheet href='//evil.example/x'?>",
    "<linkHtml href='javascript:alert(1)'>x</linkHtml><renderMultiMedia referencedObject='x'/>",
    "<content styleCode='xx' onclick='alert(1)'>x</content><td colspan='2\" onclick=\"alert(1)'>x</td>",
)
"""Pieces of a page: what they do, or ask others for, may never happen."""
LAUGHS = (
    "<!DOCTYPE d [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {b} '{f'&{a};' * 20}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><ClinicalDocument><title>&i;</title></ClinicalDocument>"
)
ENTITY = "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><ClinicalDocument><title>&x;</title></ClinicalDocument>"
DTD = "<!DOCTYPE d SYSTEM 'https://evil.example/x.dtd'><ClinicalDocument><title>x</title></ClinicalDocument>"


def pdf(*objects: str | bytes, catalog: str = "", pages: int = 1, box: str = "0 0 612 792") -> bytes:
    """Return a PDF of *pages* pages with one text; *catalog* adds to its root, *objects* begin at 9."""
    text = b"BT /F1 24 Tf 60 700 Td (Hello) Tj ET"
    kids = " ".join(["3 0 R"] * pages)
    made: dict[int, bytes] = {
        1: f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        2: f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        3: f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> /XObject << /X 9 0 R >> >> >>".encode(),
        4: stream(text),
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    made |= {9 + n: one.encode() if isinstance(one, str) else one for n, one in enumerate(objects)}
    body, places = b"%PDF-1.7\n", dict[int, int]()
    for number, content in made.items():
        places[number] = len(body)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    size = max(made) + 1
    rows = [b"%010d 00000 n \n" % places[n] if n in places else b"0000000000 65535 f \n" for n in range(size)]
    table = b"xref\n0 %d\n%s" % (size, b"".join(rows))
    return body + table + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))


def stream(content: bytes, more: str = "") -> bytes:
    """Return a stream object."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), more.encode(), content)


def deflated(size: int) -> bytes:
    """Return zeros of that many bytes as deflate has them, a thousandth of it: one piece, again and again."""
    packer = zlib.compressobj(9, wbits=-15)
    piece = packer.compress(b"\0" * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x78\x9c" + piece * (size >> 20) + b"\x03\0\0\0\0\0"


def picture_bomb(width: int, height: int) -> bytes:
    """Return a PNG that claims to be of that size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", deflated(1 << 24))
        + _chunk(b"IEND", b"")
    )


def chunks(png: bytes) -> list[bytes]:
    """Return the names of what a PNG is made of."""
    names, at = [], 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        names.append(png[at + 4 : at + 8])
        at += 12 + length
    return names


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
