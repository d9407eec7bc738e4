"""What a member noted of one refusal: the letter's date, the coverage, the letter's text, how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from apps.appeals import rules
from apps.appeals.refused import Refused
from apps.appeals.rules import Coverage
from apps.kinds.approval.kind import APPROVAL
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.spoken import Speaker
from apps.kinds.coverage.kind import COVERAGE
from apps.records import remarks
from apps.records.remarks import Said, Topic
from apps.records.shelf import Library

TOPICS: Final = (Topic.LETTER, Topic.APPEAL, Topic.APPEAL_TEXT)
Outcome = Literal["", "paid", "part", "no"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an appeal is, as noted; None where a day was not noted, "" where nothing was decided."""

    asked_on: date | None = None
    sent_on: date | None = None
    answered_on: date | None = None
    outcome: Outcome = ""
    is_dropped: bool = False
    """The member leaves it at that."""

    @property
    def waits(self) -> bool:
        """Whether it is on its way, and nothing is to be done before the answer."""
        return self.sent_on is not None and self.answered_on is None and not self.outcome

    @property
    def is_over(self) -> bool:
        """Whether the plan gave way."""
        return self.outcome == "paid"

    @property
    def asks_nothing(self) -> bool:
        """Whether there is nothing to do now."""
        return self.waits or self.is_over or self.is_dropped

    @property
    def is_refused_again(self) -> bool:
        """Whether the next step is the one to take."""
        return self.outcome in ("no", "part")


@dataclass(frozen=True, slots=True)
class Noted:
    """All of it; `text` is the letter as kept, "" for none. `moments` name each remark for an undo."""

    letter_on: date | None = None
    progress: Progress = Progress()
    text: str = field(default="", repr=False)
    moments: Mapping[str, str] = field(default_factory=dict)


class Case:
    """One refusal of a member, and what they noted of it. Made once for a page."""

    def __init__(self, library: Library, refused: Refused) -> None:
        self.library, self.refused, held = library, refused, refused.held
        self.speaker = Speaker(library, held, TOPICS, kind=APPROVAL if refused.is_before else CLAIM)
        self.said_coverage = remarks.about(library.member, library.box, Topic.COVERAGE, str(held.plan))

    def noted(self) -> Noted:
        """Return what is noted."""
        said = {**self.speaker.said, Topic.COVERAGE: self.said_coverage}
        text = _value(said[Topic.APPEAL_TEXT])
        return Noted(
            letter_on=day_in(_value(said[Topic.LETTER])),
            progress=progress_in(_value(said[Topic.APPEAL])),
            text=text if isinstance(text, str) else "",
            moments={topic: note.said_at.isoformat() for topic, note in said.items() if note and note.value},
        )

    def coverage(self) -> Coverage:
        """Return which kind of coverage it is."""
        answer = _value(self.said_coverage)
        return coverage_of(self.library, self.refused.held.plan, answer, is_drug=self.refused.is_drug)

    def note_letter(self, letter_on: date | None, kind: str, *, now: datetime) -> None:
        """Note the date on the letter, and which kind of coverage it is ("" for what was there)."""
        self.speaker.say(Topic.LETTER, letter_on.isoformat() if letter_on else None, now=now)
        if kind:
            remarks.say(
                member=self.library.member,
                box=self.library.box,
                topic=Topic.COVERAGE,
                subject=str(self.refused.held.plan),
                value=kind,
                now=now,
                connection_id=self.refused.held.plan,
            )

    def note_progress(self, progress: Progress, *, now: datetime) -> None:
        """Note how far it is."""
        days = {"asked": progress.asked_on, "sent": progress.sent_on, "answered": progress.answered_on}
        value: dict[str, Any] = {name: day.isoformat() for name, day in days.items() if day}
        value |= {"outcome": progress.outcome} if progress.outcome else {}
        value |= {"dropped": True} if progress.is_dropped else {}
        self.speaker.say(Topic.APPEAL, value or None, now=now)

    def keep_text(self, text: str, *, now: datetime) -> None:
        """Keep the letter as it was changed; "" throws the kept one away."""
        self.speaker.say(Topic.APPEAL_TEXT, text or None, now=now)

    def undo(self, topic: Topic, said_at: datetime, *, now: datetime) -> None:
        """Bring back what was said before."""
        if topic is Topic.COVERAGE:
            remarks.undo(
                member=self.library.member,
                box=self.library.box,
                topic=topic,
                subject=str(self.refused.held.plan),
                said_at=said_at,
                now=now,
            )
        elif topic in TOPICS:
            self.speaker.undo(topic, said_at, now=now)


def coverage_of(library: Library, connection: UUID, answer: object, *, is_drug: bool) -> Coverage:
    """Return which kind of coverage a connection has; *answer* is what the member said of it."""
    covers = [COVERAGE.brief_of(held.entry) for held in library.held(COVERAGE, plan=connection)]
    return rules.coverage(
        answer=answer,
        lines=library.by_id[connection].plan.lines_of_business,
        records=[record for record in covers if record is not None],
        is_drug=is_drug,
    )


def day_in(value: Any) -> date | None:
    """Return the day a remark holds; None for anything else."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def progress_in(value: Any) -> Progress:
    """Return how far an appeal is, as a remark holds it."""
    if not isinstance(value, dict):
        return Progress()
    outcome = value.get("outcome")
    return Progress(
        asked_on=day_in(value.get("asked")),
        sent_on=day_in(value.get("sent")),
        answered_on=day_in(value.get("answered")),
        outcome=outcome if outcome in ("paid", "part", "no") else "",
        is_dropped=value.get("dropped") is True,
    )


def _value(said: Said | None) -> Any:
    return said.value if said else None
