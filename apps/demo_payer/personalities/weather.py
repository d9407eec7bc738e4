"""Personalities that fail: slow, down, broken, or saying no at the last moment."""

from apps.demo_payer.personalities.shape import Fault, Personality

_DOWN = Fault(503, retry_after=120)
_HANGING = 90.0
_SLOW = 1.0

WEATHER = (
    Personality(
        "slow",
        "Harborlight Snail",
        "answers late",
        "Takes a second for every document, token and page of records.",
        delays=dict.fromkeys(("smart", "openid", "metadata", "token", "revoke", "userinfo", "fhir"), _SLOW),
    ),
    Personality(
        "hangs",
        "Harborlight Silence",
        "never answers the token request",
        "Takes a minute and a half to answer the token request, longer than anybody waits.",
        delays={"token": _HANGING},
    ),
    Personality(
        "refresh-hangs",
        "Harborlight Drowse",
        "never answers a refresh",
        "Connects as usual, and then takes a minute and a half to answer a refresh.",
        delays={"refresh": _HANGING},
        access_seconds=5,
    ),
    Personality(
        "down",
        "Harborlight Storm",
        "is out of order",
        "Its token endpoint and its records answer 503.",
        is_main=True,
        faults={"token": _DOWN, "fhir": _DOWN},
    ),
    Personality(
        "down-records",
        "Harborlight Archive",
        "cannot find its records",
        "Connects as usual; its records answer 503.",
        faults={"fhir": _DOWN},
    ),
    Personality(
        "talkative",
        "Harborlight Chatter",
        "refuses what it is asked, and says too much",
        "Connects as usual; its records answer 400 with diagnostics that name a person.",
        faults={"fhir": Fault(400, says="Unknown parameter _count for member Rosa Quill, born 1961-03-09")},
    ),
    Personality(
        "down-refresh",
        "Harborlight Squall",
        "cannot renew access",
        "Connects as usual; a refresh answers 503, and access lives five seconds.",
        faults={"refresh": _DOWN},
        access_seconds=5,
    ),
    Personality(
        "down-revoke",
        "Harborlight Sticky",
        "cannot be told goodbye",
        "Revocation answers 503 with Retry-After.",
        faults={"revoke": Fault(503, retry_after=60)},
    ),
    Personality(
        "unsupported-revoke",
        "Harborlight Clinging",
        "refuses to revoke",
        "Revocation answers 400 unsupported_token_type.",
        revocation="unsupported",
    ),
    Personality(
        "redirecting-revoke",
        "Harborlight Detour",
        "sends a revocation on to a slash",
        "Revocation answers 301 to the same address with a slash at the end.",
        revocation_redirects=True,
    ),
    Personality(
        "lasting-access",
        "Harborlight Echo",
        "takes an access token until it runs out",
        "Revocation ends the refresh token; the access token is taken until its hour is over.",
        access_outlives_revocation=True,
    ),
    Personality(
        "busy",
        "Harborlight Crowd",
        "asks to come back later",
        "Its token endpoint answers 429 with Retry-After.",
        faults={"token": Fault(429, retry_after=30)},
    ),
    Personality(
        "html-errors",
        "Harborlight Webmaster",
        "answers apps with web pages",
        "Its token endpoint answers 502 with an HTML page.",
        faults={"token": Fault(502, form="html"), "revoke": Fault(502, form="html")},
    ),
    Personality(
        "html-answer",
        "Harborlight Lobby",
        "answers a token request with its home page",
        "Its token endpoint answers 200 with an HTML page.",
        faults={"token": Fault(200, form="html")},
    ),
    Personality(
        "empty-answer",
        "Harborlight Void",
        "answers with nothing",
        "Its token endpoint answers 200 and no body.",
        faults={"token": Fault(200, form="empty")},
    ),
    Personality(
        "unknown-client",
        "Harborlight Stranger",
        "does not know this app any more",
        "Its token endpoint answers 401 invalid_client.",
        faults={"token": Fault(401, error="invalid_client")},
    ),
    Personality(
        "expired-code",
        "Harborlight Haste",
        "lets its codes expire at once",
        "Its authorization codes are too old the moment they are given.",
        code_seconds=0,
    ),
    Personality(
        "denies-after-sign-in",
        "Harborlight Threshold",
        "says no after you have signed in",
        "Answers access_denied once the member has signed in, without asking.",
        is_main=True,
        error_after_sign_in="access_denied",
    ),
    Personality(
        "server-error",
        "Harborlight Stumble",
        "fails after you have signed in",
        "Answers server_error once the member has signed in.",
        error_after_sign_in="server_error",
    ),
    Personality(
        "unavailable",
        "Harborlight Recess",
        "is not ready after you have signed in",
        "Answers temporarily_unavailable once the member has signed in.",
        error_after_sign_in="temporarily_unavailable",
    ),
)
