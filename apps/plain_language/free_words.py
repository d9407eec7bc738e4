"""Words for codes of free lists and for units of measure; data/NOTICE.md says whose they are.

A table is four bytes (how long its index is, big end first), the index, and blocks; index and blocks are
compressed with zstd. A block is sorted lines of code, tab and words, each ended by a line feed. The index has
a line for each block: its first code, a tab, its compressed length. `bin/code_tables.py` writes them,
data/CONTENTS.tsv says what they hold.
"""

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import zstandard

from apps.plain_language.language import _, said


class _List(NamedTuple):
    """Which table holds a list, how its codes look, and how the table writes them."""

    table: str
    shape: re.Pattern[str]
    written: Callable[[str], str] = str


def _of(shape: str) -> re.Pattern[str]:
    return re.compile(shape, re.ASCII)


def _dotless(code: str) -> str:
    return code.replace(".", "")


def _product(code: str) -> str:
    """Return the nine digits that name a drug's maker and product; the last two are its package."""
    if "-" not in code:
        return code[:9]
    maker, product, _package = code.split("-")
    return maker.zfill(5) + product.zfill(4)


_ICD_10_CM = _List("icd-10-cm", _of(r"[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?"), _dotless)
_LISTS = {
    "ICD-10-CM": _ICD_10_CM,
    "ICD-10": _ICD_10_CM,
    "ICD-10-PCS": _List("icd-10-pcs", _of(r"[0-9A-HJ-NP-Z]{7}")),
    "ICD-9": _List("icd-9-diagnoses", _of(r"(?:\d{3}|V\d\d)(?:\.?\d{1,2})?|E\d{3}(?:\.?\d)?"), _dotless),
    "ICD-9 procedure": _List("icd-9-procedures", _of(r"\d\d(?:\.?\d{1,2})?"), _dotless),
    "HCPCS": _List("hcpcs", _of(r"[A-CE-V]\d{4}")),
    "HCPCS modifier": _List("hcpcs-modifiers", _of(r"[A-Z][0-9A-Z]")),
    "MS-DRG": _List("ms-drg", _of(r"\d{1,3}"), lambda code: code.zfill(3)),
    "CVX": _List("cvx", _of(r"\d{1,3}"), lambda code: code.zfill(2)),
    "NDC": _List("ndc", _of(r"\d{11}|\d{4,5}-\d{3,4}-\d{1,2}"), _product),
    "RxNorm": _List("rxnorm", _of(r"[1-9]\d{0,7}")),
}


def free_words(system: str | None, code: str | None) -> str | None:
    """Return the official words of a code, None where there is no such code or its words are not free.

    *system* is what people call the list ("ICD-10-PCS"), *code* as a plan wrote it: with a dot or without, a
    drug's number (NDC) with its dashes or as eleven digits. Words are English. A drug's number gives the drug
    and its form, never its strength.
    """
    words_by_code = _LISTS.get(system or "")
    written = (code or "").strip().upper()
    if words_by_code is None or not words_by_code.shape.fullmatch(written):
        return None
    return words_in(words_by_code.table, words_by_code.written(written))


def cms_value(field: str, code: str) -> str | None:
    """Return Medicare's words for the value of a field of its data; *field* is the last part of its name."""
    return words_in("cms-values", f"{field.lower().replace('-', '_')} {code.strip().lower()}")


def cms_field(field: str) -> str | None:
    """Return what Medicare calls a field of its data."""
    return words_in("cms-fields", field.lower().replace("-", "_"))


_UNITS = {
    "[mi_i]": said("miles"),
    "[mi_us]": said("miles"),
    "km": "km",
    "[lb_av]": said("pounds"),
    "kg": "kg",
    "g": "g",
    "mg": "mg",
    "ml": "mL",
    "d": said("days"),
    "h": said("hours"),
    "[pt_us]": said("pints"),
    "pint": said("pints"),
    "min": said("minutes"),
    "mj": said("minutes"),  # X12's unit of anesthesia
    "1": "",
    "un": said("units"),
    "{unit}": said("units"),
    "each": "",
}


_MEASURED = re.compile(r"(-?[\d.,]+) (\w+)")


def measured(text: str) -> str:
    """Return "21 miles" in the reader's language, any other text as it is."""
    match = _MEASURED.fullmatch(text)
    if match is None or match[2] not in _UNITS.values():
        return text
    return f"{match[1]} {_(match[2])}"


def unit_words(unit: str | None) -> str:
    """Return a unit in English words, an unknown one as it is, "" for none; who shows it translates."""
    text = (unit or "").strip()
    return _UNITS.get(text.lower(), text)


FOLDER = Path(__file__).parent / "data"
CONTENTS = "CONTENTS.tsv"
_LARGEST_BLOCK = 1 << 20


class _Index(NamedTuple):
    """First code of each block, and where each begins; `starts` has the end of the file as its last."""

    first_codes: tuple[str, ...]
    starts: tuple[int, ...]


@lru_cache(maxsize=4096)
def words_in(table: str, code: str) -> str | None:
    """Return the words of *code* in a table, None where it has none; codes are written as in the file."""
    if "\t" in code or "\n" in code:
        return None
    index = _index(table)
    place = bisect_right(index.first_codes, code) - 1
    if place < 0:
        return None
    block, mark = _block(table, place), f"\n{code}\t".encode()
    start = block.find(mark) + len(mark)
    return block[start : block.index(b"\n", start)].decode() if start >= len(mark) else None


@cache
def contents() -> bytes:
    """Return what all tables hold, with a digest of each: what was made with others is made again."""
    return (FOLDER / CONTENTS).read_bytes()


@cache
def _index(table: str) -> _Index:
    file = _file(table)
    end = 4 + int.from_bytes(file[:4])
    pairs = [line.split("\t") for line in _opened(file[4:end]).decode().splitlines()]
    starts = accumulate((int(size) for _, size in pairs), initial=end)
    return _Index(tuple(code for code, _ in pairs), tuple(starts))


@lru_cache(maxsize=64)
def _block(table: str, place: int) -> bytes:
    """Return a block, after a line feed: claims of one member name the same few over and over."""
    start, end = _index(table).starts[place : place + 2]
    return b"\n" + _opened(_file(table)[start:end])


@cache
def _file(table: str) -> bytes:
    return (FOLDER / f"{table}.codes").read_bytes()


def _opened(packed: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(packed, max_output_size=_LARGEST_BLOCK)
