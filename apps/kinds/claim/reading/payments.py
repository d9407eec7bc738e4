"""How the plan paid: to whom, when, by which check or transfer (facts claims 1.6 and 5.3)."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from msgspec import structs

from apps.fhir import numbers, values
from apps.fhir.values import Concept
from apps.kinds.claim.reading import claim_numbers
from apps.kinds.claim.reading.concepts import Place
from apps.kinds.claim.reading.contradictions import PARTS, Rule
from apps.kinds.claim.reading.decisions import CLAIM_INDICATORS, coded_extensions
from apps.kinds.claim.reading.figures import add, is_after_change, is_of_some_lines, same
from apps.kinds.claim.reading.lines import parts_of_share
from apps.kinds.claim.reading.money import Book
from apps.kinds.claim.reading.precedence import header, paid_at
from apps.kinds.claim.reading.reasons import filling, sends_to_you
from apps.kinds.claim.reading.shapes import Explanation, Extension, Payee
from apps.kinds.claim.records import NOT_SHARED, Decision, Figure, Line, Money, Payment, Reason
from apps.plain_language.language import said

To = Literal["provider", "you", "both"]
Named = Literal["provider", "you"] | None
_DIGIT = re.compile(r"\d")

_PAYEES: dict[str, Literal["provider", "you"]] = {
    "provider": "provider",
    "practitioner": "provider",
    "p": "provider",
    "subscriber": "you",
    "beneficiary": "you",
    "m": "you",
}
_PARTIES: dict[str, Literal["provider", "you"]] = {
    "Organization": "provider",
    "Practitioner": "provider",
    "PractitionerRole": "provider",
    "Patient": "you",
    "RelatedPerson": "you",
}
_CARRIER_PAID: dict[str, To | Literal["other"]] = {
    **dict.fromkeys(("1", "4"), "provider"),
    **dict.fromkeys(("3", "5"), "both"),
    "2": "you",
    "7": "other",
}
KINDS = {
    "complete": said("complete payment"),
    "partial": said("paid in part"),
    "payment": said("payment"),
    "adjustment": said("adjustment"),
    "advance": said("advance payment"),
    "paid": said("paid"),
    "partiallypaid": said("paid in part"),
    "denied": said("denied"),
    "cleared": said("cleared"),
}
_REFUSALS: dict[str, Decision] = {"denied": "denied", "partiallypaid": "partly_paid"}
"""Kinds of payment that are decisions; that something was paid does not tell that nothing was refused."""
_MAY_BE: dict[str, Literal["several", "change", "part"]] = {
    "may_be_several": "several",
    "may_be_change": "change",
    "part": "part",
}
_CHANGED_FOR = {
    "a001": said("an earlier payment is taken back"),
    "a002": said("an earlier payment was too much"),
}
"""HL7's codes for why a payment is changed, in our own words."""


_REVERSED = "a001"
_REVERSES = re.compile(r"\b(?:revers\w*|(?:taken|took) back|void\w*)\b", re.IGNORECASE)
_OTHER_CLAIM = re.compile(r"\b(?:(?:an)?other|different) (?:\w+ )?claims?\b", re.IGNORECASE)
_NAMED_CLAIM = re.compile(
    r"\bclaims?\b\W*(?:(?:number|no|nr|id)\b\W*)?(?!\d{1,4}[-/]\d{1,2}[-/])(?P<number>(?=[\w-]*\d)[\w-]{4,})",
    re.IGNORECASE,
)
"""A claim that a plan names by its number in the words for a change."""


def told(claim: Explanation) -> dict[str, str]:
    """Return which claim states a payment, by the number of that; of a correction nothing: it is the same."""
    key = _key(claim)
    return {key: _own_name(claim)} if key else {}


def asked(claim: Explanation) -> frozenset[str]:
    """Return the keys by which others tell of its payment: under one number, and of the version before."""
    return frozenset(filter(None, (_key(claim), *_keys_before(claim))))


class Apart(NamedTuple):
    """Why a payment is no telling of what the plan paid for the claim that states it."""

    why: Literal["several", "may_be_several", "change", "may_be_change", "part"]
    before: Figure = NOT_SHARED
    """What the version before paid, of a payment that only changes that."""


def apart(claim: Explanation, book: Book, names: Mapping[str, str]) -> Apart | None:
    """Return why the payment is not, or may not be, what was paid for this claim; None where it is.

    A correction's is only what changed where the version before paid the rest of the benefit, and may be
    where no benefit is stated and it is less than what the price leaves. One with a number is of several
    claims where *names* tell that others carry that, and it is more than the benefit, else the price, else
    the bill that this one states, and may be where no benefit is stated and it is more than these, or where
    it is more than each of price and bill, and a benefit above nothing is not. Of the others one of the type
    `partial` is by its own word less than the benefit (HL7 ex-paymenttype).
    """
    paid, benefit, rule = book.payment, _stated(book, "plan_paid"), Rule.of(len(book.each_line))
    is_alone = not (benefit.is_known or book.is_cms)
    before_keys = _keys_before(claim)
    left = _left_of_price(book) if is_alone and before_keys else NOT_SHARED
    whole = left if is_alone else benefit
    texts = [text for key in before_keys for text in names.get(key, "").split()]
    figures_before = [Figure(Decimal(text[:-3]), text[-3:]) for text in texts]
    if whole.amount not in (None, paid.amount):
        for before in figures_before:
            if before.amount and same(add([before, paid], ""), whole):
                return Apart("change", before)
    if "partial" in values.codes(claim.payment.type) and _is_part(book, benefit, rule):
        return Apart("part")
    if rule.exceeds(left, paid) and not (
        figures_before and all(before.amount == 0 for before in figures_before)
    ):
        return Apart("may_be_change")
    key = _key(claim)
    stated = [_stated(book, concept) for concept in ("allowed", "billed", "drug_cost")] if key else []
    wholes = [figure for figure in stated if figure.is_known]
    own = next((figure for figure in (benefit, *wholes) if figure.is_known), NOT_SHARED)
    if not key or not rule.exceeds(paid, own):
        return None
    if key in names and names[key] != _own_name(claim):
        return Apart("several")
    is_beyond = (benefit.amount or 0) > 0 and not book.is_cms and bool(wholes)
    has_room = all(rule.exceeds(paid, whole) and not rule.exceeds(benefit, whole) for whole in wholes)
    return Apart("may_be_several") if is_alone or (is_beyond and has_room) else None


def _is_part(book: Book, benefit: Figure, rule: Rule) -> bool:
    """Return whether of a payment that the plan calls partial neither a change of it nor what the price
    leaves tells that it is all.
    """
    paid = book.payment
    if not (paid.amount or 0) > 0:
        return False
    whole = benefit if benefit.is_known else _left_of_price(book)
    if book.adjustment.is_known and whole.is_known:
        whole = add([whole, book.adjustment], "")
    return rule.exceeds(whole, paid) if whole.is_known else not benefit.is_known


def _left_of_price(book: Book) -> Figure:
    """Return what share and others leave of the price; `NOT_SHARED` where that is not told."""
    names = ("allowed", "liability", "other_payer", "not_covered")
    price, share, others, uncovered = (header(book, name) for name in names)
    if not share.is_known:
        share = parts_of_share(Money(**{part: header(book, part) for part in PARTS}))
    borne = add([share, *([others] if others.is_known else [])], "")
    if not price.amount or borne.amount is None or price.unit != borne.unit or uncovered.amount:
        return NOT_SHARED
    return Figure(price.amount - borne.amount, price.currency)


def _stated(book: Book, concept: str) -> Figure:
    """Return what the head, else the lines state of a concept: of what was paid without the payment."""
    if concept != "plan_paid":
        return header(book, concept)
    places: tuple[Place, ...] = ("T", "A", "B")
    paid = [figure for place in places for figure in paid_at(book, place)]
    return next((figure for figure in paid if figure.is_known), book.over_lines(concept))


def with_payment_apart(book: Book, apart: Apart) -> Book:
    """Return a book whose payment is not this claim's, as `apart` says; called what it is."""
    paid, source = book.payment, book.payment.source
    if source and apart.why == "several":
        paid = structs.replace(paid, source=structs.replace(source, label=said("Payment of several claims")))
    return book._replace(payment=paid, is_payment_apart=True)


def _key(claim: Explanation) -> str:
    """Return the key of a payment that other claims may state too; "" where a total states its amount."""
    paid = claim.payment
    number = claim_numbers.known(paid.identifier.value) if paid.identifier else None
    amount = values.number(paid.amount.value) if paid.amount else None
    if not number or not amount:
        return ""
    if any(other.relation in ("prior", "replacedby") for other in claim_numbers.related(claim)):
        return ""
    totals = (values.number(total.amount.value) for total in claim.total if total.amount)
    return "" if amount in totals else f"{numbers.PAID}{number}"


def _keys_before(claim: Explanation) -> list[str]:
    """Return the keys of what the version before paid."""
    prior = [other for other in claim_numbers.related(claim) if other.relation == "prior"]
    return [f"{numbers.BEFORE}{name}" for other in prior for name in (other.reference, other.number) if name]


def _own_name(claim: Explanation) -> str:
    return next(iter(claim_numbers.unique_first(claim)[0]), claim.id or "")


def payment(
    claim: Explanation,
    money: Money,
    amount: Figure,
    change: Figure,
    *,
    names: Mapping[str, str],
    numbers: Collection[str],
    changed_by: str,
    apart: Apart | None,
    is_sent_to_you: bool,
    lines: Iterable[Line],
) -> Payment | None:
    """Return how the plan paid, *amount* and *change* as the payment says; None when it says nothing.

    *names* are those known; *numbers* are those of the claim; *changed_by* is the reason of the
    change, where the payment gives none; *apart* is what `apart` says; *is_sent_to_you* where its reasons
    say so (`sent_to_you`); *lines* may name others than its head does.
    """
    stated, reason = claim.payment, claim.payment.adjustment_reason
    day = values.day(stated.date)
    codes = [code.lower() for code in values.codes(stated.type)]
    kind = next((KINDS[code] for code in codes if code in KINDS), None) or values.words(stated.type)
    number = values.clean(stated.identifier.value, 100) if stated.identifier else None
    payee, payee_type = _by_payee(claim.payee) if claim.payee else (None, None)
    by_code = _by_carrier(claim.extension) if claim.extension else None
    by_amounts = _by_amounts(money, [line.money for line in lines])
    to = ("you" if is_sent_to_you else None) or payee or (None if by_code == "other" else by_code)
    is_of_part = any(map(is_of_some_lines, (money.paid_to_provider, money.paid_to_you)))
    if by_amounts:  # of some lines alone they say nothing of the rest
        to = by_amounts if not is_of_part or by_amounts in ("both", to) else to and "both"
    by_type = payee_type if not (to or payee) else None
    payment = Payment(
        on=day.text if day else None,
        to=to,
        by_code=by_code,
        by_payee=payee if not is_of_part and {by_amounts, payee} == {"provider", "you"} else by_type,
        number=number,
        kind=kind,
        change=change,
        changed_for=(_changed_for(reason) if reason else "") or changed_by,
        is_change_of_another=reason is not None and _is_of_another(reason, numbers),
        is_of_several=apart is not None and apart.why == "several",
        may_be=_MAY_BE.get(apart.why, "") if apart else "",
        before=apart.before if apart else NOT_SHARED,
    )
    if payment == Payment():
        return None
    named = _other_person(claim, names) if payment.to == payee == "you" else ""
    return structs.replace(payment, amount=amount, to_name=named)


def with_change_signed(book: Book) -> Book:
    """Return a book whose change has a minus where it came off the benefit: R4 has the payment "less any
    adjustment" (HL7's R3502 sends 75), CARIN's example puts the minus there. Amounts alone tell which it is.
    """
    benefit, sent = _stated(book, "plan_paid"), book.adjustment
    off = structs.replace(sent, amount=-(sent.amount or 0))
    is_off = is_after_change(benefit, book.payment, off) and not is_after_change(benefit, book.payment, sent)
    return book._replace(adjustment=off) if is_off else book


def change(book: Book) -> Figure:
    """Return by how much the payment is other than the benefit, where the plan states no change of it."""
    benefit, paid = book.at("T", "plan_paid"), book.payment
    is_told = book.adjustment.is_known or not (benefit.amount and paid.amount) or benefit.unit != paid.unit
    if is_told or benefit.amount is None or paid.amount is None:
        return book.adjustment
    return Figure(paid.amount - benefit.amount, paid.currency)


def changed_by(book: Book, reasons: Iterable[Reason]) -> str:
    """Return the reason that is of all of the `change`, as "OA 225"; "" where there is none."""
    if book.adjustment.is_known or not (changed := change(book)).amount:
        return ""
    reason = filling(reasons, -changed.amount, changed.unit)  # what a reason takes off is above nothing (X12)
    return " ".join(filter(None, (reason.group, reason.code))) if reason else ""


def refused(kind: Concept | None, amount: Figure) -> Decision | None:
    """Return what the kind of a payment of *amount* says was refused; one that pays denies nothing."""
    codes = [code.lower() for code in values.codes(kind)]
    decision = next((_REFUSALS[code] for code in codes if code in _REFUSALS), None)
    return None if decision == "denied" and (amount.amount or 0) > 0 else decision


def sent_to_you(reasons: Iterable[Reason], lines: Iterable[Line]) -> bool:
    """Return whether reasons say that all of the payment went to the member: of the claim, or of each line
    that was paid, or of each that does not say where none was."""
    every = [*lines]
    paid = [line for line in every if line.money.plan_paid.amount]
    paid = paid or [line for line in every if not line.money.plan_paid.is_known]
    of_lines = [any(map(sends_to_you, line.reasons)) for line in paid]
    return any(map(sends_to_you, reasons)) or (bool(of_lines) and all(of_lines))


def is_paid_back(paid: Figure, change: Figure, reason: Concept | None, numbers: Collection[str]) -> bool:
    """Return whether a plan that sent nothing took back with the same payment all that it *paid*.

    A change is no part of this claim's decision (FHIR R4), such as an overpayment elsewhere that is held back
    here, unless its *reason* says that a payment was reversed, and not that of a claim with another number.
    """
    if not paid.amount or paid.amount < 0 or change.amount != -paid.amount:
        return False
    texts = _texts(reason)
    is_reversal = _REVERSED in values.codes(reason) or any(map(_REVERSES.search, texts))
    return is_reversal and not _named(texts, numbers) and not _is_of_another(reason, numbers)


def _is_of_another(reason: Concept | None, numbers: Collection[str]) -> bool:
    """Return whether the reason of a change says that it is for another claim."""
    texts = _texts(reason)
    return any(map(_OTHER_CLAIM.search, texts)) or (bool(numbers) and bool(_named(texts, numbers)))


def _named(texts: Iterable[str], numbers: Collection[str]) -> set[str]:
    """Return the numbers of claims that stand in *texts* and are none of these."""
    named = {_bare(match["number"]) for text in texts for match in _NAMED_CLAIM.finditer(text)}
    return named - {_bare(number) for number in numbers}


def _bare(number: str) -> str:
    return re.sub(r"[\W_]", "", number).casefold()


def _texts(reason: Concept | None) -> list[str]:
    if reason is None:
        return []
    texts = (reason.text, *(coding.display for coding in reason.coding))
    return [text for sent in texts if (text := values.clean(sent))]


def _changed_for(reason: Concept | None) -> str:
    own = next((_CHANGED_FOR[code] for code in values.codes(reason) if code in _CHANGED_FOR), None)
    return own or values.words(reason) or ""


def _by_amounts(whole: Money, lines: Sequence[Money]) -> To | None:
    """Return to whom money went by head or lines: amounts say it better than the payee who was asked for."""
    provider, you = whole.paid_to_provider, whole.paid_to_you
    to_provider = [provider] if provider.is_known else [line.paid_to_provider for line in lines]
    to_you = [you] if you.is_known else [line.paid_to_you for line in lines]
    # What has a minus was taken back from them.
    is_providers = bool([figure for figure in to_provider if (figure.amount or 0) > 0])
    is_yours = bool([figure for figure in to_you if (figure.amount or 0) > 0])
    if is_providers or is_yours:
        return "both" if is_providers and is_yours else "provider" if is_providers else "you"
    return None


def _by_payee(payee: Payee) -> tuple[Named, Named]:
    """Return whom a claim names as its payee, and whom its type does; not the first where the party is
    another."""
    codes = (_PAYEES.get(code.lower()) for code in values.codes(payee.type))
    code = next((payee_code for payee_code in codes if payee_code), None)
    party = _PARTIES.get(values.resource_type(payee.party.reference) or "") if payee.party else None
    return (None if code and party and code != party else code or party), code


def _other_person(claim: Explanation, names: Mapping[str, str]) -> str:
    """Return the name of whom the plan pays, where it names a person as the payee, and not the patient."""
    party, patient = claim.payee.party if claim.payee else None, claim.patient
    if party is None or patient is None:
        return ""
    where, whose = values.target(party.reference), values.target(patient.reference)
    name, of_patient = values.known_name(party, names) or "", values.known_name(patient, names) or ""
    is_known = bool(of_patient) or bool(where and whose)
    is_patient = (where is not None and where == whose) or _parts_of(name) == _parts_of(of_patient)
    is_person = _PARTIES.get(values.resource_type(where) or "") != "provider" and not _DIGIT.search(name)
    return name if is_known and is_person and not is_patient else ""


def _parts_of(name: str) -> list[str]:
    """Return the parts of a name in one order: "Marlow, Dana" is Dana Marlow."""
    return sorted(re.findall(r"\w+", name.casefold()))


def _by_carrier(extensions: tuple[Extension, ...]) -> To | Literal["other"] | None:
    """Return whom Medicare's carrier paid, from the code that also says "denied"."""
    codes = [code for code, _words in coded_extensions(extensions, CLAIM_INDICATORS)]
    return _CARRIER_PAID.get(codes[0].strip()) if codes else None
