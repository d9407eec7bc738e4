"""The lines of a claim: what was done, when, where, and the money of each."""

from collections.abc import Mapping
from typing import NamedTuple

from apps.claims.reading import codes, dates, decisions, facts, money
from apps.claims.reading.money import Choices
from apps.claims.reading.shapes import Explanation, Item
from apps.claims.records import Coded, Detail, Line
from apps.fhir import values
from apps.fhir.values import number
from apps.plain_language.language import said
from apps.plain_language.units import unit_words

TOTAL_CHARGE = frozenset({"0001", "001"})


class ReadLine(NamedTuple):
    """A line for the page, and its amounts for the sums of the claim."""

    line: Line
    choices: Choices


def read_lines(claim: Explanation, names: Mapping[str, str], *, is_drug: bool) -> tuple[ReadLine, ...]:
    """Read every line in the order sent; *names* are those of the places where something was done."""
    notes = _numbered_notes(claim)
    sites = _additional_sites(claim)
    return tuple(
        _read(item, f"item[{index}]", names, is_drug=is_drug, notes=notes, sites=sites)
        for index, item in enumerate(claim.item)
    )


def _read(
    item: Item,
    path: str,
    names: Mapping[str, str],
    *,
    is_drug: bool,
    notes: Mapping[str, str],
    sites: Mapping[str, Coded],
) -> ReadLine:
    found = money.choices(money.entries(item.adjudication, f"{path}.adjudication"))
    outcome = decisions.outcome_of_line(item.adjudication, item.extension)
    start, end = dates.line_start(item), dates.line_end(item)
    quantity = item.quantity
    revenue = codes.coded(item.revenue) if item.revenue else None
    return ReadLine(
        Line(
            number=_whole(item.sequence),
            what=facts.product(item) if is_drug else _what(item),
            modifiers=codes.modifiers(item.modifier),
            revenue=revenue if revenue and (revenue.code or revenue.words) else None,
            service_start=start.text if start else None,
            service_end=end.text if end and end != start else None,
            quantity=number(quantity.value) if quantity else None,
            unit=unit_words(values.clean(quantity.unit or quantity.code, 20)) if quantity else None,
            place=codes.place(item.location_codeable_concept) or _place(item, names),
            teeth=_teeth(item, sites),
            money=money.of_line(found, is_drug=is_drug),
            details=(*money.details(found), *_net(item, path)),
            network=outcome.network,
            decision=outcome.decision,
            reasons=outcome.reasons,
            notes=tuple(notes[key] for one in item.note_number if (key := str(one)) in notes),
            is_total=any(code in TOTAL_CHARGE for code in values.codes(item.revenue)),
        ),
        found,
    )


def _place(item: Item, names: Mapping[str, str]) -> Coded | None:
    name = values.known_name(item.location_reference, names)
    return Coded(words=name) if name else None


def _what(item: Item) -> Coded:
    """Return what was done; where only a code came, the plan's type of service serves as words."""
    found = codes.coded(item.product_or_service)
    if found.words:
        return found
    shown = codes.type_words(item.category)
    if not found.code and not shown and item.revenue:
        return codes.coded(item.revenue)
    return Coded(found.code, found.system, shown)


def _net(item: Item, path: str) -> tuple[Detail, ...]:
    label = said("Line total")
    found = money.figure(item.net, label, f"{path}.net")
    return (Detail(label, found),) if found.is_known else ()


def _teeth(item: Item, sites: Mapping[str, Coded]) -> tuple[Coded, ...]:
    main = [codes.coded(one) for one in (item.body_site, *item.sub_site) if one]
    linked = [sites[key] for one in item.information_sequence if (key := str(one)) in sites]
    return tuple(dict.fromkeys(one for one in (*main, *linked) if one.code or one.words))


def _additional_sites(claim: Explanation) -> dict[str, Coded]:
    """Return further teeth by the sequence that lines point to; looked up by value, it may point nowhere."""
    found: dict[str, Coded] = {}
    for info in claim.supporting_info:
        if "additionalbodysite" in facts.categories(info):
            found.setdefault(str(info.sequence), codes.coded(info.code))
    return found


def _numbered_notes(claim: Explanation) -> dict[str, str]:
    texts = ((note.number, values.clean(note.text, 2000)) for note in claim.process_note)
    return {str(number): text for number, text in texts if number is not None and text}


def _whole(value: object) -> int | None:
    found = number(value)
    return (
        int(found)
        if found is not None and found == found.to_integral_value() and 0 <= found < 10**6
        else None
    )
