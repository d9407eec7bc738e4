"""The OAuth 2.0 conversation with a plan's authorization server: the only importer of Authlib."""

import base64
import logging
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote_plus, urljoin, urlsplit

from authlib.common.urls import add_params_to_qs, add_params_to_uri
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523.client import ASSERTION_TYPE
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.db import DatabaseError
from django.utils import timezone

from apps.connections import client_keys, tokens
from apps.connections.errors import (
    ConnectionFailed,
    GrantRefused,
    PlanAnswerUnreadable,
    PlanBusy,
    PlanRefusesUs,
    PlanSaidNo,
    RequestRefused,
)
from apps.connections.handshakes import Secrets
from apps.connections.tokens import Tokens
from apps.fhir.page_links import same_origin
from apps.outbound.door import MOVED, guard, object_in
from apps.outbound.errors import AddressRefused, OutboundError
from apps.plans.models import Plan
from apps.plans.origins import allowed_origins, binding, is_allowed
from apps.plans.plan_pause import note_accepted, note_refused
from apps.plans.secrets import client_secret, columns_in_turn, note_secret_refused, note_secret_taken
from apps.vault.errors import SealBroken

log = logging.getLogger("plainclaim.connections")

# RFC 6749 sections 4.1.2.1 and 5.2: what each error code means to us, sorted by whose fault it is. Every
# other code is a plain "no" of the plan.
MEANING: Final[dict[str, type[ConnectionFailed]]] = {
    "invalid_grant": GrantRefused,
    "invalid_client": PlanRefusesUs,
    "unauthorized_client": PlanRefusesUs,
    "invalid_request": RequestRefused,
    "invalid_scope": RequestRefused,
    "invalid_target": RequestRefused,
    "unsupported_response_type": RequestRefused,
    "unsupported_grant_type": RequestRefused,
    "redirect_uri_mismatch": RequestRefused,
    "invalid_redirect_uri": RequestRefused,
    "temporarily_unavailable": PlanBusy,
    "server_error": PlanBusy,
    "slow_down": PlanBusy,
}
REVOCATION_ERRORS: Final = frozenset(
    {
        "unsupported_token_type",
        "invalid_client",
        "unauthorized_client",
        "invalid_request",
        "invalid_token",
        "temporarily_unavailable",
    }
)
REGISTRATION: Final = ("invalid_client", "unauthorized_client")
CODE: Final = b"authorization code"
# What is said without a code of the RFC: by Blue Button, by Apigee's gateways, by Entra.
PHRASES: Final[tuple[tuple[bytes, type[ConnectionFailed]], ...]] = (
    (b"temporarily inactive", PlanRefusesUs),  # it has switched our application off
    (b"data access grant", GrantRefused),  # the member's permission ran out
    (b"unable to verify permission", GrantRefused),  # version 3, of a refresh token that it does not have
    (b"invalid client id", PlanRefusesUs),
    (b"refresh token", RequestRefused),
    (CODE, GrantRefused),
    (b'"interaction_required"', GrantRefused),  # Entra, at a renewal: the member has to be there
)
NOT_RENEWED: Final = "; if it takes us at sign-ins, set its quirk refresh to `none`"
MOST_BYTES: Final = 1024 * 1024  # the largest token answer is a few KB
BUSY: Final = frozenset({408, 425, 429})


def meaning(code: str) -> ConnectionFailed:
    """The error a plan's error code stands for. The code itself is only repeated when it is a known word."""
    return MEANING.get(code, PlanSaidNo)(code if code in MEANING else "another error code")


def authorization_url(plan: Plan, *, authorize_url: str, kept: Secrets, state: str) -> str:
    """Where the member signs in (RFC 6749 section 4.1.1, RFC 7636 section 4.3, SMART App Launch 2.2).

    What is empty is left out: servers refuse parameters they did not ask for. `launch` is echoed as it came.
    """
    sent = {
        "response_type": "code" if plan.quirks.send_response_type else None,
        "client_id": plan.client_id,
        "redirect_uri": kept.redirect_uri,
        "scope": kept.scope,
        "state": state,
        "aud": plan.audience,
        "launch": kept.launch,
        "nonce": kept.nonce,
        "code_challenge": create_s256_code_challenge(kept.code_verifier) if kept.code_verifier else None,
        "code_challenge_method": "S256" if kept.code_verifier else None,
    }
    further = [tuple(parameter.split("=", 1)) for parameter in plan.quirks.authorize_parameters]
    ours = [(name, value) for name, value in sent.items() if value]
    return str(add_params_to_uri(authorize_url, [*ours, *further]))


def exchange(
    plan: Plan, *, token_url: str, code: str, redirect_uri: str, code_verifier: str | None
) -> Tokens:
    """Swap a code for tokens (RFC 6749 section 4.1.3). `state` is never sent: strict servers refuse it.

    Raises GrantRefused, PlanRefusesUs, PlanBusy, PlanSaidNo, PlanAnswerUnreadable.
    """
    return _ask(
        plan,
        token_url,
        grant_type="authorization_code",
        code=code,
        redirect_uri=redirect_uri,
        code_verifier=code_verifier,
    )


def refresh(plan: Plan, *, token_url: str, refresh_token: str) -> Tokens:
    """Spend a refresh token (RFC 6749 section 6), once: rotating servers punish a second use.

    Raises the same errors as `exchange`.
    """
    return _ask(plan, token_url, grant_type="refresh_token", refresh_token=refresh_token)


@dataclass(frozen=True)
class Heard:
    """A plan's answer to a revocation request. `status` is None when none came.

    `error` is a code of RFC 6749 section 5.2 or RFC 7009 section 2.2.1, or "" for none and for every other
    word; `retry_after` is the header as it was sent.
    """

    status: int | None = None
    error: str = ""
    retry_after: str = ""


def revoke(
    plan: Plan, *, revoke_url: str, token: str, hint: str, token_url: str = "", method: str = ""
) -> Heard:
    """Ask the plan to forget a token (RFC 7009 section 2.1); raises nothing anticipated.

    A signed assertion is for the authorization server, whose name is its `token_url` (RFC 7523 section 3,
    SMART App Launch 2.2): servers expect that here too. Where revocation lives on another origin it is for
    the revocation address instead, because whoever runs that would hold both a refresh token and a proof
    that the token endpoint takes.

    A server that answers only that the address lacks a slash, or has one too many, is asked once more there
    (Blue Button publishes such an address); no other redirect is followed.
    """
    is_same_server = bool(token_url) and same_origin(token_url, base_url=revoke_url)
    audience, heard = token_url if is_same_server else revoke_url, Heard()
    for column in columns_in_turn(plan, is_code=True):
        try:
            session = _session(plan, column, url=revoke_url, audience=audience, method=method)
        except AddressRefused:
            return Heard()
        heard = _revoke(session, plan, revoke_url, token, hint)
        if heard.error not in REGISTRATION:
            break
    return heard


def _revoke(session: "_PlanSession", plan: Plan, revoke_url: str, token: str, hint: str) -> Heard:
    sent = {"token": token, "token_type_hint": hint, "allow_redirects": False}
    try:
        answer = session.revoke_token(revoke_url, headers={}, **sent)
        location = answer.headers.get("location", "")
        if other := moved_by_slash(revoke_url, status=answer.status_code, location=location):
            answer = session.revoke_token(other, headers={}, **sent)
    except OutboundError:
        return Heard()
    if 200 <= answer.status_code < 300:  # whoever is not known there is told so (RFC 7009 section 2.1)
        _note_taken(plan)
    return Heard(answer.status_code, _known_error(answer.content), answer.headers.get("Retry-After", "")[:40])


def _known_error(body: bytes) -> str:
    error = object_in(body).get("error")
    return error if isinstance(error, str) and error in REVOCATION_ERRORS else ""


def _ask(plan: Plan, token_url: str, **parameters: str | None) -> Tokens:
    sent = {name: value for name, value in parameters.items() if value}
    try:
        answer = _first_taken(plan, token_url, sent, columns_in_turn(plan, is_code="code" in sent))
    except OutboundError as error:
        raise PlanBusy(f"token endpoint: {type(error).__name__}") from error
    except PlanRefusesUs as error:
        if "refresh_token" in sent and plan.quirks.token_auth == "none":  # noqa: S105 - names a way
            # No secret of ours can be wrong: many servers renew for clients that have one alone.
            log.warning("plan %s does not renew for a client without a secret%s", plan.slug, NOT_RENEWED)
            raise RequestRefused(f"{error}, to a client without a secret") from error
        # Its own token server says so: once may be a moment, twice is for an operator to mend (O-32, C-06).
        if note_refused(plan, now=timezone.now()):
            hint = "" if "code" in sent else NOT_RENEWED
            words = "plan %s does not accept our client registration: paused until an operator ends that%s"
            log.error(words, plan.slug, hint)
        else:
            log.warning("plan %s did not accept our client registration; it may do so again", plan.slug)
        raise
    except (RequestRefused, PlanSaidNo) as error:
        if "code" not in sent:  # as many servers say of a refresh token that ran out
            log.warning("plan %s refused to renew a permission (%s)", plan.slug, error)
        elif isinstance(error, RequestRefused):
            words = "plan %s does not accept our token requests (%s): an operator has to act"
            log.error(words, plan.slug, error)
        raise
    return replace(answer, bound_to=binding(plan, token_url))


def _first_taken(plan: Plan, token_url: str, sent: Mapping[str, str], columns: Sequence[str]) -> Tokens:
    """The answer under the first client secret that the plan takes: while one is swapped there are two."""
    column, *others = columns
    try:
        session = _session(plan, column, url=token_url, audience=token_url)
        session.sends_code = "code" in sent
        answer: Tokens = session.fetch_token(token_url, allow_redirects=False, **sent)
    except PlanRefusesUs:
        note_secret_refused(plan, column)
        if not others:
            raise
        return _first_taken(plan, token_url, sent, others)
    _note_taken(plan, column)
    return answer


def _note_taken(plan: Plan, column: str = "") -> None:
    """Note that the plan took our registration, and which secret of it.

    Where that cannot be written, its answer counts all the same: it may have replaced a refresh token.
    """
    try:
        note_secret_taken(plan, column)
        note_accepted(plan, now=timezone.now())
    except DatabaseError as error:
        log.error("plan %s took our registration, which was not noted (%s)", plan.slug, type(error).__name__)


class _PlanSession(OAuth2Session):  # type: ignore[misc]  # Authlib is untyped
    """Authlib's session with our own, stricter and more tolerant, reading of the token answer."""

    sends_code: bool = False

    def parse_response_token(self, resp: Any) -> Tokens:
        """Return the tokens; Authlib itself would crash on `expires_in: "16768.5"`."""
        return tokens.read(_answer(resp, sent_code=self.sends_code), now=timezone.now())


def _session(plan: Plan, column: str, *, url: str, audience: str, method: str = "") -> _PlanSession:
    """A session that knows how this plan wants its client to prove itself, behind the outbound door.

    `column` says which of the plan's secrets it has, `url` where that is about to go. Raises AddressRefused.
    """
    method = method or plan.quirks.token_auth
    session = _PlanSession(
        plan.client_id,
        _secret(plan, column, url),
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
    )
    # Heard to the end, whatever was stopped meanwhile: with a token answer that is cut, a refresh token that
    # the plan has just replaced is lost, or a permission stands there that nobody can take back.
    guard(session, plan=plan.slug, origins=allowed_origins(plan), max_bytes=MOST_BYTES, hears_out=True)
    session.register_client_auth_method(("client_secret_basic", _basic))
    if method == "private_key_jwt":
        proof = _assertion(plan, audience)
        session.register_client_auth_method(("private_key_jwt", proof))
    return session


def _secret(plan: Plan, column: str, url: str) -> str | None:
    """The client secret, where its registration lets it go: plans share it (S-01).

    Where that was written into the database alone, the secret does not open, and goes nowhere.
    """
    if plan.registration is None:
        return None
    try:
        text = client_secret(plan.registration, column)
        if not text or is_allowed(url, frozenset(plan.registration.origins)):
            return text
    except SealBroken as error:
        log.error("%s", error)
    log.error("plan %s: our client secret may not go where it would: an operator has to act", plan.slug)
    raise AddressRefused("not an origin of the registration")


def _basic(
    client: Any, _method: str, uri: str, headers: MutableMapping[str, str], body: str
) -> tuple[str, MutableMapping[str, str], str]:
    """HTTP Basic with id and secret form-encoded first (RFC 6749 section 2.3.1); Authlib leaves that out."""
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret or '')}"
    headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return uri, headers, body


def _assertion(plan: Plan, audience: str) -> Callable[..., Any]:
    """Prove who we are by our signature (SMART App Launch 2.2, client-confidential-asymmetric).

    Dated by the wall clock: the plan compares it with its own.
    """

    def prove(client: Any, _method: str, uri: str, headers: Any, body: str) -> Any:
        assertion = client_keys.assertion(
            alg=plan.quirks.assertion_alg,
            client_id=client.client_id,
            audience=audience,
            now=timezone.now(),
        )
        body = add_params_to_qs(
            body, {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
        )
        headers["Content-Length"] = str(len(body))
        return uri, headers, body

    return prove


def _answer(response: Any, *, sent_code: bool) -> Mapping[str, Any]:
    """The JSON object of a good answer; raise what a bad one means (O-32).

    A code of the RFC counts whatever the status is; without one, what passes by itself is told from what
    makes no sense.
    """
    body, status = object_in(response.content), response.status_code
    is_busy = status in BUSY or status >= 500
    error = body.get("error")
    if isinstance(error, str) and (code := error.strip().lower()) in MEANING:
        raise _waiting(meaning(code), response)
    if is_busy:
        raise _waiting(PlanBusy(f"token endpoint: {status}"), response)
    if status >= 400:
        _raise_phrase(response.content[:4000].lower(), sent_code=sent_code)
    if isinstance(error, str) and error:
        raise meaning(error)
    if not 200 <= status < 300 or not body:
        raise PlanAnswerUnreadable(f"token endpoint: {status}, no usable JSON object")
    return body


def _waiting[E: ConnectionFailed](error: E, response: Any) -> E:
    """Return *error*, which knows how long the plan asked to wait if it is one that passes."""
    if isinstance(error, PlanBusy):
        error.retry_after = response.headers.get("Retry-After", "")[:40]
    return error


def _raise_phrase(content: bytes, *, sent_code: bool) -> None:
    for phrase, kind in PHRASES:
        if phrase in content:
            # Of a code that nobody sent: our question was misread, which ends no permission at once.
            is_of_none = phrase == CODE and not sent_code
            raise (RequestRefused if is_of_none else kind)(f"it says: {phrase.decode()}")


def moved_by_slash(url: str, *, status: int, location: str) -> str | None:
    """Where a request to *url* belongs, if the answer says no more than that a slash is too few or too many.

    None for every other answer: a token is not sent to where a redirect leads. The address is made from
    *url*, so that nothing of the plan's answer is in it.
    """
    if status not in MOVED:
        return None
    asked = urlsplit(url)
    path = asked.path.removesuffix("/") if asked.path.endswith("/") else f"{asked.path}/"
    other = asked._replace(path=path)
    try:
        target = urljoin(url, location)
        is_other = urlsplit(target)[2:] == other[2:] and "#" not in target
    except ValueError:
        return None
    return other.geturl() if is_other and same_origin(target, base_url=url) else None
