"""Of which sensitive care records are, by codes, labels and drugs; pure. data/sensitive.tsv says whose rules.

Too much is the lesser evil where something is only hidden, so a record may be of several categories.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

RULES: Final = Path(__file__).parent / "data" / "sensitive.tsv"
CARE: Final = ("substance", "mental", "reproductive", "sexual", "hiv", "gender", "violence")
VERY_RESTRICTED: Final = "very_restricted"
"""Whoever sent it marked it as very restricted (Confidentiality V)."""
LABELLED: Final = ("restricted", VERY_RESTRICTED)
"""Marked so by whoever sent it, without a word of what it is."""
CATEGORIES: Final = (*CARE, *LABELLED)
"""What a member may hide, in the order of the settings page."""
UNCLEAR: Final = "unclear"
"""Nothing tells of which category it is, or that it is of none: papers, free text, unknown drugs."""
_WORD: Final = re.compile(r"[a-z]{3,}")
_NONE: Final = frozenset[str]()
ALIKE: Final = {"ICD-10": ("ICD-10-CM",), "CDT": (), "": ("ICD-10-CM", "HCPCS"), "CPT": ("CPT", "HCPCS")}
"""Lists under other names; a code of no list that is named may be of those."""


class Rules(NamedTuple):
    """The categories of each beginning of a code or word of one list."""

    categories: Mapping[str, frozenset[str]]
    by_start: Mapping[str, tuple[str, ...]]
    """Its beginnings by their first letters, as many as the shortest has: most texts begin like none."""
    shortest: int
    longest: int

    def of(self, texts: Iterable[str]) -> frozenset[str]:
        """Return the categories of all rules that any of *texts* begins with."""
        by_start, length = self.by_start, self.shortest
        near = [(text, start) for text in texts if (start := text[:length]) in by_start]
        begun = [rule for text, start in near for rule in by_start[start] if text.startswith(rule)]
        return frozenset().union(*[self.categories[rule] for rule in begun]) if begun else _NONE


def categories_of(
    codes: Iterable[tuple[str, str]], *, labels: Iterable[str] = (), names: Iterable[str] = ()
) -> frozenset[str]:
    """Return of which categories any of these is; empty for none.

    *codes* are pairs of a list, as people call it ("" where none is named), and a code; *labels* are codes of
    `meta.security`; *names* are what diagnoses, services and drugs are called, folded (`capitals.fold`).
    """
    rules = _rules()
    matched = [
        _of_code(listed, code.replace(".", "").upper()[: rules[listed].longest])
        for name, code in codes
        for listed in ALIKE.get(name, (name,))
        if listed in rules
    ]
    matched += [rules["label"].categories.get(label, _NONE) for label in labels]
    matched.append(rules["name"].of(set(_WORD.findall("\n".join(names)))))
    return _NONE.union(*matched)


@lru_cache(4096)
def _of_code(listed: str, begun: str) -> frozenset[str]:
    """Return the categories of codes of a list that begin so: remembered, as most codes come again.

    No longer than a rule: what a plan writes in a code's place stays in no memory but its member's.
    """
    return _rules()[listed].of([begun])


@cache
def _rules() -> Mapping[str, Rules]:
    by_list = defaultdict[str, defaultdict[str, set[str]]](lambda: defaultdict(set))
    for line in RULES.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, rule, category = line.split("\t")
            by_list["name" if name in ("drug", "word") else name][rule].add(category)
    return {name: _rules_of(rules) for name, rules in by_list.items()}


def _rules_of(categories: Mapping[str, set[str]]) -> Rules:
    shortest = min(map(len, categories))
    by_start = defaultdict[str, list[str]](list)
    for rule in categories:
        by_start[rule[:shortest]].append(rule)
    return Rules(
        {rule: frozenset(named) for rule, named in categories.items()},
        {start: tuple(rules) for start, rules in by_start.items()},
        shortest,
        max(map(len, categories)),
    )
