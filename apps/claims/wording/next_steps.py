"""What a member can do: when the plan said no, and when a bill arrives."""

import re

from apps.claims import standing
from apps.claims.records import ClaimRecord, Reason
from apps.claims.standing import State
from apps.claims.wording import lines, naming
from apps.claims.wording.story import Pairs, Steps
from apps.plain_language.language import _, plural, said
from apps.plain_language.lists import listed
from apps.plain_language.money import NOT_SHARED, priced

_MEANINGS: dict[State, tuple[str, str]] = {
    "denied": (
        said("Your plan said no. What you can do"),
        said("Denied means that your plan will not pay for this claim. It can change its mind."),
    ),
    "partly_paid": (
        said("Your plan refused a part. What you can do"),
        said("Your plan paid for some of this claim and refused a part of it. It can change its mind."),
    ),
    "partly_refused": (
        said("Your plan refused a part. What you can do"),
        said("Your plan paid nothing for a part of this claim. You can ask it to check."),
    ),
    "not_covered": (
        said("Your plan did not cover this. What you can do"),
        said("Your plan says that it does not cover this. You can ask it to check."),
    ),
}
_NOT_COVERED = {
    "benefit": said("Your plan says this is not one of the things it pays for. You can ask it to check."),
    "network": said(
        "Your plan did not pay because the provider is not in its network. "
        "You can ask it to check: after an emergency, for example, other rules can apply."
    ),
    "approval": said(
        "Your plan did not pay because it was not asked for approval in advance. "
        "You can ask it to check, and the provider may still be able to ask for it."
    ),
    "need": said(
        "Your plan did not pay because it does not see that you needed this. "
        "You can ask it to check, and your doctor can explain why you did."
    ),
    "papers": said(
        "Your plan did not pay because something was missing or wrong in what it got. "
        "The provider can send it again."
    ),
    "coverage": said(
        "Your plan did not pay because it says you were not covered on that day. You can ask it to check."
    ),
    "others": said(
        "Your plan did not pay because it thinks another insurer should. "
        "Ask which one, and tell the provider."
    ),
}
"""What the reasons of a claim that is not covered come to, where they all say the same."""
_CAUSES = {
    **dict.fromkeys(("49", "96", "204"), "benefit"),
    "242": "network",
    "197": "approval",
    **dict.fromkeys(("50", "55"), "need"),
    **dict.fromkeys(("16", "163", "252"), "papers"),
    **dict.fromkeys(("26", "27", "200"), "coverage"),
    **dict.fromkeys(("19", "20", "21", "22", "109"), "others"),
}
"""Number of a claim adjustment reason -> why nothing was paid; the others, as a discount, do not tell."""
_NOT_IN_NETWORK = re.compile(r"\b(not in|out[ -]of|outside)\b.{0,30}\bnetwork", re.IGNORECASE)
_STEPS = (
    said("Read the reasons on this page, where your plan gave them."),
    said("Call the provider. Something may be missing or wrong, and they can send the claim again."),
    said(
        "You can ask your plan to look again. That is called an appeal. Write to it and keep a copy of "
        "everything."
    ),
    said(
        "Do it in time. Your plan sets a last day for an appeal, which we do not know. "
        "Look for the date in your plan's letter, or call the number on your card."
    ),
    said("Before you pay the provider, find out what is really yours."),
)
_MOST_NAMES = 5
"""How many services the checklist names; a hospital stay has hundreds of lines."""


def steps(record: ClaimRecord) -> Steps | None:
    """Return what to do where the plan refused to pay, None elsewhere."""
    found = _MEANINGS.get(standing.state(record))
    if found is None:
        return None
    heading, meaning = found
    if standing.state(record) == "not_covered":
        meaning = _NOT_COVERED.get(_cause(record), meaning)
    return Steps(_(heading), _(meaning), tuple(_(one) for one in _STEPS))


def _cause(record: ClaimRecord) -> str:
    """Return the one cause that the reasons give; "" where they give none or several."""
    reasons = [*record.reasons, *(reason for line in lines.real(record) for reason in line.reasons)]
    causes = {cause for reason in reasons if (cause := _cause_of(reason))}
    return causes.pop() if len(causes) == 1 else ""


def _cause_of(reason: Reason) -> str:
    if reason.kind == "adjustment":
        return _CAUSES.get(reason.code.lstrip("0"), "")
    return "network" if _NOT_IN_NETWORK.search(reason.words or "") else ""


def checklist(record: ClaimRecord) -> Pairs:
    """Return what to compare with a bill: a question, and what this claim says."""
    money = record.money
    provider = " · ".join(dict.fromkeys(name for name in (record.provider, record.facility) if name))
    share = _("Your plan did not say. Ask it before you pay.")
    if money.your_share.is_known:
        share = priced(money.your_share)
        if any(one.concept == "your_share" for one in record.disagreements):
            share = _("{share}, but the figures do not agree. Ask your plan before you pay.").format(
                share=share
            )
    paid = (
        priced(money.you_paid)
        if money.you_paid.is_known
        else _("Your plan did not say. Look for your receipts.")
    )
    return (
        (_("Is it from the same provider?"), provider or _(NOT_SHARED)),
        (_("Is it for the same date?"), naming.when(record)),
        _services(record),
        (_("Does it ask for your share, and no more?"), share),
        (_("Did you pay something already?"), paid),
    )


def _services(record: ClaimRecord) -> tuple[str, str]:
    if record.kind == "pharmacy" and record.drug:
        return _("Is it for this drug?"), naming.drug_name(record.drug.what)
    names = list(dict.fromkeys(naming.short(lines.name(line.what), 45) for line in lines.real(record)))
    question = _("Did you get these services?")
    if not names:
        return question, naming.kind_words(record)
    left = len(names) - _MOST_NAMES
    if left > 0:
        more = plural("{number} more", "{number} more", left).format(number=left)
        names = [*names[:_MOST_NAMES], more]
    return question, listed(names)
