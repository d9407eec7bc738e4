"""What a member can do: when the plan said no, and when a bill arrives."""

from apps.claims import standing
from apps.claims.records import ClaimRecord
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
        said("Your plan paid for some of this claim and refused the rest. It can change its mind."),
    ),
    "not_covered": (
        said("Your plan does not cover this. What you can do"),
        said("Your plan says this is not one of the things it pays for. You can ask it to check."),
    ),
}
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
    return Steps(_(found[0]), _(found[1]), tuple(_(one) for one in _STEPS))


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
