"""The kinds of clinical records, each one value: what differs is which records they hold, and their words."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from apps.connections.models import Connection
from apps.kinds.care import reading, types
from apps.kinds.care.entry import CareEntry, entry_of, folded, not_so, waiting
from apps.kinds.care.questionnaires import stand_elsewhere
from apps.kinds.care.records import VERSION as RECORD_VERSION
from apps.kinds.care.records import Brief, CareRecord
from apps.kinds.care.repeats import repeats
from apps.kinds.care.sent import Opened, opened
from apps.plain_language.language import said
from apps.records.entries import Codec
from apps.records.kinds import Kind
from apps.records.owners import Keys, owner_of
from apps.vault.boxes import Box
from config.fhir_types import FhirType, naming_types, person_type

VERSION = 100 * RECORD_VERSION + 11
_briefs = Codec[Brief](Brief)
type Holds = Callable[[Opened], bool]


def entry_maker(connection: Connection, box: Box) -> Callable[[CareRecord], CareEntry]:
    """Return what makes entries of a connection's records, each with the key of whom it is about."""
    owner, keys = owner_of(connection, box), Keys(box)

    def make(record: CareRecord) -> CareEntry:
        return entry_of(record, person_key=keys.of("person", owner.other_than(record)))

    return make


def _references(content: Opened) -> frozenset[str]:
    return reading.references_of(content, frozenset({person_type(), *naming_types()}))


def _all(_content: Opened) -> bool:
    return True


def _kind(
    name: str,
    words: tuple[str, str],
    *fhir_types: FhirType,
    holds: Holds = _all,
    apart: str = "",
    not_so_words: tuple[str, str] | None = None,
    not_counted: Callable[[Iterable[CareEntry]], int] = not_so,
    waiting: Callable[[CareEntry], CareEntry] | None = None,
    is_news: bool = True,
) -> Kind:
    def is_held(content: Opened) -> bool:
        return content.kept_apart == apart and holds(content)

    more: dict[str, Any] = {}
    if not_so_words:
        more = {"summarise": not_counted, "summary_type": int, "older": int, "older_words": not_so_words}
    return Kind(
        name=name,
        types=fhir_types,
        version=VERSION,
        words=words,
        open=opened,
        holds=is_held,
        references=_references,
        record=reading.record,
        maker=entry_maker,
        entry_type=CareEntry,
        open_brief=_briefs.read,
        folded=folded,
        waiting=waiting,
        is_news=is_news and not apart,
        **more,
    )


_MEDICINES: Final = (types.REQUEST, types.DISPENSE, types.STATEMENT, types.ADMINISTRATION)
_PLANS: Final = (types.CARE_PLAN, types.CARE_TEAM, types.GOAL, types.ORDER)
PROBLEM: Final = _kind(
    "problem",
    (said("health problem"), said("health problems")),
    types.CONDITION,
    holds=lambda content: not reading.is_diagnosis(content),
    not_so_words=(
        said("health problem that was ruled out or is not yours, or note that names none"),
        said("health problems that were ruled out or are not yours, or notes that name none"),
    ),
)
DIAGNOSIS: Final = _kind(
    "diagnosis",
    (said("diagnosis of a visit"), said("diagnoses of visits")),
    types.CONDITION,
    holds=reading.is_diagnosis,
    not_so_words=(
        said("diagnosis that was ruled out or is not yours, or note that names none"),
        said("diagnoses that were ruled out or are not yours, or notes that name none"),
    ),
)
ALLERGY: Final = _kind(
    "allergy",
    (said("allergy record"), said("allergy records")),
    types.ALLERGY,
    not_so_words=(
        said("allergy that was ruled out, or note that names none"),
        said("allergies that were ruled out, or notes that name none"),
    ),
)
MEDICINE: Final = _kind(
    "medicine",
    (said("medicine record"), said("medicine records")),
    *_MEDICINES,
    not_so_words=(
        said("medicine that was not given or is not to be taken, or note that names none"),
        said("medicines that were not given or are not to be taken, or notes that name none"),
    ),
)
TEST: Final = _kind(
    "test",
    (said("test result"), said("test results")),
    *(types.OBSERVATION, types.REPORT),
    holds=lambda content: not (reading.is_measurement(content) or content.is_answer),
    waiting=waiting,
    not_counted=repeats,
    not_so_words=(said("test result that was sent twice"), said("test results that were sent twice")),
)
MEASUREMENT: Final = _kind(
    "measurement",
    (said("measurement"), said("measurements")),
    types.OBSERVATION,
    holds=reading.is_measurement,
    not_counted=repeats,
    not_so_words=(said("measurement that was sent twice"), said("measurements that were sent twice")),
)
ANSWER: Final = _kind(
    "answer",
    (said("answer"), said("answers")),
    types.OBSERVATION,
    types.ANSWERS,
    holds=lambda content: content.is_answer and not reading.is_measurement(content),
    not_counted=stand_elsewhere,
    not_so_words=(
        said("answer that stands in its questionnaire"),
        said("answers that stand in their questionnaires"),
    ),
)
VACCINE: Final = _kind(
    "vaccine",
    (said("vaccine"), said("vaccines")),
    types.IMMUNIZATION,
    not_so_words=(
        said("vaccine that was not given, or note that names none"),
        said("vaccines that were not given, or notes that name none"),
    ),
)
VISIT: Final = _kind("visit", (said("visit"), said("visits")), types.ENCOUNTER)
PROCEDURE: Final = _kind(
    "procedure",
    (said("procedure"), said("procedures")),
    types.PROCEDURE,
    not_so_words=(
        said("procedure that did not happen, or note that names none"),
        said("procedures that did not happen, or notes that name none"),
    ),
)
PAPER: Final = _kind("paper", (said("paper"), said("papers")), types.DOCUMENT)
CARE_PLAN: Final = _kind(
    "care-plan",
    (said("plan of care"), said("plans of care")),
    *_PLANS,
    not_so_words=(
        said("plan or order of what was rejected or is not to be done"),
        said("plans or orders of what was rejected or is not to be done"),
    ),
)
IMPLANT: Final = _kind(
    "implant",
    (said("device"), said("devices")),
    types.DEVICE,
    not_so_words=(said("note that names no device"), said("notes that name no device")),
)
ELSE: Final = _kind(
    "else",
    (said("other clinical record"), said("other clinical records")),
    *types.OTHERS,
    not_so_words=(
        said("other record of what did not happen or is not to be done"),
        said("other records of what did not happen or is not to be done"),
    ),
)
LISTED: Final = (
    *(VISIT, PROBLEM, DIAGNOSIS, ALLERGY, MEDICINE, TEST, MEASUREMENT, VACCINE, PROCEDURE, ANSWER),
    *(PAPER, CARE_PLAN, IMPLANT, ELSE),
)
"""The kinds of the timeline, in the order in which they are offered."""
_EVERY: Final = tuple(dict.fromkeys(fhir_type for kind in LISTED for fhir_type in kind.types))
MISTAKE: Final = _kind(
    "mistake",
    (said("record marked as a mistake"), said("records marked as mistakes")),
    *_EVERY,
    apart="mistake",
)
CANCELLED: Final = _kind(
    "cancelled", (said("cancelled record"), said("cancelled records")), *_EVERY, apart="cancelled"
)
ANOTHER: Final = _kind(
    "another",
    (said("record sent but not yours"), said("records sent but not yours")),
    *_EVERY,
    apart="another",
)
APART: Final = (MISTAKE, CANCELLED, ANOTHER)
"""The kinds that no list shows, which are told in a sentence each."""
SOURCE: Final = _kind(
    "source",
    (said("note of where a record came from"), said("notes of where records came from")),
    types.PROVENANCE,
    is_news=False,
)
"""What stands with the records it names, in no list of its own."""
SAMPLE: Final = Kind(
    name="sample",
    types=(types.SPECIMEN,),
    words=(said("sample of a test"), said("samples of tests")),
    is_news=False,
)
"""What a result was made of: shown with it, in no book."""
DRUG: Final = Kind(
    name="drug",
    types=(types.MEDICATION,),
    words=(said("name of a medicine"), said("names of medicines")),
    is_news=False,
)
"""What a prescription refers to: named, in no book."""
FILE: Final = Kind(
    name="file",
    types=(types.BINARY,),
    words=(said("file of a paper"), said("files of papers")),
    is_news=False,
)
"""What a paper refers to: fetched when the member asks for it, in no book (`papers.forms`)."""
