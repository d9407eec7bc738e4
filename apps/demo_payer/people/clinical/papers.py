"""Papers that come with records, written here and sent inside them: text, HTML, C-CDA, RTF and PDF."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence

from apps.demo_payer.people.clinical.labs import LOINC
from apps.demo_payer.people.clinical.visit import Visit
from apps.demo_payer.people.coding import THO, Json, concept, instant

NOTE = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"


def paper(visit: Visit, name: str, kind: tuple[str, str], title: str, lines: Sequence[str]) -> Json:
    """One note of a visit in plain text, HTML and PDF, as hospitals send the forms of one paper.

    `kind` is a LOINC code of a document and our words for it.
    """
    forms = {
        "text/plain": _text(title, lines),
        "text/html": _html(title, lines),
        "application/pdf": pdf(title, lines),
    }
    return document(visit, name, kind, title, inside(forms))


def summaries(visit: Visit, title: str, lines: Sequence[str]) -> Iterator[Json]:
    """The summary of a stay twice more, as other systems keep such papers: C-CDA and RTF."""
    kind = ("34133-9", "Summary of a stay")
    for name, how, form in (
        ("ccda", "as a record", {"application/xml": _ccda(title, lines)}),
        ("rtf", "as typed", {"application/rtf": _rtf(title, lines)}),
    ):
        yield document(visit, name, kind, f"{title} ({how})", inside(form))


def inside(forms: Mapping[str, bytes]) -> list[Json]:
    """Attachments that hold their bytes, by media type."""
    return [
        {"contentType": content_type, "data": b64encode(body).decode()}
        for content_type, body in forms.items()
    ]


def document(visit: Visit, name: str, kind: tuple[str, str], title: str, attachments: Sequence[Json]) -> Json:
    """The record of a paper of a visit; `kind` is a LOINC code of a document and our words for it."""
    resource = visit.made("DocumentReference", name, "documentreference") | {
        "identifier": [{"system": "https://st-brannoc.example/papers", "value": f"{name}-{visit.number}"}],
        "status": "current",
        "docStatus": "final",
        "type": concept(LOINC, kind[0], text=kind[1]),
        "category": [concept(NOTE, "clinical-note", "Clinical Note")],
        "subject": visit.patient,
        "date": instant(visit.until),
        "content": [
            {"attachment": attachment | {"title": title, "creation": visit.until.isoformat()}}
            for attachment in attachments
        ],
        "context": {
            "encounter": [visit.reference],
            "period": {"start": visit.on.isoformat(), "end": visit.until.isoformat()},
        },
    }
    if visit.by:
        resource["author"] = [visit.by]
    return resource


def _text(title: str, lines: Sequence[str]) -> bytes:
    return "\n\n".join([title, *lines]).encode()


def _html(title: str, lines: Sequence[str]) -> bytes:
    body = "".join(f"<p>{line}</p>" for line in lines)
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>".encode()


def _rtf(title: str, lines: Sequence[str]) -> bytes:
    return (
        "{\\rtf1\\ansi {\\b " + title + "}\\par\n" + "".join(f"{line}\\par\n" for line in lines) + "}"
    ).encode()


def _ccda(title: str, lines: Sequence[str]) -> bytes:
    text = "".join(f"<paragraph>{line}</paragraph>" for line in lines)
    section = f"<section><title>Hospital course</title><text>{text}</text></section>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ClinicalDocument xmlns="urn:hl7-org:v3">'
        '<code code="34133-9" codeSystem="2.16.840.1.113883.6.1"/>'
        f"<title>{title}</title><component><structuredBody><component>{section}</component>"
        "</structuredBody></component></ClinicalDocument>"
    ).encode()


def pdf(title: str, lines: Sequence[str]) -> bytes:
    """Write one page of plain text as PDF 1.4; letters of ASCII only, one line of the page each."""
    shown = "".join(f"({_escaped(line)}) Tj T* " for line in (title, "", *lines))
    stream = f"BT /F1 11 Tf 15 TL 60 730 Td {shown}ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    file, places = b"%PDF-1.4\n", list[int]()
    for number, content in enumerate(objects, 1):
        places.append(len(file))
        file += f"{number} 0 obj\n{content}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(file)}\n%%EOF\n"
    return file + f"xref\n0 {size}\n0000000000 65535 f \n{table}{end}".encode()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


DISCHARGE = ("18842-5", "Discharge summary")
IMAGING = ("18748-4", "Report of a scan or X-ray")
ACT_CODES = f"{THO}v3-ActCode"
