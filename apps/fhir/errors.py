"""Why a plan's FHIR server gave no usable answer."""

from collections.abc import Sequence
from typing import ClassVar

from django.utils.translation import gettext_noop as said


class FhirError(Exception):
    """Base of what can go wrong while speaking FHIR; the text names no query, id, body or diagnostics.

    `code` is stored on the sync step, `status` is the HTTP status or None, `issues` are the codes of an
    OperationOutcome (FHIR R4 issue-type). `retry_after` is in seconds. `says` is what the server wrote,
    masked (`complaints`), `asked` the type and the names of the parameters sent; "" where not known.
    """

    code: ClassVar[str] = "trouble"
    sentence: ClassVar[str] = said("Your plan's system could not answer. Nothing was lost.")
    retry: ClassVar[bool] = False

    def __init__(
        self,
        reason: str = "",
        *,
        status: int | None = None,
        issues: Sequence[str] = (),
        retry_after: float | None = None,
        says: str = "",
    ) -> None:
        self.says, self.asked = says, ""
        self.status = status
        self.issues = tuple(issues)
        self.retry_after = retry_after
        super().__init__(
            " ".join(part for part in (reason, str(status or ""), ",".join(self.issues)) if part)
        )

    @property
    def detail(self) -> str:
        """What an operator needs to know beside code and status; no value that was sent or came."""
        parts = [self.asked and f"asked: {self.asked}", self.says and f'the server says "{self.says}"']
        return "; ".join(part for part in parts if part)


class SignInNeeded(FhirError):
    """401: the token is not accepted (any more)."""

    code = "sign_in"
    sentence = said("Your plan asks you to sign in again before it shares this.")


class NotAllowed(FhirError):
    """403: the plan does not give this kind of record to apps, or the member did not allow it."""

    code = "not_allowed"
    sentence = said("Your plan did not let us read this part.")


class NotOffered(FhirError):
    """404 or 410: the plan has no such kind of record, or the record is gone."""

    code = "not_offered"
    sentence = said("Your plan does not offer this part.")


class Rejected(FhirError):
    """Another 4xx, or a 200 that is only an OperationOutcome: the plan refused the question itself."""

    code = "rejected"
    sentence = said("Your plan's system did not accept our question for this part.")


class PlanBusy(FhirError):
    """429, also after waiting as asked: the plan wants fewer questions."""

    code = "busy"
    sentence = said("Your plan's system is busy and asked us to wait. Nothing was lost.")
    retry = True


class PlanTrouble(FhirError):
    """5xx: the plan's system has a problem of its own."""

    code = "plan_trouble"
    sentence = said("Your plan's system had a problem. Nothing was lost.")
    retry = True


class PlanUnreachable(FhirError):
    """No connection, too slow, or a connection that broke, also after trying again."""

    code = "unreachable"
    sentence = said("Your plan's system could not be reached. Nothing was lost.")
    retry = True


class PlanTooSlow(PlanUnreachable):
    """No answer within the time limit, also after trying again: fewer records at once may come in time."""


class AnswerTooLarge(FhirError):
    """One answer was over the size limit: asking again would not help."""

    code = "too_large"
    sentence = said("Your plan's system sent more than we are able to take in one piece.")


class NotFhir(FhirError):
    """HTML, truncated or invalid JSON, a redirect, or JSON that is no FHIR: nothing of it is used."""

    code = "not_fhir"
    sentence = said("Your plan's system answered with something that is not a record. Nothing was lost.")
    retry = True


class NextRefused(FhirError):
    """A `next` link or a reference leads away from the plan's FHIR base (SSRF, token theft; R-20)."""

    code = "next_refused"
    sentence = said("Your plan's system sent us to another address for the rest, so we stopped there.")


class EndlessPages(FhirError):
    """A `next` link that was followed before, or more pages than any member has (R-21)."""

    code = "endless"
    sentence = said("Your plan's system sent page after page without end, so we stopped there.")
