"""Why a record and a claim stand together, and what the claim says it cost; pure."""

from typing import Final

from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.records import Line
from apps.kinds.claim.standing import State
from apps.kinds.joined.rules import Join, Why, type_of
from apps.plain_language.language import _, said
from apps.plain_language.money import money, priced
from apps.plain_language.theirs import filled, listed

REASONS: Final[dict[Why, str]] = {
    "named": said("Your plan's own records name them together."),
    "numbered": said("This record and this claim carry the same number."),
    "visit": said("It belongs to a visit that this claim is for."),
    "drug": said("Perhaps: same medicine, same day."),
    "code": said("Perhaps: same code, same day."),
    "place": said("Perhaps: same day, same clinic or doctor."),
}
_REFUSED: Final[dict[State, str]] = {
    "denied": said("your plan refused it"),
    "refused": said("your plan refused it"),
    "not_covered": said("your plan did not cover it"),
    "partly_paid": said("your plan refused a part"),
    "partly_refused": said("your plan refused a part"),
}
_ABOVE_LIMIT: Final = said("your plan did not cover a part")
"""Of a part above a limit: the plan keeps to its terms, and refuses nothing."""
_WHOLE: Final = ("Encounter", "MedicationDispense")
"""Of these a claim is for the whole; of anything else it may be for more."""


def reason(join: Join) -> str:
    """Return why they are joined."""
    return _(REASONS[join.rule.name])


def heading_of_claims(join: Join) -> str:
    """Return what the claims for a record stand under on its page."""
    return _("Claims that name it") if join.is_reason else _("What it cost")


def heading_of_care(join: Join) -> str:
    """Return what a record stands under on the page of a claim."""
    return _("Diagnoses in your records that it names") if join.is_reason else _("What was done")


def cost(join: Join, line: Line | None) -> str:
    """Return what the claim says it cost; after a "perhaps" that is what some claim of the day says.

    *line* is the line of the claim for what was done, where exactly one is.
    """
    figures = _of_line(line) if line else _of_claim(join.claim.entry)
    return filled(_lead(join, has_line=line is not None), money=figures)


def _lead(join: Join, *, has_line: bool) -> str:
    if not join.rule.is_sure:
        return _("A line of a claim of that day says: {money}.") if has_line else _perhaps()
    if join.is_reason:
        return _("A claim that names it says, for everything on it: {money}.")
    if has_line:
        return _("Its line of the claim says: {money}.")
    if join.rule.name == "visit":
        return _("The claim of its visit says, for everything on it: {money}.")
    if type_of(join.care.entry) in _WHOLE:
        return _("Its claim says: {money}.")
    return _("Its claim says, for everything on it: {money}.")


def of_fill(join: Join, *, is_of_several: bool, is_for_several: bool) -> str:
    """Return what a claim says of a fill: it is one *of several* for it, or *for several* fills."""
    mine = share(join.claim.entry)
    if not join.rule.is_sure:
        return filled(_perhaps(), money=mine)
    if is_for_several:
        return filled(_("A claim for several fills says: {money}."), money=mine)
    return filled(_("One of its claims says: {money}."), money=mine) if is_of_several else mine


def _perhaps() -> str:
    """Return what is said of a claim that may be for something else of that day."""
    return _("A claim of that day says: {money}.")


def _of_claim(claim: ClaimEntry) -> str:
    if claim.disagrees:
        return share(claim)
    parts = []
    if claim.billed is not None:
        parts.append(_("billed {amount}").format(amount=money(claim.billed, claim.billed_in)))
    parts.append(share(claim))
    return listed(parts)


def share(claim: ClaimEntry) -> str:
    """Return the member's share as a claim has it, or that its figures do not agree; and what the
    plan refused of it."""
    refused = _REFUSED.get(claim.state) if claim.counts else None
    if refused is None:
        return _share(claim)
    refused = _ABOVE_LIMIT if claim.is_above_limit else refused
    return filled(_("{share}, and {refused}"), share=_share(claim), refused=_(refused))


def _share(claim: ClaimEntry) -> str:
    if claim.disagrees:
        return _("figures that do not agree")
    if claim.your_share is None:
        return _("your share not shared by your plan")
    return _("your share {amount}").format(amount=money(claim.your_share, claim.currency))


def _of_line(line: Line) -> str:
    billed, mine = line.money.billed, line.money.your_share
    parts = [_("billed {amount}").format(amount=priced(billed))] if billed.is_known else []
    share = _("your share {amount}").format(amount=priced(mine)) if mine.is_known else ""
    return listed([*parts, share or _("your share not shared by your plan")])
