"""The words of claims that stand on their own: kinds, places, states, networks, roles, who bills."""

from decimal import Decimal

from apps.kinds.claim.reading.facts import plain
from apps.kinds.claim.records import ClaimRecord, Kind
from apps.plain_language.language import is_spanish, plural, said
from apps.plain_language.theirs import joined, translated

KINDS = {
    "inpatient": said("Hospital stay"),
    "outpatient": said("Outpatient visit"),
    "professional": said("Medical care"),
    "pharmacy": said("Prescription"),
    "oral": said("Dental visit"),
    "vision": said("Vision care"),
    "unknown": said("Claim"),
}
SETTINGS = {
    "equipment": said("Medical equipment"),
    "emergency": said("Emergency room care"),
    "home_health": said("Home health care"),
    "hospice": said("Hospice care"),
    "nursing_facility": said("Nursing facility stay"),
    "facility": said("Care at a facility"),
}
PLACES = {
    "02": said("Telehealth visit"),
    "10": said("Telehealth visit"),
    "11": said("Office visit"),
    "12": said("Visit at home"),
    "20": said("Urgent care visit"),
    "21": said("Doctor's care in hospital"),
    "23": said("Emergency room care"),
    "24": said("Outpatient surgery"),
    "41": said("Ambulance ride"),
    "42": said("Ambulance ride"),
    "65": said("Dialysis"),
    "81": said("Laboratory test"),
}
"""What care at a place (CMS place of service) is called."""

VAGUE_PLACES = frozenset({"02", "10", "11", "12"})
"""Places where anything can be done: what was done names the claim, where it is known."""

NAMED = {
    "Ambulance ride": said("Ambulance ride with {name}"),
    "Doctor's care in hospital": said("Doctor's care in hospital at {name}"),
    "Visit at home": said("Visit at home by {name}"),
    "Home health care": said("Home health care from {name}"),
    "Hospice care": said("Hospice care from {name}"),
    "Nursing facility stay": said("Nursing facility stay at {name}"),
    "Care in a nursing facility": said("Care in a nursing facility at {name}"),
    "Care at a facility": said("Care at {name}"),
    "Medical equipment": said("Medical equipment from {name}"),
    "Medical supplies": said("Medical supplies from {name}"),
}
"""Kinds of care that come to the member or name a place themselves: in other languages the provider's name
joins them otherwise than it joins a visit."""

MOUTH = {
    "00": ("entire oral cavity", said("the whole mouth")),
    "01": ("maxillary arch", said("upper jaw")),
    "02": ("mandibular arch", said("lower jaw")),
    "10": ("upper right quadrant", said("upper right quarter")),
    "20": ("upper left quadrant", said("upper left quarter")),
    "30": ("lower left quadrant", said("lower left quarter")),
    "40": ("lower right quadrant", said("lower right quarter")),
}
"""Code of an area of the mouth -> what dentists call it, which plans send along, and our own words."""

NETWORKS = {
    "in": said("In your plan's network"),
    "out": said("Outside your plan's network"),
    "other": said("Your plan says “other”: another network, or no network applies"),
    "disagree": said("Your plan states both: in its network, and outside it"),
    "paid_in": said(
        "The provider is outside your plan's network; your plan says that it paid as for inside."
    ),
    "paid_out": said(
        "The provider is in your plan's network; your plan says that it paid as for outside. Ask why."
    ),
    "contracted": said("Has a contract with your plan"),
    "out_contracted": said("Outside your plan's network, but with a contract with your plan"),
    "only_paid_in": said("Paid as in its network, says your plan"),
    "only_paid_out": said("Paid as outside its network, says your plan"),
    "only_paid_other": said("Your plan says that it paid as “other”: another network, or no network applies"),
    "paid_in_contracted": said(
        "Paid as in its network, says your plan; the provider has a contract with your plan"
    ),
    "paid_out_contracted": said(
        "Paid as outside its network, says your plan; the provider has a contract with your plan"
    ),
}
FIGURES_DISAGREE = said("Figures disagree")
STATES: dict[str, tuple[str, str, str]] = {
    "mistake": (said("Entered in error"), "quiet", "x"),
    "deleted": (said("Deleted by your plan"), "quiet", "x"),
    "cancelled": (said("Cancelled"), "quiet", "x"),
    "void": (said("Voided"), "quiet", "x"),
    "taken_back": (said("Taken back"), "quiet", "x"),
    "error": (said("Your plan reports an error"), "attention", "alert"),
    "undecided": (said("Not decided yet"), "attention", "clock"),
    "denied": (said("Denied"), "denied", "x"),
    "not_covered": (said("Not covered"), "attention", "alert"),
    "refused": (said("Refused"), "denied", "alert"),
    "partly_paid": (said("Partly paid"), "denied", "alert"),
    "partly_refused": (said("Refused in part"), "denied", "alert"),
    "incomplete": (said("Not finished yet"), "attention", "clock"),
    "draft": (said("Draft"), "quiet", "clock"),
    "disagree": (FIGURES_DISAGREE, "attention", "alert"),
    "paid": (said("Paid by your plan"), "ok", "check"),
    "deductible": (said("Went to the deductible"), "quiet", "check"),
}
"""State -> words, kind of badge, icon; `nothing_paid`, which the answer says, and `plain` have none."""

EARLIER = said("Earlier version")
"""The badge of a version that another one replaces or takes back, in lists, histories and on its page."""
ANOTHER = said("Another version")
"""The same where nobody says which of the two is newer."""
WITHOUT_AMOUNTS = said("Without amounts")
NOT_ALL_AMOUNTS = said("Not all amounts")

LINE_DECISIONS = {
    "paid": said("Paid by your plan"),
    "denied": said("Denied"),
    "partly_paid": said("Partly paid"),
}
DIAGNOSIS_ROLES = {
    "principal": said("Main reason"),
    "admitting": said("At admission"),
    "secondary": said("Also"),
    "other": said("Also"),
    "external": said("Cause from outside"),
    "reason": said("Reason for the visit"),
}
TEAM_ROLES = {
    "attending": said("In charge of your care"),
    "operating": said("Operating"),
    "otheroperating": said("Also operating"),
    "performing": said("Treated you"),
    "rendering": said("Treated you"),
    "primary": said("Main provider"),
    "assist": said("Assisted"),
    "supervising": said("Supervising"),
    "supervisor": said("Supervising"),
    "referring": said("Referred you"),
    "prescribing": said("Prescribed it"),
    "site": said("Where it was done"),
    "pcp": said("Your primary care provider"),
    "purchasedservice": said("Did a part of the service"),
}
_UNNAMED = {
    "payer": said("Your plan names itself here; it did not say who gave the care."),
    "reference": said("The name did not come with this claim."),
    "pharmacy": said("Your plan names itself here; it did not say which pharmacy it was."),
}
STAYS = {
    "inpatient": said("In hospital"),
    "nursing_facility": said("Days in the nursing facility"),
    "home_health": said("Start of care"),
    "hospice": said("Start of hospice care"),
    "outpatient": said("Days of the visit"),
    "emergency": said("Days of the visit"),
}
"""Kind or setting -> what the time of admission is called there."""
STARTS = frozenset({"home_health", "hospice"})
"""Settings where only the first day of it is sent."""


def why_unnamed(record: ClaimRecord) -> str:
    """Return why no provider is named (`ClaimRecord.unnamed`); it is one of the reasons."""
    is_of_pharmacy = record.unnamed == "payer" and record.kind == "pharmacy"
    return _UNNAMED["pharmacy" if is_of_pharmacy else record.unnamed]


def superseded(record: ClaimRecord, *, is_known_older: bool = True) -> str:
    """Return what a version is called beside the one that counts; one without amounts is no earlier."""
    if not record.shares_money:
        return WITHOUT_AMOUNTS
    if record.is_basis:
        return NOT_ALL_AMOUNTS
    return EARLIER if is_known_older else ANOTHER


_COUNTED = {
    "tablet": (said("tablet"), said("tablets")),
    "capsule": (said("capsule"), said("capsules")),
    "inhaler": (said("inhaler"), said("inhalers")),
    "bottle": (said("bottle"), said("bottles")),
    "tube": (said("tube"), said("tubes")),
    "patch": (said("patch"), said("patches")),
    "vial": (said("vial"), said("vials")),
    "pen": (said("pen"), said("pens")),
    "unit": (said("unit"), said("units")),
    "unit of anesthesia": (said("unit of anesthesia"), said("units of anesthesia")),
    "number of services": (said("service"), said("services")),
}
"""What is counted by the piece: as one and as many."""
_PIECES = {written: forms for name, forms in _COUNTED.items() for written in (name, *forms)}


def counted(quantity: Decimal | None, unit: str | None) -> str:
    """Return "30 tablets" in the reader's language, a unit that is not ours as the plan wrote it."""
    number = (plain(quantity) or "").replace("-", "\N{MINUS SIGN}")
    if not unit:
        return number
    forms = _PIECES.get(unit.lower())
    words = plural(*forms, 1 if quantity == 1 else 2) if forms else translated(unit)
    return joined("", (number, " ", words))


_PHARMACY_IN_ENGLISH = (
    ("the provider", "the pharmacy"),
    ("The provider", "The pharmacy"),
    ("this provider", "this pharmacy"),
    ("This provider", "This pharmacy"),
    ("the same provider", "the same pharmacy"),
    ("A provider", "A pharmacy"),
)
_PHARMACY_IN_SPANISH = (
    ("del mismo proveedor", "de la misma farmacia"),
    ("este proveedor", "esta farmacia"),
    ("Este proveedor", "Esta farmacia"),
    ("al proveedor", "a la farmacia"),
    ("del proveedor", "de la farmacia"),
    ("el proveedor", "la farmacia"),
    ("El proveedor", "La farmacia"),
    ("Un proveedor", "Una farmacia"),
)
"""How who bills stands in our sentences, and the pharmacy in its place, the longest first. Another provider,
a kind of them, or a name that holds the word, is none of it."""


def called(kind: Kind, text: str) -> str:
    """Return a text of ours, in the reader's language, as it is said of who bills for a claim of this *kind*.

    A prescription comes from a pharmacy. Names are put in after it: one may have these words.
    """
    if kind == "pharmacy":
        for provider, pharmacy in _PHARMACY_IN_SPANISH if is_spanish() else _PHARMACY_IN_ENGLISH:
            text = text.replace(provider, pharmacy)
    return text
