"""Whether the provider accepts Medicare's price for a claim: stated under several names, at two places."""

from collections.abc import Iterable

from msgspec import structs

from apps.fhir import values
from apps.fhir.values import last_part
from apps.kinds.claim.reading.shapes import Extension
from apps.kinds.claim.records import Fact

_ASSIGNMENT = "clm_mdcr_prfnl_prvdr_asgnmt_sw"
"""Medicare's newest name of whether the provider accepts its price for the claim."""
_ASSIGNMENTS = frozenset({"asgmntcd", "clm_asgmnt_cd", "carr_clm_prvdr_asgnmt_ind_sw", _ASSIGNMENT})


def with_assignment(facts: Iterable[Fact], extensions: Iterable[Extension]) -> tuple[Fact, ...]:
    """Return *facts* under one name for whether the provider accepts Medicare's price; that may be elsewhere.

    Older data has it as an extension of the claim, newer data there or as supporting information.
    """
    stated = [
        Fact(_ASSIGNMENT, f"{words} ({coding.code})" if words else coding.code, code=coding.code[:60])
        for extension in extensions
        if (coding := extension.value_coding) and coding.code
        if last_part(extension.url or "").lower().replace("-", "_") in _ASSIGNMENTS
        for words in [values.clean(coding.display)]
    ]
    known = [
        structs.replace(fact, category=_ASSIGNMENT, is_detail=False)
        if fact.category in _ASSIGNMENTS
        else fact
        for fact in facts
    ]
    codes = {fact.code for fact in known if fact.category == _ASSIGNMENT}
    return (*(fact for fact in stated if fact.code not in codes), *known)


def is_unassigned(facts: Iterable[Fact]) -> bool:
    """Return whether Medicare marks a claim as one whose price the provider did not accept."""
    codes = {fact.code for fact in facts if fact.category == _ASSIGNMENT}
    return codes == {"N"}
