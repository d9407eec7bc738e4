"""The national numbers of providers and organizations, as keys under which their names are known; pure."""

import re
from collections.abc import Iterable
from typing import Final

NPI: Final = "npi:"
TAX: Final = "tax:"
SAID: Final = "said:"
"""Before `Type/id`: what somebody calls that record, who is not the record itself."""
PAID: Final = "paid:"
"""Before the number of a payment: which claim states it, `SEVERAL` where more than one does."""
SEVERAL: Final = "several"
BEFORE: Final = "before:"
"""Before a name of a claim: what it paid (`Entry.for_newer`), for those that correct it."""
PREFIXES: Final = (NPI, TAX, SAID, PAID, BEFORE)
_NPI_SIGNS: Final = ("npi", "2.16.840.1.113883.4.6")
_TAX_SIGNS: Final = ("us-ein", "tax", "2.16.840.1.113883.4.4")
_TAX_CODES: Final = frozenset({"tax", "ein"})
_NPI: Final = re.compile(r"\d{10}", re.ASCII)
_TAX: Final = re.compile(r"(\d\d)-?(\d{7})", re.ASCII)


def is_npi(text: str) -> bool:
    """Return whether a number can be an NPI: ten digits, not one digit ten times as where none is known."""
    return bool(_NPI.fullmatch(text)) and len(set(text)) > 1


def key(value: str | None, system: str | None, codes: Iterable[str]) -> str | None:
    """Return `npi:1407891336` or `tax:123456789` for an identifier; None for what tells nobody.

    *codes* are those of its type. A number of one digit repeated stands where the number is not known.
    """
    text = (value or "").strip()
    if len(text) < 9 or len(text) > 12 or len(set(text)) == 1:
        return None
    names, where = {code.casefold() for code in codes}, (system or "").casefold()
    if _NPI.fullmatch(text) and (any(sign in where for sign in _NPI_SIGNS) or any("npi" in n for n in names)):
        return NPI + text
    tax = _TAX.fullmatch(text)
    if (
        tax
        and len(set(tax[1] + tax[2])) > 1
        and (any(sign in where for sign in _TAX_SIGNS) or not _TAX_CODES.isdisjoint(names))
    ):
        return TAX + tax[1] + tax[2]
    return None
