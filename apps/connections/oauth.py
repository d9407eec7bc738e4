"""The OAuth 2.0 conversation with a plan's authorization server: the only importer of Authlib."""

import base64
import json
import logging
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_plus

from authlib.common.urls import add_params_to_qs
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523.assertion import private_key_jwt_sign
from authlib.oauth2.rfc7523.client import ASSERTION_TYPE
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from apps.connections import tokens
from apps.connections.errors import (
    ConnectionFailed,
    GrantRefused,
    PlanAnswerUnreadable,
    PlanBusy,
    PlanRefusesUs,
    PlanSaidNo,
)
from apps.connections.tokens import Tokens
from apps.outbound.door import guard
from apps.outbound.errors import OutboundError
from apps.plans.choices import TokenAuth
from apps.plans.models import Plan
from apps.plans.secrets import client_secret

log = logging.getLogger("plainclaim.connections")

# RFC 6749 sections 4.1.2.1 and 5.2: what each error code means to us. Every other code is a plain "no".
MEANING: dict[str, type[ConnectionFailed]] = {
    "invalid_grant": GrantRefused,
    "invalid_client": PlanRefusesUs,
    "unauthorized_client": PlanRefusesUs,
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


def meaning(code: str, otherwise: type[ConnectionFailed] = PlanSaidNo) -> ConnectionFailed:
    """The error a plan's error code stands for. The code itself is only repeated when it is a known word."""
    return MEANING.get(code, otherwise)(code if code in MEANING else "another error code")


def authorization_url(
    plan: Plan,
    *,
    authorize_url: str,
    redirect_uri: str,
    scope: str,
    state: str,
    code_verifier: str | None,
    nonce: str | None,
) -> str:
    """Where the member signs in (RFC 6749 section 4.1.1, RFC 7636 section 4.3, SMART App Launch 2.2)."""
    session = OAuth2Session(
        plan.client_id, scope=scope, redirect_uri=redirect_uri, code_challenge_method="S256"
    )
    # Authlib leaves out what is None: no verifier, no nonce, no aud where the plan does not want them.
    url, _ = session.create_authorization_url(
        authorize_url, state=state, code_verifier=code_verifier, nonce=nonce, aud=plan.audience
    )
    return str(url)


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


def revoke(plan: Plan, *, revoke_url: str, token: str, hint: str) -> Heard:
    """Ask the plan to forget a token (RFC 7009 section 2.1); raises nothing anticipated."""
    try:
        answer = _session(plan).revoke_token(
            revoke_url, token=token, token_type_hint=hint, headers={}, allow_redirects=False
        )
    except OutboundError:
        return Heard()
    except PlanRefusesUs:
        return Heard(error="invalid_client")
    return Heard(answer.status_code, _known_error(answer.content), answer.headers.get("Retry-After", "")[:40])


def _known_error(body: bytes) -> str:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    error = answer.get("error") if isinstance(answer, dict) else None
    return error if isinstance(error, str) and error in REVOCATION_ERRORS else ""


def _ask(plan: Plan, token_url: str, **parameters: str | None) -> Tokens:
    sent = {name: value for name, value in parameters.items() if value}
    try:
        answer: Tokens = _session(plan).fetch_token(token_url, allow_redirects=False, **sent)
    except OutboundError as error:
        raise PlanBusy(f"token endpoint: {type(error).__name__}") from error
    except PlanRefusesUs:
        log.error("plan %s does not accept our client registration: an operator has to act", plan.slug)
        raise
    return answer


class _PlanSession(OAuth2Session):  # type: ignore[misc]  # Authlib is untyped
    """Authlib's session with our own, stricter and more tolerant, reading of the token answer."""

    def parse_response_token(self, resp: Any) -> Tokens:
        """Return the tokens; Authlib itself would crash on `expires_in: "16768.5"`."""
        return tokens.read(_answer(resp))


def _session(plan: Plan) -> _PlanSession:
    """A session that knows how this plan wants its client to prove itself, behind the outbound door."""
    secret = client_secret(plan)
    session = _PlanSession(
        plan.client_id,
        secret,
        token_endpoint_auth_method=plan.quirks.token_auth,
        revocation_endpoint_auth_method=plan.quirks.token_auth,
    )
    guard(session, plan=plan.slug)
    session.register_client_auth_method((str(TokenAuth.CLIENT_SECRET_BASIC), _basic))
    if plan.quirks.token_auth == TokenAuth.PRIVATE_KEY_JWT:
        session.register_client_auth_method((str(TokenAuth.PRIVATE_KEY_JWT), _assertion(secret or "")))
    return session


def _basic(
    client: Any, _method: str, uri: str, headers: MutableMapping[str, str], body: str
) -> tuple[str, MutableMapping[str, str], str]:
    """HTTP Basic with id and secret form-encoded first (RFC 6749 section 2.3.1); Authlib leaves that out."""
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret or '')}"
    headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return uri, headers, body


def _assertion(secret: str) -> Callable[..., Any]:
    """Sign with our private JWK, for four minutes (SMART App Launch 2.2, client-confidential-asymmetric)."""
    try:
        jwk = json.loads(secret)
        elliptic = jwk.get("kty") == "EC"
        key = ECKey.import_key(jwk) if elliptic else RSAKey.import_key(jwk)
    except (ValueError, AttributeError, JoseError) as error:
        raise PlanRefusesUs("the private key of this plan is not a JWK") from error
    header = {"kid": jwk["kid"]} if "kid" in jwk else {}

    def prove(client: Any, _method: str, uri: str, headers: Any, body: str) -> Any:
        assertion = private_key_jwt_sign(
            key,
            client_id=client.client_id,
            token_endpoint=uri,
            header=dict(header),
            alg="ES384" if elliptic else "RS384",
            expires_in=240,
        )
        body = add_params_to_qs(
            body, {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
        )
        headers["Content-Length"] = str(len(body))
        return uri, headers, body

    return prove


def _answer(response: Any) -> Mapping[str, Any]:
    """The JSON object of a good answer; raise what a bad one means (O-32)."""
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        body = None
    status = response.status_code
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, str) and error:
        raise meaning(error, PlanBusy if status == 429 or status >= 500 else PlanSaidNo)
    if status == 429 or status >= 500:
        raise PlanBusy(f"token endpoint: {status}")
    if status != 200 or not isinstance(body, dict):
        raise PlanAnswerUnreadable(f"token endpoint: {status}, no usable JSON object")
    return body
