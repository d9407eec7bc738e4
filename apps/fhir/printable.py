"""Records without characters that nobody can see: what turns text around, ends lines, or steers a terminal.

Words are cleaned where they are read (`values.clean`). Codes, and dates that are none, are kept as sent and
stand in pages and in files all the same; so seldom do they hold such a character that a record is looked at
as a whole.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Any, Final

import msgspec

from apps.fhir.values import clean

_AS_THEY_ARE: Final = (Decimal, date)
_ESCAPED: Final = re.compile(r"\\[bfnrtu]")
"""How JSON writes what cannot be seen, where it does not stand as it is."""


def printable[T](record: T, body: bytes) -> T:
    """Return *record* (a msgspec struct), read from the JSON *body*, with blanks for what cannot be printed.

    What is neither escaped nor beyond ASCII can all be seen: of nearly every record nothing is looked at, and
    of those with a narrative or an accent only their text as a whole.
    """
    if body.isascii() and b"\\" not in body and b"\x7f" not in body:
        return record
    text = msgspec.json.encode(record).decode()
    if text.isprintable() and not _ESCAPED.search(text):
        return record
    tree = msgspec.to_builtins(record, builtin_types=_AS_THEY_ARE)
    seen = _seen(tree)
    return record if seen == tree else msgspec.convert(seen, type(record), builtin_types=_AS_THEY_ARE)


def _seen(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isprintable() else clean(value, len(value)) or ""
    if isinstance(value, dict):
        return {name: _seen(each) for name, each in value.items()}
    return type(value)(map(_seen, value)) if isinstance(value, list | tuple) else value
