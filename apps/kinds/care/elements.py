"""The values clinical records are made of: names, moments, amounts, reasons; pure."""

import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Final

from apps.fhir import placeholders, values
from apps.kinds.care.amounts import NO_WORDS, is_shown, quantity, spread
from apps.kinds.care.records import Code, Coded, Fact, When, Words, ours, theirs
from apps.kinds.care.sent import Sent, codes_of, remembered
from apps.kinds.care.vocabulary import ABSENT, BY_LIST, CATEGORIES, HL7S_OWN
from apps.plain_language.free_words import free_words
from apps.plain_language.language import said

_SYSTEMS: Final = {
    "loinc.org": "LOINC",
    "snomed.info/sct": "SNOMED CT",
    "icd-10-cm": "ICD-10-CM",
    "icd-10-pcs": "ICD-10-PCS",
    "icd-10": "ICD-10",
    "icd-9-cm": "ICD-9",
    "rxnorm": "RxNorm",
    "sid/ndc": "NDC",
    "sid/cvx": "CVX",
    "2.16.840.1.113883.12.292": "CVX",
    "www.ama-assn.org/go/cpt": "CPT",
    "hcpcs": "HCPCS",
    "nubc.org": "NUBC",
    "cms.gov/medicare/coding/icd10": "ICD-10-PCS",
}
_OIDS: Final = {
    "1": "LOINC",
    "12": "CPT",
    "4": "ICD-10-PCS",
    "69": "NDC",
    "88": "RxNorm",
    "90": "ICD-10-CM",
    "96": "SNOMED CT",
    "103": "ICD-9",
    "104": "ICD-9",
    "285": "HCPCS",
}
"""HL7's numbers of the same lists, which records that began as v2 messages or C-CDA name them by."""
_OID: Final = re.compile(r"(?:urn:oid:)?2\.16\.840\.1\.113883\.6\.(\d+)", re.ASCII)
_SHAPES: Final = {
    "ICD-10": re.compile(r"[A-TV-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?", re.ASCII),
    "ICD-10-CM": re.compile(r"[A-TV-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?", re.ASCII),
    "CPT": re.compile(r"\d{4}[0-9A-Z]", re.ASCII),
}
"""Lists whose codes other lists' codes are sent under; what does not fit is of an unknown list."""
_SNOMED_TAG: Final = re.compile(
    r"\s*\((?:finding|disorder|procedure|situation|regime/therapy|morphologic abnormality|observable entity|"
    r"physical object|product|substance|event|person|qualifier value|record artifact|environment|"
    r"body structure|organism|dose form|occupation|medicinal product|clinical drug)\)$"
    r"|\s+- dosing instruction imperative\b.*"
)
_BOLD: Final = re.compile(r"^\*\*(.+)\*\*$")
"""A name that was made bold; a star alone may be all that says that a result is critical ("H*")."""
_REFERENCE: Final = re.compile(
    r"(?:Condition|DiagnosticReport|DocumentReference|Encounter|Observation|Patient|Practitioner|Procedure|"
    r"ServiceRequest)/(?=\D*\d)[\w.-]+"
)
"""A reference that stands where a name belongs; an id without a digit may be a name ("Procedure/Surgery")."""
_BREAKS: Final = re.compile(r"(?<!\\)(?<!\b[A-Za-z]:)(?:\\[nr])+(?![a-z])|\\\.br\\")
"""What senders write for a new line where they could not break one: of JSON, and of HL7 v2.

Before a small letter, after a drive or another "\\" it may be part of a path ("C:\\new\\reports").
"""
_MARKS: Final = re.compile(
    r"</?(?:p|div|br|span|b|i|em|strong|h\d|li|[uo]l|table|tbody|t[rdh])(?:\s[^<>]*)?/?>", re.IGNORECASE
)
"""Of HTML, by name: "<" may mean less."""
_NOT_SENT: Final = Coded()
_LONGEST_NAME: Final = 300
_SHORT: Final = 4
"""Letters of what may be short for something, at most."""
_WHOLE_VITALS: Final = frozenset(
    {
        *("85353-1", "9279-1", "8867-4", "2708-6", "8310-5", "8302-2", "9843-4", "29463-7", "39156-5"),
        *("85354-9", "8480-6", "8462-4"),
    }
)
"""What R4's vital signs are to be called whatever finer code stands beside it."""
_ABSENT_ANYWHERE: Final = frozenset(
    {"not-applicable", "asked-unknown", "temp-unknown", "asked-declined", "261665006"}
)
"""Reasons that are no code of any other list; SNOMED CT's own "unknown"."""
_NOT_GOING_ON: Final = frozenset(
    {
        *("completed", "finished", "stopped", "inactive", "cancelled", "revoked", "rejected", "not-done"),
        *("not-taken", "draft", "proposed", "intended", "planned", "waitlist", "preparation"),
    }
)
"""Statuses of what goes on no longer, not yet or not at all, whether or not its end was sent."""
_FOUND: Final = frozenset({"final", "amended", "corrected", "appended"})
"""Statuses of what was found out: a measurement is over when it is that, how somebody lives need not be."""
CODE_OF_A_LIST: Final = said("Code {code} ({kind})")
CODE: Final = said("Code {code}")
NOT_RECORDED: Final = said("not recorded")


def absent(reason: str | None) -> Words:
    """Return a reason for absence in words; one of an unknown list as it was sent, where it says anything."""
    if reason in ABSENT:
        return ours(ABSENT[reason])
    return Words(reason) if reason and is_words(reason) else ours(NOT_RECORDED)


def is_words(text: str | None, codes: Iterable[str] = ()) -> bool:
    """Whether a text is a name: no placeholder, no number of a database, no code again."""
    line = (text or "").strip()
    if not line or line.lower() in NO_WORDS or line in codes or placeholders.is_no_words(line):
        return False
    return any(map(str.isalpha, line)) and not _REFERENCE.fullmatch(line)


def written(text: str | None) -> str | None:
    """Return a free text, as `Sent.text` gives it, without the signs of lines that could not be broken, and
    without the marks of a page."""
    if not text or ("<" not in text and "\\" not in text):
        return text or None
    if _MARKS.search(text):
        text = unescape(_MARKS.sub(" ", text))
    return values.clean(_BREAKS.sub(" ", text), len(text))


def named(text: str | None) -> Words | None:
    """Return a name or a number of no language; None for what stands for nothing."""
    return Words(text, "name") if text and is_shown(text) else None


def title(attachment: Sent) -> str | None:
    """Return what a form of a paper is called; the address it is to be had at is no title."""
    text = attachment.text("title")
    return text if is_words(text) and text and "://" not in text and "Binary/" not in text else None


def yes_or_no(answer: bool | None) -> Words | None:
    """Return a yes or no in words."""
    return None if answer is None else ours(said("Yes")) if answer else ours(said("No"))


def system_of(address: str | None, code: str) -> str:
    """Return what kind of code it is; the shape of a code goes before the address it was sent under."""
    where = (address or "").lower()
    numbered = _OID.fullmatch(where)
    system = _OIDS.get(numbered[1], "") if numbered else ""
    kind = system or next((name for part, name in _SYSTEMS.items() if part in where), "")
    return kind if kind not in _SHAPES or _SHAPES[kind].fullmatch(code.upper()) else ""


def coded(concept: Sent) -> Coded:
    """Return what a CodeableConcept, or a Coding that stands alone, is called."""
    return _coded(concept) if concept else _NOT_SENT


@remembered
def _coded(concept: Sent) -> Coded:
    is_coding = "code" in concept.tree or ("display" in concept.tree and "reference" not in concept.tree)
    codings = [*concept.all("coding")] or ([concept] if is_coding else [])
    absences = [_absent_code(element) for element in codings]
    # Codes of one list that was left out of the sample stand for nothing but their absence.
    reason = concept.absent() or next(filter(None, absences), None)
    present = [element for element, absence in zip(codings, absences, strict=True) if not absence]
    codes = tuple(
        Code(system_of(element.text("system"), code), code)
        for element in present
        if (code := element.text("code", 100))
    )
    plain = {code.code for code in codes}
    if len(present) > 1:
        present.sort(key=lambda element: (element.flag("userSelected") is not True, not _kind(element)))
    displays = [element.text("display") for element in present]
    names = [bare(text) for text in (concept.text("text"), *displays) if text and is_words(text, plain)]
    spelt = {code.replace("-", " ") for code in plain & CATEGORIES.keys()}
    spelt |= {name for code in plain & HL7S_OWN.keys() for name in HL7S_OWN[code]}
    names = [name for name in names if is_words(name, plain) and name.lower() not in spelt]
    name = theirs(names[0][:_LONGEST_NAME]) if names else _known(codes)
    if name is None and codes:
        name = _of_a_list(present) or _code_name(codes[0])
    others = {other.casefold(): other for other in names[1:] if not is_same(names[0], other)}
    # Beside a name codes without words name nothing: Epic sends every product of a substance so.
    naming = [element for element, text in zip(present, displays, strict=True) if text or not names]
    kinds = {(element.text("code"), _kind(element)) for element in naming}
    by_kind = [kind for code, kind in kinds if kind and code not in _WHOLE_VITALS]
    is_several = len(by_kind) > len(set(by_kind))
    return Coded(name, tuple(others.values())[:3], tuple(dict.fromkeys(codes)), reason, is_several)


def _of_a_list(codings: Iterable[Sent]) -> Words | None:
    """Return what a code that came alone means, by the list it is of."""
    sent = ((element.code("system"), element.text("code") or "") for element in codings)
    texts = (words.get(code) for where, code in sent for part, words in BY_LIST.items() if part in where)
    return next((ours(text) for text in texts if text), None)


def _code_name(code: Code) -> Words:
    if code.code in CATEGORIES:
        return ours(CATEGORIES[code.code])
    if code.kind:
        return ours(CODE_OF_A_LIST, code=Words(code.code, "name"), kind=Words(code.kind, "name"))
    if is_word_like(code.code):
        return Words(code.code.replace("-", " ").strip())
    return ours(CODE, code=Words(code.code, "name"))


def is_code_alone(name: Words | None) -> bool:
    """Whether a name is a code for which nobody has words."""
    return name is not None and name.form == "ours" and name.text in (CODE, CODE_OF_A_LIST)


def is_word_like(code: str) -> bool:
    """Whether a code of no known list is words: HL7's own ("laboratory"), "Orders", or "Free text"."""
    bare = code.replace("-", "").replace(" ", "")
    is_word = bare.islower() or (len(bare) > _SHORT and bare[1:].islower())
    return bare.isalpha() and (is_word or " " in code.strip())


def _kind(coding: Sent) -> str:
    return system_of(coding.text("system"), coding.text("code", 100) or "")


def _absent_code(coding: Sent) -> str | None:
    """Return why a code is absent; some write the reason under another list's address (CPT)."""
    system, code = (coding.text("system") or "").lower(), coding.code("code")
    if "data-absent-reason" in system:
        return code or "unknown"
    return code if code in _ABSENT_ANYWHERE else coding.absent()


def bare(text: str) -> str:
    """Return a name without the sort of thing that SNOMED CT adds to it, and without the marks around it."""
    return _BOLD.sub(r"\1", _SNOMED_TAG.sub("", text).lstrip("- "))


def is_same(name: str, other: str) -> bool:
    """Whether another name says no more; a longer one may turn it around ("No history of asthma")."""
    first, second = ("".join(filter(str.isalnum, text.casefold())) for text in (name, other))
    return second in first


def _known(codes: Iterable[Code]) -> Words | None:
    """Return the name a free list has for a code that came without words."""
    for code in codes:
        words = free_words(code.kind, code.code) if code.kind else None
        if words:
            return Words(words)
    return None


def name_of(concept: Sent) -> Words | None:
    """Return the name alone; why there is none where something says so."""
    read = coded(concept)
    return read.name or (absent(read.absent) if read.absent else None)


def by_code(concept: Sent, words: Mapping[str, str]) -> Words | None:
    """Return what a concept is called: as written, else what its code means; "" needs no words.

    A text that only repeats the code is none.
    """
    codes = [*codes_of([concept])]
    texts = (concept.text("text"), *(coding.text("display") for coding in concept.all("coding")))
    is_written = any(is_words(text) and text.lower() not in codes for text in texts if text)
    entry = next((words[code] for code in codes if code in words), None)
    if entry is None or is_written:
        return name_of(concept)
    return ours(entry) if entry else None


def listed(words: Mapping[str, str], code: str) -> Words | None:
    """Return what a code means in our words, else the code as it was sent."""
    return ours(words[code]) if code in words else theirs(code)


def numbers_of(sent: Sent) -> Words | None:
    """Return the numbers a record has at those who keep it, each once."""
    texts = (
        identifier.text("value", 80) for identifier in (sent.one("masterIdentifier"), *sent.all("identifier"))
    )
    return together(list(dict.fromkeys(name for text in texts if (name := named(text)))))


def names_of(concepts: Iterable[Sent]) -> Words | None:
    """Return the names of several, with commas between; what is absent has none."""
    names = list(dict.fromkeys(name for element in concepts if (name := coded(element).name)))
    return together(names)


def together(names: list[Words], between: str = "{a}, {b}") -> Words | None:
    """Return several words with commas between; None for none."""
    if len(names) < 2:
        return names[0] if names else None
    first, *rest = names[:20]
    for name in rest:
        first = ours(between, a=first, b=name)
    return first


def moment(text: str | None) -> When | None:
    """Return a date or the day of a dateTime as written: never another day, never more precise."""
    if not text:
        return None
    day = values.day(text)
    if day is None:
        return When(Words(text), None, is_odd=True)
    is_odd = day.first.year < 1900 or day.text.startswith("1970-01-0")
    return When(Words(day.text, "day"), None if is_odd else day.first, is_odd)


def when(sent: Sent, *names: str, may_last: bool = False) -> When | None:
    """Return the first moment that was sent under one of these names (``onset``: whatever its form).

    What was found out goes on only where it *may_last*.
    """
    is_over = sent.code("status") in (_NOT_GOING_ON if may_last else _NOT_GOING_ON | _FOUND)
    return next((read for name in names if (read := _when(sent, name, is_going_on=not is_over))), None)


def _when(sent: Sent, name: str, *, is_going_on: bool) -> When | None:
    for form in ("", "DateTime", "Date", "Instant"):
        if read := moment(sent.text(f"{name}{form}", 80)):
            return read
    for form in ("", "Period"):
        if read := _period(sent.one(f"{name}{form}"), is_going_on=is_going_on):
            return read
    if age := quantity(sent.one(f"{name}Age")):
        return When(ours(said("at age {age}"), age=age))
    if span := spread(sent.one(f"{name}Range")):
        return When(ours(said("at age {age}"), age=span))
    if text := sent.text(f"{name}String"):
        return moment(text) if values.day(text) else When(Words(text))
    reasons = (sent.beside(f"{name}{form}").absent() for form in ("", "DateTime", "Date"))
    reason = next((reason for reason in reasons if reason), None)
    return When(absent(reason)) if reason else None


def _period(period: Sent, *, is_going_on: bool) -> When | None:
    start, end = moment(period.text("start", 80)), moment(period.text("end", 80))
    if start is None and end is None:
        return None
    if start and end and start.words.form == end.words.form == "day":
        both = Words(f"{start.words.text}/{end.words.text}", "span")
        return When(both, start.on or end.on, start.is_odd or end.is_odd)
    if start:
        text = said("since {date}") if is_going_on else said("from {date}, end not sent")
        return When(ours(text, date=start.words), start.on, start.is_odd)
    assert end is not None
    return When(ours(said("until {date}"), date=end.words), None, end.is_odd)


def facts(*pairs: tuple[str, Words | When | None]) -> tuple[Fact, ...]:
    """Return the facts of which something was sent."""
    values = ((label, words.words if isinstance(words, When) else words) for label, words in pairs)
    return tuple(dict.fromkeys(Fact(label, words) for label, words in values if words is not None))


def notes_of(notes: Iterable[Sent]) -> tuple[str, ...]:
    """Return annotations as sent."""
    texts = (written(element.text("text", 4000)) for element in notes)
    return tuple(dict.fromkeys(text for text in texts if text and is_words(text)))
