"""Which claims hold beside those that correct, replace or take them back: facts 5.2, and nothing of ours.

`related` links versions in both directions, by reference or number, and so does the claim's own number; the
newest that takes nothing back counts, and one whose successor is not here still does. What takes another
back with a minus before every amount is in no sum, as with what it undoes it comes to nothing. Where that is
not here nothing tells whether it counts: 1.7 says "sum with sign", of lines and of both together.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from tests.oracle.answer import Answer, answer
from tests.oracle.claim import Claim
from tests.oracle.tree import codes, node, nodes, text

AMOUNTS = ("billed", "plan paid", "share")
IN_DOUBT = answer(True, False)
OLDER = {"prior", "replaces"}
NEWER = {"replacedby", "replaced-by"}
type Links = Mapping[Claim, Sequence[Claim]]


def fates(claims: Sequence[Claim]) -> dict[str, Answer]:
    """Say of every claim, by its id, whether it is the one that holds, as far as the others decide it."""
    told = {claim.id: answer(True) for claim in claims}
    older, newer, alike = _named(claims, OLDER), _named(claims, NEWER), _of_one_number(claims)
    for claim in claims:
        if alike[claim]:
            told[claim.id] = IN_DOUBT  # versions of one claim, or chance
    for claim in claims:
        pairs = [(other, claim) for other in older[claim]] + [(claim, other) for other in newer[claim]]
        for before, after in pairs:
            if _is_right(after) and is_minus(after) == answer(False):
                told[before.id] = answer(False)
    groups = _groups(claims, (older, newer, alike))
    for group in {id(group): group for group in groups.values()}.values():
        _heads(list(filter(_is_right, group)), told)
    undoing = set()
    for claim in filter(_is_right, claims):
        if True in is_minus(claim).permitted:
            named = older[claim], [other for other in claims if claim in newer[other]]
            if _take_back(claim, named, groups[claim], claims, told):
                undoing.add(claim)
    for claim in claims:
        if claim.takes_back or claim in undoing:
            told[claim.id] = answer(False)
        elif True in is_minus(claim).permitted:
            told[claim.id] = IN_DOUBT
    return told


def is_minus(claim: Claim) -> Answer:
    """Say whether bill, payment and share, as far as stated, are all below nothing: that takes a claim back.

    One of them alone, that is no bill, may contradict others.
    """
    stated = [amounts for name in AMOUNTS if (amounts := _amounts(claim, name) - {Decimal()})]
    signs = {amount < 0 for amounts in stated for amount in amounts}
    if True not in signs:
        return answer(False)
    is_told = bool(_amounts(claim, "billed") - {Decimal()}) or len(stated) > 1
    is_sure = all(len({amount < 0 for amount in amounts}) == 1 for amounts in stated)
    if signs == {True}:
        return answer(True) if is_told else IN_DOUBT
    return answer(False) if is_sure else IN_DOUBT


def _heads(group: Sequence[Claim], told: dict[str, Answer]) -> None:
    """Of several versions of one claim that none replaces only the newest is sure to hold."""
    heads = [claim for claim in group if told[claim.id] != answer(False) and is_minus(claim) == answer(False)]
    newest = max(map(_made, heads), default="")
    are_newest = [claim for claim in heads if _made(claim) == newest]
    for claim in heads:
        if len(heads) > 1 and are_newest != [claim]:
            told[claim.id] = IN_DOUBT


def _groups(claims: Sequence[Claim], links: Sequence[Links]) -> dict[Claim, list[Claim]]:
    """Return for each claim all that are linked as versions with it, also through others."""
    sides: dict[Claim, set[Claim]] = {claim: set() for claim in claims}
    for claim in claims:
        for other in (other for links_of_kind in links for other in links_of_kind[claim]):
            sides[claim].add(other)
            sides[other].add(claim)
    groups: dict[Claim, list[Claim]] = {}
    for claim in claims:
        if claim in groups:
            continue
        group, waiting = [claim], [claim]
        while waiting:
            found = [other for other in sides[waiting.pop()] if other not in group]
            group += found
            waiting += found
        groups |= dict.fromkeys(group, group)
    return groups


def _take_back(
    claim: Claim,
    links: tuple[Sequence[Claim], Sequence[Claim]],
    group: Sequence[Claim],
    claims: Iterable[Claim],
    told: dict[str, Answer],
) -> bool:
    """Have what a claim with a minus undoes count no longer; return whether it is sure which one that is.

    *links* are those it calls older, and those that say that it replaces them; *group* all linked with it.
    """
    named = links[0]
    alike = [other for other in claims if is_minus(other) == answer(False) and _are_alike(other, claim)]
    of_number = [
        other for other in alike if other.own_numbers & claim.own_numbers and _made(other) <= _made(claim)
    ]
    explicit = ([other for other in alike if other in link] for link in links)
    meant = next(filter(None, (*explicit, of_number)), [])
    is_sure = is_minus(claim) == answer(True) and len(meant) == 1
    for other in {*named, *alike}:
        is_of_same_care = not named and _care(other) == _care(claim)
        if told[other.id] != answer(False) and (other in named or other in group or is_of_same_care):
            told[other.id] = answer(False) if is_sure and other in meant else IN_DOUBT
    return is_sure


def _are_alike(claim: Claim, minus: Claim) -> bool:
    """Say whether one states the amounts of the other with a minus; either may leave some out."""
    pairs = [(_amounts(claim, name), _amounts(minus, name)) for name in AMOUNTS]
    both = [(mine, theirs) for mine, theirs in pairs if mine and theirs]
    return bool(both) and all(mine & {-amount for amount in theirs} for mine, theirs in both)


def _amounts(claim: Claim, name: str) -> set[Decimal]:
    totals = claim.reading.totals
    told = [value for value in totals[name].permitted if isinstance(value, Decimal)]
    if name == "billed" and not told:  # a pharmacy states the cost of the drug
        told = [value for value in totals["drug cost"].permitted if isinstance(value, Decimal)]
    return set(told)


def _care(claim: Claim) -> tuple[object, ...]:
    reading, whose = claim.reading, text(node(claim.eob, "patient"), "reference")
    return reading.day.permitted, reading.kind.permitted, reading.provider.permitted, whose


def _made(claim: Claim) -> str:
    return text(claim.eob, "created")


def _is_right(claim: Claim) -> bool:
    return text(claim.eob, "status") != "entered-in-error"


def _of_one_number(claims: Iterable[Claim]) -> Links:
    carriers: dict[str, list[Claim]] = {}
    for claim in claims:
        for number in claim.own_numbers:
            carriers.setdefault(number, []).append(claim)
    return {
        claim: [other for number in claim.own_numbers for other in carriers[number] if other is not claim]
        for claim in claims
    }


def _named(claims: Iterable[Claim], relations: set[str]) -> Links:
    """Return which claims each names under one of these relations, by reference or by number."""
    carriers: dict[str, list[Claim]] = {}
    for claim in claims:
        for name in claim.numbers:
            carriers.setdefault(name, []).append(claim)
    return {
        claim: [
            other
            for name in _names(claim, relations)
            for other in carriers.get(name, ())
            if other is not claim
        ]
        for claim in claims
    }


def _names(claim: Claim, relations: set[str]) -> Iterator[str]:
    for related in nodes(claim.eob, "related"):
        if relations & {code.lower() for code in codes(node(related, "relationship"))}:
            yield text(node(related, "reference"), "value")
            yield text(node(related, "claim"), "reference")
