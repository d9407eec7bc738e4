"""How long the long tests are: in full in the gate (CI=true, as .ci/run sets it), shorter at a desk."""

import os


def is_on_postgresql() -> bool:
    """Whether this is the gate's second run: what no database can change was done in full in the first."""
    return os.environ.get("DATABASE_URL", "").startswith("postgres")


def is_exploring() -> bool:
    """Whether somebody has the time to try what the gate does not (HYPOTHESIS_PROFILE, tests/conftest.py)."""
    return os.environ.get("HYPOTHESIS_PROFILE") == "explore"


def in_full(count: int, *, otherwise: int, meets_database: bool = True) -> int:
    """Return *count* in the gate, else *otherwise*; once in it for tests that meet no database."""
    is_due = bool(os.environ.get("CI")) and (meets_database or not is_on_postgresql())
    return count if is_due else otherwise


def is_played_on_postgresql() -> bool:
    """Whether the gate's second run does in full what this first one may leave out."""
    return bool(os.environ.get("CI")) and not is_on_postgresql()
