"""How fast the claim list and other pages are, beside an empty page of the same server in the same run."""

import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import members, site

ROUNDS = 100
REQUESTS = 5  # of one page in one round; the pages take turns, so a busy machine slows all of them alike
WARM_UP = 30
LEAST_OF_EMPTY = {
    **dict.fromkeys(("some", "many", "second", "deep"), 0.47),  # a form of choices and a sum
    "home": 0.45,
    "stated": 0.43,
    "claim": 0.42,
    "year": 0.35,
    "year_stated": 0.35,
}
MOST_APART = 0.10  # pages of one list
MOST_SLOWER = 0.20  # ten years of claims have ten summaries to open, a hundred claims one


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

    def against(self, other: "Measured") -> float:
        """How many times as fast as *other*: the median of rounds, each beside its neighbour in time."""
        pairs = zip(self.times, other.times, strict=True)
        return statistics.median(theirs / ours for ours, theirs in pairs)

    def round(self, requests: int) -> None:
        """Ask *requests* times and keep the mean."""
        started = time.perf_counter()
        for _ in range(requests):
            self.visitor.get(self.path)
        self.times.append((time.perf_counter() - started) / requests)

    def check(self) -> None:
        """Stop when the page is not what it is meant to be."""
        shown = self.visitor.get(self.path).count(b'data-testid="claim-row"')
        if shown != self.rows:
            raise SystemExit(f"{self.name}: {shown} rows instead of {self.rows}")


def main() -> int:
    """Measure, print, and return 1 when the list is too slow or slows down with the number of claims."""
    with tempfile.TemporaryDirectory(prefix="plainclaim-bench-") as name:
        folder = Path(name)
        site.configure(folder)
        people = [members.a_member(count) for count in (0, 100, 2000)]
        people.append(members.a_member(2000, states_limits=True))
        members.settle()
        try:
            with site.serving(folder) as port:
                pages = _pages(port, people)
                _measure(pages)
        finally:
            for person in people:
                person.delete()
    return _verdict(pages)


def _pages(port: int, people: list[Any]) -> dict[str, Measured]:
    nobody, few, many, stated = (site.visitor(port, members.cookie_of(person)) for person in people)
    newest_first = members.newest_claims(people[2])
    second, deep = newest_first[24], newest_first[1899]
    claim = members.newest_claims(people[1])[3]
    return {
        "empty": Measured("empty signed-in page (/coverage/)", "/coverage/", nobody, 0),
        "some": Measured("claim list, member with 100 claims", "/claims/", few, 25),
        "many": Measured("claim list, member with 2,000 claims", "/claims/", many, 25),
        "second": Measured("page 2 of 80", f"/claims/?after={second}", many, 25),
        "deep": Measured("page 77 of 80", f"/claims/?after={deep}", many, 25),
        "home": Measured("home, member with 2,000 claims", "/home/", many, 5),
        "stated": Measured("home, where the plan states limits", "/home/", stated, 5),
        "claim": Measured("page of a claim, member with 100 claims", f"/claims/{claim}/", few, 0),
        "year": Measured("money of a year with 180 claims", "/money/2026/", many, 0),
        "year_stated": Measured("the same, where the plan states limits", "/money/2026/", stated, 0),
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
    empty = pages["empty"]
    print(f"{'page':<40}{'requests/s':>12}{'ms':>8}{'of empty':>10}")
    for page in pages.values():
        print(f"{page.name:<40}{page.rate:>12.0f}{1000 / page.rate:>8.2f}{page.against(empty):>10.2f}")
    problems = [
        f"{pages[key].name}: {pages[key].against(empty):.2f} of the empty page, less than {least}"
        for key, least in LEAST_OF_EMPTY.items()
        if pages[key].against(empty) < least
    ]
    for words, ratio, most in (
        ("2,000 claims against 100", pages["many"].against(pages["some"]), MOST_SLOWER),
        ("page 77 against page 2", pages["deep"].against(pages["second"]), MOST_APART),
    ):
        print(f"{words}: {ratio:.2f}")
        if abs(1 - ratio) > most:
            problems.append(f"{words}: {ratio:.2f}, further than {most} from 1")
    for problem in problems:
        print(f"FAILED: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
