"""What each page that acts says of advice and of help, for other apps' pages."""

import re
from typing import Any, Final

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString

from apps.appeals import rules, wording
from apps.appeals.noted import progress_in
from apps.appeals.wording import ASK, NO_ADVICE
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.coverage.kinds import CMS
from apps.plain_language.language import _
from apps.records.remarks import Said

register = template.Library()
_PHONE: Final = re.compile(r"\b1-(\d{3})-(\d{3})-(\d{4})\b")
_PART_D: Final = "part d"
_OF_PART_D: Final = "drug_cvrg_stus_cd"
"""Whether Part D covers a drug: each of Medicare's records of one says it."""


@register.filter
def with_phones(words: str) -> SafeString:
    """Return *words* as HTML in which a telephone number is dialed by a press and is not broken."""
    return SafeString(_PHONE.sub(r'<a href="tel:+1\1\2\3">1-\1-\2-\3</a>', escape(words)))


@register.inclusion_tag("appeals/who_helps.html")
def who_helps(record: ClaimRecord) -> dict[str, Any]:
    """Say that this is no advice, and who helps free of charge with a claim or a request. No query.

    Each with whom it is for, where the payer may be one of many kinds.
    """
    kinds = _may_be(record)
    helpers = [
        (_(rule.sentence), " · ".join(_(rules.NAMES[kind]) for kind in rule.kinds))
        for rule in rules.rules()
        if rule.step == "help" and not kinds.isdisjoint(rule.kinds)
    ]
    return {"no_advice": _(NO_ADVICE), "helpers": [*helpers, (_(ASK), "")]}


@register.simple_tag
def noted(appeal: Said | None) -> str:
    """Return what a member noted last of an appeal; "" for nothing."""
    return wording.noted(progress_in(appeal.value)) if appeal else ""


def _may_be(record: ClaimRecord) -> frozenset[rules.Kind]:
    """Return the kinds of coverage that a claim may have, by its own words."""
    is_drug = record.kind == "pharmacy"
    is_part_d = is_drug and (
        (record.coverage or "").casefold() == _PART_D
        or any(fact.category.endswith(_OF_PART_D) for fact in record.facts)
    )
    if not (is_part_d or (record.payer or "").casefold() in {*CMS, "medicare"}):
        return frozenset(rules.KINDS)
    return frozenset(rules.of_drugs(kind, is_drug=is_drug) for kind in rules.OF_MEDICARE)
