"""What clinical records of every type share: whose, about whom, whether it holds, who, where; pure.

Some name no problem, allergy or medicine: none is known, or nobody asked (`said_of_none`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any, Final, NamedTuple

import nh3

from apps.fhir import tolerant, values
from apps.kinds.care import elements
from apps.kinds.care.records import (
    Attachment,
    CareRecord,
    Code,
    Coded,
    Link,
    Part,
    When,
    Words,
    is_behind_a_tap,
    ours,
    theirs,
)
from apps.kinds.care.sent import Opened, Sent, at_path, codes_of
from apps.plain_language.capitals import calm_name, is_loud
from apps.plain_language.language import said

NONE: Final = "names_none"
"""How such a record stands: it is no problem, allergy or medicine that somebody has."""
_NOT_UNDERSTOOD: Final = said(
    "Your plan put a condition on this record that this app does not understand. Ask your plan before you "
    "rely on it."
)
_CUT: Final = said("This record has more parts than are shown here. As your plan sent it, it has all.")
ODD_DATE: Final = said("A date of this record looks wrong. It is shown as your plan sent it.")
_LONGEST_PAGE: Final = 20_000
_ROLE: Final = "event-performerfunction"
_ORDERER: Final = "op"
_TABLES_OF_ROLES: Final = ("0443", "0912", ".12.443", ".12.912")
"""How the addresses of HL7's tables end in which that code is who ordered."""
_NAMED_BY: Final = ("code", "type", "location", "description", "relationship")
"""Elements that say what a record inside another is: a medicine, a goal, somebody of the family."""
_SIZE: Final = 3 / 4
"""Bytes behind a sign of base64."""


def _once(names: Iterable[Words | None]) -> Words | None:
    return elements.together(list(dict.fromkeys(filter(None, names))))


@dataclass(frozen=True, slots=True)
class Frame:
    """A record being read: what was sent, and what those it refers to are called."""

    opened: Opened
    names: Mapping[str, str]

    @property
    def sent(self) -> Sent:
        """The record itself."""
        return self.opened.sent

    def who(self, reference: Sent) -> Words | None:
        """Return what somebody or a place is called; in capitals alone as names are written."""
        called = self.what(reference)
        is_calmed = called is not None and called.form == "name" and is_loud(called.text)
        return Words(calm_name(called.text), "name") if called and is_calmed else called

    def what(self, reference: Sent) -> Words | None:
        """Return what a reference is called; a record inside this one by its own name."""
        if not reference:
            return None
        inside = self.opened.contained(reference.text("reference"))
        called = inside.tree.get("name")
        if isinstance(called, list | dict | str) and (name := values.human_name(called)):
            return Words(name, "name")
        for element in _NAMED_BY if inside else ():
            if read := elements.coded(inside.one(element)).name:
                return read
        sent_reference = tolerant.convert(reference.tree, values.Reference)
        name = values.known_name(sent_reference, self.names)
        return Words(elements.bare(name), "name") if name and "://" not in name else None

    def whom(self, references: Iterable[Sent]) -> Words | None:
        """Return the names of several people or places, each once."""
        return _once(map(self.who, references))

    def reasons(self) -> Words | None:
        """Return why it was done: in words, else what is referred to is called."""
        names = elements.names_of(self.sent.all("reasonCode"))
        return names or _once(map(self.what, self.sent.all("reasonReference")))

    def doers(self) -> tuple[tuple[str, Words | None], ...]:
        """Return who did it and who asked for it: some name whoever ordered among those who did (OP)."""
        by: tuple[list[Sent], list[Sent]] = ([], [])
        for element in self.sent.all("performer"):
            by[self._has_ordered(element)].append(element.one("actor") or element)
        return (said("By"), self.whom(by[False])), (said("Asked for by"), self.whom(by[True]))

    def _has_ordered(self, performer: Sent) -> bool:
        """Whether it ordered; a code without an address says so for a vaccine alone (R4 binds 0443)."""
        roles = (role.one("valueCodeableConcept") for role in performer.extension(_ROLE))
        codings = (coding for role in (performer.one("function"), *roles) for coding in role.all("coding"))
        systems = (coding.code("system") for coding in codings if coding.code("code") == _ORDERER)
        is_vaccine = self.opened.type == "Immunization"
        return any(where.endswith(_TABLES_OF_ROLES) if where else is_vaccine for where in systems)

    def links(self, label: str, *names: str) -> tuple[Link, ...]:
        """Return what these elements refer to, as ways to other records."""
        return self.links_to(label, at_path(self.sent, *names))

    def links_to(self, label: str, references: Iterable[Sent]) -> tuple[Link, ...]:
        """Return ways to what these references name."""
        return tuple(
            Link(label, path, elements.bare(values.name_shown(element.text("display")) or ""))
            for element in references
            if (path := values.relative(element.text("reference")))
        )

    def attachments(self, several: Iterable[Sent]) -> tuple[Attachment, ...]:
        """Return the forms of a paper, counted as they stand."""
        return tuple(
            Attachment(
                place=place,
                type=element.code("contentType").partition(";")[0],
                title=theirs(elements.title(element)),
                size=int(len(data) * _SIZE) if isinstance(data := element.tree.get("data"), str) else 0,
                is_inline=bool(isinstance(element.tree.get("data"), str) and element.tree["data"]),
                has_address=bool(element.text("url")),
            )
            for place, element in enumerate(several)
        )

    def page(self) -> Words | None:
        """Return the words of a record's own page (`text`), without its marks; None for a page that is empty.

        US Core lets a CarePlan say everything there.
        """
        return words_of_page(self.sent.one("text"))

    def body(self) -> Words | None:
        """Return of which part of the body it is: named, or described inside the record."""
        described = self.sent.extension("bodysite", "procedure-targetbodystructure")
        inside = self.whom(element.one("valueReference") for element in described)
        return elements.names_of(self.sent.all("bodySite")) or inside

    @property
    def is_not_to_be(self) -> bool:
        """Whether it says that something is not to be; a DeviceRequest has no element for that (QI-Core)."""
        marks = (_is_negation(element) for element in self.sent.all("modifierExtension"))
        return self.sent.flag("doNotPerform") is True or any(marks)

    def visit(self) -> str:
        """Return the reference of the visit it belongs to, "" where none is named."""
        context = self.sent.one("context")
        for element in (self.sent.one("encounter"), context, *context.all("encounter")):
            if path := values.relative(element.text("reference")):
                return path
        return ""

    @property
    def says_more(self) -> bool:
        """Whether a record's own page says more than its elements; machines make other pages of these."""
        return self.sent.one("text").code("status") == "additional"

    def _own_words(self, called: Coded, parts: Iterable[Part]) -> Words | None:
        """Return a record's own page where it says more, or, of extensions, what the record is.

        It may tell what stands behind a tap, as one of a survey: then nothing of it is said.
        """
        if "survey" in codes_of(self.sent.all("category")):
            return None
        if is_behind_a_tap(called.codes) or any(part.is_behind_a_tap for part in parts):
            return None
        is_all = called.name is None and self.sent.one("text").code("status") == "extensions"
        return self.page() if self.says_more or is_all else None

    def unlinked(self, references: Iterable[Sent]) -> Words | None:
        """Return what those are called that no way leads to: named alone, or described inside the record."""
        return self.whom(element for element in references if not values.relative(element.text("reference")))

    def record(
        self,
        name: Coded | Words | None,
        *,
        when: When | None = None,
        sentences: Iterable[Words | None] = (),
        notes: Iterable[Sent] = (),
        **more: Any,
    ) -> CareRecord:
        """Return the record with what all have in common; *notes* stand further in than its own."""
        called = name if isinstance(name, Coded) else Coded(name)
        own = f"{self.opened.type}/{id_}" if (id_ := self.sent.text("id", 64)) else ""
        notices = [sentence for sentence in sentences if sentence]
        is_not_to_be = more.get("standing") == "not_to_be"
        if none := said_of_none(self.sent, called, more.get("standing", "")):
            notices, more["standing"] = [none], NONE
        notices += [ours(_NOT_UNDERSTOOD)] if self._has_unknown_condition(is_not_to_be) else []
        notices += [ours(said("Your plan sent more than one name for this."))] if called.is_several else []
        notices += [ours(ODD_DATE)] if when and when.is_odd else []
        if any(map(self.sent.is_cut, ("component", "item", "result", "hasMember"))):
            notices.append(ours(_CUT))
        also = tuple((said("Also named"), Words(other)) for other in called.others)
        facts, about, apart = more.pop("facts", ()), self.opened.about, self.opened.kept_apart
        who = tolerant.convert(about.tree, values.Reference) if apart != "another" else None
        return CareRecord(
            type=self.opened.type,
            own=own,
            name=called.name,
            kept_apart=apart,
            patient=values.known_name(who, self.names),
            patient_reference=self.opened.about_path,
            when=when,
            sentences=tuple(notices),
            facts=(
                *elements.facts(*also),
                *facts,
                *elements.facts(
                    (said("In your plan's words"), self._own_words(called, more.get("parts", ()))),
                    (said("At the visit"), self.unlinked(self.sent.all("encounter"))),
                ),
            ),
            notes=elements.notes_of((*self.sent.all("note"), *notes)),
            visit=self.visit(),
            codes=called.codes,
            around=tuple(self._around()),
            labels=tuple(sorted({*codes_of(self._labels())})),
            links=(*more.pop("links", ()), *self.links(said("Because of"), "reasonReference")),
            **more,
        )

    def _labels(self) -> Iterator[Sent]:
        """Yield what the plan says of who may see it; a paper says it in an element of its own too."""
        yield from self.sent.one("meta").all("security")
        yield from self.sent.all("securityLabel")

    def _around(self) -> Iterator[Code]:
        wholes = (self.sent, *self.sent.all("contained"))
        places = (*wholes, *(part for whole in wholes for part in whole.all("component")))
        for element in places:
            for name in ("reasonCode", "valueCodeableConcept", "conclusionCode"):
                for concept in element.all(name):
                    yield from elements.coded(concept).codes
        for component in places[1:]:
            yield from elements.coded(component.one("code")).codes
        for part in at_path(self.sent, "contained.ingredient.itemCodeableConcept"):
            yield from elements.coded(part).codes

    def _has_unknown_condition(self, is_not_to_be: bool) -> bool:
        """Whether a condition stands on it that is not told: few types say what is not to be."""
        marks = self.sent.all("modifierExtension")
        has_rules = bool(self.sent.text("implicitRules"))
        return has_rules or not all(is_not_to_be and _is_negation(mark) for mark in marks)


def _is_negation(element: Sent) -> bool:
    """Whether a condition on a record is that what it asks for is not to be."""
    return element.code("url").endswith("donotperform") and element.flag("valueBoolean") is True


_PEOPLE: Final = frozenset(
    {"Patient", "RelatedPerson", "Person", "Practitioner", "PractitionerRole", "Group"}
)
_NOT_YOU: Final = said("This is about {what}, not about you yourself.")
"""A fetus, a donor, a spouse: R4 keeps it in the record of whom it has to do with."""
_A_THING: Final = said("This is about {what}.")
"""A tumor, what was implanted, another result: the patient's own all the same."""


def words_of_page(text: Sent) -> Words | None:
    """Return the words of a Narrative without its marks; None for one that is empty."""
    page = text.tree.get("div")
    if not isinstance(page, str) or text.code("status") == "empty":
        return None
    # Marks part words: "<li>one</li><li>two</li>" are two.
    bare = " ".join(unescape(nh3.clean(page[:_LONGEST_PAGE].replace("<", " <"), tags=set())).split())
    whole = bare if len(page) <= _LONGEST_PAGE else f"{bare} …"
    return theirs(values.clean(whole, 4000))


class Focus(NamedTuple):
    """What a result says of that; `sentence` is None for one about the patient."""

    sentence: Words | None = None
    is_another: bool = False
    """Whether it is another person, or may be one: of what type it is was not sent."""


def focus_of(frame: Frame) -> Focus:
    """Return who or what a result is about besides the patient of the record."""
    others = list(frame.sent.all("focus"))
    own = _place(frame.opened.about) if others else None
    others = [element for element in others if not own or _place(element) != own]
    if not others:
        return Focus()
    is_another = any(_type(frame, element) in ("", *_PEOPLE) for element in others)
    what = frame.whom(others) or ours(said("something or somebody that is not named"))
    return Focus(ours(_NOT_YOU if is_another else _A_THING, what=what), is_another)


def _place(element: Sent) -> str | None:
    reference = element.text("reference")
    return values.relative(reference) or reference


def _type(frame: Frame, element: Sent) -> str:
    reference = element.text("reference")
    named = frame.opened.contained(reference).text("resourceType") or values.resource_type(reference)
    return named or element.text("type") or ""


_HOLDS: Final = frozenset(
    {
        *("", "current", "unsaid", "noted", "taking", "reported", "prescribed", "given", "completed"),
        *("not_given", "not_done"),
    }
)
"""Standings under which it says so still: what names none may be said not to have happened, too."""
_CODES: Final = frozenset(
    {
        *("716186003", "409137002", "428607008", "429625007", "716184000", "716220001", "428197003"),
        *("716185004", "160244002", "160245001", "787481004"),
    }
)
"""SNOMED CT: no known allergy, of any, drug, environment, food, nut, animal, latex, insect, and as it was
called before; no current problem; no known medicine."""
_NAMING: Final = {
    **dict.fromkeys(("Condition", "AllergyIntolerance", "Procedure"), "code"),
    **dict.fromkeys(("MedicationRequest", "MedicationStatement"), "medicationCodeableConcept"),
    "Immunization": "vaccineCode",
    "Device": "type",
    "DeviceUseStatement": "device",
}
"""The element that says which it is, by type."""
_WHAT = r"(?:allerg(?:y|ies)|problems?|conditions?|medic(?:ation|ine)s?|immunizations?|procedures?|devices?)"
_NONE_KNOWN: Final = re.compile(rf"nkf?d?a|no(?: known| current|-known-)[a-z -]*?{_WHAT}(?: in use)?")
_NOT_ASKED: Final = re.compile(
    r"(?:patient |allergies )?(?:was |were )?(?:not asked|not on file)"
    rf"|no information(?: available| about {_WHAT})?|no-[a-z]+-info"
)
"""As people write it, and as the codes of the International Patient Summary are spelled."""


def said_of_none(sent: Sent, called: Coded, standing: str) -> Words | None:
    """Return what a record says that names none, where it holds; None for one that names something.

    What stands for no name ("Not on File") says it here; a medicine may be named where it refers to.
    """
    element = _NAMING.get(sent.text("resourceType") or "")
    if element is None or standing not in _HOLDS:
        return None
    concept, name = sent.one(element), called.name.text if called.name else None
    texts = (concept.text("text"), *(coding.text("display") for coding in concept.all("coding")), name)
    codes = [code.code for code in called.codes]
    lines = [text.strip(" .").lower() for text in (next(filter(None, texts), ""), *codes)]
    if not _CODES.isdisjoint(codes) or any(map(_NONE_KNOWN.fullmatch, lines)):
        return ours(said("Your plan's records say that none of these is known."))
    if any(map(_NOT_ASKED.fullmatch, lines)):
        return ours(said("Nobody asked, or the answer is not on file. It does not say that you have none."))
    return None
