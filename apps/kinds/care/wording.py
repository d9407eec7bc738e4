"""Clinical records in the reader's language: pure, no diagnosis, no advice."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from apps.kinds.care.elements import NOT_RECORDED, is_code_alone
from apps.kinds.care.records import Brief, CareRecord, Fact, Words
from apps.kinds.care.vocabulary import ABSENT
from apps.plain_language.dates import clock_words, date_words, span_words
from apps.plain_language.language import _, plural, said
from apps.plain_language.theirs import Written, filled, joined, listed, theirs

_SHORT: Final = 2
"""Letters of words that are no words: units, abbreviations."""
NOT_YOUR_CHART: Final = said(
    "This is what your plan sent. It is not your whole chart. Ask your doctor before you act on it."
)
FUTURE: Final = said("This date is still to come.")
WITHDRAWN: Final = {
    "mistake": said("Your plan marked this record as a mistake. What it says does not hold."),
    "cancelled": said("This was cancelled. What it says did not come to be."),
}


_ABSENCES: Final = frozenset({*ABSENT.values(), NOT_RECORDED})
MOST_TOLD: Final = 4
MOST_NAMED: Final = 3
"""Kinds that are named in the first line; of more it says how many records there are in all."""
LONGEST: Final = 80


class Standing(NamedTuple):
    """How something stands: words, the look of its badge, its icon."""

    words: str
    badge: str = "quiet"
    icon: str = "check"


STANDINGS: Final = {
    "not_to_be": Standing(said("Not to be done or taken"), "attention", "x"),
    "current": Standing(said("Current"), "quiet", "check"),
    "past": Standing(said("Past"), "quiet", "clock"),
    "suspected": Standing(said("Suspected, not confirmed"), "attention", "alert"),
    "ruled_out": Standing(said("Ruled out"), "attention", "x"),
    "of_another": Standing(said("Not about you yourself"), "attention", "person"),
    "of_family": Standing(said("Of a family member"), "attention", "person"),
    "unsaid": Standing(said("Your plan did not say how it stands"), "quiet", "alert"),
    "planned": Standing(said("Planned"), "quiet", "clock"),
    "not_done": Standing(said("Did not happen"), "attention", "x"),
    "failed": Standing(said("Tried, and not completed"), "attention", "x"),
    "not_given": Standing(said("Not given"), "attention", "x"),
    "given": Standing(said("Given"), "quiet", "check"),
    "unfinished": Standing(said("Not finished"), "attention", "clock"),
    "may_change": Standing(said("May still change"), "attention", "clock"),
    "corrected": Standing(said("Corrected"), "attention", "alert"),
    "added_to": Standing(said("Added to"), "attention", "alert"),
    "stopped": Standing(said("Stopped"), "quiet", "x"),
    "completed": Standing(said("Completed"), "quiet", "check"),
    "on_hold": Standing(said("On hold"), "attention", "clock"),
    "draft": Standing(said("Not final"), "attention", "alert"),
    "suggested": Standing(said("Suggested, not ordered"), "attention", "alert"),
    "reported": Standing(said("Reported, not ordered"), "quiet", "person"),
    "prescribed": Standing(said("Prescribed"), "quiet", "check"),
    "taking": Standing(said("Said to be taken"), "quiet", "check"),
    "not_taking": Standing(said("Said not to be taken"), "attention", "x"),
    "filled": Standing(said("Filled"), "quiet", "check"),
    "declined": Standing(said("Not handed over"), "attention", "x"),
    "ordered": Standing(said("Asked for"), "quiet", "check"),
    "revoked": Standing(said("Taken back"), "attention", "x"),
    "rejected": Standing(said("Rejected"), "attention", "x"),
    "replaced": Standing(said("There is a newer version"), "attention", "alert"),
}
"""By `CareRecord.standing`. None is a colour of good or bad: only what is not so, not final or not sure."""

SAID_FIRST: Final = frozenset(
    {
        *("not_to_be", "ruled_out", "suspected", "not_done", "not_given", "not_taking"),
        *("failed", "declined", "rejected", "revoked"),
    }
)
"""Standings that turn what a name says around: they stand before it."""
_SAID_BY_KIND: Final = frozenset(
    {
        ("MedicationDispense", "filled"),
        ("MedicationRequest", "prescribed"),
        ("MedicationAdministration", "given"),
        ("ServiceRequest", "ordered"),
        ("DeviceRequest", "ordered"),
    }
)
TYPES: Final = {
    "Condition": said("Health problem"),
    "AllergyIntolerance": said("Allergy"),
    "MedicationRequest": said("Prescription"),
    "MedicationDispense": said("Fill of a medicine"),
    "MedicationStatement": said("Medicine that was reported"),
    "MedicationAdministration": said("Medicine given on the spot"),
    "Observation": said("Result"),
    "DiagnosticReport": said("Report"),
    "QuestionnaireResponse": said("Questionnaire"),
    "Encounter": said("Visit"),
    "Procedure": said("Procedure"),
    "Immunization": said("Vaccine"),
    "Device": said("Device"),
    "CarePlan": said("Plan of care"),
    "CareTeam": said("Care team"),
    "Goal": said("Goal"),
    "ServiceRequest": said("Order"),
    "DocumentReference": said("Paper"),
    "List": said("List"),
    "FamilyMemberHistory": said("Family history"),
    "ImagingStudy": said("Imaging"),
    "Media": said("Picture or recording"),
    "Flag": said("Warning note"),
    "EpisodeOfCare": said("Time in care"),
    "ImmunizationRecommendation": said("Vaccines that were recommended"),
    "DeviceUseStatement": said("Use of a device"),
    "NutritionOrder": said("Diet that was ordered"),
    "RiskAssessment": said("Risk that was judged"),
    "ClinicalImpression": said("Impression of a clinician"),
    "AdverseEvent": said("Unwanted event"),
    "DetectedIssue": said("Problem that was detected"),
    "BodyStructure": said("Part of the body"),
    "DeviceRequest": said("Order of a device"),
    "SupplyDelivery": said("Delivery of supplies"),
    "Communication": said("Message"),
    "Appointment": said("Appointment"),
    "AppointmentResponse": said("Answer to an appointment"),
    "Basic": said("Other clinical record"),
    "CommunicationRequest": said("Message that was asked for"),
    "Composition": said("Document"),
    "Consent": said("Consent"),
    "DocumentManifest": said("Set of papers"),
    "GuidanceResponse": said("Advice of a system"),
    "ImmunizationEvaluation": said("Whether a vaccine counts"),
    "MeasureReport": said("Quality measure"),
    "MolecularSequence": said("Genetic sequence"),
    "RequestGroup": said("Set of orders"),
    "ResearchSubject": said("Part in a study"),
    "SupplyRequest": said("Order of supplies"),
    "Task": said("Task"),
    "VisionPrescription": said("Glasses or contact lenses"),
}
_NAMELESS: Final = frozenset(
    {
        *("Appointment", "AppointmentResponse", "GuidanceResponse", "MeasureReport", "MolecularSequence"),
        *("ResearchSubject", "VisionPrescription"),
    }
)
"""Types that have no name in R4, or seldom one: none is missing."""
_SORTS: Final = {
    "answer": said("Answer"),
    "diagnosis": said("Diagnosis of a visit"),
    "measurement": said("Measurement"),
}
ICONS: Final = {
    "Encounter": "hospital",
    "MedicationRequest": "pill",
    "MedicationDispense": "pill",
    "MedicationStatement": "pill",
    "MedicationAdministration": "pill",
    "Immunization": "vaccine",
    "DocumentReference": "paper",
    "DiagnosticReport": "paper",
    "QuestionnaireResponse": "paper",
    "CareTeam": "person",
}


def told(words: Words | None) -> str:
    """Return *words* in the reader's language, in which what the plan wrote stays the plan's."""
    if words is None:
        return ""
    match words.form:
        case "ours":
            text = _(words.text) if any(map(str.isalpha, _bare(words.text))) else words.text
            return filled(text, **{name: told(part) for name, part in words.values})
        case "day":
            return date_words(words.text)
        case "span":
            start, _slash, end = words.text.partition("/")
            return span_words(start, end)
        case "clock":
            return clock_words(words.text)
    return words.text if words.form == "name" else theirs(words.text)


def as_written(words: Words | None) -> str:
    """Return *words* for a file, the same in every language, dates as they were sent."""
    if words is None:
        return ""
    if words.form != "ours":
        return words.text
    return words.text.format(**{name: as_written(part) for name, part in words.values})


def _bare(text: str) -> str:
    """Leave out what is filled in: frames without a word of ours need no translation."""
    outside, inside = "", False
    for sign in text:
        inside = sign == "{" or (inside and sign != "}")
        outside += "" if inside or sign == "}" else sign
    return outside


def type_words(fhir_type: str) -> str:
    """Return what a record of that type is called."""
    return _(TYPES.get(fhir_type, said("Other clinical record")))


def kind_words(record: Brief | CareRecord) -> str:
    """Return what a record is; a diagnosis that was noted for one visit is no standing problem, blood
    pressure no result of a test."""
    return _(_SORTS[record.sort]) if record.sort else type_words(record.type)


def kind_beside(record: Brief | CareRecord) -> str:
    """Return what a record is, "" where its name begins with that."""
    kind = kind_words(record)
    return "" if name_words(record).startswith(kind) else kind


def name_words(record: Brief | CareRecord) -> str:
    """Return what a record is about; where nothing says, what it is."""
    kind = kind_words(record)
    if record.name is None:
        return kind if record.type in _NAMELESS else filled(_("{kind}, name not shared"), kind=kind)
    name = told(record.name)
    return f"{kind}: {name}" if is_code_alone(record.name) else _begun(name)


def _begun(name: str, *, is_ours: bool = False) -> str:
    """Return a name as it begins a line: "Mother"; a word with a capital inside stays as it is (pH).

    So does a short one, which may be a unit, unless the words are ours.
    """
    first = name.partition(" ")[0].rstrip(",;:")
    is_plain = first.isalpha() and first.islower() and (is_ours or len(first) > _SHORT)
    return _changed(name, f"{name[0].upper()}{name[1:]}") if is_plain else name


def _unended(line: str) -> str:
    """Return a line without the full stop at its end: another one comes."""
    is_sentence = line.endswith(".") and not line.endswith("..") and " " in line
    return _changed(line, line[:-1]) if is_sentence else line


def _changed(line: str, text: str) -> str:
    """Return *text* for *line*; what in it is theirs stays theirs."""
    if not isinstance(line, Written):
        return text
    return Written(text, [mark._replace(end=min(mark.end, len(text))) for mark in line.marks])


def standing_of(record: Brief | CareRecord) -> Standing | None:
    """Return how it stands in the reader's language; None where that is no question."""
    standing = STANDINGS.get(record.standing)
    return standing._replace(words=_(standing.words)) if standing else None


def standing_beside(record: Brief | CareRecord) -> Standing | None:
    """Return how it stands, for a badge beside what it is: None where that says it already."""
    return None if (record.type, record.standing) in _SAID_BY_KIND else standing_of(record)


def when_words(record: Brief | CareRecord) -> str:
    """Return the date as sent, or that none was; why there is none is said of the date, not of the record."""
    if record.when is None:
        return _("date not shared")
    words = record.when.words
    is_absent = words.form == "ours" and words.text in _ABSENCES
    return filled(_("date: {why}"), why=told(words)) if is_absent else told(words)


def day(record: CareRecord) -> str:
    """Return the day or days it is of; "" where its date is no plain one."""
    return told(record.when.words) if record.when and record.when.words.form in ("day", "span") else ""


def last_day(record: CareRecord) -> str:
    """Return the date it ends at, as sent; "" where its date is no plain one."""
    is_plain = record.when and record.when.words.form in ("day", "span")
    return record.when.words.text.rpartition("/")[2] if record.when and is_plain else ""


def value_words(record: Brief | CareRecord) -> str:
    """Return the value with the flag that came with it."""
    return value_words_of(record.value, record.flag)


def shortened(text: str) -> str:
    """Return a value as a row has room for it."""
    return text if len(text) <= LONGEST else theirs(f"{text[: LONGEST - 1]}…")


def value_words_of(value: Words | None, flag: Words | None) -> str:
    """Return a value with the flag that came with it."""
    return joined(" · ", [told(words) for words in (value, flag) if words is not None])


def pairs(facts: tuple[Fact, ...]) -> list[tuple[str, str]]:
    """Return labels and values for a page."""
    return [(_(fact.label), told(fact.words)) for fact in facts]


def answer(record: CareRecord) -> str:
    """Return the first line of a record's page: what is not so is said before anything else."""
    name, standing, value = name_words(record), standing_of(record), value_words(record)
    line = name
    if standing and record.standing in SAID_FIRST:
        line = filled(_("{standing}: {name}"), standing=standing.words, name=name)
    if value:
        is_sentence = str(line).rstrip().endswith(("?", ".", "!", ":"))
        line = filled("{name} {value}" if is_sentence else _("{name}: {value}"), name=line, value=value)
    return _dated(_unended(line), record)


_LASTING: Final = frozenset({"Condition", "AllergyIntolerance"})
"""What begins on the day it is dated by, and goes on."""


def lede(record: CareRecord) -> str:
    """Return the first line below a title that is the name: that again only where it is turned around."""
    if record.standing in SAID_FIRST:
        return answer(record)
    date = filled("{date}.", date=_begun(_since(record), is_ours=True))
    if value := _begun(value_words(record), is_ours=record.value is not None and record.value.form == "ours"):
        is_sentence = _unended(value) != value
        return filled("{value} {date}", value=value, date=date) if is_sentence else _dated(value, record)
    return date


def _since(record: CareRecord) -> str:
    """Return the date; of a health problem that is current, as that on which it began (`conditions`)."""
    is_current = record.type in _LASTING and record.standing == "current"
    began = record.when.words if record.when and record.when.words.form == "day" else None
    return filled(_("since {date}"), date=told(began)) if is_current and began else when_words(record)


def _dated(line: str, record: CareRecord) -> str:
    if record.when is None:
        return filled(_("{line}. Your plan did not share a date."), line=line)
    if record.value and record.value.form in ("day", "span"):  # a date that is the answer, and the day of it
        return filled(_("{line}, recorded on {date}."), line=line, date=when_words(record))
    return filled(_("{line}, {date}."), line=line, date=when_words(record))


def summary(numbers: list[tuple[int, tuple[str, str]]]) -> str:
    """Return what a list comes to: "12 records: 4 visits and 8 test results."."""
    every = _counted(numbers)
    if len(every) > MOST_TOLD:
        total = sum(number for number, _words in numbers)
        return _("Your plans shared {number} clinical records.").format(number=f"{total:,}")
    return filled(_("Your plans shared {what}."), what=listed(every)) if every else ""


def latest(when: str, names: Sequence[str], *, has_more: bool = False) -> str:
    """Return what is newest and when that was; of more than `MOST_NAMED` the rest is counted, unless there
    may be more than *names*."""
    number = len(names) - MOST_NAMED
    counted = [_("{number} more").format(number=number)] if number > 0 else []
    shown = [*names[:MOST_NAMED], *([_("more")] if has_more else counted)]
    return filled(_("The latest here, {when}: {what}."), when=when, what=listed(shown))


def not_so(numbers: list[tuple[int, tuple[str, str]]]) -> str:
    """Return what is listed and counts nowhere, because it is not so or did not happen; "" for nothing."""
    every = _counted(numbers)
    return filled(_("Listed, and not counted: {what}."), what=listed(every)) if every else ""


def _counted(numbers: list[tuple[int, tuple[str, str]]]) -> list[str]:
    return [f"{number:,} {_(words[0] if number == 1 else words[1])}" for number, words in numbers if number]


def apart(mistakes: int, cancelled: int, others: int) -> list[str]:
    """Return one sentence for each reason why records stand in no list."""
    notes = []
    if mistakes:
        text = plural(
            "Your plan marked {number} record as a mistake.",
            "Your plan marked {number} records as mistakes.",
            mistakes,
        )
        notes.append(text.format(number=f"{mistakes:,}"))
    if cancelled:
        text = plural("{number} record was cancelled.", "{number} records were cancelled.", cancelled)
        notes.append(text.format(number=f"{cancelled:,}"))
    if others:
        text = plural(
            "{number} record was sent but is not yours, so it is shown nowhere.",
            "{number} records were sent but are not yours, so they are shown nowhere.",
            others,
        )
        notes.append(text.format(number=f"{others:,}"))
    return notes
