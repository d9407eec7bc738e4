"""A payer, a site with one connected member, and the way back to that moment for every round."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests import tables
from tests.faults import length as lengths
from tests.faults import oracle
from tests.faults.clusters import Files, Postgres, a_cluster
from tests.faults.payer import Memory, Payer, a_payer
from tests.faults.site import Site, forking
from tests.length import is_on_postgresql


@dataclass
class Stage:
    """A connected member whose first run is queued, as often as a round needs it."""

    cluster: Files | Postgres
    payer: Payer
    kept: Memory
    database: str
    connection: str
    at: datetime
    folder: Path

    @contextmanager
    def round(self) -> Iterator[Site]:
        """Have a site of that moment."""
        self.payer.go_back_to(self.kept)
        site = Site(self.cluster, self.cluster.copy(self.database), self.folder, self.at)
        try:
            yield site
        finally:
            site.close()

    def judge(self, fault: str, site: Site, seen: dict[str, Any], **expected: Any) -> None:
        """Compare, write down, and fail when anything is wrong."""
        verdict = oracle.judge(site, self.payer, seen, **expected)
        oracle.record(fault, verdict, vendor=self.cluster.vendor)
        assert verdict.is_clean, (
            f"{fault}: {verdict}\n{seen['connections'][0]['runs']}\n{site.logs()[-6000:]}"
        )


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> lengths.Played:
    """Return how long the matrix was played, in all processes of this run together."""
    folder = tmp_path_factory.getbasetemp()
    is_one_of_many = "PYTEST_XDIST_WORKER" in os.environ
    return lengths.Played((folder.parent if is_one_of_many else folder) / "the-fault-matrix-took")


@pytest.fixture(autouse=True)
def _in_time(played: lengths.Played) -> Iterator[None]:
    """Fail when the gate's matrix takes too long: before a test, so that the rest ends soon."""
    played.check(lengths.most_minutes())
    began = oracle.since = time.monotonic()
    yield
    played.add(time.monotonic() - began)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files | Postgres]:
    """Return where databases live: the kind of database the suite runs on."""
    folder = tmp_path_factory.mktemp("faults")
    with a_cluster(folder, wants_postgres=is_on_postgresql()) as found, forking(found):
        yield found


@pytest.fixture(scope="session")
def stage(cluster: Files | Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return a payer with eight claims on three pages, and the member who has just connected it."""
    folder = tmp_path_factory.mktemp("stage")
    with a_payer() as payer:
        at = datetime.now(UTC)
        empty = cluster.copy(str(tables.made())) if cluster.vendor == "sqlite" else cluster.fresh()
        site = Site(cluster, empty, folder, at)
        site.do("migrate")
        connection = site.do("connect", origin=payer.origin, email="alice@example.com")
        at = datetime.now(UTC)  # from here on the first run is due
        yield Stage(cluster, payer, payer.keep(), site.database, connection, at, folder)
        site.close()


@pytest.fixture
def payer(stage: Stage) -> Payer:
    """Return the payer of the stage."""
    return stage.payer
