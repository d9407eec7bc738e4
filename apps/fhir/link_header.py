"""The HTTP Link header (RFC 8288): where some servers write what a bundle's own links would say."""

import re
from typing import Final
from urllib.parse import urljoin

VALUE: Final = re.compile(r"""<([^<>]*)>((?:[^,"]|"[^"]*")*)""")
"""One link: an address and its parameters, where a comma may stand in quotes."""
PARAMETER: Final = re.compile(r""";\s*([^\s;,="]+)\s*=\s*(?:"([^"]*)"|([^\s;,"]+))""")
"""Its name, and its value with quotes or without."""


def next_of_header(header: str, *, url: str) -> str | None:
    """Return the absolute address of the first link to a next page; None where there is none.

    The header came with the answer from *url*. RFC 8288 section 3.3: a relation may be one of several, and
    of two `rel` the first counts. Raises ValueError where the address is malformed.
    """
    for target, parameters in VALUE.findall(header):
        told = PARAMETER.findall(parameters)
        relations = [quoted or bare for name, quoted, bare in told if name.lower() == "rel"]
        if relations and "next" in relations[0].lower().split():
            return urljoin(url, str(target).strip())
    return None
