"""What is planned, by whom, with what: plans, teams, goals, orders, devices, papers, the rest; pure."""

from collections.abc import Iterator
from html import unescape
from typing import Final

import nh3
from msgspec import structs

from apps.fhir import values
from apps.kinds.care import elements
from apps.kinds.care.elements import coded, facts, moment, name_of, names_of, ours, theirs, when
from apps.kinds.care.frame import Frame
from apps.kinds.care.likeness import team_likeness
from apps.kinds.care.records import CareRecord, Coded, Fact, Part, Words
from apps.kinds.care.sent import Sent, codes_of
from apps.plain_language.language import said

_PLANS: Final = {
    "draft": "draft",
    "active": "current",
    "on-hold": "on_hold",
    "revoked": "revoked",
    "completed": "completed",
    "unknown": "unsaid",
    "proposed": "suggested",
    "inactive": "past",
    "suspended": "on_hold",
    "planned": "planned",
    "accepted": "current",
    "rejected": "rejected",
    "available": "",
    "final": "",
}
_DONE_SAYING: Final = frozenset({"current", "completed", "final"})
"""Statuses by which a record of another type says that it is all there, and nothing of what it tells."""
_ORDERS: Final = _PLANS | {"active": "ordered"}
_PAPERS: Final = {"superseded": "replaced", "preliminary": "may_change", "amended": "corrected"}
_ACTIVITIES: Final = {
    "not-started": said("not begun"),
    "scheduled": said("planned"),
    "in-progress": said("under way"),
    "on-hold": said("on hold"),
    "completed": said("done"),
    "cancelled": said("cancelled"),
    "stopped": said("stopped"),
    "unknown": said("not known"),
}
"""HL7 care-plan-activity-status, in our words; any other is told as sent."""
_ACHIEVEMENTS: Final = {
    "in-progress": said("under way"),
    "improving": said("getting better"),
    "worsening": said("getting worse"),
    "no-change": said("no change"),
    "achieved": said("reached"),
    "sustaining": said("reached, and held"),
    "not-achieved": said("not reached"),
    "no-progress": said("no progress"),
    "not-attainable": said("cannot be reached"),
}
"""HL7 goal-achievement, in our words."""
_LONGEST_PAGE: Final = 20_000
_NO_DETAILS: Final = said("Your plan sent no details.")
_NEWER: Final = said("There is a newer version of this paper.")
_REPLACES: Final = said("It replaces an earlier paper.")
_NOT_SENT: Final = said("Your plan lists this paper but did not send it.")
_REVIEWED: Final = said("It was reviewed, and there is none.")
_EMPTY: Final = {
    "nilknown": _REVIEWED,
    "notasked": said("You were not asked about it."),
    "withheld": said("It is held back."),
    "unavailable": said("It could not be had."),
    "notstarted": said("It was not begun."),
    "closed": said("It is closed."),
}


def care_plan(frame: Frame) -> CareRecord:
    """Read a CarePlan."""
    sent = frame.sent
    activities = tuple(_activities(frame))
    title = theirs(sent.text("title")) or names_of(
        element for element in sent.all("category") if "assess-plan" not in codes_of([element])
    )
    told = facts(
        (said("What it says"), theirs(sent.text("description", 4000))),
        (said("In your plan's words"), None if activities else narrative(sent)),
        (said("Time"), when(sent, "period")),
        (said("By"), frame.who(sent.one("author"))),
        (said("About"), frame.whom(sent.all("addresses"))),
    )
    return frame.record(
        title or ours(said("Plan of care")),
        when=when(sent, "period", "created"),
        standing="suggested"
        if sent.code("intent") in ("proposal", "option")
        else _PLANS.get(sent.code("status"), "unsaid"),
        parts=activities,
        sentences=[None if activities or told else ours(_NO_DETAILS)],
        facts=told,
        links=(*frame.links(said("Goal"), "goal"), *frame.links(said("Team"), "careTeam")),
    )


def _activities(frame: Frame) -> Iterator[Part]:
    for element in frame.sent.all("activity"):
        detail = element.one("detail")
        name = name_of(detail.one("code")) or theirs(detail.text("description"))
        name = name or frame.who(element.one("reference"))
        if name:
            status = detail.code("status")
            words = ours(_ACTIVITIES[status]) if status in _ACTIVITIES else theirs(detail.text("status"))
            yield Part(name, words or ours(elements.NOT_RECORDED))


def narrative(sent: Sent) -> Words | None:
    """Return the words of a record's own page (`text`), without its marks; None for a page that is empty.

    US Core lets a CarePlan say everything there.
    """
    text = sent.one("text")
    page = text.tree.get("div")
    if not isinstance(page, str) or text.code("status") == "empty":
        return None
    # Marks part words: "<li>one</li><li>two</li>" are two.
    bare = " ".join(unescape(nh3.clean(page[:_LONGEST_PAGE].replace("<", " <"), tags=set())).split())
    whole = bare if len(page) <= _LONGEST_PAGE else f"{bare} …"
    return theirs(values.clean(whole, 4000))


def care_team(frame: Frame) -> CareRecord:
    """Read a CareTeam."""
    sent = frame.sent
    members = []
    for element in sent.all("participant"):
        who = frame.who(element.one("member")) or ours(said("not named"))
        role = names_of(element.all("role"))
        members.append(Part(who, role or ours(elements.NOT_RECORDED)))
    name = theirs(sent.text("name")) or names_of(sent.all("category")) or ours(said("Care team"))
    parts = tuple(dict.fromkeys(members))
    return frame.record(
        name,
        when=when(sent, "period"),
        standing=_PLANS.get(sent.code("status"), "unsaid"),
        parts=parts,
        likeness=team_likeness(name, parts),
        facts=facts((said("Because of"), names_of(sent.all("reasonCode")))),
    )


def goal(frame: Frame) -> CareRecord:
    """Read a Goal."""
    sent = frame.sent
    targets = []
    for element in sent.all("target"):
        aim = elements.quantity(element.one("detailQuantity")) or elements.spread(element.one("detailRange"))
        aim = aim or name_of(element.one("detailCodeableConcept")) or theirs(element.text("detailString"))
        due = when(element, "due")
        targets.append((said("Aim"), aim))
        targets.append((said("Until"), due.words if due else None))
    return frame.record(
        coded(sent.one("description")),
        when=when(sent, "start", "statusDate"),
        standing=_PLANS.get(sent.code("lifecycleStatus"), "unsaid"),
        facts=facts(
            *targets,
            (said("How it goes"), _achievement(sent.one("achievementStatus"))),
            (said("Began"), when(sent, "start")),
            (said("Said by"), frame.who(sent.one("expressedBy"))),
            (said("About"), frame.whom(sent.all("addresses"))),
        ),
    )


def _achievement(concept: Sent) -> Words | None:
    """Return how a goal goes: as written, else what a code alone means."""
    known = next((_ACHIEVEMENTS[code] for code in codes_of([concept]) if code in _ACHIEVEMENTS), None)
    is_written = bool(concept.text("text")) or any(
        element.text("display") for element in concept.all("coding")
    )
    return ours(known) if known and not is_written else name_of(concept)


def order(frame: Frame) -> CareRecord:
    """Read a ServiceRequest: what was asked for is not what is still due."""
    sent = frame.sent
    standing = "suggested" if sent.code("intent") == "proposal" else ""
    if sent.flag("doNotPerform"):
        standing = "not_to_be"
    return frame.record(
        coded(sent.one("code")),
        when=when(sent, "authoredOn", "occurrence"),
        standing=standing or _ORDERS.get(sent.code("status"), "unsaid"),
        sentences=[ours(said("This says that it is not to be done.")) if sent.flag("doNotPerform") else None],
        facts=facts(
            (said("Asked for"), when(sent, "authoredOn")),
            (said("Meant for"), when(sent, "occurrence")),
            (said("Asked for by"), frame.who(sent.one("requester"))),
            (said("By"), frame.whom(sent.all("performer"))),
            (said("Because of"), names_of(sent.all("reasonCode")) or frame.whom(sent.all("reasonReference"))),
            (said("Kind"), names_of(sent.all("category"))),
            (said("What to do"), theirs(sent.text("patientInstruction", 1000))),
        ),
        links=frame.links(said("Visit"), "encounter"),
    )


def device(frame: Frame) -> CareRecord:
    """Read a Device: the end of its pack's life is not the end of the implant's."""
    sent = frame.sent
    names = [theirs(element.text("name")) for element in sent.all("deviceName")]
    barcode = sent.one("udiCarrier")
    return frame.record(
        _device_name(coded(sent.one("type")), next(filter(None, names), None)),
        when=when(sent, "manufactureDate"),
        standing={"active": "current", "inactive": "past"}.get(sent.code("status"), "unsaid"),
        facts=facts(
            (said("Name"), elements.together([name for name in names if name])),
            (said("Maker"), _name(sent.text("manufacturer"))),
            (said("Model"), _name(sent.text("modelNumber"))),
            (said("Serial number"), _name(sent.text("serialNumber"))),
            (said("Lot number"), _name(sent.text("lotNumber"))),
            (said("Number of its kind"), _name(barcode.text("deviceIdentifier"))),
            (said("Text of its label"), _name(barcode.text("carrierHRF"))),
            (said("Other number"), _name(sent.text("distinctIdentifier"))),
            (said("Made"), when(sent, "manufactureDate")),
            (said("Pack good until"), moment(sent.text("expirationDate", 80))),
        ),
    )


def _device_name(kind: Coded, own: Words | None) -> Coded:
    """Return what a device is called: its kind, and its own name where that is a bare code or not sent."""
    is_bare = kind.name is None or kind.name.form == "ours"
    return structs.replace(kind, name=own) if own and is_bare else kind


def paper(frame: Frame) -> CareRecord:
    """Read a DocumentReference: the forms of one paper."""
    sent, context = frame.sent, frame.sent.one("context")
    contents = [element.one("attachment") for element in sent.all("content")]
    has_any = any(element.tree.get("data") or element.text("url") for element in contents)
    status = "superseded" if sent.code("status") == "superseded" else sent.code("docStatus")
    relations = {element.code("code") for element in sent.all("relatesTo")}
    title = next((text for element in contents if elements.is_words(text := element.text("title"))), None)
    kind = coded(sent.one("type"))
    return frame.record(
        kind if kind.name else theirs(sent.text("description")) or theirs(title) or ours(said("Paper")),
        when=when(sent, "date") or when(context, "period"),
        standing=_PAPERS.get(status, ""),
        sentences=[
            ours(_NEWER) if status == "superseded" else None,
            ours(_REPLACES) if "replaces" in relations else None,
            None if has_any else ours(_NOT_SENT),
        ],
        facts=_facts_of_paper(frame, title),
        attachments=frame.attachments(contents),
        links=frame.links_to(said("Visit"), context.all("encounter")),
    )


def _facts_of_paper(frame: Frame, title: str | None) -> tuple[Fact, ...]:
    sent = frame.sent
    return facts(
        (said("Title"), theirs(title)),
        (said("What it says"), theirs(sent.text("description"))),
        (said("Kind"), names_of(element for element in sent.all("category"))),
        (said("By"), frame.whom(sent.all("author"))),
        (said("Kept by"), frame.who(sent.one("custodian"))),
        (said("About the time"), when(sent.one("context"), "period")),
        (said("Form of the paper"), names_of(_forms(sent))),
        (said("Number"), elements.together([*_numbers(sent)])),
    )


def _forms(sent: Sent) -> Iterator[Sent]:
    """Yield the forms of a paper but for the one that says that its media type tells it (IHE)."""
    forms = (element.one("format") for element in sent.all("content"))
    return (form for form in forms if "mimetypesufficient" not in (form.code("code") or "").lower())


def _numbers(sent: Sent) -> Iterator[Words]:
    texts = (element.text("value", 80) for element in (sent.one("masterIdentifier"), *sent.all("identifier")))
    yield from dict.fromkeys(name for text in texts if (name := _name(text)))


def anything(frame: Frame) -> CareRecord:
    """Read a record of any type as far as records are alike: a name, a day, who, notes."""
    sent = frame.sent
    series = sent.all("series")
    places = (
        *(sent.one(element) for element in ("code", "type", "category", "relationship")),
        *sent.all("procedureCode"),
        *(element.one("modality") for element in series),
    )
    read = next((name for name in map(coded, places) if name.name), Coded())
    title = theirs(sent.text("title") or sent.text("name") or sent.text("description"))
    empty = next((_EMPTY[code] for code in codes_of(sent.all("emptyReason")) if code in _EMPTY), None)
    return frame.record(
        _of_family(frame, read) or title or read,
        when=when(sent, *_MOMENTS),
        standing="" if sent.code("status") in _DONE_SAYING else _PLANS.get(sent.code("status"), ""),
        parts=tuple(_judged(frame)),
        sentences=[ours(empty) if empty else None],
        facts=_facts_of_anything(frame),
        attachments=frame.attachments(sent.all("content") if frame.opened.type == "Media" else ()),
        links=(
            *frame.links_in(said("In this list"), sent.all("entry"), "item"),
            *frame.links(said("Visit"), "encounter"),
        ),
    )


def _of_family(frame: Frame, relative: Coded) -> Words | None:
    """Return of whom a family history tells: its name alone would call that person."""
    if frame.opened.type != "FamilyMemberHistory":
        return None
    return ours(said("Family history: {name}"), name=relative.name) if relative.name else None


def _judged(frame: Frame) -> Iterator[Part]:
    """Yield what a vaccine was recommended, or a risk judged to be, each with how sure or by when."""
    for element in frame.sent.all("recommendation"):
        names = names_of([*element.all("vaccineCode"), *element.all("targetDisease")])
        dates = [*_dates_of(element)]
        state = name_of(element.one("forecastStatus"))
        told = elements.together([words for words in (state, *dates) if words])
        if names:
            yield Part(names, told or ours(elements.NOT_RECORDED))
    for element in frame.sent.all("prediction"):
        number, age = element.number("probabilityDecimal"), elements.spread(element.one("whenRange"))
        share = elements.spread(element.one("probabilityRange"))
        share = Words(elements.plain(number), "name") if number is not None else share
        judged = [
            name_of(element.one("qualitativeRisk")),
            ours(said("probability {number}"), number=share) if share else None,
            ours(said("at age {age}"), age=age) if age else None,
        ]
        told = elements.together([words for words in judged if words])
        if name := name_of(element.one("outcome")):
            yield Part(name, told or ours(elements.NOT_RECORDED))


def _description(sent: Sent) -> str | None:
    """Return what a record says in free text; None where that is its name already."""
    text = sent.text("description", 4000) or sent.text("summary", 4000)
    is_name = not (sent.text("title") or sent.text("name")) and text == sent.text("description")
    return None if is_name else text


def _facts_of_anything(frame: Frame) -> tuple[Fact, ...]:
    sent = frame.sent
    return facts(
        (
            said("Status"),
            None if sent.code("status") in {*_PLANS, *_DONE_SAYING} else theirs(sent.text("status")),
        ),
        (said("Of"), name_of(sent.one("relationship"))),
        (said("What it says"), theirs(_description(sent))),
        (said("Conditions"), names_of(element.one("code") for element in sent.all("condition"))),
        (said("By"), frame.whom([*sent.all("performer"), *sent.all("author"), *sent.all("source")])),
    )


_MOMENTS: Final = (
    "date",
    "effective",
    "occurrence",
    "period",
    "started",
    "created",
    "issued",
    "timing",
    "recorded",
)


def _name(text: str | None) -> Words | None:
    return Words(text, "name") if elements.is_shown(text) and text else None


def _dates_of(recommendation: Sent) -> Iterator[Words]:
    """Yield by when a vaccine is recommended, with what the day is where that is said."""
    for criterion in recommendation.all("dateCriterion"):
        if at := when(criterion, "value"):
            kind = name_of(criterion.one("code"))
            yield ours("{kind}: {date}", kind=kind, date=at.words) if kind else at.words
