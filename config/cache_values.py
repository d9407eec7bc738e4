"""Values in a Redis of `CACHE_URL` as JSON: Django pickles them, and what is unpickled is run."""

import json
from typing import Any


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
