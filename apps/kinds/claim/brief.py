"""The brief of a claim: what lists and sums need of its record, a tenth of the size to open; and the same of
sensitive care, as lists may show it; pure."""

from collections.abc import Callable

from msgspec import structs

from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.reading.also_sent import unread
from apps.kinds.claim.reading.lines import naming_lines
from apps.kinds.claim.reading.reasons import decisions
from apps.kinds.claim.records import (
    NOT_SHARED,
    NOWHERE,
    ClaimRecord,
    Coded,
    Disagreement,
    Drug,
    Figure,
    Line,
    Money,
    Payment,
    Procedure,
    Reason,
    Source,
)
from apps.kinds.claim.standing import is_uninsured
from apps.kinds.claim.whose import is_above_open
from apps.kinds.claim.wording.codes import general_words, plain_told_words
from apps.kinds.claim.wording.sources import finer_label
from apps.kinds.claim.wording.titles import badge, procedure_words, setting_of_lines, telling, treating
from apps.records.entries import Codec, raw
from apps.records.ties import Ties

VERSION = 19
"""Raised when what a brief keeps changes; stored claims are then read and written again."""

_LEFT_OUT = {
    "details": (),
    "diagnoses": (),
    "facts": (),
    "reasons": (),
    "notes": (),
    "coverage": None,
    "unnamed": "",
    "other_plans": (),
    "approval": None,
    "labels": (),
    "named": (),
}


def brief(record: ClaimRecord) -> ClaimRecord:
    """Return *record* with what `wording.row` and `year.count` use; they say the same of both (tested)."""
    are_alike = record.kind == "outpatient" and bool(setting_of_lines(record))
    # A plan that changed a payment has worked something out.
    changed = record.payment.change if record.payment else NOT_SHARED
    kept = structs.replace(
        record,
        **_LEFT_OUT,
        payer_kind=record.payer_kind if record.payer_kind and is_uninsured(record) else None,
        procedures=_procedures(record) if record.procedures else (),
        care_team=treating(record) if record.care_team else (),
        money=_amounts(record.money),
        disagreements=_contradictions(record.disagreements),
        lines=_lines(record, are_alike=are_alike),
        drug=Drug(what=record.drug.what, is_compound=record.drug.is_compound) if record.drug else None,
        payment=Payment(change=_bare(changed)) if changed.amount else None,
        also_sent=unread(record.also_sent) if record.also_sent else (),
    )
    if (paid := record.paid_by_lines).is_known:
        kept = structs.replace(kept, paid_by_lines=_bare(paid, _source(paid, is_named=False)))
    if record.all_reasons:
        for says in (badge, is_above_open):
            kept = _with_reason(kept, record, says)
    return kept


def _with_reason(
    kept: ClaimRecord, record: ClaimRecord, says: Callable[[ClaimRecord], object]
) -> ClaimRecord:
    """*kept* with the one reason without which it says something else than *record*, where there is one."""
    words = says(record)
    if says(kept) == words:
        return kept
    bare = [Reason(reason.code, reason.kind, reason.group) for reason in record.all_reasons]
    tried = (structs.replace(kept, reasons=(*kept.reasons, reason)) for reason in bare)
    return next((reason_record for reason_record in tried if says(reason_record) == words), kept)


def _procedures(record: ClaimRecord) -> tuple[Procedure, ...]:
    """The words of the one that names a claim whose lines do not."""
    is_named = any(telling(plain_told_words(line.what)) for line in naming_lines(record.lines))
    words = "" if is_named else procedure_words(record)
    return (Procedure(Coded(words=words)),) if words else ()


def _contradictions(disagreements: tuple[Disagreement, ...]) -> tuple[Disagreement, ...]:
    """Which figures contradict each other, without where they stand."""
    return tuple(
        Disagreement(
            disagreement.concept,
            disagreement.about,
            _bare(disagreement.chosen),
            tuple([_bare(other) for other in disagreement.others]),
        )
        for disagreement in disagreements
    )


def _bare(figure: Figure, source: Source | None = None) -> Figure:
    return Figure(figure.amount, figure.currency, source)


def _amounts(money: Money) -> Money:
    """Every figure without its source, except from how many amounts it was added up, and whose discount."""
    return Money(
        **{
            name: Figure(
                amount=figure.amount,
                currency=figure.currency,
                source=_source(figure, is_named=name == "discount"),
            )
            for name in money.__struct_fields__
            if (figure := getattr(money, name)).is_known
        }
    )


def _source(figure: Figure, *, is_named: bool) -> Source | None:
    source = figure.source or NOWHERE
    code = source.code if is_named and finer_label(figure) else None
    short_source = Source(label="", path="", code=code, summed=source.summed, partial=source.partial)
    return None if short_source == NOWHERE else short_source


def _lines(record: ClaimRecord, *, are_alike: bool) -> tuple[Line, ...]:
    """Places, decisions, the first words and what the claim does not say of its network, each combination
    once: a hundred lines become two or three.

    Lines that *are_alike* name the claim together, by their codes: each gets that of the first.
    """
    lines, real = record.lines, naming_lines(record.real_lines)
    first = next((line for line in real if telling(plain_told_words(line.what))), None)
    # Where no line has words, what its code is about names the claim.
    coded = None if first else next((line for line in real if general_words(line.what)), None)
    kept = dict[object, Line]()
    decided = decisions(lines) if any(line.decision for line in lines) else [None] * len(lines)
    for line, decision in zip(lines, decided, strict=True):
        what = Coded()
        if are_alike and not line.is_total:
            what = Coded(real[0].what.code, real[0].what.system)
        elif line is first:
            what = Coded(words=plain_told_words(line.what))
        elif line is coded:
            what = line.what
        where = Coded(line.place.code, line.place.system) if line.place else None
        network = None if record.network else line.network
        key = what, where, network, decision, line.is_total
        if key not in kept:
            kept[key] = Line(
                what=what, place=where, network=network, decision=decision, is_total=line.is_total
            )
    return tuple(kept.values())


BRIEFS = Codec[ClaimRecord](ClaimRecord)


def folded(entry: ClaimEntry) -> ClaimEntry:
    """Return *entry* without provider, service, drug and place; sums come out the same."""
    record = BRIEFS.read(entry.brief)
    return structs.replace(
        entry,
        words="",
        provider=None,
        provider_key="",
        sent_to=None if entry.sent_to else "",
        ties=Ties(),
        brief=raw(_without_care(record)),
    )


def _without_care(record: ClaimRecord) -> ClaimRecord:
    return structs.replace(
        record,
        setting=None,
        provider=None,
        is_by_person=False,
        provider_npi=None,
        facility=None,
        drug=None,
        payee=None,
        payer=None,
        care_team=(),
        lines=tuple(dict.fromkeys(_unnamed(line) for line in record.lines)),
    )


def _unnamed(line: Line) -> Line:
    return Line(network=line.network, decision=line.decision, is_total=line.is_total)
