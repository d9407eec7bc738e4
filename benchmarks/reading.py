"""What reading a claim costs, beside decoding its JSON alone and beside fhirclient's full R4 model."""

import datetime as dt
import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from fhirclient.models.explanationofbenefit import ExplanationOfBenefit
from fhirclient.models.fhirabstractbase import FHIRValidationError

from apps.demo_payer import people
from apps.kinds.claim import brief, reading
from apps.records.entries import to_bytes
from benchmarks import members

ON = dt.date(2026, 11, 25)
EACH = 24
"""Every so many of the demo payer's claims: a hundred, of all its people."""

DENSE = 20_000
"""Bytes of a claim that is nearly all amounts: the dearest to read for its size."""

ROUNDS = 9
MOST_OF_JSON = 10.0
"""Reading into a record costs at most so many times what `json.loads` of the same bodies does."""

LEAST_OF_FHIRCLIENT = 1.5
"""fhirclient, which only parses, takes at least so many times as long as our reading into a record."""


def main() -> int:
    """Measure, print, and return 1 when reading costs more than it may."""
    warnings.simplefilter("ignore")  # fhirclient remarks on elements it finds superfluous
    groups = {"demo people": _of_demo_people(), "dense, 20 KB": [_dense(number) for number in range(10)]}
    print(
        f"{'microseconds each, median':<26}{'bytes':>9}{'json.loads':>12}{'read':>9}{'fhirclient':>12}",
        end="",
    )
    print(f"{'references':>12}{'to_bytes':>10}{'brief':>8}")
    problems = []
    for name, bodies in groups.items():
        problems += _measured(name, bodies)
    for problem in problems:
        print(f"FAILED: {problem}")
    return 1 if problems else 0


def _measured(name: str, bodies: list[bytes]) -> list[str]:
    records = [reading.read(body, {}) for body in bodies]
    loads, ours, theirs, named = _least(
        bodies, (json.loads, lambda body: reading.read(body, {}), _with_fhirclient, reading.references)
    )
    stored, briefs = _least(records, (to_bytes, brief.brief))
    columns = (map(len, bodies), loads, ours, theirs, named, stored, briefs)
    middle = [statistics.median(column) for column in columns]
    print(f"{name:<26}{middle[0]:>9.0f}{middle[1]:>12.0f}{middle[2]:>9.0f}{middle[3]:>12.0f}", end="")
    print(f"{middle[4]:>12.0f}{middle[5]:>10.0f}{middle[6]:>8.0f}")
    of_json, of_fhirclient = sum(ours) / sum(loads), sum(theirs) / sum(ours)
    print(f"{'':<26}in all: read = {of_json:.1f} x json.loads, fhirclient = {of_fhirclient:.1f} x read")
    problems = []
    if of_json > MOST_OF_JSON:
        problems.append(f"{name}: {of_json:.1f} times json.loads, more than {MOST_OF_JSON}")
    if of_fhirclient < LEAST_OF_FHIRCLIENT:
        problems.append(
            f"{name}: fhirclient takes {of_fhirclient:.1f} times as long, not {LEAST_OF_FHIRCLIENT}"
        )
    return problems


def _least(inputs: Iterable[Any], works: tuple[Callable[[Any], Any], ...]) -> list[list[float]]:
    """Return for each of *works* its least microseconds of CPU on each of *inputs*, all of them in turn.

    The least of several rounds is what the work itself takes: what else the machine does only adds to it.
    """
    leasts: list[list[float]] = [[] for _ in works]
    for claim in inputs:
        least = [float("inf")] * len(works)
        for _ in range(ROUNDS):
            for place, work in enumerate(works):
                before = time.process_time_ns()
                work(claim)
                least[place] = min(least[place], time.process_time_ns() - before)
        for times, nanoseconds in zip(leasts, least, strict=True):
            times.append(nanoseconds / 1000)
    return leasts


def _of_demo_people() -> list[bytes]:
    claims = [
        resource for resource in people.resources(ON) if resource["resourceType"] == "ExplanationOfBenefit"
    ]
    return [people.to_json(claim).encode() for claim in claims[::EACH]]


def _dense(number: int) -> bytes:
    claim = members.an_eob(number)
    while len(json.dumps(claim)) < DENSE:
        claim["item"].append(claim["item"][0] | {"sequence": len(claim["item"]) + 1})
    return json.dumps(claim).encode()


def _with_fhirclient(body: bytes) -> object:
    tree = json.loads(body)
    tree.setdefault("insurance", [{"focal": True, "coverage": {"display": "bench"}}])  # R4 wants one
    try:
        return ExplanationOfBenefit(tree, strict=True)
    except FHIRValidationError as error:
        raise SystemExit(f"fhirclient does not take a claim of the benchmark: {error}") from None


if __name__ == "__main__":
    sys.exit(main())
