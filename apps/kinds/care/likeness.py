"""By what the same result, or the same team, sent more than once is known: digests of what was sent; pure."""

from hashlib import blake2b
from typing import Final

import msgspec

from apps.kinds.care.records import Part, Words
from apps.kinds.care.sent import Sent

_OF: Final = ("code", "effective", "specimen", "method", "bodySite", "focus")
"""What results of the same test share: beginnings of elements ("effectiveDateTime")."""
_SAYS: Final = (
    *("value", "component", "dataAbsentReason", "hasMember", "result", "conclusion", "presentedForm"),
)
SIZE: Final = 6
"""Bytes of a digest: entries of one day alone are held against each other."""
_encoder: Final = msgspec.json.Encoder(decimal_format="number", order="sorted")


def likeness(sent: Sent) -> bytes:
    """Return digests: of which test and moment a result is; what it says; by whom, under which number.

    b"" where no moment or nothing was sent: what looks alike then may well be two. The first is zeros where
    a day was sent alone: two of a day need not be of one moment.
    """
    of = {name: value for name, value in sent.tree.items() if name.startswith(_OF)}
    says = {name: value for name, value in sent.tree.items() if name.startswith(_SAYS)}
    if not says or not any(name.startswith("effective") for name in of):
        return b""
    has_time = any("T" in str(value) for name, value in of.items() if name.startswith("effective"))
    likeness = _digests(of, of | says, [sent.tree.get(name) for name in ("performer", "identifier")])
    return likeness if has_time else bytes(SIZE) + likeness[SIZE:]


def team_likeness(name: Words | None, members: tuple[Part, ...]) -> bytes:
    """Return what teams share that have the same name and members: some plans send one for each claim."""
    return _digests(name, members) if members else b""


def _digests(*parts: object) -> bytes:
    try:
        return b"".join(blake2b(_encoder.encode(part), digest_size=SIZE).digest() for part in parts)
    except UnicodeEncodeError:  # letters that only a tolerant reader takes
        return b""
