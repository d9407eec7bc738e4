"""Asking a plan for the documents it publishes: every refusal is an answer, and none is fatal."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from apps.outbound.door import fetch, open_session
from apps.outbound.errors import OutboundError, TooSlow, Unreachable
from apps.plans.addresses import AddressUnusable, check_address
from apps.plans.reading import Published, Statement, Unreadable, read_configuration, read_statement

SMART = "/.well-known/smart-configuration"
OPENID = "/.well-known/openid-configuration"
METADATA = "/metadata"
MAX_PARENTS = 3


class NoAnswer(Exception):
    """No document. `reason` is for operators; `is_down` when the server does not answer at all."""

    def __init__(self, reason: str, *, is_down: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_down = is_down


@dataclass
class Asked:
    """What a plan publishes, best source first, and what went wrong on the way, in words for the operator."""

    found: list[tuple[str, Published]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def first(self, name: str) -> Any:
        """The value of the best source that has one, else None."""
        return next((value for _, published in self.found if (value := getattr(published, name))), None)

    @property
    def has_both(self) -> bool:
        """True when the sign-in and the token address are known."""
        return bool(self.first("authorize_url") and self.first("token_url"))


def ask_plan(*, slug: str, base: str, issuer: str, only_openid: bool = False) -> Asked:
    """Ask for smart-configuration, then openid-configuration, then (only if still needed) the statement.

    SMART's document may lie above the base (seen at a real plan), so parent paths are tried too. A server
    that does not answer at all is not asked again.
    """
    asked = Asked()
    with open_session(plan=slug) as session:
        is_up = True
        if not only_openid:
            is_up = _ask_smart(asked, session, base)
        wanted = issuer or ("" if asked.first("jwks_uri") else asked.first("issuer") or "")
        if wanted:
            _ask_openid(asked, session, wanted)
        if is_up and not only_openid and not asked.has_both:
            _note(asked, "capability statement", lambda: ask_statement(session, base).oauth)
    return asked


def ask_statement(session: Any, base: str) -> Statement:
    """The plan's CapabilityStatement; NoAnswer."""
    body = _body(session, base.rstrip("/") + METADATA, accept="application/fhir+json")
    try:
        return read_statement(body, base=base)
    except Unreadable as error:
        raise NoAnswer(error.reason) from error


def _ask_smart(asked: Asked, session: Any, base: str) -> bool:
    """Look for smart-configuration at the base and above it; False when the server is down."""
    for place in _with_parents(base):
        try:
            asked.found.append(("smart-configuration", _configuration(session, place + SMART, base)))
        except NoAnswer as error:
            asked.problems.append(f"smart-configuration at {urlsplit(place).path or '/'} {error.reason}")
            if error.is_down:
                return False
        else:
            return True
    return True


def _ask_openid(asked: Asked, session: Any, issuer: str) -> None:
    """OpenID Connect Discovery 1.0, section 4.3: the document's issuer must be the one asked for."""
    is_document = "/.well-known/" in issuer  # seen at a real server: the issuer is the document's own address

    def published() -> Published:
        url = issuer if is_document else issuer.rstrip("/") + OPENID
        configuration = _configuration(session, url, issuer)
        if configuration.issuer != issuer and not is_document:
            raise NoAnswer("names another issuer")
        return configuration

    _note(asked, "openid-configuration", published)


def _note(asked: Asked, source: str, ask: Callable[[], Published]) -> None:
    try:
        asked.found.append((source, ask()))
    except NoAnswer as error:
        asked.problems.append(f"{source} {error.reason}")


def _configuration(session: Any, url: str, base: str) -> Published:
    try:
        return read_configuration(_body(session, url, accept="application/json"), base=base)
    except Unreadable as error:
        raise NoAnswer(error.reason) from error


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


def _with_parents(base: str) -> list[str]:
    """The base and up to three paths above it, without their trailing slash."""
    parts = urlsplit(base)
    segments = [segment for segment in parts.path.split("/") if segment]
    depths = range(len(segments), max(len(segments) - MAX_PARENTS, 0) - 1, -1)
    return [
        urlunsplit((parts.scheme, parts.netloc, "/".join(["", *segments[:d]]).rstrip("/"), "", ""))
        for d in depths
    ]
