"""Many workers and many members at once, and what serves pages: killed at random, done once all the same."""

import random
from collections import Counter

import pytest

from tests.faults import oracle
from tests.faults.conftest import Stage
from tests.faults.length import rounds, spread
from tests.faults.payer import Payer, canaries
from tests.faults.site import Site

MEMBERS, WAVES, WORKERS, KILLED = 10, 3, 3, 2
CLAIM = "ExplanationOfBenefit/claim-{}-0"
STATUSES = ("active", "cancelled", "draft")


def settle_in(site: Site, payer: Payer) -> dict[str, str]:
    """Have so many members sign in; return the patients by the address of the member."""
    for number in range(3, MEMBERS + 2):
        payer.settle_in(f"p-{number}", claims=3)
    patients = {"alice@example.com": "p-1"}
    patients |= {f"{each}@example.com": each for each in payer.memory.people if each not in ("p-1", "p-2")}
    for email, payer.signs_in_as in patients.items():
        site.do("connect", origin=payer.origin, email=email)
    payer.signs_in_as = "p-1"
    return patients


def test_three_workers_and_six_kills_do_every_update_and_each_once(
    stage: Stage, payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B-02, R-41: 30 updates of 10 members; two of three workers are killed in each wave, a third goes on.

    No token ends meanwhile: what a kill does with new ones in hand is R-04's (`test_kills`).
    """
    monkeypatch.setattr(payer, "life_seconds", 30 * 24 * 3600)
    dice = random.Random(20261126)  # noqa: S311 - to be played again, not to be secret
    with stage.round() as site:
        patients = settle_in(site, payer)
        for wave in range(WAVES):
            if wave:
                site.later(days=1)
                for patient in patients.values():
                    payer.change(patient, CLAIM.format(patient), status=STATUSES[wave])
                site.do("press")
            places = [dice.randint(20, 400) for _ in range(KILLED)]
            workers = [site.start("work", kill_at=place) for place in places]
            workers += [site.start("work") for _ in range(WORKERS - KILLED)]
            assert [each.wait() for each in workers] == [-9] * KILLED + [0] * (WORKERS - KILLED)
            seen = site.do("finish")
        verdict = oracle.Verdict()
        for row in seen["connections"]:
            one = oracle.compare(payer, row, patient=patients[row["member"]])
            for mine, found in zip(vars(verdict).values(), vars(one).values(), strict=True):
                mine.extend(f"{row['member']}: {each}" for each in found)
            states = [run["state"] for run in row["runs"]]
            verdict.untrue += (
                []
                if len(states) >= WAVES and set(states) == {"finished"}
                else [f"{row['member']}: runs {states}"]
            )
            news = Counter(row["changes"])
            if news["changed"] != WAVES - 1:
                verdict.doubled.append(f"{row['member']}: {news['changed']} times changed")
        verdict.leaked += [f"in a log: {word}" for word in canaries(payer) if word in site.logs()]
        oracle.record("3 workers, 30 updates, 6 kills", verdict, vendor=stage.cluster.vendor)
        assert verdict.is_clean, f"{verdict}\n{site.logs()[-4000:]}"


def places_of(stage: Stage, verb: str, **arguments: object) -> list[int]:
    """Return places where a process dies that serves the requests of *verb* after a quiet first update."""
    with stage.round() as site:
        site.do("finish")
        whole = site.start(verb, **arguments)
        assert whole.wait() == 0, whole.log
        return spread(rounds(8, at_desk=3), over=whole.points)


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
    return {name: rows[name] for name in ("RawResource", "Claim", "Coverage")}
