"""To whom the plan paid, in words: a fact only where its amounts and a code of Medicare's carrier agree."""

from apps.kinds.claim.records import ClaimRecord, Payment
from apps.kinds.claim.wording import contradictions, naming
from apps.plain_language.capitals import calm_name
from apps.plain_language.language import _, said
from apps.plain_language.theirs import joined

_PAID_TO = {"provider": said("The provider"), "you": said("You"), "both": said("The provider and you")}
_BY_CODE = {
    "provider": said("By a code of Medicare's: the provider."),
    "you": said("By a code of Medicare's: you."),
    "both": said("By a code of Medicare's: the provider and you."),
    "other": said("By a code of Medicare's: another one, such as an employer or a union."),
}
_SENT = ("paid_to_provider", "paid_to_you")


def words(record: ClaimRecord) -> str:
    """Return who was paid, "" where nothing says it; where the plan's data differs on it, what there is."""
    paid = record.payment or Payment()
    named = calm_name(paid.to_name) or naming.other_payee(record)
    told = named or _(_PAID_TO.get(paid.to or _by_amounts(record), ""))
    if _is_in_doubt(record):
        told = _("The figures disagree")
    if told and paid.by_code and paid.by_code != (paid.to or _by_amounts(record)):
        return joined(" ", [joined("", [told, "."]), _(_BY_CODE[paid.by_code]), _("Ask it who was paid.")])
    return f"{told}. {_('Ask your plan who was paid.')}" if _is_in_doubt(record) else told


def _by_amounts(record: ClaimRecord) -> str:
    """Return who was paid, where only the amounts say so."""
    to_you, to_provider = bool(record.money.paid_to_you.amount), bool(record.money.paid_to_provider.amount)
    return "both" if to_you and to_provider else "you" if to_you else "provider" if to_provider else ""


def _is_in_doubt(record: ClaimRecord) -> bool:
    """Return whether one figure says that provider or member got something, and another that they did not."""
    against = filter(None, (contradictions.of(record, concept) for concept in _SENT))
    return any(not all(figure.amount for figure in (each.chosen, *each.others)) for each in against)
