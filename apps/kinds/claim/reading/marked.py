"""Codes of Medicare that stand under several names, at two places, and what a mark of a member makes likely.

One says whether the provider accepts Medicare's price, one what Medicare's office did with the bill.
"""

from collections.abc import Iterable, Iterator

from msgspec import structs

from apps.fhir import values
from apps.fhir.values import last_part
from apps.kinds.claim.reading.precedence import Story
from apps.kinds.claim.reading.reasons import protects
from apps.kinds.claim.reading.shapes import Extension
from apps.kinds.claim.records import Disagreement, Fact, Reason

_ASSIGNMENT = "clm_mdcr_prfnl_prvdr_asgnmt_sw"
ACTION = "clm_fi_actn_cd"
REFUSED = "8"
"""What the office did: benefits refused."""
_NAMES = {
    **dict.fromkeys(("asgmntcd", "clm_asgmnt_cd", "carr_clm_prvdr_asgnmt_ind_sw", _ASSIGNMENT), _ASSIGNMENT),
    **dict.fromkeys(("fi_clm_actn_cd", ACTION), ACTION),
}
"""Each name in small letters -> Medicare's newest for the same."""


def with_extensions(facts: Iterable[Fact], extensions: Iterable[Extension]) -> tuple[Fact, ...]:
    """Return *facts* with what only extensions state of these, each under one name."""
    known = [_renamed(fact) for fact in facts]
    told = {(fact.category, fact.code) for fact in known}
    return (*(fact for fact in _stated(extensions) if (fact.category, fact.code) not in told), *known)


def _renamed(fact: Fact) -> Fact:
    category = _NAMES.get(fact.category)
    if category is None:
        return fact
    return structs.replace(fact, category=category, is_detail=category != _ASSIGNMENT)


def _stated(extensions: Iterable[Extension]) -> Iterator[Fact]:
    for extension in extensions:
        category = _NAMES.get(last_part(extension.url or "").lower().replace("-", "_"))
        coding = extension.value_coding
        if category and coding and coding.code:
            words = values.clean(coding.display)
            value = f"{words} ({coding.code})" if words else coding.code
            yield Fact(category, value, is_detail=category != _ASSIGNMENT, code=coding.code[:60])


def is_unassigned(facts: Iterable[Fact]) -> bool:
    """Return whether Medicare marks a claim as one whose price the provider did not accept."""
    codes = {fact.code for fact in facts if fact.category == _ASSIGNMENT}
    return codes == {"N"}


def with_zero_of_protected(story: Story, reasons: Iterable[Reason]) -> Story:
    """Return the figures with a stated share of zero before its parts, where a mark says who bears none."""
    contradicted = next((told for told in story.disagreements if _is_of_parts(told)), None)
    if contradicted is None or not any(map(protects, reasons)):
        return story
    (zero,) = contradicted.others
    marked = Disagreement("your_share", "stated", zero, (contradicted.chosen,))
    others = (marked if told is contradicted else told for told in story.disagreements)
    return story._replace(money=structs.replace(story.money, your_share=zero), disagreements=tuple(others))


def _is_of_parts(disagreement: Disagreement) -> bool:
    """Return whether a share made of its parts stands before a stated zero."""
    is_share = (disagreement.concept, disagreement.about) == ("your_share", "parts")
    return is_share and len(disagreement.others) == 1 and disagreement.others[0].amount == 0
