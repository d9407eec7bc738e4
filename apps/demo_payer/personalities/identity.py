"""Personalities that say who signed in, and get it wrong in one way each (OpenID's relying-party tests)."""

from apps.demo_payer.personalities.shape import Personality

_BAD = {
    "iss": "names another issuer",
    "no-iss": "names no issuer",
    "sub": "names no subject",
    "aud": "is for another app",
    "no-aud": "names no audience",
    "aud-list": "is for two apps and names no authorized party",
    "azp": "was given to another app",
    "nonce": "answers another request",
    "no-nonce": "answers no request in particular",
    "iat": "has no time of issue",
    "future": "was issued in a day's time",
    "exp": "expired an hour ago",
    "no-exp": "has no expiry",
    "sig": "has a broken signature",
    "other-key": "is signed with a key that was never published",
    "alg-none": "is not signed",
    "hs256": "is signed with the public key as a shared secret",
    "jwk": "brings along the key it is signed with",
    "crit": "demands an extension nobody knows",
    "at-hash": "belongs to another access token",
    "garbage": "is no token at all",
}
_ODD = {
    "aud-one": "names its audience as a list of one",
    "no-kid": "does not name its key, of which there is one",
}

IDENTITY = (
    *(
        Personality(
            f"bad-id-token-{how}",
            "Harborlight Forgery",
            f"its id token {words}",
            f"Its id token {words}.",
            id_token=how,
        )
        for how, words in _BAD.items()
    ),
    *(
        Personality(
            f"id-token-{how}",
            "Harborlight Custom",
            f"its id token {words}",
            f"A good id token that {words}.",
            id_token=how,
        )
        for how, words in _ODD.items()
    ),
    Personality(
        "id-token-no-kid-many",
        "Harborlight Keyring",
        "has several keys and does not say which",
        "Publishes three keys and does not name the one it signed with.",
        id_token="no-kid",  # noqa: S106 - a way to make one
        key_count=3,
    ),
    Personality(
        "bad-id-token-refresh-iss",
        "Harborlight Forgery",
        "its refreshed id token names another issuer",
        "Sends an id token with each refresh, and it names another issuer.",
        id_token_at_refresh="iss",  # noqa: S106 - a way to make one
    ),
    Personality(
        "bad-id-token-refresh-sub",
        "Harborlight Forgery",
        "its refreshed id token names another person",
        "Sends an id token with each refresh, and it names another person.",
        id_token_at_refresh="other-sub",  # noqa: S106 - a way to make one
    ),
    Personality(
        "id-token-refresh",
        "Harborlight Custom",
        "says with each refresh who it is",
        "Sends a good id token with each refresh.",
        id_token_at_refresh="no-nonce",  # noqa: S106 - OpenID Connect Core section 12.2: none is needed
    ),
    Personality(
        "bad-userinfo-sub",
        "Harborlight Two Faces",
        "its userinfo names another person",
        "Its userinfo names another subject than its id token.",
        userinfo="other-sub",
    ),
    Personality(
        "rotates-keys",
        "Harborlight Locksmith",
        "signs with a new key each time",
        "Makes a new signing key for every id token and publishes the last two.",
        rotates_keys=True,
    ),
    Personality(
        "two-people",
        "Harborlight Household",
        "shows several people's records",
        "Names no patient, and one sign-in can read two Patients.",
        is_main=True,
        patient="never",
        patients=2,
        row={"patient_lookup": "search"},
    ),
    Personality(
        "other-person",
        "Harborlight Swap",
        "turns into somebody else",
        "Its refresh answer names another patient.",
        refresh_names="other",
    ),
)
