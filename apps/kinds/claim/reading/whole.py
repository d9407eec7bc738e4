"""A claim read as a whole: what was sent, then its money weighed, then what was decided, then the record."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import structs

from apps.fhir import values
from apps.fhir.values import Day
from apps.kinds.claim.reading import (
    also_sent,
    balances,
    categories,
    claim_numbers,
    contradictions,
    dates,
    decisions,
    diagnoses,
    drugs,
    elsewhere,
    facts,
    kinds,
    lines,
    money,
    payments,
    people,
    precedence,
    reasons,
    refusal_words,
    uncovered,
)
from apps.kinds.claim.reading.decisions import Outcome
from apps.kinds.claim.reading.decoded_claim import Opened, use_of
from apps.kinds.claim.reading.facts import Info
from apps.kinds.claim.reading.figures import paths
from apps.kinds.claim.reading.kinds import KindOf
from apps.kinds.claim.reading.lines import ReadLine
from apps.kinds.claim.reading.money import Book
from apps.kinds.claim.reading.payments import Apart
from apps.kinds.claim.reading.precedence import Story
from apps.kinds.claim.reading.shapes import Explanation
from apps.kinds.claim.records import (
    NOT_SHARED,
    Adjustment,
    ClaimRecord,
    Decision,
    Figure,
    Line,
    Payment,
    Reason,
)

_WORDS = re.compile(r" |[a-z]{2}[-_][a-z]{2}", re.IGNORECASE)
_STATUSES = frozenset({"active", "cancelled", "draft", "entered-in-error"})
"""Those of FHIR R4 (explanationofbenefit-status)."""


class _Sent(NamedTuple):
    """What the later steps share: the claim, names for its references, its lines, what its head decides."""

    claim: Explanation
    names: Mapping[str, str]
    infos: tuple[Info, ...]
    kind: KindOf
    illnesses: list[diagnoses.Named]
    read_lines: tuple[ReadLine, ...]
    lines: tuple[Line, ...]
    """All of them, those too that repeat the whole claim."""
    real: list[ReadLine]
    real_lines: list[Line]
    """Those that do not."""
    outcome: Outcome
    reasons: list[Reason]
    """Those of the head, then those of the lines."""

    @property
    def is_drug(self) -> bool:
        return self.kind.kind == "pharmacy"

    @property
    def is_decided(self) -> bool:
        """Return whether the outcome does not say that nothing is decided yet."""
        return values.status(self.claim.outcome) in (None, "complete")


class _Weighed(NamedTuple):
    """The money of a claim over all places that state it."""

    book: Book
    story: Story
    apart: Apart | None
    """Why the payment is no telling of what the plan paid for this claim."""
    changed_by: str
    """The reason of a change of the payment that gives none itself."""


def record(opened_claim: Opened, names: Mapping[str, str]) -> ClaimRecord:
    """Return what a decoded claim says; *names* are display names by reference."""
    sent = _sent(opened_claim, names)
    weighed = _weighed(sent)
    standing = reasons.that_stand(sent.lines) if sent.reasons else []
    refusing = reasons.that_hold(sent.outcome.reasons, standing, weighed.story.money) if sent.reasons else []
    weighed = _with_protection(weighed, sent.reasons)
    read = _record(opened_claim, sent, weighed, standing, refusing)
    read = uncovered.by_reasons(read) if read.all_reasons else read
    if read.money.reduction.amount and uncovered.are_open(
        read.outcome, read.real_lines, uncovered.as_sent(read)
    ):  # lines without a price leave open what the price takes off the bill
        read = structs.replace(read, money=structs.replace(read.money, reduction=NOT_SHARED))
    return contradictions.of_refused(read) if read.disagreements else read


def _sent(opened_claim: Opened, names: Mapping[str, str]) -> _Sent:
    """Read what needs no other part of the claim."""
    claim = opened_claim.claim
    names = people.with_own(claim, opened_claim.mentions, names)
    infos = facts.infos(claim, names) if claim.supporting_info else ()
    kind = kinds.kind_of(claim, infos)
    is_drug = kind.kind == "pharmacy"
    illnesses = diagnoses.named(claim) if claim.diagnosis else []
    unnamed = diagnoses.unnamed(claim, illnesses) if illnesses else frozenset[str]()
    read_lines = lines.read_lines(claim, infos, names, unnamed, is_drug=is_drug)
    real = [read_line for read_line in read_lines if not read_line.line.is_total]
    of_lines = tuple([read_line.line for read_line in read_lines])
    deciding = categories.deciding((*claim.adjudication, *claim.total))
    outcome = decisions.outcome_of_claim(deciding, (), claim.extension, is_drug=is_drug)
    every_reason = [*outcome.reasons, *[reason for line in of_lines for reason in line.reasons]]
    real_lines = [read_line.line for read_line in real]
    return _Sent(
        claim, names, infos, kind, illnesses, read_lines, of_lines, real, real_lines, outcome, every_reason
    )


def _weighed(sent: _Sent) -> _Weighed:
    """Weigh the head against the lines, and the payment against the benefit."""
    claim = sent.claim
    is_cms = any(read_line.is_cms for read_line in sent.read_lines[:50])
    book = money.book(claim, [read_line.choices for read_line in sent.real], is_cms=is_cms)
    book = book._replace(net=lines.net(sent.real_lines)) if sent.real else book
    book = payments.with_change_signed(book) if book.adjustment.amount else book
    apart = payments.apart(claim, book, sent.names) if book.payment.amount else None
    book = payments.with_payment_apart(book, apart) if apart else book
    changed_by = payments.changed_by(book, sent.reasons) if sent.reasons and not apart else ""
    book = book._replace(adjustment=payments.change(book)) if changed_by else book
    shares = lines.shares(sent.real_lines) if sent.real else []
    exchanges = lines.exchanges(claim, sent.real) if claim.add_item else []
    story = precedence.story(book, shares, exchanges, is_drug=sent.is_drug)
    story = uncovered.explained(story, sent.reasons) if story.disagreements else story
    return _Weighed(book, story, apart, changed_by)


def _with_protection(weighed: _Weighed, every_reason: Iterable[Reason]) -> _Weighed:
    """Return the zero first of shares that disagree, where a reason protects the member."""
    story = weighed.story
    if not story.disagreements or not any(map(reasons.protects, every_reason)):
        return weighed
    figures, apart_yet = contradictions.with_zero_first(story.money, story.disagreements)
    return weighed._replace(story=story._replace(money=figures, disagreements=apart_yet))


def _decision(sent: _Sent, weighed: _Weighed) -> Decision | None:
    """Return what was decided of the whole claim: by its head, else its payment, else the plan's words."""
    claim, paid = sent.claim, NOT_SHARED if weighed.apart else weighed.book.payment
    if sent.outcome.decision:
        return sent.outcome.decision
    if sent.infos and facts.is_denied(sent.infos):
        return "denied"
    by_payment = payments.refused(claim.payment.type, paid) if claim.payment.type else None
    if by_payment or not claim.disposition:
        return by_payment
    return refusal_words.whole_claim(claim.disposition, [line.decision for line in sent.lines])


def _record(
    opened_claim: Opened,
    sent: _Sent,
    weighed: _Weighed,
    standing: Sequence[Line],
    refusing: Sequence[Reason],
) -> ClaimRecord:
    """Return the record, element by element; *standing* are the lines that no other takes back, *refusing*
    the reasons that hold."""
    claim, names, infos, kind = sent.claim, sent.names, sent.infos, sent.kind
    figures = weighed.story.money
    decision = _decision(sent, weighed)
    stated = elsewhere.stated(claim, infos)
    when = _dates(sent)
    numbers, has_unique_number = claim_numbers.unique_first(claim)
    patient_reference = values.relative(claim.patient.reference) if claim.patient else None
    booked = [*weighed.book.booked, *[figure for read in sent.read_lines for figure in read.booked]]
    also = also_sent.also_sent(
        opened_claim, infos, booked, lambda: paths(_figures(weighed.story, sent.lines))
    )
    return ClaimRecord(
        kind=kind.kind,
        setting=kinds.setting_of(kind, sent.lines) if kind.kind == "outpatient" else kind.setting,
        use=use_of(opened_claim),
        status=values.status(claim.status),
        outcome=values.status(claim.outcome),
        resource_id=values.clean(claim.id, 64),
        claim_number=numbers[0] if numbers else None,
        numbers=numbers,
        has_unique_number=has_unique_number,
        created=_text(when.created),
        created_on=when.created.first if when.created else None,
        paid_on=when.paid.first if when.paid else None,
        received_on=when.received.first if when.received else None,
        is_received_before_care=when.is_received_before,
        service_start=_text(when.service_start),
        service_end=_text(when.service_end) if when.service_end != when.service_start else None,
        service_on=when.service_start.first if when.service_start else None,
        day_is=when.day_is,
        unreadable_dates=when.unreadable,
        stay_since=_text(when.stay_since),
        dates_apart=when.apart,
        period_start=_text(when.period_start),
        period_end=_text(when.period_end),
        provider=people.care_giver(claim.provider, claim, names),
        is_by_person=people.is_by_person(claim),
        unnamed=people.why_unnamed(claim, names),
        provider_npi=people.provider_npi(claim),
        facility=people.facility(claim, infos, names),
        payer=people.payer(claim, names),
        payer_kind=people.payer_kind(claim),
        coverage=people.coverage(claim, names),
        other_plans=people.other_plans(claim, names) if len(claim.insurance) > 1 else (),
        patient_reference=patient_reference,
        patient=values.known_name(claim.patient, names),
        patient_number=None if patient_reference else people.patient_number(claim),
        network=decisions.with_provider(sent.outcome.network, facts.network(infos) if infos else None),
        decision=decision,
        has_refusal=any(map(reasons.refuses, refusing)),
        is_uncovered=any(map(reasons.says_not_covered, refusing)),
        refuses_a_line=any(map(reasons.is_refused, standing)),
        is_repeat=bool(sent.reasons) and reasons.is_repeat(sent.outcome.reasons, sent.real_lines, figures),
        is_all_included=bool(sent.reasons)
        and reasons.are_all_included(sent.outcome.reasons, sent.real_lines, figures),
        adjustment=_adjustment(sent, is_minus=figures.is_minus),
        is_unassigned=bool(stated) and elsewhere.is_unassigned(stated),
        may_change=_may_change(sent, decision, refusing),
        labels=tuple(dict.fromkeys(label.code for label in claim.meta.security[:50] if label.code)),
        shares_money=figures.is_shared
        or any(read_line.booked for read_line in sent.read_lines)
        or also_sent.has_money(also),
        is_basis=bool(claim.meta.profile) and kinds.is_basis(claim),
        money=figures,
        paid_by_lines=_paid_by_lines(sent.real_lines, figures.plan_paid),
        details=weighed.story.details,
        balances=balances.balances(claim) if claim.benefit_balance else (),
        disagreements=weighed.story.disagreements,
        lines=sent.lines,
        diagnoses=diagnoses.diagnoses(claim, sent.illnesses, sent.lines) if sent.illnesses else (),
        procedures=diagnoses.procedures(claim) if claim.procedure else (),
        drug=drugs.drug(claim, infos) if sent.is_drug else None,
        care_team=people.care_team(claim, names) if claim.care_team else (),
        related=claim_numbers.related(claim) if claim.related else (),
        facts=elsewhere.in_order(claim, infos, kind.kind, stated),
        reasons=sent.outcome.reasons,
        notes=_notes(claim) if claim.disposition or claim.process_note else (),
        payment=_payment(sent, weighed, numbers),
        is_paid_back=weighed.book.payment.amount == 0
        and payments.is_paid_back(
            figures.plan_paid, weighed.book.adjustment, claim.payment.adjustment_reason, numbers
        ),
        payee=people.named(claim.payee.party, claim, names) if claim.payee else None,
        named=_named(claim),
        also_sent=also,
    )


def _dates(sent: _Sent) -> dates.Dates:
    return dates.dates_of(
        sent.claim,
        [read_line.days for read_line in sent.read_lines],
        facts.received(sent.infos) if sent.infos else None,
        stay=facts.admission(sent.infos),
        kind=sent.kind.kind,
        of_whole=[read_line.days_of_whole for read_line in sent.read_lines],
    )


def _payment(sent: _Sent, weighed: _Weighed, numbers: Sequence[str]) -> Payment | None:
    return payments.payment(
        sent.claim,
        weighed.story.money,
        weighed.book.payment,
        weighed.book.adjustment,
        names=sent.names,
        numbers=numbers,
        changed_by=weighed.changed_by,
        apart=weighed.apart,
        is_sent_to_you=bool(sent.reasons) and payments.sent_to_you(sent.outcome.reasons, sent.real_lines),
        lines=sent.real_lines,
    )


def _paid_by_lines(real_lines: Sequence[Line], paid: Figure) -> Figure:
    """Return what the plan paid by those lines that say so, where nothing says what it paid of all."""
    is_of_some = not paid.is_known and any(line.money.plan_paid.is_known for line in real_lines)
    return lines.paid_by(real_lines) if is_of_some else NOT_SHARED


def _adjustment(sent: _Sent, *, is_minus: bool) -> Adjustment | None:
    """Return whether the claim says that it corrects or takes back another; a status in words may, too."""
    claim, stated = sent.claim, values.status(sent.claim.status)
    in_words = filter(None, (claim.disposition, None if stated in _STATUSES else stated))
    is_void = not is_minus and any(map(refusal_words.takes_back, in_words))
    return facts.adjustment(claim, sent.infos, kind=sent.kind.kind) or ("void" if is_void else None)


def _may_change(sent: _Sent, decision: Decision | None, refusing: Iterable[Reason]) -> bool:
    """Return whether the plan says that its decision is not the last."""
    claim = sent.claim
    if any(tag.code == "NotFinalAction" for tag in claim.meta.tag):
        return True
    is_in_part = values.status(claim.outcome) == "partial"
    if not (sent.is_decided or is_in_part):
        return False  # its outcome says so already
    if decision is None and claim.disposition and refusal_words.is_pending(claim.disposition):
        return True
    return sent.is_decided and decision != "denied" and any(map(reasons.waits_for_decision, refusing))


def _figures(story: Story, of_lines: Sequence[Line]) -> list[Figure]:
    """Return every figure that is told somewhere."""
    figures = [*structs.astuple(story.money)]
    for line in of_lines:
        figures += structs.astuple(line.money)
    for details in (story.details, *(line.details for line in of_lines)):
        figures += [detail.figure for detail in details]
    for disagreement in story.disagreements:
        figures += (disagreement.chosen, *disagreement.others)
    return figures


def _text(day: Day | None) -> str | None:
    return day.text if day else None


def _named(claim: Explanation) -> tuple[str, ...]:
    """Return the visits, procedures, conditions and the prescription that it refers to."""
    references = [
        *[visit for line in (*claim.item, *claim.add_item) for visit in line.encounter],
        *[procedure.procedure_reference for procedure in claim.procedure],
        *[diagnosis.diagnosis_reference for diagnosis in claim.diagnosis],
        claim.prescription,
    ]
    paths = [values.relative(reference.reference) for reference in references if reference]
    return tuple(dict.fromkeys([path for path in paths if path]))


def _notes(claim: Explanation) -> tuple[str, ...]:
    """Return the plan's remarks; a disposition of one word or a code says nothing, "In-Progress" does."""
    said = values.clean(claim.disposition, 2000)
    texts = [said] if said and (_WORDS.search(said) or refusal_words.tell(said)) else []
    return tuple(
        dict.fromkeys(
            [*texts, *(text for note in claim.process_note if (text := values.clean(note.text, 2000)))]
        )
    )
