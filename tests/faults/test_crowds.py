"""Many workers and many members at once: workers are killed at random, every update is done, each once."""

import random
from collections import Counter

import pytest

from tests.faults import oracle
from tests.faults.conftest import Stage
from tests.faults.length import rounds
from tests.faults.payer import Payer, canaries
from tests.faults.site import Site

MEMBERS, WAVES, WORKERS, KILLED = 10, 3, 3, 2
CLAIM = "ExplanationOfBenefit/claim-{}-0"
STATUSES = ("active", "cancelled", "draft")


@pytest.mark.parametrize("seed", range(rounds(1, at_desk=1)))
def test_three_workers_and_six_kills_do_every_update_and_each_once(
    stage: Stage, payer: Payer, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """B-02, R-41: 30 updates of 10 members; two of three workers are killed in each wave, a third goes on.

    No token ends meanwhile: what a kill does with new ones in hand is R-04's (`test_kills`).
    """
    monkeypatch.setattr(payer, "life_seconds", 30 * 24 * 3600)
    dice = random.Random(seed)  # noqa: S311 - to be played again, not to be secret
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
            if len(states) < WAVES or set(states) != {"finished"}:
                verdict.untrue.append(f"{row['member']}: runs {states}")
            if (times := Counter(row["changes"])["changed"]) != WAVES - 1:
                verdict.doubled.append(f"{row['member']}: {times} times changed")
        verdict.leaked += [f"in a log: {word}" for word in canaries(payer) if word in site.logs()]
        oracle.record("3 workers, 30 updates, 6 kills", verdict, vendor=stage.cluster.vendor)
        assert verdict.is_clean, f"{verdict}\n{site.logs()[-4000:]}"


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
