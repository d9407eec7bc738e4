"""Which names a claim was read with, as keyed digests: who finds them knows which claims to read again."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from apps.claims.models import Approval, Claim
from apps.connections.models import Connection
from apps.vault.boxes import Box

REFERENCE_BYTES: Final = 8
NAME_BYTES: Final = 4
ENTRY_BYTES: Final = REFERENCE_BYTES + NAME_BYTES
UNNAMED: Final = bytes(NAME_BYTES)
PER_QUERY: Final = 2000


class Referring:
    """Packs what claims refer to: 8 bytes for each reference, 4 for its name, zeros where it had none."""

    def __init__(self, box: Box, names: Mapping[str, str]) -> None:
        self._box, self._names = box, names
        self._entries: dict[tuple[str, str | None], bytes] = {}

    def packed(self, references: Iterable[str]) -> bytes:
        """Return the column `refers_to` of a claim that is read now."""
        return b"".join(sorted(self.entry(reference) for reference in references))

    def entry(self, reference: str) -> bytes:
        """Return what stands in the column for one reference."""
        name = self._names.get(reference)
        found = self._entries.get((reference, name))
        if found is None:
            found = self._digest("claims.reference", reference, REFERENCE_BYTES)
            found += self._digest("claims.named", f"{reference}\x1f{name}", NAME_BYTES) if name else UNNAMED
            self._entries[reference, name] = found
        return found

    def _digest(self, purpose: str, text: str, size: int) -> bytes:
        return bytes.fromhex(self._box.fingerprint(purpose, text))[:size]


def behind(connection: Connection, box: Box, names: Mapping[str, str]) -> Iterator[list[str]]:
    """Yield, in batches, the source keys of claims and approvals that were read with others than *names*.

    Opens none of them; memory does not grow with their number.
    """
    making = Referring(box, names)
    entries = (making.entry(reference) for reference in names)
    known = {entry[:REFERENCE_BYTES]: entry[REFERENCE_BYTES:] for entry in entries}
    for model in (Claim, Approval):
        rows = model._default_manager.filter(connection=connection, refers_to__isnull=False).order_by("pk")
        last = None
        while some := list(
            (rows.filter(pk__gt=last) if last else rows).values_list("pk", "source_key", "refers_to")[
                :PER_QUERY
            ]
        ):
            last = some[-1][0]
            keys = [key for _, key, packed in some if _is_behind(bytes(packed), known)]
            if keys:
                yield keys


def referred_to(connection: Connection) -> set[bytes]:
    """Return the digests (`REFERENCE_BYTES` each) of all that claims and approvals refer to, gone ones aside.

    Opens none of them; memory grows with the number of people and places alone.
    """
    found = set[bytes]()
    for model in (Claim, Approval):
        rows = model._default_manager.filter(connection=connection, refers_to__isnull=False, gone_at=None)
        for column in rows.values_list("refers_to", flat=True).iterator(chunk_size=PER_QUERY):
            packed = bytes(column or b"")
            found |= {packed[at : at + REFERENCE_BYTES] for at in range(0, len(packed), ENTRY_BYTES)}
    return found


def _is_behind(packed: bytes, known: Mapping[bytes, bytes]) -> bool:
    for at in range(0, len(packed), ENTRY_BYTES):
        middle = at + REFERENCE_BYTES
        name = packed[middle : middle + NAME_BYTES]
        if known.get(packed[at:middle], name) != name:
            return True
    return False
