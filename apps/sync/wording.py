"""Runs and steps in a member's words; pure."""

from typing import Final

from apps.fhir import errors

PARTS: Final = {
    "Patient": "Your details",
    "Coverage": "Your coverage",
    "ExplanationOfBenefit": "Your claims",
    "places": "Doctors and places",
}
THINGS: Final = {
    "Patient": ("record", "records"),
    "Coverage": ("coverage", "coverages"),
    "ExplanationOfBenefit": ("record", "records"),
    "places": ("name", "names"),
}
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
    "not_granted": "This was not allowed at your plan's sign-in, so we did not ask for it.",
    "sign_in": "Your plan's permission has ended.",
    "disconnected": "You disconnected this plan, so nothing more was read.",
    "access": "Your plan does not accept us at the moment. Nothing was lost.",
    "gave_up": "This update was interrupted too often, so we stopped it. Nothing was lost.",
    "unexpected": "Something went wrong on our side. Nothing was lost.",
}
UNKNOWN_PROBLEM: Final = "Something did not work. Nothing was lost."


def counted(number: int, singular: str, plural: str) -> str:
    """Return ``1 claim``, ``2,000 claims``."""
    return f"{number:,} {singular if number == 1 else plural}"


def here(claims: int, coverages: int) -> str:
    """Return ``214 claims, 2 coverages``."""
    return f"{counted(claims, 'claim', 'claims')}, {counted(coverages, 'coverage', 'coverages')}"


def problem(code: str) -> str:
    """Return the sentence for a stored problem code."""
    return PROBLEMS.get(code, UNKNOWN_PROBLEM)


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
        return "Not yet"
    parts = []
    if received or state in ("doing", "done"):
        parts.append(_amount(kind, state, received))
    if unreadable:
        were = "was" if unreadable == 1 else "were"
        parts.append(f"{unreadable:,} {were} not readable and {were} left out; the rest is complete.")
    if set_aside:
        these = counted(
            set_aside, "of them is an approval or an estimate", "of them are approvals or estimates"
        )
        parts.append(f"{these} in advance: kept, but not a claim, so not in your list.")
    if misdirected:
        were = "was" if misdirected == 1 else "were"
        parts.append(
            f"{misdirected:,} {were} about another person and {were} not taken; please tell your plan."
        )
    if missing:
        parts.append(f"{counted(missing, 'name was', 'names were')} not shared by your plan.")
    if problem_code:
        parts.append(problem(problem_code))
    return " ".join(parts)


def _amount(kind: str, state: str, received: int) -> str:
    if state == "doing":
        return f"{received:,} so far." if received else "Asking your plan."
    if not received:
        return "Your plan sent none." if kind != "places" else "No names to look up."
    return f"{counted(received, *THINGS.get(kind, ('record', 'records')))} received."
