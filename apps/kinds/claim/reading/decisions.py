"""What the plan decided and why, and whether the provider is in its network (facts claims 2.3 and 5.3)."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from msgspec import structs

from apps.fhir import values
from apps.fhir.values import Concept, clean, codes, last_part
from apps.kinds.claim.reading import concepts
from apps.kinds.claim.reading.concepts import Known, Meaning
from apps.kinds.claim.reading.shapes import Adjudication, Extension
from apps.kinds.claim.records import Decision, Figure, Network, Reason

_NETWORKS: dict[str, Network] = {"innetwork": "in", "outofnetwork": "out", "other": "other"}
_ONLY_PAID: dict[Network, Network] = {
    "in": "only_paid_in",
    "out": "only_paid_out",
    "other": "only_paid_other",
}
_TOGETHER: dict[tuple[Network | None, Network | None], Network] = {
    ("only_paid_in", "out"): "paid_in",
    ("only_paid_out", "in"): "paid_out",
    ("only_paid_in", "contracted"): "paid_in_contracted",
    ("only_paid_out", "contracted"): "paid_out_contracted",
    ("out", "contracted"): "out_contracted",
}
"""What is told of a payment or a network, and of the provider -> both."""
_DECISIONS: dict[str, Decision] = {"paid": "paid", "denied": "denied", "partiallypaid": "partly_paid"}
_PAID_AS = "benefitpaymentstatus"
_NETWORK_CATEGORIES = (
    _PAID_AS,
    "billingnetworkstatus",
    "renderingnetworkstatus",
    "billingnetworkcontractingstatus",
)
_DENIALS = frozenset({"denialreason", "rejectreason"})
_REASON_CATEGORIES = _DENIALS | {"adjustmentreason"}
_OF_REASONS = frozenset(
    ("status", "discount", "not_covered", "deductible", "copay", "coinsurance", "other_payer", "tax")
)
"""What an amount can be under and be that of the reason beside it: a part of the bill, and no whole."""
_REMARK = re.compile(r"(?:M|N)[1-9]\d{0,2}|MA\d{2,3}", re.ASCII)
"""A remark, of the list of those: no number of an adjustment begins so."""
_GROUPED = re.compile(r"(CO|PR|OA|PI|CR)[- ]?([A-Z]{0,2}\d{1,3})", re.ASCII)
_NUMBER = re.compile(r"[A-Z]{0,2}\d{1,3}", re.ASCII)
_REJECT = re.compile(r"\d{1,3}|[A-Z]\d|\d[A-Z]", re.ASCII)
"""How NCPDP's reject codes look."""
_NO_LETTERS = re.compile(r"[^a-z0-9]+")
_GROUPS = frozenset({"CO", "PR", "OA", "PI", "CR"})
_NO_REASON = frozenset({("carr_line_rdcd_pmt_phys_astn_c", "0")})
"""Stands on every line of Medicare's carrier claims and means "not applicable"."""

_LINE_INDICATORS = ("line_prcsg_ind_cd", "clm-prcsg-ind-cd")
CLAIM_INDICATORS = ("carr_clm_pmt_dnl_cd", "clm-carr-pmt-dnl-cd")
_NON_PAYMENT = ("clm_mdcr_non_pmt_rsn_cd", "clm-mdcr-npmt-rsn-cd")
_REFUSED = frozenset("BCDIMNZ")
"""Processing indicators of a Medicare line that was not allowed; A is allowed, O R S say nothing final."""


class Outcome(NamedTuple):
    """Network, decision and reasons of a claim or a line."""

    network: Network | None = None
    decision: Decision | None = None
    reasons: tuple[Reason, ...] = ()


NOTHING_SAID = Outcome()


def decides(category: Concept | None) -> bool:
    """Return whether a category itself tells of a network, a decision or a reason; most are money."""
    lowered = _lowered[category]
    return bool(_TELLING.intersection(lowered)) or any(
        last_part(code) in _LINE_INDICATORS for code in lowered
    )


_TELLING = frozenset((*_NETWORKS, *_NETWORK_CATEGORIES, *_REASON_CATEGORIES))


def outcome_of_claim(
    adjudications: Sequence[Adjudication],
    totals: Sequence[Adjudication],
    extensions: Sequence[Extension],
    *,
    is_drug: bool = False,
) -> Outcome:
    """Return what the header says; *is_drug* for pharmacy claims."""
    stated = _read((*adjudications, *totals), is_drug=is_drug)
    decision, reasons = stated.decision, list(stated.reasons)
    if not extensions:
        return stated
    for code, _words in coded_extensions(extensions, CLAIM_INDICATORS):
        decision = decision or ("denied" if code == "0" else None)
    for code, words in coded_extensions(extensions, _NON_PAYMENT):
        if code != "P":  # P: payment requested, the ordinary case
            reasons.append(Reason(f"non-payment {code}", "cms", None, words))
    return Outcome(stated.network, decision, tuple(reasons))


def outcome_of_line(
    adjudications: Sequence[Adjudication], extensions: Sequence[Extension], *, is_drug: bool = False
) -> Outcome:
    """Return what one line says; *is_drug* for pharmacy claims."""
    if not adjudications and not extensions:
        return NOTHING_SAID
    stated = _read(adjudications, is_drug=is_drug)
    decision, reasons = stated.decision, list(stated.reasons)
    indicators = coded_extensions(extensions, _LINE_INDICATORS)
    indicators += [(code, None) for code in _indicator_categories(adjudications)]
    for code, words in indicators:
        if code in _REFUSED:
            decision = decision or "denied"
            reasons.append(Reason(f"line {code}", "cms"))
        elif words and code != "A":  # decides nothing, but says why: another insurer pays first
            reasons.append(Reason(f"line {code}", "cms", None, words))
    return Outcome(stated.network, decision, tuple(dict.fromkeys(reasons)))


def _read(adjudications: Sequence[Adjudication], *, is_drug: bool) -> Outcome:
    networks: dict[str, Network] = {}
    decision: Decision | None = None
    reasons: list[Reason] = []
    for adjudication in adjudications:
        categories, answers = _lowered[adjudication.category], _answers[adjudication.reason]
        for category in categories:
            if category in _NETWORKS and (not adjudication.reason or not answers):
                networks.setdefault(category, _NETWORKS[category])
            if category in _NETWORK_CATEGORIES:
                for answer in answers:
                    if answer in _NETWORKS:
                        networks.setdefault(category, _NETWORKS[answer])
            if category == _PAID_AS and decision is None:
                decision = next((_DECISIONS[answer] for answer in answers if answer in _DECISIONS), None)
        if (reason := with_group(adjudication.category, adjudication.reason)) is not None:
            reasons_read = _with_amount(
                _given(adjudication, reason, categories, answers, is_drug=is_drug), adjudication
            )
            if _DENIALS.intersection(categories):
                rejects = _reject_codes(reason, is_drug=is_drug)
                reasons_read = [_as_denial(reason, rejects) for reason in reasons_read]
            reasons += reasons_read
    return Outcome(_network(networks) if networks else None, decision, tuple(dict.fromkeys(reasons)))


def _network(networks: Mapping[str, Network]) -> Network | None:
    """Return how it was paid and in which network the provider is, two questions; "disagree" is where one of
    them has both answers.
    """
    paid = [networks[category] for category in (_PAID_AS, *_NETWORKS) if category in networks]
    of_provider = [networks[category] for category in _NETWORK_CATEGORIES[1:] if category in networks]
    if any({"in", "out"} <= set(named) for named in (paid, of_provider)):
        return "disagree"
    return with_provider(_ONLY_PAID[paid[0]] if paid else None, next(iter(of_provider), None))


def with_provider(network: Network | None, of_provider: Network | None) -> Network | None:
    """Return *network* with what is said of the provider: of its network, or (CARIN BB 1.x) of a contract,
    which binds outside of it too.
    """
    return _TOGETHER.get((network, of_provider)) or (
        of_provider or network if network in _ONLY_PAID.values() else network or of_provider
    )


def _given(
    adjudication: Adjudication,
    reason: Concept,
    categories: Sequence[str],
    answers: Sequence[str],
    *,
    is_drug: bool,
) -> list[Reason]:
    """Return the reasons of an adjudication, which may stand at any amount (FHIR R4); a status is none.

    Where we do not know what it is about, and among Medicare's codes (one says that a drug is covered), only
    a number of X12's list is surely a reason.
    """
    if _REASON_CATEGORIES.intersection(categories):
        return (_listed_reasons if is_drug else _reasons)[reason]
    is_status = any(
        category in _TELLING or last_part(category) in _LINE_INDICATORS for category in categories
    )
    if is_status or not {*_NETWORKS, *_DECISIONS}.isdisjoint(answers):
        return []
    listed_reason = _listed_reasons[reason]
    is_cms = any(concepts.CMS in (coding.system or "") for coding in reason.coding)
    if concepts.meaning(adjudication.category).concept != "unknown" and not is_cms:
        return listed_reason
    return [stated for stated in listed_reason if stated.kind == "adjustment"]


def with_group(category: Concept | None, reason: Concept | None) -> Concept | None:
    """Return a reason with the one group of X12's that its category names, where it names none itself."""
    if reason is None or category is None or any(_groups(reason)):
        return reason
    groups = [coding for coding in category.coding if last_part(coding.code or "").upper() in _GROUPS]
    is_told = len(groups) != 1 or any(stated.group for stated in _reasons[reason])
    return reason if is_told else structs.replace(reason, coding=(*groups, *reason.coding))


def names_reason(category: Concept | None) -> bool:
    """Return whether a category leaves it to the reason what its amount is: a group, or no name at all."""
    meaning = concepts.meaning(category)
    return meaning.concept == "unknown" and (
        meaning.name.upper() in _GROUPS or not (meaning.name or meaning.label)
    )


def part_of_share(adjudication: Adjudication) -> Meaning | None:
    """Return which part of the share its amount is by the one reason (PR 1, 2, 3) that alone names it."""
    is_named = concepts.meaning(adjudication.category).concept == "status"
    if not (is_named or names_reason(adjudication.category)):
        return None
    about = _adjustment(adjudication)
    return concepts.BY_REASON.get(about.code.lstrip("0")) if about and about.group == "PR" else None


def adjustment_of(adjudication: Adjudication) -> str:
    """Return the one adjustment that an amount is for, with its group: "CO 45"; "" where none is named so."""
    about = _adjustment(adjudication)
    return f"{about.group} {about.code}" if about and about.group else ""


def _adjustment(adjudication: Adjudication) -> Reason | None:
    """Return the one adjustment that an amount is about, with the group that its category names for it."""
    reason = with_group(adjudication.category, adjudication.reason)
    about = _about(_reasons[reason]) if reason else None
    return about if about and about.kind == "adjustment" else None


def _about(reasons: Sequence[Reason]) -> Reason | None:
    """Return the one reason that an amount beside them is about; remarks only explain others."""
    about = [reason for reason in reasons if reason.kind != "remark"]
    about = [reason for reason in about if reason.kind == "adjustment"] or about
    return about[0] if len(about) == 1 else None


def _with_amount(reasons: list[Reason], adjudication: Adjudication) -> list[Reason]:
    """Return the reasons of an adjudication, the amount at the one it is about.

    A reason may stand at any amount: of one that is a part of the bill, and of one under no name, it is about
    that; at what was billed, allowed or paid it tells of the whole line or claim.
    """
    stated = values.amount(adjudication.amount)
    about = _about(reasons)
    if not stated or not stated[0] or about is None:
        return reasons
    is_of_it = concepts.meaning(adjudication.category).concept in _OF_REASONS
    if not (is_of_it or names_reason(adjudication.category)):
        return reasons
    figure = Figure(*stated)
    return [structs.replace(reason, amount=figure) if reason is about else reason for reason in reasons]


def _codes(category: Concept | None) -> tuple[str, ...]:
    """Return the codes of a category as they are and in letters alone, and the status or reason it names."""
    named = (word for word in _said(category) if word in (*_NETWORK_CATEGORIES, *_REASON_CATEGORIES))
    return tuple(dict.fromkeys((*(code.lower() for code in codes(category)), *named)))


def _said(concept: Concept | None) -> tuple[str, ...]:
    """Return codes and words in letters alone: one payer writes the code `O` displayed as "outofnetwork"
    (facts 2.3)."""
    if concept is None:
        return ()
    shown = [concept.text, *(coding.display for coding in concept.coding)]
    return tuple(_NO_LETTERS.sub("", text.lower()) for text in (*codes(concept), *shown) if text)


def reasons_of(concept: Concept | None, *, needs_list: bool = False) -> list[Reason]:
    """Return the reasons in one concept: group and number may be one code, or two codings side by side.

    A number without the name of its list is one of X12's, unless it *needs_list*, as in a pharmacy's claim,
    where it is one of NCPDP's, which mean something else; a group of X12's beside it names the list too.
    """
    if concept is None:
        return []
    groups = _groups(concept)
    is_x12 = not needs_list or any(groups)
    reasons: dict[tuple[str, str | None], Reason] = {}
    for coding, group in zip(concept.coding, groups, strict=True):
        code, system = last_part(coding.code or "").upper(), last_part(coding.system or "").lower()
        if not code or code in _GROUPS or (system, code) in _NO_REASON:
            continue
        grouped, words = _GROUPED.fullmatch(code), clean(coding.display)
        number = grouped[2] if grouped else code
        is_listed = bool(grouped) or (_is_adjustment(coding.system) if coding.system else is_x12)
        is_named = not grouped and "remark" in (coding.system or "").lower()
        if is_named or (is_listed and _REMARK.fullmatch(number)):  # no number of an adjustment begins so
            reason = Reason(number, "remark", None, words)
        elif is_listed and (grouped or _NUMBER.fullmatch(code)):
            reason = Reason(number, "adjustment", grouped[1] if grouped else group, words)
        else:
            reason = Reason(code[:40], "plan", None, words)
        reasons.setdefault((reason.code, reason.group), reason)
    if not reasons and clean(concept.text):
        return [Reason("", "plan", None, clean(concept.text))]
    named = {reason.code for reason in reasons.values() if reason.group}
    kept = [
        reason
        for reason in reasons.values()
        if reason.group or reason.kind != "adjustment" or reason.code not in named
    ]
    return _with_text(kept, values.stated(concept.text))


def _with_text(reasons: list[Reason], text: str | None) -> list[Reason]:
    """Return a code that is alone and has no words with the text beside it, unless that only repeats it."""
    if not text or len(reasons) != 1 or reasons[0].words:
        return reasons
    codes = (reasons[0].code, f"{reasons[0].group or ''}{reasons[0].code}")
    is_code = _NO_LETTERS.sub("", text.lower()) in {_NO_LETTERS.sub("", code.lower()) for code in codes}
    return reasons if is_code else [structs.replace(reasons[0], words=text)]


def _groups(concept: Concept) -> list[str | None]:
    """Return the group that each coding of a concept is under, None where it is not sure.

    One group is that of every number. Several are sure only where groups and numbers take turns, so that
    each number has its own.
    """
    codes = [last_part(coding.code or "").upper() for coding in concept.coding]
    named = [code if code in _GROUPS else None for code in codes]
    alone = {group for group in named if group}
    if len(alone) < 2:
        return [next(iter(alone), None)] * len(codes)
    places = [
        place
        for place, (coding, code) in enumerate(zip(concept.coding, codes, strict=True))
        if code in _GROUPS or (_NUMBER.fullmatch(code) and "remark" not in (coding.system or "").lower())
    ]
    group_of: list[str | None] = [None] * len(codes)
    every = places[::2], places[1::2]
    for of_groups, of_numbers in (every, every[::-1]):
        is_one_each = len(of_groups) == len(of_numbers) and all(named[place] for place in of_groups)
        if is_one_each and not any(named[place] for place in of_numbers):
            for group, number in zip(of_groups, of_numbers, strict=True):
                group_of[number] = named[group]
    return group_of


def _as_denial(reason: Reason, rejects: Collection[str]) -> Reason:
    """Return a reason that stands where plans say why they refuse; only of their own it has to be noted."""
    if reason.kind != "plan":
        return reason
    return structs.replace(reason, is_denial=True, is_ncpdp=reason.code in rejects)


def _reject_codes(reason: Concept, *, is_drug: bool) -> set[str]:
    """Return the codes that are of NCPDP's list: by its name, or of no list in a pharmacy's claim."""
    return {
        last_part(coding.code).upper()
        for coding in reason.coding
        if coding.code
        and (
            "ncpdp" in (coding.system or "").lower()
            or (is_drug and not coding.system and _REJECT.fullmatch(coding.code.strip()))
        )
    }


_lowered, _answers, _reasons = Known(_codes), Known(_said), Known(reasons_of)
_listed_reasons = Known(partial(reasons_of, needs_list=True))


def _is_adjustment(system: str | None) -> bool:
    text = (system or "").lower()
    return any(part in text for part in ("adjustment-reason", "ansi", "x12", "carc", "claimadjustment"))


def coded_extensions(extensions: Iterable[Extension], names: tuple[str, ...]) -> list[tuple[str, str | None]]:
    """Return the codes that extensions of these *names* hold, each with its words."""
    return [
        (extension.value_coding.code, clean(extension.value_coding.display))
        for extension in extensions
        if extension.value_coding
        and extension.value_coding.code
        and last_part(extension.url or "").lower() in names
    ]


def _indicator_categories(adjudications: Iterable[Adjudication]) -> list[str]:
    """Return processing indicators that stand as a category with a reason (Synthea)."""
    return [
        last_part(code)
        for adjudication in adjudications
        if any(last_part(name).lower() in _LINE_INDICATORS for name in codes(adjudication.category))
        for code in codes(adjudication.reason)
    ]
