"""D-15: whether a worker's memory grows with the records of a member: each size in a process of its own.

`python -m benchmarks.memory --large` takes the member with 100,000 claims, which needs an hour or less; else
the largest has 5,000, all of one year: the index of a year is what is largest. `--care` takes test results
in place of claims.
"""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import care, members, memory_plan, payload, site

SIZES, LARGE, PAGE = (1_000, 5_000), (1_000, 10_000, 100_000), 100
YEARS, YEARS_OF_LARGE = 1, 10
MOST = 1.10
"""Peak memory of the largest run, against that of the smallest."""
WHAT = "results" if "--care" in sys.argv else "claims"


def main() -> int:
    """Measure, print, and return 1 where the largest run takes too much more than the smallest."""
    sizes, years = (LARGE, YEARS_OF_LARGE) if "--large" in sys.argv else (SIZES, YEARS)
    with tempfile.TemporaryDirectory(prefix="plainclaim-bench-") as name:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{name}/bench.sqlite3")
        peaks = [_peak(size, years, name) for size in sizes]
    for size, peak in zip(sizes, peaks, strict=True):
        print(f"{size:>9,} {WHAT}: {peak / 1024:>7.1f} MB at most, {peak / peaks[0]:.3f} of {sizes[0]:,}")
    ratio = peaks[-1] / peaks[0]
    print(f"{sizes[-1]:,} against {sizes[0]:,} {WHAT}: {ratio:.3f} (at most {MOST:g})")
    return 1 if ratio > MOST else 0


def _peak(size: int, years: int, folder: str) -> int:
    command = [sys.executable, "-m", "benchmarks.memory", "--run", str(size), str(years), folder]
    command += ["--care"] if WHAT == "results" else []
    return int(
        subprocess.run(command, cwd=site.ROOT, check=True, capture_output=True, text=True).stdout.split()[-1]
    )


def _run(size: int, years: int, folder: str) -> None:
    """Do one run and print the most memory this process ever had, in KB."""
    site.configure(Path(folder))
    plan: memory_plan.MemoryPlan
    if WHAT == "results":
        member, connection = care.connected()
        plan, fhir_type = care.CarePlan([], map(care.result, range(size))), "Observation"
    else:
        member, connection = members.connected()
        plan, fhir_type = memory_plan.MemoryPlan(_claims(size, years), page=PAGE), "ExplanationOfBenefit"
    memory_plan.sync(connection, plan)
    if connection.records.filter(fhir_type=fhir_type).count() != size:
        raise SystemExit(f"{WHAT} are missing: nothing was measured")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    member.delete()


def _claims(size: int, years: int) -> Iterator[bytes]:
    return (payload.eob(number, years=years) for number in range(size))


if __name__ == "__main__":
    if "--run" in sys.argv:
        _run(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    else:
        sys.exit(main())
