"""A stub FHIR server and a client for it."""

from collections.abc import Iterator

import pytest

from apps.fhir.client import Client
from tests.fhir.stub import Door, Stub, serving


@pytest.fixture
def stub() -> Iterator[Stub]:
    """Return a FHIR server to script."""
    with serving() as running:
        yield running


@pytest.fixture
def pauses() -> list[float]:
    """Return the waits the client asked for; nobody sleeps."""
    return []


@pytest.fixture
def fhir(stub: Stub, pauses: list[float]) -> Client:
    """Return a client of the stub with pages of two."""
    return Client(stub.base_url, Door(), page_size=2, pause=pauses.append, most_pages=20)
