"""Why a plan refused, who can mend it, what a letter can say of it and which papers help; pure.

The numbers are those of claim adjustment reasons; which cause each belongs to is our own reading of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

from apps.kinds.claim import standing
from apps.kinds.claim.reading.reasons import refuses
from apps.kinds.claim.records import ClaimRecord, Reason
from apps.kinds.claim.wording import denials, lines
from apps.plain_language.language import _, said

Mender = Literal["provider", "you", "doctor", "plan"]


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause, in texts to be translated: `argument` goes into the letter, with places to fill in."""

    title: str
    mender: Mender
    advice: str
    argument: str
    papers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A cause that a claim gives, in the reader's language: what its reasons say, and who can mend it."""

    name: str
    title: str
    says: tuple[str, ...]
    who: str
    advice: str
    argument: str
    papers: tuple[str, ...]


MENDERS: Final[dict[Mender, str]] = {
    "provider": said("Usually the provider can mend this. Ask the provider first."),
    "you": said("You can act on this yourself."),
    "doctor": said("You can ask for this to be looked at again, with your doctor's help."),
    "plan": said("You can ask your plan to look again."),
}
_DOCTORS: Final = said("A letter of the doctor that says why it was needed")
_RECORDS: Final = said("Records and test results")
_BOOKLET: Final = said("The page of the plan's booklet that speaks of it")
_BILL: Final = said("The bill, with each service on it")
_CARD: Final = said("A copy of the card, both sides")
CAUSES: Final[dict[str, Cause]] = {
    "need": Cause(
        said("Not seen as medically needed"),
        "doctor",
        said("Ask your doctor to speak with the plan's doctor, and ask the plan which criteria it used."),
        said(
            "This care was needed: [what your doctor found, what was tried before, why this and nothing "
            "else]. Please tell me which criteria you used and why they are not met."
        ),
        (_DOCTORS, _RECORDS, said("A guideline or a study that the doctor names")),
    ),
    "emergency": Cause(
        said("Not seen as an emergency"),
        "doctor",
        said(
            "What counts is how it looked to a sensible person at that moment, not what it turned out to be. "
            "Write down what you felt."
        ),
        said(
            "It was an emergency as it looked at that moment: [what you felt, when it began, who sent you]. "
            "What it turned out to be later does not change that."
        ),
        (said("The record of the emergency room"), _DOCTORS),
    ),
    "network": Cause(
        said("The provider is not in the network"),
        "plan",
        said(
            "After an emergency, or at a hospital of the network, federal rules may limit this to your share "
            "as in the network. Ask your plan to check under the No Surprises Act, and the provider to hold "
            "the bill."
        ),
        said(
            "Please check whether this has to count as in the network: [it was an emergency; the hospital is "
            "in the network; nobody in the network could do it; your directory named the provider; there was "
            "a referral]."
        ),
        (
            said("The record of the emergency room, where it was one"),
            said("The page of the plan's directory, with its date"),
            said("The referral"),
        ),
    ),
    "approval": Cause(
        said("No approval in advance or no referral"),
        "provider",
        said(
            "In the network, asking for approval is usually the provider's part, and it may still be able to "
            "ask. Look whether you have an approval with a number."
        ),
        said(
            "About the approval in advance: [its number and date; it was an emergency; my provider asks for "
            "it now; I was not told that it was needed]."
        ),
        (
            said("The letter of approval, with its number"),
            said("Notes of telephone calls: day, name, what was said"),
            said("A statement of the provider"),
        ),
    ),
    "papers": Cause(
        said("Something in the claim was missing or wrong"),
        "provider",
        said(
            "Ask the provider to send a corrected claim, and to hold the bill until your plan has answered."
        ),
        said("There is a mistake in this claim: [what is wrong, and what is right]. Please decide it anew."),
        (_BILL, said("The record of what was done")),
    ),
    "late": Cause(
        said("The claim came too late"),
        "provider",
        said(
            "In the network, the provider normally takes the loss for a claim that is sent late. Say when "
            "you showed your card, and ask that it is not billed to you."
        ),
        said("I showed my card in time: [on which day, to whom]. [Why the claim came late.]"),
        (said("What shows that the card was given, and when the first bill came"), _BILL),
    ),
    "duplicate": Cause(
        said("The plan already has this claim"),
        "provider",
        said("Look for the first one. If there were two services, ask the provider to say so in a claim."),
        said("These were two services: [what was done, and when]."),
        (said("Both bills"), said("Both statements of the plan")),
    ),
    "identity": Cause(
        said("Name and number do not match"),
        "provider",
        said("Give the provider your name and number as they stand on your card."),
        said("My name and my number are those on the copy of my card that I enclose."),
        (_CARD,),
    ),
    "others": Cause(
        said("The plan thinks that another insurer should pay"),
        "you",
        said(
            "Tell your plan which other coverage you have, or that it ended, and answer its questions about "
            "accidents and work. The provider can then bill anew."
        ),
        said("About other coverage: [I have none; it ended on; it was no accident; it was not at work]."),
        (said("The other insurer's statement"), said("What shows when the other coverage ended")),
    ),
    "asked": Cause(
        said("The plan asked you for something"),
        "you",
        said("Look for the letter in which your plan asks, and answer it: the claim can then be paid."),
        said("I enclose what you asked me for: [what it is]."),
        (said("What the plan asked for"),),
    ),
    "coverage": Cause(
        said("Not covered on that day"),
        "you",
        said(
            "Compare the day with the first and the last day of your coverage. The employer, the Marketplace "
            "or the agency can correct them."
        ),
        said("I was covered on that day: [since when, and what shows it]."),
        (said("What shows when the coverage began"), said("What shows that the premium was paid")),
    ),
    "benefit": Cause(
        said("Not one of the things the plan pays for"),
        "plan",
        said("Ask which clause says so, and read whether it fits."),
        said(
            "Please name the clause that you used. I think that it does not fit, because [why: the words of "
            "the booklet, preventive care, an emergency]."
        ),
        (_BOOKLET, _DOCTORS),
    ),
    "limit": Cause(
        said("A limit is reached, as the plan counts"),
        "plan",
        said("Count the visits or amounts yourself and compare. Some plans allow more where it is needed."),
        said("I count otherwise: [your list of visits or amounts]. [Why more was needed.]"),
        (
            said("A list of the visits, as the member counts them"),
            said("The plan's statements about them"),
            _DOCTORS,
        ),
    ),
    "level": Cause(
        said("The place or the amount of care is not seen as needed"),
        "provider",
        said("Ask the provider to send the records. Your doctor can say why that place was needed."),
        said("This place and this amount of care were needed: [why]."),
        (_RECORDS, _DOCTORS),
    ),
}
NO_CAUSE: Final = Cause(
    said("No reason that we can read"),
    "plan",
    said("Ask your plan for the reason: it has to tell you. Its letter may say more than the data it sends."),
    said(
        "Please tell me the reason, and the rule that you used. "
        "[What your letter says, and why it does not fit.]"
    ),
    (_BILL,),
)
WRITTEN_TITLE: Final = said("No reason in the data but what your plan wrote")
OTHER_TITLE: Final = said("The reason that your plan gave")
OTHER_CAUSE: Final = replace(
    NO_CAUSE,
    title=OTHER_TITLE,
    advice=said("Ask your plan what it means and which rule it used. Its letter may say more."),
)
BEFORE_CAUSE: Final = replace(
    NO_CAUSE,
    mender="doctor",
    advice=said(
        "Ask your doctor to speak with the plan's doctor, and ask your plan for its reason and its rule."
    ),
    papers=(_DOCTORS, _RECORDS),
)
"""Of care still to come."""
_NUMBERS: Final = {
    **dict.fromkeys(("40",), "emergency"),
    **dict.fromkeys(("15", "39", "95", "198", "243", "288"), "approval"),
    **dict.fromkeys(("4", "5", "6", "11", "107", "129", "146", "164", "181", "182", "226", "236"), "papers"),
    "167": "benefit",
    "177": "coverage",
    **dict.fromkeys(("58", "150", "151", "152", "153"), "level"),
}
"""What `next_steps` has no sentence of its own for."""
_MEDICARE: Final = {"line C": "benefit", "line N": "need", "line M": "duplicate", "non-payment C": "benefit",
                    "non-payment E": "others", "line I": "papers"}  # fmt: skip


def refusals(record: ClaimRecord) -> tuple[Refusal, ...]:
    """Return each cause that the claim gives, once, with what its reasons say; never nothing.

    What the plan puts on the provider by contract is told with its reason, as everywhere.
    """
    says_of: dict[str, dict[str, None]] = {}
    for reason in reasons(record):
        says_of.setdefault(name_of(reason), {})[denials.reason_words(reason, record.network, record.kind)] = (
            None
        )
    no_cause = BEFORE_CAUSE if record.approval else NO_CAUSE
    other = replace(no_cause, title=OTHER_TITLE) if record.approval else OTHER_CAUSE
    if record.notes:
        no_cause = replace(no_cause, title=WRITTEN_TITLE)
    listed = [_refusal(name, CAUSES.get(name, other), says) for name, says in says_of.items()]
    return tuple(listed) or (_refusal("", no_cause, ()),)


def reasons(record: ClaimRecord) -> tuple[Reason, ...]:
    """Return the reasons for not paying, of a review, the claim and its lines, each once.

    One that sends to the first claim refuses nothing, and tells all the same why this one was denied.
    """
    of_review = record.approval.reasons if record.approval else ()
    every = [*of_review, *record.reasons, *(reason for line in lines.real(record) for reason in line.reasons)]
    return tuple(
        dict.fromkeys(reason for reason in every if refuses(reason) or name_of(reason) == "duplicate")
    )


def name_of(reason: Reason) -> str:
    """Return the cause that a reason gives; "" for one we have no words for."""
    if reason.kind == "adjustment" and (own := _NUMBERS.get(reason.code.lstrip("0"))):
        return own
    if reason.kind == "cms" and (own := _MEDICARE.get(reason.code)):
        return own
    return standing.cause_of(reason)


def _refusal(name: str, cause: Cause, says: Iterable[str]) -> Refusal:
    return Refusal(
        name=name,
        title=_(cause.title),
        says=tuple(says),
        who=_(MENDERS[cause.mender]),
        advice=_(cause.advice),
        argument=_(cause.argument),
        papers=tuple(map(_, cause.papers)),
    )
