"""What a member means by the words of a search: months, amounts, states, care in everyday words; pure.

Every term may be met in several ways, and a claim has to meet every term. What no claim writes is taken for a
misspelling of what some do.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from apps.kinds.claim.entry import ClaimEntry
from apps.plain_language.capitals import fold
from apps.records.entries import UNDATED, Entry

MOST_TERMS: Final = 12
NEAR: Final = 0.7
"""How like each other two words are at least, of 1: one wrong letter in four, two in seven."""
SHORTEST_SLIP: Final = 5
"""Letters of the shortest word that may be an everyday word with a slip in it."""
_EVERYDAY: Final = Path(__file__).parent / "wording" / "data" / "everyday.tsv"
_TOKEN: Final = re.compile(r"[^\s,;:!?()\"“”]+(?:,\d{3})*(?:\.\d+)?")
_CODE: Final = re.compile(r"\b[0-9a-z]\d{4}\b", re.ASCII)
_AMOUNT: Final = re.compile(r"\$(\d{1,9}(?:,\d{3})*)(\.\d{1,2})?|(\d{1,9}(?:,\d{3})*)(\.\d{2})", re.ASCII)
_NUMBERS: Final = re.compile(r"(\d{1,4})[-/](\d{1,2})(?:[-/](\d{1,4}))?", re.ASCII)
_YEAR: Final = re.compile(r"(?:19|20)\d\d", re.ASCII)
_DAY: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?", re.ASCII)
_MONTHS: Final = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "ene feb mar abr may jun jul ago sept oct nov dic",
    )
    for number, name in enumerate(names.split(), start=1)
}
_UNSAID: Final = re.compile(
    "a|about|an|and|all|any|are|at|by|claims?|costs?|did|do|does|find|for|from|had|has|have|how|i|in|is|me|much|"
    "my|of|on|or|our|show|that|the|there|to|was|were|what|when|which|with|nam(?:e|ed|es|ing)|"
    "mention(?:s|ed|ing)?|al|con|cuales?|cual|cuanto|de|del|el|en|es|la|las|lo|los|"
    "mis?|para|por|que|reclamacion|reclamaciones|se|un|una|y|costo|costaron|cuesta|cuestan|cuanta|cuantos|donde|"
    "fue|fueron|hay|menciona|mencionan|mencionando|nombra|nombran|nombrando|nombre|nombres|sobre"
)
"""Words of questions: what they ask about stands in the others."""


class Request(NamedTuple):
    """What was asked for in advance: what a list has of it, and what it is found by besides."""

    entry: Entry
    kind: str
    states: frozenset[str]
    amounts: Sequence[Decimal | None]


@dataclass(frozen=True, slots=True)
class Term:
    """One thing looked for: `text` as it was typed, folded, and everything that meets it too.

    `days` are the first and the last one, `amounts` the least and the one that is too much, `month` one of
    any year.
    """

    text: str
    words: tuple[str, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    kinds: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    days: tuple[date, date] | None = None
    month: int = 0
    amounts: tuple[Decimal, Decimal] | None = None
    is_correction: bool = False
    """It stands nowhere as typed: `words` are those most like it."""

    @property
    def is_plain(self) -> bool:
        """Whether it is looked for as it was typed and in no other way."""
        return self == Term(self.text)

    def fits(self, entry: ClaimEntry) -> bool:
        """Whether a claim meets it in any of its ways."""
        if self.is_plain:
            return self.text in entry.words
        if entry.kind in self.kinds or self._is_standing(entry):
            return True
        amounts = (entry.your_share, entry.billed, entry.plan_paid)
        return self._is_on(entry.on) or self._is_of_amounts(amounts) or self._is_written(entry.words)

    def _is_standing(self, entry: ClaimEntry) -> bool:
        is_apart = "disagree" in self.states and entry.is_set_apart
        return is_apart or (entry.state in self.states and entry.is_current)

    def fits_request(self, request: Request) -> bool:
        """Whether what was asked for in advance meets it in any of its ways."""
        if request.kind in self.kinds or self.states & request.states:
            return True
        return self._is_of_amounts(request.amounts) or self.fits_day_or_words(request.entry)

    def fits_day_or_words(self, entry: Entry) -> bool:
        """Whether a record of any kind meets it by its day or by what is written in it."""
        return self._is_on(entry.on) or self.text in entry.words or self._is_written(entry.words)

    def _is_on(self, on: date) -> bool:
        """Whether a day is in the month, or among the days, that it means."""
        is_in_month = on != UNDATED and self.month == on.month
        return is_in_month or (self.days is not None and self.days[0] <= on <= self.days[1])

    def _is_of_amounts(self, amounts: Iterable[Decimal | None]) -> bool:
        if self.amounts is None:
            return False
        least, beyond = self.amounts
        return any(amount is not None and least <= amount < beyond for amount in amounts)

    def _is_written(self, words: str) -> bool:
        """Whether it stands there, a word begins with one of these, or a code lies in one of the ranges."""
        spaced = f" {words} "
        if f" {self.text} " in spaced or any(f" {word}" in spaced for word in self.words):
            return True
        codes = [code.upper() for code in _CODE.findall(words)] if self.codes else []
        return any(first <= code <= last for code in codes for first, last in self.codes)


def understood(text: str) -> tuple[Term, ...]:
    """Return the terms of what was typed: everyday words, longest first, then dates, amounts and words."""
    tokens = [token.strip(".'’") or token for token in _TOKEN.findall(fold(text).replace("$ ", "$"))]
    terms = list(_terms(tokens[: 2 * MOST_TERMS]))
    telling = [term for term in terms if not (term.is_plain and _UNSAID.fullmatch(term.text))]
    return tuple((telling or terms)[:MOST_TERMS])


def _terms(tokens: Sequence[str]) -> Iterator[Term]:
    place = 0
    while place < len(tokens):
        rest = tokens[place:]
        term, used = _everyday_term(rest) or _date_term(rest) or (_single(rest[0]), 1)
        yield term
        place += used


def _everyday_term(rest: Sequence[str]) -> tuple[Term, int] | None:
    for used in (4, 3, 2, 1):
        phrase = " ".join(rest[:used]).replace("-", " ")
        if used <= len(rest) and phrase in _everyday():
            return replace(_everyday()[phrase], text=" ".join(rest[:used])), used
    return None


def _date_term(rest: Sequence[str]) -> tuple[Term, int] | None:
    """Read "march 5 2024", "5 de marzo de 2024", "march 2024", "march", "2024"."""
    said = [
        (token, place) for place, token in enumerate(rest[:5], start=1) if token not in ("de", "del", "of")
    ]
    words = [token for token, _place in said]
    orders = (("month", "day", "year"), ("day", "month", "year"), ("month", "year"), ("month",), ("year",))
    for order in orders:
        parts = dict(zip(order, words, strict=False))
        numbers = {name: _number(name, word) for name, word in parts.items()}
        if len(parts) < len(order) or not all(numbers.values()):
            continue
        used = said[len(order) - 1][1]
        text = " ".join(rest[:used])
        if order == ("month",):
            return Term(text, month=numbers["month"]), used
        if days := _span(numbers["year"], numbers.get("month", 0), numbers.get("day", 0)):
            return Term(text, days=days), used
    return None


def _number(name: str, word: str) -> int:
    """Return the number that *word* is as a month, a day or a year; 0 where it is none."""
    if name == "month":
        return _MONTHS.get(word.rstrip("."), 0)
    match = (_DAY if name == "day" else _YEAR).fullmatch(word)
    return int(match[match.lastindex or 0]) if match else 0


def _single(token: str) -> Term:
    if match := _AMOUNT.fullmatch(token):
        whole, cents = (match[1], match[2]) if match[1] else (match[3], match[4])
        amount = Decimal(whole.replace(",", "") + (cents or ""))
        return Term(token, amounts=(amount, amount + (Decimal("0.01") if cents else 1)))
    if (match := _NUMBERS.fullmatch(token)) and (days := _numbered(match)):
        return Term(token, days=days)
    return Term(token)


def _numbered(match: re.Match[str]) -> tuple[date, date] | None:
    """Read 2024-03-05, 2024-03, 3/2024 and 3/5/2024, as dates are written in the United States."""
    first, second, third = (int(part or 0) for part in match.groups())
    if first > 31:
        return _span(first, second, third)
    if not match[3]:
        return None
    return _span(third + 2000 if third < 100 else third, first, second)


def _span(year: int, month: int, day: int) -> tuple[date, date] | None:
    try:
        last = day or monthrange(year, month or 12)[1]
        return date(year, month or 1, day or 1), date(year, month or 12, last)
    except ValueError:
        return None


def corrected(terms: Iterable[Term], written: Iterable[str]) -> tuple[Term, ...]:
    """Return *terms*, those that stand nowhere in what claims have *written* with what is like them.

    What is like nothing written is taken for the everyday word most like it ("denyed"). Nothing with a figure
    is corrected: a number near another is another number.
    """
    texts = list(written)
    vocabulary: list[str] | None = None
    kept = []
    for term in terms:
        is_word = term.is_plain and len(term.text) > 3 and term.text.isalpha()
        if is_word and not any(term.text in text for text in texts):
            vocabulary = vocabulary or sorted(
                {word for text in texts for word in text.split() if len(word) > 3}
            )
            near = like(term.text, vocabulary)
            meant = () if near else _meant(term.text)
            wider = replace(term, words=near, is_correction=bool(near))
            term = _everyday()[meant[0]] if meant else wider  # noqa: PLW2901 - what it was meant for
        kept.append(term)
    return tuple(kept)


def is_name_of(terms: Iterable[Term], name: str) -> bool:
    """Whether a folded *name* holds all that is asked for; a day, an amount or a state is no part of any."""
    parts = [term for term in terms if not (term.days or term.month or term.amounts or term.states)]
    return bool(parts) and all(
        term.text in name or (term.is_correction and any(word in name for word in term.words))
        for term in parts
    )


def like(word: str, vocabulary: Sequence[str]) -> tuple[str, ...]:
    """Return which words of *vocabulary* are most like *word*, a slip or two of the hand apart."""
    near = process.extract(word, vocabulary, scorer=OSA.normalized_similarity, score_cutoff=NEAR, limit=3)
    best = near[0][1] if near else 0
    return tuple(word for word, score, _place in near if score == best)


def _meant(word: str) -> tuple[str, ...]:
    """Return the everyday word of which *word* is one slip of the hand: what is short, or begins otherwise,
    is likelier a name, or a word of another meaning ("pain" is not "paid")."""
    if len(word) < SHORTEST_SLIP:
        return ()
    alike = [everyday_word for everyday_word in sorted(_everyday()) if everyday_word[0] == word[0]]
    return tuple(
        everyday_word for everyday_word in alike if OSA.distance(word, everyday_word, score_cutoff=1) <= 1
    )


@cache
def _everyday() -> dict[str, Term]:
    """Return every everyday word with what it means, by its folded text."""
    meanings: dict[str, Term] = {}
    for line in _EVERYDAY.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        said, way, values = line.split("\t")
        for phrase in said.split("|"):
            term = meanings.get(phrase, Term(phrase))
            meanings[phrase] = _with(term, way, tuple(values.split("|")))
    return meanings


def _with(term: Term, way: str, values: tuple[str, ...]) -> Term:
    if way == "words":
        return replace(term, words=values)
    if way == "codes":
        pairs = (value.partition("-") for value in values)
        return replace(term, codes=tuple((first, last or first) for first, _dash, last in pairs))
    is_kind = way == "kind"
    return replace(term, kinds=frozenset(values)) if is_kind else replace(term, states=frozenset(values))
