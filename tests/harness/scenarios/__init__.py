"""The scenarios: each a function that takes the folder it writes into and one for the site's own data."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

type Scenario = Callable[[Path, Path], None]
QUICK: Final = ("people-dana", "people-gideon", "people-nadia", "plan-story", "folder-carin-bb-2.2.0")
"""What `--quick` plays."""


def all_scenarios() -> dict[str, Scenario]:
    """Return every scenario by name."""
    from tests.harness.scenarios import folders, mutated, people, story  # noqa: PLC0415

    return people.SCENARIOS | story.SCENARIOS | folders.SCENARIOS | mutated.SCENARIOS
