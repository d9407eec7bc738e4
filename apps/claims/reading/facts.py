"""What else the plan sent about a claim, looked up by category and never by sequence (facts claims 4.1)."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from apps.claims.reading.concepts import CMS
from apps.claims.reading.shapes import Explanation, Item, SupportingInfo
from apps.claims.records import Adjustment, Coded, Drug, Fact, Network
from apps.fhir import values
from apps.fhir.known import Known
from apps.fhir.values import Concept, Quantity, last_part
from apps.plain_language.units import unit_words

SHOWN = (
    "admissionperiod",
    "admtype",
    "drg",
    "clm_drg_cd",
    "discharge-status",
    "patientaccountnumber",
    "transportationdistance",
    "pickuplocation",
    "dropofflocation",
    "ambulancetransportreason",
    "missingtoothnumber",
    "orthodontics",
    "prosthesis",
)
"""Categories shown on the page itself; all others stand behind "more details"."""

_KNOWN = frozenset(
    (
        *("admissionperiod", "pointoforigin", "admtype", "brandgenericindicator", "clmrecvddate"),
        *("compoundcode", "dawcode", "dayssupply", "discharge-status", "drg", "refillnum"),
        *("refillsauthorized", "rxorigincode", "servicefacility", "typeofbill", "medicalrecordnumber"),
        *("patientaccountnumber", "orthodontics", "prosthesis", "additionalbodysite", "missingtoothnumber"),
        *("patientweight", "ambulancetransportreason", "transportationdistance", "roudtrippurpose"),
        *("stretcherpurpose", "pickuplocation", "dropofflocation"),
        # Of versions before 1.0 and of 1.x
        *("billingnetworkcontractingstatus", "performingnetworkcontractingstatus"),
        *("sitenetworkcontractingstatus", "attendingnetworkcontractingstatus"),
        *("referringnetworkcontractingstatus", "brandgenericcode"),
        # HL7's own list
        *("info", "discharge", "onset", "related", "exception", "material", "attachment", "missingtooth"),
        *("other", "hospitalized", "employmentimpacted", "externalcause", "patientreasonforvisit"),
    )
)
"""Categories of CARIN and HL7; those of Medicare are known by their system. Any other was never seen."""

_NETWORK_STATUS = ("billingnetworkcontractingstatus", "performingnetworkcontractingstatus")
_CONTRACTED: dict[str, Network] = {
    "contracted": "in",
    "noncontracted": "out",
    "in": "in",
    "out": "out",
    "innetwork": "in",
    "outofnetwork": "out",
    "other": "other",
}
_IN_DRUG = frozenset({"dayssupply", "refillnum", "refillsauthorized"})
_TOLD_ELSEWHERE = _IN_DRUG | {"clmrecvddate", "additionalbodysite", "servicefacility"}
_ADJUSTMENTS: dict[str, Adjustment] = {"1": "void", "2": "replacement", "3": "credit", "4": "debit"}
_FREQUENCIES: dict[str, Adjustment] = {"7": "replacement", "8": "void"}
_QUERY_CODES: dict[str, Adjustment] = {"0": "credit", "c": "credit", "5": "debit", "d": "debit"}
NDC = "/ndc"


class Category(msgspec.Struct, frozen=True, gc=False):
    """What a category is called; `is_known` when it is one of the lists we know."""

    codes: tuple[str, ...]
    is_known: bool
    label: str | None


def _category(concept: Concept | None) -> Category:
    """Return the category codes, Medicare's own name before the general `info` beside it.

    One payer wrote only `info` as the code, and the category as text: "clmrecvddate" (facts 4.1).
    """
    if concept is None:
        return Category((), False, None)
    found = [last_part(code).lower() for code in values.codes(concept)]
    text = (concept.text or "").strip().lower()
    if text in _KNOWN:
        found.append(text)
    codes = tuple(sorted(dict.fromkeys(found), key=lambda code: code == "info"))
    is_known = any(CMS in (one.system or "") for one in concept.coding) or not _KNOWN.isdisjoint(codes)
    # Medicare's own words rather than "Information" beside it.
    named = (values.clean(one.display, 80) for one in concept.coding if (one.code or "").lower() != "info")
    return Category(codes, is_known, next((name for name in named if name), values.words(concept)))


_categories = Known(_category)


class Info(msgspec.Struct, frozen=True, gc=False):
    """One piece of supporting information: its category, the codes it holds, and what it says in words."""

    category: Category
    codes: tuple[str, ...]
    value: str | None
    """Whichever of the elements the plan took for it; None when nothing readable."""
    sent: SupportingInfo


def infos(claim: Explanation, names: Mapping[str, str]) -> tuple[Info, ...]:
    """Read all supporting information once, for all who look something up in it."""
    return tuple([_info(one, names) for one in claim.supporting_info])


def _info(sent: SupportingInfo, names: Mapping[str, str]) -> Info:
    codes = values.codes(sent.code)
    return Info(_categories[sent.category], codes, _value(sent, codes, names) or _reason(sent), sent)


def network(infos: Iterable[Info]) -> Network | None:
    """Return the network status that CARIN BB 1.x wrote as supporting information."""
    for category in _NETWORK_STATUS:
        for info in infos:
            if category in info.category.codes:
                answers = (_CONTRACTED.get(code.lower()) for code in info.codes)
                found = next((answer for answer in answers if answer), None)
                if found:
                    return found
    return None


def facts(infos: Iterable[Info]) -> tuple[Fact, ...]:
    """Return every fact that has a value, those for the page first; unknown ones under their own label."""
    found = []
    for info in infos:
        category = info.category.codes[0] if info.category.codes else ""
        if not info.value or category in _TOLD_ELSEWHERE or not info.category.is_known:
            continue
        # A bare code of a list that may not be printed here says nothing to a reader.
        is_bare = info.sent.code is not None and not values.words(info.sent.code)
        found.append(Fact(category, info.value, info.category.label, is_bare or category not in SHOWN))
    return tuple(sorted(dict.fromkeys(found), key=lambda fact: fact.is_detail))


def _reason(info: SupportingInfo) -> str | None:
    """Return the reason that stands instead of a value (the ambulance transport of CARIN BB 2.x)."""
    if info.value_boolean is not None:
        return "yes" if info.value_boolean else "no"
    if info.reason is None:
        return None
    words, code = values.clean(info.reason.display), values.clean(info.reason.code, 60)
    return f"{words} ({code})" if words and code else words or code


def _value(info: SupportingInfo, codes: Sequence[str], names: Mapping[str, str]) -> str | None:
    words = values.words(info.code)
    if words or codes:
        code = codes[0] if codes else None
        return f"{words} ({code})" if words and code and words != code else words or code
    if info.timing_period:
        ends = [values.day(info.timing_period.start), values.day(info.timing_period.end)]
        return " to ".join(day.text for day in ends if day) or None
    if info.timing_date:
        day = values.day(info.timing_date)
        return day.text if day else None
    if info.value_quantity:
        count = values.number(info.value_quantity.value)
        unit = unit_words(values.clean(info.value_quantity.unit or info.value_quantity.code, 30))
        return " ".join(part for part in (plain(count), unit) if part) if count is not None else None
    if info.value_reference:
        return values.known_name(info.value_reference, names)
    return values.clean(info.value_string)


def plain(value: Decimal | None) -> str | None:
    """Return a number without trailing zeros: 30.0 is 30."""
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def received(infos: Iterable[Info]) -> str | None:
    """Return when the plan received the claim, as written."""
    for info in infos:
        names = info.category.codes
        if "clmrecvddate" in names or "nch_wkly_proc_dt" in names:
            # One payer writes the day as a code.
            days = (info.sent.timing_date, *info.codes)
            found = next((day for day in days if values.day(day)), None)
            if found:
                return found
    return None


def adjustment(claim: Explanation, infos: Iterable[Info]) -> Adjustment | None:
    """Return whether this version voids, replaces or corrects another (facts claims 5.2)."""
    if "3" in (last_part(code) for code in values.codes(claim.type, "CLM-TYPE-CD")):
        return "deleted"
    return _stated_adjustment(infos) or _queried_adjustment(claim)


def _queried_adjustment(claim: Explanation) -> Adjustment | None:
    """Return what Medicare's kind of bill says: a credit or a debit corrects an earlier claim."""
    for one in claim.billable_period.extension:
        if last_part(one.url or "").lower() in ("claim_query_cd", "clm-query-cd") and one.value_coding:
            return _QUERY_CODES.get((one.value_coding.code or "").strip().lower())
    return None


def _stated_adjustment(infos: Iterable[Info]) -> Adjustment | None:
    for info in infos:
        kinds, code = info.category.codes, info.codes[0] if info.codes else ""
        if "clm_adjstmt_typ_cd" in kinds or "clm_adjstmt_type_cd" in kinds:
            return _ADJUSTMENTS.get(code)
        if "typeofbill" in kinds and len(code) in (3, 4) and code[-1] in _FREQUENCIES:
            return _FREQUENCIES[code[-1]]
    return None


def drug(claim: Explanation, infos: Iterable[Info]) -> Drug | None:
    """Return what the pharmacy dispensed: the first line's product, with supply and refills."""
    line = next((item for item in claim.item if item.product_or_service), None)
    if line is None or line.product_or_service is None:
        return None
    numbers = {kind: _quantity(info) for info in infos for kind in info.category.codes if kind in _IN_DRUG}
    is_compound = any("compound" in code.lower() for code in values.codes(line.product_or_service))
    identifier = claim.prescription.identifier if claim.prescription else None
    return Drug(
        what=products[line.product_or_service],
        quantity=values.number(line.quantity.value) if line.quantity else None,
        unit=unit(line.quantity) if line.quantity else None,
        supply_days=numbers.get("dayssupply"),
        refill=numbers.get("refillnum"),
        refills_allowed=numbers.get("refillsauthorized"),
        prescription=values.clean(identifier.value, 60) if identifier else None,
        is_compound=is_compound,
        parts=_ingredients(line) if is_compound else (),
    )


def unit(quantity: Quantity) -> str:
    """Return the unit of a quantity in words, "" for none."""
    return unit_words(values.clean(quantity.unit or quantity.code, 20))


def _product(concept: Concept | None) -> Coded:
    """Return the drug of a line: the NDC where one is given, with any words that came."""
    if concept is None:
        return Coded()
    ndc = next(iter(values.codes(concept, NDC)), None)
    other = next(iter(values.codes(concept)), None)
    return Coded(ndc or other, "NDC" if ndc else None, values.words(concept))


products = Known(_product)


def _ingredients(line: Item) -> tuple[Coded, ...]:
    parts = (part.product_or_service for part in line.detail)
    return tuple(
        Coded(
            next(iter(values.codes(one)), None), "NDC" if values.codes(one, NDC) else None, values.words(one)
        )
        for one in parts
        if one is not None
    )


def _quantity(info: Info) -> Decimal | None:
    """Return a number, which one payer wrote as a code: `{"code": "14"}` days."""
    quantity = info.sent.value_quantity
    stated = values.number(quantity.value) if quantity else None
    coded = (values.number(code) for code in info.codes)
    return next((one for one in coded if one is not None), None) if stated is None else stated
