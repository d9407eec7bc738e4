"""Facts of a claim that stand in elements of their own: its approval, its finer kind, an accident, who pays
first, results of tests.
"""

from collections.abc import Iterable

from apps.fhir import placeholders, values
from apps.fhir.values import Concept, Period, last_part, number
from apps.kinds.claim.reading import kinds
from apps.kinds.claim.reading.codes import system_name
from apps.kinds.claim.reading.concepts import CMS
from apps.kinds.claim.reading.facts import Info, labels, plain, unit
from apps.kinds.claim.reading.shapes import Contained, Explanation
from apps.kinds.claim.records import Fact

_FIRST_PAYER = "line_bene_prmry_pyr_cd"


def approved(claim: Explanation) -> list[Fact]:
    """Return the number of the approval that a claim was made under, and how long that holds."""
    if claim.use and claim.use.lower() != "claim":
        return []
    numbers = (values.clean(text, 100) for text in claim.pre_auth_ref)
    known = [Fact("preauthref", text) for text in numbers if text and not placeholders.is_no_number(text)]
    if not known:
        return []
    return [*known, *(held for period in claim.pre_auth_ref_period if (held := _held(period)))]


def finer_kind(claim: Explanation) -> list[Fact]:
    """Return the finer kind of a claim, but for what tells a stay from a visit, which its kind tells."""
    return _coded("subtype", claim.sub_type) if kinds.stay_or_visit(claim.sub_type) is None else []


def order(claim: Explanation) -> list[Fact]:
    """Return its place among the answers of several coverages to one bill: 1, 2 and so on."""
    place = number(claim.precedence)
    return [Fact("precedence", plain(place) or "")] if place and place > 0 and not place % 1 else []


def accident(claim: Explanation) -> list[Fact]:
    """Return when the accident was that the care is for, and of which kind it was."""
    on = values.day(claim.accident.date)
    return [*([Fact("accident", on.text)] if on else []), *_coded("accidenttype", claim.accident.type)]


def _coded(category: str, sent: Concept | None) -> list[Fact]:
    code = next(iter(values.codes(sent)), None)
    what = values.words(sent) or code
    return [Fact(category, what, code=code)] if what else []


def first_payers(claim: Explanation) -> list[Fact]:
    """Return who pays lines before Medicare, which it says in extensions of theirs, each once."""
    sent = [
        extension.value_coding
        for line in claim.item
        for extension in line.extension
        if extension.value_coding and last_part(extension.url or "").lower() == _FIRST_PAYER
    ]
    codes = dict.fromkeys(coding.code for coding in sent if coding.code)
    return [Fact(_FIRST_PAYER, code, code=code, system=system_name(CMS)) for code in codes]


def results(claim: Explanation, infos: Iterable[Info]) -> list[Fact]:
    """Return the results of tests that stand in records inside the claim, with what was tested.

    Where no result was sent, what was tested is told all the same.
    """
    contained = {f"#{record.id}": record for record in claim.contained if record.id}
    told = []
    for info in infos:
        record = (
            contained.get(info.sent.value_reference.reference or "") if info.sent.value_reference else None
        )
        if info.value or not info.category.codes or record is None or record.resource_type != "Observation":
            continue
        label = labels().get(info.category.codes[0])
        value = ": ".join(filter(None, (values.words(record.code), _result(record))))
        is_detail = label is None or not label.is_on_page
        told += (
            [Fact(info.category.codes[0], value, info.category.label, is_detail=is_detail)] if value else []
        )
    return told


def _result(record: Contained) -> str | None:
    """Return what a test came to: an amount, else words."""
    amount = record.value_quantity
    count = plain(number(amount.value)) if amount else None
    if amount and count:
        return " ".join(filter(None, (count, unit(amount))))
    return values.words(record.value_codeable_concept) or values.stated(record.value_string)


def _held(period: Period) -> Fact | None:
    start, end = values.day(period.start), values.day(period.end)
    if start and end:
        return Fact("preauthrefperiod", f"{start.text} to {end.text}")
    if start:
        return Fact("preauthrefstart", start.text)
    return Fact("preauthrefend", end.text) if end else None
