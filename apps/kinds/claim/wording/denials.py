"""Why the plan changed or refused an amount, in our own words: official texts are licensed (facts 5.3)."""

import re

from apps.kinds.claim.reading.concepts import rows
from apps.kinds.claim.reading.decisions import OTHERS_FIRST, WORKERS
from apps.kinds.claim.records import ClaimRecord, Network, Reason
from apps.plain_language.language import _, plural, said
from apps.plain_language.theirs import filled, joined, theirs

GROUPS = {
    "CO": said("By its contract with your plan, the provider normally may not charge this to you."),
    "PR": said("Your plan counts this part as yours."),
    "OA": said("Your plan adjusted this for another reason."),
    "PI": said("Your plan decided this on its own, without an agreement with the provider."),
    "CR": said("This corrects an earlier decision."),
}
_MEDICARE = {
    "line B": said("Your benefits for this service were used up."),
    "line C": said("Medicare does not cover this service."),
    "line D": said("Medicare denied this line."),
    "line I": said("Something in this line was not valid."),
    "line M": said("Medicare had already received this same line."),
    "line N": said("Medicare did not find this medically necessary. You can ask it to look again."),
    "line Z": said("Payment of this test is included in another one."),
    "non-payment B": said("Your benefits for this service were used up."),
    "non-payment N": said("Medicare made no payment on this claim."),
    **{f"non-payment {code}": said("Another insurer pays first.") for code in OTHERS_FIRST},
    **{f"non-payment {code}": said("Workers' compensation covered this.") for code in WORKERS},
    "non-payment C": said("Medicare does not cover this."),
    "non-payment R": said("Benefits were refused or evidence was missing."),
}
_OBSOLETE = re.compile(r"\s*\((?:obsolete|eff)[^()]*\)", re.IGNORECASE)
"""What a list of codes says of when a code was in use."""
_ABOVE_PRICE = "45"
_ABOVE_AND_YOURS = said(
    "The charge is above the price your plan allows. The provider may charge you this part."
)
_ABOVE_WITHOUT_AGREEMENT = said(
    "The charge is above the price your plan allows. There is no agreed price with this provider, "
    "who may charge you this part."
)


def reason_words(reason: Reason, network: Network | None = None) -> str:
    """Return what a reason says: our words where we know the code, else what the plan sent, else the code.

    *network* of the line or the claim: outside of it there is no agreed price.
    """
    if reason.kind == "cms":
        own = _MEDICARE.get(reason.code)
        if own:
            return _(own)
        return filled(
            _("Medicare's reason: {words}."),
            words=theirs(_OBSOLETE.sub("", reason.words or ""))
            or _("code {code}").format(code=reason.code.split()[-1]),
        )
    if reason.kind == "adjustment":
        return _adjustment(reason, network)
    if reason.words:
        if not reason.code:
            return theirs(reason.words)
        return filled(_("{words} (code {code})"), words=theirs(reason.words), code=reason.code)
    return _("Your plan gave the code {code}.").format(code=reason.code)


def _adjustment(reason: Reason, network: Network | None) -> str:
    number = reason.code.lstrip("0") or reason.code
    own = {row[0]: row[1] for row in rows("reasons.tsv")}.get(number)
    shown = f"{reason.group} {reason.code}" if reason.group else reason.code
    code = _("(Code {code})").format(code=shown)
    if number == _ABOVE_PRICE and network == "out":
        return f"{_(_ABOVE_WITHOUT_AGREEMENT)} {code}"
    if number == _ABOVE_PRICE and reason.group == "PR":
        return f"{_(_ABOVE_AND_YOURS)} {code}"
    written = theirs(f"{reason.words}.") if reason.words else ""
    sentence = _(own) if own else written or _("Your plan gave only a code.")
    return joined(" ", [part for part in (sentence, _(GROUPS.get(reason.group or "", "")), code) if part])


def reasons(record: ClaimRecord) -> tuple[str, ...]:
    """Return each reason once, with the lines it was given for."""
    lines: dict[str, list[str]] = {}
    for place, line in enumerate((line for line in record.lines if not line.is_total), 1):
        network = line.network or record.network
        for words in dict.fromkeys(reason_words(reason, network) for reason in line.reasons):
            lines.setdefault(words, []).append(str(line.number or place))
    of_claim = dict.fromkeys(reason_words(reason, record.network) for reason in record.reasons)
    of_lines = (
        filled(
            plural("Line {lines}: {reason}", "Lines {lines}: {reason}", len(numbers)),
            lines=", ".join(numbers),
            reason=words,
        )
        for words, numbers in lines.items()
    )
    return (*of_claim, *of_lines)
