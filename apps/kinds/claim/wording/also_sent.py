"""What a plan sent beside everything we understood, in rows: the label it came with, and what it holds."""

import re
from typing import NamedTuple

from apps.kinds.claim.records import AlsoSent, ClaimRecord
from apps.plain_language.language import _, said
from apps.plain_language.money import priced
from apps.plain_language.theirs import theirs, translated

_LINE = re.compile(r"item\[(\d+)\]")
_PARTS = {
    "total": said("Amount in the totals, without a label"),
    "adjudication": said("Amount in the summary, without a label"),
    "item": said("Something about a line, without a label"),
    "addItem": said("Something about a line your plan added, without a label"),
    "supportingInfo": said("A fact about the claim, without a label"),
}


class Row(NamedTuple):
    """One thing sent: `where` is "" or the line it belongs to, `path` where it stands in the plan's data."""

    label: str
    value: str
    where: str
    path: str


def rows(record: ClaimRecord) -> tuple[Row, ...]:
    """Return what the page shows under "Also sent by your plan"; the same thing of one line only once."""
    found = [Row(_label(one), _value(one), _where(one), one.path) for one in record.also_sent]
    first = {(row.label, row.value, row.where): row for row in reversed(found)}
    return tuple(row for row in found if first[row.label, row.value, row.where] is row)


def _label(one: AlsoSent) -> str:
    """Return the plan's own label as it came; ours, in the reader's language, where it sent none."""
    if one.label:
        return translated(one.label)
    return _(_PARTS.get(re.split(r"[\[.]", one.path)[0], "")) or one.path


def _value(one: AlsoSent) -> str:
    return priced(one.figure) if one.figure else theirs(one.value)


def _where(one: AlsoSent) -> str:
    match = _LINE.match(one.path)
    return _("line {number}").format(number=int(match[1]) + 1) if match else ""
