"""Whom a record is about, read of its JSON alone: as it came, before anybody knows its kind."""

import json
from collections.abc import Iterator
from operator import attrgetter
from typing import Final

import msgspec

NOTHING = msgspec.Raw()


class Whose(msgspec.Struct):
    """The elements that say in R4 whom a record is about; each as JSON, empty where it was not sent."""

    subject: msgspec.Raw = NOTHING
    patient: msgspec.Raw = NOTHING
    beneficiary: msgspec.Raw = NOTHING
    individual: msgspec.Raw = NOTHING
    whom: msgspec.Raw = msgspec.field(name="for", default=NOTHING)
    actor: msgspec.Raw = NOTHING
    participant: msgspec.Raw = NOTHING

    @property
    def about(self) -> Iterator[bytes]:
        """Yield them: most records have one, an appointment all who take part."""
        yield from (bytes(raw) for raw in _told(self) if raw)
        participants = bytes(self.participant)
        if b"actor" in participants or b"\\" in participants:  # a name may be written in escapes
            yield from _actors(participants)


_FIELDS: Final = [field for field in msgspec.structs.fields(Whose) if field.name != "participant"]
ELEMENTS: Final = tuple(field.encode_name for field in _FIELDS)
"""Those of them that are one reference, as R4 names them."""
_told: Final = attrgetter(*(field.name for field in _FIELDS))


def _actors(participants: bytes) -> Iterator[bytes]:
    """Yield the JSON of who takes part; nothing broken in one of them hides another."""
    try:
        # Numbers stay texts: one too long to be read would hide everybody.
        parts = json.loads(participants.decode(errors="replace"), parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return
    for part in parts if isinstance(parts, list) else [parts]:
        if isinstance(part, dict) and "actor" in part:
            yield json.dumps(part["actor"]).encode()
