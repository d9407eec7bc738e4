"""What a claim is called in lists and titles: what was done, where or with whom, and when."""

import re
from dataclasses import replace
from functools import cache

from apps.kinds.claim import standing, unpaid
from apps.kinds.claim.reading.lines import naming_lines, places
from apps.kinds.claim.records import CareMember, ClaimRecord, Coded, Drug, Payment
from apps.kinds.claim.wording import codes, contradictions, vocabulary
from apps.kinds.claim.wording.story import Badge
from apps.kinds.claim.wording.vocabulary import called
from apps.plain_language.capitals import calm_name, calm_words, folded_name
from apps.plain_language.dates import date_words, span_inside, span_words
from apps.plain_language.language import _, in_english, is_spanish, said
from apps.plain_language.theirs import Written, a_name, filled, joined, listed, theirs

_BRACKETS = re.compile(r"\s*\([^()]*\)")
_PERSON = re.compile(
    r"^Dr\b|\b(M\.?D|D\.?O|D\.?D\.?S|D\.?M\.?D|N\.?P|P\.?A|R\.?N|O\.?D|P\.?T|L\.?C\.?S\.?W|Ph\.?D|Psy\.?D)\.?$",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(center|centre|ctr|hospital|clinic|health|services?|group|pharmacy|associates|institute|inc|llc)\b",
    re.IGNORECASE,
)
"""What places are called: some bear the name of a doctor."""
_AROUND = " \"'“”‘’.,;:*"
_NAMES_NOTHING = re.compile(
    r"[A-Z]{0,7}[ :#]*[A-Z]?\d[\d.\-A-Z]*"  # a code, with what its list is called or without
    r"|(?:sub)?total(?: (?:claim|line))?(?: (?:charges?|amount|cost))*"
    rf"|{codes.PACKAGE.pattern}",
    re.IGNORECASE | re.ASCII,
)
_PACKAGE = re.compile(r"(?<=\w)[,;]\s+\d[\d.,]* [^\d,;]{2,30} in \d.*", re.ASCII)
"""How a drug was packed, behind its name: "Prozac, 100 CAPSULE in 1 BOTTLE"."""
_AT = " at {name}"
"""How what is given at a place is joined to its name; no person is a place."""
CONTROL = "clm_cntl_num"
_TREATING = frozenset({"performing", "rendering", "primary"})
_VISIT = re.compile(r"\b(visit|exam\w*|consult\w*|evaluation|e/m)\b", re.IGNORECASE)
_CHECK_UP = re.compile(r"\b(check-?up|preventive|wellness|well[ -]child)\b", re.IGNORECASE)
"""Preventive care, which is paid by other rules than a visit: that says more than the place."""


def title(record: ClaimRecord) -> str:
    """Return a claim's name: "Office visit at Riverside Clinic", "Prescription: Metformin 500 mg"."""
    if record.kind == "pharmacy" and record.drug and (drug := _drug_in_title(record.drug)):
        return filled(_("Prescription: {drug}"), drug=drug)
    what = subject(record)
    named = of_whom(record)
    if not named:
        return what
    name = a_name(short(calm_name(named)))
    whole = _named(is_spanish()).get(what) or said("{what} at {name}")
    if _is_person(record, named) and whole.endswith(_AT):
        whole = said("{what} with {name}")
    return filled(_(whole), what=what, name=name)


def of_whom(record: ClaimRecord) -> str:
    """Return who gave the care, else where; "" for a number.

    Where the claim names neither, the only one of its team who is said to have treated the patient did.
    """
    if name := _named_at(record):
        return name
    treated = {calm_name(name): name for member in treating(record) if is_named(name := member.name or "")}
    return next(iter(treated.values())) if len(treated) == 1 else ""


def treating(record: ClaimRecord) -> tuple[CareMember, ...]:
    """Return those of the team who treated the patient, where nobody who may have billed has a name."""
    if _named_at(record):
        return ()
    return tuple(member for member in record.care_team if member.role in _TREATING and member.name)


def biller(record: ClaimRecord) -> str:
    """Return the provider that sent the bill, never payer or place of care; "" where none is named."""
    name = record.provider or ""
    return name if is_named(name) else ""


def _named_at(record: ClaimRecord) -> str:
    return next(filter(is_named, (record.provider or "", record.facility or "")), "")


def who_billed(record: ClaimRecord) -> str:
    """Return who sent the bill, each once, and beside a number, or where none is named, who gave the care."""
    place = "" if is_place_of_provider(record) else record.facility
    named = [calm_name(name) for name in (record.provider, place) if name]
    of_role: dict[str, dict[str, str]] = {}
    for member in treating(record):
        name = member.name or ""
        if not named or is_named(name):
            role = vocabulary.TEAM_ROLES[member.role or ""]
            of_role.setdefault(_(role), {}).setdefault(folded_name(name), calm_name(name))
    why = _(vocabulary.why_unnamed(record)) if record.unnamed else ""
    if not of_role:
        return " · ".join(named) or why
    first = f"{' · '.join(named)}." if named else why or _("Your plan did not say who billed.")
    people = [
        filled(_("{role}: {names}."), role=role, names=listed([*names.values()]))
        for role, names in of_role.items()
    ]
    return joined(" ", [first, *people])


def is_place_of_provider(record: ClaimRecord) -> bool:
    """Return whether the place bears the name of the provider, in letters and points of its own or not."""
    return folded_name(record.facility or "") == folded_name(record.provider or "")


def payer_words(record: ClaimRecord) -> str:
    """Return the plan's name, else what kind of payer is named instead, unless the coverage has a name."""
    if record.payer or record.coverage or not record.payer_kind:
        return calm_name(record.payer or "")
    text = _("None named (“{kind}”)") if standing.is_uninsured(record) else _("{kind}, not named")
    return filled(text, kind=codes.kind_of_payer(record.payer_kind))


def control(record: ClaimRecord) -> str:
    """Return the numbers by which whoever processed it knows a claim; "" where none was sent."""
    return ", ".join(_controls(record))


def _controls(record: ClaimRecord) -> list[str]:
    return [fact.value for fact in record.facts if fact.category == CONTROL]


def numbers_for_calls(record: ClaimRecord) -> list[str]:
    """Return the numbers that `for_calls` names: the control numbers, else the claim number."""
    return _controls(record) or ([record.claim_number] if record.claim_number else [])


def for_calls(record: ClaimRecord) -> str:
    """Return what names a claim on the phone: "claim number 2020-17, care of March 9, 2026"; "" for none.

    The day goes with the number, since plans give one number to several claims.
    """
    numbers = ", ".join(numbers_for_calls(record))
    if not numbers:
        return ""
    text = _("control number {number}") if control(record) else _("claim number {number}")
    named = text.format(number=numbers)
    if not (record.service_start or record.created):
        return named
    is_of_care = record.service_start and not record.day_is
    day = _("care of {day}").format(day=every_day(record)) if is_of_care else when(record)
    return f"{named}, {day}"


def is_named(name: str) -> bool:
    """Return whether a provider has a name, and not a number in its place."""
    return bool(name) and not name.startswith("NPI ")


def other_payee(record: ClaimRecord) -> str:
    """Return who was paid as the provider, where that is another than who gave the care; else "".

    A number that is not known for theirs may still be: it is only named.
    """
    payee, named = record.payee or "", [name for name in (record.provider, record.facility) if name]
    is_paid = bool(record.payment and record.payment.to == "provider" and record.money.plan_paid.amount)
    is_told_otherwise = bool(record.payment and record.payment.by_payee)
    if not is_paid or not payee or is_told_otherwise:
        return ""
    if not is_named(payee):
        team = [member.name for member in treating(record)]
        return "" if payee in (f"NPI {record.provider_npi}", *named, *team) else payee
    if not all(map(is_named, named)):
        return ""
    own = [folded_name(name) for name in named]
    same = [
        name for name in own if name.startswith(folded_name(payee)) or folded_name(payee).startswith(name)
    ]
    return calm_name(payee) if own and not same else ""


@cache
def _named(_in_spanish: bool) -> dict[str, str]:
    """Return `vocabulary.NAMED` by what the kinds are called in the language of the moment."""
    return {_(kind): text for kind, text in reversed(vocabulary.NAMED.items())}


def subject(record: ClaimRecord) -> str:
    """Return what a claim is about: its kind, or for care at no telling place what was done first."""
    if record.setting == "facility" and (done := _done(record)):
        return done
    if record.setting or record.kind != "professional":
        return setting_of_lines(record) or kind_words(record)
    place = _telling_place(record)
    if place and place not in vocabulary.VAGUE_PLACES:
        return _(vocabulary.PLACES[place])
    if place and _is_told_by_its_place(record):
        return _(vocabulary.PLACES[place])
    return _done(record) or _(vocabulary.KINDS["professional"])


def setting_of_lines(record: ClaimRecord) -> str:
    """Return what an outpatient visit was, where each of its lines is of one such kind: "Ambulance ride"."""
    if record.setting or record.kind != "outpatient":
        return ""
    services = {codes.service_words(line.what, line.place) for line in record.real_lines}
    places_told = [_(text) for code, text in vocabulary.PLACES.items() if code not in vocabulary.VAGUE_PLACES]
    is_of_one_kind = len(services) == 1 and services <= {*places_told, _(codes.UNPLACED)}
    return next(iter(services)) if is_of_one_kind else ""


def _is_told_by_its_place(record: ClaimRecord) -> bool:
    """Return whether "Office or other outpatient visit ..." says no more than the place does."""
    with in_english():
        done = _done(record)
    return not done or (bool(_VISIT.search(done)) and not _CHECK_UP.search(done))


def _done(record: ClaimRecord) -> str:
    """Return what was done first, or first for an amount, in the plan's words, else by its code, else "".

    A procedure of the claim that has words says more than what the code of a line is about.
    """
    done = naming_lines(record.real_lines)
    shown = next((words for line in done if (words := telling(codes.told_words(line.what)))), "")
    if shown := shown or procedure_words(record):
        return theirs(short(shown))
    return short(next((words for line in done if (words := codes.general_words(line.what, line.place))), ""))


def procedure_words(record: ClaimRecord) -> str:
    """Return the words of the main procedure, else of the first that can name a claim; "" for none."""
    texts = (telling(codes.plain_official_words(procedure.what)) for procedure in record.procedures)
    return next(filter(None, texts), "")


def _drug_in_title(drug: Drug) -> str:
    """Return a drug's name, the plan's or a free list's; "" where only its number or package is known."""
    what = codes.of_drug(drug)
    if words := telling(codes.told_words(what)) or telling(
        codes.official_words(Coded(what.code, what.system))
    ):
        return theirs(short(words))
    return codes.code_words(Coded(codes.COMPOUND)) if drug.is_compound else ""


def telling(words: str | None) -> str:
    """Return words as a title can hold them, "" for those that name nothing: a code, a total, a package."""
    text = _PACKAGE.sub("", _BRACKETS.sub("", words or "")).strip(_AROUND) or (words or "").strip(_AROUND)
    if " '" in text and f"{text}'" in (words or ""):
        text += "'"  # the second of two quotes
    return "" if not text or _NAMES_NOTHING.fullmatch(text) else calm_words(text)


def kind_words(record: ClaimRecord) -> str:
    """Return what kind of care this was: "Hospital stay", "Office visit", "Prescription"."""
    if record.setting:
        return _(vocabulary.SETTINGS[record.setting])
    place = _telling_place(record)
    if place and (place not in vocabulary.VAGUE_PLACES or _is_told_by_its_place(record)):
        return _(vocabulary.PLACES[place])
    return _(vocabulary.KINDS[record.kind])


def _telling_place(record: ClaimRecord) -> str | None:
    if record.kind != "professional":
        return None
    return next((code for code in places(record.lines) if code in vocabulary.PLACES), None)


def when(record: ClaimRecord) -> str:
    """Return the day or the days of service."""
    if record.day_is == "unread":
        return _("date not readable")
    if record.day_is:
        words = _("paid {date}") if record.day_is == "paid" else _("sent {date}")
        return words.format(date=date_words(record.service_start))
    if record.service_start:
        return span_words(record.service_start, record.service_end)
    if record.created:
        return _("sent {date}").format(date=date_words(record.created))
    return _("date not shared")


def every_day(record: ClaimRecord) -> str:
    """Return the days of service, the admission before them, and when else it was by other places."""
    days = when(record)
    if record.stay_since:
        days = _("{dates}, there since {date}").format(dates=days, date=date_words(record.stay_since))
    if not record.dates_apart:
        return days
    others = listed([span_inside(start, end) for start, end in record.dates_apart])
    return _("{date}, but also {others}").format(date=days, others=others)


def badge(record: ClaimRecord, *, is_current: bool = True, is_known_older: bool = True) -> Badge | None:
    """Return where the claim stands; None when there is nothing to say.

    Nothing is `denied` that is the provider's by its contract, or only above a limit of the plan.
    A draft of which the plan paid nothing is called that.
    """
    state = standing.state(record)
    of_none = vocabulary.STATES["draft"] if record.status == "draft" else None
    badge_of_state = vocabulary.STATES.get(state, of_none)
    if not is_current and standing.counts(record):
        return Badge(_(vocabulary.superseded(record, is_known_older=is_known_older)), "quiet", "dash")
    if standing.is_replaced(record):
        return Badge(_("Newer version to come"), "attention", "clock")
    state_badge = Badge(_(badge_of_state[0]), *badge_of_state[1:]) if badge_of_state else None
    if state_badge is None or state_badge.kind != "denied":
        return state_badge
    is_above_limit = standing.is_above_limit(record, state)
    is_denied = not is_above_limit and not unpaid.refusals_are_providers(record)
    return state_badge if is_denied else replace(state_badge, kind="attention")


def doubt(
    record: ClaimRecord, shown: Badge | None, *, is_in_doubt: bool, is_current: bool = True
) -> Badge | None:
    """Return that figures of a claim that stands disagree, where the badge *shown* says something else."""
    stands = is_current and standing.counts(record) and not record.is_repeat
    words, *how = vocabulary.STATES["disagree"]
    doubt_badge = Badge(_(words), *how)
    return doubt_badge if stands and is_in_doubt and shown != doubt_badge else None


def drug_name(what: Coded) -> str:
    """Return a drug's name short enough for a title: without package text and number in brackets."""
    words = codes.official_words(what)
    return theirs(short(telling(words) or words)) if words else codes.code_words(what)


def short(text: str, limit: int = 60) -> str:
    """Return text of at most *limit* characters, cut at a word."""
    if len(text) <= limit:
        return text
    cut = f"{text[: limit - 1].rsplit(' ', 1)[0].rstrip(' ,;-')}…"
    return theirs(cut) if isinstance(text, Written) else cut


def _is_person(record: ClaimRecord, name: str) -> bool:
    """Return whether who gave care is a person: by the plan's reference, or a name like "Ana Lopez, MD"."""
    is_referred_to = record.is_by_person and name == record.provider
    return (is_referred_to or bool(_PERSON.search(name.strip()))) and not _PLACE.search(name)


_PAID_TO = {"provider": said("The provider"), "you": said("You"), "both": said("The provider and you")}
_BY_CODE = {
    "provider": said("By a code of Medicare's: the provider."),
    "you": said("By a code of Medicare's: you."),
    "both": said("By a code of Medicare's: the provider and you."),
    "other": said("By a code of Medicare's: another one, such as an employer or a union."),
}
_BY_PAYEE = {
    "provider": said("By the payee that your plan names: the provider."),
    "you": said("By the payee that your plan names: the member."),
}
_SENT = ("paid_to_provider", "paid_to_you")
"""What a claim states of who got its payment."""


def recipient(record: ClaimRecord) -> str:
    """Return who was paid, "" where nothing says it; where the plan's data differs on it, what there is."""
    paid = record.payment or Payment()
    named = calm_name(paid.to_name) or other_payee(record)
    if named and not is_named(named):
        named = _("{number}: your plan names only this number").format(number=named)
    name = named or called(record.kind, _(_PAID_TO.get(paid.to or "", "")))
    if _is_recipient_in_doubt(record):
        name = _("The figures disagree")
    if name and (otherwise := _told_otherwise(paid, record)):
        return joined(" ", [joined("", [name, "."]), *otherwise, _("Ask your plan who was paid.")])
    return f"{name}. {_('Ask your plan who was paid.')}" if _is_recipient_in_doubt(record) else name


def is_told_otherwise(record: ClaimRecord) -> bool:
    """Return whether a code of Medicare's, or the payee, is another than the one named as paid."""
    return bool(_told_otherwise(record.payment or Payment(), record))


def _told_otherwise(paid: Payment, record: ClaimRecord) -> list[str]:
    sentences = [called(record.kind, _(_BY_PAYEE[paid.by_payee]))] if paid.by_payee else []
    if paid.by_code and paid.by_code != paid.to:
        sentences.append(called(record.kind, _(_BY_CODE[paid.by_code])))
    return sentences


def is_payee_in_doubt(record: ClaimRecord) -> bool:
    """Return whether the plan's data differs on who got what it paid."""
    is_paid = (record.money.plan_paid.amount or 0) > 0 and not record.is_paid_back
    return is_paid and (is_told_otherwise(record) or _is_recipient_in_doubt(record))


def _is_recipient_in_doubt(record: ClaimRecord) -> bool:
    """Return whether one figure says that provider or member got something, and another that they did not."""
    against = filter(None, (contradictions.of(record, concept) for concept in _SENT))
    doubts = [
        {(figure.amount or 0) > 0 for figure in (contradicted.chosen, *contradicted.others)}
        for contradicted in against
    ]
    return {True, False} in doubts
