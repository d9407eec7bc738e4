"""A kind of record that the app does not know, as a test brings it: prescriptions of glasses."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from apps.connections.models import Connection
from apps.fhir.tolerant import Hopeless, Unreadable
from apps.plain_language.capitals import fold
from apps.records.entries import UNDATED, Codec, Entry, Facts, raw
from apps.records.kinds import Kind
from apps.records.owners import Keys
from apps.vault.boxes import Box
from config.fhir_types import FhirType, Purpose

MISTAKES: dict[str, type[Exception]] = {"broken": ZeroDivisionError, "hopeless": Hopeless}
"""What the reader raises by the lens, where it has opened a record and cannot go on."""


class Sent(msgspec.Struct):
    """The JSON, as far as it is read."""

    id: str
    prescriber: dict[str, str] = {}
    lens: str = ""
    written: str = ""
    replaces: str = ""


class Glasses(msgspec.Struct, frozen=True):
    """One prescription."""

    id: str
    by: str
    lens: str
    on: dt.date | None = None
    replaces: str = ""


def _open(body: bytes) -> Sent:
    try:
        return msgspec.json.decode(body, type=Sent)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable("no prescription") from error


def _references(sent: Sent) -> frozenset[str]:
    return frozenset(sent.prescriber.values())


def _record(sent: Sent, names: Mapping[str, str]) -> Glasses:
    if sent.lens in MISTAKES:
        raise MISTAKES[sent.lens]("a mistake in a reader")
    by = names.get(sent.prescriber.get("reference", ""), "")
    on = dt.date.fromisoformat(sent.written) if sent.written else None
    return Glasses(sent.id, by, sent.lens, on, sent.replaces)


def _maker(_connection: Connection, box: Box) -> Callable[[Glasses], Entry]:
    keys = Keys(box)

    def make(record: Glasses) -> Entry:
        return Entry(
            on=record.on or UNDATED,
            words=fold(f"{record.by} {record.lens}"),
            facts=Facts(own=(record.id,), older=(record.replaces,) if record.replaces else ()),
            twin_key=keys.of("glasses", record.id),
            brief=raw(record),
        )

    return make


def _how_many(entries: Iterable[Entry]) -> int:
    return sum(entry.is_current for entry in entries)


def glasses(**changes: Any) -> Kind:
    """Return the kind; *changes* replace fields."""
    fields: dict[str, Any] = {
        "name": "glasses",
        "types": (
            FhirType(
                name="EnrollmentRequest",  # of R4, and of no kind of ours
                purpose=Purpose("Glasses and lenses", "To know what you see through."),
                granted="Glasses: who prescribed them, and how strong",
            ),
        ),
        "words": ("prescription", "prescriptions"),
        "open": _open,
        "references": _references,
        "record": _record,
        "maker": _maker,
        "open_brief": Codec[Glasses](Glasses).read,
        "summarise": _how_many,
        "summary_type": int,
    }
    return Kind(**(fields | changes))


GLASSES = glasses()
READ_AGAIN = glasses(version=2, record=lambda sent, _names: Glasses(sent.id, "", f"{sent.lens} II"))
SUMMED_OTHERWISE = glasses(summarise=lambda entries: str(len(list(entries))), summary_type=str)


def sent(id_: str, **changes: Any) -> dict[str, Any]:
    """Return the JSON of a prescription by Organization/7."""
    made = {
        "resourceType": "EnrollmentRequest",
        "id": id_,
        "written": "2026-03-09",
        "lens": "Progressive",
        "prescriber": {"reference": "Organization/7"},
    }
    return made | changes
