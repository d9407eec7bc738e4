"""The lines of a claim: what was done, when, where, and the money of each."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from apps.claims.reading import categories, codes, dates, decisions, facts, money
from apps.claims.reading.dates import LineDays
from apps.claims.reading.facts import Info
from apps.claims.reading.money import Choices
from apps.claims.reading.shapes import Explanation, Item
from apps.claims.records import Coded, Detail, Figure, Line
from apps.fhir import values
from apps.fhir.known import Known
from apps.fhir.values import Concept, Reference, number
from apps.plain_language.language import said

TOTAL_CHARGE = frozenset({"0001", "001"})


class ReadLine(NamedTuple):
    """A line for the page, and its amounts and days for those of the claim."""

    line: Line
    choices: Choices
    days: LineDays
    is_cms: bool
    """Some of its amounts have Medicare's own names."""
    booked: list[Figure]
    """Its amounts as sent: each is told somewhere in the line."""


def read_lines(
    claim: Explanation, infos: Iterable[Info], names: Mapping[str, str], *, is_drug: bool
) -> tuple[ReadLine, ...]:
    """Read every line in the order sent; *names* are those of the places where something was done."""
    notes = _numbered_notes(claim)
    sites = _additional_sites(infos)
    return tuple(
        [
            _read(item, f"item[{index}]", names, is_drug=is_drug, notes=notes, sites=sites)
            for index, item in enumerate(claim.item)
        ]
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
    adjudications = item.adjudication
    known = categories.of(adjudications)
    entries = money.entries(adjudications, known, f"{path}.adjudication")
    found = money.choices(entries)
    net = _net(item, path) if item.net else ()
    deciding = [adjudications[index] for index, category in enumerate(known) if category.decides]
    outcome = decisions.outcome_of_line(deciding, item.extension)
    days = dates.of_line(item)
    start, end, quantity = days.start, days.end, item.quantity
    revenue = codes.words_of[item.revenue] if item.revenue else None
    line = Line(
        number=_whole(item.sequence),
        what=facts.products[item.product_or_service] if is_drug else _what(item),
        modifiers=codes.modifiers(item.modifier) if item.modifier else (),
        revenue=revenue if revenue and (revenue.code or revenue.words) else None,
        service_start=start.text if start else None,
        service_end=end.text if end and end != start else None,
        quantity=number(quantity.value) if quantity else None,
        unit=facts.unit(quantity) if quantity else None,
        place=codes.places[item.location_codeable_concept] or _place(item.location_reference, names),
        teeth=_teeth(item, sites) if item.body_site or item.sub_site or item.information_sequence else (),
        money=money.of_line(found, is_drug=is_drug),
        details=(*money.details(found), *net),
        network=outcome.network,
        decision=outcome.decision,
        reasons=outcome.reasons,
        notes=tuple([notes[key] for one in item.note_number if (key := str(one)) in notes]),
        is_total=_is_total[item.revenue],
    )
    booked = [one.figure for one in entries] + [one.figure for one in net]
    return ReadLine(line, found, days, any(category.meaning.is_cms for category in known), booked)


def _is_whole_claim(revenue: Concept | None) -> bool:
    return not TOTAL_CHARGE.isdisjoint(values.codes(revenue))


_is_total = Known(_is_whole_claim)


def _place(reference: Reference | None, names: Mapping[str, str]) -> Coded | None:
    name = values.known_name(reference, names) if reference else None
    return Coded(words=name) if name else None


def _what(item: Item) -> Coded:
    """Return what was done; where only a code came, the plan's type of service serves as words."""
    found = codes.words_of[item.product_or_service]
    if found.words:
        return found
    shown = codes.type_words(item.category)
    if not found.code and not shown and item.revenue:
        return codes.words_of[item.revenue]
    return Coded(found.code, found.system, shown)


def _net(item: Item, path: str) -> tuple[Detail, ...]:
    label = said("Line total")
    found = money.figure(item.net, label, f"{path}.net")
    return (Detail(label, found),) if found.is_known else ()


def _teeth(item: Item, sites: Mapping[str, Coded]) -> tuple[Coded, ...]:
    main = [codes.coded(one) for one in (item.body_site, *item.sub_site) if one]
    linked = [sites[key] for one in item.information_sequence if (key := str(one)) in sites]
    return tuple(dict.fromkeys(one for one in (*main, *linked) if one.code or one.words))


def _additional_sites(infos: Iterable[Info]) -> dict[str, Coded]:
    """Return further teeth by the sequence that lines point to; looked up by value, it may point nowhere."""
    found: dict[str, Coded] = {}
    for info in infos:
        if "additionalbodysite" in info.category.codes:
            found.setdefault(str(info.sent.sequence), codes.coded(info.sent.code))
    return found


def _numbered_notes(claim: Explanation) -> dict[str, str]:
    texts = ((note.number, values.clean(note.text, 2000)) for note in claim.process_note)
    return {str(number): text for number, text in texts if number is not None and text}


def _whole(value: object) -> int | None:
    if type(value) is int:
        return value if 0 <= value < 10**6 else None
    found = number(value)
    return (
        int(found)
        if found is not None and found == found.to_integral_value() and 0 <= found < 10**6
        else None
    )
