"""The brief of a claim: what lists and sums need of its record, a tenth of the size to open."""

from msgspec import structs

from apps.claims.records import (
    NOT_SHARED,
    ClaimRecord,
    Coded,
    Disagreement,
    Drug,
    Figure,
    Line,
    Money,
    Source,
)
from apps.claims.wording.codes import service_words
from apps.claims.wording.sources import finer_label

VERSION = 4
"""Raised when what a brief keeps changes; stored claims are then read and written again."""

_LEFT_OUT = {
    "details": (),
    "diagnoses": (),
    "procedures": (),
    "care_team": (),
    "facts": (),
    "reasons": (),
    "notes": (),
    "coverage": None,
    "payment": None,
    "approval": None,
    "also_sent": (),
}


def brief(record: ClaimRecord) -> ClaimRecord:
    """Return *record* with what `wording.row` and `year.count` use; they say the same of both (tested)."""
    return structs.replace(
        record,
        **_LEFT_OUT,
        money=_amounts(record.money),
        disagreements=_about_the_share(record.disagreements),
        lines=_lines(record.lines),
        drug=Drug(
            what=Coded(
                words=record.drug.what.words, system=record.drug.what.system, code=record.drug.what.code
            )
        )
        if record.drug
        else None,
    )


def _about_the_share(disagreements: tuple[Disagreement, ...]) -> tuple[Disagreement, ...]:
    """That the share is contradicted, without the figures: the sums say so, the claim's page says how."""
    found = next((one for one in disagreements if one.concept == "your_share"), None)
    return (Disagreement(found.concept, found.about, NOT_SHARED),) if found else ()


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
    source = figure.source
    code = source.code if source and is_named and finer_label(figure) else None
    summed = source.summed if source else 0
    return Source(label="", path="", code=code, summed=summed) if summed or code else None


def _lines(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Places, decisions and the first words, each combination once: a hundred lines become two or three."""
    first = next((line for line in lines if line.what.words), None)
    # Where no line has words, the range of a code names the claim.
    coded = None if first else next((line for line in lines if service_words(line.what)), None)
    kept = (
        Line(
            what=Coded(words=line.what.words)
            if line is first
            else Coded(code=line.what.code)
            if line is coded
            else Coded(),
            place=Coded(code=line.place.code) if line.place else None,
            decision=line.decision,
            is_total=line.is_total,
        )
        for line in lines
    )
    return tuple(dict.fromkeys(kept))
