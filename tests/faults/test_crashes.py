"""Databases and processes that fall over: crashed, full, read-only, frozen, crowded, restored."""

import signal
import threading
import time

import pytest

from tests.faults import oracle
from tests.faults.clusters import Postgres
from tests.faults.conftest import Stage
from tests.faults.length import rounds, spread
from tests.faults.payer import Asked, Payer
from tests.faults.site import MOST_SECONDS, Process, Site
from tests.faults.test_kills import a_pass_with_two_renewals, length, whole_pass

__all__ = ["length", "whole_pass"]  # fixtures
CLAIM = "ExplanationOfBenefit/claim-p-1-{}"


@pytest.mark.parametrize("part", range(4))
def test_a_worker_outlives_a_crash_of_its_database(stage: Stage, length: int, part: int) -> None:
    """R-33, B-03: stopped as in a power cut and started again, at places of a whole pass; the same process
    goes on and ends it."""
    if not isinstance(stage.cluster, Postgres) or not stage.cluster.data:
        pytest.skip("needs a PostgreSQL of our own")
    count = rounds(8, at_desk=4)
    for place in spread(count, over=length)[part::4]:
        with stage.round() as site:
            a_pass_with_two_renewals(site, stage.payer)
            worker = site.start("finish", pause_at=place)
            worker.wait_until_paused()
            stage.cluster.crash()
            stage.cluster.start()
            worker.go_on()
            seen = worker.said
            is_lost = seen["connections"][0]["status"] == "needs_sign_in"
            if is_lost:  # the crash fell between the plan's token answer and its commit
                site.later(days=1)
                site.do("connect", origin=stage.payer.origin, email="alice@example.com")
                seen = site.do("finish")
            stage.judge("crash of the database", site, seen, reused=int(is_lost))


def test_pages_say_that_the_database_is_away_and_are_back_with_it(stage: Stage) -> None:
    """R-33: longer away than a pool tries by itself; nobody waits for a page until a browser gives up."""
    if not isinstance(stage.cluster, Postgres) or not stage.cluster.data:
        pytest.skip("needs a PostgreSQL of our own")
    with stage.round() as site:
        site.do("finish")
        site.settings["DEBUG"] = False
        reader = site.start("read_pages", seconds=25, pause_at=200)
        assert reader.wait_until_paused()
        away = time.monotonic()
        stage.cluster.crash()
        reader.go_on()
        time.sleep(9)
        still_away = time.monotonic()
        stage.cluster.start()
        back = time.monotonic()
        seen = reader.said
        assert seen[0][1] == 200
        assert {status for at, status, took in seen if away < at < at + took < still_away} == {503}
        assert {status for at, status, _ in seen if at > back + 2} == {200}
        assert max(took for at, _status, took in seen if at > away) < 8
        stage.judge("database away while pages are read", site, site.do("look"))


@pytest.mark.parametrize("room", [0, 90_000, 400_000])
def test_a_full_disk_loses_nothing(stage: Stage, room: int) -> None:
    """R-33, SQLite: no file may grow; with room again everything comes."""
    if stage.cluster.vendor != "sqlite":
        pytest.skip("PostgreSQL's disk cannot be filled without a file system of its own")
    with stage.round() as site:
        worker = site.start("work_without_room", most_bytes=room)
        worker.wait()
        stage.judge("full disk", site, site.do("finish"))


def test_a_database_that_takes_no_writes_loses_nothing(stage: Stage) -> None:
    """R-33: as after a failover to a replica."""
    with stage.round() as site:
        site.do("work_read_only")
        stage.judge("read-only database", site, site.do("finish"))


def test_a_worker_with_too_few_connections_puts_the_update_off(stage: Stage) -> None:
    """R-33, pool exhausted: the run has the only connection, its lanes get none; it is put off."""
    if stage.cluster.vendor != "postgresql":
        pytest.skip("SQLite has no pool")
    with stage.round() as site:
        (run,) = site.do("work_with_pool", most=1)
        seen = site.do("look")["connections"][0]
        assert (run["state"], run["problem"]) == ("waiting", "unexpected"), run
        assert run["sentence"] == "Something went wrong on our side. Nothing was lost."
        assert run["waits_seconds"] > 0
        assert seen["status"] == "active"
        stage.judge("pool exhausted", site, site.do("finish"))


def test_a_worker_that_gets_no_connection_at_all_leaves_the_update_as_it_was(stage: Stage) -> None:
    """R-33, pool exhausted: others hold every connection of the process for as long as it looks."""
    if stage.cluster.vendor != "postgresql":
        pytest.skip("SQLite has no pool")
    with stage.round() as site:
        before = site.do("look")["connections"][0]["runs"]
        site.do("work_without_connections")
        assert "the queue: the database does not answer; waiting" in site.logs()
        assert site.do("look")["connections"][0]["runs"] == before
        stage.judge("pool exhausted", site, site.do("finish"))


def test_a_worker_frozen_longer_than_its_lease_writes_nothing_more(stage: Stage, payer: Payer) -> None:
    """R-32, B-06: SIGSTOP with a page in its hands, another worker ends the run, SIGCONT.

    Records carry no dates here, so that nothing but the fence keeps the old page out.
    """
    with stage.round() as site:
        for record in payer.memory.people["p-1"].values():
            record["meta"] = {}
        frozen: list[Process] = []
        is_frozen = threading.Event()

        def freeze(asked: Asked) -> None:
            if (asked.part, asked.page) == ("ExplanationOfBenefit", 2) and not is_frozen.is_set():
                frozen[0].signal(signal.SIGSTOP)
                is_frozen.set()

        payer.before = freeze
        # Asking in turn, so that it is frozen between two transactions: one that is frozen within holds its
        # locks, as any client of a database does, and until the database ends its connection all wait.
        site.settings["SYNC_LANES"] = 0
        frozen.append(site.start("work"))
        del site.settings["SYNC_LANES"]
        assert is_frozen.wait(MOST_SECONDS)
        site.later(minutes=10)
        site.do("finish")
        for number in range(8):
            payer.memory.people["p-1"][CLAIM.format(number)]["status"] = "cancelled"
        site.later(days=40)
        site.do("finish", news=True)
        frozen[0].signal(signal.SIGCONT)
        frozen[0].wait()
        stage.judge("frozen longer than the lease", site, site.do("finish"))


def test_twenty_writers_and_two_workers_share_a_database(stage: Stage) -> None:
    """R-34: nobody is told that the database is locked."""
    with stage.round() as site:
        visitors = [site.start("visit", times=rounds(3, at_desk=1)) for _ in range(20)]
        workers = [site.start("work") for _ in range(2)]
        assert [each.said for each in visitors] == [0] * 20
        for each in workers:
            assert each.wait() == 0
        assert "locked" not in site.logs()
        stage.judge("20 writers and 2 workers", site, site.do("finish"))


def test_a_restored_backup_asks_whom_it_must_and_burns_nobody_else(stage: Stage, payer: Payer) -> None:
    """R-40: whose token was renewed after the backup signs in again, once; all others go on."""
    with stage.round() as site:
        payer.signs_in_as = "p-2"
        site.do("connect", origin=payer.origin, email="bob@example.com")
        payer.signs_in_as = "p-1"
        site.do("finish")
        backup = Site(site.cluster, site.cluster.copy(site.database), site.folder, site.at)
        site.later(hours=2)
        assert site.do("refresh", connection=stage.connection) == 200
        try:
            for _ in range(3):
                backup.later(days=1)
                rows = {row["member"]: row for row in backup.do("finish", news=True)["connections"]}
            assert payer.memory.reused == 1
            found = oracle.compare(payer, rows["bob@example.com"], patient="p-2")
            alice = oracle.compare(
                payer, rows["alice@example.com"], patient="p-1", ends="ended", status="needs_sign_in"
            )
            oracle.record("restored backup", found, vendor=stage.cluster.vendor)
            assert found.is_clean, found
            assert alice.is_clean, alice
            assert rows["alice@example.com"]["ended_because"] == "refused"
        finally:
            backup.close()
