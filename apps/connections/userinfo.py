"""What a plan's userinfo endpoint says about whoever signed in (OpenID Connect Core 1.0, section 5.3)."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from apps.connections import id_tokens
from apps.connections.errors import IdTokenRefused
from apps.outbound.door import Answer, fetch, open_session
from apps.outbound.errors import OutboundError
from apps.plans.models import Plan

ACCEPT: Final = "application/json, application/jwt"
MOST_BYTES: Final = 64 * 1024


def ask(
    plan: Plan,
    *,
    userinfo_url: str,
    access_token: str,
    claims: Mapping[str, Any],
    jwks_uri: str | None,
    now: datetime,
) -> dict[str, Any]:
    """Return the plan's userinfo, {} when it gives nothing readable: then others have to be asked.

    `userinfo_url` is the one recorded before leaving. The token goes into the header, never into the address
    (O-23). Where the id_token's `claims` name a subject, userinfo has to name the same one: data about anyone
    else is dropped and the trip ends. Raises IdTokenRefused, or PlanBusy without keys for a signed answer.
    """
    headers = {"Authorization": f"Bearer {access_token}", "Accept": ACCEPT}
    session = open_session(plan=plan.slug, max_bytes=MOST_BYTES)
    try:
        answer = fetch(session, userinfo_url, headers=headers)
    except OutboundError:
        return {}
    if answer.status != 200:
        return {}
    told = (
        id_tokens.prove_userinfo(plan, _text(answer), issuer=claims.get("iss"), jwks_uri=jwks_uri, now=now)
        if _is_signed(answer)
        else _json(answer)
    )
    subject = claims.get("sub")
    if told and subject is not None and told.get("sub") != subject:
        raise IdTokenRefused("userinfo sub")
    return told


def _is_signed(answer: Answer) -> bool:
    kind = answer.headers.get("Content-Type", "").split(";", 1)[0].strip().lower()
    return kind == "application/jwt"


def _text(answer: Answer) -> str:
    return answer.body.decode("ascii", errors="replace").strip()


def _json(answer: Answer) -> dict[str, Any]:
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
