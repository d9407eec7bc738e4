"""Health problems, diagnoses of visits and allergies (Condition, AllergyIntolerance); pure."""

from collections.abc import Iterator
from typing import Final

from apps.kinds.care import elements
from apps.kinds.care.elements import coded, facts, listed, name_of, names_of, when
from apps.kinds.care.frame import Frame
from apps.kinds.care.records import CareRecord, Coded, Fact, Part, When, Words, ours, theirs
from apps.kinds.care.sent import NOTHING, STATUSES, Sent, at_path, codes_of
from apps.plain_language.language import said

_CURRENT: Final = frozenset({"active", "recurrence", "relapse"})
_PAST: Final = frozenset({"inactive", "remission", "resolved"})
_SUSPECTED: Final = frozenset({"unconfirmed", "provisional", "differential"})
_FAMILY: Final = ("family history", "fh:")
_FAMILYS: Final = {
    **dict.fromkeys(("ICD-10", "ICD-10-CM"), ("Z80", "Z81", "Z82", "Z83", "Z84")),
    "ICD-9": ("V16", "V17", "V18", "V19"),
}
"""Codes of the history of a family, which claims and lists of old name by short forms ("FAM HX")."""
_NOT_STANDING: Final = said(
    "It was noted for one visit or claim. That may be the reason for a test, not something you have."
)
_STOOD: Final = {
    "active": said("active"),
    "recurrence": said("came back"),
    "relapse": said("came back"),
    "inactive": said("not active"),
    "remission": said("in remission"),
    "resolved": said("resolved"),
}
_CRITICALITIES: Final = {
    "high": said("high risk of a serious reaction"),
    "low": said("low risk of a serious reaction"),
    "unable-to-assess": said("the risk could not be judged"),
}
_SEVERITIES: Final = {"mild": said("mild"), "moderate": said("moderate"), "severe": said("severe")}
_CATEGORIES: Final = {
    "food": said("Food"),
    "medication": said("Medicine"),
    "environment": said("Environment"),
    "biologic": said("Biologic"),
    "intolerance": said("Intolerance, not an allergy"),
}


def is_for_a_visit(sent: Sent) -> bool:
    """Whether a condition was noted for one visit, and is no standing problem."""
    categories = set(codes_of(sent.all("category")))
    return "encounter-diagnosis" in categories and not categories & {"problem-list-item", "health-concern"}


def standing(sent: Sent) -> str:
    """Return how a condition or an allergy stands: doubt goes before whether it is current.

    Some write "refuted" where they say whether it is current.
    """
    codes = {code for name in STATUSES for code in codes_of(sent.all(name))}
    stands = (
        *(("ruled_out", {"refuted"}), ("suspected", _SUSPECTED)),
        *(("current", _CURRENT), ("past", _PAST)),
    )
    return next((name for name, several in stands if codes & several), "unsaid")


def condition(frame: Frame) -> CareRecord:
    """Read a Condition."""
    sent = frame.sent
    code, for_a_visit = coded(sent.one("code")), is_for_a_visit(sent)
    onset, recorded = when(sent, "onset"), when(sent, "recordedDate")
    asserted = when(next(sent.extension("condition-asserteddate"), NOTHING), "value")
    about_family = _is_of_family(code)
    noted, stands = recorded or asserted, standing(sent)
    contradiction = _contradiction(stands, when(sent, "abatement"))
    if for_a_visit and stands in ("current", "unsaid", "past"):
        stands = "noted"
    return frame.record(
        code,
        when=onset or _recorded(noted),
        standing="of_family" if about_family else stands,
        sentences=[
            ours(said("This tells of a family member, not of you.")) if about_family else None,
            contradiction,
            ours(_NOT_STANDING) if for_a_visit else None,
        ],
        facts=_facts_of_condition(frame, onset, recorded, asserted),
        links=(
            *frame.links(said("Visit"), "encounter"),
            *frame.links_to(said("Signs"), at_path(sent, "evidence.detail")),
        ),
    )


def _contradiction(stands: str, ended: When | None) -> Words | None:
    is_both = stands == "current" and ended is not None and ended.on is not None
    return ours(said("Your plan calls this current, and also says that it ended.")) if is_both else None


def _is_of_family(called: Coded) -> bool:
    """Whether a condition is the history of a family, by its name or by all of its codes that can tell."""
    by_name = called.name is not None and called.name.text.lower().startswith(_FAMILY)
    codes = [code for code in called.codes if code.kind in _FAMILYS]
    return by_name or (bool(codes) and all(code.code[:3].upper() in _FAMILYS[code.kind] for code in codes))


def _facts_of_condition(
    frame: Frame, onset: When | None, recorded: When | None, asserted: When | None
) -> tuple[Fact, ...]:
    sent, stood = frame.sent, frame.sent.one("clinicalStatus")
    return facts(
        (said("Began"), onset),
        (said("Came to an end"), when(sent, "abatement")),
        (said("Written down"), recorded),
        (said("Stated"), asserted),
        (said("How it stood"), elements.by_code(stood, _STOOD) if is_for_a_visit(sent) else None),
        (said("Severity"), name_of(sent.one("severity"))),
        (said("Stage"), names_of(element.one("summary") for element in sent.all("stage"))),
        (said("Part of the body"), frame.body()),
        (said("Kind"), names_of(sent.all("category"))),
        (said("Written down by"), frame.who(sent.one("recorder"))),
        (said("Stated by"), frame.who(sent.one("asserter"))),
        (said("Signs"), names_of(at_path(sent, "evidence.code"))),
        (said("Signs"), frame.unlinked(at_path(sent, "evidence.detail"))),
    )


def _recorded(when: When | None) -> When | None:
    """Return a moment of writing down as that: it is not when something began."""
    if when is None or when.words.form != "day":
        return when
    is_day = len(when.words.text) == len("2026-01-01")
    text = said("written down on {date}") if is_day else said("written down in {date}")
    return When(ours(text, date=when.words), when.on, when.is_odd)


def allergy(frame: Frame) -> CareRecord:
    """Read an AllergyIntolerance: an allergy, "no known allergies", or that nobody asked."""
    sent = frame.sent
    reactions, stands = tuple(_reactions(sent)), standing(sent)
    ended = when(next(sent.extension("allergyintolerance-abatement"), NOTHING), "value")
    return frame.record(
        coded(sent.one("code")),
        when=when(sent, "onset") or _recorded(when(sent, "recordedDate")),
        standing=stands,
        sentences=[_contradiction(stands, ended)],
        value=elements.together(list(dict.fromkeys(element.name for element in reactions))),
        parts=reactions,
        facts=_facts_of_allergy(frame, ended),
        notes=(note for reaction in sent.all("reaction") for note in reaction.all("note")),
    )


def _facts_of_allergy(frame: Frame, ended: When | None) -> tuple[Fact, ...]:
    sent = frame.sent
    return facts(
        (said("Risk"), listed(_CRITICALITIES, sent.code("criticality"))),
        (said("Kind"), elements.together([_category(text) for text in _kinds_of(sent)])),
        (said("Began"), when(sent, "onset")),
        (said("Came to an end"), ended),
        (said("Last reaction"), when(sent, "lastOccurrence")),
        (said("Reaction to"), names_of(reaction.one("substance") for reaction in sent.all("reaction"))),
        (said("Way"), names_of(reaction.one("exposureRoute") for reaction in sent.all("reaction"))),
        *((said("How it went"), words) for reaction in sent.all("reaction") if (words := _course(reaction))),
        (said("Written down"), when(sent, "recordedDate")),
        (said("Written down by"), frame.who(sent.one("recorder"))),
        (said("Stated by"), frame.who(sent.one("asserter"))),
    )


def _reactions(sent: Sent) -> Iterator[Part]:
    for element in sent.all("reaction"):
        name = names_of(element.all("manifestation")) or theirs(element.text("description"))
        severity = listed(_SEVERITIES, element.code("severity"))
        since = when(element, "onset")
        if name:
            details = elements.together([words for words in (severity, since and since.words) if words])
            yield Part(name, details or ours(said("how strong was not sent")))


def _course(reaction: Sent) -> Words | None:
    """Return how a reaction went, where that is not its name, or its sign again."""
    signs = [name.text for element in reaction.all("manifestation") if (name := coded(element).name)]
    text = reaction.text("description", 1000) or ""
    return theirs(text) if signs and not any(elements.is_same(sign, text) for sign in signs) else None


def _kinds_of(sent: Sent) -> list[str]:
    """Return of what sort it is: only an intolerance needs saying, which is no allergy."""
    return [*(["intolerance"] if sent.code("type") == "intolerance" else []), *sent.texts("category")]


def _category(code: str) -> Words:
    return listed(_CATEGORIES, code.lower()) or Words(code)
