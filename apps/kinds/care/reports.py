"""Reports of tests (DiagnosticReport); pure."""

from apps.kinds.care import elements, loinc
from apps.kinds.care.elements import facts, when
from apps.kinds.care.frame import Frame
from apps.kinds.care.records import RESULT, CareRecord, Fact, When, theirs
from apps.kinds.care.repeats import likeness
from apps.kinds.care.results import SAMPLE, STANDINGS, correction, inside
from apps.plain_language.language import said


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
            *frame.links_in(said("Pictures"), sent.all("media"), "link"),
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
        (said("By"), frame.whom(sent.all("performer"))),
        (said("Read by"), frame.whom(sent.all("resultsInterpreter"))),
        (said("Sample"), frame.whom(sent.all("specimen"))),
        (said("Pictures"), frame.whom(element.one("link") for element in sent.all("media"))),
        (said("Pictures"), frame.whom(sent.all("imagingStudy"))),
    )
