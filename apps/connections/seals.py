"""Opening sealed values while a member is on the way to a plan or back."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from apps.connections.errors import StoredPartBroken
from apps.vault.errors import VaultError

log = logging.getLogger("plainclaim.connections")


@contextmanager
def opening() -> Iterator[None]:
    """Turn a seal that does not open into StoredPartBroken, whose page says so; operators find it logged."""
    try:
        yield
    except VaultError as error:
        log.error("a trip to a plan needs a sealed value that does not open: %s", error)  # names the row only
        raise StoredPartBroken(type(error).__name__) from error  # no row: attempts name nobody
