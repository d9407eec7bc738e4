"""Stable names for what is made anew each time: ids, keyed addresses, sealed texts, ports."""

import re
from collections.abc import Callable
from typing import Final

_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_MADE: Final = re.compile(
    rf"(?P<path>/claims/providers/)(?P<key>[^/\s\")]+)(?=/)"
    rf"|(?P<param>\b(?:person|provider)=)(?P<value>[\w~-]{{8,}})"
    r"|(?P<option><(?:option|input hidden (?:person|provider)) )"
    r"(?P<chosen>[0-9a-f]{8,}|[\w-]{22,})(?=[ >])"
    rf"|(?P<sealed>\bq=|<input hidden q )[\w~-]{{16,}}=*"
    rf"|(?P<claim>/claims/|/sync/claims/)(?P<claim_id>{_UUID})(?=/)"
    rf"|(?P<id>{_UUID})"
    r"|(?P<origin>(?:127\.0\.0\.1|localhost):(?!8000)\d{4,5})"
)

_KEYED: Final = (("path", "key", "provider"), ("param", "value", "key"), ("option", "chosen", "key"))


class Names:
    """Gives each of them a name, in order of appearance; a claim's is what *claim_name* says of its id."""

    def __init__(self, claim_name: Callable[[str], str]) -> None:
        self._claim_name = claim_name
        self._known: dict[str, str] = {}
        self._taken: dict[str, int] = {}

    def of(self, made: str, sort: str) -> str:
        """Return the name of an id that was *made*, which is of this *sort*."""
        if made not in self._known:
            self._known[made] = self._free(f"{sort}-{1 + self._taken.get(sort, 0)}", sort)
        return self._known[made]

    def claim(self, made: str) -> str:
        """Return the name of the claim with this id: the plan's own id for it, where it has one."""
        if made not in self._known:
            self._known[made] = "…"  # its own record may lead to itself
            if name := self._claim_name(made):
                count = self._taken[name] = self._taken.get(name, 0) + 1
                self._known[made] = f"claim:{name}" + (f"~{count}" if count > 1 else "")
            else:
                del self._known[made]
                self.of(made, "id")
        return self._known[made]

    def _free(self, name: str, sort: str) -> str:
        self._taken[sort] = self._taken.get(sort, 0) + 1
        return name

    def masked(self, text: str) -> str:
        """Return *text* with all of them named."""
        return _MADE.sub(self._name, text)

    def _name(self, found: re.Match[str]) -> str:
        for before, made, sort in _KEYED:
            if found[before]:
                return found[before] + self.of(found[made], sort)
        if found["sealed"]:
            return found["sealed"] + "…"
        if found["claim"]:
            return found["claim"] + self.claim(found["claim_id"])
        return self.of(found["id"], "id") if found["id"] else "plan.example"
