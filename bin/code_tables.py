"""Makes apps/plain_language/data/*.codes, the free tables of codes and their words, from published lists.

    python bin/code_tables.py FOLDER            # write
    python bin/code_tables.py FOLDER --check    # write nothing; fail where what is kept holds something else

FOLDER holds free/ and cms-bluebutton/; apps/plain_language/data/NOTICE.md lists their files with sources and
licences. ICD-10-CM comes from the package simple-icd-10-cm. The same input gives the same words in the same
order, of which CONTENTS.tsv holds a digest; the compressed bytes may differ between releases of zstd. No list
with licensed words (CPT, CDT, NUBC, X12, NCPDP) is read here, and none may be.
"""

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import zstandard

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from apps.plain_language.free_words import CONTENTS, FOLDER  # noqa: E402

type Pairs = Iterable[tuple[str, str]]
_TALL = re.compile(r"\b(?=[A-Z]*[a-z])(?=[a-z]*[A-Z]{2,})[A-Za-z]{6,}\b")
"""amLODIPine: capitals that keep pharmacists from mistaking one drug for another."""
BLOCK = 64 * 1024
"""Bytes of text in a block: larger ones compress better, smaller ones open faster (0.1 ms as it is)."""


def column(folder: Path, file: str, words: int, code: int = 0) -> Iterator[tuple[str, str]]:
    """Yield code and words of a tab separated file with a header."""
    for row in _rows(folder / "free" / file):
        yield row[code], row[words]


def icd_10_cm(_folder: Path) -> Iterator[tuple[str, str]]:
    """Yield every category and code, those with a seventh character too, without the dot."""
    import simple_icd_10_cm  # noqa: PLC0415 - a second and 170 MB

    for code in simple_icd_10_cm.get_all_codes(with_dots=False):
        if simple_icd_10_cm.is_category_or_subcategory(code):
            yield code, simple_icd_10_cm.get_description(code)


def vaccines(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield CVX codes with the full name where there is one: "zoster vaccine, live", not "zoster"."""
    for row in _rows(folder / "free" / "cvx/cvx.tsv"):
        yield row[0], row[2] or row[1]


def drugs(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the first nine digits of drug numbers with the drug and its form, vaccines with their brand."""
    names = dict(drug_groups(folder))
    for row in _rows(folder / "free" / "cvx/vaccine_ndc.tsv"):
        yield row[0][:9], f"{row[1]} ({row[2]})"
    for row in _rows(folder / "free" / "rxnorm/ndc9_to_group.tsv"):
        if row[1] in names:
            yield row[0], names[row[1]]


def drug_groups(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield RxNorm's numbers of drugs in a form ("Lisinopril (Oral Pill)"), two names of one joined."""
    names: dict[str, list[str]] = {}
    for row in _rows(folder / "free" / "rxnorm/drug_groups.tsv"):
        names.setdefault(row[0], []).append(_TALL.sub(lambda word: word[0].capitalize(), row[1]))
    for code, several in names.items():
        yield code, " or ".join(several)


def cms_values(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield "field code" with its words: fields as Blue Button v3 and v2 name them, in small letters."""
    for path in sorted((folder / "cms-bluebutton").glob("*.json")):
        field = path.stem.lower().replace("-", "_")
        for concept in json.loads(path.read_text(encoding="utf-8")).get("concept", ()):
            if concept["code"] != "~" and concept.get("display"):
                yield f"{field} {concept['code'].lower()}", concept["display"]
    listed: dict[str, list[tuple[str, str]]] = {}
    for name, code, text in _rows(folder / "free" / "cms-variables/values.tsv"):
        listed.setdefault(name, []).append((code, text))
    same = {row[0]: row[1] for row in _rows(folder / "free" / "cms-variables/same_values_as.tsv")}
    for name in sorted({*listed, *same}):
        for code, text in listed.get(name) or listed.get(same.get(name, ""), ()):
            yield f"{name} {code.lower()}", text


def cms_fields(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what CMS calls a field, by its name in small letters."""
    for name in ("Supporting-Information", "Benefit-Balance", "Adjudication"):
        path = folder / "cms-bluebutton" / f"{name}.json"
        for concept in json.loads(path.read_text(encoding="utf-8"))["concept"]:
            yield concept["code"].lower(), concept["display"]
    for row in _rows(folder / "free" / "cms-variables/variables.tsv"):
        yield row[0].lower(), row[1]


TABLES: dict[str, Callable[[Path], Pairs]] = {
    "icd-10-cm": icd_10_cm,
    "icd-10-pcs": lambda folder: column(folder, "icd10pcs/codes.tsv", 1),
    "icd-9-diagnoses": lambda folder: column(folder, "icd9cm/diagnoses.tsv", 2),
    "icd-9-procedures": lambda folder: column(folder, "icd9cm/procedures.tsv", 2),
    "hcpcs": lambda folder: column(folder, "hcpcs/codes.tsv", 1),
    "hcpcs-modifiers": lambda folder: column(folder, "hcpcs/modifiers.tsv", 1),
    "ms-drg": lambda folder: column(folder, "msdrg/titles.tsv", 1),
    "cvx": vaccines,
    "ndc": drugs,
    "rxnorm": drug_groups,
    "cms-values": cms_values,
    "cms-fields": cms_fields,
}


def _rows(path: Path) -> Iterator[list[str]]:
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        yield line.split("\t")


def lines_of(pairs: Pairs) -> list[bytes]:
    """Return the sorted lines of a table; of two words for one code the first is kept."""
    words_of: dict[str, str] = {}
    for code, words in pairs:
        if code.strip() and words.strip():
            words_of.setdefault(code.strip(), " ".join(words.split()))
    return [f"{code}\t{words}\n".encode() for code, words in sorted(words_of.items())]


def packed(lines: list[bytes]) -> bytes:
    """Return the file of a table."""
    compress = zstandard.ZstdCompressor(level=19, write_checksum=False).compress
    index, blocks = [], []
    for several in _blocks(lines):
        blocks.append(compress(b"".join(several)))
        index.append(several[0].partition(b"\t")[0] + f"\t{len(blocks[-1])}\n".encode())
    head = compress(b"".join(index))
    return len(head).to_bytes(4) + head + b"".join(blocks)


def _blocks(lines: list[bytes]) -> Iterator[list[bytes]]:
    block: list[bytes] = []
    length = 0
    for line in lines:
        block.append(line)
        length += len(line)
        if length >= BLOCK:
            yield block
            block, length = [], 0
    if block:
        yield block


def main() -> int:
    """Write the tables and what they hold; with --check return 1 where what is kept holds something else."""
    folder, is_check = Path(sys.argv[1]), "--check" in sys.argv
    contents = ["table\tcodes\tdigest of its lines (SHA-256)"]
    for name, pairs in TABLES.items():
        lines = lines_of(pairs(folder))
        contents.append(f"{name}\t{len(lines)}\t{hashlib.sha256(b''.join(lines)).hexdigest()}")
        if not is_check:
            (FOLDER / f"{name}.codes").write_bytes(packed(lines))
    text = "".join(f"{line}\n" for line in contents)
    if is_check:
        return int((FOLDER / CONTENTS).read_text(encoding="utf-8") != text)
    (FOLDER / CONTENTS).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
