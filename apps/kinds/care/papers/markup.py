"""HTML, C-CDA and RTF as what cannot act, markup cleaned by Ammonia (nh3) last; runs in the child only.

No link, picture, style or form is left, so nothing on the page asks anybody else for anything, and no part of
it can pass for a part of ours.
"""

import json
from typing import Any, Final

import nh3
from lxml import etree, html
from striprtf.striprtf import rtf_to_text

from apps.kinds.care.papers.shapes import as_text

TAGS: Final = frozenset(
    {
        *("p", "div", "br", "hr", "span", "b", "strong", "i", "em", "u", "s", "sub", "sup", "small", "pre"),
        *("blockquote", "ul", "ol", "li", "dl", "dt", "dd", "h2", "h3", "caption", "table", "thead", "tbody"),
        *("tfoot", "tr", "th", "td", "code", "tt"),
    }
)
HEADINGS: Final = {"h1": "h2", "h4": "h3", "h5": "h3", "h6": "h3"}
"""The page has one of its own above those of a paper."""
ATTRIBUTES: Final = {"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
WITH_ALL_IN_IT: Final = frozenset(
    {
        *("script", "style", "title", "template", "iframe", "object", "embed", "applet", "noscript", "svg"),
        *("math", "noembed", "noframes", "textarea", "select", "audio", "video"),
    }
)
NARRATIVE: Final = {
    "text": "div",
    "paragraph": "p",
    "list": "ul",
    "item": "li",
    "content": "span",
    "footnote": "small",
    "br": "br",
    **{
        name: name for name in ("sub", "sup", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td")
    },
}
"""What the narrative of a C-CDA is made of (CDA R2, StrucDoc.Text), as HTML has it."""
MOST_LETTERS: Final = 1_000_000
"""Of what a page shows, with its tags."""
_CDA_ROOTS: Final = frozenset({"ClinicalDocument", "section", "text"})


class NotCda(Exception):
    """The XML is well formed, and no C-CDA or part of one."""


def page(body: bytes, _number: int) -> bytes:
    """Return an HTML paper cleaned, as JSON; the narrative of a C-CDA, which some call HTML, as such."""
    try:
        return record(body, 0)
    except (etree.XMLSyntaxError, NotCda):
        return _told(_renamed(as_text(body)))


def record(body: bytes, _number: int) -> bytes:
    """Return the title and the narrative of each section of a C-CDA, cleaned, as JSON.

    What is coded in it is left alone: the sections say it in the author's words. Raise `NotCda` or
    XMLSyntaxError.
    """
    root = _parsed(body)
    if _name(root) not in _CDA_ROOTS:
        raise NotCda
    tree = etree.Element("div")
    if _name(root) == "text":
        tree.append(_narrative(root))
    else:
        _add_sections(root, tree)
    text = etree.tostring(tree, method="html", encoding="unicode")
    return _told(text, has_file=any(_name(element) == "nonXMLBody" for element in root.iter()))


def _parsed(body: bytes) -> Any:
    """Return the root of XML that has no DTD: so none of its entities is ever made, fetched or counted."""
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root = etree.fromstring(body, parser)
    if root.getroottree().docinfo.doctype:
        raise NotCda
    return root


def _add_sections(within: Any, root: Any) -> None:
    """Add what the document or section *within* is called, says, and holds."""
    for child in within:
        name = _name(child)
        if name == "title":
            heading = etree.SubElement(root, "h2" if _name(within) == "ClinicalDocument" else "h3")
            heading.text = " ".join(child.itertext())
        elif name == "text":
            root.append(_narrative(child))
        elif name in ("component", "structuredBody", "section"):
            _add_sections(child, root)


def _narrative(source: Any) -> Any:
    """Return a narrative block as HTML; what it is not made of is left out, its words stay."""
    tag = NARRATIVE.get(_name(source), "span")
    if tag == "ul" and source.get("listType") == "ordered":
        tag = "ol"
    parent = _name(source.getparent()) if source.getparent() is not None else ""
    if tag == "caption" and parent != "table":
        tag = "li" if parent == "list" else "span"
    copy = etree.Element(tag)
    copy.text = source.text
    for side in ("colspan", "rowspan"):
        if source.get(side):
            copy.set(side, source.get(side))
    for child in source:
        if _name(child).lower() in WITH_ALL_IN_IT:
            child.text, child[:] = "", []
        inner = _narrative(child)
        inner.tail = child.tail
        copy.append(inner)
    return copy


def _name(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _renamed(text: str) -> str:
    """Return HTML, still hostile, with headings below those of the page, and narrative as HTML has it."""
    tree = html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
    for element in tree.iter(*HEADINGS, *NARRATIVE):
        element.tag = HEADINGS.get(element.tag) or NARRATIVE[element.tag]
    return str(html.tostring(tree, encoding="unicode"))


def _told(text: str, *, has_file: bool = False) -> bytes:
    """Return markup for the page: whatever was done before, the cleaning comes last."""
    cleaned = _cleaned(text)
    is_cut = len(cleaned) > MOST_LETTERS
    if is_cut:  # in the midst of a tag, so it is cleaned again
        cleaned = _cleaned(cleaned[:MOST_LETTERS])
    words = nh3.clean(cleaned, tags=set()).replace("&nbsp;", " ").strip()
    answer = {"html": cleaned, "has_words": bool(words), "has_file": has_file, "is_cut": is_cut}
    return json.dumps(answer).encode()


def _cleaned(text: str) -> str:
    return nh3.clean(
        text,
        tags=set(TAGS),
        clean_content_tags=set(WITH_ALL_IN_IT),
        attributes={name: set(allowed) for name, allowed in ATTRIBUTES.items()},
        strip_comments=True,
        link_rel=None,
    )


def rtf(body: bytes, _number: int) -> bytes:
    """Return the words of an RTF paper, as JSON: pictures and objects in it are left out."""
    text = rtf_to_text(body.decode("latin-1"), errors="replace")  # type: ignore[no-untyped-call]
    return json.dumps({"text": text}).encode()
