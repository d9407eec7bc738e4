"""Rules and days in sentences, each no surer than what is known: pure, in the reader's language."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from apps.appeals import rules
from apps.appeals.noted import Progress
from apps.appeals.rules import Coverage, Facts, Kind, Rule, Step, last_day
from apps.plain_language.dates import date_words
from apps.plain_language.language import _, plural, said
from apps.plain_language.theirs import filled, joined, theirs

NO_ADVICE: Final = said("Information, not legal advice.")
UNCOUNTED: Final = said(
    "We count no day here: nobody who runs this site has compared this rule with its official page yet."
)
LETTER_COUNTS: Final = said("Always check the date in your letter: it is the one that counts.")
_PAPER: Final = said(
    "Look for the last day in the paper in which your plan said no: a letter of denial, or its Explanation "
    "of Benefits (EOB). If it is not there, call the number on your card."
)
_PAPERS: Final[dict[Kind, str]] = {
    "medicare": said(
        "Look for the last day on your Medicare Summary Notice (MSN). If it is not there, ask Medicare."
    )
}
"""Which paper to look at for the last day, where no day is told here."""
ASK: Final = said("Ask at the number on your card who helps free of charge with appeals.")
_SEEN: Final = {"A": said("Official: {source}"), "B": said("As others quote it: {source}")}
"""How sure a row is: seen in an official text or on an official page, or as others quote it."""
_DAYS: Final = {"days": 1, "months": 30}
_NOTED_OUTCOMES: Final = {
    "paid": said("You noted that your plan said yes to your appeal."),
    "part": said("You noted that the answer to your appeal says yes to a part."),
    "no": said("You noted that the answer to your appeal says no again."),
}
_HEADINGS: Final[tuple[tuple[str, tuple[Step, ...]], ...]] = (
    (said("How to ask"), ("how",)),
    (said("If it is urgent, or about care still to come"), ("urgent", "before", "keep")),
    (said("When the answer has to come"), ("answer",)),
    (said("If the plan says no again"), ("next", "external")),
    (said("If you are late"), ("late",)),
)


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when, in words; `day` only where it may be told."""

    sentence: str
    day: date | None = None
    left: str = ""
    is_past: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A rule in words, with where it comes from."""

    words: str
    source: str


@dataclass(frozen=True, slots=True)
class Group:
    """Rules of one heading."""

    heading: str
    rules: tuple[Told, ...]


def deadline(
    coverage: Coverage,
    *,
    letter_on: date | None,
    checked: Collection[str],
    today: date,
    step: Step = "appeal",
) -> Deadline:
    """Return until when to take a *step*, from the date of the letter it follows."""
    rule = rules.counted(coverage.kind, step)
    if rule is None or rule.period is None:
        return Deadline(_uncounted(coverage, step, checked))
    day = last_day(rule.period, Facts(letter_on, coverage.certainty, rule.key in checked))
    if day is not None:
        return _by(day, today)
    return Deadline(_length(rule, coverage, is_checked=rule.key in checked, has_date=letter_on is not None))


def paper(kind: Kind) -> str:
    """Return which paper to look at for the last day."""
    return _(_PAPERS.get(kind, _PAPER))


def source_of(kind: Kind, step: Step, checked: Collection[str]) -> str:
    """Return where what is said of the time for a step comes from; "" where nothing is."""
    rule = rules.counted(kind, step)
    rows = (rule,) if rule else _outermost(step) if kind == "unknown" else rules.of(kind, step)
    return joined(" ", [_source(row, is_checked=row.key in checked) for row in rows])


def days_left(day: date, today: date) -> str:
    """Return "23 days are left."; "" where the day is past."""
    number = (day - today).days
    if number <= 0:
        return _("Today is the last day.") if number == 0 else ""
    return plural("{n} day is left.", "{n} days are left.", number).format(n=number)


def groups(kind: Kind, checked: Collection[str], *, is_before: bool = False) -> tuple[Group, ...]:
    """Return what usually holds for a kind of coverage, under headings; those without a rule are left out.

    That it is usual the page says once, above all of them; which of it is not checked stands with its source.
    Where the care *is_before* us, what is urgent or still to come stands first.
    """
    headings = sorted(_HEADINGS, key=lambda heading: is_before and "before" not in heading[1])
    groups = (
        (_(heading), [rule for rule in rules.of(kind, *steps) if rule.sentence])
        for heading, steps in headings
    )
    return tuple(
        Group(
            heading,
            tuple(Told(_plainly(rule), _source(rule, is_checked=rule.key in checked)) for rule in every),
        )
        for heading, every in groups
        if every
    )


def told(every: Iterable[Rule], checked: Collection[str]) -> tuple[Told, ...]:
    """Return rules in words: "usually" where nobody of ours has checked them within a year."""
    return tuple(
        Told(_said(rule, is_checked=rule.key in checked), _source(rule, is_checked=rule.key in checked))
        for rule in every
        if rule.sentence
    )


def signing(kind: Kind, person: str, checked: Collection[str]) -> tuple[str, ...]:
    """Return who signs: adults for themselves, else with the form that is named."""
    forms = told(rules.of(kind, "sign"), checked)
    whose = _("This is about {person}.").format(person=person) if person else ""
    own = _("An adult signs for themselves. For a child, a parent or guardian usually signs.")
    form = [reference_form.words for reference_form in forms] or [
        _("If somebody else signs, ask the plan which form it takes for a representative.")
    ]
    return tuple(filter(None, [whose, own, *form]))


def help_for(kind: Kind, checked: Collection[str]) -> tuple[Told, ...]:
    """Return who helps free of charge; never nothing."""
    entries = tuple(
        Told(_(rule.sentence), _source(rule, is_checked=rule.key in checked))
        for rule in rules.of(kind, "help")
    )
    return entries or (Told(_(ASK), ""),)


def _by(day: date, today: date) -> Deadline:
    if day < today:
        sentence = _(
            "Counted to be safe, the time ended on {day}. It may be over; some plans accept late requests."
        )
        return Deadline(sentence.format(day=date_words(day)), day, is_past=True)
    sentence = _("To be safe, send it so that it arrives by {day}; the date in your letter counts.")
    return Deadline(sentence.format(day=date_words(day)), day, days_left(day, today))


def _length(rule: Rule, coverage: Coverage, *, is_checked: bool, has_date: bool) -> str:
    assert rule.period is not None
    length, kind = rules.length(rule.period), _(rules.NAMES[coverage.kind])
    if coverage.certainty == "likely":
        sentence = _("It looks like this: {kind}. If so, you usually have {length}. Is that right?")
        return sentence.format(kind=kind, length=length)
    by_letter = rule.period.starts == "dated" or rule.period.mailing
    if not is_checked:
        sentence = (
            _("You usually have {length} from the date on the letter. See your letter.")
            if by_letter
            else _("You usually have {length} after the letter arrived. See your letter.")
        )
        words = sentence.format(length=length)
        return f"{words} {_(UNCOUNTED)}" if has_date else words
    sentence = (
        _("You have {length} from the date on the letter.")
        if by_letter
        else _("You have {length} after the letter arrived.")
    ).format(length=length)
    ask = _("Tell us the date on the letter, and we count for you.")
    return sentence if has_date else f"{sentence} {ask}"


def _uncounted(coverage: Coverage, step: Step, checked: Collection[str]) -> str:
    if coverage.kind == "unknown":
        shortest, longest = _span(step)
        sentence = _(
            "We cannot see what kind of coverage this is. The time differs: usually from {shortest} to "
            "{longest}. See the date in your letter, or call the number on your card."
        )
        return sentence.format(shortest=shortest, longest=longest)
    every = told(rules.of(coverage.kind, step), checked)
    return " ".join(filter(None, [if_so(coverage), *(count.words for count in every), _("See your letter.")]))


def noted(progress: Progress) -> str:
    """Return what a member noted last of an appeal, as their note and no fact; "" for nothing."""
    if progress.is_dropped:
        return _("You noted that you leave it at that.")
    if progress.outcome:
        return _(_NOTED_OUTCOMES[progress.outcome])
    days = (
        (progress.answered_on, _("You noted an answer to your appeal, dated {day}.")),
        (progress.sent_on, _("You noted that you sent your appeal on {day}.")),
        (progress.asked_on, _("You noted that you asked for the letter or papers on {day}.")),
    )
    return next((text.format(day=date_words(day)) for day, text in days if day), "")


def if_so(coverage: Coverage) -> str:
    """Return what comes before rules of a kind that is only likely; "" for others."""
    if coverage.certainty != "likely":
        return ""
    return _("It looks like this: {kind}. If so, this applies.").format(kind=_(rules.NAMES[coverage.kind]))


def _span(step: Step) -> tuple[str, str]:
    """Return the shortest and the longest time that any kind of coverage gives."""
    shortest, longest = (rules.length(_plain(row.period)) for row in _outermost(step) if row.period)
    return shortest, longest


def _outermost(step: Step) -> tuple[Rule, Rule]:
    """Return the rows of the shortest and of the longest time to take a step."""
    counted = [(row, row.period) for row in rules.rules() if row.step == step and row.period]
    counted.sort(key=lambda pair: (pair[1].number + pair[1].mailing) * _DAYS[pair[1].unit])
    return counted[0][0], counted[-1][0]


def _plain(period: rules.Period) -> rules.Period:
    return rules.Period(period.number + period.mailing, period.unit)


def _plainly(rule: Rule) -> str:
    words = _(rule.sentence)
    if rule.period:
        words = f"{words} {_('Time to ask: {length}.').format(length=rules.length(rule.period))}"
    return words


def _said(rule: Rule, *, is_checked: bool) -> str:
    words = _plainly(rule)
    return words if is_checked else _("Usually: {rule}").format(rule=words)


def _source(rule: Rule, *, is_checked: bool) -> str:
    seen = filled(_(_SEEN[rule.mark]), source=theirs(rule.source))
    if is_checked:
        text = _("{law}. {seen}. Checked on the official page within a year.")
        return filled(text, law=theirs(rule.law), seen=seen)
    unchecked = _("{law}. {seen}, as of {day}. Not yet checked on the official page.")
    return filled(unchecked, law=theirs(rule.law), seen=seen, day=date_words(rules.STATE_OF))
