"""What else the plan sent about a claim, looked up by category and never by sequence (facts claims 4.1)."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Literal, NamedTuple

import msgspec

from apps.fhir import placeholders, values
from apps.fhir.values import Coding, Concept, Period, Quantity, last_part
from apps.kinds.claim.reading.codes import system_name
from apps.kinds.claim.reading.concepts import CMS, Known, rows
from apps.kinds.claim.reading.shapes import Explanation, SupportingInfo
from apps.kinds.claim.records import Adjustment, Fact, Kind, Network
from apps.plain_language.free_words import unit_words
from apps.plain_language.language import said


class Label(NamedTuple):
    """What a category is called, and whether it stands on the page itself or behind "more details"."""

    is_on_page: bool
    words: str


@cache
def labels() -> dict[str, Label]:
    """Return our labels by category in small letters."""
    return {name: Label(place == "page", words) for name, place, words, _ in rows("facts.tsv")}


def is_detail(category: str) -> bool:
    """Return whether a category stands behind "more details": as those do that we have no label for."""
    label = labels().get(category)
    return label is None or not label.is_on_page


_KNOWN = frozenset(
    (
        *("admissionperiod", "pointoforigin", "admtype", "brandgenericindicator", "clmrecvddate"),
        *("compoundcode", "dawcode", "dayssupply", "discharge-status", "drg", "refillnum"),
        *("refillsauthorized", "rxorigincode", "servicefacility", "typeofbill", "medicalrecordnumber"),
        *("patientaccountnumber", "orthodontics", "prosthesis", "additionalbodysite", "missingtoothnumber"),
        "toothnumber",
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
    "contracted": "contracted",
    "noncontracted": "out",
    "in": "in",
    "out": "out",
    "innetwork": "in",
    "outofnetwork": "out",
    "other": "other",
}
IN_DRUG = frozenset({"dayssupply", "refillnum", "refillsauthorized"})
_TOLD_ELSEWHERE = IN_DRUG | {"clmrecvddate", "additionalbodysite", "servicefacility"}
_PROCESSED = "nch_wkly_proc_dt"
PROCESSED = frozenset({_PROCESSED, "clm_nch_wkly_proc_dt", "clm_cms_proc_dt", "fi_clm_proc_dt"})
"""Days on which Medicare processed a claim, or the end of the week in which it did."""
LOADED = "clm_idr_ld_dt"
"""When Medicare put a claim into its own files: its record is made there, whenever that is."""
_ADJUSTMENTS: dict[str, Adjustment] = {"1": "void", "2": "replacement", "3": "credit", "4": "debit"}
_DENIED_IN_TRAIL = ("fd", "me", "mn", "mv", "m5", "v7700")
_STATUSES: dict[str, Mapping[str, Literal["denied", "void", "deleted"]]] = {
    "clm_pd_stus_cd": {"d": "denied", "y": "denied", "1": "void", "i": "deleted"},
    "clm_audt_trl_stus_cd": {
        **dict.fromkeys(_DENIED_IN_TRAIL, "denied"),
        **dict.fromkeys(("mz", "v0008"), "void"),
        **dict.fromkeys(("mr", "m9", "v1004"), "deleted"),
    },
}
"""Where a claim stands with who processes it for Medicare, by v3's two fields for it. What is rejected or
returned was not decided, and a claim that was replaced has its successor."""
TYPE_OF_BILL = re.compile(r"0?([1-9]\d)([0-9A-Z])", re.ASCII)
"""NUBC's type of bill: kind of facility and class of care, then how often it is billed."""
_FREQUENCIES: dict[str, Adjustment] = {"7": "replacement", "8": "void"}
_QUERY_CODES: dict[str, Adjustment] = {"0": "credit", "c": "credit", "5": "debit", "d": "debit"}
_CORRECTIONS: dict[str, Mapping[str, Adjustment]] = {
    "clm_query_cd": _QUERY_CODES,
    "adjstmt_dltn_cd": {"a": "debit", "d": "deleted"},
}
"""Medicare's kind of bill, and what a drug plan did with the record: credits and debits correct a claim."""
NOT_KNOWN = said("not known")
_ADMISSIONS = frozenset({"admissionperiod", "hospitalized"})
_LISTED = frozenset(
    {
        *("rxorigincode", "rx_orgn_cd", "dawcode", "daw_prod_slctn_cd", "brandgeneric", "typeofbill"),
        *("pointoforigin", "admtype", "discharge-status", "drg"),
    }
)
"""Categories whose values are codes of a list, and never yes or no."""
_NO_CODES = frozenset({"true", "false"})


class Category(msgspec.Struct, frozen=True, gc=False):
    """What a category is called; `is_known` when it is one of the lists we know."""

    codes: tuple[str, ...]
    is_known: bool
    label: str | None


def _category(concept: Concept | None) -> Category:
    """Return the category codes, Medicare's own name that we know before CARIN's and `info` beside it.

    One payer wrote only `info` as the code, and the category as text: "clmrecvddate" (facts 4.1).
    """
    if concept is None:
        return Category((), False, None)
    names = [last_part(code).lower() for code in values.codes(concept)]
    text = (concept.text or "").strip().lower()
    is_named = text in _KNOWN or text in labels()
    if is_named:
        names.append(text)
    medicares = {
        last_part(coding.code or "").lower() for coding in concept.coding if CMS in (coding.system or "")
    }
    own = medicares & labels().keys()
    codes = tuple(sorted(dict.fromkeys(names), key=lambda code: (code == "info", code not in own)))
    is_known = is_named or bool(medicares) or not _KNOWN.isdisjoint(codes)
    # Medicare's own words rather than "Information" beside it.
    named = (
        values.stated(coding.display, 80)
        for coding in concept.coding
        if (coding.code or "").lower() != "info"
    )
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
    return tuple([_info(info, names) for info in claim.supporting_info])


def _info(sent: SupportingInfo, names: Mapping[str, str]) -> Info:
    category, codes = _categories[sent.category], values.codes(sent.code)
    if not _LISTED.isdisjoint(category.codes) and not _NO_CODES.isdisjoint(map(str.lower, codes)):
        return Info(category, codes, None, sent)
    return Info(category, codes, _value(sent, codes, names) or _reason(sent), sent)


def network(infos: Sequence[Info]) -> Network | None:
    """Return the network that CARIN BB 1.x wrote as supporting information, or that there is a contract."""
    statuses = [info for category in _NETWORK_STATUS for info in infos if category in info.category.codes]
    answers = (_CONTRACTED.get(code.lower()) for info in statuses for code in info.codes)
    return next((answer for answer in answers if answer), None)


def facts(claim: Explanation, infos: Iterable[Info]) -> tuple[Fact, ...]:
    """Return every fact that has a value, those for the page first; unknown ones under their own label.

    What only some lines point to stands in the order of the lines: miles and places of each ride together.
    """
    first_line, pointing = dict[str, int](), Counter[str]()
    for place, line in enumerate(claim.item):
        for sequence in dict.fromkeys(map(str, line.information_sequence)):  # plans write anything there
            first_line.setdefault(sequence, place)
            pointing[sequence] += 1

    def of_line(info: Info) -> int:
        sequence = str(info.sent.sequence)
        return first_line[sequence] if 0 < pointing[sequence] < len(claim.item) else -1

    def only_line(info: Info) -> str:
        is_of_one = pointing[str(info.sent.sequence)] == 1 and len(claim.item) > 1
        return f"item[{of_line(info)}]" if is_of_one else ""

    in_order = sorted(infos, key=of_line) if first_line else infos
    facts_known = [_fact(info, only_line(info)) for info in in_order if info.value and info.category.is_known]
    facts_told = (fact for fact in facts_known if fact.category not in _TOLD_ELSEWHERE)
    return tuple(sorted(dict.fromkeys(facts_told), key=lambda fact: fact.is_detail))


def _fact(info: Info, line: str) -> Fact:
    category = info.category.codes[0] if info.category.codes else ""
    sent = info.sent.code.coding if info.sent.code else (info.sent.reason,)
    code = next((value for value in sent if value and value.code), None)
    return Fact(
        category,
        info.value or "",
        info.category.label,
        is_detail=is_detail(category),
        code=(code.code or "").strip()[:60] or None if code else None,
        system=system_name(code.system) if code else None,
        line=line,
    )


def _reason(info: SupportingInfo) -> str | None:
    """Return the reason that stands instead of a value (the ambulance transport of CARIN BB 2.x)."""
    if info.value_boolean is not None:
        return "yes" if info.value_boolean else "no"
    if info.reason is None:
        return None
    words, code = values.clean(info.reason.display), values.clean(info.reason.code, 60)
    return f"{words} ({code})" if words and code else words or code


def _time(period: Period) -> str | None:
    """Return both ends of a time, or which one was sent: without an end it goes on (facts 8)."""
    start, end = values.day(period.start), values.day(period.end)
    if start and end:
        return f"{start.text} to {end.text}"
    return f"from {start.text}" if start else f"until {end.text}" if end else None


def _value(info: SupportingInfo, codes: Sequence[str], names: Mapping[str, str]) -> str | None:
    if info.code and (coded_value := _coded_value(info.code, codes)):
        return coded_value
    if info.timing_period:
        return _time(info.timing_period)
    if info.timing_date:
        day = values.day(info.timing_date)
        return day.text if day else info.timing_date if values.is_no_day(info.timing_date) else None
    if info.value_quantity:
        count = values.number(info.value_quantity.value)
        quantity = (plain(count), unit(info.value_quantity))
        return " ".join(part for part in quantity if part) if count is not None else None
    if info.value_reference:
        return values.known_name(info.value_reference, names)
    return values.stated(info.value_string)


def _coded_value(concept: Concept, codes: Sequence[str]) -> str | None:
    """Return the words of a code with the code, and that nothing is known where its words say no more."""
    words = values.words(concept)
    code = next((code for code in codes if not placeholders.is_nothing(code)), None)
    if not words and any(map(_is_unknown, concept.coding)):
        words = NOT_KNOWN
    return f"{words} ({code})" if words and code and words != code else words or code


def _is_unknown(coding: Coding) -> bool:
    """Return whether the words of a code say that nothing is known: "(Unknown value - rarely populated)"."""
    return (coding.display or "").lower().lstrip("( ").startswith(("unknown", "not specified"))


def plain(value: Decimal | None) -> str | None:
    """Return a number without trailing zeros: 30.0 is 30."""
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def admission(infos: Iterable[Info]) -> Period | None:
    """Return from when to when the member was in the hospital or the nursing facility, as written."""
    stated = (info.sent.timing_period for info in infos if not _ADMISSIONS.isdisjoint(info.category.codes))
    return next((period for period in stated if period and (period.start or period.end)), None)


def received(infos: Iterable[Info]) -> str | None:
    """Return when the plan received the claim, as written.

    Blue Button v2 files the week in which Medicare processed a claim under this category too: that is none.
    """
    arrived = [info for info in infos if "clmrecvddate" in info.category.codes]
    receipts = [info for info in arrived if _PROCESSED not in info.category.codes]
    # One payer writes the day as a code.
    days = (day for info in receipts for day in (info.sent.timing_date, *info.codes))
    return next((day for day in days if values.day(day)), None)


def adjustment(claim: Explanation, infos: Iterable[Info], *, kind: Kind) -> Adjustment | None:
    """Return whether this version voids, replaces or corrects another (facts claims 5.2)."""
    if "3" in (last_part(code) for code in values.codes(claim.type, "CLM-TYPE-CD")):
        return "deleted"
    if infos and (status := _status(infos)) and status != "denied":
        return status
    if infos and (stated := _stated_adjustment(infos, is_facilitys=kind in ("inpatient", "outpatient"))):
        return stated
    for extension in claim.billable_period.extension:
        if (
            last_part(extension.url or "").lower() in ("claim_query_cd", "clm-query-cd")
            and extension.value_coding
        ):
            return _QUERY_CODES.get((extension.value_coding.code or "").strip().lower())
    stated_codes = ((name, code) for info in infos for name in info.category.codes for code in info.codes[:1])
    adjustments = (_CORRECTIONS.get(name, {}).get(code.lower()) for name, code in stated_codes)
    return next(filter(None, adjustments), None)


def is_denied(infos: Iterable[Info]) -> bool:
    """Return whether Medicare's status of the claim is that it is denied."""
    return _status(infos) == "denied"


def _status(infos: Iterable[Info]) -> Literal["denied", "void", "deleted"] | None:
    """Return where a claim stands by both fields: a void holds whatever was decided before it, and no denial
    of the trail does beside the status that it was paid."""
    codes = {
        (name, code.lower())
        for info in infos
        for name in info.category.codes
        if name in _STATUSES
        for code in info.codes[:1]
    }
    statuses = {_STATUSES[name].get(code): name for name, code in sorted(codes)}
    if ("clm_pd_stus_cd", "p") in codes and statuses.get("denied") == "clm_audt_trl_stus_cd":
        del statuses["denied"]
    order: tuple[Literal["deleted", "void", "denied"], ...] = ("deleted", "void", "denied")
    return next((status for status in order if status in statuses), None)


def _stated_adjustment(infos: Iterable[Info], *, is_facilitys: bool) -> Adjustment | None:
    """Return what Medicare's code says, else a type of bill's last digit, which facilities alone have."""
    for info in infos:
        kinds, code = info.category.codes, info.codes[0] if info.codes else ""
        if "clm_adjstmt_typ_cd" in kinds or "clm_adjstmt_type_cd" in kinds:
            return _ADJUSTMENTS.get(code)
        bill = TYPE_OF_BILL.fullmatch(code) if is_facilitys and "typeofbill" in kinds else None
        if bill and bill[2] in _FREQUENCIES:
            return _FREQUENCIES[bill[2]]
    return None


def unit(quantity: Quantity) -> str:
    """Return the unit of a quantity in words, "" for none."""
    return unit_words(values.stated(quantity.unit, 30) or values.stated(quantity.code, 30))
