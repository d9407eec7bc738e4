"""What the member says of one claim: read for its page, noted and taken back by its buttons."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from apps.kinds.claim import shares
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.wording.amounts import read_amount
from apps.kinds.claim.wording.left_to_pay import passed_on
from apps.kinds.claim.wording.vocabulary import called
from apps.plain_language.language import _
from apps.plain_language.money import money
from apps.records import remarks
from apps.records.kinds import Kind
from apps.records.remarks import Said, Topic
from apps.records.shelf import Library
from apps.records.volumes import Held

NOT_OF_THE_BILL: Final = ("refused", "sent", "back")
BOXES: Final = ("provider", "date", "services", "share", "paid", *NOT_OF_THE_BILL)
"""What can be ticked: the questions of the checklist, and that a refusal, or money to pass on or to ask back,
was seen to."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said of one claim: noted as paid (words, "" for nothing), and the boxes that are ticked.

    `noted` is that amount, in the claim's currency. `left` is what is not noted as paid, in words; "" where
    that is no question, or nothing is left.
    """

    paid: str = field(default="", repr=False)
    noted: Decimal = field(default=Decimal(0), repr=False)
    paid_at: str = ""
    left: str = field(default="", repr=False)
    checked: Sequence[str] = ()

    @property
    def has_ticks(self) -> bool:
        """Whether a box of the bill's checklist is ticked, not only that the refusal was seen to."""
        return len(self.seen_to) < len(self.checked)

    @property
    def seen_to(self) -> Sequence[str]:
        """What is ticked and no question of the bill's checklist."""
        return [box for box in self.checked if box in NOT_OF_THE_BILL]


def to_pass_on(entry: ClaimEntry) -> str:
    """Return that the plan sent money for the provider to the member, or to another one; "" for nothing."""
    if not (entry.sent or 0) > 0:
        return ""
    name = _("somebody else") if entry.sent_to is None else entry.sent_to
    sentence = passed_on(money(entry.sent or Decimal(0), entry.paid_in), name, is_paid=False)
    return called(entry.kind, sentence)


class Speaker:
    """One claim of a member, and what is said of it in *topics*. Made once for a page."""

    def __init__(
        self,
        library: Library,
        held: Held[Any],
        topics: Collection[Topic] = (Topic.PAID, Topic.CHECKED),
        kind: Kind = CLAIM,
    ) -> None:
        """Take a claim, or a record of another *kind* of which *topics* can be spoken."""
        self.library, self.claim, self.kind = library, held, kind
        if held.twin_of is not None:
            self.claim = next((other for other in library.held(kind) if other.id == held.twin_of), held)
        every = library.said(*topics)
        self.said: dict[Topic, Said | None] = {
            topic: next((said[name] for name in self._names(said) if name in said), None)
            for topic, said in every.items()
        }

    def _names(self, said: Mapping[str, Said]) -> Collection[str]:
        """Return the subjects it may have been spoken of under; other books are opened only where needed."""
        own = {str(self.claim.id), remarks.subject_of(self.claim.entry)}
        is_alone = self.claim.entry.chain is None and len(self.library.connections) == 1
        if is_alone or not said or own & said.keys():
            return own
        every = shares.subjects(self.library.held(self.kind)).values()
        return next((names for names in every if own & names), own)

    def spoken(self) -> Spoken:
        """Return what is said, in words."""
        paid, checked = self.said[Topic.PAID], self.said[Topic.CHECKED]
        boxes = checked.value if checked and isinstance(checked.value, list) else ()
        entry = self.claim.entry
        noted = shares.noted_of(paid.value, entry.currency) if paid else None
        left = self.left()
        return Spoken(
            paid=money(noted.amount, entry.currency) if noted else "",
            noted=noted.amount if noted else Decimal(0),
            paid_at=paid.said_at.isoformat() if paid and noted else "",
            left=money(left, entry.currency) if left else "",
            checked=boxes,
        )

    def left(self) -> Decimal | None:
        """Return what of the share is not noted as paid; None where that is no question."""
        if not self.claim.entry.stands or self.claim.entry.left is None:
            return None
        paid, left = self.said[Topic.PAID], Decimal(self.claim.entry.left)
        noted = shares.noted_of(paid.value, self.claim.entry.currency) if paid else None
        return max(left - (noted.amount if noted else 0), Decimal(0))

    def note_paid(self, typed: str, *, now: datetime) -> None:
        """Note the amount *typed*, or the share (""), in place of what was noted; raise `NotAnAmount`."""
        entry = self.claim.entry
        amount = read_amount(typed, currency=entry.currency) if typed else entry.left
        if amount is None or entry.your_share is None:
            return
        value = {"amount": str(amount), "currency": entry.currency, "share": str(entry.your_share)}
        self.say(Topic.PAID, value, now=now)

    def check(self, boxes: Collection[str], *, now: datetime) -> None:
        """Keep which boxes are ticked."""
        self.say(Topic.CHECKED, [box for box in BOXES if box in boxes] or None, now=now)

    def undo(self, topic: Topic, said_at: datetime, *, now: datetime) -> None:
        """Bring back what was said before."""
        said = self.said.get(topic)
        if said is not None:
            remarks.undo(
                member=self.library.member,
                box=self.library.box,
                topic=topic,
                subject=said.subject,
                said_at=said_at,
                now=now,
            )

    def say(self, topic: Topic, value: object, *, now: datetime) -> None:
        """Keep *value* of the claim, under the name it was spoken of by before; raise `TooLong`."""
        said = self.said[topic]
        remarks.say(
            member=self.library.member,
            box=self.library.box,
            topic=topic,
            subject=said.subject if said else remarks.subject_of(self.claim.entry),
            value=value,
            now=now,
            connection_id=self.claim.plan,
        )
