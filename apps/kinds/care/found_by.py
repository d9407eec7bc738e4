"""By what the claim of a clinical record is found, and the fills of a medicine; pure."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from apps.fhir import values
from apps.kinds.care.frame import Frame
from apps.kinds.care.medicines import EARLIER
from apps.kinds.care.records import CareRecord, Words
from apps.records import ties
from apps.records.ties import Ties

MEDICINES: Final = frozenset(
    {"MedicationRequest", "MedicationDispense", "MedicationStatement", "MedicationAdministration"}
)
BILLED: Final = MEDICINES | {"Encounter", "Procedure", "Immunization", "DiagnosticReport"}
"""Types of which one record is what a claim is for."""
_CODED: Final = BILLED - {"Encounter"}
_LISTS: Final = frozenset({"", "CPT", "HCPCS", "NDC", "RxNorm", "ICD-10-PCS", "SNOMED CT"})
"""Lists whose codes stand on claims; a vaccine's and a result's own do not."""
_WHO: Final = ("serviceProvider", "performer", "location", "participant")


def ties_of(frame: Frame, record: CareRecord) -> Ties:
    """Return by what the claim of *record* is found; nothing for what no claim is for."""
    if record.kept_apart or not _is_billed(frame, record):
        return Ties()
    is_medicine = record.type in MEDICINES
    codes = [ties.code(code.kind, code.code) for code in record.codes if code.kind in _LISTS]
    if is_medicine and record.name and record.name.form in ("theirs", "name"):
        codes.append(ties.drug(record.name.text))
    return ties.ties(
        names=[link.reference for link in record.links if link.label != EARLIER] if is_medicine else (),
        numbers=(element.text("value", 80) for element in frame.sent.all("identifier")),
        codes=codes if record.type in _CODED else (),
        who=_who(frame),
        until=_last_day(record),
    )


def _is_billed(frame: Frame, record: CareRecord) -> bool:
    """Whether it may have a claim: of single results those of a laboratory."""
    if record.type != "Observation":
        return record.type in BILLED
    return "laboratory" in frame.opened.categories


def _who(frame: Frame) -> Iterator[str]:
    for name in _WHO:
        for element in frame.sent.all(name):
            for reference in (element, *map(element.one, ("actor", "location", "individual"))):
                words = frame.who(reference) if reference else None
                if words and words.form == "name":
                    yield words.text


def _last_day(record: CareRecord) -> date | None:
    words: Words | None = record.when.words if record.when else None
    last = values.day(words.text.partition("/")[2]) if words and words.form == "span" else None
    return last.first if last else None
