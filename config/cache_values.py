"""What is stored in a cache: under keys that tell nothing, and in a Redis of `CACHE_URL` values as JSON."""

import json
from typing import Any

from django.utils.crypto import salted_hmac


def digested(key: str, prefix: str, version: int) -> str:
    """Return under which key a value is stored (Django's KEY_FUNCTION).

    Ours because Django stores keys as they are, and they name network and e-mail addresses. Keyed by
    SECRET_KEY: all of those can be tried in minutes.
    """
    return salted_hmac("config.cache_values", f"{prefix}:{version}:{key}", algorithm="sha256").hexdigest()


class AsJSON:
    """What `django.core.cache.backends.redis` asks of a serializer; whole numbers stay what Redis counts.

    Ours because Django's own pickles, and what is unpickled is run.
    """

    def dumps(self, value: Any) -> int | bytes:
        """Return what is stored; raise TypeError for what JSON does not have."""
        if type(value) is int:
            return value
        return json.dumps(value).encode()

    def loads(self, stored: bytes) -> Any:
        """Return the value; None for what is not ours, or was pickled by an earlier release."""
        try:
            return json.loads(stored)
        except (ValueError, RecursionError):
            return None
