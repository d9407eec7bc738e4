"""What differs between two versions of a claim, in sentences with the figures before and after: pure."""

from collections.abc import Iterator

from apps.claims import standing
from apps.claims.records import ClaimRecord
from apps.claims.wording.naming import when
from apps.claims.wording.vocabulary import STATES
from apps.plain_language.language import _, said
from apps.plain_language.money import priced

_AMOUNTS = {
    "plan_paid": said("What your plan paid went from {old} to {new}."),
    "billed": said("What was billed went from {old} to {new}."),
    "allowed": said("The price your plan allows went from {old} to {new}."),
}


def differences(before: ClaimRecord, after: ClaimRecord) -> tuple[str, ...]:
    """Return everything a reader may care for that *after* changed about *before*; never empty."""
    found = (*state(before, after), *amounts(before, after), *_others(before, after))
    return found or unnamed(before, after) or (_("No amount, date or decision changed, only details."),)


def amounts(before: ClaimRecord, after: ClaimRecord) -> Iterator[str]:
    """Yield what happened to the amounts, the member's share first."""
    old, new = before.money.your_share, after.money.your_share
    if old.is_known and new.is_known and (old.amount, old.unit) != (new.amount, new.unit):
        yield _("Your share went from {old} to {new}.").format(old=priced(old), new=priced(new))
    elif new.is_known and not old.is_known:
        yield _("Your share was not shared before. Now it is {new}.").format(new=priced(new))
    elif old.is_known and not new.is_known:
        yield _("Your share was {old}. This version does not say it.").format(old=priced(old))
    for name, words in _AMOUNTS.items():
        old, new = getattr(before.money, name), getattr(after.money, name)
        if old.is_known and new.is_known and (old.amount, old.unit) != (new.amount, new.unit):
            yield _(words).format(old=priced(old), new=priced(new))


def state(before: ClaimRecord, after: ClaimRecord) -> tuple[str, ...]:
    """Return that the claim stands elsewhere now; () where it does not, or where we have no word for it."""
    old, new = STATES.get(standing.state(before)), STATES.get(standing.state(after))
    if not old or not new or old == new:
        return ()
    return (_("It was “{old}” before. Now it is “{new}”.").format(old=_(old[0]), new=_(new[0])),)


def unnamed(before: ClaimRecord, after: ClaimRecord) -> tuple[str, ...]:
    """Return that amounts or decisions changed that have no sentence of their own; () where none did."""
    if _figures(before) == _figures(after):
        return ()
    return (_("Other amounts or decisions changed, such as those of single lines."),)


def _figures(record: ClaimRecord) -> tuple[object, ...]:
    money = [record.money, *(line.money for line in record.lines)]
    amounts = [getattr(one, name) for one in money for name in one.__struct_fields__]
    known = [(figure.amount, figure.unit) for figure in amounts]
    lines = [(line.decision, line.reasons) for line in record.lines]
    return (*known, *lines, record.decision, standing.state(record))


def _others(before: ClaimRecord, after: ClaimRecord) -> Iterator[str]:
    old, new = when(before), when(after)
    if old != new:
        yield _("The date went from {old} to {new}.").format(old=old, new=new)
    more = len(after.lines) - len(before.lines)
    if more:
        yield _("Lines before: {old}. Lines now: {new}.").format(old=len(before.lines), new=len(after.lines))
    if len(before.diagnoses) != len(after.diagnoses) or any(
        one.what.code != other.what.code for one, other in zip(before.diagnoses, after.diagnoses, strict=True)
    ):
        yield _("The diagnoses changed.")
