"""A server's own words about what is wrong, for operators: short, without anything that could be private."""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from config.fhir_types import fhir_types

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
            told = (issue.get("diagnostics"), details.get("text") if _is_object(details) else None)
            yield from (text for text in told if isinstance(text, str) and text.strip())
        return
    named = [document.get(name) for name in ("detail", "error_description", "message", "title", "error")]
    texts = [text for text in named if isinstance(text, str) and text.strip()]
    if texts:
        yield texts[0]
        return
    for name, told in document.items():  # as Django REST framework says it: {"_count": ["..."]}
        if isinstance(told, list) and told and isinstance(told[0], str):
            yield f"{name}: {told[0]}"


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)
