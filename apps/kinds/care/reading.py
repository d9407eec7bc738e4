"""Clinical records read by their type, told apart by what they are about, and what finds their claims."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from msgspec import structs

from apps.fhir import values
from apps.kinds.care import conditions, elements, events, medicines, plans, questionnaires, results, sources
from apps.kinds.care.anything import anything
from apps.kinds.care.frame import Frame
from apps.kinds.care.medicines import EARLIER
from apps.kinds.care.records import CareRecord, Sort, Words
from apps.kinds.care.sent import MOST, Opened
from apps.records import ties
from apps.records.ties import Ties

_READERS: Final[Mapping[str, Callable[[Frame], CareRecord]]] = {
    "Condition": conditions.condition,
    "AllergyIntolerance": conditions.allergy,
    "MedicationRequest": medicines.request,
    "MedicationDispense": medicines.dispense,
    "MedicationStatement": medicines.statement,
    "MedicationAdministration": medicines.administration,
    "Observation": results.observation,
    "DiagnosticReport": events.report,
    "QuestionnaireResponse": questionnaires.answers,
    "Encounter": events.visit,
    "Procedure": events.procedure,
    "Immunization": events.vaccine,
    "Device": plans.device,
    "CarePlan": plans.care_plan,
    "CareTeam": plans.care_team,
    "Goal": plans.goal,
    "ServiceRequest": plans.order,
    "DeviceRequest": plans.order,
    "DocumentReference": plans.paper,
    "Provenance": sources.provenance,
}
_VITALS: Final = frozenset(
    {
        *("85354-9", "55284-4", "96607-7", "8480-6", "8462-4", "8867-4", "9279-1", "8310-5", "8302-2"),
        *("29463-7", "39156-5", "59408-5", "2708-6", "8478-0", "9843-4", "85353-1", "8289-1", "59576-9"),
    }
)
"""LOINC codes of vital signs, for senders that leave the category out."""
_FREE: Final = frozenset({"DocumentReference", "CarePlan", "Goal"})
"""Types that say in free text what they are about; so may all that have no reader of their own."""
MOST_REFERENCES: Final = 1000


def record(opened: Opened, names: Mapping[str, str]) -> CareRecord:
    """Return what a decoded record says; one of a type without a reader as far as all are alike."""
    frame = Frame(opened, names)
    read = _READERS.get(opened.type, anything)(frame)
    is_of_answers = opened.is_answer
    is_private = (
        is_of_answers or bool(read.attachments) or opened.type in _FREE or opened.type not in _READERS
    )
    ties = read.ties if read.ties.names else _ties_of(frame, read, is_of_answers=is_of_answers)
    return structs.replace(read, ties=ties, is_private=is_private, sort=_sort(opened, is_of_answers))


def _sort(opened: Opened, is_of_answers: bool) -> Sort:
    """Return what an Observation or a Condition is; in the order in which its kind is told."""
    if opened.type != "Observation":
        return "diagnosis" if opened.type == "Condition" and is_diagnosis(opened) else ""
    return "measurement" if is_measurement(opened) else "answer" if is_of_answers else ""


def _ties_of(frame: Frame, read: CareRecord, *, is_of_answers: bool) -> Ties:
    if is_of_answers and not read.kept_apart:
        return questionnaires.ties_of(frame.sent, read)
    return ties_of(frame, read)


def is_measurement(opened: Opened) -> bool:
    """Whether an Observation is a vital sign; "vital-sign" and "Vital Signs" are too."""
    if opened.type != "Observation":
        return False
    categories = opened.categories
    if any(category.startswith("vital") for category in categories):
        return True
    codes = () if categories else elements.coded(opened.sent.one("code")).codes
    return any(code.code in _VITALS for code in codes)


def is_diagnosis(opened: Opened) -> bool:
    """Whether a Condition was noted for one visit."""
    return conditions.is_for_a_visit(opened.sent)


def references_of(opened: Opened, types: frozenset[str]) -> frozenset[str]:
    """Return the references to records of these *types*, as they are written and as the mirror has them."""
    waiting: list[Any] = [opened.sent.tree]
    references: set[str] = set()
    while waiting and len(references) < MOST_REFERENCES:
        value = waiting.pop()
        if type(value) is dict:
            if "reference" in value and isinstance(reference := value["reference"], str):
                path = values.relative(reference)
                if path and path.partition("/")[0] in types:
                    references.add(path)
            value = value.values()
        else:
            value = value[:MOST]
        waiting += [inner for inner in value if type(inner) in _BRANCHES]
    return frozenset(references)


_BRANCHES: Final = frozenset({dict, list})


MEDICINES: Final = frozenset(
    {"MedicationRequest", "MedicationDispense", "MedicationStatement", "MedicationAdministration"}
)
BILLED: Final = MEDICINES | {"Encounter", "Procedure", "Immunization", "DiagnosticReport"}
"""Types of which one record is what a claim is for."""
_CODED: Final = BILLED - {"Encounter"}
_LISTS: Final = frozenset({"", "CPT", "CVX", "HCPCS", "NDC", "RxNorm", "ICD-10-PCS", "SNOMED CT"})
"""Lists whose codes stand on claims; a result's own do not. Which vaccines of CPT are which of CVX is in no
list that may be shipped: a vaccine is known by a code that both say (docs/adr/0024)."""
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
