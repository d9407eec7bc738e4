"""Words for codes: the plan's own first, then our words for free lists, else the bare code (facts 12)."""

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from apps.claims.records import Coded, Fact
from apps.plain_language.language import _, said
from apps.plain_language.money import NOT_SHARED

DATA = Path(__file__).parent / "data"
_LICENSED = frozenset({"CPT", "CDT", "revenue code", "SNOMED CT"})
"""Systems whose texts belong to somebody and may not be printed here unless the plan sent them."""

_COMPOUND = "compound"
"""What plans write in place of a drug's number where the pharmacy mixed several (facts 1.13)."""

_SERVICE = re.compile(r"[0-9A-Z]\d{4}", re.ASCII)


_texts: dict[tuple[str, str], str] = {}
"""System and code -> the text that the operator of this site holds a licence for."""


def take_texts(folder: Path) -> None:
    """Take the texts in *folder*, one file for each list: `CPT.tsv` with code, tab and words on each line.

    Called once as the site starts; a folder that is not there is an error of the operator's, said at once.
    """
    _texts.clear()
    for path in sorted(folder.iterdir()):
        if path.suffix != ".tsv":
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            code, mark, words = line.partition("\t")
            if mark and code.strip() and words.strip():
                _texts[(path.stem.upper(), code.strip().upper())] = words.strip()


def texts_digest() -> str:
    """Return a digest of the operator's texts: what was made with others is made again."""
    lines = sorted(f"{system} {code} {words}" for (system, code), words in _texts.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def official_words(what: Coded) -> str:
    """Return the plan's words for a code, else the text this site has a licence for, else ""."""
    if what.words or not what.code:
        return what.words or ""
    return _texts.get(((what.system or "").upper(), what.code.upper()), "")


@cache
def _rows(file_name: str) -> tuple[tuple[str, str, str], ...]:
    text = (DATA / file_name).read_text(encoding="utf-8")
    cells = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return tuple((one[0], one[1], one[2]) for one in cells)


@cache
def _codes() -> dict[tuple[str, str], str]:
    return {(category, code): words for category, code, words in _rows("codes.tsv")}


def value_words(fact: Fact) -> str:
    """Return what a fact says: our words where only a bare code of a free list came, else as sent."""
    own = _codes().get((fact.category, fact.value)) or _codes().get((fact.category, fact.value.upper()))
    return _("{words} ({code})").format(words=_(own), code=fact.value) if own else fact.value


def service_words(what: Coded) -> str:
    """Return the kind of service whose range of codes *what* lies in, "" where no range holds it."""
    code = (what.code or "").upper()
    if what.system not in ("CPT", "HCPCS", "CDT", None) or not _SERVICE.fullmatch(code):
        return ""
    for first, last, words in _rows("services.tsv"):
        if first <= code <= last and first[0].isdigit() == code[0].isdigit():
            return _(words)
    return ""


def code_words(what: Coded) -> str:
    """Return a code's words, else the bare code with its system, else that it was not shared."""
    if not what.words and what.code == _COMPOUND:
        return _("Drug mixed by the pharmacy")
    return official_words(what) or bare(what) or _(NOT_SHARED)


def bare(what: Coded) -> str:
    """Return the code with what people call its list: "CPT 99213"; "" where none was sent."""
    if not what.code:
        return ""
    name = {"revenue code": said("revenue code"), "place of service": said("place of service")}
    system = _(name.get(what.system, what.system)) if what.system else ""
    return " ".join(part for part in (system, what.code) if part)


def note(bare_ones: Sequence[Coded]) -> str:
    """Return why there are codes without words among *bare_ones*; "" where there are none."""
    if any(one.system in _LICENSED for one in bare_ones):
        return _(
            "Where only a code stands, your plan sent no words for it. The official texts of these codes are "
            "licensed, so we may not show them. The provider can tell you what a code means."
        )
    if bare_ones:
        return _(
            "Where only a code stands, your plan sent no words for it. "
            "The provider can tell you what it means."
        )
    return ""
