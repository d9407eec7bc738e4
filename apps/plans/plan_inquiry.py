"""Asking a plan for the documents it publishes: every refusal is an answer, and none is fatal."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from urllib.parse import urlunsplit

from apps.outbound.addresses import AddressUnusable, check_address, parts_of
from apps.outbound.door import fetch, open_session
from apps.outbound.errors import OutboundError, TooSlow, Unreachable
from apps.plans.origins import is_allowed, shown_origin
from apps.plans.plan_pause import Paused
from apps.plans.reading import (
    MAX_BYTES,
    Published,
    Statement,
    Unreadable,
    read_configuration,
    read_statement,
)

SMART: Final = "smart-configuration"
OPENID: Final = "openid-configuration"
OAUTH: Final = "oauth-authorization-server"
STATEMENT: Final = "capability statement"
METADATA: Final = "/metadata"
MOST_OF_ISSUER: Final = 120
MAX_PARENTS: Final = 3
PATIENCE_SECONDS: Final = 60.0
"""A member may be waiting: after so long nothing more is asked, and what was found has to do."""


class NoAnswer(Exception):
    """No document. The text is for operators; `is_down` when the server does not answer at all."""

    def __init__(self, reason: str, *, is_down: bool = False) -> None:
        super().__init__(reason)
        self.is_down = is_down


class OtherIssuer(NoAnswer):
    """A document that names another issuer than the row, or than the document that led to it."""


@dataclass
class Asked:
    """What a plan publishes, best source first, and what went wrong on the way, in words for the operator.

    `down` are the origins that did not answer at all.
    """

    documents: list[tuple[str, Published]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    is_cut: bool = False
    """Whether our own time ran out before all was asked, or the plan was paused meanwhile."""
    names_other_issuer: bool = False
    """Whether a document was not used because it names another issuer than was expected."""

    @property
    def is_partial(self) -> bool:
        """Whether something was not heard: what is not in the answer may be offered all the same."""
        return self.is_cut or bool(self.down)

    def first(self, name: str) -> Any:
        """The value of the best source that has one, else None."""
        return next((value for _, published in self.documents if (value := getattr(published, name))), None)


@dataclass(frozen=True)
class Question:
    """What to ask: `base` and `issuer` as the row has them ("": not known), and the `allowed` origins.

    `is_settled` when sign-in and token addresses are known without asking: then only what they do not say is
    wanted; with `only_keys` nothing but the issuer's own documents.
    """

    slug: str
    base: str
    issuer: str
    allowed: frozenset[str]
    is_settled: bool = False
    only_keys: bool = False


def ask_plan(question: Question) -> Asked:
    """Ask in this order, each only if still needed: smart-configuration at the base and its parents,
    openid-configuration, oauth-authorization-server, the CapabilityStatement.

    Nothing outside the allowed origins is asked, and a server that does not answer at all not a second time.
    Where the plan is paused meanwhile, what was found has to do (`plan_pause.while_open`).
    """  # fmt: skip
    asked = Asked()
    with open_session(plan=question.slug, origins=question.allowed, max_bytes=MAX_BYTES) as session:
        inquiry = _Inquiry(question, asked, session, time.monotonic() + PATIENCE_SECONDS)
        try:
            _ask_all(inquiry)
        except Paused:
            asked.is_cut = True
    return asked


def _ask_all(inquiry: "_Inquiry") -> None:
    if not inquiry.question.only_keys:
        # SMART's document may lie above the base (seen at a real plan), so parent paths are tried too.
        inquiry.first(SMART, (place + _well_known(SMART) for place in _with_parents(inquiry.question.base)))
    if issuer := inquiry.question.issuer or inquiry.asked.first("issuer"):
        inquiry.ask_issuer(issuer)
    elif inquiry.lacks_addresses:
        inquiry.ask_around()
    if inquiry.lacks_addresses or inquiry.is_doubtful:
        inquiry.ask_statement()


def ask_statement(session: Any, base: str) -> Statement:
    """The plan's CapabilityStatement; NoAnswer."""
    body = _body(session, base.rstrip("/") + METADATA, accept="application/fhir+json")
    try:
        return read_statement(body, base=base)
    except Unreadable as error:
        raise NoAnswer(str(error)) from error


@dataclass
class _Inquiry:
    """One round of questions to one plan."""

    question: Question
    asked: Asked
    session: Any
    until: float
    of_host: tuple[str, Published] | None = None
    """What the top of the host publishes, where nothing nearer to the base was found."""

    @property
    def lacks_addresses(self) -> bool:
        """True while the base is still worth asking for the two addresses that matter."""
        return not (
            shown_origin(self.question.base) in self.asked.down
            or self.question.only_keys
            or self.question.is_settled
            or (self.asked.first("authorize_url") and self.asked.first("token_url"))
            or self._is_late()
        )

    def ask_issuer(self, issuer: str) -> None:
        """The issuer's own documents (OpenID Connect Discovery 1.0 section 4, RFC 8414 section 3)."""
        try:
            check_address(issuer)
        except AddressUnusable as error:
            self.asked.problems.append(f"{OPENID} is not asked for: issuer: {error.sentence}")
            return
        if not is_allowed(issuer, self.question.allowed):
            self.asked.problems.append(f"{OPENID} is not asked for: nobody confirmed {shown_origin(issuer)}")
            return
        if _is_document(issuer):
            self.first(OPENID, [issuer])
        elif not self.first(OPENID, [issuer.rstrip("/") + _well_known(OPENID)], issuer=issuer):
            self.first(OAUTH, _places_of_metadata(issuer), issuer=issuer)

    def ask_around(self) -> None:
        """Nobody named an issuer: look where its documents would lie if the base were one."""
        base, root = self.question.base.rstrip("/"), shown_origin(self.question.base)
        own = {OPENID: [base + _well_known(OPENID)], OAUTH: _places_of_metadata(base)}
        shared = {OPENID: [root + _well_known(OPENID)], OAUTH: _places_of_metadata(root)}
        for source in (OPENID, OAUTH):
            if not self.lacks_addresses or self.first(source, own[source]) or root == base:
                continue
            if self.first(source, shared[source]):
                self.of_host = self.asked.documents[-1]

    @property
    def is_doubtful(self) -> bool:
        """Whether the addresses are those of a host that may serve several plans: its base can tell."""
        is_down = shown_origin(self.question.base) in self.asked.down
        return self.of_host is not None and not is_down and not self._is_late()

    def ask_statement(self) -> None:
        """The oauth-uris extension of the CapabilityStatement.

        It is the base's own word: where it names another token address than the top of the host does, that
        is the document of a neighbour, and nothing of it (its keys, its issuer) is this plan's.
        """
        base = self.question.base
        if not self._note(STATEMENT, base, lambda: ask_statement(self.session, base).oauth):
            return
        named = self.asked.documents[-1][1].token_url
        if self.of_host and named and self.of_host[1].token_url != named:
            self.asked.documents.remove(self.of_host)
            self.asked.problems.append(f"{self.of_host[0]} at / is another's: the plan's statement differs")

    def first(self, source: str, urls: Iterable[str], *, issuer: str = "") -> bool:
        """Take the first of the documents that can be had; False when there is none."""
        for url in urls:
            if shown_origin(url) in self.asked.down or self._is_late():
                return False
            if self._note(source, url, partial(self._configuration, url, issuer)):
                return True
        return False

    def _is_late(self) -> bool:
        """Whether nothing more is asked; called where something would be."""
        self.asked.is_cut = self.asked.is_cut or time.monotonic() > self.until
        return self.asked.is_cut

    def _note(self, source: str, url: str, ask: Callable[[], Published]) -> bool:
        try:
            self.asked.documents.append((source, ask()))
        except NoAnswer as error:
            place = parts_of(url).path.partition("/.well-known")[0] or "/"
            self.asked.problems.append(f"{source} at {place} {error}")
            if error.is_down:
                self.asked.down.add(shown_origin(url))
            self.asked.names_other_issuer |= isinstance(error, OtherIssuer)
            return False
        return True

    def _configuration(self, url: str, issuer: str) -> Published:
        """Read one document; its issuer must be the one asked for, and the row's, exactly (O-11)."""
        body = _body(self.session, url, accept="application/json")
        try:
            published = read_configuration(body, base=self.question.base)
        except Unreadable as error:
            raise NoAnswer(str(error)) from error
        expected = issuer or self.question.issuer
        may_be_silent = published.issuer is None and not issuer
        if expected and published.issuer != expected and not may_be_silent and not _is_document(expected):
            raise OtherIssuer(_differing(published.issuer, expected))
        return published


def _body(session: Any, url: str, *, accept: str) -> bytes:
    try:
        check_address(url)
        answer = fetch(session, url, headers={"Accept": accept})
    except AddressUnusable as error:
        raise NoAnswer(f"is not asked for: {error.sentence}") from error
    except OutboundError as error:
        is_down = isinstance(error, Unreachable | TooSlow)
        raise NoAnswer(f"could not be had ({type(error).__name__})", is_down=is_down) from error
    if answer.status != 200:
        raise NoAnswer(f"answered {answer.status}")
    return answer.body


def _differing(named: str | None, expected: str) -> str:
    """What is wrong, with both texts: the operator may have written one, and it is often a slash alone."""
    is_slash = (named or "").rstrip("/") == expected.rstrip("/")
    hint = " (a slash at the end is all that differs)" if is_slash else ""
    texts = f"{ascii(named)[:MOST_OF_ISSUER]}, not {ascii(expected)[:MOST_OF_ISSUER]}"
    return f"names another issuer{hint}: {texts}"


def _is_document(issuer: str) -> bool:
    """Seen at a real server: the issuer is its document's own address."""
    return "/.well-known/" in issuer


def _well_known(name: str) -> str:
    return f"/.well-known/{name}"


def _places_of_metadata(issuer: str) -> list[str]:
    """RFC 8414 section 3.1: between host and path; and, as many do it, after the path."""
    parts = parts_of(issuer)
    path = parts.path.rstrip("/")
    inserted = urlunsplit((parts.scheme, parts.netloc, _well_known(OAUTH) + path, "", ""))
    appended = urlunsplit((parts.scheme, parts.netloc, path + _well_known(OAUTH), "", ""))
    return list(dict.fromkeys([inserted, appended]))


def _with_parents(base: str) -> list[str]:
    """The base and up to three paths above it, without their trailing slash."""
    parts = parts_of(base)
    segments = [segment for segment in parts.path.split("/") if segment]
    depths = range(len(segments), max(len(segments) - MAX_PARENTS, 0) - 1, -1)
    return [
        urlunsplit((parts.scheme, parts.netloc, "/".join(["", *segments[:d]]).rstrip("/"), "", ""))
        for d in depths
    ]
