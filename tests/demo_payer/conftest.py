"""A running payer with a small folder of records, and Ana, a member of it."""

from collections.abc import Callable, Iterator

import pytest

from apps.demo_payer.demo_process import Running, start
from tests.demo_payer import sample
from tests.demo_payer.member import CALLBACK, Member


@pytest.fixture(scope="session")
def payer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return the payer these tests share; nothing they do to it is seen by another test."""
    folder = sample.write(tmp_path_factory.mktemp("records"))
    with start(records=folder, var=tmp_path_factory.mktemp("payer"), redirect_uris=[CALLBACK]) as running:
        yield running


@pytest.fixture
def ana(payer: Running) -> Member:
    """Return Ana, with a fresh browser."""
    return Member(payer)


@pytest.fixture
def at(payer: Running) -> Callable[[str], Member]:
    """Return Ana at the payer of a personality, with a fresh browser each time."""
    return lambda name: Member(payer, personality=name)


@pytest.fixture(scope="session")
def token(payer: Running) -> str:
    """Return an access token of Ana's for everything she has."""
    return str(Member(payer).tokens()["access_token"])
