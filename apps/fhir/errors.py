"""Why a plan's FHIR server gave no usable answer, and what it says about that, masked for operators."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final

import msgspec
from django.utils.translation import gettext_noop as said

from config.fhir_types import fhir_types


class FhirError(Exception):
    """Base of what can go wrong while speaking FHIR; the text names no query, id, body or diagnostics.

    `code` is stored on the sync step, `status` is the HTTP status or None, `issues` are the codes of an
    OperationOutcome (FHIR R4 issue-type). `retry_after` is in seconds. `says` is what the server wrote,
    masked (`complaint`), `asked` the type and the names of the parameters sent; "" where not known.
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


class NoneFound(NotOffered):
    """No more than "not found": so servers answer, too, that have the type and no record of it."""

    code = "none_found"
    sentence = said(
        "Your plan's system found nothing of this part: your plan does not offer it, or has none of yours."
    )


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


class OtherFormat(NotFhir):
    """XML, or 406: the plan does not send records as JSON, which we ask for. Asking again would not help."""

    code = "other_format"
    sentence = said("Your plan's system sends records in a form that we do not read. Nothing was lost.")
    retry = False

    @property
    def detail(self) -> str:
        """The same, and what it comes to."""
        return "; ".join(filter(None, (super().detail, "it does not answer in JSON, which is all we read")))


class NextRefused(FhirError):
    """A `next` link or a reference leads away from the plan's FHIR base (SSRF, token theft; R-20)."""

    code = "next_refused"
    sentence = said("Your plan's system sent us to another address for the rest, so we stopped there.")


class CutShort(FhirError):
    """The plan counts more records than it sent, however it was asked, and never writes a `next` link."""

    code = "cut_short"
    sentence = said(
        "Your plan's system counts more of these than it sent us, and did not lead us to any others: it "
        "miscounts, or some are missing here."
    )


class EndlessPages(FhirError):
    """A `next` link that was followed before, or more pages than any member has (R-21)."""

    code = "endless"
    sentence = said("Your plan's system sent page after page without end, so we stopped there.")


LONGEST: Final = 160
MOST: Final = 2
"""Issues of an OperationOutcome that are repeated."""
HIDDEN: Final = "*"
NUMBER: Final = "#"
# What may be repeated; every other word could be a name. Words that are names of people too are left out.
_LISTED: Final = """
a above accepted access accessible address after all allowed already although an and any api app
application are argument as asked at authenticated authentication authorization authorized available
bad be because before been below between both bundle but by bytes cannot caused character characters
chained check claim claims client code codes combination comma compartment complete conflict consent
contact contain contains content could coverage cursor data date dates datetime day days deleted
denied deprecated detail details did different disabled does empty enabled endpoint ensure entries
equal error errors exceed exceeded exceeds exception exist exists expected expired explanation
external failed failure false fewer field fields filter first for forbidden format found from future
get given greater has have header http id identifier identifiers ids if ignored implemented in
include included incorrect index input insufficient integer internal into invalid invariant is issue
it its json key last least length less level limit limited link list long longer malformed matching
maximum member memberships message method minimum missing more most multiple must name names
negative neither next no non none nor not null number numeric object of off offset on once one only
operation operator option optional or order other out outcome outside over page pages paging param
parameter parameters parse parsed parsing past patient patients payload per permission permissions
permitted please positive post prefix present profile provided query range rate reached read reason
received record records reference referenced references rejected request requested requests required
requires resource resources response result results retry revoked same schema scope scopes search
searches security see server service session set should since size smaller something sort source
specified start status string such supplied support supported syntax system temporarily than that
the then there this time timeout timestamp timezone to together token tokens too transaction true
try two type types unable unauthorized unavailable unexpected unknown unprocessable unrecognized
unsupported until update url use used user valid validation value values version was were when which
while whole with within without wrong year you your zero _count _id _include _lastupdated _profile
_revinclude _sort _summary _tag _total _type beneficiary birthdate created family gender
policy-holder provider service-date subscriber billable-period-start service-start-date payor
"""
WORDS: Final = frozenset(_LISTED.split())
WORD: Final = re.compile(r"\S+")
CORE: Final = re.compile(r"[A-Za-z_][A-Za-z_-]*")
EDGES: Final = "\"'`()[]{}<>.,;:!?="
UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def complaint(body: bytes) -> str:
    """Return what an answer that is no good says, masked: the text of an OperationOutcome's issues, or the
    `detail`, `error_description` or such of another JSON object; "" where there is none.

    Only words of a list stay, because a name can look like any word: others become `*`, numbers `#`.
    """
    try:
        document = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except UNREADABLE:
        return ""
    texts = _texts(document) if isinstance(document, dict) else ()
    return "; ".join(masked(text) for text, _ in zip(texts, range(MOST), strict=False))[:LONGEST]


def masked(text: str) -> str:
    """Return the text without the words that are not on the list, and without the value of any number."""
    words: list[str] = []
    for word in WORD.findall(text[:1000]):
        core = word.strip(EDGES)
        shown = _shown(core, is_first=not words or words[-1].endswith((".", ":")))
        if shown == HIDDEN:
            if not words or words[-1] != HIDDEN:
                words.append(HIDDEN)
        else:
            end = word[len(word.rstrip(EDGES)) :][:1]
            words.append(shown + (end if end in ".,;:" else ""))
    return " ".join(words)[:LONGEST]


def _shown(core: str, *, is_first: bool) -> str:
    if core in fhir_types():
        return core
    if core and core[0].isdigit() and core.replace(".", "").replace(",", "").isdigit():
        return NUMBER
    is_plain = core == core.lower() or is_first or core.startswith("_")
    return core if is_plain and CORE.fullmatch(core) and core.lower() in WORDS else HIDDEN


def _texts(document: dict[str, Any]) -> Iterator[str]:
    if document.get("resourceType") == "OperationOutcome":
        issues = document.get("issue")
        for issue in filter(_is_object, issues if isinstance(issues, list) else ()):
            details = issue.get("details")
            said_texts = (issue.get("diagnostics"), details.get("text") if _is_object(details) else None)
            yield from (text for text in said_texts if isinstance(text, str) and text.strip())
        return
    named = [document.get(name) for name in ("detail", "error_description", "message", "title", "error")]
    texts = [text for text in named if isinstance(text, str) and text.strip()]
    if texts:
        yield texts[0]
        return
    for name, said_texts in document.items():  # as Django REST framework says it: {"_count": ["..."]}
        if isinstance(said_texts, list) and said_texts and isinstance(said_texts[0], str):
            yield f"{name}: {said_texts[0]}"


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)
