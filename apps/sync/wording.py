"""Runs and steps in a member's words; pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from apps.connections.errors import AskingStopped, PermissionEnded, RefreshDelayed, RegistrationBroken
from apps.fhir import errors
from apps.plain_language.language import _, plural, said
from apps.plain_language.theirs import listed
from apps.records.holdings import CLOSED
from apps.sync.models import SyncStep
from config.fhir_types import fhir_types

PLACES: Final = said("Doctors and places")
NAMES: Final = (said("{number} name received."), said("{number} names received."))
OLDER: Final = (said("{number} older version of a claim"), said("{number} older versions of claims"))
COVERAGES: Final = (said("{number} coverage"), said("{number} coverages"))
CLINICAL: Final = (said("{number} clinical record"), said("{number} clinical records"))
SINCE: Final = said("We asked for what changed since {day}.")
NOTHING_CHANGED: Final = said("Nothing changed.")
NEW: Final = (said("{number} is new."), said("{number} are new."))
CHANGED: Final = (said("{number} changed."), said("{number} changed."))
SAME: Final = (said("{number} is as before."), said("{number} are as before."))
BACK: Final = (
    said("{number} that your plan had stopped sending came again."),
    said("{number} that your plan had stopped sending came again."),
)
GONE: Final = (
    said("{number} is no longer sent by your plan, but stays here."),
    said("{number} are no longer sent by your plan, but stay here."),
)
HOLDS_BACK: Final = said(
    "Your plan sent none at all this time. That can be a fault of its system, so what you have here stays as "
    "it is until a later update says the same."
)
LACKS_MOST: Final = said(
    "Your plan sent fewer than half of them this time. That can be a fault of its system, so what you have "
    "here stays as it is until a later update says the same."
)
SOME_HELD_BACK: Final = said(
    "Of some kinds your plan sent none, or fewer than half, this time. That can be a fault of its system, so "
    "what you have here stays as it is until a later update says the same."
)
SOME_UNREAD: Final = said("Some kinds could not be read.")
FOUND_OUT: Final = (errors.NextRefused.code, errors.CutShort.code, errors.EndlessPages.code)
"""Gaps that the plan's system did not speak of."""
WARNED: Final = said("Your plan's system said that it could not send all of them this time.")
PAGES: Final = (said("{number} page read."), said("{number} pages read."))
LAST_COMPLETE: Final = said("Last complete on {day}.")
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
NOT_ASKED: Final = (
    said("{number} name did not come: what was not allowed at your plan's sign-in is not asked for."),
    said("{number} names did not come: what was not allowed at your plan's sign-in is not asked for."),
)
RECORDS: Final = (said("{number} record received."), said("{number} records received."))
UNCOUNTED: Final = said("Nothing is counted here while somebody’s records are kept closed.")
BADGES: Final = {"new": said("New"), "changed": said("Changed"), "back": said("Sent again")}
"""What happened to a claim, on its row; that it is no longer sent stands there anyway."""
NEWS: Final = {
    "new": (said("{number} new claim"), said("{number} new claims")),
    "changed": (said("{number} changed claim"), said("{number} changed claims")),
    "back": (
        said("{number} claim that your plan sends again"),
        said("{number} claims that your plan sends again"),
    ),
    "gone": (
        said("{number} claim that your plan no longer sends"),
        said("{number} claims that your plan no longer sends"),
    ),
    "approvals": (
        said("{number} approval in advance that is new or changed"),
        said("{number} approvals in advance that are new or changed"),
    ),
    "approvals_gone": (
        said("{number} approval in advance that your plan no longer sends"),
        said("{number} approvals in advance that your plan no longer sends"),
    ),
    "coverages": (
        said("{number} coverage that is new or changed"),
        said("{number} coverages that are new or changed"),
    ),
    "coverages_gone": (
        said("{number} coverage that your plan no longer sends"),
        said("{number} coverages that your plan no longer sends"),
    ),
}
PROBLEMS: Final = {
    **{
        kind.code: kind.sentence
        for kind in (
            errors.SignInNeeded,
            errors.NotAllowed,
            errors.NotOffered,
            errors.NoneFound,
            errors.Rejected,
            errors.PlanBusy,
            errors.PlanTrouble,
            errors.PlanUnreachable,
            errors.AnswerTooLarge,
            errors.NotFhir,
            errors.OtherFormat,
            errors.NextRefused,
            errors.CutShort,
            errors.EndlessPages,
        )
    },
    "not_granted": said("This was not allowed at your plan's sign-in, so we did not ask for it."),
    "asked_once": said(
        "This was not allowed at your plan's sign-in. We asked for it once, when you connected, to learn "
        "whose records these are, and not again."
    ),
    "no_consent": said("You agreed to claims and coverage only, so we did not ask for this."),
    "granted_refused": said(
        "This was allowed at your plan's sign-in and we asked for it, but your plan's system refused it."
    ),
    PermissionEnded.code: said("Your plan's permission has ended."),
    "disconnected": said("You disconnected this plan, so nothing more was read."),
    "paused": AskingStopped.sentence,
    "suspended": said("This account is suspended, so nothing is asked for it. Nothing was lost."),
    "signed_out": said(
        "This account was signed out everywhere, so nothing is asked for it until the next sign-in. Nothing "
        "was lost."
    ),
    "unagreed": said("The changed policies wait for your yes, so your plan is not asked. Nothing was lost."),
    RegistrationBroken.code: said("Your plan does not accept us at the moment. Nothing was lost."),
    RefreshDelayed.code: said("Your plan's system did not renew the permission just now. Nothing was lost."),
    "in_line": said("We ask your plan for only so much at a time, so this waits its turn. Nothing was lost."),
    "outage": said("Your plan's system does not answer anybody at the moment. Nothing was lost."),
    "gave_up": said("This update was interrupted too often, so we stopped it. Nothing was lost."),
    "unexpected": said("Something went wrong on our side. Nothing was lost."),
}
UNKNOWN_PROBLEM: Final = said("Something did not work. Nothing was lost.")


def part(fhir_type: str) -> str:
    """Return what a part of an update is called: of a FHIR type, or of all that the others refer to."""
    kind_of_type = fhir_types().get(fhir_type)
    return _(PLACES if kind_of_type is None else kind_of_type.part or kind_of_type.purpose.what)


def counted(number: int, singular: str, many: str) -> str:
    """Return `one` or `many` with ``{number}`` filled in: ``1 claim``, ``2,000 claims``."""
    return plural(singular, many, number).format(number=f"{number:,}")


def claims_words(number: int) -> str:
    """Return ``214 claims``."""
    return counted(number, said("{number} claim"), said("{number} claims"))


def news(numbers: Mapping[str, int]) -> str:
    """Return ``2 new claims and 1 changed claim.`` for numbers by the keys of `NEWS`."""
    counts = [counted(numbers[key], *words) for key, words in NEWS.items() if numbers.get(key)]
    return f"{listed(counts)}." if counts else ""


def here(
    claims: int, coverages: int, *, older: int = 0, clinical: int = 0, keeps_closed: bool = False
) -> str:
    """Return ``214 claims, 2 older versions of claims, 2 coverages, 391 clinical records``.

    Where somebody *keeps_closed* what came, nothing is said to be none.
    """
    parts = [
        claims_words(claims) if claims or not keeps_closed else "",
        counted(older, *OLDER) if older else "",
        counted(coverages, *COVERAGES) if coverages or not keeps_closed else "",
        counted(clinical, *CLINICAL) if clinical else "",
        _(CLOSED) if keeps_closed else "",
    ]
    return ", ".join(part for part in parts if part)


def unasked(*, is_over: bool) -> str:
    """Return what a part says that nobody asked for: of an update that *is_over* nobody will."""
    return _("Not asked this time.") if is_over else _("Not yet.")


def uncounted(state: str, problem_code: str = "", *, is_over: bool) -> str:
    """Return what a step says where no number may be told."""
    words = {"waiting": unasked(is_over=is_over), "doing": _("Asking your plan."), "done": _("Done.")}.get(
        state, ""
    )
    return " ".join(part for part in (words, problem(problem_code) if problem_code else "") if part)


def problem(code: str) -> str:
    """Return the sentence for a stored problem code."""
    return _(PROBLEMS.get(code, UNKNOWN_PROBLEM))


def clinical_words(state: str, steps: Sequence[SyncStep], *, is_over: bool) -> str:
    """Return what the line of all clinical records says: which of them a plan shares stands elsewhere."""
    if state == "waiting":
        return unasked(is_over=True) if is_over else _("Asked for when your claims are here.")
    were_asked = any(step.state == "done" for step in steps)
    gaps = [step for step in steps if _is_warned(step)]
    parts = [
        _received(sum(step.received for step in steps), state, were_asked=were_asked),
        *left_out(steps),
        _(SOME_HELD_BACK) if any(step.holds_back for step in steps) else "",
        _(WARNED) if gaps else "",
        _(SOME_UNREAD) if were_asked and any(step.state == "problem" for step in steps) else "",
        *clinical_problems(steps),
    ]
    return " ".join(part for part in parts if part)


def clinical_problems(steps: Sequence[SyncStep]) -> list[str]:
    """Return what stood in the way of clinical records, each once.

    That a plan does not share some kinds is usual, and told on the page of the connection, but not of all.
    """
    refused = all(step.state == "refused" for step in steps)
    problems = [step.problem for step in steps if step.problem and (refused or step.state != "refused")]
    return [problem(code) for code in dict.fromkeys(problems)]


def _received(number: int, state: str, *, were_asked: bool) -> str:
    if number and state == "doing":
        return _("{number} so far.").format(number=f"{number:,}")
    if number:
        return counted(number, *RECORDS) + " " + _("The page about this connection says which.")
    if state == "doing":
        return _("Asking your plan.")
    return _("Your plan sent none.") if were_asked else ""


def clinical_ended(plan: str, number: int | None, is_erased: bool) -> str:
    """Say that no clinical records of *plan* are asked for any more, and what became of those here.

    Without a *number* where it may not be told.
    """
    ended = _("{plan} is not asked for clinical records any more. Your claims and coverage go on as before.")
    if not is_erased:
        return ended.format(plan=plan)
    if number is None:
        return f"{ended.format(plan=plan)} {_('Those that were here were erased.')}"
    erased = counted(number, said("{number} record was erased."), said("{number} records were erased."))
    return f"{ended.format(plan=plan)} {erased}"


def stopped(because: str, plan: str) -> str:
    """Say that *plan* is not asked, who can change that, and that nothing is lost."""
    if because == "unagreed":
        return _(
            "{plan} is not asked for anything new until you agree to the changed policies. Then it goes on "
            "by itself. Nothing was lost."
        ).format(plan=plan)
    text = _(
        "The connection to {plan} is paused here: nothing is asked there until the operator of this site "
        "lifts the pause. Then it goes on by itself. Nothing was lost."
    )
    return text.format(plan=plan)


def step_words(
    step: SyncStep, *, tells_changes: bool, is_over: bool = False, since: str = "", complete: str = ""
) -> str:
    """Return what one step has to say: what was asked, how much came, what is wrong, what it means.

    *tells_changes*: something was here before that it can be compared with. *is_over*: its run is. *since*
    and *complete* are days in words: from when on changes were asked, and when the type was last complete.
    """
    is_done, is_news = step.state == "done", bool(step.new or step.changed or step.back)
    last = _(LAST_COMPLETE).format(day=complete) if complete else ""
    if step.state == "waiting" and not step.problem:
        return " ".join(part for part in (unasked(is_over=is_over), last) if part)
    parts = [_(SINCE).format(day=since)] if since else []
    if step.holds_back:
        parts.append(_(LACKS_MOST if step.received else HOLDS_BACK))
    elif since and is_done and not is_news:  # of the overlap some come that are as before
        parts.append(_(NOTHING_CHANGED))
    elif step.received or step.state in ("doing", "done"):
        parts.append(_amount(step))
    tallies = _tallies(step, tells_changes=tells_changes, tells_same=is_done and not since)
    parts += [counted(number, singular, many) for number, (singular, many) in tallies if number]
    if _is_warned(step):
        parts.append(_(WARNED))
    if step.problem and not _is_unasked(step):
        parts.append(problem(step.problem))
    return " ".join(part for part in (*parts, last) if part)


def _is_warned(step: SyncStep) -> bool:
    """Whether the plan's system itself said that some are missing: what we found out has words of its own."""
    is_ours = step.unreadable or step.misdirected or step.problem in FOUND_OUT
    return step.has_gaps and not is_ours


def left_out(steps: Sequence[SyncStep]) -> Iterator[str]:
    """Yield what of several *steps* together was not readable, and what was about others."""
    for name, words in (("unreadable", UNREADABLE), ("misdirected", MISDIRECTED)):
        if number := sum(getattr(step, name) for step in steps):
            yield counted(number, *words)


def _is_unasked(step: SyncStep) -> bool:
    """Whether names were not looked up, because the permission does not cover them: that is no problem."""
    return step.resource_type == "places" and step.state == "done" and step.problem == "not_granted"


def _tallies(
    step: SyncStep, *, tells_changes: bool, tells_same: bool
) -> Iterator[tuple[int, tuple[str, str]]]:
    if tells_changes:
        yield step.new, NEW
        yield step.changed, CHANGED
        yield step.back, BACK
        yield (max(0, step.received - step.new - step.changed - step.back) if tells_same else 0), SAME
    yield step.gone, GONE
    yield step.unreadable, UNREADABLE
    yield step.set_aside, SET_ASIDE
    yield step.misdirected, MISDIRECTED
    yield step.missing, NOT_ASKED if _is_unasked(step) else MISSING
    yield (step.pages if step.pages > 1 else 0), PAGES


def _amount(step: SyncStep) -> str:
    received, kind = step.received, step.resource_type
    if (
        step.state in ("doing", "waiting") and step.total > received > 0
    ):  # the plan's total, which may be wrong
        words = _("{number} so far, of about {total}.")
        return words.format(number=f"{received:,}", total=f"{step.total:,}")
    if step.state == "doing":
        return _("{number} so far.").format(number=f"{received:,}") if received else _("Asking your plan.")
    if not received:
        if kind != "places":
            return _("Your plan sent none.")
        return "" if step.missing else _("No names to look up.")
    fhir_type = fhir_types().get(kind)
    return counted(received, *((NAMES if fhir_type is None else fhir_type.received) or RECORDS))
