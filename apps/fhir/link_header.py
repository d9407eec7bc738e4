"""The HTTP Link header (RFC 8288): where some servers write what a bundle's own links would say."""

import re
from typing import Final
from urllib.parse import urljoin

VALUE: Final = re.compile(r"""<([^<>]*)>((?:[^,"]|"[^"]*")*)""")
"""One link: an address and its parameters, where a comma may stand in quotes."""
PARAMETER: Final = re.compile(r""";\s*([^\s=;,"]+)\s*=\s*(?:"([^"]*)"|([^\s;,"]*))""")
"""A name with what stands in quotes, or bare; what is quoted names nothing itself."""


def next_of_header(header: str, *, url: str) -> str | None:
    """Return the absolute address of the first link to a next page; None where there is none.

    The header came with the answer from *url*. RFC 8288 section 3.3: a relation may be one of several, and
    of two `rel` the first counts. Raises ValueError where the address is malformed.
    """
    for target, parameters in VALUE.findall(header):
        said = PARAMETER.findall(parameters)
        relations = next((quoted or bare for name, quoted, bare in said if name.lower() == "rel"), "")
        if "next" in relations.lower().split():
            return urljoin(url, str(target).strip())
    return None
