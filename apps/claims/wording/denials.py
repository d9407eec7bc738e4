"""Why the plan changed or refused an amount, in our own words: official texts are licensed (facts 5.3)."""

from apps.claims.reading.concepts import rows
from apps.claims.records import Reason

GROUPS = {
    "CO": "Your plan and the provider agreed on this; normally it is not charged to you.",
    "PR": "Your plan counts this part as yours.",
    "OA": "Your plan adjusted this for another reason.",
    "PI": "Your plan decided this on its own, without an agreement with the provider.",
    "CR": "This corrects an earlier decision.",
}
_MEDICARE = {
    "line B": "Your benefits for this service were used up.",
    "line C": "Medicare does not cover this service.",
    "line D": "Medicare denied this line.",
    "line I": "Something in this line was not valid.",
    "line M": "Medicare had already received this same line.",
    "line N": "Medicare did not find this medically necessary. You can ask it to look again.",
    "line Z": "Payment of this test is included in another one.",
    "non-payment B": "Your benefits for this service were used up.",
    "non-payment N": "Medicare made no payment on this claim.",
    "non-payment E": "Another insurer pays first.",
    "non-payment C": "Medicare does not cover this.",
    "non-payment R": "Benefits were refused or evidence was missing.",
}


def reason_words(reason: Reason) -> str:
    """Return one sentence: ours where we know the code, else what the plan sent, else the bare code."""
    if reason.kind == "cms":
        own = _MEDICARE.get(reason.code)
        return own or f"Medicare's reason: {reason.words or f'code {reason.code.split()[-1]}'}."
    if reason.kind == "adjustment":
        table = {row[0]: row[1] for row in rows("reasons.tsv")}
        number = reason.code.lstrip("0") or reason.code
        own = table.get(number)
        shown = f"{reason.group} {reason.code}" if reason.group else reason.code
        sentence = own or (
            f"{reason.words}." if reason.words else "Your plan gave only a code as its reason."
        )
        extra = GROUPS.get(reason.group or "")
        return " ".join(part for part in (sentence, extra, f"(Code {shown})") if part)
    if reason.words:
        return f"{reason.words} (code {reason.code})" if reason.code else reason.words
    return f"Your plan gave the code {reason.code}."
