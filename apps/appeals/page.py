"""Everything the page of one refusal shows, and what its packet holds."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from apps.appeals import rules, wording
from apps.appeals.causes import Refusal, reasons, refusals
from apps.appeals.letter import Choices, is_in_part, is_of_lines, letter, papers, services
from apps.appeals.models import CheckedRule
from apps.appeals.noted import Case, Noted
from apps.appeals.refused import Refused, Sheet, sheet
from apps.appeals.rules import NAMES, Coverage, Step
from apps.appeals.wording import Deadline, Group, Told
from apps.kinds.claim.people import about
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording.next_steps import OLD
from apps.kinds.coverage.cards import Phone, phone_of
from apps.plain_language.dates import date_words
from apps.plain_language.language import _, is_spanish, said
from apps.plain_language.other_language import speaking
from apps.plain_language.theirs import filled, joined

NEXT: Final = said(
    "Your plan did not say yes to all of it. What can come next stands below, under “Until when”."
)


@dataclass(frozen=True, slots=True)
class Way:
    """The way on from one refusal, in words."""

    refused: Refused
    sheet: Sheet = field(repr=False)
    person: str
    refusals: tuple[Refusal, ...]
    coverage: Coverage
    noted: Noted
    deadline: Deadline
    """Of the step that is to be taken now."""
    deadline_source: str
    next_heading: str
    """Which letter counts for that step, "" for the first."""
    groups: tuple[Group, ...]
    signing: tuple[str, ...]
    helpers: tuple[Told, ...]
    papers: tuple[str, ...]
    standing: tuple[str, ...]
    """How far the appeal is, in sentences."""
    old_letter: str
    phone: Phone | None
    """The plan's telephone, as its coverages state it."""
    may_be_over: str
    """That the time may be over, where nothing but the day of the decision tells it; else ""."""
    today: date

    @property
    def first_line(self) -> str:
        """The answer of the page: what to do next, and by when where that may be told."""
        if self.noted.progress.waits:
            return _("Your appeal is on its way. There is nothing to do until the answer comes.")
        if self.noted.progress.is_over:
            return _("Your plan said yes.")
        if self.noted.progress.is_dropped:
            return _("You leave it at that, so Today does not ask about it.")
        if self.deadline.is_past:
            return self.deadline.sentence
        who = _(NEXT) if self.noted.progress.is_refused_again else self.refusals[0].who
        return " ".join(filter(None, [who, self.deadline.left]))

    @property
    def title(self) -> str:
        """What the page is: no more was refused than a part where the plan paid or approved another."""
        if is_in_part(self.refused.record):
            return _("Your plan said no to a part: the way from here")
        return _("Your plan said no: the way from here")

    @property
    def about(self) -> str:
        """Which lines were refused; "" where it is all of them, or nobody said which."""
        record = self.refused.record
        if not is_of_lines(record):
            return ""
        return filled(_("It is about: {services}."), services=joined(", ", services(record)))

    @property
    def kind_name(self) -> str:
        """The kind of coverage in words."""
        return _(NAMES[self.coverage.kind])

    @property
    def paper(self) -> str:
        """Which paper to look at for the last day; "" where a day is told."""
        return "" if self.deadline.day else wording.paper(self.coverage.kind)

    @property
    def if_so(self) -> str:
        """What comes before the rules of a kind that is only likely; "" for others."""
        return wording.if_so(self.coverage)

    @property
    def is_suggested(self) -> bool:
        """Whether the kind is a suggestion that the member has not confirmed."""
        return self.coverage.certainty == "likely"

    def draft(self, *, is_urgent: bool = False, in_english: bool = False) -> str:
        """Return the letter filled in anew, in the reader's language or in English, as plans read it."""
        if in_english:
            with speaking("en"):
                return self.draft(is_urgent=is_urgent)
        choices = Choices(
            kind=self.coverage.kind,
            letter_on=self.noted.letter_on,
            today=self.today,
            is_before=self.refused.is_before,
            is_urgent=is_urgent,
            is_late=self.deadline.is_past and not self.noted.progress.is_refused_again,
        )
        return letter(
            self.refused.record, refusals(self.refused.record), reasons(self.refused.record), choices
        )


def way(case: Case, *, today: date) -> Way:
    """Return what is known and what can be done. One query for the ticks of operators."""
    checked = CheckedRule.objects.keys(today=today)
    refused, coverage, noted = case.refused, case.coverage(), case.noted()
    record, kind = refused.record, coverage.kind
    causes = refusals(record)
    person = about(case.library, refused.held.plan, record)
    step, letter_on = _step(noted)
    is_old = step == "appeal" and refused.is_old(case.library, today=today)
    deadline = wording.deadline(coverage, letter_on=letter_on, checked=checked, today=today, step=step)
    return Way(
        refused=refused,
        sheet=sheet(refused, today=today),
        person=person,
        refusals=causes,
        coverage=coverage,
        noted=noted,
        deadline=deadline,
        deadline_source=wording.source_of(kind, step, checked),
        next_heading=_("This is about the next step: “the letter” is the plan's answer to your appeal.")
        if step == "next"
        else "",
        groups=wording.groups(kind, checked, is_before=refused.is_before),
        signing=wording.signing(kind, person, checked),
        helpers=wording.help_for(kind, checked),
        papers=papers(causes, is_before=refused.is_before),
        standing=standing(refused, noted, coverage, checked),
        old_letter=_odd_letter(record, noted.letter_on),
        phone=phone_of(case.library, refused.held.plan, record.payer),
        may_be_over=_(OLD) if is_old and deadline.day is None else "",
        today=today,
    )


def _step(noted: Noted) -> tuple[Step, date | None]:
    """Return which step is to be taken, and the date of the letter it follows."""
    if noted.progress.is_refused_again:
        return "next", noted.progress.answered_on
    return "appeal", noted.letter_on


def standing(refused: Refused, noted: Noted, coverage: Coverage, checked: frozenset[str]) -> tuple[str, ...]:
    """Return how far the appeal is, and what follows."""
    progress = noted.progress
    follows = wording.told(rules.of(coverage.kind, "answer"), checked) if progress.waits else ()
    again = _("It says yes to a part.") if progress.outcome == "part" else _("It says no again.")
    over = (
        _("It is approved: the approval should come from your plan.")
        if refused.is_before
        else _("It will be paid: a corrected claim should come from your plan.")
    )
    sentences = (
        (progress.asked_on, _("You asked for the letter or papers on {day}.")),
        (progress.sent_on, _("You sent your appeal on {day}.")),
        (progress.answered_on, _("The answer is dated {day}.")),
    )
    dated = [text.format(day=date_words(day)) for day, text in sentences if day]
    dated += [rule.words for rule in follows]
    return (*dated, *([again] if progress.is_refused_again else []), *([over] if progress.is_over else []))


def _odd_letter(record: ClaimRecord, letter_on: date | None) -> str:
    """Return a question about a date that can hardly be right; what was typed is kept all the same."""
    care = None if record.approval else record.service_on
    if letter_on and care and letter_on < care:
        return _("The letter would be older than the care. Check the year, unless it was about care to come.")
    return ""


def context(way: Way, **more: Any) -> dict[str, Any]:
    """Return what the template places."""
    always = {"no_advice": _(wording.NO_ADVICE), "letter_counts": _(wording.LETTER_COUNTS)}
    return {"way": way, "offers_english": is_spanish(), **always, **more}
