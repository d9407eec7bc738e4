"""What is planned, by whom, with what: plans, teams, goals, orders, devices, papers; pure."""

from collections.abc import Iterator
from typing import Final

from msgspec import structs

from apps.kinds.care import elements
from apps.kinds.care.amounts import quantity, spread
from apps.kinds.care.elements import coded, facts, moment, name_of, named, names_of, when
from apps.kinds.care.frame import Frame
from apps.kinds.care.likeness import team_likeness
from apps.kinds.care.records import CareRecord, Coded, Fact, Part, When, Words, ours, theirs
from apps.kinds.care.rows import row
from apps.kinds.care.sent import Sent, at_path, codes_of
from apps.kinds.care.timing import as_needed, how_often
from apps.kinds.care.vocabulary import ACHIEVEMENTS, ACTIVITIES, SUGGESTED, URGENCIES
from apps.plain_language.language import said

PLANS: Final = {
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
    "finished": "",
    "onhold": "on_hold",
    "waitlist": "planned",
}
_ORDERS: Final = PLANS | {"active": "ordered"}
_PAPERS: Final = {"superseded": "replaced", "preliminary": "may_change", "amended": "corrected"}
_NO_DETAILS: Final = said("Your plan sent no details.")
NOT_TO_BE: Final = said("This says that it is not to be done.")


def care_plan(frame: Frame) -> CareRecord:
    """Read a CarePlan."""
    sent = frame.sent
    activities, is_suggestion = tuple(_activities(frame)), sent.code("intent") in SUGGESTED
    kinds = (element for element in sent.all("category") if "assess-plan" not in codes_of([element]))
    details = facts(
        (said("What it says"), theirs(sent.text("description", 4000))),
        (said("In your plan's words"), None if activities or frame.says_more else frame.page()),
        (said("Goal"), frame.unlinked(sent.all("goal"))),
        (said("By"), frame.who(sent.one("author"))),
        (said("About"), frame.whom(sent.all("addresses"))),
    )
    ways = ((said("Goal"), "goal"), (said("Team"), "careTeam"), (said("About"), "addresses"))
    return frame.record(
        theirs(sent.text("title")) or names_of(kinds) or ours(said("Plan of care")),
        when=when(sent, "period", "created"),
        standing="suggested" if is_suggestion else PLANS.get(sent.code("status"), "unsaid"),
        parts=activities,
        sentences=[None if activities or details or frame.page() else ours(_NO_DETAILS)],
        facts=details,
        notes=at_path(sent, "activity.progress"),
        links=[link for way in ways for link in frame.links(*way)],
    )


def _activities(frame: Frame) -> Iterator[Part]:
    for element in frame.sent.all("activity"):
        detail = element.one("detail")
        code, described = name_of(detail.one("code")), theirs(detail.text("description"))
        status, at = detail.code("status"), when(detail, "scheduled")
        yield from row(
            code or described or frame.who(element.one("reference")),
            ours(said("not to be done")) if detail.flag("doNotPerform") else None,
            ours(ACTIVITIES[status]) if status in ACTIVITIES else theirs(detail.text("status")),
            name_of(detail.one("statusReason")),
            name_of(detail.one("productCodeableConcept")) or frame.what(detail.one("productReference")),
            quantity(detail.one("dailyAmount")),
            at.words if at else how_often(detail.one("scheduledTiming")),
            frame.whom(detail.all("performer")),
            described if code else None,
            frame.who(detail.one("location")),
            names_of(element.all("outcomeCodeableConcept")),
        )


def care_team(frame: Frame) -> CareRecord:
    """Read a CareTeam."""
    sent = frame.sent
    members = []
    for element in sent.all("participant"):
        who = frame.who(element.one("member")) or ours(said("not named"))
        role = names_of(element.all("role")) or ours(elements.NOT_RECORDED)
        # Who has left stands in the team of today all the same.
        time = when(element, "period") if element.one("period").text("end") else None
        members.append(Part(who, ours("{role}, {time}", role=role, time=time.words) if time else role))
    name = theirs(sent.text("name")) or names_of(sent.all("category")) or ours(said("Care team"))
    parts = tuple(dict.fromkeys(members))
    return frame.record(
        name,
        when=when(sent, "period"),
        standing=PLANS.get(sent.code("status"), "unsaid"),
        parts=parts,
        likeness=team_likeness(name, parts),
        facts=facts(
            (said("Because of"), names_of(sent.all("reasonCode"))),
            (said("At"), frame.whom(sent.all("managingOrganization"))),
        ),
    )


def goal(frame: Frame) -> CareRecord:
    """Read a Goal."""
    sent, starts = frame.sent, when(frame.sent, "start", "statusDate")
    targets, ends = [], None
    for element in sent.all("target"):
        aim = quantity(element.one("detailQuantity")) or spread(element.one("detailRange"))
        aim = aim or name_of(element.one("detailCodeableConcept")) or theirs(element.text("detailString"))
        due = when(element, "due")
        ends = ends or due
        measure = name_of(element.one("measure"))
        aim_words = ours("{what}: {aim}", what=measure, aim=aim) if measure and aim else aim or measure
        targets.append((said("Aim"), aim_words))
        targets.append((said("Until"), due.words if due else None))
    return frame.record(
        coded(sent.one("description")),
        when=starts or _until(ends),
        standing=PLANS.get(sent.code("lifecycleStatus"), "unsaid"),
        facts=facts(
            *targets,
            (said("How it goes"), elements.by_code(sent.one("achievementStatus"), ACHIEVEMENTS)),
            (said("Outcome"), names_of(sent.all("outcomeCode"))),
            (said("Reason for this status"), theirs(sent.text("statusReason"))),
            (said("Kind"), names_of(sent.all("category"))),
            (said("Began"), when(sent, "start")),
            (said("Said by"), frame.who(sent.one("expressedBy"))),
            (said("About"), frame.whom(sent.all("addresses"))),
        ),
        links=frame.links(said("About"), "addresses"),
    )


def _until(due: When | None) -> When | None:
    """Return the day a goal is meant to be reached by, of which nothing says when it began."""
    if due is None or due.words.form != "day":
        return None
    return When(ours(said("until {date}"), date=due.words), due.on, due.is_odd)


def order(frame: Frame) -> CareRecord:
    """Read a ServiceRequest or a DeviceRequest: what was asked for is not what is still due."""
    sent = frame.sent
    status, intent = sent.code("status"), sent.code("intent")
    standing = "suggested" if intent in SUGGESTED else _ORDERS.get(status, "unsaid")
    if intent == "plan" and standing == "ordered":
        standing = "planned"
    if frame.is_not_to_be:
        standing = "not_to_be"
    return frame.record(
        frame.what(sent.one("codeReference")) or coded(sent.one("code") or sent.one("codeCodeableConcept")),
        when=when(sent, "authoredOn", "occurrence"),
        standing=standing,
        sentences=[ours(NOT_TO_BE) if frame.is_not_to_be else None],
        facts=_facts_of_order(frame),
        links=frame.links(said("Visit"), "encounter"),
    )


def _facts_of_order(frame: Frame) -> tuple[Fact, ...]:
    sent, urgency = frame.sent, frame.sent.code("priority")
    return facts(
        (said("Asked for"), when(sent, "authoredOn")),
        (said("Meant for"), when(sent, "occurrence")),
        (said("Asked for by"), frame.who(sent.one("requester"))),
        (said("By"), frame.whom(sent.all("performer"))),
        (said("By"), name_of(sent.one("performerType"))),
        (said("Place"), frame.whom(sent.all("locationReference"))),
        (said("Place"), names_of(sent.all("locationCode"))),
        (said("Because of"), frame.reasons()),
        (said("Part of the body"), names_of(sent.all("bodySite"))),
        (said("In particular"), names_of(sent.all("orderDetail"))),
        (said("How urgent"), ours(URGENCIES[urgency]) if urgency in URGENCIES else None),
        (said("How often"), how_often(sent.one("occurrenceTiming"))),
        (said("Only when needed"), as_needed(sent)),
        (said("Kind"), names_of(sent.all("category"))),
        (said("Amount"), quantity(sent.one("quantityQuantity")) or spread(sent.one("quantityRange"))),
        (said("What to do"), theirs(sent.text("patientInstruction", 1000))),
        (said("Number"), elements.numbers_of(sent)),
    )


def device(frame: Frame) -> CareRecord:
    """Read a Device: the end of its pack's life is not the end of the implant's."""
    sent = frame.sent
    names = [name for element in sent.all("deviceName") if (name := theirs(element.text("name")))]
    barcode, called = sent.one("udiCarrier"), _device_name(coded(sent.one("type")), next(iter(names), None))
    return frame.record(
        called,
        standing={"active": "current", "inactive": "past"}.get(sent.code("status"), "unsaid"),
        facts=facts(
            (said("Name"), elements.together([name for name in names if name != called.name])),
            (said("Maker"), named(sent.text("manufacturer"))),
            (said("Model"), named(sent.text("modelNumber"))),
            (said("Serial number"), named(sent.text("serialNumber"))),
            (said("Lot number"), named(sent.text("lotNumber"))),
            (said("Number of its kind"), named(barcode.text("deviceIdentifier"))),
            (said("Text of its label"), named(barcode.text("carrierHRF"))),
            (said("Other number"), named(sent.text("distinctIdentifier")) or elements.numbers_of(sent)),
            (said("Safety"), names_of(sent.all("safety"))),
            (said("Reason for this status"), names_of(sent.all("statusReason"))),
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
    title = next(filter(None, map(elements.title, contents)), None)
    kind = coded(sent.one("type"))
    return frame.record(
        kind if kind.name else theirs(sent.text("description")) or theirs(title) or ours(said("Paper")),
        when=when(sent, "date") or when(context, "period"),
        standing=_PAPERS.get(status, ""),
        sentences=[
            ours(said("There is a newer version of this paper.")) if status == "superseded" else None,
            ours(said("It replaces an earlier paper.")) if "replaces" in relations else None,
            ours(said("It adds to an earlier paper.")) if "appends" in relations else None,
            None if has_any else ours(said("Your plan lists this paper but did not send it.")),
        ],
        facts=_facts_of_paper(frame, title),
        attachments=frame.attachments(contents),
        links=frame.links_to(said("Visit"), context.all("encounter")),
    )


def _facts_of_paper(frame: Frame, title: str | None) -> tuple[Fact, ...]:
    sent, description = frame.sent, frame.sent.text("description")
    return facts(
        (said("Title"), theirs(title)),
        (said("What it says"), theirs(description) if description != title else None),
        (said("Kind"), names_of(element for element in sent.all("category"))),
        (said("By"), frame.whom(sent.all("author"))),
        (said("Confirmed by"), frame.who(sent.one("authenticator"))),
        *(
            (said("Confirmed on"), when(element, "value"))
            for element in sent.extension("us-core-authentication-time")
        ),
        (said("Kept by"), frame.who(sent.one("custodian"))),
        (said("About the time"), when(sent.one("context"), "period")),
        (said("Form of the paper"), names_of(_forms(sent))),
        (said("Number"), elements.numbers_of(sent)),
    )


def _forms(sent: Sent) -> Iterator[Sent]:
    """Yield the forms of a paper, but for the one that says that its media type tells it (IHE).

    A form that is an address without words is for machines.
    """
    for form in (element.one("format") for element in sent.all("content")):
        code = (form.code("code") or "").lower()
        if "mimetypesufficient" not in code and (form.text("display") or not code.startswith("urn:")):
            yield form
