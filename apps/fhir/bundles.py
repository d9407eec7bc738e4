"""Bundles and single resources as bytes: entries keep the exact JSON the plan sent."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

import msgspec

from apps.fhir import identity
from apps.fhir.errors import (
    UNREADABLE,
    EndlessPages,
    FhirError,
    NextRefused,
    NoneFound,
    NotFhir,
    OtherFormat,
    PlanTrouble,
    Rejected,
    complaint,
)
from apps.fhir.page_links import next_page
from apps.fhir.whose import NOTHING, Whose

BOM = b"\xef\xbb\xbf"
NO_ENTRY = b"{"
"""What stands for an entry that cannot be read: no JSON either, so it is counted as that."""
# What a backslash begins in JSON: both halves of a character, a half alone, anything else.
ESCAPES = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)
MARKS = tuple(rb"\u%04x" % code for code in range(0xE000, 0xE100))  # code points of private use
FIRST_STAMP, LAST_STAMP = 1900, 2999
"""Years of a stamp: what systems write for "no date" (the year 1, the year 9999) is none."""
MOST_PARTS = 250_000
"""Commas in one record: of a thousand lines there are a tenth. As objects each costs a hundredfold."""
SMALL_PAGE = 1024 * 1024
LEAST_BETWEEN = 8
"""Bytes to a comma in a page that is not small: published records have forty. Two letters make an object."""
# FHIR R4 issue-type codes that mean "later", not "no".
PASSING_TROUBLE = frozenset(
    {"transient", "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled"}
)
MISSING_SOME = PASSING_TROUBLE | {"processing", "suppressed", "too-costly"}
"""Issues beside records that say: not all could be had."""
FOUND_NONE = frozenset({"not-found", "informational"})
"""Issues of an answer that may mean: there is no record of what was asked for."""
NO_RESULTS = "4101"
"""Epic's code of an issue: "Resource request returns no results"."""
XML_HEAD = 2000
"""Bytes in which XML of FHIR says what it is."""
XML_OF_FHIR = re.compile(rb"""xmlns(?::\w+)?=["']http://hl7\.org/fhir["']""")
"""How it says so: pages of the web may link to FHIR too."""
ERRORS = ("fatal", "error")
"""Severities of an issue that say: it was not done (FHIR R4 issue-severity)."""
REFERENCE = re.compile(r"(?P<type>[A-Z][A-Za-z]{1,63})/(?P<id>[^/?#\s]{1,200})(?:/_history/[^/?#\s]+)?")
DOTS = (".", "..")
"""Ids by FHIR's rules, but in an address, encoded or not, they mean the whole type and the server itself."""


class Resource(msgspec.Struct, frozen=True):
    """One resource: type, id, its exact JSON, and `meta.lastUpdated` where the plan sent a readable one.

    `id` is "" where the plan sent none, as one does with all its claims. `about` is the JSON of each element
    that says whom it is about.
    """

    type: str
    id: str
    body: bytes
    last_updated: datetime | None = None
    about: tuple[bytes, ...] = ()

    @property
    def reference(self) -> str:
        """The relative reference, ``Type/id``."""
        return f"{self.type}/{self.id}"

    @property
    def identity(self) -> str:
        """What tells it from others of this plan: `reference`, or what stands for it where there is no id."""
        return identity.identity(self.type, self.id, self.body)


class Page(msgspec.Struct, frozen=True):
    """One page of a search.

    `outcomes` are the issue codes of OperationOutcome entries, `has_failed` whether one of them is an error,
    `unreadable` counts entries that are no resource with a type, `next_url` is absolute and checked, None on
    the last page. `total` is what the plan said of the whole search, None where it did not. A link that is
    not followed leaves its error in `refusal`: the page itself is good.
    """

    resources: tuple[Resource, ...]
    outcomes: tuple[str, ...] = ()
    unreadable: int = 0
    next_url: str | None = None
    total: int | None = None
    refusal: FhirError | None = None
    has_failed: bool = False

    @property
    def has_gaps(self) -> bool:
        """Whether the page may lack records that the search should have brought.

        An outcome within a searchset holds no error (https://hl7.org/fhir/R4/search.html: "SHALL NOT"): a
        server that calls something one, whatever its code, has not done what was asked.
        """
        missing = MISSING_SOME.intersection(self.outcomes)
        if self.total == 0 and not self.resources:  # as Epic remarks that a search has no results
            missing -= {"processing"}
        return bool(self.unreadable or self.refusal or self.has_failed or missing)


class _Bundle(msgspec.Struct):
    resourceType: str = ""
    link: list[msgspec.Raw] | None = None
    total: msgspec.Raw = NOTHING


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = NOTHING
    resourceType: msgspec.Raw = NOTHING

    @property
    def sent(self) -> bytes:
        """The JSON of its resource; a resource that stands in its place is no entry."""
        return bytes(self.resource) or (NO_ENTRY if self.resourceType else b"")


class _Sound(_Bundle):
    """A bundle whose entries are all entries, as nearly always."""

    entry: list[_Entry] | None = None


class _Odd(_Bundle):
    """A bundle whose entries are opened one by one: what is none costs itself."""

    entry: list[msgspec.Raw] | None = None


class _Head(Whose, kw_only=True):
    resourceType: str
    id: str = ""
    meta: msgspec.Raw = NOTHING


class _Meta(msgspec.Struct):
    lastUpdated: str = ""


class _Issue(msgspec.Struct):
    severity: object = None
    code: str = "unknown"
    details: object = None

    @property
    def says_none(self) -> bool:
        """Whether it calls itself a remark, or says in Epic's code that a search has no results."""
        coding = self.details.get("coding") if isinstance(self.details, dict) else None
        parts = coding if isinstance(coding, list) else []
        has_code = any(isinstance(part, dict) and part.get("code") == NO_RESULTS for part in parts)
        return self.severity == "information" or has_code


class _Outcome(msgspec.Struct):
    resourceType: str = ""
    issue: list[_Issue] = []


_sound = msgspec.json.Decoder(_Sound)
_odd = msgspec.json.Decoder(_Odd)
_entry = msgspec.json.Decoder(_Entry)
_head = msgspec.json.Decoder(_Head)
_meta = msgspec.json.Decoder(_Meta)
_outcome = msgspec.json.Decoder(_Outcome)

# FHIR R4 value set issue-type.
ISSUE_TYPES = frozenset(
    {
        "business-rule", "code-invalid", "conflict", "deleted", "duplicate", "exception", "expired",
        "extension", "forbidden", "incomplete", "informational", "invalid", "invariant", "lock-error",
        "login", "multiple-matches", "no-store", "not-found", "not-supported", "processing", "required",
        "security", "structure", "suppressed", "throttled", "timeout", "too-costly", "too-long", "transient",
        "unknown", "value",
    }
)  # fmt: skip


def read_page(
    body: bytes, *, url: str, base_url: str, back_link: str = "previous", link_header: str = ""
) -> Page:
    """Read the answer of a search that came from *url*; raise NotFhir, Rejected or PlanTrouble.

    What the bundle links to counts; where it has no `next`, that of the HTTP *link_header* (RFC 8288).
    `refusal` is NextRefused where `next` leads away from *base_url*, and EndlessPages where it leads to where
    *back_link* leads: to the page before.

    `search.mode` is not looked at: includes are told by their type; `total` is no promise (facts: claims.md
    section 11).
    """
    body = body.removeprefix(BOM)
    if len(body) > SMALL_PAGE and body.count(b",") * LEAST_BETWEEN > len(body):
        raise NotFhir("more parts than records have")
    bundle, entries = _opened(body)
    if bundle.resourceType != "Bundle":
        raise outcome_only(body) if bundle.resourceType == "OperationOutcome" else NotFhir("no Bundle")
    resources, outcomes, unreadable = _told_apart(entries)
    next_url, refusal = None, None
    try:
        links = bundle.link or ()
        next_url = next_page(links, link_header, url=url, base_url=base_url, back_link=back_link)
    except (NextRefused, EndlessPages) as error:
        refusal = error
    if _may_say_twice(body, next_url) and _says_twice(body):
        raise NotFhir("a name twice")
    text = bytes(bundle.total)
    return Page(
        resources=tuple(resources),
        outcomes=tuple(code for outcome in outcomes for code in _heard(outcome)),
        unreadable=unreadable,
        next_url=next_url,
        total=int(text) if text.isdigit() and len(text) < 10 else None,
        refusal=refusal,
        has_failed=any(issue.severity in ERRORS for outcome in outcomes for issue in _issues(outcome)),
    )


def _told_apart(entries: Iterable[bytes]) -> tuple[list[Resource], list[bytes], int]:
    """Return the records of a page, its OperationOutcomes, and how many entries are no resource."""
    resources, outcomes, unreadable = list[Resource](), list[bytes](), 0
    for inner in entries:
        if inner in (b"", b"null"):  # an entry may carry only a link or a search score
            continue
        try:
            resource = read_resource(inner)
        except NotFhir:
            unreadable += 1
            continue
        if resource.type == "OperationOutcome":
            outcomes.append(resource.body)
        else:
            resources.append(resource)
    return resources, outcomes, unreadable


def _may_say_twice(body: bytes, next_url: str | None) -> bool:
    """Return whether to look closely for two lists under one name, of which only the last was read.

    That costs as much as all the rest, so it is done where the bytes give reason to: more lists than one, or
    a next link that was not found. JSON is full of quotes: a search without them takes a third of the time.
    """
    has_lists = body.count(b"entry") > 1 and body.count(b'"entry"') > 1
    return has_lists or (next_url is None and b'"next"' in body)


def _says_twice(body: bytes) -> bool:
    """Whether the outermost object has two members of one name (RFC 8259 section 4: anything may hold)."""
    names: list[str] = []

    def note(pairs: list[tuple[str, object]]) -> None:
        names[:] = [name for name, _ in pairs]  # the outermost object ends last

    try:  # numbers stay text: of thousands of digits Python makes none
        text = body.decode("utf-8", "replace")  # half a character of one record is not all of them
        json.loads(text, object_pairs_hook=note, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return True
    return len(names) != len(set(names))


def read_resource(body: bytes) -> Resource:
    """Read the head of one resource; the body is kept byte for byte. Raise NotFhir."""
    body = body.removeprefix(BOM)
    if len(body) > MOST_PARTS and body.count(b",") > MOST_PARTS:
        raise NotFhir("more parts than a record has")
    try:
        head = _head.decode(body)
    except UNREADABLE:
        raise _no_json(body) from None
    stamp = _last_updated(head.meta)
    return Resource(head.resourceType, head.id, body, stamp, tuple(head.about))


def issue_codes(body: bytes) -> tuple[str, ...]:
    """Return the issue codes of an OperationOutcome, () when *body* is none. Texts are never read, and words
    that are no code of FHIR neither: codes are logged."""
    return tuple(issue.code for issue in _issues(body) if issue.code in ISSUE_TYPES)


def _heard(body: bytes) -> Iterator[str]:
    """Yield the codes of the issues beside records; that some may be held back for anyone is a remark."""
    for issue in _issues(body):
        is_remark = issue.severity == "information" and issue.code == "suppressed"
        if issue.code in ISSUE_TYPES and not is_remark:
            yield issue.code


def finds_none(body: bytes, *, is_refusal: bool) -> bool:
    """Return whether an OperationOutcome in place of records says no more than that there are none.

    "processing" is what HAPI calls every refusal, and Epic the remark that a search has no results. Of an
    answer that is none, it may as well say what was left out.
    """
    issues = _issues(body)
    return bool(issues) and all(
        issue.code in FOUND_NONE or (issue.code == "processing" and (is_refusal or issue.says_none))
        for issue in issues
    )


def _issues(body: bytes) -> list[_Issue]:
    try:
        outcome = _outcome.decode(body.removeprefix(BOM))
    except UNREADABLE:
        return []
    return outcome.issue if outcome.resourceType == "OperationOutcome" else []


def local_reference(reference: str, *, base_url: str) -> str | None:
    """Return ``Type/id`` for a relative or same-base absolute reference, without version; else None."""
    base = base_url.rstrip("/") + "/"
    if reference.startswith(base):
        reference = reference[len(base) :]
    parts = REFERENCE.fullmatch(reference)
    if parts is None or parts["id"] in DOTS:
        return None
    return f"{parts['type']}/{parts['id']}"


def _opened(body: bytes) -> tuple[_Bundle, list[bytes]]:
    """Return the bundle, and the JSON of each entry's resource: b"" for none, `NO_ENTRY` for no entry."""
    with suppress(*UNREADABLE):
        sound = _sound.decode(body)
        return sound, [entry.sent for entry in sound.entry or ()]
    odd, mark = _marked(body)
    return odd, [_resource_of(raw, mark) for raw in odd.entry or ()]


def _resource_of(raw: msgspec.Raw, mark: bytes) -> bytes:
    try:
        return NO_ENTRY if mark and mark in bytes(raw) else _entry.decode(raw).sent
    except UNREADABLE:
        return NO_ENTRY


def _marked(body: bytes) -> tuple[_Odd, bytes]:
    """Return the bundle, and the mark that now stands in it for every half of a character, b"" for none.

    Half a character (a lone surrogate, `"\\ud800"`) makes JSON that no strict reader takes; the mark is as
    long as what it replaces and occurs nowhere else, so that it costs the entries that hold it and no other.
    """
    with suppress(*UNREADABLE):
        return _odd.decode(body), b""
    mark = next((candidate for candidate in MARKS if candidate not in body), b"")
    marked = ESCAPES.sub(lambda escape: mark if escape["half"] else escape[0], body) if mark else body
    try:
        return _odd.decode(marked), mark
    except UNREADABLE:
        raise _no_json(body) from None


def _no_json(body: bytes) -> NotFhir:
    """Return the error for what is no JSON: XML of FHIR, or anything."""
    is_xml = body.lstrip().startswith(b"<") and XML_OF_FHIR.search(body[:XML_HEAD])
    return OtherFormat("XML") if is_xml else NotFhir("no readable JSON")


def outcome_only(body: bytes) -> FhirError:
    """Return the error for a 200 that is an OperationOutcome instead of what was asked for."""
    issues = issue_codes(body)
    kind: type[FhirError] = PlanTrouble if PASSING_TROUBLE.intersection(issues) else Rejected
    if finds_none(body, is_refusal=False):
        kind = NoneFound
    return kind("outcome only", issues=issues, says=complaint(body))


def _last_updated(meta: msgspec.Raw) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_meta.decode(meta or b"{}").lastUpdated)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        # In UTC, as databases keep it: there the first and the last day of all may not exist.
        return moment if FIRST_STAMP <= moment.astimezone(UTC).year <= LAST_STAMP else None
    except (*UNREADABLE, ValueError, OverflowError):
        return None
