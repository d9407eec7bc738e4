"""`python -m benchmarks`: what we claim about speed, measured; ends with 1 when a claim does not hold."""

import subprocess
import sys

# Each in a process of its own: Django is configured once, for one database.
NAMES = (
    *(
        "claim_list",
        "claim_finding",
        "care",
        "reading",
        "pipeline",
        "first_claims",
        "memory",
        "load",
        "sizes",
        "bad_plans",
    ),
)

if __name__ == "__main__":
    runs = [subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False) for name in NAMES]
    sys.exit(max(run.returncode for run in runs))
