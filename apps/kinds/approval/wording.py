"""Approvals and estimates in advance in words: what was decided, how much is left and until when: pure."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Literal

from apps.kinds.approval.reading import OF_ESTIMATE
from apps.kinds.claim.reading.facts import plain
from apps.kinds.claim.records import ApprovalFacts, ClaimRecord, Coded, Line
from apps.kinds.claim.wording import codes
from apps.kinds.claim.wording.about import diagnosis_words, english_note
from apps.kinds.claim.wording.denials import reason_words
from apps.kinds.claim.wording.lines import name_with_code
from apps.kinds.claim.wording.story import Badge
from apps.kinds.claim.wording.titles import short, telling
from apps.kinds.claim.wording.vocabulary import KINDS
from apps.plain_language.dates import date_words, span_words
from apps.plain_language.language import _, said
from apps.plain_language.money import priced
from apps.plain_language.theirs import filled, joined, theirs, translated

Standing = Literal[
    "mistake", "replaced", "cancelled", "denied", "partly_denied", "pending", "used_up", "expired",
    "partly_approved", "approved", "estimate", "unknown", "unclear",
]  # fmt: skip
_BADGES: dict[Standing, tuple[str, str, str]] = {
    "mistake": (said("Entered in error"), "quiet", "x"),
    "replaced": (said("Replaced"), "quiet", "x"),
    "cancelled": (said("Cancelled"), "quiet", "x"),
    "denied": (said("Not approved"), "denied", "x"),
    "partly_denied": (said("A part not approved"), "denied", "x"),
    "pending": (said("Not decided yet"), "attention", "clock"),
    "used_up": (said("Used up"), "quiet", "check"),
    "expired": (said("Expired"), "quiet", "clock"),
    "partly_approved": (said("Partly approved"), "attention", "alert"),
    "approved": (said("Approved"), "ok", "check"),
    "estimate": (said("Estimate"), "quiet", "receipt"),
    "unknown": (said("Decision not shared"), "quiet", "alert"),
    "unclear": (said("Decision unclear"), "attention", "alert"),
}
_ANSWERS: dict[Standing, str] = {
    "mistake": said("Your plan says this was entered in error. It does not count."),
    "replaced": said("A newer answer of your plan replaces this one, which no longer counts."),
    "cancelled": said("This request was cancelled. It no longer counts."),
    "denied": said("Your plan did not approve this in advance. You can ask it to look again."),
    "partly_denied": said(
        "Your plan did not approve a part of this in advance, and shared no approval of the rest. You can "
        "ask it to look again."
    ),
    "pending": said("Your plan has not decided this yet."),
    "used_up": said("Your plan approved this in advance, and all of it is used."),
    "expired": said("Your plan approved this in advance, but the time for it has passed."),
    "partly_approved": said("Your plan approved a part of this in advance."),
    "approved": said("Your plan approved this in advance."),
    "unknown": said("Your plan shared this request, but not what it decided."),
}
_OF_A_PART: dict[Standing, str] = {
    "used_up": said("Your plan approved a part of this in advance, and all of that is used."),
    "expired": said("Your plan approved a part of this in advance, but the time for it has passed."),
}
"""The same of what was approved in part."""
_URGENCIES = {
    "urgent": said("Urgent"),
    "planned": said("Planned"),
    "emergency": said("Emergency"),
    "immediate": said("Immediate"),
    "normal": said("Normal"),
    "deferred": said("Can wait"),
}
GROUPS: dict[str, tuple[Standing, ...]] = {
    said("Approved"): ("approved", "partly_approved"),
    said("Decision unclear"): ("unclear",),
    said("Not decided yet"): ("pending",),
    said("Not approved"): ("denied", "partly_denied"),
    said("Estimates"): ("estimate",),
    said("Used up or over"): ("used_up", "expired", "cancelled", "replaced"),
    said("Decision not shared"): ("unknown",),
}
"""The headings of the list, in order, and what stands below each; what was a mistake is not listed."""
_FOUND_AS: dict[Standing, str] = {"partly_denied": "refused", "pending": "undecided"}
"""By which state of a claim a search finds it, where that has another name."""
CLOSED = said("Could not be opened")
_NOTHING = ApprovalFacts()
ESTIMATE = "predetermination"
_HELD: frozenset[Standing] = frozenset({"approved", "partly_approved", "used_up", "expired"})


@dataclass(frozen=True, slots=True)
class Row:
    """One approval or estimate in a list."""

    title: str
    meta: str
    badge: Badge
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """The page of one approval or estimate; pairs are (label, value)."""

    title: str
    kind: str
    is_estimate: bool
    answer: str
    badge: Badge
    notice: str
    facts: tuple[tuple[str, str], ...]
    asked_for: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]
    diagnoses: tuple[str, ...]
    english_note: str
    notes: tuple[str, ...]
    is_refused: bool


def row(record: ClaimRecord, *, today: date, is_current: bool = True) -> Row:
    """Return the words of one row of the list; *is_current* False where a newer version is here."""
    shown = record.approval or _NOTHING
    by = record.provider or record.facility
    decided = date_words(shown.decided_on or shown.asked_on or record.created)
    meta = [
        _("Asked for by {provider}").format(provider=by) if by else "",
        _validity(shown, today).removesuffix(".") or decided,
    ]
    stands = standing_of(record, today=today, is_current=is_current)
    shown_as = _shown_as(record, stands)
    heading = next((heading for heading, below in GROUPS.items() if shown_as in below), "")
    return Row(_title(record), " · ".join(part for part in meta if part), _badge(shown_as), heading)


def page(record: ClaimRecord, *, today: date, is_current: bool = True) -> Page:
    """Return everything the page of one approval or estimate says, as `row` does."""
    is_estimate = record.use == ESTIMATE
    stands = standing_of(record, today=today, is_current=is_current)
    return Page(
        title=_title(record),
        kind=_("Estimate in advance") if is_estimate else _("Approval in advance"),
        is_estimate=is_estimate,
        answer=_answer(record, today, stands),
        badge=_badge(_shown_as(record, stands)),
        notice=_notice(is_estimate, stands),
        facts=_facts(record),
        asked_for=tuple(_asked_for(line, record) for line in record.real_lines),
        reasons=_reasons(record, today),
        diagnoses=tuple(
            diagnosis_words(diagnosis)
            for diagnosis in record.diagnoses
            if diagnosis.what.words or diagnosis.what.code
        ),
        english_note=english_note(record),
        notes=tuple(map(theirs, record.notes)),
        is_refused=is_refused(record) and is_current,
    )


def _notice(is_estimate: bool, stands: Standing) -> str:
    """Return what neither an estimate nor an approval is; "" of what was refused, which is no approval."""
    if is_estimate:
        return _("An estimate is not a promise of payment and not a bill.")
    notice = _("An approval is not a payment and not a bill. What your plan pays shows in the claim.")
    return "" if stands == "denied" else notice


def is_refused(record: ClaimRecord) -> bool:
    """Whether the plan decided against a line at least; an estimate decides nothing."""
    is_void = record.status in ("entered-in-error", "cancelled")
    return (record.approval or _NOTHING).refuses_a_line and record.use != ESTIMATE and not is_void


def is_refused_in_part(record: ClaimRecord) -> bool:
    """Whether it decided against some of it, and not against the whole."""
    return is_refused(record) and (record.approval or _NOTHING).decision != "denied"


def decided_on(record: ClaimRecord) -> str | None:
    """Return the day of a decision as the plan wrote it; when the record was made stands for it."""
    return (record.approval or _NOTHING).decided_on or record.created


def standing_of(record: ClaimRecord, *, today: date, is_current: bool = True) -> Standing:
    """Return the one word for where an approval or an estimate stands on the day *today*."""
    shown = record.approval or _NOTHING
    if record.status == "entered-in-error":
        return "mistake"
    if not is_current:
        return "replaced"
    if record.status == "cancelled" or shown.decision == "cancelled":
        return "cancelled"
    if shown.decision in ("denied", "partly_denied", "pending"):
        return shown.decision
    holds = "estimate" if record.use == ESTIMATE else shown.decision or "unknown"
    if holds == "unknown":
        return holds
    return _over(shown, today) or holds


def found_as(record: ClaimRecord, *, today: date, is_current: bool) -> frozenset[str]:
    """Return the states by which a search finds it: a part that was refused is one, whatever else stands.

    What was approved is found so when it is used up or over, too; what words contradict, as that also.
    """
    stands = standing_of(record, today=today, is_current=is_current)
    refused = {"refused"} if is_current and is_refused(record) else set[str]()
    decided = {(record.approval or _NOTHING).decision or stands} if stands in _HELD else set[str]()
    doubted = {"disagree"} if doubt(record, stands) else set[str]()
    return frozenset({_FOUND_AS.get(stands, stands), *refused, *decided, *doubted})


def doubt(record: ClaimRecord, stands: Standing) -> str:
    """Return what to ask where the plan's words decide otherwise than its codes; "" elsewhere.

    What was withdrawn holds no more, whatever was decided.
    """
    shown = record.approval or _NOTHING
    if not shown.said_otherwise or stands in ("mistake", "replaced") or record.status == "cancelled":
        return ""
    text = _("Your plan also wrote “{words}”. Ask it which of them is right.")
    return filled(text, words=theirs(shown.said_otherwise))


def _shown_as(record: ClaimRecord, stands: Standing) -> Standing:
    """Return what badge and heading say; an estimate decides nothing that could be unclear."""
    return "unclear" if record.use != ESTIMATE and doubt(record, stands) else stands


def _over(shown: ApprovalFacts, today: date) -> Literal["used_up", "expired"] | None:
    if shown.quantity is not None and shown.used is not None and 0 < shown.quantity <= shown.used:
        return "used_up"
    return "expired" if _has_ended(shown, today) else None


def _badge(stands: Standing) -> Badge:
    words, kind, icon = _BADGES[stands]
    return Badge(_(words), kind, icon)


def _title(record: ClaimRecord) -> str:
    names = (_name(line.what) for line in record.lines)
    of_kind = _("Care") if record.kind == "unknown" else _(KINDS[record.kind])
    return next(filter(None, names), of_kind)


def _name(what: Coded) -> str:
    """Return what a title calls a service; the type of service is its name only where its code tells none."""
    words = telling(codes.plain_told_words(what))
    return theirs(short(words)) if words else short(codes.general_words(what))


def _answer(record: ClaimRecord, today: date, stands: Standing) -> str:
    shown = record.approval or _NOTHING
    if record.use == ESTIMATE and stands in ("estimate", "expired"):
        parts = [_estimated(record), _validity(shown, today)]
    elif stands in _HELD:
        refused = _("It did not approve another part: you can ask it to look again.")
        of_part = _OF_A_PART.get(stands) if shown.decision == "partly_approved" else None
        answer = _(of_part or _ANSWERS[stands])
        parts = [answer, refused * is_refused(record), _amount(shown), _validity(shown, today)]
    else:
        parts = [_(_ANSWERS[stands])]
    parts.append(doubt(record, stands))
    if record.unreadable_dates:
        text = _("Your plan sent a date that cannot be read: {text}.")
        parts.append(filled(text, text=", ".join(record.unreadable_dates)))
    return joined(" ", [part for part in parts if part])


def _estimated(record: ClaimRecord) -> str:
    money, share = record.money, priced(record.money.your_share) if record.money.your_share.is_known else ""
    if not money.plan_paid.is_known:
        alone = _("Your plan estimates that your share would be {share}.").format(share=share)
        return alone if share else _("Your plan shared an estimate, but not what it would pay.")
    text = (
        _("Your plan estimates that it would pay {paid} of the {billed} your provider would bill.")
        if money.billed.is_known
        else _("Your plan estimates that it would pay {paid}.")
    )
    paid = text.format(paid=priced(money.plan_paid), billed=priced(money.billed))
    yours = _("Your share would be {share}.").format(share=share) if share else ""
    return joined(" ", [part for part in (paid, yours) if part])


def _amount(shown: ApprovalFacts) -> str:
    approved = _counted(shown)
    if (used := shown.used) is not None and used < 0:
        wrong = filled(_("Your plan sent {used} as used, which cannot be right."), used=plain(used) or "")
        sentence = filled(_("Approved: {approved}."), approved=approved) if approved else ""
        return joined(" ", [text for text in (sentence, wrong) if text])
    if shown.quantity is None:
        return ""
    if shown.used is None:
        return filled(_("Approved: {approved}. How much of it is used was not shared."), approved=approved)
    left = max(shown.quantity - shown.used, shown.quantity * 0)
    return filled(
        _("Approved: {approved}, used: {used}, left: {left}."),
        approved=approved,
        used=plain(shown.used) or "",
        left=plain(left) or "",
    )


def _counted(shown: ApprovalFacts) -> str:
    return "" if shown.quantity is None else _in_units(plain(shown.quantity), shown.unit)


def _in_units(count: str | None, unit: str | None) -> str:
    return joined(" ", [part for part in (count, translated(unit or "")) if part])


def _validity(shown: ApprovalFacts, today: date) -> str:
    if shown.valid_to:
        until = date_words(shown.valid_to)
        if _has_ended(shown, today):
            return _("It was valid until {date}.").format(date=until)
        return _("Valid until {date}.").format(date=until)
    return _("Valid from {date}.").format(date=date_words(shown.valid_from)) if shown.valid_from else ""


def _valid(shown: ApprovalFacts) -> str:
    """Return from when to when it holds: of one day alone that would be another thing."""
    if shown.valid_from and not shown.valid_to:
        return _("since {date}").format(date=date_words(shown.valid_from))
    return span_words(shown.valid_from, shown.valid_to)


def _has_ended(shown: ApprovalFacts, today: date) -> bool:
    """Return whether the last day is over; "2026-03" lasts until the end of March."""
    parts = [int(part) for part in (shown.valid_to or "").split("-") if part.isdigit()]
    if not parts or not 1 <= parts[0] <= 9999:
        return False
    year, month = parts[0], parts[1] if len(parts) > 1 else 12
    if not 1 <= month <= 12:
        return False
    day = parts[2] if len(parts) > 2 else monthrange(year, month)[1]
    return (year, month, day) < (today.year, today.month, today.day)


def _facts(record: ClaimRecord) -> tuple[tuple[str, str], ...]:
    shown, is_estimate = record.approval or _NOTHING, record.use == ESTIMATE
    money = record.money
    # PDex asks for an amount where a decision stands, and plans fill in a zero.
    may_be_zero = is_estimate and money.billed.is_known
    # What was sent is the answer, where there is one.
    is_decided = is_estimate or shown.decision not in (None, "pending", "cancelled")
    pairs = [
        (_("Asked for by"), record.provider),
        (_("Place"), record.facility if record.facility != record.provider else None),
        (_("Asked on"), date_words(shown.asked_on or (None if is_decided else record.created))),
        (_("Decided on"), date_words(shown.decided_on or (record.created if is_decided else None))),
        (_("Planned for"), span_words(record.service_start, record.service_end) if is_estimate else None),
        (_("Valid"), _valid(shown)),
        (_("How much is approved"), None if is_estimate else _counted(shown)),
        (_("Used so far"), plain(shown.used) if (shown.used or 0) >= 0 else None),
        (_("Would be billed"), priced(money.billed) if money.billed.amount or may_be_zero else None),
        (_("Price your plan allows"), priced(money.allowed) if money.allowed.is_known else None),
        (_("Your plan would pay"), priced(money.plan_paid) if money.plan_paid.is_known else None),
        (_("Your share would be"), priced(money.your_share) if money.your_share.is_known else None),
        (_("Urgency"), translated(_URGENCIES.get(shown.urgency or "", shown.urgency or ""))),
        (_("Number"), ", ".join(shown.numbers)),
        (_("Related claim or case"), ", ".join(other.number for other in record.related if other.number)),
        (_("Plan"), record.payer),
        (_("Coverage"), record.coverage if record.coverage != record.payer else None),
    ]
    of_estimate = [fact for fact in record.facts if fact.category in OF_ESTIMATE]
    pairs += [(_(OF_ESTIMATE[fact.category]), theirs(fact.value)) for fact in of_estimate]
    return tuple((label, value) for label, value in pairs if value)


def _asked_for(line: Line, record: ClaimRecord) -> tuple[str, str]:
    what = name_with_code(line.what) if line.what.words or line.what.code else _("What it is was not shared")
    count = _in_units(plain(line.quantity), line.unit) if line.quantity is not None else ""
    is_approved = line.decision == "paid" and (record.approval or _NOTHING).decision == "partly_approved"
    is_general = not codes.told_words(line.what) and bool(codes.service_words(line.what))
    requests = (
        (is_general, codes.official_words(line.what)),
        (line.quantity is not None, filled(_("Quantity {count}"), count=count)),
        (line.decision == "denied" and is_refused_in_part(record), _("Not approved")),
        (is_approved, _("Approved")),
    )
    return what, joined(" · ", [text for is_so, text in requests if is_so and text])


def _reasons(record: ClaimRecord, today: date) -> tuple[str, ...]:
    shown = record.approval or _NOTHING
    every = [*shown.reasons, *record.reasons, *(reason for line in record.lines for reason in line.reasons)]
    words = tuple(dict.fromkeys(reason_words(reason) for reason in every))
    if not words and not record.notes and standing_of(record, today=today) in ("denied", "partly_denied"):
        return (_("Your plan did not say why."),)
    return words
