"""R4 ExplanationOfBenefit -> ClaimRecord: pure, tolerant, exact about money (facts claims.md)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from msgspec import structs

from apps.fhir import values
from apps.fhir.tolerant import Unreadable, printable
from apps.fhir.values import Day
from apps.kinds.claim.reading import (
    also_sent,
    balances,
    categories,
    claim_numbers,
    codes,
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
from apps.kinds.claim.reading.decoded_claim import Opened, opened
from apps.kinds.claim.reading.facts import Info
from apps.kinds.claim.reading.figures import paths
from apps.kinds.claim.reading.lines import ReadLine
from apps.kinds.claim.reading.precedence import Story
from apps.kinds.claim.reading.shapes import Accident, Explanation
from apps.kinds.claim.reading.uncovered import explained
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Fact, Figure, Kind, Line, Procedure

__all__ = [
    "Opened",
    "Unreadable",
    "calls",
    "named_by",
    "opened",
    "read",
    "record",
    "references",
    "references_of",
    "use_of",
]

_WORDS = re.compile(r" |[a-z]{2}[-_][a-z]{2}", re.IGNORECASE)
_STATUSES = frozenset({"active", "cancelled", "draft", "entered-in-error"})
"""Those of FHIR R4 (explanationofbenefit-status)."""
_PRIMARY, _SECONDARY = ("primary", "principal"), ("secondary", "other")


def read(body: bytes, names: Mapping[str, str]) -> ClaimRecord:
    """Return what *body* (the JSON of one ExplanationOfBenefit) says; raise `Unreadable` when it is none.

    *names* gives display names by reference: `Organization/123`, absolute URLs or `urn:uuid:...`. A field
    that is missing or of a wrong type is unknown in the record and costs nothing else.
    """
    return record(opened(body), names)


def references(body: bytes) -> frozenset[str]:
    """Return the records to read for their names, without version; empty when *body* is unreadable."""
    try:
        return references_of(opened(body))
    except Unreadable:
        return frozenset()


def references_of(opened_claim: Opened) -> frozenset[str]:
    """Return the same of a claim that is already decoded."""
    return opened_claim.mentions.references


def named_by(opened_claim: Opened) -> frozenset[str]:
    """Return what its names depend on: the records it refers to, the numbers it has no name for, and what
    tells whether its payment is its own."""
    claim, mentioned = opened_claim.claim, opened_claim.mentions
    asked = payments.asked(claim) if claim.payment.amount else frozenset[str]()
    return mentioned.references | (mentioned.unnamed - mentioned.named.keys()) | asked


def calls(opened_claim: Opened) -> dict[str, str]:
    """Return what it calls those it refers to, by the keys under which other claims refer to them, and which
    claim states its payment."""
    claim = opened_claim.claim
    called = dict(islice(opened_claim.mentions.named.items(), people.MOST_CALLED))
    return called | (payments.told(claim) if claim.payment.amount else {})


def use_of(opened_claim: Opened) -> str:
    """Return what it is for: a claim unless the plan says otherwise (facts 4, step 1)."""
    return values.status(opened_claim.claim.use) or "claim"


def record(opened_claim: Opened, names: Mapping[str, str]) -> ClaimRecord:
    """Return what a decoded claim says, as `read` does."""
    read = _record(opened_claim, names)
    explained_record = uncovered.by_reasons(read) if read.all_reasons else read
    explained_record = (
        contradictions.of_refused(explained_record) if explained_record.disagreements else explained_record
    )
    return printable(explained_record, opened_claim.body)


def _record(opened_claim: Opened, names: Mapping[str, str]) -> ClaimRecord:
    claim = opened_claim.claim
    names = people.with_own(claim, opened_claim.mentions, names)
    infos = facts.infos(claim, names) if claim.supporting_info else ()
    kind = kinds.kind_of(claim, infos)
    is_drug = kind.kind == "pharmacy"
    illnesses = diagnoses.named(claim) if claim.diagnosis else []
    read_lines = lines.read_lines(
        claim,
        infos,
        names,
        diagnoses.unnamed(claim, illnesses) if illnesses else frozenset(),
        is_drug=is_drug,
    )
    real = [read_line for read_line in read_lines if not read_line.line.is_total]
    real_lines = [read_line.line for read_line in real]
    is_cms = any(read_line.is_cms for read_line in read_lines[:50])
    outcome = decisions.outcome_of_claim(
        categories.deciding((*claim.adjudication, *claim.total)), (), claim.extension, is_drug=is_drug
    )
    of_lines = tuple([read_line.line for read_line in read_lines])
    every_reason = [*outcome.reasons, *[reason for line in of_lines for reason in line.reasons]]
    book = money.book(claim, [read_line.choices for read_line in real], is_cms=is_cms)
    book = book._replace(net=lines.net(real_lines)) if real_lines else book
    book = payments.with_change_signed(book) if book.adjustment.amount else book
    apart = payments.apart(claim, book, names) if book.payment.amount else None
    paid = book.payment if apart is None else NOT_SHARED
    if is_apart := apart is not None:
        book = payments.with_payment_apart(book, apart)
    changed_by = payments.changed_by(book, every_reason) if every_reason and not is_apart else ""
    if changed_by:
        book = book._replace(adjustment=payments.change(book))
    shares = lines.shares(real_lines) if real_lines else []
    exchanges = lines.exchanges(claim, real) if claim.add_item else []
    story = precedence.story(book, shares, exchanges, is_drug=is_drug)
    if story.disagreements:
        story = explained(story, every_reason)
    story, is_less_taken_off = _without_refused(story, real_lines, values.status(claim.outcome))
    is_paid_by_lines = not story.money.plan_paid.is_known and any(
        line.money.plan_paid.is_known for line in real_lines
    )
    booked = [*book.booked, *[figure for read_line in read_lines for figure in read_line.booked]]
    decision = (
        outcome.decision
        or (claim.payment.type and payments.refused(claim.payment.type, paid))
        or (
            refusal_words.whole_claim(claim.disposition, [line.decision for line in of_lines])
            if claim.disposition
            else None
        )
    )
    is_done = values.status(claim.outcome) in (None, "complete")  # else that says that it is not decided
    standing_lines = reasons.that_stand(of_lines) if every_reason else ()
    refusing = reasons.that_hold(outcome.reasons, standing_lines, story.money) if every_reason else []
    if story.disagreements and any(map(reasons.protects, every_reason)):
        figures, apart_yet = contradictions.with_zero_first(story.money, story.disagreements)
        story = story._replace(money=figures, disagreements=apart_yet)
    stated = values.status(claim.status)
    in_words = filter(None, (claim.disposition, None if stated in _STATUSES else stated))
    received = facts.received(infos) if infos else None
    every_fact = _stated(claim, infos)
    days = [read_line.days for read_line in read_lines]
    stay = facts.admission(infos)
    of_whole = [read_line.days_of_whole for read_line in read_lines]
    when = dates.dates_of(claim, days, received, stay=stay, kind=kind.kind, of_whole=of_whole)
    numbers, has_unique_number = claim_numbers.unique_first(claim)
    patient_reference = values.relative(claim.patient.reference) if claim.patient else None
    also = also_sent.also_sent(opened_claim, infos, booked, lambda: paths(_figures(story, read_lines)))
    return ClaimRecord(
        kind=kind.kind,
        setting=kinds.setting_of(kind, of_lines) if kind.kind == "outpatient" else kind.setting,
        use=use_of(opened_claim),
        status=stated,
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
        facility=_facility(claim, infos, names),
        payer=people.payer(claim, names),
        payer_kind=people.payer_kind(claim),
        coverage=people.coverage(claim, names),
        other_plans=people.other_plans(claim, names) if len(claim.insurance) > 1 else (),
        patient_reference=patient_reference,
        patient=values.known_name(claim.patient, names),
        patient_number=None if patient_reference else people.patient_number(claim),
        network=decisions.with_provider(outcome.network, facts.network(infos)) if infos else outcome.network,
        decision=decision,
        has_refusal=any(map(reasons.refuses, refusing)),
        is_uncovered=any(map(reasons.says_not_covered, refusing)),
        refuses_a_line=any(map(reasons.is_refused, standing_lines)),
        is_repeat=bool(every_reason) and reasons.is_repeat(outcome.reasons, real_lines, story.money),
        is_all_included=bool(every_reason)
        and reasons.are_all_included(outcome.reasons, real_lines, story.money),
        adjustment=facts.adjustment(claim, infos, kind=kind.kind)
        or ("void" if any(map(refusal_words.takes_back, in_words)) and not story.money.is_minus else None),
        is_unassigned=bool(every_fact) and elsewhere.is_unassigned(every_fact),
        may_change=any(tag.code == "NotFinalAction" for tag in claim.meta.tag)
        or bool(
            decision is None
            and claim.disposition
            and (is_done or values.status(claim.outcome) == "partial")
            and refusal_words.is_pending(claim.disposition)
        )
        or (is_done and decision != "denied" and any(map(reasons.waits_for_decision, refusing))),
        labels=tuple(dict.fromkeys(label.code for label in claim.meta.security[:50] if label.code)),
        shares_money=story.money.is_shared
        or any(read_line.booked for read_line in read_lines)
        or any(element.is_amount_unheard_of for element in also)
        or any(map(also_sent.is_of_part, also))
        or bool(also and also_sent.unread(also)),
        is_basis=bool(claim.meta.profile) and kinds.is_basis(claim),
        money=story.money,
        has_less_uncovered=is_less_taken_off,
        paid_by_lines=lines.paid_by(real_lines) if is_paid_by_lines else NOT_SHARED,
        details=story.details,
        balances=balances.balances(claim) if claim.benefit_balance else (),
        disagreements=story.disagreements,
        lines=of_lines,
        diagnoses=diagnoses.diagnoses(claim, illnesses, of_lines) if illnesses else (),
        procedures=_procedures(claim) if claim.procedure else (),
        drug=drugs.drug(claim, infos) if is_drug else None,
        care_team=people.care_team(claim, names) if claim.care_team else (),
        related=claim_numbers.related(claim) if claim.related else (),
        facts=_facts(claim, infos, kind.kind, every_fact),
        reasons=outcome.reasons,
        notes=_notes(claim) if claim.disposition or claim.process_note else (),
        payment=payments.payment(
            claim,
            story.money,
            book.payment,
            book.adjustment,
            names=names,
            numbers=numbers,
            changed_by=changed_by,
            apart=apart,
            is_sent_to_you=bool(every_reason) and payments.sent_to_you(outcome.reasons, real_lines),
            lines=real_lines,
        ),
        is_paid_back=book.payment.amount == 0
        and payments.is_paid_back(
            story.money.plan_paid, book.adjustment, claim.payment.adjustment_reason, numbers
        ),
        payee=people.named(claim.payee.party, claim, names) if claim.payee else None,
        named=_named(claim),
        also_sent=also,
    )


def _stated(claim: Explanation, infos: Sequence[Info]) -> tuple[Fact, ...]:
    """Return the facts of its supporting information and its extensions."""
    extensions = (*claim.extension, *claim.billable_period.extension)
    stated = facts.facts(claim, infos) if infos else ()
    return elsewhere.with_extensions(stated, extensions) if stated or extensions else ()


def _facts(claim: Explanation, infos: Sequence[Info], kind: Kind, stated: Iterable[Fact]) -> tuple[Fact, ...]:
    """Return every fact in the order of the page, those *stated* in the middle."""
    return (
        *(elsewhere.approved(claim) if claim.pre_auth_ref else ()),
        *(elsewhere.finer_kind(claim.sub_type, kind) if claim.sub_type else ()),
        *(elsewhere.order(claim) if claim.precedence else ()),
        *(elsewhere.accident(claim) if claim.accident != Accident() else ()),
        *(claim_numbers.control(claim) if claim.identifier or claim.extension else ()),
        *stated,
        *(elsewhere.first_payers(claim) if any(line.extension for line in claim.item) else ()),
        *(elsewhere.results(claim, infos) if claim.contained else ()),
        *(elsewhere.counts(claim) if claim.adjudication or claim.benefit_balance else ()),
        *(claim_numbers.others(claim) if claim.identifier else ()),
    )


def _figures(story: Story, read_lines: Iterable[ReadLine]) -> list[Figure]:
    """Return every figure that is told somewhere."""
    of_lines = [read_line.line for read_line in read_lines]
    figures = [*structs.astuple(story.money)]
    for line in of_lines:
        figures += structs.astuple(line.money)
    for details in (story.details, *(line.details for line in of_lines)):
        figures += [detail.figure for detail in details]
    for disagreement in story.disagreements:
        figures += (disagreement.chosen, *disagreement.others)
    return figures


def _without_refused(story: Story, real_lines: Sequence[Line], outcome: str | None) -> tuple[Story, bool]:
    """Return *story* without what nobody took off the bill, and whether refused lines tell of that."""
    money, uncovered = story.money, NOT_SHARED
    if not money.reduction.amount:
        return story, False
    if lines.are_open(outcome, real_lines):
        return story._replace(money=structs.replace(money, reduction=NOT_SHARED)), False
    if not money.not_covered.is_known:
        uncovered = lines.left_uncovered(real_lines, money.reduction)
        money = structs.replace(money, not_covered=uncovered)
    return story._replace(money=money), uncovered.is_known


def _text(day: Day | None) -> str | None:
    return day.text if day else None


def _facility(claim: Explanation, infos: Iterable[Info], names: Mapping[str, str]) -> str | None:
    served = [info.sent.value_reference for info in infos if "servicefacility" in info.category.codes]
    named = (people.care_giver(reference, claim, names) for reference in (claim.facility, *served))
    return next(filter(None, named), None)


def _procedures(claim: Explanation) -> tuple[Procedure, ...]:
    procedures = []
    for sent in claim.procedure:
        what = diagnoses.what(
            claim, sent.procedure_codeable_concept, sent.procedure_reference, codes.procedure
        )
        if what is not None:
            kinds_of = [code.lower() for concept in sent.type for code in values.codes(concept)]
            primary = next((code in _PRIMARY for code in kinds_of if code in (*_PRIMARY, *_SECONDARY)), None)
            procedures.append(Procedure(what, _text(values.day(sent.date)), primary))
    procedures.sort(key=lambda procedure: procedure.is_primary is not True)
    return tuple(dict.fromkeys(procedures))


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
