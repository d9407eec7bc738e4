"""How fast the claim list is, beside an empty page of the same server in the same run."""

import http.client
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import members, site

ROUNDS = 25
REQUESTS = 20  # of one page in one round; the pages take turns, so a busy machine slows all of them alike
WARM_UP = 30
LEAST_OF_EMPTY = 0.4
MOST_APART = 0.10


@dataclass
class Measured:
    """One page under measure; `times` are seconds per request, one figure per round."""

    name: str
    path: str
    visitor: site.Visitor
    rows: int
    times: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Requests per second: of the median round, which a disturbance does not move."""
        return 1 / statistics.median(self.times)

    def round(self, requests: int) -> None:
        """Ask *requests* times and keep the mean."""
        started = time.perf_counter()
        for _ in range(requests):
            self.visitor.get(self.path)
        self.times.append((time.perf_counter() - started) / requests)

    def check(self) -> None:
        """Stop when the page is not what it is meant to be."""
        found = self.visitor.get(self.path).count(b'data-testid="claim-row"')
        if found != self.rows:
            raise SystemExit(f"{self.name}: {found} rows instead of {self.rows}")


def main() -> int:
    """Measure, print, and return 1 when the list is too slow or slows down with the number of claims."""
    with tempfile.TemporaryDirectory(prefix="plainclaim-bench-") as name:
        folder = Path(name)
        site.configure(folder)
        people = [members.a_member(count) for count in (0, 100, 2000)]
        try:
            with site.serving(folder) as port:
                pages = _pages(port, people)
                _measure(pages)
        finally:
            for person in people:
                person.delete()
    return _verdict(pages)


def _pages(port: int, people: list[object]) -> dict[str, Measured]:
    nobody, some, many = (
        site.Visitor(http.client.HTTPConnection("127.0.0.1", port, timeout=30), members.cookie_of(person))
        for person in people
    )
    deep = people[2].claims.newest_first().values_list("pk", flat=True)[1899]  # type: ignore[attr-defined]
    return {
        "empty": Measured("empty signed-in page (/coverage/)", "/coverage/", nobody, 0),
        "some": Measured("claim list, member with 100 claims", "/claims/", some, 25),
        "many": Measured("claim list, member with 2,000 claims", "/claims/", many, 25),
        "deep": Measured("page 77 of 80 of 2,000 claims", f"/claims/?after={deep}", many, 25),
        "home": Measured("home, member with 2,000 claims", "/home/", many, 5),
    }


def _measure(pages: dict[str, Measured]) -> None:
    for page in pages.values():
        page.check()
        page.round(WARM_UP)
        page.times.clear()
    for _ in range(ROUNDS):
        for page in pages.values():
            page.round(REQUESTS)


def _verdict(pages: dict[str, Measured]) -> int:
    empty, some, many, deep = (pages[key].rate for key in ("empty", "some", "many", "deep"))
    print(f"{'page':<40}{'requests/s':>12}{'ms':>8}{'of empty':>10}")
    for page in pages.values():
        print(f"{page.name:<40}{page.rate:>12.0f}{1000 / page.rate:>8.2f}{page.rate / empty:>10.2f}")
    problems = [
        f"{pages[key].name} is {pages[key].rate / empty:.2f} of the empty page, less than {LEAST_OF_EMPTY}"
        for key in ("some", "many", "deep")
        if pages[key].rate / empty < LEAST_OF_EMPTY
    ]
    for words, rate in (
        ("2,000 claims against 100", many / some),
        ("a deep page against the first", deep / many),
    ):
        print(f"{words}: {rate:.2f}")
        if abs(1 - rate) > MOST_APART:
            problems.append(f"{words}: {rate:.2f}, further than {MOST_APART} from 1")
    for problem in problems:
        print(f"FAILED: {problem}")
    return 1 if problems else 0
