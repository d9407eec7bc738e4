"""Words for codes: the plan's, else the operator's, else a free list's, else the kind of code (facts 12)."""

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from msgspec import structs

from apps.kinds.claim.reading.codes import PLACE
from apps.kinds.claim.reading.concepts import rows
from apps.kinds.claim.reading.people import TELLING_KINDS
from apps.kinds.claim.records import Coded, Drug
from apps.kinds.claim.wording.vocabulary import called
from apps.plain_language.capitals import begun, calm_name, calm_words, is_loud
from apps.plain_language.free_words import contents, free_words
from apps.plain_language.language import _, said
from apps.plain_language.money import NOT_SHARED
from apps.plain_language.theirs import filled, joined, theirs

_BESIDE = re.compile(r"\s*\([^()]*\)|\s+physician$")
"""What lists put behind a specialty: "Cardiology (Cardiovascular disease) Physician"."""
DATA = Path(__file__).parent / "data"
_KINDS = {
    "CPT": said("Service with CPT code {code}"),
    "HCPCS": said("Service or supply with HCPCS code {code}"),
    "CDT": said("Dental service with CDT code {code}"),
    "revenue code": said("Charge with revenue code {code}"),
    "HIPPS": said("Payment group with HIPPS code {code}"),
    "ICD-10-CM": said("Diagnosis with ICD-10 code {code}"),
    "ICD-10": said("ICD-10 code {code}"),
    "ICD-9": said("Diagnosis with ICD-9 code {code}"),
    "ICD-10-PCS": said("Procedure with ICD-10 code {code}"),
    "ICD-9 procedure": said("Procedure with ICD-9 code {code}"),
    "NDC": said("Drug number (NDC) {code}"),
    "RxNorm": said("RxNorm drug number {code}"),
    "CVX": said("Vaccine with CVX code {code}"),
    "SNOMED CT": said("SNOMED CT code {code}"),
    "place of service": said("Place with code {code}"),
}
"""What kind of code it is, for those without words."""
_WHO_KNOWS = {
    "CPT": said(
        "The words of CPT codes belong to the American Medical Association, so we may not show them: "
        "ask the provider, or look at your bill."
    ),
    "CDT": said(
        "The words of CDT codes belong to the American Dental Association, so we may not show them: "
        "ask your dentist, or look at your bill."
    ),
    "revenue code": said(
        "The words of revenue codes belong to the American Hospital Association, so we may not show them: "
        "ask the provider for an itemized bill."
    ),
}
"""Lists whose texts belong to somebody and may not be printed here unless the plan sent them."""

COMPOUND = "compound"
"""What plans write in place of a drug's number where the pharmacy mixed several (facts 1.13)."""

_INSTEAD = {COMPOUND: said("Drug mixed by the pharmacy"), "group": said("Several services together")}
"""What stands in place of a code, in words: R4 names a line `group` that only holds other lines together."""

_SNOMED_TAG = re.compile(
    r" \((?:procedure|finding|disorder|situation|event|regime/therapy|physical object|product|substance"
    r"|observable entity|qualifier value)\)$"
)
"""What SNOMED CT puts behind a name to say which branch of it the name is of."""

_VACCINE = "vaccin"
_FLU = re.compile(r"influenza\b", re.IGNORECASE)

PACKAGE = re.compile(r"\d[\d.,]* [^\d]{2,30} in \d.*", re.ASCII)
"""How a drug is packed, where its name belongs: "100 CAPSULE in 1 BOTTLE"."""

_WRITTEN_OUT = {
    "OTH": "OTHER",
    "UNSP": "UNSPECIFIED",
    "W/O": "WITHOUT",
    "NEC": "NOT ELSEWHERE CLASSIFIED",
    "NOS": "NOT OTHERWISE SPECIFIED",
}
_SHORT = re.compile(rf"\b(?:{'|'.join(_WRITTEN_OUT)})\b")
"""What old systems shorten in the words of the lists of diagnoses."""

_QUOTED = re.compile(r'"([^"]+)"')

_BRACKETED = re.compile(r"\s*\([^()]*\)")

_VISIT = re.compile(r"99(?:20[2-9]|21[1-5]|22[1-9]|23\d|24[1-9]|25[1-5]|28[1-5]|38[1-7]|39[1-7])", re.ASCII)
"""Codes of visits in CPT, of which our names of ranges say all that a title needs."""
_NUMBER = re.compile(r"\d{7,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_SERVICE = re.compile(r"[0-9A-Z]\d{4}", re.ASCII)


_texts: dict[tuple[str, str], str] = {}
"""System and code -> the text that the operator of this site holds a licence for."""


def take_texts(folder: Path) -> None:
    """Take the texts in *folder*, one file for each list: `CPT.tsv` with code, tab and words on each line.

    Called once as the site starts; a folder that is not there is an error of the operator's, said at once.
    """
    _texts.clear()
    for path in sorted(folder.iterdir()):
        if path.suffix != ".tsv":
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            code, mark, words = line.partition("\t")
            if mark and code.strip() and words.strip():
                _texts[(path.stem.upper(), code.strip().upper())] = words.strip()


def texts_digest() -> str:
    """Return a digest of the words for codes, the operator's and ours: with others, all is made again."""
    lines = sorted(f"{system} {code} {words}" for (system, code), words in _texts.items())
    return hashlib.sha256(contents() + "\n".join(lines).encode()).hexdigest()


def plain_told_words(what: Coded) -> str:
    """Return the plan's words for a code, else the text this site has a licence for, else ""."""
    text = "" if _type_words(what) or _is_short_form(what) else _tidy(what)
    if text or not what.code or not _texts:
        return text
    return _texts.get(((what.system or "").upper(), what.code.upper()), "")


def told_words(what: Coded) -> str:
    """Return the same, marked as theirs for readers of another language."""
    return theirs(plain_told_words(what))


def plain_official_words(what: Coded) -> str:
    """Return the plan's words for a code, else the operator's, else those of a free list, else "".

    A diagnosis or procedure in capitals alone is an old system's short form of the list's own words: these
    go first then. A drug in capitals has its strength in them, which the list has not.
    """
    text = plain_told_words(what)
    is_short_form = (what.system or "").startswith("ICD-") and is_loud(what.words or "")
    if text and not is_short_form:
        return text
    free = free_words(what.system, what.code) or ""
    # The kind of service is not what a code means.
    own = "" if _type_words(what) else _tidy(what)
    return free if free and is_short_form else text or free or own


def _tidy(what: Coded) -> str:
    """Return the plan's words without what lists add: "(procedure)", quotes around all of them, a drug's name
    once more in capitals."""
    text = what.words or ""
    if text[:1] == '"' and (quoted := _QUOTED.fullmatch(text)):
        text = quoted[1]
    if what.system == "SNOMED CT":
        return begun(calm_words(_SNOMED_TAG.sub("", text)))
    if what.system == "CVX" and (vaccine := _vaccine(what)):
        return vaccine
    name, dash, substance = text.partition(" - ")
    if dash and substance.casefold().startswith(name.casefold()):
        return calm_words(name)
    if " in " in text and PACKAGE.fullmatch(text) and (drug := free_words(what.system, what.code)):
        return f"{drug}, {text}"
    if is_loud(text) and (what.system or "").startswith("ICD-"):
        text = _SHORT.sub(lambda short: _WRITTEN_OUT[short[0]], text)
    return begun(calm_words(text))


def _vaccine(what: Coded) -> str:
    """Return the list's name of a vaccine that the plan called by its disease alone ("zoster"), else "".

    The list has no such name for those against influenza: of that disease it has nothing but vaccines.
    """
    words, free = what.words or "", free_words(what.system, what.code) or ""
    if not words or _VACCINE in words.casefold():
        return ""
    if _VACCINE in free.casefold():
        return begun(free)
    return _FLU.sub("Influenza vaccine", words, count=1) if _FLU.match(words) else ""


def _is_short_form(what: Coded) -> bool:
    """Return whether the plan's words are a visit's short form ("OFFICE O/P EST LOW"): ours are plainer."""
    return is_loud(what.words or "") and bool(_VISIT.fullmatch(what.code or "") and service_words(what))


def _type_words(what: Coded) -> str:
    """Return our words where the plan named no more than a wide type of service; "" where it did."""
    words = what.words or ""
    if not (words and what.code):
        return ""
    type_text = _types().get((_BRACKETED.sub("", words) if "(" in words else words).strip().casefold())
    return _(type_text) if type_text else ""


def official_words(what: Coded) -> str:
    """Return the same, marked as theirs for readers of another language."""
    return theirs(plain_official_words(what))


def listed_words(what: Coded) -> str:
    """Return the official words where they are those of the code's list; "" where they are the plan's."""
    words = plain_official_words(what)
    is_of_list = words.casefold() == (free_words(what.system, what.code) or "").casefold()
    return words if what.code and (is_of_list or not what.words) else ""


def general_words(what: Coded, at: Coded | None = None) -> str:
    """Return what a code without words is about, done *at* a place: its range's, else a free list's."""
    return service_words(what, at) or theirs(free_words(what.system, what.code)) or _type_words(what)


def modifier_words(what: Coded) -> str:
    """Return the words of a modifier, "" for none: Medicare's list is free, CPT's is not."""
    return told_words(what) or theirs(free_words("HCPCS modifier", what.code))


@cache
def _types() -> dict[str, str]:
    return {type_text: words for type_text, _list, words, _rest in rows("types.tsv", DATA)}


_ELSEWHERE = {
    "Doctor's care in hospital": frozenset({"11", "12", "13", "14", "17", "20", "32", "33"}),
    "Emergency room care": frozenset({"11", "12", "13", "14", "31", "32", "33"}),
    "Care in a nursing facility": frozenset({"11", "12", "20", "21", "22", "23"}),
    "Visit at home": frozenset({"11", "19", "20", "21", "22", "23", "31", "32"}),
    "Office visit": frozenset({"12", "13", "14", "21", "31", "32"}),
}
"""Our words for a range that name a setting -> CMS's places which are another one."""
_ON_THE_LIST = frozenset({"21199", "61799", "63199", "80199", "81299", "83499"})
"""CPT's codes of services of their own that end as those do which stand for what has no code ("unlisted")."""
UNPLACED = said("Doctor's care")
"""Instead of words that name another setting."""


def service_words(what: Coded, at: Coded | None = None) -> str:
    """Return the kind of service whose range of codes *what* lies in, "" where no range holds it.

    No setting is named where the place that it was done *at* is another. Most of CPT's codes that end in 99
    stand for what has no code of its own: another service of that kind.
    """
    code = (what.code or "").upper()
    if what.system not in ("CPT", "HCPCS", "CDT", None) or not _SERVICE.fullmatch(code):
        return ""
    for first, last, words, _rest in rows("services.tsv", DATA):
        if first <= code <= last and first[0].isdigit() == code[0].isdigit():
            if code.endswith("99") and code.isdigit() and code not in _ON_THE_LIST:
                return _("Other service: {kind}").format(kind=f"{_(words)[:1].lower()}{_(words)[1:]}")
            is_elsewhere = at and at.system == PLACE and (at.code or "").zfill(2) in _ELSEWHERE.get(words, ())
            return _(UNPLACED) if is_elsewhere else _(words)
    return ""


def code_words(what: Coded) -> str:
    """Return a code's words, else the kind of code it is, else that it was not shared."""
    if instead := _instead(what):
        return instead
    return official_words(what) or kind_of_code(what) or _(NOT_SHARED)


def unlisted_words(what: Coded) -> str:
    """Return what a service is called whose code is of no list we know: "Service with code 1205"; "" else."""
    if not what.code or what.words or what.system or _instead(what):
        return ""
    return _("Service with code {code}").format(code=what.code)


_PARTED = {
    "ICD-10-CM": re.compile(r"([A-Z][A-Z0-9]{2})([A-Z0-9]{1,4})"),
    "ICD-9": re.compile(r"(E[0-9]{3}|[V0-9][0-9]{2})([0-9]{1,2})"),
    "ICD-9 procedure": re.compile(r"([0-9]{2})([0-9]{1,2})"),
}


def dotted(what: Coded) -> Coded:
    """Return a code as people write it: J069 of ICD-10 is J06.9, 8109 of the procedures of ICD-9 is 81.09."""
    parted = _PARTED.get(what.system or "")
    match = parted.fullmatch((what.code or "").upper()) if parted else None
    return structs.replace(what, code=f"{match[1]}.{match[2]}") if match else what


def with_code(what: Coded) -> str:
    """Return the words with the code behind them: "Bone scan (92.14)"; as `code_words` without either."""
    words = official_words(what)
    if not words or not what.code:
        return code_words(what)
    return filled(_("{words} ({code})"), words=words, code=what.code)


def kind_of_code(what: Coded) -> str:
    """Return what kind of code it is: "Service with CPT code 99213"; "" where none was sent."""
    if not what.code:
        return ""
    if is_number(what.code) and what.system == PLACE:
        return _("Place with number {number}").format(number=what.code)
    return _(_KINDS.get(what.system or "", said("Code {code}"))).format(code=what.code)


def is_number(code: str) -> bool:
    """Return whether it is somebody's number for a thing, and longer than codes for a place or a kind are."""
    return bool(_NUMBER.fullmatch(code))


def _instead(what: Coded) -> str:
    """Return the words for what stands in place of a code, "" for any code and what has words."""
    return "" if what.words else _(_INSTEAD.get(what.code or "", ""))


_OUR_NAMES = {
    "revenue code": said("revenue code"),
    "place of service": said("place of service"),
    "tooth": said("tooth"),
    "tooth surface": said("surface"),
    "area of the mouth": said("area of the mouth"),
}
"""Lists of codes that have no name of their own, as we call them."""


def bare(what: Coded) -> str:
    """Return the code with what people call its list: "CPT 99213"; "" where none was sent."""
    if not what.code or _instead(what):
        return ""
    system = _(_OUR_NAMES.get(what.system, what.system)) if what.system else ""
    return " ".join(part for part in (system, what.code) if part)


def note(bare_ones: Sequence[Coded], *, is_drug: bool = False) -> str:
    """Return why there are codes without words, and who has the words; "" where there are no such codes."""
    systems = dict.fromkeys(what.system or "" for what in bare_ones if not _instead(what))
    sentences = [_(_WHO_KNOWS[system]) for system in systems if system in _WHO_KNOWS]
    if len(sentences) < len(systems):
        sentences.append(_("Some codes came without words: the provider can tell you what they mean."))
    return called("pharmacy" if is_drug else "unknown", " ".join(sentences))


def kind_of_payer(sent: str) -> str:
    """Return what kind of payer stands where the name of a plan belongs."""
    plain = sent.casefold().replace("_", " ").replace("-", " ")
    return _in_spanish(plain if plain in TELLING_KINDS else "", sent)


def specialty(sent: str | None) -> str:
    """Return what somebody who took part is skilled in."""
    plain = _BESIDE.sub("", (sent or "").casefold().replace(" & ", " and ").strip())
    return _in_spanish(_specialties().get(plain, ""), calm_words(sent or ""))


def participant(name: str | None, skill: str | None) -> str:
    """Return who took part; "" where nothing of them was sent. A specialty alone is nobody's name."""
    if skill and not name:
        return filled(_("{specialty}, name not shared"), specialty=specialty(skill))
    return joined(", ", [part for part in (calm_name(name or ""), specialty(skill)) if part])


@cache
def _specialties() -> dict[str, str]:
    lines = (DATA / "specialties.tsv").read_text(encoding="utf-8").splitlines()
    return {words.casefold(): words for words in lines if not words.startswith("#")}


def _in_spanish(english: str, sent: str) -> str:
    spanish = _(english) if english else ""
    return theirs(sent) if spanish == english else spanish


def of_drug(drug: Drug) -> Coded:
    """Return what names a drug: that the pharmacy mixed it, where its number is that of one ingredient."""
    code = drug.what.code
    is_of_ingredient = drug.is_compound and code is not None and code.lower() != COMPOUND
    return Coded(COMPOUND) if is_of_ingredient else drug.what
