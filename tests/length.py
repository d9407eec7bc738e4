"""How long the long tests are: in full in the gate (CI=true, as .ci/run sets it), shorter at a desk."""

import os


def in_full(count: int, *, otherwise: int) -> int:
    """Return *count* in the gate, else *otherwise*."""
    return count if os.environ.get("CI") else otherwise
