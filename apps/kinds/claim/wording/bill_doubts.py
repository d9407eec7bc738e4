"""What makes doubtful a bill that asks for just the share: for its checklist, and for the bill in hand."""

from collections.abc import Iterator

from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import left_to_pay, naming
from apps.kinds.claim.wording import share as share_words
from apps.kinds.claim.wording.to_pay import sent_to_you
from apps.kinds.claim.wording.vocabulary import called
from apps.plain_language.language import _, said

_WHO_WAS_PAID = said(
    "Your plan's data differs on who was paid: if not the provider, the bill may ask for that too. Ask first."
)
_UNKNOWN_PAYEE = said(
    "If {name}, whom your plan names as paid, is not the provider, the bill may ask for that too. Ask first."
)
_PAID_BOTH = said(
    "Your plan paid the provider and you, and does not say how much each: what came to you may be for the "
    "provider. Ask your plan how much that is."
)


def doubts(record: ClaimRecord) -> Iterator[str]:
    """Yield why to ask before a share is paid that is known: a part of it may not be the member's, or what
    the plan paid may be asked for on top."""
    if barred := share_words.barred_in_part(record):
        yield barred
    if naming.is_payee_in_doubt(record):
        yield called(record.kind, _(_WHO_WAS_PAID))
    elif name := left_to_pay.unknown_payee(record):
        yield called(record.kind, _(_UNKNOWN_PAYEE)).format(name=name)
    elif record.payment and record.payment.to == "both" and not _is_split(record):
        yield called(record.kind, _(_PAID_BOTH))


def _is_split(record: ClaimRecord) -> bool:
    """Return whether the plan says how much of its payment came to the member, or paid nothing."""
    return sent_to_you(record).is_known or not (record.money.plan_paid.amount or 0) > 0
