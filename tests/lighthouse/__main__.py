"""``python -m tests.lighthouse``: the ten main pages, the median of RUNS (5) runs of each."""

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.journeys import stack
from tests.journeys.conftest import FLAGS
from tests.lighthouse import measuring

RUNS = int(os.environ.get("RUNS", "5"))


def main() -> int:
    """Measure at a fresh demo, print, and return 1 where a page falls short."""
    if why := measuring.missing():
        raise SystemExit(why)
    with tempfile.TemporaryDirectory() as name, stack.running(Path(name)) as demo:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=stack.chromium(), args=FLAGS)
            paths, cookies = measuring.a_member(browser, demo)
            browser.close()
        found = {}
        for path in paths:
            runs = [measuring.points(demo.site + path, cookies, Path(name)) for _ in range(RUNS)]
            found[path] = measuring.medians(runs)
            print(f"{path:<50}{found[path]}", flush=True)  # noqa: T201 - the report
    for problem in (problems := list(measuring.short_of(found))):
        print(f"FAILED: {problem}")  # noqa: T201 - the report
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
