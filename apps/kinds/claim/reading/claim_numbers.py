"""By which numbers a claim is known: to its plan, and to whoever processed it for the plan."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from apps.fhir import placeholders, values
from apps.fhir.values import Identifier, Reference, last_part
from apps.kinds.claim.reading.shapes import Explanation, RelatedClaim
from apps.kinds.claim.records import Fact, Related, Relation

_UNIQUE = frozenset(
    (
        *("uc", "claimuniqueidentifier", "uniqueclaimidentifier", "uniqueclaimid", "claimnumber", "claimid"),
        *("payerclaim", "payerclaimnumber", "payerclaimid", "payerclaimcontrolnumber"),
    )
)
"""What the type of a plan's own number of a claim is called, in letters alone (CARIN BB has `uc`)."""
_NO_LETTERS = re.compile(r"[^a-z]+")
_GROUPS = ("claim-group", "clm_grp_id")
_CONTROLS = frozenset({"clm_cntl_num", "carr_clm_cntl_num", "fi_doc_clm_cntl_num"})
"""Of Blue Button v3, and of v2 for professionals and for institutions."""


def unique_first(claim: Explanation) -> tuple[tuple[str, ...], bool]:
    """Return claim numbers, the unique one first, and whether there is one that is typed as such.

    The number of a group of claims names none of them.
    """
    numbers = []
    for identifier in claim.identifier:
        number = known(identifier.value)
        if number and not any(group in (identifier.system or "") for group in _GROUPS):
            numbers.append((not _is_unique(identifier), number))
    numbers.sort(key=lambda pair: pair[0])
    is_typed = bool(numbers) and not numbers[0][0]
    return tuple(dict.fromkeys(number for _, number in numbers)), is_typed


def related(claim: Explanation) -> tuple[Related, ...]:
    """Return the other claims that it names."""
    return tuple(other for sent in claim.related if (other := _related(sent)))


def known(value: str | None) -> str | None:
    """Return a claim's number; None for what stands in its place: two claims without one are not one."""
    number = values.clean(value, 100)
    return None if number is None or placeholders.is_no_number(number) else number


def _related(sent: RelatedClaim) -> Related | None:
    """Return another claim this one names; R4 says Identifier, some payers write a Reference."""
    # A number alone is the "file or case reference" (R4).
    alone = "associated" if sent.claim or sent.relationship else "file"
    relation = next((code.lower() for code in values.codes(sent.relationship)), alone)
    fields: Mapping[str, Any] = sent.reference if isinstance(sent.reference, dict) else {}
    path, number = fields.get("reference"), fields.get("value")
    claim = sent.claim or Reference()
    reference = values.relative(path if isinstance(path, str) else None) or values.relative(claim.reference)
    if number is None and claim.identifier:
        number = claim.identifier.value
    if reference is None and not isinstance(number, str):
        return None
    kind_of_relation: Relation = relation if relation in get_args(Relation) else "associated"  # type: ignore[assignment]
    return Related(kind_of_relation, reference, known(number) if isinstance(number, str) else None)


def others(claim: Explanation) -> Iterator[Fact]:
    """Yield the numbers that name something else than the claim, as their system or their own words say."""
    for identifier in claim.identifier:
        number, text = known(identifier.value), _text(identifier)
        if number is None:
            continue
        system = last_part(identifier.system or "").lower()
        if system == "rx_srvc_rfrnc_num" or text.casefold() == "rx service reference number":
            yield Fact("clm_line_rx_num", number, is_detail=True)
        elif text and not _is_unique(identifier) and system not in _CONTROLS:
            yield Fact(text.casefold(), number, label=text, is_detail=True)


def _is_unique(identifier: Identifier) -> bool:
    names = (*values.codes(identifier.type), _text(identifier))
    return not _UNIQUE.isdisjoint(_NO_LETTERS.sub("", name.lower()) for name in names)


def _text(identifier: Identifier) -> str:
    return (values.stated(identifier.type.text, 100) if identifier.type else None) or ""


def control(claim: Explanation) -> tuple[Fact, ...]:
    """Return the control numbers: Medicare's unique one is of its own files, and nobody else knows it."""
    sent = [(identifier.system, identifier) for identifier in claim.identifier]
    sent += [
        (stated.url, stated.value_identifier or Identifier(value=stated.value_string))
        for stated in claim.extension
    ]
    numbers = (
        known(identifier.value)
        for system, identifier in sent
        if last_part(system or "").lower().replace("-", "_") in _CONTROLS
    )
    return tuple(Fact("clm_cntl_num", number) for number in dict.fromkeys(numbers) if number)
