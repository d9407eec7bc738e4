"""The lines of a claim: what was done, when, where, and the money of each."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from msgspec import structs

from apps.fhir import values
from apps.fhir.values import Concept, Quantity, Reference, last_part, number
from apps.kinds.claim.reading import (
    added,
    categories,
    codes,
    dates,
    decisions,
    diagnoses,
    drugs,
    facts,
    money,
    stated_again,
)
from apps.kinds.claim.reading.added import Exchange
from apps.kinds.claim.reading.concepts import LABELS, Known
from apps.kinds.claim.reading.contradictions import PARTS, Rule
from apps.kinds.claim.reading.dates import LineDays
from apps.kinds.claim.reading.facts import Info
from apps.kinds.claim.reading.figures import LINE_TOTAL, SUM_OF_LINES, add, by_lines, paid_out
from apps.kinds.claim.reading.money import FIELDS, NOTHING, Choices, over_priced, takes_back
from apps.kinds.claim.reading.parts import parts_of
from apps.kinds.claim.reading.shapes import Explanation, Item
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Coded, Detail, Figure, Line, Money, Source
from apps.plain_language.free_words import unit_words
from apps.plain_language.language import said

_UNITS = "rev_cntr_unit_cnt"
_COUNTS = {
    _UNITS: "unit",
    "carr_line_mtus_cnt": "",
    "dmerc_line_mtus_cnt": "",
    "carr_line_ansthsa_unit_cnt": "unit of anesthesia",
}
"""Blue Button v2's counts beside the quantity of a line -> what they count, "" where they say it."""
_GIVING = re.compile(r"9046\d|9047[0-4]|G000[89]|G0010", re.ASCII)
"""Codes for giving a vaccine (CPT, HCPCS)."""
_VACCINE = re.compile(r"9047[6-9]|904[89]\d|90[56]\d\d|907[0-5]\d|Q203[4-9]", re.ASCII)
"""Codes of the vaccines themselves."""


class ReadLine(NamedTuple):
    """A line for the page, and its amounts and days for those of the claim.

    A line that repeats the whole claim is of no day; where it is the only one, its amounts are the line's.
    """

    line: Line
    choices: Choices
    days: LineDays
    is_cms: bool
    """Some of its amounts have Medicare's own names."""
    booked: list[Figure]
    """Its amounts as sent: each is told somewhere in the line."""
    days_of_whole: LineDays = dates.NO_DAYS
    """Those of a line that repeats the whole claim and is the only one: they stand on the page."""


def read_lines(
    claim: Explanation,
    infos: Iterable[Info],
    names: Mapping[str, str],
    unnamed: frozenset[str],
    *,
    is_drug: bool,
) -> tuple[ReadLine, ...]:
    """Read every line in the order sent; *names* are those of the places where something was done.

    *unnamed* are the diagnoses that a line may name (`diagnoses.unnamed`).
    """
    notes = _numbered_notes(claim) if claim.process_note else {}
    sites = _additional_sites(infos) if infos else {}
    placed = [(f"item[{index}]", item) for index, item in enumerate(claim.item)]
    if claim.add_item:
        placed = added.with_added(placed, claim)
    is_alone = len(placed) == 1
    return tuple(
        [
            _read(item, path, names, unnamed, is_drug=is_drug, notes=notes, sites=sites, is_alone=is_alone)
            for path, item in placed
        ]
    )


def exchanges(claim: Explanation, read: Iterable[ReadLine]) -> list[Exchange]:
    """Return where the plan added lines in place of others that have amounts too."""
    return added.exchanges(claim, [(read_line.line.number, read_line.choices) for read_line in read])


def net(lines: Sequence[Line]) -> Figure:
    """Return what the totals of all lines come to; `NOT_SHARED` where one has none."""
    nets = [
        detail.figure
        for line in lines
        for detail in line.details
        if detail.figure.origin.path == f"{line.path}.net"
    ]
    is_of_all = 0 < len(nets) == len(lines)
    return add(nets, LINE_TOTAL, SUM_OF_LINES) if is_of_all else NOT_SHARED


def _read(
    item: Item,
    path: str,
    names: Mapping[str, str],
    unnamed: frozenset[str],
    *,
    is_drug: bool,
    notes: Mapping[str, str],
    sites: Mapping[str, Coded],
    is_alone: bool,
) -> ReadLine:
    adjudications = item.adjudication
    categories_read = [categories.known_category[adjudication.category] for adjudication in adjudications]
    entries = money.entries(adjudications, f"{path}.adjudication", categories_read)
    chosen = stated_again.of_line(entries)
    net = _net(item, path) if item.net else ()
    deciding = [
        adjudication
        for adjudication, category in zip(adjudications, categories_read, strict=True)
        if adjudication.reason or category.decides
    ]
    outcome = decisions.outcome_of_line(deciding, item.extension, is_drug=is_drug)
    days = dates.of_line(item)
    is_whole = _is_whole[item.revenue]
    start, end, quantity = days.start, days.end, _quantity(item, is_drug=is_drug)
    of_drug = item.quantity if item.quantity is not quantity else None
    revenue, cost_rule = codes.revenues[item.revenue] if item.revenue else (None, None)
    what = drugs.dispensed(item) if is_drug else _what(item, revenue)
    line = Line(
        path=path,
        number=_whole(item.sequence),
        what=what,
        modifiers=codes.modifiers_of(item),
        revenue=revenue,
        cost_rule=cost_rule,
        service_start=start.text if start else None,
        service_end=end.text if end and end != start else None,
        quantity=number(quantity.value) if quantity else None,
        unit=facts.unit(quantity) if quantity else None,
        drug_quantity=number(of_drug.value) if of_drug else None,
        drug_unit=facts.unit(of_drug) or unit_words(codes.drug_unit(item.modifier)) if of_drug else None,
        other_counts=tuple(_other_counts(item, quantity))
        if quantity and item.quantity and item.extension
        else (),
        place=codes.places[item.location_codeable_concept] or _place(item.location_reference, names),
        teeth=_teeth(item, sites) if item.body_site or item.sub_site or item.information_sequence else (),
        money=of_line(chosen, is_drug=is_drug),
        details=(*money.details(chosen), *net),
        network=outcome.network,
        decision=outcome.decision,
        reasons=outcome.reasons,
        notes=tuple([notes[key] for note_number in item.note_number if (key := str(note_number)) in notes]),
        is_total=is_whole and not is_alone,
        is_diagnosis=diagnoses.is_one(item, what, unnamed),
        parts=parts_of(item, path) if item.detail else (),
    )
    booked = [entry.figure for entry in entries] + [detail.figure for detail in net]
    served = dates.NO_DAYS if is_whole else days
    of_whole = days if is_whole and is_alone else dates.NO_DAYS
    is_cms = any(category.meaning.is_cms for category in categories_read)
    return ReadLine(line, chosen, served, is_cms, booked, of_whole)


def _is_whole_claim(revenue: Concept | None) -> bool:
    """Whether it is revenue code 0001, the total charge; Medicare's data has it as "1" too.

    The rule for deductible and coinsurance, which stands among the revenue codes, may be "1" as well.
    """
    listed = revenue.coding if revenue else ()
    written = [
        code
        for coding in listed
        if len(code := (coding.code or "").strip()) > 2 or codes.system_name(coding.system) != codes.COST_RULE
    ]
    return any(code.lstrip("0") == "1" for code in written)


_is_whole = Known(_is_whole_claim)


def _place(reference: Reference | None, names: Mapping[str, str]) -> Coded | None:
    name = values.known_name(reference, names) if reference else None
    return Coded(words=name) if name else None


def _what(item: Item, revenue: Coded | None) -> Coded:
    """Return what was done; where only a code came, the plan's type of service serves as words."""
    coded = codes.without_modifier(codes.words_of[item.product_or_service])
    if coded.words:
        return coded
    shown = codes.type_words(item.category)
    if not coded.code and not shown and revenue:
        return revenue
    return Coded(coded.code, coded.system, shown)


def _quantity(item: Item, *, is_drug: bool) -> Quantity | None:
    """Return the quantity of a line; Blue Button v2 may have the amount of a drug in its place.

    The unit of that amount stands among the modifiers, and the units of a facility in an extension.
    """
    is_of_drug = not is_drug and bool(codes.drug_unit(item.modifier))
    if item.quantity and not is_of_drug:
        return item.quantity
    return next((count for name, count in _counted(item) if name == _UNITS), None)


def _counted(item: Item) -> Iterator[tuple[str, Quantity]]:
    for extension in item.extension:
        name = last_part(extension.url or "")
        if extension.value_quantity and name in _COUNTS:
            yield name, extension.value_quantity


def _other_counts(item: Item, shown: Quantity) -> Iterator[tuple[Decimal, str]]:
    """Yield what counts come to that differ from the quantity *shown*."""
    for name, count in _counted(item):
        counted = number(count.value)
        if counted and counted != number(shown.value):
            yield counted, facts.unit(count) or _COUNTS[name]


def _net(item: Item, path: str) -> tuple[Detail, ...]:
    figure = money.figure(item.net, LINE_TOTAL, f"{path}.net")
    return (Detail(LINE_TOTAL, figure),) if figure.is_known else ()


def _teeth(item: Item, sites: Mapping[str, Coded]) -> tuple[Coded, ...]:
    main = [codes.coded(site) for site in (item.body_site, *item.sub_site) if site]
    linked = [sites[key] for sequence in item.information_sequence if (key := str(sequence)) in sites]
    return tuple(dict.fromkeys(tooth for tooth in (*main, *linked) if tooth.code or tooth.words))


def _additional_sites(infos: Iterable[Info]) -> dict[str, Coded]:
    """Return further teeth by the sequence that lines point to; looked up by value, it may point nowhere."""
    codes_by_sequence: dict[str, Coded] = {}
    for info in infos:
        if "additionalbodysite" in info.category.codes:
            codes_by_sequence.setdefault(str(info.sent.sequence), codes.coded(info.sent.code))
    return codes_by_sequence


def _numbered_notes(claim: Explanation) -> dict[str, str]:
    texts = ((note.number, values.clean(note.text, 2000)) for note in claim.process_note)
    return {str(number): text for number, text in texts if number is not None and text}


def _whole(value: object) -> int | None:
    if type(value) is int:
        return value if 0 <= value < 10**6 else None
    whole = number(value)
    return (
        int(whole)
        if whole is not None and whole == whole.to_integral_value() and 0 <= whole < 10**6
        else None
    )


def of_line(chosen: Choices, *, is_drug: bool) -> Money:
    """Return the money of one line."""
    plain = {concept: choice.figure for concept, choice in chosen.items() if concept in FIELDS}
    if "plan_paid" not in plain:
        plain["plan_paid"] = paid_out(
            plain.get("paid_to_provider", NOT_SHARED), plain.get("paid_to_you", NOT_SHARED)
        )
    stated = chosen.get("liability", NOTHING).figure
    if not stated.is_known and is_drug:
        stated = plain.get("you_paid", NOT_SHARED)
    if stated.is_known:
        return Money(**plain, your_share=stated)
    money = Money(**plain)
    parts = parts_of_share(money)
    return structs.replace(money, your_share=NOT_SHARED if _OF_ONE_LINE.is_open(parts, money) else parts)


_OF_ONE_LINE = Rule.of(1)


LISTED = {
    ("deductible",): said("What your plan lists as yours (deductible)"),
    ("copay",): said("What your plan lists as yours (copay)"),
    ("coinsurance",): said("What your plan lists as yours (coinsurance)"),
    ("deductible", "copay"): said("What your plan lists as yours (deductible, copay)"),
    ("deductible", "coinsurance"): said("What your plan lists as yours (deductible, coinsurance)"),
    ("copay", "coinsurance"): said("What your plan lists as yours (copay, coinsurance)"),
    PARTS: said("What your plan lists as yours (deductible, copay, coinsurance)"),
}
"""A whole text for each combination, so that it can be translated."""


def shares(lines: Sequence[Line]) -> list[Figure]:
    """Return what each line says of the share; nothing where one takes back and one is silent."""
    line_shares = [line.money.your_share for line in lines]
    is_whole = all(share.is_known for share in line_shares)
    is_open = not is_whole and any(takes_back(line.money) for line in lines)
    return [NOT_SHARED] * len(line_shares) if is_open else line_shares


def paid_by(lines: Sequence[Line]) -> Figure:
    """Return what the plan paid by those lines alone that say it, with their number.

    Nothing was paid, mostly, where one that was refused is silent; not so where it takes another back.
    """
    monies = [line.money for line in lines]
    if any(map(takes_back, monies)):
        return over_priced(monies, "plan_paid")
    paid = by_lines([money.plan_paid for money in monies], LABELS["plan_paid"])
    return paid if paid.origin.partial else NOT_SHARED


def share_of_lines(shares: Sequence[Figure]) -> Figure:
    """Return the member's share from those lines that say one, where not all do; *shares* is each line's."""
    share = by_lines(shares, said("Your share, from the lines that state it"))
    if share.source is None:
        return NOT_SHARED
    return structs.replace(share, source=structs.replace(share.source, code=None, added=()))


def parts_of_share(money: Money) -> Figure:
    """Return deductible + copay + coinsurance as far as stated.

    A lone zero says nothing: a plan that lists only a deductible of 0 has not said that you pay nothing.
    """
    stated_parts = {name: figure for name in PARTS if (figure := getattr(money, name)).is_known}
    share = add(list(stated_parts.values()), "")
    if share.source is None or (len(stated_parts) == 1 and not share.amount):
        return NOT_SHARED
    source = Source(LISTED[tuple(stated_parts)], share.source.path, share.source.code, share.source.entries)
    return Figure(share.amount, share.currency, source)


def places(lines: Iterable[Line]) -> list[str]:
    """Return CMS's codes of the places where something was done, as CMS writes them."""
    places_coded = (line.place for line in lines if line.place and line.place.system == codes.PLACE)
    return [place.code.zfill(2) for place in places_coded if place.code]


FACILITIES: Final = frozenset({"19", "21", "22", "23", "24", "31", "34", "51", "52", "56", "61"})
"""CMS places of service that are a hospital, or another facility that admits."""


def is_at_facility(record: ClaimRecord) -> bool:
    """Whether it was at a facility, as its own kind or its place of service says."""
    if record.kind in ("inpatient", "outpatient"):
        return True
    return record.kind == "professional" and not FACILITIES.isdisjoint(places(record.lines))


def naming_lines(lines: Sequence[Line]) -> list[Line]:
    """Return the lines that can name a claim, the best first: what costs most, before what has no amount.

    What only gives a vaccine goes behind the vaccine that another line names.
    """
    if len(lines) < 2:
        return [*lines]
    has_vaccine = any(_VACCINE.fullmatch(line.what.code or "") for line in lines)
    return sorted(lines, key=lambda line: _rank(line, has_vaccine=has_vaccine))


def _rank(line: Line, *, has_vaccine: bool) -> tuple[bool, bool, bool, Decimal]:
    figures = (line.money.billed, line.money.drug_cost, line.money.allowed, line.money.plan_paid)
    most = next((figure.amount for figure in figures if figure.amount is not None), Decimal(0))
    is_giving = has_vaccine and bool(_GIVING.fullmatch(line.what.code or ""))
    return line.is_diagnosis, not line.money.is_shared, is_giving, -most
