"""What Today says of refusals: days left where they may be told, and which wait for an answer."""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from apps.appeals import wording
from apps.appeals.models import CheckedRule
from apps.appeals.noted import Progress, coverage_of, day_in, progress_in
from apps.kinds.approval.kind import APPROVAL
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.shares import RECENT, subjects
from apps.records import remarks
from apps.records.remarks import Said, Topic
from apps.records.shelf import Library
from apps.records.volumes import Held


class Ways:
    """The refusals of a member beside what they noted of them. One query, two where a date was noted."""

    def __init__(
        self,
        library: Library,
        refused: Sequence[Held[Any]],
        names_of: Callable[[UUID], Collection[str]],
        *,
        today: date,
    ) -> None:
        """Take what was refused; *names_of* one are those under which it may have been spoken of."""
        self.library, self.names_of, self.today = library, names_of, today
        topics = (Topic.LETTER, Topic.APPEAL, Topic.COVERAGE)
        self.said: dict[Topic, dict[str, Said]] = {topic: {} for topic in topics}
        if refused:
            self.said = remarks.several(library.member, library.box, *topics)
        has_dates = self.said[Topic.LETTER] or self.said[Topic.APPEAL]
        self.checked = CheckedRule.objects.keys(today=today) if has_dates else frozenset()

    def asks_nothing(self, refused: Held[Any]) -> bool:
        """Whether nothing is to be done: an appeal is on its way, was won, or is not wanted."""
        return self._progress(refused).asks_nothing

    def left(self, refused: Held[Any]) -> str:
        """Return how many days are left for the next step; "" where no day may be told."""
        deadline = self.deadline(refused)
        return "" if deadline is None else deadline.sentence if deadline.is_past else deadline.left

    def deadline(self, refused: Held[Any]) -> wording.Deadline | None:
        """Return until when the next step is to be taken; None where no letter's date is noted."""
        letter_on = self.letter_on(refused)
        if letter_on is None:
            return None
        answer = self.said[Topic.COVERAGE].get(str(refused.plan))
        return wording.deadline(
            coverage_of(
                self.library, refused.plan, answer.value if answer else None, is_drug=_is_drug(refused)
            ),
            letter_on=letter_on,
            checked=self.checked,
            today=self.today,
            step="next" if self._progress(refused).is_refused_again else "appeal",
        )

    def letter_on(self, refused: Held[Any]) -> date | None:
        """Return the noted date of the newest letter that says no; None where none is noted."""
        progress = self._progress(refused)
        return (
            progress.answered_on if progress.is_refused_again else day_in(self._value(refused, Topic.LETTER))
        )

    def may_ask(self, refused: Held[Any]) -> bool:
        """Whether the time to ask is not over, by the date of the member's letter: while a day is ahead.

        Where no day may be told, while the letter is of late.
        """
        deadline, letter_on = self.deadline(refused), self.letter_on(refused)
        if deadline is None or letter_on is None:
            return False
        return not deadline.is_past if deadline.day else letter_on >= self.today - RECENT

    def _progress(self, refused: Held[Any]) -> Progress:
        return progress_in(self._value(refused, Topic.APPEAL))

    def _value(self, refused: Held[Any], topic: Topic) -> Any:
        said = self.said[topic]
        names = self.names_of(refused.id) if said else ()
        return next((said[name].value for name in names if name in said), None)


def may_ask(library: Library, refused: Held[Any], today: date) -> bool:
    """Whether the time to ask is not over by the member's letter, for the page of what was refused."""
    names = frozenset({str(refused.id)})
    if isinstance(refused.entry, ClaimEntry):
        names = subjects(library.held(CLAIM)).get(refused.twin_of or refused.id, frozenset())
    return Ways(library, [refused], lambda _claim_id: names, today=today).may_ask(refused)


def _is_drug(refused: Held[Any]) -> bool:
    """Whether a pharmacy sent it; an approval says so in its brief."""
    if isinstance(refused.entry, ClaimEntry):
        return refused.entry.kind == "pharmacy"
    record = APPROVAL.brief_of(refused.entry)
    return record is not None and record.kind == "pharmacy"
