"""What else there is to know of a claim: how it was paid, who took part, the drug, diagnoses, other facts."""

from apps.claims.reading.facts import plain
from apps.claims.records import ClaimRecord, Diagnosis, Drug, Procedure
from apps.claims.wording import codes, naming, vocabulary
from apps.claims.wording.sources import label_words
from apps.claims.wording.story import Pairs
from apps.plain_language.dates import date_words, span_words
from apps.plain_language.language import _, is_spanish, said
from apps.plain_language.money import NOT_SHARED, priced
from apps.plain_language.units import measured

_PAID_TO = {"provider": said("The provider"), "you": said("You"), "both": said("The provider and you")}
_PAYMENT_KINDS = (
    *(said("paid in full"), said("paid in part"), said("payment"), said("adjustment")),
    *(said("advance payment"), said("paid"), said("denied"), said("cleared")),
)
"""The words in which a record says what kind of payment it was."""
_YES_OR_NO = (said("yes"), said("no"))
_RELATED = {
    "prior": said("This replaces an earlier version of the claim."),
    "replacedby": said("A newer version replaces this claim."),
    "associated": said("It belongs together with another claim."),
}
_RELATED_NUMBER = {
    "prior": said("This replaces an earlier version of the claim: {number}."),
    "replacedby": said("A newer version replaces this claim: {number}."),
    "associated": said("It belongs together with another claim: {number}."),
}


def payment(record: ClaimRecord) -> Pairs:
    """Return how the plan paid: how much, to whom, when, by which check; () where it paid nothing."""
    if not record.money.plan_paid.amount:
        return ()
    paid = record.payment
    number = paid.number if paid else None
    found = _known(
        (_("Paid to"), _(_PAID_TO.get(paid.to or "", "") if paid else "") or _paid_to(record)),
        (_("Paid on"), _paid_on(record)),
        (_("Check or transfer number"), number or ""),
        (_("Kind of payment"), _payment_kind(paid.kind if paid else None)),
    )
    # The amount alone stands in the receipt already.
    return ((_("Amount"), priced(record.money.plan_paid)), *found) if found else ()


def _payment_kind(kind: str | None) -> str:
    """Return the kind of payment in the reader's language; the plan's own words stay as they are."""
    return _(kind) if kind in _PAYMENT_KINDS else kind or ""


def _paid_on(record: ClaimRecord) -> str:
    return date_words(record.payment.on if record.payment and record.payment.on else record.paid_on)


def _paid_to(record: ClaimRecord) -> str:
    """Return who was paid, where only the amounts say so."""
    to_you, to_provider = bool(record.money.paid_to_you.amount), bool(record.money.paid_to_provider.amount)
    if to_you and to_provider:
        return _(_PAID_TO["both"])
    return _(_PAID_TO["you"]) if to_you else _(_PAID_TO["provider"]) if to_provider else ""


def network(record: ClaimRecord) -> str:
    """Return whether the provider is in the plan's network, "" where the plan did not say."""
    return _(vocabulary.NETWORKS.get(record.network or "", ""))


def facts(record: ClaimRecord) -> Pairs:
    """Return what names this claim, and what else belongs on the page itself."""
    shown = [
        (
            _(vocabulary.FACTS.get(fact.category, "")) or fact.label or fact.category,
            _value(codes.value_words(fact)),
        )
        for fact in record.facts
        if not fact.is_detail
    ]
    return _known(
        (_("Kind"), naming.kind_words(record)),
        (_("Date"), naming.when(record)),
        (_("Provider"), record.provider or ""),
        (_("Place"), (record.facility or "") if record.facility != record.provider else ""),
        (_("Patient"), record.patient or ""),
        (_("Plan"), record.payer or ""),
        (_("Coverage"), (record.coverage or "") if record.coverage != record.payer else ""),
        (_("Claim number"), record.claim_number or ""),
        (_("Received by your plan"), date_words(record.received_on)),
        *shown,
    )


def drug(found: Drug | None) -> Pairs:
    """Return what the pharmacy dispensed."""
    if found is None:
        return ()
    days = _("{number} days").format(number=plain(found.supply_days)) if found.supply_days is not None else ""
    refill = ""
    if found.refill is not None:
        refill = (
            _("First fill") if found.refill == 0 else _("Refill {number}").format(number=plain(found.refill))
        )
    unit = f" {_(found.unit)}" if found.unit else ""
    quantity = f"{plain(found.quantity)}{unit}" if found.quantity is not None else ""
    return _known(
        (_("Drug"), codes.code_words(found.what) if found.what.code or found.what.words else ""),
        (_("Number"), codes.bare(found.what) if found.what.words else ""),
        (_("Amount"), quantity),
        (_("Lasts for"), days),
        (_("Fill"), refill),
        (_("Refills allowed"), plain(found.refills_allowed) or ""),
        (_("Prescription number"), found.prescription or ""),
        *((_("Ingredient"), codes.code_words(part)) for part in found.parts),
    )


def diagnoses(record: ClaimRecord) -> Pairs:
    """Return what the provider told the plan you were treated for."""
    return tuple(
        (_(vocabulary.DIAGNOSIS_ROLES.get(one.role or "", said("Diagnosis"))), _with_arrival(one))
        for one in record.diagnoses
    )


def _with_arrival(one: Diagnosis) -> str:
    if one.on_admission is None:
        return _diagnosis(one)
    words = (
        _("{diagnosis}; there on arrival at the hospital")
        if one.on_admission
        else _("{diagnosis}; not there on arrival at the hospital")
    )
    return words.format(diagnosis=_diagnosis(one))


def diagnosis_note(record: ClaimRecord) -> str:
    """Return, to readers of another language, why names of diagnoses are English; "" where there are none."""
    if not is_spanish() or not any(one.what.words for one in record.diagnoses):
        return ""
    return _("Names of diagnoses are in English: there is no free official list of them in Spanish.")


def _diagnosis(one: Diagnosis) -> str:
    is_icd10 = (one.what.system or "") in ("ICD-10", "ICD-10-CM")
    code = dotted(one.what.code) if one.what.code and is_icd10 else one.what.code
    if one.what.words and code:
        return _("{words} ({code})").format(words=one.what.words, code=code)
    return one.what.words or code or _(NOT_SHARED)


def dotted(code: str) -> str:
    """Return an ICD-10 code with its dot: J069 is J06.9."""
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 and "." not in code else code


def procedures(record: ClaimRecord) -> Pairs:
    """Return what was done, by day; the main one first, where the plan said which that is."""
    return tuple((_procedure(one), codes.code_words(one.what)) for one in record.procedures)


def _procedure(one: Procedure) -> str:
    if one.is_primary is None:
        return date_words(one.on) or _("Procedure")
    if one.on is None:
        return _("Main procedure") if one.is_primary else _("Another procedure")
    words = _("Main procedure, {date}") if one.is_primary else _("Another procedure, {date}")
    return words.format(date=date_words(one.on))


def team(record: ClaimRecord) -> Pairs:
    """Return who took part and in which role."""
    return tuple(
        (
            _(vocabulary.TEAM_ROLES.get(one.role or "", said("Took part"))),
            ", ".join(part for part in (one.name, one.speciality) if part) or _(NOT_SHARED),
        )
        for one in record.care_team
    )


def related(record: ClaimRecord) -> tuple[str, ...]:
    """Return which other claims this one names."""
    return tuple(
        _(_RELATED_NUMBER[one.relation]).format(number=one.number)
        if one.number
        else _(_RELATED[one.relation])
        for one in record.related
    )


def more(record: ClaimRecord) -> Pairs:
    """Return what is shown only on demand, under the plan's own labels."""
    figures = [(label_words(one.label), priced(one.figure)) for one in record.details]
    shown = [
        (
            _(vocabulary.FACTS.get(fact.category, "")) or fact.label or fact.category,
            _value(codes.value_words(fact)),
        )
        for fact in record.facts
        if fact.is_detail
    ]
    # A payment of nothing has no day; the date is kept all the same, as the plan's own.
    unpaid = "" if record.money.plan_paid.amount else _paid_on(record)
    dates = _known(
        (_("Payment date in your plan's data"), unpaid),
        (_("Record made by your plan"), date_words(record.created)),
        (_("Who is to be paid"), record.payee or ""),
    )
    return tuple(dict.fromkeys([*figures, *shown, *dates]))


def _value(text: str) -> str:
    """Return a fact's value, its dates, units of measure and yes or no in the reader's words."""
    start, _mark, end = text.partition(" to ")
    if start[:4].isdigit() and len(start) == 10 and start[4] == "-":
        return span_words(start, end)
    return _(text) if text in _YES_OR_NO else measured(text)


def _known(*pairs: tuple[str, str]) -> Pairs:
    return tuple((label, value) for label, value in pairs if value)
