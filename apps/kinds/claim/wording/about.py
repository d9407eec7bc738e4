"""What else there is to know of a claim: how it was paid, who took part, the drug, diagnoses, other facts."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial

from apps.fhir.values import day
from apps.kinds.claim import standing
from apps.kinds.claim.reading.dates import is_before
from apps.kinds.claim.reading.facts import plain
from apps.kinds.claim.reading.payments import KINDS
from apps.kinds.claim.records import ClaimRecord, Coded, Diagnosis, Drug, Fact, Payment, Procedure, Related
from apps.kinds.claim.wording import (
    also_sent,
    codes,
    contradictions,
    denials,
    line_details,
    lines,
    titles,
    to_pay,
    vocabulary,
)
from apps.kinds.claim.wording.codes import participant
from apps.kinds.claim.wording.story import Pairs
from apps.kinds.claim.wording.vocabulary import called
from apps.plain_language.capitals import calm_name
from apps.plain_language.dates import date_words, span_words
from apps.plain_language.free_words import measured
from apps.plain_language.language import _, is_spanish, said
from apps.plain_language.money import NOT_SHARED, priced
from apps.plain_language.theirs import (
    Written,
    an_amount,
    filled,
    joined,
    listed,
    part_words,
    theirs,
    translated,
)

STAY = "admissionperiod"
_TOLD_ABOVE = frozenset({STAY, titles.CONTROL})  # what a row of its own tells
_OF_THE_STAY = frozenset(
    (
        *("nch_actv_or_cvrd_lvl_care_thru", "clm_actv_care_thru_dt", "nch_vrfd_ncvrd_stay_from_dt"),
        *("clm_ncvrd_from_dt", "clm_ncvrd_thru_dt", "nch_bene_mdcr_bnfts_exhtd_dt_i", "clm_mdcr_exhstd_dt"),
    )
)
"""Days of Medicare's that lie in the time of the bill, by its codebook: covered care that ended, days not
covered, days used up."""
_YES_OR_NO = (said("yes"), said("no"))
_RELATED = {
    "prior": said("This replaces an earlier version of the claim."),
    "taken back": said("This takes back an earlier version of the claim."),
    "named": said("It names an earlier version of the claim."),
    "replacedby": said("A newer version replaces this claim."),
    "associated": said("It belongs together with another claim."),
    "file": said("Your plan names a case or file."),
}


def payment(record: ClaimRecord) -> Pairs:
    """Return how the plan paid: how much, to whom, when, by which check; () where it paid nothing."""
    paid = record.payment or Payment()
    amount = paid.amount if paid.amount.is_known else record.money.plan_paid
    if not amount.amount:
        return ()
    facts = _known(
        (_("Paid to"), titles.recipient(record)),
        (_("Paid on"), _paid_on(record)),
        (_("Check or transfer number"), paid.number or ""),
        (_("Kind of payment"), _payment_kind(paid.kind)),
    )
    # The amount alone stands in the receipt already.
    shown = contradictions.shown(record, "plan_paid", paid.amount)
    return ((to_pay.payment_label(paid), shown), *facts) if facts else ()


def _payment_kind(kind: str | None) -> str:
    """Return the kind of payment in the reader's language; the plan's own words stay as they are."""
    sent = kind or ""
    words = _(sent) if sent in KINDS.values() else sent
    begun = f"{words[:1].upper()}{words[1:]}"
    return begun if sent in KINDS.values() else theirs(begun)


def _paid_on(record: ClaimRecord) -> str:
    """Return when it was paid, and that this is before the care: one plan dates all its payments alike."""
    written = record.payment.on if record.payment and record.payment.on else None
    served = None if record.day_is or record.dates_apart else record.service_on
    text = _("{date}, before the care") if is_before(written, record.paid_on, served) else "{date}"
    return text.format(date=date_words(written or record.paid_on))


def network(record: ClaimRecord) -> str:
    """Return whether the provider is in the plan's network, "" where the plan did not say."""
    return called(record.kind, _(vocabulary.NETWORKS.get(record.network or "", "")))


def facts(record: ClaimRecord) -> Pairs:
    """Return what names this claim, and what else belongs on the page itself."""
    shown = _on_page(record, [fact for fact in record.facts if _is_on_page(fact)])
    return _known(
        (_("Kind"), titles.kind_words(record)),
        _date(record),
        *_stay(record),
        (_("Pharmacy") if record.kind == "pharmacy" else _("Provider"), _provider(record)),
        (_("Place"), "" if titles.is_place_of_provider(record) else calm_name(record.facility or "")),
        (_("Patient"), calm_name(record.patient or "")),
        (_("Plan"), titles.payer_words(record)),
        (_("Coverage"), _coverage(record)),
        (_("Other insurance it names"), listed([calm_name(name) for name in record.other_plans])),
        (_("Control number, for calls"), titles.control(record)),
        (_("Claim number"), record.claim_number or ""),
        (_("Received by your plan"), date_words(record.received_on)),
        *shown,
    )


def _provider(record: ClaimRecord) -> str:
    name = record.provider or ""
    # The place stands in a row of its own.
    return calm_name(name) if titles.is_named(name) or record.facility else titles.who_billed(record)


def _on_page(record: ClaimRecord, shown_facts: Sequence[Fact]) -> Iterator[tuple[str, str]]:
    """Yield each fact, those who pay first in one row; days of the stay outside of it say so."""
    payers = [fact for fact in shown_facts if denials.is_first_payer(fact)]
    of_stay = " ".join(fact.value for fact in shown_facts if fact.category in _OF_THE_STAY)
    outside = _outside(record, of_stay.split())
    for fact in shown_facts:
        label, value = _fact(fact, record)
        if fact in payers[:1]:
            yield label, _first_payers(record, payers)
        elif fact not in payers:
            is_apart = fact.category in _OF_THE_STAY and not outside.isdisjoint(fact.value.split())
            yield label, _dated_apart(value, is_apart)


def _first_payers(record: ClaimRecord, payers: Iterable[Fact]) -> str:
    """Return who pays first; where several are named, by the claim, a line or a reason, that they are."""
    named = [_fact(fact, record)[1] for fact in payers]
    if denials.names_two_first_payers(record):
        named.append(_("workers' compensation, by a reason of Medicare's"))
    payer_names = joined("; ", list(dict.fromkeys(named)))
    if len(set(named)) < 2:
        return payer_names
    return filled(_("{payers}. More than one is named: ask your plan which pays first."), payers=payer_names)


def _coverage(record: ClaimRecord) -> str:
    """Return what the claim calls the coverage, "" where that is the plan's name once more."""
    name = record.coverage if record.coverage != record.payer else ""
    return part_words(name or "") or name or ""


def _date(record: ClaimRecord) -> tuple[str, str]:
    if record.day_is == "paid":
        return _("Paid on"), date_words(record.service_start)
    return _("Date"), titles.every_day(record)


def _stay(record: ClaimRecord) -> Pairs:
    """Return the time of admission, in the words of where it was: only a hospital has a stay in hospital."""
    sent = [fact.value for fact in record.facts if fact.category == STAY]
    kind = record.setting or record.kind
    label = vocabulary.STAYS.get(kind, said("Time of care"))
    if kind in vocabulary.STARTS:  # with an end as well, it is no start
        label = said("Time of care") if any(" to " in value for value in sent) else label
        sent = [value.removeprefix("from ") for value in sent]
    return tuple((_(label), _value(value, value)) for value in sent)


def drug(dispensed: Drug | None) -> Pairs:
    """Return what the pharmacy dispensed."""
    if dispensed is None:
        return ()
    days = (
        _("{number} days").format(number=plain(dispensed.supply_days))
        if dispensed.supply_days is not None
        else ""
    )
    refill = _("Refill {number}").format(number=plain(dispensed.refill)) if dispensed.refill else ""
    if dispensed.refill == 0:
        refill = _("First fill")
    what = codes.of_drug(dispensed)
    return _known(
        (_("Drug"), codes.code_words(what) if what.code or what.words else ""),
        (_("Number"), codes.bare(what) if codes.official_words(what) else ""),
        (
            _("Amount"),
            vocabulary.counted(dispensed.quantity, dispensed.unit) if dispensed.quantity is not None else "",
        ),
        (_("Lasts for"), days),
        (_("Fill"), refill),
        (_("Refills allowed"), plain(dispensed.refills_allowed) or ""),
        (_("Prescription number"), dispensed.prescription or ""),
    )


def diagnoses(record: ClaimRecord) -> Pairs:
    """Return what the provider told the plan you were treated for."""
    mains = sum(diagnosis.role == "principal" for diagnosis in record.diagnoses)
    of_several = _("One of {n} main reasons").format(n=mains) if mains > 1 else ""
    return tuple((_role(diagnosis, of_several), _with_arrival(diagnosis)) for diagnosis in record.diagnoses)


def _role(diagnosis: Diagnosis, of_several: str) -> str:
    """Return what a diagnosis is to the claim; *of_several* is said of main ones where there are more."""
    role = of_several if diagnosis.role == "principal" else ""
    return role or _(vocabulary.DIAGNOSIS_ROLES.get(diagnosis.role or "", said("Diagnosis")))


def _with_arrival(diagnosis: Diagnosis) -> str:
    if diagnosis.on_admission is None:
        return diagnosis_words(diagnosis)
    words = (
        _("{diagnosis}; there on arrival at the hospital")
        if diagnosis.on_admission
        else _("{diagnosis}; not there on arrival at the hospital")
    )
    return filled(words, diagnosis=diagnosis_words(diagnosis))


def english_note(record: ClaimRecord) -> str:
    """Return, to readers of another language, why names of codes are English; "" where none is shown."""
    if not (is_spanish() and any(_english_names(record))):
        return ""
    return _("Official names of codes are in English: there is no free list of them in Spanish.")


def _english_names(record: ClaimRecord) -> Iterator[str]:
    """Yield the names that lists have for codes, "" for those without; what the plan wrote is its own."""
    yield from lines.english_names(record)
    shown = [sent.what for sent in record.diagnoses] + [done.what for done in record.procedures]
    shown += [record.drug.what] if record.drug else []
    yield from map(codes.listed_words, shown)
    values = [also_sent.value_words(fact) for fact in record.facts if also_sent.is_bare(fact)]
    yield from (value for value in values if isinstance(value, Written))


def diagnosis_words(diagnosis: Diagnosis) -> str:
    """Return a diagnosis in words with its code behind: "Essential hypertension (I10)"."""
    # A list that holds procedures as well says less than the place where the code stands.
    system = "ICD-10-CM" if diagnosis.what.system == "ICD-10" else diagnosis.what.system
    return codes.with_code(codes.dotted(Coded(diagnosis.what.code, system, diagnosis.what.words)))


def procedures(record: ClaimRecord) -> Pairs:
    """Return what was done, by day; the main one first, where the plan said which that is."""
    outside = _outside(record, [procedure.on for procedure in record.procedures])
    return tuple(
        (
            _procedure(procedure),
            _dated_apart(codes.with_code(codes.dotted(procedure.what)), procedure.on in outside),
        )
        for procedure in record.procedures
    )


def _dated_apart(what: str, is_outside: bool) -> str:
    text = _("{what}. This date is not in the time of the claim: ask your plan which is right.")
    return filled(text, what=what) if is_outside else what


_WITH_A_STAY = timedelta(days=3)
"""How long before a stay what is done is billed with it (Medicare's payment window)."""


def _outside(record: ClaimRecord, days: Iterable[str | None]) -> frozenset[str]:
    """Return which of *days* lie outside every time the claim names as its own."""
    apart = [text for span in record.dates_apart for text in span]
    days_told = (record.stay_since, record.service_start, record.service_end, record.period_start, *apart)
    own = [day_known.first for day_known in map(day, (*days_told, record.period_end)) if day_known]
    if not own or record.day_is:
        return frozenset()
    is_open = record.period_end is None and (bool(record.period_start) or record.kind == "inpatient")
    first, last = min(own) - _WITH_A_STAY, max(own) + timedelta(days=366 if is_open else 1)
    told_days = (day_known for text in days if (day_known := day(text)))
    outside = (day_known.text for day_known in told_days if len(day_known.text) == len("2026-03-09"))
    return frozenset(text for text in outside if not str(first) <= text <= str(last))


def _procedure(procedure: Procedure) -> str:
    if procedure.is_primary is None:
        return date_words(procedure.on) or _("Procedure")
    if procedure.on is None:
        return _("Main procedure") if procedure.is_primary else _("Another procedure")
    words = _("Main procedure, {date}") if procedure.is_primary else _("Another procedure, {date}")
    return words.format(date=date_words(procedure.on))


def team(record: ClaimRecord) -> Pairs:
    """Return who took part and in which role."""
    return tuple(
        (
            _(vocabulary.TEAM_ROLES.get(person.role or "", said("Took part"))),
            participant(person.name, person.speciality) or _(NOT_SHARED),
        )
        for person in record.care_team
    )


def related(record: ClaimRecord) -> tuple[str, ...]:
    """Return which other claims this one names."""
    return tuple(map(partial(_related, record), record.related))


def _related(record: ClaimRecord, other: Related) -> str:
    relation_words = _(_RELATED[_relation(record, other.relation)])
    if not other.number:
        return relation_words
    of_file = _("Your plan names a case or file number: {number}.")
    numbered = of_file if other.relation == "file" else f"{relation_words.removesuffix('.')}: {{number}}."
    return numbered.format(number=other.number)


def _relation(record: ClaimRecord, relation: str) -> str:
    """Return what a claim is to the one it names: what does not hold itself replaces nothing."""
    state = standing.state(record)
    if relation != "prior" or state not in standing.OUT_OF_SUMS - {"error", "undecided", "draft"}:
        return relation
    return "taken back" if state in ("void", "taken_back") else "named"


def more(record: ClaimRecord, *, counts: bool = True) -> Pairs:
    """Return what is shown only on demand, under the plan's own labels; how was paid what does not count."""
    details = [detail for detail in record.details if detail.figure.amount]
    figures = [(translated(detail.label), an_amount(priced(detail.figure))) for detail in details]
    shown = [
        _fact(fact, record)
        for fact in record.facts
        if not _is_on_page(fact) and fact.category not in _TOLD_ABOVE
    ]
    # A payment of nothing has no day; its date and kind are kept all the same, as the plan's own.
    paid, told_above = record.payment or Payment(), dict(payment(record))
    is_told = bool(told_above) and counts
    dates = _known(
        (_("Paid to"), "" if is_told else told_above.get(_("Paid to"), "")),
        (_("Payment date in your plan's data"), "" if is_told else _paid_on(record)),
        (_("Check or transfer number"), "" if is_told or not told_above else paid.number or ""),
        (_("Kind of payment"), "" if is_told else _payment_kind(paid.kind)),
        (
            _("Record made") if standing.is_uninsured(record) else _("Record made by your plan"),
            date_words(record.created),
        ),
        (_("Who is to be paid"), record.payee or ""),
    )
    figures += line_details.rates(record)
    return tuple(dict.fromkeys([*figures, *_nothings(record, len(details)), *shown, *dates]))


def _nothings(record: ClaimRecord, number_told: int) -> Pairs:
    """Return the amounts of nothing in one row: how many there are, and the nothing."""
    nothing = [detail for detail in record.details if detail.figure.is_known and not detail.figure.amount]
    if not nothing:
        return ()
    told_nothing = an_amount(priced(nothing[0].figure))
    if len(nothing) < 2:
        return ((translated(nothing[0].label), told_nothing),)
    label = _("{number} more amounts") if number_told else _("{number} amounts")
    return ((label.format(number=len(nothing)), told_nothing),)


def more_note(record: ClaimRecord) -> str:
    """Return who knows the codes among the details that stand there without words; "" for none."""
    if not any(also_sent.is_bare(fact) and not also_sent.is_telling(fact) for fact in record.facts):
        return ""
    return _(
        "Where only a code stands, the words belong to lists that hospitals and pharmacies pay for: "
        "they can tell you what it means."
    )


def _is_on_page(fact: Fact) -> bool:
    return not fact.is_detail and fact.category not in _TOLD_ABOVE and also_sent.is_telling(fact)


def _fact(fact: Fact, record: ClaimRecord) -> tuple[str, str]:
    return also_sent.fact_label(fact, record), _value(also_sent.value_words(fact), fact.value)


def _value(text: str, sent: str) -> str:
    """Return a fact's value, its dates, units of measure and yes or no in the reader's words."""
    start, _mark, end = text.removeprefix("from ").removeprefix("until ").partition(" to ")
    if start[:4].isdigit() and len(start) == 10 and start[4] == "-":
        if text.startswith("from "):
            return _("from {date} (end not sent)").format(date=date_words(start))
        return span_words(None, start) if text.startswith("until ") else span_words(start, end)
    value = _(text) if text in _YES_OR_NO else measured(text)
    return theirs(value) if value == sent and any(map(str.isalpha, sent)) else value


def _known(*pairs: tuple[str, str]) -> Pairs:
    return tuple(dict.fromkeys((label, value) for label, value in pairs if value))
