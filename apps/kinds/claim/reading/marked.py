"""What Medicare states under several names, at two places, and what a mark of a member makes likely.

One says whether the provider accepts Medicare's price, one what Medicare's office did with the bill.
"""

from collections.abc import Iterable, Iterator

from msgspec import structs

from apps.fhir import placeholders, values
from apps.fhir.values import last_part
from apps.kinds.claim.reading import facts
from apps.kinds.claim.reading.concepts import CMS
from apps.kinds.claim.reading.precedence import Story
from apps.kinds.claim.reading.reasons import protects
from apps.kinds.claim.reading.shapes import Extension, Said
from apps.kinds.claim.records import Disagreement, Fact, Reason

_ASSIGNMENT = "clm_mdcr_prfnl_prvdr_asgnmt_sw"
ACTION = "clm_fi_actn_cd"
REFUSED = "8"
"""What the office did: benefits refused."""
_NAMES = {
    **dict.fromkeys(("asgmntcd", "clm_asgmnt_cd", "carr_clm_prvdr_asgnmt_ind_sw", _ASSIGNMENT), _ASSIGNMENT),
    **dict.fromkeys(("fi_clm_actn_cd", ACTION), ACTION),
    "claim_query_cd": "clm_query_cd",
}
"""Each name in small letters -> Medicare's newest for the same."""
_BY_CODE = {
    ("prcng_excptn_cd", "M"): "prcng_excptn_prmry_pyr_cd",
    **{("typeofbill", code): "clm_freq_cd" for code in "0123456789ABCDEFGHIJKMOPQXYZ"},
}
"""A code that says what another name says elsewhere: who pays first, the last digit of a type of bill."""


def with_extensions(known_facts: Iterable[Fact], extensions: Iterable[Extension]) -> tuple[Fact, ...]:
    """Return *known_facts* with what only extensions state and has a name of ours, each under one name."""
    known = [_renamed(fact) for fact in known_facts]
    told = {(fact.category, fact.code or fact.value) for fact in known}
    stated = (fact for extension in extensions for fact in _stated(extension))
    return (*(fact for fact in stated if (fact.category, fact.code or fact.value) not in told), *known)


def _renamed(fact: Fact) -> Fact:
    category = _NAMES.get(fact.category) or _BY_CODE.get((fact.category, fact.code or ""))
    return structs.replace(fact, category=category, is_detail=_is_detail(category)) if category else fact


def _is_detail(category: str) -> bool:
    return not facts.labels()[category].is_on_page


def _stated(extension: Extension) -> Iterator[Fact]:
    url = extension.url or ""
    name = last_part(url).lower().replace("-", "_")
    category = _NAMES.get(name) or (name if CMS in url and name in facts.labels() else None)
    if category is None:
        return
    coding = extension.value_coding
    if coding and coding.code:
        words = values.clean(coding.display)
        value = f"{words} ({coding.code})" if words else coding.code
        yield Fact(category, value, is_detail=_is_detail(category), code=coding.code[:60])
    elif text := _text(extension):
        yield Fact(category, text, is_detail=_is_detail(category))


def _text(extension: Said) -> str | None:
    """Return the day, the number or the count of an extension; None for what stands in the place of one."""
    if day := values.day(extension.value_date):
        return day.text
    if extension.value_quantity:
        return facts.plain(values.number(extension.value_quantity.value))
    identifier = extension.value_identifier
    number = values.stated(identifier.value if identifier else extension.value_string)
    return None if number is None or placeholders.is_no_number(number) else number


def is_unassigned(known_facts: Iterable[Fact]) -> bool:
    """Return whether Medicare marks a claim as one whose price the provider did not accept."""
    codes = {fact.code for fact in known_facts if fact.category == _ASSIGNMENT}
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
