"""What each page that acts says of advice and of help, for other apps' pages."""

from typing import Any

from django import template

from apps.appeals import rules, which_coverage, wording
from apps.appeals.noted import progress_in
from apps.appeals.wording import ASK, NO_ADVICE
from apps.kinds.claim.records import ClaimRecord
from apps.plain_language.language import _
from apps.records.remarks import Said

register = template.Library()


@register.inclusion_tag("appeals/who_helps.html")
def who_helps(record: ClaimRecord) -> dict[str, Any]:
    """Say that this is no advice, and who helps free of charge with a claim or a request. No query.

    Each with whom it is for, where the payer may be one of many kinds.
    """
    kinds = which_coverage.may_be(record)
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
