"""Where a figure comes from, in words a member can follow; the number of a line, wherever it is named."""

import re

from apps.kinds.claim import standing
from apps.kinds.claim.reading.concepts import LABELS, PAID_IN_PARTS, TO_BE_PAID, cms_names
from apps.kinds.claim.records import ClaimRecord, Figure, Line, Source
from apps.plain_language.language import _, said
from apps.plain_language.money import money
from apps.plain_language.theirs import filled, joined, listed, theirs, translated

_PLACES = (
    (re.compile(r"total\[(?P<entry>\d+)\]"), said("the totals of the claim (entry {entry})")),
    (re.compile(r"adjudication\[(?P<entry>\d+)\]"), said("the summary of the claim (entry {entry})")),
    (
        re.compile(r"benefitBalance\.financial\[(?P<entry>\d+)\]"),
        said("the balance of the claim (entry {entry})"),
    ),
)
_OF_LINE = re.compile(
    r"(?P<line>(?P<part>item|addItem)\[(?P<index>\d+)\])\.(?:net|adjudication\[(?P<entry>\d+)\])"
)
_LINES = said("the lines of the claim")
_NAMED = {
    "payment.amount": said("the payment of the claim"),
    "payment.adjustment": said("the change of the payment"),
    "item.adjudication": _LINES,
    "addItem.adjudication": said("its lines with those that it added in place of others"),
}
_CONCEPTS = {
    "billed": said("what was billed"),
    "drug_cost": said("the cost of the drug"),
    "allowed": said("what your plan allows"),
    "discount": said("the plan discount"),
    "reduction": said("what was taken off the bill"),
    "not_covered": said("what is not covered"),
    "plan_paid": said("what your plan paid"),
    "paid_to_provider": said("what went to the provider"),
    "paid_to_you": said("what went to you"),
    "other_payer": said("what others paid"),
    "your_share": said("your share"),
    "deductible": said("the deductible"),
    "copay": said("the copay"),
    "coinsurance": said("the coinsurance"),
    "you_paid": said("what you paid"),
    "tax": said("the tax"),
}

_NAME = re.compile(r"^(?!Extra Help|Ayuda Adicional)\w")
"""The first letter of a label, small within a list but where the label is a name."""
_TWO_PAYERS = frozenset({"Paid by a first other payer", "Paid by a second other payer"})


def finer_label(figure: Figure) -> str:
    """Return Medicare's more exact name of a discount or payment ("Extra Help ..."), "" for none.

    One that was added up from lines has the names of all that is in it.
    """
    codes, names = (figure.origin.code or "").split(" + "), cms_names()
    if any(code not in names for code in codes):
        return ""
    labels = dict.fromkeys(names[code].label for code in codes)
    if labels.keys() == _TWO_PAYERS:
        return _("Paid by two other payers")
    first, *others = map(_, labels)
    return listed([first, *(_NAME.sub(lambda start: start[0].lower(), other) for other in others)])


def source_words(source: Source, record: ClaimRecord, called: str = "", currency: str = "USD") -> str:
    """Return where a figure came from, in a sentence; *called* names all that is in a sum in *currency*."""
    where, label = place_words(source.path, record), called or _label_of(source, record)
    is_of_plan = not standing.is_uninsured(record)
    if source.summed > 1:
        text = (
            _("{label}: worked out by us from {number} amounts your plan sent, in {place}.")
            if is_of_plan
            else _("{label}: worked out by us from {number} amounts in {place}.")
        )
    else:
        text = (
            _("{label}: your plan sent it in {place}.") if is_of_plan else _("{label}: it stands in {place}.")
        )
    sentences = [filled(text, label=label, number=source.summed, place=where)]
    if source.code:
        sentences.append(_("The code there: {code}.").format(code=source.code))
    return joined(" ", [*sentences, _added(source, currency)] if source.added else sentences)


def _label_of(source: Source, record: ClaimRecord) -> str:
    """Return the label of a figure: what Medicare lists as your payment, a pharmacy took."""
    is_taken = record.kind == "pharmacy" and source.code in TO_BE_PAID
    return translated(LABELS["you_paid"] if is_taken else source.label)


def _added(source: Source, currency: str) -> str:
    """Return each of the amounts that were added up, by its name."""
    labels = {code: name.label for code, name in cms_names().items()} | PAID_IN_PARTS
    called = [
        _NAME.sub(lambda start: start[0].lower(), _(labels[code])) if code in labels else theirs(code)
        for code in (source.code or "").split(" + ")
    ]
    amounts = [money(amount, currency) for amount in source.added]
    pairs = [joined(" ", pair) for pair in zip(called, amounts, strict=True)]
    return filled(_("Added up: {amounts}."), amounts=listed(pairs))


def place_words(path: str, record: ClaimRecord) -> str:
    """Return an element path in words a member can follow; several paths are joined by "and"."""
    parts = re.split(r" ([+-]) ", path)
    return listed(list(dict.fromkeys(_one_place(part, record) for part in parts[::2])))


def _one_place(path: str, record: ClaimRecord) -> str:
    if of_line := _OF_LINE.fullmatch(path):
        return _line(of_line, record)
    for pattern, words in _PLACES:
        match = pattern.fullmatch(path)
        if match:
            return _(words).format(entry=int(match["entry"]) + 1)
    return _(_NAMED.get(path, said("the claim")))


def _line(path: re.Match[str], record: ClaimRecord) -> str:
    """Return which line it is: by its number, or among those added of which the page shows none."""
    number = number_at(record, path["line"])
    if number is None and path["part"] == "item":
        return _(_LINES)
    amount, whole = (
        (
            said("line {line} of those your plan added (amount {entry})"),
            said("the total of line {line} of those your plan added"),
        )
        if number is None
        else (said("line {line} (amount {entry})"), said("the total of line {line}"))
    )
    line = int(path["index"]) + 1 if number is None else number
    return (
        _(amount).format(line=line, entry=int(path["entry"]) + 1)
        if path["entry"]
        else _(whole).format(line=line)
    )


def concept_words(concept: str) -> str:
    """Return what a figure is about: "what your plan paid"."""
    return _(_CONCEPTS.get(concept, said("an amount")))


def numbered(record: ClaimRecord) -> list[tuple[int, Line]]:
    """Return the lines without those that repeat the whole claim or name a diagnosis, by their numbers.

    A number is the one that the plan sent, where each line has its own; else the place of the line, from 1.
    """
    every = [(number, line) for number, line, is_elsewhere in _every(record) if not is_elsewhere]
    return sorted(every, key=lambda pair: pair[0])


def number_at(record: ClaimRecord, path: str) -> int | None:
    """Return the number of the line at *path* (`item[0]`), None where it is none of the claim's lines."""
    return next((number for number, line, _is_elsewhere in _every(record) if line.path == path), None)


def _every(record: ClaimRecord) -> list[tuple[int, Line, bool]]:
    """Return every line with its number, and whether it is told elsewhere: it takes no place of others."""
    pairs = zip(record.lines, _told_elsewhere(record), strict=True)
    lines = sorted(pairs, key=lambda pair: pair[1])
    sent = [line.number for line, _is_elsewhere in lines if line.number is not None]
    is_told = len(set(sent)) == len(lines)
    numbers = sent if is_told else range(1, len(lines) + 1)
    return [(number, *pair) for number, pair in zip(numbers, lines, strict=True)]


def _told_elsewhere(record: ClaimRecord) -> list[bool]:
    """Return of each line whether it is told apart: the total, and what says no more than one of the
    diagnoses does, beside lines that say more."""
    named = {diagnosis.what for diagnosis in record.diagnoses}
    apart = [line.is_total or (line.what in named and _is_bare_diagnosis(line)) for line in record.lines]
    return [line.is_total for line in record.lines] if all(apart) else apart


def _is_bare_diagnosis(line: Line) -> bool:
    says_more = line.money.is_shared or line.details or line.reasons or line.decision or line.notes
    return line.is_diagnosis and not says_more
