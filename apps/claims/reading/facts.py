"""What else the plan sent about a claim, looked up by category and never by sequence (facts claims 4.1)."""

from collections.abc import Mapping
from decimal import Decimal

from apps.claims.reading.concepts import CMS
from apps.claims.reading.shapes import Explanation, Item, SupportingInfo
from apps.claims.records import Adjustment, Coded, Drug, Fact, Network
from apps.fhir import values
from apps.fhir.values import last_part
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


def categories(info: SupportingInfo) -> tuple[str, ...]:
    """Return the category codes, Medicare's own name before the general `info` beside it.

    One payer wrote only `info` as the code, and the category as text: "clmrecvddate" (facts 4.1).
    """
    found = [last_part(code).lower() for code in values.codes(info.category)]
    text = (info.category.text or "").strip().lower() if info.category else ""
    if text in _KNOWN:
        found.append(text)
    return tuple(sorted(dict.fromkeys(found), key=lambda code: code == "info"))


def is_known(info: SupportingInfo) -> bool:
    """Return whether the category is one of the lists we know."""
    systems = [one.system or "" for one in info.category.coding] if info.category else []
    return any(CMS in system for system in systems) or bool(_KNOWN.intersection(categories(info)))


def network(claim: Explanation) -> Network | None:
    """Return the network status that CARIN BB 1.x wrote as supporting information."""
    for category in _NETWORK_STATUS:
        for info in claim.supporting_info:
            if category in categories(info):
                answers = (_CONTRACTED.get(code.lower()) for code in values.codes(info.code))
                found = next((answer for answer in answers if answer), None)
                if found:
                    return found
    return None


def facts(claim: Explanation, names: Mapping[str, str]) -> tuple[Fact, ...]:
    """Return every fact that has a value, those for the page first; unknown ones under their own label."""
    found = []
    for info in claim.supporting_info:
        category = next(iter(categories(info)), "")
        shown = value(info, names)
        if not shown or category in _TOLD_ELSEWHERE or not is_known(info):
            continue
        # A bare code of a list that may not be printed here says nothing to a reader.
        is_bare = info.code is not None and not values.words(info.code)
        found.append(Fact(category, shown, label(info), is_bare or category not in SHOWN))
    return tuple(sorted(dict.fromkeys(found), key=lambda fact: fact.is_detail))


def label(info: SupportingInfo) -> str | None:
    """Return the plan's words for a category, Medicare's own rather than "Information" beside it."""
    codings = info.category.coding if info.category else ()
    named = (values.clean(one.display, 80) for one in codings if (one.code or "").lower() != "info")
    return next((name for name in named if name), values.words(info.category))


def value(info: SupportingInfo, names: Mapping[str, str]) -> str | None:
    """Return what the plan says, whichever of the elements it took for it; None when nothing readable."""
    return _value(info, names) or _reason(info)


def _reason(info: SupportingInfo) -> str | None:
    """Return the reason that stands instead of a value (the ambulance transport of CARIN BB 2.x)."""
    if info.value_boolean is not None:
        return "yes" if info.value_boolean else "no"
    if info.reason is None:
        return None
    words, code = values.clean(info.reason.display), values.clean(info.reason.code, 60)
    return f"{words} ({code})" if words and code else words or code


def _value(info: SupportingInfo, names: Mapping[str, str]) -> str | None:
    if info.code and (values.words(info.code) or values.codes(info.code)):
        code = next(iter(values.codes(info.code)), None)
        words = values.words(info.code)
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


def received(claim: Explanation) -> str | None:
    """Return when the plan received the claim, as written."""
    for info in claim.supporting_info:
        names = categories(info)
        if "clmrecvddate" in names or "nch_wkly_proc_dt" in names:
            # One payer writes the day as a code.
            days = (info.timing_date, *values.codes(info.code))
            found = next((day for day in days if values.day(day)), None)
            if found:
                return found
    return None


def adjustment(claim: Explanation) -> Adjustment | None:
    """Return whether this version voids, replaces or corrects another (facts claims 5.2)."""
    if "3" in (last_part(code) for code in values.codes(claim.type, "CLM-TYPE-CD")):
        return "deleted"
    return _stated_adjustment(claim) or _queried_adjustment(claim)


def _queried_adjustment(claim: Explanation) -> Adjustment | None:
    """Return what Medicare's kind of bill says: a credit or a debit corrects an earlier claim."""
    for one in claim.billable_period.extension:
        if last_part(one.url or "").lower() in ("claim_query_cd", "clm-query-cd") and one.value_coding:
            return _QUERY_CODES.get((one.value_coding.code or "").strip().lower())
    return None


def _stated_adjustment(claim: Explanation) -> Adjustment | None:
    for info in claim.supporting_info:
        kinds = categories(info)
        code = next(iter(values.codes(info.code)), "")
        if "clm_adjstmt_typ_cd" in kinds or "clm_adjstmt_type_cd" in kinds:
            return _ADJUSTMENTS.get(code)
        if "typeofbill" in kinds and len(code) in (3, 4) and code[-1] in _FREQUENCIES:
            return _FREQUENCIES[code[-1]]
    return None


def drug(claim: Explanation) -> Drug | None:
    """Return what the pharmacy dispensed: the first line's product, with supply and refills."""
    line = next((item for item in claim.item if item.product_or_service), None)
    if line is None or line.product_or_service is None:
        return None
    numbers = {
        kind: _quantity(info)
        for info in claim.supporting_info
        for kind in categories(info)
        if kind in _IN_DRUG
    }
    is_compound = any("compound" in code.lower() for code in values.codes(line.product_or_service))
    identifier = claim.prescription.identifier if claim.prescription else None
    return Drug(
        what=product(line),
        quantity=values.number(line.quantity.value) if line.quantity else None,
        unit=unit_words(values.clean(line.quantity.unit or line.quantity.code, 20))
        if line.quantity
        else None,
        supply_days=numbers.get("dayssupply"),
        refill=numbers.get("refillnum"),
        refills_allowed=numbers.get("refillsauthorized"),
        prescription=values.clean(identifier.value, 60) if identifier else None,
        is_compound=is_compound,
        parts=_ingredients(line) if is_compound else (),
    )


def product(line: Item) -> Coded:
    """Return the drug of a line: the NDC where one is given, with any words that came."""
    concept = line.product_or_service
    if concept is None:
        return Coded()
    ndc = next(iter(values.codes(concept, NDC)), None)
    other = next(iter(values.codes(concept)), None)
    return Coded(ndc or other, "NDC" if ndc else None, values.words(concept))


def _ingredients(line: Item) -> tuple[Coded, ...]:
    products = (part.product_or_service for part in line.detail)
    return tuple(
        Coded(
            next(iter(values.codes(one)), None), "NDC" if values.codes(one, NDC) else None, values.words(one)
        )
        for one in products
        if one is not None
    )


def _quantity(info: SupportingInfo) -> Decimal | None:
    """Return a number, which one payer wrote as a code: `{"code": "14"}` days."""
    stated = values.number(info.value_quantity.value) if info.value_quantity else None
    coded = (values.number(code) for code in values.codes(info.code))
    return next((one for one in coded if one is not None), None) if stated is None else stated
