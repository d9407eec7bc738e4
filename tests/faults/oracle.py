"""The master invariant: what is stored is what the payer has, once, of nobody else, and said truthfully."""

import json
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.orders import digest
from tests.faults.payer import Payer, canaries
from tests.faults.site import Site

since = 0.0
"""When the round that is played began, on the monotonic clock."""
KEPT = ("Patient", "Coverage", "ExplanationOfBenefit", "Organization", "Practitioner")
SHELVED = ("ExplanationOfBenefit/", "Coverage/")


@dataclass
class Verdict:
    """What is wrong after a fault; empty lists are good."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)
    untrue: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.doubled or self.leaked or self.untrue)


def judge(
    site: Site,
    payer: Payer,
    seen: dict[str, Any],
    *,
    patient: str = "p-1",
    ends: str = "finished",
    status: str = "active",
    gone: set[str] | None = None,
    may_lack: set[str] | None = None,
    reused: int = 0,
) -> Verdict:
    """Compare what *seen* holds of the one connection, and the logs, with the payer's memory of *patient*.

    *ends* is how the last run has to have ended; *gone* are records that may be marked as no longer sent;
    *may_lack* is what may be missing, said as such, where the payer never gave it.
    """
    (row,) = seen["connections"]
    verdict = compare(payer, row, patient=patient, ends=ends, status=status, gone=gone, may_lack=may_lack)
    if payer.memory.reused != reused:
        verdict.untrue.append(f"{payer.memory.reused} refresh tokens used twice")
    logs = site.logs()
    verdict.leaked += [f"in a log: {word}" for word in canaries(payer) if word in logs]
    verdict.untrue += ["a process of the harness failed"] if "HARNESS" in logs else []
    return verdict


def compare(
    payer: Payer,
    row: dict[str, Any],
    *,
    patient: str,
    ends: str = "finished",
    status: str = "active",
    gone: set[str] | None = None,
    may_lack: set[str] | None = None,
) -> Verdict:
    """Compare one connection as `stored.look` returns it with the payer's memory; see `judge`."""
    verdict = Verdict()
    theirs = {
        reference: digest(body)
        for reference, body in payer.memory.people[patient].items()
        if body["resourceType"] in KEPT
    }
    stored = Counter(reference for reference, _ in row["stored"])
    ours = dict(row["stored"])
    verdict.doubled += [reference for reference, count in stored.items() if count > 1]
    lacking = {reference for reference, content in theirs.items() if ours.get(reference) != content}
    verdict.lost += sorted(lacking - (may_lack or set()))
    verdict.leaked += [f"stranger: {each}" for each in ours.keys() - theirs.keys() - (gone or set())]
    verdict.lost += [f"marked as gone: {each}" for each in set(row["gone"]) - (gone or set())]
    verdict.leaked += [f"{row['strangers']} rows of another member"] if row["strangers"] else []
    # What was entered in error is kept, and shown in a claim's history only.
    claims = {
        each
        for each in ours
        if each.startswith("ExplanationOfBenefit/")
        and payer.memory.people[patient].get(each, {}).get("status") != "entered-in-error"
    }
    listed = Counter(row["listed"])
    verdict.doubled += [f"listed twice: {each}" for each, count in listed.items() if count > 1]
    # Where access ended while others were asked, books may lack what came last: a list makes them up to date.
    if row["current_claims"] < len(claims) and not row["are_books_behind"]:
        verdict.lost.append(f"{row['current_claims']} claims for {len(claims)} records")
    if row["current_claims"] > len(claims):
        verdict.doubled.append(f"{row['current_claims']} claims for {len(claims)} records")
    if len(listed) < len(claims):
        verdict.lost.append(f"{len(listed)} claims listed of {len(claims)}")
    _compare_books(verdict, payer, row, patient=patient)
    run = row["runs"][0]
    if run["state"] in ("finished", "partial") and row["are_books_behind"]:
        verdict.untrue.append(f"{run['state']}, and books lack records")
    if (run["state"], row["status"]) != (ends, status):
        verdict.untrue.append(f"run {run['state']} {run['problem']}, connection {row['status']}")
    if run["state"] == "finished" and lacking:
        verdict.untrue.append("finished, and records are missing")
    if run["state"] not in ("finished", "ended") and not (
        run["problem"] or any(step[1] or step[3] for step in run["steps"].values())
    ):
        verdict.untrue.append(f"{run['state']} without a reason")
    if status == "active" and row["refresh_token"] != payer.living_refresh(patient):
        verdict.lost.append("the refresh token that the payer would take")
    return verdict


def _compare_books(verdict: Verdict, payer: Payer, row: dict[str, Any], *, patient: str) -> None:
    """Compare what books hold with what is stored, and what they say was billed with what the plan did."""
    booked, gone = Counter(reference for reference, _ in row["booked"]), set(row["gone"])
    shelved = {each for each in (*dict(row["stored"]), *gone) if each.startswith(SHELVED)}
    verdict.doubled += [f"twice in books: {each}" for each, count in booked.items() if count > 1]
    verdict.leaked += [f"in books only: {each}" for each in booked.keys() - shelved]
    if not row["are_books_behind"]:
        verdict.lost += [f"in no book: {each}" for each in shelved - booked.keys()]
        verdict.untrue += [
            f"books say otherwise whether it is gone: {reference}"
            for reference, is_gone in row["booked"]
            if is_gone != (reference in gone)
        ]
        billed = [
            str(total["amount"]["value"])
            for reference, _ in row["stored"]
            for total in payer.memory.people[patient].get(reference, {}).get("total", ())
        ]
        if row["billed"] != sorted(billed):
            verdict.untrue.append(f"billed {row['billed']} in books, {sorted(billed)} at the plan")
    if not row["are_books_the_same_again"]:
        verdict.untrue.append("books made again say something else")


def _took() -> float:
    """Return the seconds since the test, or its last round, began."""
    global since
    began, since = since, time.monotonic()
    return round(since - began, 2) if began else 0.0


def record(fault: str, verdict: Verdict, *, vendor: str, **more: Any) -> None:
    """Append the round to the file named by FAULTS_RESULTS, one JSON line; nothing where it names none."""
    if not (named := os.environ.get("FAULTS_RESULTS")):
        return
    line = {
        "fault": fault,
        "database": vendor,
        "seconds": _took(),
        "processes": int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "lost": len(verdict.lost),
        "duplicated": len(verdict.doubled),
        "leaked": len(verdict.leaked),
        "untrue": len(verdict.untrue),
        **more,
    }
    file = Path(named)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lines:
        lines.write(json.dumps(line) + "\n")
