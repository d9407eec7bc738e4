"""What an answer without records means: its status first, the codes of its OperationOutcome second."""

from datetime import UTC, datetime, timedelta
from typing import Final

from apps.fhir import errors
from apps.fhir.bundles import finds_none, issue_codes
from apps.fhir.errors import complaint
from apps.outbound.door import Answer
from apps.outbound.limits import asked_to_wait

LONGEST_RETRY_AFTER_SECONDS: Final = 3600.0
MOST_OF_OUTCOME: Final = 64 * 1024
"""Bytes of what a plan says went wrong: what is longer is not read."""


def problem_of(answer: Answer) -> errors.FhirError:
    """Return the error for an answer without records: judged by status first, by outcome codes second."""
    kind = _kind_of(answer.status)
    words = answer.body if len(answer.body) <= MOST_OF_OUTCOME else b""
    if answer.status == 404 and (not answer.body.strip() or finds_none(words, is_refusal=True)):
        kind = errors.NoneFound
    wait = retry_after(answer)
    if is_busy(answer.status, wait):
        kind = errors.PlanBusy
    return kind(
        status=answer.status,
        issues=issue_codes(words),
        retry_after=wait,
        says=complaint(words),
    )


def is_busy(status: int, wait: float | timedelta | None) -> bool:
    """Whether it is refused for now alone: who says when to come back is busy, as Azure's gateway by 403."""
    return status == 429 or (status == 403 and bool(wait))


def retry_after(answer: Answer, *, now: datetime | None = None) -> float | None:
    """Return Retry-After as 0 to 3600 seconds; None where the server asked for no wait."""
    wait = asked_to_wait(answer.headers.get("Retry-After", ""), now=now or datetime.now(UTC))
    return None if wait is None else min(wait.total_seconds(), LONGEST_RETRY_AFTER_SECONDS)


def _kind_of(status: int) -> type[errors.FhirError]:
    exact: dict[int, type[errors.FhirError]] = {
        204: errors.NoneFound,
        401: errors.SignInNeeded,
        403: errors.NotAllowed,
        404: errors.NotOffered,
        406: errors.OtherFormat,
        410: errors.NotOffered,
        408: errors.PlanTrouble,
    }
    if status in exact:
        return exact[status]
    if 400 <= status < 500:
        return errors.Rejected
    return errors.PlanTrouble if status >= 500 else errors.NotFhir
