"""What a claim is called in lists and titles: what was done, where or with whom, and when."""

import re
from functools import cache

from apps.claims import standing
from apps.claims.records import ClaimRecord, Coded
from apps.claims.wording import codes, vocabulary
from apps.claims.wording.story import Badge
from apps.plain_language.dates import date_words, span_words
from apps.plain_language.language import _, is_spanish, said

_BRACKETS = re.compile(r"\s*\([^()]*\)")
_PERSON = re.compile(
    r"^Dr\b|\b(M\.?D|D\.?O|D\.?D\.?S|D\.?M\.?D|N\.?P|P\.?A|R\.?N|O\.?D|P\.?T|L\.?C\.?S\.?W|Ph\.?D|Psy\.?D)\.?$",
    re.IGNORECASE,
)
_VISIT = re.compile(r"\b(visit|exam\w*|consult\w*|check-?up|evaluation|e/m)\b", re.IGNORECASE)


def title(record: ClaimRecord) -> str:
    """Return a claim's name: "Office visit at Riverside Clinic", "Prescription: Metformin 500 mg"."""
    if record.kind == "pharmacy":
        if not record.drug:
            return _("Prescription")
        return _("Prescription: {drug}").format(drug=drug_name(record.drug.what))
    what = subject(record)
    named = [name for name in (record.provider, record.facility) if name and not name.startswith("NPI ")]
    if not named:
        return what
    name = short(named[0])
    if is_person(named[0]):
        return _("{what} with {name}").format(what=what, name=name)
    whole = _named(is_spanish()).get(what) or said("{what} at {name}")
    return _(whole).format(what=what, name=name)


@cache
def _named(_in_spanish: bool) -> dict[str, str]:
    """Return `vocabulary.NAMED` by what the kinds are called in the language of the moment."""
    return {_(kind): text for kind, text in reversed(vocabulary.NAMED.items())}


def subject(record: ClaimRecord) -> str:
    """Return what a claim is about: its kind, or for care at no telling place what was done first."""
    if record.setting or record.kind != "professional":
        return kind_words(record)
    place = _telling_place(record)
    if place and place not in vocabulary.VAGUE_PLACES:
        return _(vocabulary.PLACES[place])
    done = _done(record)
    if place and (not done or _VISIT.search(done)):
        # "Office or other outpatient visit ..." says no more than the place does.
        return _(vocabulary.PLACES[place])
    return done or _(vocabulary.KINDS["professional"])


def _done(record: ClaimRecord) -> str:
    """Return what was done first, in the plan's words, else by the range of its code; "" if not known."""
    shown = next((line.what.words for line in record.lines if line.what.words), None)
    if shown:
        return short(_BRACKETS.sub("", shown).strip() or shown)
    return next((words for line in record.lines if (words := codes.service_words(line.what))), "")


def kind_words(record: ClaimRecord) -> str:
    """Return what kind of care this was: "Hospital stay", "Office visit", "Prescription"."""
    if record.setting:
        return _(vocabulary.SETTINGS[record.setting])
    place = _telling_place(record)
    if place and (place not in vocabulary.VAGUE_PLACES or not _done(record) or _VISIT.search(_done(record))):
        return _(vocabulary.PLACES[place])
    return _(vocabulary.KINDS[record.kind])


def _telling_place(record: ClaimRecord) -> str | None:
    if record.kind != "professional":
        return None
    places = [line.place.code.zfill(2) for line in record.lines if line.place and line.place.code]
    return next((code for code in places if code in vocabulary.PLACES), None)


def when(record: ClaimRecord) -> str:
    """Return the day or the days of service."""
    if record.service_start:
        return span_words(record.service_start, record.service_end)
    if record.unreadable_dates:
        return _("date not readable")
    if record.created:
        return _("sent {date}").format(date=date_words(record.created))
    return _("date not shared")


def badge(record: ClaimRecord, *, is_current: bool = True) -> Badge | None:
    """Return where the claim stands; None when there is nothing to say."""
    known = vocabulary.STATES.get(standing.state(record))
    if not is_current and standing.counts(record):
        return Badge(_(vocabulary.EARLIER), "quiet", "x")
    if standing.is_replaced(record):
        return Badge(_("Newer version to come"), "attention", "clock")
    return Badge(_(known[0]), *known[1:]) if known else None


def drug_name(what: Coded) -> str:
    """Return a drug's name short enough for a title: without package text and number in brackets."""
    if not what.words:
        return codes.code_words(what)
    return short(_BRACKETS.sub("", what.words).strip() or what.words)


def short(text: str, limit: int = 60) -> str:
    """Return text of at most *limit* characters, cut at a word."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;-")
    return f"{cut}…"


def is_person(name: str) -> bool:
    """Return whether a provider's name looks like a person's: "Dr. Lopez", "Ana Lopez, MD"."""
    return bool(_PERSON.search(name.strip()))
