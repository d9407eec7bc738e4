"""What serves pages, killed in requests that write: the member presses again, and it is done once."""

import pytest

from tests.faults import oracle
from tests.faults.conftest import Stage
from tests.faults.length import rounds, spread
from tests.faults.payer import canaries
from tests.faults.site import Site


def places_of(stage: Stage, verb: str, **arguments: object) -> list[int]:
    """Return places where a process dies that serves the requests of *verb* after a quiet first update."""
    with stage.round() as site:
        site.do("finish")
        whole = site.start(verb, **arguments)
        assert whole.wait() == 0, whole.log
        return spread(rounds(4, at_desk=3), over=whole.points)


def test_a_web_process_killed_while_it_writes_leaves_nothing_half_written(stage: Stage) -> None:
    """R-31: SIGKILL in a change of language and "Update now"; the member presses again, and all is done."""
    for place in places_of(stage, "visit", times=1):
        with stage.round() as site:
            site.do("finish")
            assert site.start("visit", kill_at=place, times=1).wait() == -9
            assert site.do("visit", times=1) == 0
            stage.judge("kill -9 of a web process: update now", site, site.do("finish"))


@pytest.mark.parametrize("how", ["keep", "erase"])
def test_a_web_process_killed_while_a_member_leaves_has_done_all_of_it_or_nothing(
    stage: Stage, how: str
) -> None:
    """R-31: whose connection still stands has every record, and leaves when it is asked for again."""
    for place in places_of(stage, "leave", how=how):
        with stage.round() as site:
            site.do("finish")
            before = records(site)
            assert site.start("leave", kill_at=place, how=how).wait() == -9
            verdict = oracle.Verdict()
            if [row["status"] for row in site.do("standing")] == ["active"]:
                verdict.lost += [] if records(site) == before else [f"{before} before, then {records(site)}"]
                site.do("leave", how=how)
            left = records(site)
            if how == "keep":
                verdict.lost += [] if left == before else [f"of what was to be kept: {left} of {before}"]
            else:
                verdict.leaked += [f"erased, and still there: {left}"] if any(left.values()) else []
            verdict.leaked += [f"in a log: {word}" for word in canaries(stage.payer) if word in site.logs()]
            oracle.record(f"kill -9 of a web process: leave and {how}", verdict, vendor=stage.cluster.vendor)
            assert verdict.is_clean, f"at {place}: {verdict}\n{site.logs()[-4000:]}"


def records(site: Site) -> dict[str, int]:
    """Return how many rows there are of what the plan sent."""
    rows = site.do("remains")
    return {name: rows[name] for name in ("Record", "Catalogue", "Book")}
