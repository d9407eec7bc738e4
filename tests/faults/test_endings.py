"""Members who leave while their records are on their way: the run stops, and nothing comes back."""

import pytest

from tests.faults import oracle
from tests.faults.conftest import Stage
from tests.faults.length import rounds, spread
from tests.faults.payer import canaries
from tests.faults.test_kills import a_pass_with_two_renewals, length, whole_pass

__all__ = ["length", "whole_pass"]  # fixtures
OURS = {"Connection", "SyncRun", "SyncStep", "Record", "Catalogue", "Book"}


@pytest.mark.parametrize("how", ["erase", "close", "keep"])
def test_who_leaves_during_a_run_stays_gone(stage: Stage, length: int, how: str) -> None:
    """R-38: at places of a whole pass; rows of a member who left never appear again."""
    for place in spread(rounds(3, at_desk=2), over=length):
        with stage.round() as site:
            a_pass_with_two_renewals(site, stage.payer)
            worker = site.start("work", pause_at=place)
            is_there = worker.wait_until_paused()
            leaving = site.start("leave", how=how)
            leaving.process.join(0.3)  # it may have to wait for what the worker holds
            worker.go_on()
            assert leaving.wait() == 0, leaving.log
            worker.wait()
            if how == "keep":  # pages show what came before, and make the books of it
                site.do("look")
            before = site.do("remains")
            site.later(days=1)
            for _ in range(2):
                site.later(minutes=10)
                site.do("work")
            after = site.do("remains")
            verdict = oracle.Verdict()
            verdict.untrue += [] if is_there else ["the worker never came to that place"]
            if how != "keep":
                verdict.leaked += [
                    f"{count} {name}" for name, count in after.items() if name in OURS and count
                ]
            if how == "close":
                verdict.leaked += [f"{after[name]} {name}" for name in ("Member", "DataKey") if after[name]]
            verdict.leaked += [
                f"{name}: {count} more" for name, count in after.items() if count > before[name]
            ]
            verdict.leaked += [f"in a log: {word}" for word in canaries(stage.payer) if word in site.logs()]
            oracle.record(f"the member leaves: {how}", verdict, vendor=stage.cluster.vendor)
            assert verdict.is_clean, f"at {place}: {verdict}\n{site.logs()[-4000:]}"
            if how == "keep":
                (row,) = site.do("look")["connections"]
                assert row["status"] == "kept"
                assert row["runs"][0]["state"] in ("ended", "finished")
