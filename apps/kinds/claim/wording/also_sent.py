"""What else a plan sent: labels and values of its facts, and in rows what stands beside all we understood."""

import re
from functools import cache
from typing import NamedTuple

from apps.fhir.placeholders import is_no_words, without_remark
from apps.fhir.values import is_no_day, number
from apps.kinds.claim.reading import concepts
from apps.kinds.claim.reading.also_sent import is_of_part, unread
from apps.kinds.claim.reading.facts import NOT_KNOWN, labels, plain
from apps.kinds.claim.records import AlsoSent, ClaimRecord, Fact, Line, Money
from apps.kinds.claim.wording import codes, denials
from apps.kinds.claim.wording.balance import by_some_lines
from apps.kinds.claim.wording.sources import concept_words, number_at
from apps.plain_language.capitals import calm_words, is_loud
from apps.plain_language.free_words import cms_field, cms_value, free_words
from apps.plain_language.language import _, plural, said
from apps.plain_language.money import priced
from apps.plain_language.theirs import an_amount, filled, joined, listed, theirs, translated

_LINE = re.compile(r"(?:item|addItem)\[\d+\]")
_PART = re.compile(r"(?:item|addItem)\[\d+\](?:\.(?:detail|subDetail)\[\d+\])+(?=\.)")
_REASONED = re.compile(r"(?:(?P<line>(?:item|addItem)\[\d+\])\.)?adjudication\[\d+\]")
"""Where an amount stands beside a reason: in the summary of the claim, or of a line."""
_PARTS = {
    "total": said("Amount in the totals, without a label"),
    "adjudication": said("Amount in the summary, without a label"),
    "item": said("Something about a line, without a label"),
    "addItem": said("Something about a line your plan added, without a label"),
    "supportingInfo": said("A fact about the claim, without a label"),
}

_MOST_AMOUNTS = 3
"""How many amounts a sentence names; the table below has them all."""
_PERCENT = "eligpercent"
"""How HL7 calls the part of a price that is paid; a number from 0 to 1, and in its own example to 100: 1 may
be all of it, or a hundredth, so it is told as it was sent."""
_WHOLE = 100
_NOTHING = re.compile(r"0+( |$)", re.ASCII)
"""None of something."""


class Row(NamedTuple):
    """One thing sent: `where` is "" or the line it belongs to, `path` where it stands in the plan's data."""

    label: str
    value: str
    where: str
    path: str


def rows(record: ClaimRecord) -> tuple[Row, ...]:
    """Return what the page shows under "Also sent by your plan"; the same thing of one line only once.

    An amount of a reason is told with that reason, and one of a part with that part.
    """
    places = {part.path for line in record.real_lines for part in line.parts}
    elements = [
        Row(_label(element), _value(element), _where(element.path, record), element.path)
        for element in record.also_sent
        if not (_is_told_with_reason(element, record) or _part(element) in places)
    ]
    first = {(row.label, row.value, row.where): row for row in reversed(elements)}
    return tuple(row for row in elements if first[row.label, row.value, row.where] is row)


def of_part(part: Line, record: ClaimRecord) -> list[str]:
    """Return what was sent of a part of a line: "Billed amount: $40.00"."""
    sent = [element for element in record.also_sent if _part(element) == part.path]
    text = _("{label}: {amount}")
    return [filled(text, label=_label(element), amount=_value(element)) for element in sent]


def _part(element: AlsoSent) -> str:
    """Return the place of the part of a line that it is of; "" where it is of none."""
    match = _PART.match(element.path)
    return match[0] if match else ""


def _is_told_with_reason(element: AlsoSent, record: ClaimRecord) -> bool:
    """Return whether a reason at the same place has this amount, and each time it was given one."""
    if element.figure is None or not (match := _REASONED.match(element.path)):
        return False
    of_line = (line.reasons for line in record.real_lines if line.path == match["line"])
    at_place = next(of_line, ()) if match["line"] else record.reasons
    amount = (element.figure.amount, element.figure.unit)
    reasons = [reason for reason in at_place if (reason.amount.amount, reason.amount.unit) == amount]
    return any(
        (reason.words or f"{reason.group or ''} {reason.code}".strip())[:120] in element.label
        and denials.tells_amount(record, reason, is_of_claim=not match["line"])
        for reason in reasons
    )


def amounts(record: ClaimRecord, *, are_all: bool = False) -> str:
    """Return the amounts with names that we do not know, "Amount You Owe $140.00"; *are_all* with others.

    Those of lines only where the claim itself has none; "" for none.
    """
    sent = [element for element in record.also_sent if element.figure and element.figure.amount]
    sent = [element for element in sent if element.is_amount_unheard_of or (are_all and not element.is_known)]
    of_claim = [element for element in sent if not _LINE.match(element.path)]
    rows = dict.fromkeys((_label(element), _value(element)) for element in of_claim or sent)
    return listed(first_of([joined(" ", pair) for pair in rows], _MOST_AMOUNTS))


def first_of(texts: list[str], most: int) -> list[str]:
    """Return the first of many, and how many more there are."""
    left = len(texts) - most
    if left <= 0:
        return texts
    return [*texts[:most], plural("{number} more", "{number} more", left).format(number=left)]


def no_amount(record: ClaimRecord, concept: str) -> str:
    """Return that the plan sent a concept as no amount, or of parts of lines alone; "" where it did not."""
    text = _(
        "For {what}, your plan sent amounts for parts of lines only. They stand below, each with its line."
    )
    is_of_parts = any(is_of_part(element, concept) for element in record.also_sent)
    of_parts = filled(text, what=concept_words(concept)) if is_of_parts else ""
    return _unreadable(record, concept) or of_parts


def _unreadable(record: ClaimRecord, concept: str) -> str:
    sent = unread(record.also_sent, concept)
    if several := [priced(element.figure) for element in sent if element.figure]:
        text = _("For {what}, your plan sent {amounts} in the place of one amount.")
        return filled(text, what=concept_words(concept), amounts=listed(several))
    text = _("For {what}, your plan sent “{sent}”, which we cannot read as an amount.")
    return filled(text, what=concept_words(concept), sent=theirs(sent[0].value)) if sent else ""


def _label(element: AlsoSent) -> str:
    """Return the plan's own label as it came; ours where it sent none, or for a name of Medicare's."""
    if element.label == _PERCENT:
        return _("Part of the price that your plan pays")
    if element.balance:
        return filled(_("{what}: {label}"), what=theirs(element.balance), label=translated(element.label))
    if element.figure and (named := concepts.cms_names().get(element.label.casefold())):
        return _(named.label)
    if element.label:
        return theirs(cms_field(element.label)) or translated(element.label)
    return _(_PARTS.get(re.split(r"[\[.]", element.path)[0], "")) or element.path


def _value(element: AlsoSent) -> str:
    part = number(element.value) if element.label == _PERCENT else None
    if part is not None and 0 <= part <= _WHOLE and part != 1:
        return f"{plain(part * 100 if part < 1 else part)}%"
    return an_amount(priced(element.figure)) if element.figure else theirs(element.value)


def _where(path: str, record: ClaimRecord) -> str:
    match = _LINE.match(path)
    number = number_at(record, match[0]) if match else None
    if number is None:
        return ""
    text = _("part of line {number}") if ".detail[" in path else _("line {number}")
    return text.format(number=number)


@cache
def _codes() -> dict[tuple[str, str], str]:
    table = concepts.rows("codes.tsv", codes.DATA)
    return {(category, code): words for category, code, words, _rest in table}


_OFFICES = frozenset({"clm_cntrctr_num"})
_TEETH = frozenset({"toothnumber", "missingtoothnumber"})


def value_words(fact: Fact) -> str:
    """Return what a fact says: our words for values of free lists, else as sent, else official words.

    Ours go first because Medicare's are written for its offices: "Above attachment point". Whether a drug was
    mixed plans number both ways: their word goes first.
    """
    code = fact.code or fact.value
    if says_nothing(fact):
        return _("not known ({code})").format(code=code)
    own = _own_words(fact.category, code) if is_bare(fact) or fact.category != "compoundcode" else None
    if own is None and is_bare(fact):
        own = _free(fact) if fact.category in _OFFICES else calm_words(_free(fact))
    if own:
        return filled(_("{words} ({code})"), words=translated(own), code=code)
    return _("Code {code}").format(code=code) if is_bare(fact) else _calm_value(fact)


def _calm_value(fact: Fact) -> str:
    """Return a value as sent, its words in ordinary letters: "GROSS ADJUSTMENT (5)".

    Names of Medicare's offices stay: nobody can tell states and abbreviations in them from other words.
    """
    if fact.category in _OFFICES:
        return fact.value
    words, mark, _code = fact.value.rpartition(f" ({fact.code})")
    return theirs(f"{calm_words(words)}{mark}") if mark and is_loud(words) else fact.value


def _free(fact: Fact) -> str:
    """Return what free lists say of the code of a fact, "" where none knows it."""
    code = fact.code or fact.value
    return without_remark(free_words(fact.system, code) or cms_value(fact.category, code) or "")


def _own_words(category: str, code: str) -> str | None:
    if category.endswith("etworkcontractingstatus"):  # billing, performing, site, attending, referring(n)
        category = "networkcontractingstatus"
    return _codes().get((category, code)) or _codes().get((category, code.upper()))


def is_bare(fact: Fact) -> bool:
    """Return whether a fact came as a code and nothing else; a number of no list, or a tooth's, is none."""
    is_number = fact.category in _TEETH or _is_number(fact)
    return fact.code is not None and fact.value == fact.code and not is_number


def _is_number(fact: Fact) -> bool:
    return fact.system is None and codes.is_number(fact.value)


_DAY = re.compile(r"\d{4}-\d\d-\d\d(?![\d-])", re.ASCII)


def is_telling(fact: Fact) -> bool:
    """Return whether a reader learns something: no bare code of a list that may not be printed here."""
    if says_nothing(fact) or (fact.code and _is_number(fact)):
        return False
    if is_bare(fact):
        return value_words(fact) != _("Code {code}").format(code=fact.code)
    return not _NOTHING.match(fact.value)


def says_nothing(fact: Fact) -> bool:
    """Return whether a fact says that nothing is known: a day of no calendar, a code for "unknown"."""
    if (_DAY.match(fact.value) and is_no_day(fact.value)) or fact.value.startswith(NOT_KNOWN):
        return True
    text = _own_words(fact.category, fact.code or fact.value) or _free(fact) if is_bare(fact) else ""
    return bool(text) and is_no_words(text)


def fact_label(fact: Fact, record: ClaimRecord) -> str:
    """Return what a fact is called: our plain words, else the plan's, else Medicare's name of the field; with
    the line that it alone is of."""
    own = labels().get(fact.category)
    label = _(own.words) if own else theirs(fact.label or cms_field(fact.category)) or fact.category
    where = _where(fact.line, record)
    return filled(_("{label} ({line})"), label=label, line=where) if where else label


def alone(record: ClaimRecord) -> str:
    """Return what was shared where the claim itself has no amount; totals of lines do not say who pays."""
    lines = record.real_lines
    if any(line.money.is_shared for line in lines):
        return _("Your plan shared amounts for single lines only. They are listed below.")
    if no_amounts := [
        sentence for concept in Money.__struct_fields__ if (sentence := _unreadable(record, concept))
    ]:
        return joined(" ", no_amounts)
    totals = [detail.figure for line in lines for detail in line.details]
    sent = [element for element in record.also_sent if element.figure]
    if sent and not totals and all(map(is_of_part, sent)):
        return _("Your plan shared amounts for parts of lines only. They stand below, each with its line.")
    if not totals:
        return _(
            "Your plan sent amounts under names of its own, which we do not know. They are listed below."
        )
    if len(totals) == 1:
        return _(
            "Your plan shared one amount only: {amount}, the total of one line. "
            "It did not say who pays how much of it."
        ).format(amount=priced(totals[0]))
    return _("Your plan shared only totals of single lines. It did not say who pays how much of them.")


def paid_by(record: ClaimRecord) -> str:
    """Return what the plan paid by some lines, where the claim does not say it."""
    paid = by_some_lines(record, "plan_paid")
    if paid.source is None:
        return no_amount(record, "plan_paid") or _under_names(record)
    text = plural(
        "Your plan paid, from {n} line: {amount}. Of the others it did not say.",
        "Your plan paid, from {n} lines: {amount}. Of the others it did not say.",
        paid.source.partial,
    )
    return text.format(n=paid.source.partial, amount=priced(paid))


def _under_names(record: ClaimRecord) -> str:
    """Return that what the plan paid was not shared, beside amounts whose names we do not know."""
    sent = amounts(record)
    if not sent:
        return _("What your plan paid was not shared.")
    sentence = _("What your plan paid was not shared under a name we know.")
    is_told = not record.money.your_share.is_known  # of the share it is said then
    return (
        sentence if is_told else joined(" ", [sentence, filled(_("It also sent: {amounts}."), amounts=sent)])
    )
