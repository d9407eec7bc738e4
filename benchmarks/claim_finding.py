"""How much a hundred times as many claims cost: list, filters, search and order, side by side (D-15)."""

import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks import members, site
from benchmarks.claim_list import Measured

FEW, MANY = 100, 10_000
A_YEAR = 1000
ROUNDS = 60
REQUESTS = 3
WARM_UP = 10
MOST = 2.0


def main() -> int:
    """Measure, print, and return 1 when a page is more than twice as slow for the member with many claims."""
    with tempfile.TemporaryDirectory(prefix="plainclaim-bench-") as name:
        folder = Path(name)
        site.configure(folder)
        people = [members.a_member(count, a_year=A_YEAR) for count in (FEW, MANY)]
        members.settle()
        try:
            with site.serving(folder) as port:
                visitors = [site.visitor(port, members.cookie_of(person)) for person in people]
                tokens = [members.search_token(person, "counseling riverside") for person in people]
                pairs = [
                    tuple(
                        Measured(words, f"/claims/{path.format(q=token)}", visitor, 25)
                        for visitor, token in zip(visitors, tokens, strict=True)
                    )
                    for words, path in PAGES.items()
                ]
                _measure(pairs)
        finally:
            for person in people:
                person.delete()
    return _verdict(pairs)


PAGES = {
    "list": "",
    "one kind": "?kind=pharmacy",
    "oldest first": "?sort=oldest",
    "shares of $50 and more": "?from=50",
    "where it stands: paid": "?state=paid",
    "search": "?q={q}",
    "search, by share": "?q={q}&sort=share",
    "by share": "?sort=share",
}


def _measure(pairs: list[tuple[Measured, ...]]) -> None:
    for pair in pairs:
        for page in pair:
            page.check()
            page.round(WARM_UP)
            page.times.clear()
    for _ in range(ROUNDS):
        for pair in pairs:
            for page in pair:
                page.round(REQUESTS)


def _verdict(pairs: list[tuple[Measured, ...]]) -> int:
    print(f"{'claims of a member':<28}{FEW:>12,} {MANY:>12,}{'ratio':>8}")
    problems = []
    for few, many in pairs:
        ratio = 1 / many.against(few)
        medians = [1000 * statistics.median(page.times) for page in (few, many)]
        print(f"{few.name:<28}{medians[0]:>9.2f} ms {medians[1]:>9.2f} ms{ratio:>8.2f}")
        if ratio > MOST:
            problems.append(f"{few.name}: {ratio:.2f} times as slow with {MANY:,} claims, more than {MOST}")
    for problem in problems:
        print(f"FAILED: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
