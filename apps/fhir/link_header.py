"""The HTTP Link header (RFC 8288): where some servers write what a bundle's own links would say."""

import re
from typing import Final
from urllib.parse import urljoin

VALUE: Final = re.compile(r"""<([^<>]*)>((?:[^,"]|"[^"]*")*)""")
"""One link: an address and its parameters, where a comma may stand in quotes."""
RELATIONS: Final = re.compile(r""";\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))""", re.IGNORECASE)


def next_of_header(header: str, *, url: str) -> str | None:
    """Return the absolute address of the first ``rel="next"``; ValueError when it is malformed.

    The header came with the answer from *url*. RFC 8288 section 3.3: a relation may be one of several, and
    of two `rel` the first counts.
    """
    for target, parameters in VALUE.findall(header):
        relations = RELATIONS.search(parameters)
        if relations and "next" in (relations[1] or relations[2] or "").lower().split():
            return urljoin(url, str(target).strip())
    return None
