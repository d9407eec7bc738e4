"""What is stored in a cache: under keys that tell nothing, and in a Redis of `CACHE_URL` values as JSON.

Django pickles values, and what is unpickled is run; its keys name sessions and network addresses.
"""

import json
from typing import Any

from django.utils.crypto import salted_hmac


def digested(key: str, prefix: str, version: int) -> str:
    """Return under which key a value is stored (Django's KEY_FUNCTION).

    Keyed by SECRET_KEY: all network addresses can be tried in minutes, and so can e-mail addresses.
    """
    return salted_hmac("config.cache_values", f"{prefix}:{version}:{key}", algorithm="sha256").hexdigest()


class AsJSON:
    """What `django.core.cache.backends.redis` asks of a serializer; whole numbers stay what Redis counts."""

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
