"""Runs and steps in a member's words; pure."""

from typing import Final

from apps.fhir import errors
from apps.plain_language.language import _, plural, said

PARTS: Final = {
    "Patient": said("Your details"),
    "Coverage": said("Your coverage"),
    "ExplanationOfBenefit": said("Your claims"),
    "places": said("Doctors and places"),
}
RECEIVED: Final = {
    "Coverage": (said("{number} coverage received."), said("{number} coverages received.")),
    "places": (said("{number} name received."), said("{number} names received.")),
}
UNREADABLE: Final = (
    said("{number} was not readable and was left out; the rest is complete."),
    said("{number} were not readable and were left out; the rest is complete."),
)
SET_ASIDE: Final = (
    said("{number} of them is an approval or an estimate in advance: kept as that, not among your claims."),
    said("{number} of them are approvals or estimates in advance: kept as that, not among your claims."),
)
MISDIRECTED: Final = (
    said("{number} was about another person and was not taken; please tell your plan."),
    said("{number} were about another person and were not taken; please tell your plan."),
)
MISSING: Final = (
    said("{number} name was not shared by your plan."),
    said("{number} names were not shared by your plan."),
)
RECORDS: Final = (said("{number} record received."), said("{number} records received."))
PROBLEMS: Final = {
    **{
        kind.code: kind.sentence
        for kind in (
            errors.SignInNeeded,
            errors.NotAllowed,
            errors.NotOffered,
            errors.Rejected,
            errors.PlanBusy,
            errors.PlanTrouble,
            errors.PlanUnreachable,
            errors.AnswerTooLarge,
            errors.NotFhir,
            errors.NextRefused,
            errors.EndlessPages,
        )
    },
    "not_granted": said("This was not allowed at your plan's sign-in, so we did not ask for it."),
    "sign_in": said("Your plan's permission has ended."),
    "disconnected": said("You disconnected this plan, so nothing more was read."),
    "access": said("Your plan does not accept us at the moment. Nothing was lost."),
    "in_line": said("We ask your plan for only so much at a time, so this waits its turn. Nothing was lost."),
    "outage": said("Your plan's system does not answer anybody at the moment. Nothing was lost."),
    "gave_up": said("This update was interrupted too often, so we stopped it. Nothing was lost."),
    "unexpected": said("Something went wrong on our side. Nothing was lost."),
}
UNKNOWN_PROBLEM: Final = said("Something did not work. Nothing was lost.")


def counted(number: int, one: str, many: str) -> str:
    """Return `one` or `many` with ``{number}`` filled in: ``1 claim``, ``2,000 claims``."""
    return plural(one, many, number).format(number=f"{number:,}")


def claims_words(number: int) -> str:
    """Return ``214 claims``."""
    return counted(number, said("{number} claim"), said("{number} claims"))


def here(claims: int, coverages: int) -> str:
    """Return ``214 claims, 2 coverages``."""
    shown = counted(coverages, said("{number} coverage"), said("{number} coverages"))
    return f"{claims_words(claims)}, {shown}"


def problem(code: str) -> str:
    """Return the sentence for a stored problem code."""
    return _(PROBLEMS.get(code, UNKNOWN_PROBLEM))


def step_words(
    *,
    kind: str,
    state: str,
    received: int,
    unreadable: int,
    misdirected: int,
    set_aside: int,
    missing: int,
    problem_code: str,
) -> str:
    """Return what one step has to say: how much came, what is wrong, what it means."""
    if state == "waiting" and not problem_code:
        return _("Not yet")
    parts = []
    if received or state in ("doing", "done"):
        parts.append(_amount(kind, state, received))
    for number, (one, many) in (
        (unreadable, UNREADABLE), (set_aside, SET_ASIDE), (misdirected, MISDIRECTED), (missing, MISSING),
    ):  # fmt: skip
        if number:
            parts.append(counted(number, one, many))
    if problem_code:
        parts.append(problem(problem_code))
    return " ".join(parts)


def _amount(kind: str, state: str, received: int) -> str:
    if state == "doing":
        return _("{number} so far.").format(number=f"{received:,}") if received else _("Asking your plan.")
    if not received:
        return _("Your plan sent none.") if kind != "places" else _("No names to look up.")
    return counted(received, *RECEIVED.get(kind, RECORDS))
