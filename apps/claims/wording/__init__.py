"""ClaimRecord -> words for the list and the page: pure, English, free of Django."""

from collections.abc import Iterable
from typing import TypedDict

from apps.claims import standing
from apps.claims.reading.facts import plain
from apps.claims.records import ClaimRecord, Diagnosis, Drug, Line
from apps.claims.wording import denials, receipt, vocabulary
from apps.claims.wording.answer import answer
from apps.claims.wording.bar import bar
from apps.claims.wording.story import Badge, LineRow, Story
from apps.claims.wording.vocabulary import code_words, kind_words
from apps.plain_language.dates import date_words, span_words
from apps.plain_language.money import NOT_SHARED, priced

_NOTICES = {
    "not_covered": "Your plan does not cover this and so paid nothing.",
    "denied": "Your plan denied this claim. You can ask it to look again.",
}
_RELATED = {
    "prior": "This replaces an earlier version of the claim",
    "replacedby": "A newer version replaces this claim",
    "associated": "It belongs together with another claim",
}


class RowWords(TypedDict):
    """The words of one row of the list."""

    title: str
    meta: str
    share: str
    is_share_known: bool
    badge: str
    badge_kind: str


def story(record: ClaimRecord) -> Story:
    """Return everything the page of one claim says."""
    real = [line for line in record.lines if not line.is_total]
    return Story(
        title=title(record),
        kind=kind_words(record),
        when=when(record),
        answer=answer(record),
        badge=badge(record),
        notices=_notices(record),
        bar=bar(record),
        receipt=receipt.rows(record),
        is_closed=standing.state(record) in standing.OUT_OF_SUMS,
        disagreements=tuple(receipt.disagreement_words(one) for one in record.disagreements),
        reasons=_reasons(record),
        facts=_facts(record),
        lines=tuple(_line(line, place, record) for place, line in enumerate(real, 1)),
        shows_line_amounts=any(line.money.is_shared for line in real),
        shows_not_covered=any(line.money.not_covered.amount for line in real),
        total_lines=tuple(
            f"Your plan also sent a line with the total charge: {priced(line.money.billed)}."
            for line in record.lines
            if line.is_total
        ),
        drug=_drug(record.drug) if record.drug else (),
        diagnoses=tuple(
            (
                vocabulary.DIAGNOSIS_ROLES.get(one.role or "", "Diagnosis"),
                _with_code(one.what.words, _diagnosis_code(one)),
            )
            for one in record.diagnoses
        ),
        procedures=tuple(
            (date_words(one.on) or "Procedure", code_words(one.what)) for one in record.procedures
        ),
        team=tuple(
            (vocabulary.TEAM_ROLES.get(one.role or "", "Took part"), _with_skill(one.name, one.speciality))
            for one in record.care_team
        ),
        notes=record.notes,
        related=tuple(
            _RELATED[one.relation] + (f": {one.number}." if one.number else ".") for one in record.related
        ),
        more=_more(record),
    )


def row(record: ClaimRecord) -> RowWords:
    """Return the words of one row of the list; `badge` is empty for an ordinary claim."""
    shown = badge(record)
    is_ordinary = shown is None or shown.kind == "ok"
    share = record.money.your_share
    meta = [when(record)]
    if record.payer:
        meta.append(record.payer)
    return {
        "title": title(record),
        "meta": " · ".join(part for part in meta if part),
        "share": priced(share) if share.is_known else _no_share(record),
        "is_share_known": share.is_known,
        "badge": "" if is_ordinary or shown is None else shown.words,
        "badge_kind": "quiet" if shown is None else shown.kind,
    }


def _no_share(record: ClaimRecord) -> str:
    return "not shared" if record.shares_money else "no amounts shared"


def title(record: ClaimRecord) -> str:
    """Return a claim's name: "Office visit at Riverside Clinic", "Prescription: Metformin 500 mg"."""
    if record.kind == "pharmacy":
        return f"Prescription: {vocabulary.drug_name(record.drug.what)}" if record.drug else "Prescription"
    kind = vocabulary.subject(record)
    named = [name for name in (record.provider, record.facility) if name and not name.startswith("NPI ")]
    if not named:
        return kind
    return f"{kind} {'with' if vocabulary.is_person(named[0]) else 'at'} {vocabulary.short(named[0])}"


def when(record: ClaimRecord) -> str:
    """Return the day or the days of service."""
    if record.service_start:
        return span_words(record.service_start, record.service_end)
    if record.unreadable_dates:
        return "date not readable"
    return f"sent {date_words(record.created)}" if record.created else "date not shared"


def badge(record: ClaimRecord) -> Badge | None:
    """Return where the claim stands; None when there is nothing to say."""
    known = vocabulary.STATES.get(standing.state(record))
    if known is None:
        return None
    return Badge(*known)


def _notices(record: ClaimRecord) -> tuple[str, ...]:
    found = [_NOTICES.get(standing.state(record), "")]
    if record.status == "draft":
        found.append("Your plan marks this as a draft.")
    if record.may_change:
        found.append("Your plan says this is not final. It may still change.")
    if record.adjustment == "replacement":
        found.append("This is a corrected version of an earlier claim.")
    if record.adjustment in ("credit", "debit"):
        found.append("This corrects the amounts of an earlier claim.")
    if any(line.money.billed.amount and line.money.billed.amount < 0 for line in record.lines):
        found.append("Lines with a minus take back earlier ones.")
    found += [f"Your plan sent a date that cannot be read: {text}." for text in record.unreadable_dates]
    return tuple(one for one in found if one)


def _reasons(record: ClaimRecord) -> tuple[str, ...]:
    """Return each reason once, with the lines it was given for."""
    lines: dict[str, list[str]] = {}
    for place, line in enumerate((line for line in record.lines if not line.is_total), 1):
        for words in dict.fromkeys(denials.reason_words(reason) for reason in line.reasons):
            lines.setdefault(words, []).append(str(line.number or place))
    of_claim = dict.fromkeys(denials.reason_words(reason) for reason in record.reasons)
    of_lines = (
        f"{'Line' if len(numbers) == 1 else 'Lines'} {', '.join(numbers)}: {words}"
        for words, numbers in lines.items()
    )
    return (*of_claim, *of_lines)


def _facts(record: ClaimRecord) -> tuple[tuple[str, str], ...]:
    pairs = [
        ("Kind", kind_words(record)),
        ("Date", when(record)),
        ("Provider", record.provider),
        ("Place", record.facility if record.facility != record.provider else None),
        ("Network", vocabulary.NETWORKS.get(record.network or "")),
        ("Plan", record.payer),
        ("Coverage", record.coverage if record.coverage != record.payer else None),
        ("Claim number", record.claim_number),
        ("Received by your plan", date_words(record.received_on)),
        ("Paid on", date_words(record.paid_on)),
    ]
    pairs += [
        (vocabulary.FACTS.get(fact.category) or fact.label or fact.category, _value(fact.value))
        for fact in record.facts
        if not fact.is_detail
    ]
    return tuple((label, value) for label, value in pairs if value)


def _value(text: str) -> str:
    """Return a fact's value, its dates in words."""
    start, _, end = text.partition(" to ")
    return span_words(start, end) if start[:4].isdigit() and len(start) == 10 and start[4] == "-" else text


def _line(line: Line, place: int, record: ClaimRecord) -> LineRow:
    shown = [code_words(line.place)] if line.place else []
    if line.quantity:
        shown.append(f"Quantity {plain(line.quantity)}{f' {line.unit}' if line.unit else ''}")
    shown += [f"Modifier {one.code}{f': {one.words}' if one.words else ''}" for one in line.modifiers]
    shown += [f"Tooth or area: {code_words(one)}" for one in line.teeth]
    if line.revenue and line.revenue.words and line.revenue.words != line.what.words:
        shown.append(line.revenue.words)
    if line.network and line.network != record.network:
        shown.append(vocabulary.NETWORKS[line.network])
    shown += [f"{one.label}: {priced(one.figure)}" for one in line.details]
    shown += line.notes
    return LineRow(
        number=str(line.number or place),
        what=line.what.words or (code_words(line.what) if line.what.code else "What it was is not shared"),
        code=" ".join(part for part in (line.what.system, line.what.code) if part) if line.what.words else "",
        on=span_words(line.service_start, line.service_end),
        details=tuple(dict.fromkeys(shown)),
        billed=_cell(line, "billed") if line.money.billed.is_known else _cell(line, "drug_cost"),
        plan_paid=_cell(line, "plan_paid"),
        not_covered=_cell(line, "not_covered"),
        your_share=_cell(line, "your_share"),
        decision=vocabulary.LINE_DECISIONS.get(line.decision or "", ""),
    )


def _cell(line: Line, concept: str) -> str:
    figure = getattr(line.money, concept)
    return priced(figure) if figure.is_known else "not shared"


def _drug(drug: Drug) -> tuple[tuple[str, str], ...]:
    supply = f"{plain(drug.supply_days)} days" if drug.supply_days is not None else ""
    refill = (
        "" if drug.refill is None else "First fill" if drug.refill == 0 else f"Refill {plain(drug.refill)}"
    )
    quantity = f"{plain(drug.quantity)} {drug.unit or ''}".strip() if drug.quantity is not None else ""
    pairs = [
        ("Drug", code_words(drug.what)),
        (
            "Number",
            " ".join(part for part in (drug.what.system, drug.what.code) if part) if drug.what.words else "",
        ),
        ("Amount", quantity),
        ("Lasts for", supply),
        ("Fill", refill),
        ("Refills allowed", plain(drug.refills_allowed) or ""),
        ("Prescription number", drug.prescription or ""),
        *(("Ingredient", code_words(part)) for part in drug.parts),
    ]
    return tuple((label, value) for label, value in pairs if value and value != NOT_SHARED)


def _more(record: ClaimRecord) -> tuple[tuple[str, str], ...]:
    """Return what is shown only on demand, under the plan's own labels."""
    figures = [(one.label, priced(one.figure)) for one in record.details]
    facts = [
        (vocabulary.FACTS.get(fact.category) or fact.label or fact.category, _value(fact.value))
        for fact in record.facts
        if fact.is_detail
    ]
    created = [("Record made by your plan", date_words(record.created))] if record.created else []
    return tuple(_unique([*figures, *facts, *created]))


def _unique(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(dict.fromkeys(pairs))


def _diagnosis_code(one: Diagnosis) -> str | None:
    is_icd10 = (one.what.system or "") in ("ICD-10", "ICD-10-CM")
    return vocabulary.dotted(one.what.code) if one.what.code and is_icd10 else one.what.code


def _with_code(words: str | None, code: str | None) -> str:
    return f"{words} ({code})" if words and code else words or code or NOT_SHARED


def _with_skill(name: str | None, skill: str | None) -> str:
    return ", ".join(part for part in (name, skill) if part) or NOT_SHARED
