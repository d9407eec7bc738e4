"""Rate limits count in the cache: each test starts with none used."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    """Forget every count before and after."""
    cache.clear()
    yield
    cache.clear()
