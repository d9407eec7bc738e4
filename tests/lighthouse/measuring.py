"""Lighthouse over the main pages of a running demo, as a member who is signed in, on a telephone."""

import json
import os
import shutil
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser

from tests.journeys import member, stack

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "var" / "lighthouse" / "node_modules" / ".bin" / "lighthouse"
SECONDS = 180
LEAST = {"accessibility": 100, "best-practices": 100, "performance": 99}
FLAGS = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage"
ROOMS = tuple(
    f"/{name}/"
    for name in (
        "home", "claims", "care", "money", "coverage", "connections", "account", "search", "plans",
    )
)  # fmt: skip

type Points = dict[str, int]


def missing() -> str:
    """Say why Lighthouse cannot run on this machine, "" where it can."""
    if not shutil.which("node"):
        return "Lighthouse needs Node.js (Debian: nodejs and npm)"
    if not PROGRAM.exists():
        return "Lighthouse is not installed: `make lighthouse` does it"
    return "" if stack.chromium() else "Lighthouse needs Chromium"


def a_member(browser: Browser, demo: stack.Stack) -> tuple[list[str], str]:
    """Return the paths of the ten main pages of a new member (the rooms, and a claim), and the cookies."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    member.sign_up(page, demo, "measured@example.com")
    member.connect(page, demo, "harold", is_clinical=True)
    paths = []
    for room in ROOMS:  # the headers of Lighthouse follow no redirect
        page.goto(demo.site + room)
        paths.append(page.url.removeprefix(demo.site))
    page.goto(f"{demo.site}/claims/")
    paths.append(page.get_by_test_id("claim-row").first.get_attribute("href") or "")
    cookies = "; ".join(f"{one['name']}={one['value']}" for one in context.cookies())
    context.close()
    return paths, cookies


def points(url: str, cookies: str, folder: Path, *, without: frozenset[str] = frozenset()) -> Points:
    """Run Lighthouse once and return the points of each category, of a hundred; not those of *without*."""
    headers, answer = folder / "headers.json", folder / "answer.json"
    headers.write_text(json.dumps({"Cookie": cookies}))
    asked = ",".join(name for name in LEAST if name not in without)
    command = [
        str(PROGRAM), url, "--quiet", "--output=json", f"--output-path={answer}",
        f"--extra-headers={headers}", f"--only-categories={asked}", f"--chrome-flags={FLAGS}",
    ]  # fmt: skip
    environment = os.environ | {"CHROME_PATH": stack.chromium() or ""}
    for is_last in (False, True):  # a busy machine's browser may not come up in time
        try:
            subprocess.run(command, env=environment, timeout=SECONDS, check=True, capture_output=True)
            break
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as ended:
            assert not is_last, (ended.stderr or b"").decode(errors="replace")[-2000:]
    told = json.loads(answer.read_text())
    assert told["finalDisplayedUrl"] == url
    return {name: round(100 * one["score"]) for name, one in told["categories"].items()}


def medians(runs: list[Points]) -> Points:
    """Return the median of each category."""
    return {name: round(statistics.median(run[name] for run in runs)) for name in runs[0]}


def short_of(found: dict[str, Points]) -> Iterator[str]:
    """Yield what falls short, by page and category."""
    for path, told in found.items():
        for name, value in told.items():
            if value < LEAST[name]:
                yield f"{path}: {name} {value}, less than {LEAST[name]}"
