"""A letter of appeal filled from the claim, to be read, changed and signed; pure, in the reader's words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from apps.appeals.causes import Refusal
from apps.appeals.rules import Kind
from apps.kinds.approval.wording import is_refused_in_part
from apps.kinds.claim import standing
from apps.kinds.claim.reading.reasons import refuses
from apps.kinds.claim.records import ClaimRecord, Line, Reason
from apps.kinds.claim.wording import contradictions, lines, titles
from apps.plain_language.dates import date_words
from apps.plain_language.language import _, said
from apps.plain_language.money import priced

LONGEST: Final = 30_000
"""Characters of a letter that is kept."""
_MOST_SERVICES: Final = 8
_MOST_NOTES: Final = 3
_PAPERS_ARE_FREE: Final[frozenset[Kind]] = frozenset({"employer", "individual", "government"})
"""Kinds whose plans have to give the papers of the case free of charge (rule `employer-how`)."""
_CODES: Final = {
    "adjustment": said("adjustment code {code}"),
    "remark": said("remark code {code}"),
    "non-payment": said("Medicare's non-payment code {code}"),
    "line": said("Medicare's processing code {code} of a line"),
    "plan": said("code {code}"),
}
"""What kind of code a reason is, or of which of Medicare's lists; of the lists that plans share theirs is the
word, never ours (X12)."""
_NCPDP = said("NCPDP reject code {code}")
_OPENINGS: Final = {
    (True, True): said("I appeal your decision not to approve a part of this care in advance."),
    (True, False): said("I appeal your decision not to approve this care in advance."),
    (False, True): said("I appeal your decision not to pay a part of this claim."),
    (False, False): said("I appeal your decision not to pay this claim."),
}
"""How the letter begins: by whether the care is still to come, and whether a part of it was refused."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a member can choose before the letter is filled in, and what is known besides the claim."""

    kind: Kind
    letter_on: date | None
    today: date
    is_before: bool = False
    """It is about an approval, so about care still to come."""
    is_urgent: bool = False
    is_late: bool = False


def letter(
    record: ClaimRecord, refusals: Iterable[Refusal], reasons: Iterable[Reason], choices: Choices
) -> str:
    """Return the draft; what we do not know stands in brackets, to be filled in by hand."""
    causes = list(refusals)
    urgent = _("This is urgent: waiting could seriously harm health. [What the doctor says.]")
    parts = [
        _head(choices),
        _to(record),
        _about(record, choices),
        urgent if choices.is_urgent else "",
        _opening(record, is_before=choices.is_before),
        _refused(record, is_before=choices.is_before),
        _reasons_given(list(reasons)),
        _written(record),
        *_why(causes, choices),
        _enclosed(papers(causes, is_before=choices.is_before)),
        _("If you need anything else, please write or call me before you decide."),
        _("Sincerely,") + "\n\n\n" + _("[Signature]") + "\n" + _("[Name in print]"),
    ]
    return "\n\n".join(part for part in parts if part)


def _why(causes: Iterable[Refusal], choices: Choices) -> Iterator[str]:
    yield _("Why I ask you to look again:")
    yield from (cause.argument for cause in causes)
    if choices.is_late:
        yield _("[Only if the time is over: this letter comes late because ...]")
    if choices.is_before:
        yield _("I ask you to decide this request anew and to approve this care.")
    else:
        yield _("I ask you to decide this claim anew and to pay what my plan provides.")
    yield (
        _(
            "Please send me, free of charge, the papers of my case, the criteria and the rule that "
            "you used. Please let somebody decide who had no part in the first decision, and ask "
            "an expert of the right field."
        )
        if choices.kind in _PAPERS_ARE_FREE
        else _("Please tell me in writing which rule you used, and send me the papers of my case.")
    )


def papers(refusals: Iterable[Refusal], *, is_before: bool = False) -> tuple[str, ...]:
    """Return what to enclose: the plan's letter and its data first, then what fits the causes."""
    in_words = (
        _("The request in words, as the plan's data has it")
        if is_before
        else _("The claim in words, as the plan's data has it")
    )
    own = [_("A copy of the plan's letter"), in_words]
    return tuple(dict.fromkeys([*own, *(paper for cause in refusals for paper in cause.papers)]))


def _head(choices: Choices) -> str:
    own = [_("[Your name]"), _("[Your address]"), _("[Your telephone number]")]
    return "\n".join([*own, "", date_words(choices.today)])


def _to(record: ClaimRecord) -> str:
    return "\n".join(
        [record.payer or _("[Name of the plan]"), _("[Address for appeals, from the plan's letter]")]
    )


def _about(record: ClaimRecord, choices: Choices) -> str:
    provider = " · ".join(dict.fromkeys(name for name in (record.provider, record.facility) if name))
    label, number = number_of(record, is_before=choices.is_before)
    facts = [
        (_("Patient"), record.patient or _("[name of the patient]")),
        (_("Member number"), _("[from the card]")),
        (label, number or _("[from the plan's letter]")),
        *([] if choices.is_before else [(_("Date of care"), titles.every_day(record) or _("[day]"))]),
        (_("Provider"), provider or _("[name of the provider]")),
        (_("Your letter of"), date_words(choices.letter_on) or _("[date on the letter]")),
    ]
    return "\n".join([_("Appeal"), *(f"{label}: {value}" for label, value in facts)])


def number_of(record: ClaimRecord, *, is_before: bool) -> tuple[str, str]:
    """Return what the number is called by which the plan finds it, and the number; "" where it sent none."""
    if record.approval:
        label = _("Number of the request") if is_before else _("Claim number")
        return label, ", ".join(record.approval.numbers)
    if control := titles.control(record):
        return _("Control number of the claim"), control
    return _("Number of the request") if is_before else _("Claim number"), record.claim_number or ""


def is_in_part(record: ClaimRecord) -> bool:
    """Whether the plan refused a part, and paid or approved another."""
    if record.approval:
        return is_refused_in_part(record)
    return standing.state(record) in ("partly_paid", "partly_refused")


def services(record: ClaimRecord) -> tuple[str, ...]:
    """Return what was refused, by name: its lines, where the plan says which of them it refused; else all."""
    names = (
        titles.short(lines.name(line.what, line.place), 60)
        for line in _lines(record)
        if line.what.code or line.what.words
    )
    return tuple(dict.fromkeys(names))


def is_of_lines(record: ClaimRecord) -> bool:
    """Whether the plan refused some lines and not others."""
    return len(_lines(record)) < len(lines.real(record))


def _lines(record: ClaimRecord) -> list[Line]:
    every = lines.real(record)
    if not is_in_part(record) or any(map(refuses, record.reasons)):
        return every
    return [line for line in every if line.decision == "denied" or any(map(refuses, line.reasons))] or every


def _opening(record: ClaimRecord, *, is_before: bool) -> str:
    return _(_OPENINGS[is_before, is_in_part(record)])


def _refused(record: ClaimRecord, *, is_before: bool) -> str:
    """Return what it is about, with the amounts that the plan stated and no other figure contradicts.

    Of care still to come no amount is the question.
    """
    names = services(record)
    shown = ", ".join(names[:_MOST_SERVICES]) + (" …" if len(names) > _MOST_SERVICES else "")
    amounts = [
        (_("Billed: {amount}."), "billed"),
        (_("Not covered: {amount}."), "not_covered"),
        (_("Paid by the plan: {amount}."), "plan_paid"),
    ]
    figures = [
        sentence.format(amount=priced(getattr(record.money, name)))
        for sentence, name in amounts
        if not is_before and getattr(record.money, name).is_known and not contradictions.of(record, name)
    ]
    about = [_("It is about: {services}.").format(services=shown)] if shown else []
    whole = [_("The whole claim:")] if shown and figures and is_of_lines(record) else []
    return " ".join([*about, *whole, *figures])


def _reasons_given(reasons: Sequence[Reason]) -> str:
    quoted = list(dict.fromkeys(_quoted(reason) for reason in reasons))
    if not quoted:
        return ""
    ask = (
        []
        if all(reason.words for reason in reasons)
        else [_("Please tell me what the codes without words mean.")]
    )
    return "\n".join([_("The reason you gave:"), *(f"- {words}" for words in quoted), *ask])


def _written(record: ClaimRecord) -> str:
    """Return what the plan wrote of what it refused, in its own words; of the whole where no line has any."""
    of_lines = [note for line in _lines(record) for note in line.notes]
    notes = list(dict.fromkeys(of_lines or record.notes))[:_MOST_NOTES]
    return "\n".join([_("You wrote:"), *(f"- “{note}”" for note in notes)]) if notes else ""


def _quoted(reason: Reason) -> str:
    """Return a reason as the plan gave it, never in our words."""
    code = f"{reason.group} {reason.code}" if reason.group else reason.code
    kind: str = reason.kind
    if kind == "cms":
        kind, _space, code = code.partition(" ")  # "line N": its list stands before it
    words = _(_NCPDP if reason.is_ncpdp else _CODES[kind]).format(code=code)
    if not reason.words:
        return words
    return f"“{reason.words}”" + (f" ({words})" if reason.code else "")


def _enclosed(every: Sequence[str]) -> str:
    several = _("I enclose: [leave out what you do not send]")
    return "\n".join([several if len(every) > 1 else _("I enclose:"), *(f"- {paper}" for paper in every)])
