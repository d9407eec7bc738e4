"""What a plan granted, in a member's words (SMART scopes in both spellings, `.read` and `.rs`).

The lines of `granted` and `withheld` and the words of `Side` are English: the page translates them.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from apps.connections.granted import EVERY, readable
from apps.plain_language.language import _, plural, said
from apps.plain_language.theirs import listed
from config.fhir_types import CLAIMS, Consent, fhir_types

EVERYTHING: Final = said("Everything your plan shares")
OTHER: Final = said("Other health records")
LASTING: Final = said("Keep your records up to date without asking each time")


@dataclass(frozen=True)
class Side:
    """Whose side a failure looks like: an icon, and words that say the same."""

    icon: str
    label: str
    sentence: str


SIDES: Final = {
    "member": Side(
        "person",
        said("On your side, it seems."),
        said("This came from a choice or a step in your browser. Nothing is broken."),
    ),
    "plan": Side(
        "plan",
        said("On your plan's side, it seems."),
        said("You did nothing wrong, and nothing here is broken."),
    ),
    "either": Side(
        "person",
        said("On your side or on your plan's, it seems."),
        said("We are told that the answer was no, but not who said it. Nothing is broken."),
    ),
    "unknown": Side(
        "link",
        said("We cannot tell."),
        said("What reached us does not fit, and does not say whose side it was. Nothing here is broken."),
    ),
    "operator": Side(
        "alert", said("On our side, it seems."), said("You did nothing wrong. This site has to put it right.")
    ),
}


def side(fault: str, *, is_plan_known: bool) -> Side:
    """Whose side it looks like; never a plan's when nobody knows which plan it was."""
    return SIDES["unknown" if fault == "plan" and not is_plan_known else fault]


def overview(*, connected: Sequence[str], waiting: Sequence[str], kept: Sequence[str] = ()) -> str:
    """The list's answer in one sentence: what waits for a sign-in comes before what is fine."""
    if waiting:
        text = plural(
            "{plans} waits for you to sign in again.",
            "{plans} wait for you to sign in again.",
            len(set(waiting)),
        )
        return text.format(plans=_joined(waiting))
    if connected:
        text = plural(
            "{plans} shares records with you here.",
            "{plans} share records with you here.",
            len(set(connected)),
        )
        return text.format(plans=_joined(connected))
    if kept:
        text = _("Nothing new is shared with you here. The records of {plans} are kept as they are.")
        return text.format(plans=_joined(kept))
    return _("Nothing is shared with you here at the moment.")


def granted(scopes: str) -> list[str]:
    """What the granted scopes allow, once each, the most telling first; unknown scopes are left out."""
    types = readable(scopes) or frozenset()
    if EVERY in types:
        lines = [EVERYTHING]
    else:
        lines = _of_ours(types)
        if types - fhir_types().keys():
            lines.append(OTHER)
    if "offline_access" in scopes.split():
        lines.append(LASTING)
    return lines


def withheld(scopes: str, *, asked: Iterable[str], consents: frozenset[Consent] = CLAIMS) -> list[str]:
    """What was asked for and not granted, in the same words; [] when the plan did not say what it granted.

    Where everything was asked for and some of it granted, it is what we would keep of the rest under these
    *consents*. How long it lasts is no record that is missing: `permission_duration` tells that.
    """
    if not scopes:
        return []
    have, wanted = granted(scopes), granted(" ".join(asked))
    if EVERYTHING in have:
        have = [EVERYTHING, OTHER, *_of_ours(fhir_types()), *have]
    elif EVERYTHING in wanted and readable(scopes):
        wanted = [*_of_ours(fhir_types(consents)), *(line for line in wanted if line != EVERYTHING)]
    return [line for line in wanted if line not in (*have, LASTING)]


def _of_ours(types: Container[str]) -> list[str]:
    """Return what a permission for these allows, as the kinds of records say it."""
    ours = (
        fhir_type.granted
        for fhir_type in fhir_types().values()
        if fhir_type.granted and fhir_type.name in types
    )
    return list(dict.fromkeys(ours))


def _joined(names: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(names))
    if len(distinct) > 3:
        return _("{number} plans").format(number=len(distinct))
    return listed(distinct)
