"""The claim list beside the claims of all other members: few in one database, millions in another."""

import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks import filling, members, others, site
from benchmarks.claim_list import Measured

CLAIMS = int(os.environ.get("CLAIMS", "200000"))
OF_ONE, OF_OTHERS, OTHERS = 600, 50, 8  # measured members: 1,000 claims in all
ROUNDS = int(os.environ.get("ROUNDS", "60"))
REQUESTS = 4
WARM_UP = 20
PARALLEL_REQUESTS = 150  # of each of the members who ask at the same time
MOST_APART = 0.10
MOST_OF_MEDIAN = 3.0


def main() -> int:
    """Measure, print, and return 1 when millions of claims of others slow a member's list down."""
    if not filling.has_server():
        print(f"Not measured: no PostgreSQL answers at {filling.SERVER} (LOAD_SERVER names another one).")
        return 0
    few, many = (f"plainclaim_load_{os.getpid()}_{name}" for name in ("few", "many"))
    try:
        with tempfile.TemporaryDirectory(prefix="plainclaim-bench-") as name:
            return _measured(Path(name), few, many)
    finally:
        filling.drop(many)
        filling.drop(few)


def _measured(folder: Path, few: str, many: str) -> int:
    filling.create(few)
    os.environ["DATABASE_URL"] = filling.url_of(few)
    site.configure(folder)
    everybody = [members.a_member(claims) for claims in (OF_ONE, *[OF_OTHERS] * OTHERS)]
    cookies = [members.cookie_of(person) for person in everybody]
    deep = members.newest_claims(everybody[0])[OF_ONE - 51]
    site.disconnect()
    filling.create(many, copy_of=few)
    started = time.monotonic()
    others.add(filling.url_of(many), str(everybody[0].pk), CLAIMS, has_bodies=False)
    stored = filling.settle(filling.url_of(many))
    filling.settle(filling.url_of(few))
    print(f"{CLAIMS:,} claims added in {time.monotonic() - started:.0f} s, {stored / 2**30:.1f} GB in all")
    problems = _side_by_side(folder, few, many, cookies[0], deep)
    problems += _at_once(folder, many, cookies[1:])
    for problem in problems:
        print(f"FAILED: {problem}")
    return 1 if problems else 0


def _side_by_side(folder: Path, few: str, many: str, cookie: str, deep: Any) -> list[str]:
    """Ask two servers in turns, so that a busy machine slows both alike."""
    paths = {"first page": "", "page 23 of 24": f"?after={deep}", "one kind": "?kind=pharmacy"}
    with (
        site.serving(folder, database=filling.url_of(few)) as beside_few,
        site.serving(folder, database=filling.url_of(many)) as beside_many,
    ):
        pairs = [
            [
                Measured(words, f"/claims/{path}", site.visitor(port, cookie), 25)
                for words, path in paths.items()
            ]
            for port in (beside_few, beside_many)
        ]
        for page in (*pairs[0], *pairs[1]):
            page.check()
            page.round(WARM_UP)
            page.times.clear()
        for _ in range(ROUNDS):
            for at_few, at_many in zip(*pairs, strict=True):
                at_few.round(REQUESTS)
                at_many.round(REQUESTS)
    print(f"{'claim list, ms, claims in the table':<40}{1000:>12,}{CLAIMS:>14,}{'ratio':>8}")
    problems = []
    for at_few, at_many in zip(*pairs, strict=True):
        ratio = 1 / at_many.against(at_few)
        print(f"{at_few.name:<40}{1000 / at_few.rate:>12.2f}{1000 / at_many.rate:>14.2f}{ratio:>8.2f}")
        if ratio > 1 + MOST_APART:
            problems.append(f"{at_few.name}: {ratio:.2f} times as slow beside {CLAIMS:,} claims")
    first, last = pairs[1][0], pairs[1][1]
    ratio = 1 / last.against(first)
    print(f"page 23 against the first, beside {CLAIMS:,} claims: {ratio:.2f}")
    if ratio > 1 + MOST_APART:
        problems.append(f"page 23 takes {ratio:.2f} times as long as the first")
    return problems


def _at_once(folder: Path, many: str, cookies: Iterable[str]) -> list[str]:
    """Let eight members ask for their first page again and again, at the same time."""
    url = filling.url_of(many)
    with site.serving(folder, database=url, workers=os.cpu_count() or 2, threads=4) as port:
        pages = [Measured("list", "/claims/", site.visitor(port, cookie), 25) for cookie in cookies]
        threads = [threading.Thread(target=_ask, args=[page]) for page in pages]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    times = [seconds for page in pages for seconds in page.times]
    if len(times) < OTHERS * PARALLEL_REQUESTS:
        return ["a request of those asked at the same time failed"]
    median, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
    print(
        f"{OTHERS} members at once: median {median * 1000:.1f} ms, "
        f"p99 {p99 * 1000:.1f} ms, {p99 / median:.1f} times as long"
    )
    if p99 > MOST_OF_MEDIAN * median:
        return [f"p99 is {p99 / median:.1f} times the median, more than {MOST_OF_MEDIAN}"]
    return []


def _ask(page: Measured) -> None:
    page.check()
    page.round(WARM_UP)
    page.times.clear()
    for _ in range(PARALLEL_REQUESTS):
        page.round(1)


if __name__ == "__main__":
    sys.exit(main())
