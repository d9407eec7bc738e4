"""A page as lines of text: what is read, where links lead, what forms offer; no style, no nonce."""

import re
from html.parser import HTMLParser
from typing import Final

_BLOCK_NAMES: Final = """
    p div section article ul ol li dl dt dd h1 h2 h3 h4 h5 h6 table tr thead tbody tfoot caption form fieldset
    legend details summary nav figure figcaption main aside header footer label select option button textarea
    input svg text title body hr br pre blockquote
"""
_BLOCKS: Final = frozenset(_BLOCK_NAMES.split())
_CELLS: Final = frozenset({"td", "th"})
_DROPPED: Final = frozenset({"script", "style", "template", "head", "symbol"})
_VOID: Final = frozenset(
    ("input", "br", "hr", "img", "meta", "link", "use", "path", "rect", "line", "circle")
)
_SKIP: Final = "[Skip to the page](#main)"
_TOLD: Final = ("aria-label", "aria-current", "title", "alt", "datetime")


class _Text(HTMLParser):
    def __init__(self, *, whole: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.whole = whole
        self.lines: list[str] = []
        self.line = ""
        self.skips: list[str] = []
        self.links: list[str] = []
        self.found: list[str] = []
        """Every address a link on the page leads to, in order."""
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_frame = not self.whole and tag in ("header", "footer")
        if self.skips or tag in _DROPPED or is_frame:
            if tag not in _VOID and (tag in _DROPPED or is_frame or tag == self.skips[-1]):
                self.skips.append(tag)
            if tag == "meta" and "refresh" in given.get("http-equiv", ""):
                self.found.append(given["content"].partition("url=")[2])
            return
        if tag in _BLOCKS:
            self.end_line()
        if tag == "span":
            self.line += " "
        if tag in _CELLS and self.line:
            self.line += " | "
        if given.get("data-testid"):
            self.line += f"«{given['data-testid']}» "
        self.line += "".join(f"{{{name}={given[name]}}} " for name in _TOLD if given.get(name))
        if tag == "a":
            self.links.append(given.get("href", ""))
            self.found.append(given.get("href", ""))
            self.line += "["
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower(), {}))
            self.line += f"<form {given.get('method', 'get').lower()} {given.get('action', '')}>"
        self._field(tag, given)
        if tag == "rect":
            shape = " ".join(f"{name}={given.get(name, '')}" for name in ("x", "y", "width", "height"))
            self.line += f"<{shape}> "

    def _field(self, tag: str, given: dict[str, str]) -> None:
        if tag not in ("input", "select", "option", "button", "textarea"):
            return
        name, value = given.get("name", ""), given.get("value", "")
        flags = " ".join(flag for flag in ("checked", "selected", "required", "disabled") if flag in given)
        is_secret = name in ("csrfmiddlewaretoken", "credential")
        shown = "…" if is_secret else value
        self.line += f"<{' '.join(filter(None, (tag, given.get('type', ''), name, shown, flags)))}> "
        if not self.forms:
            return
        fields = self.forms[-1].fields
        if tag == "option":
            list(fields.values())[-1].append(value) if fields else None
        elif name:
            fields.setdefault(name, []).extend([value] if tag in ("input", "button") else [])

    def handle_endtag(self, tag: str) -> None:
        if self.skips:
            if tag == self.skips[-1]:
                self.skips.pop()
            return
        if tag == "a" and self.links:
            self.line = f"{self.line.rstrip()}]({self.links.pop()}) "
        if tag in _BLOCKS:
            self.end_line()

    def handle_data(self, data: str) -> None:
        if not self.skips:
            self.line += data

    def end_line(self) -> None:
        if line := re.sub(r"\s+", " ", self.line).strip():
            self.lines.append(line)
        self.line = ""


class Form:
    """A form: where it leads and, by name, the values each field offers."""

    def __init__(self, action: str, method: str, fields: dict[str, list[str]]) -> None:
        self.action, self.method, self.fields = action, method, fields


class Read:
    """A page that was read: its `lines`, the `links` on it and its `forms`."""

    def __init__(self, html: str, *, whole: bool = False) -> None:
        reader = _Text(whole=whole)
        reader.feed(html)
        reader.close()
        reader.end_line()
        title = re.search(r"<title>(.*?)</title>", html, re.DOTALL)
        self.title = re.sub(r"\s+", " ", title[1]).strip() if title else ""
        self.lines = [f"# {self.title}", *(line for line in reader.lines if line != _SKIP)]
        self.links = reader.found
        self.forms = reader.forms
