"""What was done: visits, procedures, vaccines, tests with their reports; pure."""

from collections.abc import Iterator
from typing import Final

from msgspec import structs

from apps.kinds.care import elements, loinc
from apps.kinds.care.amounts import quantity
from apps.kinds.care.elements import coded, facts, moment, name_of, names_of, when
from apps.kinds.care.frame import NONE, Frame
from apps.kinds.care.likeness import likeness
from apps.kinds.care.records import RESULT, CareRecord, Code, Coded, Fact, When, Words, ours, theirs
from apps.kinds.care.results import SAMPLE, STANDINGS, correction, inside
from apps.kinds.care.sent import Sent, at_path
from apps.kinds.care.vocabulary import DISCHARGES, ORIGINS, WHY_NO_VACCINE
from apps.plain_language.language import said

_VISITS: Final = {
    "planned": "planned",
    "arrived": "unfinished",
    "triaged": "unfinished",
    "in-progress": "unfinished",
    "onleave": "unfinished",
    "finished": "",
    "unknown": "unsaid",
}
CLASSES: Final = {
    "amb": said("Visit without a stay"),
    "emer": said("Emergency visit"),
    "fld": said("Visit out of the clinic"),
    "hh": said("Visit at home"),
    "imp": said("Hospital stay"),
    "acute": said("Hospital stay"),
    "nonac": said("Stay in a care facility"),
    "obsenc": said("Stay for observation"),
    "prenc": said("Preparation of a stay"),
    "ss": said("Short stay"),
    "vr": said("Visit by video or telephone"),
}
_DONE: Final = {
    "preparation": "planned",
    "in-progress": "unfinished",
    "not-done": "not_done",
    "on-hold": "on_hold",
    "stopped": "stopped",
    "completed": "",
    "unknown": "unsaid",
}
_ROLES: Final = {
    "adm": said("admitting"),
    "atnd": said("attending"),
    "con": said("consulting"),
    "dis": said("discharging"),
    "part": "",
    "pprf": said("main performer"),
    "ref": said("referring"),
    "sprf": said("second performer"),
}
"""HL7 v3-ParticipationType, in our words; that somebody took part needs none."""
_NO_VACCINE: Final = "998"
"""CVX: no vaccine administered."""
_WHY_NOT: Final = said("Why not: {reason}")
NO_END: Final = said("Your plan never recorded the end of this visit.")
_CONTRADICTS: Final = said("Your plan calls this visit unfinished, and also says how it ended.")
_ENDED: Final = said("Your plan calls this visit unfinished, and also says that it ended.")
_REPORTED: Final = said("It was reported, not recorded by who gave it.")
_WEAK: Final = said("It is marked as a dose that was weaker than it should be.")
_NOT_PERFORMED: Final = said("Your plan sent this as planned, and also says that it was not done.")


def visit(frame: Frame) -> CareRecord:
    """Read an Encounter."""
    sent = frame.sent
    standing = _VISITS.get(sent.code("status"), "unsaid")
    at, stay = when(sent, "period"), sent.one("hospitalization")
    left = elements.by_code(stay.one("dischargeDisposition"), DISCHARGES)
    has_end = bool(sent.one("period").text("end"))
    is_open = standing == "unfinished"
    return frame.record(
        _kind_of_visit(sent),
        when=at,
        standing=standing,
        sentences=[
            ours(_CONTRADICTS if left else _ENDED) if is_open and (left or has_end) else None,
            ours(NO_END) if is_open and at and not (left or has_end) else None,
        ],
        facts=_facts_of_visit(frame, at, left),
        links=frame.links_to(said("Diagnosis"), at_path(sent, "diagnosis.condition")),
    )


def _facts_of_visit(frame: Frame, at: When | None, left: Words | None) -> tuple[Fact, ...]:
    sent = frame.sent
    others = [read.name for read in map(coded, sent.all("type")) if read.name][1:]
    interpreters = [element.one("valueCoding") for element in sent.extension("us-core-interpreter-needed")]
    return facts(
        (said("Kind"), _class(sent)),
        *((said("Kind"), other) for other in others),
        (said("At"), frame.who(sent.one("serviceProvider"))),
        (said("Place"), frame.whom(at_path(sent, "location.location"))),
        (said("With"), elements.together(list(dict.fromkeys(_participants(frame, at))))),
        (said("Interpreter needed"), elements.names_of(interpreters)),
        (said("Because of"), frame.reasons()),
        (said("Diagnosis"), frame.unlinked(at_path(sent, "diagnosis.condition"))),
        (said("How urgent"), name_of(sent.one("priority"))),
        (said("For"), name_of(sent.one("serviceType"))),
        (said("Came from"), elements.by_code(sent.one("hospitalization").one("admitSource"), ORIGINS)),
        (said("Went to"), frame.who(sent.one("hospitalization").one("destination"))),
        (said("How long"), quantity(sent.one("length"))),
        (said("How it ended"), left),
        (said("Number"), elements.numbers_of(sent)),
    )


def _participants(frame: Frame, at: When | None) -> Iterator[Words]:
    """Yield who took part, each with the role, and with the days where these are not the visit's."""
    for element in frame.sent.all("participant"):
        roles = [name for role in element.all("type") if (name := elements.by_code(role, _ROLES))]
        who, role = frame.who(element.one("individual")), elements.together(roles)
        days = when(element, "period") if element.one("period").text("end") else None
        if role and days and at and days.words != at.words:
            role = ours("{role}, {time}", role=role, time=days.words)
        if who:
            yield ours("{who} ({role})", who=who, role=role) if role else who


def _kind_of_visit(sent: Sent) -> Coded:
    read = next((element for concept in sent.all("type") if (element := coded(concept)).name), None)
    return read or Coded(_class(sent) or ours(said("Visit")))


def _class(sent: Sent) -> Words | None:
    kind = sent.one("class")
    code = kind.code("code")
    return ours(CLASSES[code]) if code in CLASSES else coded(kind).name if kind.text("display") else None


def procedure(frame: Frame) -> CareRecord:
    """Read a Procedure."""
    sent = frame.sent
    standing, at = _DONE.get(sent.code("status"), "unsaid"), when(sent, "performed")
    why, absent = name_of(sent.one("statusReason")), sent.beside("performedDateTime").absent()
    return frame.record(
        coded(sent.one("code")),
        when=at,
        standing=standing,
        sentences=[
            ours(_WHY_NOT, reason=why) if why and standing == "not_done" else None,
            ours(_NOT_PERFORMED) if standing == "planned" and absent == "not-performed" else None,
        ],
        facts=_facts_of_procedure(frame, at, why, standing),
        links=(
            *frame.links(said("Visit"), "encounter"),
            *frame.links(said("Asked for by"), "basedOn"),
            *frame.links(said("Report"), "report"),
            *frame.links_to(said("Device"), at_path(sent, "focalDevice.manipulated")),
        ),
    )


def _facts_of_procedure(frame: Frame, at: When | None, why: Words | None, standing: str) -> tuple[Fact, ...]:
    sent = frame.sent
    return facts(
        (said("Done"), None if standing in ("not_done", "planned") else at),
        *frame.doers(),
        (said("Place"), frame.who(sent.one("location"))),
        (said("Because of"), frame.reasons()),
        (said("Part of the body"), frame.body()),
        (said("Done with"), frame.whom(sent.all("usedReference"))),
        (said("Done with"), names_of(sent.all("usedCode"))),
        (said("Outcome"), name_of(sent.one("outcome"))),
        (said("Complications"), names_of(sent.all("complication"))),
        (said("Complications"), frame.whom(sent.all("complicationDetail"))),
        (said("Device"), frame.whom(at_path(sent, "focalDevice.manipulated"))),
        (said("Written down by"), frame.who(sent.one("recorder"))),
        (said("Stated by"), frame.who(sent.one("asserter"))),
        (said("Afterwards"), names_of(sent.all("followUp"))),
        (said("Kind"), name_of(sent.one("category"))),
        (said("Asked for by"), frame.whom(sent.all("basedOn"))),
        (said("Reason for this status"), why if standing != "not_done" else None),
    )


def vaccine(frame: Frame) -> CareRecord:
    """Read an Immunization."""
    sent = frame.sent
    code, not_given = coded(sent.one("vaccineCode")), sent.code("status") == "not-done"
    standing = "not_given" if not_given else "given" if sent.code("status") == "completed" else "unsaid"
    if Code("CVX", _NO_VACCINE) in code.codes:
        named = (code.name.text,) if code.name else ()
        code = structs.replace(code, name=ours(said("No vaccine was given")), others=(*named, *code.others))
        standing, not_given = NONE, True
    why = elements.by_code(sent.one("statusReason"), WHY_NO_VACCINE)
    at = when(sent, "occurrence")
    return frame.record(
        code,
        when=at,
        standing=standing,
        sentences=[
            ours(_WHY_NOT, reason=why) if not_given and why else None,
            ours(_REPORTED) if sent.flag("primarySource") is False and not not_given else None,
            ours(_WEAK) if sent.flag("isSubpotent") and not not_given else None,
        ],
        facts=_facts_of_vaccine(frame, at, not_given),
        links=frame.links(said("Visit"), "encounter"),
    )


def _facts_of_vaccine(frame: Frame, at: When | None, not_given: bool) -> tuple[Fact, ...]:
    sent = frame.sent
    weaker = sent.all("subpotentReason") if sent.flag("isSubpotent") is not False else ()
    is_own = True if sent.flag("primarySource") and not not_given else None
    doses = [name for element in sent.all("protocolApplied") if (name := dose(element))]
    return facts(
        (said("Given"), at if not not_given else None),
        (said("Dose"), elements.together(doses)),
        (said("Amount"), quantity(sent.one("doseQuantity"))),
        (said("Because of"), frame.reasons()),
        (said("Why it was weaker"), names_of(weaker)),
        *frame.doers(),
        (said("Place"), frame.who(sent.one("location"))),
        (said("Maker"), frame.who(sent.one("manufacturer"))),
        (said("Lot number"), elements.named(sent.text("lotNumber"))),
        (said("Pack good until"), _sane(moment(sent.text("expirationDate", 80)))),
        (said("Part of the body"), name_of(sent.one("site"))),
        (said("Way"), name_of(sent.one("route"))),
        (said("Reaction"), frame.whom(at_path(sent, "reaction.detail"))),
        (said("Told by"), name_of(sent.one("reportOrigin"))),
        (said("Recorded by who gave it"), elements.yes_or_no(is_own)),
    )


def _sane(when: When | None) -> When | None:
    """Leave out a date that cannot be: senders write the year 1 for none."""
    return None if when is None or when.is_odd else when


def dose(protocol: Sent) -> Words | None:
    """Return which dose of how many it is, of what series and against what."""
    number = protocol.text("doseNumberPositiveInt") or protocol.text("doseNumberString")
    of = protocol.text("seriesDosesPositiveInt") or protocol.text("seriesDosesString")
    if number and of:
        dose: Words | None = ours(
            said("{number} of {all}"), number=Words(number, "name"), all=Words(of, "name")
        )
    else:
        dose = theirs(number)
    several = (theirs(protocol.text("series")), names_of(protocol.all("targetDisease")))
    more = elements.together([words for words in several if words])
    return ours("{dose} ({more})", dose=dose, more=more) if dose and more else dose or more


def report(frame: Frame) -> CareRecord:
    """Read a DiagnosticReport."""
    sent, status = frame.sent, frame.sent.code("status")
    issued = when(sent, "issued")
    at = when(sent, "effective") or issued
    return frame.record(
        loinc.named(sent.one("code")),
        when=at,
        standing=STANDINGS.get(status, "unsaid"),
        sentences=[correction(status, issued)],
        facts=_facts_of_report(frame, at, issued),
        parts=tuple(inside(frame, "result")),
        attachments=frame.attachments(sent.all("presentedForm")),
        links=(
            *frame.links(RESULT, "result"),
            *frame.links(said("Asked for by"), "basedOn"),
            *frame.links(SAMPLE, "specimen"),
            *frame.links_to(said("Pictures"), at_path(sent, "media.link")),
            *frame.links(said("Pictures"), "imagingStudy"),
        ),
        likeness=likeness(sent),
    )


def _facts_of_report(frame: Frame, at: When | None, issued: When | None) -> tuple[Fact, ...]:
    sent = frame.sent
    return facts(
        (said("Conclusion"), theirs(elements.written(sent.text("conclusion", 4000)))),
        (said("Conclusion in codes"), elements.names_of(sent.all("conclusionCode"))),
        (said("Kind"), elements.names_of(sent.all("category"))),
        (said("Issued"), issued if issued != at else None),
        *frame.doers(),
        (said("Read by"), frame.whom(sent.all("resultsInterpreter"))),
        (said("Sample"), frame.whom(sent.all("specimen"))),
        (said("Pictures"), frame.whom(at_path(sent, "media.link"))),
        (said("Pictures"), frame.whom(sent.all("imagingStudy"))),
    )
