"""What a claim holds that found no place in its record: kept as it came, never dropped, never guessed.

Money is looked for everywhere in the JSON, so that no amount is lost whatever element it hides in; all else
is what has a type or a name that R4 does not know here.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec import structs

from apps.fhir import tolerant, values
from apps.fhir.values import Amount, Concept, as_sent, clean, last_part, storable
from apps.kinds.claim.reading import concepts, decisions, decoded_claim, elsewhere, shapes
from apps.kinds.claim.reading.decoded_claim import MONEY_KEYS, Opened
from apps.kinds.claim.reading.facts import Info
from apps.kinds.claim.reading.parts import placed
from apps.kinds.claim.reading.shapes import Adjudication, Complete, Explanation, SupportingInfo
from apps.kinds.claim.records import AlsoSent, Figure, Source
from apps.plain_language.language import said

MOST = 300
"""More than that from one claim is noise; a claim of thousands of lines would be nothing but this."""

_ROOT = frozenset(field.encode_name for field in structs.fields(shapes.Complete))
_SKIPPED = frozenset({"contained", "meta", "text", "resourceType"})
_LABELS = {
    "payment.amount": said("Payment of the claim"),
    "net": said("Line total"),
    "unitPrice": said("Price of one unit"),
    "adjustment": said("Change of the payment"),
    "allowedMoney": said("In all"),
    "usedMoney": said("Used"),
}
_OF_NO_NAME = {
    "allowedMoney": said("In all (your plan did not say of what)"),
    "usedMoney": said("Used (your plan did not say of what)"),
}
"""The same of a balance without a category or type."""
_LABELS_OF: Final = {concept: frozenset({label}) for concept, label in concepts.LABELS.items()} | {
    "your_share": frozenset({concepts.LABELS["liability"]}),
    "plan_paid": frozenset({concepts.LABELS["plan_paid"], _LABELS["payment.amount"]}),
}
"""How an amount of the claim itself is labelled, by the field of `Money`."""
_EVERY_LABEL: Final = frozenset().union(*_LABELS_OF.values())
_KNOWN_PLACES = ("net", "unitPrice", "allowedMoney", "usedMoney", "valueMoney")
_SEVERAL = re.compile(r"(.*\.amount)\[\d+\]", re.ASCII)
"""Where one of several amounts stands that came in the place of one."""
_UNITS = frozenset({"allowedunits", "consumedunits", "eligpercent"})


_NAMES = (
    _ROOT
    | MONEY_KEYS
    | {"financial", "detail", "subDetail", "value", "category"}
    | {
        field.encode_name
        for shape in vars(shapes).values()
        if isinstance(shape, type) and issubclass(shape, shapes.Shape)
        for field in structs.fields(shape)
    }
)


class _Money(NamedTuple):
    """An object that can only be money: where, beside what, under which name."""

    path: str
    beside: Mapping[str, Any]
    name: str
    value: Any
    currency: Any
    balance: str = ""
    """What it is the balance of, in the plan's words; "" elsewhere."""


def also_sent(
    opened: Opened,
    infos: Iterable[Info],
    booked: Sequence[Figure],
    told_amounts: Callable[[], Collection[str]],
) -> tuple[AlsoSent, ...]:
    """Return what found no place: beside *booked*, the amounts as sent that did.

    *told_amounts* gives their paths.
    """
    claim = opened.claim
    rows = [*_counts(claim), *(_facts(infos) if infos else ())]
    if claim.precedence not in (None, "", [], {}) and not elsewhere.order(claim):  # half a place is none
        rows.append(AlsoSent("precedence", "precedence", as_sent(claim.precedence), system=None))
    # Walking the whole JSON costs as much as all the rest of reading.
    if not (isinstance(claim, Complete) and decoded_claim.is_all(booked, opened)):
        tree = _tree(opened.body)
        amounts = list(_money(tree, told_amounts()))
        priced = {element.path.split(".")[0].split("[")[0] for element in amounts if element.figure}
        elements = (element for element in _elements(tree) if element.path not in priced)
        lists = {several[1] for element in amounts if (several := _SEVERAL.match(element.path))}
        misfits = [(path, value) for path, value in opened.misfits if not (path in lists and _is_told(value))]
        rows = [*amounts, *rows, *elements, *_misfits(misfits)]
    return tuple(dict.fromkeys(rows))[:MOST]


def _is_told(several: Any) -> bool:
    """Return whether all that stands in the place of one amount is amounts, which are told one by one."""
    return isinstance(several, list) and all(isinstance(inner, dict) for inner in several)


def _tree(body: bytes) -> dict[str, Any]:
    """Return the whole JSON of a claim that was read; a text in another encoding costs its own signs."""
    try:
        return tolerant.tree(body)
    except tolerant.Hopeless:
        return tolerant.tree(body.decode(errors="replace").encode())


def is_of_part(sent: AlsoSent, concept: str = "") -> bool:
    """Return whether it is an amount of a part of a line; of one *concept* only, where it is given."""
    is_that = not concept or sent.label in _LABELS_OF.get(concept, ())
    return is_that and sent.figure is not None and ".detail[" in sent.path


def has_money(sent: Sequence[AlsoSent]) -> bool:
    """Return whether there is an amount among it, be it of a part, unheard of or unreadable."""
    is_one = any(element.is_amount_unheard_of or is_of_part(element) for element in sent)
    return is_one or bool(sent and unread(sent))


def unread(sent: Iterable[AlsoSent], concept: str = "", line: str = "") -> tuple[AlsoSent, ...]:
    """Return what stands where an amount of the claim itself belongs, and cannot be read as one: "$12.00", or
    several amounts in its one place.

    Of one *concept* (a field of `Money`) only, where it is given; of a *line* in place of the claim, by its
    path.
    """
    places = (f"{line}.adjudication[",) if line else ("total[", "adjudication[", "payment.amount")
    labels = _LABELS_OF.get(concept, frozenset()) if concept else _EVERY_LABEL
    return tuple(
        element
        for element in sent
        if (element.figure is None or _SEVERAL.match(element.path))
        and element.system is None
        and element.path.startswith(places)
        and element.label in labels
        and values.stated(element.value)
    )


def element(sent: AlsoSent) -> str:
    """Return the element path without places, of R4's own names only: what a plan invents may be a name."""
    names = re.sub(r"\[\d+\]", "", sent.path).split(".")
    if sent.system is not None:
        names.append("category")
    return ".".join(name if name in _NAMES else "?" for name in names)[:120]


def _money(tree: Mapping[str, Any], told_amounts: Collection[str]) -> Iterator[AlsoSent]:
    for amount in _all_money(tree):
        if amount.path in told_amounts or amount.value is None:
            continue
        concept = _category(amount)
        meaning = concepts.meaning(concept)
        of_reason = _of_reason(amount, concept)
        is_named = not (of_reason and decisions.names_reason(concept))
        label = _LABELS.get(amount.path)
        label = label or ("" if amount.balance else _OF_NO_NAME.get(amount.name)) or _LABELS.get(amount.name)
        label = label or ((meaning.label or meaning.name) if is_named else "")
        label = label or of_reason or _own_name(amount)
        currency = amount.currency if isinstance(amount.currency, str) else None
        seen = values.amount(Amount(amount.value, currency))
        if seen is None:
            yield AlsoSent(amount.path, label, as_sent(amount.value), system=None)
        elif seen[0] or meaning.concept not in decoded_claim.SILENT:
            figure = Figure(seen[0], seen[1], Source(label, amount.path, meaning.name or None))
            is_unknown = meaning.concept == "unknown" and amount.name == "amount" and is_named
            yield AlsoSent(
                amount.path,
                label,
                " ".join(part for part in (f"{seen[0]:f}", seen[1]) if part),
                figure,
                _system(concept) if is_unknown else None,
                is_known=amount.name in _KNOWN_PLACES or meaning.concept == "ignore",
                balance=amount.balance,
            )


def _all_money(tree: Any) -> Iterator[_Money]:
    """Walk the claim and return its money, with paths as the record's sources write them."""
    balances, kinds = 0, dict[str, str]()
    stack: list[tuple[Mapping[str, Any], str]] = [(tree, "")]
    while stack:
        beside, here = stack.pop()
        inside: list[tuple[Mapping[str, Any], str]] = []
        for name, bare in beside.items():
            value = _as_read(name, bare)
            if not isinstance(value, dict | list) or (name in _SKIPPED and not here):
                continue
            place = f"{here}.{name}" if here else name
            for inner, where in _objects(value, place):
                if _is_money(name, inner):
                    is_entry = name in ("amount", "usedMoney") and here.endswith("]") and where == place
                    shown = here if is_entry else where
                    is_of_balance = here.startswith("benefitBalance.financial[")
                    balance = _balance(kinds.get(here, ""), beside) if is_of_balance else ""
                    yield _Money(shown, beside, name, inner.get("value"), inner.get("currency"), balance)
                elif len(here) < 500:  # what is nested deeper is no element of a claim
                    inside.append((inner, where))
        if here.startswith("benefitBalance[") and here.endswith("]") and "financial" in beside:
            # The record counts the entries of all balances in one row, as they come.
            for position, (inner, where) in enumerate(inside):
                if where.startswith(f"{here}.financial["):
                    inside[position] = inner, f"benefitBalance.financial[{balances}]"
                    kinds[inside[position][1]] = _words(beside.get("category"))
                    balances += 1
        stack.extend(reversed(inside))


def _balance(kind: str, financial: Mapping[str, Any]) -> str:
    """Return what an amount is the balance of, "Medical deductible, Individual"."""
    return ", ".join(dict.fromkeys(filter(None, (kind, _words(financial.get("type"))))))[:120]


def _words(category: Any) -> str:
    """Return the plan's words for a category as it came; "" where it has none."""
    return values.words(tolerant.convert({"category": category}, Adjudication).category) or ""


def _as_read(name: str, value: Any) -> Any:
    """Return what is read in place of *value*: money or a payment of a list of one, or of a bare number."""
    shape = Amount if name in MONEY_KEYS else shapes.Payment if name == "payment" else None
    return tolerant.object_of(tolerant.only(value), shape) if shape else value


def _objects(value: Any, place: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Return objects with their paths; places in lists are counted among the objects only, as read."""
    if isinstance(value, dict):
        # One object where R4 has a list is read as a list of one.
        yield value, f"{place}[0]" if place.rsplit(".", 1)[-1] in _LISTS else place
    elif isinstance(value, list):
        objects = (inner for inner in map(tolerant.only, value) if isinstance(inner, dict))
        for index, inner in enumerate(objects):
            yield inner, f"{place}[{index}]"


_LISTS = frozenset(
    ("total", "adjudication", "item", "addItem", "benefitBalance", "financial", "detail", "subDetail")
)


def _is_money(name: str, element: Mapping[str, Any]) -> bool:
    return name in MONEY_KEYS or ("currency" in element and "value" in element)


def _category(amount: _Money) -> Concept | None:
    """Return what an amount is labelled with: the category beside it, in a balance its type."""
    label = amount.beside.get(
        {"amount": "category", "usedMoney": "type", "allowedMoney": "type"}.get(amount.name, "")
    )
    return tolerant.convert({"category": label}, Adjudication).category


def _of_reason(amount: _Money, category: Concept | None) -> str:
    """Return the reason that an amount belongs to, as the plan names it: "CO 253"; "" where it has none."""
    beside = amount.beside.get("reason")
    reason = tolerant.convert({"reason": beside}, Adjudication).reason if amount.name == "amount" else None
    named = [
        stated_reason.words or f"{stated_reason.group or ''} {stated_reason.code}".strip()
        for stated_reason in decisions.reasons_of(decisions.with_group(category, reason))
    ]
    return ", ".join(dict.fromkeys(named))[:120]


def _own_name(amount: _Money) -> str:
    """Return what an amount without a label is called: its extension, or its element unless that is plain."""
    url = amount.beside.get("url")
    if isinstance(url, str) and url:
        return storable(last_part(url), 60) or "?"
    return "" if amount.name == "amount" else storable(amount.name, 60) or "?"


def _system(concept: Concept | None) -> str:
    return next((coding.system for coding in concept.coding if coding.system), "") if concept else ""


def _counts(claim: Explanation) -> Iterator[AlsoSent]:
    """Return bare numbers instead of amounts: units, shares (facts 1.4); days are facts, see `counts`."""
    yield from _counts_of(claim.adjudication, "adjudication", are_facts=True)
    yield from _counts_of(claim.total, "total")
    for name, lines in (("item", claim.item), ("addItem", claim.add_item)):
        for index, line in enumerate(lines):
            yield from _counts_of(line.adjudication, f"{name}[{index}].adjudication")
            for part, path in placed(line, f"{name}[{index}]") if line.detail else ():
                yield from _counts_of(part.adjudication, f"{path}.adjudication")
    financials = [
        (balance, financial) for balance in claim.benefit_balance for financial in balance.financial
    ]
    for position, (balance, financial) in enumerate(financials):
        days = values.number(financial.used_unsigned_int)
        meaning = concepts.meaning(financial.type)
        if days is not None and not elsewhere.is_counted(meaning):
            path = f"benefitBalance.financial[{position}]"
            name, kind = meaning.label or meaning.name, values.words(balance.category) or ""
            if not name:
                name = (_LABELS if kind else _OF_NO_NAME)["usedMoney"]
            yield AlsoSent(path, name, f"{days:f}", is_known=True, balance=kind)


def _counts_of(
    adjudications: tuple[Adjudication, ...], path: str, *, are_facts: bool = False
) -> Iterator[AlsoSent]:
    """Return those of one place; *are_facts* where those that have a name of ours are told as facts."""
    for index, adjudication in enumerate(adjudications):
        if adjudication.value is None and (adjudication.amount is not None or adjudication.reason is None):
            continue  # nearly always: an amount, and nothing else
        meaning, value = concepts.meaning(adjudication.category), values.number(adjudication.value)
        if are_facts and elsewhere.is_counted(meaning) and value is not None:
            continue
        if value is not None:
            is_known = meaning.concept == "ignore" or meaning.is_cms or meaning.name in _UNITS
            label = (
                concepts.own_label(adjudication.category) if adjudication.category else None
            ) or meaning.label
            yield AlsoSent(
                f"{path}[{index}]",
                label or meaning.name,
                f"{value:f}",
                system=None if is_known else _system(adjudication.category),
                is_known=is_known,
            )
        elif meaning.concept == "unknown" and adjudication.reason and adjudication.amount is None:
            said = values.words(adjudication.reason) or next(iter(values.codes(adjudication.reason)), "")
            if said:
                label = meaning.label or meaning.name
                yield AlsoSent(f"{path}[{index}]", label, said, system=_system(adjudication.category))


def _facts(infos: Iterable[Info]) -> Iterator[AlsoSent]:
    """Return supporting information of a category nobody knows, or with a value nobody can read."""
    for index, info in enumerate(infos):
        category = info.category
        if info.value and category.is_known:
            continue
        value = info.value or _unread(info.sent)
        if value:
            label = category.label or next(iter(category.codes), "")
            system = None if category.is_known else _system(info.sent.category)
            yield AlsoSent(f"supportingInfo[{index}]", label, value, system=system)


def _unread(info: SupportingInfo) -> str | None:
    """Return the raw text of a value that is not what its element promises."""
    period = info.timing_period or values.Period()
    for text in (info.timing_date, period.start, period.end):
        if text:
            return clean(text, 80)
    return as_sent(info.value_quantity.value) if info.value_quantity and info.value_quantity.value else None


def _elements(tree: Mapping[str, Any]) -> Iterator[AlsoSent]:
    """Return elements that R4 does not have."""
    for name, value in tree.items():
        if name not in _ROOT and not name.startswith("_") and value not in (None, "", [], {}):
            yield AlsoSent(storable(name, 60) or "?", "", as_sent(value), system=None)


def _misfits(misfits: Iterable[tuple[str, Any]]) -> Iterator[AlsoSent]:
    """Return what has the wrong type for its element: text where a list belongs, a list where text does."""
    for path, value in misfits:
        if value not in ("", [], {}) and not path.startswith(("contained", "meta", "resourceType")):
            yield AlsoSent(path, last_part(path.replace(".", "/")), as_sent(value), system=None)
