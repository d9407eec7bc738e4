"""Which records are of sensitive care, by codes, labels and drugs; pure. data/sensitive.tsv says whose rules.

Too much is the lesser evil where something is only folded. Nothing tells of which sensitive care it is.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

RULES: Final = Path(__file__).parent / "data" / "sensitive.tsv"
_WORD: Final = re.compile(r"[a-z]{3,}")
ALIKE: Final = {"ICD-10": ("ICD-10-CM",), "CDT": (), "": ("ICD-10-CM", "HCPCS"), "CPT": ("CPT", "HCPCS")}
"""Lists under other names; a code of no list that is named may be of those."""


def is_sensitive(
    codes: Iterable[tuple[str, str]], *, labels: Iterable[str] = (), names: Iterable[str] = ()
) -> bool:
    """Whether any of these is sensitive.

    *codes* are pairs of a list, as people call it ("" where none is named), and a code; *labels* are codes of
    `meta.security`; *names* are what diagnoses, services and drugs are called, folded (`folding`).
    """
    rules = _rules()
    if any(label in rules["label"] for label in labels):
        return True
    if any(_is_of(name, code.replace(".", "").upper(), rules) for name, code in codes):
        return True
    words = {word for name in names for word in _WORD.findall(name)}
    return any(word[:length] in rules["name"] for word in words for length in _lengths())


def _is_of(name: str, code: str, rules: dict[str, frozenset[str]]) -> bool:
    return any(
        code[:length] in rules[listed]
        for listed in ALIKE.get(name, (name,))
        if listed in rules
        for length in range(1, len(code) + 1)
    )


@cache
def _lengths() -> frozenset[int]:
    return frozenset(map(len, _rules()["name"]))


@cache
def _rules() -> dict[str, frozenset[str]]:
    rules = defaultdict[str, set[str]](set)
    for line in RULES.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, rule = line.split("\t")
            rules["name" if name in ("drug", "word") else name].add(rule)
    return {name: frozenset(of_list) for name, of_list in rules.items()}
