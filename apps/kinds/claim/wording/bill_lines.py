"""The lines of a bill in hand, and what only they can show: twice the same, a share of zero; pure.

What is found is asked about, never said to be wrong: two alike may both have been done.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from apps.kinds.claim import standing
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import lines as claim_lines
from apps.kinds.claim.wording.amounts import NotAnAmount, read_amount
from apps.plain_language.language import _
from apps.plain_language.money import money
from apps.plain_language.theirs import filled
from apps.records.folding import folded_name

MOST: Final = 50
"""Lines that are read; a bill in hand seldom has as many."""
LONGEST: Final = 4000
"""Characters that are read of all lines together."""
LONGEST_LINE: Final = 60
_CENTS: Final = re.compile(r".*\.\d\d", re.ASCII)
_SEPARATORS: Final = str.maketrans(dict.fromkeys(":;|\t", " "))


class BillLine(NamedTuple):
    """One line as it was typed: what was done, "" where only an amount was typed, and what it costs."""

    what: str
    amount: Decimal

    @property
    def key(self) -> tuple[str, Decimal]:
        """What two lines have in common that are the same."""
        return folded_name(self.what), self.amount


def read_lines(text: str, *, currency: str = "USD") -> list[BillLine]:
    """Return the lines typed, the amount last on each; raise `NotAnAmount` for one that cannot be read."""
    typed = [line.strip() for line in text[:LONGEST].splitlines() if line.strip()]
    if len(typed) > MOST:
        raise NotAnAmount(_("Type at most {n} lines, each with its amount last.").format(n=MOST))
    return [_read(line, currency) for line in typed]


def _read(line: str, currency: str) -> BillLine:
    what, _blank, amount = line.removesuffix("USD").translate(_SEPARATORS).rstrip().rpartition(" ")
    what = what.rstrip()
    # "99213" may be a code, and "1 234.56" one amount: what can be read in two ways is not read.
    is_sure = amount.startswith("$") or (_CENTS.fullmatch(amount) and not what[-1:].isdecimal())
    if what and not is_sure:
        text = _(
            "“{line}” cannot be read for sure. End each line with dollars and cents: Office visit $40.00."
        )
        raise NotAnAmount(text.format(line=line[:LONGEST_LINE]))
    return BillLine(what, read_amount(amount, currency=currency))


def questions(record: ClaimRecord, lines: Sequence[BillLine]) -> Iterator[str]:
    """Yield what to ask about *lines* beside what the plan says of the same services."""
    currency = record.money.your_share.unit
    for (what, amount), number in Counter(line.key for line in lines).items():
        if number > 1 and what and amount:
            words = next(line.what for line in lines if line.key == (what, amount))
            yield filled(
                _("“{what}” stands on the bill {n} times with {amount}: ask whether it was done so often."),
                what=words,
                n=str(number),
                amount=money(amount, currency),
            )
    free = _free(record)
    for line in dict.fromkeys(lines):
        if line.amount and folded_name(line.what) in free:
            yield filled(
                _(
                    "“{what}” is {amount} on the bill; your plan says that your share of it is {nothing}: "
                    "ask why."
                ),
                what=line.what,
                amount=money(line.amount, currency),
                nothing=money(Decimal(0), currency),
            )


def _free(record: ClaimRecord) -> frozenset[str]:
    """Return the names and codes of services of which the plan says everywhere that the share is zero."""
    is_sure = not (record.may_change or standing.is_contradicted(record, "your_share"))
    if not is_sure or claim_lines.zeros_note(record):  # zeros there stand for what was not filled in
        return frozenset()
    free, asked = set[str](), set[str]()
    for line in claim_lines.real(record):
        names = {folded_name(name) for name in (claim_lines.name(line.what), line.what.code or "") if name}
        (free if line.money.your_share.amount == 0 else asked).update(names)
    return frozenset(free - asked)
