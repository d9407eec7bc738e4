"""What was decided of a request in advance: of the whole, and line by line (facts claims 6)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from apps.fhir import values
from apps.fhir.values import last_part
from apps.kinds.claim.reading import decisions, refusal_words
from apps.kinds.claim.reading.shapes import Explanation, Extension, Item, Said
from apps.kinds.claim.records import Ruling

DECISIONS: dict[str, Ruling] = {
    # X12's list of review actions; its texts may not be printed, these are our own words.
    "a1": "approved",
    "a2": "partly_approved",
    "a3": "denied",
    "a4": "pending",
    "a6": "partly_approved",
    "c": "cancelled",
    # Medicare's decisions: affirmed, non-affirmed.
    "a": "approved",
    "n": "denied",
}
"""Of X12's list, CT (call the plan) and NA (nothing needed) decide nothing and so are not here; nor is P of
Medicare's, which was "Pending" first and is "Partial" since: the words beside it tell which."""

_REVIEW_ACTIONS = "005010/306"
_WORDS: dict[str, Ruling] = {
    "approved": "approved",
    "certified": "approved",
    "certified in total": "approved",
    "modified": "partly_approved",
    "certified - partial": "partly_approved",
    "partially approved": "partly_approved",
    "partly approved": "partly_approved",
    **dict.fromkeys(("partial", "partially affirmed", "partial affirmation"), "partly_approved"),
    "denied": "denied",
    "not approved": "denied",
    "not certified": "denied",
    "pended": "pending",
    "pending": "pending",
    "pending clinical review": "pending",
    **dict.fromkeys(("cancelled", "canceled", "void", "voided", "withdrawn"), "cancelled"),
}
"""What plans write where a decision belongs and no code of a list stands."""
_REMARK = re.compile(r"\s*(?:[:;,.(\u2013]|\s-\s)(?P<remark>.*)", re.DOTALL)
"""What stands behind a decision for people to read: "Denied - not medically necessary"."""
_LIMITS = re.compile(
    r"\b(?:\d+ (?:\w+ )?(?:of|out of)|limit(?:ed)?|only|reduced?|lesser|not to exceed|except|remaining)\b"
)
"""What may make an approval one of less than was asked for."""
_SUBJECT = re.compile(
    r"(?:(?:the|this|your) )?(?:(?:prior |pre-?)?authori[sz]ation(?: request)?|request)"
    r"(?:: | (?:is |was |has been )?)"
)
"""What is decided, where a text names it first."""

_PLAIN: dict[str | None, Ruling] = {"paid": "approved", "partly_paid": "partly_approved", "denied": "denied"}
"""What the decisions of claims mean of a request."""


class Decided(NamedTuple):
    """What is said of the whole request, and of each of its lines; empty where nothing is."""

    header: frozenset[Ruling]
    items: tuple[frozenset[Ruling], ...]
    added: tuple[frozenset[Ruling], ...]


def decided(claim: Explanation) -> Decided:
    """Return what the review actions say; where there are none, what the words of a claim do."""
    reviewed = Decided(
        _reviewed(of_header(claim)),
        tuple(_reviewed(of_line(line)) for line in claim.item),
        tuple(_reviewed(of_line(line)) for line in claim.add_item),
    )
    if reviewed.header or any(reviewed.items) or any(reviewed.added):
        return reviewed
    plain = Decided(
        _plain(decisions.outcome_of_claim(claim.adjudication, claim.total, claim.extension)),
        tuple(map(_plain_of_line, claim.item)),
        tuple(map(_plain_of_line, claim.add_item)),
    )
    if plain.header or any(plain.items) or any(plain.added):
        return plain
    return plain._replace(header=_in_words(claim.disposition))


def said_otherwise(claim: Explanation, rulings: frozenset[Ruling]) -> str | None:
    """Return the plan's words of the whole where they are a decision that is none of *rulings*, nor a part
    or the whole of one."""
    in_words = _in_words(claim.disposition)
    kinds = {ruling.removeprefix("partly_") for ruling in rulings}
    agrees = {ruling.removeprefix("partly_") for ruling in in_words} <= kinds
    return None if agrees or not rulings else values.clean(claim.disposition)


def _reviewed(said: Iterable[Said]) -> frozenset[Ruling]:
    marked = [statement for statement in said if _is_decision(statement)]
    coded = frozenset(
        DECISIONS[code] for statement in marked for code in codes_of(statement) if code in DECISIONS
    )
    return coded or frozenset().union(
        *(
            _in_words(values.words(statement.value_codeable_concept) or _display(statement))
            for statement in marked
        )
    )


def _display(statement: Said) -> str | None:
    return statement.value_coding.display if statement.value_coding else None


def _reviews(claim: Explanation) -> Iterator[Said]:
    for group in (of_header(claim), *map(of_line, (*claim.item, *claim.add_item))):
        yield from filter(_is_decision, group)


def _is_decision(statement: Said) -> bool:
    """Return whether an extension holds a decision: by its name, or by the list that its code is of."""
    if name_of(statement) == "code" and statement.value_codeable_concept:
        return any(
            _REVIEW_ACTIONS in (coding.system or "") for coding in statement.value_codeable_concept.coding
        )
    return name_of(statement) in ("extension-reviewactioncode", "pa-decision")


def _in_words(text: str | None) -> frozenset[Ruling]:
    """Return the decision that a text begins with, where nothing but a remark follows."""
    whole = (values.clean(text) or "").casefold()
    whole = whole[match.end() :] if (match := _SUBJECT.match(whole)) else whole
    decision = _WORDS.get(whole)
    if (
        decision is None
        and (remark := _REMARK.search(whole))
        and not refusal_words.may_turn(remark["remark"])
    ):
        decision = _WORDS.get(whole[: remark.start()])
        if decision == "approved" and _LIMITS.search(remark["remark"]):
            return frozenset()
    return frozenset({decision} if decision else ())


def _plain_of_line(line: Item) -> frozenset[Ruling]:
    return _plain(decisions.outcome_of_line(line.adjudication, line.extension))


def _plain(outcome: decisions.Outcome) -> frozenset[Ruling]:
    return frozenset({_PLAIN[outcome.decision]} if outcome.decision in _PLAIN else ())


def decision_of(
    claim: Explanation, header: frozenset[Ruling], lines: Sequence[frozenset[Ruling]]
) -> Ruling | None:
    """Return the one decision: of the whole only where that is said of the whole, or of every line."""
    if values.status(claim.status) == "cancelled":
        return "cancelled"
    every = header.union(*lines)
    if not every:
        # `queued` is not decided; beside a review that decided nothing (CT, NA) it says nothing more; beside
        # Medicare's P, which may be "Pending", it does.
        is_queued = (claim.outcome or "").strip().lower() == "queued"
        return "pending" if is_queued and all(codes_of(said) == ("p",) for said in _reviews(claim)) else None
    if every != {"cancelled"}:
        every, header = every - {"cancelled"}, header - {"cancelled"}
        lines = [line for line in lines if line != {"cancelled"}]
    is_of_all = bool(header) or all(lines)
    if every & {"approved", "partly_approved"}:
        return "approved" if every == {"approved"} and is_of_all else "partly_approved"
    if "denied" in every:
        return "denied" if every == {"denied"} and is_of_all else "partly_denied"
    if every == {"cancelled"}:
        return "cancelled" if is_of_all else None
    return "pending"


def of_header(claim: Explanation) -> Iterator[Said]:
    """Return what the extensions of the whole request say."""
    return _flat(
        claim.extension, *(adjudication.extension for adjudication in (*claim.adjudication, *claim.total))
    )


def of_line(line: Item) -> Iterator[Said]:
    """Return what the extensions of one line say."""
    return _flat(line.extension, *(adjudication.extension for adjudication in line.adjudication))


def _flat(*groups: Iterable[Extension]) -> Iterator[Said]:
    for group in groups:
        for statement in group:
            yield statement
            yield from statement.extension


def name_of(statement: Said) -> str:
    """Return the end of the address of an extension, by which it is known."""
    return last_part(statement.url or "").lower()


def named(said: Iterable[Said], *names: str) -> Iterator[Said]:
    """Return those of these names."""
    return (statement for statement in said if name_of(statement) in names)


def codes_of(statement: Said) -> tuple[str, ...]:
    """Return its codes in lower case."""
    plain = (statement.value_coding.code or "",) if statement.value_coding else ()
    return tuple(
        code.strip().lower() for code in (*plain, *values.codes(statement.value_codeable_concept)) if code
    )
