"""Facts of a claim that stand in elements or extensions of their own: its approval, its finer kind, who pays
first, results of tests, days and visits (facts claims 1.4), and what Medicare states under several names.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from msgspec import structs

from apps.fhir import placeholders, values
from apps.fhir.values import Concept, Period, last_part, number
from apps.kinds.claim.reading import claim_numbers, concepts, facts, kinds
from apps.kinds.claim.reading.codes import system_name
from apps.kinds.claim.reading.concepts import CMS, Meaning
from apps.kinds.claim.reading.decisions import coded_extensions
from apps.kinds.claim.reading.facts import Info, is_detail, labels, plain, unit
from apps.kinds.claim.reading.shapes import Accident, Contained, Explanation, Extension, Said
from apps.kinds.claim.records import Fact, Kind

_FIRST_PAYER = "line_bene_prmry_pyr_cd"
_ASSIGNMENT = "clm_mdcr_prfnl_prvdr_asgnmt_sw"
ACTION = "clm_fi_actn_cd"
REFUSED = "8"
"""What the office did: benefits refused."""
_NAMES = {
    **dict.fromkeys(("asgmntcd", "clm_asgmnt_cd", "carr_clm_prvdr_asgnmt_ind_sw", _ASSIGNMENT), _ASSIGNMENT),
    **dict.fromkeys(("fi_clm_actn_cd", ACTION), ACTION),
    "claim_query_cd": "clm_query_cd",
}
"""Each name in small letters -> Medicare's newest for the same."""
_BY_CODE = {
    ("prcng_excptn_cd", "M"): "prcng_excptn_prmry_pyr_cd",
    **{("typeofbill", code): "clm_freq_cd" for code in "0123456789ABCDEFGHIJKMOPQXYZ"},
}
"""A code that says what another name says elsewhere: who pays first, the last digit of a type of bill."""


def stated(claim: Explanation, infos: Sequence[Info]) -> tuple[Fact, ...]:
    """Return the facts of its supporting information and its extensions."""
    extensions = (*claim.extension, *claim.billable_period.extension)
    stated_facts = facts.facts(claim, infos) if infos else ()
    return with_extensions(stated_facts, extensions) if stated_facts or extensions else ()


def in_order(
    claim: Explanation, infos: Sequence[Info], kind: Kind, stated_facts: Iterable[Fact]
) -> tuple[Fact, ...]:
    """Return every fact in the order of the page, *stated_facts* in the middle."""
    return (
        *(approved(claim) if claim.pre_auth_ref else ()),
        *(finer_kind(claim.sub_type, kind) if claim.sub_type else ()),
        *(order(claim) if claim.precedence else ()),
        *(accident(claim) if claim.accident != Accident() else ()),
        *(claim_numbers.control(claim) if claim.identifier or claim.extension else ()),
        *stated_facts,
        *(first_payers(claim) if any(line.extension for line in claim.item) else ()),
        *(results(claim, infos) if claim.contained else ()),
        *(counts(claim) if claim.adjudication or claim.benefit_balance else ()),
        *(claim_numbers.others(claim) if claim.identifier else ()),
    )


def approved(claim: Explanation) -> list[Fact]:
    """Return the number of the approval that a claim was made under, and how long that holds."""
    if claim.use and claim.use.lower() != "claim":
        return []
    numbers = (values.clean(text, 100) for text in claim.pre_auth_ref)
    approvals = [Fact("preauthref", text) for text in numbers if text and not placeholders.is_no_number(text)]
    if not approvals:
        return []
    return [*approvals, *(held for period in claim.pre_auth_ref_period if (held := _held(period)))]


def finer_kind(sub_type: Concept, kind: Kind) -> list[Fact]:
    """Return the finer kind of a claim, but for what tells a stay from a visit: a code of it, or the word for
    its own *kind*."""
    finer = tuple(coding for coding in sub_type.coding if not kinds.stay_or_visit(coding.code))
    is_word = not sub_type.coding and kinds.stay_or_visit(kind) and kinds.stay_or_visit(sub_type.text)
    if is_word or (sub_type.coding and not finer):
        return []
    return _coded("subtype", structs.replace(sub_type, coding=finer))


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
    sent = [stated for line in claim.item for stated in coded_extensions(line.extension, (_FIRST_PAYER,))]
    codes = dict.fromkeys(code for code, _words in sent)
    return [Fact(_FIRST_PAYER, code, code=code, system=system_name(CMS)) for code in codes]


def results(claim: Explanation, infos: Iterable[Info]) -> list[Fact]:
    """Return the results of tests that stand in records inside the claim, with what was tested.

    Where no result was sent, what was tested is told all the same.
    """
    contained = {f"#{record.id}": record for record in claim.contained if record.id}
    results_told = []
    for info in infos:
        record = (
            contained.get(info.sent.value_reference.reference or "") if info.sent.value_reference else None
        )
        if info.value or not info.category.codes or record is None or record.resource_type != "Observation":
            continue
        value = ": ".join(filter(None, (values.words(record.code), _result(record))))
        if value:
            category = info.category.codes[0]
            results_told.append(Fact(category, value, info.category.label, is_detail=is_detail(category)))
    return results_told


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


def with_extensions(known_facts: Iterable[Fact], extensions: Iterable[Extension]) -> tuple[Fact, ...]:
    """Return *known_facts* with what only extensions state and has a name of ours, each under one name."""
    facts_known = [_renamed(fact) for fact in known_facts]
    facts_told = {(fact.category, fact.code or fact.value) for fact in facts_known}
    stated = (fact for extension in extensions for fact in _stated(extension))
    return (
        *(fact for fact in stated if (fact.category, fact.code or fact.value) not in facts_told),
        *facts_known,
    )


def _renamed(fact: Fact) -> Fact:
    category = _NAMES.get(fact.category) or _BY_CODE.get((fact.category, fact.code or ""))
    return structs.replace(fact, category=category, is_detail=is_detail(category)) if category else fact


def _stated(extension: Extension) -> Iterator[Fact]:
    url = extension.url or ""
    name = last_part(url).lower().replace("-", "_")
    category = _NAMES.get(name) or (name if CMS in url and name in labels() else None)
    if category is None:
        return
    coding = extension.value_coding
    if coding and coding.code:
        words = values.clean(coding.display)
        value = f"{words} ({coding.code})" if words else coding.code
        yield Fact(category, value, is_detail=is_detail(category), code=coding.code[:60])
    elif text := _text(extension):
        yield Fact(category, text, is_detail=is_detail(category))


def _text(extension: Said) -> str | None:
    """Return the day, the number or the count of an extension; None for what stands in the place of one."""
    if day := values.day(extension.value_date):
        return day.text
    if extension.value_quantity:
        return plain(number(extension.value_quantity.value))
    identifier = extension.value_identifier
    stated = values.stated(identifier.value if identifier else extension.value_string)
    return None if stated is None or placeholders.is_no_number(stated) else stated


def is_unassigned(known_facts: Iterable[Fact]) -> bool:
    """Return whether Medicare marks a claim as one whose price the provider did not accept."""
    codes = {fact.code for fact in known_facts if fact.category == _ASSIGNMENT}
    return codes == {"N"}


def counts(claim: Explanation) -> tuple[Fact, ...]:
    """Return what was counted of the whole claim and has a name of ours, each once."""
    return tuple(dict.fromkeys(_counts(claim)))


def is_counted(meaning: Meaning) -> bool:
    """Return whether numbers of this name are told as facts of the claim."""
    return meaning.name in facts.labels()


def _counts(claim: Explanation) -> Iterator[Fact]:
    for adjudication in claim.adjudication:
        yield from _fact(adjudication.category, values.number(adjudication.value))
    for balance in claim.benefit_balance:
        for financial in balance.financial:
            yield from _fact(financial.type, values.number(financial.used_unsigned_int))


def _fact(category: Concept | None, number: Decimal | None) -> Iterator[Fact]:
    meaning = concepts.meaning(category)
    if number is not None and is_counted(meaning):
        yield Fact(meaning.name, facts.plain(number) or "0", meaning.label, facts.is_detail(meaning.name))
