"""What a plan granted, in a member's words (SMART scopes in both spellings, `.read` and `.rs`)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from apps.connections.granted import EVERY, readable

WORDS: Final = {
    "ExplanationOfBenefit": "Claims: what was billed, what your plan paid, your share",
    "Coverage": "What your plan covers",
    "Patient": "Name, address and date of birth",
    "MedicationRequest": "Prescriptions",
    "MedicationDispense": "Prescriptions",
}
KEPT_HERE: Final = ("ExplanationOfBenefit", "Coverage", "Patient")
EVERYTHING: Final = "Everything your plan shares"
OTHER: Final = "Other health records"
LASTING: Final = "Keep your records up to date without asking each time"


@dataclass(frozen=True)
class Side:
    """Whose side a failure looks like: an icon, and words that say the same."""

    icon: str
    label: str
    sentence: str


SIDES: Final = {
    "member": Side(
        "person", "On your side", "This came from a choice or a step in your browser. Nothing is broken."
    ),
    "plan": Side("plan", "On your plan's side", "You did nothing wrong, and nothing here is broken."),
    "": Side("link", "Where it came from", "What reached us does not fit. Nothing here is broken."),
    "operator": Side("alert", "On our side", "You did nothing wrong. Plainclaim has to put this right."),
}


def side(fault: str, *, is_plan_known: bool) -> Side:
    """Whose side it looks like; never a plan's when nobody knows which plan it was."""
    return SIDES["" if fault == "plan" and not is_plan_known else fault]


def overview(*, connected: Sequence[str], waiting: Sequence[str], kept: Sequence[str] = ()) -> str:
    """The list's answer in one sentence: what waits for a sign-in comes before what is fine."""
    if waiting:
        return f"{_joined(waiting)} {_verb(waiting, 'waits', 'wait')} for you to sign in again."
    if connected:
        return f"{_joined(connected)} {_verb(connected, 'shares', 'share')} records with you here."
    if kept:
        return f"Nothing new is shared with you here. The records of {_joined(kept)} are kept as they are."
    return "Nothing is shared with you here at the moment."


def granted(scopes: str) -> list[str]:
    """What the granted scopes allow, once each, the most telling first; unknown scopes are left out."""
    types = readable(scopes) or frozenset()
    if EVERY in types:
        lines = [EVERYTHING]
    else:
        lines = list(dict.fromkeys(words for kind, words in WORDS.items() if kind in types))
        if (
            types
            - WORDS.keys()
            - {"Organization", "Practitioner", "PractitionerRole", "Location", "RelatedPerson"}
        ):
            lines.append(OTHER)
    if "offline_access" in scopes.split():
        lines.append(LASTING)
    return lines


def withheld(scopes: str, *, asked: Iterable[str]) -> list[str]:
    """What was asked for and not granted, in the same words; [] when the plan did not say what it granted.

    Where everything was asked for and some of it granted, it is what we would keep of the rest.
    """
    if not scopes:
        return []
    have, wanted = granted(scopes), granted(" ".join(asked))
    if EVERYTHING in have:
        have = [EVERYTHING, OTHER, *WORDS.values(), *have]
    elif EVERYTHING in wanted and readable(scopes):
        wanted = [*(WORDS[kind] for kind in KEPT_HERE), *(line for line in wanted if line != EVERYTHING)]
    return [line for line in wanted if line not in have]


def _joined(names: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(names))
    if len(distinct) > 3:
        return f"{len(distinct)} plans"
    return " and ".join([", ".join(distinct[:-1]), distinct[-1]] if distinct[1:] else distinct)


def _verb(names: Sequence[str], one: str, many: str) -> str:
    return one if len(set(names)) == 1 else many
